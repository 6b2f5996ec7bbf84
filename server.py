"""Listen for client.py, and chat with it over TCP: both sides write in turns.

A socket is one end of a connection between two programs. Each end has an
address of two parts: the host says which machine, and the port, a number, says
which program there. TCP carries bytes between them, complete and in order.
"""

import contextlib
import errno
import os
import signal
import socket
import sys

MAX_MESSAGE = 1024 * 1024  # bytes, without the newline that ends a message
GOODBYE = "q"


def main(host, port):
    """Wait at our host and port for a client. Chat until one side leaves."""
    # A host is a name or a number of one of two kinds: IPv4 such as 127.0.0.1, or IPv6
    # such as ::1. Only IPv6 has colons.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:  # that means TCP
        if sys.platform != "win32":
            # After a chat, the system can refuse us the port for a minute. This
            # option of the socket prevents that. Windows never refuses it.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # 1: on
        try:
            listener.bind((host, port))  # makes this the address of our socket
            listener.listen(1)  # from now on, callers come; about 1 can queue
        except (OSError, TypeError) as error:  # TypeError: malformed name
            raise ChatError(f"cannot listen on {host} port {port}: {explain(error)}")
        # Port 0 asks for any free port. getsockname tells which one it is.
        our_address = describe(listener.getsockname())
        print(f"Welcome: The server is now ready to receive on {our_address}")
        connection, address = listener.accept()  # waits for a caller
    # The end of the "with" block has closed the listener: nobody else can connect.
    # accept has made a second socket: our end of the connection to this client.
    with connection:
        client = describe(address)
        print(f"Connected to {client}. The client speaks first; q leaves.")
        chat(connection, my_turn=False)


def chat(connection, my_turn):
    """Speak and listen in turns until one side says goodbye.

    my_turn is true for the client, which speaks first, and false for the server. Raises
    ChatError if the other side ends the connection without a goodbye.
    """
    enable_keepalive(connection)  # so that we notice if their machine dies
    messages = receive_messages(connection)  # a generator: next() runs it
    problem = "the other side hung up"
    while True:
        if my_turn:
            message = ask_for_message()
            # If they are gone, this may fail. Ignore that: recv will notice.
            with contextlib.suppress(OSError):
                connection.sendall(message.encode() + b"\n")  # text to UTF-8 bytes
            if message == GOODBYE:
                print("You left.")
                return
            problem = "the other side hung up; your last message may not have arrived"
        else:
            message = next(messages, None)  # waits; None if no more will come
            if message is None:
                raise ChatError(problem)
            if message == GOODBYE:
                print("The other side left.")
                return
            # A terminal obeys some characters. escape makes them plain text.
            print("<< " + escape(message))
        my_turn = not my_turn


def receive_messages(connection):
    """Yield the messages of the other side, one by one, until it hangs up.

    TCP is a stream of bytes: it does not mark where a message ends. recv hands us what
    has arrived so far. That may be three messages, or a part of one. It may even be
    half of a letter: é takes two bytes. So we collect bytes until a newline comes.
    Raises ChatError if a message has over MAX_MESSAGE bytes.
    """
    line = bytearray()  # bytes that can grow: the message so far
    while True:
        try:
            chunk = connection.recv(32768)  # waits for bytes; brings 32,768 at most
        except OSError:  # the connection broke: treat it as a hang-up
            chunk = b""
        if not chunk:  # no bytes: the other side has closed the connection
            if line:
                print(f"<< {escape(to_text(line))} [cut off]")
            return
        pieces = chunk.split(b"\n")
        line += pieces[0]
        if len(line) > MAX_MESSAGE:
            raise ChatError(f"hung up on a message of over {MAX_MESSAGE} bytes")
        for piece in pieces[1:]:
            # A newline came before this piece. So the line is complete, and the piece
            # begins the next one. (If "Hel" was there, b"lo\nhi" completes "Hello" and
            # begins "hi".)
            message = to_text(line)
            line = bytearray(piece)
            yield message


