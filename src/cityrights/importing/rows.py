"""Rows of sheets made into claims: what a row states, in one block whose evidence is the row itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from pyoxigraph import Literal, NamedNode, Quad

from cityrights.check.documents import sentences
from cityrights.importing import cells
from cityrights.importing.cells import Bad, Fault, Manner, Reading, slug
from cityrights.importing.columns import EXAMPLE, Taken, fold, own
from cityrights.importing.documents import Documents
from cityrights.importing.ledger import GENERATED, ROWS
from cityrights.importing.sheets import Row, Table, text_of
from cityrights.importing.things import DESCRIPTION, LABEL, TYPE, Things
from cityrights.instance import SHIPPED
from cityrights.pipeline.read import LINES
from cityrights.pipeline.rows import QUOTED, ROW, RowPlace
from cityrights.translations import CATALOGUE, SOURCE
from cityrights.vocabulary import DCTERMS, LICENSE, PREFIXES, iri_of

Term: TypeAlias = NamedNode | Literal
Said: TypeAlias = tuple[NamedNode, NamedNode, Term]
#: What stands for the claim and for the practice of a row until they have their names.
CLAIM: Final = NamedNode("urn:claim")
PRACTICE: Final = NamedNode("urn:practice")
_LICENCE: Final = NamedNode(DCTERMS + "license")
_SUBJECT: Final = own("subject")
_ASPECT: Final = own("aspect")
_EMAIL: Final = NamedNode(PREFIXES["schema"] + "email")
#: What a row tells of its practice beside what is done: by its column, the aspect, and what joins the practice to it.
_TELLS: Final = {"what was hard": ("challenge", "challenge"), "what they advise": ("takeaway", "takeaway")}
_SPATIAL: Final = NamedNode(DCTERMS + "spatial")
_DATES: Final = ("start", "end")
#: The most words of a row that are kept as its anchor, and the most characters.
_WORDS: Final = 6
_ANCHOR: Final = 150
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
    def aspect(self) -> str:
        """The IRI of the aspect of its claim."""
        return next((other.value for one, verb, other in self.said if one == CLAIM and verb == _ASPECT), ROWS)

    @property
    def is_row(self) -> bool:
        """Whether it is what a row says as a whole, and not what it quotes, nor what it tells beside that."""
        return not self.document and self.aspect == ROWS

    @property
    def is_practice(self) -> bool:
        """Whether it is what a row of the sheet of practices says as a whole."""
        return self.is_row and self.sheet == "practices"

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
        #: Practice → the licence of its row, where it has one.
        self._licences: dict[str, NamedNode] = {}
        #: The practices of rows that are bad: what was said of them before stays.
        self.unread: set[str] = set()

    def read(self, table: Table, sheet: str, taken: Mapping[str, Taken], row: Row) -> list[Entry]:
        """Return what a row gives, and what it quotes; nothing for a bad one, whose faults are told."""
        reading = Reading(self._manner, table, sheet, taken, row)
        known = len(self._things.said)
        entry = self._practice(reading) if sheet == "practices" else self._further(reading)
        told = self._told_beside(reading, entry) if entry is not None and sheet == "practices" else []
        quoted = self._quoted(reading, entry) if entry is not None and not reading.faults else []
        self.faults += reading.faults
        if reading.faults or entry is None:
            self._things.forget(known)
            if entry is not None:
                self.unread.add(entry.practice)
            return []
        self.notes += reading.notes
        return [entry, *told, *quoted]

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
        if not text or len(text) > _SENTENCE:
            sheet = "" if reading.sheet == "practices" else f", {reading.sheet}"
            language = self._manner.own
            text = CATALOGUE[language].importing.row.format(file=self._file + sheet, title=title)
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

    def _told_beside(self, reading: Reading, entry: Entry) -> list[Entry]:
        """Return what a row tells of its practice beside what is done: what was hard, what is advised, whom to ask."""
        found: list[Entry] = []
        title = reading.plain("title") or entry.anchor
        for name, (aspect, link) in _TELLS.items():
            texts = reading.texts(name)
            if texts:
                told = [(CLAIM, own("text"), Literal(text, language=code)) for code, text in texts.items()]
                on = [one for one in entry.said if one[0] == CLAIM and one[1] in (own("theme"), own("targetGroup"))]
                found.append(self._beside(entry, aspect, [*told, *on, (PRACTICE, own(link), CLAIM)]))
        places = [other for one, verb, other in entry.said if one == PRACTICE and verb == own("place")]
        place = next((one for one in places if isinstance(one, NamedNode)), None)
        for words in reading.many("whom to ask"):
            try:
                name, mail = cells.contact(words)
            except Bad as bad:
                reading.faults.append(reading.fault("whom to ask", bad, value=words))
                continue
            said: list[Said] = []
            who = self._actor(name, place, next(iter(reading.many("place")), ""), said)
            language = self._manner.own
            text = CATALOGUE[language].importing.asked.format(who=name, title=title, mail=mail)
            said += [
                (CLAIM, own("text"), Literal(text, language=language)),
                (CLAIM, _SUBJECT, who),
                (who, _EMAIL, Literal(mail)),
            ]
            found.append(self._beside(entry, "contact", said))
        return found

    def _beside(self, entry: Entry, aspect: str, said: list[Said]) -> Entry:
        """Return a claim of its own of the same row, on the practice."""
        made = Entry(entry.sheet, entry.row, entry.digest, entry.practice, entry.anchor, given=entry.given)
        made.said = [
            (CLAIM, TYPE, own("Claim")),
            (CLAIM, own("modality"), cells.node(iri_of("modality/asserted"))),
            (CLAIM, _ASPECT, cells.node(iri_of(f"aspect/{aspect}"))),
            (CLAIM, _SUBJECT, PRACTICE),
            *said,
        ]
        licence = self._licences.get(entry.practice)
        if licence is not None and licence.value != self._manner.licence:
            made.said.append((CLAIM, _LICENCE, licence))
        return made

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
        language = self._manner.own
        text = CATALOGUE[language].importing.quoted.format(file=document.path.name, title=reading.plain("title"))
        made.said += [
            (CLAIM, TYPE, own("Claim")),
            (CLAIM, own("modality"), cells.node(iri_of("modality/asserted"))),
            (CLAIM, own("aspect"), cells.node(iri_of("aspect/solution"))),
            (CLAIM, own("text"), Literal(text, language=language)),
            (CLAIM, own("subject"), PRACTICE),
            (PRACTICE, TYPE, own("Practice")),
        ]
        licence = self._licences.get(entry.practice) or NamedNode(self._manner.licence)
        if licence.value != LICENSE:  # it names what the row is about, and its document has no licence of the table's
            made.said.append((CLAIM, _LICENCE, licence))
        return [made]


def is_example(row: Row, taken: Mapping[str, Taken]) -> bool:
    """Say whether a row is that which shows how a template is filled."""
    return any(text_of(row.cells.get(name, "")) == EXAMPLE for name, one in taken.items() if one.column.name == "id")


def _anchor(text: str) -> str:
    """Return the few words by which a row is found."""
    words = " ".join(text.split()[:_WORDS])
    return words if len(words) <= _ANCHOR else words[:_ANCHOR].rstrip()
