"""The WHERE of a query read as a tree: triple patterns, property paths, groups, sub-SELECTs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cityrights.vocabulary import RDF
from sparqlgate.text import writing
from sparqlgate.text.writing import Edit, Step, edited, walk

_TERMS = frozenset(("iri", "name", "var", "string", "number"))
_CONSTANTS = ("TRUE", "FALSE")
#: Words outside of WHERE that make one row of several; an aggregate alone does, too (SPARQL 1.1, section 11.1).
_GROUPING: Final = frozenset(("GROUP", "HAVING", "COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"))
#: Words that begin a part of what follows the WHERE.
_TAIL: Final = frozenset(("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"))
TYPE: Final = f"<{RDF}type>"


class Unreadable(ValueError):
    """A group is written in a way that is not read here."""


@dataclass(frozen=True, slots=True)
class Path:
    """A property path (SPARQL 1.1, section 9): ``kind`` is iri, inverse, sequence, either, more, maybe or not.

    ``text`` is as written, for ``more`` without its sign; ``parts`` are the paths that it is made of.
    """

    kind: str
    text: str
    parts: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern as written: its terms, a verb that may be a path, and the name in the GRAPH around it, if any.

    ``verb_at`` and ``object_at`` are where its verb and its object begin in the text.
    """

    subject: str
    predicate: str
    object: str
    graph: str = ""
    verb_at: int = field(default=-1, compare=False)
    object_at: int = field(default=-1, compare=False)
    path: Path | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """The pattern as SPARQL."""
        return f"{self.subject} {self.predicate} {self.object}"

    @property
    def whole(self) -> str:
        """The pattern as SPARQL, in the GRAPH around it."""
        return f"GRAPH {self.graph} {{ {self.text} }}" if self.graph else self.text

    @property
    def variables(self) -> frozenset[str]:
        """The names of its variables, without their sign."""
        return frozenset(
            term[1:] for term in (self.subject, self.predicate, self.object, self.graph) if is_variable(term)
        )


@dataclass(slots=True, eq=False)
class Part:
    """What stands in a group beside patterns, from the token ``start`` to before ``end``.

    ``kind`` is optional, union, group, graph, select, minus, absent (NOT EXISTS), exists, filter, bind, values,
    service or list. ``name`` is the graph, or the variable of BIND.
    """

    kind: str
    start: int
    end: int
    groups: tuple[Group, ...] = ()
    name: str = ""
    select: Select | None = None


@dataclass(slots=True, eq=False)
class Group:
    """A group between the tokens of its braces, in order."""

    start: int
    end: int
    elements: list[Pattern | Part] = field(default_factory=list)

    @property
    def patterns(self) -> list[Pattern]:
        """The patterns that all solutions meet: those that stand here, in braces alone, or in a GRAPH."""
        found: list[Pattern] = []
        for one in self.elements:
            if isinstance(one, Pattern):
                found.append(one)
            elif one.kind in ("group", "graph"):
                found += one.groups[0].patterns
        return found

    def parts(self, *kinds: str) -> Iterator[Part]:
        """Yield the parts of these kinds, those in braces alone or in a GRAPH included."""
        for one in self.elements:
            if isinstance(one, Part):
                if one.kind in kinds:
                    yield one
                if one.kind in ("group", "graph"):
                    yield from one.groups[0].parts(*kinds)

    @property
    def passed(self) -> set[str]:
        """What else the group has that a solution must meet: minus, select, service, and a union that is not alone."""
        found = {part.kind for part in self.parts("minus", "select", "service", "list")}
        return found | {part.kind for part in self.parts("union") if part not in self.elements}


def everything(group: Group) -> Iterator[Pattern | Part]:
    """Yield all that stands in a group, and in what stands in it."""
    for one in group.elements:
        yield one
        if isinstance(one, Part):
            for each in (*one.groups, *((one.select.where,) if one.select else ())):
                yield from everything(each)


