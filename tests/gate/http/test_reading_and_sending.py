"""What is read and sent in few steps is what it was in more: escapes, and answers that wait for their client."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from sparqlgate.http.requests import NotUtf8, Request, read_fields
from sparqlgate.http.responses import Response, send_response
from tests.support import HANG

_PIECES = (
    "%",
    "%4",
    "%41",
    "%c3%a9",
    "%C3",
    "%zz",
    "%25",
    "%5C",
    "%5c",
    "\\",
    "\\x41",
    "\\n",
    "\\\n",
    "a",
    "é",
    "+",
    " ",
)

#: Seconds that a client gets that never takes anything.
_SOON = 0.01


def _plainly(text: str) -> object:
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start + 1


def test_escapes_are_read_as_ever_whatever_stands_beside_them() -> None:
    chance = random.Random(79)
    for _ in range(4000):
        text = "".join(chance.choices(_PIECES, k=chance.randrange(1, 9)))
        found: object
        try:
            found = read_fields(f"query={text}")[0][1]
        except NotUtf8 as error:
            found = error.place
        assert found == _plainly(text), text
    with pytest.raises(UnicodeEncodeError):
        read_fields("query=\ud800%41")


def _request() -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    return Request("GET", "/", "/", "", {}, "1.1", receive, {})


def test_an_answer_that_is_taken_at_once_needs_no_timer_and_one_that_is_not_has_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timers: list[float] = []
    real = asyncio.timeout

    def timeout(delay: float) -> asyncio.Timeout:
        timers.append(delay)
        return real(delay)

    monkeypatch.setattr("sparqlgate.http.responses.asyncio.timeout", timeout)
    told: list[str] = []
    answer = Response(200, "text/plain", b"whole", [])

    async def at_once(message: Any) -> None:
        told.append(message["type"])

    async def slowly(message: Any) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        told.append(message["type"])

    async def never(message: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("given up")

    both = ["http.response.start", "http.response.body"]

    async def send() -> None:
        await send_response(_request(), answer, at_once, timeout=HANG)
        assert (told, timers) == (both, [])
        await send_response(_request(), answer, slowly, timeout=HANG)
        assert (told, timers) == (both * 2, [HANG])
        with pytest.raises(TimeoutError):
            await send_response(_request(), answer, never, timeout=_SOON)
        assert told[4:] == ["given up"]
        sending = asyncio.create_task(send_response(_request(), answer, never, timeout=HANG))
        await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert told[4:] == ["given up"] * 2

        async def failing(message: Any) -> None:
            await asyncio.sleep(0)
            raise OSError("the connection is gone")

        with pytest.raises(OSError, match="the connection is gone"):
            await send_response(_request(), answer, failing, timeout=HANG)

    asyncio.run(send())
