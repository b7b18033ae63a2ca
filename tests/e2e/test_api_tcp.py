# SPDX-License-Identifier: MIT
"""What only JSON lines over TCP have: the welcome line, line endings, cut and merged writes."""
import json
import socket

from clients import JsonLines, Peer
from conftest import configured

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def test_the_welcome_line_comes_first_and_asks_for_authentication(house):
    welcome = house.lines().welcome
    assert welcome["jsonrpc"] == "2.0"
    assert welcome["method"] == "welcome"
    assert "id" not in welcome
    params = welcome["params"]
    assert params["service"] == "i3-gateway"
    assert params["protocol"] == "JSON-RPC 2.0"
    assert params["authentication"] == "required"
    assert isinstance(params["version"], str)


def test_crlf_blanks_and_empty_lines_are_taken(house):
    client = house.lines("alpha-key")
    client.peer.send(b"\r\n\n   \n" + b"  " + json.dumps(PING).encode() + b" \r\n")
    assert client.answer()["result"]["pong"] is True


def test_a_request_may_arrive_byte_by_byte(house):
    client = house.lines("alpha-key")
    text = json.dumps({**PING, "method": "tell", "params": {
        "target_mud": "BetaMUD", "target_user": "bob", "message": "grün 😀"}}, ensure_ascii=False)
    beta = house.lines("beta-key")
    for byte in text.encode() + b"\n":
        client.peer.send(bytes([byte]))
    assert client.answer()["result"]["status"] == "sent"
    assert beta.event("tell_received")["message"] == "grün 😀"


def test_many_requests_may_arrive_in_one_write(house):
    client = house.lines("alpha-key")
    client.peer.send(b"".join(
        json.dumps({**PING, "id": n}).encode() + b"\n" for n in range(500)))
    assert [client.answer()["id"] for _ in range(500)] == list(range(500))


def test_the_answer_to_authenticate_is_a_write_of_its_own(house):
    # Old clients read once and forget what follows the first line of a read.
    beta = house.lines("beta-key")
    for _ in range(5):
        beta.call("tell", target_mud="AlphaMUD", target_user="ann", message="x" * 100)
    client = house.lines()
    client.peer.send(b'{"jsonrpc":"2.0","id":1,"method":"authenticate","params":{"api_key":"alpha-key"}}\n')
    client.peer.exactly(1)
    assert bytes(client.peer.buffer).count(b"\n") == 1
    assert json.loads(b"{" + client.peer.until(b"\n"))["result"]["status"] == "authenticated"


def test_connections_over_the_maximum_are_refused_and_room_is_given_back(gatehouse):
    house = gatehouse(configured({"listen": ["http://127.0.0.1:0", "jsonl://127.0.0.1:0?max=2"]}))
    first, second = house.lines("alpha-key"), house.lines("alpha-key")
    assert Peer(house.jsonl).closed()
    first.close()
    second.call("ping")
    for _ in range(100):
        try:
            assert house.lines("alpha-key").call("ping")["pong"] is True
            break
        except (EOFError, OSError):
            continue
    else:
        raise AssertionError("no room after a connection ended")


def test_a_client_that_closes_its_sending_side_still_gets_its_answers(house):
    client = house.lines("alpha-key")
    client.post(PING)
    client.peer.socket.shutdown(socket.SHUT_WR)
    assert client.answer()["result"]["pong"] is True
    assert client.peer.closed()


def test_old_keys_for_ports_still_work(gatehouse):
    config = configured({"api": {"host": "127.0.0.1", "port": 0, "tcp": {"port": 0}}})
    del config["listen"]
    house = gatehouse(config)
    assert JsonLines(house.jsonl, "alpha-key").call("ping")["pong"] is True
    assert house.get("/health").status == 200


def test_json_lines_may_have_an_address_of_their_own(gatehouse):
    config = configured({"api": {"host": "127.0.0.1", "port": 0,
                                 "tcp": {"host": "127.0.0.2", "port": 0}}})
    del config["listen"]
    house = gatehouse(config)
    assert house.jsonl[0] == "127.0.0.2"
    assert house.lines("alpha-key").call("ping")["pong"] is True
