"""What the engine answers otherwise than SPARQL 1.1 says, mended in the query's text before the engine reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import pyoxigraph as ox

from sparqlgate.errors import QueryError
from sparqlgate.namespaces import XSD
from sparqlgate.query import Term
from sparqlgate.text import expressions, membership, sums
from sparqlgate.text.writing import Edit, Steps, edited, fresh

FUNCTION: Final = ox.NamedNode("urn:sparqlgate:node-of-row")
_STRING: Final = XSD + "string"


def may_have_nodes(text: str) -> bool:
    """Whether a text is worth reading for BNODE."""
    return "BNODE" in text.upper()


def node_of_row(row: Term, key: Term) -> Term | None:
    """Return the node of a key in a row; None, an error, for a key that is not a plain string, as BNODE has it."""
    if not isinstance(key, ox.Literal) or key.datatype.value != _STRING:
        return None
    return ox.BlankNode(blake2b(f"{row} {key.value}".encode(), digest_size=16).hexdigest())


def replace_nodes(steps: Steps) -> list[Edit]:
    """Return the edits for a query that names what it selects; one that groups its rows is not valid with them."""
    opened = next((at for at, step in enumerate(steps.all) if step.kind == "top" and step.opened == "pattern"), 0)
    calls = [at for at in range(opened) if steps.word(at) == "BNODE" and steps.sign(at + 1) == "("]
    calls = [at for at in calls if steps.partner[at + 1] > at + 2]  # BNODE() is another node each time
    if not calls or steps.all[opened].form != "select":
        return []
    row = fresh(steps.text, "row")
    edits = [(steps.start(call), steps.end(call + 1), f"{FUNCTION}({row}, ") for call in calls]
    inside, end = steps.end(opened), steps.start(steps.partner[opened])
    return [*edits, (inside, inside, "{"), (end, end, f"}} BIND (STRUUID() AS {row}) ")]


_SIGN: Final = re.compile(r"\*|\?(?!\w)")
_WORTH: Final = re.compile(r"(?:[>)]|:[\w.%\-]*+|\ba)[ \t\r\n]*+(?:\*|\?(?!\w))")
_EMPTY: Final = ox.Store()


def may_have_paths(text: str) -> bool:
    """Whether a text is worth reading for paths of length zero: cheap, and true of some that have none."""
    return _SIGN.search(text) is not None and _WORTH.search(text) is not None


@dataclass(frozen=True)
class Path:
    """A path that may have no length, and what takes its place where the default graph does not have its end."""

    term: Term
    edit: Edit


def find_paths(steps: Steps, head: str) -> list[Path]:
    """Return the paths of a text, outside GRAPH, that may have no length; ``head`` is its prologue.

    Raises SyntaxError where a term at an end of one cannot be read.
    """
    paths: list[Path] = []
    graphs: list[bool] = [False]
    for index, step in enumerate(steps.all):
        if step.closed:
            graphs.pop()
        elif step.opened:
            graphs.append(graphs[-1] or (step.opened == "pattern" and steps.word(index - 2).endswith("GRAPH")))
        elif step.kind == "pattern" and step.mode == "" and not graphs[-1] and _begins(steps, index):
            paths += _statement(steps, index, head)
    return paths


def _begins(steps: Steps, index: int) -> bool:
    """Whether a triple pattern may begin at an index: after a dot, an opened group, or what stands for itself."""
    before = steps.sign(index - 1)
    if before == ")":
        return steps.all[steps.partner[index - 1]].opened == "expression"
    return before in (".", "}") or steps.all[index - 1].opened == "pattern"


def _statement(steps: Steps, first: int, head: str) -> list[Path]:
    """Read one triple pattern that stands alone: a term, a path that may have no length, a term."""
    path = _after_term(steps, first)
    end, empty = _Reader(steps).alternatives(path)
    stop = _after_term(steps, end)
    if path == first or stop == end or not empty:
        return []
    if steps.sign(stop) not in (".", "}") and not steps.word(stop):
        return []
    written = steps.between(first, path - 1), steps.between(end, stop - 1)
    variables = [item for item in written if item[0] in "?$"]
    constants = [item for item in written if item[0] not in "?$"]
    terms = tuple(dict.fromkeys(_read(head, constants))) if constants else ()
    if len(terms) != 1:
        return []
    names, row = (variables[0], constants[0]) if variables else ("()", "()")
    return [Path(terms[0], (steps.start(first), steps.end(stop - 1), f" VALUES {names} {{ {row} }} "))]


def _after_term(steps: Steps, index: int) -> int:
    """Return the index after a term, the same index where there is none."""
    kind = steps.kind(index)
    if kind == "string":
        if steps.kind(index + 1) == "lang":
            return index + 2
        return index + 3 if steps.sign(index + 1) == "^^" else index + 1
    named = kind == "name" and not steps.all[index].token.text.startswith("_:")
    return index + 1 if named or kind in ("iri", "var", "number") else index


def _read(head: str, constants: list[str]) -> list[Term]:
    """Return the terms as the parser reads them with the query's prologue."""
    rows = _EMPTY.query(f"{head}\nSELECT ?term {{ VALUES ?term {{ {' '.join(constants)} }} }}")
    return [row["term"] for row in rows] if isinstance(rows, ox.QuerySolutions) else []


