"""Nobody's query goes on when nobody is there for its answer, at whatever moment they leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any, Self, cast

import pytest

from cityrights_web.settings import Settings
from sparqlgate import Control
from sparqlgate.http.answers import Flights, Stream
from sparqlgate.http.fair_use import FairUse, Record
from sparqlgate.http.metrics import Metrics
from sparqlgate.http.requests import Client, ClientGone
from sparqlgate.stores.base import Tell
from tests.support import HANG


class _Endless:
    """An answer that streams until it is ended."""

    form, media_type, size, truncated = "select", "text/csv", None, 0

    def __init__(self, control: Control) -> None:
        self.ended = False
        control.attach(self.close)

    def __iter__(self) -> Iterator[bytes]:
        while not self.ended:
            yield b"x"

    def read(self) -> bytes:
        return b"".join(self)

    def close(self) -> None:
        self.ended = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Client:
    """A client that is there until ``leave``."""

    def __init__(self) -> None:
        self._waited: list[asyncio.Future[None]] = []

    async def wait_for(self, woken: asyncio.Future[None]) -> None:
        self._waited.append(woken)
        await woken

    def leave(self) -> None:
        for woken in self._waited:
            woken.set_result(None)


class _Case:
    """Flights with one query, whose stream is there when ``land`` is called."""

    def __init__(self) -> None:
        self.flights = Flights(FairUse(Settings()), Metrics(), 4)
        self.made: list[_Endless] = []
        self._tell: list[tuple[Control, Tell]] = []

    def start(self, control: Control, tell: Tell) -> None:
        self._tell.append((control, tell))

    def asked(self, client: _Client) -> asyncio.Task[Any]:
        record = Record("id", "127.0.0.1", True, "GET", "/sparql")
        return asyncio.create_task(self.flights.run("key", self.start, record, cast(Client, client)))

    async def flying(self) -> None:
        while not self._tell:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)

    def land(self) -> None:
        ((control, tell),) = self._tell
        self.made.append(_Endless(control))
        tell(self.made[-1])

    async def over(self) -> None:
        async with asyncio.timeout(HANG):
            while self.flights.running or not all(one.ended for one in self.made):
                await asyncio.sleep(0.01)


def run(case: Callable[[_Case], Coroutine[Any, Any, None]]) -> None:
    """Run one case in a loop of its own."""

    async def whole() -> None:
        await case(_Case())

    asyncio.run(whole())


def test_a_request_that_ends_just_when_its_stream_is_there() -> None:
    async def case(this: _Case) -> None:
        asking = this.asked(_Client())
        await this.flying()
        this.land()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await this.over()

    run(case)


def test_a_client_that_leaves_before_its_stream_is_there() -> None:
    async def case(this: _Case) -> None:
        client = _Client()
        asking = this.asked(client)
        await this.flying()
        client.leave()
        with pytest.raises(ClientGone):
            await asking
        this.land()
        await this.over()

    run(case)


def test_of_two_who_wait_the_one_that_stays_gets_the_stream() -> None:
    async def case(this: _Case) -> None:
        leaving, staying = this.asked(_Client()), this.asked(_Client())
        await this.flying()
        this.land()
        leaving.cancel()
        stream = await staying
        assert isinstance(stream, Stream)
        assert not this.made[0].ended
        stream.close()
        await this.over()

    run(case)
