# SPDX-License-Identifier: MIT
"""What a disk does to the store: damaged, full, read-only, locked by another program.  Each time the
log and the health page say so in words, the service goes on, and what was accepted meanwhile is on
the disk when that can take it again."""
import contextlib
import re
import resource
import sqlite3
import time
from pathlib import Path

import pytest
from clients import Mud
from conftest import START_SECONDS, configured, until
from disk import Disk

WELL = 40  # seconds: the longest pause between two attempts, and then some


@pytest.fixture
def disk(tmp_path):
    made = Disk(tmp_path / "disk")
    yield made
    made.close()


def kept_on(disk):
    return configured({"state": {"directory": str(disk.path)}})


def joined(house, key):
    client = house.lines(key)
    client.call("channel_join", channel="chat")
    return client


def health(house):
    reply = house.get("/health/ready")
    return reply.status, reply.json()


def metric(house, name):
    page = house.get("/metrics").body.decode()
    return float(re.search(rf"^{name} (\S+)$", page, re.M)[1])


class Scene:
    """A daemon that serves two MUDs of its own and one that logs in from elsewhere."""

    def __init__(self, house):
        self.house = house
        house.ready_now()
        self.mud = Mud(house.mudmode, "FrogMUD", "*test")
        self.password = self.mud.password
        self.meet()
        self.say("before")

    def meet(self):
        self.alpha = joined(self.house, "alpha-key")
        self.beta = joined(self.house, "beta-key")

    def say(self, text):
        """A line that is delivered, which is what all this is for."""
        self.alpha.call("channel_send", channel="chat", message=text, from_user="ann")
        self.beta.event("channel_message", message=text)
        return text

    def settled(self):
        """Wait until the line of before is on the disk: lines wait a moment for each other."""
        until(lambda: metric(self.house, "gatehouse_history_kept_total") >= 2)  # one of each MUD

    def log_in(self):
        self.mud.peer.close()
        self.mud = Mud(self.house.mudmode, "FrogMUD", "*test", self.password)
        assert self.mud.password == self.password

    def serves(self, words, texts=("meanwhile", "meanwhile again")):
        """All goes on, and the health page says what is wrong → the lines said."""
        for text in texts:
            self.say(text)
        self.log_in()
        until(lambda: health(self.house)[0] == 503)
        body = health(self.house)[1]
        assert re.search(words, body["store"]), body
        assert re.search(r"since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d UTC", body["store"])
        assert "trouble" not in body, body  # every identity is logged in
        return list(texts)

    def is_well(self):
        until(lambda: health(self.house) == (200, {"status": "ready"}), WELL,
              lambda: str(health(self.house)))

    def knows_after_a_crash(self, texts):
        self.house.kill()
        self.house.start()
        self.house.ready_now()
        self.meet()
        page = self.alpha.call("channel_history", channel="chat")
        assert [m["message"] for m in page["messages"]] == texts
        self.log_in()


def test_a_full_disk(disk, gatehouse):
    house = gatehouse(kept_on(disk), network=disk)
    here = Scene(house)
    here.settled()
    disk.fill(house.process)
    texts = ["before", *here.serves(r"cannot write .*gatehouse\.db: .*; free some space|see to its disk")]
    house.wait_log(r"error store_failed why=\"cannot write \S*gatehouse\.db")
    rule = here.alpha.call("moderation_add", kind="ban", mud="ToadMUD")
    page = here.alpha.call("channel_history", channel="chat")
    assert [m["message"] for m in page["messages"]] == texts
    assert metric(house, "gatehouse_store_held") > 0
    assert metric(house, "gatehouse_store_failures_total") > 0
    writes = metric(house, "gatehouse_store_writes_total")
    with pytest.raises((EOFError, TimeoutError)):  # a password not on the disk is not issued
        Mud(house.mudmode, "NewMUD", "*test")
    house.wait_log("this router cannot keep your password now")
    disk.free(house.process)
    here.is_well()
    house.wait_log(r"store_recovered seconds=\d+ held_changes=[1-9]\d* lost_calls=0")
    assert metric(house, "gatehouse_store_held") == 0
    assert metric(house, "gatehouse_store_writes_total") > writes
    assert metric(house, "gatehouse_store_lost_total") == 0
    here.knows_after_a_crash(texts)
    rules = here.alpha.call("moderation_list")["rules"]
    assert [r["id"] for r in rules] == [rule["rule"]["id"]]
    assert Mud(house.mudmode, "NewMUD", "*test").password > 0


