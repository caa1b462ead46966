"""Where SERVICE stands in a query, which endpoint it names, and what goes to it (SPARQL 1.1 Federated Query)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from sparqlgate.errors import QueryRefused
from sparqlgate.text.guard import Bounds
from sparqlgate.text.lexer import Token, place, wrong
from sparqlgate.text.writing import Step, walk

#: So many SERVICE blocks may stand in one query.
MOST: Final = 4
_REFUSED: Final = "federation-refused"
#: A star after one of these stands for every variable in sight.
_ALL: Final = ("SELECT", "DISTINCT", "REDUCED", "DESCRIBE")
_NOT_LINE_ENDS: Final = re.compile(r"[^\r\n]++")
#: Holds the place of SERVICE while a text is read for faults: a pattern too, and not longer.
_STANDS_IN: Final = "VALUES(){}"


@dataclass
class Block:
    """One ``SERVICE [SILENT] <endpoint> { … }``: the text from ``start`` to ``end``, its braces from ``opened``."""

    start: int
    silent: bool = False
    endpoint: str = ""
    opened: int = 0
    end: int = 0
    variables: dict[str, None] = field(default_factory=dict)


@dataclass
class _Reader:
    text: str
    allowed: Collection[str]
    blocks: list[Block] = field(default_factory=list)
    prefixes: dict[str, str] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)
    depth: int = 0
    inside: int = 0
    all: bool = False
    last: Token = field(default_factory=lambda: Token("punct", "", 0))

    @property
    def pending(self) -> bool:
        """Whether SERVICE was read, and its brace not yet."""
        return bool(self.blocks) and not self.blocks[-1].opened


@dataclass(frozen=True)
class Federated:
    """A query with its SERVICE blocks, in the order of the text."""

    text: str
    head: str
    blocks: tuple[Block, ...]

    def harmless(self) -> str:
        """Return the text without SERVICE, everything else at the same place: what a parser says of it holds here."""
        return self._edited([(block.start, block.opened, self._blank(block)) for block in self.blocks])

    def _blank(self, block: Block) -> str:
        blank = _NOT_LINE_ENDS.sub(lambda run: " " * len(run[0]), self.text[block.start : block.opened])
        lines = blank.splitlines(keepends=True)
        for number, line in enumerate(lines):
            if len(line.rstrip("\r\n")) >= len(_STANDS_IN):
                lines[number] = _STANDS_IN + line[len(_STANDS_IN) :]
                break
        return "".join(lines)

    def question(self, block: Block) -> str:
        """Return the query that goes to the block's endpoint: the prologue, and the pattern for what is used of it."""
        wanted = " ".join(block.variables) or "(1 AS ?sparqlgate__row)"
        return f"{self.head}\nSELECT {wanted} {self.text[block.opened : block.end]}"

    def answered(self, rows: Mapping[int, str]) -> str:
        """Return the text with each block replaced by what its endpoint answered, by the block's start."""
        return self._edited([(block.start, block.end, f" {rows[block.start]} ") for block in self.blocks])

    def place(self, block: Block) -> tuple[int, int]:
        """Return line and column of a block."""
        return place(self.text, block.start)

    def _edited(self, edits: list[tuple[int, int, str]]) -> str:
        parts, at = [], 0
        for start, end, new in edits:
            parts += [self.text[at:start], new]
            at = end
        return "".join([*parts, self.text[at:]])


def find(text: str, head: str, allowed: Collection[str], bounds: Bounds | None = None) -> Federated:
    """Return the SERVICE blocks of a screened text; ``allowed`` are the endpoints that it may name.

    ``head`` is its prologue, after the store's own base. Raises QueryRefused for any other endpoint, a variable one,
    and SERVICE inside SERVICE; QuerySyntaxError where SERVICE is followed by anything but an endpoint and a pattern.
    """
    reader = _Reader(text, allowed)
    for step in walk(text, bounds, federated=True):
        _step(reader, step)
        reader.last = step.token
    for block in reader.blocks:
        if not reader.all:
            others = reader.outside.union(*(other.variables for other in reader.blocks if other is not block))
            block.variables = {name: None for name in block.variables if name in others}
    return Federated(text, head, tuple(reader.blocks))


def _step(reader: _Reader, step: Step) -> None:
    token = step.token
    if token.kind == "word" and token.text.upper() == "SERVICE":
        _begin(reader, step)
    elif reader.pending:
        _endpoint(reader, step)
    elif not step.form:
        if token.kind == "iri" and reader.last.kind == "name":
            glued = re.sub("^prefix", "", reader.last.text, flags=re.IGNORECASE)  # of PREFIXex:
            reader.prefixes.update({glued: token.text[1:-1], reader.last.text: token.text[1:-1]})
    elif token.kind == "var":
        name = f"?{token.text[1:]}"
        if reader.inside:
            reader.blocks[-1].variables[name] = None
        else:
            reader.outside.add(name)
    elif token.text == "*" and not reader.inside:
        reader.all = reader.all or reader.last.text.upper() in _ALL
    if step.opened:
        reader.depth += 1
    elif step.closed:
        reader.depth -= 1
        if reader.inside and reader.depth < reader.inside:
            reader.blocks[-1].end = token.start + len(token.text)
            reader.inside = 0


def _begin(reader: _Reader, step: Step) -> None:
    if reader.inside or reader.pending:
        raise _refused(reader, step.token, _REFUSED, "federation goes one step: SERVICE inside SERVICE is not run")
    if len(reader.blocks) == MOST:
        raise _refused(reader, step.token, "query-too-complex", f"the query has more than {MOST} SERVICE blocks")
    reader.blocks.append(Block(step.token.start))


def _endpoint(reader: _Reader, step: Step) -> None:
    """Read what stands between SERVICE and its pattern."""
    block, token = reader.blocks[-1], step.token
    if block.endpoint:
        if step.opened != "pattern" or token.text != "{":
            raise wrong(reader.text, token.start, "expected '{' after the endpoint of SERVICE")
        block.opened, reader.inside = token.start, reader.depth + 1
    elif token.kind == "word" and token.text.upper() == "SILENT" and not block.silent:
        block.silent = True
    elif token.kind == "var":
        reason = "federation needs the endpoint's own IRI after SERVICE: a variable could be any address"
        raise _refused(reader, token, _REFUSED, reason)
    elif token.kind in ("iri", "name"):
        block.endpoint = _allowed(reader, token)
    else:
        raise wrong(reader.text, token.start, "expected the endpoint's IRI after SERVICE")


def _allowed(reader: _Reader, token: Token) -> str:
    """Return the endpoint as it was allowed, so that nothing else is ever asked, however it is written here."""
    written = token.text[1:-1]
    if token.kind == "name":
        prefix, _, local = token.text.partition(":")
        written = reader.prefixes.get(f"{prefix}:", f"{prefix}:") + local
    for endpoint in reader.allowed:
        if endpoint == written:
            return endpoint
    listed = " ".join(f"<{endpoint}>" for endpoint in reader.allowed)
    shown = written if len(written) <= 200 else f"{written[:200]}…"
    reason = f"federation with <{shown}> is not allowed, only with {listed}, written in full; "
    raise _refused(reader, token, _REFUSED, reason + "whoever runs this endpoint can allow more with --allow-service")


def _refused(reader: _Reader, token: Token, kind: str, reason: str) -> QueryRefused:
    line, column = place(reader.text, token.start)
    return QueryRefused(reason, kind=kind, line=line, column=column)
