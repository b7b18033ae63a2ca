# SPDX-License-Identifier: MIT
"""Many players at once: sockets that count what they read."""
import asyncio
import time

DEADLINE = 60


class Held(asyncio.Protocol):
    def __init__(self):
        self.text, self.lost = b"", False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.text += data

    def connection_lost(self, why):
        self.lost = True


class Crowd:
    """Players at a gate, who are all told the same."""

    def __init__(self, players):
        self.players = players

    @classmethod
    async def come(cls, address, n):
        loop = asyncio.get_running_loop()
        made = [await loop.create_connection(Held, *address) for _ in range(n)]
        return cls([one for _, one in made])

    def counts(self, words):
        """How often they have read that: all the same, it is a set of one."""
        return {one.text.count(words.encode()) for one in self.players}

    async def all_read(self, words, times=1):
        deadline = time.monotonic() + DEADLINE
        while self.counts(words) != {times}:
            assert time.monotonic() < deadline, f"{words!r}: {self.counts(words)}, not {times}"
            await asyncio.sleep(0.005)

    def all_type(self, line):
        for one in self.players:
            one.transport.write(line.encode() + b"\r\n")

    def lost(self):
        return sum(one.lost for one in self.players)

    def leave(self):
        for one in self.players:
            one.transport.close()
