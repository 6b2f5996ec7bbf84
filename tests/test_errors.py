"""When things go wrong: what the user is told, and with which status the programs end."""

import errno
import os
import re
import signal
import termios
import time

import pexpect
import pytest

from windows import HUNG_UP, LOST, PROC, PYTHON, REFUSED, needs_proc, port_of, run, wait_until

BOTH = pytest.mark.parametrize("script", ["server.py", "client.py"])
LONG = 300 * "a"
WILD = "ü..\a\udcff"  # not a name, a control character, a byte that is no text
SHOWN = r"ü\.\.\\x07\\udcff"
WORDS = ".+ .+"  # those of the system
MALFORMED = "malformed host name"


@pytest.mark.parametrize(
    ("command", "problem"),  # a regular expression
    [
        ("server.py --host=nobody.invalid", f"cannot listen on nobody.invalid port 5000: {WORDS}"),
        ("client.py --host=nobody.invalid", f"cannot connect to nobody.invalid port 5000: {WORDS}"),
        ("server.py --host=x..y --port=65535", f"cannot listen on x..y port 65535: {WORDS}"),
        ("client.py --host=x..y --port=1", f"cannot connect to x..y port 1: {MALFORMED}"),
        ("client.py --host=x..y --port=65535", f"cannot connect to x..y port 65535: {MALFORMED}"),
        (f"server.py --host={LONG}", f"cannot listen on {LONG} port 5000: {WORDS}"),
        (f"client.py --host={LONG}", f"cannot connect to {LONG} port 5000: {MALFORMED}"),
        (f"server.py --host={WILD}", f"cannot listen on {SHOWN} port 5000: {MALFORMED}"),
        (f"client.py --host={WILD}", f"cannot connect to {SHOWN} port 5000: {MALFORMED}"),
    ],
)
def test_bad_host(command, problem):
    status, stdout, stderr = run(*command.split(" "))
    assert re.fullmatch(f"{command[:9]}: error: {problem}\n", stderr.decode())
    assert (status, stdout) == (1, b"")


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("server.py --host=", "argument --host: must not be empty"),
        ("client.py --host=", "argument --host: must not be empty"),
        ("server.py --port=-1", "argument --port: must be from 0 to 65535"),
        ("client.py --port=0", "argument --port: must be from 1 to 65535"),
        ("server.py --port=65536", "argument --port: must be from 0 to 65535"),
        ("client.py --port=65536", "argument --port: must be from 1 to 65535"),
        ("server.py --port=", "argument --port: invalid int value: ''"),
        ("client.py --port=80.5", "argument --port: invalid int value: '80.5'"),
        ("server.py --volume=11", "unrecognized arguments: --volume=11"),
        ("client.py --volume=11", "unrecognized arguments: --volume=11"),
    ],
)
def test_bad_option(command, problem):
    status, stdout, stderr = run(*command.split())
    assert re.fullmatch(f"usage: .*\n{command[:9]}: error: {problem}\n", stderr.decode())
    assert (status, stdout) == (2, b"")


def test_port_taken(open_window, server):
    reason = f"{os.strerror(errno.EADDRINUSE)}; try another --port"
    second = open_window(PYTHON, "server.py", "--port", server.port)
    second.ends_with_error(f"cannot listen on 127.0.0.1 port {server.port}: {reason}")


def test_address_not_ours(open_window):
    server = open_window(PYTHON, "server.py", "--host", "192.0.2.1", "--port", "0")
    reason = os.strerror(errno.EADDRNOTAVAIL)
    server.ends_with_error(f"cannot listen on 192.0.2.1 port 0: {reason}")


def test_nobody_listens(listener, open_window):
    port = port_of(listener)
    listener.close()
    client = open_window(PYTHON, "client.py", "--port", str(port))
    client.ends_with_error(f"cannot connect to 127.0.0.1 port {port}: {REFUSED}")


@pytest.mark.slow
def test_nobody_answers(silent_address, open_window):
    host, port = silent_address
    begin = time.monotonic()
    client = open_window(PYTHON, "client.py", "--host", host, "--port", str(port))
    client.child.timeout = 20
    client.ends_with_error(f"cannot connect to {host} port {port}: no answer in 10 seconds")
    assert 9.5 < time.monotonic() - begin < 15


@pytest.mark.parametrize("end", ["hangs_up", "resets"])
def test_other_side_is_gone(peer, window, end):
    getattr(peer, end)()
    window.ends_with_error(peer.problem)


@pytest.mark.parametrize("end", ["hangs_up", "resets"])
def test_other_side_is_gone_when_you_speak(peer, window, end):
    peer.sends(b"one\n")
    window.hears("one")
    getattr(peer, end)()
    window.says("two")
    window.ends_with_error(HUNG_UP + LOST)


