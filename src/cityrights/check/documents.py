"""Rules of claims against the documents, when a reader has them: every pointer and anchor, and sentences of our own.

The documents' text is not part of the project; they are known by their MD5, whatever their files are called. Of HTML,
PDF and DOCX the lines are those that an import made of them (``cityrights.converted``), in a PDF page by page.
"""

from __future__ import annotations

import hashlib
import os
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pyoxigraph as ox

from cityrights.apart import Apart
from cityrights.check.plausibility import spelled
from cityrights.check.rules import Broken, Finding, Term, answers, implied
from cityrights.converted import LARGEST, Unread, converted, digest_of, is_converted, lines_of
from cityrights.coverage import ranges
from cityrights.errors import CityrightsError, InputError
from cityrights.pipeline.read import Place
from cityrights.vocabulary import ID, path_of

MOST_ANCHOR_WORDS: Final = 6
#: Longest run of words that one of our sentences may have in common with a document.
LONGEST_RUN: Final = 8
_WORDS: Final = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
#: How many words make an anchor where nobody chose one.
_FIRST_WORDS: Final = 4
#: Where a sentence may end: its mark, what closes after it, and a space.
_END: Final = re.compile(r"(?<![.!?…])[.!?…]++[»”’\")\]]*+\s++")
_OPENING: Final = "«“‘\"'([¿¡ "

_SOURCES: Final = """SELECT ?source ?md5 ?count ?text (MIN(?each) AS ?read) (MIN(?label) AS ?name) WHERE {
  ?source a cr:Source ; cr:md5 ?md5
  OPTIONAL { ?source cr:lineCount ?count } OPTIONAL { ?source cr:textLines ?text }
  OPTIONAL { ?each prov:wasDerivedFrom ?source FILTER(STRSTARTS(STR(?each), "ni:")) }
  OPTIONAL { ?source rdfs:label ?label } } GROUP BY ?source ?md5 ?count ?text"""
_PASSAGES: Final = """SELECT DISTINCT ?passage ?source ?first ?last ?anchor ?firstSentence ?lastSentence ?page WHERE {
  ?claim cr:passage ?passage .
  ?passage cr:source ?source ; cr:firstLine ?first ; cr:lastLine ?last ; cr:anchor ?anchor .
  OPTIONAL { ?passage cr:firstSentence ?firstSentence ; cr:lastSentence ?lastSentence }
  OPTIONAL { ?passage schema:pageStart ?page } }"""
_TEXTS: Final = """SELECT DISTINCT ?thing ?text WHERE {
  VALUES ?property { cr:text dcterms:description cr:withoutGraph skos:definition }
  GRAPH ?graph { ?thing ?property ?text } FILTER(!STRSTARTS(STR(?graph), STR(derived:))) }"""
_NAMES: Final = "SELECT DISTINCT ?name WHERE { VALUES ?p { rdfs:label skos:altLabel skos:prefLabel } ?thing ?p ?name }"


@dataclass
class Document:
    """A source's document: the source's IRI, its file, its lines (from 1 in the graph, from 0 here).

    ``pages`` says where each page begins in the lines, from 0; there are none in what has no pages.
    """

    source: str
    path: Path
    lines: list[str]
    pages: list[int] = field(default_factory=list)
    pointed: set[int] = field(default_factory=set)

    def bounds(self, row: Mapping[str, Term]) -> tuple[int, int]:
        """Return where the page of a row begins and ends in the lines, from 0; the whole where it names no page."""
        page = int(row["page"].value) if "page" in row and row["page"].value.isdecimal() else 0
        if not page or not self.pages:
            return 0, len(self.lines)
        if page > len(self.pages):
            return len(self.lines), len(self.lines)
        return self.pages[page - 1], (*self.pages, len(self.lines))[page]

    @property
    def silent(self) -> list[int]:
        """The numbers of the lines that are not empty and that no claim points to."""
        return [n for n, line in enumerate(self.lines, 1) if line.strip() and n not in self.pointed]

    def as_dict(self) -> dict[str, object]:
        """Return what the check found out about the document, for ``--json``."""
        silent = self.silent
        return {"source": self.source, "lines": len(self.lines), "without_claim": len(silent), "silent": silent}


