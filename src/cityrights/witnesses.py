"""What solutions of a WHERE are made of: it is written anew, so that parts have to be met, and paths become triples."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from cityrights.patterns import TYPE, Group, Part, Path, Pattern, Reader, Select, Unreadable, is_variable
from sparqlgate.text import writing

#: What each variable is written as, where that is another name or a term.
Names: TypeAlias = Mapping[str, str]
#: The part that is taken of what may be there or not: its first token → which of its groups.
Chosen: TypeAlias = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Met:
    """A pattern that every solution of a text meets, as that text names its terms."""

    pattern: Pattern
    subject: str
    predicate: Path
    object: str
    graph: str


class Writer:
    """Writes a group anew. ``chosen`` parts have to be met; ``left`` (by their first tokens) are left out.

    ``before`` is what NOT EXISTS may not see: the names of graphs, as SPARQL. ``met`` are the patterns written so far
    that every solution of the text meets.
    """

    def __init__(
        self,
        reader: Reader,
        names: Names,
        chosen: Chosen,
        left: frozenset[int] = frozenset(),
        before: Sequence[str] = (),
        fresh: Iterator[int] | None = None,
    ) -> None:
        self._reader, self._chosen, self._left, self._before = reader, chosen, left, before
        self.names = dict(names)
        self._mark = writing.fresh(reader.text, "each")
        self._fresh = fresh or itertools.count(1)
        self.met: list[Met] = []

    def fresh(self) -> str:
        """Return a variable that is used nowhere else."""
        return f"{self._mark}{next(self._fresh)}"

    def term(self, term: str) -> str:
        """Write a term."""
        return self.names.get(term[1:], term) if is_variable(term) else TYPE if term in ("a", "A") else term

    def words(self, places: range) -> str:
        """Write the tokens of a range, their variables named."""
        steps, text = self._reader.steps, self._reader.text
        if not places:
            return ""
        begin = steps[places[0]].token.start
        last = steps[places[-1]].token
        edits = [
            (token.start, token.start + len(token.text), self.term(token.text))
            for token in (steps[at].token for at in places)
            if token.kind == "var"
        ]
        return writing.edited(text, edits, begin, last.start + len(last.text))

    def group(self, group: Group, *, met: bool = True) -> str:
        """Write what stands in a group, without its braces."""
        return " ".join(self._element(one, group, met=met) for one in group.elements)

    def _element(self, one: Pattern | Part, group: Group, *, met: bool) -> str:
        if isinstance(one, Pattern):
            return self._pattern(one, met=met)
        if one.start in self._left:
            return ""
        chosen = self._chosen.get(one.start) if met else None
        if one.kind == "union" and chosen is not None:
            return f"{{ {self.group(one.groups[chosen])} }}"
        if one.kind == "union":
            return " UNION ".join(f"{{ {self.group(each, met=False)} }}" for each in one.groups)
        if one.kind in ("group", "graph"):
            before = f"GRAPH {self.term(one.name)} " if one.kind == "graph" else ""
            return f"{before}{{ {self.group(one.groups[0], met=met)} }}"
        if one.kind == "optional":
            if chosen is None:
                return f"OPTIONAL {{ {self.group(one.groups[0], met=False)} }}"
            # A condition of what is OPTIONAL may look at what stands before it (SPARQL 1.1, section 18.2.2.6).
            inner = self.group(one.groups[0])
            looks = {name for part in one.groups[0].parts("filter") for name in self._named(part)}
            return inner if looks - visible(self._reader, one.groups[0]).keys() else f"{{ {inner} }}"
        if one.kind == "exists" and chosen is not None:
            return self._exists(one, group)
        if one.kind == "absent" and self._before:
            return f"FILTER NOT EXISTS {{ {self._earlier(one.groups[0])} }}"
        if one.kind == "select" and chosen is not None and one.select is not None:
            return self._within(one.select)
        if one.kind in ("bind", "values"):
            return self._bound(one)
        return "" if one.kind == "list" else self.words(range(one.start, one.end))

    def _pattern(self, one: Pattern, *, met: bool) -> str:
        subject, item, graph = (self.term(term) for term in (one.subject, one.object, one.graph))
        path = one.path or Path("iri", one.predicate)
        verb = self.term(path.text) if path.kind == "iri" else path.text
        if met:
            self.met.append(Met(one, subject, Path(path.kind, verb, path.parts), item, graph))
        return f"{subject} {verb} {item} ."

    def _named(self, part: Part) -> set[str]:
        return self._reader.variables(range(part.start, part.end))

    def _exists(self, one: Part, group: Group) -> str:
        """Write what has to be there beside the rest, under names of its own."""
        kept = self.names
        own = self._named(one) - visible(self._reader, group).keys()
        self.names = {**kept, **{name: self.fresh() for name in own}}
        inner = self.group(one.groups[0])
        self.names = kept
        return inner

    def _earlier(self, group: Group) -> str:
        """Write patterns as they were before some graphs: a path of several steps is asked of all of them."""
        written = []
        for one in group.elements:
            if isinstance(one, Pattern) and one.path is not None and one.path.kind == "iri" and not one.graph:
                graph = self.fresh()
                written.append(f"GRAPH {graph} {{ {self._pattern(one, met=False)} }}")
                written.append(f"FILTER({graph} NOT IN ({', '.join(self._before)}))")
            else:
                written.append(self._element(one, group, met=False))
        return " ".join(written)

    def _bound(self, one: Part) -> str:
        """Write BIND or VALUES: a name that is a term by now is compared with what it would be bound to."""
        targets = {one.name} if one.kind == "bind" else self._reader.variables(range(one.start, one.end))
        known = {name: term for name in targets if (term := self.names.get(name)) and not is_variable(term)}
        if not known:
            return self.words(range(one.start, one.end))
        kept = self.names
        self.names = {**kept, **{name: self.fresh() for name in known}}
        if one.kind == "bind":  # what it is made of keeps its name
            inside = range(one.start + 2, one.end - 3)
            target, self.names = self.names[one.name], kept
            text = f"BIND({self.words(inside)} AS {target})"
            named = {one.name: target}
        else:
            text, named = self.words(range(one.start, one.end)), {name: self.names[name] for name in known}
            self.names = kept
        return text + "".join(f" FILTER(sameTerm({named[name]}, {term}))" for name, term in known.items())

    def _within(self, select: Select) -> str:
        """Write a sub-SELECT, and beside it what its rows are made of."""
        kept, shown = self.names, self.words(range(select.start, select.end))
        keys = keys_of(self._reader, select)
        certain = sure(self._reader, select.where, self._chosen)
        self.names = {
            name: self.term(f"?{name}") if name in keys and name in certain else self.fresh()
            for name in self._reader.variables(range(select.where.start, select.where.end))
        }
        inner = self.group(select.where)
        more = ""
        for name in keys:
            if name not in certain and name in self.names:
                one, other = kept.get(name, f"?{name}"), self.names[name]
                more += f" FILTER(sameTerm({one}, {other}) || (!BOUND({one}) && !BOUND({other})))"
        self.names = kept
        return f"{{ {shown} }} {{ {inner} }}{more}"


def keys_of(reader: Reader, select: Select) -> list[str]:
    """Return the names that tell the rows of a sub-SELECT apart, as its WHERE has them. Raises Unreadable."""
    inside = visible(reader, select.where)
    if select.grouped:
        if any(expression is not None for _, expression in select.keys):
            raise Unreadable("GROUP BY")
        wanted = [name for name, _ in select.keys]
    else:
        wanted = list(inside if select.columns is None else select.columns)
    return [name for name in wanted if name in inside and (select.columns is None or name in select.columns)]


def visible(
    reader: Reader, group: Group, chosen: Chosen = MappingProxyType({}), left: frozenset[int] = frozenset()
) -> dict[str, None]:
    """Return the names of the variables that solutions of a group may have, in their order."""
    found: dict[str, None] = {}
    for one in group.elements:
        if isinstance(one, Pattern):
            terms = (one.graph, one.subject, one.predicate, one.object)
            found |= dict.fromkeys(term[1:] for term in terms if is_variable(term) and not reader.is_blank(term))
        elif one.kind in ("optional", "union", "group", "graph"):
            if is_variable(one.name):
                found[one.name[1:]] = None
            taken = one.groups[chosen[one.start] :][:1] if one.start in chosen else one.groups
            for each in taken if one.start not in left else ():
                found |= visible(reader, each, chosen, left)
        elif one.kind == "bind":
            found[one.name] = None
        elif one.kind in ("values", "service"):
            found |= dict.fromkeys(sorted(reader.variables(range(one.start, one.end))))
        elif one.select is not None:
            inside = visible(reader, one.select.where)
            found |= dict.fromkeys(inside if one.select.columns is None else one.select.columns)
    return found


def sure(reader: Reader, group: Group, chosen: Chosen) -> set[str]:
    """Return the names of the variables that every solution of a group has, with the parts that are chosen."""
    found: set[str] = set()
    for one in group.elements:
        if isinstance(one, Pattern):
            found |= one.variables
        elif one.kind in ("group", "graph") or (one.kind in ("optional", "exists", "union") and one.start in chosen):
            found |= sure(reader, one.groups[chosen.get(one.start, 0)], chosen)
            if is_variable(one.name):
                found.add(one.name[1:])
        elif one.kind == "union":
            found |= set.intersection(*(sure(reader, each, chosen) for each in one.groups))
        elif one.kind == "values" and "UNDEF" not in {reader.word(at) for at in range(one.start, one.end)}:
            found |= reader.variables(range(one.start, one.end))
        elif one.select is not None:
            select = one.select
            inside = sure(reader, select.where, chosen)
            found |= inside if select.columns is None else inside & {n for n, e in select.columns.items() if e is None}
    return found


def spread(group: Group) -> Iterator[tuple[dict[int, int], Group]]:
    """Yield each group whose patterns a solution may meet, with what has to be chosen for that; the outermost first."""
    yield {}, group
    for part in group.parts("optional", "exists", "union", "select"):
        inner = part.groups if part.select is None else (part.select.where,)
        for place, each in enumerate(inner):
            for chosen, last in spread(each):
                yield {part.start: place, **chosen}, last


def ways(group: Group) -> Iterator[dict[int, int]]:
    """Yield every choice of alternatives, and of what is OPTIONAL that it is there: first all of it, then less."""
    found: list[list[dict[int, int]]] = []
    for part in group.parts("optional", "exists", "union", "select"):
        inner = part.groups if part.select is None else (part.select.where,)
        options = [{part.start: place, **more} for place, each in enumerate(inner) for more in ways(each)]
        found.append([*options, {}] if part.kind == "optional" else options)
    for choice in itertools.product(*found):
        yield {place: taken for each in choice for place, taken in each.items()}


def stated(met: Met, fresh: Iterator[str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield what a pattern is made of: triples (subject, verb, object), each after what leads to it, as SPARQL."""
    yield from _steps(met.predicate, met.subject, met.object, fresh)


