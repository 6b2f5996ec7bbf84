"""What the first version got wrong, and what server.py and client.py do instead.

first_version/README.md explains each of these tests. Each plays a scene with the first version.
Where no other test shows what ours do instead, our scripts also play the scene.
"""

import errno
import os
import socket
import sys

import pytest

from windows import PYTHON, TIMEOUT, Peer, port_of, wait_until


@pytest.fixture
def open_first(open_window):
    """Return a function that opens a window for a script of the first version."""

    def start(script, port):
        return open_window(PYTHON, f"tests/first_version/{script}", port)

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


@pytest.fixture
def peer_to_first_server(first_server):
    """A bare socket connected to the first version's server."""
    address = ("127.0.0.1", int(first_server.port))
    with socket.create_connection(address, TIMEOUT) as connection:
        yield Peer(connection, first_server, lost="")


@pytest.fixture
def peer_to_first_client(listener, open_first):
    """A bare socket connected to the first version's client, which speaks next."""
    client = open_first("client.py", str(port_of(listener)))
    with listener.accept()[0] as connection:
        yield Peer(connection, client, lost="")


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


def test_restart(first_server, first_client, open_first, server, client, start_server):
    first_client.says("Hello")
    first_server.hears("Hello")
    first_server.says("q")
    crashes(first_server, "NameError")  # so the server's side is closed first
    again = open_first("server.py", first_server.port)
    crashes(again, system_error(errno.EADDRINUSE))

    client.says("Hello")
    server.hears("Hello")
    server.leaves()
    client.sees_goodbye()
    again = start_server("--port", server.port)
    assert again.port == server.port


def test_q_at_the_client(first_server, first_client):
    first_client.says("q")
    first_server.hears("q")
    first_server.says("Goodbye")
    first_client.hears("Goodbye")
    first_client.says("Why am I asked again?")
    crashes(first_client, system_error(errno.EBADF))


def test_q_is_a_message_like_any_other(first_server, first_client, server, client):
    first_client.says("q")
    first_server.hears("q")
    first_server.says("Goodbye")
    first_client.hears("Goodbye")
    first_server.hears("")  # nobody has sent this

    def traceback_follows():
        first_server.says("Pardon?")
        return first_server.sees_line("(<<|Traceback.*)") != ("<<",)

    wait_until(traceback_follows, "a traceback")
    first_server.skips_to("Error: [Errno ")
    (number,) = first_server.sees_line(r"(\d+)\].*")
    assert int(number) in (errno.EPIPE, errno.ECONNRESET)  # Linux; others may reset
    first_server.ends(1)

    client.leaves()
    server.sees_goodbye()  # at once, and without a prompt


def test_empty_line(peer_to_first_client, listener, start_client):
    peer, client = peer_to_first_client, peer_to_first_client.window
    client.says("")  # now a server would wait for a byte, and the client for the server
    peer.sends(b"I have heard nothing")  # but this one breaks the rules, and speaks
    client.hears("I have heard nothing")
    client.says("Hello")
    peer.receives(b"Hello")  # the first bytes that ever came

    client = start_client(port_of(listener))
    client.says("")
    with listener.accept()[0] as connection:
        Peer(connection, client, lost="").receives(b"\n")


def test_long_message(peer_to_first_server, peer_to_server):
    peer, server = peer_to_first_server, peer_to_first_server.window
    peer.sends(b"x" * 3000)
    server.hears("x" * 2048)
    server.says("What a long message")
    server.hears("x" * 952)
    server.says("And another one")
    peer.receives(b"What a long message")
    peer.sends(b"How are you?")
    peer.receives(b"And another one")  # from now on, every answer is one behind
    server.hears("How are you?")

    peer_to_server.sends(b"x" * 3000 + b"\n")
    peer_to_server.window.hears("x" * 3000)


def test_character_cut_in_two(peer_to_first_server, peer_to_server):
    text = "x" * 2047 + "é"  # its two bytes are numbers 2,048 and 2,049
    peer_to_first_server.sends(text.encode())
    problem = "can't decode byte 0xc3 in position 2047: unexpected end of data"
    crashes(peer_to_first_server.window, f"UnicodeDecodeError: 'utf-8' codec {problem}")

    peer_to_server.sends(f"{text}\n".encode())
    peer_to_server.window.hears(text)


def test_escape_sequences(peer_to_first_server):
    text = "\x1b[2J\x1b]0;Gotcha\x07"
    peer_to_first_server.sends(text.encode())
    peer_to_first_server.window.hears(text)


@pytest.mark.skipif(sys.platform != "linux", reason="4,095 is the limit of Linux")
def test_long_line(peer_to_first_client, server, start_client):
    peer, client = peer_to_first_client, peer_to_first_client.window
    client.says("x" * 5000)
    peer.receives(b"x" * 4095)
    peer.sends(b"Is that all?")
    client.hears("Is that all?")
    client.says("Yes")
    peer.receives(b"Yes")

    client = start_client(server.port, columns=9000)
    server.greets()
    client.says("x" * 5000)
    server.hears("x" * 5000)


def another_address():
    """Return an address of this machine that is not 127.0.0.1, or skip the test."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; only looks for the way out
        except OSError:
            if sys.platform != "linux":
                pytest.skip("this machine is in no network")
            return "127.0.0.2"  # Linux has all of 127.x.x.x
        return probe.getsockname()[0]


def test_all_addresses(first_server, server):
    address = another_address()
    port = int(first_server.port)
    with socket.create_connection((address, port), TIMEOUT) as stranger:
        stranger.sendall(b"You do not know me")
        first_server.hears("You do not know me")

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, int(server.port)), TIMEOUT)
