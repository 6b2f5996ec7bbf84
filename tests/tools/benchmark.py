"""Measure the scripts side by side with a bare relay and with nc. Run it with make bench.

The relay is the floor: two Python processes that only move bytes between their standard
streams and a socket. All are driven through pipes, in one run, in turns: each contestant
once, then each again. The table shows medians. It is no test and sets no limit.
"""

import atexit
import os
import re
import select
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE, STDOUT

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from test_programs import is_openbsd_nc
from windows import MAX_MESSAGE, PROC, PYTHON, ROOT, TIMEOUT, environment, wait_until

ROUNDS = 15
SIZES = {"short": 20, "100 kB": 100_000, "1 MB": 1_000_000}  # bytes of a message
TURNS = 5000
WAIT = 3  # seconds, while the processor time of waiting processes is measured
DRIPS = 32 * 1024  # single bytes at the start of a long message, and again at its end
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
SERVER = [PYTHON, "server.py", "--port", "0"]
CONTESTANTS = {  # a server that tells its port, and a client that is given it
    "scripts": (SERVER, [PYTHON, "client.py", "--port"]),
    "relay": ([PYTHON, "-c", RELAY, "server"], [PYTHON, "-c", RELAY, "client"]),
    "nc": (["nc", "-v", "-l", "127.0.0.1", "0"], ["nc", "127.0.0.1"]),
}


class Process:
    """A process that is driven through pipes."""

    def __init__(self, *command):
        """Start a command; it ends with this program, if not before."""
        self.child = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdin=PIPE, stdout=PIPE, stderr=STDOUT
        )
        atexit.register(self.child.kill)
        self.input, self.output = self.child.stdin.fileno(), self.child.stdout.fileno()
        os.set_blocking(self.input, False)

    def shows(self, end, typed=b"", at=None):
        """Type bytes at another process; return what this one shows, up to that end."""
        ends = end, end + b">> "  # the prompt may have come already
        shown, untyped = bytearray(), memoryview(typed)
        while not shown.endswith(ends):
            inputs = [at.input] if untyped else []
            news, room, _ = select.select([self.output], inputs, [], TIMEOUT)
            if room:
                untyped = untyped[os.write(at.input, untyped) :]
            if news or not room:
                shown += news and os.read(self.output, 65536) or sys.exit("no answer")
        return shown

    def state(self):
        """Return a letter (S: it waits), seconds of processor time, and kB of memory."""
        text = Path(f"/proc/{self.child.pid}/stat").read_text()
        fields = text.rpartition(") ")[2].split()
        ticks, pages = int(fields[11]) + int(fields[12]), int(fields[21])
        kilobytes = pages * os.sysconf("SC_PAGE_SIZE") // 1024
        return fields[0], ticks / os.sysconf("SC_CLK_TCK"), kilobytes

    def end(self):
        """End the process."""
        self.child.kill()
        self.child.communicate()


def start_pair(server, client):
    """Start a server and a client; the port ends the server's first line."""
    server = Process(*server)
    return server, Process(*client, server.shows(b"\n").split()[-1].decode())


def round_trip(pair, message):
    """Return the seconds in which a message gets to the server and another one back."""
    server, client = pair
    begin = time.perf_counter()
    server.shows(message, message, client)
    client.shows(message, message, server)
    return time.perf_counter() - begin


def show(what, *figures):
    """Print one row of the table."""
    print(f"{what:<40}" + "".join(f"{each:>18}" for each in figures), flush=True)


def duration(seconds):
    """Return a duration in words."""
    return f"{seconds * 1000:.1f} ms" if seconds > 0.001 else f"{seconds * 1e6:.0f} µs"


def race(what, measure, cases):
    """Show the medians of some rounds, and the first one in proportion to the others."""
    rounds = [[measure(case) for case in cases] for _ in range(ROUNDS)]
    ours, *others = map(statistics.median, zip(*rounds))
    ratios = (f"{duration(each)} ({ours / each:.2f})" for each in others)
    show(what, duration(ours), *ratios)


def race_round_trips(pairs):
    """Show how long messages of all sizes take to the server and back."""
    for name, size in SIZES.items():
        message = b"x" * (size - 1) + b"\n"
        repeat = max(1, 20_000 // size)  # a short one is too quick to be timed alone

        def trip(pair, message=message, repeat=repeat):
            return sum(round_trip(pair, message) for _ in range(repeat)) / repeat

        race(f"round trip, {name} message", trip, pairs)


def race_starts():
    """Show how long the server takes to be ready, and Python to import the same."""
    failing = [PYTHON, "-X", "importtime", "server.py", "--host", "192.0.2.1"]
    told = subprocess.run(  # as far as to bind: no machine has that address (RFC 5737)
        failing, check=False, cwd=ROOT, env=environment(), stderr=PIPE, timeout=TIMEOUT
    ).stderr.decode()
    names = re.findall(r"^import time:.*\|\s+([\w.]+)$", told, re.MULTILINE)
    names = ", ".join(name for name in names if not name.endswith("customize"))

    def seconds_to_line(command):
        begin = time.perf_counter()
        process = Process(*command)
        process.shows(b"\n")
        seconds = time.perf_counter() - begin
        process.end()
        return seconds

    imports = [PYTHON, "-c", f"import {names}\nprint('ready', flush=True)"]
    race("start to ready; same imports only", seconds_to_line, [SERVER, imports])


def show_states(pairs):
    """Show what the servers and clients take of memory, and of the processor's time."""

    def show_both(what, unit, index, before=None):
        now = [[process.state()[index] for process in pair] for pair in pairs]
        ...
