"""Who asks: whose query it is, and what its thread lays down while it waits for the answer.

The query tells it by its Control; where that is silent, as with pages that ask several, the context of the caller does.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Asker:
    """``client`` is the name by which queries of one client are told from those of others.

    ``aside`` is entered while a thread waits for an answer, so that others may go on meanwhile.
    """

    client: str = ""
    aside: Callable[[], AbstractContextManager[None]] = nullcontext


_NOBODY: Final = Asker()
ASKER: Final[ContextVar[Asker]] = ContextVar("asker", default=_NOBODY)
