"""Running a stored query: its answer as rows of terms; and all of them once, for the ledger of a new snapshot."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

import pyoxigraph as ox

from cityrights.library.ledger import Ledger, Run, Runs
from cityrights.library.pages import term_text, to_store
from cityrights.library.queries import LibraryQuery, Parameter, nearest, with_prefixes
from cityrights.snapshot import Progress, Snapshot
from cityrights.terms import Iri, Literal, Row, Term, loaded, rows_of
from sparqlgate import EmbeddedEngine, Limits, Query, Store
from sparqlgate.errors import QueryError
from sparqlgate.query import JSON

#: The columns of a graph as a table.
TRIPLE: Final = ("subject", "predicate", "object")
NTRIPLES: Final = "application/n-triples"
#: Seconds that one question may take, and all of them together: a graph of any size can be built.
_ONE: Final = 10.0
_ALL: Final = 60.0


@dataclass(frozen=True)
class Answer:
    """The columns of an answer in their order, and its rows; what is unbound is not in its row."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, Term]]

    def lines(self) -> list[str]:
        """Return the answer as lines: a head of its columns, then its rows, sorted, as SPARQL 1.1 TSV writes them.

        Terms are as N-Triples writes them, so the same answer has the same lines whatever engine gave it. A node
        without a name is ``_:`` alone.
        """
        head = "\t".join(f"?{name}" for name in self.columns)
        return [head, *sorted("\t".join(_written(row.get(name)) for name in self.columns) for row in self.rows)]


def read_lines(lines: Sequence[str]) -> Answer:
    """Return the answer that has these lines, as :meth:`Answer.lines` wrote them. Raises ValueError for others."""
    try:
        text = "".join(f"{line}\n" for line in lines).encode()
        found = ox.parse_query_results(text, format=ox.QueryResultsFormat.TSV)
        if not isinstance(found, ox.QuerySolutions):
            raise ValueError("these lines are no table")
        columns = [variable.value for variable in found.variables]
        held = [{name: from_store(term) for name in columns if (term := row[name]) is not None} for row in found]
    except SyntaxError as error:
        raise ValueError(f"these lines are no table: {error}") from error
    return Answer(columns, held)


def value_of(parameter: Parameter, text: str | None = None) -> Term:
    """Return what a parameter is bound to: ``text``, or its default. Raises ValueError when it is not of its type."""
    return from_store(parameter.term(text))


def serialised(
    engine: Store,
    query: LibraryQuery,
    terms: Mapping[str, Term],
    language: str,
    media_type: str,
    limits: Limits | None = None,
) -> bytes:
    """Return the whole answer in one of the engine’s formats, its labels in ``language``.

    ``terms`` are bound by substitution, never written into the text. Raises QueryError as the engine does.
    """
    substitutions = {name: to_store(term) for name, term in terms.items()}
    text = with_prefixes(query.spoken(nearest(language)))
    with engine.query(Query(text, format=media_type, limits=limits, bindings=substitutions)) as result:
        return result.read()


def answer(
    engine: Store, query: LibraryQuery, terms: Mapping[str, Term], language: str, limits: Limits | None = None
) -> Answer:
    """Return the whole answer as rows, those of a graph in the order of their triples. Raises QueryError."""
    if query.is_graph:
        return graph_answer(serialised(engine, query, terms, language, NTRIPLES, limits), NTRIPLES)
    return table_answer(serialised(engine, query, terms, language, JSON, limits))


class TooMany(Exception):
    """An answer has more rows than its reader takes."""


def table_answer(content: bytes, most: int | None = None) -> Answer:
    """Return the rows of a SELECT answer in the SPARQL 1.1 JSON results format. Raises TooMany above ``most`` rows."""
    found = loaded(content)
    if most is not None and len(found["results"]["bindings"]) > most:
        raise TooMany
    return Answer(found["head"]["vars"], rows_of(found))


def graph_answer(content: bytes, media_type: str, most: int | None = None) -> Answer:
    """Return the triples of a graph in one of the formats of RDF, in their order.

    Raises SyntaxError as the parser, and TooMany above ``most`` triples.
    """
    form = ox.RdfFormat.from_media_type(media_type)
    assert form is not None, media_type
    found = (quad.triple for quad in ox.parse(content, format=form))
    triples = sorted(islice(found, None if most is None else most + 1), key=str)
    if most is not None and len(triples) > most:
        raise TooMany
    return Answer(TRIPLE, [dict(zip(TRIPLE, map(from_store, triple), strict=True)) for triple in triples])


def _written(term: Term | None) -> str:
    if term is None:
        return ""
    return "_:" if isinstance(term, Iri) and term.value.startswith("_:") else term_text(term).replace("\t", "\\t")


def from_store(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Term:
    """Return a term of the store as the pages have it; what has no IRI is named by its text."""
    if isinstance(term, ox.Literal):
        return Literal(term.value, (term.language or "").lower(), term.datatype.value)
    return Iri(term.value if isinstance(term, ox.NamedNode) else str(term))


def table_rows(content: BinaryIO) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Return the columns and the rows of a SELECT answer in SPARQL 1.1 TSV; what is unbound is not in its row.

    Raises SyntaxError, while the rows are read, for what is no such table.
    """
    solutions = ox.parse_query_results(content, format=ox.QueryResultsFormat.TSV)
    assert isinstance(solutions, ox.QuerySolutions)
    names = tuple(variable.value for variable in solutions.variables)
    return names, (
        {name: from_store(term) for name in names if (term := solution[name]) is not None} for solution in solutions
    )


def graph_rows(content: BinaryIO) -> Iterator[Row]:
    """Yield the triples of a graph in N-Triples, in the order of the file. Raises SyntaxError for what is none."""
    for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES):
        yield dict(zip(TRIPLE, map(from_store, quad.triple), strict=True))


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
    ledger.keep_asked(_digest(questions))
    return held


def _digest(questions: Sequence[LibraryQuery]) -> str:
    """Return what names the questions with all that their files say, such as titles, beside their queries."""
    total = hashlib.sha256()
    for query in questions:
        total.update(query.name.encode() + b"\0" + hashlib.sha256(query.path.read_bytes()).digest())
    return total.hexdigest()


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
