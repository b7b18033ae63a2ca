# SPDX-License-Identifier: MIT
"""Channels of one's own, targeted emotes, who is behind a name, keys and pings: between two MUDs of
ours, with a foreign MUD, and packet by packet at a router that does what the test says."""
import threading

import pytest
from clients import Mud
from conftest import configured, routed, until

CHANNELS = {"open": ["AlphaMUD", 0], "closed": ["AlphaMUD", 1], "fine": ["AlphaMUD", 2]}


@pytest.fixture
def both(house):
    return house.lines("alpha-key"), house.lines("beta-key")


@pytest.fixture
def fake(gatehouse, router):
    """(client, link): one MUD at a router of the test's making, which has told its channels."""
    house = gatehouse(routed(router))
    link = router.login()
    house.ready_now()
    link.send("chanlist-reply", 5, router.name, 0, link.mud, 0, 2, CHANNELS)
    client = house.lines("alpha-key")
    until(lambda: {"open", "closed", "fine"} <= {
        c["name"] for c in client.call("channel_list")["channels"]})
    return client, link


def foreign(house, name="Foreign"):
    mud = Mud(house.mudmode, name, "*test")
    mud.presence("AlphaMUD")
    return mud


class Waiting:
    """A call that is answered only after the test has done something."""

    def __init__(self, client, method, **params):
        self.result = None
        self.thread = threading.Thread(
            target=lambda: setattr(self, "result", client.call(method, **params)))
        self.thread.start()

    def done(self):
        self.thread.join(40)
        return self.result


def answer(link, request, kind, *body):
    """As the router, or as the MUD that was asked."""
    link.send(kind, 5, request[4], 0, request[2], 0, *body)


# --- channels of one's own ---

def test_a_channel_is_made_used_and_removed(both):
    alpha, beta = both
    assert alpha.call("channel_create", channel="workshop", wait=20) == {
        "status": "created", "channel": "workshop"}
    until(lambda: {"name": "workshop", "owner": "AlphaMUD", "type": 0, "member_count": 0}
          in beta.call("channel_list")["channels"])
    for client in both:
        client.call("channel_join", channel="workshop")
    alpha.call("channel_send", channel="workshop", message="hello", from_user="ann")
    assert beta.event("channel_message", channel="workshop")["message"] == "hello"
    assert alpha.call("channel_remove", channel="workshop", wait=20)["status"] == "removed"
    until(lambda: "workshop" not in beta.call("channel_list", names_only=True)["channels"])


def test_what_belongs_to_somebody_else_is_refused(both):
    alpha, beta = both
    alpha.call("channel_create", channel="workshop", wait=20)
    for method in ("channel_create", "channel_remove"):
        result = beta.call(method, channel="workshop", wait=20)
        assert (result["status"], result["error_code"]) == ("refused", "not-allowed"), result
        assert result["error_message"]
        event = beta.event("error_occurred", channel="workshop")
        assert event["error_code"] == "not-allowed"
        assert event["packet_type"] == method.replace("_", "-").replace("create", "add")
    result = beta.call("channel_remove", channel="nowhere", wait=20)
    assert result["error_code"] == "unk-channel"
    assert beta.event("error_occurred", channel="nowhere")["packet_type"] == "channel-remove"


def test_without_a_wait_it_is_requested(fake):
    client, link = fake
    assert client.call("channel_create", channel="new", type=1) == {
        "status": "requested", "channel": "new"}
    assert link.packet("channel-add") == [
        "channel-add", 5, "AlphaMUD", 0, "*fake", 0, "new", 1]
    assert client.call("channel_remove", channel="open")["status"] == "requested"
    assert link.packet("channel-remove")[6:] == ["open"]


def test_the_routers_list_or_its_error_ends_the_wait(fake):
    client, link = fake
    call = Waiting(client, "channel_create", channel="new", type=2, wait=30)
    request = link.packet("channel-add")
    assert request[7] == 2
    answer(link, request, "chanlist-reply", 3, {"new": ["AlphaMUD", 2]})
    assert call.done()["status"] == "created"
    call = Waiting(client, "channel_create", channel="mine", wait=30)
    request = link.packet("channel-add")
    answer(link, request, "error", "not-allowed", "no room", request)
    assert call.done() == {"status": "refused", "error_code": "not-allowed",
                           "error_message": "no room", "channel": "mine"}


@pytest.mark.parametrize("channel, put_on, taken_off", [
    ("open", ["Bad"], ["Good", "Old"]),
    ("closed", ["Good"], ["Bad", "Old"]),
    ("fine", ["Good"], ["Bad", "Old"]),
])
def test_who_is_let_in_goes_to_the_list_the_channel_has(fake, channel, put_on, taken_off):
    client, link = fake
    client.call("channel_admin", channel=channel, admit=["Good"], ban=["Bad"], remove=["Old"])
    assert link.packet("channel-admin") == [
        "channel-admin", 5, "AlphaMUD", 0, "*fake", 0, channel, put_on, taken_off]


