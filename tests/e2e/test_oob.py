# SPDX-License-Identifier: MIT
"""Out-of-band links: mail, files and news from MUD to MUD.  Two identities of one daemon over real
sockets, and a foreign MUD that speaks the protocol by hand."""
import socket

import clients
import pytest
from clients import Mud, MudMode, Peer, RpcError
from conftest import configured, until

SERVICES = {"mail": True, "file": True, "news": True}


def oob_config(**changes):
    return configured({
        "mud": {"services": dict(SERVICES)},
        "muds": [{"name": "BetaMUD", "port": 4001, "services": dict(SERVICES)}],
        "oob": {"enabled": True, "listen": "mudmode://127.0.0.1:0", **changes},
    })


@pytest.fixture
def post(gatehouse):
    """post(**oob settings) → a daemon with mail, files and news, logged in."""
    def make(**changes):
        house = gatehouse(oob_config(**changes))
        house.ready_now()
        return house
    return make


class Foreign(Mud):
    """A MUD with an out-of-band port of its own."""

    def __init__(self, house, name="Foreign", services=("auth", "mail", "file", "news")):
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        MudMode.__init__(self, Peer(house.mudmode))
        self.house, self.name, self.router, self.links = house, name, "*test", []
        self.send("startup-req-3", 5, name, 0, "*test", 0, 0, 0, 0, 4000, port, 0, "L", "L", "D",
                  "LP", "open", "a@example.org", dict.fromkeys(services, 1), 0)
        self.packet("startup-reply")

    def known(self, rpc):
        """Until our side has it in its list."""
        until(lambda: self.name in [m["name"] for m in rpc.call("mudlist")["muds"]])
        return self

    def key(self, mud="AlphaMUD"):
        self.to("auth-mud-req", mud, 0)
        return self.packet("auth-mud-reply")[6]

    def dial(self, source=None):
        self.links.append(MudMode(Peer(self.house.oob, source=source)))
        return self.links[-1]

    def begin(self, mud="AlphaMUD", key=None):
        """A link on which our side has greeted us."""
        link = self.dial()
        link.send("oob-begin", self.name, 1, self.key(mud) if key is None else key)
        assert link.packet("oob-begin") == ["oob-begin", mud, 0, 0]
        return link

    def give_key(self, key=4711):
        request = self.packet("auth-mud-req", wait=20)
        self.to("auth-mud-reply", request[2], 0, key)
        return key

    def accept(self, key=4711, mud="AlphaMUD"):
        """Our side dials → the link, greeted."""
        self.give_key(key)
        self.listener.settimeout(clients.DEADLINE)
        link = MudMode(Peer(sock=self.listener.accept()[0]))
        self.links.append(link)
        assert link.packet("oob-begin") == ["oob-begin", mud, 1, key]
        link.send("oob-begin", self.name, 0, 0)
        return link


@pytest.fixture
def foreign():
    made = []

    def make(*args, **kwargs):
        made.append(Foreign(*args, **kwargs))
        return made[-1]

    yield make
    for mud in made:
        mud.close()
        mud.listener.close()
        for link in mud.links:
            link.close()


def mail(number=7, sender="ann", to=None, subject="hello", text="How are you?\nAnn", sent=1767323045):
    return ["mail", number, sender, {"AlphaMUD": ["bob"]} if to is None else to, {}, [], sent,
            subject, text]


# --- switched off

def test_without_oob_there_is_no_port_no_key_and_no_mail(house):
    mud = Mud(house.mudmode, "Foreign", "*test")
    record = mud.presence("AlphaMUD")
    assert record[3] == 0
    assert not {"mail", "file", "news", "auth", "oob"} & record[11].keys()
    mud.to("auth-mud-req", "AlphaMUD", 0)
    assert mud.packet("error")[6] == "not-imp"
    with pytest.raises(RpcError) as refused:
        house.lines("alpha-key").call("mail_send", to=["x@BetaMUD"], message="m", from_user="ann")
    assert refused.value.code == -32004


