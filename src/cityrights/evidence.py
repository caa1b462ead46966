"""Rewriting a SELECT so that each of its rows names the claims that back it up: sentence, source and lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from cityrights.vocabulary import PREFIXES, RDF
from sparqlgate.text.writing import Step, walk

_TERMS = frozenset(("iri", "name", "var", "string", "number"))
_CONSTANTS = ("TRUE", "FALSE")
_CR: Final = PREFIXES["cr"]
#: Words outside of WHERE that make one row of several; an aggregate alone does, too (SPARQL 1.1, section 11.1).
_GROUPING: Final = frozenset(("GROUP", "HAVING", "COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"))
#: Editors give the names, so no document backs them.
_NAMES: Final = frozenset(
    (PREFIXES["rdfs"] + "label", *(PREFIXES["skos"] + name for name in ("prefLabel", "altLabel", "broader")))
)
#: What is only said of claims.
_OF_CLAIMS: Final = frozenset(
    _CR + name
    for name in ("text", "modality", "aspect", "passage", "subject", "mentions", "conflictsWith", "heading", "saidBy")
)
#: More patterns than this would make the query that asks for them too large.
MOST_PATTERNS: Final = 24


class Unreadable(ValueError):
    """A group is written in a way that is not read here."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern as written: its three terms, and the variable of the GRAPH around it, or nothing.

    ``verb_at`` and ``object_at`` are where its verb and its object begin in the text.
    """

    subject: str
    predicate: str
    object: str
    graph: str = ""
    verb_at: int = field(default=-1, compare=False)
    object_at: int = field(default=-1, compare=False)

    @property
    def text(self) -> str:
        """The pattern as SPARQL."""
        return f"{self.subject} {self.predicate} {self.object}"

    @property
    def variables(self) -> frozenset[str]:
        """The names of its variables, without their sign."""
        terms = (self.subject, self.predicate, self.object, self.graph)
        return frozenset(term[1:] for term in terms if term[:1] in ("?", "$"))


@dataclass(slots=True)
class Group:
    """What was read of a group: ``unions`` are the places of the braces of each chain of alternatives.

    ``passed`` are the kinds of what was passed over: optional, minus, subquery, group, graph, path, blank.
    """

    patterns: list[Pattern] = field(default_factory=list)
    unions: list[list[int]] = field(default_factory=list)
    passed: set[str] = field(default_factory=set)


class Reader:
    """Reads the groups of a query, given its tokens."""

    def __init__(self, text: str, steps: Sequence[Step]) -> None:
        self._text = text
        self._steps = steps
        self.match: dict[int, int] = {}
        opened: list[int] = []
        for place, step in enumerate(steps):
            if step.opened:
                opened.append(place)
            elif step.closed:
                self.match[opened.pop()] = place

    def group(self, start: int, graph: str = "") -> Group:
        """Read the group whose brace is the token ``start``. Raises Unreadable."""
        found, at, end = Group(), start + 1, self.match[start]
        if self._word(at) == "SELECT":
            found.passed.add("subquery")
            return found
        while at < end:
            at = self._element(found, at, graph)
        return found

    def _element(self, found: Group, at: int, graph: str) -> int:
        """Read one element of a group; return where the next begins."""
        word, text = self._word(at), self._steps[at].token.text
        if text == ".":
            return at + 1
        if text == "{":
            return self._alternatives(found, at, graph)
        if word in ("OPTIONAL", "MINUS"):
            found.passed.add(word.lower())
            return self._past(at + 1, "{")
        if word == "GRAPH":
            return self._graph(found, at, graph)
        if word == "FILTER":
            return self._filter(at + 1)
        if word == "BIND":
            return self._past(at + 1, "(")
        if word == "VALUES":
            at = self._past(at + 1, "(") if self._is(at + 1, "(") else at + 2
            return self._past(at, "{")
        if word == "SERVICE":
            found.passed.add("group")
            return self._past(at + (3 if self._word(at + 1) == "SILENT" else 2), "{")
        return self._triples(found, at, graph)

    def _alternatives(self, found: Group, at: int, graph: str) -> int:
        branches = [at]
        at = self.match[at] + 1
        while self._word(at) == "UNION":
            branches.append(at + 1)
            at = self._past(at + 1, "{")
        if len(branches) > 1:
            found.unions.append(branches)
        else:  # braces alone: what is in them has to hold, as if it stood here
            self._take(found, self.group(branches[0], graph))
        return at

    def _take(self, found: Group, inner: Group) -> None:
        """Add what a group within has that every solution of the group has, too."""
        found.patterns += inner.patterns
        found.passed |= inner.passed | ({"group"} if inner.unions else set())

    def _graph(self, found: Group, at: int, graph: str) -> int:
        name = self._steps[at + 1].token
        if not self._is(at + 2, "{"):
            raise Unreadable("GRAPH")
        if name.kind == "var" and not graph:
            self._take(found, self.group(at + 2, name.text))
        else:
            found.passed.add("graph")
        return self.match[at + 2] + 1

    def _filter(self, at: int) -> int:
        while self._word(at) in ("NOT", "EXISTS"):
            at += 1
        if not (self._is(at, "(") or self._is(at, "{")):
            at += 1  # the name of a function
        return self._past(at, self._steps[at].token.text)

    def _triples(self, found: Group, at: int, graph: str) -> int:
        """Read the patterns that share a subject, each with its verb and object written out."""
        subject, at = self.term(at)
        if not subject:
            found.passed.add("blank")
        while not self._ends(at):
            verb_at = self._steps[at].token.start
            verb, at = self._verb(at)
            if not verb:
                found.passed.add("path")
            while True:
                item_at = self._steps[at].token.start
                item, at = self.term(at)
                if not item:
                    found.passed.add("blank")
                if subject and verb and item:
                    found.patterns.append(Pattern(subject, verb, item, graph, verb_at, item_at))
                if not self._is(at, ","):
                    break
                at += 1
            if not self._is(at, ";") and not self._ends(at):
                raise Unreadable(self._steps[at].token.text)
            while self._is(at, ";"):
                at += 1
        return at

    def _verb(self, at: int) -> tuple[str, int]:
        """Read a verb; a path longer than one property gives no text."""
        start, plain = at, True
        while True:
            while self._is(at, "^") or self._is(at, "!"):
                at, plain = at + 1, False
            if self._is(at, "("):
                at, plain = self._past(at, "("), False
            elif self._steps[at].token.kind in ("iri", "name", "var") or self._word(at) == "A":
                at += 1
            else:
                raise Unreadable(self._steps[at].token.text)
            while any(self._is(at, sign) for sign in "?*+"):
                at, plain = at + 1, False
            if not (self._is(at, "/") or self._is(at, "|")):
                break
            at, plain = at + 1, False
        return self._steps[start].token.text if plain else "", at

    def term(self, at: int) -> tuple[str, int]:
        """Read a term and say where the next token is; a blank node or a list gives no text. Raises Unreadable."""
        step = self._steps[at]
        if step.token.text in ("[", "("):
            return "", self.match[at] + 1
        if step.token.text in ("+", "-"):
            at += 1
            if self._steps[at].token.kind != "number":
                raise Unreadable(step.token.text)
        elif step.token.kind not in _TERMS and self._word(at) not in _CONSTANTS:
            raise Unreadable(step.token.text)
        at += 1
        if step.token.kind == "string":
            if self._steps[at].token.kind == "lang":
                at += 1
            elif self._is(at, "^^"):
                at += 2
        last = self._steps[at - 1].token
        blank = step.token.kind == "name" and step.token.text.startswith("_:")
        return "" if blank else self._text[step.token.start : last.start + len(last.text)], at

    def _ends(self, at: int) -> bool:
        """Whether no further verb or object of the same subject stands here."""
        step = self._steps[at]
        keyword = step.token.kind == "word" and self._word(at) != "A"
        return keyword or step.closed or step.token.text in (".", "{")

    def _past(self, at: int, bracket: str) -> int:
        if not self._is(at, bracket) or at not in self.match:
            raise Unreadable(self._steps[min(at, len(self._steps) - 1)].token.text)
        return self.match[at] + 1

    def _is(self, at: int, sign: str) -> bool:
        return at < len(self._steps) and self._steps[at].token.text == sign

    def _word(self, at: int) -> str:
        token = self._steps[at].token if at < len(self._steps) else None
        return token.text.upper() if token is not None and token.kind == "word" else ""


class NoEvidence(ValueError):
    """Evidence cannot be added. ``reason`` is why: select, dataset, groups, limit, claims, subquery, nothing or
    unreadable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class WithEvidence:
    """The query with its evidence, the columns that were added, the statements that are asked for, and what is not.

    ``passed`` are the kinds of patterns without evidence, as :class:`cityrights.evidence.Group` names them, and
    ``names`` for those that editors answer for.
    """

    query: str
    added: tuple[str, ...]
    statements: tuple[str, ...]
    passed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    claim: str
    source: str
    first: str
    last: str
    statement: str

    def all(self) -> tuple[str, ...]:
        return self.claim, self.source, self.first, self.last, self.statement


