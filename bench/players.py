# SPDX-License-Identifier: MIT
"""Players at the gate: what it adds to a game they could reach without it, what one who is idle costs,
and text to all of them beside messages to as many clients of the API."""
import json
from contextlib import ExitStack

from report import ratio, spread
from servers import CLIENT_CPU, Gatehouse, Missing, Server

PLAYERS = 2000
KINDS = {"plain": 1, "typical": 2, "with MCCP2": 3}  # telnet= of the load generator
LINKS = ("rpc", "telnet")
LINE = "look seq=00000000\r"
SHOUT = "\x1b[1;33mseq=00000000\x1b[0m The evening bell rings over the town, and the gate stays open.  "
SHOUT += "x" * (98 - len(SHOUT)) + "\n"  # 100 bytes for a telnet client
SHOUTS = json.dumps({"jsonrpc": "2.0", "method": "player_output",
                     "params": {"all": True, "text": SHOUT}}, separators=(",", ":"))
SAYS = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "channel_send",
                   "params": {"channel": "bench", "message": "seq=00000000 The evening bell rings",
                              "from_user": "somebody"}}, separators=(",", ":"))
LOGIN = json.dumps({"jsonrpc": "2.0", "id": "%s", "method": "authenticate",
                    "params": {"api_key": Gatehouse.KEY}}, separators=(",", ":"))
JOIN = json.dumps({"jsonrpc": "2.0", "id": "setup", "method": "channel_join",
                   "params": {"channel": "bench"}}, separators=(",", ":"))
TELL = json.dumps({"jsonrpc": "2.0", "id": "seq=00000000", "method": "tell",
                   "params": {"target_mud": "Sink", "target_user": "anybody", "message": LINE[:4],
                              "from_user": "somebody"}}, separators=(",", ":"))


class Game(Server):
    """A game that listens for telnet, on the load generator's core: the gate has one for itself."""

    name = "direct"
    cpu = CLIENT_CPU
    binary = None

    def command(self):
        return [str(self.binary), "telnet"]


class RpcGame(Game):
    name = "game"

    def __init__(self, directory, at):
        super().__init__(directory)
        self.at = at

    def command(self):
        return [str(self.binary), "rpc", self.at[0], str(self.at[1]), Gatehouse.KEY]


class Between(Server):
    """A relay that knows nothing: what the same two more sockets cost anybody."""

    name = "relay"
    binary = None

    def __init__(self, directory, game):
        super().__init__(directory)
        self.game = game

    def command(self):
        return [str(self.binary), str(self.game.ports["telnet"][1])]


LIMITS = {"players.per_address": 100000, "players.connects_per_minute": 1000000,
          "players.lines_per_second": 1000, "players.lines_burst": 10000,
          "api.session.max_queue_size": 100000}


class Gate(Gatehouse):
    """The gate; `link` says how it has the game behind it, None that the load generator is the game."""

    LISTEN = ["telnet://127.0.0.1:0"]

    def __init__(self, directory, link, game=None, kept=True):
        self.link, self.kept, self.game = link, kept, None
        self.name = f"gate, link {link}" if link else "gate"
        super().__init__(directory)
        shape = {"name": "Bench", "link": link or "rpc", "join_rate": 10000}
        if link == "telnet":
            shape["address"] = "%s:%d" % game.ports["telnet"]
        self.SETTINGS = {**LIMITS, "games": [shape]}
        if not kept:
            self.SETTINGS["api.session.timeout"] = 0

    def start(self):
        super().start()
        if self.link == "rpc":
            self.game = RpcGame(self.directory, self.ports["jsonl"])
            try:
                self.game.start()
            except Missing:
                super().stop()
                raise
        return self

    def stop(self):
        if self.game:
            self.game.stop()
        super().stop()


def count(b):
    return 200 if b.quick else PLAYERS


# --- typing and reading ---------------------------------------------------------------------------

