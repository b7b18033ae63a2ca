# SPDX-License-Identifier: MIT
"""Moderation as an operator uses it: a foreign MUD talks, rules are set, and what comes through is
counted at both ends."""
import time

import pytest
from clients import Mud, RpcError
from conftest import configured, until

REFUSED = -32005


@pytest.fixture
def frog(house):
    """A foreign MUD at the embedded router, listening to chat."""
    mud = Mud(house.mudmode, "FrogMUD", "*test")
    mud.listen("chat")
    mud.presence("AlphaMUD")
    yield mud
    mud.close()


@pytest.fixture
def alpha(house):
    client = house.lines("alpha-key")
    client.call("channel_join", channel="chat")
    return client


def add(client, **rule):
    return client.call("moderation_add", **rule)["rule"]


def line(mud, text, user="bob"):
    mud.to("channel-m", 0, 0, "chat", user.title(), text, me=user)


def tell(mud, text, user="bob", to="AlphaMUD"):
    mud.to("tell", to, "ann", user.title(), text, me=user)


def heard(client, mark):
    """The texts of all lines up to the mark, which an honest user says."""
    client.event("channel_message", message=mark)
    lines = [e["params"]["message"] for e in client.events if e["method"] == "channel_message"]
    client.events = [e for e in client.events if e["method"] != "channel_message"]
    return lines


def test_a_mute_keeps_lines_from_sessions_and_history_and_lets_tells_pass(alpha, frog):
    add(alpha, kind="mute", user="BOB", mud="frogmud", reason="flood")
    line(frog, "muted")
    tell(frog, "psst")
    line(frog, "mark", user="carol")
    assert heard(alpha, "mark") == []
    assert alpha.event("tell_received")["message"] == "psst"
    history = alpha.call("channel_history", channel="chat")["messages"]
    assert [m["message"] for m in history] == ["mark"]


def test_a_name_shown_to_people_neither_mutes_nor_helps(alpha, frog):
    add(alpha, kind="mute", user="bob", mud="FrogMUD")
    frog.to("channel-m", 0, 0, "chat", "Carol", "as carol", me="Bob")
    frog.to("channel-m", 0, 0, "chat", "Bob", "as bob", me="carol")
    assert heard(alpha, "as bob") == []


def test_a_removed_rule_lets_its_user_speak_again(alpha, frog):
    rule = add(alpha, kind="mute", user="bob", mud="FrogMUD")
    alpha.call("moderation_remove", id=rule["id"])
    line(frog, "back")
    assert alpha.event("channel_message")["message"] == "back"
    assert alpha.call("moderation_list")["rules"] == []
    with pytest.raises(RpcError) as fault:
        alpha.call("moderation_remove", id=rule["id"])
    assert fault.value.data["code"] == "no_such_rule"


def test_a_ban_refuses_tells_and_requests_with_words(alpha, frog):
    add(alpha, kind="ban", mud="FrogMUD", user="*")
    tell(frog, "psst")
    error = frog.packet("error")
    assert error[6] == "not-allowed"
    assert error[8][0] == "tell"
    frog.to("who-req", "AlphaMUD", 0, me="bob")
    assert frog.packet("error")[8][0] == "who-req"
    frog.to("chan-who-req", "AlphaMUD", 0, "chat", me="bob")
    assert frog.packet("error")[8][0] == "chan-who-req"
    line(frog, "hear me")
    alpha.call("channel_send", channel="chat", message="mark")
    assert heard(alpha, "mark") == []
    assert not alpha.events_so_far("tell_received")


def test_a_ban_of_one_user_leaves_the_others_alone(alpha, frog):
    add(alpha, kind="ban", user="bob", mud="FrogMUD")
    tell(frog, "no", user="bob")
    tell(frog, "yes", user="carol")
    assert alpha.event("tell_received")["message"] == "yes"
    frog.to("who-req", "AlphaMUD", 0, me="carol")
    frog.packet("who-reply")


def test_players_of_our_own_are_told_that_they_are_muted(house, alpha, frog):
    end = int(time.time()) + 3600
    add(alpha, kind="mute", user="ann", mud="AlphaMUD", reason="shouting", until=end)
    with pytest.raises(RpcError) as fault:
        alpha.call("channel_send", channel="chat", message="hello", from_user="Ann")
    assert fault.value.code == REFUSED
    assert fault.value.data["code"] == "muted"
    assert "shouting" in fault.value.message
    assert time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end)) in fault.value.message
    alpha.call("tell", target_mud="FrogMUD", target_user="bob", message="hi", from_user="ann")
    frog.packet("tell")
    add(alpha, kind="ban", user="ann", mud="AlphaMUD")
    with pytest.raises(RpcError):
        alpha.call("tell", target_mud="FrogMUD", target_user="bob", message="hi", from_user="ann")
    alpha.call("channel_send", channel="chat", message="others may", from_user="eve")
    assert frog.packet("channel-m")[8] == "others may"


