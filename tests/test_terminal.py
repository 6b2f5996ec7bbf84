"""terminal.py, with programs that are no chats."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chat import ROOT, environment
from terminal import Terminal


def test_keys(open_window):
    env = {"PS1": "$ ", "TERM": "xterm"}
    bash = open_window("bash", "--norc", "--noprofile", env=env)
    bash.skips_to("$ ")
    bash.types("ho $((6*))")
    bash.presses("Home")
    bash.types("ec")
    bash.presses("End")
    for key in "Left", "Left", "Left", "Right":
        bash.presses(key)
    bash.types("78")
    bash.presses("Backspace")
    bash.presses("Enter")
    bash.skips_to("42\n")  # what was typed has no 42
    bash.presses("Up")
    bash.presses("Down")  # away from this line
    bash.types("cho $((7 * 7))")
    bash.presses("Ctrl-A")
    bash.types("e")
    bash.presses("Ctrl-e")
    bash.presses("Enter")
    bash.skips_to("49\n")


def test_unknown_key():
    with Terminal("cat") as cat, pytest.raises(ValueError, match="no key 'F13'"):
        cat.presses("F13")


def test_failure_tells_the_conversation():
    with Terminal(Path("/bin/sh"), "-c", "head -n $0; echo \a", 1) as program:
        program.types("spam\r")
        with pytest.raises(AssertionError) as failure:
            program.sees("spam\neggs\n")
        assert str(failure.value) == (
            "expected sh to show 'eggs\\n', but it showed 'spam\\n'\n\n"
            "The conversation so far:\nsh  spam\nsh  spam\nsh  \\x07"
        )
    with pytest.raises(ProcessLookupError):  # the end of "with" has ended it
        os.kill(program.child.pid, 0)


def test_program_that_has_ended_does_not_wait():
    with Terminal("true") as program, pytest.raises(AssertionError) as failure:
        program.waits()
    assert str(failure.value).startswith("expected true to wait, but it ended\n")


def test_patience_of_a_terminal():
    with Terminal("sh", "-c", "while :; do :; done", timeout=0.1) as program:
        with pytest.raises(AssertionError, match=r"did not in 0\.1 seconds"):
            program.waits()
        with pytest.raises(AssertionError, match=r"nothing in 0\.1 seconds"):
            program.sees("spam")


def test_pattern_for_the_rest():
    with Terminal("printf", "one\ntwo") as program:
        program.ends(0, shows="o.*")
    with Terminal("printf", "one\ntwo") as program:
        with pytest.raises(AssertionError) as failure:
            program.ends(0, shows="t.*")
        assert str(failure.value).startswith(
            "expected printf to end, after text like 't.*', but it showed 'one\\ntwo'\n"
        )


def test_terminal_can_be_copied(tmp_path):
    page = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"(?ms)^```python\n([^`]*import Terminal.*?)^```$", page)
    (tmp_path / "test_example.py").write_text(example, encoding="utf-8")
    shutil.copy(ROOT / "tests" / "terminal.py", tmp_path)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # python3 is there
    env = environment(PATH=path)
    done = subprocess.run(
        command, cwd=tmp_path, env=env, timeout=60, stdout=subprocess.PIPE
    )
    assert done.returncode == 0, done.stdout.decode()
