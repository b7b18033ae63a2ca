# SPDX-License-Identifier: MIT
"""Records that something has damaged between two starts: what cannot be read is left out and named in
the log, nothing of it goes out to others, and all else is there."""
import contextlib
import sqlite3

import pytest
from clients import Mud
from conftest import BROKEN


@pytest.fixture
def edited(house):
    """edited(kind, key, value) …: puts rows into the stopped daemon's store, and starts it again."""
    def edit(*rows):
        house.stop()
        path = next(p for p in house.directory.rglob("*")
                    if p.is_file() and p.read_bytes()[:6] == b"SQLite")
        with contextlib.closing(sqlite3.connect(path)) as store, store:
            for kind, key, value in rows:
                if value is None:
                    store.execute("DELETE FROM record WHERE kind = ? AND key = ?", (kind, key))
                else:
                    store.execute("REPLACE INTO record VALUES (?, ?, ?)", (kind, key, value))
        house.start()
        house.ready_now()
        return house
    return edit


def record(name, more=b"1,"):
    return (b'({"' + name + b'",1,"10.0.0.9",3,0,-1,1700000000,({0,0,1,0,0,"L","L","D","LP","open",'
            b'"a",(["tell":1,]),0,}),' + more + b"})")


def test_names_that_are_no_text_do_not_reach_others(edited):
    house = edited(
        ("router_channels", b"plain", b"\xb1\xe9\xb3V\x8f"),
        ("router_channels", b"cut\0off", b'({"*test",0,({}),1700000000,0,})'),
        ("router_channels", b"kept", b'({"*old",0,({"FrogMUD",}),1700000000,0,})'),
        ("router_channels", b"two\nlines", b"FrogMUD"),
        ("router_muds", b"a\0b", record(b"a\0b")),
        ("router_muds", b"other", record(b"Somebody")),
        ("router_muds", b"bad\xff", record(b"bad\xff")),
        ("router_muds", b"goodmud", record(b"GoodMUD")))
    alpha = house.lines("alpha-key")  # its reader takes nothing but UTF-8
    names = {c["name"] for c in alpha.call("channel_list", wait=5)["channels"]}
    assert "kept" in names
    assert not names & {"plain", "cut", "cut\0off", "two\nlines"}
    muds = {m["name"] for m in alpha.call("router_muds")["muds"]}
    assert muds == {"AlphaMUD", "BetaMUD", "GoodMUD"}
    assert len([line for line in house.log().splitlines() if "unreadable" in line]) == 6


@pytest.mark.parametrize("number", [b"9223372036854775807", b"9223372036854775806"])
def test_the_last_number_there_is_is_not_counted_on(edited, number):
    house = edited(("router_ids", b"mudlist", number), ("router_ids", b"chanlist", number),
                   ("router_muds", b"goodmud", record(b"GoodMUD", number + b",")),
                   ("moderation", number, b"1\nmute\n0\n0\n0\n1\n\nbob\n\n\n\nme\n"))
    frog = Mud(house.mudmode, "FrogMUD", "*test")
    assert frog.presence("AlphaMUD")
    frog.to("channel-add", "*test", 0, "own", 0)
    alpha = house.lines("alpha-key")
    rule = alpha.call("moderation_add", kind="mute", user="bob")["rule"]
    assert alpha.call("moderation_remove", id=rule["id"])["status"] == "removed"
    frog.close()
    house.stop()
    assert not BROKEN.search(house.log())
