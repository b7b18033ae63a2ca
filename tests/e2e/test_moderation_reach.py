# SPDX-License-Identifier: MIT
"""Moderation where it is easily got round: packets that are neither lines nor tells, lines that wait
for their channel's owner, and words that come about only when names are put into a text."""
import pytest
from clients import RpcError
from conftest import configured, until
from test_moderation import alpha, frog  # noqa: F401


@pytest.fixture
def house(gatehouse):
    """Also hears what other MUDs say of their users."""
    running = gatehouse(configured({"mud": {"services": {"ucache": True}}}))
    running.ready_now()
    return running


def pong(mud):
    """All that was sent before has been heard: AlphaMUD answers in order."""
    mud.to("ping-req", "AlphaMUD", 0)
    return mud.packet("ping-reply")


def test_nothing_of_other_muds_is_told_while_switched_off(alpha, frog):
    alpha.call("network_switch", on=False, reason="night")
    frog.to("ucache-update", 0, 0, "bob", "Bob the Loud", 0)
    frog.to("error", "AlphaMUD", "ann", "unk-user", "read this", 0)
    frog.to("ucache-update", "AlphaMUD", 0, "bob", "Bob the Loud", 0)
    frog.to("ping-req", "AlphaMUD", 0)
    frog.packet("error", where=lambda p: isinstance(p[8], list) and p[8][0] == "ping-req")
    alpha.call("ping")
    told = {e["method"] for e in alpha.events}
    assert not told & {"user_updated", "error_occurred", "tell_failed"}


def test_a_request_that_waits_when_it_is_switched_off_is_not_answered(alpha, frog):
    alpha.call("answer_requests", who=True)
    frog.to("who-req", "AlphaMUD", 0, me="bob")
    number = alpha.event("who_request")["request_id"]
    alpha.call("network_switch", on=False)
    with pytest.raises(RpcError) as fault:
        alpha.call("who_answer", request_id=number, users=[{"name": "Ann"}])
    assert fault.value.data["code"] == "network_off"
    alpha.call("answer_requests", who=False)  # else presence would answer it now
    alpha.call("network_switch", on=True)
    pong(frog)
    assert [p for p in frog.kept if p[0] == "who-reply"] == []


def test_news_of_a_banned_user_are_not_told(alpha, frog):
    alpha.call("moderation_add", kind="ban", user="bob", mud="FrogMUD")
    frog.to("ucache-update", 0, 0, "Bob", "BUY NOW", 0)
    frog.to("ucache-update", 0, 0, "carol", "Carol", 1)
    alpha.event("user_updated", user="carol")
    assert not [e for e in alpha.events if e["method"] == "user_updated"]


@pytest.fixture
def own(alpha, frog):
    """A filtered channel of AlphaMUD's, to which FrogMUD is admitted and listens."""
    assert alpha.call("channel_create", channel="own", type=2, wait=5)["status"] == "created"
    alpha.call("channel_admin", channel="own", admit=["FrogMUD"], wait=1)
    alpha.call("channel_join", channel="own")
    alpha.call("answer_requests", channel_filter=True)
    frog.listen("own")
    pong(frog)
    return alpha


def say(mud, text, user="bob", kind="channel-m"):
    mud.to(kind, 0, 0, "own", user.title(), text, me=user)


def test_a_filtered_line_of_a_muted_user_does_not_come_to_the_owner(own, frog):
    own.call("moderation_add", kind="mute", user="bob", mud="FrogMUD")
    own.call("moderation_add", kind="word", pattern="darn", action="drop")
    own.call("moderation_add", kind="word", pattern="heck")
    say(frog, "muted")
    say(frog, "darn", user="carol")
    say(frog, "heck yes", user="carol")
    asked = own.event("channel_filter")
    assert (asked["from_user"], asked["message"]) == ("carol", "**** yes")
    own.call("channel_filter_answer", request_id=asked["request_id"], allow=True)
    assert frog.packet("channel-m")[8] == "**** yes"
    assert own.event("channel_message")["message"] == "**** yes"


def test_a_filtered_line_is_not_asked_about_while_switched_off(own, frog):
    say(frog, "one")
    waits = own.event("channel_filter")["request_id"]
    own.call("network_switch", on=False)
    with pytest.raises(RpcError) as fault:
        own.call("channel_filter_answer", request_id=waits, allow=True)
    assert fault.value.data["code"] == "network_off"
    say(frog, "two")
    frog.to("ping-req", "AlphaMUD", 0)
    frog.packet("error")
    own.call("network_switch", on=True)
    say(frog, "three")
    assert own.event("channel_filter")["message"] == "three"


def test_a_name_does_not_complete_a_word(alpha, frog):
    alpha.call("moderation_add", kind="word", pattern="darn", action="mask")
    alpha.call("moderation_add", kind="word", pattern="heck", action="drop")
    aim = ("chat", "AlphaMUD", "ann")
    frog.to("channel-t", 0, 0, *aim, "you da$Orn", "he$Ock", "Bob", "", me="bob")
    frog.to("channel-t", 0, 0, *aim, "you da$Orn", "you da$Orn you", "Bob", "", me="bob")
    line = alpha.event("channel_emote")
    assert line["message"] == "you **** you"
    assert line["message_others"] == "you ****"
    frog.to("channel-e", 0, 0, "chat", "$rn", "$N says da$N", me="bob")
    assert "da$N" not in alpha.event("channel_emote", from_user="bob")["message"]
    frog.to("channel-e", 0, 0, "chat", "ck", "$N says he$N", me="bob")
    frog.to("channel-e", 0, 0, "chat", "Carol", "$N waves at $N", me="carol")
    assert alpha.event("channel_emote")["message"] == "waves at $N"


def test_a_name_of_our_own_completes_no_word_on_its_way_out(alpha, frog):
    alpha.call("moderation_add", kind="word", pattern="heck", action="drop")
    with pytest.raises(RpcError) as fault:
        alpha.call("channel_target", channel="chat", target_mud="FrogMUD", target_user="bob",
                   target_visname="ck", message_others="he$O!", message_target="hi",
                   from_user="ann")
    assert fault.value.data["code"] == "filtered"
    with pytest.raises(RpcError):
        alpha.call("channel_emote", channel="chat", message="says he$N", visname="ck",
                   from_user="ann")
    alpha.call("channel_emote", channel="chat", message="waves", visname="ck", from_user="ann")
    assert frog.packet("channel-e")[8] == "$N waves"


def test_tokens_do_not_grow_a_text_without_end(house, alpha, frog):
    alpha.call("moderation_add", kind="word", pattern="heck")
    frog.to("channel-t", 0, 0, "chat", "AlphaMUD", "ann", "$N" * 8000, "$O" * 8000, "$O" * 2000,
            "$N" * 2000, me="bob")
    line = alpha.event("channel_emote")
    assert len(line["message"]) <= 4000
    assert until(lambda: house.get("/health/ready").status == 200)
