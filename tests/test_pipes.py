"""The conversation through pipes: no terminal, so that this runs on Windows, too.

python -m pytest --noconftest tests/test_pipes.py needs pytest and nothing else.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = os.environ.get("CHAT_PYTHON") or sys.executable  # runs server.py and client.py
TIMEOUT = 30  # seconds; only a failing test waits as long


class Program:
    """A script whose standard streams are pipes. Each of its words waits, but not for ever."""

    async def starts(self, script, port):
        """Start server.py or client.py."""
        command = (PYTHON, script, "--port", port)
        plain = {name: os.environ[name] for name in os.environ if not name.startswith("PYTHON")}
        pipes = {"stdin": PIPE, "stdout": PIPE, "env": plain, "cwd": str(ROOT)}
        self.child = await asyncio.create_subprocess_exec(*command, **pipes)

    async def shows_line(self):
        """Return the next line that it shows."""
        line = await asyncio.wait_for(self.child.stdout.readline(), TIMEOUT)
        return line.decode().rstrip()

    async def says(self, text):
        """Wait for the prompt, and write a line to its input."""
        assert await asyncio.wait_for(self.child.stdout.readexactly(3), TIMEOUT) == b">> "
        self.child.stdin.write(f"{text}\n".encode())

    async def hears(self, text):
        """Wait until it shows the other side's message."""
        assert await self.shows_line() == f"<< {text}"

    async def ends(self, last_words):
        """Wait until it has shown its last words and ended, with status 0."""
        assert await self.shows_line() == last_words
        assert await self.shows_line() == ""
        assert await asyncio.wait_for(self.child.wait(), TIMEOUT) == 0

    async def close(self):
        """End it if it still runs, and take its pipes away."""
        if self.child.returncode is None:
            self.child.kill()
        self.child.stdin.close()
        await self.child.communicate()


def play(scene):
    """Start both scripts, play a scene with them, and close them."""

    async def start_and_play():
        server, client = Program(), Program()
        await server.starts("server.py", "0")
        try:
            welcome = await server.shows_line()
            await client.starts("client.py", welcome.split()[-1])
            try:
                assert (await client.shows_line()).endswith("You speak first; q leaves.")
                assert (await server.shows_line()).endswith("The client speaks first; q leaves.")
                await scene(server, client)
            finally:
                await client.close()
        finally:
            await server.close()

    asyncio.run(start_and_play())


def test_conversation():
    async def scene(server, client):
        await client.says("Hello, server!")
        await server.hears("Hello, server!")
        await server.says("Hello, client!")
        await client.hears("Hello, client!")
        await client.says("How is the weather on your side?")
        await server.hears("How is the weather on your side?")
        await server.says("Bits and pieces.")
        await client.hears("Bits and pieces.")
        await client.says("q")
        await client.ends("You left.")
        await server.ends("The other side left.")

    play(scene)


def test_end_of_the_input_leaves():
    async def scene(server, client):
        await client.says("Hello")
        await server.hears("Hello")
        server.child.stdin.close()
        assert await server.shows_line() == ">>"
        await server.ends("You left.")
        await client.ends("The other side left.")

    play(scene)
