"""The formats of answers: which one is meant, tables and graphs; graphs written with the prefixes that they use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, islice
from typing import Final, TypeAlias

import pyoxigraph as ox

from sparqlgate.errors import QueryUnsupported
from sparqlgate.namespaces import RDF as RDF_SPACE
from sparqlgate.namespaces import XSD
from sparqlgate.rdf import rdfxml

Statement: TypeAlias = ox.Triple | ox.Quad

RESULTS: Final[dict[str, ox.QueryResultsFormat]] = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
_TYPE: Final = RDF_SPACE + "type"
RDF_XML: Final = "application/rdf+xml"
RDF: Final[dict[str, ox.RdfFormat]] = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    RDF_XML: ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}
#: So many triples are looked at before the first goes out: about as many as an answer has that is gathered anyhow.
_AHEAD: Final = 20_000
#: Formats that begin with the prefixes.
_WITH_HEADING: Final = frozenset({"text/turtle", "application/trig"})
#: Types whose literals Turtle writes as they are.
_PLAIN_LITERALS: Final = frozenset(XSD + name for name in ("string", "boolean", "integer", "decimal", "double"))


def write_graph(
    triples: Iterable[Statement],
    out: rdfxml.Writable,
    media_type: str,
    prefixes: Mapping[str, str],
    *,
    ahead: int = _AHEAD,
) -> None:
    """Write triples, or quads where the format has them, to a binary file, shortened by ``prefixes`` where it has that.

    Of these it declares those that the first ``ahead`` triples use; what others would shorten is written whole. Raises
    ``rdfxml.Unwritable`` for what RDF/XML, and OSError for what JSON-LD cannot carry.
    """
    if media_type == RDF_XML:
        rdfxml.write(triples, out, prefixes)
        return
    used: dict[str, str] = {}
    if media_type in _WITH_HEADING:
        coming = iter(triples)
        first = list(islice(coming, ahead))
        used, triples = used_prefixes(first, prefixes), chain(first, coming)
        out = _Heading(out, len(used))
    ox.serialize(triples, out, RDF[media_type], prefixes=used)  # type: ignore[arg-type]  # any writer does


def used_prefixes(statements: Iterable[Statement], prefixes: Mapping[str, str]) -> dict[str, str]:
    """Return those of ``prefixes`` by which Turtle or TriG shortens an IRI of these statements, sorted by name."""
    spaces = sorted({space: name for name, space in prefixes.items()}.items(), key=lambda one: -len(one[0]))
    # Where every space ends in a slash or a number sign, IRIs that are alike up to their last one are in the same.
    alike = all(space.endswith(("/", "#")) for space, _ in spaces)
    heads = {iri[: max(iri.rfind("/"), iri.rfind("#")) + 1] if alike else iri for iri in _iris(statements)}
    used = {next((name for space, name in spaces if head.startswith(space)), "") for head in heads}
    return {name: prefixes[name] for name in sorted(used) if name in prefixes}


def _iris(statements: Iterable[Statement]) -> Iterator[str]:
    for one in statements:
        if isinstance(one, ox.Quad) and isinstance(one.graph_name, ox.NamedNode):
            yield one.graph_name.value
        if one.predicate.value != _TYPE:  # which is written as one letter
            yield one.predicate.value
        for term in (one.subject, one.object):
            if isinstance(term, ox.NamedNode):
                yield term.value
            elif isinstance(term, ox.Triple):
                yield from _iris([term])
            elif isinstance(term, ox.Literal) and not term.language and term.datatype.value not in _PLAIN_LITERALS:
                yield term.datatype.value


class _Heading:
    """A file whose first lines, so many prefixes, are sorted: the library writes them in another order each time."""

    def __init__(self, out: rdfxml.Writable, lines: int) -> None:
        self._out = out
        self._lines = lines
        self._held = b""

    def write(self, data: bytes) -> int:
        """Take bytes."""
        if not self._lines:
            self._out.write(data)
            return len(data)
        self._held += data
        *heading, rest = self._held.split(b"\n", self._lines)
        if len(heading) == self._lines:
            self._out.write(b"".join(line + b"\n" for line in sorted(heading)) + rest)
            self._lines, self._held = 0, b""
        return len(data)

    def flush(self) -> None:
        """Do nothing: whoever reads flushes."""


@lru_cache(64)
def choose(form: str, accept: str) -> str:
    """Return the media type of the answer to a query of this form.

    ``accept`` lists media types in order of preference, separated by commas; parameters are ignored. Other names of
    formats are understood where a client sends them (``sparqlgate.http.formats``). A CONSTRUCT or DESCRIBE that only
    asks for tables gets Turtle, as some clients send one header for every query. Raises QueryUnsupported, naming the
    formats there are, when none fits.
    """
    tabular = form in ("select", "ask")
    known: dict[str, ox.QueryResultsFormat] | dict[str, ox.RdfFormat] = RESULTS if tabular else RDF
    asked = [part.split(";", 1)[0].strip().lower() for part in accept.split(",")]
    asked = [name for name in asked if name]
    for name in asked:
        if name == "*/*":
            return next(iter(known))
        if name in known:
            return name
    if not asked or (not tabular and all(name in RESULTS for name in asked)):
        return next(iter(known))
    there = ", ".join(known)
    raise QueryUnsupported(f"the answer to {form.upper()} has none of the formats asked for; there are {there}")
