# SPDX-License-Identifier: MIT
"""Node's ws, the library most JavaScript clients use, as Debian ships it."""
import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "node/client.js"
MODULES = "/usr/share/nodejs"  # where Debian keeps Node's modules


@pytest.mark.parametrize("path", ["", "/ws"])
def test_nodes_ws_talks(house, path):
    host, port = house.http
    result = subprocess.run(
        ["node", SCRIPT, f"ws://{host}:{port}{path}", "alpha-key", "beta-key"], timeout=30,
        env={**os.environ, "NODE_PATH": MODULES}, capture_output=True, text=True, check=False)
    assert result.stdout == "good\n", result.stderr
