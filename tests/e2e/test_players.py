# SPDX-License-Identifier: MIT
"""Players at the gate, and a game that is a client of the API."""
import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from clients import RpcError
from conftest import ROOT, configured
from crowd import Crowd
from telnet import ECHO, GMCP, NAWS

KEYS = [{"key": "game-key", "mud_name": "AlphaMUD", "permissions": ["players"]},
        {"key": "alpha-key", "mud_name": "AlphaMUD",
         "permissions": ["tell", "channel", "info", "admin"]},
        {"key": "beta-key", "mud_name": "BetaMUD"}]
DOWN = "The MUD is currently re-loading. Please try again in a few seconds."
REFUSED = "The MUD is currently re-loading; that was not heard. Please try again in a few seconds."
WAITING = "The MUD is currently re-loading. You will be let in as soon as it is back."
UP = "The MUD is back."


def behind(game=None, **changes):
    return configured({
        "listen": ["http://127.0.0.1:0", "jsonl://127.0.0.1:0", "telnet://127.0.0.1:0"],
        "api": {"auth": {"api_keys": KEYS}},
        "games": [{"name": "AlphaMUD", "link": "rpc", "markup": "evennia", **(game or {})}],
        **changes})


class Game:
    """A game on a connection of the API."""

    def __init__(self, house, key="game-key", **login):
        self.api = house.lines(key) if not login else house.lines()
        if login:
            self.login = self.api.login(key, **login)
        self.call = self.api.call

    def joined(self, **expected):
        return self.api.event("player_connected", **expected)

    def show(self, player, text, **options):
        return self.call("player_output", player_id=player, text=text, **options)

    def leave(self):
        self.api.close()


@pytest.fixture
def house(gatehouse):
    return gatehouse(behind())


def join(house, game, **options):
    player = house.player(**options)
    return player, game.joined(resumed=False)["player_id"]


def test_a_line_goes_to_the_game_and_text_comes_back(house):
    game = Game(house)
    player, number = join(house, game)
    player.send("look around")
    assert game.api.event("player_input")["line"] == "look around"
    assert game.show(number, "You see |ra red door|n.\n")["players"] == 1
    assert "You see \x1b[1;31ma red door\x1b[0m.\r\n" in player.expect("door\x1b[0m.\r\n")


def test_the_game_is_told_who_came(house):
    game = Game(house)
    player = house.player()
    facts = game.joined()
    assert facts["address"] == "127.0.0.1" and facts["transport"] == "telnet"
    assert facts["terminal"]["charset"] and facts["resumed"] is False
    assert "account_id" not in facts and "object_id" not in facts
    player.close()
    gone = game.api.event("player_disconnected")
    assert gone["player_id"] == facts["player_id"] and gone["reason"] in ("eof", "reset")


def test_who_waits_for_a_game_is_let_in_when_it_comes(house):
    player = house.player()
    player.expect(WAITING)
    game = Game(house)
    game.joined(resumed=False)
    player.expect(UP)


def test_players_stay_while_the_game_restarts(house):
    game = Game(house)
    player, number = join(house, game)
    for _ in range(5):
        game.leave()
        player.expect(DOWN)
        player.send("north")
        player.expect(REFUSED)
        game = Game(house)
        assert game.joined(resumed=True)["player_id"] == number
        player.expect(UP)
        player.send("south")
        assert game.api.event("player_input")["line"] == "south"
    game.show(number, "done\n")
    said = player.expect("done")
    assert DOWN not in said and UP not in said


def test_a_game_that_was_killed_is_noticed(house):
    game = Game(house)
    player, _ = join(house, game)
    game.api.peer.reset()
    player.expect(DOWN)


def test_lines_typed_meanwhile_are_kept_when_configured(gatehouse):
    house = gatehouse(behind({"input_while_down": {"queue": 2}}))
    game = Game(house)
    player, _ = join(house, game)
    game.leave()
    player.expect(DOWN)
    for line in ("one", "two", "three"):
        player.send(line)
    player.expect("That is more than can be kept for the MUD; it was not heard.")
    game = Game(house)
    game.joined(resumed=True)
    assert [game.api.event("player_input")["line"] for _ in range(2)] == ["one", "two"]
    player.send("four")
    assert game.api.event("player_input")["line"] == "four"


