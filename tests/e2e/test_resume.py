# SPDX-License-Identifier: MIT
"""Sessions outlive their connections: whoever comes back sees exactly what it has not seen, and
what it will never see is counted."""
import ctypes
import json
import os
import random
import re
import socket
import struct
import subprocess
from pathlib import Path

import clients
import pytest
from cable import Filters
from clients import Closed, Mud, Refused, RpcError
from conftest import configured, routed, until
from networks import metric
from test_node_ws import MODULES

SCRIPT = Path(__file__).parent / "node/resume.js"
AWAY = "gatehouse_sessions_away"
UPGRADES = {
    "key header": lambda key: ("/ws?", [("X-API-Key", key)]),
    "bearer": lambda key: ("/?", [("Authorization", f"Bearer {key}")]),
    "query": lambda key: (f"/ws?api_key={key}&", []),
}
WAYS = ["tcp", "ws", *UPGRADES]


def upgrade(house, way, key, query):
    path, headers = UPGRADES[way](key)
    client = house.ws(path=path + query, headers=headers)
    first = client.receive()
    assert first["method"] == "session_opened"
    assert "seq" in first["params"]  # the session's; it has none of its own
    client.session = first["params"]
    return client


def come_back(house, way, session_id, last_seq=None, key="alpha-key"):
    """A new connection that asks for that session → the client, .session is what it was answered."""
    asked = {"session_id": session_id} | ({} if last_seq is None else {"last_seq": last_seq})
    if way in UPGRADES:
        return upgrade(house, way, key, "&".join(f"{k}={v}" for k, v in asked.items()))
    client = house.lines() if way == "tcp" else house.ws()
    client.session = client.login(key, **asked)
    assert client.session["status"] == "authenticated"
    return client


def leave(house, client, n=1):
    client.close()
    until(lambda: metric(house, AWAY) == n, words=lambda: f"away: {metric(house, AWAY)}")


def tell(client, *texts):
    for text in texts:
        client.call("tell", target_mud="AlphaMUD", target_user="bob", message=text)


def told(client, n):
    """Exactly these are here, or come before anything that is said now."""
    events = [client.event("tell_received") for _ in range(n)]
    assert not client.events_so_far("tell_received")
    seqs = [e["seq"] for e in events]
    assert seqs == sorted(set(seqs))
    return [e["message"] for e in events]


@pytest.fixture
def beta(house):
    return house.lines("beta-key")


def answers(session, resumed=True, missed=0, lost=0):
    assert (session["resumed"], session["missed"], session["lost"]) == (resumed, missed, lost)
    assert session["recovered"] == (resumed and not lost)
    assert re.fullmatch("[0-9a-f]{32}", session["session_id"])


# --- replay ---

@pytest.mark.parametrize("way", WAYS)
def test_what_was_not_seen_comes_once_and_in_order(house, beta, way):
    alpha = house.lines("alpha-key")
    tell(beta, "1", "2", "3")
    seen = [alpha.event("tell_received") for _ in range(3)][1]["seq"]
    leave(house, alpha)
    tell(beta, "4", "5")
    back = come_back(house, way, alpha.session["session_id"], seen)
    answers(back.session, missed=3)
    assert back.session["seq"] == seen
    assert back.session["mud_name" if way in ("tcp", "ws") else "session_id"]
    assert told(back, 3) == ["3", "4", "5"]
    tell(beta, "6")
    assert told(back, 1) == ["6"]


@pytest.mark.parametrize("way", WAYS)
def test_without_last_seq_all_that_was_not_acknowledged_comes_again(house, beta, way):
    alpha = house.lines("alpha-key")
    tell(beta, "1", "2", "3")
    first = alpha.event("tell_received")["seq"]
    assert alpha.call("ack", seq=first) == {"status": "acknowledged", "seq": first}
    leave(house, alpha)
    tell(beta, "4")
    back = come_back(house, way, alpha.session["session_id"])
    answers(back.session, missed=3)
    assert told(back, 3) == ["2", "3", "4"]


def test_a_new_session_tells_from_where_its_events_count(house, beta):
    alpha = house.lines("alpha-key")
    leave(house, alpha)
    tell(beta, "1")
    back = come_back(house, "ws", alpha.session["session_id"], alpha.session["seq"])
    answers(back.session, missed=1)
    assert told(back, 1) == ["1"]


