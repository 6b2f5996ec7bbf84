"""On the wire: the bytes that the scripts send, and whatever bytes may come."""

import contextlib
import os
import socket
import struct
import sys
from pathlib import Path

import pytest

from windows import MAX_MESSAGE, needs_proc


def test_message_is_a_line_of_utf_8(wire, window):
    wire.sends("你好\n".encode())
    window.hears("你好")
    window.says("Zoë")
    wire.receives(b"Zo\xc3\xab\n")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells how many packets have come")
def test_message_is_sent_in_one_packet(wire, window):
    def packets_with_data():
        info = wire.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 156)
        return struct.unpack_from("I", info, 152)[0]  # tcpi_data_segs_in of linux/tcp.h

    before = packets_with_data()
    wire.sends(b"one\n")
    window.hears("one")
    window.says("two")
    wire.receives(b"two\n")
    assert packets_with_data() == before + 1


def processor_time(process_id):
    """Return the processor time, in ticks of 10 ms or so, that a process has used so far."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@needs_proc
def test_waiting_takes_no_processor_time(wire, window):
    before = processor_time(window.child.pid)
    here = processor_time(os.getpid())
    while processor_time(os.getpid()) < here + 20:  # whoever waits in a loop uses as much
        pass
    assert processor_time(window.child.pid) < before + 5


def test_goodbye_is_the_line_q(wire, window):
    wire.sends(b"one\n")
    window.hears("one")
    window.leaves()
    wire.receives(b"q\n")
    wire.is_hung_up_on()


def test_q_is_heard_as_goodbye(wire, window):
    wire.sends(b"q\n")
    window.is_left()
    wire.is_hung_up_on()


def test_carriage_return_before_the_newline_is_dropped(wire, window):
    wire.sends(b"one\r\n")
    window.hears("one")
    window.says("two")
    wire.sends(b"two\r\r\n")
    window.hears(r"two\r")
    window.says("three")
    wire.sends(b"q\r\n")
    window.is_left()


def test_one_byte_at_a_time(wire, window):
    for byte in "Zoë 你好 \U0001f44b\r\n".encode():
        wire.sends(bytes([byte]))
    window.hears("Zoë 你好 \U0001f44b")


def test_messages_that_come_early_wait_for_their_turns(wire, window):
    wire.sends(b"one\nthree\n\nsev")
    window.hears("one")
    window.says("two")
    window.hears("three")
    window.says("four")
    window.hears("")
    window.says("six")
    wire.receives(b"two\nfour\nsix\n")
    wire.sends(b"en\nq\n")
    window.hears("seven")
    window.says("eight")
    window.is_left()


@needs_proc
def test_message_at_the_limit(wire, window):
    wire.sends(b"x" * MAX_MESSAGE)
    wire.has_been_read()
    wire.sends(b"\n")
    window.hears("x" * MAX_MESSAGE)
    window.leaves()


def test_message_over_the_limit_is_hung_up_on(wire, window):
    wire.sends(b"x" * (MAX_MESSAGE + 1))
    window.fails(f"hung up on a message of over {MAX_MESSAGE} bytes")
    wire.is_hung_up_on()


def test_newline_does_not_make_it_shorter(wire, window):
    with contextlib.suppress(OSError):  # we may be hung up on before all is sent
        wire.sends(b"x" * (MAX_MESSAGE + 1) + b"\n")
    window.fails(f"hung up on a message of over {MAX_MESSAGE} bytes")


def memory(process_id):
    """Return the most memory, in bytes, that a process has used so far."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


@needs_proc
def test_memory_is_bounded_while_messages_come_early(wire, window):
    wire.sends(b"one\n")
    window.hears("one")
    window.sees(">> ")
    before = memory(window.child.pid)
    wire.socket.setblocking(False)
    flood = wire.socket.send(b"early\n" * 5 * MAX_MESSAGE)  # as much as the system takes
    assert flood < 30 * MAX_MESSAGE
    assert memory(window.child.pid) < before + 2 * MAX_MESSAGE
