"""A relay on the wire: it carries the bytes between both scripts, and shows them."""

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
        """Carry what a script sends, up to a newline or its end. Yield each piece."""
        if "client.py" not in self.sockets:
            self.sockets["client.py"], _ = self.listener.accept()
            self.sockets["client.py"].settimeout(TIMEOUT)
        (receiver,) = set(self.sockets) - {sender}
        ended = False
        while not ended:
            try:
                piece = self.sockets[sender].recv(32768)
            except socket.timeout:
                raise AssertionError(f"{sender} was to send a newline, or to close")
            yield piece  # so it is seen before it arrives
            if piece:
                self.sockets[receiver].sendall(piece)
            else:  # the script has closed the connection: the other one must know
                self.sockets[receiver].shutdown(socket.SHUT_WR)
            ended = not piece or piece.endswith(b"\n")


def play_on_wire(open_window, show):
    """Play the conversation of README.md. Show each line, and the bytes after it."""
    relay = Relay()

    def after_line(script, line):
        show(script, line)
        if line.startswith(">>") or line.endswith(" left."):
            for piece in relay.carries(script):
                show(script, piece)

    play(open_window, after_line, relay.calls)


def characters(data):
    """Return pairs: a character, and its bytes in hexadecimal."""
    text = data.decode(errors="surrogateescape")  # this keeps half an é, too
    codes = [each.encode(errors="surrogateescape").hex(" ") for each in text]
    signs = [each if each.isprintable() else "·" for each in text.replace("\n", "⏎")]
    return list(zip(signs, codes))


def is_reaction(line):
    """Return whether a line belongs beside the last line of the other window."""
    return line.startswith("<<") or "The client speaks" in line


def gives_turn(line):
    """Return whether it is a window's turn after this line."""
    return line.startswith("<<") or "You speak" in line
