"""Watch the conversation of README.md, and the bytes that it sends: make watch."""

import contextlib
import sys
import time

from relay import characters, gives_turn, is_reaction, play_on_wire
from rich import box
from rich.live import Live
from rich.table import Table
from rich.text import Text

from chat import Window

PAUSE = 1.5  # seconds to read a line
COLORS = {"$": "bold", ">": "bold green", "<": "bold cyan"}  # of lines that begin so
COLUMNS = ["server.py", "the wire", "client.py"]


def on_wire(script, data):
    """Return bytes with an arrow, and each character above its bytes."""
    above = " ".join(f"{sign:{len(codes)}}" for sign, codes in characters(data))
    codes = data.hex(" ") or "closed"
    arrow = f"  {codes} →" if script == "server.py" else f"← {codes}"
    return f"  {above}\n{arrow}" if data else arrow


def draw(rows, turn):
    """Return a table: in its rows, what is sent is beside what is heard."""
    table = Table(box=box.ROUNDED, expand=True)
    for name in COLUMNS:
        title = Text(f"{name}: its turn", "green") if name == turn else name
        ratio = None if name == "the wire" else 1  # both windows share what is left
        table.add_column(title, ratio=ratio, min_width=15, vertical="bottom")
    if turn:
        rows = [*rows, [">> " if name == turn else "" for name in COLUMNS]]
    for row in rows:
        table.add_row(*[Text(cell, COLORS.get(cell[:1], "")) for cell in row])
    return table


def main():
    """Play the conversation; where there is no terminal to draw in, print it."""
    live = Live(auto_refresh=False)
    # Rich alone would draw into a file, too, where FORCE_COLOR is set.
    can_draw = sys.stdout.isatty() and live.console.is_interactive
    rows = []  # of the three columns
    turn = None  # or the script whose prompt waits

    def show(script, shown):
        nonlocal turn
        if isinstance(shown, bytes):
            line = f"     wire  → {shown.hex(' ') or 'closed'}"
            pieces = f"{rows[-1][1]}\n{on_wire(script, shown)}"  # mostly, there is one
            rows[-1][1] = pieces.lstrip("\n")
        else:
            line = f"{script}  {shown}"
            if not is_reaction(shown):
                rows.append(["", "", ""])
            rows[-1][COLUMNS.index(script)] = shown
            if gives_turn(shown):
                turn = script
            elif shown.startswith(">>"):
                turn = None
        if can_draw:
            live.update(draw(rows, turn), refresh=True)
            time.sleep(PAUSE)
        else:
            print(line, flush=True)

    with contextlib.ExitStack() as stack:
        if can_draw:
            stack.enter_context(live)

        def open_window(*command):
            window = Window(*command)
            stack.callback(window.close)
            return window

        play_on_wire(open_window, show)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except (AssertionError, OSError) as problem:  # as a test would say it
        sys.exit(str(problem))
