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
TYPED, SHOWN, PAUSE = 1.4, 0.6, 4  # seconds before such a line, and after the last one
# Only the animation hides a line: where nothing may move, or can, all of them stand there.
STYLE = """\
text { font: 15px Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d0d7de }
text { white-space: pre }
.shell { fill: #ffffff; font-weight: bold }
.said { fill: #7ee787; font-weight: bold }
.heard { fill: #76dcf5; font-weight: bold }
.window { fill: #161b22 }
.bar { fill: #373e47 }
.frame { fill: none; stroke: #848d97 }
.turn { visibility: hidden }
.turn .frame { stroke: #3fb950; stroke-width: 4 }
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

        play(open_window)
    return list(transcript())


def prompt(line):
    """Return what stands before the typed words of a line; nothing if none are typed."""
    return re.match(r"(\$ |>> )?", line).group()


def piece(text, number):
    """Return a part of a row, which comes with the line of that number; 0 is the beginning."""
    return text and f'<tspan style="animation-name: line{number}">{escape(text)}</tspan>'


def film(script, lines):
    """Return the rows of a window, and its turns: the numbers of the lines around each.

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
            turns += [(above, number + 1)] if line.startswith(">> ") else []
            above = number
    return rows, turns


def frame(kind, height):
    """Return a rectangle of the size of a window."""
    size = f'width="{WIDTH}" height="{height}"'
    return f'<rect class="{kind}" {size} rx="8"/>'


def draw(lines):
    """Return the picture of a conversation, as SVG."""
    waits = [TYPED if prompt(line) else SHOWN for _, line in lines]
    seconds = list(itertools.accumulate([0, *waits, PAUSE]))
    total = seconds.pop()
    at = [f"{100 * second / total:.1f}%" for second in seconds]
    films = [film(script, lines) for script in SCRIPTS]
    height = BAR + 2 * MARGIN + ROW * max(len(rows) for rows, _ in films)
    hidden, visible = "{ visibility: hidden }", "{ visibility: visible }"
    moves, shapes = [], []
    for number, moment in enumerate(at):
        moves.append(f"@keyframes line{number} {{ 0% {hidden} {moment} {visible} }}")
    for place, (script, (rows, turns)) in enumerate(zip(SCRIPTS, films)):
        steps = [f"{at[a]} {visible} {at[b]} {hidden}" for a, b in turns]
        moves.append(f"@keyframes turn{place} {{ 0% {hidden} {' '.join(steps)} }}")
        shapes += [
            f'<g transform="translate({2 + place * (WIDTH + GAP)} 2)">',
            frame("window", height),
            f'<path class="bar" d="M0 {BAR}V8q0-8 8-8h{WIDTH - 16}q8 0 8 8v{BAR - 8}z"/>',
            frame("frame", height),
            f'<text class="title" x="{WIDTH / 2}" y="20">{script}</text>',
            f'<g class="turn" style="animation-name: turn{place}">',
            frame("frame", height),
            f'<text x="{WIDTH - MARGIN}" y="20">its turn</text>',
            "</g>",
        ]
        for y, (kind, row) in enumerate(rows, 1):
            y = BAR + MARGIN + ROW * y - 6
            shapes.append(f'<text class="{kind}" x="{MARGIN}" y="{y}">{row}</text>')
        shapes.append("</g>")
    told = "\n".join(f"{script}: {line}" for script, line in lines)
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve"'
            f' viewBox="0 0 {2 * WIDTH + GAP + 4} {height + 4}"'
            ' role="img" aria-labelledby="title desc">',
            '<title id="title">Two terminal windows in conversation</title>',
            f'<desc id="desc">{escape(told)}</desc>',
            "<style>",
            STYLE,
            "@media (prefers-reduced-motion: no-preference) {",
            f"tspan, .turn {{ animation: {total:.1f}s step-end infinite }}",
            "}",
            *moves,
            "</style>",
            *shapes,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(conversation()), encoding="utf-8")
    print(f"drawn: {PICTURE.relative_to(ROOT)}")
