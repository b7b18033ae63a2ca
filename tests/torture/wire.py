# SPDX-License-Identifier: MIT
"""JSON-RPC connections that never wait for a message: what has come is cut from a buffer.  So one
process can listen to its orders and to the daemon, and stop in the middle of anything."""
import json
import os
import select
import socket
import struct
import time
import zlib
from base64 import b64encode
from urllib.parse import urlencode

CONNECT_SECONDS = 5
ANSWER_SECONDS = 20
TEXT, CLOSE, PING = 1, 8, 9
RESET = struct.pack("ii", 1, 0)
# Small, so that the kernels hold little for a peer which stops reading, and the daemon feels it.
RECEIVE_BYTES, SEGMENT_BYTES = 4096, 536


class Ended(Exception):
    """The connection is over; the argument says how."""


def connect(address):
    sock = socket.socket()
    sock.settimeout(CONNECT_SECONDS)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
    sock.connect(address)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class Wire:
    def __init__(self, address):
        self.buffer = bytearray()
        try:
            self.socket = connect(address)
        except OSError as fault:
            raise Ended(f"connect: {fault}") from None

    def fileno(self):
        return self.socket.fileno()

    def write(self, data):
        try:
            self.socket.sendall(data)
        except OSError as fault:
            raise Ended(f"write: {fault}") from None

    def read(self):
        """Once, what has come."""
        try:
            data = self.socket.recv(65536)
        except OSError as fault:
            raise Ended(f"read: {fault}") from None
        if not data:
            raise Ended("closed")
        self.buffer += data

    def take(self, size):
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def wait(self, deadline):
        if not select.select([self.socket], [], [], max(0, deadline - time.monotonic()))[0]:
            raise Ended("no answer")
        self.read()

    def call(self, number, method, **params):
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})

    def tell(self, method, **params):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def first(self, wanted):
        """Wait for the first message that is wanted → it, the messages before it, those behind."""
        deadline, before = time.monotonic() + ANSWER_SECONDS, []
        messages = self.messages()
        while True:
            while messages:
                message = messages.pop(0)
                if wanted(message):
                    return message, before, messages
                before.append(message)
            self.wait(deadline)
            messages = self.messages()

    def reset(self):
        """Close without goodbye: the other side sees RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.socket.close()

    def close(self):
        self.socket.close()


class Line(Wire):
    """One JSON text a line, over TCP."""

    def send(self, message):
        self.write(json.dumps(message).encode() + b"\n")

    def messages(self):
        end = self.buffer.rfind(b"\n") + 1
        return [json.loads(line) for line in self.take(end).splitlines()]


class WebSocket(Wire):
    """One JSON text a message, over WebSocket; every second one with compression."""

    def __init__(self, address, query=None, deflate=False, path="/ws"):
        super().__init__(address)
        self.inflate = None
        target = path + ("?" + urlencode(query) if query else "")
        lines = [f"GET {target} HTTP/1.1", f"Host: {address[0]}:{address[1]}",
                 "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: " + b64encode(os.urandom(16)).decode()]
        if deflate:
            lines.append("Sec-WebSocket-Extensions: permessage-deflate")
        self.write("\r\n".join([*lines, "", ""]).encode())
        deadline = time.monotonic() + ANSWER_SECONDS
        while b"\r\n\r\n" not in self.buffer:
            self.wait(deadline)
        head = self.take(self.buffer.index(b"\r\n\r\n") + 4)
        if not head.startswith(b"HTTP/1.1 101 "):
            self.close()
            raise Ended("refused: " + head.split(b"\r\n")[0].decode())
        if b"permessage-deflate" in head:
            self.inflate = zlib.decompressobj(wbits=-15)

    def frame(self, opcode, payload):
        size = len(payload)
        head = bytes([0x80 | opcode]) + (
            bytes([0x80 | size]) if size < 126 else
            b"\xfe" + struct.pack(">H", size) if size < 65536 else
            b"\xff" + struct.pack(">Q", size))
        key = os.urandom(4)
        pad = (key * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")
        self.write(head + key + masked)

    def send(self, message):
        self.frame(TEXT, json.dumps(message).encode())

    def cut_frame(self):
        """→ (first byte, payload), or None when it is not here yet."""
        if len(self.buffer) < 2:
            return None
        size, at = self.buffer[1], 2
        if size > 125:
            at = 4 if size == 126 else 10
            if len(self.buffer) < at:
                return None
            size = int.from_bytes(self.buffer[2:at], "big")
        if len(self.buffer) < at + size:
            return None
        first = self.buffer[0]
        return first, self.take(at + size)[at:]

    def messages(self):
        out = []
        while frame := self.cut_frame():
            first, payload = frame
            assert first & 0x80, "the daemon never sends fragments"
            if first & 15 == PING:
                self.frame(10, payload)
            elif first & 15 == CLOSE:
                # What came before it is still a message; the end shows itself at the next read.
                self.buffer.clear()
                out.append({"method": "closing", "params": {
                    "code": int.from_bytes(payload[:2], "big")}})
            elif first & 15 == TEXT:
                if first & 0x40:
                    payload = self.inflate.decompress(payload + b"\0\0\xff\xff")
                out.append(json.loads(payload))
        return out
