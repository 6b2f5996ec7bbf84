"""A conversation by pexpect alone, without the words of windows.py."""

import pexpect

from windows import PYTHON, ROOT, TIMEOUT, open_terminal


def test_pexpect_alone():
    usual = {"cwd": str(ROOT), "timeout": TIMEOUT, "preexec_fn": open_terminal}
    server = pexpect.spawn(PYTHON, ["server.py", "--port", "0"], **usual)
    server.expect(r"port (\d+)\r\n")
    port = server.match[1].decode()
    client = pexpect.spawn(PYTHON, ["client.py", "--port", port], **usual)

    client.expect_exact(">> ")
    client.sendline("Hello")
    server.expect_exact("<< Hello")
    server.expect_exact(">> ")
    server.sendline("q")
    server.expect_exact("You left.")
    client.expect_exact("The other side left.")
    client.expect_exact(pexpect.EOF)
    assert client.wait() == 0
