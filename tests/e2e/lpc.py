# SPDX-License-Identifier: MIT
"""LPC text, as MudMode frames carry it: a canonical writer and a strict reader.  Written apart
from the daemon's codec, so that the two check each other."""


def write(value):
    if isinstance(value, bool) or value is None:
        return str(int(bool(value))).encode()
    if isinstance(value, int):
        return str(value).encode()
    if isinstance(value, float):
        return b"%f" % value
    if isinstance(value, bytes):
        return b'"' + value + b'"'  # as it is: for text that is not UTF-8
    if isinstance(value, str):
        text = value.replace("\\", "\\\\").replace('"', '\\"')
        return b'"' + text.replace("\r", "\\\r").replace("\n", "\r").encode() + b'"'
    if isinstance(value, dict):
        return b"([" + b"".join(write(k) + b":" + write(v) + b"," for k, v in value.items()) + b"])"
    return b"({" + b"".join(write(item) + b"," for item in value) + b"})"


class Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def fail(self, why):
        raise ValueError(f"{why} at {self.at} of {self.text!r}")

    def ahead(self, token):
        return self.text.startswith(token, self.at)

    def expect(self, token):
        if not self.ahead(token):
            self.fail(f"{token!r} expected")
        self.at += len(token)

    def value(self):
        if self.ahead(b'"'):
            return self.string()
        if self.ahead(b"({"):
            return self.array()
        if self.ahead(b"(["):
            return self.mapping()
        return self.number()

    def string(self):
        self.expect(b'"')
        out = bytearray()
        while not self.ahead(b'"'):
            if self.at >= len(self.text):
                self.fail("unterminated string")
            byte = self.text[self.at]
            self.at += 1
            if byte == 0x5C:
                out.append(self.text[self.at])
                self.at += 1
            elif byte in (0, 0x0A):
                self.fail("forbidden byte")
            else:
                out.append(0x0A if byte == 0x0D else byte)
        self.at += 1
        return out.decode()

    def array(self):
        self.expect(b"({")
        out = []
        while not self.ahead(b"})"):
            out.append(self.value())
            self.expect(b",")
        self.expect(b"})")
        return out

    def mapping(self):
        self.expect(b"([")
        out = {}
        while not self.ahead(b"])"):
            key = self.value()
            self.expect(b":")
            out[key] = self.value()
            self.expect(b",")
        self.expect(b"])")
        return out

    def number(self):
        start = self.at
        while self.at < len(self.text) and self.text[self.at] in b"-0123456789.":
            self.at += 1
        token = self.text[start : self.at]
        if not token:
            self.fail("value expected")
        return float(token) if b"." in token else int(token)


def read(text):
    reader = Reader(text)
    value = reader.value()
    if reader.at != len(text):
        reader.fail("end expected")
    return value
