"""Results that the next round may use again: each with what it was made from, and forgotten once any of that changes.

A check and a build are made of steps, each a function of files and of what a store answers. A step is given a store
that notes what it is asked (``Asked``): of which properties, and of which classes. As long as no statement with one of
those comes or goes, the step would be answered the same and so do the same: its result stands. What a query reads is
read from its text; of a text that is not understood, or that names no property, it is everything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

import pyoxigraph as ox

from cityrights import patterns
from cityrights.patterns import Group, Part, Pattern, Reader, everything, is_variable
from cityrights.vocabulary import PREFIXES, RDF
from sparqlgate.errors import GateError
from sparqlgate.text.writing import walk

T = TypeVar("T")

_TYPE: Final = RDF + "type"
#: The part of the statements that files make.
ASSERTED: Final = "asserted"
#: What is read by who reads everything.
ALL: Final = "*"
#: Words of a query whose answer is another one each time.
_UNSTEADY: Final = frozenset(("NOW", "RAND", "UUID", "STRUUID", "BNODE"))
#: Words that lead where no pattern is read here.
_ELSEWHERE: Final = frozenset(("SERVICE", "DESCRIBE", "BASE", "FROM", "LOAD", "INSERT", "DELETE"))


@dataclass(frozen=True, slots=True)
class Reads:
    """What a query reads: properties, classes (``a <IRI>``), and the properties that variables will stand for."""

    keys: frozenset[str]
    bound: frozenset[str] = frozenset()
    steady: bool = True


_EVERYTHING: Final = Reads(frozenset({ALL}))


def keys_of(quads: Iterable[ox.Quad]) -> set[str]:
    """Return what is another thing to who reads it when these statements come or go."""
    found = set[str]()
    for quad in quads:
        found.add(quad.predicate.value)
        if quad.predicate.value == _TYPE and isinstance(quad.object, ox.NamedNode):
            found.add(f"a {quad.object.value}")
    return found


@lru_cache(maxsize=2_000)
def reads(text: str) -> Reads:
    """Return what a query in our prefixes reads, by its text."""
    try:
        steps = list(walk(text))
        words = {step.token.text.upper() for step in steps if step.token.kind == "word"}
        if words & _UNSTEADY:
            return Reads(frozenset({ALL}), steady=False)
        names = "".join(step.token.text for step in steps if step.token.kind in ("iri", "name"))
        if words & _ELSEWHERE or "\\" in names:  # names that are written in another way than they are
            return _EVERYTHING
        reader = Reader(text, steps)
        begin = next(at for at, step in enumerate(steps) if step.form)
        groups = [at for at in range(begin, len(steps)) if steps[at].kind == "top" and reader.is_sign(at, "{")]
        if reader.word(begin) == "CONSTRUCT":
            groups = groups[1:]
        found = _Reading(reader, {**PREFIXES, **patterns.declared(steps)})
        for at in groups[:1]:
            found.take(reader.group(at), frozenset(), {})
        asked = sum(step.token.text.upper() == "EXISTS" for step in steps if step.token.kind == "word")
        if not groups or asked != found.exists:
            return _EVERYTHING
        return Reads(frozenset(found.keys), frozenset(found.bound))
    except (patterns.Unreadable, GateError, StopIteration, IndexError, KeyError):
        return _EVERYTHING


class _Reading:
    """The patterns of a query, gone through: what they read."""

    def __init__(self, reader: Reader, prefixes: Mapping[str, str]) -> None:
        self._reader, self._prefixes = reader, prefixes
        self.keys, self.bound = set[str](), set[str]()
        self.exists = 0

    def take(
        self, group: Group, around: frozenset[str], given: Mapping[str, list[str]], *, within: bool = False
    ) -> None:
        """Take in a group; ``around`` are terms of which the groups around it have patterns.

        ``given`` is what variables are there. ``within`` a SELECT in a query no term takes the place of a variable.
        """
        values = dict(given)
        for part in group.parts("values"):
            values |= self._values(part)
        tied = around | {
            term
            for one in group.patterns
            if one.path is not None and not _may_be_nothing(one.path)
            for term in (one.subject, one.object)
        }
        for one in group.elements:
            if isinstance(one, Pattern):
                self._pattern(one, values, tied, within=within)
                continue
            self.exists += one.kind in ("exists", "absent")
            if one.kind in ("service", "list") or (one.kind == "graph" and not any(everything(one.groups[0]))):
                self.keys.add(ALL)
            for each in one.groups:
                self.take(each, tied, values, within=within)
            if one.select is not None:  # has names of its own
                self.take(one.select.where, frozenset(), {}, within=True)

    def _pattern(self, one: Pattern, values: Mapping[str, list[str]], tied: frozenset[str], *, within: bool) -> None:
        path = one.path
        if path is None:
            self.keys.add(ALL)
        elif path.kind == "iri" and is_variable(path.text):
            name = path.text[1:]
            if name in values:
                self.keys.update(values[name])
            elif within:
                self.keys.add(ALL)
            else:
                self.bound.add(name)
        elif path.kind == "iri" and self._iri(path.text) == _TYPE and not is_variable(one.object):
            self.keys.add(f"a {self._iri(one.object)}")
        else:
            self._steps(path)
        if path is not None and _may_be_nothing(path):
            ends = (one.subject, one.object)
            if all(is_variable(end) for end in ends) and tied.isdisjoint(ends):
                self.keys.add(ALL)  # from each thing to itself

    def _steps(self, path: patterns.Path) -> None:
        if path.kind == "not" or (path.kind == "iri" and is_variable(path.text)):
            self.keys.add(ALL)
        elif path.kind == "iri":
            self.keys.add(self._iri(path.text))
        for part in path.parts:
            self._steps(part)

    def _values(self, part: Part) -> dict[str, list[str]]:
        """Return the IRIs that a VALUES gives each variable; none for one that is given another thing, too."""
        reader, at = self._reader, part.start + 1
        several = reader.is_sign(at, "(")
        ends = reader.match[at] if several else at + 1
        names = [step.token.text[1:] for step in reader.steps[at:ends] if step.token.kind == "var"]
        at = ends + 1 + several  # past the brace
        found: list[list[str]] = [[] for _ in names]
        while at < part.end - 1:
            at += several
            for given in found:
                term, at = reader.term(at)
                given.append(term)
            at += several
        return {
            name: list(map(self._iri, given))
            for name, given in zip(names, found, strict=True)
            if all(term[:1] == "<" or (term[:1] not in "\"'" and ":" in term) for term in given)
        }

    def _iri(self, term: str) -> str:
        """Return the IRI that a term is. Raises Unreadable for what is none, or of a prefix that is not known."""
        if term in ("a", "A"):
            return _TYPE
        if term.startswith("<"):
            return term[1:-1]
        prefix, colon, local = term.partition(":")
        if not colon or prefix not in self._prefixes:
            raise patterns.Unreadable(term)
        return self._prefixes[prefix] + local


def _may_be_nothing(path: patterns.Path) -> bool:
    """Say whether a path leads from a thing to itself, over no statement."""
    if path.kind == "maybe" or (path.kind == "more" and path.text.endswith("*")):
        return True
    if path.kind == "either":
        return any(map(_may_be_nothing, path.parts))
    return path.kind in ("sequence", "more", "inverse") and all(map(_may_be_nothing, path.parts))


@dataclass(frozen=True, slots=True)
class Around:
    """That each row of a query is about one thing: what it says depends on statements of that thing, and on ``others``.

    ``others`` are the properties and classes of patterns that the thing is not in. ``pointed`` says that statements
    which point to it matter, too.
    """

    others: frozenset[str]
    pointed: bool


@lru_cache(maxsize=500)
def around(text: str, variable: str) -> Around | None:
    """Return that the rows of a SELECT are about what a variable stands for; None where they may not be.

    They are where each pattern either has the variable for its subject or object, over one statement, or does not have
    it; and where a part that may be missing or absent has it only beside patterns that give it. So no row about one
    thing is another because of what is said of a second one.
    """
    try:
        steps = list(walk(text))
        words = [step.token.text.upper() for step in steps if step.token.kind == "word"]
        names = "".join(step.token.text for step in steps if step.token.kind in ("iri", "name"))
        begin = next(at for at, step in enumerate(steps) if step.form)
        reader = Reader(text, steps)
        if not _UNSTEADY.isdisjoint(words) or not _ELSEWHERE.isdisjoint(words) or "\\" in names:
            return None
        found = _ReadingAround(reader, {**PREFIXES, **patterns.declared(steps)}, variable)
        given = reader.word(begin) == "SELECT" and found.select(reader.select(begin, len(steps)))
    except (patterns.Unreadable, GateError, StopIteration, IndexError, KeyError):
        return None
    if not given or ALL in found.keys or words.count("EXISTS") != found.exists:
        return None
    return Around(frozenset(found.keys), found.pointed)


class _ReadingAround(_Reading):
    """The patterns of a query, gone through: those that a variable is not in, and whether it is given where it must be.

    Raises Unreadable where a row may depend on several things that it stands for.
    """

    def __init__(self, reader: Reader, prefixes: Mapping[str, str], variable: str) -> None:
        super().__init__(reader, prefixes)
        self._variable = variable
        self.pointed = False
        self._having = 0

    def select(self, select: patterns.Select) -> bool:
        """Take in a SELECT; say whether it gives the variable."""
        given, has = self._group(select.where, {}, given=False)
        columns, name = select.columns, self._variable
        if not has:
            if columns is not None and name in columns:
                raise patterns.Unreadable
            return False
        plain = columns is None or columns.get(name, range(0)) is None
        keyed = not select.grouped or (name, None) in select.keys
        if not (given and plain and keyed) or select.words & _CUT:
            raise patterns.Unreadable
        return True

    def _group(self, group: Group, around: Mapping[str, list[str]], *, given: bool) -> tuple[bool, bool]:
        """Take in a group; say whether it gives the variable, and whether a pattern in it has it at all."""
        before, values = self._having, dict(around)
        for part in group.parts("values"):
            values |= self._values(part)
        tests: list[Part] = []
        for one in group.elements:
            if isinstance(one, Pattern):
                given |= self._has(one, values)
            elif one.kind in ("exists", "absent"):
                tests.append(one)
            elif one.kind == "select" and one.select is not None:
                given |= self.select(one.select)
            elif one.kind in ("group", "graph", "union"):
                if one.kind == "graph" and not any(everything(one.groups[0])):
                    raise patterns.Unreadable  # which graphs there are
                gives = [self._group(each, values, given=False)[0] for each in one.groups]
                given |= all(gives)
            elif one.kind in ("optional", "minus"):
                inside, has = self._group(one.groups[0], values, given=False)
                if has and not (given and inside):
                    raise patterns.Unreadable
            elif one.kind in ("bind", "values"):
                if self._variable in (
                    {one.name} if one.kind == "bind" else self._reader.variables(range(one.start, one.end))
                ):
                    raise patterns.Unreadable
            elif one.kind != "filter":
                raise patterns.Unreadable
        for one in tests:
            self.exists += 1
            _, has = self._group(one.groups[0], values, given=given)
            if has and not given:
                raise patterns.Unreadable
        return given, self._having > before

    def _has(self, one: Pattern, values: Mapping[str, list[str]]) -> bool:
        """Take in a pattern; say whether it has the variable, over one statement."""
        ends = [end[1:] if is_variable(end) else "" for end in (one.subject, one.object)]
        path = one.path
        if self._variable not in ends or path is None or path.kind not in ("iri", "inverse", "either"):
            self._pattern(one, values, frozenset(), within=True)
            return False
        if path.kind != "iri" and any(part.kind != "iri" for part in path.parts):
            self._pattern(one, values, frozenset(), within=True)
            return False
        self.pointed |= ends[1] == self._variable or path.kind == "inverse"
        self._having += 1
        return True


#: Words by which a SELECT has not all rows, or others.
_CUT: Final = frozenset(("LIMIT", "OFFSET", "VALUES"))


class Asked:
    """A store that notes what it is asked; it answers what a step of a check or a build asks."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self.keys = set[str]()
        self.steady = True

    def query(self, query: str, **options: Any) -> Any:
        """Answer a query, as the store does."""
        told = reads(query) if options.get("prefixes", PREFIXES) is PREFIXES else _EVERYTHING
        self.steady &= told.steady
        self.keys |= told.keys
        if told.bound:
            values = {name.value: term for name, term in (options.get("substitutions") or {}).items()}
            known = [term.value for name in told.bound if isinstance(term := values.get(name), ox.NamedNode)]
            self.keys.update(known if len(known) == len(told.bound) else (ALL,))
        return self._store.query(query, **options)

    def quads_for_pattern(self, subject: Any, predicate: Any, value: Any, graph: Any = None) -> Iterator[ox.Quad]:
        """Yield statements, as the store does."""
        self._note(predicate, value)
        return self._store.quads_for_pattern(subject, predicate, value, graph)

    def __contains__(self, quad: ox.Quad) -> bool:
        self._note(quad.predicate, quad.object)
        return quad in self._store

    def __iter__(self) -> Iterator[ox.Quad]:
        self.keys.add(ALL)
        return iter(self._store)

    def _note(self, predicate: ox.NamedNode | None, value: object) -> None:
        if predicate is None:
            self.keys.add(ALL)
        elif predicate.value == _TYPE and isinstance(value, ox.NamedNode):
            self.keys.add(f"a {value.value}")
        else:
            self.keys.add(predicate.value)


