"""What documents say of several governments together, as pages show it beside what they say of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cityrights.indexes.facets import LISTS, TOGETHER, WHERE, Found, Selection
from cityrights.indexes.facets.lists import sort_key
from cityrights.resources.description import claim_lines
from cityrights.resources.model import ClaimLine, Link
from cityrights_web.layout import Layout


@dataclass(frozen=True, slots=True)
class Said:
    """One such claim, and the places whose governments it is about."""

    claim: ClaimLine
    places: tuple[Link, ...]

    def record(self) -> dict[str, object]:
        """Return it as an object of JSON: ``said`` is the claim, the names after it are what stood here in 2026.2."""
        flat = self.claim.flat()
        flat["iri"] = flat.pop("claim")
        return {"said": self.claim.record(), **flat, "places": [place.record() for place in self.places]}


@dataclass(frozen=True, slots=True)
class Together:
    """The claims on several governments that fit what was chosen, in document order.

    ``address`` is that of the list that has just these; ``passed`` are the facets (their names) of what was chosen that
    such claims say nothing of.
    """

    said: tuple[Said, ...]
    address: str
    found: Found
    passed: tuple[str, ...] = ()


def together(
    layout: Layout, chosen: Mapping[str, Sequence[str]], beside: str = "", passed: Iterable[str] = ()
) -> Together:
    """Return the claims that name what is chosen: keys by facet; ``beside`` as ``Catalogue.together`` has it."""
    found = layout.site.indexes.facets.together(chosen, beside)
    pairs = [(name, key) for name, keys in found.selection.chosen for key in keys]
    known = {facet.name for facet in LISTS[TOGETHER].facets}
    left = [name for name, keys in chosen.items() if keys and name not in known]
    return Together(tuple(told(layout, found)), layout.urls.site(f"/{TOGETHER}", pairs), found, (*left, *passed))


def told(layout: Layout, found: Found) -> Iterator[Said]:
    """Yield the claims of a selection with their sentences and lines."""
    if not found.total:
        return
    held, language = found.held, layout.language
    number = {held.iris[int(item)]: int(item) for item in found.items}
    rows = [row for row in layout.site.overview(TOGETHER) if str(row["claim"]) in number]
    places = held.facets["place"]
    for iri, claim in claim_lines(rows, layout.site.vocabulary, language).items():
        links = (places.link(place, language) for place in places.own(number[iri]))
        yield Said(claim, tuple(sorted(links, key=lambda link: (sort_key(link.label.value), link.iri.value))))


def said_of_all(layout: Layout, places: Sequence[str]) -> tuple[Said, ...]:
    """Return the claims on several governments that are about each of some places, by their IRIs."""
    found = layout.site.indexes.facets.together({"place": [WHERE.key(place) for place in places]})
    return tuple(one for one in told(layout, found) if {*places} <= {place.iri.value for place in one.places})


def counted(layout: Layout, facet: str) -> dict[str, int]:
    """Return how many such claims there are for each value of a facet, by its IRI, with those of narrower values."""
    found = layout.site.indexes.facets.list(TOGETHER).select(Selection())
    return dict(zip(found.held.facets[facet].values, found.count(facet).tolist(), strict=True))


def cells_together(layout: Layout) -> dict[tuple[str, str], int]:
    """Return how many such claims name each place and each theme, wider themes included, by the IRIs of the two."""
    found = layout.site.indexes.facets.together({})
    places, themes = found.held.facets["place"], found.held.facets["theme"]
    cells: dict[tuple[str, str], int] = {}
    for place in places.values:
        counts = themes.counts(places.mask([places.facet.key(place)]))
        cells |= {(place, themes.values[number]): int(counts[number]) for number in counts.nonzero()[0].tolist()}
    return cells
