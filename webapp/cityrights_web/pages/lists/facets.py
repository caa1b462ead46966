"""The facets as a page shows them: values with counts and marks, folded where they are many; and the chosen ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cityrights.catalogue import UNKNOWN, Found, Value
from cityrights.describe import Literal
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.lists.state import State

#: Values that are shown at once; the others are one click away.
AT_ONCE: Final = 8
#: Values of one facet that a page holds at most: the rest is found by narrowing another facet first.
_MOST: Final = 150
#: Facets that stand open before anything is chosen.
_OPEN: Final = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """One value to choose, with those below it."""

    value: Value
    below: list[Choice] = field(default_factory=list)

    @property
    def opened(self) -> bool:
        """Say whether something below it is chosen."""
        return any(choice.value.chosen or choice.opened for choice in self.below)


@dataclass(frozen=True, slots=True)
class Group:
    """One facet: its first values, the others, how many are chosen, and whether it stands open."""

    name: str
    word: str
    first: list[Choice]
    others: list[Choice]
    chosen: int
    opened: bool
    cut: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """One chosen value and the address of the list without it."""

    facet: str
    label: Literal
    remove: str


def groups(around: Frame, found: Found) -> list[Group]:
    """Return the facets of a list that can tell its things apart, or in which something is chosen."""
    shown: list[Group] = []
    for facet in found.held.listing.facets:
        values = [_named(around, value) for value in found.values(facet.name, around.language, _MOST)]
        keys = found.selection.keys(facet.name)
        if not keys and not [value for value in values if value.key != UNKNOWN]:
            continue
        roots = _trees(values)
        picked = [root for root in roots[AT_ONCE:] if root.value.chosen or root.opened]
        first = roots[:AT_ONCE] + picked
        others = [root for root in roots[AT_ONCE:] if root not in picked]
        cut = len([value for value in values if value.key != UNKNOWN]) >= _MOST
        word = around.words.lists.facets[facet.name]
        opened = bool(keys) or len(shown) < _OPEN or (facet.name == "status" and found.selection.everything)
        shown.append(Group(facet.name, word, first, others, len(keys), opened, cut))
    return shown


def chips(around: Frame, found: Found, state: State) -> Iterator[Chip]:
    """Yield what is chosen, each with the way to take it back."""
    for name, keys in found.selection.chosen:
        for key in keys:
            without = around.urls.site(f"/{state.listing.name}", state.without(name, key).pairs())
            yield Chip(around.words.lists.facets[name], label(around, found, name, key), without)


def label(around: Frame, found: Found, facet: str, key: str) -> Literal:
    """Return what a key is called: by its label, or where no thing has it as it was written."""
    if key == UNKNOWN:
        return Literal(around.words.lists.unknown)
    members = found.held.facets[facet]
    number = members.number(key)
    return Literal(key) if number is None else members.label(number, around.language)


def _named(around: Frame, value: Value) -> Value:
    if value.key != UNKNOWN:
        return value
    return Value(UNKNOWN, Literal(around.words.lists.unknown), value.count, value.chosen)


def _trees(values: list[Value]) -> list[Choice]:
    """Put narrower values below wider ones; a lone root over everything would tell nothing apart, so it is left out."""
    choices = {value.key: Choice(value) for value in values}
    roots: list[Choice] = []
    for value in values:
        above = choices.get(value.above or "")
        (above.below if above is not None and not _circle(choices, value) else roots).append(choices[value.key])
    while len(known := [root for root in roots if root.value.key != UNKNOWN]) == 1:
        if known[0].value.chosen or not known[0].below:
            break
        roots = [*known[0].below, *(root for root in roots if root.value.key == UNKNOWN)]
    return roots


def _circle(choices: dict[str, Choice], value: Value) -> bool:
    """Say whether a value is above itself; graphs of others may say so."""
    seen, above = {value.key}, value.above
    while above in choices:
        if above in seen:
            return True
        seen.add(above)
        above = choices[above].value.above
    return False
