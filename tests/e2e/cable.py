# SPDX-License-Identifier: MIT
"""A real network that can go black: two namespaces with a cable between them, the near one for the
daemon, the far one for a router.  Sockets of both are made by a helper inside and handed out.

As root this needs nothing more, others get a user namespace around it.  Where neither is allowed, in
many containers, the kernel drops what comes for the router's sockets by a filter on each."""
import contextlib
import ctypes
import os
import shutil
import socket
import struct
import subprocess
import sys

NEAR, FAR, NOBODY = "10.99.0.1", "10.99.0.2", "02:00:00:00:00:99"
CLONE_NEWNET = 0x40000000
WAIT = 20


# --- outside ---

class Address(tuple):
    """What a client connects to: (host, port) inside the near namespace."""

    network = None

    def connect(self):
        return self.network.socket("near", *self)


class Network:
    def __init__(self):
        for tool in ("ip", "unshare", "nsenter"):
            assert shutil.which(tool, path=PATH), f"{tool} is missing (tools/deps.txt)"
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        self.process = subprocess.Popen(
            ["unshare", *self.user, "--net", sys.executable, __file__], stdin=theirs,
            stderr=subprocess.PIPE, env={**os.environ, "PATH": PATH})
        theirs.close()
        self.control = mine
        self.control.settimeout(WAIT)
        assert self.ask("hello") == "ok", self.process.communicate()[1]

    def ask(self, *words):
        self.control.send(" ".join(map(str, words)).encode())
        return self.control.recv(1000).decode()

    def socket(self, *words):
        """A socket of one of the namespaces: near HOST PORT is connected, far listens."""
        self.control.send(" ".join(map(str, words)).encode())
        answer, fds, _, _ = socket.recv_fds(self.control, 1000, 1)
        assert answer == b"ok", answer
        return socket.socket(fileno=fds[0])

    def router_socket(self):
        return self.socket("far")

    def black(self, on=True):
        """Packets vanish, both ways, without a word to anybody."""
        assert self.ask("black" if on else "bright") == "ok"

    def prefix(self):
        """What a command must begin with to run in the near namespace."""
        user = ["--user", "--preserve-credentials"] if self.user else []
        return ["nsenter", "--target", str(self.process.pid), *user, "--net"]

    def address(self, host, port):
        address = Address((host, port))
        address.network = self
        return address

    def close(self):
        self.control.close()
        self.process.communicate(timeout=WAIT)


class Filters:
    """The same on loopback: what comes for the sockets of one port is dropped before it is looked at,
    so it is never acknowledged, and a new connection is never answered."""

    ATTACH, DETACH = 26, 27  # SO_ATTACH_FILTER, SO_DETACH_FILTER
    DROP = ctypes.create_string_buffer(b"\x06\0\0\0\0\0\0\0", 8)  # BPF_RET | BPF_K, 0 bytes pass

    def __init__(self):
        self.listener = None

    def router_socket(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        return self.listener

    def sockets(self):
        port = self.listener.getsockname()[1]
        for name in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):  # no socket, or closed meanwhile
                found = socket.socket(fileno=os.dup(int(name)))
                if found.family == socket.AF_INET and found.getsockname()[1] == port:
                    yield found
                found.close()

    def black(self, on=True):
        program = struct.pack("HxxxxxxP", 1, ctypes.addressof(self.DROP))
        for found in self.sockets():
            with contextlib.suppress(FileNotFoundError):  # it had no filter
                found.setsockopt(socket.SOL_SOCKET, self.ATTACH if on else self.DETACH,
                                 program if on else struct.pack("i", 0))

    def prefix(self):
        return []

    def address(self, host, port):
        return (host, port)

    def close(self):
        pass


def network():
    """The best there may be here."""
    allowed = subprocess.run(
        ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--net", "true"],
        env={**os.environ, "PATH": PATH}, stderr=subprocess.DEVNULL)
    return Network() if allowed.returncode == 0 else Filters()


PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


# --- inside ---

def run(*command):
    subprocess.run(command, check=True)


def enter(fd):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def listening(far, near):
    enter(far)
    try:
        return socket.create_server((FAR, 0))
    finally:
        enter(near)


def lay_cable(other):
    def there(*command):
        run("nsenter", "--target", str(other), "--net", *command)

    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far")
    run("ip", "link", "set", "far", "netns", str(other))
    run("ip", "address", "add", f"{NEAR}/30", "dev", "near")
    run("ip", "link", "set", "near", "up")
    there("ip", "address", "add", f"{FAR}/30", "dev", "far")
    there("ip", "link", "set", "far", "up")


def switch(other, black):
    """Frames for a card that is not there are dropped by the one that gets them."""
    for place, host, card in (([], FAR, "near"),
                              (["nsenter", "--target", str(other), "--net"], NEAR, "far")):
        run(*place, "ip", "neigh", "replace", host, "lladdr", NOBODY, "dev", card, "nud",
            "permanent")
        if not black:
            run(*place, "ip", "neigh", "del", host, "dev", card)


def serve():
    control = socket.socket(fileno=os.dup(0))
    other = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec cat"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    other.stdout.readline()  # it is there
    near = os.open("/proc/self/ns/net", os.O_RDONLY)
    far = os.open(f"/proc/{other.pid}/ns/net", os.O_RDONLY)
    lay_cable(other.pid)
    while words := control.recv(1000).decode().split():
        made = None
        if words[0] == "far":
            made = listening(far, near)
        elif words[0] == "near":
            made = socket.create_connection((words[1], int(words[2])), WAIT)
        elif words[0] in ("black", "bright"):
            switch(other.pid, words[0] == "black")
        if made:
            socket.send_fds(control, [b"ok"], [made.fileno()])
            made.close()
        else:
            control.send(b"ok")
    other.stdin.close()
    other.wait(WAIT)


if __name__ == "__main__":
    serve()
