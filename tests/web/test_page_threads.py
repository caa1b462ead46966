"""Pages that wait for the engine hold up no others, and few are made at once all the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import MutableMapping
from typing import Any

from cityrights_web.flask_app import PageThreads
from sparqlgate.query import ASKER, holding
from tests.support import HANG

#: Seconds after which threads that wait for each other are taken to do so for ever.
_FOREVER = HANG / 10

_SCOPE = {
    "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "query_string": b"", "headers": [],
    "root_path": "", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
}  # fmt: skip


async def _get(pages: PageThreads, path: str, client: str = "somebody") -> bytes:
    body = bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        body.extend(message.get("body", b""))

    await pages({**_SCOPE, "path": path}, receive, send, client)
    return bytes(body)


def test_twenty_pages_that_wait_for_the_engine_hold_up_no_other() -> None:
    answered, waiting = threading.Event(), threading.Semaphore(0)

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("content-type", "text/plain")])
        if environ["PATH_INFO"] == "/long":
            with ASKER.get().aside():
                waiting.release()
                answered.wait(HANG)
        return [ASKER.get().client.encode()]

    async def ask() -> None:
        pages = PageThreads(app, 50)
        long = [asyncio.create_task(_get(pages, "/long", f"client {number}")) for number in range(20)]
        for _ in long:
            assert await asyncio.to_thread(waiting.acquire, True, 30)
        assert await _get(pages, "/short") == b"somebody"
        assert not any(one.done() for one in long)
        answered.set()
        assert await asyncio.gather(*long) == [f"client {number}".encode() for number in range(20)]

    asyncio.run(ask())


def test_no_more_than_eight_are_made_at_once() -> None:
    lock, most, now = threading.Lock(), 0, 0
    together = threading.Barrier(8)

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        nonlocal most, now
        start_response("200 OK", [("content-type", "text/plain")])
        with lock:
            now += 1
            most = max(most, now)
        together.wait(HANG)
        with ASKER.get().aside():
            pass
        with lock:
            now -= 1
        return [b"made"]

    async def ask() -> None:
        pages = PageThreads(app, 50)
        assert await asyncio.gather(*(_get(pages, "/") for _ in range(24))) == [b"made"] * 24

    asyncio.run(ask())
    assert most == 8


def test_a_page_that_holds_what_all_others_wait_for_goes_on() -> None:
    lock, begun, answered, together = threading.Lock(), threading.Event(), threading.Event(), threading.Barrier(9)

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("content-type", "text/plain")])
        if environ["PATH_INFO"] == "/first":
            with lock, ASKER.get().aside():
                begun.set()
                answered.wait(HANG)
        else:
            together.wait(HANG)
            with lock:
                pass
        return [b"made"]

    async def ask() -> None:
        pages = PageThreads(app, 50)
        first = asyncio.create_task(_get(pages, "/first"))
        await asyncio.to_thread(begun.wait, HANG)
        others = [asyncio.create_task(_get(pages, "/others")) for _ in range(8)]
        await asyncio.to_thread(together.wait, HANG)  # all turns are theirs now
        answered.set()
        made = await asyncio.wait_for(asyncio.gather(first, *others), _FOREVER)
        assert made == [b"made"] * 9

    asyncio.run(ask())


def test_who_waits_for_what_another_page_reads_lets_others_go_on() -> None:
    lock, begun, answered, waiting = threading.Lock(), threading.Event(), threading.Event(), threading.Semaphore(0)

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("content-type", "text/plain")])
        if environ["PATH_INFO"] == "/first":
            with holding(lock), ASKER.get().aside():
                begun.set()
                answered.wait(HANG)
        elif environ["PATH_INFO"] == "/others":
            waiting.release()
            with holding(lock) as had:
                assert had
        return [b"made"]

    async def ask() -> None:
        pages = PageThreads(app, 50)
        first = asyncio.create_task(_get(pages, "/first"))
        await asyncio.to_thread(begun.wait, HANG)
        others = [asyncio.create_task(_get(pages, "/others")) for _ in range(20)]
        for _ in others:
            assert await asyncio.to_thread(waiting.acquire, True, HANG)
        assert await asyncio.wait_for(_get(pages, "/short"), _FOREVER) == b"made"
        assert not first.done()
        answered.set()
        assert await asyncio.gather(first, *others) == [b"made"] * 21

    asyncio.run(ask())
