"""The network: names with several addresses, and links that die without a goodbye."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pexpect
import pytest

from windows import HUNG_UP, LOST, PROC, PYTHON, REFUSED, needs_proc, port_of

LIMIT = 75  # seconds within which a dead link must be noticed
SERVER, CLIENT = "10.77.0.9", "10.77.0.2"
NOBODY, NOBODY_ELSE = "10.77.0.3", "10.77.0.8"


def timer_of(local, remote):
    """Return which timer runs for one end of a connection, and for how many seconds still."""
    end = rf":{int(local):04X} \w+:{int(remote):04X} \w+ \w+:\w+ (\w+):(\w+) "
    ((timer, rest),) = re.findall(end, PROC.read_text())
    return timer, int(rest, 16) / 100


@needs_proc
def test_silence_is_timed_at_both_ends(server, client):
    client.says("Hello")
    server.hears("Hello")
    for end in (server.other_port, server.port), (server.port, server.other_port):
        timer, seconds = timer_of(*end)
        assert timer == "02"  # that of keepalive
        assert 20 < seconds <= 30


def ip(*words):
    """Run the command ip."""
    subprocess.run(["ip", *" ".join(words).split()], check=True)


class Machine:
    """A machine of its own: a network namespace of this one."""

    def __init__(self, side):
        """Make the machine. The fixture machines connects it."""
        self.name = f"chat-{os.getpid()}-{side}"
        self.python = ("ip", "netns", "exec", self.name, PYTHON)  # runs Python there
        ip("netns add", self.name)
        ip("-n", self.name, "link set lo up")

    def starts_network(self, address):
        """Give its end of the cable an address."""
        ip("-n", self.name, "address add", f"{address}/24 dev eth0")
        ip("-n", self.name, "link set eth0 up")

    def learns_names(self, names):
        """Have the machine know the names of hosts: a dict by address."""
        folder = Path("/etc/netns") / self.name
        folder.mkdir(parents=True)
        hosts = "".join(f"{address} {name}\n" for address, name in names.items())
        (folder / "hosts").write_text(hosts)

    def loses(self, address):
        """Lose all that it sends to an address from now on: nobody has this hardware address."""
        ip("-n", self.name, "neighbor replace", address, "lladdr 02:00:00:00:00:01 dev eth0")

    def remove(self):
        """Take the machine down."""
        ip("netns delete", self.name)
        shutil.rmtree(f"/etc/netns/{self.name}", ignore_errors=True)


@pytest.fixture
def machines():
    """Two machines with a cable between them, if this test may make them."""
    if not (shutil.which("ip") and os.geteuid() == 0):
        pytest.skip("network namespaces need root and the command ip")
    probe = f"chat-{os.getpid()}-probe"
    made = subprocess.call(["ip", "netns", "add", probe])
    entered = subprocess.call(["ip", "-n", probe, "link"])
    subprocess.call(["ip", "netns", "delete", probe])
    if (made, entered) != (0, 0):
        pytest.skip("network namespaces cannot be made or entered here, as in some containers")
    server, client = Machine("server"), Machine("client")
    ip("link add eth0 netns", server.name, "type veth peer eth0 netns", client.name)
    server.starts_network(SERVER)
    client.starts_network(CLIENT)
    yield server, client
    server.remove()
    client.remove()


def test_next_address_of_a_name_is_tried(machines, start_server, start_client):
    here, _ = machines
    addresses = ["127.0.0.1", "127.0.0.2"]  # the system tries one of them first
    here.learns_names(dict.fromkeys(addresses, "both"))
    for address in addresses:
        server = start_server("--host", address, "--port", "0", python=here.python)
        client = start_client(server.port, "--host", "both", python=here.python)
        assert client.other_host == address
        server.greets()
        client.says("Hello")
        server.hears("Hello")


def test_error_of_the_first_address_counts(machines, open_window):
    here, _ = machines
    here.learns_names({"127.0.0.1": "both", "203.0.113.1": "both"})
    client = open_window(*here.python, "client.py", "--host", "both")
    client.ends_with_error(f"cannot connect to both port 5000: {REFUSED}")


def test_message_may_take_as_long_as_it_takes(listener, open_window):
    impatient = "import client; client.CONNECT_TIMEOUT = 0.1; client.main"
    client = open_window(PYTHON, "-B", "-c", f"{impatient}('127.0.0.1', {port_of(listener)})")
    client.greets()
    with listener.accept()[0] as connection:
        client.says("Hello")
        client.child.expect_exact(pexpect.TIMEOUT, timeout=0.5)  # seconds: nothing happens
        connection.sendall(b"Hi\n")
        client.hears("Hi")


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_dead_link(machines, start_server, start_client):
    here, there = machines

    def connect():
        server = start_server("--host", SERVER, "--port", "0", python=here.python)
        client = start_client(server.port, "--host", SERVER, python=there.python)
        server.greets()
        server.child.timeout = client.child.timeout = LIMIT + 5
        return server, client

    server, waiting_client = connect()
    waiting_client.says("Are you there?")  # by the time of the cut, this has been acknowledged
    server.hears("Are you there?")
    waiting_server, _ = connect()
    _, speaking_client = connect()
    speaking_server, client = connect()
    client.says("Are you there?")
    speaking_server.hears("Are you there?")

    here.loses(CLIENT)  # the cut
    there.loses(SERVER)
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
    here, there = machines
    there.loses(NOBODY)
    there.learns_names({NOBODY: "both", SERVER: "both"})
    server = start_server("--host", SERVER, "--port", "0", python=here.python)
    begin = time.monotonic()
    command = (*there.python, "client.py", "--host", "both", "--port", server.port)
    client = open_window(*command)
    client.child.timeout = 25
    client.greets()
    assert client.other_host == SERVER
    assert time.monotonic() - begin < 15  # at most one of the two let us wait, for 10 seconds
    server.greets()


@pytest.mark.slow
def test_no_address_of_a_name_answers(machines, open_window):
    _, there = machines
    there.loses(NOBODY)
    there.loses(NOBODY_ELSE)
    there.learns_names({NOBODY: "both", NOBODY_ELSE: "both"})
    begin = time.monotonic()
    client = open_window(*there.python, "client.py", "--host", "both")
    client.child.timeout = 25
    client.ends_with_error("cannot connect to both port 5000: no answer in 10 seconds")
    assert 19 < time.monotonic() - begin < 24