def test_a_client_that_saw_everything_misses_nothing(house, beta):
    alpha = house.lines("alpha-key")
    tell(beta, "1")
    seen = alpha.event("tell_received")["seq"]
    leave(house, alpha)
    back = come_back(house, "ws", alpha.session["session_id"], seen)
    answers(back.session)
    assert told(back, 0) == []


def test_the_transport_may_change_each_time(house, beta):
    client, seen, texts = house.ws("alpha-key"), None, []
    for number, way in enumerate([*WAYS, *reversed(WAYS)]):
        tell(beta, f"{number} here")
        texts.append(client.event("tell_received"))
        seen = texts[-1]["seq"]
        leave(house, client)
        tell(beta, f"{number} away")
        client = come_back(house, way, client.session["session_id"], seen)
        answers(client.session, missed=1)
        texts.append(client.event("tell_received"))
    assert [t["message"] for t in texts] == [
        f"{n} {where}" for n in range(2 * len(WAYS)) for where in ("here", "away")]


@pytest.mark.parametrize("way", WAYS)
def test_channels_stay_joined(house, beta, way):
    alpha = house.lines("alpha-key")
    for client in (alpha, beta):
        client.call("channel_join", channel="chat")
    leave(house, alpha)
    beta.call("channel_send", channel="chat", message="are you there?")
    beta.event("channel_message")
    back = come_back(house, way, alpha.session["session_id"])
    assert back.event("channel_message")["message"] == "are you there?"
    back.call("channel_send", channel="chat", message="still")
    assert beta.event("channel_message")["message"] == "still"
    assert back.event("channel_message")["message"] == "still"
    assert not back.events_so_far("channel_message")


@pytest.mark.parametrize("way", ["tcp", "ws"])
def test_a_batch_may_begin_with_the_return(house, beta, way):
    alpha = house.lines("alpha-key")
    leave(house, alpha)
    tell(beta, "missed")
    client = house.lines() if way == "tcp" else house.ws()
    client.post([
        {"jsonrpc": "2.0", "id": 1, "method": "authenticate", "params": {
            "api_key": "alpha-key", "session_id": alpha.session["session_id"]}},
        {"jsonrpc": "2.0", "id": 2, "method": "ping"},
        {"jsonrpc": "2.0", "method": "ack", "params": {"seq": 1 << 53}},
        {"jsonrpc": "2.0", "id": 3, "method": "status"}])
    answer = client.receive()
    assert [a["id"] for a in answer] == [1, 2, 3]
    answers(answer[0]["result"], missed=1)
    assert answer[2]["result"]["session_id"] == answer[0]["result"]["session_id"]
    assert told(client, 1) == ["missed"]


# --- what is lost ---

@pytest.mark.parametrize("way", WAYS)
def test_what_there_was_no_room_for_is_counted(gatehouse, way):
    house = gatehouse(configured({"api": {"session": {"max_queue_size": 3}}}))
    house.ready_now()
    alpha, beta = house.lines("alpha-key"), house.lines("beta-key")
    tell(beta, "0")
    seen = alpha.event("tell_received")["seq"]
    leave(house, alpha)
    tell(beta, *"123456789")
    back = come_back(house, way, alpha.session["session_id"], seen)
    answers(back.session, missed=3, lost=6)
    gap = back.receive()
    assert gap["method"] == "gap"
    gap = gap["params"]
    assert (gap["lost"], gap["unknown"]) == (6, False)
    assert "seq" not in gap
    first = back.event("tell_received")
    assert seen < gap["from_seq"] < gap["to_seq"] < first["seq"]
    assert [first["message"], *told(back, 2)] == ["7", "8", "9"]
    assert not back.events_so_far("gap")
    assert metric(house, "gatehouse_tape_lost_total") == 6


def test_what_became_too_old_is_counted(gatehouse):
    house = gatehouse(configured({"api": {"session": {"queue_ttl": 1, "cleanup_interval": 1}}}))
    house.ready_now()
    alpha, beta = house.lines("alpha-key"), house.lines("beta-key")
    leave(house, alpha)
    tell(beta, "1", "2", "3")
    assert metric(house, "gatehouse_tape_bytes") > 0
    until(lambda: metric(house, "gatehouse_tape_bytes") == 0)
    tell(beta, "4")
    back = come_back(house, "tcp", alpha.session["session_id"], alpha.session["seq"])
    answers(back.session, missed=1, lost=3)
    assert back.event("gap")["lost"] == 3
    assert told(back, 1) == ["4"]


