"""The connecting side of a half-duplex chat over TCP; server.py is the other side.

Two people write to each other strictly in turns, and the client speaks first.
A message is one line of UTF-8, ended by a newline. The line q says goodbye.
"""

import argparse
import contextlib
import io
import os
import socket
import sys
import time

if sys.platform != "win32":  # the console of Windows edits lines by itself
    with contextlib.suppress(ImportError):
        import readline  # gives input() arrow keys, a history and lines of any length

        if os.environ.get("TERM", "") not in ("", "dumb"):  # make a paste one message
            readline.parse_and_bind("set enable-bracketed-paste on")  # CPython issue 86985

CONNECT_TIMEOUT = 10  # seconds
MAX_MESSAGE = 1024 * 1024  # bytes before the newline
RECV_SIZE = 64 * 1024  # bytes that one recv may bring
GOODBYE = "q"
# Characters that could command the reader's terminal, and the escapes that we show instead.
CONTROLS = [*range(9), *range(10, 32), *range(127, 160)]  # all but the tab
OVERRIDES = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]  # of the direction of writing
ESCAPES = {code: ascii(chr(code))[1:-1] for code in CONTROLS + OVERRIDES}  # without quotes


def main():
    """Connect to the server, and talk with it until one side leaves."""
    host, port = parse_options()
    prepare_streams()
    try:
        connection, address = connect(host, port)
    except UnicodeError:  # getaddrinfo could not encode the name (CPython issue 77139)
        sys.exit(error_line(f"cannot connect to {host} port {port}: malformed host name"))
    except OSError as error:
        reason = error.strerror or f"no answer in {CONNECT_TIMEOUT} seconds"
        hint = "; start server.py first" if isinstance(error, ConnectionRefusedError) else ""
        sys.exit(error_line(f"cannot connect to {host} port {port}: {reason}{hint}"))
    with connection:
        print("Connected to {} port {}. You speak first; q leaves.".format(*address))
        converse(connection, my_turn=True)


def connect(host, port):
    """Return a connection to the server, and its address; raise OSError if there is none.

    A name may stand for several addresses: each is tried for an equal share of the time left.
    """
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    deadline = time.monotonic() + CONNECT_TIMEOUT
    while True:
        seconds = max(0.1, (deadline - time.monotonic()) / len(addresses))
        family, kind, protocol, _, address = addresses.pop(0)
        try:
            connection = socket.socket(family, kind, protocol)
            connection.settimeout(seconds)
            connection.connect(address)
            connection.settimeout(None)
            return connection, address
        except OSError:
            if not addresses:
                raise


def converse(connection, my_turn):
    """Speak and listen in turns until one side says goodbye or is gone."""
    hang_up_on_silence(connection)
    received = bytearray()
    spoken = False
    while True:
        if my_turn:
            message = ask_message()
            send_message(connection, message)
            spoken = True
        else:
            try:
                message = receive_message(connection, received)
            except OSError:
                show_cut_off(received)
                lost = "; your last message may not have arrived" if spoken else ""
                sys.exit(error_line("the other side hung up" + lost))
        if message == GOODBYE:
            connection.close()
            print("You left." if my_turn else "The other side left.")
            return
        if not my_turn:
            print("<< " + printable(message))
        my_turn = not my_turn


def hang_up_on_silence(connection):
    """Have TCP end a connection when the other side gives no sign of life for about a minute."""
    for level, name, value in [
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),  # probe a silent machine (RFC 1122, 4.2.3.6):
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 30),  # after so many seconds,
        (socket.IPPROTO_TCP, "TCP_KEEPALIVE", 30),  # as macOS calls it,
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 10),  # again after so many seconds,
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),  # so many times
        (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 60000),  # milliseconds to take data (RFC 5482)
    ]:
        with contextlib.suppress(AttributeError, OSError):  # no system has all of them
            connection.setsockopt(level, getattr(socket, name), value)


def ask_message():
    """Return the next message that the user types; the end of the input says goodbye."""
    while True:
        try:
            message = input(">> ").replace("\n", " ")  # a paste may have newlines
        except EOFError:  # Ctrl-D, or the end of a file
            print()
            return GOODBYE
        if len(message.encode()) <= MAX_MESSAGE:
            return message
        print(error_line(f"your message has over {MAX_MESSAGE} bytes; shorten it"), file=sys.stderr)


def send_message(connection, message):
    """Send a message and the newline that ends it."""
    with contextlib.suppress(OSError):  # the other side is gone: receive_message will tell
        connection.sendall(message.encode() + b"\n")


def receive_message(connection, received):
    """Return the next message without its line end; raise OSError if the other side hung up.

    TCP is a stream: one recv may bring half a character or three messages. The bytearray
    received keeps, from call to call, the bytes of which no message was made yet.
    """
    end = received.find(b"\n")
    while end < 0:
        searched = len(received)
        if searched > MAX_MESSAGE:
            sys.exit(error_line(f"hung up on a message of over {MAX_MESSAGE} bytes"))
        chunk = connection.recv(min(RECV_SIZE, MAX_MESSAGE + 1 - searched))  # 1: the newline
        if not chunk:
            raise ConnectionResetError  # nothing more will come
        received += chunk
        end = received.find(b"\n", searched)
    message = received[:end].decode(errors="replace")
    del received[: end + 1]
    return message[:-1] if message.endswith("\r") else message  # telnet sends \r\n


def show_cut_off(received):
    """Show what had come of a message, if anything, when the other side hung up."""
    if received:
        print("<< " + printable(received.decode(errors="replace")) + " [cut off]")


def printable(text):
    """Return text with ESCAPES in place of what could command a terminal."""
    return text.translate(ESCAPES)


def error_line(problem):
    """Return the line that tells the user of a problem; sys.exit shows it, with status 1."""
    return f"{os.path.basename(__file__)}: error: {printable(problem)}"


def prepare_streams():
    """Flush every line; read what is no text as U+FFFD, write what cannot be shown as an escape."""
    if None in (sys.stdin, sys.stdout, sys.stderr):  # the shell's >&- closes one
        sys.exit(error_line("standard input, output and error output must be open"))
    out = sys.stdout  # wrapped anew, as Python 3.6 cannot reconfigure its streams
    sys.stdin = io.TextIOWrapper(sys.stdin.buffer, sys.stdin.encoding, "replace")
    sys.stdout = io.TextIOWrapper(out.buffer, out.encoding, "backslashreplace", line_buffering=True)


def parse_options():
    """Return host and port, from the command line."""
    parser = argparse.ArgumentParser(
        description="Chat in turns: the side that connects.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--host", default="localhost", help="host to connect to")
    parser.add_argument("--port", default=5000, type=int, help="port to connect to")
    options = parser.parse_args()
    if not 1 <= options.port <= 65535:
        parser.error("argument --port: must be from 1 to 65535")
    return options.host, options.port


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # Ctrl-C
        print(file=sys.stderr)
        sys.exit(130)
    except OSError as error:  # mostly from print: those of the connection are caught on the spot
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python fails again as it exits
        sys.exit(error_line(f"input or output failed: {error.strerror}"))
