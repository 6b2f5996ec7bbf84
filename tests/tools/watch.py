"""Play the conversation of README.md before your eyes, both windows side by side: make watch."""

import contextlib
import re
import sys
import time
from pathlib import Path

import pexpect
import pytest
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from test_readme import play, transcript
from windows import Window

PAUSE = 1.5  # seconds to read a line
HEIGHT = len(transcript()) + 2  # lines of a window with its frame: room for lines that wrap
COLORS = {"$ ": "default", ">> ": "green", "<< ": "cyan"}  # of lines that begin so


def draw(screens):
    """Return both windows, given what they show. It is a script's turn while its prompt waits."""
    row, panels = Table.grid(expand=True), []
    for script in "server.py", "client.py":
        text = Text(screens.get(script, ""))
        for start, color in COLORS.items():
            text.highlight_regex(f"(?m)^{re.escape(start)}.*", f"bold {color}")
        turn, style = (": its turn", "bold green") if text.plain.endswith(">> ") else ("", "dim")
        title = f"[bold not dim]{script}{turn}"
        panels.append(Panel(text, title=title, border_style=style, height=HEIGHT))
        row.add_column(ratio=1)
    row.add_row(*panels)
    return row


def main():
    """Play the conversation; where there is no terminal to draw in, print it line by line."""
    live = Live(auto_refresh=False)
    # Rich alone would draw into a file, too, where FORCE_COLOR is set.
    can_draw = sys.stdout.isatty() and live.console.is_interactive
    windows = {}
    with contextlib.ExitStack() as stack:
        if can_draw:
            stack.enter_context(live)

        def open_window(*command):
            window = Window(*command)
            windows[window.name] = window
            stack.callback(window.close)
            return window

        def after_line(script, line):
            if not can_draw:
                print(f"{script}  {line}", flush=True)
                return
            if line.startswith("<< ") or "You speak first" in line:
                # Wait for the prompt, so that it is drawn, and leave it to be read.
                windows[script].child.expect(["(?=>> )", pexpect.EOF, pexpect.TIMEOUT], 1)
            screens = {name: f"$ python {name}\n{windows[name].screen}" for name in windows}
            live.update(draw(screens), refresh=True)
            time.sleep(PAUSE)

        play(open_window, after_line)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except (pytest.fail.Exception, AssertionError) as problem:  # as a test would say it
        sys.exit(str(problem))
