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
            return stack.enter_context(Window(*command))

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


def on_wire(script, data):
    """Return bytes with an arrow and, in a line above them, their characters."""
    codes = data.hex(" ") or "closed"
    arrow = f"  {codes} →" if script == "server.py" else f"← {codes}"
    signs = [f"{sign:{3 * len(sign.encode())}}" for sign in data.decode()]
    above = f"{'':{WINDOW}}  {''.join(signs)}".replace("\n", "⏎").rstrip() + "\n"
    return f"{above if data else ''}{'':{WINDOW}}{arrow}"


def main():
    """Print each side's lines in its own column, and the bytes in the middle."""
    print(f"{'server.py':{WINDOW}}{'the wire':{WIRE}}client.py\n")
    for script, shown in play_on_wire():
        if isinstance(shown, bytes):
            print(on_wire(script, shown), flush=True)
        elif shown.startswith(">>"):
            print(shown[3:], flush=True)  # the prompt is already there
        else:
            lines = textwrap.fill(shown, WINDOW - 2)
            print(textwrap.indent(lines, INDENTS[script]), flush=True)
            if shown.startswith("<<") or "You speak" in shown:  # now, it may speak
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