class Narrow(tuple):
    """An address at which a client gets a socket that the kernel takes little for."""

    def connect(self):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(clients.DEADLINE)
        sock.connect(tuple(self))
        return sock


def narrow(house, key):
    house.clients.append(clients.JsonLines(Narrow(house.jsonl), key))
    return house.clients[-1]


def flood(client, n, size=1500, first=0):
    for start in range(first, first + n, 50):
        answered = client.ask([{"jsonrpc": "2.0", "id": i, "method": "tell", "params": {
            "target_mud": "AlphaMUD", "target_user": "bob", "message": f"{i} ".ljust(size, "x")}}
            for i in range(start, min(first + n, start + 50))])
        assert all("result" in answer for answer in answered)


def account(client, until_text):
    """(numbers told, lost as gaps say) up to that text; in order, and gaps are where they say."""
    numbers, lost, last, end = [], 0, 0, 0
    while True:
        message = client.events.pop(0) if client.events else client.receive()
        event = message["params"]
        if message["method"] == "gap":
            assert not event["unknown"]
            assert last < event["from_seq"] <= event["to_seq"]
            lost, end = lost + event["lost"], event["to_seq"]
        elif message["method"] == "tell_received":
            assert event["seq"] > max(last, end)
            last = event["seq"]
            if event["message"] == until_text:
                return numbers, lost
            numbers.append(int(event["message"].split()[0]))


@pytest.fixture
def short(gatehouse):
    house = gatehouse(configured({"api": {
        "session": {"max_queue_size": 50}, "rate_limits": {"default": {"burst": 10000}}}}))
    house.ready_now()
    return house


def test_a_slow_reader_is_fed_from_its_tape_and_told_exactly_what_it_lost(short):
    slow, beta = narrow(short, "alpha-key"), short.lines("beta-key")
    flood(beta, 2000)
    tell(beta, "end")
    numbers, lost = account(slow, "end")
    assert lost > 0
    assert numbers == sorted(set(numbers))
    assert len(numbers) + lost == 2000
    tell(beta, "live again")
    assert slow.event("tell_received")["message"] == "live again"


@pytest.mark.parametrize("way", WAYS)
def test_what_a_stalled_connection_never_took_is_told_to_the_next_one(short, way):
    """Sent, but never read: the count of what is lost is exact all the same."""
    stalled, beta = narrow(short, "alpha-key"), short.lines("beta-key")
    flood(beta, 2000)
    back = come_back(short, way, stalled.session["session_id"], stalled.session["seq"])
    answers(back.session, missed=50, lost=1950)
    tell(beta, "end")
    numbers, lost = account(back, "end")
    assert (lost, numbers) == (1950, list(range(1950, 2000)))
    assert b'"replaced"' in stalled.peer.rest().splitlines()[-1]


# --- takeover ---

def end_of(client):
    """What the older connection is told at its end."""
    if isinstance(client, clients.WebSocket):
        with pytest.raises(Closed) as closed:
            client.event("never")
        return closed.value.code, closed.value.reason
    return json.loads(client.peer.rest().splitlines()[-1])["error"]["data"]["code"]


@pytest.mark.parametrize("way", WAYS)
def test_a_newer_connection_takes_over(house, beta, connect, way):
    older = connect("alpha-key")
    tell(beta, "1")
    seen = older.event("tell_received")["seq"]
    newer = come_back(house, way, older.session["session_id"], seen)
    answers(newer.session)
    assert end_of(older) == ((4001, "replaced") if hasattr(older, "handshake") else "replaced")
    tell(beta, "2")
    assert told(newer, 1) == ["2"]
    assert metric(house, AWAY) == 0


def test_a_connection_whose_peer_is_gone_without_a_word_is_taken_over(house, beta):
    older = house.lines("alpha-key")
    program = struct.pack("HP", 1, ctypes.addressof(Filters.DROP))
    older.peer.socket.setsockopt(socket.SOL_SOCKET, Filters.ATTACH, program)
    tell(beta, "1", "2")  # sent, and never arriving
    newer = come_back(house, "ws", older.session["session_id"], older.session["seq"])
    answers(newer.session, missed=2)
    assert told(newer, 2) == ["1", "2"]
    tell(beta, "3")
    assert told(newer, 1) == ["3"]


