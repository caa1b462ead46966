"""How a command ends when it is told to: by an exception, so that what it has begun is tidied up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def told_to_end(code: int) -> Iterator[None]:
    """Exit with ``code`` on SIGTERM. Without this the process would be gone at once, and its half-made folders stay."""
    if threading.current_thread() is not threading.main_thread():  # signals are for the main thread
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # not again while it tidies up
        raise SystemExit(code)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
