"""Derived triples: each rule in ``queries/construct`` is a CONSTRUCT whose triples stand in ``graph/derived/<rule>``.

A rule sees the default graph, that is everything asserted and what earlier rules derived. What is already asserted is
not derived again. Front matter: ``# order: n`` says when a rule runs; its first comment line says what it does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from cityrights.snapshot import Progress
from cityrights.vocabulary import DCTERMS, GRAPH_DATASET, GRAPH_DERIVED, LICENSE, PREFIXES, RDF
from sparqlgate.errors import InputError

_ORDER = re.compile(r"^#\s*order:\s*(\d+)\s*$", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Rule:
    """One rule: ``order``, its ``name`` (of the file and of the derived graph), what it does, its query and file."""

    order: int
    name: str
    title: str
    text: str
    path: Path

    @property
    def graph(self) -> str:
        """IRI of the graph that holds what the rule derives."""
        return GRAPH_DERIVED + self.name


def rules(folder: Path) -> list[Rule]:
    """Read the rules of ``queries/construct`` in the order in which they run.

    Raises InputError for a rule without title or order.
    """
    found = []
    for path in sorted(folder.glob("*.rq")):
        text = path.read_text("utf-8")
        order = _ORDER.search(text)
        if order is None or not text.startswith("# "):
            raise InputError(path, "a rule needs a first comment line that says what it does, and '# order: n'", line=1)
        found.append(Rule(int(order[1]), path.stem, text.splitlines()[0][2:].strip(), text, path))
    return sorted(found)


def derive_all(
    home: Path,
    store: ox.Store,
    add: Callable[[list[ox.Quad]], object],
    progress: Progress,
    *,
    connect: bool = True,
) -> dict[str, int]:
    """Derive all that follows from the default graph of ``store``: by the rules of ``home``, then which places are
    close.

    ``add`` puts what a rule gives into ``store``, where the next one finds it; without ``connect`` closeness is left
    out. Returns how many triples each derived.
    """
    counts = {}
    todo = rules(home / "queries" / "construct")
    for number, rule in enumerate(todo, 1):
        found = list(derive(store, rule))
        counts[rule.name] = len(found)
        add([*found, *provenance(rule)])
        progress("deriving", number, len(todo))
    if connect:
        from cityrights.indexes.proximity.reading import quads as connections  # scipy takes a while, few need it

        progress("connecting", 0, 1)
        add(list(connections(store)))
    return counts


def provenance(rule: Rule) -> Iterator[ox.Quad]:
    """Yield what the dataset says of the rule's graph: that it is computed, and how (PROV-O, Entity)."""
    graph, about = ox.NamedNode(rule.graph), ox.NamedNode(GRAPH_DATASET)
    yield ox.Quad(graph, ox.NamedNode(RDF + "type"), ox.NamedNode(PREFIXES["prov"] + "Entity"), about)
    yield ox.Quad(graph, ox.NamedNode(DCTERMS + "title"), ox.Literal(rule.title, language="en"), about)
    yield ox.Quad(graph, ox.NamedNode(DCTERMS + "license"), ox.NamedNode(LICENSE), about)
    how = f"Derived by the query queries/construct/{rule.name}.rq from everything asserted and derived before it."
    yield ox.Quad(graph, ox.NamedNode(DCTERMS + "provenance"), ox.Literal(how, language="en"), about)


def derive(store: ox.Store, rule: Rule) -> Iterator[ox.Quad]:
    """Yield what ``rule`` adds to the default graph of ``store``, as quads of the rule's graph.

    Raises InputError when the rule is not a CONSTRUCT that parses.
    """
    graph = ox.NamedNode(rule.graph)
    try:
        triples = store.query(rule.text, prefixes=PREFIXES)
    except SyntaxError as error:
        raise InputError(rule.path, f"the rule does not parse: {error.msg}") from error
    if not isinstance(triples, ox.QueryTriples):
        raise InputError(rule.path, "a rule is a CONSTRUCT query")
    for triple in triples:
        s, p, o = triple.subject, triple.predicate, triple.object
        if ox.Quad(s, p, o, ox.DefaultGraph()) not in store:
            yield ox.Quad(s, p, o, graph)
