"""The conversation on Windows: its Python runs under Wine, in consoles that people type into.

make test-windows makes this Python, and sets WINDOWS_PYTHON to its folder.
"""

import os
import shutil
import signal
import socket
import subprocess
import termios
import tty
from pathlib import Path

import pexpect
import pytest

from windows import HUNG_UP, LOST, ROOT, TIMEOUT, environment, port_of

FOLDER = Path(os.environ.get("WINDOWS_PYTHON", "no folder"))
needs_wine = pytest.mark.skipif(not FOLDER.exists(), reason="there is no Wine, which runs Windows")
pytestmark = [pytest.mark.windows, needs_wine]
WINE = str(FOLDER.resolve() / "wine")
WORLD = "Zoë 你好 👋"
DRAWN = "Zoë 你好 \ufffd\ufffd"  # Wine's console cannot draw an emoji, but it passes it on


class Console:
    """A console of Windows: a program runs in it, and a person types and reads.

    Wine draws the console in our terminal with escape sequences. The emulator pyte obeys them,
    and keeps the screen. We compare all of it, so that nothing appears unnoticed.
    """

    def __init__(self, *command, cwd=ROOT):
        """Start a program of Windows."""
        import pyte  # without Wine, nobody needs it

        self.name = next((part for part in command if part.endswith(".py")), command[0])
        self.picture = pyte.Screen(100, 24)
        self.emulator = pyte.Stream(self.picture)
        self.lines = []  # what we know that the screen shows
        options = {"cwd": str(cwd), "env": environment(TERM="xterm"), "dimensions": (24, 100)}
        options.update(encoding="utf-8", timeout=TIMEOUT)
        self.child = pexpect.spawn(WINE, list(command), **options)
        self.child.delaybeforesend = None
        # Every key goes to Wine as it is, but for Ctrl-C: Wine takes that as a signal.
        terminal = self.child.child_fd
        tty.setraw(terminal)
        modes = termios.tcgetattr(terminal)
        modes[3] |= termios.ISIG
        for key in termios.VSUSP, termios.VQUIT:
            modes[6][key] = b"\0"
        termios.tcsetattr(terminal, termios.TCSANOW, modes)

    @property
    def screen(self):
        """The lines on the screen, without the empty ones at its end."""
        return "\n".join(line.rstrip() for line in self.picture.display).rstrip("\n").split("\n")

    def whole_screen(self):
        """Return what the screen shows: a report needs it."""
        return "\n".join(self.screen)

    def reads(self, condition, expected):
        """Read what Wine draws, until the screen fulfils a condition."""
        __tracebackhide__ = True
        while not condition():
            try:
                self.emulator.feed(self.child.read_nonblocking(4096, TIMEOUT))
            except (pexpect.EOF, pexpect.TIMEOUT) as reason:
                seen = f"{self.screen!r} and then {type(reason).__name__}"
                pytest.fail(f"{self.name} was to show {expected!r}, but showed {seen}")

    def sees(self, *lines):
        """Wait for lines. They must be the next ones on the screen."""
        __tracebackhide__ = True
        self.lines += lines
        self.reads(lambda: self.screen[: len(self.lines)] == self.lines, self.lines)

    def types(self, keys):
        r"""Type without looking at the screen; \r is the Enter key."""
        self.child.send(keys)

    def says(self, text, shown=None):
        """Wait for the prompt, type the text and Enter, and read both on the screen."""
        __tracebackhide__ = True
        self.sees(">>")
        self.types(f"{text}\r")
        self.lines.pop()
        self.sees(f">> {shown or text}")

    def hears(self, text):
        """Wait for the other side's message."""
        __tracebackhide__ = True
        self.sees(f"<< {text}")

    def welcomes(self):
        """Read where server.py listens; the port is what we need."""
        __tracebackhide__ = True
        welcome = "Welcome: The server is now ready to receive on 127.0.0.1 port "
        self.reads(lambda: welcome in self.screen[-1] and self.picture.cursor.x == 0, welcome)
        self.lines = self.screen
        self.port = self.lines[-1][len(welcome) :]

    def greets(self):
        """Read that the other side has come."""
        __tracebackhide__ = True
        seen = len(self.lines)
        last_words = "first; q leaves."
        self.reads(lambda: last_words in "".join(self.screen[seen:]), last_words)
        assert self.screen[seen].startswith("Connected to 127.0.0.1 port ")
        self.lines = self.screen[: seen + 1]

    def ends(self, status):
        """Wait for the program's end; it must show nothing else."""
        __tracebackhide__ = True
        self.emulator.feed(self.child.read())  # until the end
        assert self.screen == self.lines
        self.child.wait()
        assert self.child.exitstatus == status

    def ends_by_ctrl_c(self):
        """Wait for the end with the system's own status; the program must show nothing else.

        Windows has a status for this. Wine gives 0, unless its server is first and kills the
        process. An error of the script would be 1.
        """
        __tracebackhide__ = True
        self.emulator.feed(self.child.read())
        assert self.screen == self.lines
        self.child.wait()
        status = self.child.exitstatus, self.child.signalstatus
        assert status in [(0, None), (None, signal.SIGKILL)]

    def close(self):
        """Take the console away, whatever still runs in it."""
        self.child.close(force=True)


