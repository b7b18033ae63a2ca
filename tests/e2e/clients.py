# SPDX-License-Identifier: MIT
"""Clients of the daemon on plain sockets, written from the protocols and not from the daemon.  All
of them wait for what they expect, up to a deadline; nothing sleeps."""
import base64
import contextlib
import hashlib
import itertools
import json
import os
import socket
import ssl
import struct
import time

import lpc

DEADLINE = float(os.environ.get("E2E_DEADLINE", "10"))
WS_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class RpcError(Exception):
    """A JSON-RPC error as the daemon sent it."""

    def __init__(self, error):
        super().__init__(error.get("message"))
        self.error = error
        self.code = error["code"]
        self.message = error["message"]
        self.data = error.get("data") or {}


def trusting():
    """A TLS context for certificates made on the spot."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Peer:
    """A socket with a buffer; every wait has a deadline."""

    def __init__(self, address=None, tls=None, sock=None, source=None):
        if hasattr(address, "connect"):  # of another network
            sock = address.connect()
        self.socket = sock or socket.create_connection(
            address, timeout=DEADLINE, source_address=source)
        if self.socket.family != socket.AF_UNIX:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = bytearray()

    def send(self, data):
        self.socket.settimeout(DEADLINE)
        self.socket.sendall(data)

    def more(self, deadline):
        """Read once → False at the end of the stream."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"nothing more within the deadline; so far {bytes(self.buffer)!r}")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
            data = b""
        self.buffer += data
        return bool(data)

    def cut(self, n):
        data = bytes(self.buffer[:n])
        del self.buffer[:n]
        return data

    def exactly(self, n, wait=None):
        deadline = time.monotonic() + (wait or DEADLINE)
        while len(self.buffer) < n:
            if not self.more(deadline):
                raise EOFError(f"closed after {bytes(self.buffer)!r}")
        return self.cut(n)

    def until(self, mark, wait=None):
        deadline = time.monotonic() + (wait or DEADLINE)
        while mark not in self.buffer:
            if not self.more(deadline):
                raise EOFError(f"closed after {bytes(self.buffer)!r}")
        return self.cut(self.buffer.index(mark) + len(mark))

    def rest(self, wait=None):
        """Everything until the other side closes."""
        deadline = time.monotonic() + (wait or DEADLINE)
        while self.more(deadline):
            pass
        return self.cut(len(self.buffer))

    def closed(self, wait=None):
        """Whether the other side closes, whatever it says before."""
        with contextlib.suppress(TimeoutError):
            self.rest(wait)
            return True
        return False

    def reset(self):
        """Close without goodbye: the other side sees RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()


class Rpc:
    """JSON-RPC over something with send_text() and receive()."""

    def __init__(self):
        self.ids = itertools.count(1)
        self.events = []

    def post(self, message):
        self.send_text(message if isinstance(message, (str, bytes)) else json.dumps(message))

    def answer(self, wait=None):
        """The next message that is not an event; events are kept."""
        deadline = time.monotonic() + (wait or DEADLINE)
        while True:
            message = self.receive(max(0.001, deadline - time.monotonic()))
            if isinstance(message, dict) and "method" in message:
                self.events.append(message)
            else:
                return message

    def ask(self, message, wait=None):
        self.post(message)
        return self.answer(wait)

    def call(self, method, **params):
        number = next(self.ids)
        reply = self.ask({"jsonrpc": "2.0", "id": number, "method": method, "params": params}, 40)
        assert reply["jsonrpc"] == "2.0"
        assert reply["id"] == number, reply
        if "error" in reply:
            assert "result" not in reply
            raise RpcError(reply["error"])
        return reply["result"]

    def login(self, key, **params):
        return self.call("authenticate", api_key=key, **params)

    def event(self, method, wait=None, **expected):
        """The first event of this kind whose params hold what is expected; others are kept."""
        deadline = time.monotonic() + (wait or DEADLINE)
        seen = 0
        while True:
            while seen < len(self.events):
                params = self.events[seen]["params"]
                if self.events[seen]["method"] == method and \
                        all(params.get(k) == v for k, v in expected.items()):
                    return self.events.pop(seen)["params"]
                seen += 1
            try:
                message = self.receive(max(0.001, deadline - time.monotonic()))
            except TimeoutError:
                raise TimeoutError(f"no {method} {expected}; seen {self.events}") from None
            assert isinstance(message, dict) and "method" in message, message
            self.events.append(message)

    def events_so_far(self, method=None):
        """Events that came before the answer to a call made now."""
        self.call("ping")
        return [e["params"] for e in self.events if method in (None, e["method"])]


class JsonLines(Rpc):
    """JSON-RPC, one object per line over TCP."""

    def __init__(self, address, key=None, tls=None):
        super().__init__()
        self.peer = Peer(address, tls)
        self.welcome = self.receive()
        self.session = self.login(key) if key else None

    def send_text(self, text):
        self.peer.send((text if isinstance(text, bytes) else text.encode()) + b"\n")

    def receive(self, wait=None):
        return json.loads(self.peer.until(b"\n", wait))

    def close(self):
        self.peer.close()


class HttpReply:
    def __init__(self, peer, method="GET", wait=None):
        lines = peer.until(b"\r\n\r\n", wait).decode("latin-1").split("\r\n")
        self.version, code, self.reason = (lines[0] + " ").split(" ", 2)
        self.status = int(code)
        self.headers = {}
        for line in lines[1:-2]:
            name, _, value = line.partition(":")
            assert name.lower() not in self.headers or name.lower() == "set-cookie", line
            self.headers[name.lower()] = value.strip()
        self.body = b""
        if method != "HEAD" and self.status not in (101, 204, 304):
            if "content-length" in self.headers:
                self.body = peer.exactly(int(self.headers["content-length"]), wait)
            else:
                self.body = peer.rest(wait)

    def json(self):
        return json.loads(self.body)


def http(address, target="/", method="GET", headers=(), body=b"", tls=None):
    """One request on a connection of its own."""
    peer = Peer(address, tls)
    try:
        lines = [f"{method} {target} HTTP/1.1", f"Host: {address[0]}:{address[1]}",
                 "Connection: close", *(f"{k}: {v}" for k, v in headers)]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        peer.send("\r\n".join([*lines, "", ""]).encode() + body)
        return HttpReply(peer, method)
    finally:
        peer.close()


class Refused(Exception):
    """A WebSocket handshake that was answered with something else than 101."""

    def __init__(self, reply):
        super().__init__(f"{reply.status} {reply.reason}: {reply.body[:200]!r}")
        self.status, self.reply = reply.status, reply


class Closed(Exception):
    """The other side closed the WebSocket; code is None without a close frame."""

    def __init__(self, code, reason):
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class WebSocket(Rpc):
    """RFC 6455 by hand: it can also send what no decent client would."""

    def __init__(self, address, key=None, path="/ws", headers=(), tls=None):
        super().__init__()
        self.peer = Peer(address, tls)
        nonce = base64.b64encode(os.urandom(16)).decode()
        self.peer.send("\r\n".join([
            f"GET {path} HTTP/1.1", f"Host: {address[0]}:{address[1]}", "Upgrade: websocket",
            "Connection: Upgrade", f"Sec-WebSocket-Key: {nonce}", "Sec-WebSocket-Version: 13",
            *(f"{k}: {v}" for k, v in headers), "", ""]).encode())
        self.handshake = HttpReply(self.peer)
        if self.handshake.status != 101:
            self.peer.close()
            raise Refused(self.handshake)
        digest = hashlib.sha1((nonce + WS_GUID).encode()).digest()
        assert self.handshake.headers["sec-websocket-accept"] == base64.b64encode(digest).decode()
        self.session = self.login(key) if key else None

    def frame(self, opcode, payload=b"", fin=True, mask=True, rsv=0):
        head = bytearray([(fin << 7) | (rsv << 4) | opcode])
        size = len(payload)
        bit = 0x80 if mask else 0
        if size < 126:
            head.append(bit | size)
        elif size < 1 << 16:
            head += bytes([bit | 126]) + size.to_bytes(2, "big")
        else:
            head += bytes([bit | 127]) + size.to_bytes(8, "big")
        if mask:
            key = os.urandom(4)
            pad = (key * (size // 4 + 1))[:size]
            payload = (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(
                size, "big")
            head += key
        self.peer.send(bytes(head) + payload)

    def send_text(self, text):
        self.frame(TEXT, text if isinstance(text, bytes) else text.encode())

    def read_frame(self, wait=None):
        first, second = self.peer.exactly(2, wait)
        assert not second & 0x80, "a server must not mask"
        assert not first & 0x70, "no extension was negotiated"
        size = second & 0x7F
        if size > 125:
            size = int.from_bytes(self.peer.exactly(2 if size == 126 else 8, wait), "big")
        return first & 15, bool(first & 0x80), self.peer.exactly(size, wait)

    def read_message(self, wait=None):
        """(opcode, payload) of a whole data message; pings are answered, pongs dropped."""
        kind, parts = None, b""
        while True:
            try:
                opcode, fin, payload = self.read_frame(wait)
            except EOFError:
                raise Closed(None, "") from None
            if opcode == PING:
                self.frame(PONG, payload)
            elif opcode == CLOSE:
                code = int.from_bytes(payload[:2], "big") if payload else 1005
                raise Closed(code, payload[2:].decode())
            elif opcode != PONG:
                kind = kind or opcode
                parts += payload
                if fin:
                    return kind, parts

    def receive(self, wait=None):
        kind, payload = self.read_message(wait)
        assert kind == TEXT
        return json.loads(payload)

    def close_code(self, wait=None):
        """Read on until the other side closes → its code."""
        try:
            while True:
                self.read_message(wait)
        except Closed as closed:
            return closed.code

    def close(self):
        self.peer.close()


class MudMode:
    """One end of an I3 link: packets in frames of a length, LPC text and a NUL."""

    def __init__(self, peer):
        self.peer = peer
        self.kept = []

    def send_raw(self, text):
        self.peer.send(struct.pack(">I", len(text) + 1) + text + b"\0")

    def send(self, *packet):
        self.send_raw(lpc.write(list(packet)))

    def read(self, wait=None):
        size, = struct.unpack(">I", self.peer.exactly(4, wait))
        assert 0 < size <= 65536, size
        text = self.peer.exactly(size, wait)
        assert text[-1] == 0 and 0 not in text[:-1], text
        return lpc.read(text[:-1])

    def packet(self, kind, wait=None, where=lambda packet: True):
        """The first packet of this kind; others are kept."""
        deadline = time.monotonic() + (wait or DEADLINE)
        seen = 0
        while True:
            while seen < len(self.kept):
                if self.kept[seen][0] == kind and where(self.kept[seen]):
                    return self.kept.pop(seen)
                seen += 1
            try:
                self.kept.append(self.read(max(0.001, deadline - time.monotonic())))
            except (TimeoutError, EOFError) as fault:
                raise type(fault)(f"no {kind}; seen {self.kept}") from None

    def close(self):
        self.peer.close()


SERVICES = {"tell": 1, "emoteto": 1, "channel": 1, "who": 1, "finger": 1, "locate": 1}


class Mud(MudMode):
    """A foreign MUD at a router."""

    def __init__(self, address, name, router, password=0, source=None, protocol=3):
        super().__init__(Peer(address, source=source))
        self.name, self.router = name, router
        newer = ["a@example.org", SERVICES, 0] if protocol > 1 else [SERVICES]
        self.send(f"startup-req-{protocol}", 5, name, 0, router, 0, password, 0, 0, 4000, 0, 0,
                  "TestLib", "TestLib", "TestDriver", "LP", "open for public", *newer)
        self.reply = self.packet("startup-reply")
        self.password = self.reply[7]

    def to(self, kind, mud, user, *body, me=0):
        self.send(kind, 5, self.name, me, mud, user, *body)

    def listen(self, channel, on=1):
        self.to("channel-listen", self.router, 0, channel, on)

    def presence(self, mud):
        """Wait until the router's mudlist says that this MUD is up."""
        return self.packet("mudlist", where=lambda p: isinstance(p[7].get(mud), list)
                           and p[7][mud][0] == -1)[7][mud]