@dataclass(slots=True, eq=False)
class Select:
    """A SELECT, of the whole query or within: ``columns`` are names with their expressions, None for ``*``.

    ``keys`` are what it is grouped by: a name with its expression, the name empty where the expression has none.
    Expressions are from one token to before another. ``order`` and ``values`` are ORDER BY and VALUES of the tail.
    """

    start: int
    distinct: bool
    columns: dict[str, range | None] | None
    where: Group
    end: int
    grouped: bool = False
    keys: list[tuple[str, range | None]] = field(default_factory=list)
    words: frozenset[str] = frozenset()
    order: range = range(0)
    values: range = range(0)


def is_variable(term: str) -> bool:
    """Say whether a term as written is a variable."""
    return term[:1] in ("?", "$")


class Reader:
    """Reads the groups of a query, given its tokens. What has no name (``[]``, ``_:b``) becomes a variable."""

    def __init__(self, text: str, steps: Sequence[Step]) -> None:
        self.text = text
        self.steps = steps
        self.match: dict[int, int] = {}
        self._blank = writing.fresh(text, "blank")
        self._blanks: dict[str, str] = {}
        opened: list[int] = []
        for place, step in enumerate(steps):
            if step.opened:
                opened.append(place)
            elif step.closed:
                self.match[opened.pop()] = place

    def is_blank(self, term: str) -> bool:
        """Say whether a term stands for something without a name."""
        return term.startswith(self._blank)

    def select(self, at: int, end: int) -> Select:
        """Read the SELECT whose word is the token ``at``, which ends before ``end``. Raises Unreadable."""
        place, distinct = at + 1, self.word(at + 1) in ("DISTINCT", "REDUCED")
        place += distinct
        columns: dict[str, range | None] | None = {}
        while not self.is_sign(place, "{") and self.word(place) not in ("WHERE", "FROM"):
            step = self.steps[place]
            if step.token.text == "*":
                columns = None
            elif columns is not None and step.token.kind == "var":
                columns[step.token.text[1:]] = None
            elif columns is not None and step.opened:
                last = self.match[place]
                columns[self.steps[last - 1].token.text[1:]] = range(place + 1, last - 2)
                place = last
            place += 1
        while not self.is_sign(place, "{"):
            place += 1
            if place >= end:
                raise Unreadable
        found = Select(at, distinct, columns, self.group(place), end)
        self._tail(found, self.match[place] + 1, {self.word(one) for one in range(at, place)})
        return found

    def _tail(self, found: Select, at: int, words: set[str]) -> None:
        """Read what follows the WHERE of a SELECT."""
        part, begins, depth = "", at, 0
        for place in range(at, found.end + 1):
            word = self.word(place) if place < found.end else "END"
            step = self.steps[place] if place < found.end else None
            if depth == 0 and (word in _TAIL or word == "END"):
                if part == "ORDER":
                    found.order = range(begins, place)
                elif part == "VALUES":
                    found.values = range(begins, place)
                elif part == "GROUP":
                    found.keys = list(self._keys(begins + 2, place))
                part, begins = word, place
            words.add(word)
            if step is not None:
                depth += bool(step.opened) - bool(step.closed)
        found.words = frozenset(words - {"END"})
        found.grouped = bool(words & _GROUPING)

    def _keys(self, at: int, end: int) -> Iterator[tuple[str, range | None]]:
        while at < end:
            step = self.steps[at]
            if step.token.kind == "var":
                yield step.token.text[1:], None
                at += 1
            elif step.opened:
                last = self.match[at]
                named = self.word(last - 2) == "AS"
                yield (
                    (self.steps[last - 1].token.text[1:], range(at + 1, last - 2))
                    if named
                    else ("", range(at, last + 1))
                )
                at = last + 1
            else:  # the name of a function
                last = self.match[at + 1]
                yield "", range(at, last + 1)
                at = last + 1

    def group(self, start: int, graph: str = "") -> Group:
        """Read the group whose brace is the token ``start``. Raises Unreadable."""
        found, at, end = Group(start, self.match[start]), start + 1, self.match[start]
        if self.word(at) == "SELECT":
            found.elements.append(Part("select", at, end, select=self.select(at, end)))
            return found
        while at < end:
            at = self._element(found, at, graph)
        return found

    def _element(self, found: Group, at: int, graph: str) -> int:
        """Read one element of a group; return where the next begins."""
        word, text = self.word(at), self.steps[at].token.text
        if text == ".":
            return at + 1
        if text == "{":
            groups, end = [self.group(at, graph)], self.match[at] + 1
            while self.word(end) == "UNION":
                groups.append(self.group(end + 1, graph))
                end = self._past(end + 1, "{")
            kind = "union" if len(groups) > 1 else "group"
            return self._add(found, Part(kind, at, end, tuple(groups)))
        if word in ("OPTIONAL", "MINUS"):
            end = self._past(at + 1, "{")
            return self._add(found, Part(word.lower(), at, end, (self.group(at + 1, graph),)))
        if word == "GRAPH":
            name, end = self.steps[at + 1].token.text, self._past(at + 2, "{")
            return self._add(found, Part("graph", at, end, (self.group(at + 2, name),), name))
        if word == "FILTER":
            return self._filter(found, at, graph)
        if word == "BIND":
            end = self._past(at + 1, "(")
            return self._add(found, Part("bind", at, end, name=self.steps[end - 2].token.text[1:]))
        if word == "VALUES":
            end = self._past(at + 1, "(") if self.is_sign(at + 1, "(") else at + 2
            return self._add(found, Part("values", at, self._past(end, "{")))
        if word == "SERVICE":
            end = self._past(at + (3 if self.word(at + 1) == "SILENT" else 2), "{")
            return self._add(found, Part("service", at, end))
        return self._triples(found, at, graph)

    def _add(self, found: Group, part: Part) -> int:
        found.elements.append(part)
        return part.end

    def _filter(self, found: Group, at: int, graph: str) -> int:
        brace = at + 1
        while self.word(brace) in ("NOT", "EXISTS"):
            brace += 1
        if brace > at + 1 and self.is_sign(brace, "{"):
            kind = "absent" if self.word(at + 1) == "NOT" else "exists"
            return self._add(found, Part(kind, at, self._past(brace, "{"), (self.group(brace, graph),)))
        if not self.is_sign(brace, "("):
            brace += 1  # the name of a function
        return self._add(found, Part("filter", at, self._past(brace, "(")))

    def _triples(self, found: Group, at: int, graph: str) -> int:
        """Read the patterns that share a subject, each with its verb and object written out."""
        subject, at = self._node(found, at, graph)
        return at if self._ends(at) else self._properties(found, subject, at, graph)

    def _properties(self, found: Group, subject: str, at: int, graph: str) -> int:
        while not self._ends(at):
            verb_at = self.steps[at].token.start
            path, at = self._path(at)
            while True:
                item_at, place = self.steps[at].token.start, len(found.elements)
                item, at = self._node(found, at, graph)
                made = Pattern(subject, path.text, item, graph, verb_at, item_at, path)
                found.elements.insert(place, made)
                if not self.is_sign(at, ","):
                    break
                at += 1
            if not self.is_sign(at, ";") and not self._ends(at):
                raise Unreadable(self.steps[at].token.text)
            while self.is_sign(at, ";"):
                at += 1
        return at

    def _node(self, found: Group, at: int, graph: str) -> tuple[str, int]:
        """Read a term, or what has no name, which becomes a variable with patterns of its own."""
        token = self.steps[at].token
        if token.text == "[":
            name = self._unnamed(f"[{at}")
            if self.match[at] > at + 1:
                self._properties(found, name, at + 1, graph)
            return name, self.match[at] + 1
        if token.kind == "name" and token.text.startswith("_:"):
            return self._unnamed(token.text), at + 1
        if token.text == "(":
            found.elements.append(Part("list", at, self.match[at] + 1))
            return self._unnamed(f"({at}"), self.match[at] + 1
        return self.term(at)

    def _unnamed(self, key: str) -> str:
        return self._blanks.setdefault(key, f"{self._blank}{len(self._blanks) + 1}")

    def _path(self, at: int) -> tuple[Path, int]:
        """Read a verb: ``either`` of sequences of steps."""
        start, either = at, list[Path]()
        while True:
            first, steps = at, list[Path]()
            while True:
                step, at = self._path_step(at)
                steps.append(step)
                if not self.is_sign(at, "/"):
                    break
                at += 1
            either.append(steps[0] if len(steps) == 1 else Path("sequence", self._between(first, at), tuple(steps)))
            if not self.is_sign(at, "|"):
                break
            at += 1
        return either[0] if len(either) == 1 else Path("either", self._between(start, at), tuple(either)), at

    def _path_step(self, at: int) -> tuple[Path, int]:
        start, token = at, self.steps[at].token
        if token.text == "^":
            inner, at = self._path_step(at + 1)
            return Path("inverse", self._between(start, at), (inner,)), at
        if token.text == "!":
            inner, at = self._path_step(at + 1)
            return Path("not", self._between(start, at), inner.parts if inner.kind == "either" else (inner,)), at
        if token.text == "(":
            found, end = self._path(at + 1)
            if end != self.match[at]:
                raise Unreadable(token.text)
            at = end + 1
            found = Path(found.kind, self._between(start, at), found.parts)
        elif token.kind in ("iri", "name", "var") or self.word(at) == "A":
            at += 1
            found = Path("iri", token.text)
        else:
            raise Unreadable(token.text)
        while any(self.is_sign(at, sign) for sign in "?*+"):
            kind = "maybe" if self.is_sign(at, "?") else "more"
            found = Path(kind, self._between(start, at + 1), (found,))
            at += 1
        return found, at

    def term(self, at: int) -> tuple[str, int]:
        """Read a term and say where the next token is; a blank node or a list gives no text. Raises Unreadable."""
        step = self.steps[at]
        if step.token.text in ("[", "("):
            return "", self.match[at] + 1
        if step.token.text in ("+", "-"):
            at += 1
            if self.steps[at].token.kind != "number":
                raise Unreadable(step.token.text)
        elif step.token.kind not in _TERMS and self.word(at) not in _CONSTANTS:
            raise Unreadable(step.token.text)
        at += 1
        if step.token.kind == "string":
            if self.steps[at].token.kind == "lang":
                at += 1
            elif self.is_sign(at, "^^"):
                at += 2
        last = self.steps[at - 1].token
        return self.text[step.token.start : last.start + len(last.text)], at

    def _ends(self, at: int) -> bool:
        """Whether no further verb or object of the same subject stands here."""
        step = self.steps[at]
        keyword = step.token.kind == "word" and self.word(at) != "A"
        return keyword or step.closed or step.token.text in (".", "{")

    def _past(self, at: int, bracket: str) -> int:
        if not self.is_sign(at, bracket) or at not in self.match:
            raise Unreadable(self.steps[min(at, len(self.steps) - 1)].token.text)
        return self.match[at] + 1

    def _between(self, first: int, end: int) -> str:
        last = self.steps[end - 1].token
        return self.text[self.steps[first].token.start : last.start + len(last.text)]

    def is_sign(self, at: int, sign: str) -> bool:
        """Say whether the token at a place is this sign."""
        return at < len(self.steps) and self.steps[at].token.text == sign

    def word(self, at: int) -> str:
        """Return the word at a place in capitals, nothing where no word is."""
        token = self.steps[at].token if at < len(self.steps) else None
        return token.text.upper() if token is not None and token.kind == "word" else ""

    def variables(self, places: range) -> set[str]:
        """Return the names of the variables of the tokens of a range."""
        return {self.steps[at].token.text[1:] for at in places if self.steps[at].token.kind == "var"}


