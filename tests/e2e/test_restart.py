# SPDX-License-Identifier: MIT
"""Whatever dies comes back by itself: the daemon, the router, the link between them."""
import time

import pytest
from clients import FakeRouter, Mud
from conftest import configured, routed, until


def test_kill_and_start_again_leads_back_to_ready(gatehouse):
    house = gatehouse()
    house.ready_now()
    house.kill()
    house.restart()
    house.ready_now()
    alpha, beta = house.lines("alpha-key"), house.lines("beta-key")
    alpha.call("tell", target_mud="BetaMUD", target_user="bob", message="again")
    assert beta.event("tell_received")["message"] == "again"


def test_the_password_is_kept_over_kill_the_moment_ready_is_seen(gatehouse, router):
    house = gatehouse(routed(router))
    link = router.login()
    assert link.startup[6] == 0
    house.ready_now()
    house.kill()
    link.close()
    house.start()
    assert router.login().startup[6] == router.password


@pytest.mark.parametrize("again", range(5))
def test_kill_right_after_the_startup_reply_never_loses_a_password_that_was_acknowledged(
        gatehouse, router, again):
    # The daemon says ready only when the password is on disk; killed before, it asks anew.
    house = gatehouse(routed(router))
    link = router.login()
    time.sleep(again * 0.003)  # the moment of death is what varies
    ready = house.get("/health/ready").status == 200
    house.kill()
    link.close()
    house.start()
    password = router.login().startup[6]
    assert password in (0, router.password)
    assert not ready or password == router.password


def test_the_embedded_router_keeps_the_passwords_of_foreign_muds(gatehouse):
    house = gatehouse()
    password = Mud(house.mudmode, "OtherMUD", "*test").password
    house.kill()
    house.start()
    assert Mud(house.mudmode, "OtherMUD", "*test", password).password == password


def test_a_router_that_dies_and_comes_back_is_joined_again_with_its_channels(gatehouse, router):
    house = gatehouse(routed(router))
    link = router.login()
    assert link.startup[4] == router.name
    client = house.lines("alpha-key")
    client.call("channel_join", channel="chat")
    listen = link.packet("channel-listen")
    assert listen[4:] == [router.name, 0, "chat", 1]
    router.close()
    until(lambda: house.get("/health/ready").status == 503)
    again = FakeRouter(port=router.port)
    try:
        link = again.login(wait=20)
        assert link.startup[6] == again.password
        assert link.packet("channel-listen")[4:] == [router.name, 0, "chat", 1]
        house.ready_now()
        client.event("gateway_reconnected", status="connected")
        link.send("channel-m", 5, "FarMUD", "zed", 0, 0, "chat", "Zed", "back")
        assert client.event("channel_message")["message"] == "back"
    finally:
        again.close()


def test_the_last_leave_stops_listening_and_not_before(gatehouse, router):
    house = gatehouse(routed(router))
    link = router.login()
    one, two = house.lines("alpha-key"), house.lines("alpha-key")
    one.call("channel_join", channel="chat")
    two.call("channel_join", channel="chat")
    assert link.packet("channel-listen")[6:] == ["chat", 1]
    one.call("channel_leave", channel="chat")
    one.call("channel_join", channel="dev")
    assert link.packet("channel-listen")[6:] == ["dev", 1]  # no stop of chat before it
    two.call("channel_leave", channel="chat")
    assert link.packet("channel-listen")[6:] == ["chat", 0]


def test_calls_while_the_router_is_away_do_not_break_anything(gatehouse, router):
    house = gatehouse(routed(router))
    router.login()
    house.ready_now()
    client = house.lines("alpha-key")
    router.close()
    until(lambda: client.call("status")["connected"] is False)
    try:
        assert client.call("tell", target_mud="FarMUD", target_user="zed", message="x")
    except Exception as fault:  # an error is as good as "sent", a hang or a crash is not
        assert getattr(fault, "code", 0) < 0
    assert client.call("ping")["pong"] is True


