# SPDX-License-Identifier: MIT
"""What must be true of the logs of a torture run: a pure function over them.

A log is a list of records, dicts with `do` and `t` (wall clock, seconds).  The first record of a log
says whose it is:

    {"do": "producer", "name": "p0", "stream": "line:chat"}
        try    number, conn     before it is sent, on the producer's connection number conn
        sent   number, seq      the daemon has taken it; seq only if the stream is durable
        refused number          the daemon has not taken it; what has neither is a *maybe*
    {"do": "consumer", "name": "a1", "tape": "AlphaMUD", "hears": ["line:chat", "tell:AlphaMUD"]}
        open   session (whether it came with one), last_seq, resumed, recovered, missed, lost, seq
        event  seq, on (its stream), number (null: nobody's, such as gateway_reconnected)
        gap    lost, from, to, unknown
        kept_open               a connection that was replaced, and not closed
        torn, denied, early     what the daemon may not do at all, with words
    {"do": "chaos", "name": "chaos"}
        begin                   everybody has joined: what is published from now on counts
        kill -9                 of the daemon: what excuses something
        any other: what was done, `to` one party or to all

Consumers with one tape get one sequence of numbers, so what one of them heard is what all of them
had to hear.  A number of an event is the microsecond it was published in.  Receivers, of durable
streams, are in `durable.py`."""
import bisect
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import durable

CRASH_SECONDS = 1.0  # what was published so shortly before a kill -9 may be lost, with an unknown gap
DURABLE = {"sync"}  # kinds of streams of which nothing excuses a loss
BEGIN, KILLED = "begin", "kill -9"
NOTES = "note"  # events without a producer; everybody on the tape hears them


def kind_of(stream):
    return stream.partition(":")[0]


@dataclass
class Fault:
    who: str
    what: str
    words: str
    t: float = 0.0

    def __str__(self):
        return f"{self.who:<6} {self.what:<10} {self.words}"


@dataclass
class Gap:
    lost: int
    first: int
    last: int
    unknown: bool
    after: int  # the last event heard before it
    position: int
    t: float
    void: bool = False  # the consumer came back with the same last_seq: it was told again


@dataclass
class Message:
    number: str
    stream: str
    conn: int
    tried: float
    sent: float | None = None
    refused: bool = False
    seq: int | None = None


@dataclass
class Consumer:
    name: str
    tape: str
    hears: list
    seqs: list = field(default_factory=list)       # in the order they came
    positions: list = field(default_factory=list)  # where in the log they stand
    events: dict = field(default_factory=dict)     # seq → (stream, number)
    numbers: dict = field(default_factory=dict)    # number → seq
    gaps: list = field(default_factory=list)
    opens: list = field(default_factory=list)

    def listens(self, stream):
        return stream in self.hears or kind_of(stream) == NOTES

    def next_position(self, seq):
        """Where the first event above seq stands in the log."""
        at = bisect.bisect_right(self.seqs, seq)
        return self.positions[at] if at < len(self.seqs) else float("inf")


@dataclass
class Verdict:
    faults: list
    producers: dict  # kind → Counter of tried, sent, refused, maybe, published
    consumers: dict  # kind → Counter of due, heard, announced, crashed
    gaps: Counter    # told, retold, unknown, lost
    chaos: dict      # what was done → Counter of times, resumed, missed, lost, unknown

    @property
    def good(self):
        return not self.faults


