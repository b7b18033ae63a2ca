# SPDX-License-Identifier: MIT
"""Attacks that once worked, against the whole daemon."""
import signal
import socket

import clients
import pytest
from conftest import configured, until


def test_a_reload_while_stopping_does_not_keep_the_daemon_alive(gatehouse):
    house = gatehouse()
    client = house.lines("alpha-key")
    house.process.send_signal(signal.SIGTERM)
    house.process.send_signal(signal.SIGHUP)
    assert house.process.wait(clients.DEADLINE) == 0
    client.close()


@pytest.mark.parametrize("text", ["", "logging: {level: INFO}\n"])
def test_a_configuration_cut_short_does_not_bring_the_demonstration(gatehouse, text):
    house = gatehouse()
    house.configure(text)
    house.hup()
    house.wait_log("reload_refused why=\"the configuration names no MUD\"")
    assert house.lines("alpha-key").call("ping")["pong"] is True


def test_what_a_browser_posts_to_the_line_port_is_not_obeyed(gatehouse):
    house = gatehouse()
    with socket.create_connection(house.jsonl, timeout=clients.DEADLINE) as peer:
        peer.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n\r\n"
                     b'{"jsonrpc":"2.0","id":1,"method":"authenticate",'
                     b'"params":{"api_key":"alpha-key"}}\n')
        said = b""
        while more := peer.recv(4096):
            said += more
    assert b"-32700" in said
    assert b"session_id" not in said


def test_one_long_reply_of_another_mud_costs_no_session(gatehouse):
    house = gatehouse()
    client = house.lines("alpha-key")
    evil = clients.Mud(house.mudmode, "Evil", "*test")
    evil.send_raw(b'({"who-reply",5,"Evil",0,"AlphaMUD","x",({' + b"({})," * 190000 + b"}),})")
    client.event("who_reply")
    until(lambda: client.call("ping")["pong"])
