"""What must hold for every quad, where a query would be awkward: the merge and the form of IRIs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from cityrights.namespaces import GRAPH_CLAIMS, ID, KINDS
from cityrights.validate.findings import Finding
from cityrights.validate.rules import Broken

_SLUG: Final = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_PATH: Final = re.compile(
    rf"(?:claim/{_SLUG}/[1-9][0-9]*|passage/{_SLUG}/{_SLUG}|(?!claim/|passage/)[^/]+/{_SLUG}|[^/]+)"
)


def check_merge(store: ox.Store) -> Iterator[Broken]:
    """Yield each subject one of whose triples stands in the default graph alone, or in a named graph alone.

    The default graph is the merge of the named graphs: a triple that nobody states is in neither.
    """
    default: set[ox.Triple] = set()
    named: set[ox.Triple] = set()
    for quad in store:
        (default if isinstance(quad.graph_name, ox.DefaultGraph) else named).add(quad.triple)
    for triples, message in (
        (default - named, "stands in the default graph and in no named graph"),
        (named - default, "stands in a named graph and not in the default graph"),
    ):
        for triple in sorted(triples, key=str):
            if isinstance(triple.subject, ox.NamedNode):
                said = f"a triple with {triple.predicate} {message}"
                finding = Finding(triple.subject.value, "merge", said, "build again: cityrights build")
                yield Broken(finding, triple.subject, triple.predicate)


def check_iris(quads: Iterable[ox.Quad]) -> Iterator[Broken]:
    """Yield each IRI under ``id/`` whose kind is unknown or whose slug is not a-z, 0-9 and hyphens."""
    seen: set[str] = set()
    for quad in quads:
        for term in (quad.graph_name, quad.subject, quad.object):
            if not isinstance(term, ox.NamedNode) or not term.value.startswith(ID) or term.value in seen:
                continue
            seen.add(term.value)
            path = term.value.removeprefix(ID)
            wrong = _wrong(path)
            if wrong:
                about = quad.subject if isinstance(quad.subject, ox.NamedNode) else ox.NamedNode(GRAPH_CLAIMS)
                finding = Finding(about.value, "slug", f"id/{path}: {wrong}", "mend the IRI; slugs are a-z, 0-9 and -")
                yield Broken(finding, about, term)


def _wrong(path: str) -> str:
    kind = path.partition("/")[0]
    if kind not in KINDS:
        return f"“{kind}” is no kind of path"
    return "" if _PATH.fullmatch(path) else "the slug is not made of a-z, 0-9 and single hyphens"
