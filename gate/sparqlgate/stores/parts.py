"""Dumps cut into parts to be sent: whole ones, or what two differ by, read from where a load came to, few in memory."""

from __future__ import annotations

import heapq
import itertools
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from sparqlgate.errors import GateError
from sparqlgate.namespaces import Names
from sparqlgate.text.rewriting import MEMBER, Dialect

#: So many parts of a dump are looked through for statements of one graph, and so many of them are sent on their own.
_WINDOW: Final = 10
_MANY: Final = 50
#: Lines that are sorted in memory, where a default graph has to be made.
_SORTED: Final = 200_000
#: A line of N-Quads without blank nodes: triple, graph.
_QUAD: Final = re.compile(
    rb'(<[^>]*> <[^>]*> (?:<[^>]*>|"(?:[^"\\]|\\.)*+"(?:@[A-Za-z0-9-]++|\^\^<[^>]*>)?))(?: (<[^>]*>))? ?\.'
)


class PushError(GateError):
    """The store was not loaded; the text says why and what to do."""


class Dumps(Protocol):
    """What is loaded."""

    @property
    def version(self) -> str: ...
    @property
    def names(self) -> Names: ...
    @property
    def nquads(self) -> Path: ...
    @property
    def ntriples(self) -> Path:
        """The default graph; there may be no such file, and then it is made."""
        ...


@dataclass(frozen=True)
class Part:
    """What is sent at once: an update, or, with ``graph``, triples of that graph; ``size`` statements."""

    body: bytes
    size: int
    graph: str | None = None


@dataclass(frozen=True)
class Window:
    """Parts that are sent together: those of a file up to the byte ``end``, ``lines`` of it."""

    end: int
    lines: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Step:
    """One file of ``lines`` lines whose statements come, or go: into ``graph`` if its lines name none themselves."""

    title: str
    file: Path
    lines: int
    comes: bool = True
    quads: bool = True
    graph: str | None = None

    def windows(self, start: int, size: int, *, direct: bool) -> Iterator[Window]:
        """Yield what is sent from the byte ``start`` on, in parts of ``size`` statements.

        With ``direct``, statements of one graph that come in numbers are for the graph store. Raises PushError for what
        cannot be sent in parts.
        """
        direct = direct and self.comes and (self.quads or self.graph is not None)
        whole = f"<{self.graph}>".encode() if self.graph else b""
        with self.file.open("rb") as file:
            file.seek(start)
            while lines := list(itertools.islice(file, size * _WINDOW if direct else size)):
                start += sum(map(len, lines))
                by_graph: dict[bytes, list[bytes]] = {}
                for line in lines:
                    triple, graph = split(line)
                    if graph or not self.quads:
                        by_graph.setdefault(graph or whole, []).append(triple)
                yield Window(start, len(lines), tuple(self._parts(by_graph, size, direct)))

    def _parts(self, by_graph: dict[bytes, list[bytes]], size: int, direct: bool) -> Iterator[Part]:
        many = {graph for graph, some in by_graph.items() if direct and len(some) >= _MANY}
        few = [(graph, triple) for graph, some in by_graph.items() if graph not in many for triple in some]
        for start in range(0, len(few), size):
            some = few[start : start + size]
            yield _inserted(some) if self.comes else _deleted(some)
        for graph in sorted(many):
            body = b" .\n".join(by_graph[graph]) + b" .\n"
            yield Part(body, len(by_graph[graph]), graph[1:-1].decode())


def _inserted(quads: list[tuple[bytes, bytes]]) -> Part:
    return Part(b"INSERT DATA {\n" + b"\n".join(_blocks(quads)) + b"\n}", len(quads))


def _deleted(quads: list[tuple[bytes, bytes]]) -> Part:
    """Return what takes statements away, for each graph apart: of several at once, some stores leave literals."""
    return Part(b" ;\n".join(b"DELETE DATA {\n%s\n}" % block for block in _blocks(quads)), len(quads))