class Check:
    def __init__(self, logs, bounded=True, crash_seconds=CRASH_SECONDS):
        self.bounded, self.crash_seconds = bounded, crash_seconds
        self.faults, self.begin = [], 0.0
        self.chaos = []
        self.messages, self.consumers, self.receivers = {}, [], []
        self.truth = defaultdict(dict)  # tape → seq → (stream, number)
        self.numbers = defaultdict(dict)  # tape → number → seq
        self.totals = defaultdict(Counter)
        for log in logs:
            self.read(log)
        self.kills = [r["t"] for r in self.chaos if r["do"] == KILLED]

    def fault(self, who, what, words, t=0.0):
        self.faults.append(Fault(who, what, words, t))

    # --- reading ---

    def read(self, log):
        head = log[0]
        if head["do"] == "producer":
            self.read_producer(head, log[1:])
        elif head["do"] == "chaos":
            self.chaos = log[1:]
            self.begin = next((r["t"] for r in log if r["do"] == BEGIN), 0.0)
        elif head["do"] == "receiver":
            self.receivers.append(durable.Receiver(head, self.fault))
            self.receivers[-1].all(log)
        else:
            consumer = Consumer(head["name"], head["tape"], head["hears"])
            self.consumers.append(consumer)
            Walk(self, consumer).all(log)

    def read_producer(self, head, log):
        for r in log:
            if r["do"] == "try":
                self.messages[r["number"]] = Message(
                    r["number"], head["stream"], r["conn"], r["t"])
            elif r["do"] == "sent":
                self.messages[r["number"]].sent = r["t"]
                self.messages[r["number"]].seq = r.get("seq")
                self.totals["producers", kind_of(head["stream"])]["known"] += r.get("duplicate", 0)
            elif r["do"] == "refused":
                self.messages[r["number"]].refused = True
            elif r["do"] == "denied":
                self.fault(head["name"], "denied", r["words"], r["t"])

    # --- what is true of all ---

    def collect(self):
        """What was published on each tape, from what its consumers heard."""
        for c in self.consumers:
            for seq, event in c.events.items():
                known = self.truth[c.tape].setdefault(seq, event)
                if known != event:
                    self.fault(c.name, "mixed up", f"seq {seq} is {event}, of others {known}")
                if event[1] is not None:
                    other = self.numbers[c.tape].setdefault(event[1], seq)
                    if other != seq:
                        self.fault(c.name, "repeated",
                                   f"{event[1]} is seq {seq}, of others {other}", seq / 1e6)

    def origins(self):
        """Everything heard was said by somebody, and in that order on each connection."""
        for tape, events in self.truth.items():
            newest = {}
            for seq in sorted(events):
                stream, number = events[seq]
                if number is None:
                    continue
                message = self.messages.get(number)
                if not message or message.stream != stream:
                    self.fault(tape, "made up", f"{number} on {stream}: nobody said that there")
                    continue
                if message.refused:
                    self.fault(tape, "refused", f"{number} was refused, and is seq {seq}")
                on = number.partition(":")[0], message.conn
                if newest.get(on, "") > number:
                    self.fault(tape, "overtaken", f"{number} comes after {newest[on]}", seq / 1e6)
                newest[on] = number

    def crashed_between(self, start, end):
        return any(start <= kill <= end for kill in self.kills)

    def published(self):
        """Every message that is somewhere is everywhere it belongs, if only on somebody's tape."""
        tapes = defaultdict(list)
        for c in self.consumers:
            tapes[c.tape].append(c)
        for m in self.messages.values():
            if kind_of(m.stream) in DURABLE:
                continue
            heard = [self.numbers[tape][m.number] for tape in tapes if m.number in
                     self.numbers[tape]]
            count = self.totals["producers", kind_of(m.stream)]
            count.update(tried=1, sent=m.sent is not None, refused=m.refused,
                         maybe=m.sent is None and not m.refused, published=bool(heard))
            if m.sent is None and not heard:
                continue
            last = min(heard) / 1e6 if heard else m.sent
            for tape, members in tapes.items():
                members = [c for c in members if m.stream in c.hears]
                if members and m.number not in self.numbers[tape]:
                    self.nowhere(m, tape, members, last)

    def nowhere(self, m, tape, members, last):
        # Between the turn that took it and the moment it was safe.
        for kill in self.kills:
            if m.tried <= kill <= last + self.crash_seconds and all(
                    self.told(c, kill, c.next_position(int(kill * 1e6))) for c in members):
                self.totals["consumers", kind_of(m.stream)].update(
                    due=len(members), crashed=len(members))
                return
        self.fault(tape, "lost", f"{m.number} on {m.stream}: {'sent' if m.sent else 'published'} "
                   "and heard by nobody", last)

    # --- what is true of each consumer ---

    @staticmethod
    def told(c, kill, before):
        """Whether it heard of an unknown gap after that, and in front of that position."""
        return any(g.unknown and g.t > kill and g.position < before for g in c.gaps)

    def excused(self, c, seq):
        """Whether an unknown gap in front of the next event speaks for this one."""
        at, before = seq / 1e6, c.next_position(seq)
        return any(kill - self.crash_seconds <= at <= kill + 0.05 and self.told(c, kill, before)
                   for kill in self.kills)

    def missing(self, c):
        first = int(self.begin * 1e6)
        truth = self.truth[c.tape]
        due = [seq for seq in sorted(truth) if seq >= first and c.listens(truth[seq][0])]
        for seq in due:
            self.totals["consumers", kind_of(truth[seq][0])].update(
                due=1, heard=seq in c.events)
        return [seq for seq in due if seq not in c.events]

    def lost(self, c, seq, words):
        stream, number = self.truth[c.tape][seq]
        self.fault(c.name, "lost", f"{number or 'an event'} on {stream}, seq {seq}: {words}",
                   seq / 1e6)

    def account(self, c):
        """What is missing was announced, in time and with the right count."""
        missing = self.missing(c)
        regions = merged([g for g in c.gaps if not g.void and g.lost])
        inside = [[] for _ in regions]
        starts = [region[0].first for region in regions]
        for seq in missing:
            at = bisect.bisect_right(starts, seq) - 1
            if at >= 0 and seq <= max(g.last for g in regions[at]):
                inside[at].append(seq)
                self.in_time(c, regions[at], seq)
            elif self.excused(c, seq):
                self.count_lost(c, seq, "crashed")
            else:
                self.lost(c, seq, "no gap says so")
        for region, seqs in zip(regions, inside):
            self.count(c, region, seqs)

    def count_lost(self, c, seq, how):
        self.totals["consumers", kind_of(self.truth[c.tape][seq][0])][how] += 1

    def in_time(self, c, region, seq):
        before = c.next_position(seq)
        if not any(g.first <= seq <= g.last and g.position < before for g in region) and \
                not self.excused(c, seq):
            self.lost(c, seq, "its gap comes only after later events")

    def count(self, c, region, missing):
        for seq in missing:
            self.count_lost(c, seq, "announced")
        said = sum(g.lost for g in region)
        if any(g.unknown for g in region):
            self.count_roughly(c, region, missing, said)
        elif not sum(not self.excused(c, seq) for seq in missing) <= said <= len(missing):
            self.miscounted(c, region, said, missing)  # excused: an earlier gap spoke for them

    def count_roughly(self, c, region, missing, said):
        """What the daemon knew of the last moment before it was killed may be wrong both ways, and what
        it has told of before it does not know any more: that may be in two gaps."""
        if said < sum(not self.excused(c, seq) for seq in missing):
            self.miscounted(c, region, said, missing)
        for g in region:
            inside = [seq for seq in missing if g.first <= seq <= g.last]
            doubt = sum(g.first <= seq <= g.last and self.near_kill(seq) for seq in c.seqs)
            if g.lost > len(inside) + doubt:
                self.miscounted(c, [g], g.lost, inside)

    def miscounted(self, c, region, said, missing):
        unknown = ", and unknown" if any(g.unknown for g in region) else ""
        numbers = some(self.truth[c.tape][seq][1] or seq for seq in missing)
        self.fault(c.name, "count", f"gaps {region[0].first} to {max(g.last for g in region)} announce "
                   f"{said} lost{unknown}; missing are {len(missing)}: {numbers}", region[0].t)

    def near_kill(self, seq):
        return any(kill - self.crash_seconds <= seq / 1e6 <= kill + 0.05 for kill in self.kills)

    def gaps(self, c):
        for g in c.gaps:
            self.totals["gaps", "all"].update(
                told=1, retold=g.void, unknown=g.unknown, lost=0 if g.void else g.lost)
            since = max(g.after / 1e6, self.begin)
            if g.unknown and not self.crashed_between(since - 0.05, g.t):
                self.fault(c.name, "gap", "unknown, and the daemon was not killed since the last "
                           f"event, seq {g.after}", g.t)
            elif not self.bounded and not g.unknown:
                self.fault(c.name, "gap", f"{g.lost} lost within all bounds, {g.first} to {g.last}",
                           g.t)

    # --- what was done to whom ---

    def deeds(self):
        deeds = defaultdict(Counter)
        last = {}
        done = [r for r in self.chaos if r["do"] not in (BEGIN, KILLED)]
        for r in done:
            deeds[r["do"]]["times"] += 1
        marks = sorted([(r["t"], 0, r["do"], r.get("to")) for r in done] +
                       [(o["t"], 1, c.name, o) for c in self.consumers for o in c.opens],
                       key=lambda mark: mark[:2])
        for _, is_open, name, rest in marks:
            if not is_open:
                for c in self.consumers:
                    if rest in (None, c.name):
                        last[c.name] = name
            elif name in last:
                deeds[last[name]].update(resumed=rest["resumed"], missed=rest["missed"],
                                         lost=rest["lost"], not_recovered=not rest["recovered"])
        return deeds

    def verdict(self):
        self.collect()
        self.origins()
        self.published()
        for c in self.consumers:
            self.gaps(c)
            self.account(c)
        for kind in DURABLE:
            durable.check([m for m in self.messages.values() if kind_of(m.stream) == kind],
                          self.receivers, self.fault, lambda whose: self.totals[whose, kind])
        of = defaultdict(dict)
        for (whose, kind), counter in self.totals.items():
            of[whose][kind] = counter
        faults = sorted(self.faults, key=lambda fault: fault.t)
        return Verdict(faults, of["producers"], of["consumers"],
                       self.totals["gaps", "all"], self.deeds())


