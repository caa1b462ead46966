"""What the command line prints with: colours on terminals only, progress only where someone watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cityrights.build.indexes import Progress as Report

#: For results: standard output.
console = Console(highlight=False, soft_wrap=True, emoji=False)
#: For everything that is not the result: progress, notes and errors.
notes = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """Show a progress bar on a terminal; elsewhere name each step once on standard error.

    Yields a function ``report(step, done, total)``.
    """
    if not sys.stderr.isatty():
        seen: set[str] = set()

        def plain(step: str, done: int, total: int) -> None:
            if step not in seen:
                seen.add(step)
                notes.print(f"{title}: {step} …")

        yield plain
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=notes, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def shown(step: str, done: int, total: int) -> None:
            bar.update(task, description=f"{title}: {step}", completed=done, total=total)

        yield shown
