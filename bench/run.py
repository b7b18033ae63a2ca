#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Benchmarks: what the daemon costs, as ratios to named peers measured in the same run.

    bench/run.py [--quick] [NAME ...]

README.md beside this file says how to read what it prints."""
import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import players
import sessions
from relay import bridge
from report import Report, number, over_constant, ratio, spread
from servers import (CLIENT_CPU, CPUS, RESULTS, ROOT, SERVER_CPU, Before, Echo, Gatehouse, Missing,
                     Nchan, PyWebsockets, Router, Ws, memory_of, on_cpu)

# The Python gateway this one replaces, measured on a like machine (two virtual cores, loopback, 50
# TCP connections): requests answered per second of its CPU time.
OLD_GATEWAY = {("ping", 1): 20000, ("ping", 16): 28000, ("tell", 1): 13000, ("tell", 16): 17500}

LOAD_S = 180  # what is not measured of one run of the load generator, before it counts as hung
CHAT = "seq=00000000 says that the gate stays open until the bell"
SAY = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "channel_send",
                  "params": {"channel": "bench", "message": CHAT, "from_user": "somebody"}},
                 separators=(",", ":"))


def call(method, params=None, id="setup"):
    request = {"jsonrpc": "2.0", "id": id, "method": method}
    if params:
        request["params"] = params
    return json.dumps(request, separators=(",", ":"))


JOIN = call("channel_join", {"channel": "bench"})
LOGIN = call("authenticate", {"api_key": Gatehouse.KEY})
LOGIN_SINK = call("authenticate", {"api_key": Gatehouse.SINK_KEY})
REQUESTS = {
    "ping": call("ping", id="seq=00000000"),
    "tell": call("tell", {"target_mud": "Sink", "target_user": "anybody", "message": CHAT[13:],
                          "from_user": "somebody"}, id="seq=00000000"),
}


class Bench:
    def __init__(self, arguments, directory):
        self.quick = arguments.quick
        self.rounds = arguments.rounds or (2 if arguments.quick else 5)
        self.time = 0.5 if self.quick else 1.5
        self.receivers = arguments.receivers
        self.tool = Path(arguments.build).resolve() / "bench"
        self.directory = directory
        self.report = Report({
            "cpu": cpu_model(), "cores": len(CPUS), "kernel": platform.release(),
            "load before": round(os.getloadavg()[0], 2), "rounds": self.rounds, "seconds each": self.time})

    def load(self, mode, server, transport, fresh=True, **options):
        """One run of the load generator against a running server; None when it failed."""
        if isinstance(server, Gatehouse) and fresh:
            server.afresh()
        if server.process.poll() is not None:
            self.report.note(f"{server.name} has ended: {server.last_words()}")
            return None
        host, port = server.ports[transport]
        text = [f"{k}={v}" for k, v in options.items()]
        try:
            done = subprocess.run(
                [str(self.tool / "load"), mode, f"host={host}", f"port={port}",
                 f"pid={server.pids()}", *text],
                capture_output=True, text=True, preexec_fn=on_cpu(CLIENT_CPU),
                timeout=LOAD_S + options.get("time", 0))
        except subprocess.TimeoutExpired:
            self.report.note(f"{server.name}, {mode}: FAILED: not done in time")
            return None
        said = done.stderr.strip()[-300:]
        if done.returncode:
            self.report.note(f"{server.name}, {mode}: FAILED: {said}")
            return None
        if said:
            self.report.note(f"{server.name}, {mode}: {said}")
        return json.loads(done.stdout)

    def measure(self, bench, case, server, round_no, result):
        if result is None:
            return
        self.report.record(bench, case, server.name, round_no, result)
        where = f"{bench}, {case}, {server.name}"
        for fault in ("missing", "unanswered", "misordered", "errors", "closed", "silent", "unequal"):
            if result.get(fault):
                self.report.note(f"{where}: {fault}: {result[fault]}")
        if result.get("client_util", 0) > 0.95 and result["server_util"] < 0.90:
            self.report.note(f"{where}: the load generator was the limit; CPU figures hold, rates "
                             "are its own")

    def start(self, stack, kinds):
        """Those that can be had here, started; a note about each that cannot."""
        up = []
        for kind in kinds:
            try:
                up.append(stack.enter_context(kind(self.directory)))
                if up[-1].remark:
                    self.report.note(f"{kind.name}: {up[-1].remark}")
            except Missing as why:
                self.report.note(f"{kind.name} left out: {why}")
        return up


# --- fan-out --------------------------------------------------------------------------------------

def fan_options(server, message_bytes):
    """How to subscribe, and what to publish so that every server sends frames of one size."""
    if isinstance(server, Gatehouse):
        return "http", {"ws": 1, "path": "/ws", "key": Gatehouse.KEY, "setup": JOIN,
                        "message": SAY}
    text = '{"message":"' + CHAT + '"}'
    text = text[:-2] + "x" * (message_bytes - len(text)) + '"}'
    return "ws", {"ws": 1, "path": "/bench", "message": text}


def event_bytes(b, servers):
    """Bytes of one channel_message event: the size the peers' messages are padded to."""
    if not servers or not isinstance(servers[0], Gatehouse):
        return 200
    transport, options = fan_options(servers[0], 0)
    probe = b.load("fanout", servers[0], transport, connections=1, time=0.2, **options)
    return probe["message_bytes"] if probe and probe["message_bytes"] else 200


