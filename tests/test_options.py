"""Options: where the server listens and the client connects to."""

import errno
import os
import re
import shutil
import socket

import pytest

from windows import PYTHON


@pytest.mark.skipif(not shutil.which("setpriv"), reason="the command setpriv is not there")
def test_forbidden_port(open_window):
    weak = ("setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service")
    server = open_window(*weak, PYTHON, "server.py", "--port", "81")
    reason = f"{os.strerror(errno.EACCES)}; try another --port"
    server.ends_with_error(f"cannot listen on 127.0.0.1 port 81: {reason}")


def test_third_party_is_refused(server, client, open_client):
    third = open_client()
    third.ends_with_error("Connection refused")
    client.says("Nobody else is here")
    server.hears("Nobody else is here")


def test_server_starts_again_on_the_same_port(start_server, peer_to_server, server):
    peer_to_server.sends(b"one\n")
    server.hears("one")
    server.leaves()  # the side that closes first keeps the port for a while (TIME_WAIT)
    peer_to_server.receives(b"q\n")
    peer_to_server.sees_hang_up()
    peer_to_server.hangs_up()
    assert start_server("--port", server.port).port == server.port


def test_defaults(open_window):
    server = open_window(PYTHON, "server.py")
    (line,) = server.sees_line("(.*)")
    if os.strerror(errno.EADDRINUSE) in line:
        pytest.skip("port 5000 is taken")
    assert line == "Welcome: The server is now ready to receive on 127.0.0.1 port 5000"
    client = open_window(PYTHON, "client.py")
    client.sees("Connected to 127.0.0.1 port 5000. You speak first; q leaves.\n")


def has_ipv6():
    """Return whether this machine can listen on its IPv6 loopback address."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("listen_on", "shown", "connect_to"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("localhost", r"127\.0\.0\.1|::1", "localhost"),
        ("0.0.0.0", r"0\.0\.0\.0", "127.0.0.1"),
        ("::1", "::1", "::1"),
        ("::", "::", "::1"),
    ],
)
def test_hosts(start_server, start_client, listen_on, shown, connect_to):
    if ":" in listen_on and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    server = start_server("--host", listen_on, "--port", "0")
    assert re.fullmatch(shown, server.host)
    client = start_client(server.port, "--host", connect_to)
    server.greets()
    client.says("Hello")
    server.hears("Hello")
    server.leaves()
    client.sees_goodbye()
    assert client.other_port == server.port
    assert client.other_host == server.other_host
