"""What stands directly in one group of a query: its triple patterns, its alternatives, and what is passed over.

Only what every solution of the group has is read. The variables of a pattern inside OPTIONAL, MINUS or a sub-SELECT may
be unbound outside of it, so such patterns are passed over and named (SPARQL 1.1, section 18.2.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cityrights.engine.walk import Step

_TERMS = frozenset(("iri", "name", "var", "string", "number"))
_CONSTANTS = ("TRUE", "FALSE")


class Unreadable(ValueError):
    """A group is written in a way that is not read here."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern as written: its three terms, and the variable of the GRAPH around it, or nothing."""

    subject: str
    predicate: str
    object: str
    graph: str = ""

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
        subject, at = self._term(at)
        if not subject:
            found.passed.add("blank")
        while not self._ends(at):
            verb, at = self._verb(at)
            if not verb:
                found.passed.add("path")
            while True:
                item, at = self._term(at)
                if not item:
                    found.passed.add("blank")
                if subject and verb and item:
                    found.patterns.append(Pattern(subject, verb, item, graph))
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

    def _term(self, at: int) -> tuple[str, int]:
        """Read a term; a blank node or a list gives no text."""
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
