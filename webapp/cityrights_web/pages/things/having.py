"""The claims that have a modality or an aspect: how many, and a page of them with the query that finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cityrights.describe import ClaimLine, ask, shown
from cityrights.describe.claims import claim_lines
from cityrights_web.pages.things.view import View

#: Claims on a page; up to so many are put into the order of their documents.
PAGE, SORTED = 50, 500
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


def having(view: View) -> Having | None:
    """Return the page of the claims that has been asked for, the last one where there are not so many; None of none."""
    site, concept = view.around.site, view.d.iri
    total = site.claims_by_concept.get(concept.value, 0)
    if not total:
        return None
    in_order = total <= SORTED
    page = min(1 if view.only else view.page, -(-total // PAGE))
    first = (page - 1) * PAGE
    limit, offset = (None, 0) if in_order else (PAGE, first)
    rows = ask(site.engine, "concept_claims", {"concept": concept}, limit=limit, offset=offset)
    claims = list(claim_lines(rows, site.vocabulary, view.around.language).values())

    def turn(to: int) -> str:
        return view.around.urls.page(view.key, {"page": str(to)}) + f"#{_ID}"

    return Having(
        tuple(claims[first : first + PAGE] if in_order else claims),
        total,
        first + 1,
        in_order,
        turn(page - 1) if page > 1 else None,
        turn(page + 1) if page * PAGE < total else None,
        shown("concept_claims", {"concept": concept}) + ("" if in_order else f"LIMIT {PAGE}\n"),
    )
