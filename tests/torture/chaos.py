# SPDX-License-Identifier: MIT
"""What happens to whom and when: a plan made from the seed alone, and the hands that carry it out."""
import heapq
import random
import time
from dataclasses import dataclass, field

import checker


@dataclass(frozen=True)
class Deed:
    words: str     # as the verdict names it
    weight: int
    method: str    # of Hands
    lasts: tuple   # seconds, from and to; the one it is done to is left alone so long
    to: str = "consumer"


DEEDS = (
    Deed("socket reset", 6, "order_reset", (0, 0)),
    Deed("reset and away", 4, "order_reset", (1, 6)),
    Deed("socket closed", 3, "order_close", (0, 0)),
    Deed("reads nothing", 4, "order_deaf", (0.5, 14)),
    Deed("taken over", 5, "order_takeover", (0, 0)),
    Deed("taken over unread", 3, "order_takeover_unread", (0, 0)),
    Deed("SIGSTOP", 6, "stop", (0.2, 10)),
    Deed("consumer killed", 5, "kill", (0, 5)),
    Deed("producer reset", 4, "order_reset", (0, 0), "producer"),
    Deed("daemon stopped", 3, "daemon_stop", (0, 1.5), "daemon"),
    Deed("daemon killed", 3, "daemon_kill", (0, 1.5), "daemon"),
    Deed("killed stopping", 2, "daemon_kill_stopping", (0, 0.5), "daemon"),
    Deed("killed starting", 2, "daemon_kill_starting", (0, 0.5), "daemon"),
    # While they come back, or just after: what they were told last is not safe yet.
    Deed("all reset, killed", 2, "daemon_kill_at_entry", (0, 0.5), "daemon"),
)
EVERY_SECONDS = 0.2, 1.2
ENTRY_SECONDS = 2
DAEMON_REST_SECONDS = 4  # between two ends of the daemon: else nothing else would happen


@dataclass(order=True)
class Act:
    at: float
    count: int
    deed: Deed = field(compare=False)
    to: str = field(compare=False)
    lasts: float = field(compare=False)


def plan(seed, seconds, parties, deeds=DEEDS):
    """parties: {"consumer": names, "producer": names} → Acts in the order of time."""
    rng = random.Random(f"{seed} plan")
    parties = {**parties, "daemon": ["daemon"]}
    busy = dict.fromkeys(sum(map(list, parties.values()), []), 0.0)
    acts, at = [], 0.5
    while deeds and at < seconds:
        deed = rng.choices(deeds, [d.weight for d in deeds])[0]
        free = [name for name in parties[deed.to] if busy[name] <= at]
        lasts = rng.uniform(*deed.lasts)
        if free:
            to = rng.choice(free)
            busy[to] = at + lasts + (DAEMON_REST_SECONDS if deed.to == "daemon" else 0.3)
            acts.append(Act(at, len(acts), deed, to, lasts))
        at += rng.uniform(*EVERY_SECONDS)
    return acts


class Hands:
    """Carry out a plan on a house and its parties, and note what was done when."""

    def __init__(self, house, producers, consumers, log, seed):
        self.house, self.consumers, self.log = house, consumers, log
        self.parties = {**producers, **consumers}
        self.random = random.Random(f"{seed} hands")
        self.later = []  # (time, count, what undoes it)
        self.count = 0

    def then(self, seconds, undo):
        self.count += 1
        heapq.heappush(self.later, (time.monotonic() + seconds, self.count, undo))

    def note(self, act):
        to = {} if act.to == "daemon" else {"to": act.to}
        self.log.put({"do": act.deed.words, **to, "lasts": round(act.lasts, 3)})

    def carry_out(self, acts, watch):
        """watch() is called again and again, and may raise."""
        start = time.monotonic()
        for act in acts:
            self.pass_time(start + act.at, watch)
            getattr(self, act.deed.method)(act)

    def pass_time(self, until, watch):
        while True:
            now = time.monotonic()
            while self.later and self.later[0][0] <= now:
                heapq.heappop(self.later)[2]()
            watch()
            now = time.monotonic()
            if now >= until:
                return
            soon = self.later[0][0] if self.later else until
            time.sleep(max(0.001, min(until - now, soon - now, 0.2)))

    def undo_all(self):
        while self.later:
            heapq.heappop(self.later)[2]()

    # --- deeds ---

    def order_reset(self, act):
        self.note(act)
        self.parties[act.to].order(f"reset {act.lasts:.3f}")

    def order_close(self, act):
        self.note(act)
        self.parties[act.to].order("close")

    def order_deaf(self, act):
        self.note(act)
        self.parties[act.to].order(f"deaf {act.lasts:.3f}")

    def order_takeover(self, act):
        self.note(act)
        self.parties[act.to].order("takeover")

    def order_takeover_unread(self, act):
        self.note(act)
        self.parties[act.to].order("takeover unread")

    def stop(self, act):
        party = self.parties[act.to]
        self.note(act)
        party.pause()
        self.then(act.lasts, party.go_on)

    def kill(self, act):
        party = self.parties[act.to]
        party.kill()
        self.note(act)
        self.then(act.lasts, party.start)

    def daemon_stop(self, act):
        self.note(act)
        if self.house.alive():
            self.house.stop()
            self.then(act.lasts, self.house.start)

    def daemon_kill(self, act):
        if self.house.alive():
            self.house.kill()
            self.note(act)
            self.log.put({"do": checker.KILLED})
            self.then(act.lasts, self.house.start)

    def daemon_kill_stopping(self, act):
        """In the middle of writing down how everything stands."""
        if not self.house.alive():
            return
        process = self.house.process
        process.terminate()
        time.sleep(10 ** self.random.uniform(-3.5, -0.5))
        self.house.kill()
        self.note(act)
        if process.returncode:
            self.log.put({"do": checker.KILLED})
        self.then(act.lasts, self.house.start)

    def daemon_kill_starting(self, act):
        """After a stop in order and a start, before or while all come back."""
        if not self.house.alive():
            return
        self.house.stop()
        self.house.start()
        self.then(10 ** self.random.uniform(-3, -0.3), lambda: self.daemon_kill(act))

    def daemon_kill_at_entry(self, act):
        """The moment the first of them is in again, or a little later."""
        sizes = {party: party.log.stat().st_size for party in self.consumers.values()}
        for party in sizes:
            party.order("reset")
        deadline = time.monotonic() + ENTRY_SECONDS
        while time.monotonic() < deadline and not any(
                b'"do":"open"' in party.news(size) for party, size in sizes.items()):
            pass
        later = self.random.choice((0, 0, self.random.uniform(0, 0.4)))
        if later:
            self.then(later, lambda: self.daemon_kill(act))
        else:
            self.daemon_kill(act)