def test_many_take_over_from_each_other_and_the_last_has_it_all(house, beta):
    first = house.lines("alpha-key")
    rivals = [house.lines() for _ in range(20)]
    for number, rival in enumerate(rivals):  # all at once
        rival.post({"jsonrpc": "2.0", "id": 1, "method": "authenticate", "params": {
            "api_key": "alpha-key", "session_id": first.session["session_id"], "last_seq": 0}})
        tell(beta, str(number))
    resumed = [r for r in rivals if r.answer()["result"]["resumed"]]
    alive = []
    for rival in resumed:
        rival.post({"jsonrpc": "2.0", "id": 2, "method": "ping"})
        try:
            alive += [rival] if "result" in rival.answer() else []
        except EOFError:
            pass
    assert len(alive) == 1
    assert len(resumed) == len(rivals)
    assert sorted(int(t) for t in told(alive[0], 20)) == list(range(20))


# --- ids ---

def renamed(house, way, id_):
    """Comes back until it is given a new id, which the store must have first."""
    while True:
        back = come_back(house, way, id_)
        assert back.session["resumed"]
        if back.session["session_id"] != id_:
            return back


def test_an_id_is_good_until_something_behind_the_next_one_is_acknowledged(house, beta):
    first = house.lines("alpha-key").session["session_id"]
    second = renamed(house, "tcp", first).session["session_id"]  # say this answer was lost
    third = renamed(house, "ws", first).session["session_id"]
    assert len({first, second, third}) == 3
    assert not come_back(house, "ws", second).session["resumed"]
    fourth = renamed(house, "bearer", third)
    assert not come_back(house, "ws", first).session["resumed"]
    tell(beta, "1")
    fourth.call("ack", seq=fourth.event("tell_received")["seq"])
    assert not come_back(house, "ws", third).session["resumed"]
    assert come_back(house, "ws", fourth.session["session_id"]).session["resumed"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("state", ["live", "away"])
def test_the_session_of_another_mud_cannot_be_had(house, beta, way, state):
    alpha = house.lines("alpha-key")
    if state == "away":
        leave(house, alpha)
    tell(beta, "for alpha only")
    thief = come_back(house, way, alpha.session["session_id"], key="beta-key")
    answers(thief.session, resumed=False)
    assert thief.call("status")["mud_name"] == "BetaMUD"
    assert not thief.events_so_far("tell_received")
    back = come_back(house, "tcp", alpha.session["session_id"])
    answers(back.session, missed=1)
    assert told(back, 1) == ["for alpha only"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("id_", ["unknown", "0" * 32, "%00" * 16, "x" * 64])
def test_an_unknown_id_opens_a_new_session(house, way, id_):
    client = come_back(house, way, id_, 17)
    answers(client.session, resumed=False)
    assert client.call("ping")["pong"] is True


@pytest.mark.parametrize("last_seq", ["x", "-1", "1.5", str((1 << 53) + 1), "1e3", "0x1", "9" * 40])
def test_a_last_seq_that_is_no_number_is_refused_at_the_upgrade(house, last_seq):
    alpha = house.lines("alpha-key")
    with pytest.raises(Refused) as refused:
        house.ws(path=f"/ws?session_id={alpha.session['session_id']}&last_seq={last_seq}",
                 headers=[("X-API-Key", "alpha-key")])
    assert refused.value.status == 400
    assert alpha.call("ping")["pong"] is True  # nobody was replaced


@pytest.mark.parametrize("bad", [
    {"last_seq": "x"}, {"last_seq": -1}, {"last_seq": 1.5}, {"last_seq": (1 << 53) + 1},
    {"last_seq": []}, {"session_id": 7}, {"session_id": "x" * 65}, {"session_id": {}}], ids=str)
def test_what_is_no_return_is_refused_by_authenticate(house, connect, bad):
    alpha, client = house.lines("alpha-key"), connect()
    with pytest.raises(RpcError) as error:
        client.login("alpha-key", **{"session_id": alpha.session["session_id"]} | bad)
    assert (error.value.code, error.value.data["field"]) == (-32602, *bad)
    assert alpha.call("ping")["pong"] is True
    assert client.login("alpha-key")["status"] == "authenticated"


def test_last_seq_of_the_future_loses_nothing_that_is_still_to_come(house, beta):
    alpha = house.lines("alpha-key")
    leave(house, alpha)
    tell(beta, "claimed")
    back = come_back(house, "tcp", alpha.session["session_id"], 1 << 53)
    answers(back.session)
    tell(beta, "new")
    assert told(back, 1) == ["new"]


def test_nobody_learns_the_ids_of_others(house):
    """They are secrets: neither the log nor events to other sessions have them."""
    watcher, ids, client = house.lines("alpha-key"), [], house.ws("alpha-key")
    watcher.call("channel_join", channel="chat")
    ids.append(client.session["session_id"])
    for way in WAYS:
        client.call("channel_join", channel="chat")
        client.call("channel_leave", channel="chat")
        client = come_back(house, way, ids[-1])
        ids.append(client.session["session_id"])
    assert len(watcher.events_so_far("channel_joined")) == len(WAYS)
    heard = json.dumps(watcher.events)
    with pytest.raises(Refused):
        house.ws(path=f"/ws?api_key=wrong&session_id={ids[-1]}")
    with pytest.raises(Refused):
        house.ws(path=f"/ws?api_key=alpha-key&session_id={ids[-1]}&last_seq=x")
    assert house.get(f"/nowhere?session_id={ids[-1]}").status == 404
    for secret in (*ids, "alpha-key"):
        assert secret not in heard
        assert secret not in house.log()


# --- time ---

def test_a_session_expires_and_leaves_its_channels(gatehouse, router):
    house = gatehouse(routed(router, {"api": {"session": {"timeout": 1, "cleanup_interval": 1}}}))
    link = router.login()
    house.ready_now()
    alpha = house.lines("alpha-key")
    alpha.call("channel_join", channel="chat")
    link.packet("channel-listen", where=lambda p: p[6:8] == ["chat", 1])
    alpha.close()
    link.packet("channel-listen", where=lambda p: p[6:8] == ["chat", 0])
    until(lambda: metric(house, AWAY) == 0)
    answers(come_back(house, "ws", alpha.session["session_id"]).session, resumed=False)


def test_without_a_timeout_a_session_ends_with_its_connection(gatehouse, router):
    house = gatehouse(routed(router, {"api": {"session": {"timeout": 0}}}))
    link = router.login()
    house.ready_now()
    alpha = house.lines("alpha-key")
    alpha.call("channel_join", channel="chat")
    alpha.close()
    link.packet("channel-listen", where=lambda p: p[6:8] == ["chat", 0])
    assert metric(house, AWAY) == 0
    answers(come_back(house, "tcp", alpha.session["session_id"]).session, resumed=False)


def test_a_live_session_does_not_expire(gatehouse):
    house = gatehouse(configured({"api": {"session": {"timeout": 1, "cleanup_interval": 1}}}))
    house.ready_now()
    kept, gone = house.lines("alpha-key"), house.lines("alpha-key")
    leave(house, gone)
    until(lambda: metric(house, AWAY) == 0)
    assert come_back(house, "ws", kept.session["session_id"]).session["resumed"]


def test_a_session_outlives_a_restart_of_the_daemon(house):
    alpha = house.lines("alpha-key")
    alpha.call("channel_join", channel="chat")
    seq = house.lines("alpha-key").session["seq"]
    house.restart()
    back = come_back(house, "ws", alpha.session["session_id"], seq)
    assert back.session["resumed"] and back.session["recovered"]
    assert "chat" in str(back.call("channel_list"))


# --- counting ---

def test_acknowledging_costs_no_calls(house):
    client = house.lines("slow-key")  # 1 per minute, burst 20
    for seq in range(200):
        client.post({"jsonrpc": "2.0", "method": "ack", "params": {"seq": seq}})
    for _ in range(20):
        client.call("ping")
    client.call("ack", seq=1)
    with pytest.raises(RpcError) as error:
        client.call("ping")
    assert error.value.code == -32001


def test_rates_go_with_the_session(house):
    client = house.lines("slow-key")
    for _ in range(20):
        client.call("ping")
    back = come_back(house, "ws", client.session["session_id"], key="slow-key")
    with pytest.raises(RpcError) as error:
        back.call("ping")
    assert error.value.code == -32001


def test_sessions_are_counted_where_they_are(gatehouse):
    house = gatehouse(configured({"api": {"session": {"timeout": 1, "cleanup_interval": 1}}}))
    house.ready_now()
    live = "api_active_sessions"
    client = house.ws("alpha-key")
    assert (metric(house, live), metric(house, AWAY)) == (1, 0)
    client.close()
    until(lambda: (metric(house, live), metric(house, AWAY)) == (0, 1))
    client = come_back(house, "tcp", client.session["session_id"])
    assert (metric(house, live), metric(house, AWAY)) == (1, 0)
    come_back(house, "query", client.session["session_id"]).close()
    until(lambda: (metric(house, live), metric(house, AWAY)) == (0, 1))
    until(lambda: (metric(house, live), metric(house, AWAY)) == (0, 0))
    assert metric(house, "gatehouse_sessions_resumed_total") == 2
    assert metric(house, "gatehouse_tape_bytes") == 0


def test_those_away_are_bounded(house):
    for _ in range(1100):
        clients.JsonLines(house.jsonl, "alpha-key").close()
    until(lambda: metric(house, "api_active_sessions") == 0)
    assert metric(house, AWAY) == 1024


# --- reload ---

def reload(house, keys, times=1):
    changed = configured()
    changed["api"]["auth"]["api_keys"] = keys
    house.configure(changed)
    house.hup()
    house.wait_log(r"\breloaded\b", times)


BETA = {"key": "beta-key", "mud_name": "BetaMUD"}
ALPHA = {"key": "alpha-key", "mud_name": "AlphaMUD"}


def test_a_key_that_is_gone_takes_its_sessions_along_wherever_they_are(house, beta):
    away, live = house.lines("alpha-key"), house.ws("alpha-key")
    leave(house, away)
    reload(house, [BETA, {"key": "new-key", "mud_name": "AlphaMUD"}])
    assert live.close_code() == 1008
    assert metric(house, AWAY) == 0
    assert beta.call("ping")["pong"] is True
    for lost in (away, live):
        back = come_back(house, "tcp", lost.session["session_id"], key="new-key")
        answers(back.session, resumed=False)
    reload(house, [BETA, ALPHA], 2)
    answers(come_back(house, "tcp", away.session["session_id"]).session, resumed=False)


def test_rights_that_changed_hold_for_who_is_away(house, beta):
    alpha = house.lines("alpha-key")
    leave(house, alpha)
    reload(house, [BETA, ALPHA | {"permissions": ["info"]}])
    tell(beta, "not for alpha any more")
    back = come_back(house, "ws", alpha.session["session_id"])
    answers(back.session)
    with pytest.raises(RpcError) as error:
        tell(back, "x")
    assert error.value.code == -32002
    assert not back.events_so_far("tell_received")


def test_a_mud_that_is_gone_takes_its_sessions_along(house):
    away, live = house.lines("beta-key"), house.lines("beta-key")
    silent = Mud(house.mudmode, "SilentMUD", "*test")
    away.call("channel_join", channel="chat")
    leave(house, away)
    live.post({"jsonrpc": "2.0", "id": 1, "method": "who", "params": {
        "target_mud": "SilentMUD", "wait": 20}})
    silent.packet("who-req")
    changed = configured({"muds": []})
    changed["api"]["auth"]["api_keys"] = [ALPHA]
    house.configure(changed)
    house.hup()
    assert b"not good any more" in live.peer.rest()
    until(lambda: metric(house, AWAY) == 0)
    house.wait_log("identity_freed")
    assert house.alive()
    silent.close()


# --- clients that know nothing of it ---

def test_who_asks_for_no_session_is_told_nothing_unasked(house, beta):
    former = house.lines("alpha-key")
    tell(beta, "for the former session")
    leave(house, former)
    for way, (path, headers) in ((w, UPGRADES[w]("alpha-key")) for w in UPGRADES):
        client = house.ws(path=path.rstrip("?&"), headers=headers)
        client.post({"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert client.receive()["id"] == 1, way
    client = house.lines("alpha-key")
    answers(client.session, resumed=False)
    tell(beta, "for all")
    assert told(client, 1) == ["for all"]


def test_a_key_and_last_seq_alone_ask_for_no_session(house):
    client = house.ws(path="/ws?last_seq=5&session_id=", headers=[("X-API-Key", "alpha-key")])
    client.post({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    assert client.receive()["id"] == 1


def test_authenticate_on_a_session_tells_which_one_it_is(house, beta):
    client = house.ws(headers=[("X-API-Key", "alpha-key")])
    tell(beta, "1")
    seen = client.event("tell_received")["seq"]
    answer = client.login("alpha-key")
    assert answer == {"status": "success", "mud_name": "AlphaMUD", "seq": seen,
                      "session_id": answer["session_id"]}
    assert come_back(house, "tcp", answer["session_id"]).session["resumed"]


def test_members_of_a_channel_are_those_who_are_there(house):
    """A client that never comes back to its sessions does not seem to become more and more."""
    alpha, watcher = house.lines("alpha-key"), house.lines("alpha-key")

    def members():
        channels = watcher.call("channel_list")["channels"]
        return next(c["member_count"] for c in channels if c["name"] == "chat")

    alpha.call("channel_join", channel="chat")
    assert members() == 1
    leave(house, alpha)
    assert members() == 0
    come_back(house, "ws", alpha.session["session_id"])
    assert members() == 1


def test_a_foreign_mud_is_answered_by_who_is_there(house):
    """Requests are for the living: a session away is not waited for."""
    alpha, other = house.lines("alpha-key"), Mud(house.mudmode, "OtherMUD", "*test")
    alpha.call("answer_requests", who=True)
    alpha.call("presence_sync", users=[{"name": "Bob"}])
    leave(house, alpha)
    other.to("who-req", "AlphaMUD", 0, me="zed")
    assert other.packet("who-reply")[6][0][0] == "Bob"
    back = come_back(house, "ws", alpha.session["session_id"])
    other.to("who-req", "AlphaMUD", 0, me="zed")
    asked = back.event("who_request")
    back.call("who_answer", request_id=asked["request_id"], users=[])
    assert other.packet("who-reply")[6] == []
    other.close()


# --- Node ---

def test_nodes_ws_comes_back(house):
    host, port = house.http
    result = subprocess.run(
        ["node", SCRIPT, f"ws://{host}:{port}/ws", "alpha-key", "beta-key"], timeout=30,
        env={**os.environ, "NODE_PATH": MODULES}, capture_output=True, text=True, check=False)
    assert result.stdout == "good\n", result.stderr


# --- everything at once ---

class Reader:
    """A client that comes and goes as chance has it, and keeps account of what it is told: every
    number once and in order, or one more in the gaps before the next one."""

    def __init__(self, house, chance):
        self.house, self.chance = house, chance
        self.client = narrow(house, "alpha-key")
        self.last, self.number, self.lost, self.returns = self.client.session["seq"], -1, 0, 0

    def hear(self, message):
        event = message["params"]
        if message["method"] == "gap":
            assert not event["unknown"]
            self.lost += event["lost"]
        elif message["method"] == "tell_received":
            assert event["seq"] > self.last
            number = int(event["message"].split()[0])
            assert number - self.number - 1 == self.lost
            self.last, self.number, self.lost = event["seq"], number, 0

    def read(self, n):
        for _ in range(n):
            try:
                self.hear(self.client.receive(0.02))
            except TimeoutError:
                return

    def go_and_return(self):
        older = self.client
        if self.chance.random() < 0.7:  # else it is taken over
            older.peer.reset() if self.chance.random() < 0.5 else older.close()
        self.client = come_back(self.house, self.chance.choice(WAYS),
                                older.session["session_id"], self.last)
        assert self.client.session["resumed"]
        self.lost = 0  # what no event came behind is told again
        self.returns += 1


@pytest.mark.parametrize("seed", range(3))
def test_every_message_is_received_once_or_counted_once(short, seed):
    chance = random.Random(seed)
    beta, reader = short.lines("beta-key"), Reader(short, chance)
    total = 0
    while total < 4000:
        n = chance.choice([1, 10, 60, 400])
        flood(beta, n, chance.choice([10, 200, 1500]), total)
        total += n
        reader.read(chance.choice([0, 1, 30, 200]))
        if chance.random() < 0.4:
            reader.go_and_return()
    flood(beta, 1, 10, total)
    while reader.number < total:
        reader.hear(reader.client.receive())
    assert reader.returns > 5
    assert metric(short, "gatehouse_tape_lost_total") > 0
