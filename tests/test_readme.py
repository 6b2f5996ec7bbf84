"""What the READMEs quote is what the scripts say, and what they link to is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chat import PYTHON, ROOT

PAGES = ["README.md", "tests/README.md", "tests/staircase/README.md"]
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
PROGRAMS = [
    *ROOT.glob("*.py"),
    *ROOT.glob("tests/*.py"),
    *ROOT.glob("tests/staircase/*.py"),
]
by_page = pytest.mark.parametrize("page", PAGES)


def conversation():
    """Return the conversation of README.md: pairs of a script and a line."""
    (block,) = re.findall(r"(?ms)^```text\n(server\.py .*?)^```", TEXTS["README.md"])
    return re.findall(r"(?m)^(\S+)  (.*)$", block)


def play(open_window, after_line=None, relay=None):
    """Play the conversation of README.md in windows. Return these by their names.

    The system chooses the ports. All other words must be as in the README. after_line
    is called after each line, with the script and the line. relay is called with the
    server's port, and returns the port that the client shall call instead.
    """
    windows = {}
    port = None
    for script, line in conversation():
        window = windows.get(script)
        if line == "$ python server.py":
            windows[script] = open_window(PYTHON, script, "--port", "0")
        elif line == "$ python client.py":
            windows[script] = open_window(PYTHON, script, "--port", port)
        elif line.startswith(">>"):
            window.says(line[3:])
        elif line.endswith(" on 127.0.0.1 port 5000"):
            (port,) = window.sees_line(re.escape(line).replace("5000", r"(\d+)"))
            port = relay(port) if relay else port
        elif " port 53122" in line:
            window.sees_line(re.escape(line).replace("53122", r"\d+"))
        else:
            shown = line.replace("port 5000", f"port {port}")
            window.sees(f"{shown}{' ' * (shown == '<<')}\n")  # an empty message
        if after_line:
            after_line(script, line)
    for window in windows.values():
        window.ends(0)
    return windows


def test_conversation(open_window):
    assert set(play(open_window)) == {"server.py", "client.py"}


def excerpts(page):
    """Return the lines of Python that a README quotes."""
    found = re.findall(r"(?ms)^```python\n(.*?)^```$", TEXTS[page])
    return [excerpt for excerpt in found if "import Terminal" not in excerpt]


def test_terminal_can_be_copied(tmp_path):
    (example,) = re.findall(
        r"(?ms)^```python\n(import.*?)^```$", TEXTS["tests/README.md"]
    )
    (tmp_path / "test_example.py").write_text(example)
    shutil.copy(ROOT / "tests" / "terminal.py", tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # python3 is there
    usual = {"cwd": tmp_path, "env": {**os.environ, "PATH": path}, "timeout": 60}
    done = subprocess.run(command, stdout=subprocess.PIPE, **usual)
    assert done.returncode == 0, done.stdout.decode()


@by_page
def test_excerpts(page):
    programs = [path.read_text(encoding="utf-8") for path in PROGRAMS]
    for excerpt in excerpts(page):
        found = any(f"\n{excerpt}" in program for program in programs)
        assert found, f"{page} quotes these lines, and no file has them:\n{excerpt}"


@by_page
def test_links(page):
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", TEXTS[page]):
        path, _, anchor = target.partition("#")
        linked = (folder / path) if path else (ROOT / page)
        assert linked.exists(), f"{page} links to {path}, which is not there"
        if anchor:
            titles = re.findall(r"(?m)^#+ (.+)$", linked.read_text(encoding="utf-8"))
            slugs = [
                re.sub(r"[^\w -]", "", title).lower().replace(" ", "-")
                for title in titles
            ]
            assert anchor in slugs, f"{page} links to #{anchor}, which is not there"


@by_page
def test_named_tests_exist(page):
    tests = re.findall(
        r"def (test_\w+)", "".join(path.read_text() for path in PROGRAMS)
    )
    assert set(re.findall(r"`(test_\w+)`", TEXTS[page])) <= set(tests)
