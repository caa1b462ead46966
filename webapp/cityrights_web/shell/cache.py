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
        cost = _cost(key, response)
        if cost * 8 > self.capacity or key in self._held:
            return
        self._held[key] = response
        self.size += cost
        while self.size > self.capacity:
            self.size -= _cost(*self._held.popitem(last=False))


def _cost(key: str, response: Response) -> int:
    """Return what a response takes at most, in bytes: its key, its body, the same in each coding, and the rest."""
    return len(key) + 3 * len(response.body) + 1024


class ShortCuts:
    """Keys of answers by the query string and Accept of the request that they were given to, the newest few."""

    def __init__(self, most: int = 2048, longest: int = 4096) -> None:
        self._most = most
        self._longest = longest
        self._held: OrderedDict[tuple[bytes, bytes], tuple[str, str]] = OrderedDict()

    def get(self, request: tuple[bytes, bytes]) -> tuple[str, str] | None:
        """Return the answer's key and the query's hash, if this request came before."""
        return self._held.get(request)

    def put(self, request: tuple[bytes, bytes], key: str, query: str) -> None:
        """Remember a request, unless it is long; the oldest goes when there are too many."""
        if len(request[0]) + len(request[1]) > self._longest:
            return
        self._held[request] = (key, query)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
