# SPDX-License-Identifier: MIT
"""Who comes in by the telnet listeners: bounds, bans, proxies, TLS, and reloads of all that."""
import re
import socket
import struct

import clients
import pytest
from conftest import configured, until
from telnet import Telnet

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
WAITING = "You will be let in as soon as it is back."
BANNED = "Your address is banned.\r\n"
FULL_ADDRESS = "There are too many connections from your address.\r\n"


def behind(listen=("telnet://127.0.0.1:0",), players=None, **changes):
    return configured({
        "listen": ["http://127.0.0.1:0", "jsonl://127.0.0.1:0", *listen],
        "games": [{"name": "AlphaMUD", "link": "rpc"}, {"name": "BetaMUD", "link": "rpc"}],
        "players": {"default_game": "AlphaMUD", **(players or {})},
        **changes})


def v1(source, port=4711):
    family = "TCP6" if ":" in source else "TCP4"
    return f"PROXY {family} {source} {source} {port} 4000\r\n".encode()


def v2(source, port=4711):
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    address = socket.inet_pton(family, source)
    extras = b"\x04\x00\x03abc"
    body = address + address + struct.pack("!HH", port, 4000) + extras
    kind = 0x21 if family == socket.AF_INET6 else 0x11
    return SIGNATURE + struct.pack("!BBH", 0x21, kind, len(body)) + body


class Visitor(Telnet):
    """Somebody at a telnet listener, perhaps with the words of a proxy first."""

    def __init__(self, address, says=b"", source=None, **options):
        super().__init__(address, source=(source, 0) if source else None, **options)
        if says:
            self.send_raw(says)

    def comes_in(self):
        """A line ends the wait for what else a client may be able to do."""
        self.send("")
        self.expect(WAITING)


@pytest.fixture
def visit(request):
    visitors = []

    def make(*arguments, **options):
        visitors.append(Visitor(*arguments, **options))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.close()


def addresses(house, key, n):
    """Of the n players whom the game with this key is told of."""
    game = house.lines(key)
    return sorted(game.event("player_connected")["address"] for _ in range(n))


def metric(house, name):
    found = re.search(rf"^{name} (\d+)$", house.get("/metrics").body.decode(), re.M)
    return int(found[1])


# --- the listeners ---

def test_the_ready_line_names_each_telnet_listener(gatehouse, certificate, tmp_path):
    cert, key = certificate("telnets")
    house = gatehouse(behind(
        ["telnet://127.0.0.1:0", "telnets://127.0.0.1:0", "telnet://127.0.0.1:0?max=3"],
        tls={"certificate": str(cert), "key": str(key)}))
    assert [name for name in house.addresses if "telnet" in name] == \
        ["telnet", "telnets", "telnet2"]
    assert len({house.telnet, house.telnets, house.telnet2}) == 3


def test_telnet_inside_tls(gatehouse, certificate, visit):
    cert, key = certificate("telnets")
    house = gatehouse(behind(["telnets://127.0.0.1:0"],
                             tls={"certificate": str(cert), "key": str(key)}))
    visit(house.telnets, tls=clients.trusting()).comes_in()
    game = house.lines("alpha-key")
    facts = game.event("player_connected")
    assert (facts["address"], facts["transport"]) == ("127.0.0.1", "telnets")


def test_a_listener_may_be_of_one_game(gatehouse, visit):
    house = gatehouse(behind(["telnet://127.0.0.1:0", "telnet://127.0.0.1:0?game=betamud"]))
    visit(house.telnet, source="127.0.0.2").comes_in()
    visit(house.telnet2, source="127.0.0.3").comes_in()
    assert addresses(house, "alpha-key", 1) == ["127.0.0.2"]
    assert addresses(house, "beta-key", 1) == ["127.0.0.3"]


def test_players_may_come_by_a_unix_socket(gatehouse, visit, tmp_path):
    path = tmp_path / "t.sock"
    house = gatehouse(behind([f"telnet+unix:{path}?proxy=any"]))
    for says in (v1("192.0.2.7"), v2("2001:db8::7")):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(str(path))
        visit(None, sock=sock, says=says).comes_in()
    assert addresses(house, "alpha-key", 2) == ["192.0.2.7", "2001:db8::7"]


