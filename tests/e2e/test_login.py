# SPDX-License-Identifier: MIT
"""Accounts at the gate: the dialogue over telnet and by GMCP, and what a game is told of it."""
import json

import pytest
from conftest import configured
from telnet import ECHO, GMCP
from test_players import KEYS, Game

PASSWORD, OTHER = "correct horse", "battery staple"
NAME, FRESH, AGAIN = "Enter your name: ", "Choose a password: ", "The same password again: "
ASKED, OLD = "Enter your password: ", "Your password until now: "
WRONG = "That name and that password do not belong together."


def guarded(**game):
    return configured({
        "listen": ["http://127.0.0.1:0", "jsonl://127.0.0.1:0", "telnet://127.0.0.1:0"],
        "api": {"auth": {"api_keys": KEYS}},
        "games": [{"name": "AlphaMUD", "link": "rpc", "accounts": True, **game}]})


@pytest.fixture
def house(gatehouse):
    return gatehouse(guarded())


def create(player, name, password=PASSWORD):
    player.expect(NAME)
    player.send(name)
    player.expect("(yes or no)")
    player.send("yes")
    player.expect(FRESH)
    player.send(password)
    player.expect(AGAIN)
    player.send(password)
    player.expect(f"Welcome, {name}.")
    return player


def log_in(player, name, password=PASSWORD):
    player.expect(NAME)
    player.send(name)
    player.expect(ASKED)
    player.send(password)
    return player


def test_an_account_is_made_and_known_from_then_on(house):
    game = Game(house)
    create(house.player(), "Frodo Baggins")
    first = game.joined()
    assert (first["name"], first["account_id"]) == ("Frodo Baggins", 1)
    house.restart()
    game = Game(house)
    log_in(house.player(), "frodo BAGGINS").expect("Welcome, Frodo Baggins.")
    again = game.joined()
    assert (again["name"], again["account_id"]) == ("Frodo Baggins", 1)


def test_what_is_typed_is_hidden_while_it_is_a_password_and_only_then(house):
    game = Game(house)
    create(house.player(), "sam")
    game.joined()
    player = house.player(agrees={ECHO})
    player.expect(NAME)
    assert ("WILL", ECHO) not in player.asks
    player.send("sam")
    player.expect(ASKED)
    assert player.hidden
    player.send(OTHER)
    player.expect(NAME)
    assert not player.hidden
    player.send("sam")
    player.expect(ASKED)
    assert player.hidden
    player.send(PASSWORD)
    player.expect("Welcome")
    game.joined()
    player.send("look")
    assert game.api.event("player_input")["line"] == "look"
    assert not player.hidden
    assert [a for a in player.asks if a[1] == ECHO] == [("WILL", ECHO), ("WONT", ECHO)] * 2


def test_passwords_are_in_no_log(house):
    game = Game(house)
    player = create(house.player(), "sam")
    game.joined()
    log_in(house.player(), "sam", OTHER).expect(WRONG)
    player.gmcp('Char.Login.Credentials {"account": "sam", "password": "' + PASSWORD + '"}')
    player.send("look")
    game.api.event("player_input")
    assert PASSWORD not in house.log()
    assert OTHER not in house.log()
    assert "account_created" in house.log()


def test_wrong_passwords_end_a_connection_and_then_the_name_waits(house):
    create(house.player(), "sam").close()
    first = house.player()
    for _ in range(3):
        log_in(first, "sam", OTHER).expect(WRONG)
    assert "Good bye." in first.rest()
    second = house.player(source=("127.0.0.2", 0))
    for _ in range(2):
        log_in(second, "sam", OTHER).expect(WRONG)
    log_in(second, "sam").expect("Please wait 1 second")
    home = house.player()  # where it was made: strangers do not lock it out
    log_in(home, "sam").expect("Welcome, sam.")


