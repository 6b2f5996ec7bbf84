"""The staircase can be climbed: each cure of its README turns one more rung green."""

import ast
import re
import shlex
import subprocess
import sys

import pytest

from chat import PYTHON, ROOT, environment

sys.path.insert(0, str(ROOT / "tests" / "staircase"))

from climb import README, TOP, climb
from judge import RUNGS, judge, title

STEPS = range(1, TOP + 1)
# Where main at the top is not yet as ours: the last section of the README says why.
SIMPLER = ["with socket.socket() as", "listener.setsockopt", "except OSError", "raise "]


def test_pages_have_all_rungs():
    titles = [f"{number}. {title(rung)}" for number, rung in enumerate(RUNGS, 1)]
    assert re.findall(r"(?m)^## (\d.*)$", README) == titles
    front_page = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\[(\d+)\]\(tests/staircase", front_page)
    assert sorted(map(int, linked)) == [*STEPS]
    counts = re.findall(r"\b(\d+) (?:ways|mistakes)", front_page + README)
    assert set(counts) == {str(TOP)}, "the pages say how many mistakes there are"


def commands_after(step, folder, tidy=False):
    """Write the scripts as they are after a step. Return the commands of both."""
    commands = []
    for name, text in climb(step, tidy).items():
        (folder / name).write_text(text, encoding="utf-8")
        commands.append(shlex.join([PYTHON, str(folder / name)]) + " {port}")
    return commands


@pytest.fixture
def mistake(tmp_path):
    """Return a function that judges a rung after a step, as judge does."""

    def mistake(rung, step, patience=10, tidy=False):
        commands = commands_after(step, tmp_path, tidy)
        return judge(RUNGS[rung - 1], *commands, patience)

    return mistake


@pytest.fixture(scope="module", autouse=True)
def top(tmp_path_factory):
    """The judge of the last step, as make climb starts it, while other tests run."""
    server, client = commands_after(TOP, tmp_path_factory.mktemp("top"))
    env = environment(SERVER=server, CLIENT=client)
    command = [sys.executable, str(ROOT / "tests" / "staircase" / "judge.py")]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as top:
        yield top
        top.kill()


@pytest.mark.parametrize("step", STEPS)
def test_step_turns_its_rung_green(step, mistake):
    too_early = mistake(step, step - 1, patience=0.2, tidy=True)
    assert too_early, f"rung {step} is green before its cure"
    assert mistake(step, step) is None


@pytest.mark.parametrize("rung", [1, 2, 3])  # red ones stay red: see the first test
def test_tidying_up_changes_no_rung(rung, mistake):
    assert mistake(rung, 3, tidy=True) is None


def test_top_reaches_all_rungs(top):
    shown = top.communicate(timeout=60)[0].decode()
    assert re.findall(r"(?m)^green +(\d+)", shown) == [*map(str, STEPS)], shown
    assert shown.endswith("All green.\n")


def functions(text):
    """Return the lines of each function, by its name, without its docstring."""
    parts = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    for part in parts:
        part.body = part.body[ast.get_docstring(part) is not None :]
    return {part.name: ast.unparse(part).splitlines() for part in parts}


@pytest.mark.parametrize("script", ["server.py", "client.py"])
def test_top_is_the_lesson_of_our_scripts(script):
    top = functions(climb(TOP)[script])
    ours = functions((ROOT / script).read_text(encoding="utf-8"))
    main, our_main = ([*map(str.strip, f["main"])] for f in (top, ours))
    del top["main"]
    for name, lines in top.items():
        same = lines == ours[name]
        assert same, f"{name} in {script} is not that of the staircase's last step"
    assert set(top) == {"chat", "receive", "ask_for_message", "escape"}
    for line in main:
        assert line in our_main or line.startswith(tuple(SIMPLER)), line


def test_report_on_the_page_is_that_of_the_judge(mistake):
    shown = README.partition("Each side hears one message.\n\n")[2]
    shown = shown.partition("\n```")[0]
    report = mistake(6, 5, patience=1)
    # Lines of two windows: which of them is read first, is left to chance.
    assert sorted(shown.splitlines()) == sorted(report.splitlines())
