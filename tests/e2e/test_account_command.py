# SPDX-License-Identifier: MIT
"""gatehouse account: what operators do to accounts while the daemon is stopped."""
import contextlib
import os
import pty
import signal
import sqlite3
import subprocess
import termios

import pytest
from conftest import BINARY, START_SECONDS, configured, until

PASSWORD, OTHER = "correct horse", "battery staple"


@pytest.fixture
def house(gatehouse):
    return gatehouse(configured(), start=False)


def account(house, *words, password=None):
    line = {} if password is None else {"input": f"{password}\n"}
    return house.run("account", "-c", house.config, *words, **line)


def good(house, *words, password=None):
    result = account(house, *words, password=password)
    assert result.returncode == 0, result.stderr
    assert not result.stderr
    return result.stdout


def refused(house, *words, password=None, code=1):
    result = account(house, *words, password=password)
    assert result.returncode == code, (result.stdout, result.stderr)
    assert not result.stdout
    return result.stderr


def listed(house):
    """[(id, name, locked)]"""
    rows = good(house, "list").splitlines()[1:]
    return [(int(r[:6]), r[8:33].strip(), r.endswith("locked")) for r in rows]


def test_accounts_are_made_listed_locked_and_removed(house):
    assert "made" in good(house, "add", "Frodo Baggins", password=PASSWORD)
    good(house, "add", "sam", password=PASSWORD)
    assert listed(house) == [(1, "Frodo Baggins", False), (2, "sam", False)]
    assert "never" in good(house, "list").splitlines()[1]
    good(house, "lock", "SAM")
    assert listed(house)[1] == (2, "sam", True)
    good(house, "unlock", "sam")
    assert listed(house)[1] == (2, "sam", False)
    good(house, "remove", "frodo baggins")
    good(house, "add", "Pippin", password=PASSWORD)
    assert listed(house) == [(3, "Pippin", False), (2, "sam", False)]


def test_a_password_is_changed_and_never_shown(house):
    good(house, "add", "sam", password=PASSWORD)
    before = stored(house)["sam"]
    out = good(house, "password", "sam", password=OTHER)
    assert OTHER not in out
    after = stored(house)["sam"]
    assert before != after
    assert b"$argon2id$" in after
    assert PASSWORD.encode() not in before
    assert OTHER.encode() not in after


def stored(house):
    path = next(p for p in house.directory.rglob("*.db"))
    with contextlib.closing(sqlite3.connect(path)) as store:
        rows = store.execute("SELECT key, value FROM record WHERE kind = 'accounts'")
        return {bytes(key).decode(): bytes(value) for key, value in rows}


def test_what_cannot_be_is_refused_with_a_sentence(house):
    assert "no store" in refused(house, "list")
    good(house, "add", "sam", password=PASSWORD)
    assert "already" in refused(house, "add", "SAM", password=PASSWORD)
    assert "characters" in refused(house, "add", "pippin", password="short")
    assert "too long" in refused(house, "add", "pippin", password="x" * 300)
    assert "too long" in refused(house, "add", "pippin", password="x" * 1000)
    assert "letters" in refused(house, "add", "pip!pin", password=PASSWORD)
    assert "letters" in refused(house, "add", "idle", password=PASSWORD)
    for verb in "password", "lock", "unlock", "remove":
        assert "no such account" in refused(house, verb, "merry", password=PASSWORD)
    assert "no password" in refused(house, "add", "pippin", password="y" * 5000)
    result = house.run("account", "-c", house.config, "add", "pippin", stdin=subprocess.DEVNULL)
    assert result.returncode == 1
    assert "no password" in result.stderr
    assert listed(house) == [(1, "sam", False)]


@pytest.mark.parametrize("words", [(), ("nonsense",), ("list", "sam"), ("add",), ("add", "a", "b"),
                                   ("lock",), ("--nonsense", "list")])
def test_wrong_usage_exits_with_2(house, words):
    assert "usage" in refused(house, *words, code=2)


def test_a_bad_configuration_exits_with_1(house):
    house.configure("mud: {port: 1}\n")
    assert "name" in refused(house, "list")


def test_without_a_file_it_is_the_store_of_the_embedded_defaults(house):
    result = house.run("account", "add", "sam", input=PASSWORD + "\n")
    assert result.returncode == 0, result.stderr
    assert (house.directory / "state" / "gatehouse.db").exists()
    assert listed(house) == [(1, "sam", False)]


def test_a_running_daemon_has_the_accounts_for_itself(house):
    house.start()
    words = refused(house, "add", "sam", password=PASSWORD)
    assert f"in use by process {house.process.pid}" in words
    assert "stopped" in words
    house.stop()
    good(house, "add", "sam", password=PASSWORD)


def test_damaged_accounts_are_named_and_can_be_removed(house):
    good(house, "add", "sam", password=PASSWORD)
    path = next(p for p in house.directory.rglob("*.db"))
    with contextlib.closing(sqlite3.connect(path)) as store, store:
        store.execute("REPLACE INTO record VALUES ('accounts', ?, ?)", (b"merry", b"\xb1\xe9"))
    result = account(house, "list")
    assert result.returncode == 0
    assert "merry" in result.stderr
    assert "sam" in result.stdout
    result = account(house, "add", "merry", password=PASSWORD)
    assert result.returncode == 1
    assert "already" in result.stderr
    assert account(house, "remove", "merry").returncode == 0
    assert listed(house) == [(1, "sam", False)]


# --- at a terminal ---


class Typing:
    """The program under a pseudo terminal."""

    def __init__(self, house, *words):
        self.master, slave = pty.openpty()
        self.slave = slave
        self.process = subprocess.Popen(
            [str(BINARY), "account", "-c", str(house.config), *words], cwd=house.directory,
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        self.text = ""

    def wait_for(self, words):
        while words not in self.text:
            self.text += os.read(self.master, 4096).decode()

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        code = self.process.wait(START_SECONDS)
        os.set_blocking(self.master, False)
        with contextlib.suppress(OSError):
            while True:
                self.text += os.read(self.master, 4096).decode()
        return code

    def close(self):
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def typing(house):
    made = []

    def begin(*words):
        made.append(Typing(house, *words))
        return made[-1]
    yield begin
    for t in made:
        t.close()


def test_a_terminal_does_not_show_the_password(house, typing):
    t = typing("add", "sam")
    t.wait_for("Password: ")
    assert not t.echoes()
    t.type(PASSWORD + "\n")
    t.wait_for("again: ")
    assert not t.echoes()
    t.type(PASSWORD + "\n")
    assert t.end() == 0
    assert t.echoes()
    assert "sam: made" in t.text
    assert PASSWORD not in t.text
    assert listed(house) == [(1, "sam", False)]


def test_the_second_time_must_be_the_same(house, typing):
    t = typing("add", "sam")
    t.wait_for("Password: ")
    t.type(PASSWORD + "\n")
    t.wait_for("again: ")
    t.type(OTHER + "\n")
    assert t.end() == 1
    assert "not the same" in t.text
    assert listed(house) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_a_terminal_that_shows_what_is_typed(house, typing, number):
    t = typing("add", "sam")
    t.wait_for("Password: ")
    until(lambda: not t.echoes())
    t.process.send_signal(number)
    assert t.end() == 1
    assert t.echoes()
    assert listed(house) == []
