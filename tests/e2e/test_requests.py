# SPDX-License-Identifier: MIT
"""What other MUDs ask is answered by the MUD itself when it wants to, else from presence; what
becomes of a tell; presence by what has changed; and what the daemon says is wrong."""
import pytest
from clients import FakeRouter, Mud, RpcError
from conftest import configured, routed, until

BOB = {"name": "Bob", "title": "the Builder", "idle": 7, "level": 12}


@pytest.fixture
def mud(house):
    foreign = Mud(house.mudmode, "OtherMUD", "*test")
    yield foreign
    foreign.close()


@pytest.fixture
def beta(house, connect):
    """A session of Beta over the transport under test that answers everything."""
    client = connect("beta-key")
    on = client.call("answer_requests", who=True, finger=True, locate=True, channel_who=True,
                     channel_user=True)
    assert on["requests"] == ["who", "finger", "locate", "channel_who", "channel_user"]
    client.call("presence_sync", users=[BOB])
    return client


# --- requests of a foreign MUD ---

def test_a_who_is_answered_by_the_mud(beta, mud):
    mud.to("who-req", "BetaMUD", 0, me="Zed Q")
    asked = beta.event("who_request", from_mud="OtherMUD", from_user="Zed Q")
    beta.call("who_answer", request_id=asked["request_id"], users=[
        {"name": "Ann", "idle": 3, "level": 9, "title": "of Rome"}, {"name": "Cid", "extra": "x"}])
    reply = mud.packet("who-reply")
    assert reply[2:6] == ["BetaMUD", 0, "OtherMUD", "Zed Q"]
    assert reply[6] == [["Ann", 3, "Level 9 - of Rome"], ["Cid", 0, "x"]]


def test_a_finger_is_answered_by_the_mud(beta, mud):
    mud.to("finger-req", "BetaMUD", 0, "ann", me="zed")
    asked = beta.event("finger_request", user="ann")
    beta.call("finger_answer", request_id=asked["request_id"], found=True, user_info={
        "name": "Ann", "title": "of Rome", "email": "ann@example.org", "level": 9,
        "idle_time": -1, "extra": "No plan.\n"})
    assert mud.packet("finger-reply")[4:] == [
        "OtherMUD", "zed", "Ann", "of Rome", 0, "ann@example.org", 0, -1, 0, "9", "No plan.\n"]


def test_a_finger_of_nobody_is_unk_user(beta, mud):
    mud.to("finger-req", "BetaMUD", 0, "bob", me="zed")  # presence knows him, the MUD hides him
    asked = beta.event("finger_request")
    beta.call("finger_answer", request_id=asked["request_id"], found=False)
    assert mud.packet("error")[6] == "unk-user"


def test_a_locate_is_answered_by_the_mud_or_not_at_all(beta, mud):
    mud.send("locate-req", 5, "OtherMUD", "zed", 0, 0, "bob")
    asked = beta.event("locate_request", user="bob")
    beta.call("locate_answer", request_id=asked["request_id"], found=False)
    mud.send("locate-req", 5, "OtherMUD", "zed", 0, 0, "ann")
    asked = beta.event("locate_request", user="ann")
    beta.call("locate_answer", request_id=asked["request_id"], found=True, name="Ann", idle=4,
              status="hidden")
    assert mud.packet("locate-reply")[6:] == ["BetaMUD", "Ann", 4, "hidden"]


def test_who_listens_to_a_channel_is_answered_by_the_mud(beta, mud):
    mud.to("chan-who-req", "BetaMUD", 0, "chat", me="zed")
    asked = beta.event("channel_who_request", channel="chat")
    beta.call("channel_who_answer", request_id=asked["request_id"], users=["Ann", "Cid"])
    assert mud.packet("chan-who-reply")[6:] == ["chat", ["Ann", "Cid"]]


def test_who_is_behind_a_name_is_answered_by_the_mud(beta, mud):
    mud.to("chan-user-req", "BetaMUD", 0, "ann")
    asked = beta.event("channel_user_request", user="ann")
    beta.call("channel_user_answer", request_id=asked["request_id"], found=True, visname="Ann",
              gender=1)
    assert mud.packet("chan-user-reply")[6:] == ["ann", "Ann", 1]


