"""Listen for client.py, and chat with it over TCP: the two sides take turns.

A socket is one end of a connection. Its address has two parts: the host is a machine,
and the port a number for one program on it. One client, no names, no encryption.
"""

import argparse
import atexit
import contextlib
import errno
import io
import locale
import os
import select
import signal
import socket
import sys

GOODBYE = "q"
MAX_MESSAGE = 1024 * 1024  # bytes, without the newline that ends a message


class ChatError(Exception):
    """Why a chat cannot start or go on. Its text is for the user."""


def main(host, port):
    """Wait at host and port for a client, and chat with it until one side leaves."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET  # only IPv6 has colons
    with socket.socket(family, socket.SOCK_STREAM) as listener:  # STREAM means TCP
        if os.name != "nt":  # only Windows gives us the port again after a chat
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))  # claim this address
            listener.listen(1)  # let clients connect; one may queue
        except (OSError, UnicodeError, TypeError) as error:  # last two: malformed host
            raise ChatError(f"cannot listen on {host} port {port}: {explain(error)}")
        port = listener.getsockname()[1]  # if it was 0, the system has chosen one
        print(f"Welcome: The server is now ready to receive on {host} port {port}")
        connection, address = listener.accept()  # wait for a client
    with connection:  # a second socket; the first "with" has closed the listener
        host, port = address[:2]  # the client's; IPv6 adds two more values
        print(f"Connected to {host} port {port}. The client speaks first; q leaves.")
        chat(connection, my_turn=False)


def chat(connection, my_turn):
    """Speak and listen in turns. Return after a goodbye, or else raise ChatError."""
    enable_keepalive(connection)  # so that we notice if the other machine dies
    atexit.register(forget_typeahead)  # at the end, or the shell gets what was typed
    received = bytearray()  # bytes that have arrived, but were not shown yet
    while True:
        if my_turn:
            message = ask_for_message()
            with contextlib.suppress(OSError):  # ignore it: receive will notice
                connection.sendall(message.encode() + b"\n")  # bytes, not text
            if message == GOODBYE:
                print("You left.")
                return
        else:
            message = receive(connection, received)
            if message == GOODBYE:
                print("The other side left.")
                return
            print("<< " + escape(message))
        my_turn = not my_turn


def receive(connection, received):
    """Wait for the other side's next message, and return it as text.

    TCP is a stream of bytes: it does not know where a message ends. recv returns what
    has arrived so far: half a letter, half a message, or three of them. So collect
    bytes in received until a newline comes. Bytes after it wait for the next call.
    """
    chunk = received  # the last call may have left a whole message
    while b"\n" not in chunk and len(received) <= MAX_MESSAGE:
        chunk = b""
        with contextlib.suppress(OSError):
            chunk = connection.recv(65536)  # wait for bytes: 65,536 at most
        if not chunk:  # they closed the connection, or it broke
            if received:
                print(f"<< {escape(to_text(received))} [cut off]")
            raise ChatError("the other side hung up")
        received += chunk
    line, _, rest = received.partition(b"\n")  # _ is the newline
    if len(line) > MAX_MESSAGE:
        raise ChatError(f"hung up on a message of over {MAX_MESSAGE} bytes")
    received[:] = rest  # [:] changes it for the caller, too
    return to_text(line)


# The command line.


def parse_options():
    """Return host and port from the command line."""
    parser = argparse.ArgumentParser(description="Chat in turns: the listening side.")
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", default=5000, type=int, help="port; 0: any free one")
    options = parser.parse_args()
    if not options.host:  # an empty host would mean all addresses
        parser.error("argument --host: must not be empty")
    if not 0 <= options.port <= 65535:
        parser.error("argument --port: must be from 0 to 65535")
    return options.host, options.port


def explain(error):
    """Return why the system does not let us listen, and what may help."""
    if not isinstance(error, OSError):
        return "malformed host name"
    if error.errno in (errno.EADDRINUSE, errno.EACCES):  # taken, or forbidden
        return f"{error.strerror}; try another --port"
    return error.strerror


# Text.

# Some characters are commands for a terminal. The first two ranges are the control
# characters. The last two change the direction of text.
COMMANDS = [
    *range(0x20),
    *range(0x7F, 0xA0),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
]
ESCAPES = {code: ascii(chr(code)).strip("'") for code in COMMANDS}  # 27 becomes \x1b
ESCAPES[ord("\t")] = "    "  # a tab is harmless, but its width varies


def escape(text):
    r"""Return text that is safe to show: Escape, for example, becomes \x1b."""
    return text.translate(ESCAPES)


def to_text(line):
    r"""Return UTF-8 bytes as text, without Windows' \r. Bad bytes become U+FFFD."""
    return line.decode(errors="replace").removesuffix("\r")


