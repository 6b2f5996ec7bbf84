"""The judge: it says which of eleven mistakes a chat makes.

    make climb SERVER='perl chat.pl server {port}' CLIENT='perl chat.pl client {port}'

The judge sits at two terminals, types and reads, and looks at the network, as people
can. So it can judge a chat in any language that keeps this convention: the server shows
a line when it is ready. The prompt ">> " asks for the words of a person. Those of the
other side are shown on a line that begins with "<< ". The word q says goodbye.
"""

import contextlib
import inspect
import os
import re
import shlex
import shutil
import socket
import sys
from pathlib import Path

import pexpect

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from chat import PYTHON, ROOT, Dialogue, Peer, Window, shorten  # noqa: E402

MINE = ROOT / "mine"
START = 10  # seconds that a program has to start


class NoStart(AssertionError):
    """A program does not even start, so there is nothing to judge."""


class Person(Window):
    """Somebody at one of the two terminals. What else is shown does not matter."""

    sees = Window.skips_to  # for says, which waits for the prompt and the echo

    def hears(self, text):
        """Wait for the other side's words: these, whole, and on one line."""
        self.skips_to("<< ")
        super().sees(f"{text}\n")

    def goes(self, status=None):
        """Wait for the end. Before that, nothing may be heard or asked."""
        found = self._expects("to end", pexpect.EOF, "<< ", ">> ")
        shown = self.child.before
        if found != 0:
            self._fails("to end", shown + self.child.after)
        if "Traceback" in shown or len(shown.splitlines()) > 3:
            self._fails("to end with one line for people", "a Traceback, or more")
        if status is not None:
            self.ends(status)

    def _fails(self, expected, seen, then=""):
        """Report, but do not write 5,000 letters."""
        super()._fails(shorten(expected), shorten(seen), then)


class Stage:
    """Where a chat is judged: it starts both sides, and closes their terminals.

    The commands have {port} in them. patience is in seconds, for each text.
    """

    name = "judge"  # in front of its words in the dialogue

    def __init__(self, server, client, patience):
        self.commands = {"server": server, "client": client}
        self.patience = patience
        self.dialogue = Dialogue()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]  # nobody listens there

    def opens(self, side, port):
        """Start one side in a terminal."""
        command = shlex.split(self.commands[side].replace("{port}", str(port)))
        options = {"dialogue": self.dialogue, "name": side, "timeout": START}
        options.update(env={"PYTHONDEVMODE": ""}, dimensions=(24, 9000), maxread=65536)
        try:
            return Person(*command, **options)
        except pexpect.ExceptionPexpect:
            raise NoStart(f"There is no program {command[0]} for the {side}.")

    def opens_server(self):
        """Start the server, and wait for the line that says that it is ready."""
        server = self.opens("server", self.port)
        if server.child.expect(["\n", pexpect.EOF, pexpect.TIMEOUT]) != 0:
            raise NoStart("The server shows no line that says that it is ready.")
        server.child.timeout = self.patience
        return server

    def opens_client(self, port, server):
        """Start the client, and wait for its prompt, but do not take it away."""
        client = self.opens("client", port)
        prompt = ["(?=>> )", pexpect.EOF, pexpect.TIMEOUT]
        found = client.child.expect(prompt, searchwindowsize=1000)  # or a flood is slow
        assert server.child.isalive(), "server was to wait for a client, but ended"
        if found != 0:
            raise NoStart("The client shows no prompt: two > and a space.")
        client.child.timeout = self.patience
        return client

    def opens_both(self, why="a new chat"):
        """Start the server, and then the client."""
        self.dialogue.add(self, f"({why})\n")
        server = self.opens_server()
        return server, self.opens_client(self.port, server)

    def close(self):
        """Close the terminals."""
        for window in self.dialogue.windows:
            window.close()


def traceback(stage):
    """A screen full of Traceback.

    The client is started without a server. Then a server waits, and somebody presses
    Ctrl-C. Both end, and show one line at most.
    """
    stage.opens("client", stage.port).goes()
    server = stage.opens_server()
    server.presses("Ctrl-C")
    server.goes()


def q_at_the_server(stage):
    """Leaving at the server.

    The client says Hello. The server answers q, and ends with status 0.
    """
    server, client = stage.opens_both()
    client.says("Hello")
    server.hears("Hello")
    server.says("q")
    server.goes(status=0)


def same_port(stage):
    """The same port again.

    The client says Hello. The server answers q, and is gone. Then a server is started
    again on the same port at once, and a client connects to it.
    """
    server, client = stage.opens_both()
    client.says("Hello")
    server.hears("Hello")
    server.says("q")
    server.child.expect([pexpect.EOF, pexpect.TIMEOUT])
    server.close()
    client.close()
    server, client = stage.opens_both("the same port again")
    client.says("Hello again")
    server.hears("Hello again")


def q_at_the_client(stage):
    """Leaving at the client.

    The client says q, and ends with status 0.
    """
    _, client = stage.opens_both()
    client.says("q")
    client.goes(status=0)


def goodbye(stage):
    """A goodbye that is not understood.

    The client says q, and the server ends, too. In another chat, the server says q, and
    the client ends, too. In a third one, the client is killed, and the server ends.
    """
    server, client = stage.opens_both("the client will say q")
    client.says("q")
    server.goes(status=0)
    server, client = stage.opens_both("the server will say q")
    client.says("Hello")
    server.hears("Hello")
    server.says("q")
    client.goes(status=0)
    server, client = stage.opens_both("the client will be killed")
    client.close()
    server.goes()


