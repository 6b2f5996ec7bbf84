"""Draw the picture of README.md: both scripts play its conversation, and Rich draws the windows.

Run it with make picture.
"""

import io
import re

from conftest import ROOT, Window
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.terminal_theme import MONOKAI
from rich.text import Text
from test_readme import play

PICTURE = ROOT / ".github" / "conversation.svg"
COLUMNS = 40  # of each window, so that the picture can be read at the width of a README
# Rich's own format adds buttons of a window, and fonts from the net, which GitHub does not load.
FORMAT = """\
<svg viewBox="0 0 {width} {terminal_height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font: {char_height}px/{line_height}px "Fira Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}}
{styles}
</style>
<defs>{lines}</defs>
<rect width="100%" height="100%" rx="8" fill="#0c0c0c"/>
<g transform="translate(10, 10)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
COLORS = {r"^>> .*": "bold green", r"^<< .*": "bold cyan", r"^\$ .*": "bold white"}


def screens():
    """Play the conversation of README.md; return what the server's and the client's window show.

    The ports that the system chooses become those of README.md.
    """
    windows = []

    def open_window(*command):
        windows.append(Window(*command, columns=COLUMNS))
        return windows[-1]

    server, client = play(open_window).values()
    for window in windows:
        window.close()
    shown = []
    for window in (server, client):
        screen = f"$ python {window.name}\n{window.screen}$ "
        for port, drawn in (server.port, "5000"), (server.client_port, "53122"):
            screen = re.sub(rf"\b{port}\b", drawn, screen)
        shown.append((window.name, screen))
    return shown


def draw(windows):
    """Return an SVG picture of windows side by side: pairs of a title and a text."""
    console = Console(width=2 * (COLUMNS + 5), record=True, file=io.StringIO())
    row = Table.grid(padding=(0, 1))
    panels = []
    for title, screen in windows:
        text = Text(screen, overflow="fold")
        for pattern, color in COLORS.items():
            text.highlight_regex(f"(?m){pattern}", color)
        panels.append(Panel(text, title=title, width=COLUMNS + 4, height=13, border_style="white"))
    row.add_row(*panels)
    console.print(Padding(row, (0, 0, 1, 0)))
    return console.export_svg(title="", theme=MONOKAI, code_format=FORMAT)


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw(screens()), encoding="utf-8")
    print(f"drawn: {PICTURE.relative_to(ROOT)}")
