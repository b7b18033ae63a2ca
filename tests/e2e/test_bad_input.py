# SPDX-License-Identifier: MIT
"""Whatever a stranger sends costs only the stranger: the protocol's own error, and everybody else is
served on."""
import json
import os
import random
import time

import pytest
from clients import Mud, MudMode, Peer
from conftest import SANITIZED, routed, until

CLIENT_HELLO = bytes.fromhex(
    "16030100c5010000c10303" + "5a" * 32 + "20" + "a5" * 32 +
    "0004130113020100" + "0074") + b"\0" * 100
NASTY = {
    "nothing": b"",
    "one NUL": b"\0",
    "NULs": b"\0" * 5000,
    "binary": bytes(range(256)) * 20,
    "random": random.Random(7).randbytes(20000),
    "not UTF-8": b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe\xc0\x80"}\n',
    "overlong UTF-8": b'"\xc0\xaf\xe0\x80\xaf"\n',
    "TLS hello": CLIENT_HELLO,
    "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP post": b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"a": 1}\n',
    "JSON": b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
    "JSON deep": b"[" * 60000 + b"\n",
    "JSON deep objects": b'{"a":' * 10000 + b"\n",
    "JSON number": b'{"id":' + b"9" * 6000 + b"}\n",
    "JSON exponent": b'{"id":1e999999999}\n',
    "long line": b"x" * 200000,
    "long line with end": b"x" * 200000 + b"\n",
    "empty lines": b"\n" * 20000,
    "telnet": b"\xff\xfd\x18\xff\xfb\x1f\xff\xf1hello\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "PROXY": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
    "PROXY v2": b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + b"\1" * 12,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "MudMode": b"\0\0\0\x08({1,2,})",
    "MudMode zero": b"\0\0\0\0",
    "MudMode huge": b"\x7f\xff\xff\xff({",
    "MudMode negative": b"\xff\xff\xff\xff({",
    "MudMode deep": b"\0\0\x4e\x20" + b"({" * 10000,
    "MudMode unfinished text": b"\0\0\0\x06({\"a\0\0",
    "MudMode short startup": b"\0\0\0\x17({\"startup-req-3\",5,})\0\0",
    "WebSocket frame": b"\x81\x85\0\0\0\0hello",
}


def attack(address, data):
    """Send it all or until refused, then finish sending → what came back."""
    peer = Peer(address)
    try:
        peer.send(data)
        peer.socket.shutdown(1)
        return peer.rest()
    except (ConnectionResetError, BrokenPipeError):
        return b""
    except OSError:
        return b""
    finally:
        peer.close()


@pytest.mark.parametrize("listener", ["http", "jsonl", "mudmode", "metrics"])
def test_nasty_bytes_cost_only_their_sender(house, listener):
    address = getattr(house, listener)
    tcp, ws = house.lines("alpha-key"), house.ws("beta-key")
    mud = Mud(house.mudmode, "OtherMUD", "*test")
    for name, data in NASTY.items():
        attack(address, data)
        assert tcp.call("ping")["pong"] is True, name
        assert ws.call("ping")["pong"] is True, name
    mud.to("tell", "AlphaMUD", "ann", "Zed", "still here", me="zed")
    assert tcp.event("tell_received")["message"] == "still here"
    assert house.alive()
    assert house.get("/health/ready").status == 200


