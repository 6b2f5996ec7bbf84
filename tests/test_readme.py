"""README.md tells the truth: what it shows is what the scripts say and do."""

import ast
import errno
import os
import re
import shutil
import subprocess

import pytest

from test_programs import NC_CLIENT, NC_SERVER
from windows import (
    HUNG_UP,
    LOST,
    NO_ANSWER,
    PYTHON,
    ROOT,
    TIMEOUT,
    Window,
    port_of,
    run,
)

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (.+)$", README, re.MULTILINE)
SCRIPTS = ("server.py", "client.py")  # the columns of a conversation
SOURCES = {script: (ROOT / script).read_text(encoding="utf-8") for script in SCRIPTS}


def section(title):
    """Return the text under a heading, up to the next one of its rank or above."""
    found = re.search(rf"^(##+) {re.escape(title)}\n", README, re.MULTILINE)
    end = re.compile(rf"^#{{2,{len(found[1])}}} ", re.MULTILINE).search(README, found.end())
    return README[found.end() : end.start() if end else None]


def tables(text):
    """Return the tables in a text: a list of rows each, without the header; a row is its cells."""
    found = []
    for lines in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines.splitlines()]
        found.append([[cell.strip().replace(r"\|", "|") for cell in row] for row in rows[2:]])
    return found


def rows(text):
    """Return the rows of all tables in a text."""
    return [row for table in tables(text) for row in table]


def lines_of(table):
    """Return a conversation's lines in their order: the script, the line, and a word on it."""
    for cells in table:
        for script, cell in zip(SCRIPTS, cells):
            if cell:
                line, remark = re.fullmatch(r"`(.*)`(.*)", cell).groups()
                yield script, line, remark.strip()


def transcript():
    """Return the conversation of the picture: pairs of a script and a line of its window."""
    return [(script, line) for script, line, _ in lines_of(tables(section("Run it"))[0])]


def play(open_window):
    """Play the conversation of the picture in windows; return them by their scripts' names.

    The ports are those that the system chooses. All other words must be as in the README.
    """
    windows = {}
    for script, line in transcript():
        window = windows.get(script)
        if line == "$ python server.py":
            windows[script] = open_window(PYTHON, script, "--port", "0")
        elif line == "$ python client.py":
            windows[script] = open_window(PYTHON, script, "--port", windows["server.py"].port)
        elif line.startswith(">> "):
            window.says(line[3:])
        elif line.endswith(" on 127.0.0.1 port 5000"):
            (window.port,) = window.sees_line(re.escape(line).replace("5000", r"(\d+)"))
        elif " port 53122" in line:
            (window.other_port,) = window.sees_line(re.escape(line).replace("53122", r"(\d+)"))
        else:
            window.sees(line.replace("port 5000", "port " + windows["server.py"].port) + "\n")
    for window in windows.values():
        window.ends(0)
    return windows


def play_on(table, server, client):
    """Play a conversation between windows that have greeted each other."""
    windows = dict(zip(SCRIPTS, (server, client)))
    for script, line, remark in lines_of(table):
        window = windows[script]
        if line == "^C":
            window.presses("c")
        if remark == "typed":
            window.types(f"{line}\r")
        if line.startswith(">> ") and not remark:
            window.says(line[3:])
        else:
            window.sees(f"{line}\n")


def test_conversation(open_window):
    assert set(play(open_window)) == set(SCRIPTS)


def test_typing_out_of_turn(server, client):
    (table,) = tables(section("Turns"))
    assert {remark for _, _, remark in lines_of(table)} == {"", "typed", "by itself"}
    play_on(table, server, client)


def test_ctrl_c(server, client):
    (table,) = tables(section("Try it"))
    play_on(table, server, client)
    client.ends(130)
    server.ends(1)


def test_ctrl_c_in_the_other_window(server, client):
    server.presses("c")
    server.sees("^C\n")
    server.ends(130)
    client.says("Are you still there?")
    client.fails(HUNG_UP + LOST)


def test_third_party(server, client):
    problem = run("client.py", "--port", server.port)[2].decode().strip()
    assert problem.replace(server.port, "5000") in COMMANDS


@pytest.mark.skipif(not shutil.which("nc"), reason="nc is not installed")
def test_escape_sequence(server, open_window):
    (command,) = [line for line in COMMANDS if line.startswith("printf ")]
    nc = open_window("sh", "-c", command.replace("5000", server.port))
    server.greets()
    (shown,) = re.findall(r"`<< (.*)`", section("Try it"))[-1:]
    server.hears(shown)
    server.leaves()
    nc.close()


def test_excerpts_stand_in_the_files():
    scenes = (ROOT / "tests" / "test_conversation.py").read_text(encoding="utf-8")
    excerpts = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert len(excerpts) >= 5
    for excerpt in excerpts:
        places = [scenes] if excerpt.startswith("def test_") else SOURCES.values()
        assert any(f"\n{excerpt}" in place for place in places), excerpt


def test_bytes_and_text():
    examples = re.findall(r"`([^`]*code\(\))` is `([^`]*)`", section("Bytes and text"))
    assert len(examples) == 2
    for expression, value in examples:
        literal, method = re.fullmatch(r"(.*)\.(encode|decode)\(\)", expression).groups()
        assert repr(getattr(ast.literal_eval(literal), method)()) == value


