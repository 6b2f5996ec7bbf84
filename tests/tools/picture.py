"""Hold the conversation of README.md, and draw it as a moving picture: make picture."""

import textwrap
from html import escape
from pathlib import Path
from string import Template

from watch import characters, gives_turn, play_on_wire

from chat import ROOT

SECONDS = 1.2  # from one step to the next
REST = 6  # steps for which the end is shown
COLUMN, LINE = 8.4, 20  # pixels: the width of a character, the height of a line
LEFT = {"server.py": 20, "client.py": 516}  # of each window's text: 35 columns
MIDDLE = 415  # of the wire
STYLES = {"$": "typed", ">": "said", "<": "heard"}  # of lines that begin so
FRAME = Template(Path(__file__).with_suffix(".svg").read_text(encoding="utf-8"))
# A line appears at once. Bytes come out from under a window, in half of a step.
APPEAR = """\
@keyframes from{0} {{
0%, {1:.2f}% {{ visibility: hidden; transform: translateX(var(--start, 0)) }}
{2:.2f}%, 100% {{ visibility: visible; transform: none }}
}}
"""


def text(x, y, words, style=""):
    """Return a text, stretched to its columns whatever the font is."""
    size = f'textLength="{len(words) * COLUMN:g}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{x:g}" y="{y}" class="{style}" {size}>{escape(words)}</text>\n'


def appears(step, drawing, style=""):
    """Return a drawing that is hidden before a step."""
    return f'<g class="{style}" style="animation-name: from{step}">\n{drawing}</g>\n'


def on_wire(script, data, y):
    """Return bytes on an arrow, and each character above its bytes."""
    pairs = characters(data) or [("", "closed")]
    widths = [len(codes) * COLUMN + 9 for _, codes in pairs]
    x = MIDDLE - sum(widths) / 2
    drawing = ""
    for (sign, codes), width in zip(pairs, widths):
        drawing += text(x + width / 2, y - 22, sign, "note")
        drawing += f'<path d="M{x + 4:g} {y - 17}h{width - 8:g}"/>\n' if sign else ""
        drawing += text(x + width / 2, y, codes, "byte")
        x += width
    way = 1 if script == "server.py" else -1
    head = f"l{-6 * way} -4m{6 * way} 4l{-6 * way} 4"
    return drawing + f'<path d="M{MIDDLE - 87 * way} {y + 8}h{174 * way}{head}"/>\n'


moments = list(play_on_wire())
first = [shown[:2] for _, shown in moments].index(">>")
told = wire = lines = ""
turn = 0  # the step at which it has begun
row = below = 58  # where a row begins, and where the next one can
for number, (script, shown) in enumerate(moments):
    step = max(0, number - first + 1)  # what is before the first message is there at 0
    if isinstance(shown, bytes):
        deed = f"sends {shown.hex(' ')}" if shown else "closes the connection"
        told += f"{script} {deed}\n"
        wire += appears(step, on_wire(script, shown, row), script[:6])
        continue
    told += escape(f"{script}: {shown}\n")
    if not shown.startswith("<<"):  # what is heard is beside what is said
        row = below + 8  # room for an arrow
    if shown.startswith(">>"):
        row += 22  # and for characters above bytes
        lines += appears(turn, text(LEFT[script], row, ">>", "said"))
    if gives_turn(shown):
        turn = step
    below = row
    for part in textwrap.wrap(shown, 35):
        line = text(LEFT[script], below, part, STYLES.get(shown[0], ""))
        lines += appears(step, line)
        below += LINE

percent = 100 / (step + REST)  # of a step
keyframes = ""
for n in range(1, step + 1):
    keyframes += APPEAR.format(n, n * percent, (n + 0.5) * percent)
seconds = f"{SECONDS * (step + REST):g}"
height = below + 8
inside = height - 20
picture = FRAME.substitute(globals())  # $height, for example, becomes our height
(ROOT / ".github" / "conversation.svg").write_text(picture, encoding="utf-8")