def test_a_word_is_masked_both_ways_a_star_a_character(alpha, frog):
    add(alpha, kind="word", pattern="füß|dr[aeiou]t+", regex=True)
    line(frog, "oh Dratt, my füß")
    assert alpha.event("channel_message")["message"] == "oh *****, my ***"
    alpha.call("tell", target_mud="FrogMUD", target_user="bob", message="drat")
    assert frog.packet("tell")[7] == "****"


def test_a_word_that_drops_stops_lines_and_answers_those_who_wait(alpha, frog):
    add(alpha, kind="word", pattern="buy", action="drop", reason="no trade")
    line(frog, "BUY gold")
    line(frog, "buying is fine")
    assert heard(alpha, "buying is fine") == []
    tell(frog, "buy gold")
    assert frog.packet("error")[6] == "not-allowed"
    with pytest.raises(RpcError) as fault:
        alpha.call("channel_send", channel="chat", message="I buy, too")
    assert fault.value.data["code"] == "filtered"
    assert "no trade" in fault.value.message


def test_a_scope_keeps_a_rule_from_the_other_muds_of_the_gateway(house, alpha, frog):
    beta = house.lines("beta-key")
    beta.call("channel_join", channel="chat")
    rule = add(alpha, kind="mute", user="bob", mud="FrogMUD")
    assert rule["scope"] == "AlphaMUD"
    line(frog, "for beta")
    assert beta.event("channel_message")["message"] == "for beta"
    add(alpha, kind="mute", user="bob", mud="FrogMUD", scope="*")
    line(frog, "for nobody")
    line(frog, "mark", user="carol")
    assert heard(beta, "mark") == []


def test_rules_and_the_switch_survive_a_restart(house, alpha):
    kept = [add(alpha, kind="ban", user="bob", reason="spam, spam"),
            add(alpha, kind="word", pattern="a|b{2}", regex=True, action="drop", scope="*")]
    gone = add(alpha, kind="mute", mud="FrogMUD")
    alpha.call("moderation_remove", id=gone["id"])
    alpha.call("network_switch", on=False, reason="peace")
    house.restart()
    alpha = house.lines("alpha-key")
    rules = alpha.call("moderation_list")["rules"]
    assert rules[:2] == kept
    assert [r["kind"] for r in rules] == ["ban", "word", "off"]
    assert alpha.call("status")["switched_off"] == "switched off by AlphaMUD: peace"


def test_a_rule_ends_when_its_time_is_over(house, alpha, frog):
    rule = add(alpha, kind="mute", user="bob", mud="FrogMUD", until=int(time.time()) + 2)
    line(frog, "too soon")
    line(frog, "mark", user="carol")
    assert heard(alpha, "mark") == []
    until(lambda: not alpha.call("moderation_list")["rules"])
    assert alpha.event("moderation_changed", change="expired")["rule"]["id"] == rule["id"]
    line(frog, "at last")
    assert alpha.event("channel_message")["message"] == "at last"


def test_off_stops_all_talk_both_ways_while_the_login_stays(house, alpha, frog):
    beta = house.lines("beta-key")
    classic = house.lines("classic-key")
    assert alpha.call("network_switch", on=False, reason="maintenance")["status"] == "off"
    assert classic.event("network_switched")["on"] is False
    for method, params in (
            ("tell", {"target_mud": "FrogMUD", "target_user": "bob", "message": "hi"}),
            ("channel_send", {"channel": "chat", "message": "hi"}),
            ("who", {"target_mud": "FrogMUD"})):
        with pytest.raises(RpcError) as fault:
            alpha.call(method, **params)
        assert fault.value.data["code"] == "network_off"
        assert "maintenance" in fault.value.message
    tell(frog, "psst")
    assert frog.packet("error")[6] == "not-allowed"
    line(frog, "hello?")
    status = alpha.call("status")
    assert status["connected"] is True
    assert "maintenance" in status["switched_off"]
    assert "AlphaMUD" in house.get("/health").json()["switched_off"]
    assert "BetaMUD" not in house.get("/health").json()["switched_off"]
    beta.call("tell", target_mud="FrogMUD", target_user="bob", message="beta talks")
    assert frog.packet("tell")[7] == "beta talks"
    assert alpha.call("network_switch", on=True)["status"] == "on"
    assert alpha.event("network_switched", on=True)["by"] == "AlphaMUD"
    line(frog, "mark")
    assert heard(alpha, "mark") == []
    assert "switched_off" not in house.get("/health").json()


