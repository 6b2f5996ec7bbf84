"""The conversation on Windows: its Python runs under Wine, in consoles that people type into.

make test-windows makes this Python, and sets WINDOWS_PYTHON to its folder.
"""

import functools
import os
import re
import shutil
import signal
import socket
import subprocess
import termios
import tty
from pathlib import Path

import pexpect
import pytest

from windows import HUNG_UP, LOST, ROOT, TIMEOUT, Peer, Window, environment, port_of

FOLDER = Path(os.environ.get("WINDOWS_PYTHON", "no folder"))
needs_wine = pytest.mark.skipif(not FOLDER.exists(), reason="there is no Wine, which runs Windows")
pytestmark = [pytest.mark.windows, needs_wine]
WINE = str(FOLDER.resolve() / "wine")
WORLD = "Zoë 你好 👋"


def plain(text):
    """Return text without spaces at the ends of lines: a screen does not show them."""
    return "\n".join(line.rstrip() for line in text.split("\n"))


class Console(Window):
    """A console of Windows: a program runs in it, and a person types and reads.

    Wine draws the console in our terminal with escape sequences, in any order. The emulator pyte
    obeys them, and keeps the screen. So each look is at the whole screen. (The words presses_ctrl,
    gets_killed, skips_to and ends_with_error do not work here.)
    """

    def __init__(self, *command, cwd=ROOT):
        """Start a program of Windows."""
        import pyte  # without Wine, nobody needs it

        self.name = command[1] if command[0] == "python" else command[0]
        self.picture = pyte.Screen(100, 24)
        self.emulator = pyte.Stream(self.picture)
        self.seen = ""
        options = {"cwd": str(cwd), "env": environment(TERM="xterm"), "dimensions": (24, 100)}
        options.update(encoding="utf-8", timeout=TIMEOUT)
        self.child = pexpect.spawn(WINE, list(command), **options)
        self.child.delaybeforesend = None
        # Every key goes to Wine as it is. Only Ctrl-C must be a signal.
        terminal = self.child.child_fd
        tty.setraw(terminal)
        modes = termios.tcgetattr(terminal)
        modes[3] |= termios.ISIG  # keys that send signals …
        for key in termios.VSUSP, termios.VQUIT:  # … but not Ctrl-Z and Ctrl-\
            modes[6][key] = b"\0"
        termios.tcsetattr(terminal, termios.TCSANOW, modes)

    @property
    def screen(self):
        """The screen down to the line of the cursor."""
        lines = self.picture.display[: self.picture.cursor.y + 1]
        return plain("\n".join(lines))

    def whole_screen(self):
        """Return what the screen shows: a report needs it."""
        return plain("\n".join(self.picture.display)).rstrip()

    def _unread(self):
        """Return what the screen shows behind self.seen; None as long as it does not show that."""
        seen = plain(self.seen)
        return self.screen[len(seen) :] if self.screen.startswith(seen) else None

    def _reads_until(self, condition, expected):
        """Read what Wine draws, until the condition is true."""
        while not condition():
            try:
                self.emulator.feed(self.child.read_nonblocking(4096, TIMEOUT))
            except (pexpect.EOF, pexpect.TIMEOUT) as reason:
                self._fails(expected, self.screen, f"and then {type(reason).__name__}")

    def sees(self, text):
        """Wait for text. It must be the next thing that the console shows."""
        # Wine's console cannot draw this emoji: it draws two of these instead.
        self.seen += text.replace("👋", "\ufffd\ufffd")
        self._reads_until(lambda: self._unread() is not None, text)

    def sees_line(self, pattern):
        """Wait for the next line, which must match the regular expression; return its groups."""
        line = re.compile(f"({pattern})\n")
        self._reads_until(lambda: line.match(self._unread() or ""), pattern)
        whole, *groups = line.match(self._unread()).groups()
        self.seen += f"{whole}\n"
        return groups

    def ends(self, status):
        """Wait for the program's end; it must show nothing else."""
        ended, killed = self._how_it_ends()
        problem = f"{self.name} was to end with status {status}, but ended with {ended or killed}"
        assert (ended, killed) == (status, None), problem

    def ends_by_ctrl_c(self):
        """Wait for the end with the system's own status; the program must show nothing else.

        Windows has a status for this. Wine gives 0, unless its own process wineserver is first, and
        kills the program. An error of the script would be 1.
        """
        assert self._how_it_ends() in [(0, None), (None, signal.SIGKILL)]

    def _how_it_ends(self):
        """Read to the end; return the exit status, and the signal that has ended the program."""
        self.emulator.feed(self.child.read())
        if self.whole_screen() != plain(self.seen).rstrip():
            self._fails(self.seen, self.whole_screen())
        self.child.wait()
        return self.child.exitstatus, self.child.signalstatus


