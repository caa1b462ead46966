"""Counting seconds: the bucket by a clock of our own, and whose request it is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cityrights_web.settings import Settings
from sparqlgate import Control
from sparqlgate.http.fair_use import LEAST, FairUse, Record, client_of
from sparqlgate.http.problems import Problem


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def record(client: str = "198.51.100.1", *, local: bool = False) -> Record:
    return Record("id", client, local, "GET", "/sparql")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fair(clock: Clock) -> FairUse:
    return FairUse(Settings(fair_seconds=10.0, fair_window=100.0), clock)


def test_time_comes_back_as_time_goes_by_and_never_above_the_quota(fair: FairUse, clock: Clock) -> None:
    fair.charge(record(), 4.0)
    assert fair.left("198.51.100.1") == pytest.approx(6.0)
    clock.now += 20
    assert fair.left("198.51.100.1") == pytest.approx(8.0)
    clock.now += 1000
    assert fair.left("198.51.100.1") == 10.0
    assert fair.left("198.51.100.2") == 10.0


def test_the_refusal_says_truly_when_to_come_again(fair: FairUse, clock: Clock) -> None:
    fair.charge(record(), 12.0)
    with pytest.raises(Problem) as refused:
        fair.admit(record())
    wait = int(dict(refused.value.headers)["retry-after"])
    assert wait == 30  # 2 s owed and 1 s to begin with, at 0.1 s a second
    clock.now += wait - 11
    with pytest.raises(Problem):
        fair.admit(record())
    clock.now += 11
    fair.admit(record())
    assert fair.left("198.51.100.1") == pytest.approx(1.0 - LEAST)


def test_nobody_owes_more_than_a_quota(fair: FairUse, clock: Clock) -> None:
    for _ in range(5):
        fair.charge(record(), 30.0)
    assert fair.left("198.51.100.1") == -10.0
    clock.now += 111
    fair.admit(record())


def test_what_runs_counts_at_once_and_is_charged_once(fair: FairUse) -> None:
    one = record()
    control = Control()
    fair.track(one, control)
    assert fair.left(one.client) == 10.0
    control.begin()
    assert fair.left(one.client) < 10.0
    control.finish()
    fair.settle(one, control)
    after = fair.left(one.client)
    fair.settle(one, control)
    assert fair.left(one.client) == after == pytest.approx(10.0 - control.seconds)


def test_the_header_fields_are_structured(fair: FairUse) -> None:
    fair.charge(record(), 2.5)
    fields = dict(fair.headers("198.51.100.1"))
    assert fields == {b"ratelimit-policy": b'"query-time";q=10;w=100', b"ratelimit": b'"query-time";r=7;t=25'}


@pytest.mark.parametrize(
    ("mode", "local", "counted"),
    [("auto", False, True), ("auto", True, False), ("on", True, True), ("off", False, False)],
)
def test_who_is_counted(mode: str, local: bool, counted: bool) -> None:
    settings = Settings().changed(fair_use=mode)
    assert FairUse(settings).counts(record(local=local)) is counted


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "client"),
    [
        ("203.0.113.1", (), (), "203.0.113.1"),
        ("203.0.113.1", ("192.0.2.1",), (), "203.0.113.1"),
        ("127.0.0.1", ("192.0.2.1",), ("127.0.0.1",), "192.0.2.1"),
        ("127.0.0.1", ("made up", "192.0.2.1"), ("127.0.0.1",), "192.0.2.1"),
        ("10.0.0.2", ("192.0.2.9", "192.0.2.1", "10.0.0.1"), ("10.0.0.0/8",), "192.0.2.1"),
        ("10.0.0.2", ("10.0.0.1",), ("10.0.0.0/8",), "10.0.0.1"),
        ("10.0.0.2", ("nonsense",), ("10.0.0.0/8",), "unknown"),
        ("2001:db8:1:2:3::4", (), (), "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", (), (), "192.0.2.1"),
        ("::1", (), (), "::1"),
        ("unknown", (), ("10.0.0.0/8",), "unknown"),
    ],
)
def test_whose_request_it_is(peer: str, forwarded: tuple[str, ...], proxies: tuple[str, ...], client: str) -> None:
    assert client_of(peer, forwarded, proxies) == client


#: What a request from this machine may look like, and that one of a stranger does whom a proxy on it passes on.
OURS = [{b"host": host} for host in (b"127.0.0.1:8000", b"localhost", b"LOCALHOST:80", b"[::1]:8000", b"127.0.0.9:")]
STRANGERS: list[dict[bytes, bytes]] = [
    *({b"host": b"127.0.0.1", name: b"192.0.2.1"} for name in (b"x-forwarded-for", b"x-real-ip", b"x-forwarded-host")),
    {b"host": b"127.0.0.1", b"forwarded": b"for=192.0.2.1"},
    {b"host": b"127.0.0.1", b"via": b"1.1 proxy"},
    {b"host": b"127.0.0.1", b"x-forwarded-proto": b"https"},
    *(
        {b"host": host}
        for host in (b"graph.city.example", b"127.0.0.1.city.example", b"127.city:80", b"cityrights", b"")
    ),
]


def test_a_proxy_that_passes_strangers_on_is_not_local_by_itself() -> None:
    def seen(headers: dict[bytes, bytes], version: str = "1.1", **settings: Any) -> bool:
        scope = {"method": "GET", "path": "/", "client": ("127.0.0.1", 1), "headers": [*headers.items()]}
        return Record.of({**scope, "http_version": version}, Settings(**settings)).local

    for headers in OURS:
        assert seen(headers), headers
        assert seen(headers, "2"), headers
        assert not seen(headers, "1"), "as nginx asks unless it is told otherwise"
        assert not seen(headers, public_url="https://graph.city.example"), "nobody said which proxy is ours"
        assert seen(headers, public_url="https://graph.city.example", trusted_proxies=("127.0.0.1",)), headers
    for headers in STRANGERS:
        assert not seen(headers), headers
        assert not seen(headers, trusted_proxies=("127.0.0.1",)), headers


def test_settings_refuse_what_means_nothing() -> None:
    with pytest.raises(ValueError, match="network"):
        Settings().changed(trusted_proxies=["nowhere"])
    with pytest.raises(ValueError, match="fair_seconds"):
        Settings(fair_seconds=0)
    with pytest.raises(TypeError):
        Settings().changed(unknown=1)
    assert Settings().changed(public_url="https://city.example/rights/").prefix == "/rights"
    for wrong, repair in {
        "graph.city.example": "write https://graph.city.example, or http://",
        "localhost:8000/x": "write https://localhost:8000/x, or http://",
        "ftp://city.example": "write one like https://graph.city.example or https://city.example/rights",
        "https://": "write one like",
        "//city.example": "write one like",
        "https://a user@city.example": "write one like",
        "https://city.example/?x=1": "write one like",
        "https://city.example/a//b": "write one like",
        "https://city.example/a/../b": "write one like",
        "https://city.example/a%2Fb": "write one like",
    }.items():
        with pytest.raises(ValueError, match=re.escape(repair)):
            Settings().changed(public_url=wrong)
