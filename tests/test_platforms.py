"""Where the scripts run: what Windows and macOS lack."""

import errno
import os
import signal
import socket

import pytest

from windows import HUNG_UP, PYTHON, port_of, run

BOTH = pytest.mark.parametrize("module", ["server", "client"])
# Takes away what Python lacks on Windows. The imports come first: they look at the platform, too.
WINDOWS = """
import argparse, contextlib, errno, locale, os, shutil, signal, socket, sys, time
sys.modules.update(readline=None, termios=None)
del os.getpgrp, os.tcgetpgrp
for name in "SIGHUP", "SIGQUIT", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGALRM":
    delattr(signal, name)
del signal.pthread_sigmask
for name in [name for name in dir(socket) if name.startswith(("TCP_KEEP", "TCP_USER"))]:
    delattr(socket, name)
sys.platform = "win32"
"""
# What accept of macOS does if the caller has hung up already.
NO_ADDRESS = """
import socket
accept = socket.socket.accept
socket.socket.accept = lambda listener: (accept(listener)[0], None)
"""
# Notes what a script asks of a connection on macOS, with Python 3.9.
MACOS = """
import {module}, socket, sys
sys.platform = "darwin"
for name in "TCP_KEEPALIVE", "TCP_KEEPIDLE":
    if hasattr(socket, name):
        delattr(socket, name)

class Notebook:
    def setsockopt(self, level, option, value):
        print(level == socket.IPPROTO_TCP, option, value)

{module}.hang_up_on_silence(Notebook())
"""


@pytest.fixture
def pair(start_server, start_client, windows):
    """Both scripts in windows of a Python that lacks what Windows lacks, about to speak."""
    server = start_server("--port", "0", env=windows)
    client = start_client(server.port, env=windows)
    server.greets()
    return server, client


@pytest.fixture
def windows(tmp_path):
    """What the environment changes for a Python that lacks what Windows lacks."""
    (tmp_path / "sitecustomize.py").write_text(WINDOWS)
    return {"PYTHONPATH": str(tmp_path)}


def test_conversation_without_what_windows_lacks(pair):
    server, client = pair
    client.says("Zoë")
    server.hears("Zoë")
    server.says("你好")
    client.hears("你好")
    client.leaves()
    server.is_left()


def test_ctrl_c_is_left_to_windows(pair):
    server, client = pair
    server.presses("c")
    server.sees("^C")
    server.ends(None)
    assert server.child.signalstatus == signal.SIGINT
    client.says("Hello?")
    client.sees_at_last("the other side hung up; your last message may not have arrived\n")
    client.ends(1)


def test_windows_would_share_a_port_that_is_marked_as_reusable(open_window, start_server, windows):
    server = start_server("--port", "0", env=windows)
    with socket.create_connection((server.host, int(server.port))) as connection:
        server.greets()
        connection.sendall(b"one\n")
        server.hears("one")
        server.leaves()
        connection.recv(2)
    again = open_window(PYTHON, "server.py", "--port", server.port, env=windows)
    reason = f"{os.strerror(errno.EADDRINUSE)}; try another --port"  # the port still waits
    again.fails(f"cannot listen on 127.0.0.1 port {server.port}: {reason}")


def test_caller_without_an_address(start_server, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(NO_ADDRESS)
    server = start_server("--port", "0", env={"PYTHONPATH": str(tmp_path)})
    with socket.create_connection((server.host, int(server.port))):
        server.sees("Connected to ? port 0. The client speaks first; q leaves.\n")
    server.fails(HUNG_UP)


@BOTH
def test_keepalive_of_macos_by_its_number(module):
    status, stdout, stderr = run("-B", "-c", MACOS.format(module=module))
    assert (status, stderr) == (0, b"")
    assert "True 16 30" in stdout.decode().splitlines()


def test_warnings_as_errors(listener):
    port = port_of(listener)
    listener.close()
    status, stdout, stderr = run("-W", "error", "client.py", "--port", str(port))
    assert (status, stdout, stderr.count(b"\n")) == (1, b"", 1)
