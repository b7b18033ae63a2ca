# SPDX-License-Identifier: MIT
"""Every packet type of Intermud-3 between two MUDs of ours: both at one embedded router, and each at
a router of its own, the two being peers.  A type is here under the name it has on the wire."""
import itertools
import threading

import pytest
from clients import DEADLINE, Mud
from conftest import configured, until
from networks import Network

BOB = {"name": "Bob", "title": "the Builder", "idle": 7, "level": 12}
SERVICES = {"mail": True, "file": True, "news": True, "ucache": True}


def with_everything(files):
    """What both MUDs' configurations have in common."""
    return {"oob": {"enabled": True, "listen": "mudmode://127.0.0.1:0", "files": str(files),
                    "upload": True, "news_post": True}}


class Pair:
    """AlphaMUD and BetaMUD, a session of each, and the daemons they are at."""

    def __init__(self, alpha_house, beta_house):
        self.houses = alpha_house, beta_house
        self.alpha, self.beta = alpha_house.lines("alpha-key"), beta_house.lines("beta-key")

    def knows(self, client, mud, status="up"):
        def state():
            return {m["name"]: m["status"] for m in client.call("mudlist")["muds"]}.get(mud)
        until(lambda: state() == status, DEADLINE, lambda: f"{mud} is {state()}")


@pytest.fixture(params=["one router", "two routers"])
def pair(request, gatehouse, tmp_path):
    for mud in ("AlphaMUD", "BetaMUD"):
        (tmp_path / "files" / mud / "incoming").mkdir(parents=True)
    common = with_everything(tmp_path / "files")
    if request.param == "one router":
        config = configured({
            "mud": {"services": SERVICES},
            "muds": [{"name": "BetaMUD", "port": 4001, "services": SERVICES}], **common})
        house = gatehouse(config)
        house.ready_now()
        pair = Pair(house, house)
        pair.config = config
    else:
        network = Network(gatehouse, {"mud": {"services": SERVICES}, **common}).link()
        pair = Pair(network.one, network.two)
    pair.files = tmp_path / "files"
    pair.knows(pair.alpha, "BetaMUD")
    pair.knows(pair.beta, "AlphaMUD")
    pair.beta.call("presence_sync", users=[BOB], lease=3600)
    return pair


@pytest.fixture
def joined(pair):
    for client in (pair.alpha, pair.beta):
        client.call("channel_join", channel="chat")
    return pair.alpha, pair.beta


class Meanwhile:
    """A call that is answered only after the test has done something."""

    def __init__(self, client, method, **params):
        self.thread = threading.Thread(
            target=lambda: setattr(self, "result", client.call(method, **params)))
        self.thread.start()

    def done(self):
        self.thread.join(40)
        return self.result


# --- people ---

def test_tell(pair):
    pair.alpha.call("tell", target_mud="betamud", target_user="Bob", message="hi\nthere",
                    from_user="Ann")
    event = pair.beta.event("tell_received")
    assert (event["from_mud"], event["from_user"], event["visname"]) == ("AlphaMUD", "Ann", "Ann")
    assert (event["to_user"], event["message"]) == ("bob", "hi\nthere")


def test_emoteto(pair):
    pair.alpha.call("emoteto", target_mud="BetaMUD", target_user="bob", message="waves.",
                    from_user="Ann")
    assert pair.beta.event("emoteto_received")["emote"] == "waves."


def test_beep(pair):
    sent = pair.alpha.call("beep", target_mud="betamud", target_user="Bob", from_user="Ann")
    assert sent["status"] == "sent" and sent["message_id"].startswith("beep_betamud_")
    event = pair.beta.event("beep_received")
    assert (event["from_mud"], event["from_user"], event["visname"]) == ("AlphaMUD", "Ann", "Ann")
    assert (event["to_mud"], event["to_user"]) == ("BetaMUD", "bob")


