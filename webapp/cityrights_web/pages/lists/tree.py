"""A list whose things stand below one another, as a tree: the themes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from cityrights.catalogue import Found, Row

#: Things of a tree that one page shows; a longer list is shown page by page, and flat.
MOST = 500


@dataclass(frozen=True, slots=True)
class Branch:
    """A thing and what stands below it, both in the order of the list."""

    row: Row
    below: list[Branch] = field(default_factory=list)


def tree(found: Found, language: str) -> list[Branch] | None:
    """Return the whole list as a tree; None where it is none: narrowed, turned round, or too long for a page."""
    name = found.held.listing.tree
    if not name or found.selection.chosen or found.selection.sort != "name" or not 0 < found.total <= MOST:
        return None
    members = found.held.facets[name]
    branches = {row.thing.iri.value: Branch(row) for row in found.rows(language)}
    above: defaultdict[str, list[str]] = defaultdict(list)
    for item in found.items:
        above[found.held.iris[int(item)]] = [members.values[number] for number in members.own(int(item))]
    roots = []
    for iri, branch in branches.items():
        wider = [up for up in above[iri] if up in branches and not _reaches(above, up, iri)]
        for up in wider:
            branches[up].below.append(branch)
        if not wider:
            roots.append(branch)
    return roots


def _reaches(above: dict[str, list[str]], start: str, goal: str) -> bool:
    """Say whether ``goal`` stands above ``start``, or is it: then the two stand in a circle."""
    seen, waiting = set(), [start]
    while waiting:
        iri = waiting.pop()
        if iri == goal:
            return True
        if iri not in seen:
            seen.add(iri)
            waiting.extend(above.get(iri, ()))
    return False