def players(b):
    n, r = count(b), b.report
    with ExitStack() as stack:
        game = stack.enter_context(Game(b.directory))
        relay = stack.enter_context(Between(b.directory, game))
        gates = [stack.enter_context(Gate(b.directory, link, game)) for link in LINKS]
        for round_no in range(b.rounds):
            for kind, telnet in KINDS.items():
                for server in [*([game, relay] if telnet == 1 else []), *gates]:  # they know none
                    b.measure("players", kind, server, round_no, b.load(
                        "players", server, "telnet", connections=n, rate=n, telnet=telnet,
                        message=LINE, warm=1, time=2 if b.quick else 5))
    rows, added = [], []
    for server in [game, relay, *gates]:
        for kind in KINDS:
            key = ("players", kind, server.name)
            if r.of(*key, "lines"):
                rows.append([server.name, kind, spread(r.of(*key, "ns_per_line"), 1e-3),
                             spread(r.of(*key, "p50_us"), 1e-3), spread(r.of(*key, "p99_us"), 1e-3),
                             spread(r.of(*key, "bytes_per_line")), spread(r.of(*key, "server_util")),
                             spread(r.of(*key, "client_util"))])
                added += [] if server is game else [added_by(r, server, kind)]
    r.table(f"Players: {n} who type once a second and read 1 KB",
            ["server", "clients", "CPU us per line", "p50 ms", "p99 ms", "bytes read per line",
             "share of a core", "client CPU"], rows)
    r.table("Players: what is added to the game without it",
            ["", "clients", "p50 ms", "p99 ms", "target", "CPU per line, over the relay"], added)


def added_by(r, server, kind):
    key, direct, relay = (("players", k, s) for k, s in (
        (kind, server.name), ("plain", "direct"), ("plain", "relay")))
    return [server.name, kind,
            *(spread(minus(r.of(*key, p), r.of(*direct, p)), 1e-3) for p in ("p50_us", "p99_us")),
            "-" if server.name == "relay" else "p99 under 2",
            spread(ratio(r.of(*key, "ns_per_line"), r.of(*relay, "ns_per_line")))]


def minus(over, under):
    return {r: over[r] - under[r] for r in over if r in under}


# --- memory of those who are idle -----------------------------------------------------------------

def seats(b):
    n, r = count(b), b.report
    cases = [(link, kind, kept) for kind in KINDS for link, kept in (
        ("rpc", False), ("telnet", True))] + [("rpc", "plain", True)]
    for round_no in range(min(b.rounds, 3)):
        for link, kind, kept in cases:
            with ExitStack() as stack:
                game = stack.enter_context(Game(b.directory))
                gate = stack.enter_context(Gate(b.directory, link, game, kept))
                b.measure("seats", f"{kind}, kept {kept}", gate, round_no, b.load(
                    "idle", gate, "telnet", connections=n, telnet=KINDS[kind]))
    rows = []

    def of(link, kind, kept=None):
        kept = link == "telnet" if kept is None else kept
        key = ("seats", f"{kind}, kept {kept}", f"gate, link {link}")
        each, zlib = r.of(*key, "bytes_per_connection"), r.of(*key, "zlib_bytes")
        return {i: each[i] - zlib[i] for i in each}, zlib, r.of(*key, "cpu_us_per_open")

    for kind in KINDS:
        own, zlib, cpu = of("rpc", kind)
        upstream = minus(of("telnet", kind)[0], own)
        target = "at most 3,072" if kind == "plain" else "-"
        if own:
            rows += [[f"{kind}", spread(own), target, spread(zlib), spread(cpu)],
                     [f"{kind}, the connection to the game of link telnet", spread(upstream), "-",
                      "-", spread(minus(of("telnet", kind)[2], cpu))]]
    own, _, cpu = of("rpc", "plain", True)
    if own:
        rows.append(["plain, with what the game's session keeps of events", spread(own), "-", "-",
                     spread(cpu)])
    r.table(f"Memory of {n} idle players",
            ["", "bytes each", "target", "zlib's own beside that", "CPU us to come in"], rows)


