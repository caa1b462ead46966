"""Places compared: what is recorded of each, as rows and as text; silence is never shown as absence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Final

from cityrights.indexes.facets import WHERE as _PLACE
from cityrights.indexes.facets import Selection
from cityrights.indexes.facets.lists import sort_key
from cityrights.indexes.proximity.telling import within
from cityrights.library.pages import ask, ask_of_each
from cityrights.resources.cards import PracticeCard
from cityrights.resources.labels import gather_labels
from cityrights.resources.model import UNSETTLED, ClaimLine, Link
from cityrights.terms import Iri, Literal, Term
from cityrights.vocabulary import CR
from cityrights_web.layout import Layout
from cityrights_web.results.cards import shown as cards
from cityrights_web.results.cards import told as claims_told
from cityrights_web.urls import thing_iri
from cityrights_web.views.together import Said, told

_SOURCE: Final = CR + "describedIn"
#: Section, classes of its things (from CR), the property whose values are its rows; and by which facet, beside which
#: list, the sentences on several governments have such values.
_SECTIONS: Final = (
    ("practices", ("Practice",), CR + "theme", "theme", ""),
    ("institutions", ("Institution",), CR + "kind", "kind", "institutions"),
    ("instruments", ("Instrument",), CR + "kind", "kind", "instruments"),
    ("groups", ("Practice", "Institution", "Instrument"), CR + "targetGroup", "target", ""),
    ("sources", ("Practice", "Institution", "Instrument"), _SOURCE, "source", ""),
)


@dataclass(frozen=True, slots=True)
class Thing:
    """One practice, institution or instrument; ``state`` is the last part of its status."""

    link: Link
    types: frozenset[str]
    status: Link | None
    values: dict[str, frozenset[str]]

    @property
    def state(self) -> str | None:
        """The status by its slug, such as ``in-place``."""
        return self.status.iri.local_name if self.status else None


@dataclass(frozen=True, slots=True)
class Figure:
    """One population figure: the IRI of its record, the number of people, its date (may be empty), who gives it."""

    iri: str
    value: float
    date: str
    origin: str


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the comparison and everything that is recorded at it."""

    place: Link
    country: Link | None
    figures: tuple[Figure, ...]
    things: tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One theme, kind, target group or document (None: not specified), with the things of each place in order.

    ``together`` has for each place what is said of it and of other governments together.
    """

    facet: Link | None
    cells: tuple[tuple[Thing, ...], ...]
    together: tuple[tuple[Said, ...], ...]

    @property
    def shared(self) -> bool:
        """Say whether two places or more have a record here."""
        return self.facet is not None and sum(1 for cell in self.cells if cell) > 1


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the comparison."""

    name: str
    rows: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Places side by side; ``together`` is what is said of one or more of them and of other governments together."""

    places: tuple[Place, ...]
    sections: tuple[Section, ...] = field(default=())
    together: tuple[Said, ...] = ()

    @property
    def both(self) -> tuple[Said, ...]:
        """What is said of two of the places or more together."""
        return tuple(one for one in self.together if len(self._named(one)) > 1)

    @property
    def others(self) -> tuple[Said, ...]:
        """What is said of one of the places together with others."""
        return tuple(one for one in self.together if len(self._named(one)) < 2)

    def _named(self, one: Said) -> set[str]:
        return {place.iri.value for place in one.places} & {place.place.iri.value for place in self.places}


def compare(layout: Layout, keys: Sequence[str], *, everything: bool) -> Comparison:
    """Compare the places with these keys; ``everything`` takes in what is underway or planned."""
    labels: dict[str, tuple[Literal, ...]] = {}
    places = tuple(_place(layout, Iri(thing_iri(key)), labels, everything) for key in keys)

    def link(iri: str) -> Link:
        return layout.site.vocabulary.link(Iri(iri), layout.language, labels.get(iri, ()))

    index = layout.site.indexes.facets
    asked = {place.place.iri.value: {"place": [_PLACE.key(place.place.iri.value)]} for place in places}
    every = index.together({"place": [key for chosen in asked.values() for key in chosen["place"]]})
    said = {one.claim.iri.value: one for one in told(layout, every)}

    def cells(place: Place, facet: str, beside: str) -> dict[str, tuple[Said, ...]]:
        named = index.named_together(asked[place.place.iri.value], facet, beside)
        return {value: tuple(said[iri] for iri in iris) for value, iris in named.items()}

    sections = tuple(
        Section(
            name,
            tuple(
                _rows(
                    places,
                    {CR + kind for kind in kinds},
                    predicate,
                    link,
                    [cells(place, facet, beside) for place in places],
                )
            ),
        )
        for name, kinds, predicate, facet, beside in _SECTIONS
    )
    return Comparison(places, sections, tuple(said.values()))


def _place(layout: Layout, place: Iri, labels: dict[str, tuple[Literal, ...]], everything: bool) -> Place:
    """Read one place; the labels of what its things name are added to ``labels``."""
    site, language = layout.site, layout.language
    facts = ask(site.engine, "place_facts", {"place": place})
    rows = ask(site.engine, "place_things", {"place": place}, options=[] if everything else ["settled"])
    labels.update(gather_labels(rows, "x", "xLabel"))
    own = gather_labels(rows, "thing", "label")
    held: dict[str, list[dict[str, Term]]] = {}
    for row in rows:
        held.setdefault(str(row["thing"]), []).append(row)

    def thing(iri: str, mine: list[dict[str, Term]]) -> Thing:
        values: dict[str, set[str]] = {}
        for row in mine:
            if "x" in row:
                values.setdefault(str(row["p"]), set()).add(str(row["x"]))
        status = min((str(row["status"]) for row in mine if "status" in row), default="")
        return Thing(
            site.vocabulary.link(Iri(iri), language, own.get(iri, ())),
            frozenset(str(row["type"]) for row in mine),
            site.vocabulary.link(Iri(status), language) if status else None,
            {predicate: frozenset(found) for predicate, found in values.items()},
        )

    country = min((str(row["country"]) for row in facts if "country" in row), default="")
    things = sorted((thing(iri, mine) for iri, mine in held.items()), key=lambda item: _order(item.link))
    return Place(
        site.vocabulary.link(place, language, gather_labels(facts, "place", "label").get(place.value, ())),
        site.vocabulary.link(Iri(country), language, gather_labels(facts, "country", "countryLabel").get(country, ()))
        if country
        else None,
        tuple(_figures(facts)),
        tuple(things),
    )


def _figures(facts: Iterable[dict[str, Term]]) -> list[Figure]:
    found = {}
    for row in facts:
        if "population" in row:
            iri = str(row["population"])
            try:
                value = float(str(row["value"]))
            except ValueError:
                continue
            if not isfinite(value):
                continue
            found[iri] = Figure(iri, value, str(row.get("date", "")), str(row.get("origin", "")))
    return sorted(found.values(), key=lambda figure: (figure.date, figure.iri), reverse=True)


def _rows(
    places: Sequence[Place],
    kinds: set[str],
    predicate: str,
    link: Callable[[str], Link],
    said: Sequence[Mapping[str, tuple[Said, ...]]],
) -> list[Line]:
    """One row for each value, what most places share first; things without a value stand in a last row.

    ``said`` has for each place what is said of several governments together, by value.
    """
    values = {value for each in said for value in each} | {
        value
        for place in places
        for thing in place.things
        if thing.types & kinds
        for value in thing.values.get(predicate, ())
    }

    def cells(fits: Callable[[Thing], bool]) -> tuple[tuple[Thing, ...], ...]:
        return tuple(tuple(one for one in place.things if one.types & kinds and fits(one)) for place in places)

    def having(value: str) -> Callable[[Thing], bool]:
        return lambda one: value in one.values.get(predicate, ())

    rows = [
        Line(
            link(value),
            cells(having(value)),
            tuple(each.get(value, ()) for each in said),
        )
        for value in values
    ]
    rows.sort(key=lambda row: (-_filled(row.cells), -_filled(row.together), _order(row.facet)))
    rest = Line(None, cells(lambda one: not one.values.get(predicate)), tuple(() for _ in places))
    return [*rows, rest] if any(rest.cells) and predicate not in (CR + "targetGroup", _SOURCE) else rows


def _filled(cells: Iterable[tuple[object, ...]]) -> int:
    return sum(1 for cell in cells if cell)


def _order(link: Link | None) -> tuple[tuple[str, ...], str]:
    return (sort_key(link.label.value), link.iri.value) if link else ((), "")


#: The sections that are told, in this order: practices by theme, and what there is by kind. Of these, groups that are
#: common are named under what is told; documents are for the table.
_TOLD: Final = ("practices", "institutions", "instruments")
#: So much that is common is told with sentences, and so many things that one place alone has.
MOST: Final = 5
_ALONE: Final = 3
#: Of so many things at most it is asked which claims tell of them.
_ASKED: Final = 400


@dataclass(frozen=True, slots=True)
class Told:
    """A thing of a place with the sentence of a document that tells of it (``claim``), or with our own ``sentence``."""

    thing: Link
    sentence: Literal | None
    claim: ClaimLine | None
    status: Link | None


@dataclass(frozen=True, slots=True)
class Common:
    """What several places have in common: a theme or a kind, by what each place shows it, and what else these share."""

    section: str
    facet: Link
    sides: tuple[tuple[Link, Told], ...]
    also: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Only:
    """What one place alone has: things with what nobody else has, and the names of those for which no room is left."""

    place: Link
    told: tuple[tuple[Told, tuple[Link, ...]], ...]
    rest: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Untold:
    """What others have and no document tells of a place; what is told of it with others together stands apart."""

    place: Link
    facets: tuple[tuple[str, tuple[Link, ...]], ...]
    said: tuple[tuple[Link, tuple[Said, ...]], ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(len(links) for _, links in self.facets) + len(self.said)


@dataclass(frozen=True, slots=True)
class Text:
    """A comparison as text. ``besides`` is common, too, with the places that have it, but shown by no sentence."""

    common: tuple[Common, ...]
    besides: tuple[tuple[Link, tuple[Link, ...]], ...]
    only: tuple[Only, ...]
    untold: tuple[Untold, ...]


@dataclass
class _Card:
    section: str
    facet: Link
    sides: dict[int, Thing]
    also: list[Link] = field(default_factory=list)


def tell(layout: Layout, found: Comparison, most: int = MOST) -> Text:
    """Tell a comparison; raises QueryError as the engine does."""
    lines = [(section.name, line) for section in found.sections if section.name in _TOLD for line in section.rows]
    lines = [(name, replace(line, facet=_small(line.facet))) for name, line in lines if line.facet is not None]
    shared = _telling(layout, [(name, line) for name, line in lines if line.shared])
    things = dict.fromkeys(thing.link.iri.value for _, line in lines for cell in line.cells for thing in cell)
    backed = _backed(layout, list(things)[:_ASKED])
    chosen, left = _cards(shared, backed, most)
    groups = [line for section in found.sections if section.name == "groups" for line in section.rows if line.shared]
    left += _besides(groups, chosen)
    seen = {thing.link.iri.value for card in chosen for thing in card.sides.values()}
    alone = [_alone(at, lines, seen) for at in range(len(found.places))]
    told_of = [thing for card in chosen for thing in card.sides.values()]
    told_of += [thing for held in alone for thing, _ in held[:_ALONE]]
    known = {card.thing.iri.value: card for card in cards(layout, [thing.link.iri.value for thing in told_of])}
    wanted = {claim for (thing, _), claims in backed.items() if thing in known for claim in claims[:1]}
    wanted |= {claim for card in known.values() for held in card.tells.values() for claim in held[:1]}
    said = claims_told(layout, wanted)

    def tell_of(thing: Thing, facets: Iterable[Link]) -> Told:
        card = known.get(thing.link.iri.value)
        claim = next(_claims(thing, facets, card, backed, said), None)
        state = thing.status if thing.state in UNSETTLED else None
        return Told(thing.link, card.sentence if card else None, claim, state)

    return Text(
        tuple(
            Common(
                card.section,
                card.facet,
                tuple(
                    (found.places[at].place, tell_of(thing, [card.facet])) for at, thing in sorted(card.sides.items())
                ),
                tuple(card.also),
            )
            for card in chosen
        ),
        tuple((link, tuple(found.places[at].place for at in places)) for link, places in left),
        tuple(
            Only(
                place.place,
                tuple((tell_of(thing, facets), tuple(facets)) for thing, facets in held[:_ALONE]),
                tuple(thing.link for thing, _ in held[_ALONE:]),
            )
            for place, held in zip(found.places, alone, strict=True)
            if held
        ),
        tuple(each for at, place in enumerate(found.places) if (each := _untold(at, place, lines)).count),
    )


def _claims(
    thing: Thing,
    facets: Iterable[Link],
    card: PracticeCard | None,
    backed: Mapping[tuple[str, str], Sequence[str]],
    said: Mapping[str, ClaimLine],
) -> Iterator[ClaimLine]:
    """Yield the claims that may tell of a thing: those that say what is compared, then those that say what was done."""
    iri = thing.link.iri.value
    for facet in facets:
        yield from (said[claim] for claim in backed.get((iri, facet.iri.value), ())[:1] if claim in said)
    for part in ("did", "challenge", "advice"):
        yield from (said[claim] for claim in (card.tells.get(part, ()) if card else ())[:1] if claim in said)


def _telling(layout: Layout, lines: list[tuple[str, Line]]) -> list[tuple[str, Line]]:
    """Put what is common into an order: what most places have first, then what is rare among all, and so tells more."""
    facets = {"practices": "theme", "institutions": "kind", "instruments": "kind"}
    times: dict[str, int] = {}
    for name in {name for name, _ in lines}:
        every = layout.site.indexes.facets.list(name).select(Selection())
        held = every.held.facets[facets[name]]
        times |= dict(zip(held.values, every.count(facets[name]).tolist(), strict=True))

    def rank(pair: tuple[str, Line]) -> tuple[int, int, int, str]:
        name, line = pair
        iri = line.facet.iri.value if line.facet else ""
        return -sum(map(bool, line.cells)), times.get(iri, 0), _TOLD.index(name), iri

    return sorted(lines, key=rank)


def _backed(layout: Layout, things: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """Return, by thing and what it is about, the claims that say so."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in ask_of_each(layout.site.engine, "value_claims", "thing", things):
        found[str(row["thing"]), str(row["x"])].append(str(row["claim"]))
    return {key: sorted(claims) for key, claims in found.items()}


