"""Connect to server.py, and chat over TCP: each side writes a line in its turn."""

import argparse
import contextlib
import locale
import os
import signal
import socket
import sys
from time import monotonic

MAX_MESSAGE = 1024 * 1024  # bytes, without the newline that ends a message
GOODBYE = "q"


def main(host, port):
    """Talk with the server at host and port until one side leaves."""
    connection, (host, port, *_) = connect(host, port)  # *_: IPv6 has more, not shown
    with connection:  # the end of this block closes it
        print(f"Connected to {host} port {port}. You speak first; q leaves.")
        converse(connection, my_turn=True)


def connect(host, port):
    """Return a connection and its address; raise ChatError if nobody answers."""
    end = monotonic() + CONNECT_TIMEOUT
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        while True:  # a name may have several addresses, which share the time
            family, kind, _, _, address = found.pop(0)
            with contextlib.ExitStack() as stack:  # if a step fails, closes the socket
                if found:  # after a failure, there is another address to try
                    stack.enter_context(contextlib.suppress(OSError))
                connection = stack.enter_context(socket.socket(family, kind))
                connection.settimeout(max(0.1, (end - monotonic()) / (len(found) + 1)))
                connection.connect(address)
                connection.settimeout(None)  # a message may take as long as it takes
                stack.pop_all()  # no failure: forget the socket, which main will close
                return connection, address
    except (OSError, UnicodeError) as error:
        raise ChatError(f"cannot connect to {host} port {port}: {explain(error)}")


def converse(connection, my_turn):
    """Speak and listen in turns until one side says goodbye; or raise ChatError."""
    hang_up_on_silence(connection)  # if the machine is dead, not if nobody types
    early, lost = b"", ""  # bytes that came too soon; what a hang-up may have cost
    while True:
        if my_turn:
            message = ask_message()
            send_message(connection, message)
            if message == GOODBYE:
                print("You left.")
                return
            lost = "; your last message may not have arrived"
        else:
            message, early = receive_message(connection, early, lost)
            if message == GOODBYE:
                print("The other side left.")
                return
            print("<< " + message.translate(ESCAPES))  # control codes shown, not obeyed
        my_turn = not my_turn


def receive_message(connection, early, lost):
    """Return the next message, and what came early: the bytes behind its newline.

    TCP is a stream of bytes: one recv may bring half a character or three messages.
    Raises ChatError if the message is too long, or (with lost) if nobody is there.
    """
    line, newline, early = bytearray(early).partition(b"\n")  # bytes that can grow
    while not newline:
        chunk = b""  # it stays so if recv fails, say with ConnectionResetError
        with contextlib.suppress(OSError):  # an error of the system: as if hung up
            chunk = connection.recv(32768)  # waits for bytes; brings 32,768 at most
        if not chunk:  # the other side has hung up, or recv has failed: the end
            if line:
                text = line.decode(errors="replace").translate(ESCAPES)
                print(f"<< {text} [cut off]")
            raise ChatError("the other side hung up" + lost)
        piece, newline, early = chunk.partition(b"\n")
        line += piece
        if len(line) > MAX_MESSAGE:
            raise ChatError(f"hung up on a message of over {MAX_MESSAGE} bytes")
    message = line.decode(errors="replace")  # UTF-8 to text; U+FFFD for what is not
    return (message[:-1] if message.endswith("\r") else message), early  # telnet's \r


def send_message(connection, message):
    """Send all of a message, encoded into UTF-8 bytes, and the newline that ends it."""
    with contextlib.suppress(OSError):  # if nobody is there, the next recv will tell
        connection.sendall(message.encode() + b"\n")


def ask_message():
    """Return the next line that the user types; the end of the input says goodbye."""
    while True:
        try:
            message = input(">> ").rstrip("\r\n").replace("\n", " ")  # in a paste
        except EOFError:  # Ctrl-D, or the end of a file
            print()
            return GOODBYE
        if len(message.encode()) <= MAX_MESSAGE:
            return message
        problem = f"your message has over {MAX_MESSAGE} bytes; shorten it"
        print(error_line(problem), file=sys.stderr)


