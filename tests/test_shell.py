"""The shell afterwards: what was typed in a conversation and never sent is not for the shell."""

import contextlib
import os
import select
import shutil

import pytest

from windows import PYTHON, ROOT

needs_setsid = pytest.mark.skipif(not shutil.which("setsid"), reason="setsid is not installed")


@pytest.fixture
def shell(open_window, tmp_path):
    """An interactive bash in a window, in an empty folder."""
    window = {"cwd": tmp_path, "columns": 300, "env": {"PS1": "$ "}}
    shell = open_window("bash", "--norc", "--noprofile", **window)
    shell.skips_to("$ ")  # macOS greets first, with a word on zsh
    return shell


def start(shell, script, *options):
    """Type the command that starts one of the scripts, and read what the shell echoes of it."""
    command = " ".join([PYTHON, "-B", str(ROOT / script), *options])
    shell.types(f"{command}\r")
    shell.skips_to(" ".join([script, *options]))
    shell.sees_line(" *")
    shell.name = script


@pytest.fixture(params=["server.py", "client.py"])
def conversation(request, shell, start_server, start_client):
    """One side in a shell, where it waits for a message; the other one in a window."""
    if request.param == "server.py":
        start(shell, "server.py", "--port", "0")
        shell.welcomes()
        other = start_client(shell.port)
        shell.greets()
    else:
        other = start_server("--port", "0")
        start(shell, "client.py", "--port", other.port)
        shell.greets()
        other.greets()
        shell.says("Hello")
        other.hears("Hello")
    return shell, other


def types_commands(shell):
    """Type a command and half another one, out of turn; the terminal echoes them."""
    shell.types("touch ran\rtouch half")
    shell.skips_to("touch ran\ntouch half")


def has_run_nothing(shell, folder):
    """Find at the shell's prompt that no command, whole or half, has come there before."""
    shell.types("echo $((6 * 7))\r")
    shell.sees("echo $((6 * 7))\n42\n$ ")
    assert not list(folder.iterdir())


def pastes(window, paste):
    """Hand over what the system takes of a paste, as a terminal does; return the rest."""
    terminal = window.child.child_fd
    while paste:
        shown, room, _ = select.select([terminal], [terminal], [], 0.2)  # seconds
        if shown:
            window.child.read_nonblocking(65536, timeout=0)
        if room:
            with contextlib.suppress(BlockingIOError):
                paste = paste[os.write(terminal, paste[:4096]) :]
        if not (shown or room):
            break  # it is full
    return paste


@pytest.mark.parametrize("command", [b"touch ran\r", b"touch ran;"], ids=["lines", "one line"])
@pytest.mark.parametrize("size", [30_000, pytest.param(300_000, marks=pytest.mark.slow)])  # bytes
def test_long_paste_is_no_command(conversation, command, size, tmp_path):
    shell, other = conversation
    other.sees(">> ")
    os.set_blocking(shell.child.child_fd, False)
    rest = pastes(shell, command * (size // len(command)) + b"\r")
    other.types("q\r")
    pastes(shell, rest)  # the terminal goes on as soon as there is room
    os.set_blocking(shell.child.child_fd, True)
    shell.skips_to("$ ")
    has_run_nothing(shell, tmp_path)


ENDS = {
    "the other side says q": lambda shell, other: other.leaves(),
    "the other side presses Ctrl-C": lambda shell, other: other.presses_ctrl("c"),
    "the other side is killed": lambda shell, other: other.gets_killed(),
    "Ctrl-C": lambda shell, other: shell.presses_ctrl("c"),
    "kill": lambda shell, other: shell.gets_killed(),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_was_never_sent_is_no_command(conversation, end, tmp_path):
    shell, other = conversation
    types_commands(shell)
    end(shell, other)
    shell.skips_to("$ ")
    has_run_nothing(shell, tmp_path)


def test_line_behind_a_goodbye_is_no_command(conversation, tmp_path):
    shell, other = conversation
    shell.types("q\rtouch ran\r")
    other.says("Your turn")
    other.sees_goodbye()
    shell.skips_to("You left.\n$ ")
    has_run_nothing(shell, tmp_path)


@pytest.mark.parametrize(
    "command",
    [
        "{} >/dev/null",
        pytest.param("setsid --wait {}", marks=needs_setsid),  # a session of its own, as in su -c
        pytest.param("setsid --wait {} >/dev/null", marks=needs_setsid),
    ],
)
def test_what_was_never_sent_is_no_command_elsewhere(shell, start_server, tmp_path, command):
    server = start_server("--port", "0")
    script = f"{PYTHON} -B {ROOT / 'client.py'} --port {server.port}"
    shell.types(command.format(script) + "\r")
    server.greets()
    shell.types("Hello\r")
    server.hears("Hello")
    types_commands(shell)
    server.leaves()
    shell.skips_to("$ ")
    has_run_nothing(shell, tmp_path)


def test_terminal_is_as_it_was(conversation):
    shell, other = conversation
    other.says("Your turn")
    shell.hears("Your turn")
    shell.sees(">> ")
    shell.gets_killed()  # at the prompt, where readline has changed the terminal
    shell.skips_to("$ ")
    shell.types("stty -a\r")
    shell.skips_to(" icanon ")
    shell.skips_to(" echo ")


def test_server_in_the_background_can_be_killed(shell):
    start(shell, "server.py", "--port", "0", "&")
    shell.skips_to("Welcome: ")
    shell.types("kill %1; wait %1; echo status $?\r")
    shell.skips_to("\nstatus 130\n")
