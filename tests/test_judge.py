"""The judge is right about chats of other people: each one here has misled it once."""

import os
import shlex
import subprocess
import sys

import pytest

from chat import PYTHON, ROOT

sys.path.insert(0, str(ROOT / "tests" / "staircase"))

from judge import RUNGS, judge

# A chat in one file, in another shape than ours. It is right at the steps used here,
# but for step 13. A test can put one more mistake into it.
CHAT = r"""#!/usr/bin/env python3
import os, readline, socket, sys, termios

side, port = sys.argv[1], int(sys.argv[2])
if side == "server":
    listener = socket.create_server(("127.0.0.1", port))
    print("Ready")
    connection = listener.accept()[0]
else:
    try:
        connection = socket.create_connection(("127.0.0.1", port))
    except OSError:
        sys.exit("Nobody is there.")
lines = connection.makefile("rb")
def prompt():
    return input(">> ")
def hear():
    line = lines.readline().decode().strip("\n")
    print("<<", "".join(c if c.isprintable() else "?" for c in line))
    return line
def say():
    line = prompt()
    connection.sendall((line + "\n").encode())
    return line
mine = side == "client"
while (say() if mine else hear()) != "q":
    mine = not mine
"""
BUSY = "[0 for n in range(3_000_000)]"  # does nothing, for a tenth of a second


@pytest.fixture
def report(tmp_path):
    """Return a function that judges the chat at a step, with some of it replaced."""

    def report(step, changes=(), command=(PYTHON,), patience=10):
        text = CHAT
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        chat = tmp_path / "chat.py"
        chat.write_text(text, encoding="utf-8")
        start = shlex.join([*command, str(chat)])
        commands = [f"{start} {side} {{port}}" for side in ("server", "client")]
        return judge(RUNGS[step - 1], *commands, patience)

    return report


EVERYWHERE = 'create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)'
LISTENERS = {
    "IPv6 and IPv4": [('create_server(("127.0.0.1", port))', EVERYWHERE)],
    "127.0.1.1": [('"127.0.0.1"', '"127.0.1.1"')],
    "::1": [
        (
            'create_server(("127.0.0.1", port))',
            'create_server(("::1", port), family=10)',
        ),
        ('"127.0.0.1"', '"::1"'),
    ],
}
GREETING = 'lines = connection.makefile("rb")\n'
GREETING += 'connection.sendall(b"Max\\n"); print("Hello,", lines.readline())\n'
GREETS = [('lines = connection.makefile("rb")\n', GREETING)]
COLORS = [('">> "', r'"\033[32m>> \033[0m"')]
EDITS = (
    f'print(">> ", end="", flush=True); {BUSY}; termios.tcflush(0, 0); return input()'
)
# Shows its prompt, and then makes the terminal ready, which forgets what was typed.
LATE = [('return input(">> ")', EDITS)]
BANNER = [("    listener =", f'    print("Wait"); {BUSY}\n    listener =')]


@pytest.mark.parametrize("changes", LISTENERS.values(), ids=LISTENERS)
def test_server_on_any_address(report, changes):
    assert report(6, changes) is None


@pytest.mark.parametrize(
    "changes", [GREETS, COLORS, LATE], ids=["names", "colors", "late"]
)
def test_prompt_of_any_kind(report, changes):
    assert report(6, changes) is None


def test_greeting_with_any_letters(report):
    checked = GREETS[0][1].replace("Max", "~").replace("print(", "assert b'~\\n' in (")
    assert report(12, [(GREETS[0][0], checked)]) is None


def test_words_in_json(report):  # no letter in it has two halves
    sends = ('(line + "\\n")', '(json.dumps(line) + "\\n")')
    hears = ('.decode().strip("\\n")', ".decode(); line = json.loads(line)")
    assert report(7, [("import os", "import json, os"), sends, hears]) is None


def test_banner_before_the_server_listens(report):
    assert "all addresses" in report(11, BANNER + LISTENERS["IPv6 and IPv4"])


def test_first_message_comes_again_and_again(report):
    again = [("lines.readline()", "first.setdefault(1, lines.readline())")]
    again.append(("lines =", "first = {}; lines ="))
    assert "'<< four', but" in report(8, again, patience=0.3)


def test_end_without_a_word(report):
    silent = [('sys.exit("Nobody is there.")', "sys.exit(1)")]
    assert "client to say why it ends" in report(14, silent)


def test_long_goodbye(report):
    long = [("mine = not mine\n", 'mine = not mine\nprint("Goodbye.\\n" * 15)\n')]
    assert report(1, long) is None


def test_client_that_sends_without_end(report):
    endless = [("connection.sendall(", "while True: connection.sendall(")]
    said = report(6, endless, patience=0.3)
    assert "'<< xxx...(900)', but" in said
    assert "in 0.3 seconds, and still runs" in said


def test_bytes_that_are_no_text(report):
    assert "UnicodeDecodeError" in report(13)


def test_chat_that_cannot_be_judged(report):
    assert "expected server to listen" in report(1, [("listener =", "listener = (")])
    ends = [('input(">> ")', 'sys.exit("Say: ")')]
    assert "client to show its prompt, '>> ', but it showed 'Say: " in report(1, ends)
    assert " and ended" in report(1, ends)


def test_script_that_cannot_be_started(report, tmp_path, monkeypatch):
    folder = os.path.dirname(sys.executable)  # #! asks for python3, which is there
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    assert "must be executable" in report(1, command=())
    (tmp_path / "chat.py").chmod(0o755)
    assert report(1, command=()) is None
    assert "must be executable" in report(1, [("#!", "#")], command=())
    assert "/no/such" in report(1, command=["/no/such"])


def test_judge_without_asserts_and_letters():
    folder = ROOT / "tests" / "staircase"
    env = {**os.environ, "STEP": "11", "PYTHONIOENCODING": "ascii"}
    for side in "server", "client":
        start = shlex.join([PYTHON, str(folder / f"{side}.py")])
        env[side.upper()] = start + " {port}"
    command = [sys.executable, "-O", str(folder / "judge.py")]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE)
    assert done.returncode == 1
    assert b"red   11. The stranger in the caf\\xe9" in done.stdout
    assert b"it listens on all addresses" in done.stdout
