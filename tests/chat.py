"""The words of the chat: people in windows, and the bare socket of a peer.

A test reads like the conversation that it scripts: who says, hears and sees what, in
which order. Each word reads all that the window shows, so nothing appears unnoticed.
"""

import contextlib
import functools
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pexpect

from terminal import TIMEOUT, Terminal, wait_until

__tracebackhide__ = True  # so pytest shows the line of the test, and not of this file
ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = Path("/proc/net/tcp")  # Linux lists its connections there
PYTHON = shutil.which(os.environ.get("CHAT_PYTHON") or sys.executable)
if not PYTHON:
    sys.exit(f"CHAT_PYTHON: there is no {os.environ['CHAT_PYTHON']}")
PYTHON = os.path.abspath(PYTHON)  # some windows are in other folders
UTF_8 = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"


def environment(**changes):
    """Return this environment, without what would make the scripts behave differently.

    INPUTRC names the settings of the line editor: there are none. COLUMNS is the width
    of argparse's text. In development mode, Python tells of open sockets.
    """
    kept = {name: text for name, text in os.environ.items() if name[:6] != "PYTHON"}
    plain = {"TERM": "dumb", "LC_ALL": UTF_8, "INPUTRC": os.devnull, "COLUMNS": "80"}
    return {**kept, **plain, "PYTHONDEVMODE": "1", **changes}


def run(*arguments, stdout=subprocess.PIPE):
    """Run Python without a terminal. Return its status and the bytes it has shown."""
    usual = {"cwd": ROOT, "env": environment(), "timeout": TIMEOUT}
    streams = {"stdin": subprocess.DEVNULL, "stdout": stdout, "stderr": subprocess.PIPE}
    done = subprocess.run([PYTHON, *arguments], **usual, **streams)
    return done.returncode, done.stdout, done.stderr


class Dialogue:
    """What several windows have shown, in the order in which it was read."""

    def __init__(self):
        self.windows = []
        self.lines = []  # each is a list of a window and a text
        self.unfinished = {}  # each window's last line, as long as it has no newline

    def add(self, window, text):
        """Take what a window has shown: parts of lines, and whole lines."""
        for part in re.findall(r".*\n|.+", text):
            line = self.unfinished.pop(window, None)
            if not line:
                line = [window, ""]
                self.lines.append(line)
            line[1] += part
            if not part.endswith("\n"):
                self.unfinished[window] = line

    def transcript(self):
        """Return the last lines, in the form of README.md: client.py  >> Hello."""
        last = [(window.name, shorten(text)) for window, text in self.lines[-40:]]
        shown = "\n".join(f"{name}  {text[:300].rstrip()}" for name, text in last)
        # What would command the terminal of those who read this becomes an escape.
        safe = [c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in shown]
        return "".join(safe)

    def read_on(self):
        """Read what the windows have shown since."""
        for window in self.windows:
            ended = (pexpect.EOF, pexpect.TIMEOUT, ValueError, AssertionError)
            with contextlib.suppress(*ended):
                for _ in range(100):  # a program may write without end
                    window.child.read_nonblocking(65536, timeout=0.1)


