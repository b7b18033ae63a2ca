# SPDX-License-Identifier: MIT
"""What the operator of the embedded router sees and does, with foreign MUDs that notice."""
import time

import pytest
from clients import FakeRouter, Mud, MudMode, Peer, RpcError
from conftest import routed, until


@pytest.fixture
def admin(house):
    return house.lines("alpha-key")


@pytest.fixture
def frog(house):
    mud = Mud(house.mudmode, "FrogMUD", "*test")
    yield mud
    mud.close()


def refused(fault):
    assert fault.value.data["code"] == "router_refused"
    return fault.value.message


def farewell(mud):
    """The words of the error that is the last thing the router says."""
    error = mud.packet("error")
    assert error[6] == "not-allowed"
    assert mud.peer.closed()
    return error[7]


def row(admin, name):
    rows = [m for m in admin.call("router_muds")["muds"] if m["name"] == name]
    return rows[0] if rows else None


def test_the_list_shows_everybody_and_no_password(admin, frog):
    frog.listen("chat")
    frog.to("channel-m", 0, 0, "chat", "Bob", "hi", me="bob")
    frog.packet("channel-m")
    found = row(admin, "FrogMUD")
    assert found.items() >= {"address": "127.0.0.1", "link": "socket", "status": "up",
                             "protocol": 3, "driver": "TestDriver", "listening": 1,
                             "dropped": 0}.items()
    assert abs(found["since"] - time.time()) < 60
    assert row(admin, "AlphaMUD")["link"] == "in_process"
    assert str(frog.password) not in str(admin.call("router_muds"))


def test_the_list_comes_in_pages_in_order_of_name(house, admin):
    muds = [Mud(house.mudmode, name, "*test") for name in ("zebra", "Ant", "yak")]
    names, after = [], ""
    while True:
        page = admin.call("router_muds", limit=2, after=after)
        names += [m["name"] for m in page["muds"]]
        if "next" not in page:
            break
        after = page["next"]
    assert names == ["AlphaMUD", "Ant", "BetaMUD", "yak", "zebra"]
    for mud in muds:
        mud.close()


def test_who_is_kicked_is_told_why_and_may_come_back(house, admin, frog):
    admin.call("router_kick", mud_name="frogmud", reason="too loud")
    assert farewell(frog) == "too loud"
    assert row(admin, "FrogMUD")["link"] == "none"
    Mud(house.mudmode, "FrogMUD", "*test", frog.password).close()
    house.wait_log(r"router_kick .*AlphaMUD.*frogmud.*too loud")


def test_only_who_is_there_and_not_ours_can_be_kicked(house, admin, frog):
    with pytest.raises(RpcError) as fault:
        admin.call("router_kick", mud_name="BetaMUD", reason="x")
    assert "of this gateway" in refused(fault)
    with pytest.raises(RpcError) as fault:
        admin.call("router_kick", mud_name="Nobody", reason="x")
    assert "known" in refused(fault)
    frog.close()
    house.wait_log("router_leave .*FrogMUD")
    with pytest.raises(RpcError) as fault:
        admin.call("router_kick", mud_name="FrogMUD", reason="x")
    assert "not connected" in refused(fault)


def test_a_banned_mud_is_sent_away_and_refused_until_it_is_unbanned(house, admin, frog):
    admin.call("router_ban", mud_name="FROGMUD", reason="spam")
    assert "spam" in farewell(frog)
    again = MudMode(Peer(house.mudmode))
    again.send("startup-req-3", 5, "FrogMUD", 0, "*test", 0, frog.password, 0, 0, 4000, 0, 0, "L",
               "L", "D", "LP", "open", "a@example.org", {}, 0)
    assert "spam" in farewell(again)
    other = Mud(house.mudmode, "ToadMUD", "*test")
    other.close()
    admin.call("router_unban", mud_name="frogMUD")
    Mud(house.mudmode, "FrogMUD", "*test", frog.password).close()
    with pytest.raises(RpcError) as fault:
        admin.call("router_unban", mud_name="FrogMUD")
    assert "no such ban" in refused(fault)