def test_hang_up_in_the_middle_of_a_message(peer, window):
    peer.sends("Hello, \x1b\u202e wor".encode() + b"\xc3")  # half an é
    peer.hangs_up()
    window.sees("<< Hello, \\x1b\\u202e wor\ufffd [cut off]\n")
    window.ends_with_error(peer.problem)


def test_what_came_before_a_hang_up_is_shown(peer, window):
    peer.sends(b"one\nthree\nfi")
    peer.hangs_up()
    window.hears("one")
    window.says("two")
    window.hears("three")
    window.says("four")
    window.sees("<< fi [cut off]\n")
    window.ends_with_error(HUNG_UP + LOST)


def test_ctrl_c_while_the_server_waits_for_a_client(server):
    server.presses_ctrl("c")
    server.ends(130)


def test_ctrl_c_while_a_message_is_awaited(peer, window):
    window.presses_ctrl("c")
    window.ends(130)
    peer.sees_hang_up()


def test_ctrl_c_at_the_prompt(peer, window):
    peer.sends(b"one\n")
    window.hears("one")
    window.sees(">> ")
    window.types("half a mess")
    window.sees("half a mess")
    window.presses_ctrl("c")
    window.ends(130)
    peer.sees_hang_up()


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_twice(peer, window, second):
    window.presses_ctrl("c")  # now it is about to end
    window.child.kill(second)
    window.ends(130)


def test_ctrl_c_while_what_was_typed_is_thrown_away(peer, window):
    def throws_away():
        window.types("x")  # as long as something comes, the script goes on
        mode = termios.tcgetattr(window.child.child_fd)[3]
        return not mode & termios.ICANON  # now it takes each key, and not whole lines

    window.types("x")
    peer.sends(b"q\n")
    wait_until(lambda: throws_away() or not window.child.isalive(), "the script to throw it away")
    window.child.kill(signal.SIGINT)
    window.child.expect_exact(pexpect.EOF)
    assert window.child.wait() == 0, f"Ctrl-C has stopped {window.name}: {window.screen!r}"


def test_kill_is_like_ctrl_c(peer, window):
    window.gets_killed()
    window.ends(130)
    peer.sees_hang_up()


def test_ctrl_c_adds_nothing_to_the_output(open_window, tmp_path):
    output = tmp_path / "output"
    server = open_window("sh", "-c", f"exec {PYTHON} server.py --port 0 >{output}")
    wait_until(lambda: output.exists() and output.read_text().endswith("\n"), "the Welcome line")
    server.presses_ctrl("c")
    server.ends(130)
    assert output.read_text().count("\n") == 1  # the Welcome line


def test_other_side_learns_of_ctrl_c(server, client):
    client.says("one")
    server.hears("one")
    client.presses_ctrl("c")
    client.ends(130)
    server.says("two")
    server.ends_with_error(HUNG_UP + LOST)


@needs_proc
def test_ctrl_c_while_the_client_connects(open_window, silent_address):
    host, port = silent_address
    first_packet = f" 0100007F:{port:04X} 02 "  # it is on its way from 127.0.0.1
    client = open_window(PYTHON, "client.py", "--host", host, "--port", str(port))
    wait_until(lambda: first_packet in PROC.read_text(), "the client to call")
    client.presses_ctrl("c")
    client.ends(130)


@pytest.fixture
def port(script, listener):
    """A port with which the script starts."""
    return "0" if script == "server.py" else str(port_of(listener))


@BOTH
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_full_disk(open_window, script, port):
    window = open_window("sh", "-c", f"exec {PYTHON} {script} --port {port} >/dev/full")
    window.sees(f"{script}: error: input or output failed: {os.strerror(errno.ENOSPC)}\n")
    window.ends(1)


@BOTH
def test_nobody_reads_the_output(script, port):
    reader, output = os.pipe()
    os.close(reader)
    status, _, stderr = run(script, "--port", port, stdout=output)
    os.close(output)
    error_line = f"{script}: error: input or output failed: {os.strerror(errno.EPIPE)}\n"
    assert (status, stderr.decode()) == (1, error_line)


@BOTH
@pytest.mark.parametrize("redirection", ["<&-", ">&-", "2>&-"])
def test_closed_stream(open_window, script, port, redirection):
    window = open_window("sh", "-c", f"exec {PYTHON} {script} --port {port} {redirection}")
    if redirection != "2>&-":
        window.sees(f"{script}: error: standard input, output and error output must be open\n")
    window.ends(1)
