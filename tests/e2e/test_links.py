# SPDX-License-Identifier: MIT
"""Links: bridge channels and I3 channels that are one conversation, with a foreign MUD at the router, a
mod and a bot at /sync, and players of our own MUD at the API."""
import os
import subprocess
from pathlib import Path

import clients
import pytest
from clients import http
from conftest import configured, merged, until
import test_bridge_v2 as version_2
from test_bridge import KEY, SYNC, acknowledged, bot, mod, nothing_came, of_bot, of_mod

CHAT = {"channel_id": "c1", "i3_channel": "chat"}
FAR = "FarMUD"


def linked(*links, **changes):
    return merged(configured({"bridge": {**SYNC, "links": list(links or [CHAT])}}), changes)


@pytest.fixture
def house(gatehouse):
    running = gatehouse(linked())
    running.ready_now()
    return running


def far_mud(house, name=FAR, *channels):
    mud = clients.Mud(house.mudmode, name, "*test")
    house.clients.append(mud)
    for channel in channels or ["chat"]:
        mud.listen(channel)
    utter(mud, "here", "intermud")  # its echo comes when the router has read all that
    mud.packet("channel-m", where=lambda p: p[6] == "intermud")
    return mud


def utter(mud, text, channel="chat", kind="channel-m", user="eve", visname="Eve"):
    mud.send(kind, 5, mud.name, user, 0, 0, channel, visname, text)


def line(mud, where=lambda packet: True):
    """The next line of somebody else: channel, MUD, user, visible name, text."""
    p = mud.packet("channel-m", where=lambda p: p[2] != mud.name and where(p))
    return p[6], p[2], p[3], p[7], p[8]


def settled(house, mud, channel="chat"):
    """Everything that was said before has arrived: whoever listens hears this word after it."""
    utter(mud, "that is all", channel, user="end", visname="End")


def heard(client):
    """What a mod or bot is given, up to the word of settled()."""
    got = []
    while True:
        message = client.receive()
        if message.get("content") == "that is all":
            return got
        got.append((message["author"].get("name"), message["content"]))


def counted(house):
    page = http(house.metrics, "/metrics").body.decode()
    return {row.split()[0][len("gatehouse_links_"):]: int(row.split()[1])
            for row in page.splitlines() if row.startswith("gatehouse_links_")}


def reloaded(house, config):
    times = house.log().count("info reloaded")
    house.configure(config)
    house.hup()
    house.wait_log("info reloaded", times + 1)


# --- one link ---

def test_a_line_of_another_mud_reaches_mods_and_bots_in_this_shape(house):
    one, to, far = mod(house), bot(house), far_mud(house)
    utter(far, "%^RED%^hi%^RESET%^ @everyone <@123>")
    for client, kind in ((one, "bot"), (to, "mod")):
        got = client.receive()
        assert got.pop("ts") == got.pop("received_at") <= got.pop("forwarded_at")
        assert got == {"type": kind, "channel_id": "c1",
                       "author": {"id": f"eve@{FAR}", "name": f"Eve@{FAR}"},
                       "content": "hi @\u200beveryone <@\u200b123>",
                       "meta": {"server_name": FAR, "i3_channel": "chat", "i3_user": "eve",
                                "type": "message"}}
    nothing_came(one)
    nothing_came(to)


def test_emotes_are_sentences(house):
    to, far = bot(house), far_mud(house)
    utter(far, "$N waves.", kind="channel-e")
    utter(far, "A ghost haunts $N.", kind="channel-e")
    settled(house, far)
    assert heard(to) == [(f"Eve@{FAR}", "* Eve waves."),
                         (f"Eve@{FAR}", "* A ghost haunts Eve.")]


