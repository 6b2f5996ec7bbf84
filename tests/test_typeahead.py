"""The shell afterwards: what was typed in a chat and never sent must not reach it."""

import subprocess
from shlex import quote

import pytest

from chat import PYTHON


@pytest.fixture
def shell(open_window):
    """An interactive bash in a window."""
    shell = open_window("bash", "--norc", "--noprofile", env={"PS1": "$ "})
    shell.skips_to("$ ")  # macOS greets first, with a word on zsh
    return shell


@pytest.fixture
def conversation(shell, server):
    """client.py in a shell, where it waits for a message; server.py in a window."""
    starts(shell, f"client.py --port {server.port}")
    shell.sees_greeting()
    server.sees_greeting()
    shell.says("Hello")
    server.hears("Hello")
    return shell, server


def starts(shell, command):
    """Type a command that starts one of the scripts, and read its echo."""
    shell.types(f"{quote(PYTHON)} {command}\r")
    shell.skips_to(f"{command}\n")


def types_early(shell):
    """Type a command and half another one, out of turn; the terminal echoes them."""
    shell.types("echo early\recho ha")
    shell.sees("echo early\necho ha")


def has_nothing_to_run(shell):
    """Find at the shell's prompt that no other command comes there before ours."""
    shell.types("echo late\r")
    shell.sees("echo late\nlate\n$ ")


def test_what_was_never_sent_is_no_command(conversation):
    shell, other = conversation
    types_early(shell)
    other.gets_killed()
    shell.skips_to("$ ")
    has_nothing_to_run(shell)


def test_what_was_typed_while_the_server_waits_is_no_command(shell):
    starts(shell, "server.py --port 0")
    shell.sees_welcome()
    types_early(shell)
    shell.gets_killed()
    shell.skips_to("$ ")
    has_nothing_to_run(shell)


def test_what_the_server_never_sent_is_no_command(shell, open_window):
    starts(shell, "server.py --port 0")
    shell.sees_welcome()
    types_early(shell)
    client = open_window("client.py", "--port", shell.port)
    client.sees_greeting()
    client.leaves()
    shell.skips_to("$ ")
    has_nothing_to_run(shell)


def test_long_paste_is_no_command(conversation, request):
    shell, other = conversation
    paste = [PYTHON, "-c", r"print('has_run=yes\r' * 3000, end='')"]
    typist = subprocess.Popen(paste, stdout=shell.child.child_fd)
    request.addfinalizer(typist.kill)
    shell.skips_to("has_run=yes\n" * 100)  # soon, there is no room for more
    other.leaves()
    shell.skips_to("$ ")
    shell.wait_until(lambda: typist.poll() == 0, "to get the end of the paste")
    shell.types("echo The paste: $has_run.\r")
    shell.skips_to("\nThe paste: ")  # the last echoes of the paste may come before
    shell.sees(".\n$ ")


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("client.py --help", "(default: 5000)"),
        ("server.py --help", "(default: 5000)"),
        ("client.py --port=1", "no server.py waits there"),
    ],
)
def test_lines_behind_a_call_without_a_chat_are_for_the_shell(shell, call, shown):
    shell.types(f"{quote(PYTHON)} {call}\recho $((6 * 7))\r")
    shell.skips_to(shown)
    shell.skips_to("\n42\n")


def test_terminal_is_as_it_was(server, open_window):
    # A shell with a prompt would mend the terminal by itself.
    call = f"{quote(PYTHON)} client.py --port {server.port}"
    shell = open_window("sh", "-c", f"set -m; trap : INT; {call}; stty -a")
    shell.sees_greeting()
    shell.sees_prompt()  # now, the line editor has changed the terminal
    shell.presses("Ctrl-C")
    shell.skips_to(" icanon ")
    shell.skips_to(" echo ")


def test_server_in_the_background_can_be_killed(shell):
    starts(shell, "server.py --port 0 &")
    shell.skips_to("Welcome: ")
    shell.types("kill %1; wait %1; echo status $?\r")
    shell.skips_to("\nstatus 130\n")


def test_patience(patient, silent_port):
    hears, calls, listener = patient
    place = f"cannot connect to 127.0.0.1 port {silent_port}"
    calls.sees("early\n")  # the terminal's echo
    calls.sees(f"client.py: error: {place}: no answer in 10 seconds\n")
    calls.types("late\r")
    calls.sees("late\nlate\n")  # the terminal's echo, and cat
    with listener.accept()[0] as connection:
        hears.sees_greeting()
        connection.sendall(b"Still here\n")  # after more than 10 seconds
        hears.sees_prompt()
        hears.hears("Still here")
