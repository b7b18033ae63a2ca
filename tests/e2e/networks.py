# SPDX-License-Identifier: MIT
"""Networks of daemons whose routers are peers: AlphaMUD is at *one and BetaMUD at *two."""
import copy
import re

from clients import DEADLINE
from conftest import configured, merged, until

ONE, TWO = 111222333, 444555666


def configuration(name, mud, port=0, peers=(), changes=None):
    key = mud[:-3].lower() + "-key"
    return merged(configured({
        "mud": {"name": mud}, "muds": [],
        "api": {"auth": {"api_keys": [{"key": key, "mud_name": mud}]}},
        "router": {"embedded": {"name": name, "listen": f"mudmode://127.0.0.1:{port}",
                                "peers": list(peers)}},
    }), copy.deepcopy(changes or {}))


def peer(name, port, password, theirs, trusted):
    return {"name": name, "host": "127.0.0.1", "port": port, "password": password,
            "their_password": theirs, "trusted": trusted}


class Network:
    """*one and *two; what each is configured with once both ports are known."""

    def __init__(self, gatehouse, changes=None):
        self.changes = changes
        self.one = gatehouse(configuration("*one", "AlphaMUD", changes=changes))
        self.two = gatehouse(configuration("*two", "BetaMUD", changes=changes))
        self.ports = self.one.mudmode[1], self.two.mudmode[1]
        for house in (self.one, self.two):
            house.ready_now()

    def configs(self, ports=(0, 0), password=ONE, trusted=False):
        """Of both, with the ports to listen at; 0 goes on as it is."""
        return (configuration("*one", "AlphaMUD", ports[0],
                              [peer("*two", self.ports[1], password, TWO, trusted)],
                              self.changes),
                configuration("*two", "BetaMUD", ports[1],
                              [peer("*one", self.ports[0], TWO, ONE, trusted)],
                              self.changes))

    def configure(self, **more):
        for house, config in zip((self.one, self.two), self.configs(**more)):
            house.configure(config)
            house.hup()

    def link(self, **more):
        """Give both their peers."""
        self.configure(**more)
        self.linked()
        return self

    def linked(self, times=1):
        self.one.wait_log(r"irn_up\b.*\*two", times)
        self.two.wait_log(r"irn_up\b.*\*one", times)
        sees(self.one, "alpha-key", "BetaMUD", "up")
        sees(self.two, "beta-key", "AlphaMUD", "up")


def muds(house, key):
    listed = house.lines(key).call("mudlist")["muds"]
    return {m["name"]: m["status"] for m in listed}


def sees(house, key, mud, status, wait=DEADLINE):
    until(lambda: muds(house, key).get(mud) == status, wait,
          lambda: f"{mud} is not {status} in {muds(house, key)}")


def metric(house, name):
    page = house.get("/metrics").body.decode()
    return int(re.search(rf"^{name} (\d+)", page, re.M)[1])
