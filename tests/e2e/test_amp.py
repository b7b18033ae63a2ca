# SPDX-License-Identifier: MIT
"""Players at the gate, and games that are real Twisted AMP servers."""
import asyncio
import os
import re
import subprocess
import sys
import threading

import pytest
from conftest import ROOT, configured
from crowd import Crowd
from telnet import ECHO, GMCP, NAWS

GAME = ROOT / "tests/e2e/dott_game.py"
DOWN = "The MUD is currently re-loading. Please try again in a few seconds."
WAITING = "The MUD is currently re-loading. You will be let in as soon as it is back."
UP = "The MUD is back."
PLAYERS = 200
RESTARTS = int(os.environ.get("GATEHOUSE_RESTARTS", "10"))
DEADLINE = 30


class Game:
    """The game's process; what it says on standard output, line by line."""

    def __init__(self, *options):
        self.options, self.port = options, None
        self.start()

    def start(self):
        at = ["--port", str(self.port)] if self.port else []
        self.said, self.come = [], threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, str(GAME), *self.options, *at], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read, args=[self.process], daemon=True)
        self.reader.start()
        ready = self.expect(r"ready (\S*)")
        self.port = int(ready[1]) if ready[1].isdigit() else None

    def read(self, process):
        for line in process.stdout:
            with self.come:
                self.said.append(line.rstrip("\n"))
                self.come.notify_all()

    def take(self, pattern):
        for i, line in enumerate(self.said):
            found = re.fullmatch(pattern, line)
            if found:
                del self.said[:i + 1]
                return found
        return None

    def expect(self, pattern, wait=DEADLINE):
        """The next line like that; those before it are forgotten."""
        found = None

        def come():
            nonlocal found
            found = found or self.take(pattern)
            return found
        with self.come:
            assert self.come.wait_for(come, wait), f"no {pattern!r} in {self.said}"
        return found

    def order(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def restart(self):
        self.order("restart")
        self.expect("ready .*")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def games():
    made = []

    def make(*options):
        made.append(Game(*options))
        return made[-1]
    yield make
    for game in made:
        game.kill()


def behind(address, game=None, **changes):
    return configured({
        "listen": ["http://127.0.0.1:0", "jsonl://127.0.0.1:0", "telnet://127.0.0.1:0"],
        "games": [{"name": "AlphaMUD", "link": "amp", "address": address, **(game or {})}],
        **changes})


def at(game):
    return f"127.0.0.1:{game.port}"


@pytest.fixture
def dott(gatehouse, games):
    game = games()
    return gatehouse(behind(at(game))), game


def play(house, game, **options):
    """A guest in the game → player and object."""
    player = house.player(**options)
    number = int(game.expect(r"connect 0 (\d+) Guest")[1])
    game.expect(f"input {number} look")
    player.expect("You are in a small room.\r\n")
    return player, number


def log_in(house, name, new=False):
    player = house.player()
    player.expect("Enter your name: ")
    player.send(name)
    if new:
        player.expect("(yes or no) ")
        player.send("yes")
        player.expect("Choose a password: ")
        player.send("correct horse")
        player.expect("again: ")
    else:
        player.expect("Enter your password: ")
    player.send("correct horse")
    return player


# --- the nine commands ---

def test_a_login_goes_as_dott_wants_it(gatehouse, games):
    game = games()
    house = gatehouse(behind(at(game), {"accounts": True}))
    player = log_in(house, "Grace", new=True)
    account, number = game.expect(r"connect (\d+) (\d+) Grace").groups()
    assert game.expect(r"first (\d+)")[1] == number
    game.expect(f"input {number} look")
    player.expect("You are in a small room.\r\n")
    second = log_in(house, "grace")
    game.expect(f"connect {account} {number} Grace")
    assert game.expect(r"(first|input) .*")[1] == "input"  # the object was in the game already
    second.expect("You are in a small room.\r\n")
    game.order(f"emit {number} Both of you read this.")
    player.expect("Both of you read this.\r\n")
    second.expect("Both of you read this.\r\n")
    player.close()
    second.send("who")
    second.expect("Grace\r\n")
    second.close()
    game.expect(f"gone {number}")
    assert not [line for line in game.said if line.startswith("gone")]


def test_an_account_keeps_its_object_over_restarts_of_all(gatehouse, games):
    game = games()
    house = gatehouse(behind(at(game), {"accounts": True}, store={"path": "gate.db"}))
    log_in(house, "Grace", new=True).expect("small room")
    number = game.expect(r"connect \d+ (\d+) Grace")[1]
    house.restart()
    game.kill()
    game.start()
    log_in(house, "Grace").expect("small room")
    game.expect(rf"connect \d+ {number} Grace")


def test_lines_go_to_the_object_and_come_back(dott):
    house, game = dott
    player, number = play(house, game)
    player.send("say Grüße")
    game.expect(f"input {number} say Grüße")
    player.expect("You say: say Grüße\r\n")
    player.send("who")
    player.send("announce hello all")
    player.expect("*** hello all\r\n")


def test_what_is_typed_on_the_way_in_is_heard(dott):
    house, game = dott
    house.wait_log("game_up")
    player = house.player()
    for line in ("one", "two", "three"):
        player.send(line)
    number = int(game.expect(r"connect 0 (\d+) Guest")[1])
    for line in ("look", "one", "two", "three"):
        game.expect(f"input {number} {line}")
    assert player.expect("You say: three\r\n").count("You say") == 3


def test_quit_ends_all_sessions_of_the_object(dott):
    house, game = dott
    player, number = play(house, game)
    player.send("quit")
    player.rest()
    game.expect(f"gone {number}")
    game.expect("closed 1")


def test_a_game_may_end_all_its_players_but_not_the_gate(dott):
    house, game = dott
    player, _ = play(house, game)
    other, _ = play(house, game)
    player.send("shutdown")
    assert "The game has closed its gate." in player.rest()
    assert "The game has closed its gate." in other.rest()
    game.expect("shutdown")
    play(house, game)


def test_a_departure_while_the_game_is_away_is_told_when_it_is_back(dott):
    house, game = dott
    player, number = play(house, game)
    stayed, _ = play(house, game)
    game.kill()
    stayed.expect(DOWN)
    player.close()
    house.wait_log("player_left")
    game.start()
    game.expect(f"gone {number}")
    stayed.expect(UP)


def test_who_comes_while_the_game_is_away_is_let_in_when_it_is_back(dott):
    house, game = dott
    play(house, game)
    game.kill()
    house.wait_log("amp_down")
    player = house.player()
    player.expect(WAITING)
    game.start()
    player.expect(UP)
    player.expect("You are in a small room.\r\n")


def test_a_game_on_a_unix_socket(gatehouse, games, tmp_path):
    path = str(tmp_path / "game")
    game = games("--path", path)
    house = gatehouse(behind("unix:" + path))
    player, _ = play(house, game)
    player.send("x")
    player.expect("You say: x\r\n")


def test_a_game_that_moves_takes_its_players_along(gatehouse, games):
    game, moved = games(), games()
    house = gatehouse(behind(at(game)))
    player, number = play(house, game)
    house.configure(behind(at(moved)))
    house.hup()
    player.expect(DOWN)
    player.expect(UP)
    player.send("x")
    moved.expect(f"input {number} x")


# --- mistakes of the game ---

def test_a_game_that_raises_takes_the_link_down_and_nobody_out(dott):
    house, game = dott
    player, number = play(house, game)
    other, _ = play(house, game)
    player.send("raise")
    for one in (player, other):
        one.expect(DOWN)
        one.expect(UP)
        one.send("still here")
        one.expect("You say: still here\r\n")


def test_a_player_whom_the_game_cannot_take_does_not_take_the_others_along(gatehouse, games):
    game = games()
    house = gatehouse(behind(at(game), {"accounts": True}))
    good = log_in(house, "Grace", new=True)
    good.expect("small room")
    bad = log_in(house, "Refused", new=True)
    assert "The game could not let you in." in bad.rest()
    good.expect(UP)
    good.send("x")
    good.expect("You say: x\r\n")


def test_wrong_arguments_are_answered_and_the_link_kept(dott):
    house, game = dott
    player, number = play(house, game)
    player.send("missing")
    assert "message" in game.expect("told m1 BAD_ARGUMENT (.*)")[1]
    assert "object_id" in game.expect("told m2 BAD_ARGUMENT (.*)")[1]
    assert "UTF-8" in game.expect("told m3 BAD_ARGUMENT (.*)")[1]
    player.send("unknown")
    game.expect("unknown UnhandledCommand")
    player.send("reordered")
    game.expect("told r1 good .*")
    player.expect("the last counts\r\n")
    player.send("noise")
    player.send("x")
    assert DOWN not in player.expect("You say: x\r\n")
    assert "lost" not in game.said


def test_text_over_64_kib_comes_whole(dott):
    house, game = dott
    player, _ = play(house, game)
    player.send("long 400000")
    text = player.expect("the end\r\n")
    assert text.count("x") == 400000 // 80 * 79


def test_what_is_not_amp_costs_the_link_only(dott):
    house, game = dott
    player, _ = play(house, game)
    player.send("http")
    player.expect(DOWN)
    player.expect(UP)
    assert "not AMP" in house.log()
    player.send("x")
    player.expect("You say: x\r\n")


def test_a_second_gate_is_a_link_of_its_own(gatehouse, games):
    game = games()
    first, second = gatehouse(behind(at(game))), gatehouse(behind(at(game)))
    player, _ = play(second, game)
    player.send("x")
    player.expect("You say: x\r\n")
    first.stop()
    player.send("y")
    player.expect("You say: y\r\n")


# --- games that speak of players ---

@pytest.fixture
def modern(gatehouse, games):
    game = games("--players")
    house = gatehouse(behind(at(game), {"amp": {"secret": "open sesame"}}))
    return house, game


def meet(house, game, **options):
    player = house.player(**options)
    number = int(game.expect(r"player (\d+) False None None telnet 127.0.0.1")[1])
    return player, number


def test_a_game_that_answers_hello_is_told_of_players(modern):
    house, game = modern
    game.expect("hello 1 Gatehouse open sesame")
    player, number = meet(house, game)
    player.send("all Hello there")
    game.expect(f"line {number} all Hello there")
    player.expect("Hello there\r\n")
    game.expect(r"did PlayerOutputCmd \[\('missing', \[\]\), \('reached', 1\)\]")
    player.send("some Hi")
    player.expect("Hi\r\n")
    game.expect(r"did PlayerOutputCmd \[\('missing', \[5\]\), \('reached', 1\)\]")
    player.send("odd")
    game.expect("failed PlayerOutputCmd markup: is no markup we know")
    player.send("evennia")
    player.expect("red")
    player.send("list")
    game.expect(rf"list False \[\({number}, None, 77\)\]")
    player.send("become Ann")
    player.send("list")
    game.expect(rf"list False \[\({number}, 'Ann', 9\)\]")
    player.send("cry for all")
    player.expect("for all")
    player.send("secret")
    player.expect_ask("WILL", ECHO)
    player.send("bye")
    assert "Fare well." in player.rest()
    game.expect(f"left {number} done")


def test_sizes_and_gmcp_pass_both_ways(modern):
    house, game = modern
    player, number = meet(house, game, agrees=[GMCP, NAWS])
    player.expect_ask("DO", NAWS)
    player.expect_ask("WILL", GMCP)
    player.sub(NAWS, bytes([0, 100, 0, 50]))
    game.expect(f"window {number} 100 50")
    player.gmcp('Char.Skills.Get {"group": "magic"}')
    game.expect(f'oob {number} Char.Skills.Get .*magic.*')
    player.send('gmcp {"name": "Hall"}')
    assert player.expect_sub(GMCP).startswith(b"Room.Info")


def test_it_hears_who_is_still_here_and_who_has_left(modern):
    house, game = modern
    player, number = meet(house, game)
    other, gone = meet(house, game)
    game.kill()
    player.expect(DOWN)
    other.close()
    house.wait_log("player_left")
    game.start()
    game.expect(f"left {gone} (eof|reset)")
    game.expect(f"player {number} True None 77 telnet 127.0.0.1")
    player.expect(UP)


def test_it_may_say_that_it_restarts(modern):
    house, game = modern
    player, _ = meet(house, game)
    player.send("restarting New swords are coming.")
    player.expect("New swords are coming. (about 5 seconds)")
    game.restart()
    player.expect(UP)


def test_a_game_that_refuses_hello_is_away(gatehouse, games):
    game = games("--players")
    house = gatehouse(behind(at(game), {"amp": {"secret": "wrong"}}))
    house.player().expect(WAITING)
    house.wait_log("WRONG_SECRET", times=2)


# --- many restarts ---

async def survive(house, game, restarts):
    crowd = await Crowd.come(house.telnet, PLAYERS)
    await crowd.all_read("small room")
    for n in range(1, restarts + 1):
        if n % 10 == 0:
            game.kill()
            game.start()
        else:
            game.restart()
        await crowd.all_read(UP, n)
        await crowd.all_read(DOWN, n)
    crowd.all_type("hello")
    await crowd.all_read("You say: hello")
    assert crowd.counts(DOWN) == crowd.counts(UP) == {restarts} and crowd.lost() == 0
    crowd.leave()


def test_two_hundred_players_are_held_through_restart_after_restart(gatehouse, games):
    """GATEHOUSE_RESTARTS: how many; each takes the second until the gate dials again."""
    game = games()
    house = gatehouse(behind(at(game), {"join_rate": 10000}, players={"per_address": 1000,
                                                        "connects_per_minute": 100000}))
    asyncio.run(survive(house, game, RESTARTS))
