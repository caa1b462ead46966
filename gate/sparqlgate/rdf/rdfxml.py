"""RDF/XML (W3C, 2014) as it is read and written here: what XML 1.0 says around what the engine's parser knows."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple, Protocol
from xml.parsers import expat

import pyoxigraph as ox

from sparqlgate.namespaces import RDF, XSD

XML: Final = "http://www.w3.org/XML/1998/namespace"
XMLNS: Final = "http://www.w3.org/2000/xmlns/"
ITS: Final = "http://www.w3.org/2005/11/its"
XML_LITERAL: Final = RDF + "XMLLiteral"
#: Names of RDF that are attributes of the syntax, or not names of properties at all (RDF/XML, section 5.1; RDF 1.2).
SYNTAX: Final = frozenset(
    {"RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "Description", "li"}
    | {"aboutEach", "aboutEachPrefix", "bagID"}
    | {"version", "annotation", "annotationNodeID"}
)

_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_VALUE: Final = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"})


def text(value: str) -> str:
    """Escape a text so that every XML parser gives it back, its ends of lines too (XML 1.0, section 2.11)."""
    return value.translate(_TEXT)


def quoted(value: str) -> str:
    """Escape and quote the value of an attribute so that no white space in it changes (XML 1.0, section 3.3.3)."""
    return f'"{value.translate(_VALUE)}"'


class Name(NamedTuple):
    """A name as it was written and as it is meant; ``space`` and ``prefix`` are empty where there is none."""

    space: str
    local: str
    prefix: str

    def __str__(self) -> str:
        return f"{self.prefix}:{self.local}" if self.prefix else self.local


class Content:
    """The canonical text of the content of one element, put together from what the XML parser tells."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._open: list[str] = []
        self._rendered: list[dict[str, str]] = [{}]

    @property
    def closed(self) -> bool:
        """Whether every element that began here has ended."""
        return not self._open

    def start(self, name: Name, attributes: list[tuple[Name, str]]) -> None:
        """Begin an element. Namespaces are declared where a name of it uses them, and nowhere else."""
        outside = self._rendered[-1]
        used = {name.prefix: name.space}
        used.update((one.prefix, one.space) for one, _ in attributes if one.prefix and one.space != XML)
        fresh = {prefix: space for prefix, space in used.items() if outside.get(prefix, "") != space}
        declared = [f" xmlns{':' if prefix else ''}{prefix}={quoted(space)}" for prefix, space in sorted(fresh.items())]
        rest = [f" {one}={quoted(value)}" for one, value in sorted(attributes)]
        self._pieces.append(f"<{name}{''.join(declared)}{''.join(rest)}>")
        self._open.append(str(name))
        self._rendered.append({**outside, **fresh} if fresh else outside)

    def end(self) -> None:
        """End the element that began last."""
        self._pieces.append(f"</{self._open.pop()}>")
        self._rendered.pop()

    def characters(self, value: str) -> None:
        """Add text."""
        self._pieces.append(text(value))

    def comment(self, value: str) -> None:
        """Add a comment."""
        self._pieces.append(f"<!--{value}-->")

    def instruction(self, target: str, data: str) -> None:
        """Add a processing instruction."""
        self._pieces.append(f"<?{target} {data}?>" if data else f"<?{target}?>")

    def __str__(self) -> str:
        return "".join(self._pieces)


#: What stands between the parts of a name that the XML parser gives; no XML document can hold it.
SEPARATOR: Final = "\x01"


@lru_cache(4096)
def name_of(told: str) -> Name:
    """Return the name that the XML parser told as namespace, local part and prefix."""
    parts = told.split(SEPARATOR)
    if len(parts) == 1:
        return Name("", parts[0], "")
    return Name(parts[0], parts[1], parts[2] if len(parts) == 3 else "")


_PIECE: Final = 1 << 18
#: How deep elements may stand in each other: the engine takes time by the square of it.
_DEEPEST: Final = 4_000
#: Entities may make so many characters of a file, and so many more for each byte of it.
_MOST: Final = 64 << 20
_MOST_PER_BYTE: Final = 100
#: What is inside an element: things, properties of a thing, a literal of XML; or text and maybe one thing.
_THINGS, _PROPERTIES, _LITERAL, _READ_VALUE = "things", "properties", "literal", "value"
_PARSE_TYPES: Final = {"Resource": _PROPERTIES, "Collection": _THINGS, "Triple": _THINGS}


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int = ..., /) -> bytes: ...


