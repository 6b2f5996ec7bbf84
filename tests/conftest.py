"""The fixtures that open windows and sockets and close them; and the report of a failure."""

import contextlib
import socket

import pexpect
import pytest

from windows import LOST, PYTHON, TIMEOUT, Process, Window, Wire, line_editor, port_of

STOPWATCH = """
import runpy, sys, time
begin = time.monotonic()
del sys.argv[0]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print(time.monotonic() - begin)
"""


@pytest.fixture
def open_window(request):
    """Return a function that opens a window; it takes the arguments of Window."""
    windows = request.node.windows = []

    def start(*command, **keywords):
        windows.append(Window(*command, **keywords))
        return windows[-1]

    yield start
    for window in windows:
        window.close()


@pytest.fixture
def development_mode(monkeypatch):
    """Python's development mode for the scripts: it tells of each socket that is left open."""
    monkeypatch.setenv("CHAT_DEVELOPMENT_MODE", "1")


@pytest.fixture
def start():
    """Return a function that starts a script without a window: a Process, with its arguments."""
    with contextlib.ExitStack() as stack:

        def start(*arguments, **keywords):
            process = Process(*arguments, **keywords)
            stack.callback(process.close)
            return process

        yield start


@pytest.fixture
def start_server(open_window):
    """Return a function that starts server.py in a window, and reads where it listens."""

    def start(*options, python=(PYTHON,), **keywords):
        server = open_window(*python, "server.py", *options, **keywords)
        server.welcomes()
        return server

    return start


@pytest.fixture
def start_client(open_window):
    """Return a function that starts client.py in a window, and reads that it is connected."""

    def start(port, *options, python=(PYTHON,), **keywords):
        client = open_window(*python, "client.py", "--port", str(port), *options, **keywords)
        client.greets()
        return client

    return start


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
def wire_to_server(server):
    """A bare socket connected to server.py in its window, which waits for a message."""
    with socket.create_connection(("127.0.0.1", int(server.port)), TIMEOUT) as connection:
        server.greets()
        yield Wire(connection, server, lost="")


@pytest.fixture
def wire_to_client(listener, start_client):
    """A bare socket connected to client.py in a window, which has said Hello and waits."""
    client = start_client(port_of(listener))
    with listener.accept()[0] as connection:
        wire = Wire(connection, client, lost=LOST)
        client.says("Hello")
        wire.receives(b"Hello\n")
        yield wire


@pytest.fixture(params=["wire_to_server", "wire_to_client"])
def wire(request):
    """A bare socket, once to a server and once to a client; both wait for a message."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def window(wire):
    """The window of the server or the client at the other end of the wire."""
    return wire.window


@contextlib.contextmanager
def silence():
    """Give an address, host and port, from which no answer comes.

    Something listens there, but its queue is full: the system drops what else arrives, as if
    the host were switched off.
    """
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)  # macOS makes 128 of a 0
        address = listener.getsockname()
        with contextlib.suppress(socket.timeout):
            while True:
                sockets.enter_context(socket.create_connection(address, timeout=0.1))
        yield address


@pytest.fixture
def silent_address():
    """Host and port that do not answer."""
    with silence() as address:
        yield address


@pytest.fixture(scope="session", autouse=True)
def unanswered_client(request):
    """A client that nobody answers, started first of all; its output is the seconds it took."""
    if not any(is_patient(item) for item in request.session.items):
        yield None
        return
    with silence() as (host, port):
        client = ("client.py", "--host", host, "--port", str(port))
        process = Process("-c", STOPWATCH, *client)
        yield process
        process.close()


def is_patient(item):
    """Return whether a test waits for the unanswered client."""
    return item.get_closest_marker("patient") is not None


def pytest_collection_modifyitems(items):
    """Let the test that waits longest come last: the others run in the meantime."""
    items.sort(key=is_patient)


def pytest_runtest_setup(item):
    """Skip what only GNU readline does where the scripts' Python has another line editor."""
    if item.get_closest_marker("gnu_readline"):
        editor = line_editor()
        if "libedit" in editor or not editor:
            pytest.skip("libedit's readline does not do this" if editor else "no readline")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Show in the report of a failed test the windows as they stood, whole."""
    report = (yield).get_result()
    if report.failed:
        for window in getattr(item, "windows", []):
            with contextlib.suppress(pexpect.EOF, pexpect.TIMEOUT, ValueError):
                while True:
                    window.child.read_nonblocking(65536, timeout=0.1)
            screen = window.screen.encode("utf-8", "backslashreplace").decode()
            report.sections.append((f"window of {window.name}", screen))