# The small print: what keeps a conversation safe and its errors readable.

CONNECT_TIMEOUT = 10  # seconds
UNSAFE = [*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
ESCAPES = {code: ascii(chr(code)).strip("'") for code in UNSAFE}  # such as \x1b


class ChatError(Exception):
    """What ends the program with an error line: its text says all."""


def error_line(problem):
    """Return the line that tells the user of a problem; sys.exit shows it."""
    return f"{os.path.basename(__file__)}: error: {problem}".translate(ESCAPES)


def explain(error):
    """Return why there is no connection, and what may help."""
    reason = getattr(error, "strerror", "malformed host name")  # CPython issue 77139
    if isinstance(error, ConnectionRefusedError):
        reason += "; start server.py first"
    return reason or f"no answer in {CONNECT_TIMEOUT} seconds"


def hang_up_on_silence(connection):
    """Have TCP end a connection that gives no sign of life for about a minute."""
    mac = {"TCP_KEEPIDLE": 0x10} if sys.platform == "darwin" else {}  # its number
    for level, name, value in [
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),  # probe a silent machine (RFC 1122)
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 30),  # after so many seconds,
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 10),  # again after so many,
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),  # so many times
        (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 60000),  # milliseconds (RFC 5482)
    ]:
        with contextlib.suppress(AttributeError, OSError):  # no system has all of them
            connection.setsockopt(level, mac.get(name) or getattr(socket, name), value)


def prepare_terminal():
    """Prepare the streams, the signals and the editor of the line that is typed."""
    if None in (sys.stdin, sys.stdout, sys.stderr):  # the shell's >&- closes one
        raise ChatError("standard input, output and error output must be open")
    sys.stdin.reconfigure(errors="replace")  # what is no text is read as U+FFFD
    sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # kill is like Ctrl-C
    if sys.platform == "win32":  # there, recv does not hear Ctrl-C: CPython issue 85609
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    for name in ("en_US.UTF-8", "C.UTF-8") if sys.flags.utf8_mode else ():
        with contextlib.suppress(locale.Error):  # libedit looks at it; GNU's at LC_ALL
            os.environ["LC_ALL"] = locale.setlocale(locale.LC_CTYPE, name)
    with contextlib.suppress(ImportError):
        import readline  # gives input() arrow keys, history, lines of any length

        if os.environ.get("TERM") not in (None, "", "dumb"):  # CPython issue 86985
            readline.parse_and_bind("set enable-bracketed-paste on")


def parse_options():
    """Return host and port, from the command line."""
    parser = argparse.ArgumentParser(description="Chat in turns: the connecting side.")
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    parser.add_argument("--host", default="127.0.0.1", help="host to connect to")
    parser.add_argument("--port", default=5000, type=int, help="port to connect to")
    options = parser.parse_args()
    if not 1 <= options.port <= 65535:
        parser.error("argument --port: must be from 1 to 65535")
    return options.host, options.port


if __name__ == "__main__":
    try:
        prepare_terminal()
        main(*parse_options())
    except ChatError as problem:
        sys.exit(error_line(problem))
    except KeyboardInterrupt:  # Ctrl-C, or kill; ignore another one from here on
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])
        print(file=sys.stderr)
        sys.exit(130)
    except OSError as error:  # mostly of print; what a connection brings is caught
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python fails again at its end
        sys.exit(error_line(f"input or output failed: {error.strerror}"))
    finally:  # throw away what was typed and never sent, or the shell would run it
        with contextlib.suppress(ImportError):  # Windows has no termios
            import termios

            ours = os.isatty(0)
            with contextlib.suppress(OSError):  # it fails in su -c: another session
                ours = os.tcgetpgrp(0) == os.getpgrp()  # else another program has it
            if ours:
                termios.tcflush(0, termios.TCIFLUSH)
