r"""A terminal with a program in it, for tests that type and read as a person does.

Copy me into any project: I only need pexpect.

    with Terminal("python3", "-i", "-q") as python:
        python.skips_to(">>> ")
        python.types("6 * 7\r")
        python.sees("6 * 7\n42\n>>> ")

A word that waits gives up after TIMEOUT seconds. If a test fails, the AssertionError
tells the conversation so far. I read what a program shows from top to bottom, so I am
not for programs that paint the whole screen, such as an editor.
"""

import contextlib
import functools
import os
import re
import signal
import string
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pexpect

__tracebackhide__ = True  # so pytest shows the line of the test, and not of this file
TIMEOUT = 10  # seconds
KEYS = {"Enter": "\r", "Tab": "\t", "Escape": "\x1b", "Backspace": "\x7f"}
KEYS.update(Up="\x1b[A", Down="\x1b[B", Right="\x1b[C", Left="\x1b[D", Home="\x1b[H")
KEYS.update(End="\x1b[F", Delete="\x1b[3~", PageUp="\x1b[5~", PageDown="\x1b[6~")
KEYS.update(
    {f"Ctrl-{letter}": chr(ord(letter) & 31) for letter in string.ascii_letters}
)


class Terminal:
    """A program in a terminal. child is the same program, as pexpect sees it."""

    def __init__(self, *command, name=None, dialogue=None, **options):
        """Start a command. Options such as cwd, env and timeout go to pexpect.spawn.

        name stands in reports. Terminals with the same dialogue report all they show.
        """
        command = [str(part) for part in command]
        self.name = name or os.path.basename(command[0])
        self.dialogue = dialogue or Dialogue()
        usual = {"timeout": TIMEOUT, "maxread": 65536, "preexec_fn": begin}
        usual.update(encoding="utf-8", codec_errors="surrogateescape")
        usual["env"] = {**os.environ, "TERM": "dumb"}  # no colors
        self.child = Child(command[0], command[1:], **{**usual, **options})
        self.child.logfile_read = self.dialogue.log_of(self)
        self.child.delaybeforesend = None  # pexpect would sleep before it types
        self.child.ptyproc.delayafterclose = 0  # and after it has closed the terminal

    def __enter__(self):
        """Return the terminal, for a with statement."""
        return self

    def __exit__(self, *_):
        """Close the terminal at the end of a with statement."""
        self.close()

    def types(self, text):
        r"""Type without looking at the screen; \r is the Enter key."""
        self.child.send(text)

    def presses(self, key):
        """Press one of the KEYS: "Up", for example, or "Ctrl-D"."""
        if key not in KEYS:
            raise ValueError(f"there is no key {key!r} in terminal.KEYS")
        if key == "Ctrl-C":  # Python may miss it if it comes just before a wait begins
            self.waits()
        self.types(KEYS[key])

    def sees(self, text):
        """Wait for text. It must be the next thing that the terminal shows."""
        for line in re.findall(r".*\n|.+", text):
            # If a line ends before our text comes, it was another text: fail at once.
            expected = f"to show {line!r}"
            found = self.expects(expected, line.replace("\n", "\r\n"), "\r\n")
            if found != 0 or self.child.before:
                self.fails(expected, showed(self.child.before + self.child.after))

    def sees_line(self, pattern):
        """Wait for a line. It must match a regular expression. Return the groups."""
        expected = f"to show a line like {pattern!r}"
        self.expects(expected, "\r\n")
        match = re.fullmatch(pattern, self.child.before)
        if not match:
            self.fails(expected, showed(self.child.before))
        return match.groups()

    def skips_to(self, text):
        """Wait until text comes, whatever comes before it."""
        self.expects(f"to show {text!r}", text.replace("\n", "\r\n"))

    def ends(self, status, shows=""):
        """Wait for the end with this status (-2: signal 2). shows matches the rest."""
        expected = f"to end, after text like {shows!r}" if shows else "to end"
        self.expects(expected, pexpect.EOF)
        if not re.fullmatch(shows, self.child.before, re.DOTALL):
            self.fails(expected, showed(self.child.before))
        self.wait_until(lambda: not self.child.isalive(), "to end")
        ended = -(self.child.signalstatus or 0) or self.child.exitstatus
        if ended != status:
            self.fails(f"to end with {status}", f"it ended with {ended}")

    def waits(self):
        """Wait until the program waits for something."""
        self.wait_until(self.is_waiting, "to wait")

    def is_waiting(self):
        """Return whether the program that has the terminal waits for something."""
        if not self.child.isalive():
            return False
        process = os.tcgetpgrp(self.child.child_fd)
        stat = Path(f"/proc/{process}/stat")
        if stat.exists():  # on Linux
            return ") S " in stat.read_text(errors="replace")
        return subprocess.getoutput(f"ps -o state= -p {process}")[:1] in ("S", "I")

    def close(self):
        """Take the terminal away, whatever still runs in it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing does
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.ptyproc.fileobj.close()  # on macOS, unread output holds up the end
        self.child.wait()
        self.child.close()

    def expects(self, expected, *texts):
        """Wait for one of the texts, and return its number. Or fail, and report."""
        try:
            return self.child.expect_exact(list(texts))
        except pexpect.EOF:
            instead = "and ended"
        except pexpect.TIMEOUT:
            instead = f"in {self.child.timeout} seconds"
        return self.fails(expected, f"{showed(self.child.before)} {instead}")

    def wait_until(self, condition, expected):
        """Call a function until it returns something true. Or fail, and report."""
        end = time.monotonic() + self.child.timeout
        has_ended = False
        while not condition():
            if has_ended:
                self.fails(expected, "it ended")
            if time.monotonic() > end:
                self.fails(expected, f"it did not in {self.child.timeout} seconds")
            has_ended = not self.child.isalive()
            time.sleep(0.005)

    def fails(self, expected, instead):
        """Raise the AssertionError, with the conversation so far."""
        report = f"expected {self.name} {shorten(expected)}, but {instead}"
        raise AssertionError(f"{report}\n\n{self.dialogue.so_far()}") from None


class Child(pexpect.spawn):
    """What pexpect starts."""

    def isalive(self):
        """Return whether it runs. If its output has ended, pexpect alone would wait."""
        self.flag_eof = False
        return super().isalive()


class Dialogue:
    """What one terminal has shown, or several, in the order in which it was read."""

    def __init__(self):
        self.terminals = []
        self.lines = []  # each is a list of a terminal and a text

    def log_of(self, terminal):
        """Return what pexpect takes for a file: it gets all that a terminal shows."""
        self.terminals.append(terminal)
        write = functools.partial(self.add, terminal)
        return SimpleNamespace(write=write, flush=lambda: None)

    def add(self, terminal, text):
        """Take what a terminal has shown: parts of lines, and whole lines."""
        for part in re.findall(r".*\n|.+", text):
            mine = (line for line in reversed(self.lines) if line[0] is terminal)
            last = next(mine, None)
            if last and not last[1].endswith("\n"):
                last[1] += part
            else:
                self.lines.append([terminal, part])

    def so_far(self):
        """Return the last lines, each behind the name of its terminal."""
        for terminal in self.terminals:  # read what they have shown since
            ended = (pexpect.EOF, pexpect.TIMEOUT, ValueError)
            with contextlib.suppress(*ended):
                for _ in range(100):  # a program may write without end
                    terminal.child.read_nonblocking(65536, timeout=0.02)
        shown = "The conversation so far:"
        for terminal, text in self.lines[-40:]:
            shown += f"\n{terminal.name}  {shorten(text)[:300].rstrip()}"
        # What would command the terminal of those who read this becomes an escape.
        safe = [c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in shown]
        return "".join(safe)


def begin():
    """Do this in the new terminal, just before the program starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a background job would ignore Ctrl-C
    os.close(os.open("/dev/tty", os.O_RDWR))  # or macOS loses last words (pexpect 662)


def showed(text):
    r"""Say what was shown. The \\r at the end of a line comes from the terminal."""
    text = shorten(text.replace("\r\n", "\n"))
    return f"it showed {text[-300:]!r}" if text else "it showed nothing"


def shorten(text):
    """Return a text in which many equal letters are counted: xxx...(3,000)."""
    return re.sub(r"(.)\1{50,}", lambda m: f"{m[1] * 3}...({len(m[0]):,})", text)
