# SPDX-License-Identifier: MIT
"""The checker finds what may not be of durable streams: each test breaks one thing in logs that are in
order."""
import copy
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import checker  # noqa: E402

EPOCH = 500_000_000
ON = "sync:mod"


def number(n):
    return f"p:{n:06d}"


def event(seq, **given):
    return {"do": "event", "t": 1000 + seq, "epoch": EPOCH, "seq": seq, "on": ON,
            "number": number(seq), **given}


def opened(last, **given):
    queue = {"channel_id": "c", "epoch": EPOCH, "acked": last, "last": 20, "new": not last, **given}
    return {"do": "open", "t": 1000 + last, "resume": last > 0, "epoch": EPOCH, "last_seq": last,
            "queue": queue}


class Logs:
    """Twenty messages, heard by two; one came back after the tenth, and the daemon was killed then."""

    def __init__(self):
        self.chaos = [{"do": "chaos", "t": 0, "name": "chaos"}, {"do": "begin", "t": 1000},
                      {"do": checker.KILLED, "t": 1010}]
        self.producer = [{"do": "producer", "t": 0, "name": "p", "stream": ON}]
        for n in range(1, 21):
            self.producer += [
                {"do": "try", "t": 1000 + n, "number": number(n), "conn": 1},
                {"do": "sent", "t": 1000 + n, "number": number(n), "seq": n}]
        self.other = [{"do": "receiver", "t": 0, "name": "o", "hears": [ON]}, opened(0),
                      *(event(n) for n in range(1, 21))]
        self.receiver = copy.deepcopy(self.other)
        self.receiver[0]["name"] = "r"
        self.receiver.insert(12, opened(10))

    def drop(self, *seqs, log=None):
        log = self.receiver if log is None else log
        log[:] = [r for r in log if r["do"] != "event" or r["seq"] not in seqs]

    def unanswered(self, n):
        self.producer = [r for r in self.producer if r["do"] != "sent" or r["number"] != number(n)]

    def verdict(self):
        return checker.check(copy.deepcopy(
            [self.chaos, self.producer, self.other, self.receiver]))

    def faults(self):
        return {f"{f.who} {f.what}" for f in self.verdict().faults}


@pytest.fixture
def logs():
    return Logs()


def test_logs_in_order_have_no_fault(logs):
    verdict = logs.verdict()
    assert verdict.good
    assert verdict.consumers["sync"]["due"] == verdict.consumers["sync"]["heard"] == 40
    assert verdict.producers["sync"]["published"] == 20


@pytest.mark.parametrize("seq", [1, 7, 9, 11, 20])
def test_a_loss_is_found_also_beside_a_kill(logs, seq):
    logs.drop(seq)
    assert logs.faults() == {"r lost"}
    assert any(number(seq) in fault.words for fault in logs.verdict().faults)


def test_what_was_answered_and_nobody_heard_is_found(logs):
    logs.drop(20)
    logs.drop(20, log=logs.other)
    assert logs.faults() == {"r lost", "o lost"}


def test_what_had_no_answer_and_nobody_heard_is_nobodys_fault(logs):
    logs.drop(20)
    logs.drop(20, log=logs.other)
    logs.unanswered(20)
    assert logs.faults() == set()


def test_what_had_no_answer_and_one_heard_is_due_to_all(logs):
    logs.drop(20)
    logs.unanswered(20)
    assert logs.faults() == {"r lost"}


def test_a_message_that_is_taken_twice_is_found(logs):
    for log in (logs.receiver, logs.other):
        log.append(event(21, number=number(3)))
    assert logs.faults() >= {"r repeated", "o repeated"}


def test_what_one_has_said_it_had_may_not_come_again(logs):
    logs.receiver.insert(13, {**event(10), "do": "again"})
    assert logs.faults() == {"r repeated"}


def test_what_comes_again_to_who_did_not_say_is_in_order_if_it_is_the_same(logs):
    logs.receiver[12]["resume"] = False
    logs.receiver.insert(13, {**event(10), "do": "again"})
    assert logs.faults() == set()
    assert logs.verdict().consumers["sync"]["again"] == 1
    logs.receiver[13]["number"] = number(9)
    assert logs.faults() == {"r mixed up"}


def test_every_gap_is_found(logs):
    logs.drop(11)
    logs.receiver.insert(13, {"do": "gap", "t": 1011, "lost": 1, "from": 11, "to": 11,
                              "reason": "count"})
    assert logs.faults() == {"r gap", "r lost"}


def test_a_queue_that_has_begun_anew_is_found(logs):
    logs.receiver[12]["queue"].update(epoch=EPOCH + 1)
    assert logs.faults() == {"r session"}


def test_a_receiver_that_is_forgotten_is_found(logs):
    logs.receiver[12]["queue"] = None
    assert logs.faults() == {"r session"}


def test_a_queue_that_forgot_what_it_has_given_is_found(logs):
    logs.receiver[12]["queue"].update(last=9)
    assert logs.faults() == {"r lost"}


def test_a_queue_that_goes_on_behind_what_was_had_is_found(logs):
    logs.receiver[12]["queue"].update(acked=11)
    assert logs.faults() == {"r skipped"}


def test_two_receivers_that_hear_other_things_under_a_number_are_found(logs):
    for r in logs.receiver:
        if r.get("seq") in (7, 8):
            r["number"] = number(15 - r["seq"])
    assert "r mixed up" in logs.faults()


def test_an_answer_with_another_number_is_found(logs):
    logs.producer[2]["seq"] = 2
    assert logs.faults() == {f"{ON} mixed up"}


def test_messages_that_overtake_each_other_are_found(logs):
    for r in (*logs.receiver, *logs.other, *logs.producer):
        if r["do"] == "event" and r["seq"] in (7, 8):
            r["number"] = number(15 - r["seq"])
        elif r["do"] == "sent" and r["seq"] in (7, 8):
            r["seq"] = 15 - r["seq"]
    assert logs.faults() == {f"{ON} overtaken"}


def test_what_was_refused_or_nobody_said_is_found(logs):
    for r in logs.producer:
        if r["do"] == "sent" and r["seq"] == 7:
            r["do"] = "refused"
    logs.producer = [r for r in logs.producer if r.get("number") != number(8)]
    assert logs.faults() == {f"{ON} refused", f"{ON} made up"}
