"""When things go wrong: what the user is told, and how the programs end."""

import errno
import os
import re
import shutil
from pathlib import Path
from shlex import quote

import pytest

from chat import PYTHON, port_of, run

WILD = "a..\a\udcff"  # not a name, a control character, a byte that is no text
SHOWN = r"a\.\.\\x07\\udcff port 5000: malformed host name"
TAKEN = "server.py: error: cannot listen on 127.0.0.1 port {}: {}; try another --port"
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
    ],
)
def test_bad_options(command, problem):
    usage = "" if problem.startswith("cannot") else "usage: .*\n"
    status, stdout, stderr = run(*command.split(" "))
    assert re.fullmatch(f"{usage}{command[:9]}: error: {problem}\n", stderr.decode())
    assert (status, stdout) == (2 if usage else 1, b"")


def test_port_taken(open_window, server):
    second = open_window("server.py", "--port", server.port)
    reason = os.strerror(errno.EADDRINUSE)
    second.ends_with_error(TAKEN.format(server.port, reason))


@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv is not installed")
def test_forbidden_port(open_window):
    first = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if first.exists() and int(first.read_text()) <= 81:
        pytest.skip("this machine, perhaps a container, lets anybody take port 81")
    service = "-net_bind_service"  # what a program needs for the ports below 1024
    weak = ("setpriv", f"--bounding-set={service}", f"--inh-caps={service}")
    server = open_window(*weak, PYTHON, "server.py", "--port", 81)
    server.ends_with_error(TAKEN.format(81, os.strerror(errno.EACCES)))


def test_ctrl_c_while_the_server_waits_for_a_client(server):
    server.presses("Ctrl-C")
    server.ends_interrupted()


def test_ctrl_c_at_the_prompt(peer, window):
    peer.sends(b"one\n")
    window.hears("one")
    window.sees_prompt()
    window.types("half a mess")
    window.sees("half a mess")
    window.presses("Ctrl-C")
    window.ends_interrupted()
    peer.sees_hang_up()


def test_kill_is_like_ctrl_c(peer, window):
    window.gets_killed()
    window.ends_interrupted()
    peer.sees_hang_up()


def test_closed_stream(open_window, listener):
    call = f"exec {quote(PYTHON)} client.py --port {port_of(listener)} <&-"
    client = open_window("sh", "-c", call)
    client.sees_greeting()
    client.sees_line("client.py: error: .*lost sys.stdin.*")  # Python's words
    client.ends(1)