def test_a_reload_changes_a_listeners_game_and_room_and_keeps_its_port(gatehouse, visit):
    house = gatehouse(behind(["telnet://127.0.0.1:0?game=AlphaMUD"]))
    stays = visit(house.telnet, source="127.0.0.2")
    stays.comes_in()
    house.configure(behind(["telnet://127.0.0.1:0?max=2&game=BetaMUD"]))
    house.hup()
    house.wait_log(" reloaded")
    visit(house.telnet, source="127.0.0.3").comes_in()
    assert "no room" in visit(house.telnet, source="127.0.0.4").rest()
    assert addresses(house, "alpha-key", 1) == ["127.0.0.2"]
    assert addresses(house, "beta-key", 1) == ["127.0.0.3"]


# --- bounds ---

def test_an_address_has_so_many_players_and_no_more(gatehouse, visit):
    house = gatehouse(behind(players={"per_address": 2}))
    first = visit(house.telnet)
    first.comes_in()
    visit(house.telnet).comes_in()
    assert visit(house.telnet).rest() == FULL_ADDRESS
    visit(house.telnet, source="127.0.0.2").comes_in()
    first.close()
    until(lambda: metric(house, "gatehouse_players") == 2)
    visit(house.telnet).comes_in()
    assert metric(house, "gatehouse_door_address_full_total") == 1


def test_the_gate_has_so_many_players_and_no_more(gatehouse, visit):
    house = gatehouse(behind(players={"max": 2}))
    for last in (2, 3):
        visit(house.telnet, source=f"127.0.0.{last}").comes_in()
    assert "no room" in visit(house.telnet, source="127.0.0.4").rest()
    assert metric(house, "gatehouse_door_full_total") == 1


def test_an_address_connects_so_often_and_no_more(gatehouse, visit):
    house = gatehouse(behind(players={"connects_per_minute": 3}))
    for _ in range(3):
        visitor = visit(house.telnet)
        visitor.comes_in()
        visitor.close()
    assert "too often" in visit(house.telnet).rest()
    visit(house.telnet, source="127.0.0.2").comes_in()


def test_a_reload_changes_bans_and_ends_who_is_banned(gatehouse, visit):
    house = gatehouse(behind(players={"bans": ["127.0.0.2"]}))
    assert visit(house.telnet, source="127.0.0.2").rest() == BANNED
    stays, goes = (visit(house.telnet, source=f"127.0.0.{n}") for n in (3, 4))
    stays.comes_in()
    goes.comes_in()
    house.configure(behind(players={"bans": ["127.0.0.4/31"]}))
    house.hup()
    house.wait_log(" reloaded")
    assert goes.rest().endswith(BANNED)
    assert visit(house.telnet, source="127.0.0.5").rest() == BANNED
    visit(house.telnet, source="127.0.0.2").comes_in()
    assert sorted(addresses(house, "alpha-key", 2)) == ["127.0.0.2", "127.0.0.3"]


# --- proxies ---

def proxied(version, trusted="127.0.0.1", **players):
    return behind([f"telnet://127.0.0.1:0?proxy={version}"],
                  players={"trusted_proxies": [trusted], **players})


@pytest.mark.parametrize("version, header", [("v1", v1), ("v2", v2), ("any", v1), ("any", v2)])
def test_a_trusted_proxy_says_where_players_are(gatehouse, visit, version, header):
    house = gatehouse(proxied(version))
    visit(house.telnet, header("192.0.2.1")).comes_in()
    visit(house.telnet, header("2001:db8::1")).comes_in()
    dripping = visit(house.telnet)
    for byte in header("::ffff:192.0.2.9"):
        dripping.send_raw(bytes([byte]))
    dripping.comes_in()
    assert addresses(house, "alpha-key", 3) == ["192.0.2.1", "192.0.2.9", "2001:db8::1"]


def test_a_line_right_behind_the_header_is_the_players(gatehouse, visit):
    house = gatehouse(proxied("any"))
    game = house.lines("alpha-key")
    visit(house.telnet, v2("192.0.2.1") + b"look\r\n")
    assert game.event("player_connected")["address"] == "192.0.2.1"
    assert game.event("player_input")["line"] == "look"


