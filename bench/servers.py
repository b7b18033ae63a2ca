# SPDX-License-Identifier: MIT
"""Starting what is measured: the daemon, its peers, the echo server.  Each prints one line
"ready NAME=HOST:PORT ..." when it is up; nginx does not, so its port is tried until it answers."""
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results"
PYTHON = "/usr/bin/python3"  # the distribution's: it has the distribution's websockets
START_S = 20
CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU, CLIENT_CPU = CPUS[0], CPUS[1 % len(CPUS)]


class Missing(Exception):
    """A server that cannot be had here; its text says why and what would help."""


def on_cpu(cpu):
    return lambda: os.sched_setaffinity(0, {cpu})


def memory_of(pid):
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kib = {line.split()[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
    return kib["Rss:"] * 1024, kib["Pss:"] * 1024


class Server:
    """A child on the server's core.  `ports` is what its ready line said."""

    name = ""
    cpu = SERVER_CPU
    remark = ""  # for the report's notes

    def __init__(self, directory):
        self.directory = Path(directory) / self.name
        self.directory.mkdir(parents=True, exist_ok=True)
        self.ports, self.process, self.ready_s = {}, None, 0.0

    def command(self):
        raise NotImplementedError

    def start(self):
        from_s = time.monotonic()
        self.log = open(self.directory / "log", "ab")
        self.process = subprocess.Popen(
            self.command(), stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL,
            cwd=self.directory, preexec_fn=on_cpu(self.cpu))
        try:
            self.wait_ready(from_s + START_S)
        except Missing:
            self.stop()
            raise
        self.ready_s = time.monotonic() - from_s
        return self

    def wait_ready(self, deadline):
        line, pipe = b"", self.process.stdout.fileno()
        while not line.endswith(b"\n") or not line.split(b"\n")[-2].startswith(b"ready "):
            readable = select.select([pipe], [], [], max(0, deadline - time.monotonic()))[0]
            got = os.read(pipe, 65536) if readable else b""
            if not got:
                raise Missing(f"{self.name} did not start: {self.last_words()}")
            line += got
        for word in line.decode().split("\n")[-2].split()[1:]:
            key, _, address = word.partition("=")
            host, _, port = address.rpartition(":")
            if port.isdigit():
                self.ports[key] = (host, int(port))

    def last_words(self):
        words = (self.directory / "log").read_text(errors="replace").strip()
        return words[-400:] or "it said nothing"

    def pids(self):
        """The process and its children, where the kernel tells (CONFIG_PROC_CHILDREN)."""
        me = self.process.pid
        path = Path(f"/proc/{me}/task/{me}/children")
        children = path.read_text().split() if path.exists() else []
        return ",".join([str(me), *children])

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Gatehouse(Server):
    name = "gatehouse"
    KEY, SINK_KEY = "bench-key", "sink-key"
    MORE_KEYS = {}  # key: MUD
    CHANNELS = ["bench"]
    LISTEN = []  # more sockets
    FLOOD = {"per_second": 10000, "burst": 100000}
    SETTINGS = {}  # below "api.session" and the like: what differs from what is shipped
    binary = ROOT / "build" / "gatehouse"

    def state(self):
        return self.directory / "state"

    def start(self):
        """A process that knows no session: those of the last run would still be sent everything."""
        shutil.rmtree(self.state(), ignore_errors=True)
        return super().start()

    def afresh(self):
        self.stop()
        return self.start()

    def command(self):
        if not self.binary.exists():
            raise Missing(f"{self.binary.name} is not built")
        keys = [{"key": key, "mud_name": mud, "permissions": ["*"], "rate_limit_override": 1000000000}
                for key, mud in {self.KEY: "Bench", self.SINK_KEY: "Sink", **self.MORE_KEYS}.items()]
        limit = {"max_connections": 100000}
        config = {
            "mud": {"name": "Bench", "port": 4000, "admin_email": "bench@example.org"},
            "listen": ["http://127.0.0.1:0", "jsonl://127.0.0.1:0", *self.LISTEN],
            "metrics": {"enabled": False},
            "router": {
                "embedded": {"enabled": True, "name": "*bench", "listen": "mudmode://127.0.0.1:0",
                             "flood": self.FLOOD},
                "primary": {"name": "*bench", "host": "embedded"}},
            "channels": {"default_channels": [{"name": c, "type": "public"} for c in self.CHANNELS]},
            "api": {"auth": {"api_keys": keys}, "websocket": limit, "tcp": limit,
                    "rate_limits": {"default": {"per_minute": 1000000000, "burst": 1000000000}}},
            "logging": {"level": "WARNING"},
            "state": {"directory": str(self.state())},
        }
        for name, value in self.SETTINGS.items():
            *above, last = name.split(".")
            at = config
            for part in above:
                at = at.setdefault(part, {})
            at[last] = value
        path = self.directory / "bench.yaml"
        path.write_text(json.dumps(config, indent=1))  # JSON is YAML
        return [str(self.binary), "run", "-c", str(path)]


class Router(Gatehouse):
    """The daemon as other people's router: many channels, the flood limit of every day."""

    CHANNELS = [f"c{n:03}" for n in range(150)]
    FLOOD = {"per_second": 20, "burst": 40}


class Bridge(Gatehouse):
    BRIDGE_KEY = "bridge-key"
    SETTINGS = {"bridge.enabled": True, "bridge.api_key": BRIDGE_KEY,
                "bridge.listen": "http://127.0.0.1:0"}


class Tapes(Gatehouse):
    """Long tapes, and nothing else that grows with every message."""

    MUDS = [f"Away{n}" for n in range(8)]
    MORE_KEYS = {f"{mud}-key": mud for mud in MUDS}
    SETTINGS = {"api.session.max_queue_size": 100000, "api.session.queue_ttl": 86400,
                "channels.history_size": 0, "channels.history_stored": 0}


class OnDisk(Gatehouse):
    """As shipped: sessions, what is on their tapes and the channels' lines are kept on the disk."""

    name = "on disk"


class OnShm(Gatehouse):
    """The same in a file system that is memory: all of the work, none of the waiting."""

    name = "in /dev/shm"

    def state(self):
        return Path("/dev/shm") / f"gatehouse-bench-{os.getpid()}"

    def stop(self):
        super().stop()
        shutil.rmtree(self.state(), ignore_errors=True)

    def start(self):
        if not os.access("/dev/shm", os.W_OK):
            raise Missing("there is no /dev/shm")
        return super().start()


class InMemory(Gatehouse):
    """Nothing is kept for a restart: sessions end with their connections, no lines are stored."""

    name = "in memory"
    SETTINGS = {"api.session.timeout": 0, "channels.history_stored": 0}


class Before(Gatehouse):
    """Another build of the daemon, given with --against."""

    name = "the other build"
    binary = None

    def start(self):
        if not self.binary:
            raise Missing("needs --against BINARY")
        return super().start()


class Ws(Server):
    name = "node ws"
    SCRIPT = "ws.js"

    def command(self):
        node, npm = shutil.which("node"), shutil.which("npm")
        if not node:
            raise Missing("needs apt-get install nodejs npm")
        if not npm:
            return self.distributions(node)
        wanted = json.loads((HERE / "peers/package.json").read_text())["dependencies"]["ws"]
        have = HERE / "peers/node_modules/ws/package.json"
        if not have.exists() or json.loads(have.read_text())["version"] != wanted:
            done = subprocess.run([npm, "install", "--no-package-lock", "--no-audit", "--no-fund"],
                                  cwd=HERE / "peers", capture_output=True, text=True)
            if done.returncode:
                raise Missing(f"npm install of ws {wanted} failed: {done.stderr.strip()[-200:]}")
        return [node, str(HERE / "peers" / self.SCRIPT)]

    def distributions(self, node):
        environment = f"NODE_PATH=/usr/share/nodejs:{os.environ.get('NODE_PATH', '')}"
        asked = subprocess.run(["env", environment, node, "-p", "require('ws/package.json').version"],
                               capture_output=True, text=True)
        if asked.returncode:
            raise Missing("needs apt-get install npm, or node-ws")
        self.remark = f"version {asked.stdout.strip()} of the distribution: there is no npm"
        return ["env", environment, node, str(HERE / "peers" / self.SCRIPT)]


class WsBridge(Ws):
    SCRIPT = "bridge.js"


class PyWebsockets(Server):
    name = "python websockets"
    SCRIPT = "pywebsockets.py"

    def command(self):
        if subprocess.run([PYTHON, "-c", "import websockets"], capture_output=True).returncode:
            raise Missing("needs apt-get install python3-websockets")
        return [PYTHON, str(HERE / "peers" / self.SCRIPT)]


class PyBridge(PyWebsockets):
    SCRIPT = "pybridge.py"


class Nchan(Server):
    name = "nchan"
    PACKAGES = ["nginx", "libnginx-mod-nchan"]
    MODULE = "usr/lib/nginx/modules/ngx_nchan_module.so"

    def prefix(self):
        """Where nginx is: installed, or unpacked here, which installs and starts nothing."""
        unpacked = RESULTS / "nginx"
        for root in (Path("/"), unpacked):
            if (root / "usr/sbin/nginx").exists() and (root / self.MODULE).exists():
                return root
        unpacked.mkdir(parents=True, exist_ok=True)
        for command in (["apt-get", "-q", "download", *self.PACKAGES],
                        ["sh", "-c", "for f in *.deb; do dpkg-deb -x $f . && rm $f; done"]):
            done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True)
            if done.returncode:
                raise Missing(f"needs {' '.join(self.PACKAGES)}: {done.stderr.strip()[-200:]}")
        # nchan creates nginx's compiled-in default directories whatever the configuration says,
        # and they are not here: make them relative to -p.
        module = unpacked / self.MODULE
        module.write_bytes(module.read_bytes().replace(b"/var/lib/nginx/", b"./././././././/"))
        return unpacked

    def command(self):
        prefix = self.prefix()
        with socket.socket() as probe:  # nginx cannot choose a port itself
            probe.bind(("127.0.0.1", 0))
            self.ports["ws"] = probe.getsockname()
        text = (HERE / "peers/nchan.conf").read_text()
        for name, value in (("MODULE", prefix / self.MODULE), ("DIR", self.directory),
                            ("PORT", self.ports["ws"][1])):
            text = text.replace(f"@{name}@", str(value))
        path = self.directory / "nginx.conf"
        path.write_text(text)
        return [str(prefix / "usr/sbin/nginx"), "-p", str(self.directory), "-c", str(path),
                "-e", str(self.directory / "error.log")]

    def wait_ready(self, deadline):
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(self.ports["ws"], 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise Missing(f"{self.name} did not start: {self.last_words()}")


class Echo(Server):
    name = "echo"
    binary = ROOT / "build" / "bench" / "echo"

    def command(self):
        return [str(self.binary)]
