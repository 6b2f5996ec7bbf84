"""The conversation of README.md, with the bytes that travel between both scripts."""

import contextlib
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chat import TIMEOUT, Window, port_of
from test_readme import play


def play_on_wire():
    """Play it. Yield each script with its lines and, as bytes, what it sends.

    The client calls a relay, and the relay calls the server. No bytes: it has closed.
    """
    with contextlib.ExitStack() as stack:  # it closes all windows and sockets
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        sockets = {}

        def open_window(*command):
            window = Window(*command)
            stack.callback(window.close)
            return window

        def relay(port):
            server = socket.create_connection(("127.0.0.1", int(port)), TIMEOUT)
            sockets["server.py"] = stack.enter_context(server)
            return str(port_of(listener))

        for script, line in play(open_window, relay):
            yield script, line
            if "You speak first" in line:
                sockets["client.py"] = stack.enter_context(listener.accept()[0])
            elif line.startswith(">>") or line.endswith(" left."):
                (receiver,) = [sockets[name] for name in sockets if name != script]
                for data in carry(sockets[script], receiver):
                    yield script, data


def carry(sender, receiver):
    """Carry what a script sends, up to a newline or its end. Yield each piece."""
    data = b"..."
    while data and not data.endswith(b"\n"):
        data = sender.recv(32768)
        yield data  # so it is seen before it arrives
        receiver.sendall(data)
    if not data:  # the script has closed the connection: the other one must know
        receiver.shutdown(socket.SHUT_WR)


def characters(data):
    """Return pairs: a character, and its bytes in hexadecimal."""
    text = data.decode(errors="surrogateescape")  # this keeps half an é, too
    codes = [each.encode(errors="surrogateescape").hex(" ") for each in text]
    signs = [each if each.isprintable() else "·" for each in text.replace("\n", "⏎")]
    return list(zip(signs, codes))


def gives_turn(shown):
    """Return whether it is a window's turn after this line, and the prompt waits."""
    return isinstance(shown, str) and (shown.startswith("<<") or "You speak" in shown)
