# SPDX-License-Identifier: MIT
"""TLS that begins in the middle of a telnet connection: what was said before it counts for nothing."""
import shutil
import zlib

import clients
from conftest import configured
from telnet import DO, DONT, GMCP, IAC, MCCP2, MCCP3, SB, SE, START_TLS, TTYPE, WILL, WONT
from test_real_clients import Screen

AGREED = bytes([IAC, WILL, START_TLS])
FOLLOWS = bytes([IAC, SB, START_TLS, 1, IAC, SE])


def behind(certificate=None, listen="telnet://127.0.0.1:0"):
    cert, key = certificate or ("", "")
    return configured({
        "listen": ["http://127.0.0.1:0", "jsonl://127.0.0.1:0", listen],
        "games": [{"name": "AlphaMUD", "link": "rpc"}],
        "tls": {"certificate": str(cert), "key": str(key)}})


def settle(player):
    """Answers the last offer."""
    player.expect_ask("WILL", MCCP3)
    player.ask(DONT, MCCP3)


def shake_hands(player):
    player.asks, player.subs, player.text = [], [], b""
    assert not player.raw
    player.peer.socket = clients.trusting().wrap_socket(player.peer.socket)


def secure(player, before=b"", after=b""):
    """As openssl s_client -starttls telnet does it: WILL and FOLLOWS in one go."""
    player.expect_ask("DO", START_TLS)
    player.send_raw(before + AGREED + FOLLOWS + after)
    assert player.expect_sub(START_TLS) == b"\1"
    shake_hands(player)


def joined(game):
    return game.event("player_connected")


def reload(house, config, times):
    house.configure(config)
    house.hup()
    house.wait_log(" reloaded", times)


def test_a_client_goes_over_to_tls_and_negotiates_anew(gatehouse, certificate):
    house = gatehouse(behind(certificate("gate")))
    game = house.lines("alpha-key")
    player = house.player()
    secure(player, before=bytes([IAC, WILL, TTYPE, IAC, DO, GMCP]))
    player.agrees = {GMCP}
    settle(player)
    assert ("DO", TTYPE) in player.asks
    assert ("WILL", GMCP) in player.asks
    assert ("DO", START_TLS) not in player.asks
    facts = joined(game)
    assert facts["transport"] == "telnets"
    assert facts["secure"] is True
    player.send("hello")
    assert game.event("player_input")["line"] == "hello"
    game.call("player_output", player_id=facts["player_id"], text="Hello yourself.\n")
    player.expect("Hello yourself.\r\n")
    player.close()
    assert game.event("player_disconnected")["reason"] == "eof"


def test_a_real_client_goes_over_to_tls(gatehouse, certificate, tmp_path):
    assert shutil.which("kermit"), "tools/deps.txt says from which package it is"
    house = gatehouse(behind(certificate("gate")))
    game = house.lines("alpha-key")
    host, port = house.telnet
    screen = Screen(["kermit", "-Y", "-C", "set auth tls verify no, set telopt start-tls required, "
                     f"set host {host} {port} /telnet, connect"], tmp_path)
    try:
        facts = joined(game)
        assert facts["transport"] == "telnets"
        game.call("player_output", player_id=facts["player_id"], text="Welcome to the gate.\n")
        screen.expect("Welcome to the gate.")
        screen.type("look")
        assert game.event("player_input")["line"] == "look"
    finally:
        screen.end()


def test_what_was_sent_plainly_is_not_heard(gatehouse, certificate):
    house = gatehouse(behind(certificate("gate")))
    game = house.lines("alpha-key")
    type_of = bytes([IAC, WILL, TTYPE, IAC, SB, TTYPE, 0]) + b"Evil" + bytes([IAC, SE])
    for before, after in ((b"", b"typed"), (b"", b"typed\r\n"), (b"half a line", b""),
                          (type_of, b""), (b"", type_of), (b"", type_of[:-2])):
        player = house.player()
        secure(player, before, after)
        settle(player)
        facts = joined(game)
        assert facts["terminal"].get("client", "") == ""
        player.send("mine")
        assert game.event("player_input")["line"] == "mine"
        player.close()
        game.event("player_disconnected")


def test_compression_ends_before_it(gatehouse, certificate):
    house = gatehouse(behind(certificate("gate")))
    player = house.player()
    player.expect_ask("WILL", MCCP2)
    player.ask(DO, MCCP2)
    player.send_raw(AGREED + FOLLOWS)
    start = bytes([IAC, SB, MCCP2, IAC, SE])
    stream, wire = zlib.decompressobj(), player.raw
    player.peer.buffer[:0] = wire
    player.raw = b""
    player.peer.until(start)
    while not stream.eof:
        stream.decompress(player.peer.exactly(1))
    assert player.peer.exactly(len(FOLLOWS)) == FOLLOWS
    shake_hands(player)
    settle(player)
    player.send("hello")
    player.expect("You will be let in as soon as it is back.")


def test_one_that_does_not_follow_stays_in_the_open(gatehouse, certificate):
    house = gatehouse(behind(certificate("gate")))
    game = house.lines("alpha-key")
    player = house.player()
    player.expect_ask("DO", START_TLS)
    player.ask(WILL, START_TLS)
    assert joined(game)["transport"] == "telnet"
    player.expect_ask("DONT", START_TLS)
    player.send_raw(FOLLOWS)
    player.send("hello")
    assert game.event("player_input")["line"] == "hello"
    assert not player.subs


def test_one_that_refuses_stays_in_the_open(gatehouse, certificate):
    house = gatehouse(behind(certificate("gate")))
    game = house.lines("alpha-key")
    player = house.player()
    player.expect_ask("DO", START_TLS)
    player.ask(WONT, START_TLS)
    player.send_raw(FOLLOWS)
    settle(player)
    assert joined(game)["transport"] == "telnet"
    player.ask(WILL, START_TLS)
    player.expect_ask("DONT", START_TLS)
    assert not player.subs


def test_one_that_speaks_plainly_instead_of_tls_is_gone(gatehouse, certificate):
    house = gatehouse(behind(certificate("gate")))
    player = house.player()
    player.expect_ask("DO", START_TLS)
    player.send_raw(AGREED + FOLLOWS)
    player.expect_sub(START_TLS)
    player.send("hello?")
    player.rest()
    house.wait_log("reason=tls")
    house.wait_log("player_left .*reason=tls")


def test_it_is_offered_as_long_as_there_is_a_certificate(gatehouse, certificate):
    house = gatehouse(behind())

    def offers():
        player = house.player()
        settle(player)
        return ("DO", START_TLS) in player.asks
    assert not offers()
    reload(house, behind(certificate("gate")), 1)
    assert offers()
    reload(house, behind(), 2)
    assert not offers()


def test_it_is_not_offered_inside_tls(gatehouse, certificate):
    house = gatehouse(behind(certificate("gate"), "telnets://127.0.0.1:0"))
    house.addresses["telnet"] = house.telnets
    player = house.player(tls=clients.trusting())
    settle(player)
    assert ("DO", START_TLS) not in player.asks
