# SPDX-License-Identifier: MIT
"""Errors of MUDs that were never asked, about packets that were sent to somebody else."""
import pytest
from clients import Mud


@pytest.fixture
def muds(house):
    both = [Mud(house.mudmode, name, "*test") for name in ("FrogMUD", "EvilMUD")]
    both[0].presence("EvilMUD")
    yield both
    for mud in both:
        mud.close()


def test_a_third_mud_cannot_say_that_a_player_is_not_there(house, muds):
    frog, evil = muds
    alpha = house.lines("alpha-key")
    alpha.post({"jsonrpc": "2.0", "id": "f", "method": "finger", "params": {
        "target_mud": "FrogMUD", "target_user": "bob", "from_user": "ann", "wait": 10}})
    asked = frog.packet("finger-req")
    evil.to("error", "AlphaMUD", "ann", "unk-user", "nobody", asked)
    alpha.event("error_occurred", from_mud="EvilMUD")
    frog.to("finger-reply", "AlphaMUD", "ann", "Bob", 0, 0, 0, 0, 5, 0, "7", 0)
    reply = alpha.answer()
    assert reply["id"] == "f"
    assert reply["result"]["user_info"]["name"] == "Bob"


def test_a_mud_cannot_say_that_a_channel_is_refused(house, muds):
    alpha = house.lines("alpha-key")
    alpha.call("channel_join", channel="chat")
    evil = muds[1]
    evil.to("error", "AlphaMUD", 0, "not-allowed", "no",
            ["channel-listen", 5, "AlphaMUD", 0, "*test", 0, "chat", 1])
    alpha.event("error_occurred", from_mud="EvilMUD")
    assert "channel_refused" not in house.log()
