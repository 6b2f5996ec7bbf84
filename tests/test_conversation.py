"""Two people talk in two windows, from the first word to the end of both programs."""

import errno
import os
import socket
import sys

import pexpect
import pytest

from chat import PYTHON, ROOT


def test_conversation(server, client):
    client.says("Hello, server!")
    server.hears("Hello, server!")
    server.says("Hello, client!")
    client.hears("Hello, client!")
    client.leaves()
    server.sees_goodbye()


def test_conversation_by_pexpect_alone():
    server = pexpect.spawn(PYTHON, ["server.py", "--port", "0"], cwd=str(ROOT))
    server.expect(r"port (\d+)\r\n")
    port = server.match[1].decode()
    client = pexpect.spawn(PYTHON, ["client.py", "--port", port], cwd=str(ROOT))
    client.expect_exact(">> ")
    client.sendline("Hello, server!")
    server.expect_exact("<< Hello, server!")
    server.expect_exact(">> ")
    server.sendline("q")
    client.expect_exact("The other side left.")
    client.expect_exact(pexpect.EOF)
    assert client.wait() == 0


def test_server_leaves(server, client):
    client.says("Hello")
    server.hears("Hello")
    server.leaves()
    client.sees_goodbye()


def test_client_leaves_with_ctrl_d(server, client):
    client.sees_prompt()
    client.presses("Ctrl-D")
    client.sees_line(r"(?:\^D)?\x08*")  # some terminals show ^D
    client.sees("You left.\n")
    client.ends(0)
    server.sees_goodbye()


def test_any_text(server, client):
    texts = [
        "Zoë, naïve, e\u0301le\u0300ve, 20 € and a no-break\u00a0space",
        "你好，世界",
        "سلام، می\u200cخواهم",
        "שָׁלוֹם",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 and \U0001f44b\U0001f3fd",
        "quotes ' \" and a backslash \\x1b",
        ">> << ",
        " q ",
        "",
        "x" * 5000,  # more than a terminal's own line can hold
    ]
    for text in texts:
        client.says(text)
        server.hears(text)
        server.says(text)
        client.hears(text)


def test_lines_typed_early_wait(server, client):
    server.types("two\rfour\r")
    server.sees("two\nfour\n")  # the terminal's echo
    client.sees_prompt()
    client.types("one\rthree\r")  # as a paste does
    client.sees("one\n")
    server.hears("one")
    server.sees_prompt()
    server.sees("two\n")
    client.hears("two")
    client.sees_prompt()
    client.sees("three\n")
    server.hears("three")
    server.sees_prompt()
    server.sees("four\n")
    client.hears("four")


def test_server_starts_again_at_once(peer_to_server, open_window):
    server = peer_to_server.window
    peer_to_server.sends(b"Hello\n")
    server.hears("Hello")
    server.leaves()  # who closes first keeps the port, if nothing is done about it
    server = open_window("server.py", "--port", server.port)
    server.sees_welcome()


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is here only on Linux")
def test_other_addresses_of_this_machine_are_refused(server):
    address = ("127.0.0.2", int(server.port))
    with socket.socket() as stranger:
        assert stranger.connect_ex(address) == errno.ECONNREFUSED


def test_third_party_is_refused(server, client, open_window):
    third = open_window("client.py", "--port", server.port)
    reason = f"{os.strerror(errno.ECONNREFUSED)}; no server.py waits there"
    place = f"127.0.0.1 port {server.port}"
    third.ends_with_error(f"client.py: error: cannot connect to {place}: {reason}")
    client.says("Nobody else is here")
    server.hears("Nobody else is here")


def test_defaults(open_window):
    server = open_window("server.py")
    (line,) = server.sees_line("(.*)")
    if os.strerror(errno.EADDRINUSE) in line:
        pytest.skip("port 5000 is taken")
    assert line == "Welcome: The server is now ready to receive on 127.0.0.1 port 5000"
    client = open_window("client.py")
    client.sees("Connected to 127.0.0.1 port 5000. You speak first; q leaves.\n")


@pytest.mark.parametrize("host", ["localhost", "::1"])
def test_host(open_window, host):
    if host == "::1":
        try:
            socket.create_server((host, 0), family=socket.AF_INET6).close()
        except OSError:
            pytest.skip("this machine has no IPv6")
    server = open_window("server.py", "--host", host, "--port", 0)
    server.sees_welcome()
    client = open_window("client.py", "--host", host, "--port", server.port)
    client.sees_greeting()
    server.sees_greeting()
    assert (server.host, client.other_host) == (host, host)
    assert server.other_host == ("::1" if host == "::1" else "127.0.0.1")
