# SPDX-License-Identifier: MIT
"""What only the WebSocket has: the ways to present a key at the upgrade, frames, close codes,
compression; and a client library that many use, as a witness."""
import asyncio
import json

import pytest
import websockets
from clients import BINARY, CLOSE, PING, PONG, TEXT, Closed, Refused, RpcError, WebSocket
from conftest import configured

PING_CALL = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


# --- upgrade and keys ---

@pytest.mark.parametrize("path", ["/", "/ws"])
def test_the_upgrade_is_taken_on_both_paths(house, path):
    assert house.ws("alpha-key", path=path).call("ping")["pong"] is True


@pytest.mark.parametrize("path, headers", [
    ("/ws", [("X-API-Key", "alpha-key")]),
    ("/", [("x-api-key", "alpha-key"), ("X-MUD-Name", "whatever")]),
    ("/ws", [("Authorization", "Bearer alpha-key")]),
    ("/ws", [("Authorization", "bearer alpha-key")]),
    ("/ws?api_key=alpha-key", []),
    ("/?x=1&api_key=alpha%2Dkey", []),
], ids=["header", "header lower case", "bearer", "bearer lower case", "query", "query escaped"])
def test_a_good_key_at_the_upgrade_needs_no_authenticate_and_gets_no_message(house, path, headers):
    client = house.ws(path=path, headers=headers)
    assert client.call("status")["mud_name"] == "AlphaMUD"
    assert not [e for e in client.events if e["method"] != "gateway_reconnected"]


@pytest.mark.parametrize("path, headers", [
    ("/ws", [("X-API-Key", "wrong")]),
    ("/ws", [("Authorization", "Bearer wrong")]),
    ("/ws?api_key=wrong", []),
    ("/", [("X-API-Key", "wrong")]),
])
def test_a_wrong_key_is_refused_at_the_handshake_with_401(house, path, headers):
    with pytest.raises(Refused) as caught:
        house.ws(path=path, headers=headers)
    assert caught.value.status == 401
    assert "www-authenticate" in caught.value.reply.headers
    assert "wrong" not in house.log()


def test_an_empty_key_header_is_as_none(house):
    client = house.ws(headers=[("X-API-Key", "")])
    assert client.login("alpha-key")["status"] == "authenticated"


def test_no_greeting_comes_before_the_client_speaks(house):
    client = house.ws()
    client.frame(PING, b"first")
    assert client.read_frame() == (PONG, True, b"first")


@pytest.mark.parametrize("headers, status", [
    ([("Origin", "http://evil.example")], 403),
    ([("Origin", "null")], 403),
])
def test_a_page_of_another_origin_may_not_connect(house, headers, status):
    with pytest.raises(Refused) as caught:
        house.ws(headers=headers)
    assert caught.value.status == status


def test_a_page_of_the_same_origin_may_connect(house):
    host = f"http://{house.http[0]}:{house.http[1]}"
    assert house.ws("alpha-key", headers=[("Origin", host)]).call("ping")["pong"] is True


def test_allowed_origins_can_be_named(gatehouse):
    house = gatehouse(configured({"web": {"origins": ["https://play.example"]}}))
    client = house.ws("alpha-key", headers=[("Origin", "https://play.example")])
    assert client.call("ping")["pong"] is True