def test_what_a_mod_and_a_bot_say_is_said_on_the_channel_and_heard_once(house):
    one, to, far = mod(house), bot(house), far_mud(house)
    acknowledged(one, of_mod("hi\a there"), "completed", "mod")
    assert to.receive()["content"] == "hi\a there"
    acknowledged(to, of_bot("ho"), "completed", "bot")
    assert line(far) == ("chat", "AlphaMUD", "Ann", "Ann", "hi there")
    assert line(far) == ("chat", "AlphaMUD", "Bob", "Bob", "ho")
    settled(house, far)
    assert heard(to) == []
    assert heard(one) == [("Bob", "ho")]
    assert counted(house) == {"in_total": 1, "out_total": 2, "refused_total": 0,
                              "stopped_total": 2}


def test_players_of_the_same_mud_are_heard_too(house):
    one, far = mod(house), far_mud(house)
    alpha = house.lines("alpha-key")
    alpha.call("channel_join", channel="chat")
    acknowledged(one, of_mod("same"), "completed", "mod")
    assert alpha.event("channel_message", message="same")["from_mud"] == "AlphaMUD"
    alpha.call("channel_send", channel="chat", message="same", from_user="Ann")
    alpha.call("channel_send", channel="chat", message="hi", from_user="dora", visname="Dora")
    settled(house, far)
    assert heard(one) == [("Ann@AlphaMUD", "same"), ("Dora@AlphaMUD", "hi")]


def test_a_link_is_no_session_of_anybody(house):
    health = house.get("/health").json()
    assert health["active_sessions"] == 0
    assert health["bridge_links"] == [
        {"channel_id": "c1", "i3_channel": "chat", "mud": "AlphaMUD", "state": "up"}]


def test_a_mod_alone_with_the_network_is_told_the_truth(gatehouse, router):
    house = gatehouse(linked(muds=[], api={"auth": {"api_keys": [
        {"key": "alpha-key", "mud_name": "AlphaMUD"}]}}, router={
            "embedded": {"enabled": False, "listen": ""},
            "primary": {"name": router.name, "host": "127.0.0.1", "port": router.port},
            "connection": {"reconnect_delay": 1}}))
    one = mod(house)
    acknowledged(one, of_mod("too early"), "queued", "mod")
    link = router.login()
    assert link.packet("channel-listen")[6:] == ["chat", 1]
    house.ready_now()
    acknowledged(one, of_mod("heard"), "completed", "mod")
    assert link.packet("channel-m")[8] == "heard"
    link.close()
    until(lambda: house.get("/health").json()["bridge_links"][0]["state"] != "up")
    acknowledged(one, of_mod("too late"), "queued", "mod")
    again = router.login()
    assert again.packet("channel-listen")[6:] == ["chat", 1]
    house.ready_now()
    acknowledged(one, of_mod("again"), "completed", "mod")
    assert again.packet("channel-m")[8] == "again"
    assert counted(house)["refused_total"] == 2
    to = bot(house)  # and the bot, who was away, is given all of it
    assert [to.receive()["content"] for _ in range(4)] == [
        "too early", "heard", "too late", "again"]


def test_an_echo_of_a_slow_router_is_known(gatehouse, router):
    house = gatehouse(linked(muds=[], api={"auth": {"api_keys": [
        {"key": "alpha-key", "mud_name": "AlphaMUD"}]}}, router={
            "embedded": {"enabled": False, "listen": ""},
            "primary": {"name": router.name, "host": "127.0.0.1", "port": router.port}}))
    one, link = mod(house), router.login()
    house.ready_now()
    acknowledged(one, of_mod("hi  there"), "completed", "mod")
    said = link.packet("channel-m")
    link.send("channel-m", 199, "FarMUD", "eve", 0, 0, "chat", "Eve", "between")
    link.send(said[0], 198, said[2].lower(), said[3].lower(), 0, 0, "chat", "Ann", "hi there ")
    link.send("channel-m", 199, "FarMUD", "eve", 0, 0, "chat", "Eve", "that is all")
    assert heard(one) == [("Eve@FarMUD", "between")]


def test_long_texts_are_four_lines_within_the_limit(gatehouse):
    house = gatehouse(linked(channels={"max_message_length": 20}))
    house.ready_now()
    one, far = mod(house), far_mud(house)
    acknowledged(one, of_mod("first\nsecond\n" + "word " * 20), "completed", "mod")
    assert [line(far)[4] for _ in range(4)] == [
        "first", "second", "word word word word", "word word word\u2026"]
    settled(house, far)
    assert heard(one) == []


