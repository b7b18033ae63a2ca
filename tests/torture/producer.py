#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A producer: says numbered lines on a channel, or tells to a MUD, never one of them twice.  What it has
no answer to when its connection ends may have been published or not."""
import json
import sys
import time

import party
import wire

UNANSWERED_MAX = 40
CLOSING = 3  # said when all is quiet again: what comes before them has come


class Producer(party.Party):
    pace = 0.02

    def __init__(self, spec):
        super().__init__(spec)
        self.number = self.conn = 0
        self.unanswered = {}
        self.started = self.due = time.monotonic()
        self.quiet, self.closing, self.cut = True, None, False
        self.log.put({"do": "producer", "name": self.name, "stream": spec["stream"]})

    def enter(self):
        connection = self.dial()
        _, behind = self.login(connection)
        self.wire = connection
        self.conn += 1
        self.unanswered.clear()
        self.hear(behind)

    def hear(self, messages):
        records = []
        for message in messages:
            number = self.unanswered.pop(message.get("id"), None)
            if number and "error" in message:
                records.append({"do": "refused", "number": number,
                                "words": message["error"]["message"]})
            elif number:
                records.append({"do": "sent", "number": number})
        if records:
            self.log.put(*records)

    def say(self):
        self.number += 1
        number = f"{self.name}:{self.number:06d}"
        pad = self.random.choice(self.spec["pads"])
        text = f"{number}:{pad} {'x' * pad}"
        self.log.put({"do": "try", "number": number, "conn": self.conn})
        self.unanswered[self.number] = number
        kind, _, place = self.spec["stream"].partition(":")
        if kind == "line":
            self.wire.call(self.number, "channel_send", channel=place, message=text,
                           from_user=self.name)
        else:
            self.wire.call(self.number, "tell", target_mud=place, target_user="somebody",
                           message=text, from_user=self.name)

    def say_what_is_due(self):
        now = time.monotonic()
        self.due = max(self.due, now - 0.5)  # after a pause it does not make up for all of it
        while self.due < now and len(self.unanswered) < UNANSWERED_MAX:
            # Some come alone and some in a burst, at the same rate.
            burst = self.random.choice((1, 1, 1, 1, 8))
            for _ in range(burst):
                self.say()
            self.due += burst / self.spec["rate"]
            if self.cut:
                self.cut = False
                super().order_reset()
                return

    def say_last(self):
        if self.closing:
            self.closing -= 1
            self.say()
        elif not self.unanswered:
            self.over = True

    def order_reset(self, seconds="0"):
        """Not now, but right behind what is said next: nobody knows how much of that is taken."""
        self.cut = True

    def order_begin(self):
        self.quiet, self.due = False, time.monotonic()

    def order_quiet(self):
        self.quiet = True

    def order_last(self):
        self.closing = CLOSING

    def turn(self, seconds):
        super().turn(seconds)
        if not self.wire:
            return
        try:
            if self.closing is not None:
                self.say_last()
            elif not self.quiet:
                self.say_what_is_due()
        except wire.Ended as end:
            self.lost(str(end))


if __name__ == "__main__":
    Producer(json.loads(sys.argv[1])).run()
