# SPDX-License-Identifier: MIT
"""Health, metrics and information over plain HTTP."""
import clients
import pytest
from conftest import routed


def test_health_says_healthy_and_counts_connections(house):
    client = house.ws("alpha-key")
    reply = house.get("/health")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    body = reply.json()
    assert body["status"] == "healthy"
    assert body["service"] == "i3-gateway-api"
    assert body["websocket_connections"] == 1
    assert body["active_sessions"] == 1
    client.close()


def test_health_live_is_alive(house):
    reply = house.get("/health/live")
    assert (reply.status, reply.json()["status"]) == (200, "alive")


def test_health_ready_is_503_until_the_router_answers_the_startup_packet(gatehouse, router):
    house = gatehouse(routed(router))
    link = router.accept()
    link.startup = link.packet("startup-req-3")
    link.mud = link.startup[2]
    reply = house.get("/health/ready")
    assert (reply.status, reply.json()["status"]) == (503, "not_ready")
    assert house.get("/health/live").status == 200
    router.welcome(link)
    assert house.ready_now()
    assert house.get("/health/ready").json()["status"] == "ready"


def test_metrics_are_a_prometheus_page_on_both_listeners(house):
    house.lines("alpha-key").call("ping")
    for address in (house.http, house.metrics):
        reply = clients.http(address, "/metrics")
        assert reply.status == 200
        assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
        text = reply.body.decode()
        assert text.endswith("\n")
        for name in ("api_websocket_connections", "api_active_sessions", "gatehouse_i3_ready"):
            assert f"# TYPE {name} gauge\n" in text
            assert f"\n{name} " in text
        assert "\ngatehouse_i3_ready 2\n" in text


def test_metrics_listener_serves_nothing_else(house):
    assert clients.http(house.metrics, "/api/info").status == 404


def test_api_info_names_the_transports(house):
    body = house.get("/api/info").json()
    assert body["protocol"] == "JSON-RPC 2.0"
    assert body["transports"] == ["websocket", "tcp"]
    assert body["authentication"] == "api_key"
    assert isinstance(body["version"], str) and body["version"]


@pytest.mark.parametrize("path", ["/nothing", "/health/", "/stats", "/healthx", "/%00", "/../etc/passwd"])
def test_unknown_paths_are_404(house, path):
    assert house.get(path).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_verbs_are_405_and_name_what_is_allowed(house, method):
    reply = house.get("/health", method=method, body=b"{}" if method == "POST" else b"")
    assert reply.status == 405
    assert "GET" in reply.headers["allow"]


def test_head_has_the_headers_of_get_and_no_body(house):
    get = house.get("/api/info")
    peer = clients.Peer(house.http)
    peer.send(b"HEAD /api/info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    reply = clients.HttpReply(peer, "HEAD")
    assert reply.status == 200
    assert reply.headers["content-length"] == get.headers["content-length"]
    assert peer.rest() == b""


def test_ws_path_without_upgrade_is_an_error_that_says_what_is_missing(house):
    reply = house.get("/ws")
    assert reply.status in (400, 426)
    assert b"websocket" in reply.body.lower()


def test_connections_are_kept_alive_and_requests_may_be_pipelined(house):
    peer = clients.Peer(house.http)
    peer.send(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    assert [clients.HttpReply(peer).status for _ in range(3)] == [200] * 3
    peer.close()


def test_connection_close_is_honoured(house):
    peer = clients.Peer(house.http)
    peer.send(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert clients.HttpReply(peer).status == 200
    assert peer.closed()


@pytest.mark.parametrize("request_bytes, status", [
    (b"GET /health HTTP/1.1\r\n\r\n", 400),  # no Host
    (b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    (b"GET /health HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    (b"GET /health HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n", 400),
    (b"GET  /health HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET /health HTTP/9.9\r\nHost: a\r\n\r\n", 505),
    (b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    (b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400),
    (b"GET /health HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100000 + b"\r\n\r\n", 431),
    (b"GET /" + b"y" * 100000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    (b"\x00\x01\x02\xff\r\n\r\n", 400),
], ids=["no host", "two hosts", "blank before colon", "folded", "two blanks", "version",
        "length and chunked", "two lengths", "signed length", "long header", "long target", "binary"])
def test_what_could_be_read_two_ways_is_refused_and_closed(house, request_bytes, status):
    peer = clients.Peer(house.http)
    try:
        peer.send(request_bytes)
    except OSError:
        pass  # refused before it was all sent
    # An over-long head may be cut off by a reset before its answer is read.
    try:
        reply = clients.HttpReply(peer)
        assert reply.status in (status, 431 if status == 414 else status)
    except EOFError:
        assert len(request_bytes) > 65536
    assert peer.closed()
    assert house.get("/health/live").status == 200


def test_a_stored_key_is_never_shown(house):
    house.ws(headers=[("X-API-Key", "alpha-key")]).close()
    house.ws(path="/ws?api_key=alpha-key").close()
    assert "alpha-key" not in house.log()
    assert "alpha-key" not in house.get("/metrics").body.decode()
