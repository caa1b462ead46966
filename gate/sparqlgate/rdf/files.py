"""Any RDF file as quads: packed or not, with or without a byte order mark, and errors that say where and what to do.

Turtle, TriG, N-Triples, N-Quads and JSON-LD are UTF-8 by their standards; RDF/XML says its encoding itself.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import pyoxigraph as ox

from sparqlgate.errors import GateError, InputError
from sparqlgate.rdf.rdfxml import Plain, Readable, XmlFault

#: Extension → format of all that can be read.
FORMATS: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".trig": ox.RdfFormat.TRIG,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
}
PACKED: Final = ".gz"
#: What a packed file may come to: so many bytes, and so many for each byte of it. Text packs to a tenth or so.
_MOST: Final = 64 << 20
_MOST_PER_BYTE: Final = 100
#: Where relative IRIs of JSON-LD end up when there is no base; else they would be left out without a word.
_NOWHERE: Final = "http://relative.invalid/"
_LINE: Final = 1 << 20
_PIECE: Final = 1 << 16
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: The first bytes of what gzip packed (RFC 1952).
_GZIP: Final = b"\x1f\x8b"

_TAG: Final = re.compile(r"@[A-Za-z]++(?:[-_][A-Za-z0-9]++)*+")
_IRI: Final = re.compile(r"<[^<>\s]{0,200}+>")
_NAMED: Final = re.compile(r"parsing IRI '([^'\s]{0,200}+)'")
_CONTEXT: Final = re.compile(r'"@context"\s{0,20}+:\s{0,20}+\[?\s{0,20}+"([^"\s]{1,200}+)"')
_SHORT: Final = 100
_LANGUAGE: Final = re.compile(r'"@language"\s{0,20}+:\s{0,20}+"([A-Za-z]{1,8}+_[A-Za-z0-9_]{1,40}+)"')
_PAGE: Final = re.compile(r"\s{0,100}+<(?:!doctype html|html)\b", re.IGNORECASE)
_SURROGATE: Final = re.compile(r"\\u[Dd][89ABab][0-9A-Fa-f]{2}(?!\\u[Dd][C-Fc-f])|(?<!\\)\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}")
_SIGNS: Final = (
    ("Max stack size", "depth", "nest it less deeply"),
    ("has not been declared", "prefix", "declare the prefix at the top"),
    ("percent encoding", "iri", "write % and two hexadecimal digits, or leave the sign out"),
    ("Invalid IRI", "iri", "percent-encode what an IRI may not hold (RFC 3987)"),
    ("parsing language tag", "language-tag", "use a BCP 47 tag, such as en, fr or pt-BR"),
    ("subtag", "language-tag", "use a BCP 47 tag, such as en, fr or pt-BR"),
    ("language code", "language-tag", "use a BCP 47 tag, such as en, fr or pt-BR"),
    ("Line jumps", "syntax", "close the literal before the end of the line, or write \\n"),
    ("Unexpected end", "syntax", "close the literal with a quote, the statement with ' .' or the graph with }"),
)


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a file: the rule that it breaks, the reason in words, and the repair."""

    rule: str
    reason: str
    repair: str


def format_of(path: Path) -> ox.RdfFormat | None:
    """Return the format that the name of a file tells, None for one that cannot be read."""
    return FORMATS.get(extension_of(path))


def extension_of(path: Path) -> str:
    """Return the extension that tells the format, in lower case: ``.ttl`` of ``a.TTL`` and of ``a.ttl.gz``."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix == PACKED else suffix


def read(path: Path, *, base_iri: str | None = None, option: bool = True) -> Iterator[ox.Quad]:
    """Yield the quads of a file; its blank nodes get names that no other file has.

    ``option`` says that whoever wrote the file can name a base for it.

    Raises InputError with line and column for whatever is wrong with it.
    """
    form = format_of(path)
    if form is None:
        shown = extension_of(path) + (PACKED if path.suffix.lower() == PACKED else "")
        raise InputError(
            path,
            f"'{shown}' is not a format that can be read" if shown else "its name does not end in that of a format",
            repair=f"use {', '.join(FORMATS)}, or one of these with {PACKED}",
        )
    refuse_pipe(path)
    try:
        with path.open("rb") as file:
            content: Readable = _Unpacked(path, file) if path.suffix.lower() == PACKED else file
            if form == ox.RdfFormat.RDF_XML:
                yield from _xml(path, content, base_iri)
            else:
                yield from _text(
                    path, _Utf8(path, content, linked=form == ox.RdfFormat.JSON_LD), form, base_iri, option
                )
    except gzip.BadGzipFile as error:
        reason = "it cannot be unpacked: it is not packed with gzip, or not to its end"
        raise InputError(path, reason, repair=f"take {PACKED} from its name, or pack it anew with gzip") from error
    except (EOFError, zlib.error) as error:
        raise InputError(path, f"it cannot be unpacked: {error}", repair="pack it anew with gzip") from error
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror or error}") from error


def refuse_pipe(path: Path) -> None:
    """Raise InputError for what is no file: a pipe or a device is read only once, and may never end."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(path, "this is a pipe or a device, and no file", repair="save what comes from it as a file")


