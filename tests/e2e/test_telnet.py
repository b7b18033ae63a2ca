# SPDX-License-Identifier: MIT
"""What comes to a telnet listener that is no player, or a hostile one; nobody else is harmed."""
import zlib

import pytest
from telnet import DO, IAC, MCCP2, MCCP3, MSSP, SB, SE
from test_players import Game, behind

TM = 6  # answered when everything before it has been read
START = {option: bytes([IAC, SB, option, IAC, SE]) for option in (MCCP2, MCCP3)}


@pytest.fixture
def house(gatehouse):
    return gatehouse(behind())


@pytest.fixture
def witness(house):
    """Another player, who plays on whatever happens."""
    game = Game(house)
    player = house.player()
    game.joined()
    yield player
    player.send("still here")
    game.api.event("player_input", line="still here")


def test_a_crawler_is_told_while_the_game_is_away(house):
    crawler = house.player(agrees=[MSSP])
    said = crawler.expect_sub(MSSP)
    assert b"\x01NAME\x02AlphaMUD" in said and b"\x01PLAYERS\x020" in said


def test_a_crawler_may_ask_in_plain_text(house):
    crawler = house.player()
    crawler.send("MSSP-REQUEST")
    assert "\r\nNAME\tAlphaMUD\r\n" in crawler.rest()


def test_a_browser_is_sent_away(house, witness):
    browser = house.player()
    browser.send_raw(b"GET / HTTP/1.1\r\nHost: gate\r\n\r\n")
    assert "HTTP/1.1 400 Bad Request\r\n" in browser.rest()


def test_tls_on_the_plain_listener_is_ended(house, witness):
    client = house.player()
    client.send_raw(bytes.fromhex("16030100a5010000a10303"))
    assert client.rest() == ""


def test_a_bomb_ends_its_sender(house, witness):
    bomber = house.player()
    bomber.send_raw(bytes([IAC, DO, MCCP3]) + START[MCCP3] + zlib.compress(bytes(32 << 20), 9))
    bomber.rest()


def test_nobody_inflates_who_has_not_agreed(house, witness):
    client = house.player()
    client.send_raw(START[MCCP2] + zlib.compress(bytes(1 << 20), 9) + b"\r\n")
    client.ask(DO, TM)
    client.expect_ask("WILL", TM)


def test_a_subnegotiation_without_end_is_not_kept(house, witness):
    flood = house.player()
    flood.send_raw(bytes([IAC, SB, 24]) + b"x" * (4 << 20))
    flood.send_raw(bytes([IAC, SE]) + b"look\r\n")
    flood.ask(DO, TM)
    flood.expect_ask("WILL", TM)


def test_compression_begins_in_one_piece_and_is_flushed(house):
    game = Game(house)
    player = house.player()
    number = game.joined()["player_id"]
    player.until(lambda: ("WILL", MCCP2) in player.asks)
    player.send_raw(bytes([IAC, DO, MCCP2]))
    wire = player.peer
    wire.until(START[MCCP2])
    assert len(wire.buffer) >= 2  # what came in the same read
    inflate = zlib.decompressobj()
    text = inflate.decompress(wire.cut(len(wire.buffer)))
    game.show(number, "You see a door.\n" * 3000)
    while text.count(b"door.\r\n") < 3000:
        text += inflate.decompress(wire.exactly(1) + wire.cut(len(wire.buffer)))