def test_the_word_idle_is_nobodys(house):
    game = Game(house)
    player, _ = join(house, game)
    player.send("idle")
    player.send("IDLE ")
    player.send("look")
    assert game.api.event("player_input")["line"] == "look"


def test_a_game_may_say_that_it_restarts(house):
    game = Game(house)
    player, number = join(house, game)
    game.call("game_status", state="restarting", eta=5, message="Back in a moment!")
    player.expect("Back in a moment! (about 5 seconds)")
    player.send("look")
    player.expect(REFUSED)
    game.call("game_status", state="up")
    player.expect(UP)
    assert game.joined(resumed=True)["player_id"] == number
    with pytest.raises(RpcError, match="state must be"):
        game.call("game_status", state="sideways")


def test_a_resumed_session_gets_what_it_missed(house):
    api = house.lines()
    session = api.login("game-key")["session_id"]
    player = house.player()
    first = api.event("player_connected")
    api.close()
    player.expect(DOWN)
    player.close()
    house.wait_log("player_left")
    api = house.lines()
    assert api.login("game-key", session_id=session, last_seq=first["seq"])["recovered"]
    assert api.event("player_disconnected")["player_id"] == first["player_id"]


def test_what_a_player_controls_is_kept_over_restarts(house):
    game = Game(house)
    _, number = join(house, game)
    game.call("player_attach", player_id=number, object_id=0, name="Ann")
    listed = game.call("player_list")["players"]
    assert [(p["player_id"], p["object_id"], p["name"]) for p in listed] == [(number, 0, "Ann")]
    game.leave()
    game = Game(house)
    back = game.joined(resumed=True)
    assert back["object_id"] == 0 and back["name"] == "Ann"


def test_lists_come_in_pages(house):
    game = Game(house)
    numbers = [join(house, game)[1] for _ in range(5)]
    first = game.call("player_list", limit=2)
    assert [p["player_id"] for p in first["players"]] == numbers[:2] and first["more"]
    rest = game.call("player_list", after=numbers[1])
    assert [p["player_id"] for p in rest["players"]] == numbers[2:] and not rest["more"]


def test_output_reaches_those_it_is_for(house):
    game = Game(house)
    (ann, a), (bob, b), (eve, e) = (join(house, game) for _ in range(3))
    answer = game.call("player_output", player_ids=[a, b, 12345], text="for two\n")
    assert answer["players"] == 2 and answer["missing"] == [12345]
    assert game.call("player_output", all=True, text="for all\n")["players"] == 3
    assert "for two" in ann.expect("for all") and "for two" in bob.expect("for all")
    assert "for two" not in eve.expect("for all")
    for wrong in ({}, {"player_id": a, "all": True}, {"player_ids": ["x"]}, {"player_id": 0}):
        with pytest.raises(RpcError):
            game.call("player_output", text="x", **wrong)
    with pytest.raises(RpcError, match="markup must be"):
        game.show(a, "x", markup="klingon")
    assert game.show(99, "x")["missing"] == [99]


def test_a_prompt_is_marked_for_clients_that_understand(house):
    game = Game(house)
    player, number = join(house, game, agrees=[25])
    player.expect_ask("WILL", 25)
    game.show(number, "HP 10> ", prompt=True)
    player.expect("HP 10> ")
    player.until(lambda: player.marks >= 1)


def test_a_password_is_not_shown(house):
    game = Game(house)
    player, number = join(house, game, agrees=[ECHO])
    game.call("player_echo", player_id=number, on=False)
    player.until(lambda: player.hidden)
    player.send("idle")
    assert game.api.event("player_input")["line"] == "idle"  # a password may be anything
    game.call("player_echo", player_id=number, on=True)
    player.until(lambda: not player.hidden)
    with pytest.raises(RpcError, match="no such player"):
        game.call("player_echo", player_id=5, on=True)


