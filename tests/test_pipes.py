"""The conversation without a terminal: what people would type comes through pipes.

python -m pytest --noconftest tests/test_pipes.py needs only pytest, and also runs on
Windows.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYTHON = os.environ.get("CHAT_PYTHON") or sys.executable  # runs server.py and client.py
TIMEOUT = 10  # seconds; only a failing test waits as long
MAX_MESSAGE = 1024 * 1024  # bytes, as the scripts promise
WORLD = "Zoë 你好 👋"
ENVIRONMENTS = {
    "plain": {},
    "code page": {"PYTHONIOENCODING": "cp437"},
    "strict": {"PYTHONDEVMODE": "1", "PYTHONWARNINGS": "error"},
}


@pytest.fixture(params=ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def start(request):
    """Return a function that starts a script, and gives it its whole input, as UTF-8."""
    inherited = {name: os.environ[name] for name in os.environ if not name.startswith("PYTHON")}
    with contextlib.ExitStack() as stack:

        def start(script, port, lines, stdout=PIPE):
            command = [PYTHON, script, "--port", str(port)]
            pipes = {"stdin": PIPE, "stdout": stdout, "stderr": PIPE}
            environment = {**inherited, **request.param}
            child = subprocess.Popen(command, cwd=str(ROOT), env=environment, **pipes)
            stack.enter_context(child)
            stack.callback(child.kill)  # if it still runs when the test is over
            text = "".join(f"{line}\n" for line in lines)
            child.stdin.write(text.encode(errors="surrogateescape"))
            child.stdin.close()
            child.stdin = None  # or communicate would flush it
            return child

        yield start


@pytest.fixture
def converse(start, tmp_path):
    """Return a function that has both scripts converse; it returns what each of them showed.

    It must end well: with status 0 on both sides, and with no more errors than are given.
    """

    def converse(client_lines, server_lines, client_errors=""):
        # The port must be read while the server runs. A file can be read without waiting.
        path = tmp_path / "server.txt"
        with path.open("wb") as stdout:
            server = start("server.py", 0, server_lines, stdout)
        end = time.monotonic() + TIMEOUT
        while b"\n" not in path.read_bytes():
            assert server.poll() is None, server.communicate()[1].decode()
            assert time.monotonic() < end, "server.py did not say where it listens"
        client = start("client.py", path.read_text().split()[-1], client_lines)
        client_output = result(client, client_errors)
        result(server)
        return client_output, after_greeting(path.read_bytes())

    return converse


def result(child, errors=""):
    """Wait for the end, which must be a good one; return what it showed, if it has a pipe."""
    stdout, stderr = child.communicate(timeout=TIMEOUT)
    assert (child.returncode, stderr.decode().rstrip()) == (0, errors)
    return after_greeting(stdout or b"")


def after_greeting(output):
    """Return what a script showed once it was connected."""
    return output.decode().replace(os.linesep, "\n").partition("q leaves.\n")[2]


def test_conversation(converse):
    client, server = converse(["Hello!", WORLD, "q", "never said"], ["Hello, client!", WORLD])
    assert client == f">> << Hello, client!\n>> << {WORLD}\n>> You left.\n"
    assert server == f"<< Hello!\n>> << {WORLD}\n>> The other side left.\n"


def test_end_of_the_input_leaves(converse):
    client, server = converse(["Hello"], [])
    assert client == ">> The other side left.\n"
    assert server == "<< Hello\n>> \nYou left.\n"


def test_lines_may_end_as_on_windows(converse):
    client, server = converse(["Hello\r", "q\r"], ["Hi\r"])
    assert client == ">> << Hi\n>> You left.\n"
    assert server == "<< Hello\n>> The other side left.\n"


def test_bytes_that_are_no_text_become_replacement_characters(converse):
    _, server = converse(["\udce9 and \udcff", "q"], ["ok"])
    assert server == "<< \ufffd and \ufffd\n>> The other side left.\n"


def test_line_over_the_limit_is_left_out(converse):
    line = "é" * (MAX_MESSAGE // 2 + 1)  # two bytes each
    error = f"client.py: error: your message has over {MAX_MESSAGE} bytes; shorten it"
    client, server = converse([line, "short", "q"], ["ok"], client_errors=error)
    assert client == ">> >> << ok\n>> You left.\n"
    assert server == "<< short\n>> The other side left.\n"


def test_text_goes_out_as_it_is_in_the_input(start):
    with socket.socket() as listener:
        listener.settimeout(TIMEOUT)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        client = start("client.py", listener.getsockname()[1], [WORLD])
        with listener.accept()[0] as connection:
            connection.settimeout(TIMEOUT)
            with connection.makefile("rb") as received:
                assert received.readline() == f"{WORLD}\n".encode()
                connection.sendall(f"{WORLD}!\n".encode())
                assert received.read() == b"q\n"
    assert result(client) == f">> << {WORLD}!\n>> \nYou left.\n"
