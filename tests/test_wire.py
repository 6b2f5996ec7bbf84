"""On the wire: the bytes that the scripts send, and whatever bytes may come."""

import contextlib
import ctypes
import os
import socket
import sys
from pathlib import Path

import pytest

from chat import HUNG_UP, MAX_MESSAGE


def test_message_is_a_line_of_utf_8(peer, window):
    peer.sends("你好\n".encode())
    window.hears("你好")
    window.says("Zoë")
    peer.receives(b"Zo\xc3\xab\n")


def test_goodbye_is_the_line_q(peer, window):
    peer.sends(b"one\n")
    window.hears("one")
    window.leaves()
    peer.receives(b"q\n")
    peer.sees_hang_up()


def test_q_is_heard_as_goodbye(peer, window):
    peer.sends(b"q\n")
    window.sees_goodbye()
    peer.sees_hang_up()


def test_carriage_return_before_the_newline_is_dropped(peer, window):
    peer.sends(b"one\r\n")
    window.hears("one")
    window.says("two")
    peer.sends(b"two\r\r\n")
    window.hears(r"two\r")
    window.says("three")
    peer.sends(b"q\r\n")
    window.sees_goodbye()


def test_half_a_character_waits_for_the_rest(peer, window):
    peer.delivers(b"Zo\xc3")
    peer.sends(b"\xab\n")
    window.hears("Zoë")


def test_one_byte_at_a_time(peer, window):
    for byte in "你好 \U0001f44b\r\n".encode():
        peer.delivers(bytes([byte]))
    window.hears("你好 \U0001f44b")


def test_messages_that_come_early_wait_for_their_turns(peer, window):
    peer.sends(b"one\nthree\n\nsev")
    window.hears("one")
    window.says("two")
    window.hears("three")
    window.says("four")
    window.hears("")
    window.says("six")
    peer.receives(b"two\nfour\nsix\n")
    peer.sends(b"en\nq\n")
    window.hears("seven")
    window.says("eight")
    window.sees_goodbye()


def test_message_at_the_limit(peer, window):
    peer.sends(b"x" * MAX_MESSAGE + b"\n")
    window.hears("x" * MAX_MESSAGE)
    window.leaves()


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_message_over_the_limit_is_hung_up_on(peer, window, end):
    with contextlib.suppress(OSError):  # it may hang up before all is sent
        peer.sends(b"x" * (MAX_MESSAGE + 1) + end)
    problem = f"hung up on a message of over {MAX_MESSAGE} bytes"
    window.ends_with_error(f"{window.name}: error: {problem}")
    peer.sees_hang_up()


def test_flood_is_left_to_the_system(peer, window):
    peer.sends(b"one\n")
    window.hears("one")
    window.sees(">> ")  # now the script reads nothing
    peer.socket.setblocking(False)
    with pytest.raises(BlockingIOError):  # the system takes only so much
        peer.sends(b"early\n" * 20 * MAX_MESSAGE)


@pytest.mark.parametrize("end", ["hangs_up", "resets"])
def test_other_side_is_gone_when_you_speak(peer, window, end):
    peer.sends(b"one\n")
    window.hears("one")
    getattr(peer, end)()
    window.says("two")
    window.ends_with_error(f"{window.name}: error: {HUNG_UP}")


@pytest.mark.parametrize("end", ["hangs_up", "resets"])
def test_other_side_is_gone_in_the_middle_of_a_message(peer, window, end):
    peer.delivers("Hello, \x1b\u202e wor".encode() + b"\xc3")  # half an é
    getattr(peer, end)()
    window.sees("<< Hello, \\x1b\\u202e wor\ufffd [cut off]\n")
    window.ends_with_error(f"{window.name}: error: {HUNG_UP}")


def test_what_came_before_a_hang_up_is_shown(peer, window):
    peer.sends(b"one\nthree\nfi")
    peer.hangs_up()
    window.hears("one")
    window.says("two")
    window.hears("three")
    window.says("four")
    window.sees("<< fi [cut off]\n")
    window.ends_with_error(f"{window.name}: error: {HUNG_UP}")


def copy_of_socket(window):
    """Return a second handle of a script's socket. Only Linux has that: pidfd_getfd."""
    if sys.platform != "linux":
        pytest.skip("only Linux shows the sockets of other programs")
    links = Path(f"/proc/{window.child.pid}/fd").iterdir()
    (number,) = [int(link.name) for link in links if "socket:" in os.readlink(link)]
    process = os.pidfd_open(window.child.pid)
    copy = ctypes.CDLL(None).syscall(438, process, number, 0)
    os.close(process)
    if copy == -1:
        pytest.skip("this system does not allow pidfd_getfd")
    return socket.socket(fileno=copy)


def test_dead_link_ends_the_chat_within_a_minute(server, client):
    client.says("Hello")
    server.hears("Hello")  # so both have set their options
    for window in server, client:
        with copy_of_socket(window) as connection:
            assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            tcp = socket.IPPROTO_TCP
            assert connection.getsockopt(tcp, socket.TCP_KEEPIDLE) == 30  # seconds
            assert connection.getsockopt(tcp, socket.TCP_KEEPINTVL) == 10
            assert connection.getsockopt(tcp, socket.TCP_KEEPCNT) == 3
            assert connection.getsockopt(tcp, socket.TCP_USER_TIMEOUT) == 60000  # ms
