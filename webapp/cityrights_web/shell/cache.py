"""Answers that were made once: the least recently used ones go when the space is full."""

from __future__ import annotations

from collections import OrderedDict

from cityrights_web.shell.messages import Response


class ResponseCache:
    """Whole responses by key, up to ``capacity`` bytes of body. Used from one event loop only, so without a lock."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.size = 0
        self._held: OrderedDict[str, Response] = OrderedDict()

    def get(self, key: str) -> Response | None:
        """Return the response under ``key``, if it is here."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, key: str, response: Response) -> None:
        """Keep ``response``, unless it alone would take more than an eighth of the space."""
        cost = len(response.body) + 1024
        if cost * 8 > self.capacity or key in self._held:
            return
        self._held[key] = response
        self.size += cost
        while self.size > self.capacity:
            _, gone = self._held.popitem(last=False)
            self.size -= len(gone.body) + 1024
