"""The card of a practice: one sentence, where, what was hard, was done and is advised, for whom, where else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from cityrights.coverage import TOLD as TOLD_OF
from cityrights.coverage import degree
from cityrights.library.pages import ask_of_each
from cityrights.resources.description import claim_lines, document_order
from cityrights.resources.labels import Vocabulary
from cityrights.resources.model import UNSETTLED, ClaimLine, Link
from cityrights.terms import Iri, Literal, Row, best_label, fallback_chain
from cityrights.vocabulary import CR, DCTERMS, RDFS
from sparqlgate import Store

#: The parts that claims tell, by the property that joins a practice to them: what was hard, was done, is advised.
TELLS: Final = (("challenge", "challenge"), ("did", "solution"), ("advice", "takeaway"))
TOLD: Final = {name: CR + local for name, local in TELLS}
#: So many other places a card names.
ELSEWHERE: Final = 2
_LINKS: Final = {
    name: CR + local
    for name, local in (
        ("places", "place"), ("countries", "country"), ("groups", "targetGroup"), ("themes", "theme"),
        ("sections", "section"), ("statuses", "status"),
    )
}  # fmt: skip
#: By what a practice set something up, by local name.
MADE: Final = ("establishes", "adopts", "organises")
_MADE: Final = tuple(CR + local for local in MADE)
_NAMES: Final = RDFS + "label"
_SENTENCE: Final = DCTERMS + "description"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same done differently in another place: the practice, where, and its sentence."""

    thing: Link
    place: Link
    sentence: Literal


@dataclass(frozen=True, slots=True)
class PracticeCard:
    """What one card says; sentences are in the reader's language, or else in English, as their tags say.

    ``made`` are the IRIs of what the practice set up, adopted or organises, ``tells`` those of the claims by part.
    ``challenge``, ``did`` and ``advice`` are these claims, where they were read, in the order of their documents.
    """

    thing: Link
    sentence: Literal | None = None
    places: tuple[Link, ...] = ()
    countries: tuple[Link, ...] = ()
    groups: tuple[Link, ...] = ()
    themes: tuple[Link, ...] = ()
    sections: tuple[Link, ...] = ()
    statuses: tuple[Link, ...] = ()
    made: frozenset[str] = frozenset()
    tells: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    challenge: tuple[ClaimLine, ...] = ()
    did: tuple[ClaimLine, ...] = ()
    advice: tuple[ClaimLine, ...] = ()
    others: tuple[Elsewhere, ...] = ()

    @property
    def standing(self) -> Link | None:
        """The status where it has to be told: of what does not exist yet, or no more; what is in place needs none."""
        told = (*UNSETTLED, "ended")
        return next((status for status in self.statuses if status.iri.local_name in told), None)

    @property
    def is_settled(self) -> bool:
        """Whether it exists: neither underway nor planned."""
        return not any(status.iri.local_name in UNSETTLED for status in self.statuses)

    @property
    def tells_of(self) -> tuple[str, ...]:
        """What a complete record has and this one has, too: of ``cityrights.coverage.TOLD``, in that order."""
        has = {
            "solution": self.tells.get("did"), "place": self.places, "theme": self.themes, "targetGroup": self.groups,
            "challenge": self.tells.get("challenge"), "takeaway": self.tells.get("advice"),
        }  # fmt: skip
        return tuple(name for name in TOLD_OF if has[name])

    @property
    def untold(self) -> tuple[str, ...]:
        """What a complete record has and this one lacks."""
        return tuple(name for name in TOLD_OF if name not in self.tells_of)

    @property
    def degree(self) -> str:
        """How whole the record is: complete, partial or stub."""
        return degree(self.tells_of)

    @property
    def is_whole(self) -> bool:
        """Whether the documents tell both what was hard and what is advised."""
        return bool(self.tells.get("challenge") and self.tells.get("advice"))


def practice_cards(
    engine: Store, vocabulary: Vocabulary, language: str, practices: Sequence[str]
) -> list[PracticeCard]:
    """Return the cards of practices (IRIs), without claims, in the order in which they are given, by one query.

    What the graph says nothing of has none. Raises QueryError as the engine does.
    """
    wanted = list(dict.fromkeys(practices))
    held: defaultdict[str, list[Row]] = defaultdict(list)
    for row in ask_of_each(engine, "practice_cards", "s", wanted):
        held[str(row["s"])].append(row)
    return [_card(iri, held[iri], vocabulary, language) for iri in wanted if iri in held]


