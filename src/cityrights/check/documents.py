"""Rules of claims against the documents, when a reader has them: every pointer and anchor, and sentences of our own.

The documents' text is not part of the project; they are known by their MD5, whatever their files are called.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.check.rules import Broken, Finding
from cityrights.coverage import ranges
from cityrights.pipeline.read import Place
from cityrights.vocabulary import PREFIXES
from sparqlgate.errors import InputError

MOST_ANCHOR_WORDS: Final = 6
#: Longest run of words that one of our sentences may have in common with a document.
LONGEST_RUN: Final = 8
_WORDS: Final = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
#: How many words make an anchor where nobody chose one.
_FIRST_WORDS: Final = 4
#: Where a sentence may end: its mark, what closes after it, and a space.
_END: Final = re.compile(r"[.!?…]++[»”’\")\]]*+\s++")
_OPENING: Final = "«“‘\"'([¿¡ "

_SOURCES: Final = """SELECT ?source ?md5 ?count ?text WHERE { ?source a cr:Source ; cr:md5 ?md5
  OPTIONAL { ?source cr:lineCount ?count } OPTIONAL { ?source cr:textLines ?text } }"""
_PASSAGES: Final = """SELECT DISTINCT ?passage ?source ?first ?last ?anchor ?firstSentence ?lastSentence WHERE {
  ?claim cr:passage ?passage .
  ?passage cr:source ?source ; cr:firstLine ?first ; cr:lastLine ?last ; cr:anchor ?anchor .
  OPTIONAL { ?passage cr:firstSentence ?firstSentence ; cr:lastSentence ?lastSentence } }"""
_TEXTS: Final = """SELECT DISTINCT ?thing ?text WHERE {
  VALUES ?property { cr:text dcterms:description cr:withoutGraph skos:definition }
  GRAPH ?graph { ?thing ?property ?text } FILTER(!STRSTARTS(STR(?graph), STR(derived:))) }"""
_NAMES: Final = "SELECT DISTINCT ?name WHERE { VALUES ?p { rdfs:label skos:altLabel skos:prefLabel } ?thing ?p ?name }"


@dataclass
class Document:
    """A source's document: the source's IRI, its file, its lines (from 1 in the graph, from 0 here)."""

    source: str
    path: Path
    lines: list[str]
    pointed: set[int] = field(default_factory=set)

    @property
    def silent(self) -> list[int]:
        """The numbers of the lines that are not empty and that no claim points to."""
        return [n for n, line in enumerate(self.lines, 1) if line.strip() and n not in self.pointed]

    def as_dict(self) -> dict[str, object]:
        """Return what the check found out about the document, for ``--json``."""
        silent = self.silent
        return {"source": self.source, "lines": len(self.lines), "without_claim": len(silent), "silent": silent}


def check_sources(store: ox.Store, folder: Path) -> tuple[list[Broken], list[Document]]:
    """Check every passage of ``store`` and every text of ours against the documents in ``folder``.

    Returns what is wrong and the documents with the lines that claims point to. Raises InputError when the folder
    cannot be read or holds none of the documents.
    """
    broken, documents = _documents(store, folder)
    if not documents:
        wanted = ", ".join(row.finding.message for row in broken) or "no source has a cr:md5"
        raise InputError(folder, f"none of the documents is here: {wanted}", repair="name the folder that holds them")
    found = {document.source: document for document in documents}
    for row in _rows(store, _PASSAGES):
        document = found.get(row["source"].value)
        if document is not None:
            broken.extend(_check_passage(row, document))
    names = {run for row in _rows(store, _NAMES) for run in runs(row["name"].value)}
    for document in documents:
        printed = runs("\n".join(document.lines)) - names
        broken.extend(_copied(store, document, printed))
    return broken, documents


def read_document(path: Path) -> tuple[str, list[str]]:
    """Return the MD5 of a document's bytes and its lines; raises InputError when it cannot be read as UTF-8."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(path, f"byte {error.start} is not UTF-8", line, "save the document as UTF-8 text") from error
    return hashlib.md5(content, usedforsecurity=False).hexdigest(), lines_of(text)


