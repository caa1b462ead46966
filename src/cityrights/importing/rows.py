"""Rows of sheets made into claims: what a row states, in one block whose evidence is the row itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar

from pyoxigraph import Literal, NamedNode, Quad

from cityrights.check.documents import sentences
from cityrights.importing import cells
from cityrights.importing.cells import Bad, Fault, slug
from cityrights.importing.columns import EXAMPLE, SHEETS, Concepts, Mapped, Taken, fold, own
from cityrights.importing.documents import Documents
from cityrights.importing.ledger import GENERATED
from cityrights.importing.sheets import Cell, Row, Table, text_of
from cityrights.importing.things import DESCRIPTION, LABEL, TYPE, Things
from cityrights.instance import SHIPPED
from cityrights.pipeline.read import LINES
from cityrights.pipeline.rows import QUOTED, ROW, RowPlace
from cityrights.translations import CATALOGUE, SOURCE
from cityrights.vocabulary import DCTERMS, LICENSE, iri_of

Term: TypeAlias = NamedNode | Literal
Said: TypeAlias = tuple[NamedNode, NamedNode, Term]
Made = TypeVar("Made")
#: What stands for the claim and for the practice of a row until they have their names.
CLAIM: Final = NamedNode("urn:claim")
PRACTICE: Final = NamedNode("urn:practice")
_LICENCE: Final = NamedNode(DCTERMS + "license")
_SUBJECT: Final = own("subject")
_SPATIAL: Final = NamedNode(DCTERMS + "spatial")
_DATES: Final = ("start", "end")
#: The most words of a row that are kept as its anchor, and the most characters.
_WORDS: Final = 6
_ANCHOR: Final = 150
#: The most characters of a cell that is no text: names are looked up, and compared with those that are like them.
_NAME: Final = 2_000
#: How a measure is counted.
_UNITS: Final = {
    "institutions": "unit-centres", "meals-per-day": "unit-meals-per-day", "policies": "unit-policies",
    "reserved-posts": "unit-percent-of-posts", "share-below-poverty-line": "unit-percent-of-population",
    "share-of-inhabitants": "unit-percent-of-population", "share-of-migrants": "unit-percent-of-population",
}  # fmt: skip
#: What the local government of a place may be called in the column of who carries a practice out.
_GOVERNMENT: Final = frozenset(
    ("local government", "city", "municipality", "city council", "town", "commune", "ville", "mairie", "ayuntamiento",
     "municipio", "gobierno local", "gouvernement local", "municipalite", "prefeitura", "gemeinde", "gemeente")
)  # fmt: skip
#: The most characters of what a practice does that are the sentence of its claim; of more it is the first sentence.
_SENTENCE: Final = 400
#: A heading of the sheet, in a constant.
_HEADING: Final = re.compile(r"\{([^{}]{1,200})\}")
#: What a practice has to do with what a row names beside it.
_LINKS: Final = {"institution": "establishes", "instrument": "adopts"}


@dataclass
class Entry:
    """What one row gives: its practice, what is said with ``CLAIM`` and ``PRACTICE`` for names, and its evidence.

    ``given`` says that the sheet itself has an id for the practice. What a row quotes is an entry of its own, with the
    slug of the ``document`` and the ``place`` there: the property of the short form, and its value.
    """

    sheet: str
    row: int
    digest: str
    practice: str
    anchor: str
    said: list[Said] = field(default_factory=list)
    given: bool = False
    document: str = ""
    place: tuple[NamedNode, str] | None = None

    @property
    def about(self) -> frozenset[str]:
        """The IRIs of the practice and of what else the row is about: they tell the rows of a table apart."""
        return frozenset(
            self.practice if other == PRACTICE else other.value
            for one, verb, other in self.said
            if one == CLAIM and verb == _SUBJECT
        )

    @property
    def iris(self) -> Iterator[str]:
        """The IRIs of everything that the row names."""
        return (term.value for one, _, other in self.said for term in (one, other) if isinstance(term, NamedNode))

    def quads(self, claim: NamedNode, practice: NamedNode, batch: NamedNode, row: RowPlace) -> list[Quad]:
        """Return the block of the row, as files have it: a claim of this name, of this batch."""
        names: dict[Term, NamedNode] = {CLAIM: claim, PRACTICE: practice}
        found = [Quad(names.get(one, one), verb, names.get(other, other), claim) for one, verb, other in self.said]
        verb, place = self.place or (ROW, str(row))
        return [*found, Quad(claim, verb, Literal(place), claim), Quad(claim, GENERATED, batch, claim)]


@dataclass(frozen=True)
class Manner:
    """How rows are read: the language of texts without one, those of the instance, mappings, constants, the licence."""

    language: str
    languages: tuple[str, ...]
    concepts: Concepts
    by: Mapped
    constants: Mapping[str, str]
    licence: str


class Reader:
    """Reads the rows of the sheets of one file, one after the other; what is bad is told with all that is bad in it.

    ``faults`` are of rows that stay out, ``notes`` of rows that are taken all the same.
    """

    def __init__(self, manner: Manner, things: Things, documents: Documents, file: str) -> None:
        self._manner, self._things, self._documents, self._file = manner, things, documents, file
        self.faults: list[Fault] = []
        self.notes: list[Fault] = []
        self._titles: dict[tuple[str, str], int] = {}
        self._practices: dict[str, set[str]] = {}
        self._keys: dict[str, int] = {}
        self._told: set[str] = set()
        #: Practice → the licence of its row, where it has one.
        self._licences: dict[str, NamedNode] = {}
        #: The practices of rows that are bad: what was said of them before stays.
        self.unread: set[str] = set()

    def read(self, table: Table, sheet: str, taken: Mapping[str, Taken], row: Row) -> list[Entry]:
        """Return what a row gives, and what it quotes; nothing for a bad one, whose faults are told."""
        reading = Reading(self._manner, table, sheet, taken, row)
        known = len(self._things.said)
        entry = self._practice(reading) if sheet == "practices" else self._further(reading)
        quoted = self._quoted(reading, entry) if entry is not None and not reading.faults else []
        self.faults += reading.faults
        if reading.faults or entry is None:
            self._things.forget(known)
            if entry is not None:
                self.unread.add(entry.practice)
            return []
        self.notes += reading.notes
        return [entry, *quoted]

    def _practice(self, reading: Reading) -> Entry | None:
        things, manner = self._things, self._manner
        titles = reading.texts("title")
        if not titles:
            if not reading.faults:
                reading.wrong("title", Bad("no title", "is empty", "each practice has a title"))
            return None
        title = titles.get(manner.language) or next(iter(titles.values()))
        places, country = self._where(reading)
        place = places[0] if places else None
        given = reading.one("id", cells.identifier)
        ends = [
            one.value.rpartition("/")[2] for one in places
        ]  # however a city is written, its practice has one address
        name = given or "-".join(part for part in (slug(title), *ends) if part and place)
        name = (name or slug(title))[:100].strip("-") or f"row-{hashlib.sha256(title.encode()).hexdigest()[:12]}"
        key = (given, "") if given else (title.casefold(), " ".join(one.value for one in places))
        practice = iri_of(f"practice/{name}")
        self._once(reading, key, "id" if given else "title", practice)
        entry = Entry("practices", reading.row.evidence, reading.digest(), practice, _anchor(title), given=bool(given))
        said = entry.said
        said.append((PRACTICE, TYPE, own("Practice")))
        said += [(PRACTICE, LABEL, Literal(text, language=code)) for code, text in titles.items()]
        bodies = reading.texts("what")
        said += [(PRACTICE, DESCRIPTION, Literal(text, language=code)) for code, text in bodies.items()]
        mentions = [*places, *([country] if country is not None else [])]
        said += [(PRACTICE, own("place"), one) for one in places]
        if country is not None and not places:
            said.append((PRACTICE, _SPATIAL, country))
        status = self._concepts(reading, said)
        self._dates(reading, said)
        for heading, link in (("carried out by", "implementedBy"), ("partners", "partner")):
            for words in reading.many(heading):
                actor = self._actor(words, place, next(iter(reading.many("place")), ""), said)
                said.append((PRACTICE, own(link), actor))
                mentions.append(actor)
        for kind in _LINKS:
            mentions += self._brought(reading, kind, said, place, status)
        mentions += self._number(reading, name, title, said)
        url = reading.one("url", cells.address)
        if url is not None:
            reference = things.reference(url)
            said.append((PRACTICE, own("reference"), reference))
            mentions.append(reference)
        self._of_claim(reading, entry, bodies, title, status)
        said += [(CLAIM, own("subject"), PRACTICE), (PRACTICE, own("solution"), CLAIM)]
        said += [(CLAIM, own("mentions"), mentioned) for mentioned in dict.fromkeys(mentions)]
        if not reading.faults:
            self._titles[key] = reading.row.number
            for called in (title.casefold(), name):
                self._practices.setdefault(called, set()).add(practice)
        return entry

    def _once(self, reading: Reading, key: tuple[str, str], heading: str, practice: str) -> None:
        """Tell a practice that stands there already, in the sheet or in another file."""
        if key in self._titles:
            reason = f"stands in row {self._titles[key]}, too" + ("" if heading == "id" else ", of the same place")
            reading.wrong(heading, Bad(f"{heading} twice", reason, "give each an id of its own, in the column id"))
        elif practice in self._things.known.typed:
            reason = f"would be practice:{practice.rpartition('/')[2]}, which another file has"
            reading.wrong(heading, Bad("there already", reason, "give it another id, in the column id"))

    def _further(self, reading: Reading) -> Entry | None:
        """Read a row of a further sheet, which tells one thing more of a practice."""
        found = self._practices.get(reading.plain("practice").casefold(), set())
        if len(found) != 1:
            reason = "is no good row of the sheet practices" if not found else f"is the title of {len(found)} practices"
            reading.wrong("practice", Bad("no such practice", reason, "write the id or the title of one that is there"))
            return None
        practice = next(iter(found))
        name = practice.rpartition("/")[2]
        anchor = _anchor(" ".join(text_of(cell) for cell in reading.row.cells.values()))
        entry = Entry(reading.sheet, reading.row.evidence, reading.digest(), practice, anchor)
        title = reading.plain("practice")
        if reading.sheet == "numbers":
            brought = self._number(reading, name, title, entry.said)
        else:
            brought = self._brought(reading, reading.sheet.removesuffix("s"), entry.said, None, None)
        if not brought:
            if not reading.faults:
                reading.wrong("practice", Bad("nothing told", "is told nothing of", "fill the row, or delete it"))
            return None
        key = f"{name} {brought[0].value}"
        if key in self._keys:
            reason = f"is told the same in row {self._keys[key]}"
            reading.wrong("practice", Bad("told twice", reason, "keep one of the two rows"))
        self._keys[key] = reading.row.number
        self._of_claim(reading, entry, {}, title, None)
        entry.said.append((CLAIM, own("subject"), PRACTICE))
        entry.said += [(CLAIM, own("subject"), one) for one in dict.fromkeys(brought)]
        entry.said.append((PRACTICE, own("solution"), CLAIM))
        return entry

    def _where(self, reading: Reading) -> tuple[list[NamedNode], NamedNode | None]:
        words, land, region = (reading.plain(name) for name in ("place", "country", "region"))
        country = reading.one("country", lambda cell: self._things.country(text_of(cell)))
        if not words or (land and country is None):
            return [], country
        found = []
        for name in reading.many("place"):
            try:
                found.append(self._things.place(name, land, region))
            except Bad as bad:
                reading.faults.append(reading.fault("place", bad, value=name))
        return list(dict.fromkeys(found)), country

    def _concepts(self, reading: Reading, said: list[Said]) -> NamedNode | None:
        """Take in themes, groups, pillars and the status, which is returned."""
        for heading, link in (("themes", "theme"), ("for whom", "targetGroup")):
            for found in reading.concepts(heading):
                said += [(PRACTICE, own(link), found), (CLAIM, own(link), found)]
        said += [(PRACTICE, own("pillar"), found) for found in reading.concepts("pillars")]
        status = next(iter(reading.concepts("status")), None)
        if status is not None:
            said.append((PRACTICE, own("status"), status))
        return status

    def _dates(self, reading: Reading, said: list[Said]) -> None:
        start, end = (reading.one(name, lambda cell: cells.day(cell, self._manner.languages)) for name in _DATES)
        if start is not None and end is not None:
            length = min(len(start.value), len(end.value))
            if end.value[:length] < start.value[:length]:
                reading.wrong("end", Bad("ends before it starts", f"is before {start.value}", "mend one of the two"))
        for name, day in zip(_DATES, (start, end), strict=True):
            if day is not None:
                said.append((PRACTICE, own(name), day))

    def _actor(self, words: str, place: NamedNode | None, city: str, said: list[Said]) -> NamedNode:
        if place is not None and (fold(words) in _GOVERNMENT or fold(words) == fold(city)):
            government = self._things.government(place, city)
            said += [(government, TYPE, own("LocalGovernment")), (government, own("governs"), place)]
            return government
        actor = self._things.named("organisation", words)
        if actor.value not in self._things.known.typed:
            said.append((actor, TYPE, own("Organisation")))
        return actor

    def _brought(
        self, reading: Reading, kind: str, said: list[Said], place: NamedNode | None, status: NamedNode | None
    ) -> list[NamedNode]:
        """Take in the institution or instrument of a row."""
        name = reading.plain(kind)
        found = next(iter(reading.concepts(f"{kind} kind")), None)
        if not name:
            if found is not None:
                reading.wrong(kind, Bad(f"no {kind}", "is empty, and has a kind", f"name the {kind}"))
            return []
        if found is None:
            if not reading.faults:
                reading.wrong(f"{kind} kind", Bad(f"no {kind} kind", f"is empty, beside “{name}”", "choose its kind"))
            return []
        made = self._things.named(kind, name)
        figure = kind == "institution" and self._manner.concepts.is_figure(found.value)
        said.append((made, TYPE, own("Instrument" if kind == "instrument" else "Figure" if figure else "Body")))
        said += [(made, own("kind"), found), (PRACTICE, own(_LINKS[kind]), made)]
        if status is not None:
            said.append((made, own("status"), status))
        if place is not None:
            said.append((made, own("place"), place))
        return [made]

    def _number(self, reading: Reading, name: str, title: str, said: list[Said]) -> list[NamedNode]:
        """Take in the number of a row, of what its practice measures."""
        number = reading.one("number", cells.number)
        measure = next(iter(reading.concepts("measure")), None)
        if number is None and (measure is None or not reading.has("measure")):
            return []
        if number is None or measure is None:
            lacks = "number" if number is None else "measure"
            if not reading.faults:
                repair = "write what it measures, or leave both out"
                reading.wrong(lacks, Bad("half a number", "is empty, beside the other", repair))
            return []
        slug_ = measure.value.rpartition("/")[2]
        made = NamedNode(iri_of(f"observation/{name}-{slug_}"))
        language = self._manner.language
        counted = self._manner.concepts.label(measure.value, language)
        called = CATALOGUE[language if language in SHIPPED else SOURCE].importing.number
        described = {code: CATALOGUE[code].importing.named.format(file=self._file) for code in SHIPPED}
        self._things.described(made, called.format(measure=counted, title=title), described)
        said += [
            (made, TYPE, own("Observation")),
            (made, own("of"), PRACTICE),
            (made, own("measure"), measure),
            (made, own("unit"), NamedNode(iri_of(f"kind/{_UNITS.get(slug_, 'unit-people')}"))),
            (made, own("value"), number),
            (made, own("comparator"), Literal("eq")),
            (made, own("printed"), Literal(reading.plain("number"))),
        ]
        return [made]

    def _of_claim(
        self, reading: Reading, entry: Entry, bodies: Mapping[str, str], title: str, status: NamedNode | None
    ) -> None:
        """Say what the claim itself is: its sentence, how it is meant, its licence where it has one of its own."""
        slug_ = status.value.rpartition("/")[2] if status is not None else ""
        modality = slug_ if slug_ in ("planned", "underway") else "asserted"
        language, text = self._manner.language, bodies.get(self._manner.language, "")
        if len(text) > _SENTENCE:
            text = next(iter(sentences(text)), "")
        if not text or len(text) > _SENTENCE or text in self._told:
            sheet = "" if reading.sheet == "practices" else f", {reading.sheet}"
            language = SOURCE
            text = CATALOGUE[SOURCE].importing.row.format(file=self._file + sheet, title=title)
        self._told.add(text)
        entry.said += [
            (CLAIM, TYPE, own("Claim")),
            (CLAIM, own("modality"), cells.node(iri_of(f"modality/{modality}"))),
            (CLAIM, own("aspect"), cells.node(iri_of("aspect/solution"))),
            (CLAIM, own("text"), Literal(text, language=language)),
        ]
        licence = reading.one("licence", cells.licence_of)
        if licence is not None:
            self._licences[entry.practice] = licence
        licence = self._licences.get(entry.practice)  # further sheets tell of the same practice
        if licence is not None and licence.value != self._manner.licence:
            entry.said.append((CLAIM, _LICENCE, licence))

    def _quoted(self, reading: Reading, entry: Entry) -> list[Entry]:
        """Return the claim of the document that a row quotes; what is not found is told in a note."""
        words, name = reading.plain("quote"), reading.plain("source")
        where = reading.one("where", cells.lines)
        if reading.faults or not self._documents.folder or not (words or name):
            return []
        try:
            document, quote = self._documents.quote(words, name, where)
        except Bad as bad:
            reading.notes.append(reading.fault("quote" if words else "source", bad))
            return []
        verb, place = (LINES, f"{quote}") if document.is_plain else (QUOTED, str(quote))
        made = Entry(entry.sheet, entry.row, entry.digest, entry.practice, entry.anchor, [], entry.given)
        made.document, made.place = document.slug, (verb, place)
        text = CATALOGUE[SOURCE].importing.quoted.format(file=document.path.name, title=reading.plain("title"))
        made.said += [
            (CLAIM, TYPE, own("Claim")),
            (CLAIM, own("modality"), cells.node(iri_of("modality/asserted"))),
            (CLAIM, own("aspect"), cells.node(iri_of("aspect/solution"))),
            (CLAIM, own("text"), Literal(text, language=SOURCE)),
            (CLAIM, own("subject"), PRACTICE),
            (PRACTICE, TYPE, own("Practice")),
        ]
        licence = self._licences.get(entry.practice) or NamedNode(self._manner.licence)
        if licence.value != LICENSE:  # it names what the row is about, and its document has no licence of the table's
            made.said.append((CLAIM, _LICENCE, licence))
        return [made]


class Reading:
    """One row as it is read: its cells by the names of their columns, and what is wrong with it."""

    def __init__(self, manner: Manner, table: Table, sheet: str, taken: Mapping[str, Taken], row: Row) -> None:
        self._manner, self._table, self.sheet, self._taken, self.row = manner, table, sheet, taken, row
        self.faults: list[Fault] = []
        self.notes: list[Fault] = []
        self._headings: dict[str, list[str]] = {}
        self._refused: set[str] = set()
        for heading, one in taken.items():
            self._headings.setdefault(one.column.name, []).append(heading)
        self._columns = {column.name: column for column in SHEETS[sheet]}
        self._odd()

    def digest(self) -> str:
        """Return the MD5 of the cells that are read, each with its heading."""
        said = "\x1e".join(f"{heading}\x1f{text_of(cell)}" for heading, cell in self.row.cells.items())
        return hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()

    def cell(self, name: str) -> tuple[str, Cell]:
        """Return the heading and the cell of a column, that of a constant where the sheet has none."""
        for heading in self._headings.get(name, ()):
            if heading in self.row.cells:
                return heading, "" if heading in self._refused else self.row.cells[heading]
        made = self._manner.constants.get(name, "")
        return name, _HEADING.sub(self._filled, made) if "{" in made else made

    def _filled(self, match: re.Match[str]) -> str:
        """Return the cell that a constant names, as in ``Case {id}``."""
        return text_of(self.row.cells.get(match[1], ""))

    def has(self, name: str) -> bool:
        """Say whether the row itself has a cell of a column: a constant is there for every row."""
        return any(heading in self.row.cells for heading in self._headings.get(name, ()))

    def plain(self, name: str) -> str:
        """Return the words of a cell."""
        return text_of(self.cell(name)[1])

    def texts(self, name: str) -> dict[str, str]:
        """Return the texts of a column and of those beside it for other languages, by language."""
        found: dict[str, str] = {}
        for heading in self._headings.get(name, ()):
            language = self._taken[heading].language or self._manner.language
            try:
                words = cells.prose(self.row.cells.get(heading, ""), self._columns[name], language)
            except Bad as bad:
                self.faults.append(self.fault(name, bad, heading))
                continue
            if words:
                found[language] = words
        if not found and self.cell(name)[1]:
            found[self._manner.language] = self.plain(name)
        return found

    def one(self, name: str, make: Callable[[Cell], Made]) -> Made | None:
        """Return what a cell means, None for an empty one and for a bad one, which is told."""
        cell = self.cell(name)[1]
        if not text_of(cell):
            return None
        try:
            return make(cell)
        except Bad as bad:
            self.wrong(name, bad)
            return None

    def many(self, name: str) -> list[str]:
        """Return the values of a cell."""
        heading, cell = self.cell(name)
        return list(cells.split(cell, self._columns[name], self._manner.by.split.get(heading, ";")))

    def concepts(self, name: str) -> list[NamedNode]:
        """Return the concepts that a cell names; what its mapping maps to nothing is left out."""
        found: list[NamedNode] = []
        if name not in self._columns:
            return found
        heading = self.cell(name)[0]
        values = self._manner.by.values.get(heading, {})
        for text in self.many(name):
            meant = values.get(fold(text), text)
            if meant:
                try:
                    found.append(cells.concept(meant, self._columns[name], self._manner.concepts))
                except Bad as bad:
                    self.faults.append(self.fault(name, bad, value=text))
        return list(dict.fromkeys(found))

    def wrong(self, name: str, bad: Bad) -> None:
        """Take down what is wrong with a cell."""
        self.faults.append(self.fault(name, bad))

    def fault(self, name: str, bad: Bad, heading: str = "", value: str = "") -> Fault:
        """Return what is wrong with a cell, with its address."""
        at = heading or self.cell(name)[0]
        value = value or text_of(self.row.cells.get(at, "")) or self.plain(name)
        where = self._table.address(self.row.number, at)
        return Fault(self._table.name, self.row.number, where, at, value, bad.kind, bad.reason, bad.repair)

    def _odd(self) -> None:
        """Take down what is odd about the cells: names without an end, merged ones, and formulas without a value."""
        for heading, one in self._taken.items():
            size = len(str(self.row.cells.get(heading, "")))
            if size > _NAME and one.column.sort not in ("text", "quote"):
                self._refused.add(heading)
                long = Bad("too long", f"has {size:,} characters; {_NAME:,} are the most", "shorten it")
                self.faults.append(self.fault(one.column.name, long, heading))
        merged = self._table.merged.get(str(self.row.number))
        if merged:
            told = Bad("merged cells", f"has merged cells ({merged})", "unmerge them, and fill each row")
            self.faults.append(self.fault("", told))
        for heading in self._taken if self._table.formulas else ():
            at = self._table.address(self.row.number, heading)
            formula = self._table.formulas.get(at)
            if formula is None:
                continue
            if text_of(self.row.cells.get(heading, "")):
                kept = Bad("formula", "is the value of a formula", "nothing is to be done, if it is right")
                self.notes.append(self.fault("", kept, heading))
            else:
                reason = f"is the formula {formula}, without a value"
                self.faults.append(
                    self.fault("", Bad("formula", reason, "open the file and save it, or write the value"), heading)
                )


def is_example(row: Row, taken: Mapping[str, Taken]) -> bool:
    """Say whether a row is that which shows how a template is filled."""
    return any(text_of(row.cells.get(name, "")) == EXAMPLE for name, one in taken.items() if one.column.name == "id")


def _anchor(text: str) -> str:
    """Return the few words by which a row is found."""
    words = " ".join(text.split()[:_WORDS])
    return words if len(words) <= _ANCHOR else words[:_ANCHOR].rstrip()