def declared(steps: Sequence[Step]) -> dict[str, str]:
    """Return the prefixes that the query declares."""
    found = {}
    for keyword, name, iri in zip(steps, steps[1:], steps[2:], strict=False):
        if keyword.form:
            break
        if keyword.token.text.upper() == "PREFIX" and name.token.kind == "name" and iri.token.kind == "iri":
            found[name.token.text[:-1]] = iri.token.text[1:-1]
    return found


#: Words of a SELECT within that may leave none of its rows although its patterns match.
_CUTTING: Final = frozenset({"HAVING", "LIMIT", "OFFSET"})


@dataclass(slots=True)
class Needed:
    """What every row needs: patterns, and one of the alternatives of each union. ``unread``: other things as well."""

    patterns: list[Pattern] = field(default_factory=list)
    unions: list[Part] = field(default_factory=list)
    unread: bool = False

    def add(self, inner: Needed) -> None:
        """Take in what a group within needs."""
        self.patterns += inner.patterns
        self.unions += inner.unions
        self.unread |= inner.unread


def needed(reader: Reader, group: Group) -> Needed:
    """Return what every row of a group needs a match of, in braces, GRAPHs and SELECTs within it, too."""
    found = Needed()
    for one in group.elements:
        if isinstance(one, Pattern):
            found.patterns.append(one)
        elif one.kind in ("group", "graph"):
            found.add(needed(reader, one.groups[0]))
        elif one.kind == "union":
            found.unions.append(one)
        elif one.kind == "select" and one.select is not None and _is_open(reader, one, one.select):
            found.add(needed(reader, one.select.where))
            found.unread |= bool(one.select.words & _CUTTING)
        elif one.kind in ("select", "minus", "service", "list"):
            found.unread = True
    return found


