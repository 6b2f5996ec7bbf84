"""Two people talk in two windows, from the first word to the end of both programs."""

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


def test_conversation(server, client):
    client.says("Hello, server!")
    server.hears("Hello, server!")
    server.says("Hello, client!")
    client.hears("Hello, client!")
    client.says("How is the weather on your side?")
    server.hears("How is the weather on your side?")
    server.says("Bits and pieces.")
    client.hears("Bits and pieces.")
    client.leaves()
    server.sees_goodbye()
    assert server.screen == (
        f"Welcome: The server is now ready to receive on 127.0.0.1 port {server.port}\n"
        f"Connected to 127.0.0.1 port {server.other_port}. The client speaks first; q leaves.\n"
        "<< Hello, server!\n"
        ">> Hello, client!\n"
        "<< How is the weather on your side?\n"
        ">> Bits and pieces.\n"
        "The other side left.\n"
    )
    assert client.screen == (
        f"Connected to 127.0.0.1 port {server.port}. You speak first; q leaves.\n"
        ">> Hello, server!\n"
        "<< Hello, client!\n"
        ">> How is the weather on your side?\n"
        "<< Bits and pieces.\n"
        ">> q\n"
        "You left.\n"
    )


def test_empty_messages(server, client):
    client.says("")
    server.hears("")
    server.says("")
    client.hears("")
    client.says("")
    server.hears("")
    server.leaves()
    client.sees_goodbye()


def test_any_text(server, client):
    texts = [
        "Zoë, naïve, e\u0301le\u0300ve, 20 € and a no-break\u00a0space",
        "你好，世界",
        "سلام، می\u200cخواهم",
        "שָׁלוֹם",
        f"{FAMILY} and {FAMILY} \U0001f44b\U0001f3fd \U0001f1e9\U0001f1ea",
        "quotes ' \" and a backslash \\x1b",
        ">> << ",
        " q ",
    ]
    for text in texts:
        client.says(text)
        server.hears(text)
        server.says(text)
        client.hears(text)
    client.leaves()
    server.sees_goodbye()


def test_long_messages(start_server, start_client):
    server = start_server("--port", "0", columns=9000)
    client = start_client(server.port, columns=9000)
    server.greets()
    text = " ".join(f"word{number}" for number in range(540))
    assert len(text) > 4095  # where a terminal alone would cut it
    client.says(text)
    server.hears(text)
    server.says(text[::-1])
    client.hears(text[::-1])
    client.leaves()
    server.sees_goodbye()


def test_server_leaves(server, client):
    client.says("Hello")
    server.hears("Hello")
    server.leaves()
    client.sees_goodbye()


def test_client_leaves_at_once(server, client):
    client.leaves()
    server.sees_goodbye()


def test_client_leaves_with_ctrl_d(server, client):
    client.presses_ctrl("d")
    client.sees("You left.\n")
    client.ends(0)
    server.sees_goodbye()


def test_server_leaves_with_ctrl_d(server, client):
    client.says("Hello")
    server.hears("Hello")
    server.presses_ctrl("d")
    server.sees("You left.\n")
    server.ends(0)
    client.sees_goodbye()


def test_lines_typed_early_wait(server, client):
    client.says("one")
    server.hears("one")
    client.types("three\rfive\r")  # it is the server's turn
    client.sees("three\nfive\n")  # the terminal's echo
    server.says("two")
    client.hears("two")
    client.sees(">> three\n")
    server.hears("three")
    server.says("four")
    client.hears("four")
    client.sees(">> five\n")
    server.hears("five")
    server.leaves()
    client.sees_goodbye()


def test_lines_typed_before_the_client_comes_wait(server, start_client):
    server.types("welcome\r")
    server.sees("welcome\n")
    client = start_client(server.port)
    server.greets()
    client.says("Hello")
    server.hears("Hello")
    server.sees(">> welcome\n")
    client.hears("welcome")
    client.leaves()
    server.sees_goodbye()