def test_beep_for_nobody_fails_as_a_tell_does(pair):
    sent = pair.alpha.call("beep", target_mud="BetaMUD", target_user="nobody", from_user="Ann",
                           wait=20)
    assert (sent["status"], sent["error_code"]) == ("refused", "unk-user")
    failed = pair.alpha.event("tell_failed", message_id=sent["message_id"])
    assert (failed["to_mud"], failed["to_user"]) == ("BetaMUD", "nobody")


def test_error(pair):
    sent = pair.alpha.call("tell", target_mud="BetaMUD", target_user="nobody", message="x",
                           from_user="Ann", wait=20)
    assert (sent["status"], sent["error_code"]) == ("refused", "unk-user")
    failed = pair.alpha.event("tell_failed", message_id=sent["message_id"])
    assert failed["to_mud"] == "BetaMUD"
    assert pair.alpha.event("error_occurred")["from_mud"] == "BetaMUD"


def test_who_req_and_who_reply(pair):
    users = pair.alpha.call("who", target_mud="BetaMUD", wait=20)["users"]
    assert [(u["name"], u["level"]) for u in users] == [("Bob", 12)]


def test_finger_req_and_finger_reply(pair):
    info = pair.alpha.call("finger", target_mud="BetaMUD", target_user="bob", wait=20)["user_info"]
    assert info["title"] == "the Builder"


def test_locate_req_and_locate_reply(pair):
    found = pair.alpha.call("locate", target_user="bob", wait=20)
    assert [(at["mud"], at["name"]) for at in found["locations"]] == [("BetaMUD", "Bob")]


def test_chan_user_req_and_chan_user_reply(pair):
    pair.beta.call("answer_requests", channel_user=True)
    call = Meanwhile(pair.alpha, "channel_user", target_mud="BetaMUD", target_user="ann", wait=20)
    asked = pair.beta.event("channel_user_request", user="ann")
    pair.beta.call("channel_user_answer", request_id=asked["request_id"], found=True,
                   visname="Ann the Red", gender=1)
    assert (call.done()["visname"], call.result["gender_name"]) == ("Ann the Red", "female")


def test_ucache_update(pair):
    pair.alpha.call("user_update", user="ann", visname="Ann", gender="female")
    event = pair.beta.event("user_updated")
    assert (event["from_mud"], event["user"], event["visname"]) == ("AlphaMUD", "ann", "Ann")


# --- channels ---

def test_channel_m(joined):
    alpha, beta = joined
    alpha.call("channel_send", channel="chat", message="hello", from_user="ann", visname="Ann")
    for client in joined:
        event = client.event("channel_message")
        assert (event["from_mud"], event["visname"], event["message"]) == (
            "AlphaMUD", "Ann", "hello")


def test_channel_e(joined):
    alpha, beta = joined
    alpha.call("channel_emote", channel="chat", message="dances.", from_user="ann", visname="Ann")
    for client in joined:
        assert client.event("channel_emote")["emote"] == "dances."


def test_channel_t(joined):
    alpha, beta = joined
    alpha.call("channel_target", channel="chat", target_mud="BetaMUD", target_user="bob",
               message_others="$N greets $O.", message_target="$N greets you.", from_user="ann",
               visname="Ann", target_visname="Bob")
    assert beta.event("channel_emote")["message"] == "Ann@AlphaMUD greets you."
    assert alpha.event("channel_emote")["message"] == "Ann greets Bob@BetaMUD."


def test_channel_listen(joined):
    alpha, beta = joined
    beta.call("channel_leave", channel="chat")
    beta.call("channel_join", channel="dev")
    alpha.call("channel_join", channel="dev")
    alpha.call("channel_send", channel="chat", message="gone?")
    alpha.event("channel_message", message="gone?")
    alpha.call("channel_send", channel="dev", message="here")
    assert beta.event("channel_message")["message"] == "here"