def test_a_proxys_own_connections_are_its_own(gatehouse, visit):
    house = gatehouse(proxied("any"))
    visit(house.telnet, b"PROXY UNKNOWN\r\n").comes_in()
    visit(house.telnet, SIGNATURE + b"\x20\x00\x00\x00").comes_in()
    assert addresses(house, "alpha-key", 2) == ["127.0.0.1", "127.0.0.1"]


def test_nobody_else_is_believed(gatehouse, visit):
    house = gatehouse(proxied("any"))
    for header in (v1("192.0.2.1"), v2("192.0.2.1"), b""):
        stranger = visit(house.telnet, header, source="127.0.0.2")
        assert stranger.rest() == "This port is for proxies only.\r\n"
    assert house.wait_log("proxy_refused.*127.0.0.2.*trusted_proxies", times=3)
    assert metric(house, "gatehouse_door_proxy_total") == 3
    assert metric(house, "gatehouse_players") == 0


def test_without_proxy_a_header_is_what_a_player_types(gatehouse, visit):
    house = gatehouse(behind(players={"trusted_proxies": ["127.0.0.1"]}))
    game = house.lines("alpha-key")
    visit(house.telnet, v1("192.0.2.1"))
    assert game.event("player_connected")["address"] == "127.0.0.1"
    assert game.event("player_input")["line"].startswith("PROXY TCP4 192.0.2.1")


def test_bounds_and_bans_hold_behind_a_proxy(gatehouse, visit):
    house = gatehouse(proxied("v1", per_address=1, bans=["198.51.100.0/24"]))
    visit(house.telnet, v1("192.0.2.1")).comes_in()
    visit(house.telnet, v1("192.0.2.2")).comes_in()
    assert visit(house.telnet, v1("192.0.2.1")).rest() == FULL_ADDRESS
    assert visit(house.telnet, v1("198.51.100.7")).rest() == BANNED
    visit(house.telnet, v1("2001:db8:0:1::1")).comes_in()
    assert visit(house.telnet, v1("2001:db8:0:1::2")).rest() == FULL_ADDRESS


@pytest.mark.parametrize("version, header", [("v1", v2), ("v2", v1)])
def test_a_proxy_speaks_the_agreed_version(gatehouse, visit, version, header):
    house = gatehouse(proxied(version))
    assert "another version" in visit(house.telnet, header("192.0.2.1")).rest()


def test_what_is_no_header_ends_the_connection(gatehouse, visit):
    house = gatehouse(proxied("any"))
    for words in (b"connect Ann secret\r\n", b"PROXY TCP4 a b c d\r\n", b"PROXY " + b"x" * 200,
                  SIGNATURE + b"\x21\x11\xff\xff"):
        assert visit(house.telnet, words).rest() == ""
    visit(house.telnet, v1("192.0.2.1")).comes_in()


def test_a_reload_changes_whom_we_trust(gatehouse, visit):
    house = gatehouse(proxied("v1", trusted="127.0.0.2"))
    assert "proxies only" in visit(house.telnet, v1("192.0.2.1")).rest()
    house.configure(proxied("v1", trusted="127.0.0.1"))
    house.hup()
    house.wait_log(" reloaded")
    visit(house.telnet, v1("192.0.2.1")).comes_in()


# --- the configuration ---

def test_faults_of_games_and_players_are_told_all_at_once(gatehouse):
    house = gatehouse(behind())
    house.configure(behind(
        ["telnet://127.0.0.1:0?proxy=v1", "telnet://127.0.0.1:0?game=Gamma"],
        players={"bans": ["10.0.0.1/8"], "default_game": "Delta"}))
    done = house.run("--check-config", "-c", house.config)
    assert done.returncode == 1
    for words in ("?proxy= believes nobody while players.trusted_proxies is empty",
                  "?game=Gamma: no game is called so", "players.bans[0]: \"10.0.0.1/8\"",
                  "players.default_game: \"Delta\""):
        assert words in done.stderr
    house.hup()
    house.wait_log("reload_refused")
    assert house.alive()