FAN_TARGETS = (  # burst, peer, at most
    (1, "node ws", 0.5), (16, "node ws", 0.04), (1, "python websockets", None),
    (16, "python websockets", 0.035), (1, "nchan", None), (16, "nchan", 0.12))


def fanout(b):
    bursts = (1, 16, 40)
    with ExitStack() as stack:
        servers = b.start(stack, (Gatehouse, Ws, PyWebsockets, Nchan))
        size = event_bytes(b, servers)
        for round_no in range(b.rounds):
            for burst in bursts:
                for server in servers:
                    if burst == 40 and server.name != "gatehouse":
                        continue
                    transport, options = fan_options(server, size)
                    result = b.load("fanout", server, transport, connections=b.receivers,
                                    burst=burst, time=b.time, **options)
                    b.measure("fanout", f"b={burst}", server, round_no, result)
    r = b.report
    rows = []
    for server in servers:
        for burst in bursts:
            key = ("fanout", f"b={burst}", server.name)
            if r.of(*key, "deliveries"):
                rows.append([server.name, str(burst), spread(r.of(*key, "ns_per_delivery"), 1e-3),
                             spread(r.of(*key, "deliveries_per_s")),
                             spread(r.of(*key, "per_read")), spread(r.of(*key, "client_util"))])
    r.table(f"Fan-out: {b.receivers} WebSocket receivers, messages of {size} bytes",
            ["server", "messages per burst", "server CPU us per delivery", "deliveries/s",
             "messages per read", "client CPU"], rows)
    cost = {(s.name, n): r.of("fanout", f"b={n}", s.name, "ns_per_delivery")
            for s in servers for n in bursts}
    rows = [[f"{n} per burst, over {peer}", spread(ratio(cost["gatehouse", n], cost[peer, n])),
             f"at most {target}" if target else "-"]
            for n, peer, target in FAN_TARGETS
            if cost.get(("gatehouse", n)) and cost.get((peer, n))]
    if cost.get(("gatehouse", 40)) and cost.get(("gatehouse", 16)):
        rows.append(["40 per burst, over 16 per burst",
                     spread(ratio(cost["gatehouse", 40], cost["gatehouse", 16])), "at most 1"])
    r.table("Fan-out: gatehouse's CPU per delivery as a ratio", ["", "measured", "target"], rows)


# --- stalled readers ------------------------------------------------------------------------------