def test_a_hidden_line_is_shown_again_when_the_game_goes(house):
    game = Game(house)
    player, number = join(house, game, agrees=[ECHO])
    game.call("player_echo", player_id=number, on=False)
    player.until(lambda: player.hidden)
    game.leave()
    player.expect(DOWN)
    player.until(lambda: not player.hidden)


def test_a_password_that_comes_too_late_is_not_kept_for_the_game(gatehouse):
    house = gatehouse(behind({"input_while_down": {"queue": 5}}))
    game = Game(house)
    player, number = join(house, game, agrees=[ECHO])
    game.call("player_echo", player_id=number, on=False)
    player.until(lambda: player.hidden)
    game.leave()
    player.expect(DOWN)
    player.send("secret")
    player.expect("What you typed meanwhile was not kept.")
    player.send("look")
    game = Game(house)
    assert game.api.event("player_input")["line"] == "look"


def test_a_game_ends_a_player_with_a_word(house):
    game = Game(house)
    player, number = join(house, game)
    game.call("player_close", player_id=number, reason="Come back soon!")
    assert "Come back soon!" in player.rest()
    assert game.api.event("player_disconnected")["reason"] == "done"
    with pytest.raises(RpcError):
        game.call("player_close", player_id=number)


def test_an_announcement_is_a_line_of_its_own(house):
    game = Game(house)
    player, number = join(house, game)
    game.show(number, "> ", prompt=True)
    player.expect("> ")
    game.call("player_announce", text="The sun sets.")
    assert player.expect("The sun sets.\r\n").startswith("\r\n")


def test_gmcp_goes_both_ways(house):
    game = Game(house)
    player, number = join(house, game, agrees=[GMCP])
    player.expect_ask("WILL", GMCP)
    player.gmcp('Core.Hello {"client":"Test","version":"1"}')
    player.gmcp('Char.Skills.Get {"group":"magic"}')
    event = game.api.event("player_oob", package="Char.Skills.Get")
    assert event["data"] == {"group": "magic"}
    game.call("player_oob", player_id=number, package="Char.Vitals", data={"hp": 10})
    sent = [player.expect_sub(GMCP)]
    while not sent[-1].startswith(b"Char.Vitals"):
        sent.append(player.expect_sub(GMCP))
    assert sent[-1] == b'Char.Vitals {"hp":10}'


def test_a_window_that_changes_is_told(house):
    game = Game(house)
    player, number = join(house, game, agrees=[NAWS])
    player.expect_ask("DO", NAWS)
    player.sub(NAWS, bytes([0, 132, 0, 43]))
    event = game.api.event("player_window")
    while event["terminal"]["width"] != 132:
        event = game.api.event("player_window")
    assert event["player_id"] == number and event["terminal"]["height"] == 43


def test_methods_need_the_right_and_a_game(house):
    for key, code in (("alpha-key", -32002), ("beta-key", -32004)):
        with pytest.raises(RpcError) as refused:
            house.lines(key).call("player_list")
        assert refused.value.code == code


def test_only_a_session_with_the_right_is_the_game(house):
    player = house.player()
    player.expect(WAITING)
    house.lines("alpha-key")
    Game(house)
    player.expect(UP)


def test_the_gates_words(house):
    game = Game(house)
    player, number = join(house, game)
    player.send("//help")
    player.expect("//quit")
    for line, answer in (("//colors 256", "256 colors from now on."),
                         ("//colors", "Say off, 16, 256 or true."),
                         ("//charset latin1", "Your character set is ISO-8859-1 now."),
                         ("//charset", "There are:"), ("//reader on", "screen reader"),
                         ("//reader", "Say on or off."), ("//width 40", "Lines are wrapped"),
                         ("//width off", "not wrapped"), ("//width 3", "Say a number"),
                         ("//password", "You have no account"), ("//info", "AlphaMUD, up")):
        player.send(line)
        player.expect(answer)
    player.send("//nothing of ours")
    assert game.api.event("player_input")["line"] == "//nothing of ours"
    game.show(number, "caf\u00e9\n")
    assert player.expect(b"caf\xe9")
    player.send("//quit")
    assert "Goodbye." in player.rest()


