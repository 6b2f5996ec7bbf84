"""A relay on the wire: it carries the bytes of both scripts, and shows each piece."""

import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chat import TIMEOUT, port_of
from test_readme import play


class Relay:
    """The client calls the relay, and the relay calls the server."""

    def __init__(self):
        """Listen for the client."""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.sockets = {}

    def calls(self, port):
        """Call the server at its port. Return the port that the client shall call."""
        server = socket.create_connection(("127.0.0.1", int(port)), TIMEOUT)
        self.sockets["server.py"] = server
        return str(port_of(self.listener))

    def carries(self, sender):
        """Carry what a script sends up to a newline or its end. Yield each piece."""
        if "client.py" not in self.sockets:
            self.sockets["client.py"], _ = self.listener.accept()
            self.sockets["client.py"].settimeout(TIMEOUT)
        (receiver,) = set(self.sockets) - {sender}
        piece = None
        while piece != b"" and not (piece or b"").endswith(b"\n"):
            try:
                piece = self.sockets[sender].recv(32768)
            except socket.timeout:
                problem = (
                    f"was to send a newline, but sent no more in {TIMEOUT} seconds"
                )
                raise AssertionError(f"{sender} {problem}")
            yield piece  # it is shown before it arrives
            if piece:
                self.sockets[receiver].sendall(piece)
            else:  # no bytes: the script has closed its side, and so do we
                self.sockets[receiver].shutdown(socket.SHUT_WR)


def play_on_wire(open_window, show):
    """Play the conversation of README.md through a relay.

    show is called with a script and a line of its window, or the bytes that it sends.
    """
    relay = Relay()

    def after_line(script, line):
        show(script, line)
        if line.startswith(">>") or line.endswith("left."):
            for piece in relay.carries(script):
                show(script, piece)

    play(open_window, after_line, relay.calls)


def characters(data):
    """Return what the bytes mean: pairs of a character and its bytes in hexadecimal."""
    text = data.decode(errors="surrogateescape")  # it also takes half a letter
    coded = [(each, each.encode(errors="surrogateescape").hex(" ")) for each in text]
    return [("⏎" if each == "\n" else each, code) for each, code in coded]
