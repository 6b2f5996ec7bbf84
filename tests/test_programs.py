"""Other programs that send lines can take part: nc, ncat, socat and telnet."""

import shutil

import pytest

CLIENTS = ["nc {} {}", "ncat {} {}", "socat - TCP:{}:{}", "telnet {} {}"]


@pytest.fixture
def open_program(open_window):
    """Return a function that runs a program in a window, if it is installed."""

    def open_program(*command):
        if not shutil.which(command[0]):
            pytest.skip(f"{command[0]} is not installed")
        return open_window(*command)

    return open_program


def program_says(program, text):
    """Type a line, and see the terminal's echo."""
    program.types(f"{text}\r")
    program.sees(f"{text}\n")


@pytest.mark.parametrize("command", CLIENTS)
def test_program_as_client(server, open_program, command):
    program = open_program(*command.format(server.host, server.port).split())
    server.sees_greeting()
    if command.startswith("telnet"):
        program.skips_to("Escape character is '^]'.\n")
    program_says(program, "Do you speak TCP?")
    server.hears("Do you speak TCP?")
    server.says("Fluently, Zoë!")
    program.sees("Fluently, Zoë!\n")
    program_says(program, "q")
    server.sees_goodbye()


def test_program_as_server(start_client, open_program):
    (first_line,) = open_program("nc", "-h").sees_line("(.*)")
    if not first_line.startswith("OpenBSD"):
        pytest.skip("only OpenBSD's nc says where it listens")
    program = open_program("nc", "-l", "-v", "127.0.0.1", "0")
    (port,) = program.sees_line(r"Listening on \S+ (\d+)")
    client = start_client(port)
    program.sees_line(r"Connection received on \S+ \d+")
    client.says("Are you a server?")
    program.sees("Are you a server?\n")
    program_says(program, "For one caller")
    client.hears("For one caller")
    client.leaves()
    program.sees("q\n")
    program.ends(0)
