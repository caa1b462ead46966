"""Documents: what they are, how much of them the claims cover, and every claim in the document's order."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from cityrights.coverage import expand
from cityrights.library.pages import ask, shown
from cityrights.resources.description import claim_lines
from cityrights.resources.model import ClaimLine, Link
from cityrights.terms import Iri
from cityrights.vocabulary import CR, DCTERMS
from cityrights_web.views.resource.view import View

TEMPLATE = "things/source.html"

#: A document of so many claims is shown whole; one of more in pages.
WHOLE, PAGE = 500, 200


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many lines of the document hold text, and how many of those the claims speak of."""

    lines: int
    covered: int


def prepare(view: View) -> dict[str, object]:
    """Return what the template shows first."""
    site, source, turn = view.layout.site, view.d.iri, view.layout.urls.page
    total = site.indexes.search.claims_in(source.value)
    whole = total <= WHOLE
    page = 1 if whole or view.only else view.page
    last = math.ceil(total / PAGE)
    first = (page - 1) * PAGE
    here = [] if whole else [Iri(claim) for claim in site.indexes.search.claims_of(source.value, PAGE, first)]
    among = ("claim", here) if here else None
    rows = ask(site.engine, "source_claims", {"source": source}, among=among) if whole or here else []
    claims = list(claim_lines(rows, site.vocabulary, view.layout.language).values())
    return {
        "facts_first": view.facts(
            DCTERMS + "publisher", DCTERMS + "date", DCTERMS + "issued", "reference", "lineCount"
        ),
        "claims": claims,
        "total": len(claims) if whole else total,
        "range": None if not here else (first + 1, first + len(here)),
        "modalities": modalities(claims) if whole else [],
        "coverage": coverage(view, claims) if whole else None,
        "previous": turn(view.key, {"page": str(min(page - 1, last))}) if page > 1 else None,
        "next": turn(view.key, {"page": str(page + 1)}) if here and first + len(here) < total else None,
        "query": shown("source_claims", {"source": source}),
        "hidden": (view.pointers("source"), view.facts("textLines", "md5")),
    }


def modalities(claims: list[ClaimLine]) -> list[tuple[Link, int]]:
    """Return how the claims are meant, the most frequent way first."""
    counted = Counter(claim.modality for claim in claims)
    return sorted(counted.items(), key=lambda item: (-item[1], item[0].iri.value))


def coverage(view: View, claims: list[ClaimLine]) -> Coverage | None:
    """Return the coverage; None where nothing says which lines hold text."""
    try:
        text = set(expand(view.one(CR + "textLines") or ""))
    except ValueError:
        return None
    told = {line for one in claims if one.first and one.last for line in range(one.first, one.last + 1)}
    return Coverage(len(text), len(text & told)) if text else None


def schema(view: View) -> dict[str, object]:
    """Return its part of the page's schema.org description."""
    data: dict[str, object] = {"@type": "Report"}
    publishers = [item.label.value for item in view.d.values(DCTERMS + "publisher") if item.label is not None]
    if publishers:
        data["publisher"] = [{"@type": "Organization", "name": name} for name in publishers]
    return data