def test_a_service_that_is_off_is_neither_told_nor_answered(gatehouse, foreign):
    config = oob_config()
    config["mud"]["services"] = {"mail": True}
    house = gatehouse(config)
    house.ready_now()
    mud = foreign(house).known(house.lines("alpha-key"))
    record = mud.presence("AlphaMUD")
    assert record[3] == record[11]["oob"] == house.oob[1]
    assert record[11]["mail"] == record[11]["auth"] == 1
    assert "file" not in record[11] and "news" not in record[11]
    link = mud.begin()
    link.send("file-list-req", "Foreign", "ann", "/")
    assert link.packet("oob-error")[1] in ("not-imp", "unk-type")


# --- mail between two identities

def send(rpc, **changes):
    return rpc.call("mail_send", **{"to": ["Bob@BetaMUD"], "subject": "hello", "from_user": "ann",
                                    "message": "How are you?\nAnn", **changes})


def test_mail_goes_from_identity_to_identity(post):
    house = post()
    alpha, beta = house.lines("alpha-key"), house.lines("beta-key")
    sent = send(alpha, cc=[{"mud": "betamud", "user": "Cid"}])
    assert sent["status"] == "queued"
    event = beta.event("mail_received")
    assert event["from_mud"] == "AlphaMUD" and event["from_user"] == "ann"
    assert event["users"] == ["bob", "cid"]
    assert event["to"] == [{"mud": "BetaMUD", "user": "bob"}]
    assert event["cc"] == [{"mud": "BetaMUD", "user": "cid"}]
    assert event["subject"] == "hello" and event["message"] == "How are you?\nAnn"
    status = alpha.event("mail_status", mail_id=sent["mail_id"])
    assert status["status"] == "delivered" and status["mud"] == "BetaMUD"
    assert status["failures"] == []


def test_mail_stays_until_it_is_deleted_and_survives_a_restart(post):
    house = post()
    alpha, beta = house.lines("alpha-key"), house.lines("beta-key")
    for subject in ("one", "two"):
        send(alpha, subject=subject)
        beta.event("mail_received", subject=subject)
    house.kill()
    house.start()
    beta = house.lines("beta-key")
    mails = beta.call("mail_list")
    assert [m["subject"] for m in mails["mails"]] == ["one", "two"]
    first = mails["mails"][0]["mail_id"]
    assert [m["subject"] for m in beta.call("mail_list", after=first)["mails"]] == ["two"]
    short = beta.call("mail_list", limit=1)
    assert short["count"] == 1 and short["more"] is True
    assert beta.call("mail_delete", mail_id=first)["status"] == "deleted"
    assert beta.call("mail_delete", mail_id=first)["status"] == "not_found"
    house.restart()
    assert [m["subject"] for m in house.lines("beta-key").call("mail_list")["mails"]] == ["two"]


@pytest.mark.parametrize("to, about", [
    (["bob"], "to"), (["bob@Nowhere"], "to"), (["bob@AlphaMUD"], "to"), ([7], "to"),
    ([{"user": "bob"}], "to"), (["u%d@BetaMUD" % i for i in range(101)], "to")])
def test_recipients_that_cannot_be_are_refused(post, to, about):
    with pytest.raises(RpcError) as refused:
        send(post().lines("alpha-key"), to=to)
    assert refused.value.code == -32602
    assert about in refused.value.message or refused.value.data.get("field") == about


# --- mail with a foreign MUD

