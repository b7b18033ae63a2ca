# SPDX-License-Identifier: MIT
"""The checker finds what it is there to find: each test breaks one thing in logs that are in order."""
import copy
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import checker  # noqa: E402

BEGIN = 1000.0
CHAT = "line:chat"


def seq(n):
    """Of message n, which is published n tenths of a second after the beginning."""
    return int(BEGIN * 1e6) + n * 100_000


def number(n):
    return f"p:{n:06d}"


def opened(at, last=0, **given):
    return {"do": "open", "t": at, "session": last > 0, "last_seq": last, "resumed": last > 0,
            "recovered": True, "missed": 0, "lost": 0, "seq": last, **given}


def event(n, **given):
    return {"do": "event", "t": seq(n) / 1e6, "seq": seq(n), "on": CHAT, "number": number(n),
            **given}


def gap(n, lost, first=None, last=None, unknown=False):
    return {"do": "gap", "t": seq(n) / 1e6, "lost": lost, "unknown": unknown,
            "from": seq(first) if lost else 0, "to": seq(last or first) if lost else 0}


def kill(n):
    return {"do": checker.KILLED, "t": seq(n) / 1e6}


class Logs:
    """Twenty lines, heard by a witness and by a consumer that came back after the tenth."""

    def __init__(self):
        self.chaos = [{"do": "chaos", "t": 0, "name": "chaos"}, {"do": "begin", "t": BEGIN}]
        self.producer = [{"do": "producer", "t": 0, "name": "p", "stream": CHAT}]
        for n in range(1, 21):
            at = seq(n) / 1e6
            self.producer += [{"do": "try", "t": at - 0.01, "number": number(n), "conn": 1},
                              {"do": "sent", "t": at + 0.01, "number": number(n)}]
        self.witness = [self.head("w"), opened(BEGIN - 1), *(event(n) for n in range(1, 21))]
        self.consumer = copy.deepcopy(self.witness)
        self.consumer[0]["name"] = "c"
        self.consumer.insert(12, opened(BEGIN + 1.05, seq(10)))

    @staticmethod
    def head(name):
        return {"do": "consumer", "t": 0, "name": name, "tape": "M", "hears": [CHAT]}

    def drop(self, *ns, log=None):
        log = self.consumer if log is None else log
        log[:] = [r for r in log if r["do"] != "event" or r["seq"] not in map(seq, ns)]

    def before(self, n, *records):
        at = next(i for i, r in enumerate(self.consumer) if r.get("seq") == seq(n)
                  and r["do"] == "event")
        self.consumer[at:at] = records

    def verdict(self, bounded=True):
        logs = [self.chaos, self.producer, self.witness, self.consumer]
        return checker.check(copy.deepcopy(logs), bounded)

    def faults(self, bounded=True):
        return [f"{f.who} {f.what}" for f in self.verdict(bounded).faults]


@pytest.fixture
def logs():
    return Logs()


def test_logs_in_order_have_no_fault(logs):
    verdict = logs.verdict(bounded=False)
    assert verdict.good
    assert verdict.consumers["line"] == {"due": 40, "heard": 40}
    assert verdict.producers["line"]["published"] == 20


def test_a_loss_that_nothing_announces_is_found(logs):
    logs.drop(7)
    assert logs.faults() == ["c lost"]
    assert number(7) in str(logs.verdict().faults[0])


def test_a_loss_at_the_very_end_is_found(logs):
    logs.drop(20)
    assert logs.faults() == ["c lost"]


def test_an_announced_loss_is_in_order_unless_the_bounds_were_far(logs):
    logs.drop(11, 12, 13)
    logs.before(14, gap(14, 3, 11, 13))
    assert logs.faults() == []
    assert logs.verdict().consumers["line"]["announced"] == 3
    assert logs.faults(bounded=False) == ["c gap"]


@pytest.mark.parametrize("said", [2, 4])
def test_a_gap_with_the_wrong_count_is_found(logs, said):
    logs.drop(11, 12, 13)
    logs.before(14, gap(14, said, 11, 13))
    assert logs.faults() == ["c count"]


def test_a_gap_where_nothing_is_missing_is_found(logs):
    logs.before(14, gap(14, 1, 14))
    assert logs.faults() == ["c count"]


