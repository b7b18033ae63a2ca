# SPDX-License-Identifier: MIT
"""The bridge's version 2: messages that are numbered, kept until they are acknowledged, and given
again after whatever end; several bots; gaps; pace."""
import contextlib
import datetime
import itertools
import json
import os
import random
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import clients
import pytest
from clients import http
from conftest import until
from disk import Disk
from test_bridge import KEY, bridge, bridged, running  # noqa: F401

NOT_THERE = {"message": "No such message.", "code": 404}
QUEUE = {"messages": 10000, "days": 7, "bytes": 8 << 20}

numbers = itertools.count(1)


class Peer(clients.WebSocket):
    """One of version 2, or of version 1 with v=1."""

    def __init__(self, house, kind, v=2, **data):
        super().__init__(house.sync, path=f"/sync?api_key={KEY}")
        house.clients.append(self)
        self.kind, self.data = kind, data
        self.say({"type": kind, "data": {**data, **({"v": 2} if v == 2 else {})}})
        self.welcome = self.receive()
        self.queues = {row["channel_id"]: row for row in self.welcome.get("queues", [])}

    def say(self, message):
        self.send_text(json.dumps(message))

    def words(self, content, msg_id=None, channel=None, **more):
        msg_id = msg_id or f"id-{next(numbers)}"
        author = {"id": "p1", "name": "Ann"}
        if self.kind == "bot":
            return {"msg_id": msg_id, "id": channel or "c1", "author": author, "content": content,
                    **more}
        return {"msg_id": msg_id, "id": self.data["server_id"], "author": author,
                "destination": {"channel_id": channel or self.data["channel_id"]},
                "content": content, **more}

    def send(self, content, msg_id=None, channel=None, **more):
        """→ the answer; only for who is sent nothing else."""
        self.say(self.words(content, msg_id, channel, **more))
        return self.receive()

    def ack(self, message):
        self.say({"ack": message.get("seq", message.get("to")), "epoch": message["epoch"],
                  "channel_id": message["channel_id"]})

    def nothing_came(self):
        """Whatever was for it came before the answer to this."""
        self.say({})
        assert self.receive() == {"message": "Malformed message.", "code": 400}

    def settled(self):
        """All acknowledgements so far have been read; they are on the disk a moment later."""
        self.nothing_came()


def mod(house, server="s1", channel="c1", **more):
    peer = Peer(house, "mod", server_id=server, channel_id=channel, **more)
    assert peer.welcome["status"] == "connected", peer.welcome
    return peer


def bot(house, name="b1", **more):
    peer = Peer(house, "bot", bot_id=name, **more)
    assert peer.welcome["status"] == "connected", peer.welcome
    return peer


def contents(peer, n):
    return [peer.receive()["content"] for _ in range(n)]


def metric(house, name):
    page = http(house.metrics, "/metrics").body.decode()
    line, = (x for x in page.splitlines() if x.startswith(f"gatehouse_bridge_{name} "))
    return int(line.split()[1])


# --- handshake and shapes ---

def test_the_handshake_says_which_version_and_which_queues(running):
    one = bot(running, channels=["c1", "c2"])
    assert one.welcome["type"] == "bot" and one.welcome["v"] == 2
    for channel in ("c1", "c2"):
        row = dict(one.queues[channel])
        assert row.pop("epoch") > 0
        assert row == {"channel_id": channel, "acked": 0, "last": 0, "waiting": 0, "new": True}
    again = bot(running, channels=["c2"])
    assert again.queues["c2"] == {**one.queues["c2"], "new": False}
    assert list(mod(running).queues) == ["c1"]
    assert bot(running, "follower").welcome["queues"][0]["channel_id"] == "c1"


