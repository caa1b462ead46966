"""From files to quads: what each file feeds into which graph, parsed with its place kept in every error.

Turtle files of the ontology stand in ``graph/vocabulary``, ``data/dataset.ttl`` in ``graph/dataset``; TriG files name
their graphs themselves, and a triple outside a graph is an error, because no triple may lack a named graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from cityrights.vocabulary import GRAPH_DATASET, GRAPH_VOCABULARY
from sparqlgate.errors import InputError
from sparqlgate.rdf.files import read

FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".trig": ox.RdfFormat.TRIG,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
}


@dataclass(frozen=True, order=True)
class Input:
    """One file of the graph; ``graph`` is where its triples go, None when the file names its graphs."""

    path: Path
    graph: str | None


def inputs(home: Path) -> list[Input]:
    """List every file that feeds the graph, in a stable order.

    ``home`` holds ``ontology`` and ``data``. SHACL shapes are rules about the graph, not a part of it.
    """
    found = [
        Input(path, GRAPH_VOCABULARY)
        for path in sorted((home / "ontology").rglob("*.ttl"))
        if "shapes" not in path.relative_to(home).parts
    ]
    dataset = home / "data" / "dataset.ttl"
    if dataset.is_file():
        found.append(Input(dataset, GRAPH_DATASET))
    found.extend(Input(path, None) for path in sorted((home / "data").rglob("*.trig")))
    return found


def parse_file(path: Path, graph: str | None = None) -> list[ox.Quad]:
    """Parse one RDF file into quads; Turtle goes into ``graph``.

    Raises InputError as ``sparqlgate.rdf.files.read`` does, and for triples outside a named graph.
    """
    if path.suffix not in FORMATS:
        raise InputError(path, f"'{path.suffix}' is not a format of the graph", repair="use .ttl, .trig, .nt or .nq")
    quads = list(read(path, option=False))
    if graph is not None:
        name = ox.NamedNode(graph)
        return [ox.Quad(q.subject, q.predicate, q.object, name) for q in quads]
    for quad in quads:
        if isinstance(quad.graph_name, ox.DefaultGraph):
            raise InputError(
                path,
                f"the triple {quad.subject} {quad.predicate} … stands outside a graph",
                repair="put it into the graph of the claim that says so, or an editorial graph",
            )
    return quads
