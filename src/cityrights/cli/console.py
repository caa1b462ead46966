"""What the command line prints with, and how a command ends when it is told to."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from cityrights.instance import instance
from cityrights.snapshot import Progress as Report
from cityrights.snapshot import shared_before

if TYPE_CHECKING:  # what builds takes a while to import
    from cityrights.pipeline import BuildReport

#: The exit code of a watch that goes on with another process, where another command holds it.
ANEW: Final = 75


@contextmanager
def exit_on_sigterm(code: int) -> Iterator[None]:
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


class _Console(Console):
    """A console on which words that somebody else wrote steer nothing."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as rich does, with signs in the place of what steers terminals and the order of letters."""
        super().print(*(one.translate(_STEERING) if isinstance(one, str) else one for one in objects), **options)


#: Control characters but the ends of lines and tabs (C0, C1), and marks of direction: they are shown as signs.
_STEERING: Final = {code: 0x2400 + code for code in range(32) if code not in (9, 10)} | dict.fromkeys(
    (*range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD
)
#: For results: standard output.
console = _Console(highlight=False, soft_wrap=True, emoji=False)
#: For everything that is not the result: progress, notes and errors.
notes = _Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


@contextmanager
def progress(title: str, unit: str = "") -> Iterator[Report]:
    """Show a progress bar on a terminal; elsewhere name each step once on standard error.

    Yields a function ``report(step, done, total)``; ``total`` is 0 where it is not known. With ``unit``, what is
    counted, the share, the rate and the time that is left are told as well, elsewhere for each twentieth.
    """
    if not sys.stderr.isatty():
        seen: set[tuple[str, int]] = set()
        began: list[tuple[float, int]] = []

        def plain(step: str, done: int, total: int) -> None:
            share = done * _LINES // total if unit and total else 0
            if (step, share) in seen:
                return
            if not seen or not any(name == step for name, _ in seen):
                notes.print(f"{title}: {step} …")
            elif share:
                notes.print(f"{title}: {step} {_pace(began[0], done, total, unit)}")
            seen.add((step, share))
            if total and not began:
                began.append((time.monotonic(), done))

        yield plain
        return
    columns: tuple[ProgressColumn, ...] = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    if unit:
        narrow = BarColumn(bar_width=16)  # for terminals of eighty signs
        columns = (*columns[:2], narrow, TaskProgressColumn(), _Rate(unit), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=notes, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def shown(step: str, done: int, total: int) -> None:
            bar.update(task, description=f"{title}: {step}", completed=done, total=total or None)

        yield shown


#: So many lines tell how far something has come, where there is no terminal.
_LINES: Final = 20


class _Rate(ProgressColumn):
    """How many are done in a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """Return it, once it is known."""
        return Text(f"{task.speed:,.0f} {self._unit}/s" if task.speed else "", no_wrap=True)


def _pace(began: tuple[float, int], done: int, total: int, unit: str) -> str:
    """Return the share, the rate since the beginning, and the time that is left at that rate."""
    rate = (done - began[1]) / max(time.monotonic() - began[0], 0.001)
    left = timedelta(seconds=round((total - done) / rate)) if rate else None
    return f"{done * 100 // total} % ({done:,} of {total:,}), {rate:,.0f} {unit}/s, {left or 'nothing'} left"


def warn(report: BuildReport) -> None:
    """Name the questions of the library that failed on the snapshot or found nothing."""
    shared = not instance().is_shipped  # what the package asks is shown once it has an answer
    for name, run in report.questions.items():
        if run.complaint and not (shared and not run.fault):
            notes.print(f"warning: the question {name}: {run.complaint}", style="yellow", markup=False)


def tell_of_shared(directory: Path) -> None:
    """Say where earlier releases kept snapshots, when the first one is built into a home's own folder."""
    before = shared_before()
    if before is not None and directory.parent == before and not directory.exists():
        notes.print(
            f"snapshots of each checkout now have a folder of their own, this one's is {directory}; earlier ones are "
            f"still in {before}: delete them, or go on with them by CITYRIGHTS_SNAPSHOTS={before}",
            markup=False,
        )
