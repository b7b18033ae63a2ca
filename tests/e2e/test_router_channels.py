# SPDX-License-Identifier: MIT
"""Foreign MUDs at the embedded router: channels that ban, admit and filter, and what they find
again after the daemon or they themselves were away."""
import contextlib
import itertools

import pytest
from clients import Mud, MudMode, Peer, SERVICES

ROUTER = "*test"
CODE, WORDS = 6, 7


class Member(Mud):
    """A foreign MUD that owns, hears and speaks on channels."""

    count = itertools.count(1)

    def add(self, channel, kind):
        self.to("channel-add", ROUTER, 0, channel, kind)

    def admin(self, channel, add=(), take=()):
        self.to("channel-admin", ROUTER, 0, channel, list(add), list(take))

    def say(self, channel, text, user="alice"):
        self.send("channel-m", 5, self.name, user, 0, 0, channel, user.title(), text)

    def hears(self, text):
        return self.packet("channel-m", where=lambda p: p[8] == text)

    def error(self, code):
        return self.packet("error", where=lambda p: p[CODE] == code)

    def sync(self):
        """Until the router has looked at everything sent so far → what came meanwhile, by type."""
        token = next(self.count)
        self.to("sync", self.name, 0, token)
        self.packet("sync", where=lambda p: p[6] == token)
        return [p[0] for p in self.kept]

    def names_on(self, channel):
        self.to("chan-adminlist", ROUTER, "wizard", channel)
        reply = self.packet("chan-adminlist-reply", where=lambda p: p[6] == channel)
        return reply[7]

    def type_of(self, channel):
        return self.packet("chanlist-reply", where=lambda p: channel in p[7])[7][channel]


@pytest.fixture
def member():
    """member(house, name, password=0) → a MUD, logged in."""
    with contextlib.ExitStack() as stack:
        def make(house, name, password=0):
            mud = Member(house.mudmode, name, ROUTER, password)
            stack.callback(mud.close)
            return mud

        yield make


def test_an_admitting_channel_is_for_its_list_until_a_name_is_taken_off(gatehouse, member):
    house = gatehouse()
    owner, guest, other = (member(house, name) for name in ("OwnerMUD", "GuestMUD", "OtherMUD"))
    owner.add("club", 1)
    assert guest.type_of("club") == ["OwnerMUD", 1]
    guest.listen("club")
    assert "not admitted" in guest.error("not-allowed")[WORDS]
    owner.admin("club", add=["guestmud"])
    owner.listen("club")
    owner.sync()
    guest.listen("club")
    guest.say("club", "hello")
    assert guest.hears("hello")[2] == "GuestMUD"
    assert owner.hears("hello")[3] == "alice"
    other.say("club", "me too")
    assert other.error("not-allowed")[5] == "alice"
    owner.admin("club", take=["GuestMUD"])
    owner.say("club", "alone", user="boss")
    owner.hears("alone")
    guest.say("club", "still here?")
    guest.error("not-allowed")
    assert "channel-m" not in guest.sync()
    assert owner.names_on("club") == []


def test_a_ban_ends_listening_and_speaking_and_is_lifted(gatehouse, member):
    house = gatehouse()
    owner, guest = member(house, "OwnerMUD"), member(house, "GuestMUD")
    owner.add("open", 0)
    assert guest.type_of("open") == ["OwnerMUD", 0]
    guest.listen("open")
    guest.say("open", "one")
    guest.hears("one")
    guest.say("open", "two")
    guest.hears("two")
    owner.admin("open", add=["GuestMUD"])
    owner.say("open", "without you", user="boss")
    owner.hears("without you")
    guest.say("open", "three")
    assert "banned" in guest.error("not-allowed")[WORDS]
    guest.listen("open")
    guest.error("not-allowed")
    assert "channel-m" not in guest.sync()
    guest.to("channel-admin", ROUTER, 0, "open", [], ["GuestMUD"])
    assert "somebody else" in guest.error("not-allowed")[WORDS]
    owner.admin("open", take=["GuestMUD"])
    owner.sync()
    guest.listen("open")
    guest.say("open", "four")
    owner.hears("four")