def _steps(path: Path, one: str, other: str, fresh: Iterator[str]) -> Iterator[tuple[str, str, str, str]]:
    if path.kind == "iri":
        verb = path.text.strip("() ")
        yield "", one, TYPE if verb in ("a", "A") else verb, other
    elif path.kind == "inverse":
        yield from _steps(path.parts[0], other, one, fresh)
    elif path.kind in ("either", "maybe"):
        for part in path.parts:
            yield from _steps(part, one, other, fresh)
    elif path.kind == "sequence":
        ends = [one, *(next(fresh) for _ in path.parts[1:]), other]
        whole = [f"{a} {part.text} {b} . " for part, a, b in zip(path.parts, ends, ends[1:], strict=False)]
        for at, part in enumerate(path.parts):
            around = "".join(text for place, text in enumerate(whole) if place != at)
            for before, subject, verb, item in _steps(part, ends[at], ends[at + 1], fresh):
                yield around + before, subject, verb, item
    elif path.kind == "more":
        a, b = next(fresh), next(fresh)
        around = f"{one} ({path.parts[0].text})* {a} . {b} ({path.parts[0].text})* {other} . "
        for before, subject, verb, item in _steps(path.parts[0], a, b, fresh):
            yield around + before, subject, verb, item
    else:
        for turned in (False, True):
            never = [
                part.parts[0] if part.kind == "inverse" else part for part in path.parts if _turned(part) == turned
            ]
            if never:
                verb, (a, b) = next(fresh), (other, one) if turned else (one, other)
                names = ", ".join(TYPE if part.text in ("a", "A") else part.text for part in never)
                yield f"{a} {verb} {b} FILTER({verb} NOT IN ({names})) ", a, verb, b


def _turned(part: Path) -> bool:
    return part.kind == "inverse"
