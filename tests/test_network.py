"""The network: names with several addresses, and links that die without a goodbye."""

import errno
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from windows import (
    HUNG_UP,
    LOST,
    PYTHON,
    needs_proc,
    port_of,
    system_view,
    wait_until,
)

KEEPALIVE = "02"  # the name of that timer in /proc/net/tcp
LIMIT = 75  # seconds within which a dead link must be noticed
SERVER, CLIENT = "10.77.0.9", "10.77.0.2"
HARDWARE = {SERVER: "02:00:00:00:00:09", CLIENT: "02:00:00:00:00:02"}
NOBODY, NOBODY_ELSE = "10.77.0.3", "10.77.0.8"


@needs_proc
def test_silence_is_timed_at_both_ends(server, client):
    client.sees(">> ")
    end = system_view(server.other_port, server.port)
    assert end.timer == KEEPALIVE
    assert 20 < end.seconds <= 30
    client.types("Hello\r")
    server.hears("Hello")
    end = system_view(server.port, server.other_port)
    assert end.timer == KEEPALIVE
    assert 20 < end.seconds <= 30


class Machines:
    """Two machines and a switch between them: three network namespaces of this one."""

    def __init__(self):
        """Build the network."""
        self.names = {side: f"chat-{os.getpid()}-{side}" for side in ("server", "client", "switch")}
        for name in self.names.values():
            self.ip("netns add", name)
        self.ip("-n", self.names["switch"], "link add bridge type bridge")
        self.ip("-n", self.names["switch"], "link set bridge up")
        for side, address in ("server", SERVER), ("client", CLIENT):
            here, switch = self.names[side], self.names["switch"]
            self.ip(
                "link add eth0 netns",
                here,
                "type veth peer name",
                side,
                "netns",
                switch,
            )
            self.ip("-n", here, "address add", f"{address}/24", "dev eth0")
            self.ip("-n", here, "link set eth0 address", HARDWARE[address])
            self.ip("-n", here, "link set eth0 up")
            self.ip("-n", here, "link set lo up")
            self.ip("-n", switch, "link set", side, "master bridge up")
        # Nobody has to ask for a hardware address. A question without an answer would count as
        # "host unreachable", and let Linux wait for longer than its options say (RFC 6069).
        for side, address in ("server", CLIENT), ("client", SERVER):
            neighbor = f"neighbor add {address} lladdr {HARDWARE[address]} dev eth0"
            self.ip("-n", self.names[side], neighbor)

    @staticmethod
    def can_be_built():
        """Return whether a network namespace can be made and entered here."""
        probe = f"chat-{os.getpid()}-probe"
        made = subprocess.call(["ip", "netns", "add", probe])
        entered = subprocess.call(["ip", "-n", probe, "link"], stdout=subprocess.DEVNULL)
        subprocess.call(["ip", "netns", "delete", probe])
        return (made, entered) == (0, 0)

    @staticmethod
    def ip(*words):
        """Run the command ip."""
        subprocess.run(["ip", *" ".join(words).split()], check=True)

    def python(self, side):
        """Return the command that runs Python on one of the machines."""
        return ("ip", "netns", "exec", self.names[side], PYTHON)

    def table(self, side):
        """Return what the system of one of the machines knows of its TCP connections."""
        command = ["ip", "netns", "exec", self.names[side], "cat", "/proc/net/tcp"]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()

    def name_hosts(self, side, names):
        """Have one of the machines know names, a dict by address, and send into the void.

        The addresses get a hardware address each, so that nobody has to answer for them.
        """
        folder = Path("/etc/netns") / self.names[side]
        folder.mkdir(parents=True)
        hosts = "".join(f"{address} {name}\n" for address, name in names.items())
        (folder / "hosts").write_text(hosts)
        for address in names:
            if address in (NOBODY, NOBODY_ELSE):
                neighbor = f"neighbor add {address} lladdr 02:00:00:00:00:01 dev eth0"
                self.ip("-n", self.names[side], neighbor)

    def cut(self):
        """Pull the server's cable out of the switch."""
        self.ip("-n", self.names["switch"], "link set server down")

    def remove(self):
        """Take the network down."""
        for name in self.names.values():
            self.ip("netns delete", name)
            shutil.rmtree(f"/etc/netns/{name}", ignore_errors=True)