@pytest.mark.parametrize("kind, data", [
    ("bot", {"bot_id": "b", "v": "2"}), ("bot", {"bot_id": "b", "v": 0}),
    ("bot", {"bot_id": "b" * 157, "v": 2}), ("bot", {"bot_id": "b", "v": 2, "channels": "c1"}),
    ("bot", {"bot_id": "b", "v": 2, "channels": [""]}),
    ("bot", {"bot_id": "b", "v": 2, "channels": ["c"] * 65}),
    ("bot", {"bot_id": "b", "v": 2, "resume": [{"channel_id": "c", "epoch": 1}]}),
    ("bot", {"bot_id": "b", "v": 2, "resume": [{"channel_id": "c", "epoch": 1, "last_seq": -1}]}),
    ("bot", {"bot_id": "b", "v": 2, "from": "middle"}),
    ("bot", {"bot_id": "b", "v": 2, "limit": {"messages": 0, "interval_ms": 5}}),
    ("bot", {"bot_id": "b", "v": 2, "limit": {"messages": 65, "interval_ms": 5}}),
    ("bot", {"bot_id": "b", "v": 2, "limit": {"messages": 1}}),
    ("bot", {"bot_id": "b", "v": 2, "limit": {"messages": 1, "interval_ms": 1, "max_units": 9}}),
    ("mod", {"server_id": "s" * 157, "channel_id": "c", "v": 2}),
    ("mod", {"server_id": "s", "channel_id": "c", "v": 2, "from": 1})])
def test_a_bad_wish_is_a_malformed_handshake(running, kind, data):
    client = clients.WebSocket(running.sync, path=f"/sync?api_key={KEY}")
    running.clients.append(client)
    client.send_text(json.dumps({"type": kind, "data": data}))
    assert client.receive() == {"message": f"Malformed {kind} handshake.", "code": 400}
    assert client.close_code() == 1000


def test_a_message_is_what_it_is_in_version_1_and_its_place(running):
    receiver, sender = bot(running), mod(running)
    answer = sender.send("hi", "m-1", meta={"world": "end"}, ts="2026-01-02T03:04:05Z")
    assert answer == {"status": "completed", "type": "mod", "msg_id": "m-1", "seq": 1}
    got = receiver.receive()
    for key in ("received_at", "forwarded_at"):
        assert got.pop(key).endswith("Z")
    assert got.pop("epoch") > 0
    assert got == {"type": "mod", "channel_id": "c1", "author": {"id": "p1", "name": "Ann"},
                   "content": "hi", "meta": {"world": "end"}, "ts": "2026-01-02T03:04:05Z",
                   "msg_id": "m-1", "seq": 1}


def test_a_bots_words_go_to_every_mod_of_the_channel_and_to_no_other(running):
    here, there, sender = mod(running), mod(running, "s2"), bot(running)
    elsewhere = mod(running, "s3", "c3")
    assert sender.send("hello")["status"] == "completed"
    assert contents(here, 1) == contents(there, 1) == ["hello"]
    elsewhere.nothing_came()


def test_a_message_nobody_is_here_for_is_queued_and_comes_from_the_start(running):
    sender = mod(running)
    assert sender.send("early")["status"] == "queued"
    assert sender.send("later")["seq"] == 2
    late = bot(running)
    assert late.queues["c1"]["waiting"] == 2
    assert contents(late, 2) == ["early", "later"]
    newest = bot(running, "b2", **{"from": "end"})
    newest.nothing_came()
    sender.send("newest")
    assert contents(newest, 1) == ["newest"]


# --- dedupe ---

def test_what_is_sent_again_is_given_once(running):
    receiver, sender = bot(running), mod(running)
    first = sender.send("once", "m-1")
    assert sender.send("once", "m-1") == {**first, "duplicate": True}
    assert sender.send("two", "m-2")["seq"] == 2
    assert mod(running, "s2").send("mine", "m-1")["seq"] == 3  # an id is its sender's
    assert contents(receiver, 3) == ["once", "two", "mine"]


def test_what_is_sent_again_after_a_crash_is_given_once(running):
    sender = mod(running)
    first = sender.send("once", "m-1")
    running.kill()
    running.start()
    sender = mod(running)
    assert sender.send("once", "m-1") == {**first, "duplicate": True}
    receiver = bot(running)
    assert contents(receiver, 1) == ["once"]
    receiver.nothing_came()


