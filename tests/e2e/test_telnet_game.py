# SPDX-License-Identifier: MIT
"""MUDs that know nothing of the gate, behind it: they restart, and their players stay."""
import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import clients
import pytest
from conftest import configured
from crowd import Crowd
from telnet import ECHO, GMCP, MSSP, NAWS, TTYPE

GAMES = Path(__file__).parent / "games"
DOWN = "The MUD is currently re-loading. Please try again in a few seconds.\r\n"
UP = "The MUD is back.\r\n"
NOT_KEPT = "What you typed meanwhile was not kept.\r\n"
SCRIPT = [{"expect": "by what name", "send": "{name}"},
          {"expect": "password:", "send": "{password}"},
          {"expect": "press return", "send": ""},
          {"expect": "make your choice", "send": "1"}]

RESTARTS = int(os.environ.get("GATEHOUSE_RESTARTS", "5"))


class Game:
    """One of games/*.py as a process of its own, always on the same port."""

    def __init__(self, name):
        self.name, self.port, self.said = name, 0, []
        self.process = None

    def start(self, *flags):
        self.process = subprocess.Popen(
            [sys.executable, str(GAMES / f"{self.name}.py"), str(self.port), *flags],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        first = self.process.stdout.readline()
        assert first.startswith("port "), first
        self.port = int(first.split()[1])
        threading.Thread(target=self.listen, args=(self.process.stdout,), daemon=True).start()
        return self

    def listen(self, out):
        for line in out:
            self.said.append(line.strip())

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ended(self):
        self.process.wait(clients.DEADLINE)

    @property
    def wrong(self):
        return [line for line in self.said if line.startswith("wrong")]


@pytest.fixture
def game():
    """Starts games, and checks at the end that none was sent what it could not take."""
    games = []

    def start(name, *flags):
        games.append(Game(name).start(*flags))
        return games[-1]
    yield start
    for one in games:
        one.kill()
        assert one.wrong == []


def behind(game, settings=None, players=None, **telnet):
    return configured({
        "listen": ["http://127.0.0.1:0", "jsonl://127.0.0.1:0", "telnet://127.0.0.1:0"],
        "games": [{"name": "AlphaMUD", "link": "telnet", "address": f"127.0.0.1:{game.port}",
                   "telnet": telnet, **(settings or {})}],
        "players": {"per_address": 1000, "connects_per_minute": 10000, **(players or {})}})


def enter_merc(player, name="Bob"):
    player.expect("By what name do you wish to be known? ")
    player.send(name)
    player.expect("Password: ")
    player.until(lambda: player.hidden)
    player.send("secret" + name.lower())
    player.expect("PRESS RETURN: ")
    player.until(lambda: not player.hidden)
    player.send("")
    player.expect("Make your choice: ")
    player.send("1")
    player.expect(f"Welcome to the land, {name}!\r\n> ")


def enter_merc_again(player, name="Bob"):
    player.text = b"By what name do you wish to be known? " + player.text
    enter_merc(player, name)


def enter_kavir(player):
    player.expect("Use connect <name> <password>.\r\n")
    player.send("connect bob s3cret")
    player.expect("Welcome, bob.\r\n")


def person(house, **options):
    """A player whose client hides what is typed when it is told to."""
    return house.player(agrees=(ECHO,), **options)


def sized(house, **options):
    """A player whose client tells its name and its size."""
    player = house.player(agrees=(ECHO, TTYPE, NAWS, GMCP), **options)
    player.expect_ask("DO", TTYPE)
    player.expect_sub(TTYPE)
    player.sub(TTYPE, b"\0Testclient")
    player.sub(NAWS, bytes([0, 90, 0, 30]))
    return player


def test_a_game_without_a_telnet_parser_is_played_and_hears_only_what_it_asked_for(gatehouse, game):
    merc = game("merc")
    house = gatehouse(behind(merc))
    player = sized(house)
    enter_merc(player)
    player.gmcp("Core.Ping")
    player.sub(NAWS, bytes([0, 100, 0, 40]))
    player.send("look")
    player.expect("You do 'look'.\r\n> ")
    player.send("quit")
    player.expect("Come back soon.")


def test_a_restart_is_told_once_each_way_and_the_games_own_login_comes_again(gatehouse, game):
    merc = game("merc")
    house = gatehouse(behind(merc, {"input_while_down": {"queue": 5}}))
    player = person(house)
    enter_merc(player)
    merc.kill()
    player.expect(DOWN)
    player.send("north")
    merc.start()
    text = player.expect("By what name do you wish to be known? ")
    assert text.count(UP) == 1
    assert DOWN not in text
    assert text.count(NOT_KEPT) == 1
    enter_merc_again(player)


def test_a_script_logs_in_again_and_what_was_queued_follows(gatehouse, game):
    merc = game("merc")
    house = gatehouse(behind(merc, {"input_while_down": {"queue": 5}},
                             again="script", script=SCRIPT))
    player = person(house)
    enter_merc(player)
    for _ in range(2):
        merc.kill()
        player.expect(DOWN)
        player.send("north")
        player.send("say hello")
        merc.start()
        player.expect(UP)
        text = player.expect("Bob says 'hello'\r\n")
        assert "You do 'north'.\r\n" in text
        assert "secretbob" not in text
        assert not player.hidden


def test_a_game_that_dies_at_the_password_prompt_takes_no_line_for_a_name(gatehouse, game):
    merc = game("merc", "dies-at-password")
    house = gatehouse(behind(merc, {"input_while_down": {"queue": 5}}))
    player = person(house)
    player.expect("By what name do you wish to be known? ")
    player.send("Bob")
    player.expect("Password: ")
    player.until(lambda: player.hidden)
    player.send("secretbob")
    merc.ended()
    player.expect(DOWN)
    player.until(lambda: not player.hidden)
    player.send("secretbob")
    merc.start()
    text = player.expect("By what name do you wish to be known? ")
    assert NOT_KEPT in text
    enter_merc_again(player)
    assert "Illegal name" not in text


@pytest.mark.parametrize("flags", [(), ("drips",)])
def test_a_game_with_the_snippet_learns_of_the_client_at_once_and_again(gatehouse, game, flags):
    kavir = game("kavir", *flags)
    house = gatehouse(behind(kavir, again="connect"))
    player = sized(house)
    player.gmcp('Core.Hello {"client":"Testclient"}')
    enter_kavir(player)
    for again in (False, True):
        if again:
            kavir.kill()
            player.expect(DOWN)
            kavir.start(*flags)
            player.expect(UP)
            player.expect("Welcome, bob.\r\n")
        player.send("facts")
        text = player.expect("agreed=")
        types = re.search(r"types=\['(.*)'\]", text)[1].split("', '")
        assert types[0].upper() == "TESTCLIENT"
        assert types[2].startswith("MTTS ")
        assert int(types[2].split()[1]) & 128
        assert types[3:] in ([], types[2:3])
        assert "size=90x30\r\n" in text
        assert "address=127.0.0.1\r\n" in text
        assert "charset=UTF-8\r\n" in text
        assert "Core.Hello" in text
        agreed = player.expect("\r\n")
        assert "86" not in agreed
        assert "200" not in agreed


def test_gmcp_reaches_the_client_and_goodbye_does_not(gatehouse, game):
    kavir = game("kavir")
    house = gatehouse(behind(kavir))
    player = sized(house)
    enter_kavir(player)
    player.send("vitals")
    player.send("look")
    player.expect("You do 'look'.")
    said = [data for option, data in player.subs if option == GMCP]
    assert b'Char.Vitals {"hp":7}' in said
    assert not [data for data in said if data.startswith(b"Core.Goodbye")]


def test_crawlers_are_told_what_the_game_said_also_when_it_is_away(gatehouse, game):
    kavir = game("kavir")
    house = gatehouse(behind(kavir))
    player = sized(house)
    enter_kavir(player)
    kavir.kill()
    player.expect(DOWN)
    crawler = house.player(agrees=(MSSP,))
    assert b"\x01CODEBASE\x02Kavir" in crawler.expect_sub(MSSP)


def test_a_quit_is_a_quit_and_a_crash_is_none(gatehouse, game):
    merc = game("merc")
    house = gatehouse(behind(merc))
    one, other = person(house), person(house)
    enter_merc(one, "Ann")
    enter_merc(other, "Bob")
    one.send("quit")
    assert DOWN not in one.rest()
    other.send("crash")
    merc.ended()
    other.expect(DOWN)
    merc.start()
    other.expect(UP)
    enter_merc(other, "Bob")
    other.send("quit")  # alone, so the gate has to ask the game
    assert DOWN not in other.rest()


def where_from(player):
    player.send("from")
    player.expect("You come from ")
    return player.expect(".\r\n")[:-3]


def test_each_address_keeps_an_address_of_its_own_at_the_game(gatehouse, game):
    merc = game("merc")
    house = gatehouse(behind(merc))
    seen = {}
    for round in range(2):
        for source in ("127.0.0.2", "127.0.0.3"):
            player = person(house, source=(source, 0))
            enter_merc(player)
            assert seen.setdefault(source, where_from(player)) == where_from(player)
        house.restart()
    assert len(set(seen.values())) == 2
    assert all(at.startswith("127.") and not at.startswith("127.0.0.") for at in seen.values())


def test_a_game_at_another_address_gets_its_players_after_a_reload(gatehouse, game):
    merc, other = game("merc"), game("merc")
    house = gatehouse(behind(merc))
    player = person(house)
    enter_merc(player)
    house.configure(behind(other))
    house.hup()
    player.expect(UP)
    enter_merc(player)
    merc.kill()
    player.send("look")
    player.expect("You do 'look'.")


async def survive(house, merc, restarts):
    crowd = await Crowd.come(house.telnet, 200)
    crowd.all_type("idle")  # it is a line, so nobody waits for answers to options
    await crowd.all_read("By what name do you wish to be known? ")
    for n in range(1, restarts + 1):
        merc.kill()
        await crowd.all_read(DOWN, n)
        merc.start()
        await crowd.all_read("By what name do you wish to be known? ", n + 1)
        await crowd.all_read(UP, n)
    crowd.all_type("Bob")
    await crowd.all_read("Password: ")
    assert crowd.counts(DOWN) == crowd.counts(UP) == {restarts} and crowd.lost() == 0
    crowd.leave()


def test_two_hundred_players_are_held_through_restart_after_restart(gatehouse, game):
    """GATEHOUSE_RESTARTS: how many; each takes some seconds until all are let in again."""
    merc = game("merc")
    house = gatehouse(behind(merc, {"join_rate": 1000}))
    asyncio.run(survive(house, merc, RESTARTS))


def test_a_game_that_talks_faster_than_a_player_reads_waits_for_that_player(gatehouse):
    """More than any bound on what is unread: the game is not read from until the player catches up."""
    lines = 200_000
    listener = socket.create_server(("127.0.0.1", 0))
    house = gatehouse(behind(SimpleNamespace(port=listener.getsockname()[1])))

    def talk():
        link, _ = listener.accept()
        with link:
            link.sendall(b"".join(b"%06d %s\r\n" % (n, b"x" * 60) for n in range(lines)))
            link.recv(100)
    threading.Thread(target=talk, daemon=True).start()
    player = house.player()
    player.send("")
    player.expect("000000")
    house.wait_log("player_paused")
    text = player.expect(f"{lines - 1:06d} " + "x" * 60 + "\r\n", wait=60)
    assert text.count("x\r\n") == lines
    listener.close()
