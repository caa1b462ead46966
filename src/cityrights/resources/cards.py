"""The card of a practice: one sentence, where, what was hard, what was done, what is advised, for whom, who learnt from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cityrights.library.pages import ask, ask_of_each
from cityrights.resources.description import claim_lines, document_order
from cityrights.resources.labels import Vocabulary
from cityrights.resources.model import UNSETTLED, ClaimLine, Link
from cityrights.terms import Iri, Literal, Row, best_label, fallback_chain
from cityrights.vocabulary import CR, DCTERMS, RDFS
from sparqlgate import Store

#: The parts that claims tell, by the property that joins a practice to them: what was hard, was done, is advised.
TOLD: Final = {"challenge": CR + "challenge", "did": CR + "solution", "advice": CR + "takeaway"}
#: So many other places a card names.
ELSEWHERE: Final = 2
_LINKS: Final = {
    name: CR + local
    for name, local in (
        ("places", "place"), ("countries", "country"), ("groups", "targetGroup"), ("themes", "theme"),
        ("sections", "section"), ("statuses", "status"),
    )
}  # fmt: skip
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

    ``challenge``, ``did`` and ``advice`` are claims in the order of their documents; ``learnt`` are those that say who
    learnt from whom. A card that was asked for without them has none.
    """

    thing: Link
    sentence: Literal | None = None
    places: tuple[Link, ...] = ()
    countries: tuple[Link, ...] = ()
    groups: tuple[Link, ...] = ()
    themes: tuple[Link, ...] = ()
    sections: tuple[Link, ...] = ()
    statuses: tuple[Link, ...] = ()
    challenge: tuple[ClaimLine, ...] = ()
    did: tuple[ClaimLine, ...] = ()
    advice: tuple[ClaimLine, ...] = ()
    learnt: tuple[ClaimLine, ...] = ()
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
    def claims(self) -> Iterator[ClaimLine]:
        """Every claim on the card."""
        yield from (*self.challenge, *self.did, *self.advice, *self.learnt)


def practice_cards(
    engine: Store, vocabulary: Vocabulary, language: str, practices: Sequence[str], *, told: bool = True
) -> list[PracticeCard]:
    """Return the cards of practices (IRIs) in the order in which they are given; what is no practice has none.

    Two queries, or one where nothing is ``told`` but sentence and place. Raises QueryError as the engine does.
    """
    wanted = list(dict.fromkeys(practices))
    held: defaultdict[str, list[Row]] = defaultdict(list)
    for row in ask_of_each(engine, "practice_cards", "s", wanted):
        held[str(row["s"])].append(row)
    bare = [_card(iri, held[iri], vocabulary, language) for iri in wanted if iri in held]
    if not told:
        return bare
    joined = {iri: _joined(rows) for iri, rows in held.items()}
    every = {claim for parts in joined.values() for claims in parts.values() for claim in claims}
    lines = claim_lines(ask_of_each(engine, "claims_told", "claim", sorted(every)), vocabulary, language)

    def those(card: PracticeCard, part: str) -> tuple[ClaimLine, ...]:
        return _in_order(lines, joined[card.thing.iri.value][part])

    return [
        replace(card, challenge=those(card, "challenge"), did=those(card, "did"), advice=those(card, "advice"))
        for card in bare
    ]


def who_learnt(engine: Store, vocabulary: Vocabulary, language: str, practice: str) -> tuple[ClaimLine, ...]:
    """Return the claims that say from whom a practice, or what it set up, was learnt, and who learnt from it."""
    claims = [str(row["claim"]) for row in ask(engine, "practice_ties", among=("s", [Iri(practice)]))]
    if not claims:
        return ()
    lines = claim_lines(ask_of_each(engine, "claims_told", "claim", claims), vocabulary, language)
    return _in_order(lines, claims)


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


def _in_order(lines: Mapping[str, ClaimLine], claims: Iterable[str]) -> tuple[ClaimLine, ...]:
    return tuple(sorted((lines[claim] for claim in set(claims) if claim in lines), key=document_order))


def _joined(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Return the claims of each part of a card."""
    found: dict[str, list[str]] = {name: [] for name in TOLD}
    parts = {predicate: name for name, predicate in TOLD.items()}
    for row in rows:
        part = parts.get(str(row["q"]))
        if part is not None:
            found[part].append(str(row["v"]))
    return found


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
        **{name: links(name) for name in _LINKS},
    )