# --- acknowledging ---

def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(running):
    receiver, sender = bot(running), mod(running)
    for text in "abc":
        sender.send(text)
    got = [receiver.receive() for _ in range(3)]
    receiver.ack(got[1])
    receiver.settled()
    again = bot(running)
    assert receiver.close_code() == 1000
    assert again.queues["c1"]["acked"] == 2
    assert contents(again, 1) == ["c"]


def test_a_mod_may_leave_the_channel_and_the_epoch_out(running):
    receiver, sender = mod(running), bot(running)
    sender.send("a")
    receiver.say({"ack": receiver.receive()["seq"]})
    receiver.settled()
    assert mod(running).queues["c1"]["acked"] == 1


def test_an_acknowledgement_of_what_there_is_not_is_told_so(running):
    receiver, sender = bot(running), mod(running)
    sender.send("a")
    got = receiver.receive()
    for wrong in ({"seq": 2}, {"epoch": got["epoch"] + 1}, {"channel_id": "none"}):
        receiver.ack({**got, **wrong})
        assert receiver.receive() == NOT_THERE
    for malformed in ({"ack": -1, "channel_id": "c1"}, {"ack": 1}, {"ack": "1", "channel_id": "c"},
                      {"ack": 1, "channel_id": "c1", "epoch": "e"}):
        receiver.say(malformed)
        assert receiver.receive() == {"message": "Malformed message.", "code": 400}
    receiver.ack(got)
    receiver.ack(got)
    receiver.nothing_came()
    assert bot(running).queues["c1"]["acked"] == 1


def test_who_acknowledges_nothing_is_given_no_more_than_a_window(running):
    receiver, sender = bot(running), mod(running)
    for n in range(300):
        sender.say(sender.words(str(n)))
    assert [sender.receive()["seq"] for _ in range(300)] == list(range(1, 301))
    got = [receiver.receive() for _ in range(256)]
    receiver.nothing_came()
    receiver.ack(got[99])
    assert contents(receiver, 44) == [str(n) for n in range(256, 300)]


def test_who_does_not_read_is_given_more_when_it_does(running):
    receiver, sender = bot(running), mod(running)
    big = "x" * 300000
    for _ in range(12):
        assert sender.send(big)["status"] == "completed"
    got = [receiver.receive() for _ in range(12)]
    assert [m["seq"] for m in got] == list(range(1, 13))
    assert {m["content"] for m in got} == {big}


# --- resuming ---

def test_a_resuming_receiver_says_what_it_has_had(running):
    receiver, sender = bot(running), mod(running)
    for text in "abcd":
        sender.send(text)
    got = [receiver.receive() for _ in range(4)]
    place = {"channel_id": "c1", "epoch": got[0]["epoch"], "last_seq": 3}
    assert contents(bot(running, resume=[place]), 1) == ["d"]
    other = {**place, "epoch": place["epoch"] + 1, "last_seq": 4}
    beyond = {**place, "last_seq": 9}
    again = bot(running, resume=[other, beyond, {**place, "channel_id": "none"}])
    assert contents(again, 1) == ["d"]


# --- several bots ---

def test_bots_have_cursors_of_their_own(running):
    sender, one, two = mod(running), bot(running, "one"), bot(running, "two", channels=["c1"])
    sender.send("a")
    sender.send("b")
    assert contents(one, 2) == ["a", "b"]
    for _ in range(2):
        two.ack(two.receive())
    two.settled()
    assert contents(bot(running, "one"), 2) == ["a", "b"]
    bot(running, "two", channels=["c1"]).nothing_came()


def test_a_follower_hears_channels_that_are_new_and_a_bot_with_a_list_only_its_own(running):
    follower, picky = bot(running, "all"), bot(running, "picky", channels=["c2"])
    sender = mod(running)
    sender.send("one", channel="c1")
    sender.send("two", channel="c2")
    assert sorted(contents(follower, 2)) == ["one", "two"]
    assert contents(picky, 1) == ["two"]
    picky.nothing_came()


