"""Results and graphs as rows of plain terms, read without the library that wrote them, and compared.

A term is ``("uri", iri)``, ``("bnode", label)`` or ``("literal", form, datatype, language)``; a row of a table is a set
of (variable, term), a row of a graph is a triple. Blank nodes are told apart only by where they stand.
"""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import pyoxigraph as ox

Term: TypeAlias = tuple[str, ...]
Row: TypeAlias = tuple[tuple[str, Term], ...]
_XSD = "http://www.w3.org/2001/XMLSchema#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_SRX = "{http://www.w3.org/2005/sparql-results#}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_NUMERIC = {"integer", "decimal", "double", "float", "int", "long", "short", "byte", "nonNegativeInteger"}
_RDF_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".n3": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
}


@dataclass(frozen=True)
class Answer:
    """What came or should come: a truth value, a table (``variables`` given), or a graph."""

    truth: bool | None = None
    variables: tuple[str, ...] | None = None
    rows: tuple[Row, ...] = ()
    ordered: bool = False


def same(expected: Answer, actual: Answer, *, lax: bool = False) -> bool:
    """Say whether two answers are the same up to the names of blank nodes.

    Numbers, dates and truth values count by datatype and value, not by how they are written, as computed ones may come
    in any form. Tables are multisets, sequences where ``expected`` is ordered, and with ``lax`` may lack repetitions.
    """
    if expected.truth is not None or actual.truth is not None:
        return expected.truth == actual.truth
    if (expected.variables is None) != (actual.variables is None):
        return False
    if expected.variables is not None and set(expected.variables) != set(actual.variables or ()):
        return False
    left, right = [_by_value(row) for row in expected.rows], [_by_value(row) for row in actual.rows]
    if lax:
        if len(right) > len(left):
            return False
        left, right = list(dict.fromkeys(left)), list(dict.fromkeys(right))
    if expected.variables is None:
        left, right = list(set(left)), list(set(right))
    if len(left) != len(right):
        return False
    if expected.ordered:
        return _sequence(left, right)
    return _match(left, right, {}, {})


def _by_value(row: Row) -> Row:
    return tuple((name, _value(term)) for name, term in row)


def _value(term: Term) -> Term:
    """Return a literal in one form for each value: 1.0 and 1.00 are the same number; their datatypes must agree."""
    if term[0] == "text" and _NUMBER.match(term[1]):
        return ("text", _number(term[1]))
    if term[0] != "literal" or not term[2].startswith(_XSD):
        return term
    kind, form = term[2].removeprefix(_XSD), term[1].strip()
    if kind in _NUMERIC and _NUMBER.match(form):
        return ("literal", _number(form), term[2], "")
    if kind == "boolean":
        return ("literal", {"1": "true", "0": "false"}.get(form, form), term[2], "")
    if kind in ("date", "dateTime", "time"):
        form = re.sub(r"(\.\d*?)0*(?=[Z+-]|$)", r"\1", form).replace(".Z", "Z").removesuffix(".")
        return ("literal", re.sub(r"[+-]00:00$", "Z", form), term[2], "")
    return term


def _number(form: str) -> str:
    return str(Decimal(form).normalize() + 0)


def _sequence(left: list[Row], right: list[Row]) -> bool:
    there: dict[Term, Term] = {}
    back: dict[Term, Term] = {}
    return all(_unify(a, b, there, back) is not None for a, b in zip(left, right, strict=True))


def _match(left: list[Row], right: list[Row], there: dict[Term, Term], back: dict[Term, Term]) -> bool:
    """Find a one-to-one mapping of blank nodes that turns ``left`` into ``right`` (backtracking; few rows have any)."""
    plain = Counter(row for row in left if not _blank(row))
    if plain != Counter(row for row in right if not _blank(row)):
        return False
    left, right = [row for row in left if _blank(row)], [row for row in right if _blank(row)]
    if Counter(map(_shape, left)) != Counter(map(_shape, right)):
        return False
    if not left:
        return True
    rarity = Counter(map(_shape, left))
    ordered = sorted(left, key=lambda row: rarity[_shape(row)])
    return _assign(ordered, right, there, back)


def _assign(left: list[Row], right: list[Row], there: dict[Term, Term], back: dict[Term, Term]) -> bool:
    if not left:
        return True
    known = [row for row in left if all(term in there for _, term in row if term[0] == "bnode")]
    first = known[0] if known else left[0]
    rest = [row for row in left if row is not first]
    tried = set()
    for place, candidate in enumerate(right):
        if candidate in tried:
            continue
        tried.add(candidate)
        added = _unify(first, candidate, there, back)
        if added is None:
            continue
        if _assign(rest, right[:place] + right[place + 1 :], there, back):
            return True
        for term in added:
            del back[there.pop(term)]
    return False


def _unify(a: Row, b: Row, there: dict[Term, Term], back: dict[Term, Term]) -> list[Term] | None:
    """Extend the mapping so that ``a`` becomes ``b`` and return what was added, or None and leave it as it was."""
    added: list[Term] = []
    good = len(a) == len(b)
    for (name, x), (other, y) in zip(a, b, strict=False):
        if not good:
            break
        if name != other or x[0] != y[0] or (x[0] != "bnode" and x != y):
            good = False
        elif x[0] == "bnode":
            if x not in there and y not in back:
                there[x], back[y] = y, x
                added.append(x)
            elif there.get(x) != y:
                good = False
    if good:
        return added
    for term in added:
        del back[there.pop(term)]
    return None


def _blank(row: Row) -> bool:
    return any(term[0] == "bnode" for _, term in row)


def _shape(row: Row) -> Row:
    return tuple((name, ("bnode",) if term[0] == "bnode" else term) for name, term in row)


