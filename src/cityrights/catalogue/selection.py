"""What a reader wants of a list: values of facets, what does not exist yet or not, and an order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cityrights.catalogue.lists import Listing


@dataclass(frozen=True, slots=True)
class Selection:
    """A choice among the things of a list, in canonical form: the same choice is the same Selection.

    ``chosen`` has facets in the order of the list, each with its keys in order: a thing needs one of the keys of each
    facet. What is underway or planned is left out unless ``everything``, or unless statuses are chosen.
    """

    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    everything: bool = False
    sort: str = "name"

    @classmethod
    def of(
        cls, listing: Listing, chosen: Mapping[str, Iterable[str]], *, everything: bool = False, sort: str = "name"
    ) -> Selection:
        """Return the selection; facets that the list does not have are left out."""
        kept = []
        for facet in listing.facets:
            keys = tuple(sorted(set(chosen.get(facet.name, ()))))
            if keys and not (facet.name == "status" and everything):
                kept.append((facet.name, keys))
        return cls(tuple(kept), everything, sort)

    def keys(self, facet: str) -> tuple[str, ...]:
        """Return the keys chosen in a facet."""
        return dict(self.chosen).get(facet, ())

    @property
    def settled_only(self) -> bool:
        """Say whether what is underway or planned is left out."""
        return not self.everything and not self.keys("status")

    def changed(self, listing: Listing, facet: str, keys: Iterable[str]) -> Selection:
        """Return the selection with these keys in a facet, and the others as they are."""
        return Selection.of(listing, {**dict(self.chosen), facet: keys}, everything=self.everything, sort=self.sort)
