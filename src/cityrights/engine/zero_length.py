"""Paths of length zero from a term that is not in the data (SPARQL 1.1, 18.4: ZeroOrMorePath, ZeroOrOnePath).

``<a> <p>* ?x`` matches with ``?x`` = ``<a>`` whatever the data are; the engine finds it only where the data have
``<a>``. A term that they do not have is at no end of any triple, so nothing but the path of length zero remains, and
the pattern is VALUES for it. Inside GRAPH the pattern stays: which terms are in the data depends on the graph there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pyoxigraph as ox

from cityrights.engine.base import Term
from cityrights.engine.steps import Edit, Steps
from cityrights.namespaces import BASE

_WORTH: Final = re.compile(r"(?:[>)]|:[\w.%\-]*+|\ba)[ \t\r\n]*+(?:\*|\?(?!\w))")
#: Alternatives repeat a match; a path that would repeat it more often stays as it is.
_MOST: Final = 64
_EMPTY: Final = ox.Store()


def may_have_paths(text: str) -> bool:
    """Whether a text is worth reading for paths of length zero: cheap, and true of some that have none."""
    return _WORTH.search(text) is not None


def replace_paths(steps: Steps, head: str, holds: Callable[[Term], bool]) -> list[Edit]:
    """Return the edits that put VALUES where only a path of length zero can match.

    ``head`` is the prologue of the text; ``holds`` says whether the default graph has a term as subject or object.
    """
    edits: list[Edit] = []
    graphs: list[bool] = [False]
    for index, step in enumerate(steps.all):
        if step.closed:
            graphs.pop()
        elif step.opened:
            graphs.append(graphs[-1] or (step.opened == "pattern" and steps.word(index - 2).endswith("GRAPH")))
        if step.kind == "pattern" and step.mode == "" and not graphs[-1] and _begins(steps, index):
            edits += _statement(steps, index, head, holds)
    return edits


def _begins(steps: Steps, index: int) -> bool:
    """Whether a triple pattern may begin at an index: after a dot, an opened group, or what stands for itself."""
    before = steps.sign(index - 1)
    if before == ")":
        return steps.all[steps.partner[index - 1]].opened == "expression"
    return before in (".", "}") or steps.all[index - 1].opened == "pattern"


def _statement(steps: Steps, first: int, head: str, holds: Callable[[Term], bool]) -> list[Edit]:
    """Read one triple pattern that stands alone: a term, a path that may have no length, a term."""
    path = _after_term(steps, first)
    end, ways = _Path(steps).alternatives(path)
    stop = _after_term(steps, end)
    if path == first or end == path or stop == end or not 0 < ways <= _MOST:
        return []
    if steps.sign(stop) not in (".", "}") and not steps.word(stop):
        return []
    subject, target = steps.between(first, path - 1), steps.between(end, stop - 1)
    constants = [written for written in (subject, target) if written[0] not in "?$"]
    if not constants or any(holds(term) for term in _read(head, constants)):
        return []
    if len(constants) == 1:
        variable = target if constants[0] is subject else subject
        rows, names = f"{constants[0]} " * ways, variable
    elif len(set(_read(head, constants))) == 1:
        rows, names = "() " * ways, "()"
    else:
        return []
    return [(steps.start(first), steps.end(stop - 1), f" VALUES {names} {{ {rows}}} ")]


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


class _Path:
    """Reads a path, and in how many ways it can have no length; its methods return the index after what they read."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def alternatives(self, index: int) -> tuple[int, int]:
        index, ways = self._sequence(index)
        while self._steps.sign(index) == "|":
            index, more = self._sequence(index + 1)
            ways += more
        return index, ways

    def _sequence(self, index: int) -> tuple[int, int]:
        index, ways = self._element(index)
        while self._steps.sign(index) == "/":
            index, more = self._element(index + 1)
            ways *= more
        return index, ways

    def _element(self, index: int) -> tuple[int, int]:
        steps, ways = self._steps, 0
        if steps.sign(index) == "^":
            index += 1
        if steps.sign(index) == "!":
            index += 1
            index = steps.partner[index] + 1 if steps.sign(index) == "(" else self._element(index)[0]
        elif steps.sign(index) == "(":
            end, ways = self.alternatives(index + 1)
            index = end + 1 if end == steps.partner[index] else len(steps.all)
        elif steps.kind(index) in ("iri", "name") or steps.word(index) == "A":
            index += 1
        else:
            return len(steps.all), 0
        sign = steps.sign(index)
        if sign in ("*", "?"):
            return index + 1, 1
        if sign == "+":
            return index + 1, min(ways, 1)
        return index, ways
