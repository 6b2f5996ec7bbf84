"""When things go wrong: what the user is told, and how the programs end."""

import errno
import os
import re
import shutil
from shlex import quote

import pexpect
import pytest

from chat import PYTHON, port_of, run

WILD = "ü..\a\udcff"  # not a name, a control character, a byte that is no text
SHOWN = r"ü\.\.\\x07\\udcff port 5000: malformed host name"
UNKNOWN = r"nobody\.invalid port (1|65535): [^[]+ [^[]+"  # the system's words


@pytest.mark.parametrize(
    ("command", "problem"),  # a regular expression
    [
        ("server.py --host=nobody.invalid --port=65535", f"cannot listen on {UNKNOWN}"),
        ("client.py --host=nobody.invalid --port=1", f"cannot connect to {UNKNOWN}"),
        (f"server.py --host={WILD}", f"cannot listen on {SHOWN}"),
        (f"client.py --host={WILD}", f"cannot connect to {SHOWN}"),
        ("server.py --host=", "argument --host: must not be empty"),
        ("client.py --host=", "argument --host: must not be empty"),
        ("server.py --port=-1", "argument --port: must be from 0 to 65535"),
        ("server.py --port=65536", "argument --port: must be from 0 to 65535"),
        ("client.py --port=0", "argument --port: must be from 1 to 65535"),
        ("client.py --port=65536", "argument --port: must be from 1 to 65535"),
        ("client.py --port=80.5", r"argument --port: invalid int value: '80\.5'"),
        ("server.py --volume=11", "unrecognized arguments: --volume=11"),
    ],
)
def test_bad_options(command, problem):
    usage = "" if problem.startswith("cannot") else "usage: .*\n"
    status, stdout, stderr = run(*command.split(" "))
    assert re.fullmatch(f"{usage}{command[:9]}: error: {problem}\n", stderr.decode())
    assert (status, stdout) == (2 if usage else 1, b"")


def try_another_port(port, reason):
    """Return the error line of a server that cannot have this port."""
    problem = f"cannot listen on 127.0.0.1 port {port}: {os.strerror(reason)}"
    return f"server.py: error: {problem}; try another --port"


def test_port_taken(open_window, server):
    second = open_window("server.py", "--port", server.port)
    second.ends_with_error(try_another_port(server.port, errno.EADDRINUSE))


@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv is not installed")
def test_forbidden_port(open_window):
    service = "-net_bind_service"  # what a program needs for the ports below 1024
    weak = ("setpriv", f"--bounding-set={service}", f"--inh-caps={service}")
    server = open_window(*weak, PYTHON, "server.py", "--port", 81)
    server.ends_with_error(try_another_port(81, errno.EACCES))


# A client that has less patience than 10 seconds.
IMPATIENT = (
    "import client; print(client.CONNECT_TIMEOUT, 'seconds');"
    "client.CONNECT_TIMEOUT = 0.2; client.main('127.0.0.1', {})"
)


def test_nobody_answers(silent_port, open_window):
    client = open_window(PYTHON, "-B", "-c", IMPATIENT.format(silent_port))
    client.sees("10 seconds\n")
    place = f"cannot connect to 127.0.0.1 port {silent_port}"
    client.skips_to(f"ChatError: {place}: no answer in 0.2 seconds\n")
    client.ends(1)


def test_message_may_take_as_long_as_it_takes(server, open_window):
    client = open_window(PYTHON, "-B", "-c", IMPATIENT.format(server.port))
    client.sees("10 seconds\n")
    client.sees_greeting()
    server.sees_greeting()
    client.says("Hello")
    client.child.expect_exact(pexpect.TIMEOUT, timeout=0.3)  # nothing happens
    server.hears("Hello")
    server.says("Hi")
    client.hears("Hi")


def test_ctrl_c_while_the_server_waits_for_a_client(server):
    server.presses("Ctrl-C")
    server.ends_interrupted()


def test_ctrl_c_while_the_client_connects(open_window, silent_port):
    client = open_window("client.py", "--port", silent_port)
    client.presses("Ctrl-C")
    client.ends_interrupted()


def test_ctrl_c_while_a_message_is_awaited(peer, window):
    window.presses("Ctrl-C")
    window.ends_interrupted()
    peer.sees_hang_up()


def test_ctrl_c_at_the_prompt(peer, window):
    peer.sends(b"one\n")
    window.hears("one")
    window.sees(">> ")
    window.types("half a mess")
    window.sees("half a mess")
    window.presses("Ctrl-C")
    window.ends_interrupted()
    peer.sees_hang_up()


def test_kill_is_like_ctrl_c(peer, window):
    window.gets_killed()
    window.ends_interrupted()
    peer.sees_hang_up()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_full_disk():
    with open("/dev/full", "w") as full:
        status, _, stderr = run("server.py", "--port", "0", stdout=full)
    problem = f"[Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}"
    assert (status, stderr.decode()) == (1, f"server.py: error: {problem}\n")


@pytest.mark.parametrize("redirection", ["<&-", ">&-"])
def test_closed_stream(open_window, listener, redirection):
    command = f"exec {quote(PYTHON)} client.py --port {port_of(listener)} {redirection}"
    client = open_window("sh", "-c", command)
    client.skips_to("client.py: error: ")
    client.skips_to("lost sys.std")  # the words are those of Python
    client.skips_to("\n")
    client.ends(1)
