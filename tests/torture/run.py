#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The torture test of sessions and of the bridge: numbered messages to consumers that lose their sockets,
stop, are killed and taken over, through a daemon that is stopped and killed; then every message is
looked for.

    tests/torture/run.py [SECONDS] [--seed N] [--scenario NAME] [--without daemon] [--only DEED]
                         [--keep DIR]

GATEHOUSE_BIN names another binary than build/gatehouse.  What all wrote stays in the directory that
--keep names, or when there are faults; `checker.py` says what a log holds."""
import argparse
import json
import os
import random
import signal
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import conftest  # noqa: E402

import chaos  # noqa: E402
import checker  # noqa: E402
import party  # noqa: E402

PER_MINUTE = 100_000_000
JOIN_SECONDS = 30
DRAIN_SECONDS = 40
END_BYTES = 1 << 16  # of a log: where the last messages are, if they are there
SLOW = 4 if conftest.SANITIZED else 1  # a sanitized daemon syncs and starts more slowly
MANY = 50_000  # more than a run publishes while anybody is away

# Tells go to a whole MUD, so the one that says them is a third, which hears none of its own.
MUDS = {"AlphaMUD": "alpha-key", "BetaMUD": "beta-key", "GammaMUD": "gamma-key"}
PRODUCERS = (
    # name, key, stream, of the whole rate
    ("p0", "alpha-key", "line:chat", 0.3),
    ("p1", "gamma-key", "line:dev", 0.3),
    ("p2", "gamma-key", "tell:AlphaMUD", 0.2),
    ("p3", "gamma-key", "tell:BetaMUD", 0.2),
)
SYNC_KEY, PLACE = "sync-key", "general"
SPEAKERS = (
    # name, stream, beside the whole rate
    ("m1", "sync:mod", 0.15),
    ("m2", "sync:mod", 0.1),
    ("m3", "sync:bot", 0.1),
)
RECEIVERS = (
    # name, what it is, what it hears, how often it acknowledges, whether it follows
    ("s1", "bot", "sync:mod", "often", False),
    ("s2", "bot", "sync:mod", "seldom", True),
    ("s3", "mod", "sync:bot", "often", False),
)
CONSUMERS = (
    # name, its MUD, channels, how often it acknowledges; a witness is spared what is done to one alone
    ("aw", "AlphaMUD", ("chat", "dev"), "often"),
    ("a1", "AlphaMUD", ("chat", "dev"), "often"),
    ("a2", "AlphaMUD", ("chat",), "never"),
    ("bw", "BetaMUD", ("chat", "dev"), "often"),
    ("b1", "BetaMUD", ("chat", "dev"), "seldom"),
    ("b2", "BetaMUD", ("dev",), "often"),
)
WITNESSES = ("aw", "bw")
SCENARIOS = {
    # name: (events a tape may hold, messages a second, how long they are, microseconds a write of the
    # store takes longer: what is not safe for a moment stays so for a while)
    "within": (MANY, 100, (0, 40, 1200, 3000), 0),
    "over": (150, 140, (0, 1200, 3000, 3800), 0),
    "slow": (MANY, 50, (0, 40, 1200), 3000),
}
BOUNDED = ("over",)
SLOW_CRASH = 5  # times the seconds that a kill -9 excuses: a slow disk and a busy machine add up


class Trouble(Exception):
    """The run itself failed; what the checker would say is beside the point."""


class Process:
    """A consumer or a producer."""

    def __init__(self, program, spec):
        self.program, self.spec, self.life = HERE / program, spec, 0
        self.log = Path(spec["log"])
        self.stderr = self.log.with_suffix(".err")
        self.process = None

    def start(self):
        if self.process:
            return  # killed again while it was away, as the plan was behind its times
        self.life += 1
        with self.stderr.open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, str(self.program), json.dumps({**self.spec, "life": self.life})],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=err)

    def order(self, line):
        if not self.process:
            return
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # watch() says what became of it

    def pause(self):
        self.signal(signal.SIGSTOP)

    def go_on(self):
        self.signal(signal.SIGCONT)

    def signal(self, number):
        if self.process:  # else killed, and still away as the plan is behind its times
            self.process.send_signal(number)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process = None

    def watch(self):
        if self.process and self.process.poll() not in (None, 0):
            raise Trouble(f"{self.spec['name']} ended with {self.process.returncode}\n"
                          f"{self.stderr.read_text(errors='replace')[-2000:]}")

    def news(self, size):
        """What is in the log behind that; below 0, counted from its end."""
        with self.log.open("rb") as log:
            log.seek(size if size >= 0 else max(0, log.seek(0, os.SEEK_END) + size))
            return log.read()

    def records(self):
        data = self.log.read_bytes() if self.log.exists() else b""
        return [json.loads(line) for line in data[:data.rfind(b"\n") + 1].splitlines()]


def free_ports(n):
    """Ports the daemon can have again after each restart."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def slow_disk(directory, us):
    """→ an environment in which the store's writes take longer; under sanitizers they do anyway."""
    if not us or conftest.SANITIZED:
        return {}
    library = directory / "slow_disk.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, HERE / "slow_disk.c", "-ldl"],
                   check=True)
    return {"LD_PRELOAD": str(library), "SLOW_DISK_US": str(us)}