def test_a_mod_that_connects_again_takes_over(running):
    old, other, sender = mod(running), mod(running, "s2"), bot(running)
    new = mod(running)
    assert old.close_code() == 1000
    sender.send("a")
    assert contents(new, 1) == contents(other, 1) == ["a"]


# --- crashes ---

def test_a_follower_is_kept_for_over_a_crash(running):
    bot(running)
    sender = mod(running)
    assert sender.send("a")["seq"] == 1
    running.kill()
    running.start()
    assert mod(running).send("b", channel="new")["status"] == "queued"
    back = bot(running)
    assert sorted(contents(back, 2)) == ["a", "b"]


class Producer:
    """Sends what was not answered again, after every crash."""

    def __init__(self, house, n):
        self.house, self.left = house, {f"p-{i}": str(i) for i in range(n)}

    def run(self, crash_after):
        peer = mod(self.house)
        for msg_id, content in self.left.items():
            peer.say(peer.words(content, msg_id))
        for _ in range(min(crash_after, len(self.left))):
            answer = peer.receive()
            assert answer["status"] in ("queued", "completed"), answer
            del self.left[answer["msg_id"]]


class Consumer:
    """Remembers what it has had; what comes twice has the same number."""

    def __init__(self, house):
        self.house, self.had, self.last, self.epoch, self.peer = house, [], 0, None, None

    def connect(self):
        resume = [{"channel_id": "c1", "epoch": self.epoch, "last_seq": self.last}]
        self.peer = bot(self.house, "torture", resume=resume if self.epoch else [])

    def read(self, n, ack_every=7):
        for _ in range(n):
            m = self.peer.receive()
            assert self.epoch in (None, m["epoch"])
            self.epoch = m["epoch"]
            assert m["seq"] == self.last + 1
            self.last = m["seq"]
            self.had.append(m["content"])
            if self.last % ack_every == 0:
                self.peer.ack(m)


def test_nothing_is_lost_and_nothing_comes_twice_over_crashes_of_both(running):
    draw = random.Random(5)
    producer, consumer = Producer(running, 400), Consumer(running)
    consumer.connect()
    while producer.left:
        producer.run(draw.randrange(20, 90))
        if draw.random() < 0.5:
            consumer.peer.close()
            consumer.connect()
        consumer.read(draw.randrange(1, 20))
        running.kill()
        running.start()
        consumer.connect()
    consumer.read(400 - len(consumer.had))
    consumer.peer.nothing_came()
    assert sorted(consumer.had, key=int) == [str(i) for i in range(400)]


# --- gaps ---

def lost(house, n):
    """Wait until so many have gone: that is written a moment after their successors."""
    until(lambda: metric(house, "queue_lost_total") == n)


def test_a_receiver_is_told_exactly_what_it_has_lost(bridge):
    house = bridge(queue={**QUEUE, "messages": 5})
    bot(house).close()
    sender = mod(house)
    for n in range(1, 13):
        sender.send(str(n))
    lost(house, 7)
    back = bot(house)
    gap = back.receive()
    assert gap.pop("from_time") <= gap.pop("to_time")
    epoch = gap.pop("epoch")
    assert gap == {"type": "gap", "channel_id": "c1", "lost": 7, "from": 1, "to": 7,
                   "reason": "count"}
    assert contents(back, 5) == ["8", "9", "10", "11", "12"]
    back = bot(house)
    assert back.receive()["lost"] == 7  # it was not acknowledged
    back.ack({"to": 7, "channel_id": "c1", "epoch": epoch})
    contents(back, 5)
    back.settled()
    back = bot(house)
    assert contents(back, 1) == ["8"]


def test_a_gap_that_is_not_acknowledged_holds_nothing_up(bridge):
    house = bridge(queue={**QUEUE, "messages": 5})
    bot(house).close()
    sender = mod(house)
    for n in range(600):
        sender.say(sender.words(str(n)))
    for n in range(600):
        sender.receive()
    lost(house, 595)
    back = bot(house)
    assert back.receive()["lost"] == 595
    assert contents(back, 5) == [str(n) for n in range(595, 600)]