def test_numbers():
    turns, received, tests = (
        " ".join(section(title).split())
        for title in ("Turns", "Why a message needs an end mark", "The tests")
    )
    assert "4,095 bytes" in turns  # test_first_version.py counts them
    assert all(".recv(32768)" in text for text in (received, *SOURCES.values()))
    assert "32,768 bytes" in received
    assert f"after {TIMEOUT} seconds" in tests


def test_guide_says_what_differs():
    told = re.search(r"In `client.py`, only (.*?) are different", README.replace("\n", " "))[1]
    names = set(re.findall(r"`(\w+)`", told))
    functions = []
    for script in SCRIPTS:
        blocks = SOURCES[script].split("\n\n\n")
        functions.append({re.match(r"def (\w+)|", block)[1]: block for block in blocks})
    server, client = functions
    different = {name for name in client if name and client[name] != server.get(name)}
    assert different == names | {"parse_options"}  # the options


@pytest.mark.parametrize("script", SCRIPTS)
def test_options(script):
    status, stdout, _ = run(script, "--help")
    assert status == 0
    shown = re.findall(r"^  (--.*?)  +(.*)$", stdout.decode(), re.MULTILINE)
    column = 1 + SCRIPTS.index(script)
    told = [(row[0].strip("`"), row[column]) for row in rows(section("Options"))]
    assert shown == told


def test_run_on_two_machines(open_window):
    commands = [line.split() for line in COMMANDS if re.match(r"python .* --host", line)]
    (_, *server_words), (_, *client_words) = commands
    server = open_window(PYTHON, *server_words, "--port", "0")
    (port,) = server.sees_line(r"Welcome: .* on 0\.0\.0\.0 port (\d+)")
    assert client_words.pop() == "192.0.2.7"
    client = open_window(PYTHON, *client_words, "127.0.0.1", "--port", port)
    client.sees_line(f"Connected to 127.0.0.1 port {port}.*")


def test_methods_are_called_where_the_readme_says():
    functions = {}
    for script, source in SOURCES.items():
        for block in source.split("\n\n\n"):
            name = block.partition("(")[0].replace("def ", f"{script} ")
            functions[name] = block
    methods = {method.strip("`()"): where for method, _, where in rows(section("How it works"))[:8]}
    assert set(methods) >= {"bind", "listen", "accept", "connect", "recv", "send", "close"}
    for method, where in methods.items():
        if where.startswith("nowhere"):
            assert not any(f".{method}(" in block for block in functions.values())
            continue
        (name,) = re.findall(r"`(\w+)`", where)
        for script in re.findall(rf"`{name}` in (\S+\.py)", where) or SCRIPTS:
            assert f".{method}(" in functions[f"{script} {name}"]


def test_nc():
    shown = [line for line in COMMANDS if line.startswith("nc ")]
    assert shown == [command.format("127.0.0.1", 5000) for command in (NC_CLIENT, NC_SERVER)]


def test_problems_are_quoted_in_the_scripts_words(server, listener):
    unused = str(port_of(listener))
    listener.close()
    runs = [
        ("client.py", "--port", unused),
        ("server.py", "--port", server.port),
        ("server.py", "--host", "192.0.2.1"),
    ]
    told = [run(*words)[2].decode().rpartition(": ")[2].strip() for words in runs]
    table = rows(section("When it does not work"))
    quoted = {quote for cells in table for quote in re.findall(r"`(.*?)`", cells[0])}
    assert {*told, NO_ANSWER, HUNG_UP, f"{os.strerror(errno.EACCES)}; try another --port"} <= quoted
    assert any(f"{HUNG_UP}{LOST}" in cell for row in rows(section("Try it")) for cell in row)


def test_vocabulary():
    cells = [cells[0] for cells in rows(section("The tests"))]
    words = re.findall(r"(\w+)\(", " ".join(cells))
    assert {"says", "hears", "leaves"} <= set(words)
    assert all(hasattr(Window, word) for word in words)


def test_make_targets():
    listed = subprocess.check_output(["make"], cwd=str(ROOT), timeout=TIMEOUT).decode()
    targets = re.findall(r"^make (\S+)", listed, re.MULTILINE)
    told = re.findall(r"`make ([a-z-]+)", section("The tests"))
    assert set(targets) - {"help"} == set(told)


def test_contents():
    titles = re.findall(r"^## (.+)$", README, re.MULTILINE)
    contents = re.findall(r"\[([^]]+)\]\(#([^)]+)\)", README.partition("\n## ")[0])
    assert contents == [(title, title.lower().replace(" ", "-")) for title in titles]


def test_linked_files_exist():
    for target in re.findall(r"\]\((?!https?:|#)([^)]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_mistake_of_the_first_version_has_its_test():
    tests = (ROOT / "tests" / "test_first_version.py").read_text(encoding="utf-8")
    told = [cells[0] for cells in rows(section("What the first version got wrong"))]
    shown = re.findall(r'^def test_\w+\(.*\):\n    """(.*)"""$', tests, re.MULTILINE)
    assert told == list(dict.fromkeys(shown))


def test_length():
    assert len(README.splitlines()) <= 400
