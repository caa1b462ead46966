"""Reading the text of a query without holding anybody up: short ones here, long ones in a process of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from sparqlgate.pool.offload import Aside, Errand
from sparqlgate.text.guard import Bounds, Screened, screen

#: Texts up to so many characters are read where they are, which takes three milliseconds at the most.
SHORT: Final = 4096

T = TypeVar("T")


def read(
    aside: Aside,
    text: str,
    bounds: Bounds | None = None,
    *,
    federated: bool = False,
    hold: Callable[[Errand], None] = lambda errand: None,
) -> Screened:
    """Screen a text, in a process of its own where it is long. Raises as ``screen`` and ``Aside.call`` do.

    ``hold`` is given the errand of a long one, which it may end at any moment.
    """
    limits = bounds or Bounds()
    if is_short(text) or len(text) > limits.size + 1:  # which the screen refuses at a glance
        return screen(text, limits, federated=federated)
    found: Screened = aside.called(verdict, (text, limits), {"federated": federated}, hold)
    return replace(found, text=text.removeprefix("\ufeff"))


def verdict(text: str, bounds: Bounds, *, federated: bool) -> Screened:
    """Screen a text and return what the screen says, without the text; of a long canonical one only the digest."""
    found = screen(text, bounds, federated=federated)
    canonical = found.canonical
    if not is_short(canonical):
        canonical = f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
    return replace(found, text="", canonical=canonical)


def work(aside: Aside, text: str, function: Callable[..., T], *given: Any, **named: Any) -> T:
    """Call ``function``, whose time grows with ``text``: here where that is short, else in a process of its own."""
    if is_short(text):
        return function(*given, **named)
    return aside.called(function, given, named)


def is_short(text: str) -> bool:
    """Say whether a text is read where it is."""
    return len(text) <= SHORT
