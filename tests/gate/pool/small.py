"""Graphs of a few triples, written as a snapshot is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from sparqlgate.namespaces import Names

GRAPHS = """
<http://e/a> <http://e/p> "one" <http://e/g1> .
<http://e/a> <http://e/p> "one" <http://e/g2> .
<http://e/a> <http://e/q> <http://e/b> <http://e/g1> .
<http://e/b> <http://e/label> "Sant Boi de Llobregat"@ca <http://e/g2> .
<http://e/b> <http://e/n> "7"^^<http://www.w3.org/2001/XMLSchema#integer> <http://e/g3> .
"""


@dataclass(frozen=True)
class Folder:
    """What an engine needs of a snapshot."""

    path: Path
    version: str = "0" * 64
    names: Names = field(default_factory=lambda: Names("http://e/", {"ex": "http://e/", "unused": "http://e/unused/"}))

    @property
    def store(self) -> Path:
        return self.path / "store"

    @property
    def nquads(self) -> Path:
        return self.path / "cityrights.nq"

    def check_nquads(self) -> None:
        """Find nothing wrong."""


def make(folder: Path, nquads: str, *, on_disk: bool = False) -> Folder:
    """Write the N-Quads, and the store beside them when asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Folder(folder)
    made.nquads.write_text(nquads, "utf-8")
    if on_disk:
        store = ox.Store(made.store)
        store.bulk_load(path=made.nquads, format=ox.RdfFormat.N_QUADS)
        store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
        store.flush()
        del store
    return made
