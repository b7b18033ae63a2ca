# SPDX-License-Identifier: MIT
"""A telnet client to test with: it shows what came as text and what as commands, and answers options
only as it is told to."""
import time

import clients

IAC, DONT, DO, WONT, WILL, SB, GA, SE, EOR = 255, 254, 253, 252, 251, 250, 249, 240, 239
VERBS = {WILL: "WILL", WONT: "WONT", DO: "DO", DONT: "DONT"}
ECHO, SGA, TTYPE, END_OF_RECORD, NAWS, NEW_ENVIRON, CHARSET = 1, 3, 24, 25, 31, 39, 42
START_TLS, MSDP, MSSP, MCCP2, MCCP3, MXP, GMCP = 46, 69, 70, 86, 87, 91, 201


class Telnet:
    """Speaks first only when it is asked to; `agrees` maps options to WILL or DO: what it answers
    when they are offered.  Everything else is left without an answer, as netcat does."""

    def __init__(self, address, agrees=(), tls=None, source=None, sock=None):
        self.peer = clients.Peer(address, tls=tls, source=source, sock=sock)
        self.agrees = set(agrees)
        self.raw = b""        # not looked at yet
        self.text = b""       # not expected yet
        self.asks = []        # ("WILL", option), in order
        self.subs = []        # (option, bytes)
        self.marks = 0        # GA and EOR
        self.hidden = False   # WILL ECHO

    # --- out ---

    def send(self, line):
        self.peer.send(line.encode() + b"\r\n")

    def send_raw(self, data):
        self.peer.send(data)

    def ask(self, verb, option):
        self.peer.send(bytes([IAC, verb, option]))

    def sub(self, option, data):
        self.peer.send(bytes([IAC, SB, option]) + data.replace(b"\xff", b"\xff\xff")
                       + bytes([IAC, SE]))

    def gmcp(self, text):
        self.sub(GMCP, text.encode())

    # --- in ---

    def look(self):
        """Take apart what has come."""
        while self.raw:
            at = self.raw.find(IAC)
            if at < 0:
                self.text, self.raw = self.text + self.raw, b""
                return
            self.text, self.raw = self.text + self.raw[:at], self.raw[at:]
            if not self.command():
                return

    def command(self):
        """One command at the front of raw; False: it is not whole yet."""
        if len(self.raw) < 2:
            return False
        kind, size = self.raw[1], 2
        if kind in VERBS:
            if len(self.raw) < 3:
                return False
            size = 3
            self.asked(kind, self.raw[2])
        elif kind == SB:
            end = self.raw.find(bytes([IAC, SE]))
            if end < 0:
                return False
            size = end + 2
            self.subs.append((self.raw[2], self.raw[3:end].replace(b"\xff\xff", b"\xff")))
        elif kind == IAC:
            self.text += b"\xff"
        elif kind in (GA, EOR):
            self.marks += 1
        self.raw = self.raw[size:]
        return True

    def asked(self, verb, option):
        self.asks.append((VERBS[verb], option))
        if option == ECHO:
            self.hidden = verb == WILL
        if verb in (WILL, DO) and option in self.agrees:
            self.ask(DO if verb == WILL else WILL, option)
        elif verb in (WONT, DONT) and option in self.agrees:
            self.ask(DONT if verb == WONT else WONT, option)

    def more(self, deadline):
        open = self.peer.more(deadline)
        self.raw += self.peer.cut(len(self.peer.buffer))
        self.look()
        if not open:
            raise EOFError(f"closed; text {self.text!r}, asks {self.asks}")

    def until(self, condition, wait=None, words="it did not come true"):
        deadline = time.monotonic() + (wait or clients.DEADLINE)
        self.look()
        while not condition():
            try:
                self.more(deadline)
            except TimeoutError:
                raise TimeoutError(f"{words}; text {self.text!r}, asks {self.asks}") from None
        return True

    def expect(self, text, wait=None):
        """Read until the text has come → everything up to its end."""
        mark = text.encode() if isinstance(text, str) else text
        self.until(lambda: mark in self.text, wait, f"{text!r} did not come")
        end = self.text.index(mark) + len(mark)
        before, self.text = self.text[:end], self.text[end:]
        return before.decode("utf-8", "replace")

    def expect_sub(self, option, wait=None):
        def come():
            return any(o == option for o, _ in self.subs)
        self.until(come, wait, f"no subnegotiation of {option}")
        at = next(i for i, (o, _) in enumerate(self.subs) if o == option)
        return self.subs.pop(at)[1]

    def expect_ask(self, verb, option, wait=None):
        self.until(lambda: (verb, option) in self.asks, wait, f"no {verb} {option}")
        self.asks.remove((verb, option))

    def rest(self, wait=None):
        """Everything until the gate closes."""
        data = self.peer.rest(wait)
        self.raw += data
        self.look()
        text, self.text = self.text, b""
        return text.decode("utf-8", "replace")

    def close(self):
        self.peer.close()