def test_a_changed_list_is_acknowledged_by_few_routers(fake):
    client, link = fake
    call = Waiting(client, "channel_admin", channel="open", ban=["Bad"], wait=30)
    answer(link, link.packet("channel-admin"), "chan-ack", "The list of open was changed.")
    assert call.done()["status"] == "changed"
    assert client.event("channel_ack")["message"] == "The list of open was changed."
    assert client.call("channel_admin", channel="open", ban=["Bad"], wait=1)["status"] == "requested"


def test_the_list_of_a_channel_can_be_asked_for(fake):
    client, link = fake
    call = Waiting(client, "channel_admin_list", channel="closed", wait=30)
    answer(link, link.packet("chan-adminlist"), "chan-adminlist-reply", "closed", ["Good", "Old"])
    assert call.done() == {"status": "success", "channel": "closed", "muds": ["Good", "Old"]}
    assert client.event("channel_admin_list").items() >= {
        "channel": "closed", "muds": ["Good", "Old"]}.items()


def test_a_refresh_asks_the_router_for_its_list(fake):
    client, link = fake
    listed = client.call("channel_list", refresh=True)
    assert {"open", "closed", "fine"} <= {c["name"] for c in listed["channels"]}
    request = link.packet("chanlist-req")
    assert request == ["chanlist-req", 5, "AlphaMUD", 0, "*fake", 0]
    answer(link, request, "chanlist-reply", 9, {"late": ["*fake", 0]})
    until(lambda: "late" in client.call("channel_list", names_only=True)["channels"])


# --- emotes aimed at somebody ---

def test_a_targeted_emote_has_one_text_for_the_target_and_one_for_the_others(house, both):
    alpha, beta = both
    mud = foreign(house)
    mud.listen("chat")
    for client in both:
        client.call("channel_join", channel="chat")
    mud.to("ping-req", "*test", 0)
    mud.packet("ping-reply")  # so it listens by now
    sent = alpha.call("channel_target", channel="chat", target_mud="betamud", target_user="Bob",
                      message_others="$N smiles at $O.", message_target="$N smiles at you.",
                      from_user="ann", visname="Ann", target_visname="Sir Bob")
    assert sent["status"] == "sent"
    assert mud.packet("channel-t")[2:] == [
        "AlphaMUD", "ann", 0, 0, "chat", "BetaMUD", "bob", "$N smiles at $O.",
        "$N smiles at you.", "Ann", "Sir Bob"]
    own = alpha.event("channel_emote", channel="chat")
    assert own["message"] == own["message_others"] == "Ann smiles at Sir Bob@BetaMUD."
    aimed = beta.event("channel_emote", channel="chat")
    assert aimed["message"] == "Ann@AlphaMUD smiles at you."
    assert aimed["message_others"] == "Ann@AlphaMUD smiles at Sir Bob."
    for event in (own, aimed):
        assert (event["target_mud"], event["target_user"]) == ("BetaMUD", "bob")
        assert (event["from_mud"], event["visname"]) == ("AlphaMUD", "Ann")


# --- people ---

def test_who_is_behind_a_name_is_asked_once_and_then_known(house):
    alpha, mud = house.lines("alpha-key"), foreign(house)
    call = Waiting(alpha, "channel_user", target_mud="foreign", target_user="Eve", wait=30)
    request = mud.packet("chan-user-req")
    assert request[3:] == [0, "Foreign", 0, "eve"]
    mud.to("chan-user-reply", "AlphaMUD", 0, "eve", "Lady Eve", 1)
    facts = {"visname": "Lady Eve", "gender": 1, "gender_name": "female"}
    assert call.done().items() >= facts.items()
    named = {"from_mud": "Foreign", "user": "eve", **facts}
    assert alpha.event("channel_user_reply").items() >= named.items()
    assert alpha.event("user_updated").items() >= named.items()
    assert alpha.call("channel_user", target_mud="Foreign",
                      target_user="EVE").items() >= facts.items()
    mud.to("ping-req", "*test", 0)
    mud.packet("ping-reply")
    assert not [p for p in mud.kept if p[0] == "chan-user-req"]


def test_somebody_who_is_not_there_is_refused(both):
    alpha, beta = both
    beta.call("presence_sync", users=[{"name": "Bob"}])
    result = alpha.call("channel_user", target_mud="BetaMUD", target_user="nobody", wait=20)
    assert (result["status"], result["error_code"]) == ("refused", "unk-user")
    result = alpha.call("channel_user", target_mud="BetaMUD", target_user="bob", wait=20)
    assert (result["status"], result["visname"]) == ("requested", "Bob")


