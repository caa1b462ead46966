"""An answer as a table: what its literals mean (numbers, times, places), what its things are called, and its cells."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Final

from cityrights.indexes.facets.lists import sort_key
from cityrights.library.running import Answer
from cityrights.resources.labels import labels_of, spoken
from cityrights.resources.model import Link
from cityrights.resources.places import WKT, Geometry, Point, geometry, on_earth, system
from cityrights.terms import Iri, Literal, Term
from cityrights.vocabulary import RDF, XSD, short

if TYPE_CHECKING:
    from cityrights_web.layout import Layout

#: Every datatype whose values are numbers (XSD 1.1 part 2, the numeric primitives and what derives from integer).
WHOLE: Final = frozenset(
    XSD + name
    for name in (
        "integer", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger", "long", "int",
        "short", "byte", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte",
    )
)  # fmt: skip
NUMBERS: Final = WHOLE | {XSD + name for name in ("decimal", "double", "float")}
#: Every datatype that a timeline can put in order.
TIMES: Final = frozenset(XSD + name for name in ("date", "dateTime", "dateTimeStamp", "gYear", "gYearMonth"))

_LONGEST: Final = 200
#: Digits, with a sign, from which on a whole number may not be exact as a double.
_EXACT: Final = 16
_TIME: Final = re.compile(
    r"(-?\d{4,6})(?:-(\d\d)(?:-(\d\d))?)?(?:T(\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
_NUMBER: Final = r"[+-]?+(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][+-]?+\d++)?+"
#: As XSD writes numbers: Python reads underscores and the digits of every script beside that.
_WHOLE: Final = re.compile(r"[+-]?\d+", re.ASCII)
_FLOAT: Final = re.compile(rf"[ \t\r\n]*+{_NUMBER}[ \t\r\n]*+", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A point in time as far as it is told: month and day are 0 where they are not. ``text`` is as it was written."""

    year: int
    month: int
    day: int
    text: str


def number(term: Term | None) -> float | None:
    """Return the number that a term is, None for what is none, and for what is not finite."""
    if not isinstance(term, Literal) or term.datatype not in NUMBERS:
        return None
    if len(term.value) > _LONGEST or _FLOAT.fullmatch(term.value) is None:
        return None
    value = float(term.value)
    return value if isfinite(value) else None


def whole(term: Term | None) -> int | None:
    """Return a whole number that every reader of JSON and every sheet holds exactly, None for what is none."""
    if not isinstance(term, Literal) or term.datatype not in WHOLE or _WHOLE.fullmatch(term.value) is None:
        return None
    return int(term.value) if len(term.value) < _EXACT else None