# --- to all, and from all -------------------------------------------------------------------------

def shout(b):
    n, r, bursts = count(b), b.report, (1, 16)
    api = {"setup": LOGIN % "login" + "\n" + JOIN, "message": SAYS}
    with ExitStack() as stack:
        gate = stack.enter_context(Gate(b.directory, None))
        cases = {"API clients, TCP": lambda: ("jsonl", api)}
        for kind, telnet in KINDS.items():
            cases[f"players, {kind}"] = lambda telnet=telnet: ("telnet", {
                "setup": LOGIN % "setup", "message": SHOUTS, "telnet": telnet,
                "game": gate.ports["jsonl"][1]})
        for round_no in range(b.rounds):
            for burst in bursts:
                for case, options in cases.items():
                    gate.afresh()
                    b.measure("shout", f"{case}, {burst}", gate, round_no, b.load(
                        "fanout", gate, options()[0], fresh=False, connections=n, burst=burst,
                        time=b.time, **options()[1]))
        fan_in(b, n)
    rows, ratios = [], []
    for burst in bursts:
        for case in cases:
            key = ("shout", f"{case}, {burst}", gate.name)
            if r.of(*key, "deliveries"):
                rows.append([case, str(burst), spread(r.of(*key, "ns_per_delivery"), 1e-3),
                             spread(r.of(*key, "deliveries_per_s")),
                             spread(r.of(*key, "per_read")), spread(r.of(*key, "client_util"))])
        cost = [r.of("shout", f"{c}, {burst}", gate.name, "ns_per_delivery") for c in cases]
        ratios += [[f"{burst} per burst, {case}, over clients of the API", spread(ratio(at, cost[0])),
                    "at most 1" if case != "players, with MCCP2" else "-"]
                   for case, at in list(zip(cases, cost))[1:] if at and cost[0]]
    r.table(f"Text to {n} players, 100 bytes, and a channel's message to as many clients of the API",
            ["", "messages per burst", "CPU us per delivery", "deliveries/s", "messages per read",
             "client CPU"], rows)
    r.table("Text to all players as a ratio", ["", "measured", "target"], ratios)


def fan_in(b, n):
    r, windows = b.report, (1, 8)  # what is not read yet must fit the game's tape, 4 MiB
    with ExitStack() as stack:
        gate = stack.enter_context(Gate(b.directory, None))
        for round_no in range(b.rounds):
            for window in windows:
                gate.afresh()
                b.measure("fanin", f"players, {window}", gate, round_no, b.load(
                    "fanin", gate, "telnet", fresh=False, connections=n, telnet=1, window=window,
                    setup=LOGIN % "setup", message=LINE, game=gate.ports["jsonl"][1], time=b.time))
                b.measure("fanin", f"tells, {window}", gate, round_no, b.load(
                    "rtt", gate, "jsonl", connections=n, window=window, message=TELL, errors=1,
                    setup=LOGIN % "setup", sink=json.dumps(
                        {"jsonrpc": "2.0", "id": "setup", "method": "authenticate",
                         "params": {"api_key": Gatehouse.SINK_KEY}}), time=b.time))
    rows = []
    for window in windows:
        line = r.of("fanin", f"players, {window}", gate.name, "ns_per_line")
        tell = r.of("fanin", f"tells, {window}", gate.name, "ns_per_request")
        rows.append([str(window), spread(line, 1e-3), spread(r.of(
            "fanin", f"players, {window}", gate.name, "lines_per_s")), spread(tell, 1e-3),
            spread(ratio(line, tell))])
    r.table(f"Lines of {n} players to one game, and tells of as many clients of the API to one MUD",
            ["under way of each", "CPU us per line", "lines/s", "CPU us per tell and its answer",
             "a line over a tell"], rows)
