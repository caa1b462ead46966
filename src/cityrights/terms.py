"""RDF terms (IRIs, literals) as pages need them: rows of SPARQL JSON, as SPARQL text, to and from the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

import orjson
import pyoxigraph as ox

from cityrights.vocabulary import CR, LANGUAGE, PREFIXES, RDF, XSD
from sparqlgate.errors import QueryUnsupported
from sparqlgate.text import writing

#: How many triple terms may stand within each other in what pages and programs here are made of.
DEEPEST: Final = 64
#: The usual prefixes, those for parts of our own vocabulary before that for the whole.
_PREFIXES = {**{prefix: base for prefix, base in PREFIXES.items() if base != CR}, "cr": CR}
_TOO_DEEP: Final = f"the answer holds triple terms within each other, more than {DEEPEST}; ask for other columns"


@dataclass(frozen=True, slots=True, order=True)
class Iri:
    """An IRI."""

    value: str

    def __str__(self) -> str:
        return self.value

    @property
    def local_name(self) -> str:
        """What follows the last ``#`` or ``/``."""
        return self.value.rstrip("/#").replace("#", "/").rpartition("/")[2]


@dataclass(frozen=True, slots=True, order=True)
class Literal:
    """A literal: its lexical form, and its language (lower case) or its datatype."""

    value: str
    language: str = ""
    datatype: str = XSD + "string"

    def __str__(self) -> str:
        return self.value


Term: TypeAlias = Iri | Literal
Row: TypeAlias = Mapping[str, Term]


def rows(answer: bytes) -> list[dict[str, Term]]:
    """Read a SELECT answer in the SPARQL 1.1 JSON results format; unbound variables are left out of their row."""
    return rows_of(loaded(answer))


def loaded(answer: bytes) -> Any:
    """Read an answer in the SPARQL 1.1 JSON results format. Raises QueryUnsupported where it is nested too deep."""
    try:
        return orjson.loads(answer)
    except orjson.JSONDecodeError:  # what the engine writes is JSON, and only its depth may be too much
        raise QueryUnsupported(_TOO_DEEP) from None


def rows_of(loaded: Mapping[str, Any]) -> list[dict[str, Term]]:
    """Return the rows of a SELECT answer that was read as JSON, as :func:`rows` does; an IRI is one object in all."""
    iris: dict[str, Iri] = {}

    def term(value: Mapping[str, Any]) -> Term:
        if value["type"] != "uri":
            return _term(value)
        known = iris.get(value["value"])
        if known is None:
            known = iris[value["value"]] = Iri(value["value"])
        return known

    return [{name: term(value) for name, value in binding.items()} for binding in loaded["results"]["bindings"]]


def _term(value: Mapping[str, Any], depth: int = 0) -> Term:
    if value["type"] in ("uri", "bnode"):
        return Iri(value["value"])
    if value["type"] == "triple":
        if depth == DEEPEST:
            raise QueryUnsupported(_TOO_DEEP)
        parts = (_term(value["value"][name], depth + 1) for name in ("subject", "predicate", "object"))
        return Literal(f"<<( {' '.join(map(str, parts))} )>>")
    language = str(value.get("xml:lang", "")).lower()
    default = RDF + "langString" if language else XSD + "string"
    return Literal(value["value"], language, str(value.get("datatype", default)))


def term_text(term: Term) -> str:
    """Write a term as SPARQL and N-Triples do, everything special in it escaped."""
    if isinstance(term, Iri):
        return writing.iri(term.value)
    return writing.literal(term.value, term.language, term.datatype)


def name_text(iri: str) -> str:
    """Write an IRI as a prefixed name where one fits, else as SPARQL and N-Triples do."""
    return writing.name(iri, _PREFIXES)


def to_store(term: Term) -> ox.NamedNode | ox.Literal:
    """Return the term as the engine takes it."""
    if isinstance(term, Iri):
        return ox.NamedNode(term.value)
    if term.language:
        return ox.Literal(term.value, language=term.language)
    return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype))


def from_store(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Term:
    """Return a term of the store as the pages have it; what has no IRI is named by its text."""
    if isinstance(term, ox.Literal):
        return Literal(term.value, (term.language or "").lower(), term.datatype.value)
    return Iri(term.value if isinstance(term, ox.NamedNode) else str(term))


def best_label(labels: Iterable[Literal], languages: Sequence[str]) -> Literal | None:
    """Return the label that a reader of ``languages`` should see: the first of them that there is, then any.

    The same labels give the same choice whatever their order. None when there are none.
    """
    known = [*labels]
    if len(known) > 1:
        for language in languages:
            longer = f"{language}-"
            told = [each for each in known if each.language == language or each.language.startswith(longer)]
            if told:
                return min(told, key=_by_language) if len(told) > 1 else told[0]
    return min(known, key=_by_language, default=None)  # what has no language comes before what has


def _by_language(label: Literal) -> tuple[str, str]:
    return label.language, label.value


@lru_cache(maxsize=64)
def fallback_chain(language: str) -> tuple[str, ...]:
    """Return the languages in which a label is looked for: the reader's, the instance's first, English; then any."""
    return tuple(dict.fromkeys((language, LANGUAGE, "en")))