def literal(form: str, datatype: str | None = None, language: str | None = None) -> Term:
    """Return a literal; a plain one has xsd:string, as RDF 1.1 says."""
    if language:
        return ("literal", form, _RDF + "langString", language.lower())
    return ("literal", form, datatype or _XSD + "string", "")


def from_json(body: bytes) -> Answer:
    """Read SPARQL 1.1 Query Results JSON."""
    loaded = json.loads(body)
    if "boolean" in loaded:
        return Answer(truth=loaded["boolean"])
    rows = [
        tuple(sorted((name, _json_term(term)) for name, term in row.items())) for row in loaded["results"]["bindings"]
    ]
    return Answer(variables=tuple(loaded["head"]["vars"]), rows=tuple(rows))


def _json_term(term: dict[str, Any]) -> Term:
    if term["type"] in ("uri", "bnode"):
        return (term["type"], term["value"])
    return literal(term["value"], term.get("datatype"), term.get("xml:lang"))


def from_xml(body: bytes) -> Answer:
    """Read SPARQL Query Results XML."""
    tree = ET.fromstring(body)
    truth = tree.find(_SRX + "boolean")
    if truth is not None:
        return Answer(truth=(truth.text or "").strip() == "true")
    names = tuple(item.attrib["name"] for item in tree.findall(f"{_SRX}head/{_SRX}variable"))
    rows = [
        tuple(sorted((one.attrib["name"], _xml_term(one[0])) for one in row.findall(_SRX + "binding")))
        for row in tree.findall(f"{_SRX}results/{_SRX}result")
    ]
    return Answer(variables=names, rows=tuple(rows))


def _xml_term(element: ET.Element) -> Term:
    kind, text = element.tag.removeprefix(_SRX), element.text or ""
    if kind in ("uri", "bnode"):
        return (kind, text)
    return literal(text, element.get("datatype"), element.get(_LANG))


def from_csv(body: bytes) -> Answer:
    """Read SPARQL 1.1 Query Results CSV, where only blank nodes can be told from other terms."""
    lines = list(csv.reader(io.StringIO(body.decode(), newline="")))
    names = tuple(lines[0])
    rows = [
        tuple(
            sorted(
                (name, ("bnode", text) if text.startswith("_:") else ("text", text))
                for name, text in zip(names, line, strict=True)
            )
        )
        for line in lines[1:]
        if line or not names
    ]
    return Answer(variables=names, rows=tuple(rows))


def from_tsv(body: bytes) -> Answer:
    """Read SPARQL 1.1 Query Results TSV."""
    head, *lines = body.decode().rstrip("\n").split("\n")
    names = tuple(name.removeprefix("?") for name in head.split("\t"))
    rows = [
        tuple(sorted((name, _turtle_term(text)) for name, text in zip(names, line.split("\t"), strict=True) if text))
        for line in lines
    ]
    return Answer(variables=names, rows=tuple(rows))


def _turtle_term(text: str) -> Term:
    if text.startswith("_:"):
        return ("bnode", text)
    (quad,) = ox.parse(f"<a:> <a:> {text} .".encode(), format=ox.RdfFormat.TURTLE)
    return term(quad.object)


def term(value: object) -> Term:
    """Return a term of the parser as a plain one."""
    if isinstance(value, ox.NamedNode):
        return ("uri", value.value)
    if isinstance(value, ox.BlankNode):
        return ("bnode", value.value)
    assert isinstance(value, ox.Literal)
    return literal(value.value, value.datatype.value, value.language)


def from_graph(body: bytes, form: ox.RdfFormat, base: str = "http://example.org/") -> Answer:
    """Read an RDF graph; a result set written as RDF (Data Access Working Group, 2004) becomes its table."""
    triples = [quad.triple for quad in ox.parse(body, format=form, base_iri=base)]
    if any(t.object == ox.NamedNode(_RS + "ResultSet") for t in triples):
        return _result_set(triples)
    return Answer(
        rows=tuple((("s", term(t.subject)), ("p", term(t.predicate)), ("o", term(t.object))) for t in triples)
    )


def _result_set(triples: Iterable[ox.Triple]) -> Answer:
    about: dict[object, dict[str, list[Any]]] = {}
    for t in triples:
        about.setdefault(t.subject, {}).setdefault(t.predicate.value.removeprefix(_RS), []).append(t.object)
    (head,) = (of for of in about.values() if ox.NamedNode(_RS + "ResultSet") in of.get(_RDF + "type", []))
    if "boolean" in head:
        return Answer(truth=head["boolean"][0].value == "true")
    names = tuple(name.value for name in head.get("resultVariable", []))
    solutions = [about.get(node, {}) for node in head.get("solution", [])]
    ordered = bool(solutions) and all("index" in one for one in solutions)
    if ordered:
        solutions.sort(key=lambda one: int(one["index"][0].value))
    rows = [
        tuple(sorted((about[b]["variable"][0].value, term(about[b]["value"][0])) for b in one.get("binding", [])))
        for one in solutions
    ]
    return Answer(variables=names, rows=tuple(rows), ordered=ordered)


_READERS = {".srx": from_xml, ".srj": from_json, ".csv": from_csv, ".tsv": from_tsv}


def read(body: bytes, suffix: str, base: str = "http://example.org/") -> Answer:
    """Read an answer in the format of a file name's suffix."""
    reader = _READERS.get(suffix)
    return reader(body) if reader is not None else from_graph(body, _RDF_FORMATS[suffix], base)


def read_file(path: Path, address: str) -> Answer:
    """Read a file of expected results."""
    return read(path.read_bytes(), path.suffix, address)
