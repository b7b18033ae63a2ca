# SPDX-License-Identifier: MIT
"""The fakes against each other, so that a wrong fake is not taken for a wrong daemon."""
import threading

import clients
import lpc
import pytest

VALUES = [0, -5, 2**63 - 1, "", 'a "b" \\ c', "line\nline", "return\r", "grün", [], {}, [0, "x", [1]],
          {"a": [1, {"b": 0}], "c": ""}, 1.5]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_lpc_reads_what_it_writes(value):
    assert lpc.read(lpc.write(value)) == value


@pytest.mark.parametrize("text", [b"", b'"', b'({"a"})', b"({", b"(a)", b"({1,}) "])
def test_lpc_refuses_what_is_not_canonical(text):
    with pytest.raises(ValueError):
        lpc.read(text)


def test_a_mud_logs_in_at_the_fake_router_and_hears_its_lists(router):
    served = {}
    thread = threading.Thread(target=lambda: served.update(link=router.login()))
    thread.start()
    mud = clients.Mud(("127.0.0.1", router.port), "SomeMUD", router.name)
    thread.join(clients.DEADLINE)
    assert mud.password == router.password
    assert mud.presence("SomeMUD")[1] == "127.0.0.1"
    assert mud.packet("chanlist-reply")[7]["chat"] == [router.name, 0]
    mud.listen("chat")
    assert served["link"].packet("channel-listen")[4:] == [router.name, 0, "chat", 1]
    mud.close()
    assert served["link"].peer.closed()
