"""The staircase can be climbed: each cure of its README turns one more rung green."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from chat import PYTHON, ROOT

STAIRCASE = Path(__file__).resolve().parent / "staircase"
sys.path.insert(0, str(STAIRCASE))

from judge import RUNGS, judge, title  # noqa: E402

README = (STAIRCASE / "README.md").read_text(encoding="utf-8")
SCRIPTS = ["server.py", "client.py"]
STEPS = range(1, len(RUNGS) + 1)
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


def commands(folder, arguments):
    """Return the commands that start the two scripts of a folder."""
    return [shlex.join([PYTHON, str(folder / name)]) + arguments for name in SCRIPTS]


@pytest.fixture
def mistake(tmp_path):
    """Return a function that judges a rung after a number of steps, as judge does."""

    def mistake(rung, step, patience=10):
        for name, text in climb(step).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return judge(RUNGS[rung - 1], *commands(tmp_path, " {port}"), patience)

    return mistake


@pytest.mark.parametrize("step", STEPS)
def test_step_turns_its_rung_green(step, mistake):
    assert mistake(step, step - 1, patience=0.2)
    assert mistake(step, step) is None
    # What is far below may turn red only if it stays red: see the next test.
    assert step == 1 or mistake(step - 1, step) is None


@pytest.mark.parametrize("rung", STEPS)
def test_top_and_our_scripts_reach_all_rungs(rung, mistake):
    assert mistake(rung, STEPS[-1]) is None
    ours = commands(ROOT, " --port {port}")
    assert judge(RUNGS[rung - 1], *ours, patience=10) is None


def test_judge_says_why_there_is_no_chat():
    with pytest.raises(SystemExit, match="There is no program /no/such for the server"):
        judge(RUNGS[1], "/no/such", "", patience=0.2)
    with pytest.raises(SystemExit, match="The server shows no line"):
        judge(RUNGS[1], f"{shlex.quote(PYTHON)} -c pass", "", patience=0.2)


def test_titles_are_those_of_the_readme():
    titles = re.findall(r"(?m)^## \d+\. (.*)$", README)
    assert titles == [title(rung) for rung in RUNGS]
