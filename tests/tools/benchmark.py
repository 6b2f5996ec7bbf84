"""Measure the scripts side by side with a bare relay and nc. Run it with make bench.

The relay is the floor: two Python processes that only move bytes between their standard
streams and a socket. All are driven through pipes, in one run and in turns; the table
shows medians. It is no test and sets no limit.
"""

import atexit
import os
import re
import select
import socket
import statistics
import sys
import time
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from test_programs import is_openbsd_nc
from windows import MAX_MESSAGE, PROC, PYTHON, ROOT, TIMEOUT, environment, wait_until

ROUNDS, TURNS = 15, 5000
SIZES = {"short": 20, "100 kB": 100_000, "1 MB": 1_000_000}  # bytes of a message
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
CONTESTANTS = {  # a server, which tells its port, and a client, which is given it
    "scripts": (SERVER, [PYTHON, "client.py", "--port"]),
    "relay": ([PYTHON, "-c", RELAY, "server"], [PYTHON, "-c", RELAY, "client"]),
    "nc": (["nc", "-v", "-l", "127.0.0.1", "0"], ["nc", "127.0.0.1"]),
}


class Process:
    """A process that is driven through pipes."""

    def __init__(self, command):
        """Start a command."""
        pipes = {"stdin": PIPE, "stdout": PIPE, "stderr": STDOUT}
        self.child = Popen(command, cwd=ROOT, env=environment(), **pipes)
        self.input, self.output = self.child.stdin.fileno(), self.child.stdout.fileno()
        os.set_blocking(self.input, False)
        atexit.register(self.end)

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
                piece = news and os.read(self.output, 65536)  # or TIMEOUT went by
                shown += piece or sys.exit(f"no answer from {self.child.args}")
        return shown

    def state(self):
        """Return a letter (S: it waits), seconds of processor time, kB of memory."""
        text = Path(f"/proc/{self.child.pid}/stat").read_text()
        letter, *fields = text.rpartition(") ")[2].split()
        seconds = (int(fields[10]) + int(fields[11])) / os.sysconf("SC_CLK_TCK")
        return letter, seconds, int(fields[20]) * os.sysconf("SC_PAGE_SIZE") // 1024

    def end(self):
        """End the process."""
        self.child.kill()
        self.child.communicate()


def start_pair(server_command, client_command):
    """Start a server, and a client that is given the port the server tells."""
    server = Process(server_command)
    return server, Process([*client_command, server.shows(b"\n").split()[-1].decode()])


def round_trip(pair, message, repeat=1):
    """Return the seconds in which a message gets to the server and another one back."""
    (server, client), begin = pair, time.perf_counter()
    for _ in range(repeat):
        server.shows(message, message, client)
        client.shows(message, message, server)
    return (time.perf_counter() - begin) / repeat


def seconds_to_line(command):
    """Return the seconds from the start of a command to the first line it shows."""
    begin, process = time.perf_counter(), Process(command)
    process.shows(b"\n")
    end = time.perf_counter()
    process.end()
    return end - begin


def drip(command):
    """Return a server's processor time per single byte, early and late in a message.

    It grows if the cost is quadratic. Each byte is sent when the server waits: of bytes
    that come faster, a slow server would read several at once, and look quick.
    """
    server, seconds = Process(command), []
    address = "127.0.0.1", int(server.shows(b"\n").split()[-1])
    with socket.create_connection(address, TIMEOUT) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.shows(b"\n")
        for rest in b"x" * (MAX_MESSAGE - 2 * DRIPS), b"\n":
            begin = server.state()[1]
            for _ in range(DRIPS):
                connection.sendall(b"x")
                wait_until(lambda: server.state()[0] == "S")
            seconds.append((server.state()[1] - begin) / DRIPS)
            connection.sendall(rest)
        server.shows(b"x" * MAX_MESSAGE + b"\n")
    server.end()
    return seconds


def show(what, *figures):
    """Print one row of the table."""
    print(f"{what:<34}" + "".join(f"{each:>18}" for each in figures), flush=True)


def duration(seconds):
    """Return a duration in words."""
    return f"{seconds * 1000:.1f} ms" if seconds > 0.001 else f"{seconds * 1e6:.0f} µs"


def race(what, cases, measure, *arguments):
    """Measure cases in turns; show the medians, and the first one in proportion."""
    rounds = [[measure(case, *arguments) for case in cases] for _ in range(ROUNDS)]
    ours, *others = map(statistics.median, zip(*rounds))
    ratios = (f"{duration(each)} ({ours / each:.2f})" for each in others)
    show(what, duration(ours), *ratios)


def show_states(pairs):
    """Show what Linux tells of the processes: at first, after turns, and waiting."""
    processes = [process for pair in pairs for process in pair]
    for pair in pairs * 100:
        round_trip(pair, b"Hello\n")
    start = [process.state() for process in processes]
    for pair in pairs:
        round_trip(pair, b"Hello\n", TURNS // 2)
    spoken = [process.state() for process in processes]
    time.sleep(WAIT)
    waited = [process.state() for process in processes]
    for side, name in enumerate(["server", "client"]):
        states = list(zip(start, spoken, waited))[side::2]
        growths = (f"{after[2] - before[2]} kB" for before, after, _ in states)
        times = (f"{after[1] - before[1]:.2f} s" for _, before, after in states)
        show(f"memory, {name}", *(f"{before[2]} kB" for before, *_ in states))
        show(f"growth in {TURNS} turns, {name}", *growths)
        show(f"processor, {WAIT} s of waiting, {name}", *times)
    show("processor, early byte; late byte", "; ".join(map(duration, drip(SERVER))))


def main():
    """Print the table."""
    if not is_openbsd_nc():
        del CONTESTANTS["nc"]
        print("OpenBSD's nc is not installed, and left out.")
    print(f"Medians of {ROUNDS} rounds; in brackets, the scripts' divided by this one.")
    show("", *CONTESTANTS)
    pairs = [start_pair(*commands) for commands in CONTESTANTS.values()]
    if PROC.exists():
        show_states(pairs)
    for name, size in SIZES.items():
        message = b"x" * (size - 1) + b"\n"
        repeat = max(1, 20_000 // size)  # a short one is too quick to be timed alone
        race(f"round trip, {name} message", pairs, round_trip, message, repeat)
    names = re.findall(r"^ *import (\w+)$", (ROOT / "server.py").read_text(), re.M)
    imports = [PYTHON, "-c", f"import {', '.join(names)}\nprint(flush=True)"]
    race("start to ready; same imports only", [SERVER, imports], seconds_to_line)


if __name__ == "__main__":
    main()