def moment(term: Term | None) -> Moment | None:
    """Return when a term is; of a plain whole number or text, the year. None for what is no time."""
    if not isinstance(term, Literal) or len(term.value) > _LONGEST:
        return None
    found = _TIME.fullmatch(term.value.strip())
    if found is None or int(found[2] or 1) not in range(1, 13) or int(found[3] or 1) not in range(1, 32):
        return None
    return Moment(int(found[1]), int(found[2] or 0), int(found[3] or 0), term.value.strip())


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the terms of an answer are: ``spots`` by the IRI of a thing, and the middles of long geometries.

    Short geometries are read where one meets them. ``middles`` has the long ones by the digest of their text, None for
    those without a place; without it (None) they are read, too, which is for processes that may take their time.
    """

    spots: Mapping[str, Point] = field(default_factory=dict)
    middles: Mapping[bytes, Point | None] | None = field(default_factory=dict)

    def spot(self, term: Term | None) -> Point | None:
        """Return longitude and latitude of a thing, or of the middle of a geometry; None where nothing says."""
        if isinstance(term, Iri):
            return self.spots.get(term.value)
        if term is None or term.datatype != WKT:
            return None
        if self.middles is not None and is_long(term):
            return self.middles.get(digest(term))
        found = geometry(term.value)
        return None if found is None else found.middle

    def is_known(self, term: Term) -> bool:
        """Say whether a term is a thing of which the graph says where it is."""
        return isinstance(term, Iri) and term.value in self.spots

    def is_shape(self, term: Term | None) -> bool:
        """Say whether a term is a geometry that has a place."""
        return isinstance(term, Literal) and self.spot(term) is not None


def geometry_of(term: Term | None) -> Geometry | None:
    """Return the geometry that a term is; it takes time in proportion to its text. None for what is none."""
    return geometry(term.value) if isinstance(term, Literal) and term.datatype == WKT else None


def foreign_system(term: Term | None) -> str:
    """Return the reference system of a geometry where that is none that is read here; else nothing."""
    return system(term.value) if isinstance(term, Literal) and term.datatype == WKT else ""


def is_long(term: Term) -> bool:
    """Say whether a term is a geometry that takes longer to read than anybody should wait for."""
    return isinstance(term, Literal) and term.datatype == WKT and len(term.value) > _LONGEST


def digest(term: Term) -> bytes:
    """Return what a long geometry is known by."""
    return hashlib.sha256(term.value.encode("utf-8", "surrogatepass")).digest()


def degrees(longitude: float | None, latitude: float | None) -> Point | None:
    """Return the place, None where a number is missing or there is no such place (degrees of WGS 84)."""
    return None if longitude is None or latitude is None else on_earth(longitude, latitude)


#: Beyond so many things the others are shown by their address alone.
MOST_NAMED: Final = 3_000


def linked(layout: Layout, some: Iterable[Mapping[str, Term]], columns: Iterable[str]) -> dict[str, Link]:
    """Return the link for each thing in these columns, with what the row calls it or else what the graph does.

    What a row calls the thing of a column ``x`` stands in its column ``xLabel``.
    """
    own: dict[str, list[Literal]] = {}
    for row in some:
        for name in columns:
            if isinstance(term := row.get(name), Iri):
                label = row.get(f"{name}Label")
                own.setdefault(term.value, []).extend([label] if isinstance(label, Literal) else [])
    vocabulary, language = layout.site.vocabulary, layout.language
    unnamed = [iri for iri, labels in own.items() if not labels and iri not in vocabulary.labels]
    named = labels_of(layout.site.engine, unnamed[:MOST_NAMED])
    return {iri: vocabulary.link(Iri(iri), language, labels or named.get(iri, ())) for iri, labels in own.items()}


#: Characters of a value that a cell shows; it says when there are more.
LONGEST: Final = 1_000
_PLAIN: Final = frozenset((XSD + "string", RDF + "langString"))


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows: a thing (its ``link``, and ``name``, short where a prefix is known) or a literal.

    ``named`` says that the thing has a label, and not only the end of its address. ``kind`` is the datatype of a
    literal, short, nothing for plain text and numbers; ``left`` is how many characters are not shown.
    """

    link: Link | None = None
    name: str = ""
    named: bool = False
    text: Literal | None = None
    kind: str = ""
    numeric: bool = False
    left: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Column names, whether each is of numbers, and the rows."""

    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[Cell, ...], ...]


def table(layout: Layout, answer: Answer, most: int, order: str = "") -> Table:
    """Return the first ``most`` rows, in the order of a column (``?name``, or ``-name`` for the other way round)."""
    rows = ordered(answer, order)[:most]
    links = linked(layout, rows, answer.columns)
    numeric = {
        name: (held := [row[name] for row in rows if name in row]) != []
        and all(number(term) is not None for term in held)
        for name in answer.columns
    }
    return Table(
        tuple((name, numeric[name]) for name in answer.columns),
        tuple(tuple(_cell(row.get(name), links) for name in answer.columns) for row in rows),
    )


def ordered(answer: Answer, order: str) -> Sequence[Mapping[str, Term]]:
    """Return the rows in the order of a column: what is unbound last, numbers by their size, all else as lists are."""
    name, down = order.removeprefix("-"), order.startswith("-")
    if name not in answer.columns:
        return answer.rows
    bound = [row for row in answer.rows if name in row]
    rest = [row for row in answer.rows if name not in row]
    return [*sorted(bound, key=lambda row: _key(row[name]), reverse=down), *rest]


def _cell(term: Term | None, links: Mapping[str, Link]) -> Cell:
    if term is None:
        return Cell()
    left = max(0, len(term.value) - LONGEST)
    if isinstance(term, Iri):
        link = links[term.value]
        named = link.label != Literal(spoken(term.value))
        return Cell(link=link, name=short(term.value)[:LONGEST], named=named, left=left)
    shown = Literal(term.value[:LONGEST], term.language, term.datatype)
    numeric = number(term) is not None
    kind = "" if term.datatype in _PLAIN or numeric else short(term.datatype)
    if term.datatype in NUMBERS and not numeric:
        kind = short(term.datatype)
    return Cell(text=shown, kind=kind[:100], numeric=numeric, left=left)


def _key(term: Term) -> tuple[int, float, tuple[str, str, str]]:
    size = number(term)
    if size is not None:
        return 0, size, ("", "", "")
    letters, accents, _ = sort_key(term.value[:LONGEST])
    return 1, 0.0, (letters, accents, term.value)
