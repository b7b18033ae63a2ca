# SPDX-License-Identifier: MIT
"""JSON-RPC over both transports: envelope, authentication, permissions, rates, every method."""
import json
import time

import pytest
from clients import RpcError
from conftest import configured

METHODS = [
    "auth_request", "authenticate", "beep", "channel_admin", "channel_admin_list",
    "channel_create", "channel_emote", "channel_history", "channel_join", "channel_leave",
    "channel_list", "channel_remove", "channel_send", "channel_target", "channel_user",
    "channel_who", "emoteto", "finger", "heartbeat", "locate", "mud_ping", "mudlist", "ping",
    "presence_sync", "reconnect", "stats", "status", "tell", "user_update", "who"]


def refused(client, method, **params):
    with pytest.raises(RpcError) as caught:
        client.call(method, **params)
    return caught.value


# --- authentication ---

def test_authenticate_answers_with_identity_and_session_id(connect):
    session = connect("alpha-key").session
    assert session["status"] == "authenticated"
    assert session["mud_name"] == "AlphaMUD"
    assert session["session_id"]


def test_two_sessions_of_one_key_have_their_own_ids(connect):
    assert connect("alpha-key").session["session_id"] != connect("alpha-key").session["session_id"]


def test_authenticating_again_succeeds_and_keeps_the_session(connect):
    client = connect("alpha-key")
    again = client.call("authenticate", api_key="whatever")
    assert again["status"] == "success"
    assert again["mud_name"] == "AlphaMUD"
    assert again["session_id"] == client.session["session_id"]


def test_authenticate_ignores_a_mud_name_in_its_params(connect):
    assert connect().login("alpha-key", mud_name="BetaMUD")["mud_name"] == "AlphaMUD"


def test_a_wrong_key_is_refused_with_the_id_and_may_be_corrected(connect):
    client = connect()
    error = refused(client, "authenticate", api_key="wrong")
    assert (error.code, error.message) == (-32000, "Invalid API key")
    assert client.login("alpha-key")["status"] == "authenticated"


@pytest.mark.parametrize("params", [{}, {"api_key": ""}])
def test_a_missing_key_is_a_parameter_error(connect, params):
    error = refused(connect(), "authenticate", **params)
    assert (error.code, error.message) == (-32602, "Missing api_key parameter")


@pytest.mark.parametrize("method", [m for m in METHODS if m != "authenticate"] + ["nonsense"])
def test_nothing_is_done_before_authentication(house, method):
    error = refused(house.lines(), method)
    assert error.code == -32000
    assert error.message == "Not authenticated. Please authenticate first."


def test_nothing_is_done_before_authentication_over_websocket_either(house):
    assert refused(house.ws(), "ping").code == -32000


# --- envelope ---

IDS = [0, 1, -1, 2**53 + 1, 9223372036854775807, -9223372036854775808, "", "a", "0",
       "MUD-1-0a1b2c3d", "ü€😀", 'quote" back\\ slash/ \n\t\u0001', "\u2028"]


@pytest.mark.parametrize("number", IDS, ids=repr)
def test_ids_come_back_exactly_in_results_and_errors(connect, number):
    client = connect("alpha-key")
    good = client.ask({"jsonrpc": "2.0", "id": number, "method": "ping"})
    bad = client.ask({"jsonrpc": "2.0", "id": number, "method": "nonsense"})
    assert good["id"] == number and type(good["id"]) is type(number)
    assert bad["id"] == number and type(bad["id"]) is type(number)


def test_a_null_id_is_a_request_answered_with_null(connect):
    reply = connect("alpha-key").ask('{"jsonrpc":"2.0","id":null,"method":"ping"}')
    assert reply["id"] is None
    assert reply["result"]["pong"] is True


def test_params_may_be_absent_or_null(connect):
    client = connect("alpha-key")
    assert client.ask('{"jsonrpc":"2.0","id":1,"method":"ping"}')["result"]["pong"] is True
    assert client.ask('{"jsonrpc":"2.0","id":1,"method":"ping","params":null}')["result"]["pong"]


