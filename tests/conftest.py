"""The fixtures that open windows and sockets and close them; and the report of a failure."""

import contextlib
import socket

import pytest

from windows import LOST, PYTHON, TIMEOUT, Peer, Window, port_of


@pytest.fixture
def open_window(request):
    """Return a function that opens a window; it takes the arguments of Window.

    kind is the class of the window, if it is another one.
    """
    windows = request.node.windows = []  # for the report of a failure

    def start(*command, kind=Window, **keywords):
        windows.append(kind(*command, **keywords))
        return windows[-1]

    yield start
    for window in windows:
        window.close()


@pytest.fixture
def start_server(open_window):
    """Return a function that starts server.py in a window, and reads where it listens.

    The function takes options of server.py, and the command that runs Python as a tuple.
    """

    def start(*options, python=(PYTHON,), **keywords):
        server = open_window(*python, "server.py", *options, **keywords)
        server.welcomes()
        return server

    return start


@pytest.fixture
def start_client(open_window):
    """Return a function that starts client.py in a window, and reads that it is connected.

    The function takes the port, options of client.py, and the command that runs Python.
    """

    def start(port, *options, python=(PYTHON,), **keywords):
        client = open_window(*python, "client.py", "--port", str(port), *options, **keywords)
        client.greets()
        return client

    return start


@pytest.fixture
def open_client(open_window, server):
    """Return a function that opens one more window, in which client.py calls the server."""
    return lambda: open_window(PYTHON, "client.py", "--port", server.port)


@pytest.fixture
def server(start_server):
    """server.py in a window, ready for a client."""
    return start_server("--port", "0")


@pytest.fixture
def client(server, start_client):
    """client.py in a window, connected to the server, and about to speak."""
    client = start_client(server.port)
    server.greets()
    return client


@pytest.fixture
def listener():
    """A bare socket that listens, but does not accept."""
    with socket.socket() as listener:
        listener.settimeout(TIMEOUT)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        yield listener


@pytest.fixture
def peer_to_server(server):
    """A bare socket connected to server.py, which runs in a window and waits for a message."""
    with socket.create_connection(("127.0.0.1", int(server.port)), TIMEOUT) as connection:
        server.greets()
        yield Peer(connection, server, lost="")


@pytest.fixture
def peer_to_client(listener, start_client):
    """A bare socket connected to client.py, which runs in a window, has said Hello and waits."""
    client = start_client(port_of(listener))
    with listener.accept()[0] as connection:
        peer = Peer(connection, client, lost=LOST)
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
def silent_address():
    """Host and port from which no answer comes.

    Something listens there, but has no room for another caller. So the system drops the call,
    as if the host were switched off.
    """
    with contextlib.ExitStack() as sockets:  # it closes all of them
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)  # room for one caller or two
        with contextlib.suppress(socket.timeout):  # the first call without an answer
            while True:
                caller = socket.create_connection(listener.getsockname(), timeout=0.1)
                sockets.enter_context(caller)
        yield listener.getsockname()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Show in the report of a failed test what every window showed."""
    outcome = yield  # here, pytest makes the report
    report = outcome.get_result()
    if report.failed:
        for number, window in enumerate(getattr(item, "windows", []), 1):
            title = f"window {number}: {window.name}"
            report.sections.append((title, window.whole_screen()))