@pytest.fixture
def machines():
    """Two machines on a switch, if this test may build them."""
    if not (shutil.which("ip") and os.geteuid() == 0):
        pytest.skip("network namespaces need root and the command ip")
    if not Machines.can_be_built():
        pytest.skip("network namespaces cannot be made here, as in some containers")
    machines = Machines()
    yield machines
    machines.remove()


def test_wrong_program_is_not_called(machines, start_server, start_client):
    machines.name_hosts("server", {"::1": "localhost", "127.0.0.1": "localhost"})
    python = machines.python("server")
    stranger = start_server("--host", "::1", "--port", "0", python=python)
    server = start_server("--port", stranger.port, python=python)
    client = start_client(server.port, python=python)
    assert client.other_host == "127.0.0.1"
    server.greets()
    client.says("Hello")
    server.hears("Hello")


def test_next_address_of_a_name_is_tried(machines, start_server, start_client):
    addresses = ["127.0.0.1", "127.0.0.2"]  # the system tries one of them first
    machines.name_hosts("server", dict.fromkeys(addresses, "both"))
    python = machines.python("server")
    for address in addresses:
        server = start_server("--host", address, "--port", "0", python=python)
        client = start_client(server.port, "--host", "both", python=python)
        assert client.other_host == address
        server.greets()
        client.says("Hello")
        server.hears("Hello")


def test_error_of_the_first_address_counts(machines, open_window):
    machines.name_hosts("server", {"127.0.0.1": "both", "203.0.113.1": "both"})
    client = open_window(*machines.python("server"), "client.py", "--host", "both")
    reason = f"{os.strerror(errno.ECONNREFUSED)}; start server.py first"
    client.ends_with_error(f"cannot connect to both port 5000: {reason}")


def test_message_may_take_as_long_as_it_takes(listener, start):
    impatient = "import client; client.CONNECT_TIMEOUT = 0.1; client.main('127.0.0.1', {})"
    client = start("-B", "-c", impatient.format(port_of(listener)), typed=b"Hello\n")
    with listener.accept()[0] as connection:
        assert connection.recv(6) == b"Hello\n"
        hung_up, _, _ = select.select([connection], [], [], 0.5)  # seconds
        assert not hung_up
        connection.sendall(b"q\n")
        assert client.result()[0] == 0


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_dead_link(machines, start_server, start_client):
    def connect():
        server = start_server("--host", SERVER, "--port", "0", python=machines.python("server"))
        client = start_client(server.port, "--host", SERVER, python=machines.python("client"))
        server.greets()
        server.child.timeout = client.child.timeout = LIMIT + 5
        return server, client

    waiting_server, _ = connect()
    server, waiting_client = connect()
    waiting_client.says("Are you there?")
    server.hears("Are you there?")
    end = (server.other_port, server.port)
    wait_until(lambda: not system_view(*end, machines.table("client")).unacknowledged, "the words")
    _, speaking_client = connect()
    speaking_server, client = connect()
    client.says("Are you there?")
    speaking_server.hears("Are you there?")

    machines.cut()
    begin = time.monotonic()
    speaking_client.says("Nobody will acknowledge this.")
    speaking_server.says("Nor this.")
    waiting_server.ends_with_error(HUNG_UP)
    waiting_client.ends_with_error(HUNG_UP + LOST)
    speaking_client.ends_with_error(HUNG_UP + LOST)
    speaking_server.ends_with_error(HUNG_UP + LOST)
    assert time.monotonic() - begin < LIMIT


@pytest.mark.slow
def test_each_address_of_a_name_is_tried(machines, open_window, start_server):
    machines.name_hosts("client", {NOBODY: "both", SERVER: "both"})
    server = start_server("--host", SERVER, "--port", "0", python=machines.python("server"))
    begin = time.monotonic()
    command = (*machines.python("client"), "client.py", "--host", "both", "--port", server.port)
    client = open_window(*command)
    client.child.timeout = 25
    client.greets()
    assert client.other_host == SERVER
    assert time.monotonic() - begin < 15  # at most one of the two let us wait, for 10 seconds
    server.greets()


@pytest.mark.slow
def test_no_address_of_a_name_answers(machines, open_window):
    machines.name_hosts("client", {NOBODY: "both", NOBODY_ELSE: "both"})
    begin = time.monotonic()
    client = open_window(*machines.python("client"), "client.py", "--host", "both")
    client.child.timeout = 25
    client.ends_with_error("cannot connect to both port 5000: no answer in 10 seconds")
    assert 19 < time.monotonic() - begin < 24