@pytest.fixture
def open_console(request):
    """Return a function that opens a console; it takes the arguments of Console."""
    consoles = request.node.windows = []  # for the report of a failure

    def start(*command, **keywords):
        consoles.append(Console(*command, **keywords))
        return consoles[-1]

    yield start
    for console in consoles:
        console.close()


@pytest.fixture
def server(open_console):
    """server.py in a console, ready for a client."""
    server = open_console("python", "server.py", "--port", "0")
    server.welcomes()
    return server


@pytest.fixture
def client(open_console, server):
    """client.py in a console, connected to the server, and about to speak."""
    client = open_console("python", "client.py", "--port", server.port)
    client.greets()
    server.greets()
    return client


@pytest.mark.parametrize("options", [[], ["-X", "dev", "-W", "error"]], ids=["plain", "strict"])
def test_pipes(options):
    pytest_options = ["-B", "-m", "pytest", "--noconftest", "-p", "no:cacheprovider"]
    command = [WINE, "python", *options, *pytest_options, "tests/test_pipes.py"]
    # Under Wine, Python needs pipes, and not files of Linux.
    pipes = {"input": b"", "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(command, cwd=str(ROOT), timeout=50, **pipes)
    print(done.stdout.decode(errors="replace"))  # for the report of a failure
    assert done.returncode == 0


def test_client_leaves(server, client):
    client.says("Hello, server!")
    server.hears("Hello, server!")
    server.says("Hello, client!")
    client.hears("Hello, client!")
    client.says("q")
    client.sees("You left.")
    client.ends(0)
    server.sees("The other side left.")
    server.ends(0)


def test_server_leaves(server, client):
    client.says("Hello")
    server.hears("Hello")
    server.says("q")
    server.sees("You left.")
    server.ends(0)
    client.sees("The other side left.")
    client.ends(0)


def test_letters_and_emoji(server, client):
    client.says(WORLD, DRAWN)
    server.hears(DRAWN)
    server.says(WORLD, DRAWN)
    client.hears(DRAWN)


def test_letters_and_emoji_are_sent_as_utf_8(open_console, listener):
    client = open_console("python", "client.py", "--port", str(port_of(listener)))
    with listener.accept()[0] as connection, connection.makefile("rb") as received:
        connection.settimeout(TIMEOUT)
        client.greets()
        client.says(WORLD, DRAWN)
        assert received.readline() == f"{WORLD}\n".encode()


def test_ctrl_z_and_enter_leave(server, client):
    client.says("\x1a", "^Z")
    client.sees("", "You left.")
    client.ends(0)
    server.sees("The other side left.")
    server.ends(0)


def test_ctrl_c_at_the_prompt(server, client):
    client.sees(">>")
    client.types("\x03")
    client.ends_by_ctrl_c()
    server.sees(f"server.py: error: {HUNG_UP}")
    server.ends(1)


def test_ctrl_c_while_it_waits(server, client):
    server.types("\x03")
    server.ends_by_ctrl_c()
    client.says("Hello?")
    client.sees(f"client.py: error: {HUNG_UP}{LOST}")
    client.ends(1)


def test_typed_out_of_turn_goes_out_in_the_next_turns(server, client):
    server.types("early\rlate\r")
    client.says("one")
    server.sees("<< one", ">> early")
    client.hears("early")
    client.says("two")
    server.sees("<< two", ">> late")
    client.hears("late")


def test_what_was_never_sent_does_not_reach_the_shell(open_console, tmp_path):
    shutil.copy(str(ROOT / "server.py"), str(tmp_path))
    shell = open_console("cmd", "/k", "prompt $g", cwd=tmp_path)
    shell.sees("", ">")
    shell.types("python server.py --port 0\r")
    shell.welcomes()
    with socket.create_connection(("127.0.0.1", int(shell.port)), TIMEOUT) as connection:
        shell.greets()
        connection.sendall(b"Hello\n")
        shell.hears("Hello")
        shell.sees(">>")
        # All of it is typed at once: when the first line arrives, the second has been typed.
        shell.types("Bye\recho oops>made.txt\r")
        assert connection.recv(100) == b"Bye\n"
        connection.sendall(b"q\n")
        shell.lines.pop()
        shell.sees(">> Bye", "The other side left.", "", ">")
    shell.types("echo done\r")
    shell.lines.pop()
    shell.sees(">echo done", "done", "", ">")
    assert not (tmp_path / "made.txt").exists()