def test_members_in_any_order_and_with_escapes_mean_the_same(connect):
    reply = connect("alpha-key").ask(
        ' { "params" : { } , "\\u006dethod":"p\\u0069ng", "id":7,"jsonrpc":"2.0" } ')
    assert reply["id"] == 7 and reply["result"]["pong"] is True


def test_a_notification_is_done_and_not_answered(house, connect):
    client, beta = connect("alpha-key"), house.lines("beta-key")
    client.post({"jsonrpc": "2.0", "method": "tell", "params": {
        "target_mud": "BetaMUD", "target_user": "bob", "message": "quiet"}})
    client.post({"jsonrpc": "2.0", "method": "nonsense"})
    client.post({"jsonrpc": "2.0", "method": "tell", "params": {}})
    assert client.call("ping")["pong"] is True  # and that is the first answer
    assert beta.event("tell_received")["message"] == "quiet"


@pytest.mark.parametrize("text", [
    "{", "nonsense", "[1,", '{"jsonrpc":"2.0","id":1,"method":"ping"}}', "{} {}", '"\\ud800"',
    "{'a':1}", "01", '{"a":1,}', "NaN", '"\t"'])
def test_what_is_not_json_is_a_parse_error_with_id_null(connect, text):
    client = connect("alpha-key")
    reply = client.ask(text)
    assert reply["error"]["code"] == -32700
    assert "id" in reply and reply["id"] is None
    assert client.call("ping")["pong"] is True


@pytest.mark.parametrize("text, number", [
    ("1", None), ('"ping"', None), ("null", None), ("{}", None), ("[]", None),
    ('{"jsonrpc":"1.0","id":4,"method":"ping"}', 4),
    ('{"jsonrpc":2.0,"id":4,"method":"ping"}', 4),
    ('{"id":4,"method":"ping"}', 4),
    ('{"jsonrpc":"2.0","id":4}', 4),
    ('{"jsonrpc":"2.0","id":4,"method":5}', 4),
    ('{"jsonrpc":"2.0","id":4,"method":""}', 4),
    ('{"jsonrpc":"2.0","id":4,"method":"ping","params":"x"}', 4),
    ('{"jsonrpc":"2.0","id":{},"method":"ping"}', None),
    ('{"jsonrpc":"2.0","id":[1],"method":"ping"}', None),
])
def test_what_is_not_a_request_is_invalid_with_its_id_when_it_has_one(connect, text, number):
    client = connect("alpha-key")
    reply = client.ask(text)
    assert reply["error"]["code"] in (-32600, -32602)
    assert reply["id"] == number
    assert client.call("ping")["pong"] is True


def test_an_unknown_method_is_named(connect):
    error = refused(connect("alpha-key"), "nonsense")
    assert (error.code, error.message) == (-32601, "Unknown method: nonsense")


def test_a_batch_is_answered_in_one_array_without_its_notifications(connect):
    client = connect("alpha-key")
    replies = client.ask([
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "method": "ping"},
        {"jsonrpc": "2.0", "id": "b", "method": "nonsense"},
        7,
        {"jsonrpc": "2.0", "id": 3, "method": "heartbeat"},
    ])
    by_id = {reply["id"]: reply for reply in replies}
    assert set(by_id) == {1, "b", None, 3}
    assert by_id[1]["result"]["pong"] is True
    assert by_id["b"]["error"]["code"] == -32601
    assert by_id[None]["error"]["code"] == -32600
    assert by_id[3]["result"]["status"] == "ok"


def test_a_batch_of_notifications_is_not_answered(connect):
    client = connect("alpha-key")
    client.post([{"jsonrpc": "2.0", "method": "ping"}] * 3)
    assert client.call("ping")["pong"] is True


