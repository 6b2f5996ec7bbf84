"""Measure the scripts beside a bare relay, in turns: make bench.

The relay is the floor: two Python processes that only move bytes between their standard streams
and a socket. With make bench OTHER=folder, the scripts in that folder take part, too. It is no
test, and sets no limit.
"""

import os
import re
import select
import statistics
import sys
import time
from pathlib import Path
from subprocess import PIPE, Popen

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from windows import PYTHON, ROOT, TIMEOUT, environment

ROUNDS = 31
SIZES = {"short": 20, "100 kB": 100_000, "1 MB": 1_000_000}  # bytes of a message
SERVER, CLIENT = ["server.py", "--port", "0"], ["client.py", "--port"]
RELAY = """
import os, select, socket, sys
if sys.argv[1] == "server":
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    print("listening on port", listener.getsockname()[1], flush=True)
    connection = listener.accept()[0]
else:
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while True:
    for source in select.select([0, connection], [], [])[0]:
        if source == 0:
            connection.sendall(os.read(0, 65536) or sys.exit())
        else:
            os.write(1, connection.recv(65536) or sys.exit())
"""


def start(folder, *command):
    """Start a Python program that is driven through pipes."""
    child = Popen([PYTHON, *command], cwd=folder, env=environment(), stdin=PIPE, stdout=PIPE)
    os.set_blocking(child.stdin.fileno(), False)
    return child


def carry(message, source, target):
    """Type a message at one program, and wait until another one has shown all of it."""
    untyped, shown = memoryview(message), b""
    while not shown.endswith((message, message + b">> ")):
        inputs = [source.stdin] if untyped else []
        news, room, _ = select.select([target.stdout], inputs, [], TIMEOUT)
        if room:
            untyped = untyped[os.write(source.stdin.fileno(), untyped) :]
        if news or not room:
            piece = news and os.read(target.stdout.fileno(), 65536)
            shown += piece or sys.exit(f"no answer from {target.args}")


def start_pair(folder, server_command, client_command):
    """Start a server, and a client that is given the port that the server tells."""
    server = start(folder, *server_command)
    port = server.stdout.readline().split()[-1].decode()
    return server, start(folder, *client_command, port)


def round_trip(pair, message, repeat):
    """Return the seconds in which a message gets to the server and another one back."""
    server, client = pair
    begin = time.perf_counter()
    for _ in range(repeat):
        carry(message, client, server)
        carry(message, server, client)
    return (time.perf_counter() - begin) / repeat


def seconds_to_line(folder, command):
    """Return the seconds from the start of a command to the first line that it shows."""
    begin = time.perf_counter()
    with start(folder, *command) as child:
        child.stdout.readline()
        end = time.perf_counter()
        child.kill()
    return end - begin


def imports(folder):
    """Return a command that imports what server.py imports as it starts, and shows a line."""
    names = re.findall(r"^ *import (\w+)", (folder / "server.py").read_text(), re.MULTILINE)
    at_the_end = {"ctypes", "msvcrt", "locale", "select", "termios", "tty"}  # or elsewhere
    return ["-c", f"import {', '.join(set(names) - at_the_end)}\nprint(flush=True)"]


def race(what, measure, cases):
    """Measure the cases in turns; show medians, and each one divided by the last one."""
    rounds = [[measure(*case) for case in cases] for _ in range(ROUNDS)]
    medians = [statistics.median(times) * 1e6 for times in zip(*rounds)]
    cells = (f"{median:>10.0f} µs ({median / medians[-1]:.2f})" for median in medians)
    print(f"{what:<24}", *cells, flush=True)


def main():
    """Print the table."""
    folders = [ROOT, *(Path(folder).resolve() for folder in sys.argv[1:])]
    names = ", ".join(folder.name for folder in folders)
    print(f"Columns: {names}, the floor (relay or imports). Medians of {ROUNDS} rounds.")
    pairs = [start_pair(folder, SERVER, CLIENT) for folder in folders]
    pairs.append(start_pair(ROOT, ["-c", RELAY, "server"], ["-c", RELAY, "client"]))
    for name, size in SIZES.items():
        message, repeat = b"x" * (size - 1) + b"\n", max(1, 20_000 // size)
        race(f"round trip, {name}", round_trip, [(pair, message, repeat) for pair in pairs])
    for program in [program for pair in pairs for program in pair]:
        with program:
            program.kill()
    starts = [(folder, SERVER) for folder in folders]
    race("start to first line", seconds_to_line, [*starts, (ROOT, imports(ROOT))])


if __name__ == "__main__":
    main()