def test_a_foreign_mud_sends_mail_and_is_acknowledged(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    link = foreign(house).known(alpha).begin()
    link.send(*mail())
    assert link.packet("mail-ack") == ["mail-ack", {7: []}]
    event = alpha.event("mail_received")
    assert event["from_mud"] == "Foreign" and event["sent_at"] == 1767323045
    link.send(*mail(8, to={"BetaMUD": ["bob"]}))
    assert link.packet("mail-ack")[1][8] == ["nobody here is addressed"]
    link.send(*mail(9, text="x" * 65537))
    assert "too long" in link.packet("mail-ack")[1][9][0]
    link.send("oob-end", "Foreign")
    assert link.packet("oob-end") == ["oob-end", "AlphaMUD"]


def test_the_same_mail_again_is_acknowledged_and_kept_once(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    for _ in range(2):
        link = mud.begin()
        link.send(*mail())
        assert link.packet("mail-ack") == ["mail-ack", {7: []}]
    assert alpha.call("mail_list")["count"] == 1


def test_our_mail_reaches_a_foreign_mud(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    sent = send(alpha, to=["Bob@Foreign", "cid@foreign", "dan@BetaMUD"])
    link = mud.accept()
    packet = link.packet("mail")
    assert packet[1] == sent["mail_id"] and packet[2] == "ann"
    assert packet[3] == {"Foreign": ["bob", "cid"], "BetaMUD": ["dan"]}
    assert packet[4] == {} and packet[5] == []
    assert packet[7:] == ["hello", "How are you?\nAnn"]
    link.send("mail-ack", {packet[1]: ["no such user: cid"]})
    status = alpha.event("mail_status", mud="Foreign")
    assert status["status"] == "failed" and status["failures"] == ["no such user: cid"]
    assert link.packet("oob-end") == ["oob-end", "AlphaMUD"]
    link.send("oob-end", "Foreign")
    assert link.peer.closed()


def test_what_waits_goes_over_a_link_the_other_mud_opened(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    send(alpha, to=["bob@Foreign"])
    mud.packet("auth-mud-req")  # and no answer
    link = mud.begin()
    link.send("oob-end", "Foreign")
    packet = link.packet("mail")
    link.send("mail-ack", {packet[1]: []})
    assert alpha.event("mail_status")["status"] == "delivered"
    assert link.packet("oob-end")


def test_a_mud_without_keys_is_announced_to_and_may_announce_itself(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house, services=("mail",)).known(alpha)
    send(alpha, to=["bob@Foreign"])
    mud.packet("oob-req")
    mud.listener.settimeout(clients.DEADLINE)
    link = MudMode(Peer(sock=mud.listener.accept()[0]))
    assert link.packet("oob-begin") == ["oob-begin", "AlphaMUD", 0, 0]
    link.close()
    mud.to("oob-req", "AlphaMUD", 0)
    mud.to("ping-req", "AlphaMUD", 0)
    mud.packet("ping-reply")  # so the other has been heard
    link = mud.dial()
    link.send("oob-begin", "Foreign", 0, 0)
    assert link.packet("oob-begin")
    link.send(*mail())
    assert link.packet("mail-ack") == ["mail-ack", {7: []}]


def test_mail_queued_before_a_crash_is_delivered_after_it(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    mud.close()
    sent = send(alpha, to=["bob@Foreign"])
    assert sent["status"] == "queued"
    house.kill()
    house.start()
    house.ready_now()
    alpha = house.lines("alpha-key")
    mud = foreign(house, name="Foreign")
    link = mud.accept()
    packet = link.packet("mail")
    assert packet[1] == sent["mail_id"]
    link.send("mail-ack", {packet[1]: []})
    assert alpha.event("mail_status", mail_id=sent["mail_id"])["status"] == "delivered"


def test_mail_that_was_sent_and_not_acknowledged_is_not_lost(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    sent = send(alpha, to=["bob@Foreign"])
    link = mud.accept()
    link.packet("mail")
    link.peer.reset()
    house.wait_log("oob_unreached")
    assert not alpha.events_so_far("mail_status")
    link = mud.begin()  # does not wait for our next try
    link.send("oob-end", "Foreign")
    assert link.packet("mail")[1] == sent["mail_id"]


def test_a_refusal_of_the_other_mud_is_the_mails_fate(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    send(alpha, to=["bob@Foreign"])
    link = mud.accept()
    link.packet("mail")
    link.send("oob-error", "not-allowed", "no mail today")
    status = alpha.event("mail_status")
    assert status["status"] == "failed" and "no mail today" in status["failures"][0]


# --- who is let in

def refused(link, why):
    assert why in link.packet("oob-error")[2]
    return link.peer.closed()


def test_a_wrong_key_is_refused_and_the_right_one_still_good(post, foreign):
    house = post()
    mud = foreign(house).known(house.lines("alpha-key"))
    key = mud.key()
    assert 1 <= key < 1 << 31
    link = mud.dial()
    link.send("oob-begin", "Foreign", 1, key % 2147483646 + 1)
    assert refused(link, "wrong key")
    house.wait_log("oob_refused .*wrong key")
    mud.begin(key=key)


def test_a_key_is_good_once_and_only_the_newest(post, foreign):
    house = post()
    mud = foreign(house).known(house.lines("alpha-key"))
    old, new = mud.key(), mud.key()
    link = mud.dial()
    link.send("oob-begin", "Foreign", 1, old)
    assert refused(link, "wrong key")
    mud.begin(key=new)
    link = mud.dial()
    link.send("oob-begin", "Foreign", 1, new)
    assert refused(link, "wrong key")


def test_a_key_is_good_only_for_its_mud(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud, other = foreign(house).known(alpha), foreign(house, name="Other").known(alpha)
    link = other.dial()
    link.send("oob-begin", "Other", 1, mud.key())
    assert refused(link, "wrong key")


def test_a_link_from_another_address_is_refused(post, foreign):
    house = post()
    mud = foreign(house).known(house.lines("alpha-key"))
    key = mud.key()
    link = mud.dial(source=("127.0.0.2", 0))
    link.send("oob-begin", "Foreign", 1, key)
    assert refused(link, "address")
    mud.begin(key=key)


def test_the_address_does_not_count_when_told_so(post, foreign):
    house = post(check_address=False)
    mud = foreign(house).known(house.lines("alpha-key"))
    link = mud.dial(source=("127.0.0.2", 0))
    link.send("oob-begin", "Foreign", 1, mud.key())
    assert link.packet("oob-begin")
    mud.to("oob-req", "AlphaMUD", 0)
    assert mud.packet("error")[6] == "not-imp"


def test_a_link_without_a_key_that_nobody_announced_is_refused(post, foreign):
    house = post()
    mud = foreign(house).known(house.lines("alpha-key"))
    link = mud.dial()
    link.send("oob-begin", "Foreign", 0, 0)
    assert refused(link, "not announced")


@pytest.mark.parametrize("raw", [
    b"\0\0\0\2", b"\0\0\0\0", b"\0\0\x20\x01" + b"x" * 100, b"\xff\xff\xff\xffGET / HTTP/1.1",
    b"\0\0\0\7garbag\0", b"\0\0\0\x0a\"text\"\0\0\0\0",
    b"\0\0\0\x05({})\0", b"\0\0\0\x14({\"oob-begin\",1,2,3})"])
def test_rubbish_before_the_beginning_costs_the_link_and_nothing_else(post, foreign, raw):
    house = post()
    mud = foreign(house).known(house.lines("alpha-key"))
    link = mud.dial()
    link.peer.send(raw)
    assert link.peer.closed(wait=15)  # half a frame: at the end of its ten seconds
    mud.begin()


def test_one_address_has_few_links(post, foreign):
    house = post()
    mud = foreign(house)
    links = [mud.dial() for _ in range(9)]
    assert links[-1].peer.closed(wait=5)


def test_a_frame_of_a_known_mud_has_a_limit_too(post, foreign):
    house = post()
    mud = foreign(house).known(house.lines("alpha-key"))
    link = mud.begin()
    link.peer.send((700 << 10).to_bytes(4, "big"))
    assert link.peer.closed()
    mud.begin()
