"""Connect to server.py, and chat with it over TCP: the two sides take turns.

A program opens a socket to talk to another program. The host names a machine: 127.0.0.1
is this one. The port, a number, names one program there. Nothing is encrypted.
"""

import argparse
import atexit
import contextlib
import locale  # language settings; the one called C.UTF-8 knows every alphabet
import os
import re
import select
import signal  # a signal interrupts a program: Ctrl-C sends the one named SIGINT
import socket
import sys

GOODBYE = "q"
MAX_MESSAGE = 1024 * 1024  # bytes, without the newline that ends a message
CONNECT_TIMEOUT = 10  # seconds


class ChatError(Exception):
    """Why a chat cannot start or go on. Its text is for the user."""


def main(host, port):
    """Connect to the server at host and port, and chat until one side leaves."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET  # IPv6 addresses have :
    with socket.socket(family, socket.SOCK_STREAM) as connection:  # STREAM means TCP
        connection.settimeout(CONNECT_TIMEOUT)  # or a silent host could take minutes
        try:
            connection.connect((host, port))
        except (OSError, TypeError) as error:  # TypeError: malformed host
            if not isinstance(error, ConnectionRefusedError):  # most refusals are quick
                forget_typeahead()  # typed while we waited
            raise ChatError(f"cannot connect to {host} port {port}: {explain(error)}")
        connection.settimeout(None)  # from now on, wait without a limit
        enable_keepalive(connection)  # so that we notice if the other machine dies
        atexit.register(forget_typeahead)  # at exit, drop lines typed but never sent
        print(f"Connected to {host} port {port}. You speak first; q leaves.")
        chat(connection, my_turn=True)
    # The end of the "with" block closes the connection, even after an error.


def chat(connection, my_turn):
    """Speak and listen in turns until one side says goodbye."""
    received = bytearray()  # bytes not yet shown; receive() adds and removes some
    while True:
        if my_turn:
            message = ask_for_message()
            with contextlib.suppress(OSError):  # if it fails, receive() will say so
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

    TCP is a stream of bytes. recv returns what has come: part of a message, or several.
    So fill received until it holds a newline. Bytes after it stay for the next call.
    """
    while b"\n" not in received:
        if len(received) > MAX_MESSAGE:  # or it would fill our memory
            raise ChatError(f"hung up on a message of over {MAX_MESSAGE} bytes")
        try:
            chunk = connection.recv(2048)  # wait for bytes: 2,048 at most
        except OSError:  # the connection broke
            chunk = b""
        if not chunk:  # no bytes: the other side has closed
            raise ChatError("the other side hung up")
        received += chunk
    end = received.index(b"\n")
    line = received[:end].decode(errors="replace")  # bad bytes become a placeholder
    del received[: end + 1]
    return line.removesuffix("\r")  # some programs end lines with \r\n


# The lesson ends here. What follows makes the chat comfortable and safe to use.


def ask_for_message():
    """Return the line that the user types. The end of input says goodbye."""
    try:
        line = input(">> ")
    except EOFError:  # Ctrl-D (Windows: Ctrl-Z, Enter), or the end of a file as input
        print()  # Ctrl-D leaves the cursor after the prompt
        return GOODBYE
    # A Windows file leaves a \r at the end. Ctrl-V Ctrl-J types a newline into a line.
    return line.rstrip("\r").replace("\n", " ")


def escape(text):
    r"""Spell out what the terminal would obey: Escape as \x1b. Tabs become spaces."""
    # [ ]: any of these. A terminal obeys the first two ranges; the rest reorder text.
    commands = r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
    # re.sub calls the lambda with each match. ascii gives '\x1b'; [1:-1] unquotes it.
    return re.sub(commands, lambda match: ascii(match[0])[1:-1], text.expandtabs(4))


def parse_options():
    """Return host and port from the command line."""
    parser = argparse.ArgumentParser(description="Chat in turns: the connecting side.")
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter  # shows defaults
    parser.add_argument("--host", default="127.0.0.1", help="host to connect to")
    parser.add_argument("--port", default=5000, type=int, help="port to connect to")
    options = parser.parse_args()
    if not options.host:  # "" would mean this machine
        parser.error("argument --host: must not be empty")
    if not 1 <= options.port <= 65535:
        parser.error("argument --port: must be from 1 to 65535")
    return escape(options.host), options.port  # escaped, because we print it


def explain(error):
    """Return why there is no connection, and what may help."""
    if isinstance(error, TypeError):
        return "malformed host name"
    if isinstance(error, socket.timeout):
        return f"no answer in {CONNECT_TIMEOUT} seconds"
    if isinstance(error, ConnectionRefusedError):
        return f"{error.strerror}; no server.py waits there"
    return error.strerror  # the system's words


def prepare():
    """Speak UTF-8, show each line at once, and let the kill command act as Ctrl-C."""
    for stream in sys.stdin, sys.stdout:
        with contextlib.suppress(AttributeError):  # IDLE's streams have no reconfigure
            stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
    with contextlib.suppress(locale.Error):  # readline asks the locale for the encoding
        os.environ["LC_ALL"] = locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    with contextlib.suppress(ImportError):  # Windows has no readline
        import readline  # gives input() arrow keys and long lines
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # on kill, do as Ctrl-C
    if os.name == "nt":  # on Windows, Ctrl-C has to wait for recv (CPython issue 85609)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # SIG_DFL: Ctrl-C just ends us


def enable_keepalive(connection):
    """Let TCP notice within about a minute that the other machine is gone."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    options = {  # no system has all of them, so look them up by name
        "TCP_KEEPIDLE": 30,  # after 30 seconds of silence, ask for a sign of life
        "TCP_KEEPALIVE": 30,  # the same, as macOS calls it
        "TCP_KEEPINTVL": 10,  # ask again every 10 seconds
        "TCP_KEEPCNT": 3,  # give up if 3 times there was no answer
        "TCP_USER_TIMEOUT": 60000,  # give up if sent data is not confirmed in 60,000 ms
    }
    for name, value in options.items():
        with contextlib.suppress(AttributeError, OSError):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def forget_typeahead():
    """Throw away unsent lines, or the shell (the command line) would run them next."""
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, signal.SIG_IGN)  # let nothing interrupt this
    if os.name == "nt":
        from ctypes import windll  # functions of Windows; -10 means standard input

        windll.kernel32.FlushConsoleInputBuffer(windll.kernel32.GetStdHandle(-10))
    with contextlib.suppress(ImportError, OSError):  # on Windows, or without a terminal
        import tty  # controls the terminal; below, 0 is standard input

        if os.tcgetpgrp(0) == os.getpgrp():  # only if the terminal's typing comes to us
            settings = tty.tcgetattr(0)
            tty.setcbreak(0, tty.TCSANOW)  # so that read gets unfinished lines, too
            patience = 0.05  # seconds
            while select.select([0], [], [], patience)[0] and os.read(0, 65536):
                patience = 0.2  # something has come: perhaps a slow paste, so wait more
            tty.tcsetattr(0, tty.TCSANOW, settings)


if __name__ == "__main__":
    try:
        options = parse_options()
        prepare()
        main(*options)
    except KeyboardInterrupt:  # Ctrl-C, or kill
        forget_typeahead()  # the signal below ends us without running atexit
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)  # so Ctrl-C also stops a script that ran us
    except (ChatError, OSError, RuntimeError) as problem:  # RuntimeError: stdin closed
        sys.exit(f"client.py: error: {problem}")
