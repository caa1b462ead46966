"""What goes around the page of a resource: the way to it, its description, its addresses elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup

from cityrights.library.pages import ask, shown
from cityrights.resources.description import claim_lines
from cityrights.resources.model import ClaimLine, Description
from cityrights.vocabulary import OWL, PREFIXES, SKOS
from cityrights_web import structured
from cityrights_web.responses import once
from cityrights_web.site import Site
from cityrights_web.urls import is_linkable, local_path
from cityrights_web.views.resource.view import View

#: Claims on a page; up to so many are put into the order of their documents.
CLAIMS_PAGE, SORTED = 50, 500
_ID: Final = "having"


@dataclass(frozen=True, slots=True)
class Having:
    """One page of claims, from number ``first`` on; ``sorted`` says whether they stand in document order."""

    claims: tuple[ClaimLine, ...]
    total: int
    first: int
    sorted: bool
    previous: str | None
    next: str | None
    query: str


def _claims_by_concept(site: Site) -> Mapping[str, int]:
    """Count the claims that have each modality and aspect, by its IRI."""
    return {str(row["concept"]): int(str(row["n"])) for row in ask(site.engine, "concept_claims_counts")}


def having(view: View) -> Having | None:
    """Return the page of the claims that has been asked for, the last one where there are not so many; None of none."""
    site, concept = view.layout.site, view.d.iri
    total = once(_claims_by_concept).get(concept.value, 0)
    if not total:
        return None
    in_order = total <= SORTED
    page = min(1 if view.only else view.page, -(-total // CLAIMS_PAGE))
    first = (page - 1) * CLAIMS_PAGE
    limit, offset = (None, 0) if in_order else (CLAIMS_PAGE, first)
    rows = ask(site.engine, "concept_claims", {"concept": concept}, limit=limit, offset=offset)
    claims = list(claim_lines(rows, site.vocabulary, view.layout.language).values())

    def turn(to: int) -> str:
        return view.layout.urls.page(view.key, {"page": str(to)}) + f"#{_ID}"

    return Having(
        tuple(claims[first : first + CLAIMS_PAGE] if in_order else claims),
        total,
        first + 1,
        in_order,
        turn(page - 1) if page > 1 else None,
        turn(page + 1) if page * CLAIMS_PAGE < total else None,
        shown("concept_claims", {"concept": concept}) + ("" if in_order else f"LIMIT {CLAIMS_PAGE}\n"),
    )


#: Kind → the list that holds it (a name of the navigation).
LISTS = {
    "practice": "practices", "city": "cities", "institution": "institutions", "theme": "themes",
    "instrument": "instruments", "source": "sources", "claim": "sources", "passage": "sources", "person": "people",
    "holding": "people", "event": "events", "organisation": "organisations",
}  # fmt: skip
_SAME = (SKOS + "exactMatch", OWL + "sameAs")
_SITES = {
    "www.wikidata.org": "Wikidata", "sws.geonames.org": "GeoNames", "www.geonames.org": "GeoNames",
    "publications.europa.eu": "EU Publications Office", "metadata.un.org": "United Nations", "unstats.un.org": "UN M49",
}  # fmt: skip
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Outside:
    """The same thing elsewhere: the name of the site, the identifier there, its address."""

    site: str
    identifier: str
    address: str


def named_links(found: Description) -> list[Outside]:
    """Return where else the thing is described, by the names of the sites."""
    links = []
    for address in sorted({item.value.value for name in _SAME for item in found.values(name)}):
        if is_linkable(address) and local_path(address) is None:
            parts = urlsplit(address)
            identifier = parts.fragment or parts.path.rstrip("/").rpartition("/")[2]
            links.append(Outside(_SITES.get(parts.netloc, parts.netloc), identifier, address))
    return links


def crumbs(view: View) -> list[tuple[str, str]]:
    """Return name and address of each step to the page; the last is the list that the thing stands in."""
    layout = view.layout
    steps = [(layout.name, layout.urls.site("/"))]
    if view.kind in LISTS:
        _, word, address = layout.entry(LISTS[view.kind])
        steps.append((word, address))
    return steps


def meta_description(found: Description) -> str:
    """Return the summary in at most 160 characters, cut between words; without one, the name and what it is."""
    kinds = ", ".join(link.label.value for link in found.types[:1])
    text = found.summary.value if found.summary else f"{found.label.value} – {kinds}" if kinds else found.label.value
    text = " ".join(text.split())
    if len(text) <= _LONGEST:
        return text
    return text[: _LONGEST - 1].rpartition(" ")[0].rstrip(" ,;:–") + "…"


def json_ld(view: View, more: dict[str, object]) -> Markup:
    """Return the page's data block: the thing, and the way to it."""
    layout, found = view.layout, view.d
    page = layout.absolute(layout.urls.page(view.key))
    same = [link.address for link in named_links(found)]
    same += [item.value.value for item in found.values(PREFIXES["schema"] + "url") if is_linkable(item.value.value)]
    steps = [(name, layout.absolute(address)) for name, address in crumbs(view)]
    return structured.block(
        structured.thing(
            found.iri.value,
            page,
            found.label.value,
            description=found.summary.value if found.summary else "",
            same_as=same,
            more=more,
        ),
        structured.breadcrumbs([*steps, (found.label.value, page)]),
    )
