# SPDX-License-Identifier: MIT
"""The real daemon for every test: in a directory of its own, on ports the system chooses, watched
until its end.  GATEHOUSE_BIN names another binary than build/gatehouse, e.g. a sanitized one."""
import copy
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))

import clients  # noqa: E402
import telnet  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("GATEHOUSE_BIN", ROOT / "build/gatehouse")).resolve()
SANITIZED = BINARY.exists() and b"__asan_init" in BINARY.read_bytes()
BROKEN = re.compile(r"bug at |runtime error:|ERROR: \w+Sanitizer|Assertion .* failed")
START_SECONDS = 20
STOP_SECONDS = 20

BASE = {
    "mud": {"name": "AlphaMUD", "port": 4000, "admin_email": "a@example.org"},
    "muds": [{"name": "BetaMUD", "port": 4001, "admin_email": "b@example.org"}],
    "listen": ["http://127.0.0.1:0", "jsonl://127.0.0.1:0"],
    "metrics": {"port": 0},
    "router": {"embedded": {"name": "*test", "listen": "mudmode://127.0.0.1:0"}},
    "logging": {"level": "DEBUG", "format": "console"},
    "api": {
        "auth": {"api_keys": [
            {"key": "alpha-key", "mud_name": "AlphaMUD"},
            {"key": "beta-key", "mud_name": "BetaMUD"},
            {"key": "info-key", "mud_name": "AlphaMUD", "permissions": ["info"]},
            {"key": "classic-key", "mud_name": "AlphaMUD",
             "permissions": ["tell", "channel", "info"]},
            {"key": "slow-key", "mud_name": "AlphaMUD", "rate_limit_override": 1},
        ]},
        "rate_limits": {"default": {"per_minute": 60000, "burst": 1000}},
    },
}


def merged(base, changes):
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merged(base[key], value)
        else:
            base[key] = value
    return base


def configured(changes=None):
    """The configuration most tests use, with changes merged into it."""
    return merged(copy.deepcopy(BASE), changes or {})


def routed(router, changes=None):
    """One identity at somebody else's router."""
    return merged(configured({
        "muds": [],
        "api": {"auth": {"api_keys": [{"key": "alpha-key", "mud_name": "AlphaMUD"}]}},
        "router": {
            "embedded": {"enabled": False, "listen": ""},
            "primary": {"name": router.name, "host": "127.0.0.1", "port": router.port},
            "connection": {"reconnect_delay": 1},
        },
    }), changes or {})


