# SPDX-License-Identifier: MIT
"""What docs/BRIDGE.md prints, done as printed: its configuration, its programs, its conversations."""
import json
import os
import re
import selectors
import subprocess

import clients
import pytest
import yaml
from conftest import ROOT, configured, merged

PAGE = (ROOT / "docs/BRIDGE.md").read_text()
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


LOCAL = {"bridge": {"listen": "http://127.0.0.1:0"}, "logging": {"level": "DEBUG"}}


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.M | re.S)


@pytest.fixture
def house(gatehouse):
    """The page's own configuration, on a port that is free."""
    text = blocks("yaml")[0]
    return gatehouse(merged(yaml.safe_load(text), LOCAL))


def placed(text, house):
    assert "127.0.0.1:3333" in text
    return text.replace("127.0.0.1:3333", "%s:%d" % house.sync)


def test_the_health_check_of_the_page(house):
    command, = blocks("sh")
    done = subprocess.run(placed(command, house), shell=True, capture_output=True, text=True,
                          timeout=20, check=True)
    assert json.loads(done.stdout) == {"status": "healthy"}


class Program:
    def __init__(self, text, path):
        path.write_text(text)
        self.process = subprocess.Popen(
            ["node", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            env={**os.environ, "NODE_PATH": "/usr/share/nodejs"})

    def line(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(clients.DEADLINE), "it prints nothing"
        return self.process.stdout.readline().strip()

    def type(self, line):
        self.process.stdin.write(line + "\n")

    def end(self):
        self.process.kill()
        self.process.communicate()


def test_the_programs_of_the_page_talk_with_each_other(house, tmp_path):
    programs = []
    try:
        for n, text in enumerate(blocks("js")):
            programs.append(Program(placed(text, house), tmp_path / f"{n}.js"))
            assert json.loads(programs[-1].line())["status"] == "connected"
        bot, mod = programs
        mod.type("hello from the game")
        assert bot.line() == "Ann: hello from the game"
        assert json.loads(mod.line()) == {"status": "completed", "type": "mod"}
        bot.type("hello from the chat")
        assert mod.line() == "Dora: hello from the chat"
        assert json.loads(bot.line()) == {"status": "completed", "type": "bot"}
    finally:
        for program in programs:
            program.end()


def test_the_link_of_the_page(gatehouse):
    first, links = map(yaml.safe_load, blocks("yaml"))
    house = gatehouse(merged(merged(first, links), merged({
        "listen": ["http://127.0.0.1:0"],
        "router": {"embedded": {"listen": "mudmode://127.0.0.1:0"}}}, LOCAL)))
    house.ready_now()
    assert house.get("/health").json()["bridge_links"] == [
        {**links["bridge"]["links"][0], "mud": "MyGate", "state": "up"}]
    far = clients.Mud(house.mudmode, "FarMUD", "*gatehouse")
    house.clients.append(far)
    far.listen("chat")
    for step in "".join(blocks("links")).splitlines():
        name, what, rest = step.split(" ", 2)
        packet = json.loads(rest)
        if name == "mod":
            converse(house, step)
        elif what == "→":
            far.send(*packet)
            assert far.packet(packet[0])[2:] == packet[2:]  # everybody hears his own
        else:
            assert far.packet(packet[0], where=lambda p: p[2] != "FarMUD") == packet


STEPS = [line for block in blocks("sync") for line in block.splitlines()]


class Epochs:
    """Of the queues: those printed, and those that are."""

    def __init__(self):
        self.real = {}

    def learn(self, got, printed):
        if isinstance(printed, dict) and "epoch" in printed:
            assert self.real.setdefault(printed["epoch"], got["epoch"]) == got["epoch"]
        children = printed.values() if isinstance(printed, dict) else printed
        others = got.values() if isinstance(printed, dict) else got
        for mine, other in zip(others, children):
            if isinstance(other, (dict, list)):
                self.learn(mine, other)

    def placed(self, text):
        for printed, real in self.real.items():
            text = text.replace(str(printed), str(real))
        return text


def check(got, printed):
    """The same, with other times of arrival."""
    for key in ("ts", "received_at", "forwarded_at"):
        if key in printed and STAMP.fullmatch(printed[key]):
            assert STAMP.fullmatch(got[key])
            got, printed = {**got, key: ""}, {**printed, key: ""}
    assert got == printed
    assert list(got) == list(printed)


def converse(house, step):
    peers = house.__dict__.setdefault("peers", {})
    epochs = house.__dict__.setdefault("epochs", Epochs())
    name, what, rest = step.split(" ", 2)
    if name not in peers:
        peers[name] = clients.WebSocket(house.sync, path="/sync?api_key=gateway")
        house.clients.append(peers[name])
    if what == "→":
        peers[name].send_text(epochs.placed(rest))
    elif what == "←":
        got = peers[name].receive()
        epochs.learn(got, json.loads(rest))
        check(got, json.loads(epochs.placed(rest)))
    else:
        assert what == "closed"
        assert peers[name].close_code() == int(rest)


def test_the_conversations_of_the_page(house):
    for step in STEPS:
        converse(house, step)
    assert len(set(house.epochs.real.values())) == 2


def test_the_page_shows_every_status_and_error_that_can_be_had():
    text = "\n".join(STEPS)
    for words in ("completed", "queued", "Malformed message.", "Malformed handshake.",
                  "Malformed mod handshake.", "Malformed bot handshake.", "Unknown handshake.",
                  "Bot already connected.", "No such message.", "duplicate", "authors"):
        assert words in text


def test_the_keys_of_the_page_are_the_keys_there_are(gatehouse):
    keys = set(re.findall(r"`bridge\.(\w+)`", PAGE))
    values = {"enabled": True, "listen": "http://127.0.0.1:0", "api_key": "x"}
    house = gatehouse(configured({"bridge": {**{key: 5 for key in keys}, **values}}), start=False)
    done = house.run("--check-config", "-c", house.config)
    assert done.returncode == 0, done.stderr
    assert keys >= {"listen", "api_key", "body_size_mb", "queue_max", "handshake_timeout",
                    "ping_interval", "read_timeout"}
