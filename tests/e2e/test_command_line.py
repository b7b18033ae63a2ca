# SPDX-License-Identifier: MIT
"""What the command line promises: exit codes, and messages that name the place."""
import subprocess

import pytest
from conftest import BINARY, configured


def run(*arguments, cwd):
    return subprocess.run([str(BINARY), *map(str, arguments)], cwd=cwd, text=True,
                          capture_output=True, timeout=20, check=False)


def test_version(tmp_path):
    result = run("--version", cwd=tmp_path)
    assert result.returncode == 0
    assert result.stdout.startswith("gatehouse ")


def test_help(tmp_path):
    result = run("--help", cwd=tmp_path)
    assert result.returncode == 0
    assert "--check-config" in result.stdout


@pytest.mark.parametrize("arguments", [["--nonsense"], ["nonsense"], ["-c"]])
def test_wrong_usage_exits_with_2(tmp_path, arguments):
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr


@pytest.mark.parametrize("flag", ["--check-config", "--dry-run"])
def test_a_good_file_is_called_valid_and_nothing_is_left_behind(tmp_path, gatehouse, flag):
    house = gatehouse(configured(), start=False)
    result = house.run(flag, "-c", house.config)
    assert result.returncode == 0, result.stderr
    assert "valid" in result.stdout.lower()
    assert sorted(p.name for p in house.directory.iterdir()) == ["gatehouse.yaml"]


@pytest.mark.parametrize("text, place, words", [
    ("mud: {name: A}\napi: {prot: 1}\n", ":2:", ["prot", "port"]),
    ("mud: {name: A}\napi:\n  port: many\n", ":3:", ["port"]),
    ("mud: {name: A}\napi:\n  port: 70000\n", ":3:", ["65535"]),
    ("mud: {name: A\n", ":", []),
    ("mud: {port: 1}\n", ":", ["name"]),
    ("mud: {name: A}\nlisten: ['gopher://127.0.0.1:70']\n", ":2:", ["jsonl"]),
])
def test_a_bad_file_exits_with_1_and_says_where_and_what(tmp_path, text, place, words):
    (tmp_path / "bad.yaml").write_text(text)
    result = run("--check-config", "-c", "bad.yaml", cwd=tmp_path)
    assert result.returncode == 1
    assert f"bad.yaml{place}" in result.stderr
    for word in words:
        assert word in result.stderr


def test_a_missing_file_exits_with_1_and_names_it(tmp_path):
    result = run("run", "-c", "nowhere.yaml", cwd=tmp_path)
    assert result.returncode == 1
    assert "nowhere.yaml" in result.stderr


OLD_FILE = """
mud: {name: OldMUD, port: 4100, admin_email: old@example.org, services: {tell: 1, chanlist-req: 1}}
router:
  primary: {host: 127.0.0.1, port: 1}
  connection: {max_reconnect_attempts: 10}
gateway: {port: 4001, auth: {enabled: true, secret: "${SECRET:abc}"}}
api:
  port: 0
  host: 127.0.0.1
  tcp: {port: 0, buffer_size: 4096}
  auth: {api_keys: [{key: "${KEY:some-key}", mud_name: OldMUD, rate_limit_override: null}]}
logging: {level: INFO, max_size: 10485760}
development: {debug: false}
"""


def test_the_older_gateways_file_is_accepted_and_each_idle_key_is_named_once(tmp_path):
    (tmp_path / "old.yaml").write_text(OLD_FILE)
    result = run("--check-config", "-c", "old.yaml", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    for key in ("gateway.port", "api.tcp.buffer_size", "logging.max_size", "chanlist-req"):
        assert result.stderr.count(key) == 1, key
    assert "abc" not in result.stderr


def test_the_environment_file_fills_what_the_environment_does_not_say(tmp_path, gatehouse):
    house = gatehouse(configured({"api": {"auth": {"api_keys": [
        {"key": "${E2E_KEY}", "mud_name": "${E2E_MUD:AlphaMUD}"}]}}}), start=False)
    (house.directory / ".env").write_text("E2E_KEY=from-the-file\nE2E_MUD=BetaMUD\n")
    house.env = {"E2E_KEY": "from-the-environment"}
    house.start()
    assert house.lines("from-the-environment").session["mud_name"] == "BetaMUD"
