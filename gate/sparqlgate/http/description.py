"""The service description (SPARQL 1.1 Service Description): what the endpoint is and can do, for programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from io import BytesIO
from typing import Final

import pyoxigraph as ox

from sparqlgate.http import formats
from sparqlgate.http.formats import Format
from sparqlgate.rdf.writing import write_graph

_W3C: Final = "http://www.w3.org/ns/formats/"
#: Name among the W3C's unique IRIs for formats → the format.
_FORMATS: Final = {
    "SPARQL_Results_JSON": formats.RESULTS_JSON,
    "SPARQL_Results_XML": formats.RESULTS_XML,
    "SPARQL_Results_CSV": formats.RESULTS_CSV,
    "SPARQL_Results_TSV": formats.RESULTS_TSV,
    "Turtle": formats.TURTLE,
    "N-Triples": formats.NTRIPLES,
    "JSON-LD": formats.JSONLD,
    "RDF_XML": formats.RDFXML,
    "TriG": formats.TRIG,
    "N-Quads": formats.NQUADS,
}
#: Formats that have no such IRI are named by their entry in the registry of media types.
_IANA: Final = "https://www.iana.org/assignments/media-types/"

PROLOGUE: Final = """
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix formats: <http://www.w3.org/ns/formats/> .
"""


def describe(endpoint: str, version: str, made: Iterable[Format] = (), functions: Collection[str] = ()) -> str:
    """Return the description of a service at an address over data of a version, in Turtle; see :func:`service`."""
    lines = [*service(f"<{endpoint}#service>", endpoint, made, functions)]
    lines.append(f"<{endpoint}#service> owl:versionInfo {ox.Literal(version)} .")
    return PROLOGUE + "".join(f"{line}\n" for line in lines)


def service(subject: str, endpoint: str, made: Iterable[Format] = (), functions: Collection[str] = ()) -> Iterator[str]:
    """Yield what every gate is and can do; ``subject`` is a term of Turtle.

    ``made`` are registered formats, ``functions`` those that the store says it knows (``Store.functions``).
    """
    written = {_W3C + name: form for name, form in _FORMATS.items()} | {_IANA + one.media_type: one for one in made}
    yield f"{subject} a sd:Service ; sd:endpoint <{endpoint}> ; sd:supportedLanguage sd:SPARQL11Query ;"
    yield "  sd:defaultEntailmentRegime <http://www.w3.org/ns/entailment/Simple> ;"
    yield f"  sd:resultFormat {' , '.join(f'<{iri}>' for iri in written)} ."
    for name in functions:
        yield f"{subject} sd:extensionFunction <{name}> . <{name}> a sd:Function ."
    for iri, form in written.items():
        yield f"<{iri}> formats:media_type {ox.Literal(form.media_type)} ."


def convert(turtle: str, media_type: str, prefixes: dict[str, str] | None = None) -> bytes:
    """Return a small Turtle text in another format of RDF."""
    out = BytesIO()
    triples = (quad.triple for quad in ox.parse(turtle.encode(), format=ox.RdfFormat.TURTLE))
    write_graph(triples, out, media_type, prefixes or {})
    return out.getvalue()
