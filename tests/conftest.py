"""The vocabulary of the tests: windows in which people chat, and bare sockets.

A test reads like the conversation that it scripts: who says, hears and sees what, in which
order. Every character that a window shows must be accounted for: nothing appears unnoticed.
"""

import contextlib
import io
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).resolve().parent.parent
PYTHON = os.environ.get("CHAT_PYTHON") or sys.executable  # runs server.py and client.py
TIMEOUT = 30  # seconds; only a failing test waits as long
MAX_MESSAGE = 1024 * 1024  # bytes, as the scripts promise
HUNG_UP = "the other side hung up"
LOST = "; your last message may not have arrived"
PROC = Path("/proc/net/tcp")
View = namedtuple("View", "unacknowledged unread timer seconds")
NO_ANSWER = "no answer in 10 seconds"
BACKGROUND = ThreadPoolExecutor()


def environment(**changes):
    """Return this environment, less all that would have the scripts behave otherwise."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    plain = {"TERM": "dumb", "LC_ALL": "C.UTF-8", "INPUTRC": os.devnull, "COLUMNS": "80"}
    return {**inherited, **plain, **changes}


def run(script, *options, typed=b"", **keywords):
    """Run a script without a terminal: what is typed comes from a pipe, which then ends.

    The other keywords, such as env and stdout, go to subprocess.run.
    Returns the exit status, and the bytes written to standard output and standard error.
    """
    usual = {"cwd": str(ROOT), "env": environment(), "timeout": TIMEOUT}
    usual.update(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    usual.update({} if "stdin" in keywords else {"input": typed})
    done = subprocess.run([PYTHON, script, *options], check=False, **{**usual, **keywords})
    return done.returncode, done.stdout, done.stderr


def start(*arguments, **keywords):
    """Do what run does, in the background; what it returns is the .result() of what start does."""
    return BACKGROUND.submit(run, *arguments, **keywords)


def heed_ctrl_c():
    """Have Ctrl-C end a program, as in any terminal, even if these tests run in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Window:
    """A terminal window: a program runs in it, and a person types and reads."""

    def __init__(self, *command, cwd=ROOT, columns=80, env=None):
        """Start a command; columns is the window's width, env what its environment changes."""
        self.name = next((part for part in command if part.endswith(".py")), command[0])
        self.log = io.StringIO(newline="")
        self.child = pexpect.spawn(
            command[0],
            list(command[1:]),
            cwd=str(cwd),
            env=environment(**(env or {})),
            dimensions=(24, columns),
            encoding="utf-8",
            codec_errors="surrogateescape",  # bytes that are no UTF-8 show, and can be typed
            timeout=TIMEOUT,
            maxread=65536,
            preexec_fn=heed_ctrl_c,
        )
        self.child.logfile_read = self.log
        self.child.delaybeforesend = None
        self.child.ptyproc.delayafterclose = 0

    @property
    def screen(self):
        """Everything that the window has shown so far."""
        return self.log.getvalue().replace("\r\n", "\n")

    def sees(self, text):
        """Wait until the next characters have come; they must be text."""
        text = text.replace("\n", "\r\n")
        assert self._next(f"(?s).{{{len(text)}}}") == text

    def sees_line(self, pattern):
        """Wait for the next line, which must match the regular expression; return its groups."""
        line = self._next("(?s).*?\r\n")
        match = re.fullmatch(pattern, line.rstrip())
        assert match, f"{line!r} does not match {pattern!r}"
        return match.groups()

    def _next(self, pattern):
        """Return what matches the pattern next, or all that is shown until the program's end."""
        found = self.child.expect([pattern, pexpect.EOF, pexpect.TIMEOUT])
        if found == 2:
            pytest.fail(f"{self.child.timeout} seconds went by after {self.child.before!r}")
        return self.child.after if found == 0 else self.child.before

    def sees_at_last(self, text):
        """Wait until text comes, whatever comes before it."""
        text = text.replace("\n", "\r\n")
        assert self._next("(?s).*?" + re.escape(text)).endswith(text)

    def types(self, text):
        r"""Type without looking at the screen; \r is the Enter key."""
        self.child.send(text)

    def presses(self, key):
        """Press a key together with Ctrl."""
        self.child.sendcontrol(key)

    def says(self, text):
        """Wait for the prompt, type the text and Enter, and read both on the screen.

        A terminal holds some 4,000 bytes: of a longer text, each piece must be read before the
        next one is typed, or the program blocks on its echo and we block on our typing.
        """
        self.sees(">> ")
        for start in range(0, len(text), 1000):
            piece = text[start : start + 1000]
            self.types(piece)
            self.sees(piece)
        self.types("\r")
        self.sees("\n")

    def hears(self, text):
        """Wait for the other side's message."""
        self.sees(f"<< {text}\n")

    def complains(self, problem):
        """Wait for an error line."""
        self.sees(f"{self.name}: error: {problem}\n")

    def leaves(self):
        """Say q, and find the program ended."""
        self.says("q")
        self.sees("You left.\n")
        self.ends(0)

    def is_left(self):
        """Learn that the other side has said q, and find the program ended."""
        self.sees("The other side left.\n")
        self.ends(0)

    def fails(self, problem):
        """Wait for an error line, and find the program ended with status 1."""
        self.complains(problem)
        self.ends(1)

    def ends(self, status):
        """Wait for the program's end, without another word, with this exit status."""
        assert self._next("(?s).+") == ""
        assert self.child.wait() == status

    def close(self):
        """Take the window away, whatever still runs in it."""
        self.child.kill(signal.SIGKILL)
        self.child.wait()
        self.child.close()


