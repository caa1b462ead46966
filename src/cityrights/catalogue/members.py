"""One facet of one list: which things have which value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cityrights.catalogue.arrays import Arrays
from cityrights.catalogue.lists import UNKNOWN, Facet
from cityrights.catalogue.names import Names
from cityrights.describe.model import Link
from cityrights.describe.terms import Iri, Literal

Mask = NDArray[np.bool_]


class Members:
    """The values of a facet, numbered, and the things that have each."""

    def __init__(self, arrays: Arrays, name: str, facet: Facet, languages: Sequence[str], shown: Sequence[str]) -> None:
        self.facet = facet
        self.values = arrays.texts(f"{name}/value")
        self.parents: NDArray[np.int32] = arrays.get(f"{name}/parent")
        self.unknown: NDArray[np.int32] = arrays.get(f"{name}/unknown")
        self._starts, self._things = arrays.get(f"{name}/starts"), arrays.get(f"{name}/things")
        self._own_starts, self._own = arrays.get(f"{name}/own_starts"), arrays.get(f"{name}/own")
        self._names = None if facet.numbers else Names.read(arrays, name, languages, shown)
        if self._names is not None:
            self.longitude, self.latitude = arrays.get(f"{name}/longitude"), arrays.get(f"{name}/latitude")

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def _number(self) -> dict[str, int]:
        return {value: number for number, value in enumerate(self.values)}

    def number(self, key: str) -> int | None:
        """Return the number of the value with this key, None when no thing of the list has it."""
        value = self.facet.value(key)
        return None if value is None else self._number.get(value)

    def has(self, key: str) -> bool:
        """Say whether any thing of the list has this value."""
        return self.number(key) is not None

    def things(self, key: str) -> NDArray[np.int32]:
        """Return the things that have a value, or one below it; of ``unknown``, those that have none."""
        if key == UNKNOWN:
            return self.unknown
        number = self.number(key)
        return self._things[:0] if number is None else self._things[self._starts[number] : self._starts[number + 1]]

    def mask(self, keys: Iterable[str]) -> Mask:
        """Return which things have one of these values."""
        mask = np.zeros(len(self._own_starts) - 1, bool)
        for key in keys:
            mask[self.things(key)] = True
        return mask

    def counts(self, mask: Mask) -> NDArray[np.int64]:
        """Return how many things of ``mask`` have each value: no value is without things, so reduceat may be used."""
        if not len(self.values):
            return np.zeros(0, np.int64)
        return np.add.reduceat(mask[self._things], self._starts[:-1], dtype=np.int64)

    def own(self, thing: int) -> Iterator[int]:
        """Yield the numbers of the values that are stated of a thing."""
        yield from self._own[self._own_starts[thing] : self._own_starts[thing + 1]].tolist()

    def owned(self, things: NDArray[np.int32]) -> Iterator[tuple[int, ...]]:
        """Yield for each of the things what :meth:`own` does, in one go."""
        own, starts, ends = self._own, self._own_starts[things].tolist(), self._own_starts[things + 1].tolist()
        for first, last in zip(starts, ends, strict=True):
            yield tuple(own[first:last].tolist())

    def label(self, number: int, language: str) -> Literal:
        """Return what a value is called."""
        return self._names.label(number, language) if self._names else Literal(self.values[number])

    def link(self, number: int, language: str) -> Link:
        """Return a value with its label."""
        return Link(Iri(self.values[number]), self.label(number, language))

    def ranks(self, language: str) -> NDArray[np.int64]:
        """Return the place of each value in the order of names; years stand from the latest back."""
        if self._names is None:
            return np.argsort(np.argsort([-int(value) for value in self.values]))
        ranks = np.empty(len(self.values), np.int64)
        ranks[self._names.order(language)] = np.arange(len(self.values))
        return ranks

    def numbers(self) -> NDArray[np.float64]:
        """Return the first year of each thing, NaN where none is known."""
        found = np.full(len(self._own_starts) - 1, np.nan)
        years = np.array([int(value) for value in self.values], np.float64)
        held = np.diff(self._own_starts) > 0
        if held.any():
            found[held] = np.minimum.reduceat(years[self._own], self._own_starts[:-1][held])
        return found