# The details: skip them on a first reading.

UNSAFE = [
    *range(0x00, 0x20),  # control characters; Escape begins a command
    *range(0x7F, 0xA0),  # more control characters
    *range(0x202A, 0x202F),  # these turn the direction of the text around them
    *range(0x2066, 0x206A),  # and so do these
]
ESCAPES = {code: ascii(chr(code)).strip("'") for code in UNSAFE}


class ChatError(Exception):
    """What ends the program with an error line: its text says why."""


def escape(text):
    r"""Return a text whose control characters are spelled out, such as \x1b.

    A terminal shows them then, and does not obey them.
    """
    return text.translate(ESCAPES)


def to_text(line):
    r"""Return the text of a line of UTF-8 bytes, without the \r at its end.

    Windows and telnet end a line with \r\n. Bytes that are not UTF-8 become U+FFFD,
    the replacement character.
    """
    text = bytes(line).decode(errors="replace")  # quicker than for a bytearray
    return text[:-1] if text.endswith("\r") else text


def describe(address):
    """Return a socket's address as text, such as "127.0.0.1 port 5000"."""
    if not address:  # on macOS, if the caller has hung up before accept
        return "? port 0"
    # With these flags, getnameinfo returns numbers and looks up no names. It adds
    # the zone of an IPv6 address, as in fe80::1%eth0, which address leaves out.
    flags = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
    host, port = socket.getnameinfo(address, flags)
    return f"{host} port {port}"


def error_line(problem):
    """Return the line that tells the user of a problem."""
    return escape(f"{os.path.basename(__file__)}: error: {problem}")


def explain(error):
    """Return why the system does not let us listen, and what may help."""
    if isinstance(error, TypeError):  # "encoding of hostname failed"
        return "malformed host name"
    if error.errno in (errno.EADDRINUSE, errno.EACCES):  # taken, forbidden
        return f"{error.strerror}; try another --port"
    return error.strerror


def ask_for_message():
    """Return the line that the user types. The end of input says goodbye."""
    while True:
        try:
            message = input(">> ")
        except EOFError:  # Ctrl-D, or the end of a file
            print()
            return GOODBYE
        # Windows ends the lines of a file with \r\n. A paste can have newlines.
        message = message.rstrip("\r\n").replace("\n", " ")
        if len(message.encode()) <= MAX_MESSAGE:
            return message
        problem = f"your message has over {MAX_MESSAGE} bytes; shorten it"
        print(error_line(problem), file=sys.stderr)


def enable_keepalive(connection):
    """Let TCP notice within about a minute that the other machine is gone.

    It asks a silent machine for a sign of life (RFC 1122, section 4.2.3.6).
    Whether the other person types does not matter.
    """
    tcp = socket.IPPROTO_TCP
    # No system has all of these options.
    with contextlib.suppress(AttributeError, OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        # macOS calls TCP_KEEPIDLE differently, and old Pythons do not know it.
        idle = 0x10 if sys.platform == "darwin" else socket.TCP_KEEPIDLE
        # Ask after 30 seconds of silence, then every 10 seconds, 3 times in all.
        connection.setsockopt(tcp, idle, 30)
        connection.setsockopt(tcp, socket.TCP_KEEPINTVL, 10)
        connection.setsockopt(tcp, socket.TCP_KEEPCNT, 3)
        # While bytes that we sent wait for a receipt, TCP does not ask. So this sets
        # a limit for the receipt: 60,000 ms (RFC 5482). It also ends a connection to
        # a program that is alive, but reads nothing for so long.
        connection.setsockopt(tcp, socket.TCP_USER_TIMEOUT, 60000)


def prepare_streams():
    """Make the standard streams take all characters, and show lines at once."""
    # The shell's >&- closes a stream: then it is None.
    if None in (sys.stdin, sys.stdout, sys.stderr):
        raise ChatError("standard input, output and error output must be open")
    sys.stdin.reconfigure(errors="replace")  # what is no text becomes U+FFFD
    sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)
    if not sys.stdin.isatty():  # a file or a pipe: UTF-8 on every system
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    if not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")
    if ">> ".encode(sys.stdout.encoding) != b">> ":  # as in UTF-16
        raise ChatError(f"no terminal speaks {sys.stdout.encoding}; use UTF-8")


