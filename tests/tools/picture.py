"""Draw the moving picture of README.md: its conversation, as make watch shows it.

Both scripts really hold that conversation first. Run it with make picture.
"""

import io
import re
from html import escape

from rich.console import Console
from rich.terminal_theme import MONOKAI
from watch import HEIGHT, draw, play, transcript
from windows import ROOT, Window  # watch has told Python where windows.py is

SECONDS = 1.2  # for which each frame is shown; the last one four times as long
COLUMNS = 88  # few enough to be read in the width of a README
FRAME = '<style>{styles}</style><rect width="100%" height="100%" rx="12" fill="#161b22"/>{matrix}'


def draw_frame(screens, name):
    """Return both windows as SVG, given what they show. The name is for the styles."""
    console = Console(record=True, width=COLUMNS, height=HEIGHT, file=io.StringIO())
    console.print(draw(screens))
    svg = console.export_svg(
        code_format=FRAME, theme=MONOKAI, font_aspect_ratio=0.65, unique_id=name
    )
    # Rich clips each text. Stretch it instead: so any font fits into the columns.
    return re.sub('clip-path="[^"]*"', 'lengthAdjust="spacingAndGlyphs"', svg)


play(Window)  # so that the picture is true
lines = transcript()
screens = {"server.py": "", "client.py": ""}
earlier = ""
for number, (script, line) in enumerate(lines):
    prompt = ">> " if line.startswith(">> ") else ""  # it waits before the words come
    frame = draw_frame({**screens, script: screens[script] + prompt}, f"frame{number}")
    earlier += f'<g style="animation-delay: {SECONDS * number:g}s">\n{frame}\n</g>\n'
    screens[script] += f"{line}\n"
steps = len(lines) + 4
told = "\n".join(f"{script}: {line}" for script, line in lines)

# The last frame is always there, and each earlier one covers it in its time. So the whole
# conversation can be read where nothing moves. A cell of Rich's SVG has 13 by 24.4 pixels.
svg = f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {13 * COLUMNS} {24.4 * HEIGHT:g}" role="img">
<title>Two terminal windows side by side, in conversation</title>
<desc>{escape(told)}</desc>
<style>
text {{ font: 21.6px Menlo, Consolas, "DejaVu Sans Mono", monospace }}
g {{ visibility: hidden; animation: show {SECONDS * steps:g}s step-end infinite }}
@keyframes show {{ 0% {{ visibility: visible }} {100 / steps:.2f}% {{ visibility: hidden }} }}
@media (prefers-reduced-motion) {{ g {{ animation: none }} }}
</style>
{draw_frame(screens, "last")}
{earlier}</svg>
"""
(ROOT / ".github" / "conversation.svg").write_text(svg, encoding="utf-8")