def check_sources(
    store: ox.Store, folder: Path, only: str = "", things: Collection[str] | None = None
) -> tuple[list[Broken], list[Document]]:
    """Check every passage of ``store`` and every text of ours against the documents in ``folder``.

    ``only`` is the slug of the one source whose document is looked at; the others need not be there. ``things`` are
    those whose texts are compared, where not all are. Returns what is wrong and the documents with the lines that
    claims point to. Raises InputError when the folder cannot be read or holds none of the documents.
    """
    broken, documents = _documents(store, folder, only)
    if not documents:
        wanted = ", ".join(row.finding.message for row in broken) or "no source has a cr:md5"
        raise InputError(folder, f"none of the documents is here: {wanted}", repair="name the folder that holds them")
    found = {document.source: document for document in documents}
    for row in answers(store, _PASSAGES):
        document = found.get(row["source"].value)
        if document is not None:
            broken.extend(_check_passage(row, document))
    broken.extend(_said_otherwise(store, found))
    for document in documents:
        broken.extend(_copied(store, document, things))
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


def _documents(store: ox.Store, folder: Path, only: str) -> tuple[list[Broken], list[Document]]:
    try:
        files = {hashlib.md5(p.read_bytes(), usedforsecurity=False).hexdigest(): p for p in _files(folder)}
    except OSError as error:
        raise InputError(folder, f"cannot be read: {error.strerror}") from error
    named = {path.name: path for path in files.values()}
    with Apart() as apart:
        return _opened(store, folder, only, files, named, apart)


def _opened(
    store: ox.Store, folder: Path, only: str, files: Mapping[str, Path], named: Mapping[str, Path], apart: Apart
) -> tuple[list[Broken], list[Document]]:
    """Read the documents of sources; ``files`` are those of the folder by MD5, ``named`` by name."""
    broken: list[Broken] = []
    documents: list[Document] = []
    for row in answers(store, _SOURCES):
        source, md5 = row["source"], row["md5"].value
        if only and source.value != f"{ID}source/{only}":
            continue
        path = files.get(md5)
        other = named.get(row["name"].value) if "name" in row else None
        if path is None and other is not None:
            message = f"{other} is another than the document that claims point into, which has the MD5 {md5}"
            repair = "put the one there that was imported, or import the sheet again with --documents"
            finding = Finding(source.value, "source-document", message, repair)
        elif path is None:
            message = f"no file in {folder} has the MD5 {md5}"
            finding = Finding(source.value, "source-document", message, "put the document there under any name")
        elif is_converted(path) and "count" not in row:
            try:
                document = Document(source.value, path, *converted(path, apart))
                documents.append(document)
                broken.extend(_check_reading(row, document))
                continue
            except Unread as error:
                finding = Finding(str(path), "source-document", error.reason, error.repair)
            except CityrightsError as error:
                finding = Finding(str(path), "source-document", error.reason)
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


def _check_counts(row: Mapping[str, Term], document: Document) -> Iterator[Broken]:
    """Compare what the graph says of a document's lines with the document."""
    count = str(len(document.lines))
    text = ranges([number for number, line in enumerate(document.lines, 1) if line.strip()])
    for name, key, right in (("cr:lineCount", "count", count), ("cr:textLines", "text", text)):
        said = row[key].value if key in row else "nothing"
        if said != right:
            message = f"{name} says {said}, and the document has {right}"
            place = ox.NamedNode(document.source)
            yield Broken(Finding(place.value, "source-lines", message, f"set {name} to what the document has"), place)