class XmlFault(Exception):
    """The file is not XML that can be read; ``line`` and ``column`` count from 1."""

    def __init__(self, reason: str, line: int, column: int, repair: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column
        self.repair = repair


@dataclass(slots=True)
class _Element:
    """An element that is open; ``head`` is its start tag while it is not known whether a language belongs in it."""

    tag: str
    inside: str
    language: str
    line: int
    head: str = ""
    typed: bool = False
    characters: list[str] = field(default_factory=list)


class Plain:
    """A binary file of plain RDF/XML in UTF-8, made of any RDF/XML while it is read.

    ``line`` is where in the original stands what was read last. Reading raises XmlFault, and OSError as the original
    does; as the parser that reads may wrap what is raised, ``fault`` keeps it.
    """

    def __init__(self, source: Readable) -> None:
        self.line = 1
        self.fault: XmlFault | None = None
        self._source = source
        self._taken = 0
        self._made = 0
        self._ready: deque[tuple[int, bytes]] = deque()
        self._ended = False
        self._open: list[_Element] = []
        self._literal: Content | None = None
        self._declared: list[str] = []
        self._parser = parser = expat.ParserCreate(namespace_separator=SEPARATOR)
        parser.namespace_prefixes = True
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartNamespaceDeclHandler = self._declare
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._instruction
        parser.ExternalEntityRefHandler = self._external
        parser.SkippedEntityHandler = self._skipped

    def read(self, size: int = -1) -> bytes:
        """Return the next piece, of at most ``size`` bytes where that is not negative; nothing at the end."""
        while not self._ready and not self._ended:
            self._parse(self._source.read(_PIECE))
        if not self._ready:
            return b""
        self.line, piece = self._ready.popleft()
        if 0 <= size < len(piece):
            self._ready.appendleft((self.line, piece[size:]))
            return piece[:size]
        return piece

    def _parse(self, data: bytes) -> None:
        self._taken += len(data)
        self._ended = not data
        try:
            self._parser.Parse(data, not data)
        except XmlFault as fault:
            self.fault = fault
            raise
        except expat.ExpatError as error:
            self.fault = self._explained(error)
            raise self.fault from None
        except (LookupError, ValueError) as error:  # an encoding that Python has not, or not for one byte at a time
            self.fault = self._at(f"its encoding cannot be read: {error}", "save the file as UTF-8")
            raise self.fault from None

    def _explained(self, error: expat.ExpatError) -> XmlFault:
        reason = expat.ErrorString(error.code) or "not well-formed"
        repair = "mend the XML there"
        if "encoding" in reason:
            repair = "save the file as UTF-8"
        elif "amplification" in reason:
            reason, repair = "its entities expand to more than can be read", "write out what they stand for"
        elif "undefined entity" in reason:
            repair = "declare it in the DOCTYPE of the file, or write the character itself"
        elif "unbound prefix" in reason:
            repair = "declare the prefix with xmlns:… in that element, or outside it"
        elif "invalid token" in reason and self._parser.ErrorByteIndex >= 0 and not self._open and not self._made:
            repair = "if the file is Turtle, give it the extension .ttl"
        elif "invalid token" in reason:
            repair = "write & as &amp;, < as &lt;, leave out control characters, and save the file as UTF-8"
        return XmlFault(f"this is not XML: {reason}", error.lineno, error.offset + 1, repair)

    def _at(self, reason: str, repair: str) -> XmlFault:
        parser = self._parser
        return XmlFault(reason, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1, repair)

    def _emit(self, line: int, words: str) -> None:
        self._ready.append((line, words.encode()))
        self._count(len(words))

    def _count(self, characters: int) -> None:
        self._made += characters
        if self._made > _MOST + _MOST_PER_BYTE * self._taken:
            raise self._at("its entities expand to more than can be read", "write out what they stand for")

    def _declare(self, prefix: str | None, space: str | None) -> None:
        self._declared.append(f" xmlns{':' if prefix else ''}{prefix or ''}={quoted(space or '')}")

    def _start(self, told: str, ordered: list[str]) -> None:
        if len(self._open) >= _DEEPEST:
            raise self._at(f"its elements are nested more than {_DEEPEST:,} deep", "nest them less, by rdf:nodeID")
        name = name_of(told)
        attributes = [(name_of(ordered[at]), ordered[at + 1]) for at in range(0, len(ordered), 2)]
        declared, self._declared = "".join(self._declared), []
        if self._literal is not None:
            self._literal.start(name, attributes)
            self._count(len(told))
            return
        outside = self._open[-1] if self._open else None
        if outside is not None:
            self._settle(outside, within=True)
        line = self._parser.CurrentLineNumber
        language = outside.language if outside else ""
        language = next((value for one, value in attributes if (one.space, one.local) == (XML, "lang")), language)
        # Attributes of XML itself mean nothing in RDF/XML, but for the base (RDF/XML, section 6.1.2).
        attributes = [pair for pair in attributes if pair[0].space != XML or pair[0].local == "base"]
        if outside is None and (name.space, name.local) == (RDF, "RDF"):
            head = f"<{name}{declared}{_written(attributes)}>"
            self._emit(line, head)
            self._open.append(_Element(str(name), _THINGS, language, line))
        elif outside is None or outside.inside in (_THINGS, _READ_VALUE):
            self._thing(name, declared, attributes, language, line)
        else:
            self._property(name, declared, attributes, language, line)

    def _thing(self, name: Name, declared: str, attributes: list[tuple[Name, str]], language: str, line: int) -> None:
        """Begin a thing; its properties among the attributes become elements, each with its own language."""
        own = [pair for pair in attributes if not _is_property(pair[0])]
        self._emit(line, f"<{name}{declared}{_written(own)}>")
        spoken = _spoken(language)
        for one, value in attributes:
            if _is_property(one):
                self._emit(line, f"<{one}{spoken}>{text(value)}</{one}>")
        self._open.append(_Element(str(name), _PROPERTIES, language, line))

    def _property(
        self, name: Name, declared: str, attributes: list[tuple[Name, str]], language: str, line: int
    ) -> None:
        kind = next(((one, value) for one, value in attributes if (one.space, one.local) == (RDF, "parseType")), None)
        inside = _READ_VALUE if kind is None else _PARSE_TYPES.get(kind[1], _LITERAL)
        typed = inside == _LITERAL or any((one.space, one.local) == (RDF, "datatype") for one, _ in attributes)
        if inside == _LITERAL and kind is not None:
            attributes = [pair for pair in attributes if pair != kind]
            attributes.append((kind[0]._replace(local="datatype"), XML_LITERAL))
            self._literal = Content()
        head = f"<{name}{declared}{_written(attributes)}"
        element = _Element(str(name), inside, language, line, head, typed)
        self._open.append(element)
        if inside in (_THINGS, _PROPERTIES):
            self._settle(element, within=True)

    def _settle(self, element: _Element, *, within: bool) -> None:
        """Write the start tag that was held back, and the text so far; ``within`` says that elements follow."""
        if element.head:
            spoken = "" if within or element.typed else _spoken(element.language)
            self._emit(element.line, f"{element.head}{spoken}>")
            element.head = ""
        if element.characters:
            whole = "".join(element.characters)
            element.characters.clear()
            # White space between elements means nothing; any other text is for the engine's parser to complain of.
            if (not within and element.inside == _READ_VALUE) or whole.strip(" \t\r\n"):
                self._emit(self._parser.CurrentLineNumber, text(whole))

    def _end(self, _told: str) -> None:
        if self._literal is not None:
            if not self._literal.closed:
                self._literal.end()
                return
            whole, self._literal = str(self._literal), None
            element = self._open[-1]
            self._emit(element.line, f"{element.head}>{text(whole)}")
        else:
            element = self._open[-1]
            self._settle(element, within=not element.head)
        self._open.pop()
        self._emit(self._parser.CurrentLineNumber, f"</{element.tag}>")

    def _characters(self, value: str) -> None:
        self._count(len(value))
        if self._literal is not None:
            self._literal.characters(value)
        elif self._open:
            self._open[-1].characters.append(value)

    def _comment(self, value: str) -> None:
        if self._literal is not None:
            self._literal.comment(value)

    def _instruction(self, target: str, data: str) -> None:
        if self._literal is not None:
            self._literal.instruction(target, data)

    def _external(self, _context: str, _base: str | None, system: str | None, _public: str | None) -> int:
        raise self._at(f"an entity stands for another file ({system}), and no other file is read", "write it out")

    def _skipped(self, name: str, is_parameter: bool) -> None:
        if not is_parameter:
            raise self._at(
                f"the entity &{name}; is not declared in the file", "declare it in the DOCTYPE, or write it out"
            )


def _is_property(name: Name) -> bool:
    """Say whether an attribute of a thing states a property of it whose value is text (RDF/XML, section 7.2.11)."""
    if name.space == RDF:
        return name.local not in SYNTAX and name.local != "type"
    return name.space not in ("", XML, ITS)


def _spoken(language: str) -> str:
    return f" xml:lang={quoted(language)}" if language else ""


def _written(attributes: list[tuple[Name, str]]) -> str:
    return "".join(f" {name}={quoted(value)}" for name, value in attributes)


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
_WRITE_PIECE: Final = 1 << 16
_VERSION: Final = f' xmlns:its="{ITS}" its:version="2.0"'


class Unwritable(Exception):
    """The graph holds what RDF/XML cannot say; the text names it."""


class Writable(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object: ...


def write(triples: Iterable[ox.Triple | ox.Quad], out: Writable, prefixes: Mapping[str, str]) -> None:
    """Write triples in their order to ``out``, piece by piece. Raises Unwritable, maybe after a part was written.

    It declares the prefixes that its first part uses; later elements of another namespace declare that themselves.
    """
    _Writer(out, prefixes).run(triples)


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

    def run(self, triples: Iterable[ox.Triple | ox.Quad]) -> None:
        """Write the whole document."""
        open_: object = None
        for triple in triples:
            if triple.subject != open_:
                if open_ is not None:
                    self._say("\t</rdf:Description>\n")
                open_ = triple.subject
                self._say(f"\t<rdf:Description{_reference(triple.subject, 'about')}>\n")
            self._property(triple, 2)
            if self._size >= _WRITE_PIECE:
                self._flush()
        if open_ is not None:
            self._say("\t</rdf:Description>\n")
        self._say("</rdf:RDF>\n")
        self._flush()

    def _property(self, triple: ox.Triple | ox.Quad, depth: int) -> None:
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

    def _flush(self) -> None:
        if not self._begun:
            self._begun = True
            told = sorted(self._used)
            self._known = {space: name for space, name in self._known.items() if name in self._used}
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


__all__ = ["Plain", "Readable", "Unwritable", "Writable", "XmlFault", "write"]