def _cards(
    shared: Iterable[tuple[str, Line]], backed: Mapping[tuple[str, str], Sequence[str]], most: int
) -> tuple[list[_Card], list[tuple[Link, tuple[int, ...]]]]:
    """Choose what is told: one card for the same things of the same places, whatever these have in common.

    Returns the cards, and what is common besides with the numbers of its places.
    """
    made: list[_Card] = []
    left: list[tuple[Link, tuple[int, ...]]] = []
    for section, line in shared:
        facet = line.facet
        if facet is None or _named_under(made, line):
            continue
        if len(made) == most:
            left.append((facet, tuple(at for at, cell in enumerate(line.cells) if cell)))
            continue

        def best(cell: Sequence[Thing], facet: Link = facet) -> Thing:
            return min(cell, key=lambda thing: not backed.get((thing.link.iri.value, facet.iri.value)))

        made.append(_Card(section, facet, {at: best(cell) for at, cell in enumerate(line.cells) if cell}))
    return made, left


def _named_under(made: Iterable[_Card], line: Line) -> bool:
    """Name what is common under a card whose things have it, where there is one; say whether there is."""
    holders = {at for at, cell in enumerate(line.cells) if cell}
    for card in made:
        if card.sides.keys() == holders and all(thing in line.cells[at] for at, thing in card.sides.items()):
            if line.facet is not None:
                card.also.append(line.facet)
            return True
    return False