def test_a_password_is_changed_from_the_game(house):
    game = Game(house)
    player = create(house.player(agrees={ECHO}), "sam")
    game.joined()
    player.send("//password")
    player.expect(OLD)
    assert player.hidden
    player.send(PASSWORD)
    player.expect(FRESH)
    player.send(OTHER)
    player.expect(AGAIN)
    player.send(OTHER)
    player.expect("Your password has been changed.")
    assert not player.hidden
    player.send("look")
    assert game.api.event("player_input")["line"] == "look"  # nothing of it was for the game
    player.close()
    player = log_in(house.player(), "sam")
    player.expect(WRONG)
    log_in(player, "sam", OTHER).expect("Welcome, sam.")


def test_a_password_stays_hidden_when_the_game_goes(house):
    game = Game(house)
    player = create(house.player(agrees={ECHO}), "sam")
    game.joined()
    player.send("//password")
    player.expect(OLD)
    game.leave()
    player.expect("re-loading")
    assert player.hidden
    player.send("")
    player.expect("Nothing has changed.")
    player.until(lambda: not player.hidden)


def test_a_login_by_gmcp(house):
    game = Game(house)
    create(house.player(), "Sam").close()
    game.joined()
    player = house.player(agrees={GMCP})
    player.expect_ask("WILL", GMCP)
    player.gmcp('Core.Supports.Set ["Char 1", "Char.Login 1"]')
    default = player.expect_sub(GMCP).decode()
    assert default.startswith("Char.Login.Default ")
    assert json.loads(default.split(" ", 1)[1]) == {"type": ["password-credentials"]}
    player.gmcp(f'Char.Login.Credentials {{"account": "sam", "password": "{OTHER}"}}')
    result = json.loads(player.expect_sub(GMCP).decode().removeprefix("Char.Login.Result "))
    assert result["success"] is False
    player.gmcp(f'Char.Login.Credentials {{"account": "sam", "password": "{PASSWORD}"}}')
    result = json.loads(player.expect_sub(GMCP).decode().removeprefix("Char.Login.Result "))
    assert result == {"success": True, "message": "Welcome, Sam."}
    assert game.joined()["name"] == "Sam"


def test_lines_that_come_with_the_login_reach_the_game(house):
    game = Game(house)
    create(house.player(), "sam").close()
    game.joined()
    player = house.player()
    player.send_raw(f"sam\r\n{PASSWORD}\r\nlook\r\nnorth\r\n".encode())
    assert [game.api.event("player_input")["line"] for _ in range(2)] == ["look", "north"]


def test_the_game_s_object_belongs_to_the_account(house):
    game = Game(house)
    create(house.player(), "sam").close()
    number = game.joined()["player_id"]
    game.api.event("player_disconnected", player_id=number)
    player = log_in(house.player(), "sam")
    player.expect("Welcome")
    game.call("player_attach", player_id=game.joined()["player_id"], object_id=77)
    player.close()
    house.restart()
    game = Game(house)
    log_in(house.player(), "sam").expect("Welcome")
    assert game.joined()["object_id"] == 77


def test_who_is_locked_does_not_get_in(house):
    create(house.player(), "sam").close()
    house.stop()
    assert house.run("account", "-c", house.config, "lock", "sam").returncode == 0
    house.start()
    log_in(house.player(), "sam").expect("This account is locked.")


def test_many_logins_at_once_are_all_answered(house):
    """One at a time, and the loop goes on meanwhile."""
    create(house.player(), "sam").close()
    players = [house.player() for _ in range(8)]
    for player in players:
        player.expect(NAME)
        player.send("sam")
        player.expect(ASKED)
    for player in players:
        player.send(PASSWORD)
    api = house.lines("alpha-key")
    assert api.call("ping")
    for player in players:
        player.expect("Welcome, sam.")


def test_who_takes_too_long_is_let_go(gatehouse):
    config = guarded()
    config["players"] = {"login_timeout": 5}
    player = gatehouse(config).player()
    player.expect(NAME)
    assert "too long" in player.rest(wait=15)
