# SPDX-License-Identifier: MIT
"""Counters on the metrics page that no other test looks at: each is moved by what it counts."""
import pytest
from clients import Peer, RpcError
from conftest import until
from networks import Network, metric
from test_oob import oob_config, send


def test_connections_and_packets_are_counted(house):
    accepted = metric(house, "gatehouse_accepted_total")
    alpha, beta = house.lines("alpha-key"), house.lines("beta-key")
    assert metric(house, "gatehouse_accepted_total") >= accepted + 2
    house.ready_now()
    routed = metric(house, "gatehouse_router_routed_total")
    alpha.call("tell", target_mud="BetaMUD", target_user="bob", message="hi")
    beta.event("tell_received")
    assert metric(house, "gatehouse_router_routed_total") == routed + 1


def test_talk_that_is_switched_off_is_counted(house):
    alpha = house.lines("alpha-key")
    alpha.call("network_switch", on=False)
    with pytest.raises(RpcError):
        alpha.call("tell", target_mud="BetaMUD", target_user="bob", message="hi")
    assert metric(house, "gatehouse_moderated_off_total") == 1


def test_what_is_kept_for_sessions_and_sent_again_is_counted(house):
    house.ready_now()
    alpha, beta = house.lines("alpha-key"), house.lines("beta-key")
    seq = alpha.session["seq"]
    alpha.call("tell", target_mud="BetaMUD", target_user="bob", message="hi")
    beta.event("tell_received")
    until(lambda: metric(house, "gatehouse_tape_kept_total") > 0)
    assert metric(house, "gatehouse_tape_not_kept_total") == 0
    back = house.lines()
    back.call("authenticate", api_key="beta-key", last_seq=seq,
              session_id=beta.session["session_id"])
    assert back.event("tell_received")["message"] == "hi"
    assert metric(house, "gatehouse_tape_replayed_total") >= 1


def test_mail_and_its_links_are_counted(gatehouse):
    house = gatehouse(oob_config())
    house.ready_now()
    alpha, beta = house.lines("alpha-key"), house.lines("beta-key")
    send(alpha)
    beta.event("mail_received")
    alpha.event("mail_status")
    assert metric(house, "gatehouse_mail_sent_total") == 1
    assert metric(house, "gatehouse_mail_received_total") == 1
    until(lambda: metric(house, "gatehouse_oob_links") == 0)
    link = Peer(house.oob)
    until(lambda: metric(house, "gatehouse_oob_links") == 1)
    link.close()
    until(lambda: metric(house, "gatehouse_oob_links") == 0)


def test_what_peers_send_is_counted(gatehouse):
    network = Network(gatehouse).link()
    assert metric(network.one, "gatehouse_router_peer_received_total") > 0
