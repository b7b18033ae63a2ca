# SPDX-License-Identifier: MIT
"""What producers and consumers have in common: a process of its own, told what it is by one JSON
argument, taking orders as lines on its standard input, and noting everything in a log."""
import json
import os
import random
import select
import time

import wire

RETRY_SECONDS = 0.05, 0.3


class Log:
    """Records, one a line.  What write(2) has taken survives the kill -9 of its writer."""

    def __init__(self, path):
        self.path = path
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def put(self, *records):
        now = round(time.time(), 6)
        os.write(self.fd, "".join(
            json.dumps({"t": now, **r}, separators=(",", ":")) + "\n" for r in records).encode())


def records_of(path):
    """What a log holds; a line its writer did not finish is cut off, it was never acted upon."""
    data = path.read_bytes() if path.exists() else b""
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
    return [json.loads(line) for line in data[:whole].splitlines()]


class Party:
    pace = 0.05  # seconds a round may wait for something to come

    def __init__(self, spec):
        self.spec, self.name = spec, spec["name"]
        self.random = random.Random(f"{spec['seed']} {self.name} {spec['life']}")
        self.log = Log(spec["log"])
        self.wire = None
        self.dials = self.random.randrange(2)
        self.deaf_until = self.away_until = 0.0
        self.orders = b""
        self.over = False

    # --- orders ---

    def read_orders(self):
        data = os.read(0, 4096)
        if not data:
            self.over = True  # whoever gave them is gone
        self.orders += data
        *lines, self.orders = self.orders.split(b"\n")
        for line in lines:
            word, _, rest = line.decode().partition(" ")
            getattr(self, "order_" + word)(*rest.split())

    def order_reset(self, seconds="0"):
        """Drop the connection, and stay away so long."""
        if self.wire:
            self.wire.reset()
        self.lost("reset")
        self.away_until = time.monotonic() + float(seconds)

    def order_close(self):
        if self.wire:
            self.wire.close()
        self.lost("close")

    def order_deaf(self, seconds):
        """Do not read for so long: a peer that is there and takes nothing."""
        self.deaf_until = time.monotonic() + float(seconds)

    def order_quit(self):
        self.over = True

    # --- connection ---

    def lost(self, words):
        if self.wire:
            self.log.put({"do": "closed", "words": words})
            self.wire.close()
        self.wire = None
        self.away_until = time.monotonic() + self.random.uniform(*RETRY_SECONDS)

    def dial(self):
        """On the other transport than the last time → a connection nobody has logged in on."""
        self.dials += 1
        if self.dials % 2:
            return wire.Line(tuple(self.spec["jsonl"]))
        return wire.WebSocket(tuple(self.spec["http"]), deflate=self.dials % 4 == 0)

    def login(self, connection, **params):
        """→ the answer, what came behind it."""
        connection.call("login", "authenticate", api_key=self.spec["key"], **params)
        answer, before, behind = connection.first(lambda m: m.get("id") == "login")
        for message in before:
            if message.get("method") != "welcome":
                self.log.put({"do": "early", "words": json.dumps(message)})
        if "error" in answer:
            self.log.put({"do": "denied", "words": answer["error"]["message"]})
            raise wire.Ended("denied")
        return answer["result"], behind

    def greet(self, kind, **data):
        """At the bridge → a connection, the answer, what came behind it."""
        connection = wire.WebSocket(tuple(self.spec["sync"]), {"api_key": self.spec["key"]},
                                    self.random.random() < 0.5, "/sync")
        connection.send({"type": kind, "data": {"v": 2, **data}})
        answer, _, behind = connection.first(lambda m: True)
        if answer.get("method") == "closing":
            raise wire.Ended("closing")
        if answer.get("status") != "connected" or answer.get("v") != 2:
            self.log.put({"do": "denied", "words": json.dumps(answer)})
            raise wire.Ended("denied")
        return connection, answer, behind

    def turn(self, seconds):
        """One round: orders, what has come, a new connection when there is none."""
        now = time.monotonic()
        listening = [0]
        if self.wire and now >= self.deaf_until:
            listening.append(self.wire)
        ready = select.select(listening, [], [], seconds)[0]
        if 0 in ready:
            self.read_orders()
        try:
            if self.wire and self.wire in ready:
                self.wire.read()
                self.hear(self.wire.messages())
            if not self.wire and not self.over and time.monotonic() >= self.away_until:
                self.enter()
        except wire.Ended as end:
            self.lost(str(end))

    def run(self):
        while not self.over:
            self.turn(self.pace)
        self.log.put({"do": "end"})
