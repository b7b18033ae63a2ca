# SPDX-License-Identifier: MIT
"""TinyMUX as Debian packs it, unmodified, behind the gate: what a real game asks for, shows and
survives.  It stands for its relatives that are entered with one line, PennMUSH and RhostMUSH."""
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import clients
import pytest
from conftest import until
from telnet import CHARSET, DONT, MCCP3, NAWS, TTYPE
from test_telnet_game import DOWN, UP, behind

SHARED, PROGRAM = Path("/usr/share/tinymux/game"), Path("/usr/lib/tinymux/game/bin")
WELCOME_END = '"+help" and "news".\r\n' + "-" * 78 + "\r\n"
WIZARD = "connect wizard potrzebie"  # of the database it comes with

pytestmark = pytest.mark.skipif(not (PROGRAM / "netmux").exists(),
                                reason="the Debian package tinymux is not installed")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Mux:
    """The package's own game directory, on a port of its own; a game of its kind takes no port 0."""

    def __init__(self, directory):
        self.directory, self.port, self.process = directory, free_port(), None
        shutil.copytree(SHARED, directory)
        (directory / "bin").symlink_to(PROGRAM)
        config = directory / "netmux.conf"
        config.write_text(re.sub(r"(?m)^port .*$", f"port {self.port}\nip_address 127.0.0.1",
                                 config.read_text()))

    def start(self):
        with (self.directory / "output").open("ab") as output:
            self.process = subprocess.Popen(
                ["./bin/netmux", "-c", "netmux.conf", "-p", "netmux.pid", "-e", "."],
                cwd=self.directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={**os.environ, "LD_LIBRARY_PATH": "./bin"})
        until(self.listens, words=lambda: (self.directory / "output").read_text())
        return self

    def listens(self):
        assert self.process.poll() is None, (self.directory / "output").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.kill()
        self.process.wait(clients.DEADLINE)


@pytest.fixture
def mux(tmp_path):
    """One to be killed."""
    game = Mux(tmp_path / "mux").start()
    yield game
    game.kill()


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """One for all the others: it refuses @restart in its first 15 s, which they make shorter."""
    game = Mux(tmp_path_factory.mktemp("mux") / "game").start()
    yield game
    game.kill()


def person(house, **options):
    """One whose client answers the last offer, so that the game need not wait for more answers."""
    player = house.player(**options)
    player.expect_ask("WILL", MCCP3)
    player.ask(DONT, MCCP3)
    return player


def enter(player, line=WIZARD):
    player.expect(WELCOME_END)
    player.send(line)
    player.expect("MAIL: You have no mail.\r\n")
    return player


def host_of(player, name):
    """What WHO shows a wizard of somebody's address."""
    player.send("WHO")
    table = player.expect(" no maximum.\r\n")
    return re.search(rf"(?m)^{name}\s.*\s(\S+)\r$", table)[1]


def test_a_player_creates_a_character_and_quits(gatehouse, standing):
    player = person(gatehouse(behind(standing)))
    enter(player, "create Tester secret99")
    player.send("say hello")
    player.expect("You say, ")
    player.send("QUIT")
    assert "TinyMUX Disconnected" in player.rest()


def test_the_game_learns_the_clients_type_size_and_charset_and_its_colours_come(gatehouse, standing):
    player = person(gatehouse(behind(standing)), agrees=(TTYPE, NAWS, CHARSET))
    player.expect_sub(TTYPE)
    player.sub(TTYPE, b"\0Testclient")
    player.sub(NAWS, bytes([0, 91, 0, 33]))
    player.sub(CHARSET, b"\2UTF-8")
    enter(player)
    player.send("@set me=ANSI")
    player.expect("Set.\r\n")
    player.send("think \u00fc: [width(me)]x[height(me)] [terminfo(me)] [ansi(hr,red)]")
    said = player.expect("red")
    assert "\u00fc: 91x33 Testclient telnet unicode" in said
    assert re.search(r"\x1b\[1m\x1b\[31mred$|\x1b\[1;31mred$", said), said
    player.sub(NAWS, bytes([0, 120, 0, 40]))
    until(lambda: size(player) == "120x40")


def size(player):
    player.send("think size [width(me)]x[height(me)].")
    return re.search(r"size (\d+x\d+)", player.expect(".\r\n"))[1]


def test_who_tells_players_apart_by_loopback_addresses_of_their_own(gatehouse, standing):
    house = gatehouse(behind(standing))
    here, there = enter(person(house)), person(house, source=("127.0.0.77", 0))
    enter(there, "create Another secret99")
    first, second = host_of(here, "Wizard"), host_of(here, "Another")
    assert first != second
    for host in first, second:
        assert re.fullmatch(r"127\.\d+\.\d+\.\d+", host)
        assert host != "127.0.0.1"


def test_after_a_crash_players_are_at_its_login_again(gatehouse, mux):
    player = enter(person(gatehouse(behind(mux, again="none"))))
    mux.kill()
    player.expect(DOWN)
    mux.start()
    player.expect(UP)
    enter(player)


def test_after_a_crash_players_are_logged_in_again_with_what_they_typed(gatehouse, mux):
    player = enter(person(gatehouse(behind(mux, again="connect"))))
    mux.kill()
    player.expect(DOWN)
    mux.start()
    player.expect(UP)
    player.expect("MAIL: You have no mail.\r\n")
    player.send("think I am [name(me)].")
    player.expect("I am Wizard.\r\n")


def test_its_own_restart_keeps_players_and_what_it_knows_of_their_clients(gatehouse, standing):
    player = person(gatehouse(behind(standing)), agrees=(NAWS,))
    player.expect_ask("DO", NAWS)
    player.sub(NAWS, bytes([0, 91, 0, 33]))
    enter(player)
    until(lambda: restarts(player), wait=30)
    player.send("think still [name(me)], [width(me)]")
    assert DOWN not in player.expect("still Wizard, 91\r\n")


def restarts(player):
    player.send("@restart")
    player.until(lambda: b"Restart finished." in player.text or b"just started" in player.text)
    done = b"Restart finished." in player.text
    assert DOWN not in player.expect("Restart finished.\r\n" if done else "few seconds.\r\n")
    return done
