"""What goes into a snapshot, in canonical order: the one place where quads become lines.

The graph has no blank nodes, so its sorted N-Quads are the canonical form that RDFC-1.0 would give it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property

import pyoxigraph as ox


class Content:
    """A set of quads, each once, sorted by their N-Quads lines (code point order)."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self._by_line = {f"{quad} .": quad for quad in quads}

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Take in more quads; only before anything else is asked of the content than ``lines``."""
        self._by_line.update({f"{quad} .": quad for quad in quads})
        del self.lines

    @cached_property
    def lines(self) -> list[str]:
        """The N-Quads lines, sorted, without line ends."""
        return sorted(self._by_line)

    @cached_property
    def quads(self) -> list[ox.Quad]:
        """The quads in the order of ``lines``."""
        return [self._by_line[line] for line in self.lines]

    @cached_property
    def triples(self) -> dict[str, ox.Triple]:
        """The merge of all graphs: N-Triples line → triple, in the order of the lines."""
        found = {f"{triple} .": triple for triple in (quad.triple for quad in self._by_line.values())}
        return {line: found[line] for line in sorted(found)}

    def digest(self) -> str:
        """Return the SHA-256 of the lines, each ended by a line feed."""
        total = hashlib.sha256()
        for line in self.lines:
            total.update(line.encode() + b"\n")
        return total.hexdigest()

    def graphs(self) -> set[str]:
        """Return the names of the graphs, as N-Quads writes them."""
        return {line[line.rindex("<") : -2] for line in self.lines}