def raw_upgrade(house, *changes):
    lines = {"Host": "x", "Upgrade": "websocket", "Connection": "Upgrade",
             "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}
    lines.update(changes)
    return house.get("/ws", headers=[(k, v) for k, v in lines.items() if v and k != "Host"])


@pytest.mark.parametrize("change, statuses", [
    (("Sec-WebSocket-Version", "8"), {426, 400}),
    (("Sec-WebSocket-Version", ""), {426, 400}),
    (("Sec-WebSocket-Key", ""), {400}),
    (("Sec-WebSocket-Key", "short"), {400}),
    (("Upgrade", "h2c"), {400, 426}),
], ids=str)
def test_a_bad_handshake_is_refused(house, change, statuses):
    assert raw_upgrade(house, change).status in statuses


def test_a_wrong_version_is_told_the_right_one(house):
    assert raw_upgrade(house, ("Sec-WebSocket-Version", "8")).headers["sec-websocket-version"] == "13"


# --- frames ---

def test_fragments_with_a_ping_between_them_are_one_message(house):
    client = house.ws("alpha-key")
    text = json.dumps(PING_CALL).encode()
    client.frame(TEXT, text[:5], fin=False)
    client.frame(PING, b"between")
    client.frame(0, text[5:20], fin=False)
    client.frame(0, b"", fin=False)
    client.frame(0, text[20:])
    assert client.read_frame() == (PONG, True, b"between")
    assert client.answer()["result"]["pong"] is True


def test_a_message_of_very_many_tiny_fragments_is_taken(house):
    client = house.ws("alpha-key")
    text = json.dumps({**PING_CALL, "params": {"pad": "x" * 20000}}).encode()
    key = b"\0\0\0\0"
    head = bytes([TEXT, 0x81]) + key + text[:1]
    body = b"".join(b"\x00\x81" + key + text[i : i + 1] for i in range(1, len(text)))
    client.peer.send(head + body + b"\x80\x80" + key)
    assert client.answer()["result"]["pong"] is True


def test_a_frame_may_arrive_byte_by_byte(house):
    client = house.ws("alpha-key")
    sent = []
    send, client.peer.send = client.peer.send, sent.append
    client.post(PING_CALL)
    for byte in b"".join(sent):
        send(bytes([byte]))
    assert client.answer()["result"]["pong"] is True


def test_a_close_is_answered_with_its_code(house):
    client = house.ws("alpha-key")
    client.frame(CLOSE, (1000).to_bytes(2, "big") + b"bye")
    assert client.close_code() == 1000
    assert client.peer.closed()


@pytest.mark.parametrize("broken, code", [
    (lambda c: c.frame(TEXT, b"{}", mask=False), 1002),
    (lambda c: c.frame(TEXT, b"{}", rsv=1), 1002),
    (lambda c: c.frame(3, b""), 1002),
    (lambda c: c.frame(11, b""), 1002),
    (lambda c: c.frame(0, b"x"), 1002),
    (lambda c: (c.frame(TEXT, b"{", fin=False), c.frame(TEXT, b"}")), 1002),
    (lambda c: c.frame(PING, b"x" * 126), 1002),
    (lambda c: c.frame(PING, b"x", fin=False), 1002),
    (lambda c: c.frame(CLOSE, b"x"), 1002),
    (lambda c: c.frame(CLOSE, (1005).to_bytes(2, "big")), 1002),
    (lambda c: c.frame(CLOSE, (999).to_bytes(2, "big")), 1002),
    (lambda c: c.frame(CLOSE, (1000).to_bytes(2, "big") + b"\xff"), 1007),
    (lambda c: c.frame(TEXT, b"\xff\xfe"), 1007),
    (lambda c: c.frame(TEXT, b"\xed\xa0\x80"), 1007),
    (lambda c: (c.frame(TEXT, b"a\xce", fin=False), c.frame(0, b"b")), 1007),
    (lambda c: c.peer.send(b"\x81\xff" + (1 << 63).to_bytes(8, "big") + b"\0\0\0\0"), 1002),
    (lambda c: c.peer.send(b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"\0\0\0\0"), 1009),
], ids=["unmasked", "rsv", "opcode 3", "opcode 11", "lone continuation", "text in text",
        "long ping", "cut ping", "short close", "close 1005", "close 999", "close text",
        "not utf-8", "surrogate", "bad fragment", "negative length", "huge length"])
def test_a_broken_frame_closes_with_its_code_and_costs_only_its_sender(house, broken, code):
    other, client = house.ws("alpha-key"), house.ws("alpha-key")
    broken(client)
    assert client.close_code() == code
    assert other.call("ping")["pong"] is True


def test_bad_utf8_fails_at_the_byte_and_not_at_the_end(house):
    client = house.ws("alpha-key")
    client.frame(TEXT, b"\xff", fin=False)  # the message never ends
    assert client.close_code() == 1007


def test_a_message_over_the_limit_closes_with_1009(house):
    client = house.ws("alpha-key")
    client.frame(TEXT, b" " * 65536 + b"{}")
    assert client.close_code() == 1009


def test_a_message_over_the_limit_in_fragments_closes_with_1009(house):
    client = house.ws("alpha-key")
    client.frame(TEXT, b" " * 40000, fin=False)
    client.frame(0, b" " * 40000)
    assert client.close_code() == 1009


def test_the_limit_can_be_changed(gatehouse):
    house = gatehouse(configured({"api": {"websocket": {"max_frame_size": 200000}}}))
    client = house.ws("alpha-key")
    client.post(json.dumps(PING_CALL) + " " * 150000)
    assert client.answer()["result"]["pong"] is True


def test_a_binary_message_is_answered_with_a_parse_error_or_a_close_and_nothing_worse(house):
    client = house.ws("alpha-key")
    client.frame(BINARY, b"\0\1\2\3")
    try:
        assert client.answer()["error"]["code"] in (-32700, -32600)
    except Closed as closed:
        assert closed.code in (1003, 1007)


def test_an_empty_message_is_a_parse_error(house):
    client = house.ws("alpha-key")
    client.frame(TEXT, b"")
    assert client.answer()["error"]["code"] == -32700


def test_the_server_pings_and_closes_who_does_not_answer(gatehouse):
    house = gatehouse(configured({"api": {"websocket": {"ping_interval": 1, "ping_timeout": 1}}}))
    client = house.ws("alpha-key")
    while client.read_frame()[0] != PING:
        pass
    assert client.peer.closed()  # no pong was sent


def test_stopping_closes_with_1001(house):
    client = house.ws("alpha-key")
    house.process.terminate()
    assert client.close_code() == 1001
    house.process.wait(20)
    assert house.process.returncode == 0


def test_echo_is_off_unless_configured(house):
    with pytest.raises(Refused) as caught:
        house.ws(path="/echo")
    assert caught.value.status == 404


def test_echo_gives_back_text_and_binary(gatehouse):
    house = gatehouse(configured({"web": {"echo": True}}))
    client = house.ws(path="/echo")
    client.frame(TEXT, "grün".encode())
    assert client.read_message() == (TEXT, "grün".encode())
    payload = bytes(range(256)) * 16384  # 4 MiB
    client.frame(BINARY, payload)
    assert client.read_message() == (BINARY, payload)


# --- a client that many use ---

def test_a_library_client_talks_with_and_without_compression(house):
    url = f"ws://{house.http[0]}:{house.http[1]}/ws"

    async def talk(compression):
        async with websockets.connect(url, compression=compression) as client:
            await client.send(json.dumps({
                **PING_CALL, "method": "authenticate", "params": {"api_key": "alpha-key"}}))
            assert json.loads(await client.recv())["result"]["status"] == "authenticated"
            for number in range(50):
                await client.send(json.dumps(
                    {**PING_CALL, "id": number, "params": {"pad": "ab" * number * 100}}))
                assert json.loads(await client.recv())["id"] == number
            return client.extensions

    assert not asyncio.run(talk(None))
    assert [e.name for e in asyncio.run(talk("deflate"))] == ["permessage-deflate"]


def test_compression_can_be_switched_off(gatehouse):
    house = gatehouse(configured({"api": {"websocket": {"compression": False}}}))
    client = house.ws(headers=[("Sec-WebSocket-Extensions", "permessage-deflate")])
    assert "sec-websocket-extensions" not in client.handshake.headers


def test_events_reach_a_compressed_client(house):
    url = f"ws://{house.http[0]}:{house.http[1]}/ws"
    beta = house.lines("beta-key")

    async def listen():
        async with websockets.connect(url, extra_headers={"X-API-Key": "alpha-key"}) as client:
            await client.send(json.dumps(PING_CALL))
            await client.recv()
            await asyncio.to_thread(beta.call, "tell", target_mud="AlphaMUD", target_user="ann",
                                    message="hello " * 100)
            while True:
                event = json.loads(await asyncio.wait_for(client.recv(), 10))
                if event.get("method") == "tell_received":
                    return event["params"]["message"]

    assert asyncio.run(listen()) == "hello " * 100


def test_a_library_client_is_told_401(house):
    url = f"ws://{house.http[0]}:{house.http[1]}/ws"

    async def attempt():
        async with websockets.connect(url, extra_headers={"X-API-Key": "wrong"}):
            pass

    with pytest.raises(websockets.exceptions.InvalidStatusCode) as caught:
        asyncio.run(attempt())
    assert caught.value.status_code == 401


def test_handler_errors_come_with_their_id(house):
    with pytest.raises(RpcError):  # call() checks the id
        house.ws("alpha-key").call("tell")


def test_two_websockets_may_share_a_key(house):
    first, second = house.ws("alpha-key"), WebSocket(house.http, "alpha-key")
    assert first.call("ping")["pong"] and second.call("ping")["pong"]
