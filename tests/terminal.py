r"""A terminal with a program in it, for tests that type and read as a person does.

Copy me: I only need pexpect. A word that waits gives up after TIMEOUT seconds.

    terminal = Terminal("python3", "-i", "-q")
    terminal.skips_to(">>> ")
    terminal.types("6 * 7\r")
    terminal.sees("6 * 7\n42\n>>> ")
"""

import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pexpect

__tracebackhide__ = True  # so pytest shows the line of the test, and not of this file
TIMEOUT = 10  # seconds
KEYS = {"Enter": "\r", "Backspace": "\x7f", "Up": "\x1b[A", "Left": "\x1b[D"}


class Terminal:
    """A program in a terminal. child is the same program, as pexpect sees it."""

    def __init__(self, *command, name=None, log=None, **options):
        """Start a command. Options such as cwd, env and timeout go to pexpect.spawn."""
        self.name = name or os.path.basename(command[0])  # for reports
        usual = {"timeout": TIMEOUT, "env": {**os.environ, "TERM": "dumb"}}  # no colors
        usual.update(encoding="utf-8", codec_errors="surrogateescape", preexec_fn=begin)
        self.child = Child(command[0], list(command[1:]), **{**usual, **options})
        self.child.logfile_read = log  # a file that gets all that is read
        self.child.delaybeforesend = None  # pexpect would sleep before it types
        self.child.ptyproc.delayafterclose = 0  # and after it has closed the terminal

    def types(self, text):
        r"""Type without looking at the screen; \r is the Enter key."""
        self.child.send(text)

    def presses(self, key):
        """Press a key: one of KEYS, such as "Up", or Ctrl and a letter: "Ctrl-D"."""
        if key == "Ctrl-C":  # Python may miss it if it comes just before a wait begins
            wait_until(self.is_waiting, f"{self.name} to wait")
        self.types(KEYS[key] if key in KEYS else chr(ord(key[-1]) - ord("@")))

    def sees(self, text):
        """Wait for text. It must be the next thing that the terminal shows."""
        for line in re.findall(r".*\n|.+", text):
            # If a line ends before our text comes, it was another text: fail at once.
            expected = f"to show {line!r}"
            found = self._expects(expected, line.replace("\n", "\r\n"), "\r\n")
            if found != 0 or self.child.before:
                self._fails(expected, self.child.before + self.child.after)

    def sees_line(self, pattern):
        """Wait for a line. It must match a regular expression. Return the groups."""
        expected = f"to show a line like {pattern!r}"
        self._expects(expected, "\r\n")
        match = re.fullmatch(pattern, self.child.before)
        return match.groups() if match else self._fails(expected, self.child.before)

    def skips_to(self, text):
        """Wait until text comes, whatever comes before it."""
        self._expects(f"to show {text!r}", text.replace("\n", "\r\n"))

    def ends(self, status, shows=""):
        """Wait for the end with this status (-2: signal 2). shows matches the rest."""
        self._expects("to end", pexpect.EOF)
        if not re.fullmatch(shows, self.child.before):
            self._fails("to end", self.child.before)
        wait_until(lambda: not self.child.isalive(), f"the end of {self.name}")
        ended = -(self.child.signalstatus or 0) or self.child.exitstatus
        assert ended == status, f"{self.name} was to end with {status}, not {ended}"

    def is_waiting(self):
        """Return whether the program that has the terminal waits for something."""
        process = os.tcgetpgrp(self.child.child_fd)
        stat = Path(f"/proc/{process}/stat")
        if stat.exists():  # on Linux
            return ") S " in stat.read_text()
        return subprocess.getoutput(f"ps -o state= -p {process}")[:1] in ("S", "I")

    def close(self):
        """Take the terminal away, whatever still runs in it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing does
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.ptyproc.fileobj.close()  # on macOS, unread output holds up the end
        self.child.wait()
        self.child.close()

    def _expects(self, expected, *texts):
        """Wait for one of the texts, and return its number."""
        try:
            return self.child.expect_exact(list(texts))
        except pexpect.EOF:
            return self._fails(expected, self.child.before, " and ended")
        except pexpect.TIMEOUT:
            time_up = f" in {self.child.timeout} seconds"
            return self._fails(expected, self.child.before, time_up)

    def _fails(self, expected, seen, then=""):
        """Report what was expected, and what came."""
        seen = (repr(seen[-300:]) if seen else "nothing") + then
        raise AssertionError(f"{self.name} was {expected}, but showed {seen}") from None


class Child(pexpect.spawn):
    """What pexpect starts."""

    def isalive(self):
        """Return whether it runs. If its output has ended, pexpect alone would wait."""
        self.flag_eof = False
        return super().isalive()


def begin():
    """Do this in the new terminal, just before the program starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a background job would ignore Ctrl-C
    os.close(os.open("/dev/tty", os.O_RDWR))  # or macOS loses last words (pexpect 662)


def wait_until(condition, awaited):
    """Call a function until it returns something true, for at most TIMEOUT seconds."""
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end, f"waited {TIMEOUT} seconds for {awaited}"
        time.sleep(0.01)
