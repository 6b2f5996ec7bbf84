"""The chat without terminals: what people would type comes through pipes.

This file needs only pytest, and also runs on Windows:

    python -m pytest --noconftest tests/test_pipes.py
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYTHON = os.environ.get("CHAT_PYTHON") or sys.executable  # runs server.py and client.py
TIMEOUT = 10  # seconds; only a failing test waits as long
WORLD = "Zoë 你好 👋"


@pytest.fixture(params=["utf-8", "cp437"])
def converse(request, tmp_path):
    """Return a function that has both scripts converse, and returns what each shows."""
    children = []
    environment = {
        name: os.environ[name] for name in os.environ if "PYTHON" not in name
    }
    environment["PYTHONIOENCODING"] = request.param

    def start(script, port, lines):
        shown = tmp_path / script  # a file, which can be read while the script runs
        command = [PYTHON, "-X", "dev", "-W", "error", script, "--port", str(port)]
        with shown.open("wb") as output:
            streams = {"stdin": subprocess.PIPE, "stdout": output, "stderr": output}
            child = subprocess.Popen(command, cwd=ROOT, env=environment, **streams)
        children.append(child)
        child.stdin.write(b"".join(line + b"\n" for line in lines))
        child.stdin.close()
        return shown

    def converse(client_lines, server_lines):
        server = start("server.py", 0, server_lines)
        end = time.monotonic() + TIMEOUT
        while b"\n" not in server.read_bytes():
            assert time.monotonic() < end, "server.py did not say where it listens"
            time.sleep(0.01)
        client = start("client.py", server.read_text().split()[-1], client_lines)
        statuses = [child.wait(TIMEOUT) for child in children]
        texts = [path.read_text(encoding="utf-8") for path in (client, server)]
        assert statuses == [0, 0], texts
        return [text.partition("q leaves.\n")[2] for text in texts]

    yield converse
    for child in children:
        child.kill()
        child.wait(TIMEOUT)


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