def test_a_banned_address_is_told_so_before_it_has_said_anything(house, admin, frog):
    admin.call("router_ban", address="::ffff:127.0.0.1", reason="guessing")
    assert "guessing" in farewell(frog)
    silent = MudMode(Peer(house.mudmode))
    assert "guessing" in farewell(silent)
    assert admin.call("status")["connected"] is True
    assert admin.call("router_bans")["bans"][0]["address"] == "127.0.0.1"
    admin.call("router_unban", address="127.0.0.1")
    Mud(house.mudmode, "FrogMUD", "*test", frog.password).close()


def test_bans_survive_a_restart_and_end_in_time(house, admin):
    admin.call("router_ban", mud_name="FrogMUD", reason="spam", until=int(time.time()) + 3)
    admin.call("router_ban", address="192.0.2.7", reason="old")
    before = admin.call("router_bans")["bans"]
    house.restart()
    admin = house.lines("alpha-key")
    after = admin.call("router_bans")["bans"]
    assert sorted(after, key=str) == sorted(before, key=str)
    until(lambda: admin.call("router_bans")["count"] == 1)
    Mud(house.mudmode, "FrogMUD", "*test").close()


@pytest.mark.parametrize("what", [
    {"mud_name": "BetaMUD"}, {"mud_name": "a\nb"}, {"address": "frog.example.org"},
    {"address": "192.0.2.0/24"}, {"mud_name": "FrogMUD", "address": "192.0.2.1"},
    {"mud_name": "FrogMUD", "until": 1}])
def test_what_cannot_be_banned_is_refused_with_words(admin, what):
    with pytest.raises(RpcError) as fault:
        admin.call("router_ban", reason="x", **what)
    assert refused(fault)
    assert admin.call("router_bans")["count"] == 0


def test_without_a_router_there_is_a_clear_error(gatehouse):
    router = FakeRouter()
    house = gatehouse(routed(router))
    router.login()
    admin = house.lines("alpha-key")
    for method, params in (("router_muds", {}), ("router_bans", {}),
                           ("router_kick", {"mud_name": "x", "reason": "x"}),
                           ("router_ban", {"mud_name": "x", "reason": "x"}),
                           ("router_unban", {"mud_name": "x"})):
        with pytest.raises(RpcError) as fault:
            admin.call(method, **params)
        assert fault.value.data["code"] == "no_router"
    router.close()


@pytest.mark.parametrize("method", [
    "router_muds", "router_kick", "router_ban", "router_unban", "router_bans"])
def test_only_admins_may(house, method):
    with pytest.raises(RpcError) as fault:
        house.lines("classic-key").call(method, mud_name="FrogMUD", reason="x")
    assert fault.value.data["code"] == "permission_denied"


def test_the_list_is_read_whatever_muds_say_of_themselves(house, admin):
    names = {f"Mud{i:03}" for i in range(110)}
    for name in sorted(names):
        mud = MudMode(Peer(house.mudmode))
        mud.send("startup-req-3", 5, name, 0, "*test", 0, 0, 0, 0, 4000, 0, 0, "L", "L",
                 '"' * 1800, "LP", "open", "a@example.org", {}, 0)
        mud.packet("startup-reply")
        mud.close()
    muds = admin.call("router_muds", limit=500)["muds"]
    assert names <= {m["name"] for m in muds}
    assert max(len(m["driver"]) for m in muds) == 64
    reason = '"' * 256
    for i in range(830):
        admin.call("router_ban", mud_name='"' * 60 + f"{i:04}", reason=reason)
    page = admin.call("router_bans")
    seen = page["count"]
    while "next" in page:
        page = admin.call("router_bans", after=page["next"])
        seen += page["count"]
    assert seen == 830
