"""Keyboard and screen: what a person can type, and what the other side can show."""

import pytest

from chat import PYTHON, Peer, port_of, run

LINE_EDITOR = run("-c", "import readline; print(readline.__doc__)")[1].decode()
gnu_readline = pytest.mark.skipif("GNU" not in LINE_EDITOR, reason="no GNU readline")
XTERM = {"TERM": "xterm"}  # as in most windows: the line editor moves the cursor there
LOCALES = {
    "C": {"LC_ALL": "C"},
    "POSIX": {"LC_ALL": "POSIX"},
    "unset": {"LC_ALL": "", "LANG": ""},
    "not installed": {"LC_ALL": "xx_YY.UTF-8"},
    "not installed, by LANG": {"LC_ALL": "", "LANG": "xx_YY.UTF-8"},
}


@pytest.fixture
def open_chat(listener, open_window):
    """Return a function that connects client.py and a peer, with more variables."""
    connections = []

    def open_chat(variables):
        client = open_window("client.py", "--port", port_of(listener), env=variables)
        client.sees_greeting()
        connections.append(listener.accept()[0])
        return client, Peer(connections[0], client)

    yield open_chat
    for connection in connections:
        connection.close()


def exchange(client, peer, typed, sent):
    """Type at the prompt, find what the peer receives, and give the turn back."""
    client.skips_to(">> ")
    client.types(f"{typed}\r")
    peer.receives(f"{sent}\n".encode())
    peer.sends(b"ok\n")
    client.skips_to("<< ok\n")


@pytest.mark.parametrize("terminal", ["dumb", "xterm"])
@pytest.mark.parametrize("variables", LOCALES.values(), ids=LOCALES)
def test_letters_go_out_as_typed_in_every_locale(open_chat, variables, terminal):
    client, peer = open_chat({**variables, "TERM": terminal})
    for text in "Ça va?", "ñandú", "你好", "Привет":
        # Backspace takes one character.
        exchange(client, peer, f"{text}, Zoë和\b\b", f"{text}, Zo")


def test_left_moves_the_cursor(peer_to_client):
    client = peer_to_client.window
    peer_to_client.sends(b"one\n")
    client.hears("one")
    client.sees_prompt()
    client.types("to")
    client.presses("Left")
    client.types("w\r")
    peer_to_client.receives(b"two\n")


def test_pasted_lines_are_one_message_each(open_chat):
    client, peer = open_chat(XTERM)
    client.skips_to(">> ")
    client.types("one\rthree\rq\r")
    peer.receives(b"one\n")
    peer.sends(b"two\n")
    peer.receives(b"three\n")
    peer.sends(b"four\n")
    peer.receives(b"q\n")


@gnu_readline
def test_newlines_in_a_line_go_out_as_spaces(open_chat):
    client, peer = open_chat(XTERM)
    exchange(client, peer, "two\x16\x0alines", "two lines")  # Ctrl-V Ctrl-J


# Runs a script, but first changes something, as other systems and editors do.
CHANGED = """
import runpy, sys, types
{}
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
NO_READLINE = "sys.modules['readline'] = None"
OTHER_STREAMS = """
sys.stdin = types.SimpleNamespace(readline=sys.stdin.readline)
sys.stdout = types.SimpleNamespace(write=sys.stdout.write, flush=sys.stdout.flush)
"""


@pytest.mark.parametrize("change", [NO_READLINE, OTHER_STREAMS])
def test_conversation_elsewhere(server, open_window, change):
    command = (PYTHON, "-c", CHANGED.format(change), "client.py")
    client = open_window(*command, "--port", server.port, env=XTERM)
    client.sees_greeting()
    server.sees_greeting()
    client.says("Zoë")
    server.hears("Zoë")
    server.says("你好")
    client.hears("你好")
    client.leaves_with_ctrl_d()
    server.sees_goodbye()


@gnu_readline
def test_typed_bytes_that_are_no_text_go_out_as_replacement_characters(peer, window):
    peer.sends(b"What?\n")
    window.hears("What?")
    window.says("caf\udcff\udcfe")  # the bytes FF and FE
    peer.receives("caf\ufffd\ufffd\n".encode())


def test_control_characters_are_shown_as_escapes(peer, window):
    shown = {code: f"\\x{code:02x}" for code in [*range(32), *range(0x7F, 0xA0)]}
    shown.update((code, f"\\u{code:04x}") for code in range(0x202A, 0x202F))
    shown.update((code, f"\\u{code:04x}") for code in range(0x2066, 0x206A))
    shown.update({ord("\r"): "\\r"})
    del shown[ord("\t")], shown[ord("\n")]  # the last one ends the message
    text = "".join(f"{chr(code)}|" for code in shown)
    harmless = "~\u200e\u2029\u202f\u2065\u206a"  # neighbours of the others
    peer.sends(f"{text}{harmless}\n".encode())
    window.hears("".join(f"{escape}|" for escape in shown.values()) + harmless)


def test_tab_is_shown_as_up_to_four_spaces(peer, window):
    peer.sends(b"\tif x:\ty\n")
    window.hears("    if x:   y")


def test_bytes_that_are_no_text_are_shown_as_replacement_characters(peer, window):
    peer.sends(b"caf\xe9, \xff\xfe and \xf0\x9f\x92\n")
    window.hears("caf\ufffd, \ufffd\ufffd and \ufffd")
