"""Play the conversation of README.md, with the bytes that travel: make watch."""

import contextlib
import sys
import time

from relay import characters, play_on_wire
from rich import box
from rich.live import Live
from rich.table import Table
from rich.text import Text

from chat import Window

PAUSE = 1.5  # seconds to read a line
COLORS = {"$ ": "bold", ">> ": "bold green", "<< ": "bold cyan"}  # of lines
SIDES = {"server.py": 0, "client.py": 2}  # the columns; the wire is between them


def on_wire(script, data):
    """Return the bytes with an arrow, and above them the characters that they mean."""
    pairs = characters(data)
    above = " ".join(f"{character:{len(code)}}" for character, code in pairs)
    codes = " ".join(code for _, code in pairs) or "closed"
    arrows = ("  ", " →") if script == "server.py" else ("← ", "")
    return f"  {above}\n".lstrip(" ") * bool(data) + codes.join(arrows)
