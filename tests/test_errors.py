"""When things go wrong: what the user is told, and how the programs end."""

import errno
import os
import shutil
import signal
from pathlib import Path
from shlex import quote

import pytest

from chat import PYTHON, port_of

TAKEN = "server.py: error: cannot listen on 127.0.0.1 port {}: {}; try another --port"
UNKNOWN = r"nobody\.invalid port (1|65535): [^[]+ [^[]+"  # the system's words
MALFORMED = r"ü\.\.\\x07 port 5000: malformed host name"


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("server.py --host=", "argument --host: must not be empty"),
        ("client.py --host=", "argument --host: must not be empty"),
        ("server.py --port=-1", "argument --port: must be from 0 to 65535"),
        ("server.py --port=65536", "argument --port: must be from 0 to 65535"),
        ("client.py --port=0", "argument --port: must be from 1 to 65535"),
        ("client.py --port=65536", "argument --port: must be from 1 to 65535"),
        ("client.py --volume=11", "unrecognized arguments: --volume=11"),
    ],
)
def test_bad_option(open_window, command, problem):
    window = open_window(*command.split(" "))
    window.sees_line("usage: .*")
    window.sees(f"{window.name}: error: {problem}\n")
    window.ends(2)


@pytest.mark.parametrize(
    ("command", "problem"),  # a regular expression
    [
        ("server.py --host=nobody.invalid --port=65535", f"listen on {UNKNOWN}"),
        ("client.py --host=nobody.invalid --port=1", f"connect to {UNKNOWN}"),
        ("server.py --host=ü..\a", f"listen on {MALFORMED}"),
        ("client.py --host=ü..\a", f"connect to {MALFORMED}"),
    ],
)
def test_bad_host(open_window, command, problem):
    window = open_window(*command.split(" "))
    window.sees_line(f"{window.name}: error: cannot {problem}")
    window.ends(1)


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


def test_ctrl_c_while_the_client_connects(open_window, silent_port):
    client = open_window("client.py", "--port", silent_port)
    client.presses("Ctrl-C")
    client.ends_interrupted()


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


def test_second_kill_changes_nothing(peer, window):
    window.types("early\r")
    window.sees("early\n")  # the terminal's echo
    window.gets_killed()
    peer.sees_hang_up()

    # What was typed is thrown away, until nothing more comes for a moment.
    def throws_away():
        return window.is_waiting() or not window.child.isalive()

    window.wait_until(throws_away, "to throw away what was typed")
    window.child.kill(signal.SIGTERM)  # if it still runs
    window.ends_interrupted()


def test_closed_stream(open_window, listener):
    call = f"exec {quote(PYTHON)} client.py --port {port_of(listener)} <&-"
    client = open_window("sh", "-c", call)
    client.sees_greeting()
    client.sees_line("client.py: error: .*lost sys.stdin.*")  # Python's words
    client.ends(1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_full_disk(open_window):
    call = f"exec {quote(PYTHON)} server.py --port 0 >/dev/full"
    server = open_window("sh", "-c", call)
    problem = os.strerror(errno.ENOSPC)
    server.sees(f"server.py: error: [Errno {errno.ENOSPC}] {problem}\n")
