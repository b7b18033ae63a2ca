# SPDX-License-Identifier: MIT
"""Two daemons whose routers are peers: AlphaMUD is at *one and BetaMUD at *two, and whoever is
logged in to one of them is everybody's neighbour."""
import re

import pytest
from clients import Mud
from conftest import until
from networks import ONE, TWO, Network, configuration, metric, muds, sees

GRACE = 40  # seconds until the MUDs of a dead router are down, with room
BOB = {"name": "Bob", "title": "the Builder", "idle": 7, "level": 12}


@pytest.fixture
def network(gatehouse):
    return Network(gatehouse).link()


@pytest.fixture
def pair(network):
    return network.one.lines("alpha-key"), network.two.lines("beta-key")


@pytest.fixture
def foreign(network):
    """(one, two): a foreign MUD at each router that has heard of the other."""
    one = Mud(network.one.mudmode, "OmegaOne", "*one")
    two = Mud(network.two.mudmode, "OmegaTwo", "*two")
    one.presence("OmegaTwo")
    two.presence("OmegaOne")
    yield one, two
    one.close()
    two.close()


def test_a_tell_crosses_and_its_answer_too(pair):
    alpha, beta = pair
    alpha.call("tell", target_mud="BetaMUD", target_user="bob", message="hello", from_user="Ann")
    event = beta.event("tell_received")
    assert (event["from_mud"], event["visname"], event["message"]) == ("AlphaMUD", "Ann", "hello")
    beta.call("tell", target_mud="AlphaMUD", target_user="ann", message="yes?", from_user="Bob")
    assert alpha.event("tell_received")["message"] == "yes?"


def test_an_emote_to_somebody_crosses(pair):
    alpha, beta = pair
    alpha.call("emoteto", target_mud="BetaMUD", target_user="bob", message="waves", from_user="Ann")
    assert "waves" in beta.event("emoteto_received")["message"]


def test_both_routers_own_the_default_channels_and_they_are_one(pair):
    alpha, beta = pair
    for client in pair:
        client.call("channel_join", channel="chat")
    alpha.call("channel_send", channel="chat", message="to two", from_user="ann", visname="Ann")
    assert beta.event("channel_message", message="to two")["from_mud"] == "AlphaMUD"
    beta.call("channel_emote", channel="chat", message="dances", from_user="bob", visname="Bob")
    assert "dances" in alpha.event("channel_emote")["message"]


def test_a_line_is_heard_exactly_once_everywhere(pair):
    alpha, beta = pair
    for client in pair:
        client.call("channel_join", channel="chat")
    alpha.call("channel_send", channel="chat", message="once")
    alpha.call("channel_send", channel="chat", message="end")
    for client in pair:
        client.event("channel_message", message="once")
        client.event("channel_message", message="end")
        assert not client.events_so_far("channel_message")


def test_who_finger_and_locate_cross(pair):
    alpha, beta = pair
    beta.call("presence_sync", users=[BOB])
    assert [u["name"] for u in alpha.call("who", target_mud="BetaMUD", wait=10)["users"]] == ["Bob"]
    info = alpha.call("finger", target_mud="BetaMUD", target_user="bob", wait=10)["user_info"]
    assert info["title"] == "the Builder"
    found = alpha.call("locate", target_user="bob", wait=10)
    assert found["locations"][0]["mud"] == "BetaMUD"


def test_a_tell_to_nobody_comes_back_as_an_error(pair):
    alpha, beta = pair
    beta.call("presence_sync", users=[BOB])
    alpha.call("tell", target_mud="BetaMUD", target_user="nobody", message="x")
    event = alpha.event("error_occurred")
    assert (event["error_code"], event["from_mud"]) == ("unk-user", "BetaMUD")


def test_the_mudlists_of_both_are_equal(network, foreign):
    assert muds(network.one, "alpha-key") == muds(network.two, "beta-key") == {
        "AlphaMUD": "up", "BetaMUD": "up", "OmegaOne": "up", "OmegaTwo": "up"}


def test_foreign_muds_of_both_routers_speak_with_each_other(foreign):
    one, two = foreign
    one.to("tell", "OmegaTwo", "bob", "Ann", "grün", me="ann")
    assert two.packet("tell")[2:] == ["OmegaOne", "ann", "OmegaTwo", "bob", "Ann", "grün"]
    two.to("x-unheard-of", "OmegaOne", "ann", [1, {"deep": 2.5}], me="bob")
    assert one.packet("x-unheard-of")[2:] == [
        "OmegaTwo", "bob", "OmegaOne", "ann", [1, {"deep": 2.5}]]
    for mud in foreign:
        mud.listen("chat")
    one.send("channel-t", 5, "OmegaOne", "ann", 0, 0, "chat", "OmegaTwo", "bob", "$N hugs $O",
             "$N hugs you", "Ann", "Bob")
    for mud in foreign:
        assert mud.packet("channel-t")[2:4] == ["OmegaOne", "ann"]


