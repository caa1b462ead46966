"""What can be asked about: classes, their properties, and where each property leads. Made by :mod:`.load`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from cityrights.namespaces import CR

#: How many properties a condition follows at most: its own, and those of two things on the way.
DEEPEST = 3
#: What separates the properties that a condition follows, in addresses.
STEP = "."
_STATUS = CR + "status"


class Kind(StrEnum):
    """What the values of a property are, which decides how one asks for them."""

    THING = "thing"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CODE = "code"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Property:
    """One way from a thing to others or to texts, numbers and dates.

    ``name`` stands for it in addresses. ``iris`` has one property or several that mean the same. ``classes`` are those
    of its values; with ``inverse`` the values are the things that have this one as their value. The values of a
    ``transitive`` property count over any number of steps; with ``narrower`` a value stands for those below it
    (``skos:broader``), too. The labels of ``concept`` values are common nouns.
    """

    name: str
    iris: tuple[str, ...]
    kind: Kind
    classes: tuple[str, ...] = ()
    inverse: bool = False
    transitive: bool = False
    narrower: bool = False
    concept: bool = False


Path = tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Class:
    """One class of things: its name in addresses, its IRI, how many things it has, and their properties."""

    name: str
    iri: str
    count: int
    properties: tuple[Property, ...]

    def get(self, name: str) -> Property | None:
        """Return the property of that name."""
        return next((each for each in self.properties if each.name == name), None)

    @property
    def status(self) -> Property | None:
        """The property that says whether a thing exists yet; None where nothing does."""
        return next((each for each in self.properties if each.iris == (_STATUS,) and not each.inverse), None)


@dataclass(frozen=True)
class Schema:
    """Every class that can be asked about, by name; those that people ask about most come first.

    ``naming`` are the properties that say what a thing is called. ``shaped`` says that the classes are those of the
    shapes, whose things have one label in each language; other graphs promise nothing.
    """

    classes: Mapping[str, Class]
    naming: tuple[str, ...]
    shaped: bool = True

    @cached_property
    def by_iri(self) -> Mapping[str, Class]:
        """The classes by their IRIs."""
        return {each.iri: each for each in self.classes.values()}

    def beyond(self, step: Property) -> Class | None:
        """Return the class whose properties can be followed from the values of a property: None where none is sure."""
        return self.by_iri.get(step.classes[0]) if step.kind is Kind.THING and len(step.classes) == 1 else None

    def path(self, of: Class, text: str) -> Path:
        """Return the properties that a path in an address names, from the things of a class on.

        Raises KeyError with the first name that is none, ValueError for a path that is too long.
        """
        names = text.split(STEP)
        if len(names) > DEEPEST:
            raise ValueError(f"a condition follows at most {DEEPEST} properties")
        found: list[Property] = []
        at: Class | None = of
        for name in names:
            step = at.get(name) if at is not None else None
            if step is None:
                raise KeyError(name)
            found.append(step)
            at = self.beyond(step)
        return tuple(found)


def path_name(path: Path) -> str:
    """Return what stands for a path in addresses; the inverse of :meth:`Schema.path`."""
    return STEP.join(step.name for step in path)
