"""The folder of documents that rows quote: text, HTML, PDF and DOCX read as lines, and quotations found in them.

A quotation is looked for by its words: other quotation marks, dashes, capitals, accents, hyphens at the end of a line
and breaks make no difference, and ``…`` stands for words that were left out. What is found is told by lines, in a PDF
by the page and its lines, and by its first words as they are printed.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode
from rapidfuzz import fuzz

from cityrights.apart import Apart
from cityrights.converted import FORMATS, LARGEST, Unread, converted, lines_of
from cityrights.coverage import ranges
from cityrights.errors import InputError
from cityrights.importing.cells import Bad, slug
from cityrights.importing.columns import fold, own
from cityrights.importing.sheets import decoded, is_writable
from cityrights.library.names import nearest
from cityrights.pipeline.rows import Quote

#: The most documents that are listed where a name is that of several.
_LISTED: Final = 5
#: The most places that are looked at where words stand at many.
_PLACES: Final = 1_000
#: The most words of a quotation that are kept, as its anchor.
_ANCHOR: Final = 6
#: In documents up to so many characters the likest words are looked for, where a quotation is not found.
_LOOKED_THROUGH: Final = 400_000
_ALIKE: Final = 80
_WORD: Final = re.compile(r"\w+(?:-\w+)*")
_ELISION: Final = re.compile(r"\[?\(?(?:…|\.\.\.)\)?\]?")


@dataclass
class Document:
    """A document as lines: its slug, its file, the MD5 of its bytes, and where each of its pages begins."""

    slug: str
    path: Path
    md5: str
    lines: list[str]
    pages: list[int]

    def __post_init__(self) -> None:
        self._starts: list[int] = []
        parts: list[str] = []
        at = 1
        for line in self.lines:
            words = fold(line)
            broken = line.rstrip().endswith(("-", "\u00ad")) and line.rstrip()[-2:-1].isalpha()
            self._starts.append(at)
            parts.append(words if broken or not words else words + " ")
            at += len(parts[-1])
        self._folded = " " + "".join(parts)

    def find(self, words: str) -> Iterator[tuple[int, int]]:
        """Yield the first and the last line, from 0, of each place that has the words in this order."""
        parts = [wanted for part in _ELISION.split(words) if (wanted := fold(part))]
        start = self._folded.find(f" {parts[0]} ") if parts else -1
        while start >= 0:
            end = start + len(parts[0])
            for part in parts[1:]:
                found = self._folded.find(f" {part} ", end)
                end = found + len(part) if found >= 0 else -1
                if end < 0:
                    return
            yield self._line(start + 1), self._line(end)
            start = self._folded.find(f" {parts[0]} ", start + 1)

    def _line(self, at: int) -> int:
        return max(bisect_right(self._starts, at) - 1, 0)

    @property
    def is_plain(self) -> bool:
        """Say whether its lines are those of the file itself."""
        return FORMATS[self.path.suffix.lower()] == "text/plain"

    def counts(self) -> list[tuple[NamedNode, Literal]]:
        """Return what a record says of the lines of a text: how many there are, and which are not empty."""
        printed = [number for number, line in enumerate(self.lines, 1) if line.strip()]
        return [(own("lineCount"), Literal(len(self.lines))), (own("textLines"), Literal(ranges(printed)))]

    def likest(self, words: str) -> tuple[int, str] | None:
        """Return the line, from 0, whose words are most like those that were not found, where any are."""
        if len(self._folded) > _LOOKED_THROUGH:
            return None
        found = fuzz.partial_ratio_alignment(fold(words)[:500], self._folded, score_cutoff=_ALIKE)
        if found is None:
            return None
        line = self._line(found.dest_start + 1)
        return line, " ".join(self.lines[line].split()[:12])

    def place(self, first: int, last: int, words: str = "") -> Quote:
        """Return the place of lines, from 0: on their page where there are pages, with the words that are printed."""
        text = " ".join(line.strip() for line in self.lines[first : last + 1])
        start, wanted = 0, fold(words).split()[:1]
        found = list(_WORD.finditer(text))
        if wanted:
            run = fold(words).split()[:3]
            for at, match in enumerate(found):
                if " ".join(fold(one[0]) for one in found[at : at + 4]).split()[: len(run)] == run:
                    start = match.start()
                    break
        kept = " ".join(text[start:].split()[:_ANCHOR]).rstrip(" .,;:—–-")[:150]
        if not self.pages:
            return Quote(first + 1, last + 1, kept)
        page = bisect_right(self.pages, first)
        begins = self.pages[page - 1]
        ends = self.pages[page] if page < len(self.pages) else len(self.lines)
        return Quote(first - begins + 1, min(last, ends - 1) - begins + 1, kept, page)


class Documents:
    """The documents of a folder, each read when a row first names it; ``used`` has those that were pointed into."""

    def __init__(
        self, folder: Path | None, known: dict[str, str] | None = None, taken: str = "", apart: Apart | None = None
    ) -> None:
        self.folder = folder
        self.used: dict[str, Document] = {}
        self._known, self._taken = known or {}, taken
        self._files: list[Path] = []
        self._by: list[dict[str, list[Path]]] = [{}, {}, {}]
        self._read: dict[Path, Document | Bad] = {}
        self._apart = apart or Apart()
        if folder is not None:
            if not folder.is_dir():
                raise InputError(folder, "is no folder", repair="name the folder that holds the documents")
            self._files = [path for path in sorted(folder.rglob("*")) if _is_document(path, folder.resolve())]
            if not self._files:
                repair = f"put the documents there: {', '.join(FORMATS)}"
                raise InputError(folder, "holds no document that can be read", repair=repair)
            for path in self._files:
                for by, name in zip(self._by, (str(path.relative_to(folder)), path.name, path.stem), strict=True):
                    by.setdefault(fold(name), []).append(path)

    def quote(self, words: str, name: str, where: tuple[int, int] | None) -> tuple[Document, Quote]:
        """Return where the document ``name`` has the words; where it is not named, the one document that has them.

        ``where`` are lines, or pages of a document that has pages; without words they are the place. Raises Bad where
        nothing is found, with what is likest.
        """
        if not name:
            having = [
                one for path in self._files if isinstance(one := self._open(path), Document) and any(one.find(words))
            ]
            if len(having) != 1:
                told = "is in no document of the folder" if not having else f"is in {len(having)} documents"
                raise Bad("quotation not found", told, "name the document in the column source")
            return self._use(having[0], words, where)
        document = self._open(self._named(name))
        if isinstance(document, Bad):
            raise document
        return self._use(document, words, where)

    def _use(self, document: Document, words: str, where: tuple[int, int] | None) -> tuple[Document, Quote]:
        place = self._placed(document, words, where)
        self.used[document.slug] = document
        return document, place

    def _placed(self, document: Document, words: str, where: tuple[int, int] | None) -> Quote:
        name = document.path.name
        if not words:
            if where is None:
                raise Bad(
                    "no place", f"is {name}, and nothing says where in it", "quote it, or say the page or the lines"
                )
            pages = len(document.pages) or len(document.lines)
            if where[1] > pages:
                kind = "pages" if document.pages else "lines"
                raise Bad("no such place", f"points beyond {name}, which has {pages} {kind}", "mend the column where")
            first = document.pages[where[0] - 1] if document.pages else where[0] - 1
            return document.place(first, first if document.pages else where[1] - 1)
        found = list(islice(document.find(words), _PLACES))
        if not found:
            near = document.likest(words)
            repair = "quote it as it is printed"
            if near is not None:
                place = document.place(near[0], near[0])
                at = f"page {place.page}" if place.page else f"line {place.first}"
                repair = f"the likest is {at}: “{near[1]}”"
            raise Bad("quotation not found", f"is not found in {name}", repair)
        places = [document.place(first, last, words) for first, last in found]
        if where is None:
            return places[0]
        return next((one for one in places if where[0] <= (one.page or one.first) <= where[1]), places[0])

    def _named(self, name: str) -> Path:
        """Return the file of a name: its path in the folder, its name, or that without its ending."""
        found = next((those for by in self._by if (those := by.get(fold(name)))), [])
        if len(found) == 1:
            return found[0]
        assert self.folder is not None
        if found:
            listed = "; ".join(str(path.relative_to(self.folder)) for path in found[:_LISTED])
            raise Bad("several documents", f"is the name of {len(found)} documents", f"write one of these: {listed}")
        near = nearest(name, [path.name for path in self._files], 1)
        repair = f"did you mean “{near[0]}”?" if near else f"put it into {self.folder}"
        raise Bad("no such document", "is no document of the folder", repair)

    def _open(self, path: Path) -> Document | Bad:
        if path not in self._read:
            try:
                self._read[path] = self._document(path)
            except (Bad, InputError) as error:
                told = (
                    error
                    if isinstance(error, Bad)
                    else Bad("document", f"cannot be read: {error.reason}", error.repair)
                )
                self._read[path] = told
        return self._read[path]

    def _document(self, path: Path) -> Document:
        if path.stat().st_size > LARGEST:
            raise Bad("document", f"is {path.name}, which has more than {LARGEST >> 20} MB", "split it")
        content = path.read_bytes()
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if FORMATS[path.suffix.lower()] == "text/plain":
            lines, pages = lines_of(decoded(path, content)), list[int]()
            if not any(line.strip() for line in lines):
                raise Bad("document", f"is {path.name}, which has no text", "put the text there")
        else:
            try:
                lines, pages = converted(path, self._apart)
            except Unread as error:
                raise Bad(error.sort, f"is {path.name}, and {error.reason}", error.repair) from error
        return Document(self._slug(path, md5), path, md5, lines, pages)

    def _slug(self, path: Path, md5: str) -> str:
        """Return what a document is called in IRIs, which no two of the folder are."""
        known = self._known.get(md5)
        if known is not None:
            return known
        name = slug(path.stem)
        if not name:
            return md5[:12]
        if sum(slug(other.stem) == name for other in self._files) > 1:  # report.pdf beside report.docx
            whole = slug(path.name)
            name = whole if sum(slug(other.name) == whole for other in self._files) == 1 else f"{name}-{md5[:6]}"
        return name if name not in {*self._known.values(), self._taken} else f"{name}-document"


def _is_document(path: Path, folder: Path) -> bool:
    """Say whether a path is a file that is read: no device, no link that leads out, no name that nothing can write."""
    if path.suffix.lower() not in FORMATS or not is_writable(path.name):
        return False
    return path.is_file() and path.resolve().is_relative_to(folder)
