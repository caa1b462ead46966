"""Facets as arrays in one file, mapped into memory: which things have which value, and what they are called."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cityrights.indexes.facets.lists import UNKNOWN, Facet
from cityrights.library.queries import nearest
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal

#: The folder of the arrays in a snapshot.
FOLDER: Final = "catalogue"
_DATA: Final = "arrays.bin"
_HEAD: Final = "catalogue.json"
#: Each array starts at a multiple of this, in bytes, so that any element type may be read in place.
_ALIGNED: Final = 64

Integers = NDArray[np.int64]


class ArrayWriter:
    """Gathers arrays by name and writes them to a folder."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}

    def add(self, name: str, array: NDArray[Any]) -> None:
        """Take in an array under a name that no other has."""
        assert name not in self._arrays, name
        self._arrays[name] = np.ascontiguousarray(array)

    def add_texts(self, name: str, texts: Sequence[str]) -> None:
        """Take in strings, as their UTF-8 and where each begins."""
        encoded = [text.encode("utf-8", "replace") for text in texts]
        starts = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(text) for text in encoded], out=starts[1:])
        self.add(f"{name}/text", np.frombuffer(b"".join(encoded), np.uint8))
        self.add(f"{name}/starts", starts)

    def write(self, folder: Path) -> None:
        """Write everything into ``folder``, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        head: dict[str, tuple[str, int, int]] = {}
        with (folder / _DATA).open("wb") as file:
            for name, array in self._arrays.items():
                file.write(b"\0" * (-file.tell() % _ALIGNED))
                head[name] = (array.dtype.str, len(array), file.tell())
                file.write(array.tobytes())
            file.write(b"\0" * _ALIGNED)  # a map cannot be empty
        (folder / _HEAD).write_text(json.dumps(head, indent=0) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Texts(Sequence[str]):
    """Strings that stay in the file until one is read."""

    text: memoryview
    starts: Integers

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, index: Any) -> Any:
        return str(self.text[self.starts[index] : self.starts[index + 1]], "utf-8")


class Arrays:
    """The arrays of a folder, read in place; they cannot be changed."""

    def __init__(self, folder: Path) -> None:
        """Map the file. Raises OSError or ValueError when it is not there or not whole."""
        self._head: Mapping[str, tuple[str, int, int]] = json.loads((folder / _HEAD).read_text("utf-8"))
        with (folder / _DATA).open("rb") as file:
            self._map = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def __contains__(self, name: str) -> bool:
        return name in self._head

    def get(self, name: str) -> NDArray[Any]:
        """Return the array of that name; of a name that there is not, KeyError."""
        kind, length, offset = self._head[name]
        return np.frombuffer(self._map, np.dtype(kind), length, offset)

    def texts(self, name: str) -> Texts:
        """Return the strings of that name."""
        _, length, offset = self._head[f"{name}/text"]
        return Texts(self._map[offset : offset + length], self.get(f"{name}/starts"))


@dataclass(frozen=True, slots=True)
class Texted:
    """Strings, each with its language."""

    texts: Texts
    codes: NDArray[np.uint16]
    languages: Sequence[str]

    @classmethod
    def read(cls, arrays: Arrays, name: str, languages: Sequence[str]) -> Texted:
        """Find the column of that name."""
        return cls(arrays.texts(name), arrays.get(f"{name}/language"), languages)

    def __getitem__(self, index: int) -> Literal:
        return Literal(self.texts[index], self.languages[self.codes[index]])


@dataclass(frozen=True, slots=True)
class Names:
    """The labels of things, and the order that they give."""

    labels: Mapping[str, Texted]
    orders: Mapping[str, NDArray[np.int32]]

    @classmethod
    def read(cls, arrays: Arrays, name: str, languages: Sequence[str], shown: Sequence[str]) -> Names:
        """Find the labels of a list or of a facet's values."""
        return cls(
            {language: Texted.read(arrays, f"{name}/label/{language}", languages) for language in shown},
            {language: arrays.get(f"{name}/order/{language}") for language in shown},
        )

    def label(self, index: int, language: str) -> Literal:
        """Return what a thing is called for a reader of ``language``."""
        return self.labels[nearest(language)][index]

    def order(self, language: str) -> NDArray[np.int32]:
        """Return the numbers of the things in the order of their names."""
        return self.orders[nearest(language)]


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
