# SPDX-License-Identifier: MIT
"""A game like stock Merc, ROM or CircleMUD: it has no telnet parser.  Of what comes in it keeps the
printable bytes; what it did not ask for would be typed.  It asks for a password between WILL ECHO and
WONT ECHO, and marks its prompts with GA.

Flags: dies-at-password (once a name was typed)."""
import host
from host import DO, DONT, GA, IAC, WILL, WONT, Connection, Quit, die

ECHO = 1
PLAYERS = []


class Merc(Connection):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.asked = []      # answers that may come
        self.command = b""   # one of those, so far
        self.name = "?"

    def say(self, text):
        super().say(text.replace("\r\n", "\n\r"))  # the order that Diku has made common

    def hear(self, data):
        for byte in data:
            if self.command or byte == IAC:
                self.command += bytes([byte])
                self.take_command()
            elif byte in b"\r\n\b" or 32 <= byte < 127:
                self.typed(chr(byte))
            else:
                host.wrong(f"byte {byte} from {self.name}")

    def take_command(self):
        if len(self.command) < 3:
            return
        if self.command in self.asked:
            self.asked.remove(self.command)
        else:
            host.wrong(f"{self.command!r} from {self.name}, who was not asked")
        self.command = b""

    async def prompt(self, text):
        self.say(text)
        self.send(IAC, GA)
        return await self.line()

    async def password(self):
        self.asked.append(bytes([IAC, DO, ECHO]))
        self.say("Password: ")
        self.send(IAC, WILL, ECHO)
        if "dies-at-password" in self.flags:
            await self.chunk()
            die()
        typed = await self.line()
        self.asked.append(bytes([IAC, DONT, ECHO]))
        self.send(IAC, WONT, ECHO)
        self.say("\r\n")
        return typed

    async def login(self):
        self.name = await self.prompt("\r\nBy what name do you wish to be known? ")
        if not self.name.isalpha():
            self.say("Illegal name.\r\n")
            raise Quit
        while await self.password() != "secret" + self.name.lower():
            self.say("Wrong password.\r\n")
        await self.prompt("*** PRESS RETURN: ")
        while await self.prompt("0) Leave.\r\n1) Enter.\r\nMake your choice: ") != "1":
            pass

    async def play(self):
        await self.login()
        PLAYERS.append(self)
        try:
            await self.world()
        finally:
            PLAYERS.remove(self)

    async def world(self):
        self.say(f"Welcome to the land, {self.name}!\r\n")
        while True:
            line = await self.prompt("> ")
            if line == "quit":
                self.say("Come back soon.\r\n")
                raise Quit
            if line == "crash":
                die()
            if line == "from":
                self.say(f"You come from {self.writer.get_extra_info('peername')[0]}.\r\n")
            elif line.startswith("say "):
                for player in PLAYERS:
                    player.say(f"{self.name} says '{line[4:]}'\r\n")
            elif line:
                self.say(f"You do '{line}'.\r\n")


if __name__ == "__main__":
    host.serve(Merc)
