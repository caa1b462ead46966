"""RDF/XML from others made plain: the XML in it is read here, what it says is left to the engine's parser.

That parser reads the structure of RDF/XML well, yet knows little of XML: comments, processing instructions and CDATA
beside text, empty xml:lang, ends of lines and white space in attributes, other encodings, and literals of XML. So
expat, which knows it all, reads the file, and what comes out has nothing left but elements, attributes and text:
each language stands where it counts, each literal of XML is canonical, and every entity is resolved. Nothing outside
the file is ever read.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Protocol
from xml.parsers import expat

from cityrights.namespaces import RDF
from cityrights.rdfxml.canonical import SEPARATOR, Content, Name, name_of
from cityrights.rdfxml.names import ITS, SYNTAX, XML, XML_LITERAL, quoted, text

_PIECE: Final = 1 << 18
#: Entities may make so many characters of a file, and so many more for each byte of it.
_MOST: Final = 64 << 20
_MOST_PER_BYTE: Final = 100
#: What is inside an element: things, properties of a thing, a literal of XML; or text and maybe one thing.
_THINGS, _PROPERTIES, _LITERAL, _VALUE = "things", "properties", "literal", "value"
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
        elif outside is None or outside.inside in (_THINGS, _VALUE):
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
        inside = _VALUE if kind is None else _PARSE_TYPES.get(kind[1], _LITERAL)
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
            if (not within and element.inside == _VALUE) or whole.strip(" \t\r\n"):
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
