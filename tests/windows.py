"""The vocabulary of the tests: windows in which people chat, bare sockets, and processes.

A test reads like the conversation that it scripts: who says, hears and sees what, in which
order. The words read everything that a window shows, so that nothing appears unnoticed.
README.md beside this file explains them.
"""

import contextlib
import errno
import io
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

__tracebackhide__ = True  # for pytest: a report shows the tests' lines, and not this file's
ROOT = Path(__file__).resolve().parent.parent
TIMEOUT = 10  # seconds for which a test waits before it fails
MAX_MESSAGE = 1024 * 1024  # bytes, as the scripts promise
HUNG_UP = "the other side hung up"
REFUSED = f"{os.strerror(errno.ECONNREFUSED)}; start server.py first"
LOST = "; your last message may not have arrived"
PROC = Path("/proc/net/tcp")  # Linux lists its connections there
UTF_8 = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
needs_proc = pytest.mark.skipif(not PROC.exists(), reason=f"this system has no {PROC}")


def interpreter():
    """Return the path of the Python that runs server.py and client.py."""
    given = os.environ.get("CHAT_PYTHON") or sys.executable
    path = shutil.which(given)
    if not path:
        pytest.exit(f"CHAT_PYTHON: there is no {given}")
    return os.path.abspath(path)  # some windows are in other folders


PYTHON = interpreter()


def environment(**changes):
    """Return this environment, without what would make the scripts behave differently.

    On a dumb terminal, there are no colors. INPUTRC names the settings of the line editor:
    there are none. COLUMNS is the width of the text that --help shows.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    plain = {"TERM": "dumb", "LC_ALL": UTF_8, "INPUTRC": os.devnull, "COLUMNS": "80"}
    plain["PYTHONDEVMODE"] = "1"  # Python reports each socket that is left open
    return {**inherited, **plain, **changes}


def run(*arguments, stdout=subprocess.PIPE):
    """Run Python without a terminal; return the exit status, and the bytes of both outputs."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": stdout, "stderr": subprocess.PIPE}
    place = {"cwd": str(ROOT), "env": environment()}
    done = subprocess.run([PYTHON, *arguments], timeout=TIMEOUT, **streams, **place)
    return done.returncode, done.stdout, done.stderr


