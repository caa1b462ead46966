"""What every tool works with, and how one request runs: away from the event loop, and ended with its caller."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

import anyio
import anyio.to_thread
import orjson
from mcp.server.mcpserver import Context
from mcp_types import CallToolResult, TextContent

from cityrights import home
from cityrights.api import KnowledgeGraph
from cityrights.errors import CityrightsError
from cityrights.instance import instance
from cityrights.library.queries import LibraryQuery, library
from cityrights.library.running import NTRIPLES, graph_answer, table_answer
from cityrights.mcp import answers
from cityrights.mcp.answers import Answer, Claim, Named, Value
from cityrights.resources.dataset import dataset_iri, description_of, is_shipped, licences_of, said_in
from cityrights.resources.model import ClaimLine, Evidence, Link
from cityrights.terms import Iri, Literal, Term, to_store
from cityrights.vocabulary import RDF, XSD
from sparqlgate import Control, Limits, Query, Result, Store
from sparqlgate.pool.offload import Aside
from sparqlgate.query import JSON

_UNSAID: Final = (XSD + "string", RDF + "langString")
log = logging.getLogger("cityrights.mcp")
#: Where an error has what programs want of it: kind, detail, and for a query line, column and excerpt.
PROBLEM: Final = "org.w3id.cityrights/problem"
#: Seconds between two notes of progress.
_BEAT: Final = 0.5
#: Rows that are counted at most, and bytes of an answer that are read to be counted.
COUNTED: Final = 10_000
_BYTES: Final = 32 << 20
_ACCEPT: Final = f"{JSON}, {NTRIPLES};q=0.9"


def value_of(term: Term, label: Literal | None = None) -> Value:
    """Return a term with its label."""
    if isinstance(term, Iri):
        return Value(iri=term.value, label=label.value if label else None)
    datatype = None if term.datatype in _UNSAID else term.datatype
    return Value(text=term.value, language=term.language or None, datatype=datatype)


def named(link: Link) -> Named:
    """Return a thing with its label."""
    return Named(**link.record())


def claim_of(line: ClaimLine) -> Claim:
    """Return a claim with its source and lines."""
    return Claim.model_validate({**line.record(), "iri": line.iri.value})


def evidence_of(proof: Evidence) -> answers.Evidence:
    """Return who says so."""
    reason = proof.decision.reason.value if proof.decision is not None else ""
    return answers.Evidence(origin=proof.provenance.origin.value, iri=proof.provenance.graph.value, reason=reason)


class EndableStore(Store):
    """An engine for one request: what it asks can be ended from another thread, at any moment."""

    def __init__(self, engine: Store) -> None:
        self._engine = engine
        self.version = engine.version
        self._lock = threading.Lock()
        self._control = Control()
        self._ended = False

    def query(self, query: Query | str, *, control: Control | None = None) -> Result:
        """Answer one query; see ``sparqlgate.stores.base.Store``. Raises EngineFailure once the request was ended."""
        with self._lock:
            self._control = control or Control()
            if self._ended:
                self._control.cancel()
            own = self._control
        return self._engine.query(query, control=own)

    def end(self) -> None:
        """End what runs, and let nothing more begin; the worker is free at once."""
        with self._lock:
            self._ended = True
            control = self._control
        control.cancel()

    def close(self) -> None:
        """Do nothing: the engine is not this request's."""


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a tool has to say: for programs, and the same in words."""

    answer: Answer
    text: str


class Refused(CityrightsError):
    """A request that cannot be answered as it is; its text says why, and what would do."""

    def __init__(self, kind: str, detail: str, **extra: object) -> None:
        super().__init__(detail, kind=kind, extra=extra)

    @property
    def detail(self) -> str:
        """What is told to the assistant, as it was written."""
        return self.reason


class Toolkit:
    """The graph, opened for assistants. ``limits`` are those of each query."""

    def __init__(self, graph: KnowledgeGraph, limits: Limits) -> None:
        self.graph = graph
        self.limits = limits
        self.aside = Aside("cityrights.library.queries")

    @cached_property
    def questions(self) -> Mapping[str, LibraryQuery]:
        """The questions of the library, by name."""
        return MappingProxyType({query.name: query for query in library(home.home() / "queries" / "explore")})

    @property
    def dataset(self) -> str:
        """One line that names the data and their licence, for the end of every answer."""
        named = ", ".join([f"version {self.graph.version[:12]}", *licences_of(self.graph.snapshot.manifest)])
        return f"Dataset: {self.name}, {named}"

    @property
    def name(self) -> str:
        """What the data are called: those of others as they say themselves."""
        manifest = self.graph.snapshot.manifest
        if is_shipped(manifest):
            return instance().name
        return said_in(description_of(manifest).titles, "en") or dataset_iri(manifest)

    def label(self, iri: str, language: str) -> str:
        """Return the label of a term."""
        return self.graph.vocabulary.label(iri, language).value

    async def run(
        self,
        context: Context[Any, Any],
        work: Callable[[EndableStore], ToolAnswer],
        *,
        query: str = "",
        above: Callable[[], int] = int,
    ) -> CallToolResult:
        """Do ``work`` in a thread and return what it tells, or its error in words.

        ``query`` is the text that it asks, as it was given, and ``above`` tells, in the end, how many lines were put
        before it.
        While it runs the caller hears of progress. When the caller ends the request, its query is ended.
        """
        held = EndableStore(self.graph.engine)
        began = time.monotonic()
        try:
            async with anyio.create_task_group() as beside:
                beside.start_soon(self._report, context, began)
                outcome = await anyio.to_thread.run_sync(_outcome, work, held, abandon_on_cancel=True)
                beside.cancel_scope.cancel()
        finally:
            held.end()
        if isinstance(outcome, ToolAnswer):
            return self._answered(outcome)
        if outcome.kind == "internal":
            log.error("a request failed", exc_info=outcome)
        return self.failed(outcome.moved(above()).seen(query, time.monotonic() - began))

    async def _report(self, context: Context[Any, Any], began: float) -> None:
        total = self.limits.seconds
        while True:
            await anyio.sleep(_BEAT)
            spent = time.monotonic() - began
            await context.report_progress(spent, max(total, spent), f"running for {spent:.1f} s of at most {total:g} s")

    def _answered(self, told: ToolAnswer) -> CallToolResult:
        licence = " ".join(licences_of(self.graph.snapshot.manifest))
        answer = told.answer.model_copy(update={"version": self.graph.version, "licence": licence})
        return CallToolResult(
            content=[TextContent(text=f"{told.text.rstrip()}\n\n{self.dataset}\n")],
            structured_content=answer.model_dump(mode="json", by_alias=True, exclude_none=True),
        )

    def failed(self, error: CityrightsError) -> CallToolResult:
        """Return an error. What programs want of it is beside the answer, which clients hold to the tool's schema."""
        shown = [error.detail, str(error.extra.get("excerpt", ""))]
        problem = {"kind": error.kind, "detail": error.detail, **error.extra, "version": self.graph.version}
        text = TextContent(text="\n".join(shown).rstrip() + "\n")
        return CallToolResult(content=[text], is_error=True, _meta={PROBLEM: problem})