class Walk:
    """Through one consumer's log."""

    def __init__(self, check, consumer):
        self.check, self.c = check, consumer
        self.last = self.floor = 0
        self.owed = None  # an open that said there is a gap

    def fault(self, what, words, r):
        self.check.fault(self.c.name, what, words, r["t"])

    def all(self, log):
        for position, r in enumerate(log):
            step = getattr(self, "on_" + r["do"], None)
            if step:
                step(position, r)

    def on_open(self, _, r):
        self.c.opens.append(r)
        self.owed = None
        if not r["session"]:
            return
        if not r["resumed"]:
            self.fault("session", f"it was not resumed after seq {self.last}", r)
            return
        for gap in self.c.gaps:
            gap.void |= gap.after >= r["last_seq"]
        if r["seq"] > r["last_seq"]:
            self.fault("skipped", f"it goes on after {r['seq']}, asked for {r['last_seq']}", r)
        if r["recovered"] and r["lost"]:
            self.fault("recovered", f"true, and {r['lost']} lost", r)
        self.owed = None if r["recovered"] else r

    def on_event(self, position, r):
        seq, number, c = r["seq"], r["number"], self.c
        if self.owed:
            self.fault("gap", f"recovered: false, and seq {seq} comes without a gap", r)
        self.owed = None
        if seq <= self.last:
            self.fault("repeated", f"{number}: seq {seq} after {self.last}", r)
            return
        if number is not None and number in c.numbers:
            self.fault("repeated", f"{number}: seq {seq}, and {c.numbers[number]} before", r)
        self.last = seq
        c.seqs.append(seq)
        c.positions.append(position)
        c.events[seq] = r["on"], number
        if number is not None:
            c.numbers[number] = seq

    def on_gap(self, position, r):
        gap = Gap(r["lost"], r["from"], r["to"], r["unknown"], self.last, position, r["t"])
        if not gap.unknown and (gap.lost < 1 or not self.last < gap.first <= gap.last):
            self.fault("gap", f"it makes no sense after seq {self.last}: {r}", r)
        if self.owed and (gap.lost < self.owed["lost"]):
            self.fault("gap", f"{gap.lost} lost, and {self.owed['lost']} on resuming", r)
        self.owed = None
        self.c.gaps.append(gap)

    def on_kept_open(self, _, r):
        self.fault("replaced", "the older connection is still open", r)

    def on_torn(self, _, r):
        self.fault("torn", r["words"], r)

    def on_denied(self, _, r):
        self.fault("denied", r["words"], r)

    def on_early(self, _, r):
        self.fault("early", r["words"], r)