def test_moderation_holds_both_ways(house):
    one, to, far = mod(house), bot(house), far_mud(house)
    admin = house.lines("alpha-key")
    admin.call("moderation_add", kind="mute", user="Ann", mud="AlphaMUD")
    admin.call("moderation_add", kind="mute", user="eve", mud=FAR)
    admin.call("moderation_add", kind="word", pattern="darn")
    acknowledged(one, of_mod("hi"), "completed", "mod")  # to the bot, who is there
    assert to.receive()["content"] == "hi"
    acknowledged(to, of_bot("darn"), "completed", "bot")
    utter(far, "heard?")
    assert line(far)[3:] == ("Bob", "****")
    settled(house, far)
    assert heard(to) == []
    assert counted(house)["refused_total"] == 1
    admin.call("network_switch", on=False, reason="rest")
    assert "rest" in house.get("/health").json()["bridge_links"][0]["state"]


def test_templates_are_filled(gatehouse):
    house = gatehouse(linked({**CHAT, "template_in": "<{name}@{mud}> {text}", "name_in": "{name}",
                              "template_out": "({server}) {text}", "name_out": "{name}_{channel}",
                              "mentions": True}))
    house.ready_now()
    one, far = mod(house), far_mud(house)
    acknowledged(one, of_mod("hi", meta={"server_name": "sky\x1b[1m"}), "completed", "mod")
    assert line(far)[2:] == ("Ann", "Ann_c1", "(sky) hi")
    utter(far, "@here {name}")
    message = one.receive()
    assert (message["author"]["name"], message["content"]) == ("Eve", f"<Eve@{FAR}> @here {{name}}")


# --- several ---

def test_two_channels_meet_on_the_network_once(gatehouse):
    house = gatehouse(linked(CHAT, {"channel_id": "c2", "i3_channel": "chat", "mud": "BetaMUD"},
                             {"channel_id": "c1", "i3_channel": "chat", "mud": "BetaMUD"},
                             {"channel_id": "c2", "i3_channel": "dev"}))
    house.ready_now()
    one, two = mod(house), mod(house, "s2", "c2")
    far = far_mud(house, FAR, "chat", "dev")
    acknowledged(one, of_mod("hi"), "completed", "mod")
    assert {line(far) for _ in range(2)} == {
        ("chat", "AlphaMUD", "Ann", "Ann", "hi"),
        ("dev", "AlphaMUD", "Ann@AlphaMUD", "Ann@AlphaMUD", "hi")}
    assert two.receive()["author"]["name"] == "Ann@AlphaMUD"
    acknowledged(two, of_mod("ho", "s2", "c2"), "completed", "mod")
    utter(far, "all", "dev")
    assert line(far, where=lambda p: p[8] == "all")[:4] == (
        "chat", "BetaMUD", f"Eve@{FAR}", f"Eve@{FAR}")
    settled(house, far)
    assert heard(one) == [("Ann@BetaMUD", "ho"), (f"Eve@{FAR}@BetaMUD", "all")]
    assert heard(two) == [(f"Eve@{FAR}", "all")]


def test_a_reload_adds_changes_and_takes_away_links_and_leaves_the_rest(house):
    one, two, far = mod(house), mod(house, "s2", "c2"), far_mud(house, FAR, "chat", "dev")
    both = [{**CHAT, "template_in": "new {text}"}, {"channel_id": "c2", "i3_channel": "dev"}]
    reloaded(house, linked(*both))
    assert house.log().count("link_opened") == 2 and "link_closed" not in house.log()
    utter(far, "a")
    assert one.receive()["content"] == "new a"
    utter(far, "b", "dev")
    assert two.receive()["content"] == "b"
    reloaded(house, linked(both[1]))
    utter(far, "c")
    utter(far, "d", "dev")
    assert two.receive()["content"] == "d"
    nothing_came(one)
    reloaded(house, linked(bridge={"enabled": False}))
    assert "bridge_links" not in house.get("/health").json()
    assert house.log().count("link_closed") == 2


