"""The two files themselves: each runs alone, and what both need is the same in both."""

import re
import shutil

from windows import PYTHON, ROOT

OWN = {"main", "explain", "parse_options"}  # what the two sides do differently


def definitions(script):
    """Return the texts of a script's functions and other blocks, by their first names."""
    source = (ROOT / script).read_text(encoding="utf-8")
    blocks = re.split(r"\n\n+(?=\S)", source)
    return {re.match(r"(?:def |class )?(\w*)", block)[1]: block for block in blocks}


def test_each_script_runs_alone(start_server, start_client, tmp_path):
    folders = {}
    for script in "server.py", "client.py":
        folders[script] = tmp_path / script[:-3]
        folders[script].mkdir()
        shutil.copy(str(ROOT / script), str(folders[script]))
    isolated = (PYTHON, "-I")
    server = start_server("--port", "0", python=isolated, cwd=folders["server.py"])
    client = start_client(server.port, python=isolated, cwd=folders["client.py"])
    server.greets()
    client.says("Alone")
    server.hears("Alone")
    server.leaves()
    client.sees_goodbye()


def test_what_both_scripts_share_is_the_same():
    server, client = definitions("server.py"), definitions("client.py")
    shared = (server.keys() & client.keys()) - OWN - {"", "import"}
    assert {"chat", "ChatError", "UNSAFE", "if"} <= shared
    for name in shared:
        same = server[name] == client[name]
        assert same, f"{name} differs: change it in server.py and client.py in the same way"
