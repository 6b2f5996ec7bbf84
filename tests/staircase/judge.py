"""The judge: it says which of the staircase's mistakes a chat makes.

    make climb SERVER='perl chat.pl server {port}' CLIENT='perl chat.pl client {port}'

The judge sits at two terminals, types and reads, and looks at the network, as people
can. So it can judge a chat in any language that keeps the convention of README.md.
"""

import contextlib
import inspect
import os
import shlex
import sys

import pexpect

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from chat import PYTHON
from climb import MINE, climb, write_mine
from relay import free_port, takes_endless_message
from stage import ASKS, Stage


def greet(stage, why="a new chat", **options):
    """Open both sides. The client says Hello, and the server hears it."""
    server, client = stage.opens_both(why, **options)
    client.says("Hello")
    server.hears("Hello")
    return server, client


def exchange(stage, text, **changes):
    """Have both sides say a text and hear it. At the end, the client is asked again."""
    server, client = stage.opens_both(**changes)
    client.says(text)
    server.hears(text)
    server.says(text)
    client.hears(text)
    client.is_asked()


def q_at_the_server(stage):
    """Leaving at the server.

    The client says Hello. The server answers q, and ends with status 0.
    """
    server, _ = greet(stage)
    server.says("q")
    server.goes(status=0)


def same_port(stage):
    """The same port again.

    The client says Hello. The server answers q, and is gone. Then a server is started
    again on the same port at once, and a client connects to it.
    """
    server, _ = greet(stage, server_closes_first=True)  # who does, keeps the port
    server.says("q")
    server.child.expect([pexpect.EOF, pexpect.TIMEOUT])
    greet(stage, "the same port again", port=stage.port)


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
    server, client = greet(stage, "the server will say q")
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
    exchange(stage, "")


def long_message(stage):
    """The long message.

    The client says 900 letters, and the server, too. The first ten travel before the
    others. Each side hears one message.
    """
    exchange(stage, "x" * 900, hold=b"x" * 10)


def half_a_character(stage):
    """Half a character.

    The client says Zoë, and the server, too. The first of the two bytes of ë travels
    before the second.
    """
    exchange(stage, "Zoë", hold="Zoë".encode()[:-1])


def two_in_one(stage):
    """Two messages in one packet.

    The client says "one", but it arrives twice, in one packet. The server hears the
    first, answers "two", and then hears the second. After that, each side hears the
    other's next words.
    """
    server, client = stage.opens_both(twice=b"one")
    client.says("one")
    server.hears("one")
    server.says("two")
    server.hears("one", " again")
    server.says("four")
    client.hears("two")
    client.says("three")
    client.hears("four")
    server.hears("three")


def long_line(stage):
    """The long line.

    The client says 5,000 letters, and the server, too. Each side hears all of them.
    """
    exchange(stage, "x" * 5000)


def ctrl_d(stage):
    """Ctrl-D.

    Somebody presses Ctrl-D at the client's prompt. Both sides end, with status 0. In
    another chat, it is pressed at the server's prompt.
    """
    server, client = stage.opens_both("Ctrl-D will be pressed at the client")
    client.is_asked()
    client.presses("Ctrl-D")
    client.goes(status=0)
    server.goes(status=0)
    server, client = greet(stage, "Ctrl-D will be pressed at the server")
    server.is_asked()
    server.presses("Ctrl-D")
    server.goes(status=0)
    client.goes(status=0)


def stranger(stage):
    """The stranger in the café.

    The client says Hello, and the server hears it. Then another server waits. Only
    programs on its own machine can reach the address at which it listens.
    """
    server, _ = greet(stage)
    server = stage.opens_server()
    for address in stage.addresses:
        if not address.is_loopback:
            where = "all addresses" if address.is_unspecified else str(address)
            server.fails("to listen on 127.0.0.1 only", f"it listens on {where}")


def wiped_screen(stage):
    """The screen that is wiped.

    The client says Zoë~[2J, but on the way the ~ becomes Escape. Now that is a command
    that clears a screen. Then the server says the same. Nobody's terminal gets it.
    """
    server, client = stage.opens_both(swap=(b"~", b"\x1b"))
    for speaker, listener in (client, server), (server, client):
        speaker.says("Zoë~[2J")
        listener.finds("to show '<< Zoë'", "<< Zoë", ASKS)
        listener.finds("to show the rest of that line", r"\n")
        if "\x1b[2J" in listener.shown:
            listener.fails("to show no command for a terminal", "it showed Escape, [2J")