def test_a_disk_that_stays_full_says_what_is_lost_with_the_process(disk, gatehouse):
    house = gatehouse(kept_on(disk), network=disk)
    here = Scene(house)
    here.settled()
    disk.fill(house.process)
    here.serves("cannot write")
    here.alpha.close()
    here.beta.close()
    here.mud.peer.close()
    house.stop()
    assert re.search(r"error store_lost held_changes=[1-9]\d* why=", house.log())


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_disk_that_can_only_be_read_at_start(disk, gatehouse, end):
    house = gatehouse(kept_on(disk), network=disk)
    here = Scene(house)
    here.settled()
    for client in (here.alpha, here.beta, here.mud.peer):
        client.close()
    getattr(house, end)()
    disk.writable(False)
    house.start()
    until(lambda: "trouble" not in health(house)[1])
    here.meet()
    assert house.log().count("error store_failed") == 1
    texts = ["before", *here.serves(r"cannot .*(Read-only file system|Permission denied)")]
    page = here.alpha.call("channel_history", channel="chat")
    assert [m["message"] for m in page["messages"]] == texts
    disk.writable(True)
    here.is_well()
    here.knows_after_a_crash(texts)


def test_a_disk_that_is_full_at_start(disk, gatehouse):
    house = gatehouse(kept_on(disk), network=disk)
    here = Scene(house)
    for client in (here.alpha, here.beta, here.mud.peer):
        client.close()
    house.stop()
    if disk.mounted:
        disk.fill()
    else:  # a limit of size is one of a process
        disk.writable(False)
    house.start()
    until(lambda: "trouble" not in health(house)[1])
    here.meet()
    texts = ["before", *here.serves("cannot ")]
    if disk.mounted:
        disk.free()
    else:
        disk.writable(True)
    here.is_well()
    here.knows_after_a_crash(texts)


def test_another_program_that_locks_the_file(disk, gatehouse):
    house = gatehouse(kept_on(disk), network=disk)
    here = Scene(house)
    with contextlib.closing(sqlite3.connect(disk.store(), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        texts = ["before", *here.serves("another program has locked it: end that one")]
        house.wait_log("error store_failed .*database is locked")
        other.execute("ROLLBACK")
    here.is_well()
    here.knows_after_a_crash(texts)


def test_another_program_that_locks_the_file_at_start(disk, gatehouse):
    house = gatehouse(kept_on(disk), network=disk)
    here = Scene(house)
    here.settled()
    house.kill()
    with contextlib.closing(sqlite3.connect(disk.store(), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        house.start()
        until(lambda: "trouble" not in health(house)[1])
        here.meet()
        texts = ["before", *here.serves("another program has locked it: end that one")]
        other.execute("ROLLBACK")
    here.is_well()
    here.knows_after_a_crash(texts)


def refused(house, **options):
    """Start in vain → what it said."""
    done = house.run("run", "-c", house.config, **options)
    assert done.returncode == 1, done
    assert not done.stdout
    return done.stderr


def test_a_second_daemon_is_refused_and_the_first_goes_on(disk, gatehouse):
    house = gatehouse(kept_on(disk), network=disk)
    here = Scene(house)
    words = refused(gatehouse(kept_on(disk), start=False))
    assert f"{disk.store()} is in use by process {house.process.pid}" in words
    here.say("still here")
    assert health(house)[0] == 200


def test_a_file_that_cannot_be_read_for_a_lock_is_refused_in_words(disk, gatehouse):
    house = gatehouse(kept_on(disk), network=disk)
    house.stop()
    with contextlib.closing(sqlite3.connect(disk.store(), isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        begun = time.monotonic()
        words = refused(house)
        assert time.monotonic() - begun < START_SECONDS
    assert f"{disk.store()}: database is locked; another program has locked it" in words
    house.start()


def test_a_place_that_is_not_there_is_not_taken_for_a_first_start(tmp_path, gatehouse):
    (tmp_path / "file").write_text("in the way")
    house = gatehouse(configured({"state": {"directory": str(tmp_path / "file" / "state")}}),
                      start=False)
    assert re.search(r"cannot create .*file: Not a directory|file.* Not a directory", refused(house))


def test_a_first_start_on_a_full_disk_leaves_nothing_that_looks_damaged(disk, gatehouse):
    house = gatehouse(kept_on(disk), start=False, network=disk)
    if disk.mounted:
        disk.fill()
        words = refused(house)
        disk.free()
    else:
        words = refused(house, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY)))
    assert re.search(r"cannot write \S+gatehouse\.db", words), words
    assert {file.name for file in disk.path.iterdir()} <= {"gatehouse.db.lock"}
    house.start()
    house.ready_now()
    assert "store_damaged" not in house.log()


def test_a_damaged_file_is_set_aside_and_a_new_one_begun(disk, gatehouse):
    house = gatehouse(kept_on(disk), network=disk)
    here = Scene(house)
    for client in (here.alpha, here.beta, here.mud.peer):
        client.close()
    house.stop()
    damaged = bytearray(disk.store().read_bytes())
    damaged[4096:4160] = b"\x5a" * 64
    disk.store().write_bytes(damaged)
    house.start()
    house.ready_now()
    here.meet()
    here.say("anew")
    aside = re.search(r"error store_damaged path=\S+ kept_as=(\S+) why=.*damaged", house.log())[1]
    status, body = health(house)
    assert status == 200 and aside in body["store"], body
    assert Path(aside).read_bytes() == damaged
    here.mud = Mud(house.mudmode, "FrogMUD", "*test")
    here.password = here.mud.password
    here.settled()
    here.knows_after_a_crash(["anew"])
