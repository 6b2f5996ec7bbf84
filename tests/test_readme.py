"""README.md tells the truth: what it shows is what the scripts say and do."""

import re
import subprocess

import pytest

from test_programs import NC_CLIENT, NC_SERVER
from windows import NO_ANSWER, PYTHON, ROOT, Window, port_of, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (.+)$", README, re.MULTILINE)


def section(title):
    """Return the text under a heading, up to the next one of its rank."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text):
    """Return the cells of the tables in a text, without the header rows."""
    lines = re.findall(r"^\|(.*)\|$", text, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines if ":---" not in line][1:]


def transcript():
    """Return the conversation of the README: pairs of a window, server or client, and a line."""
    for cells in rows(section("A conversation")):
        for script, cell in zip(("server.py", "client.py"), cells):
            if cell:
                yield script, cell.strip("`")


def play(open_window):
    """Play the conversation of the README in windows; return them by their scripts' names.

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
            (window.client_port,) = window.sees_line(re.escape(line).replace("53122", r"(\d+)"))
        else:
            window.sees(line.replace("port 5000", "port " + windows["server.py"].port) + "\n")
    for window in windows.values():
        window.ends(0)
    return windows


def test_conversation(open_window):
    assert set(play(open_window)) == {"server.py", "client.py"}


def test_excerpts_stand_in_the_files():
    files = [path.read_text(encoding="utf-8") for path in ROOT.glob("*.py")]
    scenes = (ROOT / "tests" / "test_conversation.py").read_text(encoding="utf-8")
    excerpts = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert len(excerpts) > 5
    for excerpt in excerpts:
        places = [scenes] if excerpt.startswith("def test_") else files
        assert any(f"\n{excerpt}" in place for place in places), excerpt


@pytest.mark.parametrize("script", ["server.py", "client.py"])
def test_help(script):
    status, stdout, _ = run(script, "--help")
    shown = stdout.decode().replace("optional arguments:", "options:")  # until Python 3.9
    text = re.sub("^    ", "", section("Options"), flags=re.MULTILINE)
    assert status == 0
    assert f"$ python {script} --help\n{shown}\n" in text


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
    for path in ROOT.glob("*.py"):
        for block in path.read_text(encoding="utf-8").split("\n\n\n"):
            name = block.partition("(")[0].replace("def ", f"{path.name} ")
            functions[name] = block
    methods = {}
    for method, _, where in rows(section("How it works")):
        methods[method.strip("`()")] = where
    assert set(methods) >= {
        "bind",
        "listen",
        "accept",
        "connect",
        "recv",
        "send",
        "close",
    }
    assert not any(f".{'send'}(" in block for block in functions.values())
    for method, where in methods.items():
        for name in re.findall(r"`(\w+)`", where):
            scripts = re.findall(rf"`{name}` in (\S+\.py)", where) or [
                "server.py",
                "client.py",
            ]
            for script in scripts:
                assert f".{method}(" in functions[f"{script} {name}"]


def test_nc():
    shown = [line for line in COMMANDS if line.startswith("nc ")]
    assert shown == [command.format("127.0.0.1", 5000) for command in (NC_CLIENT, NC_SERVER)]
    assert "`python client.py --host 127.0.0.1`" in section("Talk to it with other programs")


def test_problems_are_quoted_in_the_scripts_words(server, listener):
    unused = str(port_of(listener))
    listener.close()
    runs = [
        ("client.py", "--port", unused),
        ("server.py", "--port", server.port),
        ("server.py", "--host", "192.0.2.1"),
    ]
    told = [run(*words)[2].decode().rpartition(": ")[2].strip() for words in runs]
    quoted = [cells[0].strip("`") for cells in rows(section("When it does not work"))]
    assert {*told, NO_ANSWER} <= set(quoted)


def test_vocabulary():
    cells = [cells[0] for cells in rows(section("The tests"))]
    words = re.findall(r"(\w+)\(", " ".join(cells))
    assert {"says", "hears", "leaves"} <= set(words)
    assert all(hasattr(Window, word) for word in words)


def test_make_targets():
    listed = subprocess.run(["make"], cwd=str(ROOT), check=True, stdout=subprocess.PIPE).stdout
    targets = re.findall(r"^make (\S+)", listed.decode(), re.MULTILINE)
    told = re.findall(r"`make ([a-z-]+)", section("The tests"))
    assert set(targets) - {"help"} == set(told)


def test_contents():
    titles = re.findall(r"^## (.+)$", README, re.MULTILINE)
    contents = re.findall(r"^- \[(.+)\]\(#(.+)\)$", README, re.MULTILINE)
    assert contents == [(title, title.lower().replace(" ", "-")) for title in titles]


def test_linked_files_exist():
    for target in re.findall(r"\]\((?!https?:|#)([^)]+)\)", README):
        assert (ROOT / target).exists(), target
