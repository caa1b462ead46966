"""Counting seconds: the bucket by a clock of our own, and whose request it is."""

from __future__ import annotations

import pytest

from cityrights_web.settings import Settings
from sparqlgate import Control
from sparqlgate.http.budgets import LEAST
from sparqlgate.http.clients import client_of
from sparqlgate.http.fair_use import FairUse, Record
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


def test_a_proxy_that_passes_strangers_on_is_not_local_by_itself() -> None:
    def seen(*headers: tuple[bytes, bytes], proxies: tuple[str, ...] = ()) -> Record:
        scope = {"method": "GET", "path": "/", "client": ("127.0.0.1", 1), "headers": list(headers)}
        return Record.of(scope, Settings(trusted_proxies=proxies))

    assert seen().local
    assert not seen((b"x-forwarded-for", b"192.0.2.1")).local
    assert not seen((b"forwarded", b"for=192.0.2.1")).local
    assert not seen((b"x-forwarded-for", b"192.0.2.1"), proxies=("127.0.0.1",)).local


def test_settings_refuse_what_means_nothing() -> None:
    with pytest.raises(ValueError, match="network"):
        Settings().changed(trusted_proxies=["nowhere"])
    with pytest.raises(ValueError, match="fair_seconds"):
        Settings(fair_seconds=0)
    with pytest.raises(TypeError):
        Settings().changed(unknown=1)
