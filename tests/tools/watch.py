"""Play the conversation of README.md before your eyes, both windows side by side: make watch."""

import contextlib
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from test_readme import play, transcript
from windows import Window

PAUSE = 1.5  # seconds to read a line
HEIGHT = len(transcript()) + 2  # lines of a window


def draw(windows, turn):
    """Return both windows as they are now; turn is the script that speaks next."""
    row = Table.grid(expand=True)
    panels = []
    for script in "server.py", "client.py":
        row.add_column(ratio=1)
        text = Text(windows[script].screen if script in windows else "")
        title, color = (f"{script}: its turn", "green") if script == turn else (script, "white")
        panels.append(Panel(text, title=title, border_style=color, height=HEIGHT))
    row.add_row(*panels)
    return row


def main():
    """Play the conversation; where there is no terminal, print it line by line."""
    console = Console()
    windows = {}
    with contextlib.ExitStack() as stack:
        live = Live(draw({}, None), console=console, auto_refresh=False)
        if console.is_terminal:
            stack.enter_context(live)

        def open_window(*command):
            window = Window(*command)
            windows[window.name] = window
            stack.callback(window.close)
            return window

        def after_line(script, line):
            if not console.is_terminal:
                print(f"{script}  {line}", flush=True)
                return
            speaks_next = line.startswith("<< ") or line.endswith("You speak first; q leaves.")
            live.update(draw(windows, script if speaks_next else None), refresh=True)
            time.sleep(PAUSE)

        play(open_window, after_line)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
