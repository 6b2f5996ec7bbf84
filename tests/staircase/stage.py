"""Where the judge sits: at two terminals, with the network between them."""

import os
import re
import shlex
import time

import pexpect

from chat import PROMPT, UTF_8
from relay import Relay, free_port, listening
from terminal import Dialogue, Terminal, showed

ASKS = re.escape(PROMPT)
# What several languages print about an error that nobody has caught.
TRACE = r"Traceback \(|^\s+at \S+.*[(:]|^goroutine \d|panicked at|^\s+from \S+:\d+"
TRACE += r"|[Ss]tack ?trace|Unhandled|Uncaught|terminate called|core dumped"
# Sequences of characters that color a text, or move the cursor.
SEQUENCE = r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\a\x1b]*(\a|\x1b\\)|[ -/]*[0-Z\\^-~])|[\a\b]"


class Person(Terminal):
    """Somebody at one of the two terminals, who reads only what matters there."""

    def __init__(self, stage, *command, **options):
        super().__init__(*command, dialogue=stage.dialogue, **options)
        self.stage = stage
        self.shown = ""  # all of it, as it came
        self.unread = ""  # the beginning of an escape sequence
        self.child_reads = self.child.read_nonblocking
        self.child.read_nonblocking = self.reads

    def reads(self, size=1, timeout=0):
        """Read for pexpect, without escape sequences. Meanwhile, the relay works."""
        end = time.monotonic() + timeout
        while True:
            self.stage.pump()
            try:
                text = self.child_reads(size, timeout=0.005)
            except pexpect.TIMEOUT:
                if time.monotonic() > end:
                    raise
                continue
            self.shown += text
            text = re.sub(SEQUENCE, "", self.unread + text)
            text, escape, rest = text.partition("\x1b")
            self.unread = escape + rest
            return text

    def finds(self, expected, *patterns):
        """Wait for the first of these patterns. Fail if another one comes before it."""
        patterns = [*patterns, pexpect.TIMEOUT]
        if pexpect.EOF not in patterns:
            patterns.append(pexpect.EOF)
        found = patterns[self.child.expect(patterns, searchwindowsize=20000)]
        if found is not patterns[0]:
            seen = self.child.before
            seen += self.child.after if isinstance(self.child.after, str) else ""
            if re.search(TRACE, seen, re.MULTILINE):
                self.fails(expected, "it showed a Traceback, see below")
            how = {pexpect.EOF: " and ended"}
            how[pexpect.TIMEOUT] = f" in {self.child.timeout} seconds, and still runs"
            self.fails(expected, showed(seen) + how.get(found, ""))

    def is_asked(self):
        """Wait for the prompt, and until the program waits, too: then it takes keys."""
        self.finds("to show its prompt", ASKS)
        end = time.monotonic() + 1  # some programs poll, and are never seen to wait
        while not self.is_waiting() and time.monotonic() < end:
            time.sleep(0.01)

    def says(self, text):
        """Wait for the prompt, and type a text in pieces, and Enter."""
        self.is_asked()
        for start in range(0, len(text), 500):
            piece = text[start : start + 500]
            self.types(piece)
            self.finds(f"to show {piece!r}", re.escape(piece[-20:]))
        self.types("\r")

    def hears(self, text, again=""):
        """Wait for the other side's words: these, whole, on one line, in their turn."""
        line = rf"<< {re.escape(text)}\r*\n"
        self.finds(f"to show {'<< ' + text!r}{again}", line, ASKS)

    def goes(self, status=None):
        """Wait for the end. Before that, nothing may be heard or asked."""
        begins = r"(?:^|[\r\n])"  # a Traceback may quote the line that asks
        self.finds("to end", pexpect.EOF, rf"{begins}<< [^\n]*\n", begins + ASKS)
        if re.search(TRACE, self.child.before, re.MULTILINE):
            self.fails("to end without a Traceback", "it showed one, see below")
        if status is not None:
            self.ends(status, shows="(?s).*")


class Stage:
    """Where a chat is judged: it starts both sides, and closes all at the end.

    The commands have {port} in them. patience is in seconds, for each text.
    """

    name = "judge"  # in front of its words in the dialogue

    def __init__(self, server, client, patience):
        self.commands = {"server": server, "client": client}
        self.patience = patience
        self.start = 4 * patience  # seconds; some compile themselves first
        self.dialogue = Dialogue()
        self.windows = {}  # those of this chat, by their sides
        self.relay = None

    def pump(self):
        """Let the relay work, if there is one."""
        if self.relay:
            self.relay.pump()

    def opens(self, side, port):
        """Start one side in a terminal."""
        command = shlex.split(self.commands[side].replace("{port}", str(port)))
        kept = {name: text for name, text in os.environ.items() if name[:6] != "PYTHON"}
        env = {**kept, "TERM": "dumb", "LC_ALL": UTF_8, "INPUTRC": os.devnull}
        options = {"name": side, "timeout": self.start, "maxread": 65536, "env": env}
        try:
            window = Person(self, *command, dimensions=(24, 9000), **options)
        except (pexpect.ExceptionPexpect, OSError) as problem:
            why = getattr(problem, "strerror", None) or "it is not there"
            raise AssertionError(
                f"expected {command[0]} to start as the {side}, but: {why}. A script "
                "must be executable, and begin with #! and the program that runs it."
            )
        self.windows[side] = window
        return window

    def opens_server(self, port=None, why="a server alone"):
        """Start the server, and wait until somebody listens on its port."""
        self.close()
        self.dialogue.add(self, f"({why})\n")
        self.port = port or free_port()
        server = self.opens("server", self.port)
        end = time.monotonic() + self.start
        self.addresses = []  # at which somebody listens
        while not self.addresses:
            ended = not server.child.expect([pexpect.EOF, pexpect.TIMEOUT], 0.02)
            self.addresses = listening(self.port)
            if not self.addresses and (ended or time.monotonic() > end):
                instead = "it ended" if ended else f"not in {self.start} seconds"
                server.fails(f"to listen on port {self.port}", instead)
        server.child.timeout = self.patience
        return server

    def opens_client(self, port):
        """Start the client, and wait for its prompt, but do not take it away."""
        client = self.opens("client", port)
        client.finds(f"to show its prompt, {PROMPT!r}", f"(?={ASKS})")
        client.child.timeout = self.patience
        return client

    def opens_both(self, why="a new chat", port=None, **changes):
        """Start the server, a relay if it is to change something, and the client."""
        server = self.opens_server(port, why)
        if changes:
            self.relay = Relay(self.windows, self.addresses, self.port)
        client = self.opens_client(self.relay.port if changes else self.port)
        if changes:
            self.relay.pump()  # what came before the first prompt
            self.relay.change(**changes)
        return server, client

    def close(self):
        """Close the terminals, and the relay."""
        for window in self.dialogue.terminals:
            window.close()
        if self.relay:
            self.relay.close()
        self.relay = None
