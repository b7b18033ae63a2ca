# SPDX-License-Identifier: MIT
"""What must be true of the streams of which nothing excuses a loss, nor anything told twice: those of the
bridge's version 2.  Their receivers' logs begin with a record of their own:

    {"do": "receiver", "name": "s1", "hears": ["sync:mod"]}
        open    resume (whether it said what it has), epoch, last_seq: what it has; queue: what the daemon
                says of it, null if nothing
        event   epoch, seq, on, number; what it had before is `again` instead
        gap     lost, from, to, reason: within all bounds, so always a fault
        kept_open, torn, denied, early  as of consumers

Their producers' `sent` has seq, the number in the queue; `duplicate`, if the daemon knew it; `again` is
a message that was said again under its own number.

A queue numbers its messages from 1, without holes, whatever ends in between; all its receivers hear
the same under the same number, and that is the number of the answer."""
from collections import Counter


class Receiver:
    """Through one receiver's log."""

    def __init__(self, head, fault):
        self.name, self.hears = head["name"], head["hears"]
        self.report = fault
        self.epoch, self.last = None, 0
        self.resumed = True
        self.events = {}   # (stream, epoch, seq) → number
        self.numbers = {}  # number → (stream, epoch, seq)
        self.count = Counter()

    def fault(self, what, words, r):
        self.report(self.name, what, words, r["t"])

    def all(self, log):
        for r in log:
            step = getattr(self, "on_" + r["do"], None)
            if step:
                step(r)

    def on_open(self, r):
        self.resumed = r["resume"]
        queue = r["queue"]
        self.count["opened"] += 1
        if not self.last:
            return
        if not queue or queue["epoch"] != self.epoch or queue["new"]:
            self.fault("session", f"it is not known after seq {self.last} of {self.epoch}: {queue}", r)
        elif queue["last"] < self.last:
            self.fault("lost", f"the queue ends with {queue['last']}, and it has had {self.last}", r)
        elif queue["acked"] > self.last:
            self.fault("skipped", f"it goes on after {queue['acked']}, and has had {self.last}", r)

    def on_event(self, r):
        if self.epoch not in (None, r["epoch"]):
            self.fault("session", f"its queue was {self.epoch}, and is {r['epoch']}", r)
            self.last = 0
        self.epoch = r["epoch"]
        if r["seq"] <= self.last:
            self.fault("repeated", f"{r['number']}: seq {r['seq']} after {self.last}", r)
        elif r["seq"] > self.last + 1:
            self.fault("lost", f"seq {self.last + 1} to {r['seq'] - 1} did not come", r)
        self.last = max(self.last, r["seq"])
        self.hear(r)

    def hear(self, r):
        at, number = (r["on"], r["epoch"], r["seq"]), r["number"]
        if r["on"] not in self.hears:
            self.fault("made up", f"{number} on {r['on']}, which it does not hear", r)
        before = self.numbers.setdefault(number, at)
        if before != at:
            self.fault("repeated", f"{number}: seq {r['seq']}, and {before[2]} before", r)
        self.events.setdefault(at, number)

    def on_again(self, r):
        self.count["again"] += 1
        if self.resumed:
            self.fault("repeated", f"{r['number']}: seq {r['seq']}, and it came with {self.last}", r)
        if self.events.get((r["on"], r["epoch"], r["seq"])) != r["number"]:
            self.fault("mixed up", f"seq {r['seq']} is {r['number']} when it comes again", r)

    def on_gap(self, r):
        self.fault("gap", f"{r['lost']} lost within all bounds, {r['from']} to {r['to']}: "
                   f"{r['reason']}", r)
        self.last = max(self.last, r["to"])

    def on_kept_open(self, r):
        self.fault("replaced", "the older connection is still open", r)

    def on_torn(self, r):
        self.fault("torn", r["words"], r)

    def on_denied(self, r):
        self.fault("denied", r["words"], r)

    def on_early(self, r):
        self.fault("early", r["words"], r)


def collect(receivers, fault):
    """→ what each message is, from all that was heard: number → (stream, epoch, seq)."""
    truth, numbers = {}, {}
    for receiver in receivers:
        for at, number in receiver.events.items():
            known = truth.setdefault(at, number)
            if known != number:
                fault(receiver.name, "mixed up", f"seq {at[2]} is {number}, of others {known}")
            other = numbers.setdefault(number, at)
            if other != at:
                fault(receiver.name, "repeated", f"{number} is seq {at[2]}, of others {other[2]}")
    return numbers


def overtaken(numbers, fault):
    """Each producer's messages stand in the queue as it said them."""
    newest = {}
    for number, (stream, *_) in sorted(numbers.items(), key=lambda item: item[1]):
        on = stream, number.partition(":")[0]
        if newest.get(on, "") > number:
            fault(stream, "overtaken", f"{number} comes after {newest[on]}")
        newest[on] = number


def check(messages, receivers, fault, totals):
    """messages: of durable kinds only; totals(whose): a Counter."""
    numbers = collect(receivers, fault)
    overtaken(numbers, fault)
    said = {m.number: m for m in messages}
    for number, (stream, _, seq) in numbers.items():
        message = said.get(number)
        if not message or message.stream != stream:
            fault(stream, "made up", f"{number}: nobody said that there")
        elif message.refused:
            fault(stream, "refused", f"{number} was refused, and is seq {seq}")
        elif message.seq not in (None, seq):
            fault(stream, "mixed up", f"{number} is seq {seq}, and was answered {message.seq}")
    for m in messages:
        heard = m.number in numbers
        totals("producers").update(tried=1, sent=m.sent is not None, refused=m.refused,
                                   maybe=m.sent is None and not m.refused, published=heard)
        if m.sent is None and not heard:
            continue
        for receiver in receivers:
            if m.stream in receiver.hears:
                totals("consumers").update(due=1, heard=m.number in receiver.numbers)
                if m.number not in receiver.numbers:
                    fault(receiver.name, "lost", f"{m.number} on {m.stream}, seq {m.seq}: "
                          f"{'taken' if m.sent else 'heard by others'}", m.sent or m.tried)
    for receiver in receivers:
        totals("consumers").update(receiver.count)
