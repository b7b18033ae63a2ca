# SPDX-License-Identifier: MIT
"""What hostile games and players can make the gate do."""
import socket
import threading

import pytest
from clients import RpcError
from telnet import DO, GMCP
from test_players import Game, behind, join


def memory_kb(house):
    for line in open(f"/proc/{house.process.pid}/status", encoding="ascii"):
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    raise AssertionError("no VmHWM")


def test_a_large_message_to_all_is_held_once(gatehouse):
    house = gatehouse(behind(players={"per_address": 1000, "connects_per_minute": 100000}))
    game = Game(house)
    players = [house.player() for _ in range(200)]
    for player in players:
        player.ask(DO, GMCP)
        player.send("look")
    for _ in players:
        game.joined()
    before = memory_kb(house)
    game.call("player_oob", all=True, package="A.B", data="x" * 250000)
    assert memory_kb(house) - before < 200 * 250 / 4


def test_a_message_has_bounds(gatehouse):
    house = gatehouse(behind())
    game = Game(house)
    _, number = join(house, game)
    with pytest.raises(RpcError, match="262144"):
        game.call("player_oob", player_id=number, package="A.B", data="x" * 262143)
    assert game.call("player_oob", player_id=number, package="A.B", data="x" * 262142)


def test_a_game_that_says_much_waits_for_who_reads_slowly(gatehouse):
    said = b"".join(b"%077d\r\n" % n for n in range(100000)) + b"END\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def play():
            with listener.accept()[0] as game:
                game.sendall(b"Welcome\r\n")
                game.recv(100)
                game.sendall(said)
                game.recv(100)

        playing = threading.Thread(target=play, daemon=True)
        playing.start()
        house = gatehouse(behind({"link": "telnet", "address":
                                  "127.0.0.1:%d" % listener.getsockname()[1]}))
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        narrow.connect(house.telnet)
        player = house.player(sock=narrow)
        player.send("look")
        player.expect("Welcome\r\n")
        playing.join(2)  # all it can say by now, to somebody who reads nothing
        assert player.expect("END\r\n").encode() == said