def test_a_gap_that_comes_after_later_events_is_found(logs):
    logs.drop(11, 12)
    logs.before(15, gap(15, 2, 11, 12))
    assert "c lost" in logs.faults()


def test_what_matters_more_may_come_from_within_the_range_of_a_gap(logs):
    logs.drop(11, 13)
    logs.before(12, gap(14, 2, 11, 13))
    assert logs.faults() == []


def test_two_gaps_whose_ranges_overlap_are_counted_together(logs):
    logs.drop(11, 13, 14, 15)
    logs.before(12, gap(12, 3, 11, 14), gap(12, 1, 13, 15))
    assert logs.faults() == []
    logs.consumer = [r for r in logs.consumer if r.get("lost") != 1]
    assert "c count" in logs.faults() or "c lost" in logs.faults()


def test_a_gap_told_again_to_who_came_back_without_a_newer_event_counts_once(logs):
    logs.drop(11, 12)
    again = opened(BEGIN + 1.2, seq(10), recovered=False, lost=2)
    logs.before(13, gap(12, 2, 11, 12), again, gap(13, 2, 11, 12))
    assert logs.faults() == []
    assert logs.verdict().gaps["retold"] == 1


def test_a_gap_that_is_not_told_again_is_found(logs):
    logs.drop(11, 12)
    logs.before(13, gap(12, 2, 11, 12), opened(BEGIN + 1.2, seq(10)))
    assert logs.faults() == ["c lost", "c lost"]


def test_an_event_that_comes_twice_is_found(logs):
    logs.before(15, event(14))
    assert logs.faults() == ["c repeated"]


def test_a_message_that_comes_as_two_events_is_found(logs):
    logs.before(15, {**event(14), "seq": seq(14) + 5})
    assert "c repeated" in logs.faults()


def test_events_from_before_last_seq_are_found(logs):
    logs.before(11, event(9), event(10))
    assert logs.faults() == ["c repeated", "c repeated"]


def test_an_answer_that_skips_what_was_asked_for_is_found(logs):
    logs.consumer[12]["seq"] = seq(11)
    assert logs.faults() == ["c skipped"]


def test_a_session_that_is_not_resumed_is_found(logs):
    logs.consumer[12]["resumed"] = False
    assert logs.faults() == ["c session"]


def test_who_is_told_of_a_gap_on_resuming_has_to_get_it(logs):
    logs.consumer[12].update(recovered=False, lost=1)
    assert logs.faults() == ["c gap"]


def test_what_nobody_heard_although_it_was_answered_is_found(logs):
    logs.drop(7)
    logs.drop(7, log=logs.witness)
    assert logs.faults() == ["M lost"]


def test_what_nobody_heard_and_had_no_answer_is_nobodys_fault(logs):
    logs.drop(7)
    logs.drop(7, log=logs.witness)
    logs.producer = [r for r in logs.producer if r["do"] != "sent" or r["number"] != number(7)]
    assert logs.faults() == []


def test_what_had_no_answer_and_one_heard_is_due_to_all(logs):
    logs.drop(7)
    logs.producer = [r for r in logs.producer if r["do"] != "sent" or r["number"] != number(7)]
    assert logs.faults() == ["c lost"]


def test_what_was_refused_must_not_be_published(logs):
    for r in logs.producer:
        if r["do"] == "sent" and r["number"] == number(7):
            r["do"] = "refused"
    assert logs.faults() == ["M refused"]


def test_what_nobody_said_is_found(logs):
    logs.producer = [r for r in logs.producer if r.get("number") != number(7)]
    assert logs.faults() == ["M made up"]


def test_messages_of_one_connection_that_overtake_each_other_are_found(logs):
    for log in (logs.witness, logs.consumer):
        for r in log:
            if r.get("number") in (number(7), number(8)):
                r["number"] = number(15 - int(r["number"][2:]))
    assert logs.faults() == ["M overtaken"]


def test_two_consumers_of_a_tape_that_hear_other_things_are_found(logs):
    logs.drop(7)
    logs.before(8, {**event(7), "number": number(6)})
    assert "c mixed up" in logs.faults()


