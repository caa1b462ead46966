"""The tokens of a query with the places where they stand, for what writes queries anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cityrights.engine import screen
from cityrights.engine.screened import Bounds
from cityrights.engine.tokens import Lexer, Token


@dataclass(frozen=True, slots=True)
class Step:
    """A token and its place: the ``kind`` and ``mode`` of the bracket that it stands in, as it was before it.

    ``opened`` is the kind of bracket that the token opens, ``closed`` whether it closes one; ``form`` is the query's.
    """

    token: Token
    kind: str
    mode: str
    opened: str
    closed: bool
    form: str


def walk(text: str, bounds: Bounds | None = None, *, federated: bool = False) -> Iterator[Step]:
    """Yield the tokens of a text; raises as ``screen`` does."""
    state = screen.Pass(text, bounds or Bounds(), federated)
    lexer = Lexer(state.text)
    for token in lexer:
        before, depth = state.frames[-1], len(state.frames)
        kind, mode = before.kind, before.state
        screen.advance(state, lexer, token)
        change = len(state.frames) - depth
        yield Step(token, kind, mode, state.frames[-1].kind if change > 0 else "", change < 0, state.form)