class _Reader:
    """Reads a path and whether it may have no length; its methods return this and the index after what they read."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def alternatives(self, index: int) -> tuple[int, bool]:
        index, empty = self._sequence(index)
        while self._steps.sign(index) == "|":
            index, other = self._sequence(index + 1)
            empty = empty or other
        return index, empty

    def _sequence(self, index: int) -> tuple[int, bool]:
        index, empty = self._element(index)
        while self._steps.sign(index) == "/":
            index, other = self._element(index + 1)
            empty = empty and other
        return index, empty

    def _element(self, index: int) -> tuple[int, bool]:
        steps, empty = self._steps, False
        if steps.sign(index) == "^":
            index += 1
        if steps.sign(index) == "!":
            index += 1
            index = steps.partner[index] + 1 if steps.sign(index) == "(" else self._element(index)[0]
        elif steps.sign(index) == "(":
            end, empty = self.alternatives(index + 1)
            index = end + 1 if end == steps.partner[index] else len(steps.all)
        elif steps.kind(index) in ("iri", "name") or steps.word(index) == "A":
            index += 1
        else:
            return len(steps.all), False
        sign = steps.sign(index)
        return index + (sign in ("*", "?", "+")), empty or sign in ("*", "?")


#: ``SELECT *`` as the beginning of a text that is worth reading for it.
_STAR: Final = re.compile(r"(?i)\bSELECT(?:[ \t\r\n]++(?:DISTINCT|REDUCED))?+[ \t\r\n]*+\*")


@dataclass(frozen=True)
class Star:
    """The star of ``SELECT *``: where it is, and the variables of the query in the order of their first appearance."""

    start: int
    variables: tuple[str, ...]


def may_have_star(text: str) -> bool:
    """Whether a text is worth reading for the order of its columns: cheap, and true of some that have one already."""
    return "*" in text and len(text) <= _KEPT and _STAR.search(text) is not None


def find_star(steps: Steps) -> Star | None:
    """Return the star of the query's own SELECT; the engine puts what that returns in the order of the alphabet."""
    at = next((n for n in range(len(steps.all)) if steps.word(n) == "SELECT"), -1)
    if at < 0 or steps.all[at].kind != "top":
        return None
    at += 2 if steps.word(at + 1) in ("DISTINCT", "REDUCED") else 1
    if steps.sign(at) != "*":
        return None
    seen = (steps.all[n].token.text[1:] for n in range(at, len(steps.all)) if steps.kind(n) == "var")
    return Star(steps.start(at), tuple(dict.fromkeys(seen)))


def named_in_order(star: Star, columns: Sequence[str]) -> list[Edit]:
    """Return the edit that names what a star stands for in the order in which the query does."""
    held = set(columns)
    names = [name for name in star.variables if name in held]
    if len(names) != len(held) or names == list(columns):
        return []
    return [(star.start, star.start + 1, f" {' '.join(f'?{name}' for name in names)} ")]


Function = Callable[..., Term | None]
#: Words in a query that may have to be mended.
_WORDS: Final = ("TRUE", "FALSE", "GROUP_CONCAT", "BNODE")
#: What is found in texts of up to so many characters is kept: pages ask the same with other parameters.
_KEPT = 20_000


@dataclass(frozen=True)
class Mended:
    """A query as the engine is to get it, with the functions that it calls.

    ``plain`` is the query in the engine's spelling and otherwise as it was written, each sign at its place: what is
    wrong with it is wrong with the query.
    """

    plain: str
    text: str
    functions: dict[ox.NamedNode, Function] = field(default_factory=dict)


