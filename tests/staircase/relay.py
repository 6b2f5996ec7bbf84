"""What the judge sees of the network, and does there: addresses, and a relay."""

import contextlib
import ipaddress
import random
import re
import socket
import subprocess
import sys
import time

from chat import Peer, network


def free_port():
    """Return a port that is free, and not kept busy by an earlier chat."""
    while True:
        port = random.randrange(10000, 30000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("", port))  # without SO_REUSEADDR
            return port


def listening(port):
    """Return the addresses of this machine at which somebody listens on a port."""
    if sys.platform != "linux":  # tcp4  0  0  127.0.0.1.5000  *.*  LISTEN
        row = rf"(?m)^tcp(\S+) .* (\S+)\.{port} .*LISTEN"
        rows = re.findall(row, subprocess.getoutput("netstat -an -p tcp"))
        every = {"4": "0.0.0.0"}  # and :: for 6 and 46
        rows = [host.replace("*", every.get(kind, "::")) for kind, host in rows]
        return [ipaddress.ip_address(host) for host in rows]
    addresses = []
    for digits in re.findall(rf": (\w+):{port:04X} \w+:0000 0A", network()):
        data = bytes.fromhex(digits)  # words of 4 bytes, in the order of the machine
        step = -1 if sys.byteorder == "little" else 1
        words = [data[i : i + 4][::step] for i in range(0, len(data), 4)]
        address = ipaddress.ip_address(b"".join(words))
        # ::ffff:127.0.0.1 is how a socket for IPv6 and IPv4 calls 127.0.0.1.
        addresses.append(getattr(address, "ipv4_mapped", None) or address)
    return addresses


def takes_endless_message(address, port, size, patience=10):
    """Send a message that does not end. Return whether all of size bytes are taken."""
    end = time.monotonic() + patience
    with socket.create_connection((str(address), port), patience) as stranger:
        stranger.settimeout(1)
        with contextlib.suppress(OSError):  # hung up on, or not read any more: good
            while size > 0:
                size -= stranger.send(b"x" * 65536)
                if time.monotonic() > end:
                    return True  # slow, but it still takes more
    return size <= 0


class Flow:
    """What one side sends to the other. It goes on as it comes, but for changes."""

    def __init__(self, source, target, sender, receiver):
        self.source = source
        self.peer = Peer(target, receiver)
        self.sender = sender
        self.hold = self.twice = self.swap = self.server_closes_first = None
        self.held = self.due = b""
        self.is_held = self.has_ended = False
        for end in source, target:
            end.setblocking(False)

    def pump(self):
        """Hand on what may go on, without waiting for anything."""
        data = b""
        try:
            if not self.due and not self.has_ended:
                data = self.source.recv(65536)
                self.has_ended = not data
        except BlockingIOError:  # nothing has come
            pass
        except OSError:
            self.has_ended = True
        if self.swap:
            data = data.replace(*self.swap)
        self.held += data
        self.release(data)
        with contextlib.suppress(OSError):  # it takes no more for now, or has ended
            if self.due:
                self.due = self.due[self.peer.socket.send(self.due) :]
            elif self.has_ended and not (self.held or self.server_closes_first):
                self.peer.socket.shutdown(socket.SHUT_WR)

    def release(self, data):
        """Decide what of the held bytes is due. data are those that came just now."""
        if self.hold and self.hold in self.held:
            cut = self.held.index(self.hold) + len(self.hold)
            self.due, self.held = self.held[:cut], self.held[cut:]
            self.hold, self.is_held = None, True
        elif self.twice and self.twice in self.held:
            if not data and self.sender.is_waiting():  # it has sent all of it
                self.due, self.held, self.twice = self.held * 2, b"", None
        elif not self.is_held or (not self.due and self.peer.all_is_read()):
            self.due, self.held, self.is_held = self.due + self.held, b"", False


class Relay:
    """It is called in the place of a server, and calls the server itself."""

    def __init__(self, windows, addresses, port):
        """Listen where the server does, on another port. windows: of both sides."""
        self.windows, self.server_port, self.changes = windows, port, {}
        self.listeners, self.flows = [], []
        self.port = 0
        for address in addresses:
            family = socket.AF_INET if address.version == 4 else socket.AF_INET6
            both = address.version == 6 and len(addresses) == 1
            listener = socket.create_server(
                (str(address), self.port), family=family, dualstack_ipv6=both
            )
            listener.setblocking(False)
            self.listeners.append(listener)
            self.port = listener.getsockname()[1]

    def pump(self):
        """Hand on what has come, without waiting for more."""
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError):
                here = listener.accept()[0]
                # The client has called an address. The server listens there, too.
                there = socket.create_connection(
                    (here.getsockname()[0], self.server_port)
                )
                client, server = self.windows["client"], self.windows["server"]
                self.flows.append(Flow(here, there, client, server))
                self.flows.append(Flow(there, here, server, client))
                self.change(**self.changes)
        for flow in self.flows:
            flow.pump()

    def change(self, **changes):
        """Change what comes from now on: each change is an attribute of a Flow.

        hold: after these bytes, nothing goes on before they are read. twice: what
        begins with these bytes goes on twice, in one packet. swap: two bytes, old and
        new. server_closes_first: the client's end is not handed on.
        """
        self.changes = changes
        for flow in self.flows:
            vars(flow).update(changes)

    def resets(self):
        """Break the connection to the server off."""
        self.flows[0].peer.resets()

    def close(self):
        """Close all sockets."""
        for flow in self.flows:
            flow.source.close()
        for listener in self.listeners:
            listener.close()
