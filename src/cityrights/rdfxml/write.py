"""RDF/XML written so that every XML parser gives back the same graph (RDF 1.1 XML Syntax; triple terms: RDF 1.2).

The engine's serialiser loses ends of lines and writes names that no XML parser reads, so it is not used for this form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from io import BytesIO
from typing import Final, Protocol
from xml.parsers import expat

import pyoxigraph as ox

from cityrights.namespaces import RDF, XSD
from cityrights.rdfxml.names import ITS, SYNTAX, XMLNS, quoted, text

#: Characters that begin a name in XML 1.0, fifth edition, and those that go on with it; the colon is left out.
_LETTERS: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_MORE: Final = "-.0-9\u00b7\u0300-\u036f\u203f\u2040"
#: First and inner characters: all of them; and few enough for parsers that know an earlier edition.
_NAMES: Final = (
    (re.compile(f"[{_LETTERS}]"), re.compile(f"[{_LETTERS}{_MORE}]")),
    (re.compile("[A-Za-z_]"), re.compile("[A-Za-z0-9._-]")),
)
_NODE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")
#: Labels that are taken for such as had to be written otherwise.
_RENAMED: Final = re.compile(r"x[0-9a-f]*")
#: What XML 1.0 has no way to write (section 2.2).
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PIECE: Final = 1 << 16
_VERSION: Final = f' xmlns:its="{ITS}" its:version="2.0"'


class Unwritable(Exception):
    """The graph holds what RDF/XML cannot say; the text names it."""


class Writable(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object: ...


def write(triples: Iterable[ox.Triple], out: Writable, prefixes: Mapping[str, str]) -> None:
    """Write triples in their order to ``out``, piece by piece. Raises Unwritable, maybe after a part was written.

    A short document declares the prefixes that it uses, a long one all of them.
    """
    _Writer(out, prefixes).run(triples)


def document(triples: Iterable[ox.Triple], prefixes: Mapping[str, str]) -> bytes:
    """Return triples as an RDF/XML document. Raises Unwritable."""
    buffer = BytesIO()
    write(triples, buffer, prefixes)
    return buffer.getvalue()


@lru_cache(4096)
def split(iri: str) -> tuple[str, str]:
    """Return namespace and local part of a predicate. Raises Unwritable for one without a name that XML allows."""
    if iri.startswith(RDF) and iri.removeprefix(RDF) in SYNTAX:
        raise Unwritable(f"the predicate <{iri}>, a word of RDF/XML itself")
    last, plain = (_start(iri, *characters) for characters in _NAMES)
    if last is None:
        raise Unwritable(f"the predicate <{iri}>, which does not end in a name")
    if plain is not None and not _everybody_reads(iri[last:]):
        last = plain
    return iri[:last], iri[last:]


def _start(iri: str, first: re.Pattern[str], inner: re.Pattern[str]) -> int | None:
    """Return where the longest name begins that an IRI ends in, None where it ends in none."""
    place = len(iri)
    while place and inner.match(iri, place - 1):
        place -= 1
    while place < len(iri) and (not first.match(iri, place) or iri[:place] == XMLNS):
        place += 1
    return None if place in (0, len(iri)) else place


def _everybody_reads(name: str) -> bool:
    """Say whether a parser that knows the fourth edition of XML 1.0 reads a name; many are no further."""
    if name.isascii():
        return True
    try:
        expat.ParserCreate("UTF-8").Parse(f"<{name}/>", True)
    except expat.ExpatError:
        return False
    return True


class _Writer:
    def __init__(self, out: Writable, prefixes: Mapping[str, str]) -> None:
        self._out = out
        self._prefixes = {"rdf": RDF, **{name: space for name, space in prefixes.items() if name != "rdf"}}
        self._known = {space: name for name, space in self._prefixes.items() if name}
        self._used = {"rdf"}
        self._held: list[str] = []
        self._size = 0
        self._begun = False

    def run(self, triples: Iterable[ox.Triple]) -> None:
        """Write the whole document."""
        open_: object = None
        for triple in triples:
            if triple.subject != open_:
                if open_ is not None:
                    self._say("\t</rdf:Description>\n")
                open_ = triple.subject
                self._say(f"\t<rdf:Description{_reference(triple.subject, 'about')}>\n")
            self._property(triple, 2)
            if self._size >= _PIECE:
                self._flush(whole=False)
        if open_ is not None:
            self._say("\t</rdf:Description>\n")
        self._say("</rdf:RDF>\n")
        self._flush(whole=True)

    def _property(self, triple: ox.Triple, depth: int) -> None:
        tabs = "\t" * depth
        name, declared = self._named(triple.predicate.value)
        value = triple.object
        if isinstance(value, ox.Literal):
            self._say(f"{tabs}<{name}{declared}{_literal(value)}>{text(_allowed(value.value))}</{name}>\n")
        elif isinstance(value, ox.Triple):
            inside = f"{tabs}\t<rdf:Description{_reference(value.subject, 'about')}>\n"
            self._say(f'{tabs}<{name}{declared} rdf:version="1.2" rdf:parseType="Triple">\n{inside}')
            self._property(value, depth + 2)
            self._say(f"{tabs}\t</rdf:Description>\n{tabs}</{name}>\n")
        else:
            self._say(f"{tabs}<{name}{declared}{_reference(value, 'resource')}/>\n")

    def _named(self, iri: str) -> tuple[str, str]:
        """Return the name of an element, and what it declares for that."""
        space, local = split(iri)
        prefix = self._known.get(space)
        if prefix is None:
            return local, f" xmlns={quoted(space)}"
        self._used.add(prefix)
        return f"{prefix}:{local}", ""

    def _say(self, words: str) -> None:
        self._held.append(words)
        self._size += len(words)

    def _flush(self, *, whole: bool) -> None:
        if not self._begun:
            self._begun = True
            told = sorted(name for name in self._prefixes if name and (name in self._used or not whole))
            declared = "".join(f"\n\txmlns:{name}={quoted(self._prefixes[name])}" for name in told)
            self._held.insert(0, f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{declared}>\n')
        self._out.write("".join(self._held).encode())
        self._held.clear()
        self._size = 0


def _allowed(value: str) -> str:
    found = _FORBIDDEN.search(value)
    if found is not None:
        raise Unwritable(f"U+{ord(found[0]):04X}")
    return value


def _reference(term: object, attribute: str) -> str:
    """Return the attribute that names a thing."""
    if isinstance(term, ox.NamedNode):
        return f" rdf:{attribute}={quoted(_allowed(term.value))}"
    if isinstance(term, ox.BlankNode):
        label = term.value
        if not _NODE.fullmatch(label) or _RENAMED.fullmatch(label):
            label = "x" + label.encode().hex()
        return f' rdf:nodeID="{label}"'
    raise Unwritable("a triple that is the subject of another")


def _literal(value: ox.Literal) -> str:
    if value.language:
        spoken = f" xml:lang={quoted(value.language)}"
        if value.direction is None:
            return spoken
        return f'{spoken} rdf:version="1.2"{_VERSION} its:dir="{value.direction.value}"'
    datatype = value.datatype.value
    return "" if datatype == XSD + "string" else f" rdf:datatype={quoted(_allowed(datatype))}"
