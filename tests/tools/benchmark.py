"""Measure how long conversations take, beside the shortest scripts that can hold them.

make bench measures our scripts. With make bench OTHER=folder, the scripts in that folder take
part, too. It is no test, and sets no limit.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from windows import PYTHON, ROOT, environment

ROUNDS = 15
CONVERSATIONS = {  # number of messages on each side, and bytes of each message
    "2,000 short messages": (2000, 20),
    "100 messages, 100 kB": (100, 100_000),
    "10 messages, 1 MB": (10, 1_000_000),
}
SHORTEST_SERVER = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print("Port", listener.getsockname()[1], flush=True)
connection = listener.accept()[0]
messages = connection.makefile("rb")
for line in sys.stdin.buffer:
    sys.stdout.buffer.write(messages.readline())
    sys.stdout.flush()
    connection.sendall(line)
"""
SHORTEST_CLIENT = """
import socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
messages = connection.makefile("rb")
for line in sys.stdin.buffer:
    connection.sendall(line)
    sys.stdout.buffer.write(messages.readline())
    sys.stdout.flush()
"""


def converse(folder, typed):
    """Return the seconds in which two scripts start, say the lines of a file, and end."""
    usual = {"cwd": str(folder), "env": environment(PYTHONDEVMODE="")}  # that would be slow
    begin = time.perf_counter()
    with typed.open() as here, typed.open() as there:
        command = [PYTHON, "server.py", "--port", "0"]
        server = subprocess.Popen(command, stdin=here, stdout=subprocess.PIPE, **usual)
        port = server.stdout.readline().split()[-1].decode()
        command = [PYTHON, "client.py", "--port", port]
        client = subprocess.Popen(command, stdin=there, stdout=subprocess.DEVNULL, **usual)
        server.communicate(timeout=60)
        client.wait(timeout=60)
    if server.returncode or client.returncode:
        sys.exit(f"the conversation in {folder} has failed")
    return time.perf_counter() - begin


def medians(folders, typed):
    """Let the scripts of one folder after the other say the same; return the median seconds."""
    seconds = {folder: [] for folder in folders}
    for _ in range(ROUNDS):
        for folder in folders:
            seconds[folder].append(converse(folder, typed))
    return [statistics.median(seconds[folder]) for folder in folders]


def show(what, seconds):
    """Show a line of the table: milliseconds, and each divided by those of the last column."""
    cells = (f"{second * 1000:>10.2f} ms ({second / seconds[-1]:.2f})" for second in seconds)
    print(f"{what:<36}", *cells, flush=True)


def main():
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        shortest = Path(name)
        (shortest / "server.py").write_text(SHORTEST_SERVER)
        (shortest / "client.py").write_text(SHORTEST_CLIENT)
        folders = [ROOT, *(Path(folder).resolve() for folder in sys.argv[1:]), shortest]
        print("Columns:", ", ".join(map(str, folders[:-1])), "and the shortest scripts.")
        print("In brackets: divided by the last column.")
        typed = shortest / "typed.txt"
        typed.write_bytes(b"q\n")
        starts = medians(folders, typed)
        show("start and end", starts)
        for what, (number, size) in CONVERSATIONS.items():
            typed.write_bytes((b"x" * (size - 1) + b"\n") * number + b"q\n")
            pairs = zip(medians(folders, typed), starts)
            show(f"{what}: one turn each", [(whole - start) / number for whole, start in pairs])


if __name__ == "__main__":
    main()
