"""The chat without terminals: what people would type comes through pipes.

This file needs only pytest, and also runs on Windows:

    python -m pytest --noconftest tests/test_pipes.py
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYTHON = os.environ.get("CHAT_PYTHON") or sys.executable  # runs server.py and client.py
TIMEOUT = 10  # seconds; only a failing test waits as long
WORLD = "Zoë 你好 👋"
STRICT = {"PYTHONDEVMODE": "1", "PYTHONWARNINGS": "error"}


@pytest.fixture(params=[{}, {"PYTHONIOENCODING": "cp437"}, STRICT], ids=str)
def start(request):
    """Return a function that starts a script with its whole input."""
    children = []

    def start(script, port, lines, stdout=PIPE):
        command = [PYTHON, script, "--port", str(port)]
        kept = {name: os.environ[name] for name in os.environ if name[:6] != "PYTHON"}
        pipes = {"stdin": PIPE, "stdout": stdout, "stderr": PIPE}
        child = subprocess.Popen(
            command, cwd=ROOT, env={**kept, **request.param}, **pipes
        )
        children.append(child)
        child.stdin.write(b"".join(line + b"\n" for line in lines))
        child.stdin.close()
        child.stdin = None  # or communicate would flush it
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


@pytest.fixture
def converse(start, tmp_path):
    """Return a function that has both scripts converse, and returns what each shows."""

    def converse(client_lines, server_lines):
        path = tmp_path / "server.txt"  # can be read while the server writes into it
        with path.open("wb") as stdout:
            server = start("server.py", 0, server_lines, stdout)
        end = time.monotonic() + TIMEOUT
        while b"\n" not in path.read_bytes():
            assert server.poll() is None, server.communicate()[1].decode()
            assert time.monotonic() < end, "server.py did not say where it listens"
            time.sleep(0.01)
        client = start("client.py", path.read_text().split()[-1], client_lines)
        client_output, client_errors = client.communicate(timeout=TIMEOUT)
        _, server_errors = server.communicate(timeout=TIMEOUT)
        assert (client_errors, server_errors) == (b"", b"")
        assert (client.returncode, server.returncode) == (0, 0)
        return after_greeting(client_output), after_greeting(path.read_bytes())

    return converse


def after_greeting(output):
    """Return what a script has shown once it was connected."""
    return output.decode().replace(os.linesep, "\n").partition("q leaves.\n")[2]


def test_conversation(converse):
    client, server = converse(
        [b"Hello!", WORLD.encode(), b"q", b"never said"],
        [b"Hello, client!", WORLD.encode()],
    )
    assert client == f">> << Hello, client!\n>> << {WORLD}\n>> You left.\n"
    assert server == f"<< Hello!\n>> << {WORLD}\n>> The other side left.\n"


def test_end_of_the_input_leaves(converse):
    client, server = converse([b"Hello"], [])
    assert client == ">> The other side left.\n"
    assert server == "<< Hello\n>> \nYou left.\n"


def test_lines_may_end_as_on_windows(converse):
    client, server = converse([b"Hello\r", b"q\r"], [b"Hi\r"])
    assert client == ">> << Hi\n>> You left.\n"
    assert server == "<< Hello\n>> The other side left.\n"


def test_bytes_that_are_no_text_become_replacement_characters(converse):
    _, server = converse([b"\xe9 and \xff", b"q"], [b"ok"])
    assert server == "<< \ufffd and \ufffd\n>> The other side left.\n"