@pytest.mark.parametrize("listener", ["http", "jsonl", "mudmode", "metrics"])
def test_nasty_bytes_cut_anywhere_and_left_half_sent(house, listener):
    address = getattr(house, listener)
    tcp = house.lines("alpha-key")
    left = []
    for data in NASTY.values():
        peer = Peer(address)
        try:
            peer.send(data[: len(data) // 2])
        except OSError:
            pass
        left.append(peer)
    assert tcp.call("ping")["pong"] is True
    for index, peer in enumerate(left):
        peer.reset() if index % 2 else peer.close()
    assert tcp.call("ping")["pong"] is True


@pytest.mark.parametrize("name", [n for n in NASTY if n not in (
    "nothing", "empty lines", "JSON", "long line")])
def test_a_json_line_peer_is_told_what_was_wrong_before_it_is_closed(house, name):
    reply = attack(house.jsonl, NASTY[name])
    lines = [json.loads(line) for line in reply.splitlines()]
    assert lines[0]["method"] == "welcome"
    for line in lines[1:]:
        assert line["error"]["code"] in (-32700, -32600, -32000, -32601), line
    if b"\n" in NASTY[name] and len(NASTY[name]) < 8000:
        assert len(lines) > 1


def test_an_http_request_on_the_tcp_port_gets_a_json_error(house):
    reply = attack(house.jsonl, NASTY["HTTP"])
    assert b'"error"' in reply
    assert b"-32700" in reply


def test_json_on_the_http_port_gets_a_400(house):
    assert attack(house.http, NASTY["JSON"]).startswith(b"HTTP/1.1 400 ")


def test_a_tls_hello_on_the_plain_http_port_gets_a_400(house):
    reply = attack(house.http, CLIENT_HELLO)
    assert reply == b"" or reply.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("line", [
    b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b"\xef\xbb\xbf{}", b'{"a":"\0"}', b"\0",
    b"[" * 65, b"[" * 65 + b"]" * 65, b'{"jsonrpc":"2.0","id":1e400,"method":"ping"}'],
    ids=["byte", "surrogate", "BOM", "NUL in text", "NUL", "open", "deep", "number"])
def test_a_bad_line_is_an_error_and_the_connection_lives(house, line):
    client = house.lines("alpha-key")
    client.peer.send(line + b"\n")
    assert client.answer()["error"]["code"] in (-32700, -32600)
    assert client.call("ping")["pong"] is True


def test_a_line_over_the_limit_after_login_is_an_error_with_words(house):
    client = house.lines("alpha-key")
    other = house.lines("alpha-key")
    try:
        client.peer.send(b'{"pad":"' + b"x" * 300000 + b'"}\n')
    except OSError:
        pass
    try:
        assert client.answer()["error"]["code"] in (-32700, -32600)
    except EOFError:
        pass  # reset: it was still sending when it was closed
    assert other.call("ping")["pong"] is True


def resident_kib(house):
    with open(f"/proc/{house.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_a_stranger_that_never_ends_its_line_is_cut_off_and_costs_no_memory(house):
    peer = Peer(house.jsonl)
    peer.until(b"\n")
    before = resident_kib(house)
    begun = time.monotonic()
    try:
        while time.monotonic() - begun < 13:
            peer.send(b"x" * 65536)
    except OSError:
        pass
    assert time.monotonic() - begun < 13
    # The sanitizer keeps what was freed for a while.
    assert SANITIZED or resident_kib(house) - before < 2048


def test_slow_strangers_are_closed_after_ten_seconds(house):
    """Half a request, byte by byte, on every listener at once; and one that says nothing."""
    starts = {
        "http": b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        "jsonl": b'{"jsonrpc":"2.0","id":1,"method":"',
        "mudmode": b"\0\0\0\xff({",
        "metrics": b"GET /met",
    }
    peers = {}
    for listener, start in starts.items():
        for kind, data in ((f"{listener} slow", start), (f"{listener} silent", b"")):
            peers[kind] = Peer(getattr(house, listener))
            peers[kind].send(data)
    login = house.lines()  # says ping again and again but never authenticates
    begun, open_ = time.monotonic(), dict(peers)
    limit = {kind: 35 if kind.startswith("mudmode") else 13 for kind in peers}
    while open_ and time.monotonic() - begun < 36:
        for kind, peer in list(open_.items()):
            try:
                if kind.endswith("slow"):
                    peer.send(b"a")
                peer.more(time.monotonic() + 0.05)
            except TimeoutError:
                continue
            except OSError:
                pass
            else:
                if peer.buffer:
                    peer.buffer.clear()
                    continue
            took = time.monotonic() - begun
            assert took < limit[kind], f"{kind} was closed after {took:.1f} s"
            del open_[kind]
    assert not open_, f"still open: {list(open_)}"
    assert login.peer.closed(1)
    assert house.lines("alpha-key").call("ping")["pong"] is True


def test_a_reader_that_stops_does_not_delay_the_others(house):
    stalled = [house.lines("beta-key") for _ in range(5)]
    for client in stalled:
        client.call("channel_join", channel="chat")
    alpha, beta = house.lines("alpha-key"), house.ws("beta-key")
    beta.call("channel_join", channel="chat")
    for _ in range(900):
        alpha.call("channel_send", channel="chat", message="x" * 2000)
    begun = time.monotonic()
    alpha.call("tell", target_mud="BetaMUD", target_user="bob", message="end")
    assert beta.event("tell_received", message="end")
    assert time.monotonic() - begun < 5
    assert house.alive()


@pytest.mark.parametrize("text", [
    b"", b"junk", b"({", b'({"a"', b"({-,})", b"({1.2.3,})", b"([({}):1,])", b"({" * 1500,
    b"({" * 60 + b"})" * 60, b'({"tell",5,})', b'({"tell","x",0,0,0,0,})',
    b'({"tell",5,"OtherMUD","zed","AlphaMUD","ann",})',
    b'({"tell",5,"OtherMUD","zed","AlphaMUD","ann",({}),([]),})',
    b'({"tell",0,"OtherMUD","zed","AlphaMUD","ann","Z","ttl",})',
    b'({"tell",-3,"OtherMUD","zed","AlphaMUD","ann","Z","ttl",})',
    b'({"channel-m",5,"OtherMUD","zed",0,0,"chat",})',
    b'({"channel-m",5,"OtherMUD","zed","AlphaMUD",0,"chat","Z","x",})',
    b'({"who-reply",5,"OtherMUD",0,"AlphaMUD","ann",({1,2,({}),}),})',
    b'({"finger-reply",5,"OtherMUD",0,"AlphaMUD","ann",})',
    b'({"locate-reply",5,"OtherMUD",0,"AlphaMUD","ann",0,0,0,0,})',
    b'({"error",5,"OtherMUD",0,"AlphaMUD","ann","x","y",({}),})',
    b'({"error",5,"OtherMUD",0,"AlphaMUD","ann",})',
    b'({"shutdown",5,"OtherMUD",0,"*test",0,"soon",})',
    b'({"channel-listen",5,"OtherMUD",0,"*test",0,"chat","1",})',
    b'({"tell",99999999999999999999,"OtherMUD","zed","AlphaMUD","ann","Z","x",})',
    b'({"tell",5,"OtherMUD","zed","AlphaMUD","ann","\xff\xfe","\xe9t\xe9",})',
    b'({"' + b"x" * 30000 + b'",5,"OtherMUD","zed","AlphaMUD","ann",})',
], ids=lambda text: text[:30].decode("latin-1") + str(len(text)))
def test_a_malformed_packet_drops_neither_the_link_nor_the_daemon(house, text):
    alpha = house.lines("alpha-key")
    mud = Mud(house.mudmode, "OtherMUD", "*test")
    mud.send_raw(text)
    mud.to("tell", "AlphaMUD", "ann", "Zed", "still here", me="zed")
    assert alpha.event("tell_received", message="still here")
    mud.close()


@pytest.mark.parametrize("text", [
    b"junk", b"({" * 1500, b"({-,})", b'({"mudlist",5,"*fake",0,"AlphaMUD",0,})',
    b'({"mudlist",5,"*fake",0,"AlphaMUD",0,"x",({}),})',
    b'({"mudlist",5,"*fake",0,"AlphaMUD",0,2,(["X":({1,2,}),"":({}),1:0,]),})',
    b'({"chanlist-reply",5,"*fake",0,"AlphaMUD",0,2,(["c":({}),"d":7,"e":({0,({}),}),]),})',
    b'({"startup-reply",5,"*fake",0,"AlphaMUD",0,})',
    b'({"startup-reply",5,"*fake",0,"AlphaMUD",0,({}),"x",})',
    b'({"tell",5,"*fake",0,"AlphaMUD",0,})', b'({"error",5,"*fake",0,"AlphaMUD",0,})',
    b'({"channel-m",5,0,0,0,0,0,0,0,})', b'({"mystery",5,"*fake",0,"AlphaMUD",0,})',
    b'({"who-req",5,"*fake",0,"AlphaMUD",0,})', b'({"auth-mud-req",5,"*fake",0,"AlphaMUD",0,})',
], ids=lambda text: text[:30].decode("latin-1") + str(len(text)))
def test_a_router_that_talks_nonsense_keeps_its_link(gatehouse, router, text):
    house = gatehouse(routed(router))
    link = router.login()
    house.ready_now()
    link.send_raw(text)
    link.send("tell", 5, "FarMUD", "zed", link.mud, "ann", "Zed", "after")
    alpha = house.lines("alpha-key")
    link.send("tell", 5, "FarMUD", "zed", link.mud, "ann", "Zed", "after")
    assert alpha.event("tell_received")["message"] == "after"
    assert house.get("/health/ready").status == 200


def test_many_connections_that_come_and_go_leave_nothing_behind(house):
    before = len(os.listdir(f"/proc/{house.process.pid}/fd"))
    for round_ in range(20):
        peers = [Peer(getattr(house, name)) for name in ("http", "jsonl", "mudmode", "metrics")
                 for _ in range(10)]
        for index, peer in enumerate(peers):
            peer.reset() if (index + round_) % 2 else peer.close()
    until(lambda: len(os.listdir(f"/proc/{house.process.pid}/fd")) <= before + 2)
    assert house.lines("alpha-key").call("ping")["pong"] is True


def test_a_mud_that_never_logs_in_is_closed_when_it_sends_packets(house):
    link = MudMode(Peer(house.mudmode))
    alpha = house.lines("alpha-key")
    try:
        for _ in range(10):
            link.send("tell", 5, "GhostMUD", "x", "AlphaMUD", "ann", "X", "boo")
    except OSError:
        pass
    assert link.peer.closed()
    assert not alpha.events_so_far("tell_received")
