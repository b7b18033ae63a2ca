# SPDX-License-Identifier: MIT
"""TLS on the listeners: both transports inside it, old versions and plain text refused."""
import asyncio
import json
import ssl
import subprocess

import clients
import pytest
import websockets
from conftest import configured


@pytest.fixture
def secure(gatehouse, certificate):
    cert, key = certificate("first")
    house = gatehouse(configured({
        "listen": ["http://127.0.0.1:0", "https://127.0.0.1:0", "jsonls://127.0.0.1:0"],
        "tls": {"certificate": str(cert), "key": str(key)},
    }))
    house.ready_now()
    house.cert = cert
    return house


def test_json_lines_inside_tls(secure):
    client = clients.JsonLines(secure.jsonls, "alpha-key", tls=clients.trusting())
    assert client.call("ping")["pong"] is True
    for number in range(100):
        client.post({"jsonrpc": "2.0", "id": number, "method": "ping"})
    assert [client.answer()["id"] for _ in range(100)] == list(range(100))


def test_websocket_and_http_inside_tls(secure):
    https = secure.https
    assert clients.http(https, "/health", tls=clients.trusting()).status == 200
    client = clients.WebSocket(https, "alpha-key", tls=clients.trusting())
    assert client.call("ping")["pong"] is True


def test_a_library_client_that_checks_the_certificate(secure):
    context = ssl.create_default_context(cafile=str(secure.cert))
    host, port = secure.https

    async def talk():
        url = f"wss://localhost:{port}/ws"
        async with websockets.connect(url, ssl=context, host=host, extra_headers={
                "X-API-Key": "alpha-key"}) as client:
            await client.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}))
            return json.loads(await client.recv())

    assert asyncio.run(talk())["result"]["pong"] is True


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_current_versions_are_spoken(secure, version):
    context = clients.trusting()
    context.minimum_version = context.maximum_version = version
    assert clients.JsonLines(secure.jsonls, "alpha-key", tls=context).call("ping")


def test_tls_1_1_is_refused(secure):
    host, port = secure.jsonls
    result = subprocess.run(
        ["openssl", "s_client", "-connect", f"{host}:{port}", "-tls1_1", "-cipher",
         "ALL:@SECLEVEL=0"], input=b"", capture_output=True, timeout=20, check=False)
    assert b"Cipher is (NONE)" in result.stdout


def test_plain_text_on_a_tls_port_costs_only_its_sender(secure):
    https, jsonls = secure.https, secure.jsonls
    for address in (https, jsonls):
        for data in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 1000):
            peer = clients.Peer(address)
            peer.send(data)
            assert peer.closed()
    assert clients.JsonLines(jsonls, "alpha-key", tls=clients.trusting()).call("ping")


def test_a_handshake_that_never_ends_is_closed(secure):
    peer = clients.Peer(secure.https)
    peer.send(b"\x16\x03\x01")
    assert peer.closed(15)


def test_events_larger_than_a_record_arrive_whole(secure):
    jsonls = secure.jsonls
    alpha = clients.JsonLines(jsonls, "alpha-key", tls=clients.trusting())
    beta = clients.JsonLines(jsonls, "beta-key", tls=clients.trusting())
    beta.call("presence_sync", users=[
        {"name": f"user{n}", "title": "x" * 50} for n in range(400)])
    assert len(alpha.call("who", target_mud="BetaMUD", wait=10)["users"]) > 50


def test_require_tls_lets_this_machine_in_plainly(gatehouse, certificate):
    cert, key = certificate("required")
    house = gatehouse(configured({
        "tls": {"certificate": str(cert), "key": str(key)},
        "api": {"auth": {"require_tls": True}}}))
    assert house.lines("alpha-key").call("ping")["pong"] is True


def test_a_tls_listener_without_a_certificate_is_a_config_error(gatehouse):
    house = gatehouse(configured({"listen": ["https://127.0.0.1:0"]}), start=False)
    result = house.run("--check-config", "-c", house.config)
    assert result.returncode == 1
    assert "tls" in result.stderr
