# SPDX-License-Identifier: MIT
"""A router that sends a new password all the time: the newest counts, and the store has room for what
others want kept."""
import struct

import lpc
from conftest import routed, until

FLOOD = 60000


def startup_reply(link, router, password):
    text = lpc.write(["startup-reply", 5, router.name, 0, link.mud, 0,
                      [[router.name, f"127.0.0.1 {router.port}"]], password])
    return struct.pack(">I", len(text) + 1) + text + b"\0"


def test_a_flood_of_passwords_fills_no_store_and_the_last_one_counts(gatehouse, router):
    house = gatehouse(routed(router, {"logging": {"level": "INFO"}}))
    link = router.login()
    house.ready_now()
    alpha = house.lines("alpha-key")
    link.peer.send(b"".join(startup_reply(link, router, 1000 + n) for n in range(1, FLOOD + 1)))
    for n in range(60):
        alpha.call("moderation_add", kind="mute", user=f"u{n}")
    link.send("ping-req", 5, router.name, 0, link.mud, 0)
    link.packet("ping-reply")
    link.close()
    again = router.login()
    assert again.startup[6] == 1000 + FLOOD
    house.ready_now()
    assert not [e for e in alpha.events if e["params"].get("change") == "not_kept"]
    assert until(lambda: "not_kept" not in house.log())
    rules = len(alpha.call("moderation_list", limit=200)["rules"])
    house.kill()
    house.start()
    router.login()
    house.ready_now()
    assert len(house.lines("alpha-key").call("moderation_list", limit=200)["rules"]) == rules == 60