def check_base(base_iri: str | None) -> None:
    """Raise GateError for a base that relative IRIs cannot be read against."""
    try:
        list(ox.parse(b"", format=ox.RdfFormat.TURTLE, base_iri=base_iri))
    except ValueError as error:
        raise GateError(
            f"the base '{base_iri}' is no absolute IRI: {error}; write one like https://data.example/"
        ) from error


def _xml(path: Path, content: Readable, base_iri: str | None) -> Iterator[ox.Quad]:
    plain = Plain(content)
    try:
        yield from ox.parse(plain, format=ox.RdfFormat.RDF_XML, base_iri=base_iri, rename_blank_nodes=True)  # type: ignore[arg-type]  # any reader does
    except XmlFault as fault:
        raise InputError(path, fault.reason, fault.line, fault.repair, fault.column) from None
    except SyntaxError as error:
        wrong = explain(error, "", base_iri is None)
        raise InputError(path, wrong.reason, plain.line, wrong.repair) from error


def _text(path: Path, content: _Utf8, form: ox.RdfFormat, base_iri: str | None, option: bool) -> Iterator[ox.Quad]:
    linked = form == ox.RdfFormat.JSON_LD
    base = base_iri or (_NOWHERE if linked else None)
    try:
        for quad in ox.parse(content, format=form, base_iri=base, rename_blank_nodes=True):  # type: ignore[arg-type]  # any reader does
            if linked and base_iri is None:
                _refuse_relative(path, quad)
            yield quad
    except SyntaxError as error:
        whole = form in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS)
        line = "" if error.lineno is None or linked else _line_of(path, error.lineno)
        wrong = explain(error, line, base_iri is None and not whole, option=option)
        if "LoadDocumentCallback" in wrong.reason:
            wrong = _context(path)
        wrong = _other(_head(path)[:_SHORT]) or (linked and _half(path, error)) or wrong
        raise InputError(path, wrong.reason, error.lineno, wrong.repair, error.offset) from error


def explain(error: SyntaxError, line: str, base_helps: bool, *, option: bool = True) -> Wrong:
    """Say what a parser's error means to the person who wrote the file; ``line`` is the text of its line, if known.

    ``base_helps`` says that a base would make a relative IRI whole, and ``option`` that one can be named.
    """
    said = str(error.msg)
    reason = said.partition(": ")[2] if said.startswith("Parser error at") and ": " in said else said
    column = error.offset or 0
    if "No scheme found" in reason:
        found = _IRI.match(line, max(column - 1, 0))
        named = _NAMED.search(reason)
        name = f"{found[0]} is" if found else f"<{named[1]}> is" if named else "there is"
        repair = "write the whole IRI"
        if not option:
            repair = "write the whole IRI or a prefixed name; files have no base address"
        elif base_helps:
            repair = "write the whole IRI, or name the base of such IRIs with --base-iri"
        return Wrong("relative-iri", f"{name} a relative IRI, and the file has no base", repair)
    start = line.rfind("@", 0, column)
    tag = _TAG.match(line, start) if start >= 0 else None
    if tag is not None and "_" in tag[0] and tag.end() >= column - 1:
        return Wrong(
            "language-tag",
            f"{tag[0]} is not a language tag: its parts are joined by hyphens (BCP 47)",
            f"write {tag[0].replace('_', '-')}",
        )
    rule, repair = next(
        ((rule, repair) for sign, rule, repair in _SIGNS if sign in reason), ("syntax", "mend the syntax there")
    )
    return Wrong(rule, reason, repair)


def not_utf8(content: bytes, place: int) -> Wrong:
    """Say what is wrong with a text whose byte at ``place`` is not UTF-8."""
    said = f"byte 0x{content[place]:02X} is not UTF-8"
    if content[:2] in _UTF_16:
        return Wrong("encoding", "the file is in UTF-16", "save the file as UTF-8")
    if content[:place].count(0) * 3 > place:
        return Wrong("encoding", "the file is in UTF-16", "save the file as UTF-8")
    if content[:2] == _GZIP:
        return Wrong("encoding", "this is packed with gzip", "unpack it, or let its name end in .gz")
    return Wrong(
        "encoding",
        f"{said}; the file may be in Latin-1 or Windows-1252",
        "save the file as UTF-8, as with: iconv -f WINDOWS-1252 -t UTF-8 FILE",
    )


