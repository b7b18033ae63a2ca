# SPDX-License-Identifier: MIT
"""Drills: a router dies, lies or falls silent in every way one can, with timers short.  Each time
the daemon says in words what is wrong, comes back within a bound, under one name, with one login,
the right password and every channel asked for once."""
import json
import re
import socket
import time

import cable
import clients
import pytest
from clients import DEADLINE, JsonLines
from conftest import configured, routed, until
from drill import RESET, DrillRouter

BACK = 2 * DEADLINE  # seconds to be READY again, once the router is well
FAST = {"timeout": 1, "keepalive_interval": 1, "reconnect_delay": 1, "return_interval": 1}
NEXT = r"; trying \S+ in \d+ s$|^connect(ing|ed) to \S+ |^logged in to |; logging in, with \d+ s left$"


def fast(router, changes=None):
    config = routed(router, {"router": {"connection": FAST}})
    config["router"]["primary"]["host"] = router.host
    for key, value in (changes or {}).items():
        config["router"][key] = value
    return config


def place(router):
    return {"name": router.name, "host": router.host, "port": router.port}


@pytest.fixture
def drill():
    """drill(name) → a router; whatever it found wrong with the daemon fails the test."""
    made = []

    def make(*names, **options):
        made.append(DrillRouter(*names, **options))
        return made[-1]

    yield make
    for router in made:
        router.close()
    assert not [fault for router in made for fault in router.faults]


@pytest.fixture
def network():
    made = cable.network()
    yield made
    made.close()


class Scene:
    """A daemon at a router, and one client that has joined two channels."""

    def __init__(self, house, router):
        self.house, self.router = house, router
        self.client = house.lines("alpha-key")
        self.client.call("channel_join", channel="chat")
        self.client.call("channel_join", channel="dev")

    def status(self):
        return self.client.call("status")

    def ready(self):
        reply = self.house.get("/health/ready")
        return reply.status == 200, reply.json().get("trouble", {}).get("AlphaMUD", "")

    def wrong(self, words, wait=BACK):
        """Wait until it is said what is wrong, and what comes next, to clients and on the page."""
        def said():
            seen.append(self.status().get("trouble", ""))
            return re.search(words, seen[-1])

        seen = []
        until(said, wait, lambda: f"no {words!r} among {sorted(set(seen))}")
        assert re.search(NEXT, seen[-1]), seen[-1]
        state, trouble = self.ready()
        if not state:  # it may have come back between the two
            assert trouble and re.search(NEXT, trouble), trouble

    def well(self, router=None, wait=BACK):
        """Wait until all is as it should be → the link."""
        router = router or self.router
        link = router.link(wait, ["chat", "dev"])
        until(lambda: self.ready()[0], wait, lambda: self.ready()[1])
        status = self.status()
        assert status["connected"] and status["router"] == router.name, status
        assert "trouble" not in status, status
        self.hears(router)
        return link

    def hears(self, router):
        text = f"line at {time.monotonic()}"
        router.channel_line(text)
        self.client.event("channel_message", wait=BACK, channel="chat", message=text)
        again = [event for event in self.client.events_so_far("channel_message")
                 if event.get("message") == text]
        assert not again, "heard twice"


@pytest.fixture
def scene(gatehouse, drill):
    def make(router=None, changes=None, network=None):
        router = router or drill()
        made = Scene(gatehouse(fast(router, changes), network=network), router)
        made.well()
        return made

    return make


# --- one router ---

def test_a_router_that_refuses_connections(scene):
    here = scene()
    here.router.down()
    here.wrong("cannot be reached")
    here.router.up()
    here.well()


def test_a_router_that_takes_connections_and_stays_silent(scene):
    here = scene()
    here.router.next(here.router.silent)
    here.router.kill()
    here.wrong("did not answer the login")
    here.well()


@pytest.mark.parametrize("end, words", [(None, "closed the connection"), (RESET, "broke")],
                         ids=["FIN", "RST"])
def test_a_router_that_ends_the_connection(scene, end, words):
    here = scene()
    here.router.kill(end)
    here.wrong(words)
    here.well()


@pytest.mark.parametrize("loops", [True, False], ids=["loops probes", "swallows probes"])
def test_a_network_that_goes_black(scene, drill, network, loops):
    here = scene(drill(listener=network.router_socket(), loops=loops), network=network)
    here.router.torn = True  # it cannot know that we have given up
    network.black()
    begun = time.monotonic()
    here.wrong("silent|broke", wait=DEADLINE)
    assert time.monotonic() - begun < DEADLINE
    if loops:
        here.wrong("cannot be reached", wait=40)
    network.black(False)
    here.well(wait=40)