def lines_of(text: str) -> list[str]:
    """Return the lines of a document; line ends are those of RFC 5147, section 2.2.2 (CR LF, LF or CR)."""
    lines = re.split(r"\r\n|\n|\r", text)
    return lines[:-1] if lines and not lines[-1] else lines


def anchor_stands(anchor: str, lines: list[str]) -> bool:
    """Say whether an anchor occurs in lines, however they are broken; web addresses are broken without a space."""
    wanted = " ".join(anchor.split())
    return any(wanted in " ".join(glue.join(line.strip() for line in lines).split()) for glue in (" ", ""))


def sentences(line: str) -> list[str]:
    """Return the sentences of a line, in order.

    A sentence ends with a full stop, question mark, exclamation mark or ellipsis, closing quotation marks and brackets
    included, where a space and a capital letter or a digit follow. So ``e.g. this`` ends none, and ``Mr. Smith`` does:
    the count is a pointer that everybody finds again, not grammar.
    """
    found, start = [], 0
    for match in _END.finditer(line):
        after = line[match.end() :].lstrip(_OPENING)[:1]
        if after.isupper() or after.isdigit():
            found.append(line[start : match.end()].strip())
            start = match.end()
    return [*found, rest] if (rest := line[start:].strip()) else found


def standing(place: Place, lines: list[str]) -> list[str]:
    """Return the lines of a place, cut to its sentences where it counts them; empty where the document ends before."""
    found = lines[place.first - 1 : place.last]
    if not place.first_sentence or len(found) != place.last - place.first + 1:
        return found
    first, last = sentences(found[0]), sentences(found[-1])
    if place.first_sentence > len(first) or place.last_sentence > len(last):
        return []
    if len(found) == 1:
        return [" ".join(first[place.first_sentence - 1 : place.last_sentence])]
    return [" ".join(first[place.first_sentence - 1 :]), *found[1:-1], " ".join(last[: place.last_sentence])]


def first_words(lines: list[str]) -> str:
    """Return the few words with which lines begin, as printed: an anchor for who chooses none."""
    return " ".join(" ".join(lines).split()[:_FIRST_WORDS])


def check_pointer(place: Place, lines: list[str]) -> tuple[str, str, str] | None:
    """Return rule, message and repair when a place in the lines of a document is wrong, None when it is right."""
    first, last, anchor = place.first, place.last, place.anchor
    if not 1 <= first <= last <= len(lines):
        message = f"points to lines {first} to {last} of a document with {len(lines)} lines"
        return "passage-range", message, "mend its lines (they count from 1)"
    if len(anchor.split()) > MOST_ANCHOR_WORDS:
        message = f"the anchor “{anchor}” has {len(anchor.split())} words, and {MOST_ANCHOR_WORDS} are the most"
        return "anchor-length", message, "keep the few words by which the place is found"
    within = standing(place, lines)
    if anchor_stands(anchor, within):
        return None
    if place.first_sentence and anchor_stands(anchor, lines[first - 1 : last]):
        every = sentences(lines[first - 1])
        where = next((number for number, one in enumerate(every, 1) if anchor_stands(anchor, [one])), 0)
        hint = f"it stands in sentence {where} of {len(every)}: {first}.{where}" if where else "mend the sentences"
        return "anchor-missing", f"the anchor “{anchor}” does not occur in the sentences {place.range}", hint
    start = _first_line(anchor, lines)
    hint = f"it stands at line {start}: mend the lines" if start else "copy a few words exactly as printed"
    return "anchor-missing", f"the anchor “{anchor}” does not occur in lines {first} to {last}", hint