def test_a_first_batch_may_authenticate_and_go_on(connect):
    replies = connect().ask([
        {"jsonrpc": "2.0", "id": 1, "method": "authenticate", "params": {"api_key": "alpha-key"}},
        {"jsonrpc": "2.0", "id": 2, "method": "ping"}])
    assert {r["id"] for r in replies} == {1, 2}
    assert all("result" in r for r in replies), replies


def test_answers_come_in_the_order_of_the_requests(connect):
    client = connect("alpha-key")
    for number in range(200):
        client.post({"jsonrpc": "2.0", "id": number, "method": "ping"})
    assert [client.answer()["id"] for _ in range(200)] == list(range(200))


def test_requests_of_many_clients_do_not_mix(connect):
    clients = [connect("alpha-key") for _ in range(20)]
    for index, client in enumerate(clients):
        client.post({"jsonrpc": "2.0", "id": f"c{index}", "method": "ping"})
    assert [client.answer()["id"] for client in clients] == [f"c{n}" for n in range(20)]


# --- permissions and rates ---

@pytest.mark.parametrize("method, params", [
    ("tell", {"target_mud": "BetaMUD", "target_user": "bob", "message": "x"}),
    ("emoteto", {"target_mud": "BetaMUD", "target_user": "bob", "emote": "x"}),
    ("beep", {"target_mud": "BetaMUD", "target_user": "bob"}),
    ("channel_send", {"channel": "chat", "message": "x"}),
    ("channel_emote", {"channel": "chat", "emote": "x"}),
    ("channel_join", {"channel": "chat"}),
    ("reconnect", {}),
])
def test_a_key_without_the_permission_is_refused(connect, method, params):
    error = refused(connect("info-key"), method, **params)
    assert error.code == -32002
    assert error.data["temporary"] is False


@pytest.mark.parametrize("method, params", [
    ("presence_sync", {"users": []}), ("ping", {}), ("status", {}), ("stats", {}),
    ("mudlist", {}), ("channel_list", {}), ("heartbeat", {}), ("channel_join", {"channel": "chat"}),
    ("tell", {"target_mud": "BetaMUD", "target_user": "bob", "message": "x"}),
    ("who", {"target_mud": "BetaMUD"}),
])
def test_a_key_with_the_three_usual_permissions_keeps_what_it_always_had(connect, method, params):
    assert connect("classic-key").call(method, **params)


def test_reconnect_needs_more_than_the_usual_permissions(connect):
    assert refused(connect("classic-key"), "reconnect").code == -32002


def test_the_call_over_the_burst_is_refused_and_told_when_to_retry(connect):
    client = connect("slow-key")  # 1 per minute, burst 20
    codes = []
    for number in range(30):
        reply = client.ask({"jsonrpc": "2.0", "id": number, "method": "ping"})
        assert reply["id"] == number
        codes.append(reply.get("error", {}).get("code"))
    first = codes.index(-32001)
    assert 18 <= first <= 20  # authenticate may have taken one
    assert set(codes[first:]) == {-32001}
    error = refused(client, "ping")
    assert error.message == "Rate limit exceeded"
    assert 0 < error.data["retry_after_ms"] <= 60_000
    assert error.data["temporary"] is True


def test_by_method_rates_are_not_enforced_unless_asked_for(gatehouse):
    house = gatehouse(configured({"api": {"rate_limits": {"by_method": {"mudlist": 1}}}}))
    client = house.lines("alpha-key")
    for _ in range(10):
        client.call("mudlist")


def test_by_method_rates_are_enforced_when_asked_for(gatehouse):
    house = gatehouse(configured({"api": {"rate_limits": {
        "by_method": {"mudlist": 1}, "enforce_by_method": True}}}))
    client = house.lines("alpha-key")
    with pytest.raises(RpcError) as caught:
        for _ in range(30):
            client.call("mudlist")
    assert caught.value.code == -32001
    assert client.call("ping")["pong"] is True