def test_without_an_answer_presence_answers_after_five_seconds(beta, mud):
    mud.to("who-req", "BetaMUD", 0, me="zed")
    asked = beta.event("who_request")
    assert [user[0] for user in mud.packet("who-reply")[6]] == ["Bob"]
    with pytest.raises(RpcError) as late:
        beta.call("who_answer", request_id=asked["request_id"], users=[])
    assert late.value.data["code"] == "unknown_request"


def test_a_session_that_goes_away_leaves_the_answer_to_presence_at_once(beta, mud):
    mud.to("who-req", "BetaMUD", 0, me="zed")
    beta.event("who_request")
    beta.close()
    assert [user[0] for user in mud.packet("who-reply", wait=3)[6]] == ["Bob"]


def test_the_first_answer_wins_and_others_hear_nothing(house, beta, mud):
    second, silent = house.lines("beta-key"), house.lines("beta-key")
    second.call("answer_requests", who=True)
    mud.to("who-req", "BetaMUD", 0, me="zed")
    asked = beta.event("who_request")
    assert second.event("who_request")["request_id"] == asked["request_id"]
    second.call("who_answer", request_id=asked["request_id"], users=[{"name": "Second"}])
    with pytest.raises(RpcError):
        beta.call("who_answer", request_id=asked["request_id"], users=[{"name": "First"}])
    assert mud.packet("who-reply")[6][0][0] == "Second"
    assert not silent.events_so_far("who_request")


# --- two identities of one daemon ---

def test_one_identity_asks_and_the_other_answers_within_the_call(house, beta):
    alpha = house.lines("alpha-key")
    alpha.post({"jsonrpc": "2.0", "id": "who", "method": "who",
                "params": {"target_mud": "BetaMUD", "wait": 20}})
    asked = beta.event("who_request", from_mud="AlphaMUD")
    beta.call("who_answer", request_id=asked["request_id"], users=[{"name": "Ann", "level": 2}])
    result = alpha.answer(20)["result"]
    assert [(user["name"], user["level"]) for user in result["users"]] == [("Ann", 2)]


def test_each_identity_answers_for_itself(house, mud):
    alpha, beta = house.lines("alpha-key"), house.lines("beta-key")
    alpha.call("presence_sync", users=[{"name": "Ann"}])
    beta.call("presence_sync", users=[BOB])
    for client in (alpha, beta):
        client.call("channel_join", channel="chat")
    for name, player in (("AlphaMUD", "Ann"), ("BetaMUD", "Bob")):
        mud.to("who-req", name, 0, me="zed")
        assert mud.packet("who-reply", where=lambda p, n=name: p[2] == n)[6][0][0] == player
        mud.to("finger-req", name, 0, player, me="zed")
        assert mud.packet("finger-reply", where=lambda p, n=name: p[2] == n)[6] == player
        mud.send("locate-req", 5, "OtherMUD", "zed", 0, 0, player)
        assert mud.packet("locate-reply")[6:8] == [name, player]
        mud.to("chan-who-req", name, 0, "chat", me="zed")
        assert mud.packet("chan-who-reply", where=lambda p, n=name: p[2] == n)[7] == [player]


def test_channel_who_asks_every_identity(house, beta):
    alpha = house.lines("alpha-key")
    alpha.call("channel_join", channel="chat")
    alpha.call("presence_sync", users=[{"name": "Ann"}])
    alpha.post({"jsonrpc": "2.0", "id": 1, "method": "channel_who",
                "params": {"channel": "chat", "target_mud": "BetaMUD", "wait": 20}})
    asked = beta.event("channel_who_request", channel="chat")
    beta.call("channel_who_answer", request_id=asked["request_id"], users=["Cid"])
    assert alpha.answer(20)["result"]["members"] == [{"mud": "BetaMUD", "users": ["Cid"]}]
    own = alpha.call("channel_who", channel="chat", target_mud="AlphaMUD", wait=5)
    assert own["members"] == [{"mud": "AlphaMUD", "users": ["Ann"]}]