def test_reconnect_is_answered_at_once_at_a_router_that_is_black(scene, drill, network):
    here = scene(drill(listener=network.router_socket()), network=network)
    here.router.torn = True
    network.black()
    begun = time.monotonic()
    assert here.client.call("reconnect") == {"status": "reconnecting"}
    assert time.monotonic() - begun < 1
    here.wrong("reconnecting, as a client asked|cannot be reached")
    assert here.client.call("reconnect") == {"status": "reconnecting"}
    network.black(False)
    here.well(wait=40)


def test_a_router_that_flaps(scene):
    here = scene()
    for _ in range(5):
        here.router.down()
        here.wrong("closed|broke|cannot be reached")
        here.router.up()
        here.router.link(BACK)
    here.well()


def test_a_frame_of_two_gigabytes(scene):
    here = scene()
    here.router.tell(lambda: here.router.live()[0].raw(b"\x7f\xff\xff\xff({"))
    here.wrong("broke the protocol|limit")
    here.well()


def test_frames_that_cannot_be_read(scene):
    here = scene()
    here.router.tell(lambda: [here.router.live()[0].text(b"({\"garbage") for _ in range(19)])
    here.hears(here.router)  # nineteen are borne, and a good one lets it count anew
    here.router.tell(lambda: [here.router.live()[0].text(b"({\"garbage") for _ in range(20)])
    here.wrong("nothing readable")
    here.well()


def test_a_router_that_comes_back_without_its_memory(scene):
    here = scene()
    old = here.router.passwords["AlphaMUD"]

    def amnesiac(link):  # takes whoever comes, with a new password
        here.router.passwords.clear()
        here.router.welcome(link)

    here.router.next(amnesiac)
    here.router.kill()
    link = here.well()
    assert link.startup[6:9] == [old, 0, 0]  # no list ids: they mean nothing any more
    new = here.router.passwords["AlphaMUD"]
    assert new != old
    here.router.kill()
    until(lambda: here.router.link(BACK) is not link, BACK)
    assert here.well().startup[6:9] == [new, 0, 0]


def test_a_router_that_answers_under_another_name(scene):
    here = scene()
    here.router.next(here.router.misnamed)
    here.router.kill()
    here.wrong(r"calls itself \"\*wrong\", but is configured as \"\*drill\"; logging in")
    here.wrong(r"calls itself \"\*wrong\", but is configured as \"\*drill\".*; trying")
    here.well()


def test_a_router_that_closes_right_after_the_login(scene):
    here = scene()
    here.router.next(*[here.router.welcome_and_close] * 3)
    here.router.kill()
    here.wrong("closed the connection")
    here.well()


@pytest.mark.parametrize("routers", [0, []], ids=["0", "empty"])
def test_a_router_that_lists_no_routers(scene, drill, routers):
    router = drill()
    router.routers = routers
    here = scene(router)
    here.house.kill()
    here.house.start()
    assert router.link(BACK).startup[6] == router.passwords["AlphaMUD"]


def test_a_router_that_rejects_the_password(scene):
    here = scene()
    here.router.next(here.router.refuse)
    here.router.kill()
    here.wrong(r"refused the login: bad password \(not-allowed\)")
    here.well()


def test_words_after_the_last_attempt_say_that_nothing_comes(gatehouse, drill):
    router = drill()
    router.down()
    house = gatehouse(fast(router, {"connection": {**FAST, "max_reconnect_attempts": 1}}))
    client = house.lines("alpha-key")
    until(lambda: re.search(r"cannot be reached; no more attempts, router.connection.max_reconnect_attempts is 1",
                            client.call("status").get("trouble", "")), BACK)
    assert house.get("/health/ready").status == 503
    router.up()
    client.call("reconnect")
    router.link(BACK)
    house.ready_now(BACK)


# --- two routers ---

@pytest.fixture
def pair(scene, drill):
    first, second = drill("*first"), drill("*second")
    here = scene(first, {"fallback": [place(second)]})
    here.second = second
    return here


def test_a_fallback_is_used_under_its_name_and_left_when_the_primary_returns(pair):
    pair.router.down()
    pair.wrong("cannot be reached")
    link = pair.well(pair.second)
    assert link.startup[6] == 0  # its own password, not that of the other one
    pair.router.up()
    back = pair.well()
    pair.second.wait(lambda: link.ended)
    assert link.of("shutdown")[0][4:] == ["*second", 0, 1]
    assert link.packets[-1][0] == "shutdown"
    assert back.opened > link.ended
    assert back.startup[6] == pair.router.passwords["AlphaMUD"]
    pair.router.down()
    assert pair.well(pair.second).startup[6] == pair.second.passwords["AlphaMUD"]