def no_friend(stage):
    """What no friend sends.

    The client says caf~, but on the way the ~ becomes a byte that is no UTF-8. The
    server shows a line, and the chat goes on. Then somebody else sends to a server 16
    MiB without the end of a message. The server does not take all that.
    """
    server, client = stage.opens_both(swap=(b"~", b"\xe9"))
    client.says("caf~")
    server.finds("to show '<< caf'", "<< caf", ASKS)
    server.says("Thanks")
    client.hears("Thanks")
    server = stage.opens_server()
    if takes_endless_message(stage.addresses[0], stage.port, 16 * 1024 * 1024):
        server.fails("to hang up", "it took 16 MiB without the end of a message")


def traceback(stage):
    """A screen full of Traceback.

    The client is started without a server, and says why it ends. Then a server waits,
    and somebody presses Ctrl-C. Twice, the other side breaks the connection off: once a
    server is waiting for words, and once somebody types some. Nobody sees a Traceback.
    """
    client = stage.opens("client", free_port())
    client.goes()
    if not client.shown.strip():
        client.fails("to say why it ends", "it showed nothing")
    server = stage.opens_server()
    server.presses("Ctrl-C")
    server.goes()
    server, client = greet(stage, "the connection breaks", reset=True)
    server.says("Hi")
    client.hears("Hi")
    stage.relay.resets()
    server.goes()
    server, _ = greet(stage, "it breaks while the server types", reset=True)
    server.is_asked()
    stage.relay.resets()
    with contextlib.suppress(OSError):  # it may have noticed, and ended
        server.types("Hello?\r")
    server.goes()


# A new one also needs a step in README.md, and its number on the project's front page.
# Both say how many there are.
RUNGS = [q_at_the_server, same_port, q_at_the_client, goodbye, empty_line, long_message]
RUNGS += [half_a_character, two_in_one, long_line, ctrl_d, stranger, wiped_screen]
RUNGS += [no_friend, traceback]


def judge(rung, server, client, patience):
    """Return None if a chat does not make a mistake, or else a report of it."""
    stage = Stage(server, client, patience)
    try:
        rung(stage)
    except AssertionError as problem:
        return str(problem)
    except (OSError, IndexError, pexpect.ExceptionPexpect) as problem:
        return f"this rung cannot be judged: {problem}\n\n{stage.dialogue.so_far()}"
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
        write_mine(0)
    scripts = MINE / "server.py", MINE / "client.py"
    return [shlex.join([PYTHON, str(script)]) + " {port}" for script in scripts]


def chosen_rungs():
    """Return the numbers of the rungs to judge: the one of STEP, or all."""
    every = range(1, len(RUNGS) + 1)
    step = os.environ.get("STEP", "")
    if step and step not in map(str, every):
        sys.exit(f"STEP is a number from 1 to {len(RUNGS)}.")
    return [int(step)] if step else every


def main():
    """Judge a chat. Return the status: 0 if it makes none of the mistakes."""
    server, client = commands()
    colors = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    lowest = None
    for number in chosen_rungs():
        rung = RUNGS[number - 1]
        # Once a rung is red, the higher ones may well be: do not wait long for them.
        report = judge(rung, server, client, patience=1 if lowest else 5)
        verdict = "red  " if report else "green"
        if colors:
            verdict = f"\033[{31 if report else 32}m{verdict}\033[m"
        print(f"{verdict} {number:2}. {title(rung)}", flush=True)
        if report and not lowest:
            lowest = number, rung, report
    if lowest:
        number, rung, report = lowest
        print(f"\n{number}. {inspect.getdoc(rung)}\n\n{report}\n")
        print(f"Read on: tests/staircase/README.md, step {number}")
        print("Was it green before? Then look at your last change.")
        return 1
    if any(os.environ.get(name) for name in ("SERVER", "CLIENT", "STEP")):
        print("\nAll green.")
    else:
        lines = [len((MINE / name).read_bytes().splitlines()) for name in climb(0)]
        print(f"\nAll green, in {lines[0]} and {lines[1]} lines. Now read the end of")
        print('tests/staircase/README.md, from "What our two scripts add".')
    return 0


def title(rung):
    """Return the name of a mistake, as in README.md."""
    return rung.__doc__.partition(".\n")[0]


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # some terminals have no café
    try:
        sys.exit(main())
    except (OSError, ValueError) as problem:  # a folder, or quotes in a command
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