def test_news_of_a_user_reach_those_who_keep_them(gatehouse):
    on = {"services": {"ucache": True}}
    house = gatehouse(configured({"muds": [
        {"name": "BetaMUD", **on}, {"name": "GammaMUD"}], "api": {"auth": {"api_keys": [
            {"key": f"{name.lower()}-key", "mud_name": f"{name}MUD"}
            for name in ("Alpha", "Beta", "Gamma")]}}}))
    house.ready_now()
    alpha, beta, gamma = (house.lines(f"{name}-key") for name in ("alpha", "beta", "gamma"))
    assert alpha.call("user_update", user="Ann", visname="Lady Ann", gender="female") == {
        "status": "sent"}
    news = {"from_mud": "AlphaMUD", "user": "ann", "visname": "Lady Ann", "gender": 1,
            "gender_name": "female"}
    assert beta.event("user_updated").items() >= news.items()
    known = beta.call("channel_user", target_mud="AlphaMUD", target_user="ann")
    assert known["visname"] == "Lady Ann"
    assert not gamma.events_so_far("user_updated")


@pytest.mark.parametrize("on", [False, True])
def test_only_who_takes_news_of_users_says_so(gatehouse, router, on):
    gatehouse(routed(router, {"mud": {"services": {"ucache": True}}} if on else None))
    services = router.login().startup[18]
    assert services.get("ucache") == (1 if on else None)
    assert {"tell", "emoteto", "beep", "who", "finger", "locate", "channel"} <= services.keys()


# --- keys and pings ---

def test_a_key_is_given_or_refused(house):
    alpha, mud = house.lines("alpha-key"), foreign(house)
    call = Waiting(alpha, "auth_request", target_mud="foreign", wait=30)
    mud.packet("auth-mud-req")
    mud.to("auth-mud-reply", "AlphaMUD", 0, 4711)
    assert call.done() == {"status": "granted", "session_key": 4711, "mud_name": "foreign"}
    assert alpha.event("auth_reply").items() >= {"from_mud": "Foreign", "session_key": 4711}.items()
    call = Waiting(alpha, "auth_request", target_mud="Foreign", wait=30)
    request = mud.packet("auth-mud-req")
    mud.to("error", "AlphaMUD", 0, "not-imp", "no keys here", request)
    assert call.done()["error_message"] == "no keys here"
    mud.to("auth-mud-reply", "AlphaMUD", 0, 4712)  # nobody asked
    mud.to("tell", "AlphaMUD", "ann", "Eve", "now", me="eve")
    alpha.event("tell_received")
    assert not alpha.events_so_far("auth_reply")


@pytest.mark.parametrize("target", ["BetaMUD", "betamud", "AlphaMUD", "*test"])
def test_who_is_there_answers_a_ping(both, target):
    alpha, _ = both
    result = alpha.call("mud_ping", target_mud=target, wait=20)
    assert (result["status"], result["alive"]) == ("alive", True), result
    assert 0 <= result["rtt_ms"] < 20_000
    assert alpha.event("ping_reply")["from_mud"].lower() == target.lower()


def test_who_is_not_there_or_says_nothing_is_not_alive(house):
    alpha = house.lines("alpha-key")
    mud = foreign(house)
    result = alpha.call("mud_ping", target_mud="Nobody", wait=20)
    assert (result["status"], result["alive"], result["error_code"]) == (
        "refused", False, "unk-dst")
    result = alpha.call("mud_ping", target_mud="Foreign", wait=1)
    assert (result["status"], result["alive"]) == ("silent", False)
    assert mud.packet("ping-req")[2:] == ["AlphaMUD", 0, "Foreign", 0]


# --- the router ---

def test_a_router_that_goes_down_says_so(fake):
    client, link = fake
    link.send("shutdown", 5, "OtherMUD", 0, "AlphaMUD", 0, 1)
    link.send("router-shutdown", 5, "*fake", 0, "AlphaMUD", 0, 120)
    assert client.event("router_shutdown").items() >= {"router": "*fake", "delay": 120}.items()
    assert not client.events_so_far("router_shutdown")
    assert not client.events_so_far("error_occurred")


def test_a_large_network_is_listed_in_pages(gatehouse, router):
    house = gatehouse(routed(router))
    names = sorted(f"Mud {n:04}" for n in range(4000))
    router.login(muds=names)
    house.ready_now()
    client = house.lines("alpha-key")
    until(lambda: client.call("stats")["mud_count"] == 4001)
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = client.call("mudlist", limit=500, after=cursor)
        assert 0 < page["count"] == len(page["muds"]) <= 500
        seen += [mud["name"] for mud in page["muds"]]
        cursor = page.get("next")
        pages += 1
    assert seen == sorted([*names, "AlphaMUD"])
    assert pages >= 9