def _outcome(work: Callable[[EndableStore], ToolAnswer], held: EndableStore) -> ToolAnswer | CityrightsError:
    try:
        return work(held)
    except CityrightsError as error:
        return error


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of an answer, from ``offset``; ``total`` counts all, up to COUNTED where it is not ``exact``.

    ``boolean`` is the answer to an ASK, which has no rows.
    """

    form: str
    columns: Sequence[str]
    rows: list[dict[str, Value]]
    total: int
    exact: bool
    offset: int
    boolean: bool | None = None

    def said(self) -> dict[str, Any]:
        """Return the fields that every table has."""
        last = self.offset + len(self.rows)
        return {
            "columns": list(self.columns),
            "rows": self.rows,
            "total": self.total,
            "total_is_exact": self.exact,
            "offset": self.offset,
            "next_offset": last if self.rows and last < self.total else None,
            "truncated": len(self.rows) < self.total or not self.exact,
        }


def ask_page(
    held: EndableStore, query: str, limits: Limits, limit: int, offset: int, terms: Mapping[str, Term] | None = None
) -> Page:
    """Ask a query, with variables bound to ``terms``, and return at most ``limit`` rows. Raises QueryError."""
    bound = {name: to_store(term) for name, term in (terms or {}).items()}
    allowed = replace(limits, rows=COUNTED, truncate=True, result_bytes=_BYTES)
    with held.query(Query(query, _ACCEPT, limits=allowed, bindings=bound)) as result:
        content, form, cut = result.read(), result.form, result.truncated
    if form == "ask":
        return Page(form, (), [], 0, True, 0, bool(orjson.loads(content)["boolean"]))
    found = table_answer(content) if form == "select" else graph_answer(content, NTRIPLES)
    some = [{name: value_of(term) for name, term in row.items()} for row in found.rows[offset : offset + limit]]
    return Page(form, found.columns, some, len(found.rows), not cut, offset)