def test_gaps_and_messages_together_are_all_there_was(bridge):
    house = bridge(queue={**QUEUE, "messages": 20})
    receiver, sender = bot(house), mod(house)
    for n in range(1, 901):
        sender.say(sender.words(str(n)))
    at = 0  # acknowledges nothing, so it is given a window and then gaps
    while at < 900:
        m = receiver.receive()
        if m["type"] == "gap":
            assert m["from"] == at + 1 and m["lost"] == m["to"] - m["from"] + 1
            at = m["to"]
        else:
            assert m["seq"] == at + 1 and m["content"] == str(at + 1)
            at += 1


# --- version 1 beside version 2 ---

def test_both_versions_hear_both_versions(running):
    old_mod, new_mod = mod(running, "s1", v=1), mod(running, "s2")
    old_bot, new_bot = bot(running, "b1", v=1), bot(running, "b2")
    assert old_mod.send("1") == {"status": "completed", "type": "mod"}
    assert contents(old_bot, 1) == contents(new_bot, 1) == ["1"]
    assert new_mod.send("2")["status"] == "completed"
    assert contents(old_bot, 1) == contents(new_bot, 1) == ["2"]
    assert old_bot.send("3") == {"status": "completed", "type": "bot"}
    assert contents(old_mod, 1) == contents(new_mod, 1) == ["3"]
    assert new_bot.send("4")["status"] == "completed"
    assert contents(old_mod, 1) == contents(new_mod, 1) == ["4"]
    for peer in (old_mod, new_mod, old_bot, new_bot):
        peer.nothing_came()


def test_an_old_mods_words_wait_for_a_new_bot_and_an_id_used_twice_is_two(running):
    bot(running).close()
    running.wait_log("bridge_left")
    sender = mod(running, v=1)
    assert sender.send("here?", "1") == {"status": "queued", "type": "mod"}
    assert sender.send("again", "1") == {"status": "queued", "type": "mod"}
    receiver = bot(running)
    assert contents(receiver, 2) == ["here?", "again"]
    assert sender.send("now", "1") == {"status": "completed", "type": "mod"}


def test_an_old_senders_answers_keep_the_order_of_its_messages(running):
    bot(running)
    sender = mod(running, v=1)
    for n in range(50):
        sender.say(sender.words(str(n)) if n % 2 else {})
    for n in range(50):
        answer = sender.receive()
        assert answer.get("code") == (None if n % 2 else 400)


def test_there_is_one_bot_of_version_1_whatever_others_there_are(running):
    bot(running, "new")
    bot(running, "old", v=1)
    assert Peer(running, "bot", v=1, bot_id="new").welcome == {
        "message": "Bot already connected.", "code": 409}
    bot(running, "newer")


def test_a_new_senders_word_sent_twice_reaches_an_old_receiver_once(running):
    old, _, sender = bot(running, "old", v=1), bot(running, "new"), mod(running)
    sender.send("once", "m-1")
    assert sender.send("once", "m-1")["duplicate"]
    assert contents(old, 1) == ["once"]
    old.nothing_came()


def test_an_old_bot_alone_makes_no_queue(running):
    old, sender = bot(running, v=1), mod(running)
    assert sender.send("a", "m-1") == {"status": "completed", "type": "mod", "msg_id": "m-1"}
    assert contents(old, 1) == ["a"]
    bot(running, "new").nothing_came()


# --- pace ---