def stalled(b):
    healthy, dead, rate = 150, 50, 200
    with ExitStack() as stack:
        servers = b.start(stack, (Gatehouse, Ws))
        size = event_bytes(b, servers)
        for round_no in range(b.rounds):
            for server in servers:
                for n in (0, dead):
                    transport, options = fan_options(server, size)
                    result = b.load("fanout", server, transport, connections=healthy, stalled=n,
                                    burst=16, rate=rate, fill=512 << 10, time=2 * b.time,
                                    **options)
                    b.measure("stalled", f"{n} stalled", server, round_no, result)
    r = b.report
    rows, ratios = [], []
    for server in servers:
        with_, without = (("stalled", f"{n} stalled", server.name) for n in (dead, 0))
        for key, n in ((without, 0), (with_, dead)):
            if r.of(*key, "p99_us"):
                rows.append([server.name, str(n), spread(r.of(*key, "p50_us"), 1e-3),
                             spread(r.of(*key, "p99_us"), 1e-3),
                             spread(r.of(*key, "p999_us"), 1e-3), spread(r.of(*key, "missing")),
                             spread(r.of(*key, "stalled_closed"))])
        change = ratio(r.of(*with_, "p99_us"), r.of(*without, "p99_us"))
        if change:
            ratios.append([f"{server.name}: p99 with {dead} stalled, over p99 without",
                           spread(change), "1" if server.name == "gatehouse" else "-"])
    r.table(f"Stalled readers: {healthy} that read, {rate} messages/s, after 512 KiB to each",
            ["server", "never read", "p50 ms", "p99 ms", "p99.9 ms", "missing",
             "of the stalled, closed"], rows)
    r.table("Stalled readers: latency of those that read as a ratio", ["", "measured", "target"],
            ratios)


# --- request and response -------------------------------------------------------------------------

def rtt_cases():
    """case, server, transport, connections, window, method"""
    for connections in (50, 1):
        for window in (1, 16):
            yield "echo", "tcp", connections, window, "ping"
            for method, transport in (("ping", "jsonl"), ("ping", "http"), ("tell", "jsonl")):
                if connections == 50 or method == "ping":
                    yield "gatehouse", transport, connections, window, method


def rtt_case(transport, connections, window, method):
    wire = {"tcp": "TCP", "jsonl": "TCP", "http": "WebSocket"}[transport]
    return f"{wire} {method}, {connections} x {window}"


def rtt(b):
    with ExitStack() as stack:
        servers = {s.name: s for s in b.start(stack, (Gatehouse, Echo))}
        for round_no in range(b.rounds):
            for name, transport, connections, window, method in rtt_cases():
                if name not in servers:
                    continue
                options = {"message": REQUESTS[method], "connections": connections,
                           "window": window, "time": b.time}
                if name == "gatehouse":
                    options["errors"] = 1
                    if transport == "http":
                        options |= {"ws": 1, "path": "/ws", "key": Gatehouse.KEY}
                    else:
                        options["setup"] = LOGIN
                    if method == "tell":
                        options["sink"] = LOGIN_SINK
                case = rtt_case(transport, connections, window, method)
                b.measure("rtt", case, servers[name], round_no,
                          b.load("rtt", servers[name], transport, **options))
    rtt_tables(b.report)


def rtt_tables(r):
    rows = []
    for name, *case in rtt_cases():
        key = ("rtt", rtt_case(*case), name)
        if r.of(*key, "per_cpu_s"):
            rows.append([name, key[1], spread(r.of(*key, "per_cpu_s")),
                         spread(r.of(*key, "ns_per_request"), 1e-3), spread(r.of(*key, "per_s")),
                         spread(r.of(*key, "client_util"))])
    r.table("Request and response: connections x outstanding",
            ["server", "case", "per server CPU second", "CPU us each", "per second", "client CPU"],
            rows)

    def rate(window, method="ping", server="gatehouse"):
        return r.of("rtt", rtt_case("jsonl", 50, window, method), server, "per_cpu_s")

    rows = []
    if rate(1) and rate(1, server="echo"):
        rows.append(["CPU of a TCP ping, 50 x 1, over an echo",
                     spread(ratio(rate(1, server="echo"), rate(1))), "at most 1.25"])
    if rate(1) and rate(16):
        rows.append(["TCP pings per CPU second, 50 x 16, over 50 x 1",
                     spread(ratio(rate(16), rate(1))), "at least 4"])
    for (method, window), old in OLD_GATEWAY.items():
        if rate(window, method):
            target = 30 if (method, window) == ("ping", 16) else 10
            rows.append([f"TCP {method}, 50 x {window}, over the Python gateway's {old:,}",
                         spread(over_constant(rate(window, method), old)), f"at least {target}"])
    r.table("Request and response: ratios", ["", "measured", "target"], rows)