# --- a channel of ours that is filtered ---

def filtered(link, *line):
    link.send("chan-filter-req", 5, "*fake", 0, "AlphaMUD", 0, "mod", list(line))


def test_a_line_of_a_filtered_channel_goes_back_to_the_router_as_the_mud_says(gatehouse, router):
    house = gatehouse(routed(router))
    link = router.login()
    house.ready_now()
    alpha = house.ws("alpha-key")
    filtered(link, "channel-m", 5, "OtherMUD", "zed", 0, 0, "mod", "Zed", "nobody is there")
    house.wait_log("channel_filtered.*nobody answered")
    alpha.call("answer_requests", channel_filter=True)
    filtered(link, "channel-m", 5, "OtherMUD", "zed", 0, 0, "mod", "Zed", "rude")
    asked = alpha.event("channel_filter", type="message", message="rude", visname="Zed")
    alpha.call("channel_filter_answer", request_id=asked["request_id"], allow=False)
    filtered(link, "channel-e", 5, "OtherMUD", "zed", 0, 0, "mod", "Zed", "$N spits.")
    asked = alpha.event("channel_filter", type="emote", message="spits.")
    alpha.call("channel_filter_answer", request_id=asked["request_id"], allow=True,
               message="smiles.", visname="Zeddy")
    assert link.packet("chan-filter-reply")[2:] == [
        "AlphaMUD", 0, "*fake", 0, "mod",
        ["channel-e", 5, "OtherMUD", "zed", 0, 0, "mod", "Zeddy", "$N smiles."]]
    assert not link.kept or all(p[0] != "chan-filter-reply" for p in link.kept)
    assert b"gatehouse_i3_filtered_total 2" in house.get("/metrics").body


# --- what becomes of a tell ---

def test_a_tell_to_nobody_fails_with_its_message_id(house, connect):
    alpha = connect("alpha-key")
    house.lines("beta-key").call("presence_sync", users=[BOB])
    sent = alpha.call("tell", target_mud="BetaMUD", target_user="Eve", message="hi",
                      from_user="Ann")
    assert sent["status"] == "sent"
    failed = alpha.event("tell_failed", message_id=sent["message_id"])
    assert (failed["code"], failed["to_mud"], failed["to_user"]) == ("unk-user", "BetaMUD", "eve")
    assert failed["from_user"] == "Ann" and failed["text"]
    assert alpha.event("error_occurred")["error_code"] == "unk-user"


@pytest.mark.parametrize("method, text", [("tell", "message"), ("emoteto", "emote")])
def test_a_call_may_wait_for_the_refusal(house, mud, method, text):
    alpha = house.lines("alpha-key")
    alpha.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": {
        "target_mud": "OtherMUD", "target_user": "eve", text: "hi", "from_user": "ann",
        "wait": 20}})
    packet = mud.packet(method)
    mud.to("error", "AlphaMUD", "ann", "unk-user", "nobody of that name", packet)
    result = alpha.answer()["result"]
    assert (result["status"], result["error_code"]) == ("refused", "unk-user")
    assert result["error_message"] == "nobody of that name"
    assert result["message_id"].startswith(f"{method}_OtherMUD_")


def test_an_unknown_mud_refuses_at_once(house):
    result = house.lines("alpha-key").call(
        "tell", target_mud="NoSuchMUD", target_user="x", message="hi", wait=20)
    assert (result["status"], result["error_code"]) == ("refused", "unk-dst")


def test_silence_is_delivered_with_a_question_mark(house, mud):
    result = house.lines("alpha-key").call(
        "tell", target_mud="OtherMUD", target_user="zed", message="hi", wait=1)
    assert result["status"] == "delivered?"


def test_message_ids_are_never_the_same(house):
    alpha = house.lines("alpha-key")
    ids = [alpha.call("tell", target_mud="BetaMUD", target_user="bob", message="x")["message_id"]
           for _ in range(20)]
    assert len(set(ids)) == 20