def test_a_receiver_that_asks_for_few_messages_is_given_joined_ones(running):
    limit = {"messages": 2, "interval_ms": 700, "max_units": 2000}
    receiver, sender = bot(running, limit=limit), mod(running)
    for n in range(30):
        sender.say(sender.words(str(n)))
    for _ in range(30):
        sender.receive()
    came, lines, times = [], [], []
    while len(lines) < 30:
        m = receiver.receive()
        times.append(datetime.datetime.fromisoformat(m["forwarded_at"][:-1]))
        came.append(m)
        lines += m["content"].split("\n")
        assert m["seq"] == len(lines)
        if "count" in m:
            assert m["first_seq"] == m["seq"] - m["count"] + 1
            assert m["author"] == {"id": "p1", "name": "Ann"}
    assert lines == [str(n) for n in range(30)]
    assert len(came) < 10 and any("count" in m for m in came)
    for first, third in zip(times, times[2:]):
        assert third - first >= datetime.timedelta(milliseconds=690)
    receiver.ack(came[-1])
    receiver.settled()
    assert bot(running, limit=limit).queues["c1"]["acked"] == 30


def test_joined_lines_of_several_say_who_said_what(running):
    receiver = bot(running, limit={"messages": 1, "interval_ms": 1500})
    sender = mod(running)
    for name in ("Ann", "Ann", "Bob"):
        sender.say(sender.words("hi", author={"id": name.lower(), "name": name}))
        sender.receive()
    assert receiver.receive()["content"] == "hi"
    joined = receiver.receive()
    assert joined["content"] == "Ann: hi\nBob: hi"
    assert joined["author"] == {"id": "", "name": ""}
    assert joined["authors"] == [{"id": "ann", "name": "Ann"}, {"id": "bob", "name": "Bob"}]


def test_lines_with_different_meta_are_not_joined(running):
    receiver = bot(running, limit={"messages": 1, "interval_ms": 100})
    sender = mod(running)
    for n in (0, 1, 1, 2):
        sender.say(sender.words("x", meta={"n": n}))
        sender.receive()
    got = []
    while sum(m.get("count", 1) for m in got) < 4:
        got.append(receiver.receive())
    assert [m["meta"]["n"] for m in got] in ([0, 1, 2], [0, 1, 1, 2])


def switches(house):
    """How often the daemon has waited for something."""
    status = Path(f"/proc/{house.process.pid}/status").read_text()
    return int(status.split("voluntary_ctxt_switches:")[1].split()[0])


def test_a_receiver_that_does_not_read_is_not_looked_at_all_the_time(running):
    receiver, sender = bot(running, limit={"messages": 1, "interval_ms": 500}), mod(running)
    for n in range(2):
        sender.send(str(n))
    for n in range(6):  # more than it and the kernel take unread
        sender.send("x" * 900_000, channel=f"large{n}")
    time.sleep(0.7)  # the second one is due, and there is no room for it
    before = switches(running)
    time.sleep(1)
    assert switches(running) - before < 300
    got = [receiver.receive()["content"] for _ in range(8)]
    assert sorted(m for m in got if len(m) < 9) == ["0", "1"]


# --- limits ---

def test_a_message_too_long_for_a_queue_is_told_so_with_its_id(running):
    sender, receiver = mod(running), bot(running)
    assert sender.send("x" * 1000001, "big") == {
        "message": "Message too long.", "code": 413, "msg_id": "big"}
    assert sender.send("small")["seq"] == 1
    assert contents(receiver, 1) == ["small"]


def test_a_sender_in_haste_is_slowed_down_and_not_refused(running):
    receiver, sender = bot(running), mod(running)
    frames = [sender.words("x" * 3000) for _ in range(4000)]
    writer = threading.Thread(target=lambda: [sender.say(m) for m in frames])
    writer.start()
    got = 0
    for n in range(4000):
        answer = sender.receive()
        assert (answer["status"], answer["seq"]) == ("completed", n + 1)
        while got < n - 20:  # so that neither waits for the other
            got = receiver.receive()["seq"]
            receiver.say({"ack": got, "channel_id": "c1"})
    writer.join()


def test_too_many_followers_are_refused(running):
    for n in range(16):
        bot(running, f"b{n}")
    refused = Peer(running, "bot", bot_id="b16")
    assert refused.welcome == {"message": "Too many bots.", "code": 503}
    assert refused.close_code() == 1000
    bot(running, "b3")
    bot(running, "b17", channels=["c1"])


