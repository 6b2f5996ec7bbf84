"""On the peer: the bytes that the scripts send, and whatever bytes may come."""

import contextlib
from pathlib import Path

import pytest

from windows import MAX_MESSAGE, needs_proc


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


def test_one_byte_at_a_time(peer, window):
    for byte in "Zoë 你好 \U0001f44b\r\n".encode():
        peer.sends(bytes([byte]))
    window.hears("Zoë 你好 \U0001f44b")


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
    window.ends_with_error(f"hung up on a message of over {MAX_MESSAGE} bytes")
    peer.sees_hang_up()


def memory(process_id):
    """Return the most memory, in bytes, that a process has used so far."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


@needs_proc
def test_memory_is_bounded_while_messages_come_early(peer, window):
    peer.sends(b"one\n")
    window.hears("one")
    window.sees(">> ")
    before = memory(window.child.pid)
    peer.socket.setblocking(False)
    flood = peer.socket.send(b"early\n" * 5 * MAX_MESSAGE)  # as much as the system takes
    assert flood < 30 * MAX_MESSAGE
    assert memory(window.child.pid) < before + 2 * MAX_MESSAGE
