"""Fair use for who really is elsewhere: a network namespace beside the server, with addresses of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.counters import path
from tests.standing import Standing, standing
from tests.support import NETWORKS, need

#: Asks one address after the other over connections of their own, and prints what came of each.
ASKING = """
import http.client, json, sys
found = []
for target in json.load(sys.stdin):
    connection = http.client.HTTPConnection(sys.argv[2], int(sys.argv[3]), timeout=240, source_address=(sys.argv[1], 0))
    connection.request("GET", target, headers=json.loads(sys.argv[4]))
    answer = connection.getresponse()
    found.append([answer.status, {name.lower(): value for name, value in answer.getheaders()}])
    answer.read()
    connection.close()
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Elsewhere:
    """A network with the server at one end and clients at the other."""

    name: str
    server: Standing

    def ask(self, client: str, *targets: str, **headers: str) -> list[tuple[int, dict[str, str]]]:
        """Ask from an address; returns status and headers of each answer."""
        sent = json.dumps({name.replace("_", "-"): value for name, value in headers.items()})
        arguments = [client, self.server.host, str(self.server.port), sent]
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, sys.executable, "-c", ASKING, *arguments],
            input=json.dumps(targets),
            capture_output=True,
            text=True,
            check=True,
        )
        return [(status, fields) for status, fields in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def elsewhere(fixture_snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    need(NETWORKS)
    number = os.getpid()
    name, ours, theirs = f"cityrights-{number}", f"cr{number}a", f"cr{number}b"
    net = f"198.18.{number % 250}"  # kept for trials between networks (RFC 2544)
    done = [
        f"netns add {name}",
        f"link add {ours} type veth peer name {theirs} netns {name}",
        f"addr add {net}.1/24 dev {ours}",
        f"link set {ours} up",
        f"-n {name} addr add {net}.2/24 dev {theirs}",
        f"-n {name} addr add {net}.3/24 dev {theirs}",
        f"-n {name} link set {theirs} up",
    ]
    try:
        for command in done:
            subprocess.run(["ip", *command.split()], check=True, capture_output=True)
        folder = tmp_path_factory.mktemp("elsewhere")
        with standing(
            fixture_snapshot, folder, host=f"{net}.1", fair_seconds=1.0, fair_window=600.0, trusted_proxies=[f"{net}.3"]
        ) as server:
            yield Elsewhere(name, server)
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def test_by_default_others_are_counted_and_this_machine_is_not(elsewhere: Elsewhere) -> None:
    client = elsewhere.server.host.removesuffix(".1") + ".2"
    queries = [path(f"ASK {{ ?s ?p {number} }}") for number in range(150)]
    found = elsewhere.ask(client, *queries)
    statuses = [status for status, _ in found]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    last = found[-1][1]
    assert int(last["retry-after"]) >= 1
    assert '"query-time";r=0;' in last["ratelimit"]
    # It is counted by address, whatever it says of itself; what was answered before and how the service is stay free.
    made_up = {"X_Forwarded_For": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
    # Some time has come back meanwhile.
    fresh = [path(f"ASK {{ ?s ?p {number} }}") for number in range(4000, 4150)]
    *_, refused, known, health, metrics = elsewhere.ask(client, *fresh, queries[0], "/health", "/metrics", **made_up)
    assert [refused[0], known[0], health[0], metrics[0]] == [429, 200, 200, 403]


def test_who_comes_by_a_trusted_proxy_has_time_of_one_s_own(elsewhere: Elsewhere) -> None:
    proxy = elsewhere.server.host.removesuffix(".1") + ".3"
    many = [path(f"ASK {{ ?s ?p {number} }}") for number in range(1000, 1150)]
    assert elsewhere.ask(proxy, *many, X_Forwarded_For="203.0.113.1")[-1][0] == 429
    ((status, headers),) = elsewhere.ask(proxy, path("ASK { ?s ?p 4712 }"), X_Forwarded_For="203.0.113.2")
    assert status == 200
    assert "ratelimit" in headers
