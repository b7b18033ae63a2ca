# SPDX-License-Identifier: MIT
"""What the test games share: a listening socket on a port that stays the same over restarts, a
connection per player, and a place to write down what a real game of the kind could not take.

    python3 GAME.py PORT FLAG…       prints "port N"; what went wrong: lines "wrong …" """
import asyncio
import os
import sys

IAC, DONT, DO, WONT, WILL, SB, GA, SE = 255, 254, 253, 252, 251, 250, 249, 240


def wrong(what):
    print("wrong", what, flush=True)


class Quit(Exception):
    """The game closes this connection."""


class Connection:
    """One player as the game sees them: lines in, bytes out."""

    def __init__(self, reader, writer, flags):
        self.reader, self.writer, self.flags = reader, writer, flags
        self.lines = []
        self.partial = ""

    def say(self, text):
        self.writer.write(text.encode("latin-1"))

    def send(self, *numbers):
        self.writer.write(bytes(numbers))

    async def chunk(self):
        """One read, as the kernel gives it."""
        data = await self.reader.read(4096)
        if not data:
            raise Quit
        return data

    def typed(self, text):
        """Text that the game's parser let through."""
        self.partial += text
        while "\n" in self.partial:
            line, self.partial = self.partial.split("\n", 1)
            self.lines.append(line.rstrip("\r"))

    async def line(self):
        while not self.lines:
            self.hear(await self.chunk())
        return self.lines.pop(0)


def serve(kind):
    """Run a game until it dies."""
    port, flags = int(sys.argv[1]), set(sys.argv[2:])

    async def one(reader, writer):
        connection = kind(reader, writer, flags)
        try:
            await connection.play()
        except (Quit, ConnectionError):
            pass
        writer.close()

    async def run():
        server = await asyncio.start_server(one, "127.0.0.1", port, backlog=512)
        print("port", server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(run())


def die():
    """As a crash: every socket goes at once."""
    os._exit(1)
