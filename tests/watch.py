"""Watch the conversation of README.md, and the bytes that it sends: make watch."""

import contextlib
import socket
import sys
import textwrap
import time

from chat import Window, play, port_of
from terminal import TIMEOUT

WINDOW, WIRE = 32, 16  # columns; two of the first stay empty
INDENTS = {"server.py": "", "client.py": " " * (WINDOW + WIRE)}
PAUSE = 1.5  # seconds to read a line


def play_on_wire():
    """Play it. Yield each script with its lines and, as bytes, what it sends.

    The client calls a relay, and the relay calls the server. No bytes: it has closed.
    """
    socket.setdefaulttimeout(TIMEOUT)
    with contextlib.ExitStack() as stack:  # it closes all windows and sockets
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        sockets = {}

        def open_window(*command):
            window = Window(*command)
            stack.callback(window.close)
            return window

        def relay(port):
            server = socket.create_connection(("127.0.0.1", int(port)))
            sockets["server.py"] = stack.enter_context(server)
            return port_of(listener)

        for script, line in play(open_window, relay):
            yield script, line
            if "You speak first" in line:
                sockets["client.py"] = stack.enter_context(listener.accept()[0])
            elif line.startswith(">>") or line.endswith(" left."):
                (receiver,) = [sockets[name] for name in sockets if name != script]
                data = sockets[script].makefile("rb").readline()  # or, at the end, b""
                yield script, data  # so it is seen before it arrives
                receiver.sendall(data)
                if not data:
                    receiver.shutdown(socket.SHUT_WR)


def characters(data):
    """Return pairs: a character, and its bytes in hexadecimal."""
    return [(c.replace("\n", "⏎"), c.encode().hex(" ")) for c in data.decode()]


def gives_turn(shown):
    """Return whether it is a window's turn after this line, and the prompt waits."""
    return isinstance(shown, str) and (shown.startswith("<<") or "You speak" in shown)


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
            parts = textwrap.wrap(shown, WINDOW - 2)
            lines = [INDENTS[script] + part for part in parts]
        print("\n".join(lines), flush=True)
        if gives_turn(shown):
            print(f"{INDENTS[script]}>> ", end="", flush=True)
        if sys.stdout.isatty():
            time.sleep(PAUSE)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # in Latin-1, there are no arrows
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except (AssertionError, OSError) as problem:  # as a test would say it
        sys.exit(str(problem))
