"""Paths of length zero from a term that is not in the data (SPARQL 1.1, 18.4: ZeroOrMorePath, ZeroOrOnePath).

``<a> <p>* ?x`` matches with ``?x`` = ``<a>`` whatever the data are; the engine finds it only where the data have
``<a>``. A term that they do not have is at no end of any triple, so nothing but the path of length zero remains, and
the pattern is VALUES for it. Inside GRAPH the pattern stays: which terms are in the data depends on the graph there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from cityrights.engine.base import Term
from cityrights.engine.steps import Edit, Steps
from cityrights.namespaces import BASE

_WORTH: Final = re.compile(r"(?:[>)]|:[\w.%\-]*+|\ba)[ \t\r\n]*+(?:\*|\?(?!\w))")
_EMPTY: Final = ox.Store()


def may_have_paths(text: str) -> bool:
    """Whether a text is worth reading for paths of length zero: cheap, and true of some that have none."""
    return _WORTH.search(text) is not None


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
    rows = _EMPTY.query(f"{head}\nSELECT ?term {{ VALUES ?term {{ {' '.join(constants)} }} }}", base_iri=BASE)
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