def with_evidence(text: str) -> WithEvidence:
    """Return a SELECT with the columns that say who says so.

    Raises NoEvidence where that cannot be done soundly, and QuerySyntaxError or QueryRefused as the screen does.
    """
    steps = list(walk(text, federated=True))
    if not steps or steps[-1].form != "select":
        raise NoEvidence("select")
    try:
        return _Select(text, steps).written()
    except (Unreadable, IndexError) as error:
        raise NoEvidence("unreadable") from error


class _Select:
    def __init__(self, text: str, steps: Sequence[Step]) -> None:
        self._text, self._steps = text, steps
        self._reader = Reader(text, steps)
        self._prefixes = declared(steps)
        self._start = next(place for place, step in enumerate(steps) if step.form)
        self._where = next(
            place for place, step in enumerate(steps) if step.kind == "top" and step.opened == "pattern" and step.form
        )
        self._clause = [place for place in range(self._start + 1, self._where) if steps[place].kind == "top"]
        self._tail = range(self._reader.match[self._where] + 1, len(steps))
        used = {step.token.text[1:] for step in steps if step.token.kind == "var"}
        self._columns = _Columns(*(_free(name, used) for name in _Columns.__slots__))

    def written(self) -> WithEvidence:
        self._check()
        words = {self._word(place) for place in self._tail}
        cut = bool(words & {"LIMIT", "OFFSET"})
        outer = self._reader.group(self._where)
        patterns, passed = self._backed(outer)
        if patterns and outer.unions:
            passed.add("group")
        if cut:
            return self._wrapped(self._within(patterns, passed), passed)
        if patterns:
            return self._result(self._edited({self._where: patterns}), patterns, passed)
        if len(outer.unions) != 1:
            raise NoEvidence(_why(passed))
        return self._alternatives(outer.unions[0], passed)

    def _check(self) -> None:
        clause = {self._word(place) for place in range(self._start, self._where)}
        tail = {self._word(place) for place in self._tail}
        if "FROM" in clause:
            raise NoEvidence("dataset")
        if (clause | tail) & _GROUPING:
            raise NoEvidence("groups")

    def _alternatives(self, braces: Iterable[int], passed: set[str]) -> WithEvidence:
        """Ask in each alternative for what it has; the columns are the same, as a row comes from one of them."""
        held: dict[int, list[Pattern]] = {}
        for brace in braces:
            patterns, more = self._backed(self._reader.group(brace))
            passed |= more
            if patterns:
                held[brace] = patterns
        if not held:
            raise NoEvidence(_why(passed))
        return self._result(self._edited(held), [each for patterns in held.values() for each in patterns], passed)

    def _backed(self, group: Group) -> tuple[list[Pattern], set[str]]:
        """Return the patterns of a group that documents may back, and the kinds of what else there is."""
        graphs = {pattern.graph for pattern in group.patterns} - {""}
        claims = graphs | {each.subject for each in group.patterns if self._is_claim(each)}
        claims |= {
            each.object
            for each in group.patterns
            if each.subject in claims and self._iri(each.predicate) == _CR + "passage"
        }
        kept: dict[Pattern, None] = {}
        passed = set(group.passed)
        for pattern in group.patterns:
            if pattern.subject in claims:
                passed.add("claims")
            elif self._iri(pattern.predicate) in _NAMES:
                passed.add("names")
            elif pattern.subject[0] in "\"'" or len(kept) >= MOST_PATTERNS:
                passed.add("group")
            else:
                kept[pattern] = None
        return list(kept), passed

    def _is_claim(self, pattern: Pattern) -> bool:
        """Whether the pattern can only be about a claim."""
        typed = pattern.predicate in ("a", "A") or self._iri(pattern.predicate) == RDF + "type"
        if typed:
            return self._iri(pattern.object) in (_CR + "Claim", _CR + "GroupClaim")
        return self._iri(pattern.predicate) in _OF_CLAIMS

    def _within(self, patterns: list[Pattern], passed: set[str]) -> list[Pattern]:
        """Return the patterns whose variables can leave a query that is cut: all of them, but for DISTINCT."""
        names = self._names()
        if names is None or not self._distinct():
            kept = patterns
        else:
            kept = [each for each in patterns if each.variables <= set(names)]
        if not kept:
            raise NoEvidence("limit" if patterns else _why(passed))
        return kept

    def _wrapped(self, patterns: list[Pattern], passed: set[str]) -> WithEvidence:
        """Put a query that is cut into braces, so that its rows are chosen before they are multiplied."""
        names, text = self._names(), self._text
        order = self._order()
        ordering = {step.token.text[1:] for step in (self._steps[place] for place in order) if step.token.kind == "var"}
        more: list[str] = []
        if names is not None and not self._distinct():
            wanted = ordering | {name for each in patterns for name in each.variables}
            more = sorted(wanted - set(names))
        start, brace = self._at(self._start), self._clause_end()
        inner = text[start:brace] + "".join(f" ?{name}" for name in more) + text[brace:]
        shown = "*" if names is None else " ".join(f"?{name}" for name in (*names, *self._columns.all()))
        sorts = "" if names is not None and not ordering <= {*names, *more} else self._slice(order)
        query = (
            f"{text[:start]}SELECT {shown} WHERE {{\n  {{\n{inner}\n  }}\n{self._block(patterns)}}}\n"
            f"{sorts}{chr(10) if sorts else ''}"
        )
        return self._result(query, patterns, passed)

    def _edited(self, held: dict[int, list[Pattern]]) -> str:
        """Return the query with the blocks before the braces that close their groups, and the new columns."""
        edits = [(self._at(self._reader.match[brace]), f"\n{self._block(each)}") for brace, each in held.items()]
        if self._names() is not None:
            edits.append((self._clause_end(), "".join(f" ?{name}" for name in self._columns.all())))
        text = self._text
        for place, words in sorted(edits, reverse=True):
            text = text[:place] + words + text[place:]
        return text

    def _block(self, patterns: list[Pattern]) -> str:
        claim, source, first, last, statement = self._columns.all()
        branches = []
        for pattern in patterns:
            told = f"BIND({ox.Literal(pattern.text)} AS ?{statement})"
            if pattern.graph:
                branches.append(
                    f"{{ GRAPH {pattern.graph} {{ {pattern.text} }} BIND({pattern.graph} AS ?{claim}) {told} }}"
                )
            else:
                branches.append(f"{{ GRAPH ?{claim} {{ {pattern.text} }} {told} }}")
        among = "\n    UNION ".join(branches)
        return (
            "  # Who says so: a row stands once for each claim that backs one of its statements.\n"
            f"  OPTIONAL {{\n    {among}\n"
            f"    ?{claim} a {self._term('Claim')} ; {self._term('source')} ?{source} .\n"
            f"    OPTIONAL {{ ?{claim} {self._term('passage')} [ {self._term('firstLine')} ?{first} ; "
            f"{self._term('lastLine')} ?{last} ] }}\n  }}\n"
        )

    def _result(self, query: str, patterns: list[Pattern], passed: set[str]) -> WithEvidence:
        return WithEvidence(
            query,
            self._columns.all(),
            tuple(dict.fromkeys(each.text for each in patterns)),
            tuple(sorted(passed - {"claims"})),
        )

    def _names(self) -> list[str] | None:
        """Return the names of the query's columns, None for ``*``."""
        names = []
        for place in self._clause:
            step = self._steps[place]
            if step.token.text == "*":
                return None
            if step.token.kind == "var":
                names.append(step.token.text[1:])
            elif step.opened:
                names.append(self._steps[self._reader.match[place] - 1].token.text[1:])
        return names

    def _distinct(self) -> bool:
        return self._word(self._start + 1) in ("DISTINCT", "REDUCED")

    def _clause_end(self) -> int:
        """Return the offset after the columns of the SELECT clause."""
        last = self._where - 1 - (self._word(self._where - 1) == "WHERE")
        return self._at(last) + len(self._steps[last].token.text)

    def _order(self) -> list[int]:
        """Return the places of the tokens of ORDER BY."""
        found: list[int] = []
        for place in self._tail:
            if self._steps[place].kind == "top" and self._word(place) in ("LIMIT", "OFFSET", "VALUES"):
                if found:
                    break
            elif found or self._word(place) == "ORDER":
                found.append(place)
        return found

    def _slice(self, places: Sequence[int]) -> str:
        if not places:
            return ""
        return self._text[self._at(places[0]) : self._at(places[-1]) + len(self._steps[places[-1]].token.text)]

    def _at(self, place: int) -> int:
        return self._steps[place].token.start

    def _word(self, place: int) -> str:
        token = self._steps[place].token
        return token.text.upper() if token.kind == "word" else ""

    def _term(self, name: str) -> str:
        own = next((prefix for prefix, iri in self._prefixes.items() if iri == _CR), None)
        return f"<{_CR}{name}>" if own is None else f"{own}:{name}"

    def _iri(self, term: str) -> str:
        if term.startswith("<"):
            return term[1:-1]
        prefix, colon, local = term.partition(":")
        return self._prefixes.get(prefix, f"{prefix}:") + local if colon else term


def _why(passed: set[str]) -> str:
    return next((reason for reason in ("claims", "subquery") if reason in passed), "nothing")


def declared(steps: Sequence[Step]) -> dict[str, str]:
    """Return the prefixes that the query declares."""
    found = {}
    for keyword, name, iri in zip(steps, steps[1:], steps[2:], strict=False):
        if keyword.form:
            break
        if keyword.token.text.upper() == "PREFIX" and name.token.kind == "name" and iri.token.kind == "iri":
            found[name.token.text[:-1]] = iri.token.text[1:-1]
    return found


def _free(name: str, used: set[str]) -> str:
    """Return a name for a column that no variable of the query has, and keep it from the next."""
    plain = {"first": "firstLine", "last": "lastLine"}.get(name, name)
    names = (f"{plain}{number if number > 1 else ''}" for number in range(1, len(used) + 2))
    found = next(each for each in names if each not in used)
    used.add(found)
    return found


__all__ = ["NoEvidence", "WithEvidence", "with_evidence"]