def merged(gaps):
    """Gaps in groups that touch each other: a number may stand in the range of two."""
    regions = []
    for gap in sorted(gaps, key=lambda g: g.first):
        if regions and gap.first <= max(g.last for g in regions[-1]):
            regions[-1].append(gap)
        else:
            regions.append([gap])
    return regions


def some(items, most=8):
    items = [str(item) for item in items]
    return ", ".join(items[:most]) + (", …" if len(items) > most else "") or "none"


def check(logs, bounded=True, crash_seconds=CRASH_SECONDS):
    """bounded: the tape's bounds may be hit; else every gap is a fault, but for a kill -9."""
    return Check(logs, bounded, crash_seconds).verdict()


def in_words(verdict, shown=20):
    """The verdict, for people."""
    out = []
    for kind, n in sorted(verdict.producers.items()):
        out.append(f"{kind:<6} said {n['tried']}: {n['sent']} taken, {n['refused']} refused, "
                   f"{n['maybe']} maybe; {n['published']} published")
    for kind, n in sorted(verdict.consumers.items()):
        out.append(f"{kind:<6} due {n['due']}: {n['heard']} heard once, {n['announced']} in counted "
                   f"gaps, {n['crashed']} in a crash's last moment")
    for kind in sorted(DURABLE & set(verdict.consumers)):
        said, heard = verdict.producers[kind], verdict.consumers[kind]
        out.append(f"{kind:<6} opened {heard['opened']}: {heard['again']} came again to who did not "
                   f"say what it has, {said['known']} said again and known")
    g = verdict.gaps
    out.append(f"gaps   told {g['told']}: {g['lost']} lost, {g['unknown']} unknown, "
               f"{g['retold']} told again")
    out.append(f"{'chaos':<20}{'times':>7}{'resumed':>9}{'missed':>9}{'lost':>7}{'not whole':>11}")
    for deed, n in sorted(verdict.chaos.items()):
        out.append(f"{deed:<20}{n['times']:>7}{n['resumed']:>9}{n['missed']:>9}{n['lost']:>7}"
                   f"{n['not_recovered']:>11}")
    kinds = Counter(fault.what for fault in verdict.faults)
    out += [str(fault) for fault in verdict.faults[:shown]]
    if len(verdict.faults) > shown:
        out.append(f"… {some(f'{n} {what}' for what, n in kinds.most_common())}")
    out.append("all is accounted for" if verdict.good else f"{len(verdict.faults)} faults")
    return "\n".join(out)
