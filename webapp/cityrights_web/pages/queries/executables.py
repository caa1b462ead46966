"""The library for other editors: each question as an executable of SHACL (sh:SPARQLExecutable, SHACL-SPARQL §6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cityrights.describe import Iri, Literal, value_of, written_out
from cityrights.describe.ask import term_text
from cityrights.describe.documents import convert
from cityrights.library import LANGUAGES, LibraryQuery, with_prefixes
from cityrights.namespaces import LICENSE, PREFIXES, RDF, XSD
from cityrights_web.pages.frame import Frame

_SH = PREFIXES["sh"]
_SCHEMA = "https://schema.org/"
_DCTERMS, _RDFS, _SKOS = (PREFIXES[name] for name in ("dcterms", "rdfs", "skos"))


def turtle(around: Frame, queries: Iterable[LibraryQuery]) -> bytes:
    """Describe every question: its texts, its query with the prefixes declared, and the endpoint that answers it.

    Parameters have their defaults, as VALUES, so that an editor shows where another value goes. The comment before a
    query is a note of its own.
    """
    return convert("\n".join(_lines(around, list(queries))), "text/turtle")


def _lines(around: Frame, queries: list[LibraryQuery]) -> Iterator[str]:
    urls = around.urls
    shelf = Iri(around.absolute(urls.plain("/queries")))
    endpoint = Iri(around.absolute(urls.plain("/sparql")))
    used = "".join(with_prefixes(query.text) for query in queries)
    for name in sorted(PREFIXES):
        if f"PREFIX {name}: " in used:
            node = f"_:prefix-{name}"
            yield f"{term_text(shelf)} <{_SH}declare> {node} ."
            yield f"{node} <{_SH}prefix> {term_text(Literal(name))} ."
            yield f"{node} <{_SH}namespace> {term_text(Literal(PREFIXES[name], datatype=XSD + 'anyURI'))} ."
    for query in queries:
        one = term_text(Iri(around.absolute(urls.plain(f"/queries/{query.name}"))))
        kind, text = ("Construct", "construct") if query.is_graph else ("Select", "select")
        yield f"{one} <{RDF}type> <{_SH}SPARQLExecutable> , <{_SH}SPARQL{kind}Executable> ."
        defaults = {parameter.name: value_of(parameter) for parameter in query.parameters}
        note, asked = query.parted[0], Literal(written_out(query.parted[1], defaults))
        yield f"{one} <{_SH}{text}> {term_text(asked)} ; <{_SH}prefixes> {term_text(shelf)} ."
        yield f"{one} <{_SCHEMA}target> {term_text(endpoint)} ; <{_DCTERMS}license> <{LICENSE}> ."
        for language in LANGUAGES:
            yield f"{one} <{_RDFS}label> {term_text(Literal(query.titles[language], language))} ."
            yield f"{one} <{_RDFS}comment> {term_text(Literal(query.questions[language], language))} ."
        if note:
            yield f"{one} <{_SKOS}scopeNote> {term_text(Literal(note, 'en'))} ."
        for tag in query.tags:
            yield f"{one} <{_SCHEMA}keywords> {term_text(Literal(tag))} ."
