"""When things go wrong: what the user is told, and with which status the programs end."""

import errno
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from windows import (
    HUNG_UP,
    LOST,
    NO_ANSWER,
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


def test_port_taken(open_window, server):
    second = open_window(PYTHON, "server.py", "--port", server.port)
    reason = f"{os.strerror(errno.EADDRINUSE)}; try another --port"
    second.fails(f"cannot listen on 127.0.0.1 port {server.port}: {reason}")


def test_address_not_ours(open_window):
    server = open_window(PYTHON, "server.py", "--host", "192.0.2.1", "--port", "0")
    reason = os.strerror(errno.EADDRNOTAVAIL)
    server.fails(f"cannot listen on 192.0.2.1 port 0: {reason}")


@BOTH
def test_unknown_host(script):
    status, stdout, stderr = run(script, "--host", "nobody.invalid", "--port", "5001")
    assert (status, stdout) == (1, b"")
    problem = f"cannot {DEEDS[script]} nobody.invalid port 5001: .+"
    assert re.fullmatch(f"{script}: error: {problem}\n", stderr.decode())


@BOTH
@pytest.mark.parametrize("host", ["x..y", "a" * 300, "a\nb\udcff"], ids=["x..y", "long", "no text"])
def test_malformed_host(script, host):
    status, stdout, stderr = run(script, "--host", host, "--port", "5001")
    shown = host.replace("\n", r"\n").replace("\udcff", r"\udcff")
    problem = f"cannot {DEEDS[script]} {shown} port 5001: malformed host name"
    assert (status, stdout, stderr.decode()) == (
        1,
        b"",
        f"{script}: error: {problem}\n",
    )


def test_nobody_listens(listener):
    port = port_of(listener)
    listener.close()
    status, stdout, stderr = run("client.py", "--port", str(port))
    reason = f"{os.strerror(errno.ECONNREFUSED)}; start server.py first"
    problem = f"cannot connect to 127.0.0.1 port {port}: {reason}"
    assert (status, stdout, stderr.decode()) == (
        1,
        b"",
        f"client.py: error: {problem}\n",
    )


@pytest.mark.patient
def test_nobody_answers(unanswered_client):
    status, seconds, stderr = unanswered_client.result()
    assert status == 1
    problem = rf"cannot connect to 127\.0\.0\.1 port \d+: {NO_ANSWER}"
    assert re.fullmatch(f"client.py: error: {problem}\n", stderr.decode())
    assert 10 < float(seconds) < 15


@BOTH
@pytest.mark.parametrize("port", ["-1", "65536", "x", "", "80.5"])
def test_bad_port(script, port):
    status, stdout, stderr = run(script, f"--port={port}")
    usage = rf"usage: {script} \[-h\] \[--host HOST\] \[--port PORT\]\n"
    problem = f"{script}: error: argument --port: .+\n"
    assert (status, stdout) == (2, b"")
    assert re.fullmatch(usage + problem, stderr.decode())


@BOTH
@pytest.mark.parametrize("port", ["1", "65535"])
def test_port_at_the_limit(script, port):
    status, stdout, stderr = run(script, "--host", "x..y", "--port", port)
    problem = f"{script}: error: cannot {DEEDS[script]} x..y port {port}: malformed host name\n"
    assert (status, stdout, stderr.decode()) == (1, b"", problem)


@BOTH
def test_port_over_the_limit(script):
    lowest = {"server.py": 0, "client.py": 1}[script]
    problem = f"{script}: error: argument --port: must be from {lowest} to 65535\n"
    assert run(script, "--port=65536")[2].decode().endswith(problem)


def test_client_cannot_connect_to_port_0():
    status, stdout, stderr = run("client.py", "--port", "0")
    assert (status, stdout) == (2, b"")
    assert stderr.endswith(b"client.py: error: argument --port: must be from 1 to 65535\n")


@BOTH
def test_unknown_option(script):
    status, stdout, stderr = run(script, "--volume", "11")
    assert (status, stdout) == (2, b"")
    assert stderr.endswith(f"{script}: error: unrecognized arguments: --volume 11\n".encode())


def test_other_side_closes(wire, window):
    wire.hangs_up()
    window.fails(wire.problem)


def test_other_side_resets(wire, window):
    wire.resets()
    window.fails(wire.problem)


def test_other_side_closes_instead_of_answering(wire, window):
    wire.sends(b"one\n")
    window.hears("one")
    window.says("two")
    wire.receives(b"two\n")
    wire.hangs_up()
    window.fails(HUNG_UP + LOST)


@pytest.mark.parametrize("end", ["hangs_up", "resets"])
def test_other_side_is_gone_when_you_speak(wire, window, end):
    wire.sends(b"one\n")
    window.hears("one")
    getattr(wire, end)()
    window.says("two")
    window.fails(HUNG_UP + LOST)


def test_other_side_is_killed(server, client):
    client.says("one")
    server.hears("one")
    server.child.kill(signal.SIGKILL)
    client.fails(HUNG_UP + LOST)


def test_hang_up_in_the_middle_of_a_message(wire, window):
    wire.sends("Hello, \x1b\u202e wor".encode() + b"\xc3")  # half an é
    wire.hangs_up()
    window.sees("<< Hello, \\x1b\\u202e wor\ufffd [cut off]\n")
    window.fails(wire.problem)


def test_what_came_before_a_hang_up_is_shown(wire, window):
    wire.sends(b"one\nthree\nfi")
    wire.hangs_up()
    window.hears("one")
    window.says("two")
    window.hears("three")
    window.says("four")
    window.sees("<< fi [cut off]\n")
    window.fails(HUNG_UP + LOST)


def test_ctrl_c_while_the_server_waits_for_a_client(server):
    server.presses("c")
    server.sees("^C\n")
    server.ends(130)


def test_ctrl_c_while_a_message_is_awaited(wire, window):
    window.presses("c")
    window.sees("^C\n")
    window.ends(130)
    wire.is_hung_up_on()


def test_ctrl_c_at_the_prompt(wire, window):
    wire.sends(b"one\n")
    window.hears("one")
    window.sees(">> ")
    window.types("half a mess")
    window.sees("half a mess")
    window.presses("c")
    window.sees("\n")
    window.ends(130)
    wire.is_hung_up_on()


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_twice(wire, window, second):
    window.presses("c")
    window.sees("^C\n")  # now it is about to end
    window.child.kill(second)
    window.ends(130)


def test_kill_is_like_ctrl_c(wire, window):
    window.is_killed()
    window.sees("\n")
    window.ends(130)
    wire.is_hung_up_on()


def test_ctrl_c_adds_nothing_to_the_output(open_window, tmp_path):
    output = tmp_path / "output"
    server = open_window("sh", "-c", f"exec {PYTHON} server.py --port 0 >{output}")
    wait_until(lambda: output.exists() and output.read_text().endswith("\n"))
    server.presses("c")
    server.sees("^C\n")
    server.ends(130)
    assert output.read_text().count("\n") == 1  # the Welcome line


def test_other_side_is_told_of_ctrl_c(server, client):
    client.says("one")
    server.hears("one")
    client.presses("c")
    client.sees("^C\n")
    client.ends(130)
    server.says("two")
    server.fails(HUNG_UP + LOST)


def first_packet_is_sent(port):
    """Return whether, on this machine, a client waits for the answer of a port on 127.0.0.1."""
    return f" 0100007F:{port:04X} 02 " in PROC.read_text()


@needs_proc
def test_ctrl_c_while_the_client_connects(open_window, silent_address):
    host, port = silent_address
    client = open_window(PYTHON, "client.py", "--host", host, "--port", str(port))
    wait_until(lambda: first_packet_is_sent(port))
    client.presses("c")
    client.sees("^C\n")
    client.ends(130)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full stands for a full disk")
@BOTH
def test_full_disk(script, listener):
    port = "0" if script == "server.py" else str(port_of(listener))
    with open("/dev/full", "wb") as full:
        status, _, stderr = run(script, "--port", port, stdout=full)
    problem = f"input or output failed: {os.strerror(errno.ENOSPC)}"
    assert (status, stderr.decode()) == (1, f"{script}: error: {problem}\n")


@BOTH
def test_reader_of_the_output_is_gone(script, listener):
    port = "0" if script == "server.py" else str(port_of(listener))
    reader, writer = os.pipe()
    os.close(reader)
    status, _, stderr = run(script, "--port", port, stdout=writer)
    os.close(writer)
    problem = f"input or output failed: {os.strerror(errno.EPIPE)}"
    assert (status, stderr.decode()) == (1, f"{script}: error: {problem}\n")


@BOTH
@pytest.mark.parametrize("redirection", ["<&-", ">&-", "2>&-"])
def test_closed_stream(script, redirection, listener):
    port = "0" if script == "server.py" else str(port_of(listener))
    command = [
        "sh",
        "-c",
        f'exec "$0" "$@" {redirection}',
        PYTHON,
        script,
        "--port",
        port,
    ]
    shell = {"cwd": str(ROOT), "env": environment(), "stderr": subprocess.PIPE}
    done = subprocess.run(command, check=False, timeout=TIMEOUT, **shell)
    problem = f"{script}: error: standard input, output and error output must be open\n"
    told = "" if redirection == "2>&-" else problem
    assert (done.returncode, done.stderr.decode()) == (1, told)
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):  # nobody has called: it ended at once
        listener.accept()
