"""The READMEs tell the truth: what they quote is what the scripts say, and what is there."""

import re
import subprocess

import pytest

from windows import PYTHON, ROOT, TIMEOUT, Peer, Window, run

PAGES = ["README.md", "tests/README.md", "tests/first_version/README.md"]
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
README = TEXTS["README.md"]
PROGRAMS = [*ROOT.glob("*.py"), *ROOT.glob("tests/*.py"), *ROOT.glob("tests/first_version/*.py")]
by_page = pytest.mark.parametrize("page", PAGES)


def transcript():
    """Return the conversation of README.md: pairs of a script and a line of its window."""
    (block,) = re.findall(r"^```text\n(server\.py .*?)^```", README, re.DOTALL | re.MULTILINE)
    return re.findall(r"^(\S+) +(.*)$", block, re.MULTILINE)


def play(open_window, after_line=None):
    """Play the conversation of README.md in windows; return them by their scripts' names.

    The ports are those that the system chooses. All other words must be as in the README.
    after_line is called after each line with the script and the line.
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
            window.sees_line(re.escape(line).replace("53122", r"\d+"))
        else:
            window.sees(line.replace("port 5000", "port " + windows["server.py"].port) + "\n")
        if after_line:
            after_line(script, line)
    for window in windows.values():
        window.ends(0)
    return windows


def test_conversation(open_window):
    assert set(play(open_window)) == {"server.py", "client.py"}


@by_page
def test_excerpts(page):
    programs = [path.read_text(encoding="utf-8") for path in PROGRAMS]
    excerpts = re.findall(r"^```python\n(.*?)^```$", TEXTS[page], re.DOTALL | re.MULTILINE)
    assert excerpts
    for excerpt in excerpts:
        found = any(f"\n{excerpt}" in program for program in programs)
        assert found, f"{page} quotes these lines, and no file has them (any more):\n{excerpt}"


@by_page
def test_links(page):
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", TEXTS[page]):
        path, _, anchor = target.partition("#")
        linked = (folder / path) if path else (ROOT / page)
        assert linked.exists(), f"{page} links to {path}, which is not there"
        if anchor:
            titles = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles]
            assert anchor in slugs, f"{page} links to #{anchor}, which is not in {linked.name}"


@by_page
def test_named_tests_exist(page):
    names = {name for path in PROGRAMS for name in re.findall(r"def (test_\w+)", path.read_text())}
    told = re.findall(r"`(test_\w+)`", TEXTS[page])
    assert set(told) <= names


@pytest.mark.parametrize("script", ["server.py", "client.py"])
def test_options(script):
    status, stdout, _ = run(script, "--help")
    assert status == 0
    for option, what in re.findall(r"^  (--\w+ \w+) +(.*)$", stdout.decode(), re.MULTILINE):
        assert f"`{option}`" in README
        assert what in README


def test_make_targets():
    listed = subprocess.check_output(["make"], cwd=str(ROOT), timeout=TIMEOUT).decode()
    targets = re.findall(r"^make (\S+)", listed, re.MULTILINE)
    told = re.findall(r"`make ([a-z-]+)", "".join(TEXTS.values()))
    assert set(targets) - {"help"} == set(told)


def test_vocabulary():
    internal = {"close", "whole_screen", "is_waiting"}
    words = {word for kind in (Window, Peer) for word in vars(kind) if word[0] != "_"} - internal
    assert words <= set(re.findall(r"`\w+\.(\w+)", TEXTS["tests/README.md"]))
