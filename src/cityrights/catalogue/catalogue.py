"""The catalogue of a snapshot: opened once, asked by every list."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cityrights.catalogue.arrays import FOLDER, Arrays
from cityrights.catalogue.found import Found
from cityrights.catalogue.lists import LISTS, UNKNOWN, UNSETTLED, WHERE, Listing
from cityrights.catalogue.members import Mask, Members
from cityrights.catalogue.names import Names, Texted
from cityrights.catalogue.selection import Selection
from cityrights.describe.terms import Literal
from cityrights.errors import SnapshotError
from cityrights.library import LANGUAGES, nearest


class Catalogue:
    """Every list of a snapshot, read from its arrays; safe to use from several threads."""

    def __init__(self, arrays: Arrays) -> None:
        languages = list(arrays.texts("languages"))
        self._lists = {name: List(arrays, listing, languages) for name, listing in LISTS.items()}

    @classmethod
    def open(cls, snapshot: str | Path) -> Catalogue:
        """Open the catalogue in a snapshot's folder.

        Raises SnapshotError with the command that makes one when there is none, or when it is of another form.
        """
        folder = Path(snapshot)
        try:
            return cls(Arrays(folder / FOLDER))
        except (OSError, ValueError, KeyError) as error:
            raise SnapshotError(f"the snapshot in {folder} has no catalogue; run: cityrights build") from error

    def list(self, name: str) -> List:
        """Return the list of that name; of a name that there is not, KeyError."""
        return self._lists[name]


class List:
    """One list: its things, their names, and the members of each facet."""

    def __init__(self, arrays: Arrays, listing: Listing, languages: list[str]) -> None:
        self.listing = listing
        name = listing.name
        self.iris = arrays.texts(f"{name}/iri")
        self.names = Names.read(arrays, name, languages, LANGUAGES)
        self._summaries = {
            language: Texted.read(arrays, f"{name}/summary/{language}", languages) for language in LANGUAGES
        }
        self.facets = {
            facet.name: Members(arrays, f"{name}/facet/{facet.name}", facet, languages, LANGUAGES)
            for facet in listing.facets
        }
        self.where = (
            Members(arrays, f"{name}/where", WHERE, languages, LANGUAGES) if f"{name}/where/unknown" in arrays else None
        )
        self.numbers = arrays.get(f"{name}/number") if listing.number else None
        self.longitude, self.latitude = arrays.get(f"{name}/longitude"), arrays.get(f"{name}/latitude")

    def __len__(self) -> int:
        return len(self.iris)

    def summary(self, thing: int, language: str) -> Literal:
        """Return the sentence about a thing, empty where there is none."""
        return self._summaries[nearest(language)][thing]

    @cached_property
    def _settled(self) -> Mask:
        """Return which things exist: all but what is underway or planned."""
        mask = np.ones(len(self), bool)
        status = self.facets.get("status")
        if status is not None:
            for iri in UNSETTLED:
                mask[status.things(status.facet.key(iri))] = False
        return mask

    def select(self, selection: Selection, language: str = "en") -> Found:
        """Return the things that a selection has, in its order, and the counts of every facet.

        A facet's own choice does not narrow its own counts. ``hidden`` is how many more there would be with what is
        underway or planned.
        """
        masks = {name: self.facets[name].mask(keys) for name, keys in selection.chosen}
        everything = np.ones(len(self), bool)
        base = self._settled if selection.settled_only else everything
        chosen = base.copy()
        for mask in masks.values():
            chosen &= mask
        hidden = 0
        if selection.settled_only:
            all_of_them = everything.copy()
            for mask in masks.values():
                all_of_them &= mask
            hidden = int(np.count_nonzero(all_of_them)) - int(np.count_nonzero(chosen))
        counts, without = {}, {}
        for name, members in self.facets.items():
            scope = chosen
            if name in masks or name == "status":
                # What is left out by default is part of the choice of a status, so the statuses count it.
                scope = everything.copy() if name == "status" else base.copy()
                for other, mask in masks.items():
                    if other != name:
                        scope &= mask
            counts[name], without[name] = members.counts(scope), int(np.count_nonzero(scope[members.unknown]))
        missing = tuple(
            (name, key)
            for name, keys in selection.chosen
            for key in keys
            if key != UNKNOWN and not self.facets[name].has(key)
        )
        return Found(self, selection, self._ordered(chosen, selection.sort, language), hidden, counts, without, missing)

    def _ordered(self, mask: Mask, sort: str, language: str) -> NDArray[np.int32]:
        by_name = self.names.order(language)
        found = by_name[mask[by_name]]
        backwards, column = sort.startswith("-"), sort.removeprefix("-")
        if column == "name":
            return found[::-1] if backwards else found
        values = self.numbers if column == self.listing.counted else self.facets["year"].numbers()
        assert values is not None
        keys = values[found].astype(np.float64)
        # What has no number comes last either way; things with the same number stand in the order of their names.
        return found[np.argsort(np.where(np.isnan(keys), np.inf, -keys if backwards else keys), kind="stable")]
