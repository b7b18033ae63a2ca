# SPDX-License-Identifier: MIT
"""docs/PLAYERS.md: its configurations are good, the first of them does what the page says, and what it
names is there."""
import re
import subprocess

import pytest
from conftest import BINARY, ROOT
from test_telnet_game import game  # noqa: F401

PAGE = (ROOT / "docs/PLAYERS.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)


@pytest.mark.parametrize("block", range(len(BLOCKS)))
def test_each_configuration_is_good(block):
    done = subprocess.run([str(BINARY), "run", "--check-config", "-c", "/dev/stdin"], 
                          input=BLOCKS[block], text=True, capture_output=True, timeout=20, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_the_first_five_minutes(gatehouse, game):  # noqa: F811
    merc = game("merc")
    house = gatehouse(BLOCKS[0].replace("127.0.0.1:4000", "127.0.0.1:0")
                      .replace("4001", str(merc.port)))
    shown = re.search(r"```\n(By what name.*?)```", PAGE, re.S)[1].splitlines()
    player = house.player()
    player.send("")
    player.expect(shown[0].removesuffix("Bob"))
    player.send("Bob")
    player.expect("Password: ")
    merc.kill()
    player.expect(shown[1])
    merc.start()
    player.expect(shown[2])
    player.expect(shown[3])


def test_the_words_it_names_are_those_there_are(gatehouse, game):  # noqa: F811
    merc = game("merc")
    house = gatehouse(BLOCKS[0].replace("127.0.0.1:4000", "127.0.0.1:0")
                      .replace("4001", str(merc.port)))
    player = house.player()
    player.send("//help")
    told = player.expect("is not given to the game")
    assert set(re.findall(r"`//(\w+)`", PAGE)) >= set(re.findall(r"^ *//(\w+)", told, re.M))