# Keyboard, screen and network.


def ask_for_message():
    """Return the line that the user types. The end of input says goodbye."""
    try:
        # Windows ends the lines of a file with \r\n. Ctrl-V, then Ctrl-J, types \n.
        return input(">> ").rstrip("\r\n").replace("\n", " ")
    except EOFError:  # Ctrl-D, or the end of a file
        print()  # the cursor is still behind the prompt
        return GOODBYE


def prepare():
    """Set encodings, show lines at once, and make kill act as Ctrl-C."""
    for stream, errors in (sys.stdin, "replace"), (sys.stdout, "backslashreplace"):
        if isinstance(stream, io.TextIOWrapper):  # IDLE has streams of another type
            if not stream.isatty():  # a file or a pipe: UTF-8 on every system
                stream.reconfigure(encoding="utf-8")
            stream.reconfigure(errors=errors, line_buffering=True)
    if sys.flags.utf8_mode:  # Python uses UTF-8: make readline, below, do so, too
        name = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"  # darwin: macOS
        with contextlib.suppress(locale.Error):  # it has no such locale
            os.environ["LC_ALL"] = locale.setlocale(locale.LC_CTYPE, name)
    with contextlib.suppress(ImportError):  # Windows has no readline
        import readline  # gives input() arrow keys and long lines
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if os.name == "nt":  # there, recv does not notice Ctrl-C (CPython issue 85609)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # so Ctrl-C ends us at once


def enable_keepalive(connection):
    """Let TCP notice within about a minute that the other machine is gone."""
    options = {  # no system has all of them
        "TCP_KEEPIDLE": 30,  # after 30 seconds of silence, ask for a sign of life
        "TCP_KEEPALIVE": 30,  # the same, as macOS calls it
        "TCP_KEEPINTVL": 10,  # ask again every 10 seconds
        "TCP_KEEPCNT": 3,  # give up if 3 times there was no answer
        "TCP_USER_TIMEOUT": 60000,  # or if what we sent stays unconfirmed for 60,000 ms
    }
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in options.items():
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def forget_typeahead():
    """Throw away what was typed and never sent, or the shell would run it."""
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, signal.SIG_IGN)  # let nothing interrupt this
    if os.name == "nt":
        import msvcrt

        while sys.stdin.isatty() and msvcrt.kbhit():
            msvcrt.getwch()
        return
    import termios
    import tty

    with contextlib.suppress(OSError, termios.error):  # standard input is no terminal
        if os.tcgetpgrp(0) == os.getpgrp():  # we run in the foreground
            mode = termios.tcgetattr(0)  # 0 stands for standard input
            tty.setcbreak(0, termios.TCSANOW)  # so that select sees unfinished lines
            patience = 0  # seconds
            while select.select([0], [], [], patience)[0]:  # while something was typed
                termios.tcflush(0, termios.TCIFLUSH)  # throw it away
                patience = 0.4  # more may follow: the rest of a word, or of a paste
            termios.tcsetattr(0, termios.TCSANOW, mode)  # as it was


if __name__ == "__main__":
    host, port = parse_options()
    prepare()
    try:
        main(host, port)
    except KeyboardInterrupt:  # Ctrl-C, or kill
        forget_typeahead()  # death by a signal skips atexit
        # Die by Ctrl-C's signal, so that a shell loop around us stops, too.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
    except (ChatError, OSError, RuntimeError) as problem:  # RuntimeError: no stdin
        if isinstance(problem, OSError):
            sys.stdout = None  # or Python, at its end, would try again to show the rest
        sys.exit(escape(f"{os.path.basename(__file__)}: error: {problem}"))
