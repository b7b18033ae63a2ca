#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""demo_mud.py READY-LINE: a very small MUD behind `./dev run`.  One player, the guide, answers tells
and greets whoever speaks on the channel "chat".  Ends when the daemon does."""
import json
import socket
import sys

KEY = "demomud-demo"
GUIDE = {"name": "Guide", "title": "shows strangers around", "location": "the gate", "level": 1}
PRESENCE_SECONDS = 10  # a presence list is believed for 30


class Mud:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port))
        self.lines = b""

    def call(self, method, **params):
        # No id: nothing here depends on the answers.
        self.post({"jsonrpc": "2.0", "method": method, "params": params})

    def post(self, message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def messages(self):
        """Yield each message, and None when it is time to say who is here."""
        self.socket.settimeout(PRESENCE_SECONDS)
        while True:
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                yield None
                continue
            if not data:
                return
            *complete, self.lines = (self.lines + data).split(b"\n")
            yield from map(json.loads, complete)

    def live(self):
        self.post({"jsonrpc": "2.0", "id": 1, "method": "authenticate", "params": {"api_key": KEY}})
        self.call("presence_sync", users=[GUIDE])
        self.call("channel_join", channel="chat")
        for message in self.messages():
            if message is None:
                self.call("presence_sync", users=[GUIDE])
            elif message.get("method") == "tell_received":
                self.answer_tell(message["params"])
            elif message.get("method") == "channel_message":
                self.answer_channel(message["params"])

    def answer_tell(self, tell):
        self.call("tell", target_mud=tell["from_mud"], target_user=tell["from_user"],
                  from_user="Guide", message=f"Welcome, {tell['visname']}! You said: {tell['message']}")

    def answer_channel(self, line):
        if line["from_mud"] != "DemoMUD":
            self.call("channel_send", channel="chat", from_user="Guide",
                      message=f"Hello {line['visname']}@{line['from_mud']}!")


def main():
    pairs = dict(pair.split("=", 1) for pair in sys.argv[1].split()[1:])
    host, _, port = pairs["jsonl"].rpartition(":")
    try:
        Mud(host.strip("[]").replace("0.0.0.0", "127.0.0.1"), int(port)).live()
    except (OSError, KeyboardInterrupt):
        pass  # the daemon is gone, and so are we


if __name__ == "__main__":
    main()