# --- memory and start -----------------------------------------------------------------------------

IDLE_CASES = (  # name, transport, options, bytes a connection may cost
    ("WebSocket, no key yet", "http", {"ws": 1, "path": "/ws"}, 2048),
    ("WebSocket, no key yet, deflate", "http", {"ws": 1, "path": "/ws", "deflate": 1}, 2048),
    ("TCP, not authenticated", "jsonl", {}, 2048),
    ("WebSocket, authenticated", "http",
     {"ws": 1, "path": "/ws", "key": Gatehouse.KEY, "setup": call("ping")}, 3072),
    ("WebSocket, authenticated, deflate", "http",
     {"ws": 1, "path": "/ws", "key": Gatehouse.KEY, "deflate": 1, "setup": call("ping")}, 3072),
    ("TCP, authenticated", "jsonl", {"setup": LOGIN}, 3072),
)


def idle(b):
    """A fresh process for each: memory once used and given back to malloc would hide the cost."""
    connections = 1000 if b.quick else 10000
    rounds, r = min(b.rounds, 3), b.report
    for round_no in range(rounds):
        for case, transport, options, _ in IDLE_CASES:
            with ExitStack() as stack:
                for server in b.start(stack, (Gatehouse,)):
                    b.measure("idle", case, server, round_no,
                              b.load("idle", server, transport, connections=connections,
                                     **options))
    rows = []
    for case, _, _, target in IDLE_CASES:
        key = ("idle", case, "gatehouse")
        if r.of(*key, "connections"):
            rows.append([case, spread(r.of(*key, "bytes_per_connection")), f"at most {target:,}",
                         spread(r.of(*key, "cpu_us_per_open"))])
    r.table(f"Memory of {connections:,} idle connections",
            ["", "bytes each", "target", "CPU us to open one"], rows)


def start(b):
    r = b.report
    for round_no in range(b.rounds):
        with ExitStack() as stack:
            for server in b.start(stack, (Gatehouse,)):
                resident, own = memory_of(server.process.pid)
                r.record("start", "start", server.name, round_no,
                         {"ready_s": server.ready_s, "rss_bytes": resident, "pss_bytes": own})
    key = ("start", "start", "gatehouse")
    if r.of(*key, "ready_s"):
        r.table("Start", ["", "measured", "target"], [
            ["process start to ready line, ms", spread(r.of(*key, "ready_s"), 1e3), "-"],
            ["resident memory then, MiB", spread(r.of(*key, "rss_bytes"), 1 / 2**20),
             "at most 10"],
            ["proportional share of it, MiB", spread(r.of(*key, "pss_bytes"), 1 / 2**20), "-"]])


# --- an Intermud-3 network ------------------------------------------------------------------------

def network(b):
    """One long run: what matters is that nothing grows, nothing is lost and all lists agree."""
    seconds = 20 if b.quick else 600
    muds, channels, lines, churn = 200, len(Router.CHANNELS), 500, 20
    with ExitStack() as stack:
        for server in b.start(stack, (Router,)):
            b.measure("network", "network", server, 0, b.load(
                "network", server, "mudmode", connections=muds, channels=channels, rate=lines,
                churn=churn, warm=3 if b.quick else 30, time=seconds, message="*bench"))
    r, key = b.report, ("network", "network", "gatehouse")
    if not r.of(*key, "deliveries"):
        return
    growth = ratio(r.of(*key, "memory_last"), r.of(*key, "memory_first"))
    r.table(f"An Intermud-3 router for {seconds} s: {muds} MUDs, {channels} channels, {lines} "
            f"lines/s, {churn} comings and goings/s", ["", "measured", "target"], [
                ["lines delivered", spread(r.of(*key, "deliveries")), "-"],
                ["lines lost or doubled", spread(r.of(*key, "missing")), "0"],
                ["p50 ms from sending to arrival", spread(r.of(*key, "p50_us"), 1e-3), "-"],
                ["p99 ms", spread(r.of(*key, "p99_us"), 1e-3), "under 5"],
                ["p99.9 ms", spread(r.of(*key, "p999_us"), 1e-3), "-"],
                ["server CPU us per delivery", spread(r.of(*key, "ns_per_delivery"), 1e-3), "-"],
                ["share of a core", spread(r.of(*key, "server_util")), "-"],
                ["memory at the end, MiB", spread(r.of(*key, "memory_last"), 1 / 2**20), "-"],
                ["the same, over the beginning", spread(growth), "about 1"],
                ["records of MUDs unlike the router's at the end", spread(r.of(*key, "unequal")),
                 "0"]])