def test_the_embedded_router_as_a_fallback_is_left_when_the_primary_returns(scene):
    here = scene(changes={"fallback": [{"host": "embedded"}],
                          "embedded": {"enabled": True, "name": "*inside", "listen": ""}})
    here.router.down()
    until(lambda: here.status()["router"] == "*inside" and here.ready()[0], BACK)
    here.client.call("channel_send", channel="chat", message="inside")
    here.client.event("channel_message", message="inside")
    here.router.up()
    here.well()


def test_what_was_accepted_before_the_return_still_reaches_the_fallback(pair):
    pair.router.down()
    link = pair.well(pair.second)
    pair.router.up()
    for number in range(40):  # eight leave at once, the others wait for four seconds
        pair.client.call("tell", target_mud="FarMUD", target_user="zed", message=str(number))
    pair.well()
    assert [packet[7] for packet in link.of("tell")] == [str(number) for number in range(40)]
    assert not [event for event in pair.client.events_so_far("error_occurred")
                if event.get("error_code") == "not-sent" and event["from_mud"] == "*second"]


def test_a_router_is_not_taken_for_dead_because_our_own_queue_is_long(scene):
    here = scene()
    link = here.router.live()[0]
    for number in range(100):  # a probe in this queue leaves after twelve seconds
        here.client.call("tell", target_mud="FarMUD", target_user="zed", message=str(number))
    here.router.wait(lambda: len(link.of("tell")) == 100 or link.ended, 40)
    assert here.well() is link


@pytest.mark.parametrize("mood", ["refuse", "silent"])
def test_a_primary_that_is_there_but_takes_nobody_is_left_again(pair, mood):
    pair.router.down()
    pair.well(pair.second)
    pair.router.tell(lambda: pair.router.moods.append(getattr(pair.router, mood)))
    before = len(pair.router.logins())
    pair.router.up()
    pair.router.wait(lambda: len(pair.router.logins()) > before, BACK)
    pair.house.wait_log("i3_down.*(refused the login|did not answer the login).*next=.?.second",
                        wait=BACK)
    pair.well(pair.second)
    home = pair.second.live()[0].opened
    pair.well(wait=60)  # the second time it lets us in
    logins = pair.router.logins()[before:]
    assert len(logins) == 2
    assert logins[1].opened - home > 2 + 1.5 + 1  # the interval has doubled


def test_a_fallback_is_kept_when_returning_is_switched_off(gatehouse, drill):
    first, second = drill("*first"), drill("*second")
    first.down()
    house = gatehouse(fast(first, {"fallback": [place(second)],
                                   "connection": {**FAST, "return_interval": 0}}))
    second.link(BACK)
    house.ready_now()
    first.up()
    client = house.lines("alpha-key")
    time.sleep(3)  # nothing is what should happen
    assert client.call("status")["router"] == "*second"
    assert not first.links


# --- lists of routers ---

def listed(router):
    return [router.name, f"{router.host} {router.port}"]


def test_two_routers_that_prefer_each_other_move_us_once(gatehouse, drill):
    first, second = drill("*first"), drill("*second")
    first.routers, second.routers = [listed(second)], [listed(first)]
    house = gatehouse(fast(first, {"follow_list": True}))
    here = Scene(house, second)
    link = here.well()
    assert first.logins()[0].of("shutdown")[0][4:] == ["*first", 0, 1]
    house.wait_log(r"router_prefers.*not followed")
    second.tell(lambda: second.welcome(link))  # says so again, unasked
    here.hears(second)
    assert len(first.logins()) == len(second.logins()) == 1
    # From now on it is the preferred one: when it dies the other one is the fallback.
    second.down()
    here.well(first)
    second.up()
    here.well(second)
    assert len(first.logins()) == 2


def test_a_list_that_comes_unasked_is_followed_as_well(gatehouse, drill):
    first, second = drill("*first"), drill("*second")
    here = Scene(gatehouse(fast(first, {"follow_list": True})), first)
    link = here.well()
    first.routers = [listed(second)]
    first.tell(lambda: first.welcome(link))
    here.well(second)
    assert link.packets[-1][0] == "shutdown"
    assert len(first.logins()) == len(second.logins()) == 1


def test_a_list_is_only_told_of_when_it_is_not_to_be_followed(gatehouse, drill):
    first, second = drill("*first"), drill("*second")
    first.routers = [listed(second)]
    here = Scene(gatehouse(fast(first)), first)
    here.well()
    here.house.wait_log(r"router_prefers.*prefers=.?\*second.*router.follow_list is off")
    assert not second.links


