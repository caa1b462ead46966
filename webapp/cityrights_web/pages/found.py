"""What was found, as pages and programs are shown it: words for kinds, addresses, the status as a link."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cityrights.describe import Iri, Link, Literal, ask
from cityrights.describe.terms import best_label, fallback_chain
from cityrights.search import Hit
from cityrights_web.pages.frame import Frame

#: Places of one thing that are named; of more it is said how many.
PLACES: Final = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A hit in the reader's language; ``address`` is None for a thing that no link may lead to.

    ``also`` are further places beside that of the hit, ``more`` is how many there are beside these.
    """

    hit: Hit
    address: str | None
    kind: str
    place: str | None
    status: Link | None
    also: tuple[Link, ...] = ()
    more: int = 0


def found(around: Frame, hit: Hit) -> Found:
    """Return a hit with what the page adds to it."""
    status = around.site.vocabulary.link(Iri(hit.status), around.language) if hit.status else None
    place = around.urls.link(hit.place.iri) if hit.place else None
    return Found(hit, around.urls.link(hit.iri), kind_word(around, hit), place, status)


def kind_word(around: Frame, hit: Hit) -> str:
    """Return the word for one thing of the hit's kind; of a thing of another site, its class."""
    if hit.kind == "other" and hit.types:
        return around.site.vocabulary.label(hit.types[0], around.language).value
    return around.words.search.one[hit.kind]


def kind_words(around: Frame, kind: str) -> str:
    """Return the word for several things of a kind."""
    return around.words.search.many.get(kind) or around.words.kinds[kind]


def with_places(around: Frame, lines: Sequence[Found]) -> list[Found]:
    """Return the hits with the further places of those that are in several, asked for all at once."""
    placed = [Iri(line.hit.iri) for line in lines if line.hit.place is not None]
    names: defaultdict[str, defaultdict[str, list[Literal]]] = defaultdict(lambda: defaultdict(list))
    for row in ask(around.site.engine, "places_of", among=("s", placed)) if placed else ():
        named, label = names[str(row["s"])][str(row["place"])], row.get("label")
        named += [label] if isinstance(label, Literal) else []
    return [_with_places(around, line, names[line.hit.iri]) if line.hit.iri in names else line for line in lines]


def _with_places(around: Frame, line: Found, names: dict[str, list[Literal]]) -> Found:
    chain = fallback_chain(around.language)
    others = [
        Link(Iri(place), best_label(labels, chain) or Literal(Iri(place).local_name))
        for place, labels in names.items()
        if line.hit.place is None or place != line.hit.place.iri
    ]
    return replace(line, also=tuple(others[: PLACES - 1]), more=len(others[PLACES - 1 :]))