def test_after_a_kill_an_unknown_gap_speaks_for_the_last_second_only(logs):
    logs.chaos.append(kill(14))
    logs.drop(13, 14)
    back = opened(seq(14) / 1e6 + 0.05, seq(12), recovered=False)
    logs.before(15, back, gap(15, 0, unknown=True))
    assert logs.faults(bounded=False) == []
    assert logs.verdict().consumers["line"]["crashed"] == 2
    logs.drop(3)
    assert logs.faults(bounded=False) == ["c lost"]


def test_what_was_lost_after_the_daemon_came_back_is_found(logs):
    logs.chaos.append(kill(14))
    logs.drop(15)
    logs.before(16, opened(seq(14) / 1e6 + 0.05, seq(14), recovered=False),
                gap(15, 0, unknown=True))
    assert logs.faults() == ["c lost"]


def test_what_a_kill_took_may_lie_where_a_later_gap_is(logs):
    """Behind the unknown gap it hears one more of before, then loses some, counted, with a gap that
    begins among those the kill took."""
    logs.chaos.append(kill(14))
    logs.drop(13, 14, 15, 16)
    logs.before(12, opened(seq(14) / 1e6 + 0.05, seq(11), recovered=False),
                gap(15, 0, unknown=True))
    counted = gap(17, 3, 13, 16)
    logs.before(17, opened(seq(16) / 1e6 + 0.05, seq(12), recovered=False, lost=3), counted)
    assert logs.faults() == []
    counted["lost"] = 1
    assert "c count" in logs.faults()


def test_an_unknown_gap_without_a_kill_is_found(logs):
    logs.before(15, gap(15, 0, unknown=True))
    assert logs.faults() == ["c gap"]


def test_an_unknown_gap_for_a_kill_that_was_told_of_before_is_found(logs):
    logs.chaos.append(kill(11))
    logs.before(12, opened(seq(11) / 1e6 + 0.05, seq(11), recovered=False),
                gap(12, 0, unknown=True))
    assert logs.faults() == []
    logs.before(16, gap(16, 0, unknown=True))
    assert logs.faults() == ["c gap"]


def test_a_loss_near_a_kill_without_an_unknown_gap_is_found(logs):
    logs.chaos.append(kill(14))
    logs.drop(13, 14)
    assert logs.faults() == ["c lost", "c lost"]


def test_what_was_answered_and_gone_with_a_kill_is_excused_if_all_were_told(logs):
    logs.chaos.append(kill(14))
    for log in (logs.witness, logs.consumer):
        logs.drop(14, log=log)
        at = next(i for i, r in enumerate(log) if r.get("seq") == seq(15))
        log[at:at] = [opened(seq(14) / 1e6 + 0.05, seq(13), recovered=False),
                      gap(15, 0, unknown=True)]
    assert logs.faults() == []
    logs.witness = [r for r in logs.witness if r["do"] != "gap"]
    assert "M lost" in logs.faults()


def test_the_gap_of_a_later_kill_does_not_speak_for_an_earlier_one(logs):
    logs.chaos += [kill(3), kill(17)]
    for log in (logs.witness, logs.consumer):
        logs.drop(3, log=log)
        at = next(i for i, r in enumerate(log) if r.get("seq") == seq(18))
        log[at:at] = [opened(seq(17) / 1e6 + 0.05, seq(17), recovered=False),
                      gap(18, 0, unknown=True)]
    assert logs.faults() == ["M lost"]


def test_after_a_kill_losses_may_be_announced_again_but_none_made_up(logs):
    logs.chaos.append(kill(14))
    logs.drop(11, 13)
    logs.before(12, gap(12, 2, 11, 13))
    back = opened(seq(14) / 1e6 + 0.05, seq(12), recovered=False, lost=1)
    again = gap(15, 1, 13, 13, unknown=True)
    logs.before(14, back, again)
    assert logs.faults() == []
    again["lost"] = 9
    assert logs.faults() == ["c count"]


def test_a_connection_that_was_taken_over_has_to_end(logs):
    logs.consumer.append({"do": "kept_open", "t": BEGIN + 5})
    assert logs.faults() == ["c replaced"]


def test_the_verdict_names_the_first_faults_and_counts_the_rest(logs):
    logs.drop(*range(2, 10))
    words = checker.in_words(logs.verdict(), shown=3)
    assert "8 faults" in words and number(2) in words and number(9) not in words
