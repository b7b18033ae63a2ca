# SPDX-License-Identifier: MIT
"""Channel history: paged, over restarts, within its bounds."""
import re
import sqlite3

import pytest
from clients import Mud, RpcError
from conftest import configured, until

SMALL = {"channels": {"history_size": 10}}


def said(client, first, last, channel="chat"):
    """Say so many numbered lines, and hear every one of them."""
    for number in range(first, last + 1):
        client.post({"jsonrpc": "2.0", "method": "channel_send",
                     "params": {"channel": channel, "message": f"line {number}",
                                "from_user": "ann"}})
    return [client.event("channel_message", message=f"line {number}", channel=channel)
            for number in range(first, last + 1)]


def joined(house, key="alpha-key", channel="chat"):
    client = house.lines(key)
    client.call("channel_join", channel=channel)
    return client


def started(gatehouse, changes=None):
    house = gatehouse(configured(changes if changes is not None else SMALL))
    house.ready_now()
    return house


def numbers(page):
    return [int(m["message"].split()[1]) for m in page["messages"]]


def history(client, **params):
    page = client.call("channel_history", channel="chat", **params)
    assert page["status"] == "success"
    assert page["count"] == len(page["messages"])
    assert page["complete"] is True
    return page


def back(client, limit):
    """All pages from the newest to the oldest → the numbers, oldest first."""
    found, page = [], history(client, limit=limit)
    assert "next" not in page
    while True:
        found = numbers(page) + found
        if "prev" not in page:
            return found
        assert page["prev"] == page["messages"][0]["seq"]
        page = history(client, limit=limit, before=page["prev"])


def forth(client, limit):
    found, page = [], history(client, limit=limit, after=0)
    assert "prev" not in page
    while True:
        found += numbers(page)
        if "next" not in page:
            return found
        assert page["next"] == page["messages"][-1]["seq"]
        page = history(client, limit=limit, after=page["next"])


@pytest.fixture(scope="module")
def thousand():
    return list(range(1, 1001))


def test_a_thousand_lines_are_paged_back_and_forth_and_through_a_restart(gatehouse, thousand):
    house = started(gatehouse, {
        "router": {"embedded": {"flood": {"per_second": 10000, "burst": 100000}}},
        "api": {"rate_limits": {"default": {"per_minute": 1000000, "burst": 100000}}}, **SMALL})
    client = joined(house)
    events = []
    for first in range(1, 1001, 100):
        events += said(client, first, first + 99)
    assert back(client, 37) == thousand
    assert forth(client, 500) == thousand
    by_seq = {m["seq"]: m for m in history(client, limit=500)["messages"]}
    for event in events[500:]:
        line = by_seq[event["seq"]]
        assert line["message"] == event["message"]
        assert line["timestamp"] == event["timestamp"]
        assert line["from_mud"] == "AlphaMUD" and line["from_user"] == "ann"
        assert line["type"] == "message" and line["channel"] == "chat"
    house.restart()
    house.ready_now()
    client = house.lines("alpha-key")
    assert back(client, 100) == thousand
    assert forth(client, 99) == thousand


def test_killed_right_after_they_were_heard_it_still_has_all_lines_once(gatehouse):
    house = started(gatehouse)
    client = joined(house)
    last = said(client, 1, 30)[-1]["seq"]
    assert numbers(history(client, limit=500)) == list(range(1, 31))  # the store has had its turn
    house.kill()
    house.start()
    house.ready_now()
    client = house.lines("alpha-key")
    page = history(client, limit=500)
    assert numbers(page) == list(range(1, 31))
    assert page["messages"][-1]["seq"] == last
    client.call("channel_join", channel="chat")
    assert said(client, 31, 45)[0]["seq"] > last
    assert numbers(history(client, limit=500)) == list(range(1, 46))
    assert back(client, 8) == list(range(1, 46))
    assert max(m["seq"] for m in history(client)["messages"]) < 1 << 53