def _is_open(reader: Reader, part: Part, select: Select) -> bool:
    """Say whether the patterns of a SELECT within may stand outside of it, with the same names for the same things.

    Counted without GROUP BY it has a row whatever matches. What it does not hand out is another thing than what has
    that name outside.
    """
    if select.grouped and not select.keys:
        return False
    if select.columns is None:
        return True
    own, outside = set[str](), set[str]()
    for place, step in enumerate(reader.steps):
        if step.token.kind == "var":
            (own if part.start <= place < part.end else outside).add(step.token.text[1:])
    return not (own - set(select.columns)) & outside


def optionals(reader: Reader, where: int) -> Iterator[Group]:
    """Yield the group of each OPTIONAL of the group whose brace is the token ``where``."""
    end, at = reader.match[where], where + 1
    while at < end:
        if reader.word(at) == "OPTIONAL":
            yield reader.group(at + 1)
            at += 1
        at = reader.match[at] + 1 if reader.steps[at].opened else at + 1


def with_terms(text: str, terms: Mapping[str, object]) -> str:
    """Return a query with terms in place of variables in its patterns: a library question with its parameters.

    Raises as the guard does.
    """
    steps = list(walk(text))
    return edited(text, list(_put_in(steps, {name: str(term) for name, term in terms.items()})))


