"""Draw the moving picture of README.md: its conversation, in two windows, line by line.

Both scripts really hold that conversation first. Run it with make picture.
"""

import contextlib
import re
import sys
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from test_readme import play, transcript
from windows import ROOT, Window

PICTURE = ROOT / ".github" / "conversation.svg"
START = 7  # lines in the first of the pictures
SECONDS, END = 1.2, 4  # for which each picture is shown, and the last one
COLUMNS = 40  # of each window, so that the README's width is enough to read it
WIDTH, GAP, BAR, ROW, MARGIN = 405, 16, 30, 22, 18  # pixels
KINDS = {"$": "shell", ">>": "said", "<<": "heard"}
STYLE = """\
text { font: 15px Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d0d7de }
text { white-space: pre }
.shell { fill: #ffffff; font-weight: bold }
.said, .turn { fill: #7ee787; font-weight: bold }
.heard { fill: #76dcf5; font-weight: bold }
.title { font-weight: bold; text-anchor: middle }
.turn { text-anchor: end }
.bar { fill: #373e47 }
.frame { fill: #161b22; stroke: #848d97 }
.green { fill: none; stroke: #3fb950; stroke-width: 4 }
.earlier { visibility: hidden }"""


def play_conversation():
    """Let the scripts hold the conversation, in windows that are as wide as the drawn ones."""
    with contextlib.ExitStack() as stack:

        def open_window(*command):
            window = Window(*command, columns=COLUMNS)
            stack.callback(window.close)
            return window

        play(open_window)


def rows_of(script, lines):
    """Return what a window shows of these lines: pairs of a kind and a row."""
    return [
        (KINDS.get(line.split()[0], "shown"), row)
        for speaker, line in lines
        if speaker == script
        for row in re.findall(f".{{1,{COLUMNS}}}", line)
    ]


def draw_window(script, rows, height, has_turn):
    """Return a window as SVG."""
    box = f'width="{WIDTH}" height="{height}" rx="8"'
    parts = [
        f'<rect class="frame" {box}/>',
        f'<path class="bar" d="M0 {BAR}V8q0-8 8-8h{WIDTH - 16}q8 0 8 8v{BAR - 8}z"/>',
        f'<text class="title" x="{WIDTH // 2}" y="20">{script}</text>',
    ]
    if has_turn:
        parts.append(f'<rect class="green" {box}/>')
        parts.append(f'<text class="turn" x="{WIDTH - MARGIN}" y="20">its turn</text>')
        rows = [*rows, ("said", ">> ")]
    for number, (kind, row) in enumerate(rows, 1):
        y = BAR + 4 + ROW * number
        parts.append(f'<text class="{kind}" x="{MARGIN}" y="{y}">{escape(row)}</text>')
    return "\n".join(parts)


def draw(lines):
    """Return the moving picture of a conversation, as SVG.

    The last picture is always there. Each earlier one covers it in its time, and the animation
    shows it only then: where nothing moves, the whole conversation can be read.
    """
    height = BAR + ROW * max(len(rows_of(script, lines)) + 1 for script, _ in lines)
    total = SECONDS * (len(lines) - START) + END
    pictures = []
    for number in range(START, len(lines) + 1):
        # It is the turn of who writes the next line: the prompt is there before the words.
        next_one = "".join(script for script, line in lines[number:][:1] if line[:2] == ">>")
        left, right = (
            draw_window(script, rows_of(script, lines[:number]), height, script == next_one)
            for script in ["server.py", "client.py"]
        )
        begin = SECONDS * (number - START) - total  # in the past: all of them are under way
        earlier = f' class="earlier" style="animation-delay: {begin:.1f}s"'
        pictures.append(f"""\
<g{earlier if number < len(lines) else ""}>
<g transform="translate(2 2)">
{left}
</g>
<g transform="translate({WIDTH + GAP + 2} 2)">
{right}
</g>
</g>""")
    pictures = "\n".join(pictures[-1:] + pictures[:-1])
    size = 2 * WIDTH + GAP + 4, height + 4
    told = "\n".join(f"{script}: {line}" for script, line in lines)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}"
  viewBox="0 0 {size[0]} {size[1]}" role="img" aria-labelledby="title desc" xml:space="preserve">
<title id="title">Two terminal windows side by side, in conversation</title>
<desc id="desc">{escape(told)}</desc>
<style>
{STYLE}
@media (prefers-reduced-motion: no-preference) {{
  .earlier {{ animation: earlier {total:.1f}s step-end infinite }}
}}
@keyframes earlier {{
  0% {{ visibility: visible }} {100 * SECONDS / total:.2f}% {{ visibility: hidden }}
}}
</style>
{pictures}
</svg>
"""


if __name__ == "__main__":
    play_conversation()
    PICTURE.write_text(draw(transcript()), encoding="utf-8")
    print(f"drawn: {PICTURE.relative_to(ROOT)}")
