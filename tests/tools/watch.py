"""Watch the conversation of README.md, and the bytes that it sends: make watch."""

import sys
import textwrap
import time

from relay import characters, gives_turn, play_on_wire

WINDOW, WIRE = 32, 16  # columns; two of the first stay empty
INDENTS = {"server.py": "", "client.py": " " * (WINDOW + WIRE)}
PAUSE = 1.5  # seconds to read a line


def on_wire(script, data):
    """Return the lines of bytes with an arrow, each character above its bytes."""
    signs = " ".join(f"{sign:{len(codes)}}" for sign, codes in characters(data))
    codes = data.hex(" ") or "closed"
    lines = [f"  {signs}", f"  {codes} →" if script == "server.py" else f"← {codes}"]
    return [f"{'':{WINDOW}}{line}" for line in lines if line.strip()]


def main():
    """Print each side's lines in its own column, and the bytes in the middle."""
    print(f"{'server.py':{WINDOW}}{'the wire':{WIRE}}client.py\n")
    for script, shown in play_on_wire():
        if isinstance(shown, bytes):
            lines = on_wire(script, shown)
        elif shown.startswith(">>"):
            lines = [shown[3:]]  # the prompt is already there
        else:
            lines = [
                INDENTS[script] + part for part in textwrap.wrap(shown, WINDOW - 2)
            ]
        print("\n".join(lines), flush=True)
        if gives_turn(shown):
            print(f"{INDENTS[script]}>> ", end="", flush=True)
        if sys.stdout.isatty():
            time.sleep(PAUSE)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except (AssertionError, OSError) as problem:  # as a test would say it
        sys.exit(str(problem))
