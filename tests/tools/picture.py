"""Draw the moving picture of README.md: its conversation, in two windows, line by line.

Both scripts really hold that conversation first. Run it with make picture.
"""

import contextlib
import itertools
import re
import sys
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from test_readme import play, transcript
from windows import ROOT, Window

PICTURE = ROOT / ".github" / "conversation.svg"
SCRIPTS = ["server.py", "client.py"]  # from left to right
KINDS = {"$": "shell", ">>": "said", "<<": "heard"}
COLUMNS = 40  # of each window, so that the README's width is enough to read it
WIDTH, GAP, BAR, ROW, MARGIN = 405, 16, 30, 22, 18  # pixels
START = 7  # lines that are there from the beginning
TYPED, SHOWN, PAUSE = 1.4, 0.6, 4  # seconds before such a line, and after the last one
# Only the animation hides a line: where nothing may move, or can, all of them stand there.
STYLE = """\
text { font: 15px Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d0d7de }
text { white-space: pre }
.shell { fill: #ffffff; font-weight: bold }
.said { fill: #7ee787; font-weight: bold }
.heard { fill: #76dcf5; font-weight: bold }
.bar { fill: #373e47 }
.frame { fill: #161b22; stroke: #848d97 }
.turn { visibility: hidden }
.turn .frame { fill: none; stroke: #3fb950; stroke-width: 4 }
.turn text { fill: #7ee787; text-anchor: end }
.title { font-weight: bold; text-anchor: middle }"""


def conversation():
    """Return the lines of README.md's conversation, after the scripts have shown each of them.

    Only the ports that the system chose were other ones.
    """
    with contextlib.ExitStack() as stack:

        def open_window(*command):
            window = Window(*command, columns=COLUMNS)
            stack.callback(window.close)
            return window

        if set(play(open_window)) != set(SCRIPTS):
            sys.exit("README.md holds no conversation of both scripts")
    return list(transcript())


def prompt(line):
    """Return what stands before the typed words of a line; nothing if none are typed."""
    return re.match(r"(\$ |>> )?", line).group()


def piece(text, number):
    """Return a part of a row, which comes with the line of that number; 0 is the beginning."""
    return text and f'<tspan style="animation-name: line{number}">{escape(text)}</tspan>'


def film(script, lines):
    """Return the rows of a window, and the lines with which its turns begin and end.

    A prompt comes with the line above it, before its own words. A turn lasts from then until
    the other side has heard them.
    """
    rows, turns, above = [], [], 0
    for number, (speaker, line) in enumerate([*lines, (script, "$ ")], 1):
        if speaker == script:
            first, *others = re.findall(f".{{1,{COLUMNS}}}", line)
            start = len(prompt(line))
            row = piece(first[:start], above) + piece(first[start:], number)
            kind = KINDS.get(line.split()[0], "shown")
            rows += [(kind, row), *((kind, piece(other, number)) for other in others)]
            turns += [above, number + 1] if line.startswith(">> ") else []
            above = number
    return rows, turns


def keyframes(name, *moments):
    """Return an animation: hidden at first, then shown and hidden in turns, at the moments."""
    states = itertools.cycle(["hidden", "visible"])
    steps = [
        f"{moment} {{ visibility: {state} }}" for moment, state in zip(["0%", *moments], states)
    ]
    return f"@keyframes {name} {{ {' '.join(steps)} }}"


def draw_window(place, rows, height):
    """Return a window with its rows, as SVG; its place is 0, on the left, or 1."""
    frame = f'<rect class="frame" width="{WIDTH}" height="{height}" rx="8"/>'
    texts = "\n".join(
        f'<text class="{kind}" x="{MARGIN}" y="{BAR + 4 + ROW * line}">{row}</text>'
        for line, (kind, row) in enumerate(rows, 1)
    )
    return f"""\
<g transform="translate({2 + place * (WIDTH + GAP)} 2)">
{frame}
<path class="bar" d="M0 {BAR}V8q0-8 8-8h{WIDTH - 16}q8 0 8 8v{BAR - 8}z"/>
<text class="title" x="{WIDTH // 2}" y="20">{SCRIPTS[place]}</text>
<g class="turn" style="animation-name: turn{place}">
{frame}
<text x="{WIDTH - MARGIN}" y="20">its turn</text>
</g>
{texts}
</g>"""


def draw(lines):
    """Return the picture of a conversation, as SVG."""
    waits = [TYPED if prompt(line) else SHOWN for _, line in lines]
    waits[:START] = [0] * START
    *seconds, total = itertools.accumulate([0, *waits, PAUSE])
    at = [f"{100 * second / total:.1f}%" for second in seconds]
    moves = [keyframes(f"line{number}", moment) for number, moment in enumerate(at)]
    films = [film(script, lines) for script in SCRIPTS]
    height = BAR + ROW * max(len(rows) + 1 for rows, _ in films)
    windows = []
    for place, (rows, turns) in enumerate(films):
        moves.append(keyframes(f"turn{place}", *(at[number] for number in turns)))
        windows.append(draw_window(place, rows, height))
    moves, windows = "\n".join(moves), "\n".join(windows)
    right, below = 2 * WIDTH + GAP + 4, height + 4
    told = "\n".join(f"{script}: {line}" for script, line in lines)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{right}" height="{below}"
  viewBox="0 0 {right} {below}" role="img" aria-labelledby="title desc" xml:space="preserve">
<title id="title">Two terminal windows side by side, in conversation</title>
<desc id="desc">{escape(told)}</desc>
<style>
{STYLE}
@media (prefers-reduced-motion: no-preference) {{
  tspan, .turn {{ animation: {total:.1f}s step-end infinite }}
}}
{moves}
</style>
{windows}
</svg>
"""


if __name__ == "__main__":
    PICTURE.write_text(draw(conversation()), encoding="utf-8")
    print(f"drawn: {PICTURE.relative_to(ROOT)}")