@pytest.fixture
def open_console(open_window):
    """Return a function that opens a console; it takes the arguments of Console."""
    return functools.partial(open_window, kind=Console)


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


def test_pipes():
    command = [WINE, "python", "-B", "-m", "pytest", "--noconftest", "-p", "no:cacheprovider"]
    # Under Wine, Python needs pipes, and not files of Linux.
    pipes = {"input": b"", "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run([*command, "tests/test_pipes.py"], cwd=str(ROOT), timeout=50, **pipes)
    print(done.stdout.decode(errors="replace"))  # for the report of a failure
    assert done.returncode == 0


def test_client_leaves(server, client):
    client.says("Hello, server!")
    server.hears("Hello, server!")
    server.says("Hello, client!")
    client.hears("Hello, client!")
    client.leaves()
    server.sees_goodbye()


def test_letters_and_emoji(open_console, listener):
    client = open_console("python", "client.py", "--port", str(port_of(listener)))
    with listener.accept()[0] as connection:
        peer = Peer(connection, client, LOST)
        client.greets()
        client.says(WORLD)
        peer.receives(f"{WORLD}\n".encode())
        peer.sends(f"{WORLD}\n".encode())
        client.hears(WORLD)


def test_ctrl_z_and_enter_leave(server, client):
    client.sees(">> ")
    client.types("\x1a\r")
    client.sees("^Z\n\nYou left.\n")
    client.ends(0)
    server.sees_goodbye()


def test_ctrl_c_at_the_prompt(server, client):
    client.sees(">> ")
    client.types("\x03")
    client.ends_by_ctrl_c()
    server.sees(f"server.py: error: {HUNG_UP}\n")
    server.ends(1)


def test_ctrl_c_while_it_waits(server, client):
    server.types("\x03")
    server.ends_by_ctrl_c()
    client.says("Hello?")
    client.sees(f"client.py: error: {HUNG_UP}{LOST}\n")
    client.ends(1)


def test_typed_out_of_turn_goes_out_in_the_next_turns(server, client):
    server.types("early\rlate\r")
    client.says("one")
    server.hears("one")
    server.sees(">> early\n")
    client.hears("early")
    client.says("two")
    server.hears("two")
    server.sees(">> late\n")
    client.hears("late")
    client.says("three")
    server.hears("three")
    server.leaves()
    client.sees_goodbye()


def test_what_was_never_sent_does_not_reach_the_shell(open_console, tmp_path):
    shutil.copy(str(ROOT / "server.py"), str(tmp_path))
    shell = open_console("cmd", "/k", "prompt $g", cwd=tmp_path)
    shell.sees("\n>")
    shell.types("python server.py --port 0\r")
    shell.sees("python server.py --port 0\n")
    shell.name = "server.py"
    shell.welcomes()
    with socket.create_connection(("127.0.0.1", int(shell.port)), TIMEOUT) as connection:
        shell.greets()
        connection.sendall(b"Hello\n")
        shell.hears("Hello")
        shell.sees(">> ")
        # All of it is typed at once: when the first line arrives, the second has been typed.
        shell.types("Bye\recho oops>made.txt\r")
        assert connection.recv(100) == b"Bye\n"
        connection.sendall(b"q\n")
        shell.sees("Bye\nThe other side left.\n\n>")
    shell.types("echo done\r")
    shell.sees("echo done\ndone\n\n>")
    assert not (tmp_path / "made.txt").exists()