def test_a_mud_is_not_on_while_the_gateway_is_off(house, alpha):
    alpha.call("network_switch", on=False, scope="*", reason="storm")
    assert alpha.call("network_switch", on=True)["status"] == "off"
    beta = house.lines("beta-key")
    assert "storm" in beta.call("status")["switched_off"]
    assert alpha.call("network_switch", on=True, scope="*")["status"] == "on"
    assert "switched_off" not in beta.call("status")


@pytest.mark.parametrize("rule", [
    {"kind": "mute"}, {"kind": "silence", "user": "bob"}, {"kind": "word"},
    {"kind": "word", "pattern": "(", "regex": True}, {"kind": "word", "pattern": "x*", "regex": True},
    {"kind": "word", "pattern": "(((a{99}){99}){99})", "regex": True},
    {"kind": "word", "pattern": "x", "user": "bob"}, {"kind": "ban", "user": "bob", "until": 1},
    {"kind": "mute", "user": "bob", "scope": "NoSuchMUD"}, {"kind": "mute", "user": "b\nob"},
    {"kind": "mute", "user": "bob", "pattern": "x"}])
def test_what_cannot_be_a_rule_is_refused_with_words(alpha, rule):
    with pytest.raises(RpcError) as fault:
        add(alpha, **rule)
    assert fault.value.data["code"] == "bad_rule"
    assert alpha.call("moderation_list")["count"] == 0


@pytest.mark.parametrize("method", [
    "moderation_add", "moderation_remove", "moderation_list", "network_switch"])
def test_only_admins_moderate_and_hear_of_it(house, alpha, method):
    classic = house.lines("classic-key")
    with pytest.raises(RpcError) as fault:
        classic.call(method, kind="mute", user="bob", id=1, on=False)
    assert fault.value.data["code"] == "permission_denied"
    add(alpha, kind="mute", user="bob")
    alpha.event("moderation_changed", change="added")
    assert not classic.events_so_far("moderation_changed")


def test_every_change_is_logged_with_who_and_what(house, alpha):
    rule = add(alpha, kind="ban", user="bob", mud="FrogMUD", reason="spam")
    alpha.call("moderation_remove", id=rule["id"])
    alpha.call("network_switch", on=False, reason="peace")
    house.wait_log(r"moderation_add .*AlphaMUD.*bob.*FrogMUD.*spam")
    house.wait_log(r"moderation_remove .*AlphaMUD.*bob")
    house.wait_log(r"network_switch .*AlphaMUD.*off.*peace")


def test_the_list_comes_in_pages(alpha):
    ids = [add(alpha, kind="mute", user=f"user{n}")["id"] for n in range(5)]
    add(alpha, kind="word", pattern="x")
    page = alpha.call("moderation_list", kind="mute", limit=3)
    assert [r["id"] for r in page["rules"]] == ids[:3]
    page = alpha.call("moderation_list", kind="mute", limit=3, after=page["next"])
    assert [r["id"] for r in page["rules"]] == ids[3:]
    assert "next" not in page


def test_words_of_the_configuration_are_masked_and_follow_a_reload(gatehouse):
    house = gatehouse(configured({"moderation": {"words": ["darn"]}}))
    house.ready_now()
    alpha = house.lines("alpha-key")
    alpha.call("channel_join", channel="chat")
    alpha.call("channel_send", channel="chat", message="Darn it, darning")
    assert alpha.event("channel_message")["message"] == "**** it, darning"
    rule, = alpha.call("moderation_list")["rules"]
    assert rule["by"] == "configuration"
    with pytest.raises(RpcError) as fault:
        alpha.call("moderation_remove", id=rule["id"])
    assert "configuration" in fault.value.message
    house.configure(configured({"moderation": {"words": ["heck"]}}))
    house.hup()
    house.wait_log("reloaded")
    alpha.call("channel_send", channel="chat", message="darn heck")
    assert alpha.event("channel_message")["message"] == "darn ****"