class FakeRouter:
    """A router that does what the test says, when it says so."""

    def __init__(self, name="*fake", port=0, password=123456789):
        self.name, self.password = name, password
        self.listener = socket.create_server(("127.0.0.1", port), reuse_port=False)
        self.port = self.listener.getsockname()[1]
        self.links = []

    def accept(self, wait=None):
        """The next connection, before it said anything."""
        self.listener.settimeout(wait or DEADLINE)
        link = MudMode(Peer(sock=self.listener.accept()[0]))
        self.links.append(link)
        return link

    def login(self, wait=None, channels=None, muds=None):
        """Accept one MUD and let it in → its link, with .startup as it was sent."""
        link = self.accept(wait)
        link.startup = link.packet("startup-req-3", wait)
        link.mud = link.startup[2]
        self.welcome(link, channels, muds)
        return link

    def welcome(self, link, channels=None, muds=None):
        link.send("startup-reply", 5, self.name, 0, link.mud, 0,
                  [[self.name, f"127.0.0.1 {self.port}"]], self.password)
        link.send("mudlist", 5, self.name, 0, link.mud, 0, 1, {
            **{mud: self.record() for mud in muds or []}, link.mud: self.record()})
        link.send("chanlist-reply", 5, self.name, 0, link.mud, 0, 1, {
            channel: [self.name, 0] for channel in channels or ["chat", "dev"]})

    @staticmethod
    def record(state=-1):
        return [state, "127.0.0.1", 4000, 0, 0, "TestLib", "TestLib", "TestDriver", "LP",
                "open for public", "a@example.org", SERVICES, 0]

    def close(self):
        """Die as a killed process does: every connection and the listener at once."""
        for link in self.links:
            link.close()
        self.links.clear()
        self.listener.close()