def test_chan_who_req_and_chan_who_reply(joined):
    alpha, _ = joined
    found = alpha.call("channel_who", channel="chat", target_mud="BetaMUD", wait=20)
    assert found["users"] == [{"name": "Bob", "mud": "BetaMUD"}]


def refused(client, channel):
    return client.event("error_occurred", error_code="not-allowed", channel=channel)


def test_channel_add_admin_and_remove(pair):
    alpha, beta = pair.alpha, pair.beta
    assert alpha.call("channel_create", channel="guild", type=1, wait=20)["status"] == "created"
    until(lambda: "guild" in [c["name"] for c in beta.call("channel_list")["channels"]])
    beta.call("channel_join", channel="guild")
    refused(beta, "guild")
    alpha.call("channel_admin", channel="guild", admit=["BetaMUD"])
    alpha.call("channel_join", channel="guild")

    lines = itertools.count()

    def hears():
        line = f"among us {next(lines)}"
        beta.call("channel_leave", channel="guild")
        beta.call("channel_join", channel="guild")
        alpha.call("channel_send", channel="guild", message=line, from_user="ann")
        alpha.event("channel_message", message=line)
        return line in [e["message"] for e in beta.events_so_far("channel_message")]
    until(hears)
    alpha.call("channel_admin", channel="guild", ban=["BetaMUD"])
    until(lambda: not hears())
    assert alpha.call("channel_remove", channel="guild", wait=20)["status"] == "removed"
    until(lambda: "guild" not in [c["name"] for c in beta.call("channel_list")["channels"]])


def test_chan_filter_req_and_chan_filter_reply(pair):
    alpha, beta = pair.alpha, pair.beta
    assert alpha.call("channel_create", channel="tidy", type=2, wait=20)["status"] == "created"
    alpha.call("channel_admin", channel="tidy", admit=["BetaMUD"], wait=1)
    alpha.call("answer_requests", channel_filter=True)
    alpha.call("channel_join", channel="tidy")
    until(lambda: "tidy" in [c["name"] for c in beta.call("channel_list")["channels"]])
    beta.call("channel_join", channel="tidy")
    beta.call("channel_send", channel="tidy", message="d*rn it", from_user="bob", visname="Bob")
    asked = alpha.event("channel_filter")
    assert (asked["from_mud"], asked["from_user"], asked["message"]) == ("BetaMUD", "bob", "d*rn it")
    alpha.call("channel_filter_answer", request_id=asked["request_id"], allow=True,
               message="dear me")
    for client in (alpha, beta):
        event = client.event("channel_message")
        assert (event["from_mud"], event["visname"], event["message"]) == (
            "BetaMUD", "Bob", "dear me")


def test_chan_adminlist_and_chan_adminlist_reply(pair):
    pair.alpha.call("channel_create", channel="guild", type=1, wait=20)
    pair.alpha.call("channel_admin", channel="guild", admit=["BetaMUD"], wait=1)
    assert pair.alpha.call("channel_admin_list", channel="guild", wait=20)["muds"] == ["BetaMUD"]


def test_chanlist_req_and_chanlist_reply(pair):
    assert {"intermud", "chat"} <= {
        c["name"] for c in pair.alpha.call("channel_list", refresh=True)["channels"]}


# --- MUDs ---

def test_ping_req_and_ping_reply(pair):
    answer = pair.alpha.call("mud_ping", target_mud="BetaMUD", wait=20)
    assert answer["alive"] is True and answer["rtt_ms"] >= 0


def test_auth_mud_req_and_auth_mud_reply(pair):
    answer = pair.alpha.call("auth_request", target_mud="BetaMUD", wait=20)
    assert answer["status"] == "granted" and answer["session_key"] > 0