def _besides(groups: Iterable[Line], made: list[_Card]) -> list[tuple[Link, tuple[int, ...]]]:
    named = [replace(line, facet=_small(line.facet)) for line in groups if line.facet is not None]
    return [
        (line.facet, tuple(at for at, cell in enumerate(line.cells) if cell))
        for line in named
        if line.facet is not None and not _named_under(made, line)
    ]


def _small(link: Link) -> Link:
    """Return a link with its label as it stands within a sentence."""
    return replace(link, label=replace(link.label, value=within(link.label.value)))


def _alone(at: int, lines: Iterable[tuple[str, Line]], seen: Container[str]) -> list[tuple[Thing, list[Link]]]:
    """Return the things of one place that have what no other has, and what that is.

    Those that were not ``seen`` above come first, of these those with most of it.
    """
    held: dict[str, tuple[Thing, list[Link]]] = {}
    for _, line in lines:
        if line.facet is None or line.shared or any(line.together):
            continue
        for thing in line.cells[at]:
            held.setdefault(thing.link.iri.value, (thing, []))[1].append(line.facet)
    return sorted(held.values(), key=lambda pair: (pair[0].link.iri.value in seen, -len(pair[1])))


def _untold(at: int, place: Place, lines: Iterable[tuple[str, Line]]) -> Untold:
    facets: defaultdict[str, list[Link]] = defaultdict(list)
    said: list[tuple[Link, tuple[Said, ...]]] = []
    for section, line in lines:
        if line.facet is None or line.cells[at]:
            continue
        if line.together[at]:
            said.append((line.facet, line.together[at]))
        elif any(line.cells):
            facets[section].append(line.facet)
    return Untold(place.place, tuple((name, tuple(links)) for name, links in facets.items()), tuple(said))
