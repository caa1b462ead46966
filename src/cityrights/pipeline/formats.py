"""Turtle, TriG, JSON-LD and nanopublications from sorted lines of N-Quads, as Oxigraph writes the same statements.

A line has its terms between spaces, and most of them are written in the other formats as they are or with a prefix: so
a large graph becomes a file without an object for each term. What is seldom (an escape in a name, a number that is not
an integer) the library is asked for. A test holds all of it to what the library writes, byte for byte.

A nanopublication of each claim and decision has a head, an assertion, provenance and publication info, see
https://nanopub.net/guidelines/working_draft/.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby, islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final, TypeAlias

import pyoxigraph as ox

from cityrights.vocabulary import (
    CR,
    DATASET,
    DCTERMS,
    EDITORS,
    GRAPH_CLAIMS,
    GRAPH_DECISIONS,
    ID,
    LICENSE,
    PREFIXES,
    RDF,
    XSD,
)

#: Subject, predicate, object and graph as N-Quads writes them; no graph is the default graph.
Row: TypeAlias = tuple[bytes, bytes, bytes, bytes]

#: So many rows go through each format at once.
_SOME: Final = 4_096
#: So many terms are remembered as they are written: those of a neighbourhood of lines come again and again.
_REMEMBERED: Final = 1 << 16
#: Characters that stand in a local name as they are, but for two of them at its ends; slash and hash are escaped.
_PLAIN: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_:-./#"
_TYPE: Final = f"<{RDF}type>".encode()
_INTEGER: Final = f"<{XSD}integer>".encode()
#: Types whose values Turtle may write without quotation marks.
_BARE: Final = frozenset(f"<{XSD}{name}>".encode() for name in ("integer", "decimal", "double", "boolean"))
_SAID: Final = b"<x:s> <x:p> "


def rows(lines: Iterable[bytes]) -> Iterator[list[Row]]:
    """Yield lines of N-Quads of named graphs taken apart, some at a time."""
    rest = iter(lines)
    while some := [_quad(line) for line in islice(rest, _SOME)]:
        yield some


def merged(lines: Iterable[bytes]) -> Iterator[list[Row]]:
    """Yield lines of N-Triples taken apart, some at a time."""
    rest = iter(lines)
    while some := [_triple(line) for line in islice(rest, _SOME)]:
        yield some


def _quad(line: bytes) -> Row:
    subject, predicate, rest = line.split(b" ", 2)
    value, graph, _ = rest.rsplit(b" ", 2)
    return subject, predicate, value, graph


def _triple(line: bytes) -> Row:
    subject, predicate, rest = line.split(b" ", 2)
    return subject, predicate, rest[:-2], b""


class Turtle:
    """Writes rows as Turtle or, those with a graph, as TriG: ``write`` for some after others, then ``end``.

    ``prefixes`` end with a slash or a hash, as those of the vocabulary do; raises ValueError for others.
    """

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = dict(prefixes)
        if not all(iri.endswith(("/", "#")) for iri in self._prefixes.values()):
            raise ValueError("a prefix stands for an IRI that ends with / or #")
        self._known = sorted(
            ((f"<{iri}".encode(), f"{name}:".encode()) for name, iri in self._prefixes.items()),
            key=lambda one: -len(one[0]),
        )
        self._term = lru_cache(_REMEMBERED)(self._written)
        self._start = lru_cache(_REMEMBERED)(self._prefix)
        self._last: tuple[bytes | None, bytes, bytes] = (None, b"", b"")

    def write(self, some: Iterable[Row]) -> Iterator[bytes]:
        """Yield what further rows add to the file."""
        term = self._term
        graph, subject, predicate = self._last
        for s, p, o, g in some:
            if g != graph:
                if graph is None:  # the library writes prefixes in any order, and none where nothing follows
                    yield from sorted(f"@prefix {name}: <{iri}> .\n".encode() for name, iri in self._prefixes.items())
                yield b"" if graph is None else b" .\n}\n" if graph else b" .\n"
                yield term(g) + b" {\n\t" if g else b""
                yield b"%b %b %b" % (term(s), b"a" if p == _TYPE else term(p), term(o))
            elif s != subject:
                start = b" .\n\t" if g else b" .\n"
                yield b"%b%b %b %b" % (start, term(s), b"a" if p == _TYPE else term(p), term(o))
            elif p != predicate:
                start = b" ;\n\t\t" if g else b" ;\n\t"
                yield b"%b%b %b" % (start, b"a" if p == _TYPE else term(p), term(o))
            else:
                yield b" , " + term(o)
            graph, subject, predicate = g, s, p
        self._last = (graph, subject, predicate)

    @property
    def end(self) -> bytes:
        """What ends the file after what was written."""
        graph = self._last[0]
        return b"" if graph is None else b" .\n}\n" if graph else b" .\n"

    def _written(self, term: bytes) -> bytes:
        if term.startswith(b'"'):
            if not term.endswith(b">"):  # a text
                return term
            at = term.rindex(b'"') + 3
            kind = term[at:]
            if kind == _INTEGER and term[1 : at - 3].isdigit():
                return term[1 : at - 3]
            return self._asked(term) if kind in _BARE else term[:at] + self._term(kind)
        if term.startswith(b"_:"):
            return term
        if term.startswith(b"<<( "):
            subject, predicate, value = term[len(b"<<( ") : -len(b" )>>")].split(b" ", 2)
            return b"<<( %b %b %b )>>" % (self._term(subject), self._term(predicate), self._term(value))
        start, name = self._start(term[: max(term.rfind(b"/"), term.rfind(b"#")) + 1])
        if not name:
            return term
        local = term[start:-1]
        if local.translate(None, _PLAIN) or local.startswith((b"-", b".")) or local.endswith(b"."):
            return self._asked(term)
        return name + local.replace(b"/", b"\\/").replace(b"#", b"\\#")

    def _prefix(self, space: bytes) -> tuple[int, bytes]:
        """Return how long the longest prefix is that an IRI with this beginning has, and its name."""
        return next(((len(iri), name) for iri, name in self._known if space.startswith(iri)), (0, b""))

    def _asked(self, term: bytes) -> bytes:
        said = ox.parse(_SAID + term + b" .", format=ox.RdfFormat.N_TRIPLES)
        text = ox.serialize(said, format=ox.RdfFormat.TURTLE, prefixes=self._prefixes) or b""
        return text[text.index(_SAID) + len(_SAID) : -len(b" .\n")]


class JsonLd:
    """Writes rows of named graphs as streaming JSON-LD: ``write`` for some after others, then ``end``.

    https://www.w3.org/TR/json-ld11-streaming/
    """

    def __init__(self) -> None:
        self._value = lru_cache(_REMEMBERED)(_json)
        self._last: tuple[bytes | None, bytes, bytes] = (None, b"", b"")

    def write(self, some: Iterable[Row]) -> Iterator[bytes]:
        """Yield what further rows add to the file; the rows of a subject with one predicate stand together."""
        value = self._value
        graph, subject, predicate = self._last
        for s, p, o, g in some:
            if g != graph:
                start = b"[" if graph is None else b"]}]},"
                yield b'%b{"@id":"%b","@graph":[{"@id":"%b","%b":[%b' % (start, _id(g), _id(s), p[1:-1], value(o))
            elif s != subject:
                yield b']},{"@id":"%b","%b":[%b' % (_id(s), p[1:-1], value(o))
            elif p != predicate:
                yield b'],"%b":[%b' % (p[1:-1], value(o))
            else:
                yield b"," + value(o)
            graph, subject, predicate = g, s, p
        self._last = (graph, subject, predicate)

    @property
    def end(self) -> bytes:
        """What ends the file after what was written."""
        return b"[]" if self._last[0] is None else b"]}]}]"


def _id(term: bytes) -> bytes:
    return term[1:-1] if term.startswith(b"<") else term


def _json(term: bytes) -> bytes:
    if term.startswith((b"<", b"_:")) and not term.startswith(b"<<"):
        return b'{"@id":"%b"}' % _id(term)
    at = term.rfind(b'"') + 1
    text, kind = term[:at], term[at:]
    # The escapes of one letter are those of JSON (RFC 8259, section 7).
    if b"\\u" in text or b"--" in kind or term.startswith(b"<<"):
        written = ox.serialize(
            ox.parse(_SAID + term + b" .", format=ox.RdfFormat.N_TRIPLES), format=ox.RdfFormat.JSON_LD
        )
        return (written or b"").removeprefix(b'[{"@id":"x:s","x:p":[').removesuffix(b"]}]")
    if kind.startswith(b"@"):
        return b'{"@language":"%b","@value":%b}' % (kind[1:], text)
    return b'{"@type":"%b","@value":%b}' % (kind[3:-1], text) if kind else b'{"@value":%b}' % text


NANOPUB: Final = "http://www.nanopub.org/nschema#"
#: Where claims and decisions are told of.
TELLING_GRAPHS: Final = (GRAPH_CLAIMS, GRAPH_DECISIONS)


def _node(iri: str) -> bytes:
    return f"<{iri}>".encode()


_TELLING: Final = tuple(_node(graph) for graph in TELLING_GRAPHS)
_TOLD: Final = (f"<{ID}claim/".encode(), f"<{ID}decision/".encode())
_ATTRIBUTED, _DERIVED = (_node(f"{PREFIXES['prov']}{name}") for name in ("wasAttributedTo", "wasDerivedFrom"))
_DECIDED, _PROMPTED, _PASSAGE, _SOURCE = (_node(CR + name) for name in ("decidedBy", "promptedBy", "passage", "source"))
_LICENCE, _CREATED, _DATE, _CREATOR, _PART = (
    _node(DCTERMS + name) for name in ("license", "created", "date", "creator", "isPartOf")
)
#: What a claim without statements asserts, and a decision that prefers one of two values.
_ASSERTED: Final = frozenset(_node(CR + name) for name in ("text", "subject", "prefers"))


def nanopublications(ordered: Path, hidden: Collection[bytes] = frozenset()) -> Iterator[list[Row]]:
    """Yield the nanopublication of each claim and decision that ``ordered`` tells of, in the order of their IRIs.

    ``ordered`` has the quads in the order of their graphs. The assertion is the graph of the claim or decision; one
    that has none asserts its sentence, or what it prefers. Of the terms that are ``hidden`` nothing is told.
    """
    if not ordered.stat().st_size:
        return
    with ordered.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as held:
        stated, told = _places(ordered)

        def read(places: Sequence[tuple[int, int]]) -> list[Row]:
            lines = sorted(line for start, end in places for line in held[start:end].splitlines())
            return [row for some in rows(lines) for row in some if row[0] not in hidden and row[2] not in hidden]

        for thing in sorted(subject for subject in told if subject.startswith(_TOLD)):
            said = read(told[thing])
            passages = [row[2] for row in said if row[1] == _PASSAGE and row[2].startswith(b"<")]
            where = [row for passage in passages for row in read(told.get(passage, ()))]
            yield list(dict.fromkeys(_nanopublication(thing, said, read(stated.get(thing, ())), where)))


def _places(ordered: Path) -> tuple[dict[bytes, list[tuple[int, int]]], dict[bytes, list[tuple[int, int]]]]:
    """Return where in a file of quads the graph of each claim stands, and where each subject is told of: few bytes for
    each, so that a large graph fits in memory."""
    stated: dict[bytes, list[tuple[int, int]]] = {}
    told: dict[bytes, list[tuple[int, int]]] = {}
    at = 0
    with ordered.open("rb", buffering=1 << 20) as file:
        for graph, lines in groupby(file, key=lambda line: line[line.rindex(b" ", 0, -3) + 1 : -3]):
            if graph in _TELLING:
                for subject, some in groupby(lines, key=lambda line: line[: line.index(b" ")]):
                    start, at = at, at + sum(map(len, some))
                    told.setdefault(subject, []).append((start, at))
            else:
                start, at = at, at + sum(map(len, lines))
                if graph.startswith(_TOLD):
                    stated[graph] = [(start, at)]
    return stated, told


def _nanopublication(
    thing: bytes, said: Sequence[Row], stated: Sequence[Row], passages: Sequence[Row]
) -> Iterator[Row]:
    """Yield it, of what is ``said`` of a claim, what its graph has ``stated``, and what is said of its passages."""
    name = thing[1:-1]
    whole, head, provenance, info = (
        b"<%b#%b>" % (name, part) for part in (b"nanopub", b"head", b"provenance", b"pubinfo")
    )
    assertion = thing if stated else b"<%b#assertion>" % name
    yield whole, _node(RDF + "type"), _node(NANOPUB + "Nanopublication"), head
    for kind, part in (("Assertion", assertion), ("Provenance", provenance), ("PublicationInfo", info)):
        yield whole, _node(f"{NANOPUB}has{kind}"), part, head
    yield from stated or ((*row[:3], assertion) for row in said if row[1] in _ASSERTED)

    def values(*predicates: bytes) -> list[bytes]:
        return [row[2] for one in predicates for row in said if row[1] == one and row[2].startswith((b"<", b'"'))]

    editors = values(_ATTRIBUTED, _DECIDED) or [_node(EDITORS)]
    for predicate, found in ((_ATTRIBUTED, editors), (_DERIVED, values(_SOURCE, _PROMPTED))):
        for value in found:
            yield assertion, predicate, value, provenance
    yield from ((*row[:3], provenance) for row in said if stated or row[1] not in _ASSERTED)
    yield from ((*row[:3], provenance) for row in passages)
    for predicate, found in (
        (_CREATED, values(_CREATED, _DATE)),
        (_CREATOR, editors),
        (_LICENCE, values(_LICENCE) or [_node(LICENSE)]),
        (_PART, [_node(DATASET)]),
    ):
        for value in found:
            yield whole, predicate, value, info
