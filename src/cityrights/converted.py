"""Documents as lines: text as it is, HTML, PDF and DOCX converted, in a process that may break; and their pages."""

from __future__ import annotations

import codecs
import re
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from xml.parsers.expat import ExpatError

from cityrights.apart import Apart, Broken
from cityrights.errors import CityrightsError, InputError

#: The largest file, and the most that an archive may unpack to, in bytes.
LARGEST: Final = 64 << 20
_UNPACKED: Final = 320 << 20
#: How many times its size a part of a workbook may have: text packs to a tenth, what repeats itself to a thousandth.
_TIMES: Final = 150
#: What is read, by the end of its name, and its media type.
FORMATS: Final = {
    ".txt": "text/plain",
    ".md": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
#: The most pages and characters of a document that are read.
_PAGES: Final = 3_000
_CHARACTERS: Final = 20_000_000
#: The package that reads it, by the end of the name: its module, and what it is called.
_PACKAGES: Final = {".pdf": ("pypdfium2", "pypdfium2"), ".docx": ("mammoth", "mammoth")}
#: The encodings of texts, as Python calls them.
_ENCODING: Final = re.compile(
    r"utf-(?:8|8-sig|16|16-le|16-be|32|32-le|32-be)|ascii|iso8859-[0-9]{1,2}|cp[0-9]{3,4}|koi8-[rtu]|mac-[a-z]{4,8}|"
    r"gb2312|gbk|gb18030|big5(?:hkscs)?|shift_jis(?:_2004|x0213)?|euc_(?:jp|kr)|iso2022_(?:jp|kr)|johab|hz|tis-620|ptcp154"
)
_CHARSET: Final = re.compile(rb"charset=[\"']?([A-Za-z0-9_-]{2,40})")
_BLOCKS: Final = frozenset(
    ("address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "div", "dl", "dt", "figcaption",
     "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p",
     "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul")
)  # fmt: skip
#: What PDFium writes for a hyphen at the end of a line, and the break after it.
_BROKEN: Final = re.compile("[\x02\ufffe](?:\r?\n)?")
_UNSEEN: Final = frozenset(("script", "style", "template", "noscript", "title"))


class Unread(InputError):
    """A document that cannot be read; ``sort`` is encrypted, scanned, or document for all else."""

    def __init__(self, path: Path, sort: str, reason: str, repair: str) -> None:
        super().__init__(path, reason, repair=repair)
        self.sort = sort

    def __reduce__(self) -> tuple[Any, ...]:
        return Unread, (self.path, self.sort, self.reason, self.repair)


def is_converted(path: Path) -> bool:
    """Say whether the lines of a file are not its own, but what is made of it."""
    return FORMATS.get(path.suffix.lower(), "text/plain") != "text/plain"


def converted(path: Path, apart: Apart) -> tuple[list[str], list[int]]:
    """Return the lines of an HTML, PDF or DOCX, and where each page begins in them, from 0 (none where there are none).

    Raises Unread for what cannot be read, CityrightsError where the package that reads it is missing.
    """
    ending = path.suffix.lower()
    if path.stat().st_size > LARGEST:
        raise Unread(path, "document", f"has more than {LARGEST >> 20} MB", "split it")
    if ending in _PACKAGES:
        needed(*_PACKAGES[ending], f"read {path.name}")
    try:
        lines, pages = apart.call(lines_and_pages, path)
    except Broken as error:
        raise Unread(path, "document", error.reason, "open it and save it anew") from error
    except Unread:
        raise
    except InputError as error:
        raise Unread(path, "document", f"cannot be read: {error.reason}", error.repair) from error
    if any(line.strip() for line in lines):
        return lines, pages
    if ending == ".pdf":
        repair = "have its text recognised (OCR), and put that PDF there"
        raise Unread(path, "scanned", "its pages are pictures without text", repair)
    raise Unread(path, "document", "has no text", "put the text there")


def digest_of(lines: Sequence[str]) -> str:
    """Return what was read of a document as an IRI (RFC 6920): another one when it is read otherwise."""
    digest = sha256("\n".join(lines).encode("utf-8", "surrogatepass")).digest()
    return f"ni:///sha-256;{urlsafe_b64encode(digest).decode().rstrip('=')}"


def lines_of(text: str) -> list[str]:
    """Return the lines of a document; line ends are those of RFC 5147, section 2.2.2 (CR LF, LF or CR)."""
    lines = re.split(r"\r\n|\n|\r", text)
    return lines[:-1] if lines and not lines[-1] else lines


def decoded_as(content: bytes, encoding: str) -> str:
    """Return the text of bytes in an encoding. Raises UnicodeError or LookupError.

    Python knows more encodings than texts have: some take hours, some make halves of signs that nothing can write.
    """
    if _ENCODING.fullmatch(codecs.lookup(encoding).name) is None:
        raise LookupError(f"{encoding} is no encoding of texts")
    return content.decode(encoding)


def needed(module: str, package: str, what: str) -> None:
    """Raise CityrightsError where a package is missing that is needed to do ``what``, with what installs it."""
    try:
        import_module(module)
    except ImportError as error:
        reason = f'{package} is not installed, which is needed to {what}: pip install "cityrights[import]"'
        raise CityrightsError(reason) from error


def unpacks(path: Path, kind: str = "workbook", ending: str = ".xlsx") -> None:
    """Raise InputError for an archive that is none, unpacks to too much, is locked or holds macros."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(path, f"is no {kind}: {error}", repair=f"open it and save it as {ending}") from error
    if any(part.filename.lower().endswith(("vbaproject.bin", "script-lb.xml")) for part in parts):
        reason = "holds macros, and nothing here runs them"
        raise InputError(path, reason, repair=f"save it as {ending}, which has none")
    total = sum(part.file_size for part in parts)
    dense = next((p for p in parts if p.file_size > 1 << 24 and p.file_size > _TIMES * max(p.compress_size, 1)), None)
    if total > _UNPACKED or dense is not None:
        reason = f"unpacks from {path.stat().st_size / (1 << 20):,.1f} MB to {total / (1 << 20):,.0f} MB, as bombs do"
        raise InputError(path, reason, repair=f"save it anew as {ending}, or as text")


def lines_and_pages(path: Path) -> tuple[list[str], list[int]]:
    """Return the lines of a document and where each of its pages begins. Raises InputError.

    It is called in a process that may break (``apart``).
    """
    ending = path.suffix.lower()
    if ending == ".pdf":
        return _pdf(path)
    return (_docx(path) if ending == ".docx" else _html(path.read_bytes())), []


def _pdf(path: Path) -> tuple[list[str], list[int]]:
    """Return the lines of a PDF, and where each page begins. Raises Unread for one that is locked or spoilt."""
    import pypdfium2

    lines, pages, size = list[str](), list[int](), 0
    try:
        with pypdfium2.PdfDocument(path) as document:
            for number in range(min(len(document), _PAGES)):
                page = document[number]
                text = page.get_textpage()
                pages.append(len(lines))
                lines += lines_of(_BROKEN.sub("-\n", text.get_text_bounded())) or [""]
                size += sum(map(len, lines[pages[-1] :]))
                text.close()
                page.close()
                if size > _CHARACTERS:
                    raise Unread(path, "document", f"has more than {_CHARACTERS:,} characters", "split it")
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unread(path, "encrypted", "is locked with a password", "save it without") from error
        raise Unread(path, "document", "is no PDF that can be read", "open it and save it anew") from error
    return lines, pages


def _docx(path: Path) -> list[str]:
    """Return the paragraphs of a DOCX."""
    import mammoth

    unpacks(path, "DOCX", ".docx")
    try:
        with path.open("rb") as file:
            text = str(mammoth.extract_raw_text(file).value)
    except (KeyError, ValueError, SyntaxError, OSError, ExpatError) as error:
        raise Unread(path, "document", "is no DOCX that can be read", "open it and save it anew") from error
    return [line for line in text.split("\n") if line.strip()]


def _html(content: bytes) -> list[str]:
    """Return the blocks of a page of HTML, each as one line."""
    named = _CHARSET.search(content[:4096])
    try:
        text = decoded_as(content, named[1].decode("ascii") if named else "utf-8")
    except (UnicodeError, LookupError):
        text = content.decode("cp1252", "replace")
    parser = _Blocks()
    parser.feed(_ended(text))
    parser.close()
    return [line for line in (" ".join(block.split()) for block in parser.blocks()) if line]


def _ended(text: str) -> str:
    """Return HTML without its comments, and without what begins in it and never ends.

    The parser of the standard library looks for each end anew, which takes minutes where thousands are missing. A
    comment that is not closed goes on to the end (https://html.spec.whatwg.org/multipage/parsing.html, 13.2.5.45), as
    does what else begins with a sign and has none that ends it.
    """
    parts, at = list[str](), 0
    while True:
        start = text.find("<!--", at)
        parts.append(text[at:start] if start >= 0 else text[at:])
        at = text.find("-->", start + 2) + 3 if start >= 0 else 0
        if at < 3:
            break
    plain = "".join(parts)
    last = plain.rfind(">") + 1
    return plain[:last] + plain[last:].replace("<", "&lt;")


class _Blocks(HTMLParser):
    """What stands in the blocks of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._found: list[list[str]] = [[]]
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line where a block begins."""
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _BLOCKS:
            self._found.append([])

    def handle_endtag(self, tag: str) -> None:
        """End a line where a block ends."""
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        if tag in _BLOCKS:
            self._found.append([])

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if not self._unseen:
            self._found[-1].append(data)

    def blocks(self) -> Iterator[str]:
        """Yield the words of each block."""
        return ("".join(parts) for parts in self._found)