def configuration(held, ports):
    http, jsonl, mudmode, sync = ports
    alpha, *others = MUDS
    return {
        "mud": {"name": alpha, "port": 4000, "admin_email": "a@example.org"},
        "muds": [{"name": name, "port": 4000, "admin_email": "a@example.org"} for name in others],
        "listen": [f"http://127.0.0.1:{http}", f"jsonl://127.0.0.1:{jsonl}"],
        "metrics": {"enabled": False},
        "router": {"embedded": {"name": "*test", "listen": f"mudmode://127.0.0.1:{mudmode}"}},
        "store": {"path": "gatehouse.db"},
        "logging": {"level": "INFO", "format": "console"},
        "channels": {"max_message_length": 4000},
        "api": {
            "auth": {"api_keys": [
                {"key": key, "mud_name": mud, "permissions": ["tell", "channel"]}
                for mud, key in MUDS.items()]},
            "rate_limits": {"default": {"per_minute": PER_MINUTE, "burst": PER_MINUTE}},
            "session": {"max_queue_size": held, "queue_ttl": 86400},
        },
        "bridge": {"enabled": True, "listen": f"http://127.0.0.1:{sync}", "api_key": SYNC_KEY,
                   "queue": {"messages": MANY, "bytes": 1 << 26}},
    }


