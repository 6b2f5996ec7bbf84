"""The words of the chat: people in windows, and the bare socket of a peer.

A test reads like the conversation that it scripts: who says, hears and sees what, in
which order. Each word reads all that the window shows, so nothing appears unnoticed.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

from terminal import TIMEOUT, Terminal

__tracebackhide__ = True  # so pytest shows the line of the test, and not of this file
PROMPT = ">> "
ROOT = Path(__file__).resolve().parent.parent
PYTHON = shutil.which(os.environ.get("CHAT_PYTHON") or sys.executable)
if not PYTHON or subprocess.call([PYTHON, "-c", ""]):
    sys.exit(f"CHAT_PYTHON does not run: {os.environ['CHAT_PYTHON']}")
PYTHON = os.path.abspath(PYTHON)  # some windows are in other folders
UTF_8 = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
SYSTEM = "PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "PYENV_ROOT"


def environment(**changes):
    """Return the variables of a window: the same ones, whatever the reader exports.

    INPUTRC and EDITRC name the settings of line editors: there are none. COLUMNS is the
    width of argparse's text. With its warnings on, Python tells of open sockets.
    """
    variables = {name: os.environ[name] for name in SYSTEM if name in os.environ}
    variables.update(TERM="dumb", LC_ALL=UTF_8, COLUMNS="80")
    variables.update(INPUTRC=os.devnull, EDITRC=os.devnull, PYTHONWARNINGS="default")
    return {**variables, **changes}


class Window(Terminal):
    """A person's window: a script runs in it, or another program."""

    def __init__(self, *command, cwd=ROOT, env=None, **options):
        """Start a command: "server.py", for example. env holds more variables."""
        if command[0] in ("server.py", "client.py"):
            options["name"] = command[0]
            command = PYTHON, *command
        options["dimensions"] = (24, 9000)  # wide, so that no line wraps
        env = environment(**(env or {}))
        super().__init__(*command, cwd=str(cwd), env=env, **options)

    def sees_prompt(self):
        """Wait for the prompt."""
        self.sees(PROMPT)

    def says(self, text):
        """Wait for the prompt, type the text and Enter, and read both on the screen.

        A terminal holds some 4,000 bytes. So type a long text in pieces, and read each
        of them. Or else the program waits until we read, and we wait until it reads.
        """
        self.sees_prompt()
        for start in range(0, len(text), 900):
            piece = text[start : start + 900]
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
        self.waits()
        os.killpg(os.tcgetpgrp(self.child.child_fd), signal.SIGTERM)

    def ends_interrupted(self):
        """Find that the program has died of SIGINT, after Ctrl-C or kill."""
        self.ends(-signal.SIGINT, shows=rf"({re.escape(PROMPT)})?(\^C)?\s*")

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
        self.window.wait_until(self.all_is_read, f"to read {data!r}")

    def all_is_read(self):
        """Return whether nothing is on its way, and nothing waits for the script."""
        connections = network()
        if not connections:
            return self.window.is_waiting()  # as near as we can get
        sent = re.search(f"{self.here} .*{self.there} .. 0{{8}}:", connections)
        read = re.search(f"{self.there} .*{self.here} .. .{{8}}:0{{8}}", connections)
        return sent and read

    def receives(self, data):
        """Wait for as many bytes as in data. They must be the same."""
        received = b""
        with contextlib.suppress(socket.timeout):
            while piece := self.socket.recv(len(data) - len(received)):
                received += piece  # until no more are asked for, or the script hangs up
        if received != data:
            self.window.fails(f"to send {data!r}", f"it sent {received!r}")

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
        if more:
            self.window.fails("to hang up", f"it sent {more!r}")


def port_of(sock):
    """Return the port of a socket on this side."""
    return sock.getsockname()[1]


def network():
    """Return Linux's lists of TCP sockets, or nothing on other systems."""
    files = Path("/proc/net/tcp"), Path("/proc/net/tcp6")
    return "".join(file.read_text() for file in files if file.exists())
