# SPDX-License-Identifier: MIT
"""What players and their games are told while something else is going on."""
import json

from telnet import GMCP
from test_login import OLD, create, guarded
from test_players import DOWN, UP, WAITING, Game, behind, join


def test_messages_of_a_client_pass_while_its_player_changes_a_password(gatehouse):
    house = gatehouse(guarded())
    game = Game(house)
    player = house.player(agrees=[GMCP])
    player.expect_ask("WILL", GMCP)
    create(player, "Ann")
    game.joined()
    player.send("//password")
    player.expect(OLD)
    player.gmcp("Char.Items.Inv")
    assert game.api.event("player_oob")["package"] == "Char.Items.Inv"


def test_a_game_that_is_back_before_its_former_session_is_gone_gets_its_players(gatehouse):
    house = gatehouse(behind())
    former = Game(house)
    player, number = join(house, former)
    former.call("game_status", state="restarting")
    player.expect(DOWN)
    game = Game(house)
    player.expect(UP)
    assert game.joined(resumed=True)["player_id"] == number


def test_a_game_that_takes_its_session_over_gets_its_players(gatehouse):
    house = gatehouse(behind())
    former = house.lines()
    session = former.login("game-key")["session_id"]
    player = house.player()
    first = former.event("player_connected")
    former.call("game_status", state="restarting")
    player.expect(DOWN)
    api = house.lines()
    api.login("game-key", session_id=session, last_seq=first["seq"])
    player.expect(UP)
    assert api.event("player_connected", resumed=True)["player_id"] == first["player_id"]


def state_of(player):
    name, _, text = player.expect_sub(GMCP).partition(b" ")
    return json.loads(text)["state"] if name == b"Gatehouse.Game" else state_of(player)


def test_clients_are_told_that_the_game_is_away_and_back_by_gmcp(gatehouse):
    house = gatehouse(behind())
    player = house.player(agrees=[GMCP])
    player.expect_ask("WILL", GMCP)
    player.expect(WAITING)
    assert state_of(player) == "away"
    game = Game(house)
    assert state_of(player) == "up"
    game.leave()
    assert state_of(player) == "away"