def prepare_signals():
    """Make the command kill end the program as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # On Windows, recv does not see Ctrl-C (CPython issue 85609).
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def prepare_line_editor():
    """Give input() arrow keys, a history, and lines of any length."""
    # In UTF-8 mode, Python ignores the language settings (the locale). The line
    # editor does not: GNU readline looks at LC_ALL, libedit at setlocale's setting.
    if sys.flags.utf8_mode:
        import locale

        for name in "en_US.UTF-8", "C.UTF-8":
            with contextlib.suppress(locale.Error):
                os.environ["LC_ALL"] = locale.setlocale(locale.LC_CTYPE, name)
    with contextlib.suppress(ImportError):  # Windows has no readline
        import readline

        if os.environ.get("TERM") not in (None, "", "dumb"):
            # Bracketed paste keeps the lines of a paste together. Python switches
            # it off (CPython issue 86985), so switch it on again.
            readline.parse_and_bind("set enable-bracketed-paste on")
            # But now Ctrl-], followed by Alt-x, would crash GNU readline 8.2. So
            # take away what Ctrl-] and Alt-Ctrl-] do.
            readline.parse_and_bind(r'"\C-]":')
            readline.parse_and_bind(r'"\M-\C-]":')


def parse_options():
    """Return host and port from the command line."""
    # This import takes a while. Here, the program already knows how to end on Ctrl-C.
    import argparse

    parser = argparse.ArgumentParser(description="Chat in turns: the listening side.")
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", default=5000, type=int, help="port; 0: any free one")
    options = parser.parse_args()
    if not options.host:
        parser.error("argument --host: must not be empty")
    if not 0 <= options.port <= 65535:
        parser.error("argument --port: must be from 0 to 65535")
    return options.host, options.port


def ignore_interrupts():
    """Ignore Ctrl-C and the command kill: the program ends anyway."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def forget_typeahead():
    """Throw away what was typed and never sent, or the shell would run it."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        console = msvcrt.get_osfhandle(0)
        ctypes.windll.kernel32.FlushConsoleInputBuffer(console)
    elif owns_terminal():
        import select
        import termios
        import tty

        mode = termios.tcgetattr(0)  # 0: standard input
        # A terminal hands over whole lines, but in this mode each key.
        tty.setcbreak(0, termios.TCSANOW)
        patience = 0  # seconds
        while select.select([0], [], [], patience)[0]:  # something is there
            termios.tcflush(0, termios.TCIFLUSH)
            patience = 0.05  # a long paste comes piece by piece
        termios.tcsetattr(0, termios.TCSANOW, mode)


def owns_terminal():
    """Return whether standard input is a terminal and we may take what is typed.

    If we run in the background, it is meant for another program.
    """
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:  # no terminal, or one of another session, as in su -c
        return os.isatty(0)


if __name__ == "__main__":
    try:
        prepare_streams()
        prepare_signals()
        prepare_line_editor()
        main(*parse_options())
    except ChatError as problem:
        sys.exit(error_line(problem))
    except KeyboardInterrupt:  # Ctrl-C, or kill
        ignore_interrupts()
        print(file=sys.stderr)
        sys.exit(130)
    except OSError as error:  # print has failed: the disk may be full
        # At its end, Python tries once more to write what is left. So let
        # standard output (1) lead to the null device, which takes everything.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(error_line(f"input or output failed: {error.strerror}"))
    finally:
        ignore_interrupts()
        forget_typeahead()
