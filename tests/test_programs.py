"""Other programs that send lines can take part: nc, ncat, socat and telnet."""

import shutil

import pytest


def program_says(program, text):
    """Type a line, and see the terminal's echo."""
    program.types(f"{text}\r")
    program.sees(f"{text}\n")


@pytest.mark.parametrize(
    "command", ["nc {} {}", "ncat {} {}", "socat - TCP:{}:{}", "telnet {} {}"]
)
def test_program_as_client(server, open_window, command):
    command = command.format(server.host, server.port).split()
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    program = open_window(*command)
    server.sees_greeting()
    if command[0] == "telnet":
        program.skips_to("Escape character is '^]'.\n")
    program_says(program, "Do you speak TCP?")
    server.hears("Do you speak TCP?")
    server.says("Fluently, Zoë!")
    program.sees("Fluently, Zoë!\n")
    program_says(program, "q")
    server.sees_goodbye()


def test_nc_as_server(start_client, open_window):
    if not shutil.which("nc"):
        pytest.skip("nc is not installed")
    nc = open_window("nc", "-l", "-v", "127.0.0.1", "0")
    (port,) = nc.sees_line(r"Listening on \S+ (\d+)|.*")
    if not port:
        pytest.skip("this nc does not say where it listens")
    client = start_client(port)
    nc.sees_line(r"Connection received on \S+ \d+")
    client.says("Are you a server?")
    nc.sees("Are you a server?\n")
    program_says(nc, "For one caller")
    client.hears("For one caller")
    client.leaves()
    nc.sees("q\n")
