# SPDX-License-Identifier: MIT
"""The bridge: mods and a bot that talk through /sync, next to relays one would write oneself."""
from contextlib import ExitStack

from report import ratio, spread
from servers import Bridge, PyBridge, WsBridge

MODS, CHANNELS = 200, 50
RATE = {"mod": 1000, "bot": 250}  # a delivery each, and four: what an ordinary day's rush may be
WINDOW = {"mod": 1, "bot": 16}    # messages each speaker has under way, flat out
SAYS = {"mod": "mods to bot", "bot": "bot to 4 mods each"}


def run(b, server, speaker, round_no, **options):
    transport, key = ("http", Bridge.BRIDGE_KEY) if isinstance(server, Bridge) else ("ws", "")
    rate = options.get("rate")
    result = b.load("bridge", server, transport, connections=MODS, channels=CHANNELS, ws=1,
                    path="/sync", key=key, message=speaker, window=WINDOW[speaker],
                    time=2 * b.time if rate else b.time, **options)
    b.measure("bridge", f"{SAYS[speaker]}, {rate or 'flat out'}", server, round_no, result)


def bridge(b):
    r = b.report
    with ExitStack() as stack:
        servers = b.start(stack, (Bridge, WsBridge, PyBridge))
        for round_no in range(b.rounds):
            for speaker in SAYS:
                for server in servers[round_no % 2:] + servers[:round_no % 2]:
                    run(b, server, speaker, round_no)
                    run(b, server, speaker, round_no, rate=RATE[speaker])
    busy, calm = [], []
    for speaker, says in SAYS.items():
        for server in servers:
            key = ("bridge", f"{says}, flat out", server.name)
            if r.of(*key, "messages"):
                busy.append([server.name, says, spread(r.of(*key, "ns_per_message"), 1e-3),
                             spread(r.of(*key, "messages_per_s")),
                             spread(r.of(*key, "client_util"))])
            key = ("bridge", f"{says}, {RATE[speaker]}", server.name)
            if r.of(*key, "messages"):
                calm.append([server.name, f"{says}, {RATE[speaker]}/s",
                             spread(r.of(*key, "ns_per_message"), 1e-3), spread(r.of(*key, "p50_us")),
                             spread(r.of(*key, "p99_us"))])
    r.table(f"Bridge, flat out: {MODS} mods on {CHANNELS} channels, one bot",
            ["server", "", "server CPU us per message", "messages/s", "client CPU"], busy)
    r.table("Bridge at a steady rate", ["server", "", "server CPU us per message",
                                        "p50 us to arrival", "p99 us"], calm)
    ratios(r, servers)


def ratios(r, servers):
    """What the relay itself adds is best seen beside one that adds as little as its language can."""
    rows = []
    for peer in servers[1:] if servers and isinstance(servers[0], Bridge) else ():
        for speaker, says in SAYS.items():
            for case, figure, what, target in (
                    ("flat out", "ns_per_message", "CPU per message, flat out", 0.5),
                    (RATE[speaker], "ns_per_message", f"CPU per message, {RATE[speaker]}/s", 0.5),
                    (RATE[speaker], "p50_us", f"p50 at {RATE[speaker]}/s", 1.1),
                    (RATE[speaker], "p99_us", f"p99 at {RATE[speaker]}/s", 1.1)):
                ours, theirs = (r.of("bridge", f"{says}, {case}", s.name, figure)
                                for s in (servers[0], peer))
                if ours and theirs:
                    rows.append([f"{says}: {what}, over {peer.name}", spread(ratio(ours, theirs)),
                                 f"at most {target}", r.verdict(ratio(ours, theirs), target)])
    r.table("Bridge: gatehouse as a ratio", ["", "measured", "target", "met"], rows)
