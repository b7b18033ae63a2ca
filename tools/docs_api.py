#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes docs/API.md from what a running daemon says of itself (rpc.discover) and from the calls in
EXAMPLES, made for real.  --check only says whether the page is stale; --bin names the daemon."""

import argparse
import json
import os
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/API.md"
SECONDS = 20  # for anything the daemon is waited for

# Everything on ports the system chooses.  Two MUDs, so that each has somebody to talk to.
CONFIG = {
    "mud": {"name": "AlphaMUD", "port": 4000, "admin_email": "ann@alpha.example",
            "mudlib": "AlphaLib 1.0", "base_mudlib": "AlphaLib", "driver": "FluffOS"},
    "muds": [{"name": "BetaMUD", "port": 4001, "admin_email": "bob@beta.example",
              "mudlib": "BetaLib 2.0", "base_mudlib": "BetaLib", "driver": "LDMud"}],
    "listen": ["jsonl://127.0.0.1:0"],
    "metrics": {"enabled": False},
    "router": {"embedded": {"name": "*gatehouse", "listen": ""}},
    "logging": {"level": "WARNING"},
    "api": {"auth": {"api_keys": [{"key": "alpha-key", "mud_name": "AlphaMUD"},
                                  {"key": "beta-key", "mud_name": "BetaMUD"}]},
            "rate_limits": {"default": {"per_minute": 1000000, "burst": 1000000}}},
}

# method, params, in the order they are called: by AlphaMUD, with BetaMUD's players at the other end.
EXAMPLES = [
    ("authenticate", {"api_key": "alpha-key"}),
    ("ping", None),
    ("heartbeat", None),
    ("status", None),
    ("presence_sync", {"users": [{"name": "Ann", "level": 12, "idle": 5, "title": "the Red"}]}),
    ("mudlist", {"filter": {"driver": "LDMud"}}),
    ("who", {"target_mud": "BetaMUD", "from_user": "ann", "wait": 5}),
    ("finger", {"target_mud": "betamud", "target_user": "bob", "from_user": "ann", "wait": 5}),
    ("locate", {"target_user": "bob", "from_user": "ann", "wait": 5}),
    ("tell", {"target_mud": "BetaMUD", "target_user": "bob", "message": "Hello!",
              "from_user": "Ann"}),
    ("emoteto", {"target_mud": "BetaMUD", "target_user": "bob", "emote": "$N waves at you.",
                 "from_user": "Ann"}),
    ("beep", {"target_mud": "BetaMUD", "target_user": "bob", "from_user": "Ann"}),
    ("channel_join", {"channel": "chat"}),
    ("channel_send", {"channel": "chat", "message": "Good evening.", "from_user": "Ann"}),
    ("channel_emote", {"channel": "chat", "emote": "$N smiles.", "from_user": "Ann"}),
    ("channel_history", {"channel": "chat", "limit": 1}),
    ("channel_who", {"channel": "chat", "target_mud": "BetaMUD", "from_user": "ann", "wait": 5}),
    ("channel_list", {"filter": {"min_members": 1}}),
    ("channel_leave", {"channel": "chat"}),
    ("channel_create", {"channel": "guild", "wait": 5}),
    ("channel_remove", {"channel": "guild", "wait": 5}),
    ("mud_ping", {"target_mud": "BetaMUD", "wait": 5}),
    ("moderation_add", {"kind": "mute", "user": "eve", "mud": "FrogMUD", "reason": "spam"}),
    ("moderation_list", {"kind": "mute", "limit": 10}),
    ("moderation_remove", {"id": 1}),
    ("router_ban", {"mud_name": "FrogMUD", "reason": "It floods."}),
    ("router_bans", {"limit": 10}),
    ("router_unban", {"mud_name": "FrogMUD"}),
    ("router_muds", {"limit": 1}),
    ("stats", None),
    ("reconnect", None),
]

# Which method's events are worth showing, and whose session hears them.
EVENTS = {
    "who": ("alpha", ["who_reply"]),
    "finger": ("alpha", ["finger_reply"]),
    "locate": ("alpha", ["locate_reply"]),
    "tell": ("beta", ["tell_received"]),
    "emoteto": ("beta", ["emoteto_received"]),
    "beep": ("beta", ["beep_received"]),
    "channel_join": ("alpha", ["channel_joined"]),
    "channel_send": ("beta", ["channel_message"]),
    "channel_emote": ("beta", ["channel_emote"]),
    "channel_who": ("alpha", ["channel_who_reply"]),
    "channel_leave": ("alpha", ["channel_left"]),
    "mud_ping": ("alpha", ["ping_reply"]),
    "moderation_add": ("alpha", ["moderation_changed"]),
    "reconnect": ("alpha", ["gateway_reconnected"]),
}

# A call that fails, for the chapter on errors.
FAILURE = {"jsonrpc": "2.0", "id": 21, "method": "tell",
           "params": {"target_mud": "BetaMUD", "message": "Hello?"}}

# What is another at every run.
MASKS = {
    "timestamp": "2026-01-02T03:04:05.678901",
    "session_id": "6f1e0c2a58d34b7c9a410d2f7be3c915",
    "session": 1767323040123456,
    "uptime": 42.5,
    "seq": 1767323045678901,
    "prev": 1767323045678901,
    "created": 1767323045,
    "since": 1767323045,
    "rtt_ms": 31,
    "packets_sent": 31,
    "packets_received": 29,
    "mudlist_id": 5,
    "chanlist_id": 3,
    "login_time": "2026-01-02T03:04:05",
}
UNIXTIME = re.compile(r"_\d{10}_\d+$")  # and the number behind it


def masked(value, key=None):
    if isinstance(value, dict):
        return {k: masked(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    if key == "timestamp":
        return MASKS[key] + ("Z" if value.endswith("Z") else "")
    if key == "message_id":
        return UNIXTIME.sub("_1767323045_9", value)
    return MASKS.get(key, value)


class Client:
    """JSON lines over TCP."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, SECONDS)
        self.lines = self.socket.makefile("rb")
        self.events = []

    def receive(self):
        line = self.lines.readline()
        if not line:
            sys.exit("docs_api: the daemon closed the connection")
        return json.loads(line)

    def ask(self, request):
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            message = self.receive()
            if message.get("id") == request["id"]:
                return message
            self.events.append(message)

    def call(self, method, **params):
        reply = self.ask({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        if "error" in reply:
            sys.exit(f"docs_api: {method}: {reply['error']}")
        return reply["result"]

    def event(self, name):
        while True:
            for message in self.events:
                if message["method"] == name:
                    return message
            self.events.append(self.receive())


class Daemon:
    def __init__(self, binary, directory):
        config = Path(directory, "gatehouse.yaml")
        config.write_text(json.dumps(CONFIG))  # JSON is YAML
        self.log = Path(directory, "log").open("w+b")
        self.process = subprocess.Popen(
            [binary, "run", "-c", config], cwd=directory, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log)
        host, port = re.search(r"jsonl=(\S+):(\d+)", self.ready_line()).groups()
        self.address = host, int(port)

    def ready_line(self):
        out, line = self.process.stdout, b""
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                byte = os.read(out.fileno(), 1) if selector.select(SECONDS) else b""
                if not byte:
                    self.process.kill()
                    self.log.seek(0)
                    sys.exit(f"docs_api: no ready line\n{self.log.read().decode()}")
                line += byte
        return line.decode()

    def stop(self):
        self.process.terminate()
        self.process.wait(SECONDS)
        self.process.stdout.close()
        self.log.close()


def ready(client):
    """Both MUDs are logged in, and each is known to the other."""
    deadline = time.monotonic() + SECONDS
    while not client.call("status")["connected"] or client.call("stats")["online_muds"] < 2 \
            or client.call("stats")["channel_count"] < 3:
        if time.monotonic() > deadline:
            sys.exit("docs_api: the MUDs did not come up")
        time.sleep(0.01)


def answer_who(listeners, shown, events):
    """Alpha answers Beta's who itself."""
    alpha, requests = listeners["alpha"], []
    request = {"jsonrpc": "2.0", "id": 32, "method": "answer_requests", "params": {"who": True}}
    shown["answer_requests"] = request, alpha.ask(request)
    deadline = time.monotonic() + SECONDS
    while not requests:  # both are logged in again after the reconnect above
        listeners["beta"].ask({"jsonrpc": "2.0", "id": 2, "method": "who",
                               "params": {"target_mud": "AlphaMUD", "from_user": "bob"}})
        alpha.call("ping")
        requests = [e for e in alpha.events if e["method"] == "who_request"]
        if time.monotonic() > deadline:
            sys.exit("docs_api: nobody asked who is on")
        time.sleep(0.02)
    events["who_request"] = masked(requests[0])
    request = {"jsonrpc": "2.0", "id": 33, "method": "who_answer", "params": {
        "request_id": requests[0]["params"]["request_id"],
        "users": [{"name": "Ann", "idle": 5, "level": 12, "title": "the Red"}]}}
    shown["who_answer"] = request, alpha.ask(request)


def run(address):
    """→ the document, {method: (request, answer)}, {event: message}"""
    listeners = {"alpha": Client(address), "beta": Client(address)}
    for name, client in listeners.items():
        client.call("authenticate", api_key=f"{name}-key")
        ready(client)
    listeners["beta"].call("presence_sync", users=[
        {"name": "Bob", "level": 7, "idle": 60, "title": "the Builder", "race": "dwarf",
         "login_time": 1767323045}])
    listeners["beta"].call("channel_join", channel="chat")
    client, shown, events = Client(address), {}, {}
    client.receive()  # the welcome
    listeners["alpha"].call("tell", target_mud="NoSuchMUD", target_user="bob", message="Hello?",
                            from_user="ann")
    events["error_occurred"] = masked(listeners["alpha"].event("error_occurred"))
    events["tell_failed"] = masked(listeners["alpha"].event("tell_failed"))
    for number, (method, params) in enumerate(EXAMPLES, 1):
        request = {"jsonrpc": "2.0", "id": number, "method": method}
        if params is not None:
            request["params"] = params
        answer = client.ask(request)
        if "error" in answer:
            sys.exit(f"docs_api: {method}: {answer['error']}")
        shown[method] = request, masked(answer)
        who, names = EVENTS.get(method, ("alpha", []))
        for name in names:
            events[name] = masked(listeners[who].event(name))
        if method == "channel_emote":  # both lines are back before the history is asked for
            client.event("channel_emote")
    answer_who(listeners, shown, events)
    shown["error"] = FAILURE, client.ask(FAILURE)
    return listeners["alpha"].call("rpc.discover"), shown, events


# ---- the page

NAME = re.compile(r"\b([A-Z][A-Z_]+_(?:MAX|MS|MESSAGE|TRIES|HIGH|LINES))\s*=\s*([^,}\n/]+)")


def bounds():
    """The constants the daemon is built with, by name."""
    found = {}
    for path in (ROOT / "src/net/conn.h", *ROOT.glob("src/hub/*.[ch]"), *ROOT.glob("src/api/*.[ch]")):
        for name, value in NAME.findall(path.read_text()):
            if re.fullmatch(r"[\w\s<*+()-]+", value):
                found[name] = eval(value, {"__builtins__": {}}, found)  # our own arithmetic
    return found


def size(n):
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if n >= unit and n % unit == 0:
            return f"{n // unit} {name}"
    return f"{n:,} bytes"


def head(b):
    return f"""<!-- Made by tools/docs_api.py from a running daemon; do not edit. -->
# The API

JSON-RPC 2.0 for MUD servers, tools and pages. The same methods and events on every wire. A program
can read most of this page from the daemon itself: `rpc.discover` returns it as OpenRPC.

## Wires

| wire | where | one message is |
|---|---|---|
| TCP | `jsonl://` and `jsonls://` listeners, port 8081 by default | a line of JSON, ended by LF |
| WebSocket | `/ws` and `/` of `http://` and `https://` listeners, port 8080 | a text message |

On TCP the first line comes from the gateway, a `welcome` notification. On WebSocket nothing comes
before the first answer or event; permessage-deflate is agreed on when the client offers it.

**Logging in.** Over TCP, the first call is `authenticate`. Over WebSocket the key may come with the
upgrade: as the header `X-API-Key`, as `Authorization: Bearer KEY`, or as `?api_key=KEY` (for pages,
which cannot set headers); then the session is there at once and, unless one was asked for, nothing
is pushed. Without one,
`authenticate` works as it does on TCP.

An upgrade may be refused: **401** wrong key, **403** the page's origin is not in `web.origins`, or a
key came over plain text although `api.auth.require_tls` is set, **404** the API or its WebSocket side
is switched off, **426** another version of WebSocket, **503** too many connections. `self` in
`web.origins` is the host and port of the `Host` header, whatever the scheme, because TLS may end at
a proxy; other entries are compared with scheme, host and port. Programs that send no `Origin` are
not asked for one.

**Requests** have a string, an integer or null as `id`, and get exactly one answer, with that `id`.
Without `id` a request is a notification: it is carried out and never answered. `params` is an
object; absent or null is the same as empty, and members nobody knows are ignored. A batch is an
array of up to {b['BATCH_MAX']} requests, answered by one array.

**Events** are notifications from the gateway. Their `params` always have `seq`, a number that grows
from event to event over the whole gateway (so numbers are left out in what one session sees) and over
restarts, and `timestamp`, UTC; only `gap` and `session_opened`, which are about the session, have no `seq`. `seq` stays below 2^53; it is the time in microseconds as long as the clock runs
forward.

**Coming back.** A session outlives its connection by `api.session.timeout`, and, as the store holds
it too, restarts of the gateway. Keep the `session_id` of the last answer and the `seq` of the last event
you have dealt with, and give both to `authenticate` on the next connection, TCP or WebSocket, whichever
you like: the answer says `resumed`, the channels are still joined, and everything that came after
`last_seq` follows at once, in order, nothing twice. With the key in the upgrade they go into the query,
`?session_id=…&last_seq=…`, and the event `session_opened` answers.

- `recovered` is false when something is missing. Then the event `gap` comes first: `lost` says how
  many events there are that you will not see, `unknown` whether there may be more, which is so after
  the gateway was killed or its machine failed: what came in the last tenth of a second before may be gone.
- Each answer brings a `session_id`, mostly a new one. The one before stays good until you acknowledge an event or come
  back with the new one, so an answer that got lost locks you out of nothing. Whoever has your key and
  your session's id is you: treat it as a password.
- Events are kept until you acknowledge them with `ack` or by a `last_seq`, within
  `api.session.max_queue_size`, `api.session.queue_ttl` and {size(b['TAPE_BYTES_MAX'])}; without room, news of
  MUDs and players go first, tells, mail and errors last. `ack` now and then, as a notification, is worth
  its bytes: counts are exact then whatever happens.
- A connection that takes a session over ends the older one, dead or alive: on TCP with an error `replaced`,
  on WebSocket with the code 4001.
- Who reads too slowly is not cut off while it reads at all: what does not fit waits on the tape and, when that is
  full, becomes a `gap`. A gap behind which no event came is told again when you come back: compare
  `from_seq` and `to_seq`.
- Calls that wait are not answered when their connection ends or is replaced: ask again.
- Requests of other MUDs (`answer_requests`) and `auth_reply` are for who is there now and never kept.

**Waiting.** What another MUD or the router answers comes as an event. Methods that ask take `wait`:
the call is then answered with the reply in it, or without when the seconds are over. Who refuses is
heard the same way: `status` is `refused`, `error_code` and `error_message` say why; without `wait`
an `error_occurred` event does. `tell`, `emoteto` and `beep` wait for a refusal only; the network never
says that one has arrived, so the best answer there is is `delivered?`.
Calls in batches, notifications and calls longer than {size(b['DEFER_MAX'])} do not wait. What `who`,
`finger`, `locate`, `channel_who` and `channel_user` were told in the last \
{b['ANSWERS_FRESH_MS'] // 1000} seconds is given at once.

**Pages.** A long list comes in pages of `limit`. When there is more, the answer has `next`: what to
give as `after` for the next page. Without `next` it was the last one.

**Being asked.** What other MUDs ask of yours is answered from `presence_sync`. A session that knows
better says so with `answer_requests`: then the question comes as an event with a `request_id`, and
the first answer to it goes out. Presence still answers when none comes in time, when the session
goes away, and when too many questions wait.

## Limits

| what | bound |
|---|---|
| before authentication | messages of {size(b['API_GUEST_MESSAGE'])}, \
{b['API_GUEST_MS'] // 1000} seconds, {b['API_KEY_TRIES']} wrong keys |
| one message | {size(b['API_LINE_MAX'])} on TCP; `api.websocket.max_frame_size` on WebSocket |
| an `id` | {b['ID_MAX']} bytes |
| the answers to one message | {size(b['CONN_OUT_MAX'] - b['CONN_OUT_HIGH'])}; \
what would not fit is answered with `answer_too_big` |
| calls | `api.rate_limits.default`, or the key's `rate_limit_override` N: N a minute, N/3 but at \
least 20 at once. Every call counts but `ack`, failed ones too |
| calls of one method | `api.rate_limits.by_method`, if `enforce_by_method` is true: N a minute, N \
at once |
| waiting calls | {b['PENDING_MAX']}; a further one is answered at once |
| sessions without a connection | {b['SESSION_AWAY_MAX']} of one MUD; of more, the one that left first ends |
| channels joined | {b['SESSION_CHANNELS_MAX']} a session |
| a line on a channel | `channels.max_message_length` |
| players in `presence_sync` | {b['PRESENCE_USERS_MAX']} and {size(b['PRESENCE_BYTES_MAX'])}, for \
`lease` seconds, {b['PRESENCE_LEASE_MS'] // 1000} by default |
| requests of other MUDs that wait for an answer | {b['QUERIES_MAX']} of each \
kind; a further one is answered from presence |
| unread output | reading stops at {size(b['CONN_OUT_HIGH'])}; events wait on the tape from then on; \
the connection is closed when nothing is read for {b['CONN_OUT_AGE_MS'] // 1000} seconds, or answers come to \
{size(b['CONN_OUT_MAX'])} |
| silence | {b['API_LINE_IDLE_MS'] // 60000} minutes on TCP; WebSocket is pinged, see \
`api.websocket.ping_interval` |

A refused call tells when to try again: `data.retry_after_ms`.
"""


def code(message):
    """JSON as in the wire, but broken into lines when it is long."""
    text = json.dumps(message, ensure_ascii=False)
    if len(text) <= 98:
        return text
    return broken(message, "")


def broken(value, indent, lead=""):
    text = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(lead) + len(text) <= 96 or not isinstance(value, (dict, list)) or not value:
        return indent + lead + text
    pairs = value.items() if isinstance(value, dict) else [(None, item) for item in value]
    open_, close = "{}" if isinstance(value, dict) else "[]"
    inner = ",\n".join(broken(item, indent + "  ", f"{json.dumps(key)}: " if key else "")
                       for key, item in pairs)
    return f"{indent}{lead}{open_}\n{inner}\n{indent}{close}"


def cell(text):
    return text.replace("|", "\\|")


def type_of(param):
    schema = param["schema"]
    kind = schema.get("type", "string or integer")
    if "maxLength" in schema:
        return f"{kind}, to {schema['maxLength']} bytes"
    if "maxItems" in schema:
        return f"{kind}, to {schema['maxItems']} elements"
    if "maximum" in schema:
        return kind if schema["maximum"] > 1 << 30 \
            else f"{kind}, {schema['minimum']} to {schema['maximum']}"
    return kind


def method_section(method, example):
    out = ["", f"### `{method['name']}`", "", method["summary"]]
    permission = method["x-permission"]
    if permission != "any":
        out[-1] += f" Permission: `{permission}`."
    if method["params"]:
        out += ["", "| argument | | |", "|---|---|---|"]
    for param in method["params"]:
        name = f"`{param['name']}`"
        if "x-alias" in param:
            name += f" or `{param['x-alias']}`"
        required = ", **required**" if param["required"] else ""
        out.append(f"| {name} | {type_of(param)}{required} | {cell(param['description'])} |")
    out += ["", "| result | | |", "|---|---|---|"]
    for name, field in method["result"]["schema"]["properties"].items():
        out.append(f"| `{name}` | {field['type']} | {cell(field['description'])} |")
    if example:
        out += ["", "```json", code(example[0]), code(example[1]), "```"]
    return out


def event_section(event, example):
    out = ["", f"### `{event['name']}`", "", event["summary"]]
    if event["permission"] != "any":
        out[-1] += f" Permission: `{event['permission']}`."
    if example:
        out += ["", "```json", code(example), "```"]
    return out


def error_lines(errors, example):
    out = ["", "## Errors", "",
           "`error.message` is for people and may say more than this table. Programs look at",
           "`error.data`: `code` as below, `field` (the argument it is about, if it is one), `reason`,",
           "`retry_after_ms` (with `rate_limited`) and `temporary`: whether the same call may succeed",
           "later.", "", "```json", code(example[0]), code(example[1]), "```",
           "", "| number | `data.code` | message | |", "|---|---|---|---|"]
    for error in sorted(errors, key=lambda e: e["code"]):
        later = "temporary" if error["temporary"] else ""
        out.append(f"| {error['code']} | `{error['data']}` | {cell(error['message'])} | {later} |")
    return out


def page(document, shown, events):
    lines = head(bounds()).splitlines() + ["", "## Methods"]
    for method in document["methods"]:
        method["summary"] = method["summary"].replace(".  ", ". ")
        lines += method_section(method, shown.get(method["name"]))
    lines += ["", "## Events", "",
              "An event reaches the sessions whose key has its permission; those of a channel, the ones",
              "that joined it."]
    for event in document["x-events"]:
        lines += event_section(event, events.get(event["name"]))
    return "\n".join(lines + error_lines(document["x-errors"], shown["error"])) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--bin", default=str(ROOT / "build/gatehouse"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        daemon = Daemon(Path(options.bin).resolve(), directory)
        try:
            text = page(*run(daemon.address))
        finally:
            daemon.stop()
    if not options.check:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        sys.exit("docs/API.md is stale: run tools/docs_api.py")


if __name__ == "__main__":
    main()