def test_a_menu_when_there_are_several_games(gatehouse):
    house = gatehouse(behind(games=[{"name": "AlphaMUD", "link": "rpc"},
                                    {"name": "BetaMUD", "link": "rpc"}]))
    game = Game(house, "beta-key")
    player = house.player()
    player.expect("1  AlphaMUD  (away for a moment)")
    player.expect("Which game? ")
    player.send("Gamma")
    player.expect("Which game? ")
    player.send("betamud")
    game.joined()


def test_idle_players_are_let_go(gatehouse):
    house = gatehouse(behind(players={"idle_timeout": 1}))
    game = Game(house)
    player, _ = join(house, game)
    assert "silent for too long" in player.rest()


def test_a_game_that_does_not_read_loses_no_line_in_silence(gatehouse):
    house = gatehouse(behind(players={"lines_burst": 10000, "lines_per_second": 1000}))
    game = Game(house)
    player, _ = join(house, game)
    sent = 3000
    text = "x" * 4000 + "\r\n"
    threading.Thread(target=lambda: [player.send_raw(text.encode()) for _ in range(sent)]).start()
    dropped = "That is more than can be kept for the MUD; it was not heard."
    player.expect(dropped)
    heard, deadline = 0, time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(TimeoutError):
            game.api.event("player_input", wait=1)
            heard += 1
            continue
        with contextlib.suppress(TimeoutError):
            player.more(time.monotonic() + 0.1)
        if heard + 1 + player.text.decode().count(dropped) == sent:
            break
    else:
        pytest.fail(f"{heard} were heard")
    assert not [e for e in game.api.events if e["method"] == "gap"]


def test_a_gate_that_stops_says_so(house):
    player = house.player()
    player.expect(WAITING)
    house.process.send_signal(signal.SIGTERM)
    assert "The gate is closing" in player.rest()
    house.process.wait(20)
    house.process = None


def test_the_simple_mud_of_the_examples(house, tmp_path):
    def start():
        return subprocess.Popen([sys.executable, ROOT / "examples/simple_mud.py",
                                 "%s:%d" % house.jsonl, "--key", "game-key", "--world",
                                 tmp_path / "world.json"], env={**os.environ})
    game = start()
    try:
        ann, bob = house.player(), house.player()
        for player, name in ((ann, "ann"), (bob, "bob")):
            player.expect("What is your name? ")
            player.send(name)
            player.expect("The Gate")
            player.expect("> ")
        bob.send("say hello |rall")
        ann.expect("Bob says: hello |rall")
        ann.send("n")
        ann.expect("The Market")
        bob.send("restart")
        ann.expect(DOWN)
        assert game.wait(20) == 0
        game = start()
        ann.expect(UP)
        ann.expect("The world blinks, and goes on.")
        ann.send("look")
        ann.expect("The Market")
        ann.send("who")
        ann.expect("Ann, Bob")
        ann.send("quit")
        assert "Come back soon!" in ann.rest()
    finally:
        game.kill()
        game.wait()


async def survive(house, restarts, n):
    crowd = await Crowd.come(house.telnet, n)
    crowd.all_type("idle")  # it is a line, so nobody waits for answers to options
    await crowd.all_read(WAITING)
    for restart in range(1, restarts + 1):
        game = Game(house)
        await crowd.all_read(UP, restart)
        if restart % 2:
            game.leave()
        else:
            game.api.peer.reset()
        await crowd.all_read(DOWN, restart)
    game = Game(house)
    await crowd.all_read(UP, restarts + 1)
    crowd.all_type("still here")
    heard = {game.api.event("player_input", line="still here")["player_id"] for _ in range(n)}
    assert len(heard) == n and crowd.lost() == 0
    assert crowd.counts(DOWN) == {restarts} and crowd.counts(UP) == {restarts + 1}
    crowd.leave()


def test_two_hundred_players_are_held_through_a_hundred_restarts(gatehouse):
    house = gatehouse(behind({"join_rate": 10000}, players={"per_address": 1000,
                                                            "connects_per_minute": 100000}))
    asyncio.run(survive(house, 100, 200))