class Wire:
    """A bare socket at the other end: it sends and receives bytes, and keeps no rules."""

    def __init__(self, connection, window, lost):
        """Use a connected socket; lost is LOST if the window has spoken, or else empty."""
        self.socket = connection
        self.socket.settimeout(TIMEOUT)
        self.window = window
        self.problem = HUNG_UP + lost

    def sends(self, data):
        """Send bytes."""
        self.socket.sendall(data)

    def receives(self, data):
        """Wait until the next bytes have come; they must be data."""
        received = bytearray()
        while len(received) < len(data):
            chunk = self.socket.recv(len(data) - len(received))
            if not chunk:
                break
            received += chunk
        assert received == data

    def has_been_read(self):
        """Wait until the script has read all that was sent."""
        here, there = self.socket.getsockname()[1], self.socket.getpeername()[1]
        while system_view(here, there).unacknowledged or system_view(there, here).unread:
            pass

    def hangs_up(self):
        """Close the connection without a word."""
        self.socket.close()

    def resets(self):
        """Abort the connection: a reset packet instead of an orderly end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def is_hung_up_on(self):
        """Find that the script has closed the connection, and sent nothing more."""
        with contextlib.suppress(ConnectionResetError):
            assert self.socket.recv(1) == b""


needs_proc = pytest.mark.skipif(not PROC.exists(), reason=f"this system has no {PROC}")


def system_view(local, remote, table=None):
    """Return what the system knows of one end of a connection on this machine, given both ports.

    That is: bytes sent and unacknowledged, bytes arrived and not read yet, the timer that runs,
    and the seconds until it ends. Another machine's table can be given.
    """
    end = rf":{int(local):04X} \w+:{int(remote):04X} \w+ (\w+):(\w+) (\w+):(\w+) "
    (found,) = re.findall(end, table or PROC.read_text())
    sent, arrived, timer, centiseconds = found
    return View(int(sent, 16), int(arrived, 16), timer, int(centiseconds, 16) / 100)


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
def start_server(open_window):
    """Return a function that starts server.py in a window, and reads where it listens."""

    def start(*options, python=(PYTHON,), **keywords):
        server = open_window(*python, "server.py", *options, **keywords)
        welcome = r"Welcome: The server is now ready to receive on (\S+) port (\d+)"
        server.host, server.port = server.sees_line(welcome)
        return server

    return start


@pytest.fixture
def start_client(open_window):
    """Return a function that starts client.py in a window, and reads that it is connected."""

    def start(port, *options, python=(PYTHON,), **keywords):
        client = open_window(*python, "client.py", "--port", str(port), *options, **keywords)
        connected = r"Connected to (\S+) port (\d+)\. You speak first; q leaves\."
        client.host, client.port = client.sees_line(connected)
        return client

    return start


def greets(server):
    """Read in the server's window that a client has come."""
    connected = r"Connected to (\S+) port (\d+)\. The client speaks first; q leaves\."
    server.client_host, server.client_port = server.sees_line(connected)


@pytest.fixture
def server(start_server):
    """server.py in a window, ready for a client."""
    return start_server("--port", "0")


@pytest.fixture
def client(server, start_client):
    """client.py in a window, connected to the server, and about to speak."""
    client = start_client(server.port)
    greets(server)
    return client


@pytest.fixture
def listener():
    """A bare socket that listens, but does not accept."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        yield listener


def port_of(listener):
    """Return the port on which a socket listens."""
    return listener.getsockname()[1]


@pytest.fixture
def wire_to_server(server):
    """A bare socket connected to server.py in its window, which waits for a message."""
    with socket.create_connection(("127.0.0.1", int(server.port)), TIMEOUT) as connection:
        greets(server)
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
        listener.listen(0)
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


def seconds_without_answer(host, port):
    """Run a client that nobody answers; return the seconds until its end, and what run returns."""
    begin = time.monotonic()
    outcome = run("client.py", "--host", host, "--port", str(port))
    return time.monotonic() - begin, outcome


@pytest.fixture(scope="session", autouse=True)
def unanswered_client(request):
    """The .result() of seconds_without_answer, started first: the client takes 10 seconds."""
    if not any(is_patient(item) for item in request.session.items):
        yield None
        return
    with silence() as address:
        yield BACKGROUND.submit(seconds_without_answer, *address)


def is_patient(item):
    """Return whether a test waits for the unanswered client."""
    return item.get_closest_marker("patient") is not None


def pytest_collection_modifyitems(items):
    """Let the test that waits longest come last: the others run in the meantime."""
    items.sort(key=is_patient)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Show in the report of a failed test the windows as they stood, whole."""
    report = (yield).get_result()
    if report.failed:
        for window in getattr(item, "windows", []):
            with contextlib.suppress(pexpect.EOF, pexpect.TIMEOUT):
                window.child.expect(pexpect.EOF, timeout=0.1)
            screen = window.screen.encode("utf-8", "backslashreplace").decode()
            report.sections.append((f"window of {window.name}", screen))
