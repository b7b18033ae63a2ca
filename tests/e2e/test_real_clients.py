# SPDX-License-Identifier: MIT
"""The clients people have, as Debian has them, on a terminal of their own: they read, type, are not
shown a password, and stay while the game is away."""
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import termios
import time

import pytest
from clients import DEADLINE
from test_players import DOWN, UP, Game, behind

CLIENTS = {
    "tintin": ["/usr/games/tt++", "-e", "#session gate {host} {port}"],
    "tinyfugue": ["tf", "-f", "{host}", "{port}"],
    "inetutils": ["inetutils-telnet", "{host}", "{port}"],
    "ssl": ["telnet-ssl", "{host}", "{port}"],
    "plink": ["plink", "-telnet", "{host}", "-P", "{port}"],
    "busybox": ["busybox", "telnet", "{host}", "{port}"],
}
NAMES = {"tintin": "TinTin++", "tinyfugue": "TINYFUGUE"}  # others tell their terminal only
WIDTHS = {"tinyfugue": 79}  # which tells one less than it has


class Screen:
    """A program under a pseudo-terminal of 80 by 24."""

    def __init__(self, argv, home):
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm-256color",
                       "LANG": "C.UTF-8"}
        self.shown = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
                os.chdir(home)
                os.execvpe(argv[0], argv, environment)
            finally:
                os._exit(127)

    def expect(self, text):
        """Read until the text has been shown → what was, up to its end."""
        deadline, mark = time.monotonic() + DEADLINE, text.encode()
        while mark not in self.shown:
            ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError(f"{text!r} was not shown; {self.shown!r} was")
            try:
                self.shown += os.read(self.fd, 65536)
            except OSError:
                raise EOFError(f"it ended; {self.shown!r} was shown") from None
        end = self.shown.index(mark) + len(mark)
        before, self.shown = self.shown[:end], self.shown[end:]
        return before

    def type(self, line):
        for letter in line.encode() + b"\r":
            os.write(self.fd, bytes([letter]))

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture(params=CLIENTS)
def client(request):
    assert shutil.which(CLIENTS[request.param][0]), "tools/deps.txt says from which package it is"
    return request.param


def test_a_real_client_plays(gatehouse, client, tmp_path):
    house = gatehouse(behind())
    game = Game(house)
    host, port = house.telnet
    screen = Screen([word.format(host=host, port=port) for word in CLIENTS[client]], tmp_path)
    try:
        facts = game.joined(resumed=False)
        player = facts["player_id"]
        assert facts["terminal"].get("client", "") == NAMES.get(client, "")
        assert facts["terminal"]["width"] == WIDTHS.get(client, 80)

        game.show(player, "Welcome to the |gGate|n.\n")
        game.show(player, "Your name? ", prompt=True)
        screen.expect("Your name?")
        screen.type("anna")
        assert game.api.event("player_input")["line"] == "anna"

        game.call("player_echo", player_id=player, on=False)
        game.show(player, "Your word? ", prompt=True)
        screen.expect("Your word?")
        screen.type("sesame")
        assert game.api.event("player_input")["line"] == "sesame"
        game.call("player_echo", player_id=player, on=True)
        game.show(player, "You are in.\n> ", prompt=True)
        assert b"sesame" not in screen.expect("You are in.")

        game.leave()
        screen.expect(DOWN[:30])
        again = Game(house)
        screen.expect(UP)
        assert again.joined(resumed=True)["player_id"] == player
        screen.type("look")
        assert again.api.event("player_input")["line"] == "look"
    finally:
        screen.end()
