# SPDX-License-Identifier: MIT
"""A router for drills.  It lives by itself on a thread, does what its mood says at each login, can
die, fall silent and come back, and notes whatever no router should ever see."""
import contextlib
import select
import selectors
import socket
import struct
import threading
import time

import lpc
from clients import DEADLINE, FakeRouter

RESET = struct.pack("ii", 1, 0)


class Link:
    """One connection, as the router sees it."""

    def __init__(self, sock):
        self.socket, self.buffer = sock, bytearray()
        self.startup, self.packets, self.ended = None, [], None
        self.opened = time.monotonic()

    def of(self, kind):
        return [packet for packet in self.packets if packet[0] == kind]

    @property
    def listens(self):
        """Channels it listens to, with how often that was said."""
        said = {}
        for packet in self.of("channel-listen"):
            said[packet[6]] = said.get(packet[6], 0) + (1 if packet[7] else -1)
        return said

    def raw(self, data):
        with contextlib.suppress(OSError):
            self.socket.sendall(data)

    def text(self, text):
        self.raw(struct.pack(">I", len(text) + 1) + text + b"\0")

    def say(self, *packet):
        self.text(lpc.write(list(packet)))

    def is_over(self):
        """Whether the other side has ended it, even if nobody has looked yet."""
        try:
            return bool(select.select([self.socket], [], [], 0)[0]) and \
                not self.socket.recv(1, socket.MSG_PEEK)
        except OSError:
            return True


class DrillRouter:
    def __init__(self, name="*drill", listener=None, loops=True):
        self.name, self.loops = name, loops
        self.listener = listener or socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self.listener.getsockname()[:2]
        self.passwords, self.issued = {}, 1000
        self.moods = []       # what to do at the next logins; then welcome()
        self.routers = None   # the list it sends; None: itself
        self.links = []       # every connection there ever was
        self.faults = []
        self.torn = False     # the network is: old connections may look alive
        self.changed = threading.Condition()
        self.selector = selectors.DefaultSelector()
        self.wake_end, self.wake = socket.socketpair()
        self.selector.register(self.wake_end, selectors.EVENT_READ, None)
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.over = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    # --- the thread ---

    def run(self):
        while not self.over:
            ready = self.selector.select()
            with self.changed:
                for key, _ in ready:
                    if key.data is None:
                        self.wake_end.recv(100)
                    elif key.fileobj.fileno() >= 0:
                        key.data()
                self.changed.notify_all()

    def accept(self):
        with contextlib.suppress(OSError):
            link = Link(self.listener.accept()[0])
            link.socket.settimeout(DEADLINE)
            link.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.links.append(link)
            self.selector.register(link.socket, selectors.EVENT_READ, lambda: self.read(link))

    def read(self, link):
        try:
            data = link.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.end(link)
            return
        link.buffer += data
        while len(link.buffer) >= 4:
            size = int.from_bytes(link.buffer[:4], "big")
            if len(link.buffer) < 4 + size:
                return
            packet = lpc.read(bytes(link.buffer[4 : 3 + size]))
            del link.buffer[: 4 + size]
            link.packets.append(packet)
            self.take(link, packet)

    def end(self, link, linger=None):
        if link.ended:
            return
        link.ended = time.monotonic()
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(link.socket)
        if linger:
            link.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        link.socket.close()

    def take(self, link, packet):
        kind, mud = packet[0], packet[2]
        if kind == "startup-req-3":
            self.check_login(link, packet)
            link.startup = packet
            (self.moods.pop(0) if self.moods else self.welcome)(link)
        elif link.startup is None:
            self.faults.append(f"{kind} before the login")
        elif kind == "auth-mud-req" and packet[4] == mud and self.loops:
            link.say(*packet)
        elif kind == "channel-listen" and link.listens[packet[6]] > 1:
            self.faults.append(f"asked twice for {packet[6]}")
        elif kind == "channel-m":
            self.line(packet)

    def check_login(self, link, packet):
        mud, password = packet[2], packet[6]
        if link.startup:
            self.faults.append("a second startup on one connection")
        if packet[4] != self.name:
            self.faults.append(f"a startup for {packet[4]} at {self.name}")
        if password not in (0, self.passwords.get(mud)):
            self.faults.append(f"password {password} is not {self.passwords.get(mud)}")
        for other in self.links:
            if other is link or other.ended or not other.startup or other.startup[2] != mud:
                continue
            if not self.torn and not other.is_over():
                self.faults.append(f"{mud} is here twice")
            self.end(other)

    def line(self, packet):
        for link in self.links:
            if not link.ended and link.listens.get(packet[6]):
                link.say(*packet)

    # --- moods: what it does with a login ---

    def welcome(self, link, name=None):
        mud = link.startup[2]
        routers = [[self.name, f"{self.host} {self.port}"]]
        if mud not in self.passwords:
            self.issued += 1
            self.passwords[mud] = self.issued
        link.say("startup-reply", 5, name or self.name, 0, mud, 0,
                 routers if self.routers is None else self.routers, self.passwords[mud])
        link.say("mudlist", 5, self.name, 0, mud, 0, 1, {mud: FakeRouter.record()})
        link.say("chanlist-reply", 5, self.name, 0, mud, 0, 1, {
            channel: [self.name, 0] for channel in ("chat", "dev")})

    def silent(self, link):
        pass

    def misnamed(self, link):
        self.welcome(link, "*wrong")

    def refuse(self, link):
        link.say("error", 5, self.name, 0, link.startup[2], 0, "not-allowed", "bad password", 0)

    def welcome_and_close(self, link):
        self.welcome(link)
        self.end(link)

    # --- from the test ---

    def tell(self, work):
        """Do this on behalf of the router: not while it is in the middle of something."""
        with self.changed:
            result = work()
        self.wake.send(b"!")
        return result

    def wait(self, condition, wait=None, words="it did not come true"):
        with self.changed:
            assert self.changed.wait_for(condition, wait or DEADLINE), \
                f"{words}; faults {self.faults}, links {[link.packets for link in self.links]}"
            return condition()

    def live(self):
        return [link for link in self.links if link.startup and not link.ended]

    def logins(self):
        return [link for link in self.links if link.startup]

    def link(self, wait=None, more=None):
        """The one link there is, as soon as there is one, and it listens to these channels."""
        wanted = more and {channel: 1 for channel in more}
        return self.wait(lambda: (found := self.live()) and len(found) == 1 and
                         wanted in (None, found[0].listens) and found[0], wait,
                         f"no link with {wanted}")

    def kill(self, linger=None):
        """Every connection ends; who calls again is taken."""
        def work():
            for link in self.links:
                self.end(link, linger)
        self.tell(work)

    def down(self, linger=None):
        """Dies: its socket is gone as well."""
        def work():
            with contextlib.suppress(KeyError, ValueError):
                self.selector.unregister(self.listener)
            self.listener.close()
            for link in self.links:
                self.end(link, linger)
        self.tell(work)

    def up(self):
        def work():
            self.listener = socket.create_server((self.host, self.port))
            self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.tell(work)

    def forget(self):
        self.tell(self.passwords.clear)

    def next(self, *moods):
        self.tell(lambda: self.moods.extend(moods))

    def channel_line(self, text, channel="chat"):
        self.tell(lambda: self.line(
            ["channel-m", 5, "FarMUD", "zed", 0, 0, channel, "Zed", text]))

    def close(self):
        self.over = True
        self.down()
        self.thread.join(DEADLINE)
