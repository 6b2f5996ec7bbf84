"""The two files themselves: each runs alone, and what both need is written the same way."""

import re
import shutil

import pytest

from windows import PYTHON, ROOT

SERVER = (ROOT / "server.py").read_text(encoding="utf-8")
CLIENT = (ROOT / "client.py").read_text(encoding="utf-8")
BOTH = pytest.mark.parametrize("source", [SERVER, CLIENT], ids=["server.py", "client.py"])
OWN = {"main", "listen", "connect", "explain", "parse_options"}


def functions(source):
    """Return the texts of a script's functions, by their names."""
    blocks = re.split(r"\n\n\n(?=\S)", source)
    return {block[4 : block.index("(")]: block for block in blocks if block.startswith("def ")}


def test_each_script_runs_alone(start_server, start_client, tmp_path):
    folders = {}
    for script in "server.py", "client.py":
        folders[script] = tmp_path / script[:-3]
        folders[script].mkdir()
        shutil.copy(str(ROOT / script), str(folders[script]))
    isolated = (PYTHON, "-I")
    server = start_server("--port", "0", python=isolated, cwd=folders["server.py"])
    client = start_client(server.port, python=isolated, cwd=folders["client.py"])
    server.greets()
    client.says("Alone")
    server.hears("Alone")
    server.says("Me too")
    client.hears("Me too")
    client.leaves()
    server.is_left()


def test_shared_functions_are_the_same():
    server, client = functions(SERVER), functions(CLIENT)
    shared = (server.keys() & client.keys()) - OWN
    assert server.keys() | client.keys() == shared | OWN
    for name in shared:
        assert server[name] == client[name]


def test_shared_ends_are_the_same():
    ends = [source.partition("\nif __name__")[2] for source in (SERVER, CLIENT)]
    assert ends[0] == ends[1] != ""


@BOTH
def test_the_lesson_comes_first(source):
    lines = source.splitlines()
    assert len(lines) < 200
    assert max(map(len, lines)) <= 88
    names = re.findall(r"^def (\w+)", source, re.MULTILINE)
    assert names[0] == "main"
    assert names[2:6] == ["converse", "receive_message", "send_message", "ask_message"]
    assert next(number for number, line in enumerate(lines, 1) if "def main(" in line) <= 20
    assert next(number for number, line in enumerate(lines, 1) if ".recv(" in line) <= 100
    lesson, small_print = source.split("\n# The small print: ")
    assert 0.8 < lesson.count("\n") / small_print.count("\n") < 1.3
