"""Nobody's query goes on when nobody is there for its answer, at whatever moment they leave."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import pytest

from cityrights.engine import Control
from cityrights_web.settings import Settings
from cityrights_web.shell.fair_use import FairUse
from cityrights_web.shell.flights import ClientGone, Flights, Stream
from cityrights_web.shell.metrics import Metrics
from cityrights_web.shell.record import Record


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


class _Case:
    """Flights with one query, whose stream is there when ``go`` is set."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self.flights = Flights(threads, FairUse(Settings()), Metrics(), 4)
        self.go = threading.Event()
        self.made: list[_Endless] = []

    def start(self, control: Control) -> _Endless:
        assert self.go.wait(10)
        self.made.append(_Endless(control))
        return self.made[-1]

    def asked(self, gone: asyncio.Future[None]) -> asyncio.Task[Any]:
        record = Record("id", "127.0.0.1", True, "GET", "/sparql")
        return asyncio.create_task(self.flights.run("key", self.start, record, gone))

    async def flying(self) -> asyncio.Task[Any]:
        while not self.flights._flying:
            await asyncio.sleep(0.01)
        (flight,) = self.flights._flying
        assert flight.task is not None
        return flight.task

    async def over(self) -> None:
        for _ in range(500):
            if not self.flights.running and all(one.ended for one in self.made):
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{self.flights.running} queries still run, ended: {[one.ended for one in self.made]}")


@pytest.fixture
def run() -> Iterator[Callable[[Callable[[_Case], Coroutine[Any, Any, None]]], None]]:
    """Run one case in a loop of its own."""
    with ThreadPoolExecutor(4) as threads:
        yield lambda case: asyncio.run(case(_Case(threads)))


Run = Callable[[Callable[[_Case], Coroutine[Any, Any, None]]], None]


def test_a_request_that_ends_just_when_its_stream_is_there(run: Run) -> None:
    async def case(this: _Case) -> None:
        asking = this.asked(asyncio.get_running_loop().create_future())
        (await this.flying()).add_done_callback(lambda _: asking.cancel())
        this.go.set()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await this.over()

    run(case)


def test_a_client_that_leaves_before_its_stream_is_there(run: Run) -> None:
    async def case(this: _Case) -> None:
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asking = this.asked(gone)
        await this.flying()
        gone.set_result(None)
        with pytest.raises(ClientGone):
            await asking
        this.go.set()
        await this.over()

    run(case)


def test_of_two_who_wait_the_one_that_stays_gets_the_stream(run: Run) -> None:
    async def case(this: _Case) -> None:
        never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        leaving, staying = this.asked(never), this.asked(never)
        (await this.flying()).add_done_callback(lambda _: leaving.cancel())
        this.go.set()
        stream = await staying
        assert isinstance(stream, Stream)
        assert not this.made[0].ended
        stream.close()
        await this.over()

    run(case)