# --- parameters ---

REQUIRED = [
    ("tell", ["target_mud", "target_user", "message"]),
    ("emoteto", ["target_mud", "target_user"]),
    ("beep", ["target_mud", "target_user"]),
    ("channel_send", ["channel", "message"]),
    ("channel_emote", ["channel"]),
    ("channel_join", ["channel"]),
    ("channel_leave", ["channel"]),
    ("channel_who", ["channel"]),
    ("channel_history", ["channel"]),
    ("who", ["target_mud"]),
    ("finger", ["target_mud", "target_user"]),
    ("locate", ["target_user"]),
]
VALUES = {"target_mud": "BetaMUD", "target_user": "bob", "message": "x", "emote": "x",
          "channel": "chat"}


@pytest.mark.parametrize("method, missing, empty", [
    (m, p, e) for m, ps in REQUIRED for p in ps for e in (True, False)])
def test_a_required_parameter_that_is_missing_or_empty_is_named(house, method, missing, empty):
    params = {**VALUES, missing: ""} if empty else {k: v for k, v in VALUES.items() if k != missing}
    error = refused(house.ws("alpha-key"), method, **params)
    assert error.code == -32602
    assert missing in error.message


@pytest.mark.parametrize("method, params", [
    ("emoteto", {"target_mud": "BetaMUD", "target_user": "bob"}),
    ("channel_emote", {"channel": "chat"})])
def test_an_emote_without_text_is_refused(connect, method, params):
    assert refused(connect("alpha-key"), method, **params).code == -32602


@pytest.mark.parametrize("method, params", [
    ("tell", {"target_mud": 7, "target_user": "bob", "message": "x"}),
    ("tell", {"target_mud": "BetaMUD", "target_user": {}, "message": "x"}),
    ("channel_send", {"channel": ["chat"], "message": "x"}),
    ("channel_history", {"channel": "chat", "limit": "many"}),
    ("presence_sync", {"users": {}}),
])
def test_a_parameter_of_the_wrong_type_is_refused(connect, method, params):
    assert refused(connect("alpha-key"), method, **params).code == -32602


@pytest.mark.parametrize("extra", [{"user_name": "x"}, {"mud_name": "y"}, {"reply_to": "z"}])
def test_members_older_clients_send_are_ignored(connect, extra):
    result = connect("alpha-key").call(
        "tell", target_mud="BetaMUD", target_user="bob", message="x", **extra)
    assert result["status"] == "sent"


def test_a_channel_line_over_the_limit_is_refused(connect):
    client = connect("alpha-key")
    assert refused(client, "channel_send", channel="chat", message="x" * 2049).code == -32602
    assert client.call("channel_send", channel="chat", message="x" * 2048)["status"] == "sent"


# --- results ---

def test_ping_and_heartbeat(connect):
    client = connect("alpha-key")
    ping, beat = client.call("ping"), client.call("heartbeat")
    assert ping["pong"] is True and "T" in ping["timestamp"]
    assert beat["status"] == "ok" and "T" in beat["timestamp"]


def test_tell_and_emoteto_answer_sent_with_a_message_id(connect):
    client = connect("alpha-key")
    tell = client.call("tell", target_mud="BetaMUD", target_user="bob", message="hi")
    emote = client.call("emoteto", target_mud="BetaMUD", target_user="bob", emote="waves")
    assert tell["status"] == emote["status"] == "sent"
    assert tell["message_id"].startswith("tell_BetaMUD_")
    assert emote["message_id"].startswith("emoteto_BetaMUD_")


