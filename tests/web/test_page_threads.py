"""Pages that wait for the engine hold up no others, and few are made at once all the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from cityrights_web.flask_app import PageThreads
from sparqlgate.query import ASKER, holding
from tests.support import HANG

#: Seconds after which threads that wait for each other are taken to do so for ever.
_FOREVER = HANG / 10


async def _get(pages: PageThreads, make: Callable[[str], str], path: str, client: str = "somebody") -> str:
    return await pages.run(lambda: make(path), client)


def test_twenty_pages_that_wait_for_the_engine_hold_up_no_other() -> None:
    answered, waiting = threading.Event(), threading.Semaphore(0)

    def page(path: str) -> str:
        if path == "/long":
            with ASKER.get().aside():
                waiting.release()
                answered.wait(HANG)
        return ASKER.get().client

    async def ask() -> None:
        pages = PageThreads(50)
        long = [asyncio.create_task(_get(pages, page, "/long", f"client {number}")) for number in range(20)]
        for _ in long:
            assert await asyncio.to_thread(waiting.acquire, True, 30)
        assert await _get(pages, page, "/short") == "somebody"
        assert not any(one.done() for one in long)
        answered.set()
        assert await asyncio.gather(*long) == [f"client {number}" for number in range(20)]

    asyncio.run(ask())


def test_no_more_than_eight_are_made_at_once() -> None:
    lock, most, now = threading.Lock(), 0, 0
    together = threading.Barrier(8)

    def page(path: str) -> str:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        together.wait(HANG)
        with ASKER.get().aside():
            pass
        with lock:
            now -= 1
        return "made"

    async def ask() -> None:
        pages = PageThreads(50)
        assert await asyncio.gather(*(_get(pages, page, "/") for _ in range(24))) == ["made"] * 24

    asyncio.run(ask())
    assert most == 8


def test_a_page_that_holds_what_all_others_wait_for_goes_on() -> None:
    lock, begun, answered, together = threading.Lock(), threading.Event(), threading.Event(), threading.Barrier(9)

    def page(path: str) -> str:
        if path == "/first":
            with lock, ASKER.get().aside():
                begun.set()
                answered.wait(HANG)
        else:
            together.wait(HANG)
            with lock:
                pass
        return "made"

    async def ask() -> None:
        pages = PageThreads(50)
        first = asyncio.create_task(_get(pages, page, "/first"))
        await asyncio.to_thread(begun.wait, HANG)
        others = [asyncio.create_task(_get(pages, page, "/others")) for _ in range(8)]
        await asyncio.to_thread(together.wait, HANG)  # all turns are theirs now
        answered.set()
        made = await asyncio.wait_for(asyncio.gather(first, *others), _FOREVER)
        assert made == ["made"] * 9

    asyncio.run(ask())


def test_who_waits_for_what_another_page_reads_lets_others_go_on() -> None:
    lock, begun, answered, waiting = threading.Lock(), threading.Event(), threading.Event(), threading.Semaphore(0)

    def page(path: str) -> str:
        if path == "/first":
            with holding(lock), ASKER.get().aside():
                begun.set()
                answered.wait(HANG)
        elif path == "/others":
            waiting.release()
            with holding(lock) as had:
                assert had
        return "made"

    async def ask() -> None:
        pages = PageThreads(50)
        first = asyncio.create_task(_get(pages, page, "/first"))
        await asyncio.to_thread(begun.wait, HANG)
        others = [asyncio.create_task(_get(pages, page, "/others")) for _ in range(20)]
        for _ in others:
            assert await asyncio.to_thread(waiting.acquire, True, HANG)
        assert await asyncio.wait_for(_get(pages, page, "/short"), _FOREVER) == "made"
        assert not first.done()
        answered.set()
        assert await asyncio.gather(first, *others) == ["made"] * 21

    asyncio.run(ask())