def _put_in(steps: Sequence[Step], terms: Mapping[str, str], without: tuple[int, int] = (0, 0)) -> Iterator[Edit]:
    """Yield the edits that put terms in the place of variables, but where something is bound to them."""
    for at, step in enumerate(steps):
        token, name = step.token, step.token.text[1:]
        aimed = at > 0 and steps[at - 1].token.text.upper() == "AS"
        put = token.kind == "var" and name in terms and step.kind == "pattern" and not aimed
        if put and not without[0] <= at <= without[1]:
            yield token.start, token.start + len(token.text), terms[name]


def with_values(text: str, steps: Sequence[Step]) -> str:
    """Return a query with the terms of the first VALUES of one row in its patterns as well, so that they are seen."""
    reader = Reader(text, steps)
    at = next((place for place, step in enumerate(steps) if step.token.text.upper() == "VALUES"), None)
    if at is None or steps[at].kind != "pattern":
        return text
    several = steps[at + 1].token.text == "("
    brace = reader.match[at + 1] + 1 if several else at + 2
    names = [step.token.text[1:] for step in steps[at + 1 : brace] if step.token.kind == "var"]
    place, terms = brace + 1 + several, list[str]()
    while len(terms) < len(names):
        term, place = reader.term(place)
        terms.append(term)
    if place + several != reader.match[brace] or "" in terms or "UNDEF" in terms:
        return text
    return edited(text, list(_put_in(steps, dict(zip(names, terms, strict=True)), (at, place))))


def other_scheme(iri: str) -> str:
    """Return an IRI with https for http, and the other way."""
    scheme, colon, rest = iri.partition("://")
    return f"{'http' if scheme == 'https' else 'https'}://{rest}" if colon and scheme in ("http", "https") else ""


def local_name(iri: str) -> str:
    """Return the last part of an IRI."""
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]