def test_emotes_and_names_of_other_muds_are_kept_as_they_were_heard(gatehouse):
    house = started(gatehouse)
    client = joined(house)
    mud = Mud(house.mudmode, "FarMUD", "*test")
    mud.listen("chat")
    mud.send("channel-e", 5, "FarMUD", "zed", 0, 0, "chat", "Zéd", "$N wäves")
    heard = client.event("channel_emote")
    before = client.call("channel_history", channel="chat")["messages"]
    house.restart()
    house.ready_now()
    after = house.lines("alpha-key").call("channel_history", channel="chat")["messages"]
    assert after == before
    assert after[0]["type"] == "emote" and after[0]["visname"] == "Zéd"
    assert after[0]["message"] == heard["message"] and after[0]["from_mud"] == "FarMUD"


def test_an_identity_sees_only_what_it_heard_itself(gatehouse):
    house = started(gatehouse)
    client = joined(house)
    said(client, 1, 3)
    beta = house.lines("beta-key")
    assert numbers(history(beta)) == []
    beta.call("channel_join", channel="chat")
    said(client, 4, 4)
    beta.event("channel_message", message="line 4")
    house.restart()
    house.ready_now()
    assert numbers(history(house.lines("beta-key"))) == [4]
    assert numbers(history(house.lines("alpha-key"))) == [1, 2, 3, 4]
    with pytest.raises(RpcError) as refused:
        house.lines("info-key").call("channel_history", channel="chat")
    assert refused.value.code == -32002


def test_a_time_is_as_good_as_a_number_before_and_after_a_restart(gatehouse):
    house = started(gatehouse)
    client = joined(house)
    stamps = [event["timestamp"] for event in said(client, 1, 30)]
    for _ in range(2):
        assert numbers(history(client, after=stamps[4], before=stamps[8])) == [6, 7, 8]
        assert numbers(history(client, before=stamps[3])) == [1, 2, 3]
        assert numbers(history(client, after=stamps[26])) == [28, 29, 30]
        house.restart()
        house.ready_now()
        client = house.lines("alpha-key")


def test_a_batch_says_that_it_did_not_look_further(gatehouse):
    house = started(gatehouse)
    client = joined(house)
    said(client, 1, 30)
    answers = client.ask([
        {"jsonrpc": "2.0", "id": i, "method": "channel_history",
         "params": {"channel": "chat", "limit": limit}} for i, limit in enumerate((5, 20))])
    short, long = (answer["result"] for answer in answers)
    assert numbers(short) == [26, 27, 28, 29, 30] and short["complete"] is True
    assert numbers(long) == list(range(21, 31)) and long["complete"] is False
    assert numbers(history(client, before=long["prev"], limit=3)) == [18, 19, 20]


def records(house):
    """How many lines are on the disk; a second reader never disturbs the daemon."""
    db = sqlite3.connect(f"file:{house.directory}/state/gatehouse.db?mode=ro", uri=True)
    try:
        return db.execute("SELECT count(*) FROM record WHERE kind = 'history'").fetchone()[0]
    finally:
        db.close()


def test_a_reload_changes_how_much_is_kept(gatehouse):
    house = started(gatehouse)
    client = joined(house)
    said(client, 1, 60)
    until(lambda: records(house) == 60)
    house.configure(configured({"channels": {"history_size": 10, "history_stored": 25}}))
    house.hup()
    until(lambda: records(house) == 25)
    assert numbers(history(client, limit=500)) == list(range(36, 61))
    said(client, 61, 62)
    assert numbers(history(client, limit=500))[-2:] == [61, 62]
    house.configure(configured({"channels": {"history_size": 3, "history_stored": 0}}))
    house.hup()
    until(lambda: records(house) == 0)
    said(client, 63, 64)
    assert numbers(history(client, limit=500)) == [62, 63, 64]
    assert records(house) == 0
    house.configure(configured({"channels": {"history_size": 0}}))
    house.hup()
    house.wait_log(" reloaded", times=3)
    said(client, 65, 69)
    assert numbers(history(client, limit=500)) == [65, 66, 67, 68, 69]


def test_what_it_does_is_counted(gatehouse):
    house = started(gatehouse)
    client = joined(house)
    said(client, 1, 20)
    history(client, limit=20)
    page = house.get("/metrics").body.decode()
    values = dict(re.findall(r"^(gatehouse_history_\w+) (\d+)$", page, re.M))
    assert values == {"gatehouse_history_kept_total": "20", "gatehouse_history_lost_total": "0",
                      "gatehouse_history_reads_total": "1"}
