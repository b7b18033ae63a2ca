# SPDX-License-Identifier: MIT
"""The calls that docs/INTERMUD.md prints, made as printed, and its configurations checked."""
import json
import re
import subprocess

import pytest
import yaml
from conftest import BINARY, ROOT

PAGE = (ROOT / "docs/INTERMUD.md").read_text()


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.M | re.S)


CALLS = [json.loads(line) for block in blocks("json") for line in block.splitlines()]
CONFIGURATIONS = blocks("yaml")


def test_the_calls_of_the_page_are_answered_one_after_the_other(gatehouse):
    house = gatehouse({
        "mud": {"name": "Gatehouse", "port": 4000},
        "muds": [{"name": "DemoMUD", "port": 4001}],
        "listen": ["http://127.0.0.1:0", "jsonl://127.0.0.1:0"], "metrics": {"port": 0},
        "router": {"embedded": {"listen": "mudmode://127.0.0.1:0"}},
        "api": {"auth": {"api_keys": [{"key": "docs-key", "mud_name": "Gatehouse"}]}},
        "channels": {"default_channels": [{"name": "chat", "type": "public"}]}})
    house.ready_now()
    session = house.lines("docs-key")
    for call in CALLS:
        reply = session.ask(call, 40)
        assert reply["id"] == call["id"] and "result" in reply, (call, reply)
        assert reply["result"].get("status") != "refused", (call, reply)


def test_there_are_calls_and_they_are_numbered():
    assert [c["id"] for c in CALLS] == list(range(1, len(CALLS) + 1)) and len(CALLS) > 10


@pytest.mark.parametrize("text", CONFIGURATIONS, ids=range(len(CONFIGURATIONS)))
def test_a_configuration_of_the_page_is_good(tmp_path, text):
    whole = {"mud": {"name": "YourMUD", "port": 4000, "admin_email": "you@example.org"},
             "api": {"auth": {"api_keys": [{"key": "docs-key", "mud_name": "YourMUD"}]}},
             **yaml.safe_load(text)}
    path = tmp_path / "page.yaml"
    path.write_text(yaml.safe_dump(whole))
    done = subprocess.run([str(BINARY), "--check-config", "-c", str(path)], capture_output=True,
                          text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