def test_channel_calls_answer_as_clients_expect(connect):
    client = connect("alpha-key")
    joined = client.call("channel_join", channel="chat")
    assert (joined["status"], joined["channel"]) == ("joined", "chat")
    assert client.call("channel_join", channel="chat")["status"] == "joined"
    sent = client.call("channel_send", channel="chat", message="hi")
    assert sent["status"] == "sent" and sent["message_id"].startswith("channel_chat_")
    emote = client.call("channel_emote", channel="chat", emote="waves")
    assert emote["status"] == "sent" and emote["message_id"].startswith("channel_emote_chat_")
    left = client.call("channel_leave", channel="chat")
    assert (left["status"], left["channel"]) == ("left", "chat")
    assert client.call("channel_leave", channel="chat")["status"] == "left"


def test_channel_list_has_objects_and_this_sessions_subscriptions(connect):
    client = connect("alpha-key")
    client.call("channel_join", channel="chat")
    listed = client.call("channel_list")
    assert listed["status"] == "success"
    assert listed["count"] == len(listed["channels"])
    assert listed["subscribed_channels"] == ["chat"]
    channels = {c["name"]: c for c in listed["channels"]}
    assert {"intermud", "chat", "dev"} <= set(channels)
    assert {"name", "owner", "type", "member_count"} <= set(channels["chat"])
    assert channels["chat"]["type"] == 0


@pytest.mark.parametrize("filter_, some", [
    ({"type": 0}, True), ({"type": 1}, False), ({"owner": "nobody"}, False)])
def test_channel_list_can_be_filtered(connect, filter_, some):
    assert bool(connect("alpha-key").call("channel_list", filter=filter_)["channels"]) is some


def test_mudlist_entries_have_old_and_new_names_of_members(connect):
    client = connect("alpha-key")
    listed = client.call("mudlist", refresh=True)
    assert listed["status"] == "success"
    assert listed["count"] == len(listed["muds"])
    beta = {m["name"]: m for m in listed["muds"]}["BetaMUD"]
    assert {"name", "host", "port", "tcp_port", "udp_port", "driver", "mudlib", "mud_type",
            "status", "services", "open_status", "admin_email", "address", "lib",
            "online"} <= set(beta)
    assert beta["port"] == 4001
    assert beta["status"] == "up" and beta["online"] is True
    assert beta["address"] == beta["host"] and beta["lib"] == beta["mudlib"]
    assert beta["services"]["tell"]


@pytest.mark.parametrize("filter_, names", [
    ({"status": "up"}, {"AlphaMUD", "BetaMUD"}), ({"status": "down"}, set()),
    ({"driver": "FluffOS"}, {"AlphaMUD", "BetaMUD"}), ({"driver": "x"}, set()),
    ({"has_service": "who"}, {"AlphaMUD", "BetaMUD"}), ({"has_service": "smtp"}, set())])
def test_mudlist_can_be_filtered(connect, filter_, names):
    assert {m["name"] for m in connect("alpha-key").call("mudlist", filter=filter_)["muds"]} == names


def test_status_says_router_and_services_as_an_array(connect):
    client = connect("alpha-key")
    status = client.call("status")
    assert status["connected"] is True
    assert status["mud_name"] == "AlphaMUD"
    assert status["session_id"] == client.session["session_id"]
    assert isinstance(status["uptime"], (int, float)) and status["uptime"] >= 0
    assert status["router"] == "*test"
    assert set(status["services"]) >= {"tell", "beep", "channel", "who", "finger", "locate"}


def test_stats_count_for_real(connect):
    client = connect("alpha-key")
    before = client.call("stats")
    client.call("tell", target_mud="BetaMUD", target_user="bob", message="hi")
    after = client.call("stats")
    assert {"mud_count", "online_muds", "channel_count", "session_count", "mudlist_id",
            "chanlist_id", "gateway_connected", "packets_sent", "packets_received", "connections",
            "errors"} <= set(after)
    assert after["mud_count"] == after["online_muds"] == 2
    assert after["channel_count"] == 3
    assert after["gateway_connected"] is True
    assert after["packets_sent"] > before["packets_sent"]
    assert after["packets_received"] > 0
    assert after["connections"] >= 1


