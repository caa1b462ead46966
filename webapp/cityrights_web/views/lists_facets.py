"""What an address says of a list and the address that says it; the facets as a page shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from werkzeug.datastructures import MultiDict

from cityrights.indexes.facets import STATUSES, UNKNOWN, Found, Listing, Selection, Value
from cityrights.library.names import nearest
from cityrights.terms import Literal
from cityrights.translations import CATALOGUE
from cityrights_web.layout import Layout
from cityrights_web.responses import refused, words

#: Parameters of every list, beside its facets.
KNOWN: Final = frozenset({"status", "sort", "view", "page", "lang"})
#: What others add to addresses to follow their readers, and what keeps a measured page from coming from a cache.
_PASSING: Final = frozenset(
    {
        "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "mc_cid",
        "mc_eid", "measured", "n",
    }
)  # fmt: skip
_PASSING_STARTS: Final = ("_", "utm_")
#: Parameters that are named, and characters of each: an address may have many, and long ones.
_MOST, _LONGEST = 5, 60
_NEAR: Final = 0.5
#: So many values of a facet are looked through for those like one that there is not.
_LOOKED_AT: Final = 3_000


def unknown(listing: Listing, asked: Iterable[str], also: Collection[str] = ()) -> tuple[str, ...]:
    """Return the names among ``asked`` that are no parameter of the list, nor among those that pass in silence."""
    facets = {facet.name for facet in listing.facets}
    known = facets | KNOWN | set(also) | _PASSING
    names = (name for name in asked if name and name not in known and not name.startswith(_PASSING_STARTS))
    return tuple(dict.fromkeys(name[:_LONGEST] for name in names))[:_MOST]


def told_of(listing: Listing, name: str) -> str:
    """Say that the list has no such parameter, and which facets it has: those spelt like it first."""
    facets = [facet.name for facet in listing.facets]
    near = nearest(name.lower(), facets, len(facets), _NEAR)
    known = ", ".join([*near, *(facet for facet in facets if facet not in near)])
    return words().faults.unknown_parameter.format(name=name, known=known)


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


def missing(layout: Layout, found: Found, beside: Found | None = None) -> Iterator[tuple[str, str, str]]:
    """Yield each chosen value that no thing of the list has: its facet, its key, and which others may be meant.

    One that is said of several governments together (``beside``) is known.
    """
    for name, key in found.missing:
        if beside is not None and name in beside.held.facets and beside.held.facets[name].has(key):
            continue
        facet = found.held.facets[name]
        known = (facet.facet.key(facet.values[number]) for number in range(min(len(facet), _LOOKED_AT)))
        near = [] if facet.facet.numbers else nearest(key, known)
        asked = CATALOGUE[layout.language].parameters.near.format(near=", ".join(near)) if near else ""
        yield layout.words.lists.facets[name], key, asked


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


#: Values that are shown at once; the others are one click away.
AT_ONCE: Final = 8
#: Values of one facet that a page holds at most: the rest is found by narrowing another facet first.
_MOST_VALUES: Final = 150
#: Facets that stand open before anything is chosen.
_OPEN: Final = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """One value to choose, with those below it; ``also`` is how often it is said of several governments together."""

    value: Value
    below: list[Choice] = field(default_factory=list)
    also: int = 0

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


def groups(layout: Layout, found: Found, beside: Found | None = None) -> list[Group]:
    """Return the facets of a list that can tell its things apart, or in which something is chosen.

    ``beside`` is what is said of several governments together of the same choice: its counts stand beside those of the
    list, and what it alone has is a choice, too.
    """
    shown: list[Group] = []
    for facet in found.held.listing.facets:
        values = [_named(layout, value) for value in found.values(facet.name, layout.language, _MOST_VALUES)]
        also = _also(layout, found, beside, facet.name)
        counted = {value.key: value.count for value in also}
        held = {value.key for value in values}
        values += [replace(value, count=0) for value in also if value.key not in {*held, UNKNOWN}]
        keys = found.selection.keys(facet.name)
        if not keys and not [value for value in values if value.key != UNKNOWN]:
            continue
        roots = _trees(values, counted)
        picked = [root for root in roots[AT_ONCE:] if root.value.chosen or root.opened]
        first = roots[:AT_ONCE] + picked
        others = [root for root in roots[AT_ONCE:] if root not in picked]
        cut = len([value for value in values if value.key != UNKNOWN]) >= _MOST_VALUES
        word = layout.words.lists.facets[facet.name]
        opened = bool(keys) or len(shown) < _OPEN or (facet.name == "status" and found.selection.everything)
        shown.append(Group(facet.name, word, first, others, len(keys), opened, cut))
    return shown


def chips(layout: Layout, found: Found, state: State, beside: Found | None = None) -> Iterator[Chip]:
    """Yield what is chosen, each with the way to take it back; ``beside`` knows what values are called, too."""
    for name, keys in found.selection.chosen:
        for key in keys:
            without = layout.urls.site(f"/{state.listing.name}", state.without(name, key).pairs())
            yield Chip(layout.words.lists.facets[name], label(layout, found, name, key, beside), without)


def label(layout: Layout, found: Found, facet: str, key: str, beside: Found | None = None) -> Literal:
    """Return what a key is called: by its label, or where no thing has it as it was written."""
    if key == UNKNOWN:
        return Literal(layout.words.lists.unknown)
    members = found.held.facets[facet]
    number = members.number(key)
    if number is None and beside is not None and facet in beside.held.facets:
        members = beside.held.facets[facet]
        number = members.number(key)
    return Literal(key) if number is None else members.label(number, layout.language)


def _named(layout: Layout, value: Value) -> Value:
    if value.key != UNKNOWN:
        return value
    return Value(UNKNOWN, Literal(layout.words.lists.unknown), value.count, value.chosen)


def _also(layout: Layout, found: Found, beside: Found | None, name: str) -> list[Value]:
    """Return the values of a facet that are said of several governments together, with how often.

    Of kinds these are the ones below those of the list: a list of institutions is not narrowed by kinds of services.
    """
    if beside is None or name not in beside.held.facets:
        return []
    chosen = found.selection.keys(name)
    values = [
        replace(value, chosen=value.key in chosen)
        for value in beside.values(name, layout.language)
        if value.count or value.key in chosen
    ]
    if name != "kind":
        return values
    kept = layout.site.indexes.facets.kinds_together(found.held.listing.name)
    return [value for value in values if beside.held.facets[name].facet.value(value.key) in kept]


def _trees(values: list[Value], also: Mapping[str, int]) -> list[Choice]:
    """Put narrower values below wider ones; a lone root over everything would tell nothing apart, so it is left out."""
    choices = {value.key: Choice(value, also=also.get(value.key, 0)) for value in values}
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