def empty_line(stage):
    """The empty line.

    The client says nothing: only Enter. The server hears that, and answers in the same
    way.
    """
    server, client = stage.opens_both()
    client.says("")
    server.hears("")
    server.says("")
    client.hears("")
    client.skips_to(">> ")


def hands_on(source, target, window, mark):
    """Hand on bytes: first those up to a mark, and, once they are read, the rest."""
    source.settimeout(START)
    data = source.recv(65536)
    source.settimeout(0.05)  # nobody says how many bytes will come
    with contextlib.suppress(socket.timeout):
        while piece := source.recv(65536):
            data += piece
    cut = data.find(mark) + len(mark)
    peer = Peer(target, window)
    peer.delivers(data[:cut])
    with contextlib.suppress(OSError):  # the program may have ended
        peer.sends(data[cut:])


def in_two_parts(stage, text, mark):
    """Have both sides say a text. Its bytes up to a mark travel before the others."""
    server = stage.opens_server()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(START)
        client = stage.opens_client(listener.getsockname()[1], server)
        here = listener.accept()[0]
    with here, socket.create_connection(("127.0.0.1", stage.port)) as there:
        client.says(text)
        hands_on(here, there, server, mark)
        server.hears(text)
        server.says(text)
        hands_on(there, here, client, mark)
        client.hears(text)
        client.skips_to(">> ")


def long_message(stage):
    """The long message.

    The client says 3,000 letters, and the server, too. The first letter travels before
    the others. Each side hears one message.
    """
    in_two_parts(stage, "x" * 3000, b"x")


def half_a_character(stage):
    """Half a character.

    The client says Zoë, and the server, too. The first of the two bytes of ë travels
    before the second.
    """
    in_two_parts(stage, "Zoë", "ë".encode()[:1])


def long_line(stage):
    """The long line.

    The client says 5,000 letters, and the server, too. Each side hears all of them.
    """
    server, client = stage.opens_both()
    for speaker, listener in (client, server), (server, client):
        speaker.says("x" * 5000)
        listener.hears("x" * 5000)


def stranger(stage):
    """The stranger in the café.

    Somebody calls the server at another address of this machine, one that others can
    reach, too. Nobody answers. Then the client comes, and says Hello.
    """
    server = stage.opens_server()
    address = "127.0.0.2"
    if sys.platform != "linux":  # all of 127.x.x.x is here on Linux only
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing, but finds our address
            address = probe.getsockname()[0]
    with socket.socket() as call:
        call.settimeout(stage.patience)
        problem = call.connect_ex((address, stage.port))
    assert problem, f"{server.name} was to be out of reach, but {address} could call it"
    client = stage.opens_client(stage.port, server)
    client.says("Hello")
    server.hears("Hello")


def wiped_screen(stage):
    """The screen that is wiped.

    The client says Zoë, and behind it Escape and [2J, which clears a screen. The server
    answers in the same way. Each side shows Zoë, and nothing that a terminal obeys.
    """
    server, client = stage.opens_both()
    for speaker, listener in (client, server), (server, client):
        speaker.skips_to(">> ")
        speaker.types("Zoë\x16\x1b[2J\r")  # after Ctrl-V, even Escape can be typed
        listener.skips_to("<< Zoë")
        listener.skips_to("\n")
        rest = listener.child.before
        if re.search(r"[\x00-\x1f\x7f-\x9f]", rest):
            listener._fails("to show nothing that a terminal obeys", rest)


RUNGS = [traceback, q_at_the_server, same_port, q_at_the_client, goodbye, empty_line]
RUNGS += [long_message, half_a_character, long_line, stranger, wiped_screen]


def judge(rung, server, client, patience):
    """Return None if a chat does not make a mistake, or else a report of it."""
    stage = Stage(server, client, patience)
    try:
        rung(stage)
    except (AssertionError, OSError) as problem:
        if patience >= 1:  # somebody will read the report
            stage.dialogue.read_on()
        report = f"{problem}\n\n{stage.dialogue.transcript()}"
        if isinstance(problem, NoStart):
            sys.exit(report)
        return report
    finally:
        stage.close()


def commands():
    """Return the two commands of SERVER and CLIENT, or those for the folder mine."""
    given = [os.environ.get(name, "") for name in ("SERVER", "CLIENT")]
    if any(given):
        if not all("{port}" in command for command in given):
            sys.exit("Give both, with {port} in each: SERVER='…' CLIENT='…'")
        return given
    if not MINE.exists():
        print("mine/ is new: it has a server.py and a client.py, the first version.\n")
        MINE.mkdir()
        for script in "server.py", "client.py":
            shutil.copy(HERE / script, MINE)
    scripts = MINE / "server.py", MINE / "client.py"
    return [shlex.join([PYTHON, str(script)]) + " {port}" for script in scripts]


def main():
    """Judge a chat. Return the status: 0 if it makes none of the mistakes."""
    server, client = commands()
    colors = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    lowest = None
    for number, rung in enumerate(RUNGS, 1):
        # Once a rung is red, the higher ones may well be: do not wait long for them.
        report = judge(rung, server, client, patience=1 if lowest else 5)
        verdict = "red  " if report else "green"
        if colors:
            verdict = f"\033[{31 if report else 32}m{verdict}\033[m"
        print(f"{verdict} {number:2}. {title(rung)}", flush=True)
        if report and not lowest:
            lowest = number, rung, report
    if not lowest:
        return 0
    number, rung, report = lowest
    print(f"\n{number}. {inspect.getdoc(rung)}\n\n{report}\n")
    print(f"Read on: tests/staircase/README.md, step {number}")
    return 1


def title(rung):
    """Return the name of a mistake, as in README.md."""
    return rung.__doc__.partition(".\n")[0]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, ValueError) as problem:  # a folder, or quotes in a command
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
