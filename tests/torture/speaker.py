#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A producer at the bridge, of version 2: what has no answer when its connection ends it says again, under
the same number, and so what the daemon could not keep.  What was answered must come to everybody."""
import json
import sys
import time

import producer

RETRY_SECONDS = 0.3


class Speaker(producer.Producer):
    def __init__(self, spec):
        super().__init__(spec)
        self.retry = []  # (when, number)

    def enter(self):
        # At a place of its own: nothing is sent to it there but answers.
        place = f"home-of-{self.name}"
        kind = self.spec["stream"].removeprefix("sync:")
        connection, _, behind = self.greet(kind, **(
            {"server_id": self.name, "channel_id": place} if kind == "mod" else
            {"bot_id": self.name, "channels": [place]}))
        self.wire = connection
        self.conn += 1
        self.retry.clear()
        self.hear(behind)
        for number in list(self.unanswered):
            self.again(number)

    def again(self, number):
        self.log.put({"do": "again", "number": number})
        self.wire.send(self.unanswered[number])

    def hear(self, messages):
        records = [r for r in map(self.record, messages) if r]
        if records:
            self.log.put(*records)

    def record(self, message):
        number = message.get("msg_id")
        if message.get("status") == "failed" and message.get("retry"):
            self.retry.append((time.monotonic() + RETRY_SECONDS, number))
            return {"do": "failed", "number": number}
        if not self.unanswered.pop(number, None):
            # Of a message that was told again twice both may be answered; else it is nonsense.
            return None if message.get("duplicate") or message.get("method") == "closing" else \
                {"do": "denied", "words": json.dumps(message)}
        if message.get("status") not in ("completed", "queued"):
            return {"do": "refused", "number": number, "words": json.dumps(message)}
        return {"do": "sent", "number": number, "seq": message.get("seq", 0),
                **({"duplicate": True} if message.get("duplicate") else {})}

    def say(self):
        self.number += 1
        number = f"{self.name}:{self.number:06d}"
        pad = self.random.choice(self.spec["pads"])
        mod = self.spec["stream"] == "sync:mod"
        self.unanswered[number] = {
            "msg_id": number, "id": self.name if mod else self.spec["place"],
            **({"destination": {"channel_id": self.spec["place"]}} if mod else {}),
            "author": {"id": self.name}, "content": f"{number}:{pad} {'x' * pad}"}
        self.log.put({"do": "try", "number": number, "conn": self.conn})
        self.wire.send(self.unanswered[number])

    def say_what_is_due(self):
        now = time.monotonic()
        due = [number for at, number in self.retry if at <= now]
        self.retry = [entry for entry in self.retry if entry[0] > now]
        for number in due:
            if number in self.unanswered:
                self.again(number)
        if not self.quiet:
            super().say_what_is_due()

    def say_last(self):
        if self.unanswered:
            self.quiet = True
            self.say_what_is_due()
        super().say_last()


if __name__ == "__main__":
    Speaker(json.loads(sys.argv[1])).run()