# --- sessions that come back ----------------------------------------------------------------------

def tape(b):
    sessions.tape(b)


def durable(b):
    sessions.durable(b, lambda server: fan_options(server, 0))


def against(b):
    sessions.against(b, lambda server: fan_options(server, 0))


# --- codecs ---------------------------------------------------------------------------------------

def codecs(b):
    rounds, operations = (3, 20000) if b.quick else (9, 100000)
    done = subprocess.run([str(b.tool / "codecs"), str(rounds), str(operations)],
                          capture_output=True, text=True, preexec_fn=on_cpu(SERVER_CPU))
    if done.returncode:
        b.report.note(f"codecs: FAILED: {done.stderr.strip()[-300:]}")
        return
    result = json.loads(done.stdout)
    for name, figures in result.items():
        b.report.record("codecs", name, "codecs", 0,
                        dict(zip(("ns", "ns_least", "ns_greatest"), figures)))
    rows = []
    for name, (median, least, greatest) in result.items():
        peer = result.get(name + ", jansson")
        rows.append([name, f"{number(median)} ({number(least)}..{number(greatest)})",
                     number(median / peer[0]) if peer else "-"])
    b.report.table("Codecs, one message", ["", "ns", "over jansson"], rows)


# --- the run --------------------------------------------------------------------------------------

BENCHES = {"fanout": fanout, "stalled": stalled, "rtt": rtt, "idle": idle, "start": start,
           "bridge": bridge, "tape": tape, "durable": durable, "codecs": codecs,
           "network": network, "players": players.players, "seats": players.seats,
           "shout": players.shout, "against": against}


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def build(directory):
    """The tools, up to date, and a note when they and the daemon were built for something else."""
    if not (directory / "build.ninja").exists():
        sys.exit(f"{directory} is no build directory; ./dev build makes one")
    ninja = shutil.which("ninja")
    if not ninja:
        sys.exit("needs apt-get install ninja-build")
    if subprocess.run([ninja, "-C", str(directory), "--quiet", "bench/load", "bench/echo",
                       "bench/codecs", "bench/game", "bench/between"]).returncode:
        sys.exit("the benchmark's tools do not build")
    options = {o["name"]: o["value"] for o in json.loads(
        (directory / "meson-info/intro-buildoptions.json").read_text())}
    if options["b_sanitize"] != "none" or options["optimization"] == "0":
        return "this is a build with sanitizers or without optimisation: the figures mean nothing"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="few and short rounds: does it work?")
    parser.add_argument("--rounds", type=int, help="5, or 2 with --quick")
    parser.add_argument("--receivers", type=int, default=1000, help="of the fan-out (1000)")
    parser.add_argument("--build", default=str(ROOT / "build"), help="build directory (build)")
    parser.add_argument("--against", metavar="BINARY", type=Path,
                        help="another build of the daemon, for the benchmark of that name")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHES)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    directory = Path(arguments.build).resolve()
    note = build(directory)
    Gatehouse.binary, Echo.binary = directory / "gatehouse", directory / "bench" / "echo"
    players.Game.binary = directory / "bench" / "game"
    players.Between.binary = directory / "bench" / "between"
    Before.binary = arguments.against and arguments.against.resolve()
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as scratch:
        bench = Bench(arguments, scratch)
        if note:
            bench.report.note(note)
        if len(CPUS) < 2:
            bench.report.note("one core only: server and load generator share it")
        everything = [n for n in BENCHES if n != "against" or arguments.against]
        for name in arguments.names or everything:
            print(f"{name} ...", file=sys.stderr, flush=True)
            BENCHES[name](bench)
    bench.report.about["load after"] = round(os.getloadavg()[0], 2)
    print(bench.report.markdown())
    print(f"written to {bench.report.write(RESULTS)}", file=sys.stderr)


if __name__ == "__main__":
    main()