def _check_reading(row: Mapping[str, Term], document: Document) -> Iterator[Broken]:
    """Compare what was read of a document when claims were made to point into it with what is read now."""
    if "read" in row and row["read"].value != digest_of(document.lines):
        message = f"{document.path.name} is read otherwise than when it was imported, though its bytes are the same"
        repair = "import the sheet again with --documents, which looks its quotations up anew"
        place = ox.NamedNode(document.source)
        yield Broken(Finding(place.value, "source-lines", message, repair, "warning"), place)


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder and of those below it; no device, and no link that leads out."""
    there, found = folder.resolve(strict=True), list[Path]()
    next(there.iterdir(), None)  # what is no folder, or may not be read, says so
    for above, _, names in os.walk(there):
        paths = (Path(above, name) for name in names)
        found += [path for path in paths if path.is_file() and path.resolve().is_relative_to(there)]
    return sorted(path for path in found if path.stat().st_size <= LARGEST)


def _check_passage(row: Mapping[str, Term], document: Document) -> Iterator[Broken]:
    first, last = int(row["first"].value), int(row["last"].value)
    begins, ends = document.bounds(row)
    document.pointed.update(range(begins + first, begins + last + 1))
    one, other = (int(row[name].value) if name in row else 0 for name in ("firstSentence", "lastSentence"))
    pointer = Place(first, last, row["anchor"].value, first_sentence=one, last_sentence=other)
    wrong = check_pointer(pointer, document.lines[begins:ends])
    if wrong is not None:
        rule, message, repair = wrong
        if "page" in row and document.pages:
            message = f"page {row['page'].value} of {len(document.pages)}: {message}"
        place = ox.NamedNode(row["passage"].value)
        yield Broken(Finding(place.value, rule, message, repair), place)


def _copied(store: ox.Store, document: Document, things: Collection[str] | None) -> Iterator[Broken]:
    """Yield each text of ours that has more words of a document in a row than are allowed, names aside."""
    printed = runs("\n".join(document.lines))
    alike: list[tuple[dict[str, Term], set[tuple[str, ...]]]] = []
    for row in answers(store, _TEXTS):
        if (things is None or row["thing"].value in things) and (both := runs(row["text"].value) & printed):
            alike.append((row, both))
    names = {run for row in answers(store, _NAMES) for run in runs(row["name"].value)} if alike else set()
    name = document.source.rpartition("/")[2]
    for row, both in alike:
        common = sorted(both - names)
        if common:
            message = f"has words of {name} in a row: “{' '.join(common[0])}”"
            place, text = ox.NamedNode(row["thing"].value), row["text"]
            repair = f"say it in other words: at most {LONGEST_RUN} words in common"
            found = Finding(place.value, "copied-text", message, repair)
            yield Broken(found, place, text)


#: Where practices and sections begin, by the claims on their titles; a claim's main place has the claim's number.
_AT: Final = """?claim cr:source ?source ; cr:passage ?passage . ?passage cr:firstLine ?first ; cr:lastLine ?last
    FILTER(STRAFTER(STR(?passage), "/id/passage/") = STRAFTER(STR(?claim), "/id/claim/"))"""
# The engine would join what follows a UNION with all of a source: each branch says where it stands.
_BEGINS: Final = f"""SELECT DISTINCT ?source ?thing ?first WHERE {{
  {{ ?claim cr:aspect aspect:title ; cr:subject ?thing . ?thing a cr:Practice . {_AT} }}
  UNION {{ ?claim cr:aspect aspect:section ; cr:heading ?thing . {_AT} }} }}"""
_STANDS: Final = f"""SELECT DISTINCT ?claim ?source ?thing ?first ?last WHERE {{
  {{ ?thing a cr:Practice . ?claim cr:subject ?thing . {_AT} }} UNION {{ ?claim cr:heading ?thing . {_AT} }} }}"""
_NONE: Final = 10**7


def check_lines(store: ox.Store) -> Iterator[Broken]:
    """Yield each claim whose lines lie outside those of its practice or its heading, by what the graph says of both.

    A practice and a section go from the line of their title to the next title.
    """
    begins: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for row in answers(store, _BEGINS):
        thing, first = row["thing"].value, int(row["first"].value)
        begins[row["source"].value, _sort(thing)].append((first, thing))
    for bounds in begins.values():
        bounds.sort()
    all_known = {key: {thing for _, thing in bounds} for key, bounds in begins.items()}
    stands: dict[tuple[str, str, str, int, int], set[str]] = defaultdict(set)
    for row in answers(store, _STANDS):
        place = int(row["first"].value), int(row["last"].value)
        stands[row["claim"].value, row["source"].value, _sort(row["thing"].value), *place].add(row["thing"].value)
    for (claim, source, sort, first, last), things in stands.items():
        bounds, known = begins.get((source, sort), []), all_known.get((source, sort), set())
        if not bounds or (sort == "practice" and things.isdisjoint(known)):
            continue
        at = bisect_right(bounds, (first, "~"))
        here = bounds[at - 1][1] if at else ""
        sections = begins.get((source, "section"), [])
        later = (*bounds[at : at + 1], *sections[(below := bisect_right(sections, (first, "~"))) : below + 1])
        end = min([*(line for line, _ in later), _NONE]) - 1
        before = not here and (sort == "practice" or things.isdisjoint(known))  # all titles, where a text is summed up
        if before or (here in things and last <= end):
            continue
        whose = ", ".join(sorted(path_of(thing) for thing in things))
        message = f"stands in lines {first} to {last}, which are of {path_of(here) or 'no ' + sort}"
        told, mend = ("has the heading", "cr:heading") if sort == "section" else ("is about", "cr:subject")
        term = ox.NamedNode(min(things))
        yield implied("claim-elsewhere", claim, f"{message}, and {told} {whose}", f"mend its lines, or {mend}", term)


def _sort(thing: str) -> str:
    return path_of(thing).partition("/")[0]


_STATED: Final = """SELECT DISTINCT ?claim ?thing ?property ?value WHERE {
  VALUES ?property { schema:url cr:printed cr:year cr:start cr:end }
  ?claim a cr:Claim . GRAPH ?claim { ?thing ?property ?value } }"""
_CLAIMS: Final = """SELECT DISTINCT ?claim ?source ?text ?first ?last ?page ?aspect ?modality ?issued WHERE {
  ?claim cr:passage ?passage ; cr:text ?text ; cr:modality ?modality .
  ?passage cr:source ?source ; cr:firstLine ?first ; cr:lastLine ?last .
  OPTIONAL { ?source dcterms:issued ?issued }
  OPTIONAL { ?passage schema:pageStart ?page }
  OPTIONAL { VALUES ?aspect { aspect:challenge aspect:solution aspect:takeaway } ?claim cr:aspect ?aspect } }"""
_SUBJECTS: Final = "SELECT DISTINCT ?claim ?subject WHERE { ?claim cr:subject ?subject }"
_HEADINGS: Final = """SELECT ?aspect ?label WHERE {
  VALUES ?aspect { aspect:challenge aspect:solution aspect:takeaway } ?aspect skos:prefLabel ?label }"""
#: Figures of two digits or more, with what may group them.
_FIGURE: Final = re.compile(r"\d(?:[.,’ \u00a0\u202f]?+\d)++")


def _said_otherwise(store: ox.Store, documents: Mapping[str, Document]) -> Iterator[Broken]:
    """Yield each address, figure, year and aspect of a claim that its lines, or the heading above them, do not have."""
    stands: dict[str, list[str]] = defaultdict(list)
    claims: dict[str, dict[str, Term]] = {}
    for row in answers(store, _CLAIMS):
        document = documents.get(row["source"].value)
        if document is not None:
            claim, first, last = row["claim"].value, int(row["first"].value), int(row["last"].value)
            begins, ends = document.bounds(row)
            stands[claim].extend(document.lines[begins:ends][first - 1 : last])
            if claim not in claims or first < int(claims[claim]["first"].value):
                claims[claim] = row
    printed = {claim: _Printed(lines) for claim, lines in stands.items()}
    told: dict[str, set[str]] = defaultdict(set)
    subjects = [(row["claim"].value, row["subject"].value) for row in answers(store, _SUBJECTS)]
    for claim, subject in subjects:
        told[subject] |= printed[claim].figures if claim in printed else set()
    beside: dict[str, set[str]] = defaultdict(set)
    for row in answers(store, _SUBJECTS.replace("cr:subject", "cr:subject|cr:mentions")):
        beside[row["claim"].value] |= told[row["subject"].value]
    for row in answers(store, _STATED):
        claim, value, name = row["claim"].value, row["value"].value, row["property"].value.rpartition("#")[2]
        if claim not in printed:
            continue
        year = value[:4] if value[:4].isdecimal() else ""
        if name.endswith("url"):
            wrong = not printed[claim].has_address(value)
        elif name == "printed":
            wrong = not printed[claim].has(value)
        else:
            issued = claims[claim]["issued"].value if "issued" in claims[claim] else ""
            wrong = bool(year) and year not in printed[claim].figures and year != issued[:4]
        if wrong:
            message = f"says “{value}” of {row['thing'].value.removeprefix(ID)}, which its lines do not have"
            yield implied("not-in-lines", claim, message, "copy it from the lines, or mend the lines", row["value"])
    headings = {_plain(row["label"].value): row["aspect"].value for row in answers(store, _HEADINGS)}
    for claim, row in claims.items():
        for figure in sorted(_figures(row["text"].value) - printed[claim].figures - beside[claim]):
            if not printed[claim].has(figure):
                message = f"tells the figure {figure}, which the lines on its subject do not have"
                yield implied("not-in-lines", claim, message, "mend the sentence or the lines", row["text"], "warning")
        document = documents[row["source"].value]
        above = _heading(document.lines[: document.bounds(row)[0] + int(row["first"].value)], headings)
        aspect = row["aspect"].value if "aspect" in row else ""
        background = aspect.endswith("/challenge") and row["modality"].value.endswith("context")
        if aspect and above and above != aspect and not background:
            message = (
                f"has the aspect {aspect.rpartition('/')[2]}, under a heading that says {above.rpartition('/')[2]}"
            )
            repair = "mend cr:aspect (and how its practice counts it), or the lines"
            yield implied("aspect-heading", claim, message, repair, row["aspect"])


class _Printed:
    """What lines have, however they are broken."""

    def __init__(self, lines: list[str]) -> None:
        stripped = [line.strip() for line in lines]
        self._texts = [" ".join(glue.join(stripped).split()) for glue in (" ", "")]
        self.figures = set().union(*map(_figures, self._texts))
        self.figures |= {str(number) for number in spelled(self._texts[0]) if number >= 10}

    def has(self, words: str) -> bool:
        return any(" ".join(words.split()) in text for text in self._texts)

    def has_address(self, address: str) -> bool:
        plain = unquote(address).rstrip("/").partition("://")[2]
        return any(plain in unquote(text) for text in self._texts)


def _figures(text: str) -> set[str]:
    return {digits for found in _FIGURE.findall(text) if (digits := re.sub(r"\D", "", found))}


def _plain(word: str) -> str:
    return word.casefold().strip(" :.•").removesuffix("s")


def _heading(lines: list[str], headings: Mapping[str, str]) -> str:
    """Return the aspect that the nearest heading above the end of lines names, nothing where none does.

    A heading is the name of an aspect, alone or with a word or two, or before a bullet.
    """
    for line in reversed(lines):
        words = line.split()
        if words and _plain(words[0]) in headings and (len(words) <= 3 or not words[1][0].isalnum()):
            return headings[_plain(words[0])]
    return ""
