# SPDX-License-Identifier: MIT
"""A game with the snippet that tbaMUD and many others use: TTYPE first, and all else when that was
answered.  Its parser begins anew with every read, so a sequence that spans two is lost; and what it
has asked for must come back.

Flags: drips (its own sequences are split over writes)."""
import asyncio
import time

import host
from host import DO, GA, IAC, SB, SE, WILL, Connection, Quit, die

TTYPE, NAWS, NEW_ENVIRON, CHARSET, MSDP, MSSP, MCCP2, MSP, MXP, ATCP, GMCP = (
    24, 31, 39, 42, 69, 70, 86, 90, 91, 200, 201)
WANTED = [(DO, NAWS), (DO, NEW_ENVIRON), (DO, CHARSET), (WILL, MSDP), (WILL, MSSP), (DO, ATCP),
          (WILL, MSP), (DO, MXP), (WILL, MCCP2), (WILL, GMCP)]
USERS = {"bob": "s3cret"}
ANSWER_MAX = 256


class Kavir(Connection):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.facts = {"types": []}
        self.agreed = set()
        self.asked = {TTYPE}
        self.settled = asyncio.Event()

    def send(self, *numbers):
        if "drips" not in self.flags:
            super().send(*numbers)
            return
        for number in numbers:
            super().send(number)  # a write of its own
            time.sleep(0.001)     # for it to be read alone

    def hear(self, data):
        at = 0
        while at < len(data):
            if data[at] != IAC:
                self.typed(data[at:at + 1].decode("latin-1"))
                at += 1
            else:
                at += self.sequence(data[at:])

    def sequence(self, data):
        if len(data) > 1 and data[1] == IAC:
            self.typed("\xff")
            return 2
        if len(data) > 1 and data[1] == SB:
            end = data.find(bytes([IAC, SE]))
            if end < 0 or end + 2 > ANSWER_MAX:
                host.wrong(f"subnegotiation that is cut or long: {data!r}")
                return len(data)
            self.sub(data[2], data[3:end])
            return end + 2
        if len(data) < 3:
            host.wrong(f"command that is cut: {data!r}")
            return len(data)
        self.answer(data[1], data[2])
        return 3

    def answer(self, verb, option):
        if option not in self.asked:
            host.wrong(f"{verb} {option}, for which nobody asked")
        if verb in (WILL, DO):
            self.agreed.add(option)
        if option == TTYPE and not self.settled.is_set():
            if verb == WILL:
                self.send(IAC, SB, TTYPE, 1, IAC, SE)
            else:
                self.settled.set()
        if option == NEW_ENVIRON and verb == WILL:
            self.send(IAC, SB, NEW_ENVIRON, 1, 0, *b"IPADDRESS", IAC, SE)
        if option == CHARSET and verb == WILL:
            self.send(IAC, SB, CHARSET, 1, *b";UTF-8", IAC, SE)
        if option == MSSP and verb == DO:
            self.send(IAC, SB, MSSP, 1, *b"CODEBASE", 2, *b"Kavir", IAC, SE)

    def sub(self, option, data):
        if option == TTYPE:
            types = self.facts["types"]
            types.append(data[1:].decode())
            if len(types) < 4 and types[-1:] != types[-2:-1]:
                self.send(IAC, SB, TTYPE, 1, IAC, SE)
            else:
                self.settled.set()
        elif option == NAWS:
            self.facts["size"] = f"{data[0] << 8 | data[1]}x{data[2] << 8 | data[3]}"
        elif option == NEW_ENVIRON:
            self.facts["address"] = data.rpartition(b"\1")[2].decode()
        elif option == CHARSET:
            self.facts["charset"] = data[1:].decode()
        elif option == GMCP:
            self.facts.setdefault("gmcp", []).append(data.decode())
        else:
            host.wrong(f"subnegotiation of {option}")

    async def settle(self):
        self.send(IAC, DO, TTYPE)
        while not self.settled.is_set():
            self.hear(await self.chunk())
        for verb, option in WANTED:
            self.asked.add(option)
            self.send(IAC, verb, option)

    async def play(self):
        await self.settle()
        self.say("Use connect <name> <password>.\r\n")
        while True:
            words = (await self.line()).split()
            if len(words) == 3 and words[0] == "connect":
                if USERS.get(words[1].lower()) == words[2]:
                    break
                self.say("Either that player does not exist, or has a different password.\r\n")
            else:
                self.say("That is not what one does here.\r\n")
        self.say(f"Welcome, {words[1]}.\r\n")
        await self.world()

    async def world(self):
        while True:
            self.send(IAC, GA)
            line = await self.line()
            if line == "facts":
                self.say("".join(f"{k}={v}\r\n" for k, v in sorted(self.facts.items())))
                self.say(f"agreed={sorted(self.agreed)}\r\n")
            elif line == "vitals":
                self.send(IAC, SB, GMCP, *b'Char.Vitals {"hp":7}', IAC, SE)
                self.send(IAC, SB, GMCP, *b"Core.Goodbye \"so long\"", IAC, SE)
            elif line == "crash":
                die()
            elif line == "quit":
                raise Quit
            else:
                self.say(f"You do '{line}'.\r\n")


if __name__ == "__main__":
    host.serve(Kavir)
