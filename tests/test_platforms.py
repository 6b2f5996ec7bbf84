"""macOS: what differs there, as far as another system can show it."""

import socket

import pytest

from windows import run

# Runs a script as if on macOS with Python 3.9, and shows the options that it sets.
MACOS = """
import argparse, runpy, select, socket, sys, termios
sys.platform = "darwin"
for name in "TCP_KEEPALIVE", "TCP_KEEPIDLE":
    if hasattr(socket, name):
        delattr(socket, name)

class Socket(socket.socket):
    def setsockopt(self, level, option, value):
        print("option", option, "is", value)

socket.socket = Socket
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_options_that_notice_a_dead_link(server):
    status, stdout, stderr = run("-c", MACOS, "client.py", "--port", server.port)
    assert (status, stderr) == (0, b"")
    options = {0x10: 30, socket.SO_KEEPALIVE: 1, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        options[socket.TCP_USER_TIMEOUT] = 60000
    for option, value in options.items():
        assert f"option {option} is {value}\n" in stdout.decode()


@pytest.mark.parametrize("script", ["server", "client"])
def test_caller_who_left_has_no_address(script):
    code = f"import {script}; print({script}.describe(None))"
    assert run("-B", "-c", code) == (0, b"? port 0\n", b"")
