"""When things go wrong: what the user is told, and with which status the programs end."""

import errno
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from windows import (
    HUNG_UP,
    LOST,
    PROC,
    PYTHON,
    ROOT,
    TIMEOUT,
    environment,
    needs_proc,
    port_of,
    run,
    wait_until,
)

pytestmark = pytest.mark.usefixtures("development_mode")
BOTH = pytest.mark.parametrize("script", ["server.py", "client.py"])
DEEDS = {"server.py": "listen on", "client.py": "connect to"}


def fails(script, *options, problem, status=1):
    """Run a script without a terminal: it must end with an error line, and show nothing else.

    The problem is a regular expression. A wrong option (status 2) shows the usage first.
    """
    usage = r"usage: .*\n" if status == 2 else ""
    ended, stdout, stderr = run(script, *options)
    assert re.fullmatch(f"{usage}{script}: error: {problem}\n", stderr.decode())
    assert (ended, stdout) == (status, b"")


def test_port_taken(open_window, server):
    second = open_window(PYTHON, "server.py", "--port", server.port)
    reason = f"{os.strerror(errno.EADDRINUSE)}; try another --port"
    second.ends_with_error(f"cannot listen on 127.0.0.1 port {server.port}: {reason}")


def test_address_not_ours(open_window):
    server = open_window(PYTHON, "server.py", "--host", "192.0.2.1", "--port", "0")
    reason = os.strerror(errno.EADDRNOTAVAIL)
    server.ends_with_error(f"cannot listen on 192.0.2.1 port 0: {reason}")


@BOTH
@pytest.mark.parametrize("host", ["nobody.invalid", "x..y", "a" * 300])
def test_unknown_host(script, host):
    malformed = script == "client.py" and host != "nobody.invalid"
    reason = "malformed host name" if malformed else ".+"  # server.py has the system's words
    fails(script, f"--host={host}", problem=f"cannot {DEEDS[script]} {host} port 5000: {reason}")


@BOTH
def test_malformed_host(script):
    shown = r"ü\.\.\\n\\udcff"
    problem = f"cannot {DEEDS[script]} {shown} port 5000: malformed host name"
    fails(script, "--host", "ü..\n\udcff", problem=problem)


@BOTH
def test_empty_host(script):
    fails(script, "--host=", status=2, problem="argument --host: must not be empty")


def test_nobody_listens(listener):
    port = port_of(listener)
    listener.close()
    reason = f"{os.strerror(errno.ECONNREFUSED)}; start server.py first"
    fails("client.py", f"--port={port}", problem=f"cannot connect to .* port {port}: {reason}")


@pytest.mark.slow
def test_nobody_answers(silent_address, open_window):
    host, port = silent_address
    begin = time.monotonic()
    client = open_window(PYTHON, "client.py", "--host", host, "--port", str(port))
    client.child.timeout = 20
    client.ends_with_error(f"cannot connect to {host} port {port}: no answer in 10 seconds")
    assert 9.5 < time.monotonic() - begin < 15


@BOTH
@pytest.mark.parametrize("port", ["-1", "65536", "x", "", "80.5"])
def test_bad_port(script, port):
    lowest = 0 if script == "server.py" else 1
    limits = f"must be from {lowest} to 65535|invalid int value: '{port}'"
    fails(script, f"--port={port}", status=2, problem=f"argument --port: ({limits})")


def test_client_cannot_connect_to_port_0():
    fails("client.py", "--port=0", status=2, problem="argument --port: must be from 1 to 65535")


@BOTH
@pytest.mark.parametrize("port", ["1", "65535"])
def test_port_at_the_limit(script, port):
    problem = f"cannot {DEEDS[script]} x..y port {port}: .*"
    fails(script, "--host=x..y", f"--port={port}", problem=problem)


@BOTH
def test_unknown_option(script):
    fails(script, "--volume=11", status=2, problem="unrecognized arguments: --volume=11")


def test_other_side_closes(peer, window):
    peer.hangs_up()
    window.ends_with_error(peer.problem)
    assert window.screen.endswith(f"error: {peer.problem}\n")


def test_other_side_resets(peer, window):
    peer.resets()
    window.ends_with_error(peer.problem)
    assert window.screen.endswith(f"error: {peer.problem}\n")


def test_other_side_closes_instead_of_answering(peer, window):
    peer.sends(b"one\n")
    window.hears("one")
    window.says("two")
    peer.receives(b"two\n")
    peer.hangs_up()
    window.ends_with_error(HUNG_UP + LOST)


@pytest.mark.parametrize("end", ["hangs_up", "resets"])
def test_other_side_is_gone_when_you_speak(peer, window, end):
    peer.sends(b"one\n")
    window.hears("one")
    getattr(peer, end)()
    window.says("two")
    window.ends_with_error(HUNG_UP + LOST)


def test_other_side_is_killed(server, client):
    client.says("one")
    server.hears("one")
    server.child.kill(signal.SIGKILL)
    client.ends_with_error(HUNG_UP + LOST)


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


def test_kill_is_like_ctrl_c(peer, window):
    window.gets_killed()
    window.sees("\n")
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


@BOTH
@pytest.mark.parametrize("problem", [errno.ENOSPC, errno.EPIPE], ids=["full disk", "no reader"])
def test_output_cannot_be_written(script, problem, listener):
    if problem == errno.ENOSPC:
        if not Path("/dev/full").exists():
            pytest.skip("only /dev/full, which behaves like a full disk, can test this")
        output = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, output = os.pipe()
        os.close(reader)
    port = "0" if script == "server.py" else str(port_of(listener))
    status, _, stderr = run(script, "--port", port, stdout=output)
    os.close(output)
    error_line = f"{script}: error: input or output failed: {os.strerror(problem)}\n"
    assert (status, stderr.decode()) == (1, error_line)


@BOTH
@pytest.mark.parametrize("redirection", ["<&-", ">&-", "2>&-"])
def test_closed_stream(script, redirection, listener):
    port = "0" if script == "server.py" else str(port_of(listener))
    command = ["sh", "-c", f'exec "$0" "$@" {redirection}', PYTHON, script, "--port", port]
    shell = {"cwd": str(ROOT), "env": environment(), "stderr": subprocess.PIPE}
    done = subprocess.run(command, check=False, timeout=TIMEOUT, **shell)
    problem = f"{script}: error: standard input, output and error output must be open\n"
    told = "" if redirection == "2>&-" else problem
    assert (done.returncode, done.stderr.decode()) == (1, told)
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):  # nobody has called: it ended at once
        listener.accept()


def test_warnings_as_errors(listener):
    port = port_of(listener)
    listener.close()
    status, stdout, stderr = run("-W", "error", "client.py", "--port", str(port))
    assert (status, stdout, stderr.count(b"\n")) == (1, b"", 1)