@dataclass(frozen=True)
class _Found:
    """What is to be mended in a text; ``paths`` only where the data do not have their ends."""

    plain: str
    edits: tuple[Edit, ...] = ()
    paths: tuple[Path, ...] = ()
    functions: dict[ox.NamedNode, Function] = field(default_factory=dict)
    star: Star | None = None


def mend(
    text: str,
    head: str,
    *,
    holds: Callable[[Term], bool],
    values: bool = True,
    columns: Callable[[str], Sequence[str]] = lambda _: (),
) -> Mended:
    """Return a screened query as the engine is to get it; ``head`` is its prologue, after the store's own base.

    ``columns`` tells the variables that the engine returns for a text, by name, in an order of its own.
    ``holds`` says whether the query's default graph has a term as subject or object. ``values`` says whether VALUES
    may take the place of a pattern: not where the query has parameters, which VALUES does not see.
    """
    if _is_plain(text):
        return Mended(text, text)
    kept = len(text) <= _KEPT
    try:
        found = (_find if kept else _find.__wrapped__)(text, head, values)
        edits = [*found.edits, *(path.edit for path in found.paths if not holds(path.term))]
        if found.star is not None:
            edits += named_in_order(found.star, columns(found.plain))
        mended = edited(found.plain, edits) if edits else found.plain
        return Mended(found.plain, (_sums if kept else _sums.__wrapped__)(mended), found.functions)
    except (QueryError, SyntaxError):
        return Mended(text, text)


def _is_plain(text: str) -> bool:
    """Whether a text certainly stays as it is, as most do: to look is cheaper than to keep what is found."""
    upper = text.upper()
    return not (
        any(word in upper for word in _WORDS)
        or membership.may_have_lists(text)
        or expressions.may_have_expressions(text)
        or may_have_paths(text)
        or may_have_star(text)
        or sums.may_have_sums(text)
    )


@lru_cache(256)
def _find(text: str, head: str, values: bool) -> _Found:
    text = in_lower_case(text)
    joined, lists = "GROUP_CONCAT" in text.upper(), membership.may_have_lists(text)
    paths, nodes = values and may_have_paths(text), may_have_nodes(text)
    every, matched = may_have_star(text), expressions.may_have_expressions(text)
    if not (joined or lists or paths or nodes or every or matched):
        return _Found(text)
    steps = Steps(text)
    edits, functions = membership.replace_lists(steps, head, values=values) if lists else ([], {})
    if joined:
        edits += _without_language(steps)
    if nodes:
        edits += replace_nodes(steps)
    if matched:
        edits += _expressions(steps, head)
    called: dict[ox.NamedNode, Function] = {**functions, FUNCTION: node_of_row}
    called[expressions.REPLACEMENT] = expressions.replacement
    star = find_star(steps) if every else None
    return _Found(text, tuple(edits), tuple(find_paths(steps, head)) if paths else (), called, star)


@lru_cache(256)
def _sums(text: str) -> str:
    return sums.mend_sums(text) if sums.may_have_sums(text) else text


def _expressions(steps: Steps, head: str) -> list[Edit]:
    written = [*dict.fromkeys(expressions.constants(steps))]
    terms = _read(head, written) if written else []
    strings = {text: term.value for text, term in zip(written, terms, strict=True) if isinstance(term, ox.Literal)}
    return expressions.replace_expressions(steps, strings)


def in_lower_case(text: str) -> str:
    """Write TRUE and FALSE as the engine reads them. SPARQL 1.1, 19.8: keywords are read in any case."""
    upper = text.upper()
    if all(upper.count(word.upper()) == text.count(word) for word in ("true", "false")):
        return text
    steps = Steps(text)
    found = [at for at in range(len(steps.all)) if steps.word(at) in ("TRUE", "FALSE")]
    return edited(text, [(steps.start(at), steps.end(at), steps.word(at).lower()) for at in found])


def _without_language(steps: Steps) -> list[Edit]:
    """Take the language from GROUP_CONCAT. SPARQL 1.1, 18.5.1.7: it gives a simple literal."""
    edits: list[Edit] = []
    for at in range(len(steps.all)):
        if steps.word(at) == "GROUP_CONCAT" and steps.sign(at + 1) == "(":
            end = steps.end(steps.partner[at + 1])
            edits += [(steps.start(at), steps.start(at), "STR("), (end, end, ")")]
    return edits
