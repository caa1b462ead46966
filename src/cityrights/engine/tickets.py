"""Callers who wait for a worker, and who of them is next."""

from __future__ import annotations

import contextlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cityrights.engine.handle import Handle


@dataclass(eq=False)
class Ticket:
    """A caller who waits for a worker: ``wake`` is called, in any thread, when there is one or no more hope of one.

    ``client`` is whose query it is, ``asked`` the moment of ``time.monotonic`` when it came.
    """

    wake: Callable[[], None]
    client: str
    asked: float
    worker: Handle | None = None
    over: bool = False

    def end(self) -> None:
        """Wait no longer."""
        self.over = True
        self.wake()


class Tickets:
    """Those who wait, in the order in which they came. Not for several threads at once."""

    def __init__(self) -> None:
        self._waiting: deque[Ticket] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Ticket]:
        return iter(list(self._waiting))

    def add(self, ticket: Ticket) -> None:
        """Take somebody in."""
        self._waiting.append(ticket)

    def remove(self, ticket: Ticket) -> None:
        """Let somebody go, who may have gone already."""
        with contextlib.suppress(ValueError):
            self._waiting.remove(ticket)

    def since(self, moment: float) -> int:
        """Return how many have waited since ``moment`` or longer."""
        return sum(ticket.asked <= moment for ticket in self._waiting)

    def next(self, active: Iterable[Handle]) -> Ticket:
        """Take whoever has waited longest of those whose client holds the fewest of the active workers."""
        first = self._waiting[0].client
        if all(ticket.client == first for ticket in self._waiting):
            return self._waiting.popleft()
        held = Counter(worker.client for worker in active)
        ticket = min(self._waiting, key=lambda one: held[one.client])
        self._waiting.remove(ticket)
        return ticket
