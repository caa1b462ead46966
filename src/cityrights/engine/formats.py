"""The formats an answer can have, by media type (SPARQL 1.1 results JSON, XML, CSV and TSV; RDF 1.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox

from cityrights import rdfxml
from cityrights.errors import QueryUnsupported
from cityrights.namespaces import PREFIXES

RESULTS: Final[dict[str, ox.QueryResultsFormat]] = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
RDF_XML: Final = "application/rdf+xml"
RDF: Final[dict[str, ox.RdfFormat]] = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    RDF_XML: ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}
#: Other names that clients use for the same formats.
ALIASES: Final[dict[str, str]] = {
    "application/json": "application/sparql-results+json",
    "text/json": "application/sparql-results+json",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
    "application/turtle": "text/turtle",
    "application/x-turtle": "text/turtle",
    "text/plain": "application/n-triples",
}
_GRAPH_ALIASES: Final = {
    **ALIASES,
    "application/json": "application/ld+json",
    "application/xml": "application/rdf+xml",
    "text/xml": "application/rdf+xml",
}


def write_graph(triples: Iterable[ox.Triple], out: rdfxml.Writable, media_type: str) -> None:
    """Write triples to a binary file in a format of RDF.

    Raises ``rdfxml.Unwritable`` for what RDF/XML, and OSError for what JSON-LD cannot carry.
    """
    if media_type == RDF_XML:
        rdfxml.write(triples, out, PREFIXES)
    else:
        ox.serialize(triples, out, RDF[media_type], prefixes=PREFIXES)  # type: ignore[arg-type]  # any writer does


def choose(form: str, accept: str) -> str:
    """Return the media type of the answer to a query of this form.

    ``accept`` lists media types in order of preference, separated by commas; parameters are ignored. A CONSTRUCT or
    DESCRIBE that only asks for tables gets Turtle, as some clients send one header for every query. Raises
    QueryUnsupported, naming the formats there are, when none fits.
    """
    tabular = form in ("select", "ask")
    known: dict[str, ox.QueryResultsFormat] | dict[str, ox.RdfFormat] = RESULTS if tabular else RDF
    asked = [part.split(";", 1)[0].strip().lower() for part in accept.split(",")]
    asked = [name for name in asked if name]
    for name in asked:
        if name == "*/*":
            return next(iter(known))
        full = (ALIASES if tabular else _GRAPH_ALIASES).get(name, name)
        if full in known:
            return full
    if not asked or (not tabular and all(ALIASES.get(name, name) in RESULTS for name in asked)):
        return next(iter(known))
    there = ", ".join(known)
    raise QueryUnsupported(f"the answer to {form.upper()} has none of the formats asked for; there are {there}")
