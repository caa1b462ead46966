"""What an address says of a list, and the address that says it: parameters in one order, so that each state has one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from werkzeug.datastructures import MultiDict

from cityrights.catalogue import STATUSES, UNKNOWN, Listing, Selection
from cityrights_web.pages.lists.parameters import unknown
from cityrights_web.pages.request import refused, words

VIEWS: Final = ("list", "table", "map")
#: Values that can be chosen at once, in all facets together.
MOST: Final = 60
_DIGITS: Final = 18

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class State:
    """What is shown of a list: the selection, how, and which page of it, from 1."""

    listing: Listing
    selection: Selection
    view: str = "list"
    page: int = 1
    unknown: tuple[str, ...] = ()

    @classmethod
    def read(cls, listing: Listing, asked: MultiDict[str, str], also: Collection[str] = ()) -> State:
        """Read the parameters of a request. Raises a 400 that says what was expected of the first that is none.

        ``unknown`` has the names that are no parameter of the list, nor in ``also``.
        """
        chosen: dict[str, list[str]] = {}
        for facet in listing.facets:
            chosen[facet.name] = [key for key in asked.getlist(facet.name) if key]
            for key in chosen[facet.name]:
                if key != UNKNOWN and facet.name != "status" and facet.value(key) is None:
                    expected = words().faults.year if facet.numbers else words().faults.slug
                    raise refused(expected.format(name=facet.name, unknown=UNKNOWN))
        if sum(map(len, chosen.values())) > MOST:
            raise refused(words().faults.many_values.format(n=MOST))
        statuses = [key for key in asked.getlist("status") if key]
        everything = "all" in statuses
        known = ("all", *STATUSES, UNKNOWN) if listing.facet("status") else ("all",)
        if not set(statuses) <= set(known):
            raise refused(words().faults.one_of_or_none.format(name="status", known=", ".join(known)))
        sort = _one(asked, "sort", "name", [f"{sign}{name}" for name in listing.sorts for sign in ("", "-")])
        view = _one(asked, "view", "list", views(listing))
        selection = Selection.of(listing, chosen, everything=everything, sort=sort)
        return cls(listing, selection, view, _page(asked), unknown(listing, asked, also))

    def pairs(self) -> Pairs:
        """Return the parameters of this state in their order; what is as it is by default is left out."""
        pairs = [(name, key) for name, keys in self.selection.chosen for key in keys]
        if self.selection.everything:
            pairs.append(("status", "all"))
        if self.selection.sort != "name":
            pairs.append(("sort", self.selection.sort))
        if self.view != "list":
            pairs.append(("view", self.view))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return pairs

    def data_pairs(self) -> Pairs:
        """Return the parameters that matter to the data: those of the selection."""
        return replace(self, view="list", page=1).pairs()

    def turned(self, page: int) -> State:
        """Return another page of the same."""
        return replace(self, page=page)

    def seen(self, view: str) -> State:
        """Return the same in another view."""
        return replace(self, view=view, page=1)

    def sorted(self, sort: str) -> State:
        """Return the same in another order."""
        return replace(self, selection=replace(self.selection, sort=sort), page=1)

    def with_keys(self, facet: str, keys: Iterable[str]) -> State:
        """Return the state with these values chosen in a facet."""
        return replace(self, selection=self.selection.changed(self.listing, facet, keys), page=1)

    def without(self, facet: str, key: str) -> State:
        """Return the state without one of the values that are chosen."""
        return self.with_keys(facet, [each for each in self.selection.keys(facet) if each != key])

    def with_everything(self, wanted: bool) -> State:
        """Return the state with, or without, what is underway or planned."""
        return replace(self, selection=replace(self.selection, everything=wanted), page=1)

    def cleared(self) -> State:
        """Return the same list with nothing chosen."""
        return replace(self, selection=Selection(sort=self.selection.sort), page=1)


def views(listing: Listing) -> tuple[str, ...]:
    """Return the views that a list has: a map only where its things are somewhere."""
    return VIEWS if listing.place else VIEWS[:2]


def _one(asked: MultiDict[str, str], name: str, default: str, allowed: Iterable[str]) -> str:
    value = asked.get(name) or default
    known = list(allowed)
    if value not in known:
        raise refused(words().faults.one_of.format(name=name, known=", ".join(known)))
    return value


def _page(asked: MultiDict[str, str]) -> int:
    text = asked.get("page") or "1"
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) > 0):
        raise refused(words().faults.number.format(name="page"))
    return int(text)
