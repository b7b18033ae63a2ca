# SPDX-License-Identifier: MIT
"""Out-of-band links: mail, files and news from MUD to MUD.  Two identities of one daemon over real
sockets, and a foreign MUD that speaks the protocol by hand."""
import socket

import clients
import lpc
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
    assert link.packet("oob-error")[1] == "not-imp"
    with pytest.raises(RpcError) as off:
        house.lines("alpha-key").call("file_list", target_mud="BetaMUD")
    assert off.value.data["code"] == "service_off"
    with pytest.raises(RpcError) as unknown:
        house.lines("beta-key").call("file_list", target_mud="AlphaMUD")
    assert "does not offer" in unknown.value.message


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
    assert status["status"] == "delivered" and status["to_mud"] == "BetaMUD"
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
    assert short["count"] == 1 and short["next"] == first
    assert "next" not in beta.call("mail_list", after=first)
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
    status = alpha.event("mail_status", to_mud="Foreign")
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


def test_a_mud_that_never_gives_the_word_back_does_not_hold_up_the_next_mail(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    for _ in range(2):
        send(alpha, to=["bob@Foreign"])
        link = mud.accept()
        link.send("mail-ack", {link.packet("mail")[1]: []})
        assert alpha.event("mail_status")["status"] == "delivered"
        link.packet("oob-end")


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


def test_mails_sent_in_one_breath_are_all_taken(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    link = foreign(house).known(alpha).begin()
    frames = b""
    for n in range(20):
        text = lpc.write(mail(n, subject=str(n), text="x" * 5000))
        frames += (len(text) + 1).to_bytes(4, "big") + text + b"\0"
    link.peer.send(frames)
    assert [link.packet("mail-ack")[1] for _ in range(20)] == [{n: []} for n in range(20)]
    assert [m["subject"] for m in alpha.call("mail_list", limit=100)["mails"]] == [
        str(n) for n in range(20)]


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


# --- files

@pytest.fixture
def shelf(post, tmp_path):
    """shelf(**oob settings) → (daemon, folder of AlphaMUD): with something to read in it."""
    def make(**changes):
        folder = tmp_path / "files" / "AlphaMUD"
        (folder / "pub").mkdir(parents=True)
        (folder / "incoming").mkdir()
        (folder / "motd").write_text("Grüße\nan alle\n")
        (folder / "pub" / "map.txt").write_text("[ ]")
        (folder / ".secret").write_text("secret")
        (folder / "raw").write_bytes(b"\xff\xfe\0")
        (folder / "big").write_text("x" * (256 * 1024 + 1))
        (tmp_path / "files" / "secret").write_text("secret")
        (folder / "out").symlink_to(tmp_path / "files")
        (folder / "link").symlink_to(tmp_path / "files" / "secret")
        return post(files=str(tmp_path / "files"), **changes), folder
    return make


def test_files_of_another_identity_are_listed_and_read(shelf):
    house, _ = shelf()
    beta = house.lines("beta-key")
    answer = beta.call("file_list", target_mud="alphamud", wait=20)
    assert answer["status"] == "done" and answer["from_mud"] == "AlphaMUD" and answer["complete"]
    assert {e["name"]: (e["directory"], e["size"]) for e in answer["entries"]} == {
        "motd": (False, 16), "pub": (True, 0), "incoming": (True, 0), "raw": (False, 3),
        "big": (False, 262145)}
    event = beta.event("file_list_reply", request_id=answer["request_id"])
    assert event["entries"] == answer["entries"] and event["directory"] == "/"
    asked = beta.call("file_get", target_mud="AlphaMUD", name="/motd", from_user="bob")
    assert asked["status"] == "requested"
    event = beta.event("file_get_reply", request_id=asked["request_id"])
    assert event["status"] == "done" and event["content"] == "Grüße\nan alle\n"
    assert beta.call("file_get", target_mud="AlphaMUD", name="pub/map.txt", wait=20)["content"] == "[ ]"


@pytest.mark.parametrize("name", [
    "../secret", "pub/../../secret", "/../secret", "/etc/passwd", "pub//map.txt", ".secret",
    "out/secret", "link", "./motd", "pub", "", "x" * 300, "a/" * 40 + "x", "raw", "big", "..",
    "motd/", "pub\\..\\motd"])
def test_no_name_leads_out_of_the_folder(shelf, foreign, name):
    house, _ = shelf()
    link = foreign(house).known(house.lines("alpha-key")).begin()
    link.send("file-get-req", 5, "Foreign", "eve", name)
    reply = link.packet("file-get-reply")
    if name == "motd/":
        assert reply == ["file-get-reply", 5, 1, "Grüße\nan alle\n"]
    else:
        assert reply[1] == 5 and reply[2] in (0, -1, -2) and reply[3] == 0


@pytest.mark.parametrize("name", ["..", "out", ".", "motd", "nowhere", "/../"])
def test_no_directory_leads_out_of_the_folder(shelf, foreign, name):
    house, _ = shelf()
    link = foreign(house).known(house.lines("alpha-key")).begin()
    link.send("file-list-req", "Foreign", "eve", name)
    assert link.packet("oob-error")[1] == "bad-directory"


def test_uploads_are_off_by_default(shelf, foreign):
    house, folder = shelf()
    link = foreign(house).known(house.lines("alpha-key")).begin()
    link.send("file-put", 6, "Foreign", "eve", "gift", "x")
    assert link.packet("file-put-ack") == ["file-put-ack", 6, -3]
    assert list((folder / "incoming").iterdir()) == []


def test_an_upload_goes_into_incoming_and_never_over_something(shelf):
    house, folder = shelf(upload=True)
    beta = house.lines("beta-key")
    put = dict(target_mud="AlphaMUD", content='one\n"two"', from_user="bob", wait=20)
    assert beta.call("file_put", name="gift.txt", **put)["status"] == "done"
    assert (folder / "incoming" / "gift.txt").read_text() == 'one\n"two"'
    beta.event("file_put_reply", name="gift.txt", status="done")
    again = beta.call("file_put", name="incoming/gift.txt", **{**put, "content": "other"})
    assert again["status"] == "failed" and "written" in again["error_message"]
    assert (folder / "incoming" / "gift.txt").read_text() == 'one\n"two"'
    for name in ("../x", "pub/x", ".x", "incoming/../x", "incoming"):
        if name != "incoming":
            assert beta.call("file_put", name=name, **put)["status"] == "failed", name
    assert [f.name for f in (folder / "incoming").iterdir()] == ["gift.txt"]
    assert not (folder / "pub" / "x").exists()


def test_a_file_of_another_mud_is_asked_for_and_given(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    asked = alpha.call("file_get", target_mud="foreign", name="/doc/x", from_user="bob")
    link = mud.accept()
    request = link.packet("file-get-req")
    assert request == ["file-get-req", asked["request_id"], "AlphaMUD", "bob", "/doc/x"]
    link.send("file-get-reply", request[1] + 1, 1, "not this one")
    link.send("file-get-reply", request[1], 1, b"caf\xe9")
    assert alpha.event("file_get_reply")["content"] == "café"
    link.packet("oob-end")
    asked = alpha.call("file_list", target_mud="foreign", directory="doc")
    link.send("oob-end", "Foreign")
    assert link.packet("file-list-req") == ["file-list-req", "AlphaMUD", "*", "doc"]
    link.send("file-list-reply", "*", [["a", 5, 7], ["b", -2, 8], "rubbish"])
    entries = alpha.event("file_list_reply")["entries"]
    assert entries[:2] == [{"name": "a", "directory": False, "size": 5, "time": 7},
                           {"name": "b", "directory": True, "size": 0, "time": 8}]


@pytest.mark.parametrize("said, words", [(-1, "no such"), (-2, "read"), (0, "could not"), (99, "could not")])
def test_a_refusal_is_told_in_words(post, foreign, said, words):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    asked = alpha.call("file_get", target_mud="foreign", name="x")
    link = mud.accept()
    link.send("file-get-reply", asked["request_id"], said, 0)
    event = alpha.event("file_get_reply")
    assert event["status"] == "failed" and words in event["error_message"]


def test_a_question_ends_with_the_link(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    alpha.call("file_get", target_mud="foreign", name="x")
    mud.accept().peer.reset()
    assert alpha.event("file_get_reply")["status"] == "failed"


def test_a_mud_that_refuses_keys_is_an_answer_too(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    alpha.call("news_groups", target_mud="foreign")
    request = mud.packet("auth-mud-req")
    mud.to("error", "AlphaMUD", 0, "not-imp", "no keys here", request)
    event = alpha.event("news_groups_reply")
    assert event["status"] == "failed" and "no keys here" in event["error_message"]
    assert not alpha.events_so_far("error_occurred")


# --- news

def test_news_are_posted_here_and_read_from_there(post):
    house = post()
    alpha, beta = house.lines("alpha-key"), house.lines("beta-key")
    first = alpha.call("news_post", group="rec.muds", subject="Welcome", message="Hello\nall",
                       from_user="ann")
    assert first == {"status": "posted", "id": 1}
    second = alpha.call("news_post", group="rec.muds", subject="Re: Welcome", message="Hi",
                        from_user="cid", thread=1)
    assert second["id"] == 2
    assert alpha.call("news_groups")["groups"] == [{"group": "rec.muds", "first": 1, "last": 2}]
    there = beta.call("news_groups", target_mud="AlphaMUD", wait=20)
    assert there["groups"] == [{"group": "rec.muds", "first": 1, "last": 2}]
    article = beta.call("news_read", target_mud="AlphaMUD", group="rec.muds", id=2, wait=20)
    assert article["status"] == "done" and article["thread"] == 1
    assert (article["poster"], article["subject"], article["message"]) == ("cid", "Re: Welcome", "Hi")
    missing = beta.call("news_read", target_mud="AlphaMUD", group="rec.muds", id=3, wait=20)
    assert missing["status"] == "failed" and "no such article" in missing["error_message"]
    house.kill()
    house.start()
    alpha = house.lines("alpha-key")
    assert alpha.call("news_read", group="rec.muds", id=1)["message"] == "Hello\nall"
    assert alpha.call("news_post", group="rec.muds", message="m", from_user="a")["id"] == 3


def test_other_muds_post_only_where_they_may(post, foreign):
    house = post()
    house.lines("alpha-key").call("news_post", group="g", message="m", from_user="a")
    link = foreign(house).known(house.lines("alpha-key")).begin()
    link.send("news-post-req", "Foreign", 4000, "g", 0, "s", "eve", "t")
    assert "may not post" in link.packet("oob-error")[2]


def test_a_foreign_mud_reads_and_posts(post, foreign):
    house = post(news_post=True)
    alpha = house.lines("alpha-key")
    link = foreign(house).known(alpha).begin()
    link.send("news-grplist-req")
    assert link.read() == []
    alpha.call("news_post", group="g", subject="s", message="m", from_user="ann")
    link.send("news-grplist-req")
    assert link.read() == [["g", 1, 1]]
    link.send("news-read-req", 5, "Foreign", "eve", 0, 0, "g", 1)
    assert link.read()[1:] == [1, "s", "ann", "m"]
    link.send("news-post-req", "Foreign", 4000, "g", 1, "Re: s", "eve", "t")
    assert link.read() == 2
    assert alpha.call("news_read", group="g", id=2)["poster"] == "eve@Foreign"
    link.send("news-post-req", "Foreign", 4000, "other", 0, "s", "eve", "t")
    assert "no such newsgroup" in link.packet("oob-error")[2]


def test_we_post_to_a_foreign_mud(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    alpha.call("news_post", target_mud="Foreign", group="g", subject="s", message="t",
               from_user="ann")
    link = mud.accept()
    assert link.packet("news-post-req") == ["news-post-req", "AlphaMUD", 4000, "g", 0, "s", "ann", "t"]
    link.send_raw(b"17")
    assert alpha.event("news_post_reply")["id"] == 17


def test_calls_need_their_rights(post):
    house = post()
    info = house.lines("info-key")
    for method, params in (("mail_send", {"to": ["a@BetaMUD"], "message": "m", "from_user": "u"}),
                           ("mail_list", {}), ("mail_delete", {"mail_id": 1}),
                           ("news_post", {"group": "g", "message": "m", "from_user": "u"}),
                           ("file_put", {"target_mud": "BetaMUD", "name": "n", "content": "c"})):
        with pytest.raises(RpcError) as refused_call:
            info.call(method, **params)
        assert refused_call.value.code == -32002, method
    assert info.call("news_groups")["groups"] == []


# --- over time

def test_a_service_comes_and_goes_with_a_reload(gatehouse, foreign):
    config = oob_config()
    config["mud"]["services"] = {}
    house = gatehouse(config)
    house.ready_now()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    assert mud.presence("AlphaMUD")[3] == 0
    assert "mail" not in alpha.call("status")["services"]
    house.configure(oob_config())
    house.hup()
    record = mud.packet("mudlist", wait=20, where=lambda p: "mail" in (p[7].get("AlphaMUD") or [0] * 12)[11])
    assert record[7]["AlphaMUD"][3] == house.oob[1]
    house.ready_now()
    assert "mail" in alpha.call("status")["services"]
    link = mud.begin()
    house.configure(config)
    house.hup()
    house.wait_log("reloaded", 2)
    link.send(*mail())
    assert link.packet("oob-error")[1] == "not-imp"


def test_no_mail_is_lost_however_often_we_die(post):
    house = post()
    sent = set()
    for round_ in range(4):
        alpha = house.lines("alpha-key")
        for n in range(8):
            subject = f"{round_}.{n}"
            assert send(alpha, subject=subject, to=["bob@BetaMUD"])["status"] == "queued"
            sent.add(subject)
        house.kill()
        house.start()
        house.ready_now()
    beta = house.lines("beta-key")
    arrived = []

    def all_there():
        arrived[:] = [m["subject"] for m in beta.call("mail_list", limit=100)["mails"]]
        return set(arrived) == sent
    until(all_there, 60, lambda: f"missing {sent - set(arrived)}")
    assert len(arrived) == len(sent)


def test_mail_waits_for_a_mud_that_is_down(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    mud.send("shutdown", 5, "Foreign", 0, "*test", 0, 900)
    until(lambda: ["Foreign", "up"] not in [[m["name"], m["status"]]
                                            for m in alpha.call("mudlist")["muds"]], 20)
    assert send(alpha, to=["bob@Foreign"])["status"] == "queued"
    with pytest.raises(RpcError) as refused_call:
        alpha.call("file_get", target_mud="Foreign", name="x")
    assert "not up" in refused_call.value.message
    mud = foreign(house)
    link = mud.accept()
    packet = link.packet("mail")
    link.send("mail-ack", {packet[1]: []})
    assert alpha.event("mail_status")["status"] == "delivered"


def test_a_stop_with_open_links_is_a_clean_one(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    mud.begin()
    send(alpha, to=["bob@Foreign"])
    link = mud.accept()
    link.packet("mail")
    house.restart()


# --- moderation

def test_who_is_banned_sends_no_mail_and_gets_no_files(post, foreign):
    house = post()
    alpha = house.lines("alpha-key")
    mud = foreign(house).known(alpha)
    link = mud.begin()
    alpha.call("moderation_add", kind="ban", user="eve", mud="Foreign")
    link.send(*mail(1, sender="eve"))
    assert link.packet("mail-ack") == ["mail-ack", {1: ["not let in"]}]
    link.send(*mail(2, sender="ann"))
    assert link.packet("mail-ack") == ["mail-ack", {2: []}]
    alpha.call("moderation_add", kind="ban", mud="Foreign")
    link.send(*mail(3))
    assert link.packet("oob-error")[1] == "not-allowed"
    mud.to("auth-mud-req", "AlphaMUD", 0)
    assert mud.packet("error")[6] == "not-allowed"


def test_words_are_masked_in_mail_both_ways(post, foreign):
    house = post()
    alpha, beta = house.lines("alpha-key"), house.lines("beta-key")
    alpha.call("moderation_add", kind="word", pattern="darn", scope="*")
    send(alpha, subject="darn", message="well, darn it")
    event = beta.event("mail_received")
    assert "darn" not in event["subject"] + event["message"]
    alpha.call("moderation_add", kind="ban", user="ann", mud="AlphaMUD")
    with pytest.raises(RpcError) as stopped:
        send(alpha)
    assert "banned" in stopped.value.message
    with pytest.raises(RpcError):
        alpha.call("file_get", target_mud="BetaMUD", name="x", from_user="ann")
    assert alpha.call("mail_list")["count"] == 0
