"""Watch the conversation of README.md, and the bytes that it sends: make watch."""

import contextlib
import re
import socket
import sys
import time

from chat import PROMPT, ROOT, Window, port_of
from terminal import TIMEOUT

PAUSE = 1.5  # seconds to read a line


def play():
    """Play it. Yield, line by line, what the two windows show and what travels.

    The client calls a relay, and the relay calls the server. The system chooses the
    ports. All other words must be as in README.md.
    """
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"(?ms)^```text\n(server\.py .*?)^```", readme)
    windows, sockets = {}, {}
    with contextlib.ExitStack() as stack:  # it closes all of them
        relay = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        relay.settimeout(TIMEOUT)
        for script, line in re.findall(r"(?m)^(\S+)  (.*)$", block):
            is_said = f"{line} ".startswith(PROMPT)
            if line.startswith("$"):
                port = 0 if script == "server.py" else port_of(relay)
                window = stack.enter_context(Window(script, "--port", port))
                windows[script] = window
            elif is_said:
                windows[script].says(line[len(PROMPT) :])
            else:
                pattern = re.sub(r"\d{4,}", r"(\\d+)", re.escape(line))
                ports = windows[script].sees_line(f"{pattern} ?")  # "<< " has a space
            yield f"{script}: {line}"
            if line.startswith("Welcome"):
                call = socket.create_connection(("127.0.0.1", int(ports[0])))
                sockets["server.py"] = stack.enter_context(call)
            elif "You speak first" in line:
                sockets["client.py"] = stack.enter_context(relay.accept()[0])
            elif is_said or line.endswith("left."):
                yield f"{script} {hand_on(script, sockets)}"
        for window in windows.values():
            window.ends(0)


def hand_on(script, sockets):
    """Take a script's message, or its end, to the other side. Return what it was."""
    (receiver,) = [sockets[name] for name in sockets if name != script]
    sockets[script].settimeout(TIMEOUT)
    data = sockets[script].makefile("rb").readline()
    receiver.sendall(data)
    if data:
        return f"sends {data.hex(' ')}"
    receiver.shutdown(socket.SHUT_WR)
    return "closes the connection"


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # Latin-1 does not have all letters
    try:
        for moment in play():
            print(moment, flush=True)
            if sys.stdout.isatty():
                time.sleep(PAUSE)
    except KeyboardInterrupt:
        sys.exit(130)
    except (AssertionError, OSError) as problem:  # as a test would say it
        sys.exit(str(problem))