def test_learned_routers_are_fallbacks_and_remembered_over_a_restart(gatehouse, drill):
    first, second = drill("*first"), drill("*second")
    # Entries that are none are left out, one by one.
    first.routers = [listed(first), 0, ["*bad", "nowhere"], ["", "127.0.0.1 1"], ["*x"],
                     listed(second), ["*far", "127.0.0.1 99999"]]
    here = Scene(gatehouse(fast(first, {"follow_list": True})), first)
    here.well()
    first.down()
    here.well(second)
    here.house.kill()
    here.house.start()
    link = second.wait(lambda: [link for link in second.live() if link.startup[6]], BACK)[0]
    assert link.startup[6] == second.passwords["AlphaMUD"]
    here.house.ready_now(BACK)


# --- leaving on purpose ---

def test_a_client_that_asks_to_reconnect_makes_us_say_goodbye(scene):
    here = scene()
    link = here.router.live()[0]
    until(lambda: link.opened + 5 < time.monotonic(), 10)  # logins are five seconds apart
    assert here.client.call("reconnect") == {"status": "reconnecting"}
    again = here.router.wait(lambda: link.ended and here.router.live(), BACK)[0]
    assert link.packets[-1] == ["shutdown", 5, "AlphaMUD", 0, "*drill", 0, 1]
    assert again.opened - link.ended > 0.9  # it had the time to see us go
    here.well()


def test_a_reload_that_moves_us_says_goodbye(scene, drill):
    here, other = scene(), drill("*other")
    link = here.router.live()[0]
    here.house.configure(fast(other))
    here.house.hup()
    here.well(other)
    assert link.packets[-1] == ["shutdown", 5, "AlphaMUD", 0, "*drill", 0, 1]


def test_an_identity_that_is_removed_says_goodbye_and_is_forgotten(gatehouse, drill):
    router = drill()
    two = fast(router)
    two["muds"] = [{"name": "BetaMUD", "port": 4001}]
    two["api"]["auth"]["api_keys"].append({"key": "beta-key", "mud_name": "BetaMUD"})
    house = gatehouse(two)
    house.ready_now()
    beta = house.lines("beta-key")
    beta.call("channel_join", channel="chat")
    link = next(link for link in router.live() if link.startup[2] == "BetaMUD")
    for again in range(2):
        house.configure(fast(router))
        house.hup()
        router.wait(lambda: link.ended, BACK)
        assert link.packets[-1] == ["shutdown", 5, "BetaMUD", 0, "*drill", 0, 0]
        assert beta.peer.closed()
        house.wait_log("identity_freed.*BetaMUD", times=again + 1)
        house.configure(two)
        house.hup()
        link = router.wait(lambda: [link for link in router.live()
                                    if link.startup[2] == "BetaMUD"], BACK)[0]
        beta = house.lines("beta-key")
        assert beta.call("status")["mud_name"] == "BetaMUD"


# --- the daemon itself ---

class Faithful:
    """A MUD's client that comes back by itself: it authenticates and joins again."""

    def __init__(self, house):
        self.house, self.client = house, None

    def hear(self, router, wait):
        """Say a line at the router until it is heard here; → seconds that took."""
        begun = time.monotonic()
        while time.monotonic() < begun + wait:
            try:
                if not self.client:
                    self.client = JsonLines(self.house.jsonl, "alpha-key")
                    self.client.call("channel_join", channel="chat")
                text = f"line at {time.monotonic()}"
                router.channel_line(text)
                self.client.event("channel_message", wait=0.3, message=text)
                return time.monotonic() - begun
            except TimeoutError:
                pass  # the link is not there yet
            except (OSError, EOFError, clients.RpcError, json.JSONDecodeError):
                self.client = None
        raise TimeoutError("nothing was heard")


def test_a_client_that_comes_back_by_itself_hears_its_channel_after_each_kill(gatehouse, drill):
    router = drill()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    house = gatehouse(merged_listen(fast(router), port))
    mud = Faithful(house)
    mud.hear(router, BACK)
    for _ in range(3):
        house.kill()
        house.start()
        mud.hear(router, DEADLINE)
    assert len(router.logins()) == 4
    assert len({login.startup[6] for login in router.logins()[1:]}) == 1


def merged_listen(config, port):
    config["listen"] = ["http://127.0.0.1:0", f"jsonl://127.0.0.1:{port}"]
    return config


def test_a_stop_does_not_wait_for_those_who_never_read(gatehouse):
    house = gatehouse(configured())
    house.ready_now()
    deaf = house.lines("alpha-key").peer.socket
    deaf.settimeout(1)
    with pytest.raises(TimeoutError):  # its answers are in the way, so nobody reads it either
        for number in range(100000):
            deaf.sendall(json.dumps({"jsonrpc": "2.0", "id": number,
                                     "method": "rpc.discover"}).encode() + b"\n")
    begun = time.monotonic()
    house.process.terminate()
    assert house.process.wait(20) == 0
    assert 0.5 < time.monotonic() - begun < 3
    house.process.stdout.close()
    house.process = None
