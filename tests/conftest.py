"""The fixtures that open and close windows and sockets."""

import contextlib
import functools
import socket

import pytest

from chat import Peer, Window, port_of
from terminal import TIMEOUT, Dialogue


@pytest.fixture
def open_window():
    """Return a function that opens a window; it takes the arguments of Window."""
    dialogue = Dialogue()
    yield functools.partial(Window, dialogue=dialogue)
    for window in dialogue.terminals:
        window.close()


@pytest.fixture
def server(open_window):
    """server.py in a window, ready for a client."""
    server = open_window("server.py", "--port", 0)
    server.sees_welcome()
    return server


@pytest.fixture
def client(server, open_window):
    """client.py in a window, connected to the server, and about to speak."""
    client = open_window("client.py", "--port", server.port)
    client.sees_greeting()
    server.sees_greeting()
    return client


@pytest.fixture
def listener():
    """A bare socket that listens, but does not accept."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(TIMEOUT)
        yield listener


@pytest.fixture
def peer_to_server(server):
    """A bare socket connected to server.py, which waits to hear."""
    address = ("127.0.0.1", int(server.port))
    with socket.create_connection(address, TIMEOUT) as connection:
        server.sees_greeting()
        yield Peer(connection, server)


@pytest.fixture
def peer_to_client(listener, open_window):
    """A bare socket connected to client.py, which has said Hello and waits to hear."""
    client = open_window("client.py", "--port", port_of(listener))
    client.sees_greeting()
    with listener.accept()[0] as connection:
        peer = Peer(connection, client)
        client.says("Hello")
        peer.receives(b"Hello\n")
        yield peer


@pytest.fixture(params=["peer_to_server", "peer_to_client"])
def peer(request):
    """A bare socket, once to a server and once to a client; both wait for a message."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def window(peer):
    """The window of the server or the client at the other end of the peer."""
    return peer.window


@pytest.fixture
def silent_port(listener):
    """A port from which no answer comes: there is no room for another caller."""
    listener.listen(1)
    callers = []
    with contextlib.suppress(socket.timeout):  # the first call without an answer
        while True:
            caller = socket.create_connection(listener.getsockname(), timeout=0.1)
            callers.append(caller)
    yield port_of(listener)
    for caller in callers:
        caller.close()
