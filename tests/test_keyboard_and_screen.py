"""Keyboard and screen: what a person can type, and what the other side can show."""

import pytest

from chat import PROMPT, PYTHON, Peer, port_of


@pytest.mark.parametrize("locale", ["C", "", "xx_YY.UTF-8"])
def test_letters_go_out_as_typed_in_every_locale(listener, open_window, locale):
    env = {"LC_ALL": locale, "TERM": "xterm"}  # as in most windows
    client = open_window("client.py", "--port", port_of(listener), env=env)
    with listener.accept()[0] as connection:
        peer = Peer(connection, client)
        for text in "Ça va?", "ñandú", "你好", "Привет":
            client.skips_to(PROMPT)
            client.types(f"{text}, Zoë和\b\b\r")  # Backspace takes one character
            peer.receives(f"{text}, Zo\n".encode())
            peer.sends(b"ok\n")
            client.skips_to("<< ok\n")


def test_left_moves_the_cursor(peer_to_client):
    client = peer_to_client.window
    peer_to_client.sends(b"one\n")
    client.hears("one")
    client.sees_prompt()
    client.types("to")
    client.presses("Left")
    client.types("w\r")
    peer_to_client.receives(b"two\n")


def test_newlines_in_a_line_go_out_as_spaces(peer_to_client, open_window):
    python = open_window(PYTHON, "-c", "import readline; print(readline.__doc__)")
    if "GNU" not in python.sees_line("(.*)")[0]:
        pytest.skip("no GNU readline")
    client = peer_to_client.window
    peer_to_client.sends(b"one\n")
    client.hears("one")
    client.sees_prompt()
    client.types("two")
    client.presses("Ctrl-V")
    client.presses("Ctrl-J")
    client.types("lines\r")
    peer_to_client.receives(b"two lines\n")


# Runs client.py with streams that are not those of Python, as in IDLE.
EDITOR = """
import runpy, sys, types
sys.stdin = types.SimpleNamespace(readline=sys.stdin.readline)
sys.stdout = types.SimpleNamespace(write=sys.stdout.write, flush=sys.stdout.flush)
runpy.run_path("client.py", run_name="__main__")
"""


def test_editor_with_streams_of_its_own(server, open_window):
    client = open_window(PYTHON, "-c", EDITOR, "--port", server.port)
    client.sees_line("Connected to .*")
    server.sees_greeting()
    client.says("Zoë")
    server.hears("Zoë")
    server.leaves()
    client.sees_goodbye()


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