def test_tells_that_were_still_waiting_when_the_link_broke_have_failed(gatehouse, router):
    house = gatehouse(routed(router))
    link = router.login(muds=["OtherMUD"])
    house.ready_now()
    alpha = house.lines("alpha-key")
    ids = [alpha.call("tell", target_mud="OtherMUD", target_user="zed", message=str(n),
                      from_user="ann")["message_id"] for n in range(30)]
    link.close()
    alpha.event("error_occurred", error_code="not-sent")
    failed = [e["message_id"] for e in alpha.events_so_far("tell_failed")]
    assert failed and failed == ids[-len(failed):]
    assert len(failed) < len(ids), "eight a second have left"


# --- presence ---

def test_presence_follows_deltas_in_the_order_given(connect, mud):
    beta = connect("beta-key")
    beta.call("presence_sync", users=[{"name": n} for n in ("Cid", "Ann", "Bob")], lease=60)
    result = beta.call("presence_sync", delta=True, gone=["CID"],
                       users=[{"name": "Dan"}, {"name": "Ann", "title": "anew"}])
    assert (result["count"], result["lease"]) == (3, 60)
    mud.to("who-req", "BetaMUD", 0, me="zed")
    assert mud.packet("who-reply")[6] == [
        ["Ann", 0, "Level 0 - anew"], ["Bob", 0, "Level 0 - "], ["Dan", 0, "Level 0 - "]]
    mud.to("finger-req", "BetaMUD", 0, "cid", me="zed")
    assert mud.packet("error")[6] == "unk-user"


def test_a_delta_without_a_snapshot_asks_for_one(house):
    with pytest.raises(RpcError) as caught:
        house.lines("alpha-key").call("presence_sync", delta=True, users=[BOB])
    assert caught.value.data["code"] == "no_snapshot"


def test_a_crowd_of_twenty_thousand_is_taken_and_one_more_is_not(house, mud):
    beta = house.lines("beta-key")
    crowd = [{"name": f"user{n}"} for n in range(20000)]
    assert beta.call("presence_sync", users=crowd)["count"] == 20000
    with pytest.raises(RpcError) as caught:
        beta.call("presence_sync", delta=True, users=[{"name": "late"}])
    assert "exceeds 20000 users" in caught.value.message
    with pytest.raises(RpcError) as caught:
        beta.call("presence_sync", users=crowd + [{"name": "late"}])
    assert "exceeds 20000 users" in caught.value.message
    assert beta.call("presence_sync", delta=True, users=[])["count"] == 20000
    mud.to("who-req", "BetaMUD", 0, me="zed")
    names = [user[0] for user in mud.packet("who-reply")[6]]
    assert names == [f"user{n}" for n in range(len(names))] and len(names) > 100
    mud.to("finger-req", "BetaMUD", 0, "USER19999", me="zed")
    assert mud.packet("finger-reply")[6] == "user19999"


# --- what is wrong, in words ---

def test_the_status_says_what_is_wrong_and_when_it_is_tried_again(gatehouse):
    router = FakeRouter()
    house = gatehouse(routed(router, {"router": {"connection": {"reconnect_delay": 300}}}))
    alpha = house.lines("alpha-key")

    def trouble():
        return alpha.call("status").get("trouble", "")

    link = router.accept()
    link.packet("startup-req-3")
    assert trouble().startswith(f"connected to *fake at 127.0.0.1 port {router.port}, which has ")
    link.send("error", 5, "*fake", 0, "AlphaMUD", 0, "not-allowed", "your name is taken", 0)
    until(lambda: "your name is taken" in trouble())
    words = trouble()
    assert words.startswith("the router refused the login: your name is taken (not-allowed); ")
    assert "trying *fake in " in words
    health = house.get("/health/ready")
    assert health.status == 503 and b"your name is taken" in health.body
    router.close()


def test_a_router_in_this_process_leaves_nothing_to_complain_of(gatehouse):
    house = gatehouse(configured())
    house.ready_now()
    assert "trouble" not in house.lines("alpha-key").call("status")