def test_a_channel_of_a_mud_is_known_and_used_everywhere(foreign):
    one, two = foreign
    one.to("channel-add", "*one", 0, "omega", 0)
    listed = two.packet("chanlist-reply", where=lambda p: "omega" in p[7])
    assert listed[7]["omega"] == ["OmegaOne", 0]
    for mud in foreign:
        mud.listen("omega")
    two.send("channel-m", 5, "OmegaTwo", "bob", 0, 0, "omega", "Bob", "nice")
    assert one.packet("channel-m")[6:] == ["omega", "Bob", "nice"]
    two.to("channel-remove", "*two", 0, "omega")
    assert two.packet("error")[6] == "not-allowed"
    one.to("channel-remove", "*one", 0, "omega")
    assert two.packet("chanlist-reply", where=lambda p: p[7].get("omega") == 0)


def test_a_killed_router_is_noticed_and_comes_back_without_help(network, foreign):
    _, two = foreign
    beta = network.two.lines("beta-key")
    network.one.configure(network.configs(network.ports)[0])  # where it was
    network.one.kill()
    network.two.wait_log(r"irn_down\b.*\*one")
    beta.call("tell", target_mud="AlphaMUD", target_user="ann", message="there?", from_user="Bob")
    assert beta.event("error_occurred")["error_code"] == "unk-dst"
    assert two.packet("mudlist", GRACE, lambda p: isinstance(p[7].get("AlphaMUD"), list)
                      and p[7]["AlphaMUD"][0] == 0)
    sees(network.two, "beta-key", "OmegaOne", "down", GRACE)
    assert metric(network.two, "gatehouse_router_peers") == 0
    network.one.start()
    network.two.wait_log(r"irn_up\b.*\*one", 2, GRACE)
    sees(network.two, "beta-key", "AlphaMUD", "up", GRACE)
    assert metric(network.two, "gatehouse_router_peers") == 1
    alpha = network.one.lines("alpha-key")
    beta.call("tell", target_mud="AlphaMUD", target_user="ann", message="again", from_user="Bob")
    assert alpha.event("tell_received", message="again")


def test_a_router_that_is_stopped_says_goodbye_and_its_muds_are_down_at_once(network):
    network.one.stop()
    network.two.wait_log(r"irn_shutdown\b.*\*one")
    sees(network.two, "beta-key", "AlphaMUD", "down")


def test_a_mud_moves_to_the_other_router_when_its_own_dies(network, foreign):
    one, two = foreign
    network.one.kill()
    network.two.wait_log(r"irn_down\b.*\*one")
    moved = Mud(network.two.mudmode, "OmegaOne", "*two", one.password)
    two.to("tell", "OmegaOne", "ann", "Bob", "welcome", me="bob")
    assert moved.packet("tell")[7] == "welcome"
    moved.close()


def test_among_trusted_routers_a_password_is_good_from_any_address(gatehouse):
    network = Network(gatehouse).link(trusted=True)
    one = Mud(network.one.mudmode, "OmegaOne", "*one")
    routers = {name: f"127.0.0.1 {port}" for name, port in zip(("*one", "*two"), network.ports)}
    assert dict(one.reply[6]) == routers and one.reply[6][0][0] == "*one"
    sees(network.two, "beta-key", "OmegaOne", "up")
    one.close()
    moved = Mud(network.two.mudmode, "OmegaOne", "*two", one.password, source=("127.0.0.2", 0))
    assert moved.password == one.password
    beta = network.two.lines("beta-key")
    beta.call("tell", target_mud="OmegaOne", target_user="ann", message="hello", from_user="Bob")
    assert moved.packet("tell")[7] == "hello"
    sees(network.one, "alpha-key", "OmegaOne", "up")
    moved.close()


def test_routers_that_start_together_find_each_other_and_keep_one_link(gatehouse):
    network = Network(gatehouse)
    for house, config in zip((network.one, network.two), network.configs(network.ports)):
        house.stop()
        house.configure(config)
    for house in (network.one, network.two):
        house.start()
    network.linked()
    until(lambda: [metric(house, "gatehouse_router_peers") for house in
                   (network.one, network.two)] == [1, 1])
    assert len(re.findall(r"irn_up\b", network.one.log())) == 1


def test_wrong_passwords_are_refused_and_said_in_both_logs(gatehouse):
    network = Network(gatehouse)
    network.configure(password=ONE + 1)
    network.two.wait_log(r"irn_refuse\b.*\*one")
    network.one.wait_log(r"irn_down\b.*refused")
    assert metric(network.one, "gatehouse_router_peers") == 0
    for house in (network.one, network.two):
        for secret in (ONE, ONE + 1, TWO):
            assert str(secret) not in house.log()


def test_a_peer_that_is_taken_out_takes_its_muds_with_it(network):
    network.one.configure(configuration("*one", "AlphaMUD"))
    network.one.hup()
    until(lambda: "BetaMUD" not in muds(network.one, "alpha-key"))
    network.two.wait_log(r"irn_down\b.*\*one")


def test_a_stranger_cannot_speak_as_a_peer(network):
    house = network.two
    mud = Mud(house.mudmode, "OtherMUD", "*two")
    mud.send("irn-data", 5, "*one", 0, "*two", 0, ["tell", 5, "AlphaMUD", "ann", "BetaMUD", "bob",
                                                   "Ann", "forged"])
    assert mud.packet("error")[6] == "unk-src"
    mud.close()
