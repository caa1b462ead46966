"""The W3C manifests as tests: what each sends, and what it expects. Addresses are those under ``BASE``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from tests import support

BASE = "https://w3c.github.io/rdf-tests/"
_MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
_APPROVAL = "http://www.w3.org/2001/sw/DataAccess/tests/test-dawg#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_MANIFESTS = {
    "SPARQL 1.0": ("sparql/sparql10/manifest-evaluation.ttl", "sparql/sparql10/manifest-syntax.ttl"),
    "SPARQL 1.1": (
        "sparql/sparql11/manifest-sparql11-query.ttl",
        "sparql/sparql11/csv-tsv-res/manifest.ttl",
        "sparql/sparql11/json-res/manifest.ttl",
        "sparql/sparql11/syntax-fed/manifest.ttl",
        "sparql/sparql11/delete-insert/manifest.ttl",
    ),
}
_KINDS = {
    "QueryEvaluationTest": "evaluation",
    "CSVResultFormatTest": "evaluation",
    "PositiveSyntaxTest": "good syntax",
    "PositiveSyntaxTest11": "good syntax",
    "NegativeSyntaxTest": "bad syntax",
    "NegativeSyntaxTest11": "bad syntax",
}
Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True)
class W3cTest:
    """One query test; ``address`` names it, files are given by their addresses."""

    address: str
    edition: str
    kind: str
    query: str
    data: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    result: str = ""
    lax: bool = False

    @property
    def short(self) -> str:
        """The address without its common start, as the list of deviations writes it."""
        return self.address.removeprefix(BASE + "sparql/")


class Manifest:
    """One manifest file."""

    def __init__(self, root: Path, name: str) -> None:
        self.root = root
        self.name = name
        self.store = ox.Store()
        self.store.load(path=str(root / name), format=ox.RdfFormat.TURTLE, base_iri=BASE + name)

    def values(self, subject: Node, predicate: str) -> list[Node]:
        """Return the objects of a triple pattern."""
        assert isinstance(subject, ox.NamedNode | ox.BlankNode)
        return [quad.object for quad in self.store.quads_for_pattern(subject, ox.NamedNode(predicate), None)]

    def value(self, subject: Node, predicate: str) -> Node | None:
        """Return the first object of a triple pattern."""
        return next(iter(self.values(subject, predicate)), None)

    def text(self, subject: Node, predicate: str) -> str:
        """Return the first object's text, empty when there is none."""
        found = self.value(subject, predicate)
        assert not isinstance(found, ox.Triple)
        return "" if found is None else found.value

    def items(self, head: Node | None) -> Iterator[Node]:
        """Yield the members of an RDF list."""
        while head is not None and head != ox.NamedNode(_RDF + "nil"):
            first = self.value(head, _RDF + "first")
            assert first is not None
            yield first
            head = self.value(head, _RDF + "rest")

    def entries(self) -> Iterator[Node]:
        """Yield the tests of this manifest in their order, and those approved that its list forgets."""
        listed = list(self.items(self.value(ox.NamedNode(BASE + self.name), _MF + "entries")))
        approved = self.store.quads_for_pattern(None, ox.NamedNode(_APPROVAL + "approval"), None)
        subjects = {quad.subject for quad in approved if quad.object == ox.NamedNode(_APPROVAL + "Approved")}
        return iter([*listed, *sorted(subjects - set(listed), key=str)])

    def included(self) -> Iterator[Manifest]:
        """Yield this manifest and those that it includes."""
        yield self
        for head in self.values(ox.NamedNode(BASE + self.name), _MF + "include"):
            for item in self.items(head):
                assert isinstance(item, ox.NamedNode)
                yield from Manifest(self.root, item.value.removeprefix(BASE)).included()


def local(root: Path, address: str) -> Path:
    """Return the file of an address."""
    return root / address.removeprefix(BASE)


def root() -> Path | None:
    """Return the folder of the W3C data, None where it is absent."""
    return support.find(support.RDF_TESTS)


@cache
def query_tests() -> tuple[W3cTest, ...]:
    """Return the tests of both editions; none when the data are absent."""
    folder = root()
    if folder is None:
        return ()
    return tuple(
        test
        for edition, names in _MANIFESTS.items()
        for name in names
        for manifest in Manifest(folder, name).included()
        for entry in manifest.entries()
        for test in _test(manifest, entry, edition)
    )


def _test(manifest: Manifest, entry: Node, edition: str) -> Iterator[W3cTest]:
    assert isinstance(entry, ox.NamedNode)
    kinds = [
        _KINDS[name]
        for kind in manifest.values(entry, _RDF + "type")
        if isinstance(kind, ox.NamedNode) and (name := kind.value.removeprefix(_MF)) in _KINDS
    ]
    action = manifest.value(entry, _MF + "action")
    if not kinds or action is None:
        return
    folder = manifest.name.removesuffix("manifest.ttl").removeprefix("sparql/")
    address = f"{BASE}sparql/{folder}{entry.value.rpartition('#')[2]}"
    if isinstance(action, ox.NamedNode):
        yield W3cTest(address, edition, kinds[0], action.value)
        return
    result = manifest.value(entry, _MF + "result")
    lax = manifest.value(entry, _MF + "resultCardinality") == ox.NamedNode(_MF + "LaxCardinality")
    yield W3cTest(
        address,
        edition,
        kinds[0],
        manifest.text(action, _QT + "query"),
        tuple(item.value for item in manifest.values(action, _QT + "data") if isinstance(item, ox.NamedNode)),
        tuple(item.value for item in manifest.values(action, _QT + "graphData") if isinstance(item, ox.NamedNode)),
        result.value if isinstance(result, ox.NamedNode) else "",
        lax,
    )
