# SPDX-License-Identifier: MIT
"""A router that is after our passwords or our disk, and strangers at the out-of-band port."""
import pytest
from clients import MudMode, Peer
from conftest import routed, until
from drill import DrillRouter
from test_drills import BACK, Scene, fast, listed
from test_oob import Foreign, oob_config

LINES_MAX = 100  # of the log, at INFO and above, whatever strangers do within a minute


@pytest.fixture
def drill():
    made = []

    def make(*names, **options):
        made.append(DrillRouter(*names, **options))
        return made[-1]

    yield make
    for router in made:
        router.close()
    assert not [fault for router in made for fault in router.faults]


def test_a_password_does_not_go_where_a_list_says_its_router_has_moved(gatehouse, drill):
    first, second, thief = drill("*first"), drill("*second"), drill("*second")
    first.routers = [listed(first), listed(second)]
    here = Scene(gatehouse(fast(first, {"follow_list": True})), first)
    here.well()
    first.down()
    here.well(second)
    first.routers = [listed(first), listed(thief)]
    first.up()
    here.well(first)
    first.down()
    link = thief.link(BACK)
    assert second.passwords["AlphaMUD"] and link.startup[6] == 0  # what it issued itself is its own
    assert first.passwords["AlphaMUD"] != link.startup[6]


def test_a_router_does_not_fill_the_log(gatehouse, router):
    house = gatehouse(routed(router, {"logging": {"level": "INFO"}}))
    link = router.login()
    house.ready_now()
    for _ in range(500):
        link.send("startup-reply", 5, "*other" * 9, 0, "AlphaMUD", 0, [["*x", "127.0.0.1 1"]], 5)
        link.send("error", 5, "Far", 0, "AlphaMUD", 0, "unk-user", "x" * 300, 0)
    link.send("auth-mud-req", 5, "Far", 0, "AlphaMUD", 0)
    link.packet("error", where=lambda p: p[6] == "not-imp")
    assert len(house.log().splitlines()) < LINES_MAX


def test_strangers_at_the_out_of_band_port_do_not_fill_the_log(gatehouse):
    config = oob_config()
    config["logging"]["level"] = "INFO"
    house = gatehouse(config)
    house.ready_now()
    for _ in range(300):
        link = MudMode(Peer(house.oob))
        link.send("oob-begin", "Nobody", 1, 5)
        assert link.packet("oob-error")
        link.close()
    assert 0 < house.log().count("oob_refused") < LINES_MAX


def test_strangers_from_everywhere_leave_room_for_links_that_begin(gatehouse):
    house = gatehouse(oob_config())
    house.ready_now()
    mud = Foreign(house).known(house.lines("alpha-key"))
    strangers = [Peer(house.oob, source=(f"127.0.1.{1 + number // 8}", 0))
                 for number in range(140)]
    key = mud.key()

    def begins():  # a burst of strangers may be in front of it
        try:
            return mud.begin(key=key)
        except (EOFError, OSError):
            return None

    until(begins, 3)
    for peer in (*strangers, *mud.links, mud, mud.listener):
        peer.close()