@pytest.mark.parametrize("broken", [
    b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_link_whose_frames_are_broken_is_dialled_again(gatehouse, router, broken):
    house = gatehouse(routed(router))
    link = router.login()
    house.ready_now()
    link.peer.send(broken)
    assert link.peer.closed()
    router.login(wait=20)
    assert house.ready_now()


def test_a_router_that_never_answers_is_given_up_and_dialled_again(gatehouse, router):
    house = gatehouse(routed(router, {"router": {"connection": {"timeout": 1}}}))
    silent = router.accept()
    silent.packet("startup-req-3")
    assert silent.peer.closed()
    assert house.get("/health/ready").status == 503
    router.login(wait=20)
    assert house.ready_now()


def test_a_dead_router_is_noticed_by_silence(gatehouse, router):
    house = gatehouse(routed(router, {"router": {"connection": {"keepalive_interval": 1}}}))
    link = router.login()
    house.ready_now()
    probe = link.packet("auth-mud-req")
    assert probe[2] == probe[4] == link.mud
    link.send(*probe)  # this router loops packets back, so that silence means something
    assert link.peer.closed(90)
    router.login(wait=20)
    assert house.ready_now()


def test_a_fallback_is_greeted_under_its_own_name(gatehouse, router):
    second = FakeRouter("*second")
    try:
        house = gatehouse(routed(router, {"router": {"fallback": [
            {"name": "*second", "host": "127.0.0.1", "port": second.port}]}}), start=False)
        router.close()
        house.start()
        assert second.login(wait=20).startup[4] == "*second"
        assert house.ready_now()
    finally:
        second.close()


def test_packets_to_a_router_are_paced(gatehouse, router):
    house = gatehouse(routed(router))
    link = router.login()
    house.ready_now()
    client = house.lines("alpha-key")
    for number in range(40):
        client.call("tell", target_mud="FarMUD", target_user="zed", message=str(number))
    times = []
    for number in range(24):
        assert link.packet("tell")[7] == str(number)
        times.append(time.monotonic())
    # A flood limit of 10 a second must never be met; 24 packets need more than a second.
    for start, end in zip(times, times[12:]):
        assert end - start > 0.7


def test_stopping_says_shutdown_to_the_router(gatehouse, router):
    house = gatehouse(routed(router))
    link = router.login()
    house.ready_now()
    house.stop()
    packet = link.packet("shutdown")
    assert packet[4] == router.name and isinstance(packet[6], int)
    assert link.peer.closed()


def test_stopping_with_many_busy_clients_is_quick_and_clean(gatehouse):
    house = gatehouse(configured())
    house.ready_now()
    clients = [house.ws("alpha-key") for _ in range(20)] + [house.lines("beta-key") for _ in range(20)]
    for client in clients:
        client.call("channel_join", channel="chat")
    for number in range(200):
        clients[number % 40].post({"jsonrpc": "2.0", "id": number, "method": "channel_send",
                                   "params": {"channel": "chat", "message": "busy"}})
    begun = time.monotonic()
    house.stop()
    assert time.monotonic() - begun < 10
    assert all(client.peer.closed() for client in clients)


def test_a_port_in_use_is_a_start_error_that_names_it(gatehouse):
    house = gatehouse()
    port = house.jsonl[1]
    second = gatehouse(configured({"listen": [f"jsonl://127.0.0.1:{port}"]}), start=False)
    result = second.run("run", "-c", second.config)
    assert result.returncode == 1
    assert str(port) in result.stderr


def test_a_store_that_cannot_be_opened_is_a_start_error(gatehouse):
    house = gatehouse(configured({"store": {"path": "/proc/nowhere/gatehouse.db"}}), start=False)
    result = house.run("run", "-c", house.config)
    assert result.returncode == 1
    assert "/proc/nowhere" in result.stderr


def test_the_first_login_is_announced_as_a_later_one_is(gatehouse, router):
    house = gatehouse(routed(router))
    client = house.lines("alpha-key")
    assert client.call("status")["connected"] is False
    router.login()
    event = client.event("gateway_reconnected")
    assert event["status"] == "connected" and event["message"]
    assert client.call("status")["connected"] is True


def test_a_router_that_prefers_another_is_stayed_with_and_the_log_says_so(gatehouse, router):
    house = gatehouse(routed(router))
    link = router.accept()
    link.mud = link.packet("startup-req-3")[2]
    link.send("startup-reply", 5, router.name, 0, link.mud, 0,
              [["*other", "127.0.0.1 1"]], router.password)
    assert house.ready_now()
    assert house.wait_log(r"prefers=.?\*other")
