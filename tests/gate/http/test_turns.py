"""Work that a few may do at once: the others wait, and whoever finds too many waiting is told so."""

from __future__ import annotations

import asyncio

import pytest

from sparqlgate.errors import EngineBusy
from sparqlgate.http.fair_use import ConcurrencyLimit


def test_two_are_within_three_wait_and_the_sixth_is_told_to_come_again() -> None:
    async def run() -> tuple[int, int]:
        turns, most, within, done = ConcurrencyLimit(2, 3), 0, 0, asyncio.Event()

        async def work() -> None:
            nonlocal most, within
            async with turns:
                within += 1
                most = max(most, within)
                await done.wait()
                within -= 1

        tasks = [asyncio.create_task(work()) for _ in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(EngineBusy):
            await turns.__aenter__()
        tasks[4].cancel()  # one of those who wait leaves, so another may wait
        await asyncio.gather(tasks[4], return_exceptions=True)
        tasks.append(asyncio.create_task(work()))
        await asyncio.sleep(0)
        done.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with turns:
            return most, within

    assert asyncio.run(run()) == (2, 0)
