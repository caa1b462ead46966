"""Imports: a file of rows read, compared with what it said before, written as one batch; and batches taken back.

All that a table says stands in one file, ``data/sources/<slug>/import.trig``: it is written aside and moved into place,
so that there is the state before a batch or the one after it, and nothing between. What the file was before stands
packed beside it until the batch is taken back. ``docs/decisions/0063`` says why.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad
from rapidfuzz import fuzz

from cityrights.apart import Apart
from cityrights.check.format import canonical_text, natural
from cityrights.converted import FORMATS, digest_of
from cityrights.errors import CityrightsError, InputError
from cityrights.importing.cells import Bad, Manner, licence_of, slug
from cityrights.importing.columns import SHEETS, Concepts, Mapped, Taken, checked_language, constants_of, fold, headings
from cityrights.importing.documents import Document, Documents
from cityrights.importing.ledger import (
    BATCHES,
    FILE,
    HIGHEST,
    ROWS,
    TIME,
    Block,
    Imported,
    Ledger,
    held,
    of_batches,
    settle,
    source_of,
)
from cityrights.importing.rows import Entry, Reader, Term, is_example
from cityrights.importing.sheets import Table, is_writable, read_tables
from cityrights.importing.template import MENDED
from cityrights.importing.things import ENTITIES, TYPE, Known, Things
from cityrights.instance import SHIPPED, instance
from cityrights.pipeline.read import WRITTEN
from cityrights.pipeline.rows import RowPlace
from cityrights.snapshot import Progress, silent
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import CR, DCTERMS, EDITORS, ID, LICENSE, PREFIXES, XSD, short, source_prefixes

_PROV: Final = PREFIXES["prov"]
#: What joins the lines that were read of a document, by their digest, to the document.
DERIVED: Final = NamedNode(_PROV + "wasDerivedFrom")
_MEDIA: Final = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
#: What a row says of its practice beside its title: where that is the same, the title was changed.
_CONTENT: Final = re.compile(
    r"^        (?:dcterms:(?:description|spatial)|cr:(?:place|theme|targetGroup|status|pillar|start|end|partner|"
    r"implementedBy|establishes|adopts|reference)) .*$",
    re.MULTILINE,
)
#: How much of it has to be so, and how alike the titles are, in percent, where there is little of it.
_SAME: Final = 2 / 3
_LITTLE: Final = 3
_ALIKE: Final = 60
#: A name with a prefix, in a block.
_NAME: Final = re.compile(r"(?<![\w:/-])[a-z]+:[a-z0-9-]+(?![\w/-])")


@dataclass(frozen=True)
class Order:
    """What an import is asked for: the file, its documents, how it is mapped, and what stands for what it lacks."""

    path: Path
    documents: Path | None = None
    by: Mapped = field(default_factory=Mapped)
    source: str = ""
    sheet: str = ""
    language: str = ""
    licence: str = ""
    encoding: str = ""
    delimiter: str = ""
    who: str = ""
    remove: bool = False
    dry: bool = False


def run(home: Path, order: Order, progress: Progress = silent) -> Imported:
    """Import a file into ``home``, and return what came of it; nothing is written where nothing changes.

    Raises InputError or CityrightsError, and changes nothing, for a file that is no table of practices.
    """
    name = order.source or slug(order.path.stem.removesuffix(MENDED))
    target = home / "data" / "sources" / name / FILE
    _check(home, order, name, target)
    progress("reading the sheet", 0, 1)
    tables = read_tables(order.path, sheet=order.sheet, encoding=order.encoding, delimiter=order.delimiter)
    mending = any(table.mending for table in tables)
    if mending and order.remove:
        reason = "has only the rows that were to be mended, and --remove would take out all others"
        raise InputError(order.path, reason, repair="import it without --remove")
    sheets = _sheets(order, tables)
    here = instance(home)
    concepts = Concepts(home)
    constants = constants_of(order.by)
    language = checked_language(order.language) or order.by.constants.get("language") or here.languages[0]
    licence = order.licence or constants.get("licence", "")
    try:
        said = licence_of(licence).value if licence else ""
    except Bad as bad:
        raise CityrightsError(f"“{licence[:60]}” {bad.reason} ({bad.repair})") from bad
    with held(home), Apart() as apart:
        ledger = Ledger.read(target)
        # What was said of the table holds until something else is said: its bad rows come back in a file of their own.
        under = said or ledger.licence(name) or LICENSE
        manner = Manner(language, here.languages, concepts, order.by, constants, under)
        progress("reading what is there", 0, 1)
        known = Known.read(home, target, ledger.shared)
        things = Things(known, order.path.name, language)
        documents = Documents(order.documents, known.sources, name, apart)
        reader = Reader(manner, things, documents, order.path.name)
        entries: list[Entry] = []
        total = sum(len(table.rows) for table, _, _ in sheets)
        done = 0
        for table, sheet, taken in sheets:
            for row in table.rows:
                done += 1
                if not is_example(row, taken):
                    entries += reader.read(table, sheet, taken, row)
                if not done % 100 or done == total:
                    progress("reading rows", done, total)
        report = Imported(
            name, target, rows=total, faults=reader.faults, notes=reader.notes, tables=tables, mending=mending
        )
        _Writing(order, name, ledger, things, documents, reader.unread, report, progress).write(entries, under)
        return report


def _check(home: Path, order: Order, name: str, target: Path) -> None:
    if not name:
        raise InputError(order.path, "has a name of which no address can be made", repair="name the source with --as")
    if slug(name) != name:
        repair = f"--as {slug(name)}" if slug(name) else "use letters a-z, digits and hyphens"
        raise InputError(order.path, f"“{name[:60]}” is no name of a source", repair=repair)
    if not is_writable(order.path.name):
        raise InputError(order.path, "has a name that is no text (UTF-8)", repair="name the file anew")
    if target.parent.is_dir() and not target.exists() and any(target.parent.glob("*.trig")):
        reason = f"would be the source “{name}”, which is a document with claims of its own"
        raise InputError(order.path, reason, repair=f"name the source of these rows with --as {name}-rows")
    if not (home / "data").is_dir():
        raise CityrightsError(f"{home} has no folder data; cityrights new makes an instance")


def _sheets(order: Order, tables: list[Table]) -> list[tuple[Table, str, dict[str, Taken]]]:
    """Return the tables that are read, what each is a sheet of, and what its headings are taken for."""
    if not tables:
        raise InputError(order.path, "has no rows", repair="cityrights template writes a sheet to begin with")
    named = {fold(name): name for name in SHEETS}
    found = []
    for number, table in enumerate(tables):
        sheet = named.get(fold(table.name), "practices" if number == 0 or order.sheet else "")
        if not sheet:
            known = ", ".join(SHEETS)
            reason = f"has a sheet “{table.name}”, which is none of: {known}"
            raise InputError(order.path, reason, repair="name it so, delete it, or take one alone with --sheet")
        by = order.by if sheet == "practices" else Mapped()
        found.append((table, sheet, headings(order.path, table.name, table.headings, SHEETS[sheet], by)))
    return sorted(found, key=lambda one: list(SHEETS).index(one[1]))


class _Writing:
    """Rows compared with what stands in the file, and what is new written as a batch."""

    def __init__(
        self,
        order: Order,
        name: str,
        ledger: Ledger,
        things: Things,
        documents: Documents,
        unread: set[str],
        report: Imported,
        progress: Progress,
    ) -> None:
        self._order, self._name, self._ledger, self._things = order, name, ledger, things
        self._documents, self._unread, self._report, self._progress = documents, unread, report, progress
        number = max((number for number, _, _ in ledger.batches()), default=0) + 1
        self._batch = NamedNode(f"{BATCHES}{name}/{number}")
        self._number = number
        self._next: dict[str, int] = {}
        #: The sources that are sheets of this file; the others are documents that rows quote.
        self._own = {name, *(f"{name}-{sheet}" for sheet in SHEETS)}
        self._blocks = dict(ledger.blocks)
        #: Claims that stay though no row of the file says them now.
        self._left: set[str] = set()
        #: The practices of rows that say as a whole what they said, and of those that tell something else beside it.
        self._kept: set[str] = set()
        self._beside: set[str] = set()

    def write(self, entries: list[Entry], licence: str) -> None:
        """Compare the rows with the file, and write it where something is other than before."""
        unmatched = dict(self._ledger.blocks)
        near: dict[int | str, list[Block]] = {}  # by the place of the row, and by its first words
        for each in unmatched.values():
            if self._is_practice(each):
                near.setdefault(each.row.number, []).append(each)
                near.setdefault(each.row.anchor, []).append(each)
        by_things = {
            (source_of(block.claim), block.aspect, block.about): block for block in self._ledger.blocks.values()
        }
        fresh: list[Entry] = []
        final: dict[str, str] = {}
        for number, entry in enumerate(entries, 1):
            block = by_things.get((self._source(entry), entry.aspect, entry.about))
            if block is None:
                fresh.append(entry)
            else:
                unmatched.pop(block.claim, None)
                self._compare(entry, block, entry.practice)
            if not number % 100 or number == len(entries):
                self._progress("comparing rows", number, len(entries))
        for entry in fresh:
            among = chain(near.get(entry.row, ()), near.get(entry.anchor, ()))
            there = [each for each in among if each.claim in unmatched]
            renamed = self._renamed(entry, there, final, by_things)
            practice = final.get(entry.practice, entry.practice)
            if renamed is not None:
                unmatched.pop(renamed.claim, None)
                self._compare(entry, renamed, practice)
            else:
                self._add(entry, practice)
        self._gone(unmatched, {final.get(each.practice, each.practice): each for each in entries if each.is_practice})
        changed = self._beside & self._kept  # what was hard is other than before, and the rest of the row is not
        self._report.same -= len(changed)
        self._report.changed += len(changed)
        self._settle(licence, entries)

    def _source(self, entry: Entry) -> str:
        return entry.document or (self._name if entry.sheet == "practices" else f"{self._name}-{entry.sheet}")

    def _compare(self, entry: Entry, block: Block, practice: str) -> None:
        """Keep a block whose row says the same in its place; else write it anew, as of this batch."""
        claim = NamedNode(block.claim)
        same, _ = self._text(entry, claim, practice, block.batch, block.row)
        if same.encode() == block.text:
            self._report.same += entry.is_row
            if entry.is_practice:
                self._kept.add(practice)
            if not entry.document and entry.row != block.row.number:  # the row is the evidence: it is cited where it is
                self._report.moved += entry.is_row
                self._put(entry, claim, practice)
            return
        self._put(entry, claim, practice)
        self._report.changed += entry.is_row
        self._count(entry, practice)

    def _count(self, entry: Entry, practice: str) -> None:
        """Count what came or changed beside what the row says as a whole."""
        self._report.quotes += bool(entry.document)
        if not entry.document and not entry.is_row:
            self._beside.add(practice)

    def _add(self, entry: Entry, practice: str) -> None:
        source = self._source(entry)
        number = self._next.get(source) or 1 + max(
            self._ledger.highest(source), self._things.known.highest.get(source, 0)
        )
        self._next[source] = number + 1
        self._put(entry, NamedNode(f"{source_prefixes(source)['claim']}{number}"), practice)
        self._report.added += entry.is_row
        self._count(entry, practice)

    def _put(self, entry: Entry, claim: NamedNode, practice: str) -> None:
        row = RowPlace(entry.row, entry.digest, entry.anchor)
        text, prefixes = self._text(entry, claim, practice, self._batch.value, row)
        about = frozenset(practice if each == entry.practice else each for each in entry.about)
        self._blocks[claim.value] = Block(
            claim.value, text.encode(), row, self._batch.value, about, prefixes, entry.aspect
        )

    def _text(
        self, entry: Entry, claim: NamedNode, practice: str, batch: str, row: RowPlace
    ) -> tuple[str, frozenset[str]]:
        """Return the block of a row as canonical text, with the empty line before it, and the prefixes that it uses."""
        quads = entry.quads(claim, NamedNode(practice), NamedNode(batch), row)
        text = canonical_text(quads, trig=True, source=self._name)
        head, gap, body = text.partition("\n\n")
        return "\n" + body, frozenset(line[8 : line.index(":")] for line in head.split("\n") if gap)

    def _renamed(
        self,
        entry: Entry,
        there: Iterable[Block],
        final: dict[str, str],
        by_things: Mapping[tuple[str, str, frozenset[str]], Block],
    ) -> Block | None:
        """Return the block of a row whose title, or address, alone is another now, of those ``there`` that may be it.

        ``final`` learns of its practice.
        """
        if entry.practice in final:  # what this row quotes, or a row of a further sheet
            about = frozenset(final[each] if each == entry.practice else each for each in entry.about)
            return by_things.get((self._source(entry), entry.aspect, about))
        if not entry.is_practice or entry.given:
            return None
        for block in there:
            old = next(iter(block.about))
            text, _ = self._text(entry, NamedNode(block.claim), old, block.batch, block.row)
            if _is_renamed(text, block.text.decode(), fuzz.ratio(entry.anchor, block.row.anchor)):
                final[entry.practice] = old
                if entry.anchor != block.row.anchor:
                    told = f"row {entry.row}: {old.removeprefix(ID)} is called “{entry.anchor}” now"
                    self._report.renamed.append(told)
                return block
        return None

    def _gone(self, unmatched: Mapping[str, Block], there: Mapping[str, Entry]) -> None:
        """Tell the rows that the file has no more, and take them out where that is wanted.

        What a row quoted goes with what the row says, and stays as it is where no documents are at hand.
        """
        blocks = self._ledger.blocks.values()
        rows = {block.practice: block for block in blocks if self._is_practice(block)}
        for block in unmatched.values():
            if not self._unread.isdisjoint(block.about):
                self._left.add(block.claim)
                continue  # its row is there, and bad: what it said before stays
            if source_of(block.claim) not in self._own:
                practice = block.practice
                row, was = there.get(practice), rows.get(practice)
                same = row is not None and was is not None and row.digest == was.row.digest
                stays = (
                    same
                    if row is not None and self._order.documents is None
                    else row is None and not self._order.remove
                )
                if not stays:
                    del self._blocks[block.claim]
                    self._report.quotes += 1
                continue
            practice = block.practice
            if block.aspect != ROWS:  # it goes when its row is there without it, and with its row
                if practice in there or self._order.remove:
                    del self._blocks[block.claim]
                    self._beside.add(practice)
                else:
                    self._left.add(block.claim)
                continue
            if self._report.mending:  # the other rows stand in the sheet from which these were taken
                self._left.add(block.claim)
                continue
            self._report.gone.append(f"{practice.removeprefix(ID)}, row {block.row.number}: “{block.row.anchor}”")
            self._left.add(block.claim)
            if self._order.remove:
                del self._blocks[block.claim]
                self._report.removed += 1

    def _is_practice(self, block: Block) -> bool:
        """Say whether a block is what a row of the sheet of practices says as a whole."""
        return source_of(block.claim) == self._name and block.aspect == ROWS

    def _settle(self, licence: str, entries: list[Entry]) -> None:
        """Write the file, and what it was before beside it, where something is other than before."""
        report, target = self._report, self._report.path
        if not self._blocks and not self._ledger.blocks:
            return
        shared = self._shared(licence, entries)
        before = {quad for quad in self._ledger.shared if not of_batches(quad)}
        changes = report.added + report.changed + report.removed + report.quotes + report.moved
        if not changes and shared == before:
            return
        if self._order.dry:
            return
        self._progress("writing", 0, 1)
        report.batch = f"{self._name}/{self._number}"
        records = [quad for quad in self._ledger.shared if of_batches(quad)]
        settle(target, self._number, self._whole([*shared, *records, *self._record()]))
        self._progress("writing", 1, 1)

    def _whole(self, shared: list[Quad]) -> Iterator[bytes]:
        """Yield the text of the file: prefixes, the blocks in the order of their claims, the shared graphs."""
        tail = canonical_text(shared, trig=True, source=self._name)
        head, _, rest = tail.partition("\n\n")
        known = PREFIXES | source_prefixes(self._name)
        used = {line[8 : line.index(":")] for line in head.split("\n")}
        used = used.union(*(block.prefixes for block in self._blocks.values()))
        lines = "".join(f"@prefix {name}: <{known[name]}> .\n" for name in sorted(used & known.keys()))
        yield lines.encode()
        for block in sorted(self._blocks.values(), key=lambda block: natural(block.claim)):
            yield block.text
        yield f"\n{rest}".encode()

    def _shared(self, licence: str, entries: list[Entry]) -> set[Quad]:
        """Return what the shared graphs say: of the sources, the documents, and the things that rows bring along."""
        things = self._things
        used = {source_of(block.claim) for block in self._blocks.values()}
        old: dict[object, list[Quad]] = {}
        for quad in self._ledger.shared:
            if not of_batches(quad):
                old.setdefault(quad.subject, []).append(quad)
        quads: set[Quad] = set()
        before = [quad for said in old.values() for quad in said]
        for source in sorted(used & self._own):
            node = NamedNode(f"{ID}source/{source}")
            quads.update(old[node] if node in old and not entries else self._of_source(node, source, licence, old))
        for document in self._documents.used.values():
            quads.update(self._of_document(document))
        unread = {NamedNode(f"{ID}source/{source}") for source in used - self._own - self._documents.used.keys()}
        for node in unread:
            quads.update(old.get(node, ()))
        quads.update(quad for quad in before if quad.predicate == DERIVED and quad.object in unread)
        named = things.of(iri for entry in entries for iri in entry.iris)
        still = self._mentioned()
        todo = [subject for subject in old if short(str(subject)[1:-1]) in still]
        kept = set[object]()
        while todo:  # with what each lies in
            subject = todo.pop()
            if subject not in kept and subject in old and str(subject)[1:-1] not in named:
                kept.add(subject)
                quads.update(old[subject])
                todo += [quad.object for quad in old[subject]]
        for said in named.values():
            quads.update(said)
        quads.update(things.record(named))
        return quads

    def _mentioned(self) -> set[str]:
        """Return the names of things in claims that stay though no row says them now: what is said of those stays."""
        found: set[str] = set()
        for claim in self._left & self._blocks.keys():
            found.update(_NAME.findall(self._blocks[claim].text.decode()))
        return found

    def _of_source(
        self, node: NamedNode, source: str, licence: str, old: Mapping[object, list[Quad]]
    ) -> Iterator[Quad]:
        file = self._order.path
        day = next((quad.object for quad in old.get(node, []) if quad.predicate == WRITTEN), None)
        today = Literal(datetime.now(UTC).date().isoformat(), datatype=NamedNode(XSD + "date"))
        said: list[tuple[NamedNode, Term]] = [
            (TYPE, NamedNode(CR + "Source")),
            (NamedNode(DCTERMS + "format"), Literal(_MEDIA[file.suffix.lower()])),
            (NamedNode(DCTERMS + "license"), NamedNode(licence)),
            (WRITTEN, day if isinstance(day, Literal) else today),
        ]
        for predicate, value in said:
            yield Quad(node, predicate, value, ENTITIES)
        kept = [quad for quad in old.get(node, []) if quad.graph_name != ENTITIES]
        if kept:  # a file of another name, with what was to be mended, is the same source
            yield from kept
            return
        sheet = source.removeprefix(self._name).removeprefix("-")
        called = f"{file.name}, {sheet}" if sheet else file.name
        self._things.described(
            node,
            called,
            {code: CATALOGUE[code].importing.sheet.format(file=called) for code in SHIPPED},
        )
        yield from self._things.said[node.value]

    def _of_document(self, document: Document) -> Iterator[Quad]:
        node = NamedNode(f"{ID}source/{document.slug}")
        if node.value in self._things.known.typed:
            return
        said: list[tuple[NamedNode, NamedNode | Literal]] = [
            (TYPE, NamedNode(CR + "Source")),
            (NamedNode(DCTERMS + "format"), Literal(FORMATS[document.path.suffix.lower()])),
            (NamedNode(CR + "md5"), Literal(document.md5)),
        ]
        if document.is_plain:
            said += document.counts()
        else:  # what was read of it, in which its claims point: the check reads it anew, and compares
            yield Quad(NamedNode(digest_of(document.lines)), DERIVED, node, ENTITIES)
        for predicate, value in said:
            yield Quad(node, predicate, value, ENTITIES)
        name = document.path.name
        self._things.described(
            node,
            name,
            {code: CATALOGUE[code].importing.document.format(file=name) for code in SHIPPED},
        )
        yield from self._things.said[node.value]

    def _record(self) -> Iterator[Quad]:
        """Yield the record of the batch: when, who, which file with which digest, and what it did (PROV-O)."""
        batch, report = self._batch, self._report
        content = self._order.path.read_bytes()
        digest = urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        file = NamedNode(f"ni:///sha-256;{digest}")  # RFC 6920
        numbers = (int(claim.rpartition("/")[2]) for claim in self._blocks if source_of(claim) == self._name)
        highest = max(self._ledger.highest(self._name), *numbers, 0)
        told = f"{report.added} rows added, {report.changed} changed, {report.removed} removed"
        said: list[tuple[NamedNode, NamedNode, NamedNode | Literal]] = [
            (batch, TYPE, NamedNode(_PROV + "Activity")),
            (batch, TIME, Literal(_now(), datatype=NamedNode(XSD + "dateTime"))),
            (batch, NamedNode(_PROV + "wasAssociatedWith"), NamedNode(EDITORS)),
            (batch, NamedNode(_PROV + "used"), file),
            (batch, NamedNode(DCTERMS + "description"), Literal(told, language="en")),
            (batch, HIGHEST, Literal(highest)),
            (file, TYPE, NamedNode(_PROV + "Entity")),
            (file, NamedNode(PREFIXES["schema"] + "name"), Literal(self._order.path.name)),
        ]
        if self._order.who:
            said.append((batch, NamedNode(DCTERMS + "creator"), Literal(self._order.who)))
        for subject, predicate, value in said:
            yield Quad(subject, predicate, value, batch)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_renamed(new: str, old: str, alike: float) -> bool:
    """Say whether two blocks tell of one practice, whose title was changed. ``alike``: their titles, in percent."""
    one, other = set(_CONTENT.findall(new)), set(_CONTENT.findall(old))
    if [line for line in one if "cr:place" in line] != [line for line in other if "cr:place" in line]:
        return False
    most = max(len(one), len(other))
    return len(one & other) >= _SAME * most and (most >= _LITTLE or alike >= _ALIKE)
