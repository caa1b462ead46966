"""What things are called, in the languages of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cityrights.catalogue.arrays import Arrays, Texts
from cityrights.describe.terms import Literal
from cityrights.library import nearest


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