def test_channel_history_has_what_was_said_newest_last(connect):
    client = connect("alpha-key")
    client.call("channel_join", channel="chat")
    for text in ("one", "two", "three"):
        client.call("channel_send", channel="chat", message=text, from_user="Ann")
        client.event("channel_message", message=text)
    history = client.call("channel_history", channel="chat")
    assert history["status"] == "success"
    assert history["count"] == 3
    assert [m["message"] for m in history["messages"]] == ["one", "two", "three"]
    entry = history["messages"][0]
    assert {"channel", "from_mud", "from_user", "visname", "message", "timestamp",
            "type"} <= set(entry)
    assert (entry["channel"], entry["from_mud"]) == ("chat", "AlphaMUD")
    limited = client.call("channel_history", channel="chat", limit=2)
    assert [m["message"] for m in limited["messages"]] == ["two", "three"]


def test_reconnect_answers_at_once_and_the_link_comes_back(house, connect):
    client = connect("alpha-key")
    assert client.call("reconnect")["status"] == "reconnecting"
    client.event("gateway_reconnected", status="connected")
    assert house.ready_now()
    assert client.call("tell", target_mud="BetaMUD", target_user="bob", message="x")


def test_rpc_discover_describes_every_method(connect):
    document = connect("alpha-key").call("rpc.discover")
    assert document["openrpc"].startswith("1.")
    names = {m["name"] for m in document["methods"]}
    assert set(METHODS) <= names
    tell = next(m for m in document["methods"] if m["name"] == "tell")
    assert {p["name"] for p in tell["params"] if p.get("required")} == {
        "target_mud", "target_user", "message"}


# --- presence ---

def user(**fields):
    return {"name": "Bob", **fields}


@pytest.mark.parametrize("users", [
    [], [user()], [user(title="x" * 256, race="x" * 128, level=1000, idle=31536000)],
    [user(login_time=0), {"name": "Ann", "login_time": "2026-01-02T03:04:05Z"}],
    [{"name": "n" * 128}], [user(unknown="dropped")]], ids=str)
def test_presence_sync_accepts(connect, users):
    result = connect("alpha-key").call("presence_sync", users=users)
    assert result["status"] == "synchronized"
    assert result["mud_name"] == "AlphaMUD"
    assert result["count"] == len(users)


@pytest.mark.parametrize("users, words", [
    (None, "Missing or invalid required parameter: users"),
    (["Bob"], "must be an object"),
    ([{}], "requires a name"),
    ([{"name": ""}], "requires a name"),
    ([user(), {"name": "bOB"}], "Presence snapshot contains duplicate user names"),
    ([user(title=7)], "must be a string"),
    ([user(title="x" * 257)], "is too long"),
    ([{"name": "n" * 129}], "is too long"),
    ([user(title=" x")], "is invalid"),
    ([user(title="a\u0007b")], "is invalid"),
    ([user(level="7")], "must be an integer"),
    ([user(level=True)], "must be an integer"),
    ([user(level=1001)], "is out of range"),
    ([user(idle=-1)], "is out of range"),
], ids=lambda v: str(v)[:40])
def test_presence_sync_refuses_with_the_words_clients_know(connect, users, words):
    client = connect("alpha-key")
    error = refused(client, "presence_sync", users=users)
    assert error.code == -32602
    assert words in error.message
    assert client.call("ping")["pong"] is True


# --- text and time ---

def test_json_stays_json_with_text_of_all_planes(house, connect):
    client, beta = connect("alpha-key"), house.lines("beta-key")
    text = 'grün \u0000 \u2028 \U0001f600 "quoted" \\ back'.replace("\u0000", "")
    client.call("tell", target_mud="BetaMUD", target_user="bob", message=text)
    assert beta.event("tell_received")["message"] == text


def test_timestamps_are_utc_and_now(connect):
    stamp = connect("alpha-key").call("ping")["timestamp"]
    at = time.mktime(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
    assert abs(at - time.time()) < 120
    json.dumps(stamp)
