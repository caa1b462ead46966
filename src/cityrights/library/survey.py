"""Asking every question of the library of a new snapshot, with its default values, for the ledger."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cityrights.indexes.registry import Progress
from cityrights.library.ledger import Ledger, Run, Runs
from cityrights.library.queries import LibraryQuery
from cityrights.library.running import answer, value_of
from cityrights.snapshot import Snapshot
from sparqlgate import EmbeddedEngine, Limits
from sparqlgate.errors import QueryError

#: Seconds that one question may take, and all of them together: a graph of any size can be built.
_ONE: Final = 10.0
_ALL: Final = 60.0


def ask_all(
    questions: Sequence[LibraryQuery], directory: Path, snapshot: Snapshot, progress: Progress
) -> Mapping[str, Run]:
    """Return how each question fares on a snapshot of ``directory``; only what its ledger does not know is asked."""
    ledger = Ledger(directory)
    known = ledger.runs(snapshot.short)
    before = known.runs if known is not None and known.version == snapshot.version else {}
    held = {query.name: before[query.name] for query in questions if _stands(before.get(query.name), query)}
    todo = [query for query in questions if query.name not in held]
    if todo:
        until = time.monotonic() + _ALL
        with EmbeddedEngine(snapshot, workers=1, limits=Limits(seconds=_ONE)) as engine:
            for number, query in enumerate(todo, 1):
                left = min(_ONE, until - time.monotonic())
                held[query.name] = _asked(engine, ledger, query, left)
                progress("asking the questions", number, len(todo))
    if todo or before.keys() != held.keys():
        runs = {query.name: held[query.name] for query in questions}
        ledger.keep_runs(Runs(snapshot.version, str(snapshot.manifest.get("built") or ""), runs))
    return held


def _stands(run: Run | None, query: LibraryQuery) -> bool:
    """Say whether a run that is known is one of this text, and found something."""
    return run is not None and run.text == query.digest and not run.complaint


def _asked(engine: EmbeddedEngine, ledger: Ledger, query: LibraryQuery, seconds: float) -> Run:
    ledger.keep_text(query.digest, query.path.read_text("utf-8"))
    when = datetime.now(UTC).isoformat(timespec="seconds")
    if seconds <= 0:
        return Run(query.digest, when, fault=f"not asked: the questions before it took {_ALL:.0f} s")
    terms = {parameter.name: value_of(parameter) for parameter in query.parameters}
    began = time.perf_counter()
    try:
        found = answer(engine, query, terms, "en", Limits(seconds=seconds))
    except QueryError as error:
        return Run(query.digest, when, fault=str(error))
    milliseconds = round(1000 * (time.perf_counter() - began), 1)
    return Run(query.digest, when, len(found.rows), milliseconds, ledger.keep_answer(found.lines()))
