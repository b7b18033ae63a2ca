#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A consumer: a session that hears lines and tells, and comes back to it after whatever happens.  Its
log is its memory: an event is in it before anything follows from the event, and after a kill -9 it
goes on from there."""
import json
import re
import sys
import time
from pathlib import Path

import party
import wire

NUMBERED = re.compile(r"(\w+:\d+):(\d+) (x*)$")
STREAMS = {"channel_message": "channel", "tell_received": "to_mud"}
ACK_EVERY = {"often": 20, "seldom": 400, "never": None}
REPLACED_SECONDS = 10


class Consumer(party.Party):
    def __init__(self, spec):
        past = party.records_of(Path(spec["log"]))
        super().__init__(spec)
        self.session, self.last, self.joined = None, 0, False
        self.unacked, self.old = 0, []
        if not past:
            self.log.put(self.head())
        for r in past:
            self.remember(r)

    def head(self):
        return {"do": "consumer", "name": self.name, "tape": self.spec["tape"],
                "hears": self.spec["hears"]}

    def remember(self, r):
        if r["do"] == "open":
            self.session = r["id"]
            self.joined &= r["resumed"]
        elif r["do"] == "event":
            self.last = r["seq"]
        elif r["do"] == "joined":
            self.joined = True

    # --- entering ---

    def come_back(self):
        """With what is known of the session → a connection, the answer, what came behind it."""
        known = {"session_id": self.session, "last_seq": self.last} if self.session else {}
        if known and self.random.random() < 0.4:
            self.dials += self.dials % 2
            connection = wire.WebSocket(tuple(self.spec["http"]),
                                        {"api_key": self.spec["key"], **known},
                                        self.random.random() < 0.5)
            message, before, behind = connection.first(lambda m: True)
            if message.get("method") != "session_opened":
                self.log.put({"do": "early", "words": json.dumps(message)})
                raise wire.Ended("no session_opened")
            return connection, message["params"], behind
        connection = self.dial()
        return connection, *self.login(connection, **known)

    def replace(self, connection):
        if self.wire:
            self.old.append((self.wire, time.monotonic() + REPLACED_SECONDS))
        self.wire = connection

    def enter(self):
        came_with = bool(self.session)
        connection, answer, behind = self.come_back()
        self.replace(connection)
        opened = {"do": "open", "session": came_with, "last_seq": self.last,
                  "id": answer["session_id"], "wire": type(connection).__name__,
                  **{k: answer[k] for k in ("resumed", "recovered", "missed", "lost", "seq")}}
        self.log.put(opened)
        self.remember(opened)
        self.unacked = 0
        if not self.joined:
            self.joining = set(self.spec["channels"])
            for channel in self.spec["channels"]:
                connection.call(f"join {channel}", "channel_join", channel=channel)
        self.hear(behind)

    # --- hearing ---

    def record(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "gap":
            return {"do": "gap", "lost": params["lost"], "from": params.get("from_seq", 0),
                    "to": params.get("to_seq", 0), "unknown": params["unknown"]}
        if "seq" not in params:
            return None
        on, number = "note", None
        if method in STREAMS:
            on = ("line:" if method == "channel_message" else "tell:") + params[STREAMS[method]]
            text = NUMBERED.match(params["message"])
            if not text or len(text[3]) != int(text[2]):
                return {"do": "torn", "words": f"seq {params['seq']}: {params['message'][:80]}"}
            number = text[1]
        return {"do": "event", "seq": params["seq"], "on": on, "number": number,
                **({} if number else {"what": method})}

    def answered(self, message):
        where = message["id"].removeprefix("join ")
        if "error" in message:
            self.log.put({"do": "denied", "words": f"{where}: {message['error']['message']}"})
        self.joining.discard(where)
        if not self.joining:
            self.log.put({"do": "joined"})
            self.joined = True

    def hear(self, messages):
        records = [r for r in map(self.record, messages) if r]
        if records:
            self.log.put(*records)
        for r in records:
            self.remember(r)
        for message in messages:
            if str(message.get("id")).startswith("join "):
                self.answered(message)
        self.unacked += len(records)
        every = ACK_EVERY[self.spec["acks"]]
        if every and self.unacked >= every:
            self.unacked = 0
            self.wire.tell("ack", seq=self.last)

    # --- being taken over ---

    def order_takeover(self, reads="reads"):
        """A second connection for the same session, while the first is there."""
        if not self.wire or not self.session:
            return
        try:
            self.enter()
        except wire.Ended:
            return  # the older one may still be good
        if reads != "reads":  # it lies around unread until it is forgotten
            self.old[-1][0].unread = True

    def watch_old(self):
        """What the replaced connections still say is not for us, but they have to end."""
        for entry in list(self.old):
            connection, deadline = entry
            late = time.monotonic() > deadline
            try:
                if not hasattr(connection, "unread"):
                    connection.socket.settimeout(0)
                    while True:
                        connection.buffer.clear()
                        if not connection.socket.recv(65536):
                            raise wire.Ended("closed")
            except BlockingIOError:
                if late:
                    self.log.put({"do": "kept_open"})
            except (OSError, wire.Ended):
                late = True
            if late:
                connection.close()
                self.old.remove(entry)

    def turn(self, seconds):
        super().turn(seconds)
        if self.old and time.monotonic() >= self.deaf_until:
            self.watch_old()


if __name__ == "__main__":
    Consumer(json.loads(sys.argv[1])).run()