def with_claims(
    cards: Sequence[PracticeCard], read: Callable[[Iterable[str]], Mapping[str, ClaimLine]]
) -> list[PracticeCard]:
    """Return the cards with the claims that a compact card shows, which ``read`` reads at once, by their IRIs.

    What was done is read where the documents do not tell what was hard and what is advised.
    """
    parts = [("challenge", "advice") if card.is_whole else tuple(TOLD) for card in cards]
    wanted = {
        claim for card, names in zip(cards, parts, strict=True) for name in names for claim in card.tells.get(name, ())
    }
    lines = read(wanted)

    def those(card: PracticeCard, name: str) -> tuple[ClaimLine, ...]:
        return in_order(lines, card.tells.get(name, ()))

    return [
        replace(card, challenge=those(card, "challenge"), did=those(card, "did"), advice=those(card, "advice"))
        for card in cards
    ]


def lines_of(engine: Store, vocabulary: Vocabulary, language: str, claims: Iterable[str]) -> dict[str, ClaimLine]:
    """Return claims by their IRIs. Raises QueryError as the engine does."""
    rows = ask_of_each(engine, "claims_told", "claim", sorted(set(claims)), language)
    return claim_lines(rows, vocabulary, language)


def done_elsewhere(card: PracticeCard, alike: Iterable[PracticeCard]) -> tuple[Elsewhere, ...]:
    """Return those of ``alike``, the most alike first, that stand in other places, each place once."""
    taken = {place.iri for place in card.places}
    found: list[Elsewhere] = []
    for other in alike:
        place = next((place for place in other.places if place.iri not in taken), None)
        if other.sentence is None or place is None or not other.is_settled or set(card.places) & set(other.places):
            continue
        taken.add(place.iri)
        found.append(Elsewhere(other.thing, place, other.sentence))
        if len(found) == ELSEWHERE:
            break
    return tuple(found)


def in_order(lines: Mapping[str, ClaimLine], claims: Iterable[str]) -> tuple[ClaimLine, ...]:
    """Return those of the claims that are known, in the order of their documents."""
    return tuple(sorted((lines[claim] for claim in set(claims) if claim in lines), key=document_order))


def _joined(rows: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    """Return the claims of each part of a card."""
    parts = {predicate: name for name, predicate in TOLD.items()}
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        if str(row["q"]) in parts and isinstance(row["v"], Iri):  # of others’ data any may be a text
            found[parts[str(row["q"])]][str(row["v"])] = None
    return {name: tuple(claims) for name, claims in found.items()}


def _card(iri: str, rows: Sequence[Row], vocabulary: Vocabulary, language: str) -> PracticeCard:
    texts: dict[str, list[Literal]] = {_NAMES: [], _SENTENCE: []}
    things: dict[str, dict[str, list[Literal]]] = {predicate: {} for predicate in _LINKS.values()}
    for row in rows:
        predicate, value, label = str(row["q"]), row["v"], row.get("label")
        if predicate in texts and isinstance(value, Literal):
            texts[predicate].append(value)
        elif predicate in things and isinstance(value, Iri):
            names = things[predicate].setdefault(value.value, [])
            names += [label] if isinstance(label, Literal) else []

    def links(name: str) -> tuple[Link, ...]:
        held = (vocabulary.link(Iri(each), language, names) for each, names in things[_LINKS[name]].items())
        return tuple(sorted(held, key=lambda link: (link.label.value.casefold(), link.iri.value)))

    return PracticeCard(
        vocabulary.link(Iri(iri), language, texts[_NAMES]),
        best_label(texts[_SENTENCE], fallback_chain(language)),
        places=links("places"),
        countries=links("countries"),
        groups=links("groups"),
        themes=links("themes"),
        sections=links("sections"),
        statuses=links("statuses"),
        made=frozenset(str(row["v"]) for row in rows if str(row["q"]) in _MADE and isinstance(row["v"], Iri)),
        tells=_joined(rows),
    )
