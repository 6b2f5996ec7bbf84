"""The fixtures that open and close windows and sockets."""

import contextlib
import functools
import socket
from shlex import quote

import pytest

from chat import PYTHON, Peer, Window, port_of
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


@pytest.fixture(scope="session")
def silent_port():
    """A port from which no answer comes: there is no room for another caller."""
    with contextlib.ExitStack() as stack:  # it closes all of them
        listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        stack.enter_context(listener)
        for _ in range(9):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield port_of(listener)


@pytest.fixture(scope="session", autouse=True)
def patient(silent_port):
    """Two clients wait while the other tests run, so that test_patience need not.

    The first one waits to hear something, the second one for an answer. What is typed
    behind that one, cat would show.
    """
    call = f"{quote(PYTHON)} client.py --port"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hears = Window("sh", "-c", f"echo Hello | {call} {port_of(listener)}")
        calls = Window("sh", "-c", f"{call} {silent_port}; cat", timeout=2 * TIMEOUT)
        with hears, calls:
            calls.types("early\r")
            yield hears, calls, listener