def full_channel(house, channel="full"):
    """64 receivers have a place there, though they are gone."""
    for n in range(64):
        receiver = bot(house, f"full{n}", channels=[channel])
        receiver.close()
        house.clients.remove(receiver)


def test_who_is_refused_has_not_cost_its_older_connection_the_place(running):
    full_channel(running)
    here, sender = bot(running, channels=["c1"]), mod(running)
    refused = Peer(running, "bot", bot_id="b1", channels=["c1", "new", "full"])
    assert refused.welcome == {"message": "Too many receivers.", "code": 503}
    assert refused.close_code() == 1000
    assert sender.send("still here?")["status"] == "completed"
    assert contents(here, 1) == ["still here?"]
    assert mod(running, channel="new").send("nobody asked")["seq"] == 1
    assert bot(running, "b2", channels=["new"]).queues["new"]["waiting"] == 1
    again = bot(running, channels=["c1"])  # who fits takes over
    assert here.close_code() == 1000
    assert contents(again, 1) == ["still here?"]


def test_who_follows_all_is_refused_where_a_channel_has_no_room(running):
    full_channel(running)
    refused = Peer(running, "bot", bot_id="b1")
    assert refused.welcome == {"message": "Too many receivers.", "code": 503}
    assert refused.close_code() == 1000
    assert bot(running, "full5").queues["full"]["new"] is False  # it has a place there


def test_a_full_disk_fails_a_message_and_it_can_be_sent_again(gatehouse, tmp_path):
    disk = Disk(tmp_path / "disk")
    try:
        house = gatehouse({**bridged(), "state": {"directory": str(disk.path)}}, network=disk)
        receiver, sender = bot(house), mod(house)
        assert sender.send("a", "m-1")["status"] == "completed"
        disk.fill(house.process)
        failed = None
        for n in range(200):
            failed = sender.send("x" * 20000, f"full-{n}")
            if failed["status"] == "failed":
                break
        assert failed == {"status": "failed", "type": "mod", "msg_id": f"full-{n}", "code": 503,
                          "retry": True}
        assert contents(receiver, n + 1)[0] == "a"
        receiver.nothing_came()
        disk.free(house.process)
        until(lambda: sender.send("x" * 20000, f"full-{n}")["status"] == "completed", 30)
        assert receiver.receive()["msg_id"] == f"full-{n}"
        receiver.nothing_came()
    finally:
        if disk.mounted:
            house.kill()
            subprocess.run(["umount", str(disk.path)], check=False)


@pytest.mark.parametrize("version, messages", [(1, 1), (2, 300)])
def test_who_waits_for_a_disk_that_does_not_answer_is_let_go(bridge, version, messages):
    # On a busy machine what is said may come so late that its wait is a short one.
    assert any(is_let_go(bridge(ping_interval=1, read_timeout=2), version, messages)
               for _ in range(4))


def is_let_go(house, version, messages):
    bot(house)
    first, waiting = mod(house, "first"), mod(house, v=version)
    store = f"{house.directory}/state/gatehouse.db"
    with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # so every attempt to write takes the store two seconds
        first.say(first.words("a"))
        until(lambda: metric(house, "received_total") == 1)
        for n in range(messages):  # these are in its second attempt
            waiting.say(waiting.words(str(n)))
        with contextlib.suppress(AssertionError):
            house.wait_log("bridge_left.* id=s1 .*unanswered", wait=5)
            return waiting.close_code() == 1000
    return False


def test_a_bridge_switched_off_and_on_keeps_its_queues(running):
    sender = mod(running)
    sender.send("a")
    running.configure(bridged(enabled=False))
    running.hup()
    assert sender.close_code() == 1001
    running.configure(bridged())
    running.hup()
    running.wait_log("reloaded", 2)
    running.restart()
    assert contents(bot(running), 1) == ["a"]


