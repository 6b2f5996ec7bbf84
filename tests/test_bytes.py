"""On the wire: the bytes that the scripts send, and whatever bytes may come."""

import contextlib
import re

import pytest

from chat import Peer, network

MAX_MESSAGE = 1024 * 1024  # bytes, as the scripts promise
HUNG_UP = "error: the other side hung up"


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


def test_carriage_return_before_the_newline_is_dropped(peer, window):
    peer.delivers(b"one\r")
    peer.sends(b"\n")
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


def test_messages_that_come_early_wait_for_their_turns(peer, window):
    peer.sends(b"one\nthree\n\nsev")
    window.hears("one")
    window.says("two")
    window.hears("three")
    window.says("four")
    window.hears("")
    window.says("six")
    peer.sends(b"en\nq\n")
    window.hears("seven")
    window.says("eight")
    window.sees_goodbye()
    peer.receives(b"two\nfour\nsix\neight\n")
    peer.sees_hang_up()


def test_message_at_the_limit(peer, window):
    peer.delivers(b"x" * MAX_MESSAGE)
    peer.sends(b"\n")
    window.hears("x" * MAX_MESSAGE)


def test_message_over_the_limit_is_hung_up_on(peer, window):
    with contextlib.suppress(OSError):  # it may hang up before all is sent
        peer.sends(b"x" * (MAX_MESSAGE + 65536 + 1))
    problem = f"hung up on a message of over {MAX_MESSAGE} bytes"
    window.ends_with_error(f"{window.name}: error: {problem}")
    peer.sees_hang_up()


def test_what_came_before_the_end_is_heard(peer, window):
    peer.sends(b"one\nthree\n")
    peer.hangs_up()
    window.hears("one")
    window.says("two")
    window.hears("three")
    window.says("four")
    window.ends_with_error(f"{window.name}: {HUNG_UP}")


@pytest.mark.parametrize(
    ("begun", "end"), [(b"", Peer.resets), (b"Hello, wor", Peer.hangs_up)]
)
def test_other_side_is_gone(peer, window, begun, end):
    peer.delivers(begun)
    end(peer)
    window.ends_with_error(f"{window.name}: {HUNG_UP}")


@pytest.mark.skipif(not network(), reason="only Linux lists its timers")
def test_dead_link_is_noticed_within_a_minute(peer):
    peer.delivers(b"begin")  # so the script has set its options
    timer = re.search(f"{peer.there} .*{peer.here} .* 02:(.{{8}})", network())
    assert timer, f"expected {peer.window.name} to ask for signs of life"
    assert int(timer[1], 16) <= 3000  # hundredths of a second, until TCP asks
