"""RDF terms (IRIs and literals) as pages need them, and rows of them from results in SPARQL JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson

from cityrights.vocabulary import RDF, XSD
from sparqlgate.errors import QueryUnsupported


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


#: How many triple terms may stand within each other in what pages and programs here are made of.
DEEPEST: Final = 64
_TOO_DEEP: Final = f"the answer holds triple terms within each other, more than {DEEPEST}; ask for other columns"

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


def best_label(labels: Iterable[Literal], languages: Sequence[str]) -> Literal | None:
    """Return the label that a reader of ``languages`` should see: the first of them that there is, then any.

    The same labels give the same choice whatever their order. None when there are none.
    """
    known = sorted(labels, key=lambda label: (label.language, label.value))
    for language in languages:
        for label in known:
            if label.language == language or label.language.startswith(language + "-"):
                return label
    return next((label for label in known if not label.language), known[0] if known else None)


def fallback_chain(language: str) -> tuple[str, ...]:
    """Return the languages in which a label is looked for: the reader's, then English; after them any."""
    return (language,) if language == "en" else (language, "en")
