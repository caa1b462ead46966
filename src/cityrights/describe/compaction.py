"""JSON-LD with short names (JSON-LD 1.1): the terms of ``ontology/context.jsonld``, as many as a document needs.

The context stands in the document itself, so that it can be read without the network and stays readable when addresses
change; the whole context is at ``/ontology/context.jsonld``. Only names of properties and classes are shortened: an
``id`` is always the whole IRI.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson
import pyoxigraph as ox

from cityrights import resources
from cityrights.namespaces import RDF, XSD

_STRING = XSD + "string"


@lru_cache(maxsize=1)
def published_context() -> Mapping[str, Any]:
    """Return the terms of the published context."""
    read: Mapping[str, Any] = orjson.loads((resources.home() / "ontology" / "context.jsonld").read_bytes())["@context"]
    return read


@lru_cache(maxsize=1)
def _by_iri() -> dict[str, tuple[str, dict[str, Any]]]:
    """Term and its definition by the IRI that it stands for; prefixes are no terms."""
    context = published_context()
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for term, said in context.items():
        definition = said if isinstance(said, dict) else {"@id": said}
        iri = _whole(str(definition.get("@id", "")))
        if not term.startswith("@") and "://" in iri and not iri.endswith(("/", "#")):
            found.setdefault(iri, (term, definition))
    return found


def _whole(name: str) -> str:
    prefix, colon, rest = name.partition(":")
    base = published_context().get(prefix) if colon and not rest.startswith("//") else None
    return base + rest if isinstance(base, str) else name


def compact(triples: Iterable[ox.Triple]) -> bytes:
    """Return triples as one JSON-LD document, in the order in which their subjects come."""
    nodes: dict[str, defaultdict[str, list[Any]]] = {}
    for triple in triples:
        nodes.setdefault(_id(triple.subject), defaultdict(list))[triple.predicate.value].append(triple.object)
    used: dict[str, Any] = {}
    graph = [_node(subject, said, used) for subject, said in nodes.items()]
    context = {"@version": 1.1, "id": "@id", "type": "@type", **_with_prefixes(used)}
    document = {"@context": context, "@graph": graph}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _with_prefixes(used: Mapping[str, Any]) -> dict[str, Any]:
    """Add the prefixes that the definitions of terms are written with."""
    context = published_context()
    names = [
        name
        for said in used.values()
        for name in ([said] if isinstance(said, str) else [said["@id"], said.get("@type", "")])
    ]
    prefixes = {name.partition(":")[0] for name in names if ":" in name and not name.startswith(("http", "@"))}
    return dict(sorted({**{prefix: context[prefix] for prefix in prefixes}, **used}.items()))


def _id(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _node(subject: str, said: Mapping[str, list[Any]], used: dict[str, Any]) -> dict[str, Any]:
    node: dict[str, Any] = {"id": subject}
    for predicate, values in said.items():
        if predicate == RDF + "type":
            types = [value for value in values if isinstance(value, ox.NamedNode)]
            if types:
                node["type"] = _one([_class(value.value, used) for value in types])
            values = [value for value in values if not isinstance(value, ox.NamedNode)]
            if not values:
                continue
        fitting, others, term, definition = _split(predicate, values)
        if fitting:
            used[term] = published_context()[term]
            node[term] = _under_term(fitting, definition)
        if others:
            node[predicate] = _one([_value(value) for value in others])
    return node


def _class(iri: str, used: dict[str, Any]) -> str:
    term, definition = _by_iri().get(iri, ("", {}))
    if term and set(definition) == {"@id"}:
        used[term] = published_context()[term]
        return term
    return iri


def _split(predicate: str, values: list[Any]) -> tuple[list[Any], list[Any], str, dict[str, Any]]:
    """Part the values into those that the term of the predicate can say and those that need the whole form."""
    term, definition = _by_iri().get(predicate, ("", {}))
    if not term:
        return [], values, "", {}
    container, kind = definition.get("@container", ()), definition.get("@type", "")
    if "@language" in container:
        tags = [value.language for value in values if isinstance(value, ox.Literal) and value.language]
        single = "@set" in container or len(tags) == len(set(tags))
        return (
            *_sort(values, lambda value: single and isinstance(value, ox.Literal) and bool(value.language)),
            term,
            definition,
        )
    if kind == "@id":
        return *_sort(values, lambda value: not isinstance(value, ox.Literal)), term, definition
    if kind:
        datatype = _whole(kind)
        return (
            *_sort(values, lambda value: isinstance(value, ox.Literal) and value.datatype.value == datatype),
            term,
            definition,
        )
    return values, [], term, definition


def _sort(values: list[Any], fits: Any) -> tuple[list[Any], list[Any]]:
    return [value for value in values if fits(value)], [value for value in values if not fits(value)]


def _under_term(values: list[Any], definition: Mapping[str, Any]) -> Any:
    container, kind = definition.get("@container", ()), definition.get("@type", "")
    if "@language" in container:
        spoken: dict[str, list[str]] = defaultdict(list)
        for value in values:
            spoken[value.language].append(value.value)
        return {tag: held if "@set" in container else held[0] for tag, held in sorted(spoken.items())}
    if kind == "@id":
        return _one([_id(value) for value in values])
    if kind:
        return _one([value.value for value in values])
    return _one([_value(value) for value in values])


def _value(value: Any) -> Any:
    if not isinstance(value, ox.Literal):
        return {"id": _id(value)}
    if value.language:
        turned = {} if value.direction is None else {"@direction": value.direction.value}
        return {"@value": value.value, "@language": value.language, **turned}
    if value.datatype.value == _STRING:
        return value.value
    return {"@value": value.value, "@type": value.datatype.value}


def _one(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
