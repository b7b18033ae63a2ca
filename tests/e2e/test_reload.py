# SPDX-License-Identifier: MIT
"""SIGHUP: what may change does, nobody is disconnected, and a bad file changes nothing."""
import socket
import ssl

import clients
from conftest import configured, routed, until


def subject(address):
    """The certificate a TLS listener shows, as its bytes."""
    context = clients.trusting()
    with socket.create_connection(address, timeout=clients.DEADLINE) as plain:
        with context.wrap_socket(plain) as wrapped:
            return wrapped.getpeercert(True)


def test_reload_swaps_the_certificate_and_keeps_connections(gatehouse, certificate, tmp_path):
    live = tmp_path / "live.pem", tmp_path / "live.key"
    for target, source in zip(live, certificate("old")):
        target.write_bytes(source.read_bytes())
    house = gatehouse(configured({
        "listen": ["jsonls://127.0.0.1:0", "http://127.0.0.1:0"],
        "tls": {"certificate": str(live[0]), "key": str(live[1])}}))
    address = house.jsonls
    before = subject(address)
    client = clients.JsonLines(address, "alpha-key", tls=clients.trusting())
    for target, source in zip(live, certificate("new")):
        target.write_bytes(source.read_bytes())
    house.hup()
    until(lambda: subject(address) != before)
    assert ssl.DER_cert_to_PEM_cert(subject(address)).strip() == live[0].read_text().strip()
    assert client.call("ping")["pong"] is True


def test_a_certificate_that_does_not_fit_its_key_keeps_the_old_one(
        gatehouse, certificate, tmp_path):
    live = tmp_path / "live.pem", tmp_path / "live.key"
    for target, source in zip(live, certificate("kept")):
        target.write_bytes(source.read_bytes())
    house = gatehouse(configured({
        "listen": ["jsonls://127.0.0.1:0", "http://127.0.0.1:0"],
        "tls": {"certificate": str(live[0]), "key": str(live[1])}}))
    address = house.jsonls
    before = subject(address)
    live[0].write_bytes(certificate("stranger")[0].read_bytes())
    lines = len(house.log())
    house.hup()
    until(lambda: len(house.log()) > lines)
    assert subject(address) == before


def test_a_new_key_works_after_reload_and_a_removed_one_does_not(gatehouse):
    house = gatehouse()
    client, removed = house.lines("alpha-key"), house.lines("beta-key")
    changed = configured()
    changed["api"]["auth"]["api_keys"] = [
        {"key": "alpha-key", "mud_name": "AlphaMUD"}, {"key": "fresh-key", "mud_name": "BetaMUD"}]
    house.configure(changed)
    house.hup()

    def fresh():
        try:
            return house.lines("fresh-key").session["mud_name"] == "BetaMUD"
        except clients.RpcError:
            return False

    until(fresh)
    assert client.call("ping")["pong"] is True
    assert b"not good any more" in removed.peer.rest()
    try:
        house.lines("beta-key")
    except clients.RpcError as error:
        assert error.code == -32000
    else:
        raise AssertionError("a removed key still works")


def test_new_rates_hold_after_reload(gatehouse):
    house = gatehouse()
    house.configure(configured({"api": {"rate_limits": {"default": {"per_minute": 1, "burst": 2}}}}))
    house.hup()

    def limited():
        client = house.lines("alpha-key")
        try:
            for _ in range(5):
                client.call("ping")
        except clients.RpcError as error:
            return error.code == -32001
        return False

    until(limited)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def listens(port):
    try:
        clients.Peer(("127.0.0.1", port)).close()
        return True
    except OSError:
        return False


def test_listeners_are_merged_on_reload(gatehouse):
    """The kept one keeps its socket and its clients, the new one opens, the removed one closes."""
    kept, removed, added = free_port(), free_port(), free_port()
    house = gatehouse(configured({"listen": [
        f"jsonl://127.0.0.1:{kept}", f"http://127.0.0.1:{removed}"]}))
    client = house.lines("alpha-key")
    house.configure(configured({"listen": [
        f"jsonl://127.0.0.1:{kept}", f"http://127.0.0.1:{added}"]}))
    house.hup()
    until(lambda: listens(added) and not listens(removed))
    assert client.call("ping")["pong"] is True
    assert clients.http(("127.0.0.1", added), "/health").status == 200
    assert clients.JsonLines(("127.0.0.1", kept), "alpha-key").call("ping")["pong"] is True


def test_a_bad_file_keeps_the_old_configuration_and_says_why(gatehouse):
    house = gatehouse()
    client = house.lines("alpha-key")
    for text, words in (("mud: {name: [", "gatehouse.yaml:"), ("nonsense: 1\n", "nonsense")):
        house.configure(text)
        house.hup()
        house.wait_log(words)
    assert client.call("ping")["pong"] is True
    assert house.lines("beta-key").call("ping")["pong"] is True


def test_a_missing_file_keeps_the_old_configuration(gatehouse):
    house = gatehouse()
    house.config.unlink()
    house.hup()
    house.wait_log("gatehouse.yaml")
    assert house.lines("alpha-key").call("ping")["pong"] is True


def test_an_identity_comes_and_goes_with_a_reload(gatehouse):
    house = gatehouse()
    client = house.lines("alpha-key")

    def ready():
        return clients.http(house.http, "/health/ready").status == 200

    def beta_is_up():
        return any(mud["name"] == "BetaMUD" and mud["online"]
                   for mud in client.call("mudlist")["muds"])

    until(ready)
    alone = configured({"muds": []})
    alone["api"]["auth"]["api_keys"] = [{"key": "alpha-key", "mud_name": "AlphaMUD"}]
    house.configure(alone)
    house.hup()
    until(lambda: not beta_is_up())
    assert ready(), "an identity nobody wants is nobody's trouble"
    house.configure(configured())
    house.hup()
    until(beta_is_up)
    assert house.lines("beta-key").call("ping")["pong"] is True


def test_what_a_mud_tells_of_itself_is_told_anew(gatehouse, router):
    house = gatehouse(routed(router))
    first = router.login()
    house.wait_log("i3_ready")
    house.hup()
    house.wait_log(" reloaded")
    house.configure(routed(router, {"mud": {"driver": "Renewed"}}))
    house.hup()
    second = router.login(wait=15)  # a link rests before it dials the same router again
    assert first.startup[14] != "Renewed"
    assert second.startup[14] == "Renewed"
    house.wait_log("i3_ready", times=2)


def test_another_router_is_gone_to_at_once(gatehouse, router):
    house = gatehouse(routed(router))
    router.login()
    client = house.lines("alpha-key")
    other = clients.FakeRouter(name="*other")
    try:
        house.configure(routed(other))
        house.hup()
        other.login(wait=15)
        until(lambda: client.call("status")["router"] == "*other")
    finally:
        other.close()


def test_becoming_a_router_waits_for_a_restart(gatehouse, router):
    house = gatehouse(routed(router))
    router.login()
    client = house.lines("alpha-key")
    house.configure(configured())
    house.hup()
    house.wait_log("reload_needs_restart.*router.embedded.enabled")
    house.wait_log(" reloaded")
    assert client.call("ping")["pong"] is True
    house.restart()
    assert house.mudmode


def test_many_reloads_in_a_row_do_no_harm(gatehouse):
    house = gatehouse()
    client = house.lines("alpha-key")
    for _ in range(50):
        house.hup()
        assert client.call("ping")["pong"] is True
    assert house.lines("beta-key").call("ping")["pong"] is True