def _first_line(anchor: str, lines: list[str]) -> int | None:
    """Return the line on which an anchor begins that may run over three lines."""
    windows = {n for n in range(1, len(lines) + 1) if anchor_stands(anchor, lines[n - 1 : n + 2])}
    return next((n for n in sorted(windows) if n + 1 not in windows), None)


def runs(text: str) -> set[tuple[str, ...]]:
    """Return every run of one word more than is allowed, case-folded."""
    words = _WORDS.findall(text.casefold())
    return {tuple(words[at : at + LONGEST_RUN + 1]) for at in range(len(words) - LONGEST_RUN)}


def _documents(store: ox.Store, folder: Path) -> tuple[list[Broken], list[Document]]:
    try:
        files = {hashlib.md5(p.read_bytes(), usedforsecurity=False).hexdigest(): p for p in _files(folder)}
    except OSError as error:
        raise InputError(folder, f"cannot be read: {error.strerror}") from error
    broken: list[Broken] = []
    documents: list[Document] = []
    for row in _rows(store, _SOURCES):
        source, md5 = row["source"], row["md5"].value
        path = files.get(md5)
        if path is None:
            message = f"no file in {folder} has the MD5 {md5}"
            finding = Finding(source.value, "source-document", message, "put the document there under any name")
        else:
            try:
                document = Document(source.value, path, lines_of(path.read_bytes().decode("utf-8")))
                documents.append(document)
                broken.extend(_check_counts(row, document))
                continue
            except UnicodeDecodeError as error:
                finding = Finding(str(path), "source-document", f"byte {error.start} is not UTF-8", "save it as UTF-8")
        broken.append(Broken(finding, ox.NamedNode(source.value)))
    return broken, documents


def _check_counts(row: dict[str, ox.NamedNode | ox.Literal], document: Document) -> Iterator[Broken]:
    """Compare what the graph says of a document's lines with the document."""
    count = str(len(document.lines))
    text = ranges([number for number, line in enumerate(document.lines, 1) if line.strip()])
    for name, key, right in (("cr:lineCount", "count", count), ("cr:textLines", "text", text)):
        said = row[key].value if key in row else "nothing"
        if said != right:
            message = f"{name} says {said}, and the document has {right}"
            place = ox.NamedNode(document.source)
            yield Broken(Finding(place.value, "source-lines", message, f"set {name} to what the document has"), place)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def _check_passage(row: dict[str, ox.NamedNode | ox.Literal], document: Document) -> Iterator[Broken]:
    first, last = int(row["first"].value), int(row["last"].value)
    document.pointed.update(range(first, last + 1))
    one, other = (int(row[name].value) if name in row else 0 for name in ("firstSentence", "lastSentence"))
    pointer = Place(first, last, row["anchor"].value, first_sentence=one, last_sentence=other)
    wrong = check_pointer(pointer, document.lines)
    if wrong is not None:
        rule, message, repair = wrong
        place = ox.NamedNode(row["passage"].value)
        yield Broken(Finding(place.value, rule, message, repair), place)


def _copied(store: ox.Store, document: Document, printed: set[tuple[str, ...]]) -> Iterator[Broken]:
    name = document.source.rpartition("/")[2]
    for row in _rows(store, _TEXTS):
        common = sorted(runs(row["text"].value) & printed)
        if common:
            message = f"has words of {name} in a row: “{' '.join(common[0])}”"
            place, text = ox.NamedNode(row["thing"].value), row["text"]
            repair = f"say it in other words: at most {LONGEST_RUN} words in common"
            found = Finding(place.value, "copied-text", message, repair)
            yield Broken(found, place, text)


def _rows(store: ox.Store, query: str) -> Iterator[dict[str, ox.NamedNode | ox.Literal]]:
    solutions = store.query(query, prefixes=PREFIXES)
    assert isinstance(solutions, ox.QuerySolutions)
    names = [variable.value for variable in solutions.variables]
    for solution in solutions:
        row = {name: solution[name] for name in names}
        yield {name: term for name, term in row.items() if isinstance(term, ox.NamedNode | ox.Literal)}
