"""When things go wrong: what the user is told, and how the programs end."""

import errno
import os
import re
import select
import shutil
from shlex import quote

import pexpect
import pytest

from chat import HUNG_UP, PYTHON, port_of, run, wait_until

BOTH = pytest.mark.parametrize("script", ["server.py", "client.py"])
WILD = "ü..\a\udcff"  # not a name, a control character, a byte that is no text
SHOWN = r"ü\.\.\\x07\\udcff port 5000: malformed host name"
UNKNOWN = r"nobody\.invalid port 5000: [^[]+ [^[]+"  # the words are those of the system
TOO_LONG = r"x{300} port (1|65535): .+"
NO_HOST = "argument --host: must not be empty"
NO_PORT = "argument --port: must be from"


@pytest.mark.parametrize(
    ("command", "status", "problem"),  # a regular expression
    [
        ("server.py --host=nobody.invalid", 1, f"cannot listen on {UNKNOWN}"),
        ("client.py --host=nobody.invalid", 1, f"cannot connect to {UNKNOWN}"),
        (
            f"server.py --host={'x' * 300} --port=65535",
            1,
            f"cannot listen on {TOO_LONG}",
        ),
        (
            f"client.py --host={'x' * 300} --port=1",
            1,
            f"cannot connect to {TOO_LONG}",
        ),
        (f"server.py --host={WILD}", 1, f"cannot listen on {SHOWN}"),
        (f"client.py --host={WILD}", 1, f"cannot connect to {SHOWN}"),
        ("server.py --host=", 2, NO_HOST),
        ("client.py --host=", 2, NO_HOST),
        ("server.py --port=-1", 2, f"{NO_PORT} 0 to 65535"),
        ("server.py --port=65536", 2, f"{NO_PORT} 0 to 65535"),
        ("client.py --port=0", 2, f"{NO_PORT} 1 to 65535"),
        ("client.py --port=65536", 2, f"{NO_PORT} 1 to 65535"),
        ("client.py --port=80.5", 2, r"argument --port: invalid int value: '80\.5'"),
        ("server.py --volume=11", 2, "unrecognized arguments: --volume=11"),
    ],
)
def test_bad_options(command, status, problem):
    usage = "usage: .*\n" if status == 2 else ""
    ended, stdout, stderr = run(*command.split(" "))
    assert re.fullmatch(f"{usage}{command[:9]}: error: {problem}\n", stderr.decode())
    assert (ended, stdout) == (status, b"")


def test_port_taken(open_window, server):
    second = open_window(PYTHON, "server.py", "--port", server.port)
    reason = f"{os.strerror(errno.EADDRINUSE)}; try another --port"
    problem = f"cannot listen on 127.0.0.1 port {server.port}: {reason}"
    second.ends_with_error(f"server.py: error: {problem}")


@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv is not installed")
def test_forbidden_port(open_window):
    service = "-net_bind_service"  # what a program needs for the ports below 1024
    weak = ("setpriv", f"--bounding-set={service}", f"--inh-caps={service}")
    server = open_window(*weak, PYTHON, "server.py", "--port", "81")
    reason = f"{os.strerror(errno.EACCES)}; try another --port"
    problem = f"cannot listen on 127.0.0.1 port 81: {reason}"
    server.ends_with_error(f"server.py: error: {problem}")


def test_address_not_ours(open_window):
    server = open_window(PYTHON, "server.py", "--host", "192.0.2.1", "--port", "0")
    reason = os.strerror(errno.EADDRNOTAVAIL)
    problem = f"cannot listen on 192.0.2.1 port 0: {reason}"
    server.ends_with_error(f"server.py: error: {problem}")


# A client that has less patience than 10 seconds.
IMPATIENT = (
    "import client; print(client.CONNECT_TIMEOUT); client.CONNECT_TIMEOUT = 0.2; "
)


def test_nobody_answers(silent_address):
    host, port = silent_address
    call = f"client.main({host!r}, {port})"
    status, stdout, stderr = run("-B", "-c", IMPATIENT + call)
    problem = f"cannot connect to {host} port {port}: no answer in 0.2 seconds\n"
    assert stderr.decode().endswith(f"ChatError: {problem}")
    assert (status, stdout) == (1, b"10\n")


def test_message_may_take_as_long_as_it_takes(listener, open_window):
    call = f"client.main('127.0.0.1', {port_of(listener)})"
    client = open_window(PYTHON, "-B", "-c", IMPATIENT + call)
    client.sees("10\n")
    client.sees_greeting()
    with listener.accept()[0] as connection:
        client.says("Hello")
        client.child.expect_exact(pexpect.TIMEOUT, timeout=0.3)  # nothing happens
        connection.sendall(b"Hi\n")
        client.hears("Hi")


def test_ctrl_c_while_the_server_waits_for_a_client(server):
    server.presses("Ctrl-C")
    server.ends_interrupted()


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


def test_ctrl_c_while_the_client_connects(open_window, silent_address):
    host, port = silent_address
    client = open_window(PYTHON, "client.py", "--host", host, "--port", str(port))
    client.presses("Ctrl-C")
    client.ends_interrupted()


def test_kill_is_like_ctrl_c(peer, window):
    window.gets_killed()
    window.ends_interrupted()
    peer.sees_hang_up()


def test_other_side_learns_of_ctrl_c(server, client):
    client.says("one")
    server.hears("one")
    client.presses("Ctrl-C")
    client.ends_interrupted()
    server.says("two")
    server.ends_with_error(f"server.py: error: {HUNG_UP}")


def test_ctrl_c_while_nobody_reads_the_output(listener, open_window, tmp_path):
    output = tmp_path / "output"
    os.mkfifo(output)
    pipe = os.open(output, os.O_RDWR)  # both of its ends: but we never read
    command = f"exec {quote(PYTHON)} client.py --port {port_of(listener)}"
    client = open_window("sh", "-c", f"{command} >{quote(str(output))}")
    with listener.accept()[0] as connection:
        client.types("Hello\r")
        client.sees("Hello\n")
        connection.sendall(b"x" * 100_000 + b"\n")  # more than a pipe takes
        wait_until(lambda: not select.select([], [pipe], [], 0)[1], "a full pipe")
        client.presses("Ctrl-C")
        client.ends_interrupted()
    os.close(pipe)


@pytest.fixture
def port(script, listener):
    """A port with which the script starts."""
    return "0" if script == "server.py" else str(port_of(listener))


@BOTH
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_full_disk(script, port):
    with open("/dev/full", "w") as full:
        status, _, stderr = run(script, "--port", port, stdout=full)
    problem = f"[Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}"
    assert stderr.decode() == f"{script}: error: {problem}\n"
    assert status == 1


@BOTH
def test_nobody_reads_the_output(script, port):
    reader, output = os.pipe()
    os.close(reader)
    status, _, stderr = run(script, "--port", port, stdout=output)
    os.close(output)
    problem = f"[Errno {errno.EPIPE}] {os.strerror(errno.EPIPE)}"
    assert stderr.decode() == f"{script}: error: {problem}\n"
    assert status == 1


@pytest.mark.parametrize("redirection", ["<&-", ">&-"])
def test_closed_stream(open_window, listener, redirection):
    command = f"exec {quote(PYTHON)} client.py --port {port_of(listener)} {redirection}"
    client = open_window("sh", "-c", command)
    client.skips_to("client.py: error: ")
    client.skips_to("lost sys.std")  # the words are those of Python
    client.skips_to("\n")
    client.ends(1)
