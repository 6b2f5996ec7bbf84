"""Both scripts: each runs alone, and what both need is the same in both."""

import re
import shutil

from chat import ROOT

OWN = re.compile("def (main|explain|parse_options)|import|GOODBYE")  # of each side


def parts(script):
    """Return the parts of a script, such as functions, by their first lines."""
    text = (ROOT / script).read_text(encoding="utf-8").replace(script, "SCRIPT")
    return {part.split("\n")[0]: part for part in re.split(r"\n\n+(?=\S)", text)}


def test_each_script_runs_alone(open_window, tmp_path):
    for folder in "server", "client":
        (tmp_path / folder).mkdir()
        shutil.copy(ROOT / f"{folder}.py", tmp_path / folder)
    server = open_window("server.py", "--port", 0, cwd=tmp_path / "server")
    server.sees_welcome()
    client = open_window("client.py", "--port", server.port, cwd=tmp_path / "client")
    client.sees_greeting()
    server.sees_greeting()
    client.leaves()
    server.sees_goodbye()


def test_what_both_scripts_share_is_the_same():
    server, client = parts("server.py"), parts("client.py")
    shared = [name for name in server if name in client and not OWN.match(name)]
    assert len(shared) > 9
    for name in shared:
        same = server[name] == client[name]
        assert same, f"change this in both scripts in the same way: {name}"
