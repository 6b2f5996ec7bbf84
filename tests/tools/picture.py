"""Hold the conversation of README.md, and draw it as a moving picture: make picture."""

import textwrap
from html import escape

from relay import characters, gives_turn, is_reaction, play_on_wire

from chat import ROOT, Window

SECONDS = 1.2  # from one step to the next
REST = 6  # steps for which the end is shown
COLUMN, LINE, BYTE = 8.4, 20, 26  # pixels: a character, a line, a byte on the wire
LEFT = {"server.py": 10, "client.py": 506}  # of each window, which has 35 columns
MIDDLE = 415  # of the wire
STYLES = {"$": "typed", ">": "said", "<": "heard"}  # of lines that begin so
WAYS = {"server.py": "right", "client.py": "left"}  # on the wire
PICTURE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 830 {height}" role="img">
<title>A conversation in two windows, and its bytes on the wire between them</title>
<desc>{told}</desc>
<style>
text {{ font: 14px Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d1d7e0 }}
rect {{ fill: #0d1117; stroke: #444c56 }}
path {{ fill: none; stroke: #f0b35e }}
.bar {{ stroke: #444c56 }}
.typed {{ font-weight: bold }}
.said {{ font-weight: bold; fill: #7ee787 }}
.heard {{ font-weight: bold; fill: #79c0ff }}
.byte {{ text-anchor: middle; fill: #f0b35e }}
.note {{ text-anchor: middle; fill: #9aa4b0 }}
.turn {{ visibility: hidden; animation-timing-function: step-end }}
.turn rect {{ fill: none; stroke: #7ee787; stroke-width: 2 }}
g {{ animation: {seconds:g}s infinite }}
.right {{ --start: -180px }}
.left {{ --start: 180px }}
@media (prefers-reduced-motion: reduce) {{ g {{ animation: none !important }} }}
{keyframes}</style>
<rect width="830" height="{height}" rx="12" style="fill: #1c2128; stroke: none"/>
<text x="415" y="30" class="note">the wire:</text>
<text x="415" y="50" class="note">bytes in hexadecimal</text>
{wire}{windows}{lines}</svg>
"""
# A line appears at once. Bytes come out from under a window, in half of a step.
APPEAR = """\
@keyframes from{0} {{
0%, {1:.2f}% {{ visibility: hidden; transform: translateX(var(--start, 0)) }}
{2:.2f}%, 100% {{ visibility: visible; transform: none }}
}}
"""
TURN = """\
@keyframes from{0}to{1} {{
0% {{ visibility: hidden }}
{2:.2f}% {{ visibility: visible }}
{3:.2f}%, 100% {{ visibility: hidden }}
}}
"""


def text(x, y, words, style=""):
    """Return a text, stretched to its columns whatever the font is."""
    size = f'textLength="{len(words) * COLUMN:g}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{x:g}" y="{y}" class="{style}" {size}>{escape(words)}</text>\n'


def moving(keyframes, drawing, style=""):
    """Return a drawing that obeys the keyframes of this name."""
    return f'<g class="{style}" style="animation-name: {keyframes}">\n{drawing}</g>\n'


def frame(script):
    """Return the frame of a window."""
    place = f'x="{LEFT[script]}" y="10" width="314" height="{height - 20}"'
    return f'<rect {place} rx="8"/>\n'


def on_wire(script, data, y):
    """Return bytes in an arrow, and above them the characters that they mean."""
    way = 1 if WAYS[script] == "right" else -1
    half = BYTE * len(data) / 2 or 28
    start, near, far, end = (MIDDLE + way * x for x in (-87, -half - 4, half + 4, 87))
    line = f"M{start} {y - 5}H{near:g}M{far:g} {y - 5}H{end}"
    drawing = f'<path d="{line}l{-6 * way} -4m{6 * way} 4l{-6 * way} 4"/>\n'
    if not data:
        return drawing + text(MIDDLE, y, "closed", "note")
    x = MIDDLE - half
    for character, codes in characters(data):
        width = BYTE * len(codes.split())
        drawing += text(x + width / 2, y - 22, character, "note")
        drawing += f'<path d="M{x + 4:g} {y - 17}h{width - 8}"/>\n'
        for code in codes.split():
            drawing += text(x + BYTE / 2, y, code, "byte")
            x += BYTE
    return drawing


moments = []
play_on_wire(Window, lambda *moment: moments.append(moment))
first = [shown[:2] for _, shown in moments].index(">>")
told = wire = lines = ""
turns = []  # of each: the script, the steps of its begin and end, and its row
begin = 0  # of the next turn
row = below = 66  # where a row begins, and where the next one can
for number, (script, shown) in enumerate(moments):
    step = max(0, number - first + 1)  # what is before the first message is there at 0
    if isinstance(shown, bytes):
        deed = f"sends {shown.hex(' ')}" if shown else "closes the connection"
        told += f"{script} {deed}\n"
        wire += moving(f"from{step}", on_wire(script, shown, row), WAYS[script])
        continue
    told += escape(f"{script}: {shown}\n")
    if not is_reaction(shown):
        row = below
    if shown.startswith(">>"):
        row += 24  # room for the characters above the bytes
        turns.append((script, begin, step, row))
    if gives_turn(shown):
        begin = step
    below = row
    for part in textwrap.wrap(shown, 35):
        line = text(LEFT[script] + 10, below, part, STYLES.get(shown[0], ""))
        lines += moving(f"from{step}", line)
        below += LINE

height = below + 10
seconds = SECONDS * (step + REST)
percent = 100 / (step + REST)  # of a step
keyframes = windows = ""
for n in range(1, step + 1):
    keyframes += APPEAR.format(n, n * percent, (n + 0.5) * percent)
for script, x in LEFT.items():
    bar = f'<path class="bar" d="M{x} 42h314"/>\n'
    windows += frame(script) + bar + text(x + 10, 31, script, "typed")
for script, begin, end, row in turns:
    x = LEFT[script]
    prompt = text(x + 10, row, ">>", "said")
    turn = frame(script) + text(x + 237, 31, "its turn", "said") + prompt
    windows += moving(f"from{begin}to{end}", turn, "turn")
    keyframes += TURN.format(begin, end, begin * percent, end * percent)
picture = PICTURE.format(**globals())
(ROOT / ".github" / "conversation.svg").write_text(picture, encoding="utf-8")
