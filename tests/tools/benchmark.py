"""Measure both scripts side by side with a bare relay and with nc; run it with make bench.

The relay is the floor: two Python processes that only move bytes between their standard
streams and a socket. Everything is driven through pipes, in one run, in turns: first each
contestant once, then each again. The table shows medians. It is no test and sets no limit.
"""

import functools
import os
import re
import selectors
import statistics
import subprocess
import sys
import time
from pathlib import Path

from conftest import PYTHON, ROOT, environment
from test_programs import is_openbsd_nc

ROUNDS = 15
SIZES = {"short": 20, "100 kB": 100_000, "1 MB": 1_000_000}  # bytes of a message
TURNS = 5000
SMALL = 4096  # bytes
WAIT = 3  # seconds, while the processor time of a waiting process is measured
RELAY = """
import select, socket, sys
if sys.argv[1] == "server":
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    print("listening on port", listener.getsockname()[1], flush=True)
    connection = listener.accept()[0]
else:
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
stdin, stdout = open(0, "rb", 0), open(1, "wb", 0)
while True:
    for source in select.select([stdin, connection], [], [])[0]:
        if source is stdin:
            connection.sendall(stdin.read(65536) or sys.exit())
        else:
            data = memoryview(connection.recv(65536) or sys.exit())
            while data:
                data = data[stdout.write(data):]
"""