class Window(Terminal):
    """A person's window: a script runs in it, or another program."""

    def __init__(self, *command, dialogue=None, cwd=ROOT, env=None, **options):
        """Start a command: "server.py", for example. env holds more variables."""
        command = [str(part) for part in command]
        if command[0] in ("server.py", "client.py"):
            command = [PYTHON, *command]
        scripts = [part for part in command if part.endswith(".py")]
        self.dialogue = dialogue or Dialogue()
        write = functools.partial(self.dialogue.add, self)
        log = SimpleNamespace(write=write, flush=lambda: None)  # as pexpect wants it
        options = {"name": (scripts or command)[0], "cwd": str(cwd), **options}
        options.setdefault("dimensions", (24, 1000))  # wide, so that few lines wrap
        super().__init__(*command, log=log, env=environment(**(env or {})), **options)
        self.dialogue.windows.append(self)

    def says(self, text):
        """Wait for the prompt, type the text and Enter, and read both on the screen.

        A terminal holds some 4,000 bytes. So type a long text in pieces, and read each
        of them. Or else the program waits until we read, and we wait until it reads.
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

    def leaves(self):
        """Say q, and find the program ended."""
        self.says("q")
        self.sees("You left.\n")
        self.ends(0)

    def leaves_with_ctrl_d(self):
        """Press Ctrl-D at the prompt, and find the program ended."""
        self.sees(">> ")
        self.presses("Ctrl-D")
        self.sees_line(r"(?:\^D)?\x08*")  # some terminals show ^D
        self.sees("You left.\n")
        self.ends(0)

    def sees_goodbye(self):
        """See that the other side has left, and find the program ended."""
        self.sees("The other side left.\n")
        self.ends(0)

    def sees_welcome(self):
        """See where server.py listens: its host and port."""
        welcome = r"Welcome: The server is now ready to receive on (\S+) port (\d+)"
        self.host, self.port = self.sees_line(welcome)

    def sees_greeting(self):
        """See that both sides are connected, and the other side's host and port."""
        speaker = "The client speaks" if self.name == "server.py" else "You speak"
        connected = rf"Connected to (\S+) port (\d+)\. {speaker} first; q leaves\."
        self.other_host, self.other_port = self.sees_line(connected)

    def gets_killed(self):
        """Send the signal of the command kill to the program, once it waits."""
        wait_until(self.is_waiting, f"{self.name} to wait")
        os.killpg(os.tcgetpgrp(self.child.child_fd), signal.SIGTERM)

    def ends_interrupted(self):
        """Find that the program has died of SIGINT, after Ctrl-C or kill."""
        self.ends(-signal.SIGINT, shows=r"(>> )?(\^C)?\s*")

    def ends_with_error(self, line):
        """Wait for the error line, and for the end with status 1."""
        self.sees(f"{line}\n")
        self.ends(1)


class Peer:
    """A bare socket, connected to the script in a window. It has no rules."""

    def __init__(self, connection, window):
        self.socket = connection
        self.socket.settimeout(TIMEOUT)
        self.window = window
        self.here = f":{connection.getsockname()[1]:04X}"  # ports, as Linux lists them
        self.there = f":{connection.getpeername()[1]:04X}"

    def sends(self, data):
        """Send bytes."""
        self.socket.sendall(data)

    def delivers(self, data):
        """Send bytes, and wait until the script has read them: the next come apart."""
        self.sends(data)
        wait_until(self._all_is_read, f"{self.window.name} to read {data!r}")

    def _all_is_read(self):
        """Return whether nothing is on its way, and nothing waits for the script."""
        if not CONNECTIONS.exists():
            return self.window.is_waiting()  # as near as we can get
        connections = CONNECTIONS.read_text()
        sent = re.search(f"{self.here} .*{self.there} .. 0{{8}}:", connections)
        read = re.search(f"{self.there} .*{self.here} .. .{{8}}:0{{8}}", connections)
        return sent and read

    def receives(self, data):
        """Wait for as many bytes as in data. They must be the same."""
        received = b""
        with contextlib.suppress(socket.timeout):
            while piece := self.socket.recv(len(data) - len(received)):
                received += piece  # until no more are asked for, or the script hangs up
        report = f"{self.window.name} was to send {data!r}, but sent {received!r}"
        assert received == data, report

    def hangs_up(self):
        """Close the connection without a goodbye."""
        self.socket.close()

    def resets(self):
        """Abort the connection: a reset packet instead of an orderly end."""
        no_patience = struct.pack("ii", 1, 0)  # linger: yes, for 0 seconds
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_patience)
        self.socket.close()

    def sees_hang_up(self):
        """Find that the script has closed the connection, and sent nothing more."""
        try:
            more = self.socket.recv(100)
        except ConnectionResetError:  # that is a hang-up, too
            more = b""
        except socket.timeout:
            more = "nothing"
        assert not more, f"{self.window.name} was to hang up, but sent {more!r}"


def shorten(text):
    """Return a text in which many equal letters are counted: xxx...(3,000)."""
    return re.sub(r"(.)\1{50,}", lambda m: f"{m[1] * 3}...({len(m[0]):,})", text)


def port_of(listener):
    """Return the port on which a socket listens."""
    return listener.getsockname()[1]