def test_a_filtered_line_is_heard_as_its_owner_edits_it_and_under_no_other_name(gatehouse, member):
    house = gatehouse()
    owner, guest, other = (member(house, name) for name in ("OwnerMUD", "GuestMUD", "OtherMUD"))
    owner.add("calm", 2)
    owner.admin("calm", add=["GuestMUD", "OtherMUD"])
    owner.sync()
    for mud in (guest, other):
        mud.listen("calm")
        mud.sync()
    guest.say("calm", "darn!")
    asked = owner.packet("chan-filter-req")
    assert asked[6] == "calm"
    line = asked[7]
    assert line[0] == "channel-m" and line[2:] == ["GuestMUD", "alice", 0, 0, "calm", "Alice",
                                                   "darn!"]
    forged = [*line[:2], "OtherMUD", *line[3:]]
    owner.to("chan-filter-reply", ROUTER, 0, "calm", forged)
    owner.error("not-allowed")
    line[8] = "dear!"
    owner.to("chan-filter-reply", ROUTER, 0, "calm", line)
    for mud in (guest, other):
        assert mud.hears("dear!")[2:4] == ["GuestMUD", "alice"]
    owner.to("chan-filter-reply", ROUTER, 0, "calm", line)
    owner.error("not-allowed")  # once is enough
    owner.to("shutdown", ROUTER, 0, 0)
    assert owner.peer.closed()
    guest.say("calm", "anybody?")
    guest.error("unk-dst")
    assert "channel-m" not in other.sync()


def test_an_owner_changes_the_type_of_its_channel(gatehouse, member):
    house = gatehouse()
    owner, guest = member(house, "OwnerMUD"), member(house, "GuestMUD")
    owner.add("club", 0)
    assert guest.type_of("club") == ["OwnerMUD", 0]
    guest.listen("club")
    guest.sync()
    owner.add("club", 1)
    assert guest.type_of("club") == ["OwnerMUD", 1]
    owner.say("club", "alone", user="boss")
    owner.hears("alone")
    assert "channel-m" not in guest.sync()


def test_types_lists_and_owners_survive_a_kill(gatehouse, member):
    house = gatehouse()
    owner = member(house, "OwnerMUD")
    for kind in range(3):
        owner.add(f"kind{kind}", kind)
        owner.admin(f"kind{kind}", add=["GuestMUD", "Nobody"], take=["Nobody"])
    assert owner.names_on("kind2") == ["GuestMUD"]
    # A login is answered when it is on disk, and what came before it is then as well.
    member(house, "LaterMUD")
    house.kill()
    house.start()
    owner, guest = member(house, "OwnerMUD", owner.password), member(house, "GuestMUD")
    channels = guest.packet("chanlist-reply")[7]
    for kind in range(3):
        assert channels[f"kind{kind}"] == ["OwnerMUD", kind]
        assert owner.names_on(f"kind{kind}") == ["GuestMUD"]
    guest.listen("kind0")
    guest.error("not-allowed")
    guest.listen("kind1")
    guest.sync()
    owner.say("kind1", "welcome", user="boss")
    guest.hears("welcome")


def startup(link, name, mudlist_id, password):
    link.send("startup-req-3", 5, name, 0, ROUTER, 0, password, mudlist_id, 0, 4000, 0, 0,
              "TestLib", "TestLib", "TestDriver", "LP", "open for public", "a@example.org",
              SERVICES, 0)
    link.packet("startup-reply")


def lists_at_login(house, name, mudlist_id, password):
    """Log in with the list this MUD has → the mudlist packets of the login."""
    link = MudMode(Peer(house.mudmode))
    startup(link, name, mudlist_id, password)
    link.packet("chanlist-reply")  # comes after the mudlist
    link.close()
    return [p for p in link.kept if p[0] == "mudlist"]


@pytest.mark.parametrize("restarted", [False, True])
def test_who_comes_back_with_its_list_hears_what_changed_and_no_more(
        gatehouse, member, restarted):
    house = gatehouse()
    house.ready_now()
    here = member(house, "HereMUD")
    stays, goes = member(house, "StayMUD"), member(house, "GoneMUD")
    seen = here.packet("mudlist", where=lambda p: "GoneMUD" in p[7])
    here.close()
    goes.to("shutdown", ROUTER, 0, 900)
    assert goes.peer.closed()
    gone = stays.packet("mudlist", where=lambda p: "GoneMUD" in p[7] and p[7]["GoneMUD"][0] == 900)
    if restarted:
        member(house, "LaterMUD")  # its login is answered when all of that is on disk
        house.kill()
        house.start()
    told = lists_at_login(house, "HereMUD", seen[6], here.password)
    assert told[-1][6] >= gone[6] > seen[6]
    assert {mud: record[0] for p in told for mud, record in p[7].items()
            if mud in ("HereMUD", "StayMUD", "GoneMUD")} == {"GoneMUD": 900}
    if not restarted:
        assert lists_at_login(house, "HereMUD", told[-1][6], here.password) == []
    everything = lists_at_login(house, "HereMUD", 0, here.password)
    assert {"HereMUD", "StayMUD", "GoneMUD", "AlphaMUD", "BetaMUD"} <= set(everything[-1][7])