class Gatehouse:
    def __init__(self, directory, config, env=None, network=None):
        self.directory, self.env, self.network = directory, env or {}, network
        self.config = directory / "gatehouse.yaml"
        self.stderr = directory / "stderr.log"
        self.configure(config)
        self.process = None
        self.clients = []

    def configure(self, config):
        text = config if isinstance(config, str) else yaml.safe_dump(config, sort_keys=False)
        self.config.write_text(text)

    def run(self, *arguments, **options):
        """Run the binary to its end, for its command line."""
        return subprocess.run([str(BINARY), *map(str, arguments)], cwd=self.directory, text=True,
                              capture_output=True, timeout=START_SECONDS, check=False, **options)

    def start(self):
        with self.stderr.open("ab") as log:
            inside = self.network.prefix() if self.network else []
            self.process = subprocess.Popen(
                [*inside, str(BINARY), "run", "-c", str(self.config)], cwd=self.directory,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                env={**os.environ, **self.env})
        self.ready = self.first_line()
        assert self.ready.startswith("ready "), f"{self.ready!r}\n{self.log()}"
        self.addresses = {}
        for pair in self.ready.split()[1:]:
            name, _, address = pair.partition("=")
            host, _, port = address.rpartition(":")
            if host == "unix":
                self.addresses[name] = port
                continue
            at = host.strip("[]"), int(port)
            self.addresses[name] = self.network.address(*at) if self.network else at
        return self

    def first_line(self):
        out, line = self.process.stdout, b""
        deadline = time.monotonic() + START_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0, deadline - time.monotonic())):
                    raise TimeoutError(f"not ready: {line!r}\n{self.log()}")
                byte = os.read(out.fileno(), 1)
                if not byte:
                    raise EOFError(f"ended with {self.process.wait()}: {line!r}\n{self.log()}")
                line += byte
        return line.decode().strip()

    def __getattr__(self, name):
        # .http, .jsonl, .mudmode, .metrics, ...: an address of the ready line
        try:
            return self.__dict__["addresses"][name]
        except KeyError:
            raise AttributeError(name) from None

    def log(self):
        return self.stderr.read_text(errors="replace") if self.stderr.exists() else ""

    def wait_log(self, pattern, times=1, wait=clients.DEADLINE):
        """Wait until the log matches the pattern this often."""
        return until(lambda: len(re.findall(pattern, self.log())) >= times, wait,
                     lambda: f"{pattern!r} is not in the log {times} times")

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def hup(self):
        self.process.send_signal(signal.SIGHUP)

    def kill(self):
        """As a crash or the kernel's OOM killer would."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)
        self.process.stdout.close()
        self.process = None

    def stop(self):
        """Stop in order → what it printed after the ready line."""
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=STOP_SECONDS)
        status, self.process = self.process.returncode, None
        assert status == 0, f"ended with {status}\n{self.log()}"
        return out.decode()

    def restart(self):
        """A new process on the same directory, whether the old one is stopped or was killed."""
        if self.process:
            self.stop()
        return self.start()

    # --- clients on it ---

    def lines(self, key=None, **options):
        self.clients.append(clients.JsonLines(self.jsonl, key, **options))
        return self.clients[-1]

    def ws(self, key=None, **options):
        self.clients.append(clients.WebSocket(self.http, key, **options))
        return self.clients[-1]

    def player(self, agrees=(), **options):
        """A telnet client of the gate."""
        self.clients.append(telnet.Telnet(self.telnet, agrees, **options))
        return self.clients[-1]

    def get(self, path, **options):
        return clients.http(self.http, path, **options)

    def ready_now(self, wait=clients.DEADLINE):
        """Wait until every identity is logged in at its router."""
        return until(lambda: self.get("/health/ready").status == 200, wait, lambda: "not ready")


def until(condition, wait=clients.DEADLINE, words=lambda: "it did not come true"):
    """Ask again and again: for what the daemon does not announce."""
    deadline = time.monotonic() + wait
    pause = 0.005
    while not condition():
        assert time.monotonic() < deadline, words()
        time.sleep(pause)
        pause = min(0.1, pause * 1.5)
    return True


@pytest.fixture
def gatehouse(tmp_path, request):
    """gatehouse(config, env=…) → a running daemon.  Several may run in one test."""
    houses = []

    def make(config=None, env=None, start=True, network=None):
        directory = tmp_path / f"house{len(houses)}"
        directory.mkdir()
        house = Gatehouse(directory, configured() if config is None else config, env, network)
        houses.append(house)
        return house.start() if start else house

    yield make
    faults = []
    for house in houses:
        try:
            for client in house.clients:  # a stop waits a moment for those who are still there
                client.close()
            if house.process:
                house.stop()
        except (AssertionError, subprocess.TimeoutExpired) as fault:
            faults.append(str(fault))
            if house.process:
                house.kill()
        broken = BROKEN.search(house.log())
        if broken:
            faults.append(f"the log says {broken[0]!r}")
    report = getattr(request.node, "report", None)
    if faults or report is None or report.failed:
        for house in houses:
            print(f"--- {house.stderr}\n{house.log()[-20000:]}")
    assert not faults, "\n".join(faults)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.report = outcome.get_result()


@pytest.fixture
def house(gatehouse):
    """A daemon with two identities on its embedded router, both logged in."""
    running = gatehouse()
    running.ready_now()
    return running


@pytest.fixture(params=["tcp", "ws"])
def connect(request, house):
    """connect(key) → a client; every test that uses it runs over TCP and over WebSocket."""
    return house.lines if request.param == "tcp" else house.ws


@pytest.fixture
def router():
    fake = clients.FakeRouter()
    yield fake
    fake.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """certificate(name) → (certificate, key): a new self-signed pair for this common name."""
    directory = tmp_path_factory.mktemp("certificates")

    def make(name):
        cert, key = directory / f"{name}.pem", directory / f"{name}.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
             "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", cert, "-keyout", key],
            check=True, capture_output=True, timeout=60)
        return cert, key

    return make
