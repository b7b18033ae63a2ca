# SPDX-License-Identifier: MIT
"""Sessions that outlive their connections: what a message on a tape costs in memory, what keeping it
for a restart costs in CPU and time, and what both have added to a fan-out."""
import json
import socket
import time
from contextlib import ExitStack

from report import over_constant, ratio, spread
from servers import Before, Gatehouse, InMemory, OnDisk, OnShm, Tapes, memory_of

# --- memory of a message --------------------------------------------------------------------------

TEXT_BYTES = 200
BATCH = 100  # calls under way
TAPE_CASES = ((1, 8), (10, 1), (1000, 1))  # sessions of a MUD that is away, MUDs: one alone is too few
OVER_TEXT = 64  # bytes a message may cost beyond its text, with one session
PER_SESSION = 11  # and with each one more: a pointer, in a ring that is filled to three quarters


class Line:
    """A connection that speaks JSON lines and waits for what it wants to hear."""

    def __init__(self, server, key, **resume):
        self.socket = socket.create_connection(server.ports["jsonl"], 20)
        self.input = self.socket.makefile("rb")
        self.send([("authenticate", {"api_key": key, **resume})])
        self.hello = self.answers(1)[0]["result"]

    def send(self, calls):
        self.socket.sendall(b"".join(json.dumps(
            {"jsonrpc": "2.0", "id": n, "method": method, "params": params}).encode() + b"\n"
            for n, (method, params) in enumerate(calls)))

    def answers(self, n):
        got = []
        while len(got) < n:
            message = json.loads(self.input.readline())
            if "error" in message:
                raise RuntimeError(message)
            if "result" in message:
                got.append(message)
        return got

    def close(self):
        self.input.close()
        self.socket.close()


def online(line, muds):
    """Waits until each MUD is on the network."""
    until = time.monotonic() + 20
    for mud in muds:
        while True:
            try:
                tell(line, [mud], 0, 1)
                break
            except RuntimeError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)


def tell(line, muds, first, n):
    """n messages for each MUD, of lengths that use what malloc() rounds up to evenly."""
    calls = [("tell", {"target_mud": mud, "target_user": "somebody", "from_user": "bench",
                       "message": f"{i:08}".ljust(TEXT_BYTES + i % 16, "x")})
             for i in range(first, first + n) for mud in muds]
    for at in range(0, len(calls), BATCH):
        line.send(calls[at:at + BATCH])
        line.answers(len(calls[at:at + BATCH]))


def settled(server):
    """The memory when it has stopped changing: what is on its way to the disk is not on a tape."""
    last, since, until = 0, time.monotonic(), time.monotonic() + 20
    while time.monotonic() < min(since + 0.5, until):
        now = memory_of(server.process.pid)[1]
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.02)
    return last


def leave(server, key, sessions):
    """→ the id of the last."""
    for _ in range(sessions):
        line = Line(server, key)
        line.close()
    return line.hello["session_id"]


def read_back(server, mud, session, wanted):
    """What came back as a client is sent it: bytes of the texts of `wanted` messages after the first
    ones, and how many are missing in all."""
    line = Line(server, f"{mud}-key", session_id=session, last_seq=0)
    sizes, lost = [], 0
    line.send([("ping", {})])
    while True:
        text = line.input.readline()
        message = json.loads(text)
        if message.get("method") == "tell_received":
            sizes.append(len(text) - 1)
        elif message.get("method") == "gap":
            lost += message["params"].get("lost", 1)
        if len(sizes) + lost >= wanted:
            break
    line.close()
    return sizes, lost


def tape_run(server, sessions, muds, messages):
    """From 3/4 of a power of two to 3/4 of another: rings of pointers double, so they are filled from
    a half to the whole, and this is the mean."""
    first = messages // 7
    leave(server, Gatehouse.SINK_KEY, 1)
    # The database's cache, malloc()'s pools: full before anything is measured, and then as full.
    filler = Line(server, Gatehouse.KEY)
    online(filler, ["Sink", *muds])
    tell(filler, ["Sink"], 0, 14000)
    ids = {mud: leave(server, f"{mud}-key", sessions) for mud in muds}
    tell(filler, muds, 0, first)
    before = settled(server)
    tell(filler, muds, first, messages)
    grown = settled(server) - before
    filler.close()
    text, lost = 0, 0
    for mud, session in ids.items():
        sizes, missing = read_back(server, mud, session, first + messages)
        text, lost = text + sum(sizes[first:]), lost + missing
    each = messages * len(muds)
    return {"bytes_per_message": grown / each, "text_bytes": text / each,
            "over_text": (grown - text) / each, "missing": lost}


