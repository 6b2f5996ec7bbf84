"""What the first version got wrong: each of its mistakes is a scene.

first_version/README.md explains each of these scenes. The other tests show that our scripts do
not make these mistakes.
"""

import errno
import os
import socket
import sys

import pytest

from windows import PYTHON, TIMEOUT, port_of, wait_until

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems differ here")


@pytest.fixture
def open_first(open_window):
    """Return a function that opens a window for a script of the first version."""

    def start(script, port):
        # In Python's development mode, it would also show that it leaves sockets open.
        plain = {"PYTHONDEVMODE": ""}
        return open_window(PYTHON, f"tests/first_version/{script}", port, env=plain)

    return start


@pytest.fixture
def first_server(open_first):
    """The first version's server in a window, ready for a client."""
    server = open_first("server.py", "0")
    (server.port,) = server.sees_line(r"Ready on port (\d+)")
    return server


@pytest.fixture
def first_client(first_server, open_first):
    """The first version's client in a window, connected to its server."""
    return open_first("client.py", first_server.port)


def crashes(window, error):
    """Read a traceback, which must end in this error, and find the program ended."""
    window.sees("Traceback (most recent call last):\n")
    window.skips_to(f"\n{error}")
    window.sees_line(".*")  # newer Pythons may ask whether you meant another name
    window.ends(1)


def system_error(number):
    """Return the last line of a traceback for an error of the system, given its number."""
    error = OSError(number, os.strerror(number))
    return f"{type(error).__name__}: {error}"


def test_client_without_a_server(listener, open_first):
    port = str(port_of(listener))
    listener.close()
    client = open_first("client.py", port)
    crashes(client, system_error(errno.ECONNREFUSED))


def test_ctrl_c(first_server):
    wait_until(first_server.is_waiting, "the server to wait")
    first_server.types("\x03")  # Ctrl-C
    first_server.sees("^CTraceback (most recent call last):\n")
    first_server.skips_to("\nKeyboardInterrupt\n")


def test_q_at_the_server(first_server, first_client):
    first_client.says("Hello")
    first_server.hears("Hello")
    first_server.says("q")
    crashes(first_server, "NameError: name 'conn' is not defined")
    first_client.hears("q")
    first_client.sees(">> ")  # as if nothing had happened


def test_restart(first_server, first_client, open_first):
    first_client.says("Hello")
    first_server.hears("Hello")
    first_server.says("q")
    crashes(first_server, "NameError")  # so the server's side is closed first
    again = open_first("server.py", first_server.port)
    crashes(again, system_error(errno.EADDRINUSE))


def test_q_at_the_client(first_server, first_client):
    first_client.says("q")
    first_server.hears("q")
    first_server.says("Goodbye")
    first_client.hears("Goodbye")
    first_client.says("Why am I asked again?")
    crashes(first_client, system_error(errno.EBADF))


def test_q_is_a_message_like_any_other(first_server, first_client):
    first_client.says("q")
    first_server.hears("q")
    first_server.says("Goodbye")
    first_client.hears("Goodbye")
    first_server.hears("")  # nobody has sent this

    def traceback_follows():
        first_server.says("Pardon?")
        return first_server.sees_line("(<< |Traceback.*)") != ("<< ",)

    wait_until(traceback_follows, "a traceback")
    first_server.skips_to("Error: [Errno ")
    (number,) = first_server.sees_line(r"(\d+)\].*")
    assert int(number) in (errno.EPIPE, errno.ECONNRESET)  # Linux; others may reset
    first_server.ends(1)


def test_empty_line(listener, open_first):
    client = open_first("client.py", str(port_of(listener)))
    with listener.accept()[0] as connection:
        client.says("")  # now a server would wait for a byte, and the client for the server
        connection.sendall(b"I have heard nothing")  # but this one breaks the rules, and speaks
        client.hears("I have heard nothing")
        client.says("Hello")
        assert connection.recv(100) == b"Hello"  # the first bytes that ever came


def test_long_message(first_server, first_client):
    first_client.says("x" * 3000)
    first_server.hears("x" * 2048)
    first_server.says("What a long message")
    first_client.hears("What a long message")
    first_server.hears("x" * 952)
    first_server.says("And another one")
    first_client.says("How are you?")
    first_client.hears("And another one")  # from now on, every answer is one behind
    first_server.hears("How are you?")


def test_character_cut_in_two(first_server, first_client):
    first_client.says("x" * 2047 + "é")  # its two bytes are numbers 2,048 and 2,049
    problem = "can't decode byte 0xc3 in position 2047: unexpected end of data"
    crashes(first_server, f"UnicodeDecodeError: 'utf-8' codec {problem}")


def test_escape_sequences(first_server, first_client):
    first_client.types("\x1b[2J\x1b]0;Gotcha\x07\r")
    first_server.hears("\x1b[2J\x1b]0;Gotcha\x07")


@only_linux
def test_long_line(first_server, first_client):
    first_client.says("x" * 5000)
    first_server.hears("x" * 2048)
    first_server.says("Go on")
    first_client.hears("Go on")
    first_server.hears("x" * 2047)  # that makes 4,095
    first_server.says("Is that all?")
    first_client.says("Yes")
    first_server.hears("Yes")


@only_linux
def test_all_addresses(first_server, server):
    another_address = "127.0.0.2"  # Linux has all of 127.x.x.x
    first_address = (another_address, int(first_server.port))
    with socket.create_connection(first_address, TIMEOUT) as stranger:
        stranger.sendall(b"You do not know me")
        first_server.hears("You do not know me")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((another_address, int(server.port)), TIMEOUT)
