"""Other programs that send lines can take part: nc, ncat, socat and telnet."""

import shutil

import pytest


@pytest.fixture
def open_program(open_window):
    """Return a function that runs a program in a window, or skips the test where it is missing."""

    def start(*command):
        if not shutil.which(command[0]):
            pytest.skip(f"{command[0]} is not installed")
        return open_window(*command)

    return start


def talk(script, program, leaver):
    """Have a script and a program, each in its window, talk; the program speaks next."""

    def program_says(text):
        program.types(f"{text}\r")
        program.sees(f"{text}\n")  # the terminal's echo

    program_says("Do you speak TCP?")
    script.hears("Do you speak TCP?")
    script.says("Fluently, Zoë!")
    program.sees("Fluently, Zoë!\n")
    if leaver == "script":
        program_says("Me too")
        script.hears("Me too")
        script.leaves()
        program.sees("q\n")
    else:
        program_says("q")
        script.sees_goodbye()


@pytest.mark.parametrize("leaver", ["program", "script"])
@pytest.mark.parametrize(
    "command",
    ["nc {} {}", "ncat {} {}", "socat - TCP:{}:{}", "telnet {} {}"],
    ids=["nc", "ncat", "socat", "telnet"],
)
def test_program_as_client(server, open_program, command, leaver):
    program = open_program(*command.format(server.host, server.port).split())
    server.greets()
    if command.startswith("telnet"):
        program.skips_to("Escape character is '^]'.\n")
    talk(server, program, leaver)


@pytest.mark.parametrize("leaver", ["program", "script"])
def test_program_as_server(start_client, open_program, leaver):
    (first_line,) = open_program("nc", "-h").sees_line("(.*)")
    if not first_line.startswith("OpenBSD"):
        pytest.skip("only OpenBSD's nc says where it listens")
    program = open_program("nc", "-l", "-v", "127.0.0.1", "0")
    (port,) = program.sees_line(r"Listening on \S+ (\d+)")
    client = start_client(port, "--host", "127.0.0.1")
    program.sees_line(r"Connection received on \S+ \d+")
    client.says("Are you a server?")
    program.sees("Are you a server?\n")
    talk(client, program, leaver)
    program.ends(0)