class Process:
    """A process that is driven through pipes."""

    def __init__(self, *command):
        """Start a command."""
        pipe = subprocess.PIPE
        errors = subprocess.STDOUT if command[0] == "nc" else None
        self.child = subprocess.Popen(
            command, cwd=str(ROOT), env=environment(), stdin=pipe, stdout=pipe, stderr=errors
        )
        self.input, self.output = self.child.stdin.fileno(), self.child.stdout.fileno()
        os.set_blocking(self.input, False)

    def line(self):
        """Return the next line of the output, but not a byte more."""
        line = b""
        while not line.endswith(b"\n"):
            line += os.read(self.output, 1) or sys.exit(f"{self.child.args} has ended")
        return line

    def status(self, name):
        """Return a figure from /proc, in kB."""
        text = Path(f"/proc/{self.child.pid}/status").read_text()
        return int(text.partition(f"{name}:")[2].split()[0])

    def processor_time(self):
        """Return the seconds of processor time used so far."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        """End the process."""
        self.child.kill()
        self.child.communicate()


class Pair:
    """Two processes in conversation."""

    mark = b""  # what stands before a message where it is shown

    def __init__(self, server, client):
        """Start a server, read its port at the end of its first line, and start a client."""
        self.server = Process(*server)
        port = self.server.line().split()[-1].decode()
        self.client = Process(*client, port)

    def round_trip(self, message):
        """Return the seconds in which a message goes to the server and another one comes back."""
        begin = time.perf_counter()
        self.turn(self.client, self.server, message)
        self.turn(self.server, self.client, message)
        return time.perf_counter() - begin

    def turn(self, speaker, listener, message):
        """Have one process say a message, and wait until the other one has shown it."""
        awaited = self.mark + message
        shown = bytearray()
        unsaid = memoryview(message)
        if len(message) < SMALL:  # it fits in every buffer on the way
            os.write(speaker.input, unsaid)
            while awaited not in shown:
                shown += os.read(listener.output, SMALL)
            return
        selector = selectors.DefaultSelector()
        selector.register(speaker.input, selectors.EVENT_WRITE)
        selector.register(speaker.output, selectors.EVENT_READ)
        selector.register(listener.output, selectors.EVENT_READ)
        while len(shown) < len(awaited) or shown.find(awaited, -len(awaited) - SMALL) < 0:
            for key, _ in selector.select():
                if key.fd == listener.output:
                    shown += os.read(listener.output, 1 << 20)
                elif key.fd == speaker.output:
                    os.read(speaker.output, 1 << 20)  # it may show what it says
                else:
                    unsaid = unsaid[os.write(speaker.input, unsaid) :]
                    if not unsaid:
                        selector.unregister(speaker.input)
        selector.close()

    def end(self):
        """End both processes."""
        self.server.end()
        self.client.end()


class Scripts(Pair):
    """server.py and client.py."""

    mark = b"<< "

    def __init__(self):
        """Start both."""
        super().__init__([PYTHON, "server.py", "--port", "0"], [PYTHON, "client.py", "--port"])


class Relay(Pair):
    """Two Python processes that only move bytes."""

    def __init__(self):
        """Start both."""
        super().__init__([PYTHON, "-c", RELAY, "server"], [PYTHON, "-c", RELAY, "client"])


class Netcat(Pair):
    """Two nc."""

    def __init__(self):
        """Start both."""
        super().__init__(["nc", "-v", "-l", "127.0.0.1", "0"], ["nc", "127.0.0.1"])


def figure(seconds):
    """Return a duration in words."""
    return f"{seconds * 1000:.1f} ms" if seconds > 0.001 else f"{seconds * 1e6:.0f} µs"


def show(what, *figures):
    """Print one row of the table."""
    print(f"{what:<34}" + "".join(f"{each:>18}" for each in figures), flush=True)


def ratio(ours, theirs):
    """Return a duration in words, and how many times as long ours is."""
    return f"{figure(theirs)} ({ours / theirs:.2f})"


def medians(*measurements):
    """Call functions in turns, for some rounds; return the median of what each returns."""
    rounds = [[measure() for measure in measurements] for _ in range(ROUNDS)]
    return [statistics.median(column) for column in zip(*rounds)]


def compare_round_trips(pairs):
    """Show the round trips of messages of all sizes, and how they compare with the scripts'."""
    for name, size in SIZES.items():
        message = b"x" * (size - 1) + b"\n"
        repeat = max(1, 20_000 // size)  # a short one is too quick to be measured alone

        def trips(pair, message=message, repeat=repeat):
            return sum(pair.round_trip(message) for _ in range(repeat)) / repeat

        ours, *theirs = medians(*(functools.partial(trips, pair) for pair in pairs))
        show(f"round trip, {name} message", figure(ours), *(ratio(ours, each) for each in theirs))


def seconds_to_line(*command):
    """Return the seconds from the start of a command to the first line that it shows."""
    begin = time.perf_counter()
    process = Process(*command)
    process.line()
    seconds = time.perf_counter() - begin
    process.end()
    return seconds


def modules():
    """Return the names of the modules that server.py imports, and those that they import."""
    command = [PYTHON, "-X", "importtime", "server.py", "--port", "-1"]
    errors = subprocess.run(command, check=False, cwd=str(ROOT), stderr=subprocess.PIPE).stderr
    return re.findall(r"^import time:.*\|\s+([\w.]+)$", errors.decode(), re.MULTILINE)


def compare_starts():
    """Show how long the server takes to be ready, and Python to import the same modules."""
    names = ", ".join(name for name in modules() if name != "sitecustomize")
    source = f"import {names}\n"
    script, imports = medians(
        lambda: seconds_to_line(PYTHON, "server.py", "--port", "0"),
        lambda: seconds_to_line(PYTHON, "-c", source + "print('ready', flush=True)"),
    )
    show("start to ready; same imports only", figure(script), ratio(script, imports))


def compare_memory(pairs):
    """Show the memory of each process, and how much it grows in many turns."""
    for side in "server", "client":
        show(f"memory, {side}", *(f"{getattr(pair, side).status('VmRSS')} kB" for pair in pairs))
    before = [(pair.server.status("VmRSS"), pair.client.status("VmRSS")) for pair in pairs]
    for pair in pairs:
        for _ in range(TURNS // 2):
            pair.round_trip(b"Hello\n")
    for index, side in enumerate(["server", "client"]):
        growths = [
            getattr(pair, side).status("VmRSS") - kilobytes[index]
            for pair, kilobytes in zip(pairs, before)
        ]
        show(f"growth in {TURNS} turns, {side}", *(f"{growth} kB" for growth in growths))


def compare_waiting(pairs):
    """Show the processor time that each process uses while it waits."""
    for side in "server", "client":
        before = [getattr(pair, side).processor_time() for pair in pairs]
        time.sleep(WAIT)
        used = [
            getattr(pair, side).processor_time() - seconds for pair, seconds in zip(pairs, before)
        ]
        show(f"processor, {WAIT} s of waiting, {side}", *(f"{seconds:.2f} s" for seconds in used))


def main():
    """Print the table."""
    contestants = {"scripts": Scripts, "relay": Relay}
    if is_openbsd_nc():
        contestants["nc"] = Netcat
    else:
        print("OpenBSD's nc is not installed, and left out.")
    print(f"Medians of {ROUNDS} rounds; in brackets, the scripts' time divided by this one.")
    show("", *contestants)
    pairs = [contestant() for contestant in contestants.values()]
    for pair in pairs:
        for _ in range(100):
            pair.round_trip(b"Hello\n")
    compare_memory(pairs)
    compare_round_trips(pairs)
    compare_waiting(pairs)
    for pair in pairs:
        pair.end()
    compare_starts()


if __name__ == "__main__":
    main()
