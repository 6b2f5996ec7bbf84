"""The shell afterwards: what was typed in a chat and never sent must not reach it."""

import subprocess
from shlex import quote

import pytest

from chat import PYTHON, ROOT
from terminal import TIMEOUT


def command(script, *options):
    """Return a command for a shell that starts one of the scripts."""
    return " ".join(map(quote, [PYTHON, str(ROOT / script), *options]))


@pytest.fixture
def shell(open_window, tmp_path):
    """An interactive bash in a window, in an empty folder."""
    env = {"PS1": "$ "}
    shell = open_window("bash", "--norc", "--noprofile", cwd=tmp_path, env=env)
    shell.skips_to("$ ")  # macOS greets first, with a word on zsh
    return shell


def starts(shell, script, *options):
    """Type the command that starts one of the scripts, and read its echo."""
    shell.types(f"{command(script, *options)}\r")
    shell.skips_to("\n")
    shell.name = script


@pytest.fixture
def conversation(shell, server):
    """client.py in a shell, where it waits for a message; server.py in a window."""
    starts(shell, "client.py", "--port", server.port)
    shell.sees_greeting()
    server.sees_greeting()
    shell.says("Hello")
    server.hears("Hello")
    return shell, server


def types_commands(shell):
    """Type a command and half another one, out of turn; the terminal echoes them."""
    shell.types("touch ran\rtouch half")
    shell.skips_to("touch ran\ntouch half")


def has_run_nothing(shell, folder):
    """Find at the shell's prompt that no command, whole or half, has come there."""
    shell.types("echo $((6 * 7))\r")
    shell.sees("echo $((6 * 7))\n42\n$ ")
    assert not list(folder.iterdir())


def test_what_was_never_sent_is_no_command(conversation, tmp_path):
    shell, other = conversation
    types_commands(shell)
    other.gets_killed()
    shell.skips_to("$ ")
    has_run_nothing(shell, tmp_path)


def test_what_was_typed_while_the_server_waits_is_no_command(shell, tmp_path):
    starts(shell, "server.py", "--port", "0")
    shell.sees_welcome()
    types_commands(shell)
    shell.gets_killed()
    shell.skips_to("$ ")
    has_run_nothing(shell, tmp_path)


def test_long_paste_is_no_command(conversation, tmp_path, request):
    shell, other = conversation
    paste = [PYTHON, "-c", r"print('touch ran\r' * 3000, end='')"]
    typist = subprocess.Popen(paste, stdout=shell.child.child_fd)
    request.addfinalizer(typist.kill)
    shell.skips_to("touch ran\n" * 100)  # soon, there is no room for more
    other.leaves()
    shell.skips_to("$ ")
    assert typist.wait(TIMEOUT) == 0
    has_run_nothing(shell, tmp_path)


@pytest.mark.parametrize("options", ["--help", "--port=1"])
def test_lines_behind_a_call_that_fails_are_for_the_shell(shell, options):
    shell.types(f"{command('client.py', options)}\recho $((6 * 7))\r")
    shell.skips_to("\n42\n")


def test_terminal_is_as_it_was(conversation):
    shell, other = conversation
    other.says("Your turn")
    shell.hears("Your turn")
    shell.sees_prompt()
    shell.gets_killed()  # at the prompt, where the line editor has changed the terminal
    shell.skips_to("$ ")
    shell.types("stty -a\r")
    shell.skips_to(" icanon ")
    shell.skips_to(" echo ")


def test_server_in_the_background_can_be_killed(shell):
    shell.types(f"{command('server.py', '--port', '0')} &\r")
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
        hears.sees(">> << Still here\n")