def test_shutdown_startup_and_mudlist(pair):
    house = pair.houses[1]
    if pair.houses[0] is house:  # the identity leaves
        config = pair.config
        gone = config.pop("muds")
        keys = config["api"]["auth"]
        keys["api_keys"] = [k for k in keys["api_keys"] if k["mud_name"] == "AlphaMUD"]
        house.configure(config)
        house.hup()
    else:
        house.stop()
    event = pair.alpha.event("mud_offline", wait=40, mud_name="BetaMUD")
    assert event["status"] == "down"
    if pair.houses[0] is house:
        config["muds"] = gone
        house.configure(config)
        house.hup()
    else:
        house.start()
    assert pair.alpha.event("mud_online", wait=40, mud_name="BetaMUD")["status"] == "up"


@pytest.mark.parametrize("protocol, record, reply", [(1, 11, 8), (2, 13, 8), (3, 13, 10)])
def test_startup_req_1_2_and_3(pair, protocol, record, reply):
    """What each is told of MUDs and answered to locate-req, in the shape it knows."""
    router = pair.alpha.call("status")["router"]
    mud = Mud(pair.houses[0].mudmode, "OldMUD", router, protocol=protocol)
    assert mud.reply[0] == "startup-reply" and mud.password > 0
    assert len(mud.presence("BetaMUD")) == record
    mud.send("locate-req", 5, "OldMUD", "ann", 0, 0, "bob")
    found = mud.packet("locate-reply")
    assert len(found) == reply and found[6:8] == ["BetaMUD", "Bob"]
    mud.close()


@pytest.mark.parametrize("kind", ["chanlist-req", "chanlist-request"])
def test_both_spellings_of_chanlist_req(pair, kind):
    router = pair.alpha.call("status")["router"]
    mud = Mud(pair.houses[0].mudmode, "OldMUD", router)
    mud.packet("chanlist-reply")
    mud.to(kind, router, 0)
    assert "chat" in mud.packet("chanlist-reply")[7]
    mud.close()


# --- out of band ---

def test_mail_and_mail_ack(pair):
    sent = pair.alpha.call("mail_send", to=["bob@BetaMUD"], subject="news", message="Dear Bob",
                           from_user="ann")
    mail = pair.beta.event("mail_received", wait=40)
    assert (mail["from_mud"], mail["subject"], mail["message"]) == ("AlphaMUD", "news", "Dear Bob")
    status = pair.alpha.event("mail_status", wait=40, mail_id=sent["mail_id"])
    assert (status["to_mud"], status["status"]) == ("BetaMUD", "delivered")
    assert [m["subject"] for m in pair.beta.call("mail_list")["mails"]] == ["news"]


def test_file_list_get_and_put(pair):
    (pair.files / "BetaMUD" / "map.txt").write_text("north is up\n")
    listed = pair.alpha.call("file_list", target_mud="BetaMUD", wait=40)
    assert "map.txt" in [e["name"] for e in listed["entries"]]
    got = pair.alpha.call("file_get", target_mud="BetaMUD", name="map.txt", wait=40)
    assert got["content"] == "north is up\n"
    put = pair.alpha.call("file_put", target_mud="BetaMUD", name="note.txt", content="seen\n",
                          from_user="ann", wait=40)
    assert put["status"] == "done"
    assert [p.read_text() for p in (pair.files / "BetaMUD" / "incoming").iterdir()] == ["seen\n"]


def test_news_grplist_read_and_post(pair):
    pair.beta.call("news_post", group="town", subject="fair", message="on Monday", from_user="bob")
    groups = pair.alpha.call("news_groups", target_mud="BetaMUD", wait=40)["groups"]
    assert [g["group"] for g in groups] == ["town"]
    article = pair.alpha.call("news_read", target_mud="BetaMUD", group="town", id=1, wait=40)
    assert (article["subject"], article["message"]) == ("fair", "on Monday")
    posted = pair.alpha.call("news_post", target_mud="BetaMUD", group="town", subject="re: fair",
                             message="coming", from_user="ann", wait=40)
    assert (posted["status"], posted["id"]) == ("done", 2)
