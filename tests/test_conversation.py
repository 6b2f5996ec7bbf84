"""Two people talk in two windows, from the first word to the end of both programs."""

import errno
import os
import socket

import pexpect
import pytest

from chat import PYTHON, ROOT, TIMEOUT

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
REFUSED = f"{os.strerror(errno.ECONNREFUSED)}; no server.py waits there"


def test_conversation(server, client):
    client.says("Hello, server!")
    server.hears("Hello, server!")
    server.says("Hello, client!")
    client.hears("Hello, client!")
    client.says("How is the weather on your side?")
    server.hears("How is the weather on your side?")
    server.says("Bits and pieces.")
    client.hears("Bits and pieces.")
    client.leaves()
    server.sees_goodbye()
    assert server.transcript == (
        f"Welcome: The server is now ready to receive on 127.0.0.1 port {server.port}\n"
        f"Connected to 127.0.0.1 port {server.other_port}. "
        "The client speaks first; q leaves.\n"
        "<< Hello, server!\n"
        ">> Hello, client!\n"
        "<< How is the weather on your side?\n"
        ">> Bits and pieces.\n"
        "The other side left.\n"
    )
    assert client.transcript == (
        f"Connected to 127.0.0.1 port {server.port}. You speak first; q leaves.\n"
        ">> Hello, server!\n"
        "<< Hello, client!\n"
        ">> How is the weather on your side?\n"
        "<< Bits and pieces.\n"
        ">> q\n"
        "You left.\n"
    )


def test_conversation_by_pexpect_alone():
    command = [PYTHON, "server.py", "--port", "0"]
    server = pexpect.spawn(command[0], command[1:], cwd=str(ROOT), timeout=TIMEOUT)
    server.expect(r"port (\d+)\r\n")
    command = [PYTHON, "client.py", "--port", server.match[1].decode()]
    client = pexpect.spawn(command[0], command[1:], cwd=str(ROOT), timeout=TIMEOUT)

    client.expect_exact(">> ")
    client.sendline("Hello, server!")
    server.expect_exact("<< Hello, server!")
    server.expect_exact(">> ")
    server.sendline("q")
    server.expect_exact("You left.")
    client.expect_exact("The other side left.")
    client.expect_exact(pexpect.EOF)
    assert client.wait() == 0


def test_server_leaves(server, client):
    client.says("Hello")
    server.hears("Hello")
    server.leaves()
    client.sees_goodbye()


def test_client_leaves_at_once(server, client):
    client.leaves()
    server.sees_goodbye()


def test_client_leaves_with_ctrl_d(server, client):
    client.leaves_with_ctrl_d()
    server.sees_goodbye()


def test_server_leaves_with_ctrl_d(server, client):
    client.says("Hello")
    server.hears("Hello")
    server.leaves_with_ctrl_d()
    client.sees_goodbye()


def test_any_text(server, client):
    texts = [
        "Zoë, naïve, e\u0301le\u0300ve, 20 € and a no-break\u00a0space",
        "你好，世界",
        "سلام، می\u200cخواهم",
        "שָׁלוֹם",
        f"{FAMILY} and {FAMILY} \U0001f44b\U0001f3fd \U0001f1e9\U0001f1ea",
        "quotes ' \" and a backslash \\x1b",
        ">> << ",
        " q ",
    ]
    for text in texts:
        client.says(text)
        server.hears(text)
        server.says(text)
        client.hears(text)


def test_lines_typed_early_wait(server, client):
    server.types("two\rfour\r")
    server.sees("two\nfour\n")  # the terminal's echo
    client.says("one")
    server.hears("one")
    server.sees(">> two\n")
    client.hears("two")
    client.says("three")
    server.hears("three")
    server.sees(">> four\n")
    client.hears("four")


def test_lines_typed_before_the_client_comes_wait(server, start_client):
    server.types("welcome\r")
    server.sees("welcome\n")
    client = start_client(server.port)
    server.sees_greeting()
    client.says("Hello")
    server.hears("Hello")
    server.sees(">> welcome\n")
    client.hears("welcome")


def test_third_party_is_refused(server, client, open_window):
    third = open_window(PYTHON, "client.py", "--port", server.port)
    place = f"cannot connect to 127.0.0.1 port {server.port}"
    third.ends_with_error(f"client.py: error: {place}: {REFUSED}")
    client.says("Nobody else is here")
    server.hears("Nobody else is here")


def test_defaults(open_window):
    server = open_window(PYTHON, "server.py")
    (line,) = server.sees_line("(.*)")
    if os.strerror(errno.EADDRINUSE) in line:
        pytest.skip("port 5000 is taken")
    assert line == "Welcome: The server is now ready to receive on 127.0.0.1 port 5000"
    client = open_window(PYTHON, "client.py")
    client.sees("Connected to 127.0.0.1 port 5000. You speak first; q leaves.\n")


@pytest.mark.parametrize(
    ("listen_on", "connect_to", "client_host"),
    [
        ("localhost", "localhost", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1", "127.0.0.1"),
        ("::1", "::1", "::1"),
        ("::", "::1", "::1"),
    ],
)
def test_hosts(start_server, start_client, listen_on, connect_to, client_host):
    if ":" in listen_on:
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            pytest.skip("this machine has no IPv6")
    server = start_server("--host", listen_on, "--port", "0")
    assert server.host == listen_on
    client = start_client(server.port, "--host", connect_to)
    server.sees_greeting()
    assert server.other_host == client_host
    assert (client.other_host, client.other_port) == (connect_to, server.port)


@pytest.mark.parametrize("script", ["server.py", "client.py"])
def test_help_shows_the_defaults(open_window, script):
    window = open_window(PYTHON, script, "--help")
    window.skips_to("(default: 127.0.0.1)\n")
    window.skips_to("(default: 5000)\n")
    window.ends(0)