def test_the_metrics_count_what_waits(running):
    sender = mod(running)
    sender.send("a", "m-1")
    sender.send("a", "m-1")
    assert (metric(running, "queue_depth"), metric(running, "queue_appended_total")) == (1, 1)
    assert metric(running, "queue_duplicates_total") == 1
    receiver = bot(running)
    receiver.ack(receiver.receive())
    until(lambda: metric(running, "queue_depth") == 0)
    assert metric(running, "queue_delivered_total") == 1
    assert metric(running, "queue_acked_total") == 1


# --- the operator's view ---

def test_an_operator_sees_the_queues_page_by_page(running):
    receiver, sender = bot(running, "here"), mod(running)
    bot(running, "away").close()
    for channel in ("c1", "c2", "c3"):
        sender.send("hello", channel=channel)
    got = {m["channel_id"]: m for m in (receiver.receive() for _ in range(3))}
    receiver.ack(got["c1"])
    receiver.settled()
    admin = running.lines("alpha-key")
    pages = [admin.call("bridge_queues", limit=2)]
    while "next" in pages[-1]:
        pages.append(admin.call("bridge_queues", limit=2, after=pages[-1]["next"]))
    assert [p["count"] for p in pages] == [2, 2]
    rows = [row for p in pages for row in p["queues"]]
    assert [(r["channel_id"], r["towards"], r["depth"], r["last"]) for r in rows] == [
        ("c1", "bots", 1, 1), ("c1", "mods", 0, 0), ("c2", "bots", 1, 1), ("c3", "bots", 1, 1)]
    assert rows[0]["bytes"] > 256 and rows[0]["oldest_age"] >= 0
    consumers = {c.pop("name"): c for c in rows[0]["consumers"]}
    assert consumers.pop("bot:away").pop("seen_ago") >= 0
    assert consumers == {"bot:here": {"connected": True, "acked": 1, "waiting": 0, "lost": 0,
                                      "seen_ago": 0}}


def test_an_operator_clears_a_queue_and_its_receivers_are_told(running):
    bot(running).close()
    sender, admin = mod(running), running.lines("alpha-key")
    for text in "abc":
        sender.send(text)
    assert admin.call("bridge_queue_clear", channel_id="c1", towards="bots") == {
        "status": "cleared", "cleared": 3}
    lost(running, 3)
    row, _ = admin.call("bridge_queues")["queues"]
    assert (row["depth"], row["consumers"][0]["lost"]) == (0, 3)
    sender.send("d")
    back = bot(running)
    gap = back.receive()
    assert (gap["lost"], gap["to"], gap["reason"]) == (3, 3, "cleared")
    assert contents(back, 1) == ["d"]


def test_what_an_operator_may_not_or_cannot_is_refused(running, gatehouse):
    admin = running.lines("alpha-key")
    for params, field in (({"channel_id": "none", "towards": "bots"}, "channel_id"),
                          ({"channel_id": "c1", "towards": "all"}, "towards")):
        with pytest.raises(clients.RpcError) as refused:
            admin.call("bridge_queue_clear", **params)
        assert refused.value.code == -32602 and refused.value.data["field"] == field
    for after in ("c1", "bots:", "all:c1"):
        with pytest.raises(clients.RpcError) as refused:
            admin.call("bridge_queues", after=after)
        assert refused.value.code == -32602
    with pytest.raises(clients.RpcError) as refused:
        running.lines("classic-key").call("bridge_queues")
    assert refused.value.code == -32002
    running.configure(bridged(enabled=False))
    running.hup()
    running.wait_log("reloaded")
    for method, params in (("bridge_queues", {}),
                           ("bridge_queue_clear", {"channel_id": "c1", "towards": "bots"})):
        with pytest.raises(clients.RpcError) as refused:
            admin.call(method, **params)
        assert refused.value.code == -32004


def test_nodes_ws_talks_version_2(running):
    script = Path(__file__).parent / "node/bridge_v2.js"
    host, port = running.sync
    done = subprocess.run(
        ["node", script, f"ws://{host}:{port}/sync", KEY], timeout=30, capture_output=True,
        env={**os.environ, "NODE_PATH": "/usr/share/nodejs"}, text=True, check=False)
    assert done.stdout.strip() == "good", done.stdout + done.stderr
