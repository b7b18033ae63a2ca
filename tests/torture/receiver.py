#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A receiver at the bridge, of version 2: a mod, or a bot.  Its log is its memory, as a consumer's is:
what it has had is in it before it is acknowledged.  Mostly it comes back saying how far it is; if it does
not, it leaves out what it has had."""
import json
import sys

import consumer

# At most 256 are under way without one.
ACK_EVERY = {"often": 20, "seldom": 200}


class Receiver(consumer.Consumer):
    def head(self):
        return {"do": "receiver", "name": self.name, "hears": self.spec["hears"]}

    def remember(self, r):
        if r["do"] == "event":
            self.epoch, self.last = r["epoch"], r["seq"]
        elif r["do"] == "gap":
            self.last = max(self.last, r["to"])
        elif r["do"] == "joined":
            self.session = self.joined = True

    epoch = None

    def who(self):
        if self.spec["kind"] == "mod":
            return {"server_id": self.name, "channel_id": self.spec["place"]}
        # The one follows, the other says what it wants to hear.
        return {"bot_id": self.name, **({} if self.spec["follows"] else
                                        {"channels": [self.spec["place"]]})}

    def enter(self):
        resume = bool(self.last) and self.random.random() < 0.7
        known = {"channel_id": self.spec["place"], "epoch": self.epoch, "last_seq": self.last}
        connection, answer, behind = self.greet(self.spec["kind"], **self.who(),
                                                **({"resume": [known]} if resume else {}))
        self.replace(connection)
        queues = [q for q in answer["queues"] if q["channel_id"] == self.spec["place"]]
        self.log.put({"do": "open", "resume": resume, "epoch": self.epoch, "last_seq": self.last,
                      "queue": queues[0] if queues else None})
        if not self.joined:
            self.log.put({"do": "joined"})
        self.session = self.joined = True
        self.unacked = 0
        self.hear(behind)

    def record(self, message):
        if message.get("method") == "closing":
            return None
        if message.get("type") == "gap":
            return {"do": "gap", "epoch": message["epoch"],
                    **{k: message[k] for k in ("lost", "from", "to", "reason")}}
        if "content" not in message:
            return {"do": "denied", "words": json.dumps(message)}
        text = consumer.NUMBERED.match(message["content"])
        if not text or len(text[3]) != int(text[2]):
            return {"do": "torn", "words": f"seq {message['seq']}: {message['content'][:80]}"}
        had = message["epoch"] == self.epoch and message["seq"] <= self.last
        return {"do": "again" if had else "event", "epoch": message["epoch"],
                "seq": message["seq"], "on": "sync:" + message["type"], "number": text[1]}

    def hear(self, messages):
        records = []
        for message in messages:
            r = self.record(message)
            if r:
                records.append(r)
                self.remember(r)
        if not records:
            return
        self.log.put(*records)
        self.unacked += len(records)
        if self.unacked >= ACK_EVERY[self.spec["acks"]] and self.epoch:
            self.unacked = 0
            self.wire.send({"ack": self.last, "epoch": self.epoch,
                            "channel_id": self.spec["place"]})


if __name__ == "__main__":
    Receiver(json.loads(sys.argv[1])).run()
