"""Keyboard and screen: what a person can type, and what the other side can show."""

import pexpect
import pytest

from windows import LOST, MAX_MESSAGE, PYTHON, Peer, port_of, run

LINE_EDITOR = run("-c", "import readline; print(readline.__doc__)")[1].decode()
gnu_readline = pytest.mark.skipif("GNU" not in LINE_EDITOR, reason="GNU readline is not there")
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
UP = "\x1b[A"
LEFT = "\x1b[D"
LOCALES = {
    "C": {"LC_ALL": "C"},
    "POSIX": {"LC_ALL": "POSIX"},
    "unset": {"LC_ALL": ""},
    "not installed": {"LC_ALL": "xx_YY.UTF-8"},
    "not installed, by LANG": {"LC_ALL": "", "LANG": "xx_YY.UTF-8"},
}
ASCII_TERMINAL = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_control_characters_are_shown_as_escapes(peer, window):
    shown = {code: f"\\x{code:02x}" for code in [*range(32), *range(0x7F, 0xA0)]}
    shown.update((code, f"\\u{code:04x}") for code in range(0x202A, 0x202F))
    shown.update((code, f"\\u{code:04x}") for code in range(0x2066, 0x206A))
    shown.update({ord("\t"): "\\t", ord("\r"): "\\r"})
    del shown[ord("\n")]  # it ends the message
    for code, escape in shown.items():
        peer.sends(f"before{chr(code)}after\n".encode())
        window.hears(f"before{escape}after")
        window.says("ok")
        peer.receives(b"ok\n")


def test_harmless_characters_are_shown_as_they_are(peer, window):
    text = f"{FAMILY}, e\u0301, می\u200cخواهم, \u200eשלום\u200f, no-break\u00a0space, \\x1b"
    text += " ~\u2029\u202f\u2065\u206a"  # the neighbours of the harmful ones
    peer.sends(f"{text}\n".encode())
    window.hears(text)


def test_received_bytes_that_are_no_text_are_shown_as_replacement_characters(peer, window):
    peer.sends(b"caf\xe9, \xff\xfe and \xf0\x9f\x92\n")
    window.hears("caf\ufffd, \ufffd\ufffd and \ufffd")


@gnu_readline
def test_typed_bytes_that_are_no_text_are_sent_as_replacement_characters(peer, window):
    peer.sends(b"What?\n")
    window.hears("What?")
    window.says("caf\udcff\udcfe")  # the bytes FF and FE
    peer.receives("caf\ufffd\ufffd\n".encode())


def test_what_a_terminal_cannot_show_is_shown_as_an_escape(listener, start_client):
    client = start_client(port_of(listener), env=ASCII_TERMINAL)
    with listener.accept()[0] as connection:
        client.says("Hello")
        connection.sendall("é, 你 and \U0001f44b\n".encode())
        client.hears(r"\xe9, \u4f60 and \U0001f44b")
        client.leaves()


def test_arrow_keys_edit_the_line_and_recall_earlier_ones(peer, window):
    peer.sends(b"one\n")
    window.hears("one")
    window.sees(">> ")
    window.types(f"to{LEFT}w\r")
    peer.receives(b"two\n")
    peer.sends(b"three\n")
    window.skips_to("<< three\n")
    window.types(f"{UP}!\r")
    peer.receives(b"two!\n")


@pytest.mark.parametrize("variables", LOCALES.values(), ids=LOCALES)
def test_letters_go_out_as_typed_in_every_locale(listener, start_client, variables):
    client = start_client(port_of(listener), env=variables)
    with listener.accept()[0] as connection:
        peer = Peer(connection, client, LOST)
        for text in "Ça va?", "ñandú", "你好", "Привет":
            client.sees(">> ")
            client.types(f"{text}, Zoë和\b\b\r")  # Backspace takes one character
            peer.receives(f"{text}, Zo\n".encode())
            client.skips_to("\n")
            peer.sends(b"ok\n")
            client.hears("ok")


@gnu_readline
@pytest.mark.parametrize(("pasted", "sent"), [("two\rand\n\nmore", "two and  more"), ("q\r", "q")])
def test_pasted_lines_are_one_message(peer, window, pasted, sent):
    peer.sends(b"one\n")
    window.hears("one")
    window.sees(">> ")
    window.types(f"\x1b[200~{pasted}\x1b[201~\r")  # so does a terminal that was asked to mark it
    peer.receives(f"{sent}\n".encode())


def test_conversation_without_readline(start_server, start_client, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['readline'] = None")
    without = {"env": {"PYTHONPATH": str(tmp_path), "TERM": "xterm"}}
    server = start_server("--port", "0", **without)
    client = start_client(server.port, **without)
    server.greets()
    client.says("Zoë")
    server.hears("Zoë")
    server.says("你好")
    client.hears("你好")
    client.presses_ctrl("d")
    client.sees("You left.\n")


@gnu_readline
def test_terminal_is_asked_to_mark_a_paste(start_server, start_client):
    server = start_server("--port", "0", env={"TERM": "xterm"})
    client = start_client(server.port, env={"TERM": "xterm"})
    server.greets()
    client.sees("\x1b[?2004h>> ")
    client.types("Hello\r")
    server.hears("Hello")
    server.sees("\x1b[?2004h>> ")


@gnu_readline
def test_ctrl_and_bracket_and_then_alt_x_do_not_crash(listener, start_client):
    client = start_client(port_of(listener), env={"TERM": "xterm"})
    with listener.accept()[0] as connection:
        client.skips_to(">> ")
        # GNU readline 8.2 would crash after these two keys. In 8.3, Alt-x asks for the name of
        # a command, and takes the first Enter.
        client.types("Hello\x1d\x1bx\r\r")
        Peer(connection, client, LOST).receives(b"Hello\n")


def test_unknown_terminal_is_asked_nothing(server, start_client):
    client = start_client(server.port, env={"TERM": ""})
    server.greets()
    client.says("Hello")
    server.hears("Hello")


@gnu_readline
def test_message_over_the_limit_is_asked_for_again(peer, window):
    peer.sends(b"one\n")
    window.hears("one")
    window.says("two")
    peer.receives(b"two\n")
    peer.sends(b"three\n")
    window.hears("three")
    window.sees(">> ")
    window.types("0123456789abcdef")
    for _ in range(16):
        window.types("\x15\x19\x19")  # cut the line, paste it twice: 16 times make a MiB
    window.types("x\r")
    window.skips_to(f".py: error: your message has over {MAX_MESSAGE} bytes; shorten it\n")
    window.types(f"{UP}\b\r")
    peer.receives(b"0123456789abcdef" * 2**16 + b"\n")
    peer.sends(b"four\n")
    window.skips_to("<< four\n")
    window.types(f"{UP}{UP}{UP}\r")
    peer.receives(b"two\n")


@pytest.mark.parametrize("script", ["server.py", "client.py"])
def test_no_terminal_speaks_utf_16(open_window, script):
    window = open_window(PYTHON, script, env={"PYTHONIOENCODING": "utf-16"})
    window.child.expect_exact(pexpect.EOF)
    problem = f"{script}: error: no terminal speaks utf-16; use UTF-8\r\n"
    assert window.child.before.replace("\0", "") == problem