def _refuse_relative(path: Path, quad: ox.Quad) -> None:
    for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
        if isinstance(term, ox.NamedNode) and term.value.startswith(_NOWHERE):
            raise InputError(
                path,
                f"<{term.value.removeprefix(_NOWHERE)}> is a relative IRI, and the file has no base",
                repair="write the whole IRI, give the context an @base, or name the base with --base-iri",
            )


def _context(path: Path) -> Wrong:
    found = _CONTEXT.search(_head(path))
    name = f" <{found[1]}>" if found else ""
    return Wrong(
        "context",
        f"it has a context{name} that would have to be fetched, and nothing is fetched",
        "write the context itself into the file",
    )


def _other(beginning: str) -> Wrong | None:
    """Say what a file is that begins as no RDF does."""
    if _PAGE.match(beginning):
        return Wrong("syntax", "this is a web page, and no RDF", "download the data that the page leads to")
    if "\0" in beginning and beginning.count("\0") * 3 > len(beginning):
        return Wrong("encoding", "the file is in UTF-16", "save the file as UTF-8")
    return None


def _half(path: Path, error: SyntaxError) -> Wrong | None:
    """Say what the parser of JSON takes for the end of the file: a half of a character, or the end of the file."""
    if "Unexpected end of file" not in str(error.msg):
        return None
    rest = _line_of(path, error.lineno or 1)[max((error.offset or 1) - 1, 0) :]
    if found := _SURROGATE.search(rest[:_LINE]):
        reason = f"{found[0]} is only half of a character (RFC 8259, section 8.2)"
        return Wrong("syntax", reason, "write both halves, or the character itself")
    return Wrong("syntax", "the file ends before its value does", "close what is open, or fetch the file again")


def _head(path: Path) -> str:
    with _opened(path) as file:
        return file.read(_LINE).decode("utf-8", "replace")


def _line_of(path: Path, number: int) -> str:
    """Return the line of this number, or its beginning where it is very long."""
    with _opened(path) as file:
        left = number - 1
        while left:
            piece = file.readline(_LINE)
            if not piece:
                return ""
            left -= piece.endswith(b"\n")
        line = file.readline(_LINE)
    return line.removeprefix(codecs.BOM_UTF8 if number == 1 else b"").decode("utf-8", "replace")


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path) if path.suffix.lower() == PACKED else path.open("rb")


class _Unpacked:
    """What a packed file holds, up to a limit: a small file must not come to fill a disk."""

    def __init__(self, path: Path, packed: BinaryIO) -> None:
        self._path = path
        self._file = gzip.GzipFile(fileobj=packed)
        self._left = _MOST + _MOST_PER_BYTE * path.stat().st_size

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises InputError when there are too many."""
        piece = self._file.read(_PIECE if size < 0 else size)
        self._left -= len(piece)
        if self._left < 0:
            raise InputError(self._path, "it unpacks to more than can be read", repair="unpack it and serve what it is")
        return piece


class _Utf8:
    """A binary file that is checked to be UTF-8 while it is read; a byte order mark at its start is left out."""

    def __init__(self, path: Path, content: Readable, *, linked: bool) -> None:
        self._path = path
        self._content = content
        self._linked = linked
        self._tail = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._begun = False
        self._line = 1
        self._column = 1

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises InputError with the place of one that is not UTF-8."""
        size = _PIECE if size < 0 else size
        piece = self._content.read(size)
        if not self._begun:
            self._begun = True
            while piece and len(piece) < len(codecs.BOM_UTF8) and (more := self._content.read(1)):
                piece += more
            if piece.startswith(codecs.BOM_UTF8):
                piece = piece.removeprefix(codecs.BOM_UTF8) or self._content.read(size)
        self._check(piece)
        return piece

    def _check(self, piece: bytes) -> None:
        try:
            text = self._decoder.decode(piece, not piece)
            if self._linked:
                self._refuse_underscore(text)
            self._pass(text)
        except UnicodeDecodeError as error:
            self._pass(error.object[: error.start].decode("utf-8", "replace"))
            wrong = not_utf8(bytes(error.object), error.start)
            raise InputError(self._path, wrong.reason, self._line, wrong.repair, self._column) from None

    def _refuse_underscore(self, text: str) -> None:
        """Refuse a language that JSON-LD leaves out without a word, and with it the text that is in it."""
        found = _LANGUAGE.search(self._tail + text)
        if found is not None:
            line = self._line + text.count("\n", 0, max(found.start(1) - len(self._tail), 0))
            reason = f"{found[1]} is not a language tag: its parts are joined by hyphens (BCP 47)"
            raise InputError(self._path, reason, line, f"write {found[1].replace('_', '-')}")
        self._tail = text[-_SHORT:]

    def _pass(self, text: str) -> None:
        lines = text.count("\n")
        if lines:
            self._line += lines
            self._column = len(text) - text.rfind("\n")
        else:
            self._column += len(text)