def _blocks(quads: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    for graph, some in itertools.groupby(quads, key=lambda quad: quad[0]):
        triples = b" .\n".join(triple for _, triple in some) + b" ."
        yield b"GRAPH %s {\n%s\n}" % (graph, triples) if graph else triples


def split(line: bytes) -> tuple[bytes, bytes]:
    """Take a line of N-Quads apart into its triple and its graph, empty outside of every graph. Raises PushError."""
    if line.endswith(b" .\n"):  # as dumps have it: what the expression would find, in a fraction of its time
        body = line[:-3]
        head, _, last = body.rpartition(b" ")
        if last.startswith(b"<") and last.endswith(b">") and b'"' not in last and _is_triple(head):
            return head, last
        if _is_triple(body):
            return body, b""
    matched = _QUAD.fullmatch(line.strip())
    if matched is None:
        raise PushError(
            f"this statement has a blank node or a triple term, which does not survive a load in batches; "
            f"name it first: {line.strip()[:200].decode(errors='replace')}"
        )
    return matched[1], matched[2] or b""


def _is_triple(text: bytes) -> bool:
    """Whether what a serialiser wrote is three terms, none of them a blank node or a triple."""
    subject, _, rest = text.partition(b" ")
    predicate, _, value = rest.partition(b" ")
    if not subject.startswith(b"<") or not predicate.startswith(b"<") or subject.startswith(b"<<"):
        return False
    if value.startswith(b"<"):
        return value.endswith(b">") and b" " not in value and not value.startswith(b"<<")
    after = value[value.rfind(b'"') + 1 :]
    return value.startswith(b'"') and len(value) > 1 + len(after) and b" " not in after and after[:1] in b"@^"


@dataclass(frozen=True)
class Content:
    """What dumps hold: how many statements in named graphs, how many in the default one, and which graphs."""

    quads: int
    triples: int
    graphs: tuple[bytes, ...]
    named: Path
    default: Path

    @classmethod
    def of(cls, dumps: Dumps, folder: Path) -> Content:
        """Read them through once; what has to be made is made in ``folder``. Raises PushError as ``split`` does."""
        graphs: dict[bytes, None] = {}
        quads = 0
        with dumps.nquads.open("rb") as file:
            for line in file:
                if graph := split(line)[1]:
                    graphs[graph] = None
                    quads += 1
        default = dumps.ntriples if dumps.ntriples.is_file() else _merged(dumps.nquads, folder)
        return cls(quads, lines_of(default), tuple(graphs), dumps.nquads, default)

    def list_into(self, path: Path, names: Names) -> Path:
        """Write the catalogue of the graphs, sorted, and return its path."""
        with path.open("wb") as file:
            for graph in sorted(self.graphs):
                file.write(b"%s <%s> %s <%s> .\n" % (graph, MEMBER.encode(), graph, names.pushed.encode()))
        return path


def whole(content: Content, dialect: Dialect, names: Names, folder: Path) -> list[Step]:
    """Return the steps of a load into a store that is empty: the list of its graphs first, to know what to clear."""
    steps = [
        Step("named graphs", content.named, lines_of(content.named)),
        Step("default graph", content.default, content.triples, quads=False, graph=dialect.default_graph(names)),
    ]
    if dialect.union:
        steps.insert(0, Step("list of graphs", content.list_into(folder / "list.nq", names), len(content.graphs)))
    return steps


def difference(before: Content, after: Content, dialect: Dialect, names: Names, folder: Path) -> list[Step]:
    """Return the steps that make one out of the other. Raises PushError where the lines of the dumps are not sorted."""
    pairs = [
        ("named graphs", before.named, after.named, True, None),
        ("default graph", before.default, after.default, False, dialect.default_graph(names)),
    ]
    if dialect.union:
        old, new = folder / "old.nq", folder / "new.nq"
        pairs.append(("list of graphs", before.list_into(old, names), after.list_into(new, names), True, None))
    steps: list[Step] = []
    for title, old, new, quads, graph in pairs:
        gone, come = _compared(old, new, folder / f"{title.replace(' ', '-')}")
        steps.insert(0, Step(title, gone, lines_of(gone), comes=False, quads=quads, graph=graph))
        steps.append(Step(title, come, lines_of(come), quads=quads, graph=graph))
    return steps


def _compared(old: Path, new: Path, stem: Path) -> tuple[Path, Path]:
    """Write the lines that only one of two sorted files has; return those of the old one, and those of the new one."""
    gone, come = stem.with_suffix(".gone"), stem.with_suffix(".come")
    with gone.open("wb") as goes, come.open("wb") as comes:
        one, other = _rising(old), _rising(new)
        left, right = next(one, None), next(other, None)
        while left is not None or right is not None:
            if left == right:
                left, right = next(one, None), next(other, None)
            elif right is None or (left is not None and left < right):
                goes.write(left or b"")
                left = next(one, None)
            else:
                comes.write(right)
                right = next(other, None)
    return gone, come


def _rising(path: Path) -> Iterator[bytes]:
    before = b""
    with path.open("rb") as file:
        for line in file:
            if line <= before:
                raise PushError(
                    f"the lines of {path} are not sorted, so what has changed cannot be told; use --replace"
                )
            before = line
            yield line


def _merged(nquads: Path, folder: Path) -> Path:
    """Write the default graph, for other people's files, into ``folder``: each triple once, sorted in runs."""
    made = folder / "merged.nt"
    with ExitStack() as opened, nquads.open("rb") as file, made.open("wb") as out:
        runs = []
        while some := sorted({split(line)[0] for line in itertools.islice(file, _SORTED)}):
            runs.append(opened.enter_context(tempfile.TemporaryFile(dir=folder)))
            runs[-1].writelines(b"%s .\n" % triple for triple in some)
            runs[-1].seek(0)
        out.writelines(triple for triple, _ in itertools.groupby(heapq.merge(*runs)))
    return made


def lines_of(path: Path, end: int | None = None) -> int:
    """Return how many lines a file has, or has up to the byte ``end``."""
    found, left = 0, path.stat().st_size if end is None else end
    with path.open("rb") as file:
        while left > 0 and (piece := file.read(min(left, 1 << 20))):
            found, left = found + piece.count(b"\n"), left - len(piece)
    return found
