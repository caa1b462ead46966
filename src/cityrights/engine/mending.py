"""What the engine answers otherwise than SPARQL 1.1 says, mended in the query's text before the engine reads it.

Each mend leaves a text alone that does not use what it mends; most texts are only searched for a few signs. A query
that the engine cannot read in its mended form is given to it as it was written, so errors and their places are those
of the text that was sent. ``docs/conformance.md`` lists what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import pyoxigraph as ox

from cityrights.engine import membership, row_nodes, sums, zero_length
from cityrights.engine.base import Term
from cityrights.engine.steps import Edit, Steps, edited
from cityrights.errors import QueryError

Function = Callable[..., Term | None]
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
    paths: tuple[zero_length.Path, ...] = ()
    functions: dict[ox.NamedNode, Function] = field(default_factory=dict)


def mend(text: str, head: str, *, holds: Callable[[Term], bool], values: bool = True) -> Mended:
    """Return a screened query as the engine is to get it; ``head`` is its prologue.

    ``holds`` says whether the query's default graph has a term as subject or object. ``values`` says whether VALUES
    may take the place of a pattern: not where the query has parameters, which VALUES does not see.
    """
    kept = len(text) <= _KEPT
    try:
        found = (_find if kept else _find.__wrapped__)(text, head, values)
        edits = [*found.edits, *(path.edit for path in found.paths if not holds(path.term))]
        mended = edited(found.plain, edits) if edits else found.plain
        return Mended(found.plain, (_sums if kept else _sums.__wrapped__)(mended), found.functions)
    except (QueryError, SyntaxError):
        return Mended(text, text)


@lru_cache(256)
def _find(text: str, head: str, values: bool) -> _Found:
    text = _in_lower_case(text)
    joined, lists = "GROUP_CONCAT" in text.upper(), membership.may_have_lists(text)
    paths, nodes = values and zero_length.may_have_paths(text), row_nodes.may_have_nodes(text)
    if not (joined or lists or paths or nodes):
        return _Found(text)
    steps = Steps(text)
    edits, functions = membership.replace_lists(steps, head, values=values) if lists else ([], {})
    if joined:
        edits += _without_language(steps)
    if nodes:
        edits += row_nodes.replace_nodes(steps)
    called: dict[ox.NamedNode, Function] = {**functions, row_nodes.FUNCTION: row_nodes.node_of_row}
    return _Found(text, tuple(edits), tuple(zero_length.find_paths(steps, head)) if paths else (), called)


@lru_cache(256)
def _sums(text: str) -> str:
    return sums.mend_sums(text) if sums.may_have_sums(text) else text


def _in_lower_case(text: str) -> str:
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
