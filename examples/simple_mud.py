#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A small but whole MUD behind Gatehouse, to read, to play and to start your own from.

    simple_mud.py [HOST:PORT] [--key KEY] [--world FILE]

It is a client of the gate's JSON-RPC interface (docs/API.md): players come to the gate by telnet, and
the gate tells us what they type.  So we need no sockets for players, and may be stopped and started
while they are connected: when we come back the gate says who is here (player_connected, resumed), and
what it keeps of each (player_attach: the number of their character) leads us to the rest in our file.
"""
import argparse
import json
import os
import socket
import sys
import tempfile

ROOMS = {
    "gate": ("The Gate", "A small tower stands over the road. Whoever keeps it never sleeps.",
             {"north": "market", "east": "garden"}),
    "market": ("The Market", "Stalls in all colours, and nobody who would buy anything.",
               {"south": "gate", "east": "library"}),
    "garden": ("The Garden", "Bees, lavender, and a bench with a view of the tower.",
               {"west": "gate", "north": "library"}),
    "library": ("The Library", "Every book here is the log of somebody's adventures.",
                {"west": "market", "south": "garden"}),
}
SHORT = {"n": "north", "s": "south", "e": "east", "w": "west", "l": "look", "'": "say"}


class Gate:
    """The connection to Gatehouse: one JSON text a line."""

    def __init__(self, host, port, key):
        self.socket = socket.create_connection((host, port))
        self.call("authenticate", id=1, api_key=key)

    def call(self, method, id=None, **params):
        request = {"jsonrpc": "2.0", "method": method, "params": params}
        if id is not None:  # without an id there is no answer, and we need few
            request["id"] = id
        self.socket.sendall(json.dumps(request).encode() + b"\n")

    def messages(self):
        with self.socket.makefile("rb") as lines:
            yield from map(json.loads, lines)


class World:
    """What outlives us: the characters, in a file."""

    def __init__(self, path):
        self.path = path
        try:
            with open(path) as file:
                self.characters = json.load(file)
        except FileNotFoundError:
            self.characters = []

    def save(self):
        with open(self.path + ".new", "w") as file:
            json.dump(self.characters, file)
        os.replace(self.path + ".new", self.path)

    def character(self, name):
        """The number of the character of that name, which is made if there is none."""
        for number, character in enumerate(self.characters):
            if character["name"].lower() == name.lower():
                return number
        self.characters.append({"name": name, "room": "gate"})
        self.save()
        return len(self.characters) - 1


class Game:
    def __init__(self, gate, world):
        self.gate, self.world = gate, world
        self.playing = {}  # player_id: number of the character, or None while we ask for a name

    # --- what players read; |r and its like are colours, the markup "evennia" ---

    def show(self, player, text, prompt="> "):
        self.gate.call("player_output", player_id=player, text=f"{text}\n{prompt}",
                       markup="evennia", prompt=True)

    def tell_room(self, room, text, but=None):
        ids = [player for player, number in self.playing.items()
               if number is not None and player != but
               and self.world.characters[number]["room"] == room]
        self.gate.call("player_output", player_ids=ids, text=f"\n{text}\n> ", markup="evennia",
                       prompt=True)

    def look(self, player):
        me = self.world.characters[self.playing[player]]
        title, words, exits = ROOMS[me["room"]]
        others = [self.world.characters[n]["name"] for p, n in self.playing.items()
                  if n is not None and p != player
                  and self.world.characters[n]["room"] == me["room"]]
        here = f"\n|gHere: {', '.join(others)}.|n" if others else ""
        self.show(player, f"|y{title}|n\n{words}\n|cExits: {', '.join(exits)}.|n{here}")

    # --- who comes and goes ---

    def connected(self, player):
        number, known = player["player_id"], player.get("object_id")
        if known is not None and known < len(self.world.characters):
            self.playing[number] = known
            if player["resumed"]:
                self.show(number, "|xThe world blinks, and goes on.|n")
            else:
                self.look(number)
        elif player.get("name"):  # it has logged in at the gate
            self.enter(number, player["name"])
        else:
            self.playing[number] = None
            self.show(number, "|yWelcome!|n This is a very small world.", "What is your name? ")

    def enter(self, player, name):
        name = name.strip().capitalize()
        if not name.isalpha() or len(name) > 20:
            self.show(player, "A name of letters, please, 20 at most.", "What is your name? ")
            return
        number = self.playing[player] = self.world.character(name)
        self.gate.call("player_attach", player_id=player, object_id=number, name=name)
        self.tell_room(self.world.characters[number]["room"], f"{name} is here now.", player)
        self.look(player)

    def gone(self, player):
        number = self.playing.pop(player, None)
        if number is not None:
            me = self.world.characters[number]
            self.tell_room(me["room"], f"{me['name']} has left.")

    # --- what they do ---

    def typed(self, player, line):
        if self.playing.get(player) is None:
            self.enter(player, line)
            return
        me = self.world.characters[self.playing[player]]
        word, _, rest = line.strip().partition(" ")
        word = SHORT.get(word.lower(), word.lower())
        if not word or word == "look":
            self.look(player)
        elif word in ROOMS[me["room"]][2]:
            self.go(player, me, word)
        elif word == "say":
            said = rest.replace("|", "||")  # theirs is text, not markup
            self.tell_room(me["room"], f"{me['name']} says: {said}", player)
            self.show(player, f"You say: {said}")
        elif word == "who":
            self.show(player, ", ".join(sorted(self.world.characters[n]["name"]
                                               for n in self.playing.values() if n is not None)))
        elif word == "restart":
            self.gate.call("game_status", state="restarting")
            sys.exit(0)  # whoever started us starts us again
        elif word == "quit":
            self.gate.call("player_close", player_id=player, reason="Come back soon!")
        else:
            self.show(player, "You can look, go north, south, east or west, say something, "
                              "see who is here, restart the game, or quit.")

    def go(self, player, me, way):
        self.tell_room(me["room"], f"{me['name']} goes {way}.", player)
        me["room"] = ROOMS[me["room"]][2][way]
        self.world.save()
        self.tell_room(me["room"], f"{me['name']} is here now.", player)
        self.look(player)

    def run(self):
        for message in self.gate.messages():
            event, facts = message.get("method"), message.get("params")
            if event == "player_connected":
                self.connected(facts)
            elif event == "player_input":
                self.typed(facts["player_id"], facts["line"])
            elif event == "player_disconnected":
                self.gone(facts["player_id"])
            elif message.get("id") == 1 and "error" in message:
                sys.exit(f"the gate refused the key: {message['error']['message']}")


def main():
    options = argparse.ArgumentParser(description="a small MUD behind Gatehouse")
    options.add_argument("at", nargs="?", default="127.0.0.1:8081", help="HOST:PORT of JSON lines")
    options.add_argument("--key", default="demogame-demo", help="API key with the right players")
    options.add_argument("--world", default=os.path.join(tempfile.gettempdir(), "simple_mud.json"))
    chosen = options.parse_args()
    host, _, port = chosen.at.rpartition(":")
    try:
        Game(Gate(host.strip("[]"), int(port), chosen.key), World(chosen.world)).run()
    except (OSError, KeyboardInterrupt) as why:
        sys.exit(f"the gate is away: {why}" if isinstance(why, OSError) else 0)


if __name__ == "__main__":
    main()
