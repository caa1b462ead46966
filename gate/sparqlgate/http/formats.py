"""The formats that a gate writes: their media types, names and file extensions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True, eq=False)
class Format:
    """A format: ``media_type`` is sent, ``aliases`` are understood in Accept, ``names`` in ``format=``.

    ``made`` is for one that is made from an answer, and not written by the store. ``content_type`` is the value of
    Content-Type.
    """

    name: str
    media_type: str
    extension: str
    aliases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    made: bool = False
    content_type: str = field(init=False)

    def __post_init__(self) -> None:
        # JSON and XML say their encoding themselves; the others need the charset.
        charset = "; charset=utf-8" if self.media_type.startswith("text/") else ""
        object.__setattr__(self, "content_type", f"{self.media_type}{charset}")

    @property
    def media_types(self) -> tuple[str, ...]:
        """Every media type that asks for this format, its own first."""
        return (self.media_type, *self.aliases)


HTML: Final = Format("HTML", "text/html", "html", ("application/xhtml+xml",), ("html",))
PROBLEM: Final = Format("problem", "application/problem+json", "json", ("application/json",), ("json",))
JSON: Final = Format("JSON", "application/json", "json", (), ("json",))
PLAIN: Final = Format("text", "text/plain", "txt", (), ("text",))

RESULTS_JSON: Final = Format(
    "JSON",
    "application/sparql-results+json",
    "srj",
    ("application/json", "text/json", "text/javascript", "application/javascript"),
    ("json", "srj", "sparql-results+json", "application/json"),
)
RESULTS_XML: Final = Format(
    "XML",
    "application/sparql-results+xml",
    "srx",
    ("application/xml", "text/xml"),
    ("xml", "srx", "sparql-results+xml", "application/xml"),
)
RESULTS_CSV: Final = Format("CSV", "text/csv", "csv", (), ("csv",))
RESULTS_TSV: Final = Format("TSV", "text/tab-separated-values", "tsv", (), ("tsv",))
RESULTS: Final = (RESULTS_JSON, RESULTS_XML, RESULTS_CSV, RESULTS_TSV)

TURTLE: Final = Format(
    "Turtle",
    "text/turtle",
    "ttl",
    ("application/turtle", "application/x-turtle", "text/n3", "text/rdf+n3"),
    ("turtle", "ttl", "n3"),
)
NTRIPLES: Final = Format(
    "N-Triples", "application/n-triples", "nt", ("text/plain",), ("ntriples", "n-triples", "nt", "nt11")
)
JSONLD: Final = Format(
    "JSON-LD", "application/ld+json", "jsonld", ("application/json",), ("jsonld", "json-ld", "json", "ld+json")
)
RDFXML: Final = Format(
    "RDF/XML",
    "application/rdf+xml",
    "rdf",
    ("application/xml", "text/xml"),
    ("rdf", "rdf+xml", "rdfxml", "xml", "rdf/xml"),
)
TRIG: Final = Format("TriG", "application/trig", "trig", ("application/x-trig",), ("trig",))
NQUADS: Final = Format("N-Quads", "application/n-quads", "nq", ("text/x-nquads",), ("nquads", "n-quads", "nq"))
GRAPHS: Final = (TURTLE, NTRIPLES, JSONLD, RDFXML, TRIG, NQUADS)

BY_EXTENSION: Final = {form.extension: form for form in GRAPHS}


def named(value: str, offers: tuple[Format, ...]) -> Format | None:
    """Return the offer that a ``format=`` parameter names (its name or its media type), or None."""
    wanted = value.strip().lower()
    return next((form for form in offers if wanted in form.names or wanted == form.media_type), None)