def tape(b):
    r, messages = b.report, 1344 if b.quick else 5376
    rounds = min(b.rounds, 1 if b.quick else 3)
    for round_no in range(rounds):
        for sessions, muds in TAPE_CASES:
            with ExitStack() as stack:
                for server in b.start(stack, (Tapes,)):
                    try:
                        result = tape_run(server, sessions, Tapes.MUDS[:muds], messages)
                    except (OSError, RuntimeError, ValueError) as why:
                        b.report.note(f"tape, {sessions} sessions: FAILED: {why}")
                        continue
                    b.measure("tape", f"{sessions} sessions", server, round_no, result)
    rows = []
    for sessions, _ in TAPE_CASES:
        key = ("tape", f"{sessions} sessions", "gatehouse")
        over = r.of(*key, "over_text")
        if over:
            target = OVER_TEXT + PER_SESSION * (sessions - 1)
            rows.append([str(sessions), spread(r.of(*key, "text_bytes")),
                         spread(r.of(*key, "bytes_per_message")), spread(over),
                         f"at most {target:,}", r.verdict(over, target),
                         spread(over_constant(over, sessions))])
    r.table(f"Memory of a message on the tapes of sessions that are away, {messages:,} messages",
            ["sessions", "bytes of its text", "bytes each", "beyond the text", "target", "met",
             "beyond, per session"], rows)


# --- kept for a restart ---------------------------------------------------------------------------

def durable_run(b, server, options_of, receivers, rate):
    transport, options = options_of(server)
    result = b.load("fanout", server, transport, connections=receivers, rate=rate, time=2 * b.time,
                    **options)
    if result and result["deliveries"]:
        lines = result["deliveries"] / (receivers + 1)  # the speaker hears itself
        result["worker_us_per_line"] = result["workers_cpu_s"] * 1e6 / lines
    return result


DURABLE_CASES = ((1, 500), (10, 500), (1000, 100))  # receivers, lines a second


def durable(b, options_of):
    r = b.report
    with ExitStack() as stack:
        servers = b.start(stack, (InMemory, OnShm, OnDisk))
        for round_no in range(b.rounds):
            for receivers, rate in DURABLE_CASES:
                for server in servers[round_no % 2:] + servers[:round_no % 2]:
                    b.measure("durable", f"{receivers} receivers", server, round_no,
                              durable_run(b, server, options_of, receivers, rate))
    rows, ratios = [], []
    for receivers, rate in DURABLE_CASES:
        def of(name, figure):
            return r.of("durable", f"{receivers} receivers", name, figure)
        per_line = (receivers + 1) * 1e-3
        for server in servers:
            if of(server.name, "deliveries"):
                rows.append([f"{receivers:,}, {rate} lines/s", server.name,
                             spread(of(server.name, "ns_per_delivery"), per_line),
                             spread(of(server.name, "worker_us_per_line")),
                             spread(of(server.name, "ns_per_delivery"), 1e-3),
                             spread(of(server.name, "p50_us")), spread(of(server.name, "p99_us"))])
        for name in (OnShm.name, OnDisk.name):
            if not of(name, "deliveries") or not of(InMemory.name, "deliveries"):
                continue
            more = {n: (ns - of(InMemory.name, "ns_per_delivery")[n]) * per_line
                    for n, ns in of(name, "ns_per_delivery").items()
                    if n in of(InMemory.name, "ns_per_delivery")}
            ratios.append([f"{receivers:,} receivers, {name}: CPU us more per line", spread(more),
                           "at most 50", r.verdict(more, 50)])
            for figure, target in (("p50_us", 1.1), ("p99_us", 1.25)):
                change = ratio(of(name, figure), of(InMemory.name, figure))
                ratios.append([f"{receivers:,} receivers, {name}: {figure[:3]} over that in memory",
                               spread(change), f"at most {target}", r.verdict(change, target)])
    r.table("Lines kept for a restart, and in memory only",
            ["receivers", "", "CPU us per line", "of these the worker's", "CPU us per delivery",
             "p50 us", "p99 us"], rows)
    r.table("Lines kept for a restart: what that costs", ["", "measured", "target", "met"], ratios)


# --- this build and another one -------------------------------------------------------------------

def against(b, options_of):
    r, rows, bursts = b.report, [], (1, 16)
    with ExitStack() as stack:
        servers = b.start(stack, (Gatehouse, InMemory, Before))
        for round_no in range(b.rounds):
            for burst in bursts:
                for server in servers[round_no % 2:] + servers[:round_no % 2]:
                    transport, options = options_of(server)
                    b.measure("against", f"b={burst}", server, round_no, b.load(
                        "fanout", server, transport, connections=b.receivers, burst=burst,
                        time=b.time, **options))
    for burst in bursts:
        cost = {s.name: r.of("against", f"b={burst}", s.name, "ns_per_delivery") for s in servers}
        for name in (Gatehouse.name, InMemory.name):
            if cost.get(name) and cost.get(Before.name):
                rows.append([f"{burst} per burst, {'as shipped' if name == 'gatehouse' else name}",
                             spread(cost[name], 1e-3), spread(cost[Before.name], 1e-3),
                             spread(ratio(cost[name], cost[Before.name])), "about 1"])
    r.table(f"Fan-out to {b.receivers} receivers, this build and another one",
            ["", "CPU us per delivery", "the other build's", "ratio", "target"], rows)