class Scenario:
    def __init__(self, name, seed, directory, deeds):
        self.name, self.seed, self.deeds = name, seed, deeds
        self.held, self.rate, self.pads, self.slow_us = SCENARIOS[name]
        self.directory = directory / name
        self.directory.mkdir()
        ports = free_ports(4)
        self.house = conftest.Gatehouse(self.directory, configuration(self.held, ports),
                                        slow_disk(directory, self.slow_us))
        self.log = party.Log(self.directory / "chaos.log")
        self.log.put({"do": "chaos", "name": "chaos"})
        common = {"seed": seed, "http": ("127.0.0.1", ports[0]), "jsonl": ("127.0.0.1", ports[1])}
        self.producers = {name: Process("producer.py", {
            **common, "name": name, "key": key, "stream": stream, "rate": share * self.rate,
            "pads": self.pads, "log": self.path(name)}) for name, key, stream, share in PRODUCERS}
        self.consumers = {name: Process("consumer.py", {
            **common, "name": name, "key": MUDS[mud], "tape": mud, "channels": channels,
            "hears": [*(f"line:{c}" for c in channels), f"tell:{mud}"],
            "acks": acks, "log": self.path(name)}) for name, mud, channels, acks in CONSUMERS}
        bridge = {"seed": seed, "key": SYNC_KEY, "place": PLACE, "sync": ("127.0.0.1", ports[3])}
        self.producers.update({name: Process("speaker.py", {
            **bridge, "name": name, "stream": stream, "rate": share * self.rate,
            "pads": self.pads, "log": self.path(name)}) for name, stream, share in SPEAKERS})
        self.consumers.update({name: Process("receiver.py", {
            **bridge, "name": name, "kind": kind, "hears": [stream], "acks": acks,
            "follows": follows, "log": self.path(name)})
            for name, kind, stream, acks, follows in RECEIVERS})
        self.parties = {**self.producers, **self.consumers}

    def path(self, name):
        return str(self.directory / f"{name}.log")

    def watch(self):
        for process in self.parties.values():
            process.watch()
        process = self.house.process
        if process and process.poll() is not None:
            raise Trouble(f"the daemon ended with {process.returncode}\n{self.house.log()[-4000:]}")

    def until(self, condition, seconds, words):
        deadline = time.monotonic() + seconds * SLOW
        while not condition():
            self.watch()
            if time.monotonic() > deadline:
                raise Trouble(words())
            time.sleep(0.1)

    # --- the course of it ---

    def run(self, seconds):
        """→ the checker's verdict."""
        try:
            self.house.start()
            self.house.ready_now()
            self.begin()
            self.torment(seconds)
            self.come_to_rest()
        finally:
            for process in self.parties.values():
                process.kill()
            self.end()
        logs = [process.records() for process in self.parties.values()]
        crash_seconds = checker.CRASH_SECONDS * SLOW * (SLOW_CRASH if self.slow_us else 1)
        return checker.check([party.records_of(self.log.path), *logs], self.name in BOUNDED,
                             crash_seconds)

    def begin(self):
        for process in self.parties.values():
            process.start()

        def lacking():
            return [name for name, c in self.consumers.items()
                    if not any(r["do"] == "joined" for r in c.records())]

        self.until(lambda: not lacking(), JOIN_SECONDS, lambda: f"did not join: {lacking()}")
        self.log.put({"do": "begin"})

    def torment(self, seconds):
        for producer in self.producers.values():
            producer.order("begin")
        hands = chaos.Hands(self.house, self.producers, self.consumers, self.log, self.seed)
        acts = chaos.plan(f"{self.seed} {self.name}", seconds, {
            "consumer": [name for name in self.consumers if name not in WITNESSES],
            "producer": list(self.producers)}, self.deeds)
        end = time.monotonic() + seconds
        hands.carry_out(acts, self.watch)
        hands.pass_time(end, self.watch)
        hands.undo_all()

    def come_to_rest(self):
        """The last of each producer are said when nothing else happens: they come behind all."""
        for producer in self.producers.values():
            producer.order("quiet")
            producer.order("last")
        self.until(lambda: all(p.process.poll() == 0 for p in self.producers.values()),
                   DRAIN_SECONDS, lambda: "the producers did not come to their end")
        last = {(p.spec["name"], p.spec["stream"]):
                [r["number"] for r in p.records() if r["do"] == "sent"][-1]
                for p in self.producers.values()}

        def has_all(consumer):
            end = consumer.news(-END_BYTES)
            return all(f'"{number}"'.encode() in end for (_, stream), number in last.items()
                       if stream in consumer.spec["hears"])

        try:
            self.until(lambda: all(map(has_all, self.consumers.values())), DRAIN_SECONDS,
                       lambda: "")
        except Trouble:
            self.log.put({"do": "unfinished"})  # the checker finds what is missing

    def end(self):
        try:
            if self.house.process:
                self.house.stop()
        except (AssertionError, subprocess.TimeoutExpired):
            if self.house.process:
                self.house.kill()
            raise
        broken = conftest.BROKEN.search(self.house.log())
        if broken:
            raise Trouble(f"the daemon's log says {broken[0]!r}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("seconds", nargs="?", type=int, default=180)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--scenario", action="append", choices=SCENARIOS)
    parser.add_argument("--without", action="append", default=[],
                        help="daemon, consumer, producer, or a deed by its name")
    parser.add_argument("--only", action="append", default=[], help="of the same")
    parser.add_argument("--keep", type=Path, help="directory for the logs")
    parser.add_argument("--tally", type=Path, help="file that gets NAME PASSED FAILED")
    return parser.parse_args()


def main():
    given = arguments()
    names = given.scenario or list(SCENARIOS)
    deeds = [d for d in chaos.DEEDS if not {d.to, d.words} & set(given.without) and
             (not given.only or {d.to, d.words} & set(given.only))]
    directory = given.keep or Path(tempfile.mkdtemp(prefix="torture-"))
    directory.mkdir(parents=True, exist_ok=True)
    print(f"seed {given.seed}, {given.seconds} seconds, {conftest.BINARY}", flush=True)
    good = True
    for name in names:
        try:
            verdict = Scenario(name, given.seed, directory, deeds).run(
                given.seconds / len(names))
            print(f"== {name}\n{checker.in_words(verdict)}", flush=True)
            fine = verdict.good
        except (Trouble, AssertionError, subprocess.TimeoutExpired, EOFError, TimeoutError) as fault:
            print(f"== {name}\n{fault}", flush=True)
            fine = False
        good &= fine
        if given.tally:
            with given.tally.open("a") as tally:
                tally.write(f"torture-{name} {int(fine)} {int(not fine)}\n")
    if good and not given.keep:
        shutil.rmtree(directory)
    else:
        print(f"logs: {directory}")
    if not good:
        print(f"again with: ./dev torture {given.seconds} --seed {given.seed}")
    return 0 if good else 1


if __name__ == "__main__":
    os.chdir(HERE.parents[1])
    sys.exit(main())
