# SPDX-License-Identifier: MIT
"""The bridge: mods and a bot at /sync, what they are told, and when they are closed."""
import datetime
import itertools
import json
import os
import re
import subprocess
from pathlib import Path

import clients
import pytest
from clients import http
from conftest import configured, until

KEY = "bridge-key"
SYNC = {"enabled": True, "listen": "http://127.0.0.1:0", "api_key": KEY}
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
MALFORMED = {"message": "Malformed message.", "code": 400}

numbers = itertools.count(1)


def bridged(**options):
    return configured({"bridge": {**SYNC, **options}})


@pytest.fixture
def bridge(gatehouse):
    """bridge(option=…) → a daemon with a bridge."""
    return lambda **options: gatehouse(bridged(**options))


@pytest.fixture
def running(bridge):
    return bridge()


def raw(house, path=f"/sync?api_key={KEY}", **options):
    client = clients.WebSocket(house.sync, path=path, **options)
    house.clients.append(client)
    return client


def say(client, message):
    client.send_text(json.dumps(message))


def joined(house, greeting, **options):
    client = raw(house, **options)
    say(client, greeting)
    assert client.receive() == {"status": "connected", "type": greeting["type"]}
    return client


def mod(house, server="s1", channel="c1", **options):
    return joined(house, {"type": "mod", "data": {"server_id": server, "channel_id": channel}},
                  **options)


def bot(house, **options):
    return joined(house, {"type": "bot", "data": {"bot_id": "b1"}}, **options)


def of_mod(content, server="s1", channel="c1", **more):
    return {"msg_id": f"m-{next(numbers)}", "id": server, "destination": {"channel_id": channel},
            "author": {"id": "p1", "name": "Ann"}, "content": content, **more}


def of_bot(content, channel="c1", **more):
    return {"msg_id": f"b-{next(numbers)}", "id": channel,
            "author": {"id": "u1", "name": "Bob"}, "content": content, **more}


def acknowledged(client, message, status, kind):
    say(client, message)
    assert client.receive() == {"status": status, "type": kind}


def contents(client, n):
    return [client.receive()["content"] for _ in range(n)]


def nothing_came(client):
    """Whatever was for it came before the answer to this."""
    say(client, {})
    assert client.receive() == MALFORMED


