"""The staircase can be climbed: each cure of its README turns one more rung green."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from chat import PYTHON, ROOT

STAIRCASE = Path(__file__).resolve().parent / "staircase"
sys.path.insert(0, str(STAIRCASE))

from judge import RUNGS, judge  # noqa: E402

README = (STAIRCASE / "README.md").read_text(encoding="utf-8")
SCRIPTS = ["server.py", "client.py"]
STEPS = range(len(RUNGS) + 1)
CURES = re.findall(r"(?ms)^```diff\n(.*?)^```", README)


def climb(step):
    """Return the texts of both scripts, by their names, after a number of cures."""
    texts = {name: (STAIRCASE / name).read_text(encoding="utf-8") for name in SCRIPTS}
    for cure in CURES[:step]:
        for names, diff in re.findall(r"(?ms)^@@ (.*?) @@\n(.*?)(?=^@@|\Z)", cure):
            old = re.sub(r"(?m)^\+.*\n|^[- ]", "", diff)
            new = re.sub(r"(?m)^-.*\n|^[+ ]", "", diff)
            for name in names.split(" and "):
                assert texts[name].count(old) == 1, f"{name} has no such lines:\n{old}"
                texts[name] = texts[name].replace(old, new)
    return texts


@pytest.fixture
def is_green(tmp_path):
    """Return a function that says if a rung is green after a number of steps."""

    def is_green(rung, step, patience=10):
        for name, text in climb(step).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        commands = [shlex.join([PYTHON, str(tmp_path / name)]) for name in SCRIPTS]
        return not judge(
            RUNGS[rung - 1], *[f"{c} {{port}}" for c in commands], patience
        )

    return is_green


@pytest.mark.parametrize("step", STEPS[1:])
def test_step_turns_its_rung_green(step, is_green):
    assert not is_green(step, step - 1, patience=0.2)
    assert is_green(step, step)
    assert step == 1 or is_green(step - 1, step)  # all others: after the last step


@pytest.mark.parametrize("rung", STEPS[1:])
def test_last_step_reaches_all_rungs(rung, is_green):
    assert is_green(rung, STEPS[-1])


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.__name__)
def test_our_scripts_reach_all_rungs(rung):
    commands = [
        f"{shlex.join([PYTHON, str(ROOT / name)])} --port {{port}}" for name in SCRIPTS
    ]
    report = judge(rung, *commands, patience=10)
    assert report is None, report


def test_titles_are_those_of_the_readme():
    titles = re.findall(r"(?m)^## (\d+\. .*)$", README)
    rungs = [rung.__doc__.partition(".\n")[0] for rung in RUNGS]
    assert titles == [f"{number}. {title}" for number, title in enumerate(rungs, 1)]