def test_links_are_there_again_after_a_restart(house):
    house.restart()
    house.ready_now()
    one, far = mod(house), far_mud(house)
    utter(far, "hi")
    assert one.receive()["content"] == "hi"
    acknowledged(one, of_mod("ho"), "completed", "mod")
    assert line(far)[4] == "ho"


def test_links_of_a_removed_mud_must_go_with_it(house):
    config = linked({**CHAT, "mud": "GammaMUD"}, muds=[{"name": "BetaMUD"}, {"name": "GammaMUD"}])
    reloaded(house, config)
    house.ready_now()
    assert house.get("/health").json()["bridge_links"][0]["mud"] == "GammaMUD"
    reloaded(house, linked())
    house.ready_now()
    assert house.get("/health").json()["bridge_links"][0]["mud"] == "AlphaMUD"


@pytest.mark.parametrize("links, says", [
    ([{**CHAT, "template_in": "{text} {who}"}], "bridge.links[0].template_in: {who} is unknown"),
    ([{**CHAT, "template_in": "{text} {server}"}], "{server} is unknown here"),
    ([{**CHAT, "template_out": "{name}"}], "bridge.links[0].template_out: {text} must be in it"),
    ([{**CHAT, "name_out": "{text}"}], "{text} is unknown here"),
    ([{**CHAT, "emote_in": "{"}], "a brace stands alone"),
    ([{**CHAT, "mud": "Nobody"}], "bridge.links[0].mud: no identity is called so"),
    ([{**CHAT, "i3_channel": "a b"}], "bridge.links[0].i3_channel"),
    ([{"channel_id": "c1"}], "bridge.links[0].i3_channel"),
    ([CHAT, {**CHAT, "mud": "alphamud"}], "bridge.links[1].channel_id: the same link is listed"),
])
def test_links_that_cannot_be_meant_are_refused_with_their_line(gatehouse, links, says):
    house = gatehouse(linked(*links), start=False)
    done = house.run("--check-config", "-c", house.config)
    assert done.returncode == 1 and says in done.stderr, done.stderr
    text = house.config.read_text().splitlines()
    place, = [row for row in done.stderr.splitlines() if says in row]
    number = int(place.split(":")[1])
    first = next(i for i, row in enumerate(text, 1) if row.strip() == "links:")
    assert first < number <= len(text)


# --- Node's ws ---

def test_nodes_ws_hears_another_mud(house):
    script = Path(__file__).parent / "node/link.js"
    host, port = house.sync
    far = far_mud(house)
    node = subprocess.Popen(
        ["node", script, f"ws://{host}:{port}/sync?api_key={KEY}"], stdout=subprocess.PIPE,
        env={**os.environ, "NODE_PATH": "/usr/share/nodejs"}, text=True)
    try:
        assert line(far)[4] == "hello from node"
        utter(far, "hello from far")
        assert node.communicate(timeout=clients.DEADLINE)[0] == f"Eve@{FAR}: hello from far\n"
    finally:
        node.kill()
        node.communicate()



# --- receivers and senders of version 2 ---

def test_lines_of_the_network_are_kept_for_receivers_of_version_2(house):
    to = version_2.bot(house, "keeper", channels=["c1"])
    far = far_mud(house)
    utter(far, "first")
    got = to.receive()
    assert (got["content"], got["seq"], got["author"]["name"]) == ("first", 1, f"Eve@{FAR}")
    to.close()
    utter(far, "second")
    settled(house, far)
    again = version_2.bot(house, "keeper", channels=["c1"])
    assert [again.receive()["content"] for _ in range(3)] == ["first", "second", "that is all"]


def test_what_a_sender_of_version_2_says_is_said_on_the_network_once(house):
    far = far_mud(house)
    one = version_2.mod(house)
    assert one.send("hello", "only-one")["status"] == "completed"
    assert one.send("hello", "only-one")["duplicate"] is True
    one.send("goodbye")
    assert [line(far)[4] for _ in range(2)] == ["hello", "goodbye"]