def answer(peer, house, target="/sync", headers=(), method="GET"):
    """What an upgrade without a client's help is answered."""
    lines = [f"{method} {target} HTTP/1.1", "Host: bridge", "Upgrade: websocket",
             "Connection: Upgrade", "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *headers, "", ""]
    peer.send("\r\n".join(lines).encode())
    return clients.HttpReply(peer)


# --- the upgrade ---

def test_a_key_in_the_query_or_in_the_header_opens_a_connection(running):
    raw(running)
    raw(running, path="/sync?x=1&api_key=bridge%2Dkey")
    raw(running, path="/sync", headers=[("X-API-Key", KEY)])
    raw(running, path="/sync?api_key=wrong", headers=[("x-api-key", KEY)])


@pytest.mark.parametrize("target, headers", [
    ("/sync", []), ("/sync?api_key=", []), ("/sync?api_key=wrong", []),
    ("/sync?api_key=bridge-key2", []), ("/sync?key=bridge-key", []),
    ("/sync", [("X-API-Key", "wrong")]), ("/sync?api_key=bridge-key", [("X-API-Key", "no")]),
    ("/sync", [("X-API-Key", "alpha-key")])])
def test_a_wrong_key_or_none_is_refused_with_401(running, target, headers):
    with pytest.raises(clients.Refused) as refused:
        raw(running, path=target, headers=headers)
    reply = refused.value.reply
    assert reply.status == 401
    assert reply.headers["content-type"].startswith("application/json")
    assert reply.json() == {"message": "Invalid or missing API key.", "code": 401}
    assert KEY not in running.log()


def test_what_is_no_upgrade_is_refused_but_for_those_with_the_key_only(running):
    assert http(running.sync, "/sync").status == 401
    reply = http(running.sync, f"/sync?api_key={KEY}")
    assert (reply.status, reply.json()["code"]) == (400, 400)
    assert http(running.sync, f"/sync?api_key={KEY}", method="POST").status == 405


def test_pages_of_other_origins_may_not_connect(running):
    host = "%s:%d" % running.sync
    with pytest.raises(clients.Refused) as refused:
        raw(running, headers=[("Origin", "http://evil.example")])
    assert refused.value.status == 403
    raw(running, headers=[("Origin", f"http://{host}")])


def test_the_ordinary_listeners_lead_to_the_bridge_too(running):
    one = clients.WebSocket(running.http, path=f"/sync?api_key={KEY}")
    running.clients.append(one)
    say(one, {"type": "bot", "data": {"bot_id": "b"}})
    assert one.receive()["status"] == "connected"
    acknowledged(mod(running), of_mod("hi"), "completed", "mod")
    assert one.receive()["content"] == "hi"


def test_the_bridges_own_listener_shows_health_and_nothing_else(running):
    reply = http(running.sync, "/health")
    assert (reply.status, reply.json()) == (200, {"status": "healthy"})
    assert reply.headers["content-type"].startswith("application/json")
    for path in ("/", "/ws", "/metrics", "/health/ready", "/api/info", "/echo"):
        assert http(running.sync, path).status == 404
    assert running.get("/health").json()["bridge_mods"] == 0


def test_without_a_bridge_there_is_no_sync(house):
    assert house.get("/sync").status == 404
    assert "sync" not in house.addresses
    assert "bridge_mods" not in house.get("/health").json()


def test_the_bridge_speaks_tls_where_its_listener_is_https(gatehouse, certificate):
    cert, key = certificate("bridge")
    house = gatehouse(configured({
        "bridge": {**SYNC, "listen": "https://127.0.0.1:0"},
        "tls": {"certificate": str(cert), "key": str(key)}}))
    one = clients.WebSocket(house.syncs, path=f"/sync?api_key={KEY}", tls=clients.trusting())
    house.clients.append(one)
    say(one, {"type": "bot", "data": {"bot_id": "b"}})
    assert one.receive() == {"status": "connected", "type": "bot"}


# --- the handshake ---

GREETINGS = {
    "Malformed handshake.": ["", "{", "[]", "hello", '{"type":5}'],
    "Malformed mod handshake.": [
        '{"type":"mod"}', '{"type":"mod","data":{"server_id":"s"}}',
        '{"type":"mod","data":{"server_id":"","channel_id":"c"}}',
        '{"type":"mod","data":{"server_id":"s","channel_id":7}}'],
    "Malformed bot handshake.": ['{"type":"bot","data":{}}', '{"type":"bot","data":{"bot_id":""}}'],
    "Unknown handshake.": ["{}", '{"type":"web","data":{}}', '{"data":{"bot_id":"b"}}'],
}


@pytest.mark.parametrize("words, text", [(w, t) for w, texts in GREETINGS.items() for t in texts])
def test_a_bad_handshake_is_told_why_and_closed_with_1000(running, words, text):
    client = raw(running)
    client.send_text(text)
    assert client.receive() == {"message": words, "code": 400}
    assert client.close_code() == 1000


def test_a_message_before_the_handshake_is_an_unknown_handshake(running):
    client = raw(running)
    say(client, of_mod("hi"))
    assert client.receive() == {"message": "Unknown handshake.", "code": 400}
    assert client.close_code() == 1000


def test_who_sends_no_handshake_in_time_is_closed_with_1000(bridge):
    house = bridge(handshake_timeout=1)
    client = raw(house)
    kept = mod(house)
    assert client.close_code() == 1000
    nothing_came(kept)


def test_a_handshake_over_8_kib_closes_with_1009(running):
    client = raw(running)
    client.send_text(json.dumps({"type": "bot", "data": {"bot_id": "b", "x": "x" * 8192}}))
    assert client.close_code() == 1009


def test_there_is_one_bot_at_a_time(running):
    first = bot(running)
    second = raw(running)
    say(second, {"type": "bot", "data": {"bot_id": "b2"}})
    assert second.receive() == {"message": "Bot already connected.", "code": 409}
    assert second.close_code() == 1000
    nothing_came(first)
    first.frame(clients.CLOSE, (1000).to_bytes(2, "big"))
    assert first.close_code() == 1000
    running.wait_log("bridge_left.*bot")
    nothing_came(bot(running))


def test_a_mod_that_comes_back_takes_the_place_of_its_older_connection(running):
    older, neighbour = mod(running), mod(running, "s2")
    elsewhere = mod(running, "s1", "c2")
    newer = mod(running)
    assert older.close_code() == 1000
    acknowledged(bot(running), of_bot("hi"), "completed", "bot")
    assert contents(newer, 1) == contents(neighbour, 1) == ["hi"]
    nothing_came(newer)
    nothing_came(elsewhere)
    running.wait_log("bridge_left.*replaced")
    assert running.get("/health").json()["bridge_mods"] == 3


def test_joining_and_leaving_are_logged_with_who_it_was(running):
    mod(running, "survival", "lobby").close()
    running.wait_log(r"bridge_joined .*mod.*survival.*lobby")
    running.wait_log(r"bridge_left .*survival.*lobby.*eof")


# --- messages ---

def test_a_bot_is_given_what_mods_say_in_this_shape(running):
    to, one = bot(running), mod(running)
    acknowledged(one, of_mod("hi", meta={"world": "overworld", "list": [1, None, 2.5]},
                             ts="2025-12-08T10:30:00Z", type="bot", extra=1),
                 "completed", "mod")
    got = to.receive()
    assert STAMP.fullmatch(got.pop("received_at")) and STAMP.fullmatch(got.pop("forwarded_at"))
    assert got == {"type": "mod", "channel_id": "c1", "author": {"id": "p1", "name": "Ann"},
                   "content": "hi", "meta": {"world": "overworld", "list": [1, None, 2.5]},
                   "ts": "2025-12-08T10:30:00Z"}


def test_mods_are_given_what_the_bot_says_in_this_shape(running):
    one, other, stranger = mod(running), mod(running, "s2"), mod(running, "s1", "c2")
    message = of_bot("grün \u0000 \U0001f409")
    del message["author"]["name"]
    acknowledged(bot(running), message, "completed", "bot")
    for client in (one, other):
        got = client.receive()
        times = [got.pop(k) for k in ("ts", "received_at", "forwarded_at")]
        assert all(STAMP.fullmatch(t) for t in times) and times == sorted(times)
        at = datetime.datetime.fromisoformat(times[0].replace("Z", "+00:00"))
        age = datetime.datetime.now(datetime.timezone.utc) - at
        assert abs(age.total_seconds()) < 60
        assert got == {"type": "bot", "channel_id": "c1", "author": {"id": "u1"},
                       "content": "grün \u0000 \U0001f409"}
    nothing_came(stranger)


def test_a_mod_speaks_to_any_channel_and_hears_no_other_mod(running):
    to, one, other = bot(running), mod(running), mod(running, "s2")
    acknowledged(one, of_mod("over there", channel="c9"), "completed", "mod")
    assert to.receive()["channel_id"] == "c9"
    nothing_came(other)
    nothing_came(one)


def test_a_message_in_a_binary_frame_counts(running):
    to, one = bot(running), mod(running)
    one.frame(clients.BINARY, json.dumps(of_mod("hi")).encode())
    assert one.receive()["status"] == "completed"
    assert contents(to, 1) == ["hi"]


@pytest.mark.parametrize("change", [
    {"msg_id": None}, {"msg_id": ""}, {"msg_id": 5}, {"id": None}, {"id": ""}, {"id": "s2"},
    {"destination": None}, {"destination": {}}, {"destination": {"channel_id": ""}},
    {"destination": "c1"}, {"author": None}, {"author": {}}, {"author": {"id": ""}},
    {"author": {"id": "a", "name": 1}}, {"content": None}, {"content": ""}, {"content": 5},
    {"meta": []}, {"meta": "x"}, {"ts": "today"}, {"ts": 1733654000}, {"id": "s1\n"}],
    ids=str)
def test_a_malformed_message_is_told_so_and_the_connection_stays(running, change):
    to, one = bot(running), mod(running)
    message = {k: v for k, v in {**of_mod("hi"), **change}.items() if v is not None}
    say(one, message)
    assert one.receive() == MALFORMED
    acknowledged(one, of_mod("better"), "completed", "mod")
    assert contents(to, 1) == ["better"]


def test_what_is_no_json_is_malformed_and_the_connection_stays(running):
    one = bot(running)
    for text in ("", "{", "hello", "[]", '{"a":1} {"b":2}', "[" * 100):
        one.send_text(text)
        assert one.receive() == MALFORMED
    mod(running)
    acknowledged(one, of_bot("hi"), "completed", "bot")


# --- queues ---

def test_what_is_said_to_nobody_waits_until_the_bot_comes(running):
    one = mod(running)
    acknowledged(one, of_mod("1"), "queued", "mod")
    acknowledged(one, of_mod("2", channel="c2"), "queued", "mod")
    acknowledged(one, of_mod("3"), "queued", "mod")
    to = bot(running)
    got = [to.receive() for _ in range(3)]
    assert [m["content"] for m in got if m["channel_id"] == "c1"] == ["1", "3"]
    assert all(m["forwarded_at"] >= m["received_at"] for m in got)
    nothing_came(to)
    acknowledged(one, of_mod("4"), "completed", "mod")
    assert contents(to, 1) == ["4"]


def test_what_a_bot_says_waits_for_a_mod_of_the_channel(running):
    to, other = bot(running), mod(running, "s1", "c2")
    acknowledged(to, of_bot("1"), "queued", "bot")
    acknowledged(to, of_bot("2", "c2"), "completed", "bot")
    first = mod(running)
    assert contents(first, 1) == ["1"]
    assert contents(other, 1) == ["2"]
    nothing_came(mod(running, "s2"))


def test_a_full_queue_keeps_the_newest(bridge):
    house = bridge(queue_max=3)
    one = mod(house)
    for i in range(5):
        acknowledged(one, of_mod(str(i)), "queued", "mod")
    to = bot(house)
    assert contents(to, 3) == ["2", "3", "4"]
    nothing_came(to)


def test_a_queue_holds_eight_unless_told_otherwise(running):
    one = mod(running)
    for i in range(10):
        acknowledged(one, of_mod(str(i)), "queued", "mod")
    assert contents(bot(running), 8) == [str(i) for i in range(2, 10)]


def test_without_queues_what_nobody_takes_has_failed(bridge):
    house = bridge(queue_max=0)
    acknowledged(mod(house), of_mod("1"), "failed", "mod")
    nothing_came(bot(house))


def test_a_burst_is_delivered_whole_and_in_order(running):
    to, one, other = bot(running), mod(running), mod(running, "s2")
    for sender, make, kind, receivers in (
            (one, of_mod, "mod", [to]), (to, of_bot, "bot", [one, other])):
        for i in range(1000):
            say(sender, make(str(i)))
        for _ in range(1000):
            assert sender.receive() == {"status": "completed", "type": kind}
        for receiver in receivers:
            assert contents(receiver, 1000) == [str(i) for i in range(1000)]


def test_a_bot_that_does_not_read_in_time_loses_no_more_than_the_queue_says(running):
    to, one = bot(running), mod(running)
    body, sent, status = "x" * 200000, 0, "completed"
    while status == "completed":
        say(one, of_mod(f"{sent} {body}"))
        status = one.receive()["status"]
        sent += 1
        assert sent < 1000
    assert status == "queued"
    acknowledged(one, of_mod("last"), "queued", "mod")
    got = [c.split()[0] for c in contents(to, sent + 1)]
    assert got == [str(i) for i in range(sent)] + ["last"]
    acknowledged(one, of_mod("on"), "completed", "mod")
    assert contents(to, 1) == ["on"]


def test_a_bot_that_reads_nothing_at_all_is_closed_and_the_next_gets_what_waits(running):
    deaf, one = bot(running), mod(running)
    status, body = "completed", "x" * 1000000
    while status == "completed":
        say(one, of_mod(body))
        status = one.receive()["status"]
    for i in range(8):
        acknowledged(one, of_mod(str(i)), "queued", "mod")
    running.wait_log("bridge_left.*bot.*slow", wait=30)
    assert contents(bot(running), 8) == [str(i) for i in range(8)]
    deaf.close()


# --- pings, limits, ends ---

def test_pings_come_and_who_answers_them_stays(bridge):
    house = bridge(ping_interval=1, read_timeout=2)
    alive, mute = mod(house), mod(house, "mute")
    for _ in range(4):
        opcode, _, payload = alive.read_frame()
        assert opcode == clients.PING
        alive.frame(clients.PONG, payload)
    nothing_came(alive)
    # Nobody has read for it, so no pong has gone out: it is gone by now.
    codes = []
    while not codes or codes[-1] == clients.PING:
        opcode, _, payload = mute.read_frame()
        codes.append(opcode)
    assert codes[-1] == clients.CLOSE and int.from_bytes(payload[:2], "big") == 1000
    assert codes[:-1]
    house.wait_log("bridge_left.*mute.*idle")


def test_messages_hold_the_read_deadline_off_as_pongs_do(bridge):
    house = bridge(ping_interval=3600, read_timeout=2)
    talker, silent = mod(house), mod(house, "silent")
    begun = datetime.datetime.now()
    until(lambda: nothing_came(talker) is None and
          (datetime.datetime.now() - begun).total_seconds() > 3)
    assert silent.close_code() == 1000
    nothing_came(talker)


def test_a_clients_ping_is_answered(running):
    one = mod(running)
    one.frame(clients.PING, b"here?")
    assert one.read_frame() == (clients.PONG, True, b"here?")


def test_a_message_over_the_limit_closes_with_1009(bridge):
    house = bridge(body_size_mb=1)
    to, one = bot(house), mod(house)
    rest = len(json.dumps(of_mod("x" * 100))) - 100
    fits = "x" * ((1 << 20) - rest)
    acknowledged(one, of_mod(fits), "completed", "mod")
    assert contents(to, 1) == [fits]
    say(one, of_mod(fits + "x"))
    assert one.close_code() == 1009
    nothing_came(to)


def test_two_megabytes_are_taken_by_default(running):
    to, one = bot(running), mod(running)
    body = "x" * ((2 << 20) - 1000)
    acknowledged(one, of_mod(body), "completed", "mod")
    assert contents(to, 1) == [body]


def test_a_close_is_answered_in_kind(running):
    one = mod(running)
    one.frame(clients.CLOSE, (1000).to_bytes(2, "big") + b"bye")
    assert one.close_code() == 1000


def test_a_stopping_daemon_says_1001(running):
    one, to, stranger = mod(running), bot(running), raw(running)
    running.stop()
    assert [c.close_code() for c in (one, to, stranger)] == [1001] * 3


# --- operating it ---

def test_the_metrics_page_counts_the_bridge(running):
    one = mod(running)
    acknowledged(one, of_mod("queued"), "queued", "mod")
    bot(running)
    acknowledged(one, of_mod("done"), "completed", "mod")
    nothing_came(one)
    page = http(running.metrics, "/metrics").body.decode()
    counts = dict(re.findall(r"^gatehouse_bridge_(\w+) (\d+)$", page, re.M))
    counts = {k: v for k, v in counts.items() if not k.startswith("queue_")}  # of version 2
    assert counts == {"mods": "1", "bots": "1", "received_total": "3", "malformed_total": "1",
                      "delivered_total": "2", "queued_total": "1", "waiting": "0",
                      "dropped_total": "0", "failed_total": "0"}


def test_a_reload_opens_a_bridge_and_closes_it_with_1001(gatehouse):
    house = gatehouse()
    house.configure(bridged())
    house.hup()
    house.wait_log("reloaded")
    one = clients.WebSocket(house.http, path=f"/sync?api_key={KEY}")
    house.clients.append(one)
    say(one, {"type": "bot", "data": {"bot_id": "b"}})
    assert one.receive()["status"] == "connected"
    house.configure(configured())
    house.hup()
    assert one.close_code() == 1001
    assert house.get("/sync").status == 404


def test_a_reload_keeps_connections_and_what_waits(running):
    one = mod(running)
    for i in range(3):
        acknowledged(one, of_mod(str(i)), "queued", "mod")
    running.configure(bridged(queue_max=2))
    running.hup()
    running.wait_log("reloaded")
    assert contents(bot(running), 2) == ["1", "2"]
    acknowledged(one, of_mod("on"), "completed", "mod")


def test_a_new_key_ends_the_connections_of_the_old(running):
    one = mod(running)
    running.configure(bridged(api_key="another-key"))
    running.hup()
    assert one.close_code() == 1000
    with pytest.raises(clients.Refused) as refused:
        raw(running)
    assert refused.value.status == 401
    raw(running, path="/sync?api_key=another-key")


@pytest.mark.parametrize("bridge, listen, says", [
    ({"api_key": ""}, "http://127.0.0.1:0", "bridge.api_key: must be given"),
    ({"api_key": "gateway"}, "http://0.0.0.0:0", "a key that everybody knows"),
    ({"api_key": "gateway", "listen": "http://0.0.0.0:3333"}, "http://127.0.0.1:0",
     "a key that everybody knows"),
    ({"listen": "jsonl://127.0.0.1:0"}, "http://127.0.0.1:0", "http:// or https://HOST:PORT"),
    ({"queue_max": -1}, "http://127.0.0.1:0", "bridge.queue_max"),
    ({"body_size": 1}, "http://127.0.0.1:0", "did you mean bridge.body_size_mb"),
])
def test_a_configuration_that_cannot_be_meant_is_refused(gatehouse, bridge, listen, says):
    house = gatehouse(configured({"listen": [listen], "bridge": {**SYNC, **bridge}}), start=False)
    done = house.run("--check-config", "-c", house.config)
    assert done.returncode == 1 and says in done.stderr, done.stderr


def test_the_well_known_key_is_good_on_loopback(bridge):
    raw(bridge(api_key="gateway"), path="/sync?api_key=gateway")


def test_a_deadline_shorter_than_the_pings_is_warned_of(gatehouse):
    house = gatehouse(bridged(read_timeout=30), start=False)
    done = house.run("--check-config", "-c", house.config)
    assert done.returncode == 0 and "bridge.read_timeout: not longer" in done.stderr


def test_a_bridge_nobody_can_enter_for_want_of_tls_is_warned_of(gatehouse):
    house = gatehouse(configured({
        "bridge": {**SYNC, "listen": "http://0.0.0.0:3333"},
        "api": {"auth": {"require_tls": True}}}), start=False)
    done = house.run("--check-config", "-c", house.config)
    assert done.returncode == 0 and "bridge.listen: nobody can log in here" in done.stderr


# --- Node's ws, as most bots and many mods are made of it ---

def test_nodes_ws_talks_as_mod_and_as_bot(running):
    script = Path(__file__).parent / "node/bridge.js"
    host, port = running.sync
    done = subprocess.run(
        ["node", script, f"ws://{host}:{port}/sync", KEY], timeout=30, capture_output=True,
        env={**os.environ, "NODE_PATH": "/usr/share/nodejs"}, text=True, check=False)
    assert done.stdout == "good\n", done.stderr