@dataclass(frozen=True, slots=True)
class _Result:
    of: Hashable
    keys: frozenset[str]
    value: object


class Kept:
    """What one round leaves to the next. ``Kept(False)`` keeps nothing: each step is done whenever it is asked for."""

    def __init__(self, keeps: bool = True) -> None:
        self.keeps = keeps
        self._results: dict[Hashable, _Result] = {}
        self._quads: dict[str, frozenset[ox.Quad]] = {}
        self._taken: dict[str, tuple[ox.Quad, ...]] = {}
        #: Statements that came or went since somebody asked last, for who goes by things.
        self._moved: dict[str, set[ox.Quad]] = {}
        #: Is told what went and what came of the statements that a dataset is made of.
        self.told: Callable[[frozenset[ox.Quad], frozenset[ox.Quad]], object] = lambda _went, _came: None

    def of(self, name: Hashable, inputs: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` gave for these inputs, a digest of a file or the like; else what it gives now."""
        found = self._results.get(name)
        if found is not None and found.of == inputs:
            return cast(T, found.value)
        value = make()
        if self.keeps:
            self._results[name] = _Result(inputs, frozenset(), value)
        return value

    def asking(self, name: Hashable, inputs: Hashable, store: ox.Store, make: Callable[[ox.Store], T]) -> T:
        """Return what ``make`` gave for these inputs when nothing was changed of what it asked; else what it gives now.

        It reads nothing but its inputs and the store that it is given, and gives nothing that is changed later.
        """
        if not self.keeps:
            return make(store)
        found = self._results.get(name)
        if found is not None and found.of == inputs:
            around: object = store
            if isinstance(around, Asked):  # a step within a step: what the one asked the other has asked, too
                around.keys |= found.keys
            return cast(T, found.value)
        asked = Asked(store)
        # What reads asks a store for what Asked answers; the engine's own class cannot be derived from.
        value = make(cast(ox.Store, asked))
        if asked.steady:
            self._results[name] = _Result(inputs, frozenset(asked.keys), value)
        return value

    def renewed(self, name: Hashable, inputs: Hashable, make: Callable[[T | None], T]) -> T:
        """Return, and keep, what ``make`` gives from what it gave last for these inputs, None where that is gone."""
        found = self._results.get(name)
        value = make(cast(T, found.value) if found is not None and found.of == inputs else None)
        if self.keeps:
            self._results[name] = _Result(inputs, frozenset(), value)
        return value

    def made(self, name: Hashable) -> object:
        """Return what is another thing when a step has been done again; None where its result is not kept."""
        return self._results.get(name)

    def keys(self, part: str) -> set[str]:
        """Return what reads a part of the statements."""
        return keys_of(self._quads.get(part, ()))

    def part(self, part: str) -> frozenset[ox.Quad]:
        """Return what was taken for a part of the statements."""
        return self._quads.get(part, frozenset())

    def take(
        self, part: str, quads: Iterable[ox.Quad], among: str = "", before: Collection[Hashable] = ()
    ) -> tuple[frozenset[ox.Quad], frozenset[ox.Quad]]:
        """Take ``quads`` for what a part of the statements is now, and forget what read of those that came or went.

        Returns what went and what came.

        ``among`` is how the names of those results begin before which the part was in the store, where not all are;
        ``before`` are the names of those that are made before it is there.
        """
        if not self.keeps or (isinstance(quads, tuple) and self._taken.get(part) is quads):
            return frozenset(), frozenset()  # nothing of a tuple comes or goes
        if isinstance(quads, tuple):
            self._taken[part] = quads
        now, was = frozenset(quads), self._quads.get(part, frozenset())
        went, came = was - now, now - was
        moved = went | came
        self._quads[part] = now
        if not moved:
            return went, came
        if not among:
            self.told(went, came)
        for waiting in self._moved.values() if not among else ():
            waiting |= moved
        keys = keys_of(moved)
        for name, result in list(self._results.items()):
            if name in before or (among and not (isinstance(name, tuple) and name[0] == among)):
                continue
            if ALL in result.keys or not keys.isdisjoint(result.keys):
                del self._results[name]
        return went, came

    def keep_parts(self, begin: str, parts: Collection[str]) -> None:
        """Take all other parts that ``begin`` so for empty: a rule that made one is gone."""
        for part in self._quads.keys() - set(parts):
            if part.startswith(begin):
                self.take(part, ())
                del self._quads[part]
                self._taken.pop(part, None)

    def moved(self, reader: str) -> set[ox.Quad] | None:
        """Return what came or went since ``reader`` was up to date; None where it never was."""
        return self._moved.get(reader)

    def is_up_to_date(self, reader: str) -> None:
        """Begin to note what comes and goes for ``reader``."""
        if self.keeps:
            self._moved[reader] = set()


class Touched:
    """Steps whose rows are about one thing each, done again for the things of which something moved.

    They are asked a store that has nothing but what is said of these things, and what else the steps look at.
    """

    def __init__(self, kept: Kept, reader: str, store: ox.Store) -> None:
        self._kept, self._store = kept, store
        self._moved = kept.moved(reader)
        self._keys = keys_of(self._moved or ())
        moved = self._moved or ()
        subjects = {quad.subject for quad in moved if isinstance(quad.subject, ox.NamedNode)}
        objects = {quad.object for quad in moved if isinstance(quad.object, ox.NamedNode)}
        self._things = {False: subjects, True: subjects | objects}
        self._parts: dict[bool, ox.Store] = {}
        self._loaded: dict[bool, set[str]] = {False: set(), True: set()}

    def rows(
        self, name: Hashable, text: str, make: Callable[[ox.Store], list[T]], thing: Callable[[T], str]
    ) -> list[T]:
        """Return what ``make`` gives of a query, whose variable ``?where`` is the ``thing`` that a row is about."""
        about = around(text, "where") if self._kept.keeps else None
        if about is None:
            return self._kept.asking(name, text, self._store, make)

        def renewed(before: list[T] | None) -> list[T]:
            few = self._moved is not None and len(self._things[about.pointed]) <= _FEW
            if before is None or not few or not self._keys.isdisjoint(about.others):
                return make(self._store)
            told, touched = reads(text), {one.value for one in self._things[about.pointed]}
            if not told.bound and ALL not in told.keys and self._keys.isdisjoint(told.keys):
                return before
            again = [row for row in make(self._part(about)) if thing(row) in touched]
            return [*(row for row in before if thing(row) not in touched), *again]

        return self._kept.renewed(name, text, renewed)

    def _part(self, about: Around) -> ox.Store:
        """Return a store that has all that a step may look at of the things, and maybe more."""
        pointed, default = about.pointed, self._store
        if pointed not in self._parts:
            self._parts[pointed] = ox.Store()
            for thing in self._things[pointed]:
                self._parts[pointed].extend(default.quads_for_pattern(thing, None, None, None))
                if pointed:
                    self._parts[pointed].extend(default.quads_for_pattern(None, None, thing, None))
        for key in about.others - self._loaded[pointed]:
            verb, value = (_TYPE, ox.NamedNode(key[2:])) if key.startswith("a ") else (key, None)
            self._parts[pointed].extend(default.quads_for_pattern(None, ox.NamedNode(verb), value, None))
        self._loaded[pointed] |= about.others
        return self._parts[pointed]


#: Of more things than these all are looked at: that is as quick.
_FEW: Final = 400
#: Keeps nothing.
NOTHING: Final = Kept(False)
