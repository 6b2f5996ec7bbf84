"""The chat without terminals: what people would type comes through pipes.

This file needs only pytest, and also runs on Windows:

    python -m pytest --noconftest tests/test_pipes.py
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = os.environ.get("CHAT_PYTHON") or sys.executable  # runs server.py and client.py
TIMEOUT = 10  # seconds; only a failing test waits as long
WORLD = "Zoë 你好 👋"


def converse(folder, client_types, server_types):
    """Have both scripts converse, and return the lines that each of them shows.

    All is as on Windows: there is an old code page, and no readline.
    """
    (folder / "readline.py").write_text("raise ImportError")
    env = {name: os.environ[name] for name in os.environ if "PYTHON" not in name}
    env.update(PYTHONIOENCODING="cp437", PYTHONPATH=str(folder))
    options = {"cwd": ROOT, "env": env, "stderr": subprocess.STDOUT}
    command = [PYTHON, "-X", "dev", "-W", "error"]  # tells of open sockets
    shown = folder / "shown"  # a file, which can be read while the server runs
    with shown.open("wb") as output:
        server = subprocess.Popen(
            [*command, "server.py", "--port=0"],
            stdin=subprocess.PIPE,
            stdout=output,
            **options,
        )
    try:
        server.stdin.write(server_types)
        server.stdin.close()
        end = time.monotonic() + TIMEOUT
        while b"\n" not in shown.read_bytes():
            assert time.monotonic() < end, "server.py did not say where it listens"
            time.sleep(0.01)
        client = subprocess.run(
            [*command, "client.py", "--port", shown.read_text().split()[-1]],
            input=client_types,
            stdout=subprocess.PIPE,
            timeout=TIMEOUT,
            **options,
        )
        status = server.wait(TIMEOUT)
    finally:
        server.kill()
        server.wait(TIMEOUT)
    texts = [output.decode() for output in (client.stdout, shown.read_bytes())]
    assert (client.returncode, status) == (0, 0), texts
    return [text.partition("q leaves.")[2].splitlines()[1:] for text in texts]


def test_conversation(tmp_path):
    client_types = f"Hello!\n{WORLD}\r\nq\r\nnever said\n"
    server_types = f"Hello, client!\n{WORLD}\n"
    client, server = converse(tmp_path, client_types.encode(), server_types.encode())
    assert client == [">> << Hello, client!", f">> << {WORLD}", ">> You left."]
    assert server == ["<< Hello!", f">> << {WORLD}", ">> The other side left."]


def test_end_of_the_input_leaves(tmp_path):
    client, server = converse(tmp_path, b"\xe9 and \xff\n", b"")  # bytes, but no text
    assert client == [">> The other side left."]
    assert server == ["<< \ufffd and \ufffd", ">> ", "You left."]
