# SPDX-License-Identifier: MIT
"""A peer of our router that has the right passwords and means ill; and routers that die while others
speak."""
import random
import re
import threading

import pytest
from clients import Mud, MudMode, Peer
from conftest import until
from networks import ONE, TWO, Network, configuration, metric, muds, peer, sees

LINES_MAX = 100  # of the log, at INFO and above, for a minute of a peer's nonsense
KILLS = 4


class FakePeer(MudMode):
    """*two, as *one knows it."""

    def __init__(self, house):
        super().__init__(Peer(house.mudmode))
        self.to("irn-startup-req", {"client_password": TWO, "server_password": ONE})
        self.packet("irn-startup-req")

    def to(self, kind, *body):
        self.send(kind, 5, "*two", 0, "*one", 0, *body)

    def tells_of(self, muds):
        self.to("irn-mudlist-delta", 1, muds)

    def sync(self):
        """Until all that was said has been looked at."""
        self.to("irn-data", ["tell", 5, "Here", "x", "Nowhere", "y", "X", "z"])
        return self.packet("irn-data", where=lambda p: p[6][0] == "error" and "unk-dst" in p[6])


@pytest.fixture
def hostile(gatehouse):
    house = gatehouse(configuration("*one", "AlphaMUD", 0, [peer("*two", 1, ONE, TWO, False)],
                                    {"logging": {"level": "INFO"}}))
    house.ready_now()
    made = []

    def make():
        made.append(FakePeer(house))
        return made[-1]

    yield house, make
    for fake in made:
        fake.close()


def record(up=1):
    return {"connect_time": up, "services": {}}


def test_a_peer_does_not_fill_the_log(hostile):
    house, make = hostile
    two = make()
    two.tells_of({"Here": record()})
    before = len(house.log().splitlines())
    for _ in range(300):
        two.to("error", "bad-pkt", "x" * 400, 0)
        two.tells_of({"AlphaMUD": record()})
        two.tells_of({"AlphaMUD": record(0)})
        two.tells_of({"Far": record()})
        two.tells_of({"Far": 0})
    two.sync()
    for _ in range(40):
        make().to("irn-shutdown", 0)
    assert len(house.log().splitlines()) - before < LINES_MAX
    for secret in (ONE, TWO):
        assert str(secret) not in house.log()
    assert metric(house, "gatehouse_router_peer_dropped_total") > 0


def test_a_peer_that_claims_our_own_mud_gets_nothing_of_it(hostile):
    house, make = hostile
    two = make()
    two.tells_of({"Here": record(), "AlphaMUD": record(), "alphamud": record()})
    two.to("irn-data", ["tell", 5, "AlphaMUD", "ann", "AlphaMUD", "bob", "Ann", "forged"])
    two.to("irn-chanlist-delta", 1, {"channels": {"chat": [1, "Here", []]}, "listening": {}})
    two.to("irn-data", ["irn-data", 5, "Here", 0, "*one", 0, ["tell", 5, "Here", 0, "AlphaMUD",
                                                              "bob", "X", "nested"]])
    two.sync()
    alpha = house.lines("alpha-key")
    alpha.call("channel_join", channel="chat")
    assert not alpha.events_so_far("tell_received")
    assert muds(house, "alpha-key")["AlphaMUD"] == "up"


# --- a router dies, again and again, while others speak

def heard(client, so_far):
    so_far += [e["message"] for e in client.events_so_far("channel_message")]
    client.events.clear()
    return so_far


def test_a_router_that_is_killed_again_and_again_doubles_no_line(gatehouse):
    network = Network(gatehouse, {"api": {"rate_limits": {"default": {
        "per_minute": 6000000, "burst": 100000}}}}).link()
    network.one.configure(network.configs(network.ports)[0])  # where it was
    omega = Mud(network.two.mudmode, "Omega", "*two")
    beta = network.two.lines("beta-key")
    beta.call("channel_join", channel="chat")
    lines = []
    for kill in range(KILLS):
        sees(network.one, "alpha-key", "Omega", "up", 40)
        alpha = network.one.lines("alpha-key")
        alpha.call("channel_join", channel="chat")
        killer = threading.Timer(random.uniform(0.01, 0.4), network.one.process.kill)
        killer.start()
        try:
            for number in range(100000):
                alpha.call("channel_send", channel="chat", message=f"line {kill} {number}")
        except (EOFError, OSError):
            killer.join()
        network.one.kill()
        heard(beta, lines)
        network.one.start()
        network.two.wait_log(r"irn_up\b.*\*one", kill + 2, 40)
    sees(network.one, "alpha-key", "Omega", "up", 40)
    sees(network.two, "beta-key", "AlphaMUD", "up", 40)
    heard(beta, lines)
    assert lines and len(lines) == len(set(lines))
    until(lambda: muds(network.one, "alpha-key") == muds(network.two, "beta-key"), 40,
          lambda: (muds(network.one, "alpha-key"), muds(network.two, "beta-key")))
    channels = [sorted(c["name"] for c in house.lines(key).call("channel_list")["channels"])
                for house, key in ((network.one, "alpha-key"), (network.two, "beta-key"))]
    assert channels[0] == channels[1]
    assert not re.search(r"too many", network.one.log())
    omega.close()