def open_terminal():
    """Prepare a program for its window, before it starts.

    Ctrl-C ends it, even if these tests run in the background, where Ctrl-C is ignored. And it
    opens its terminal by name, if only once: then macOS keeps what the program shows until we
    have read it, even if the program has ended (pexpect issue 662).
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.close(os.open("/dev/tty", os.O_RDWR))


class Child(pexpect.spawn):
    """A program in a terminal of its own."""

    def isalive(self):
        """Return whether the program still runs, without waiting for its end."""
        # Where pexpect has seen the end of the output, it would wait for the program's end. But a
        # program can close its output and run on. So make pexpect forget what it has seen.
        self.flag_eof = False
        return super().isalive()


class Window:
    """A terminal window: a program runs in it, and a person types and reads.

    child is the program for pexpect. When a text that we expect has come, child.before is what came
    before it, and child.after is the text itself.
    """

    def __init__(self, *command, cwd=ROOT, columns=80, env=None):
        """Start a command. columns is the window's width, and env a dict of more variables."""
        scripts = [part for part in command if part.endswith(".py")]
        self.name = scripts[0] if scripts else command[0]
        self.log = io.StringIO(newline="")  # a text in memory; it keeps each \r\n
        self.child = Child(
            command[0],
            list(command[1:]),
            cwd=str(cwd),
            env=environment(**(env or {})),
            dimensions=(24, columns),
            encoding="utf-8",
            codec_errors="surrogateescape",  # the byte FF, which is no UTF-8, is "\udcff"
            preexec_fn=open_terminal,
            timeout=TIMEOUT,
        )
        self.child.logfile_read = self.log
        self.child.delaybeforesend = None  # pexpect would sleep before it types
        self.child.ptyproc.delayafterclose = 0  # and after it has closed the terminal

    @property
    def screen(self):
        """All that has been read from the window so far."""
        return self.log.getvalue().replace("\r\n", "\n")

    def whole_screen(self):
        """Read what is still unread; return the end of all that the window has shown."""
        with contextlib.suppress(pexpect.EOF, pexpect.TIMEOUT, ValueError):  # it may be closed
            for _ in range(100):  # a program may write for ever
                self.child.read_nonblocking(65536, timeout=0.1)
        end = self.screen[-5000:]
        return end.encode("utf-8", "backslashreplace").decode()  # now all of it can be printed

    def sees(self, text):
        """Wait for text. It must be the next thing that the window shows."""
        for line in io.StringIO(text):  # splitlines would also cut at other characters
            line = line.replace("\n", "\r\n")
            # If a line ends before our text has come, it was another text: fail at once.
            found = self._expects(line, line, "\r\n")
            if found != 0 or self.child.before != "":
                self._fails(line, self.child.before + self.child.after)

    def sees_line(self, pattern):
        """Wait for the next line, which must match the regular expression; return its groups."""
        self._expects(pattern, "\r\n")
        match = re.fullmatch(pattern, self.child.before)
        if not match:
            self._fails(pattern, self.child.before)
        return match.groups()

    def skips_to(self, text):
        """Wait until text comes, whatever comes before it."""
        self._expects(text, text.replace("\n", "\r\n"))

    def _expects(self, expected, *texts):
        """Wait for one of the texts, and return its number; fail if none of them comes."""
        try:
            return self.child.expect_exact(list(texts))
        except pexpect.EOF:
            then = "and then ended"
        except pexpect.TIMEOUT:
            then = f"and then nothing else for {self.child.timeout} seconds"
        return self._fails(expected, self.child.before, then)

    def _fails(self, expected, seen, then=""):
        """Fail, and say what was expected and seen in which window."""
        seen = f"{shorten(seen)} {then}".rstrip()
        pytest.fail(f"{self.name} was to show {shorten(expected)}, but showed {seen}")

    def types(self, text):
        r"""Type without looking at the screen; \r is the Enter key."""
        self.child.send(text)

    def presses_ctrl(self, key):
        """Press a key together with Ctrl, and read to the end of the line on the screen.

        The program must be waiting, or Python may notice Ctrl-C too late: if it comes just before
        a call of the system begins to wait. Ctrl-D comes at the prompt.
        """
        if key == "d":
            self.sees(">> ")
        wait_until(self.is_waiting, f"{self.name} to wait")
        self.child.sendcontrol(key)
        self.sees_line(r"(?:>> )?(?:\^[A-Z])?\x08*")  # some terminals show ^C and ^D

    def gets_killed(self):
        """Send the signal of the command kill, once the program waits; read to the line's end."""
        wait_until(self.is_waiting, f"{self.name} to wait")
        os.killpg(self._foreground(), signal.SIGTERM)
        self.sees_line("(?:>> )?")

    def _foreground(self):
        """Return the number of the program that has the terminal: a shell lends it to others."""
        return os.tcgetpgrp(self.child.child_fd)

    def is_waiting(self):
        """Return whether the program that has the terminal is waiting: ps calls that S or I."""
        command = ["ps", "-o", "state=", "-p", str(self._foreground())]
        return subprocess.run(command, stdout=subprocess.PIPE).stdout[:1] in (b"S", b"I")

    def says(self, text):
        """Wait for the prompt, type the text and Enter, and read both on the screen.

        A terminal holds some 4,000 bytes. So of a longer text, read each piece before you type the
        next one. Or else the program waits until we read, and we wait until it reads.
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

    def welcomes(self):
        """Read where server.py listens: its host and port."""
        welcome = r"Welcome: The server is now ready to receive on (\S+) port (\d+)"
        self.host, self.port = self.sees_line(welcome)

    def greets(self):
        """Read that the other side has come, and its end of the connection: host and port."""
        speaker = "The client speaks" if self.name == "server.py" else "You speak"
        connected = rf"Connected to (\S+) port (\d+)\. {speaker} first; q leaves\."
        self.other_host, self.other_port = self.sees_line(connected)

    def leaves(self):
        """Say q, and find the program ended."""
        self.says("q")
        self.sees("You left.\n")
        self.ends(0)

    def sees_goodbye(self):
        """See that the other side has left, and find the program ended."""
        self.sees("The other side left.\n")
        self.ends(0)

    def ends_with_error(self, words):
        """Wait for the error line with these words, and for the end with status 1.

        Only a place (cannot connect to …:) may come before them, and a hint after them.
        """
        (line,) = self.sees_line("(.*)")
        place, hint = "(cannot .*: )?", "(; start server.py first|; try another --port)?"
        problem = f"{place}{re.escape(words)}{hint}"
        if not re.fullmatch(f"{re.escape(self.name)}: error: {problem}", line):
            self._fails(f"{self.name}: error: {words}", line)
        self.ends(1)

    def ends(self, status):
        """Wait for the program's end with this exit status; it must show nothing else."""
        self._expects("the end", pexpect.EOF)
        if self.child.before != "":
            self._fails("the end", self.child.before)
        problem = f"{self.name} to end: it has only closed its terminal"
        wait_until(lambda: not self.child.isalive(), problem)
        ended = self.child.exitstatus
        problem = f"{self.name} was to end with status {status}, but ended with {ended}"
        assert ended == status, problem

    def close(self):
        """Take the window away, whatever still runs in it."""
        self.child.kill(signal.SIGKILL)
        self.child.ptyproc.fileobj.close()  # on macOS, unread output can hold up its end
        self.child.wait()
        self.child.close()


