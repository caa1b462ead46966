"""Turtle, TriG and JSON-LD from sorted lines of N-Quads, byte for byte as Oxigraph writes the same statements.

A line has its terms between spaces, and most of them are written in the other formats as they are or with a prefix: so
a large graph becomes a file without an object for each term. What is seldom (an escape in a name, a number that is not
an integer) the library is asked for. A test holds all of it to what the library writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from functools import lru_cache
from itertools import islice
from typing import Final, TypeAlias

import pyoxigraph as ox

from cityrights.vocabulary import RDF, XSD

#: Subject, predicate, object and graph as N-Quads writes them; no graph is the default graph.
Row: TypeAlias = tuple[bytes, bytes, bytes, bytes]

#: So many rows go through each format at once.
_SOME: Final = 4_096
#: So many terms are remembered as they are written: those of a neighbourhood of lines come again and again.
_REMEMBERED: Final = 1 << 16
#: Characters that stand in a local name as they are, but for two of them at its ends; slash and hash are escaped.
_PLAIN: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_:-./#"
_TYPE: Final = f"<{RDF}type>".encode()
_REIFIES: Final = f"<{RDF}reifies>".encode()
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

    def reify(self, some: Iterable[Row]) -> Iterator[bytes]:
        """Yield what witnesses add to the file, after its rows: ``graph rdf:reifies <<( s p o )>>`` for each row.

        RDF 1.2 says so without named graphs. https://www.w3.org/TR/rdf12-concepts/#section-triple-terms
        """
        term = self._term
        graph, subject, predicate = self._last
        for s, p, o, g in some:
            # Written here, for no term of triples comes again, and the other terms are remembered.
            value = b"<<( %b %b %b )>>" % (term(s), term(p), term(o))
            if graph != b"":  # the first of a file without rows
                yield from self.write([(g, _REIFIES, b"<<( %b %b %b )>>" % (s, p, o), b"")])
                graph = b""
            elif g != subject:
                yield b" .\n%b %b %b" % (term(g), term(_REIFIES), value)
            elif predicate != _REIFIES:
                yield b" ;\n\t%b %b" % (term(_REIFIES), value)
            else:
                yield b" , " + value
            subject, predicate = g, _REIFIES
        self._last = (graph, subject, predicate)

    def another(self) -> Turtle:
        """Return one that writes another file with the same prefixes, and remembers the same terms."""
        other = copy(self)
        other._last = (None, b"", b"")
        return other

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
