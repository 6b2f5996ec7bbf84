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
from subprocess import PIPE, STDOUT, Popen

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from windows import PYTHON, ROOT, TIMEOUT, environment

ROUNDS = 31
SIZES = {"short": 20, "100 kB": 100_000, "1 MB": 1_000_000}  # bytes of a message
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


def start(*command, folder=ROOT):
    """Start a Python program that is driven through pipes."""
    pipes = {"stdin": PIPE, "stdout": PIPE, "stderr": STDOUT}
    child = Popen([PYTHON, *command], cwd=str(folder), env=environment(), **pipes)
    os.set_blocking(child.stdin.fileno(), False)
    return child


def shows(child, end, typed=b"", at=None):
    """Type bytes at another program; return what this one shows, up to that end."""
    shown, typed = bytearray(), memoryview(typed)
    while not shown.endswith((end, end + b">> ")):
        inputs = [at.stdin] if typed else []
        news, room, _ = select.select([child.stdout], inputs, [], TIMEOUT)
        if room:
            typed = typed[os.write(at.stdin.fileno(), typed) :]
        if news:
            shown += os.read(child.stdout.fileno(), 65536) or sys.exit("it has ended")
        if not (news or room):
            sys.exit(f"no answer from {child.args}")
    return shown


def pair(server_words, client_words, folder=ROOT):
    """Start a server, and a client that is given the port that the server tells."""
    server = start(*server_words, folder=folder)
    port = shows(server, b"\n").split()[-1].decode()
    return server, start(*client_words, port, folder=folder)


def round_trip(programs, message, repeat):
    """Return the seconds in which a message gets to the server and another one back."""
    server, client = programs
    begin = time.perf_counter()
    for _ in range(repeat):
        shows(server, message, message, client)
        shows(client, message, message, server)
    return (time.perf_counter() - begin) / repeat


def first_line(command, folder):
    """Return the seconds from the start of a command to the first line that it shows."""
    begin = time.perf_counter()
    child = start(*command, folder=folder)
    shows(child, b"\n")
    end = time.perf_counter()
    child.kill()
    child.communicate()
    return end - begin


def imports(folder):
    """Return a command that imports what server.py imports on this system, and shows a line."""
    names = set(re.findall(r"^ *import (\w+)$", (folder / "server.py").read_text(), re.MULTILINE))
    names -= {"ctypes", "msvcrt", "locale", "select", "termios", "tty"}  # not while it starts
    return ["-c", f"import {', '.join(sorted(names))}\nprint(flush=True)"]


def show(what, times):
    """Print medians, and each one divided by the last one."""
    medians = [statistics.median(each) for each in times]
    cells = (f"{each * 1e6:>12.0f} µs ({each / medians[-1]:.2f})" for each in medians)
    print(f"{what:<22}", *cells, flush=True)


def main():
    """Print the table."""
    folders = [ROOT, *(Path(folder).resolve() for folder in sys.argv[1:])]
    print(f"Medians of {ROUNDS} rounds; in brackets, divided by the last column.")
    print(" " * 22, *(f"{folder.name:>22}" for folder in folders), f"{'relay':>22}")
    scripts = [["server.py", "--port", "0"], ["client.py", "--port"]]
    pairs = [pair(*scripts, folder=folder) for folder in folders]
    pairs.append(pair(["-c", RELAY, "server"], ["-c", RELAY, "client"]))
    for name, size in SIZES.items():
        message, repeat = b"x" * (size - 1) + b"\n", max(1, 20_000 // size)
        rounds = [[round_trip(each, message, repeat) for each in pairs] for _ in range(ROUNDS)]
        show(f"round trip, {name}", zip(*rounds))
    for program in [program for each in pairs for program in each]:
        program.kill()
        program.communicate()
    for folder in folders:
        cases = [scripts[0], imports(folder)]
        rounds = [[first_line(case, folder) for case in cases] for _ in range(ROUNDS)]
        show(f"start; its imports: {folder.name}", zip(*rounds))


if __name__ == "__main__":
    main()