class Peer:
    """A bare socket at the other end: it sends and receives bytes, and keeps no rules."""

    def __init__(self, connection, window, lost):
        """Use a connected socket; lost is LOST if the window has spoken last, or else empty."""
        self.socket = connection
        self.socket.settimeout(TIMEOUT)
        self.window = window
        self.problem = HUNG_UP + lost  # what the window says if we hang up

    def sends(self, data):
        """Send bytes."""
        self.socket.sendall(data)

    def receives(self, data):
        """Wait until the next bytes have come; they must be data."""
        received = b""
        while received != data:
            piece = self._next_bytes(len(data) - len(received), f"send {shorten(data)}")
            received += piece
            seen = shorten(received) if piece else f"{shorten(received)} and hung up"
            right = piece and data.startswith(received)
            assert right, f"{self.window.name} was to send {shorten(data)}, but sent {seen}"

    def _next_bytes(self, size, deed):
        """Wait for the next bytes that the script sends; there are none if it has hung up.

        deed is what the script was to do, for the report if nothing comes.
        """
        with contextlib.suppress(socket.timeout):
            return self.socket.recv(size)
        pytest.fail(f"{self.window.name} was to {deed}, but sent nothing for {TIMEOUT} seconds")

    def hangs_up(self):
        """Close the connection without a goodbye."""
        self.socket.close()

    def resets(self):
        """Abort the connection: a reset packet instead of an orderly end."""
        no_patience = struct.pack("ii", 1, 0)  # the option is on: linger for 0 seconds
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_patience)
        self.socket.close()

    def sees_hang_up(self):
        """Find that the script has closed the connection, and sent nothing more."""
        with contextlib.suppress(ConnectionResetError):  # that is a hang-up, too
            more = self._next_bytes(100, "hang up")
            assert more == b"", f"{self.window.name} was to hang up, but sent {more!r}"


def shorten(text):
    """Return text or bytes as Python writes them, or only the end of a long one."""
    return repr(text) if len(text) < 1000 else f"… {text[-1000:]!r}"


def wait_until(condition, awaited):
    """Call a function over and over until it returns something true, but not for ever."""
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end, f"{TIMEOUT} seconds went by, waiting for {awaited}"


def port_of(listener):
    """Return the port on which a socket listens."""
    return listener.getsockname()[1]
