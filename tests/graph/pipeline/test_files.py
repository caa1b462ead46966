"""A snapshot of anybody's files: what it holds, that both ways to read it agree, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from cityrights.pipeline.steps import build_files
from sparqlgate import EmbeddedEngine
from sparqlgate.errors import InputError

TRIG = """
PREFIX e: <http://example.org/>
e:a e:p "outside" .
e:g { e:a e:p "inside", _:x . _:x e:p e:shared }
e:h { e:b e:p e:shared }
"""
TURTLE = "<http://example.org/a> <http://example.org/p> _:x . _:x <http://example.org/q> [] ."


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    (tmp_path / "one.trig").write_text(TRIG)
    (tmp_path / "two.ttl").write_text(TURTLE)
    rdf = '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Bag r:about="http://example.org/z"/></r:RDF>'
    (tmp_path / "three.rdf").write_text(rdf)
    (tmp_path / "four.nq").write_text("<http://example.org/b> <http://example.org/p> <http://example.org/shared> .\n")
    return sorted(tmp_path.iterdir())


def _rows(engine: EmbeddedEngine, query: str) -> list[list[str]]:
    bindings = json.loads(engine.query(query).read())["results"]["bindings"]
    return sorted([f"{v['type']} {v['value']}" for v in row.values() if v["type"] != "bnode"] for row in bindings)


def test_both_ways_to_read_it_give_the_same(files: list[Path], tmp_path: Path) -> None:
    snapshot = build_files(files, tmp_path / "snapshots")
    assert snapshot.manifest["named_graphs"] == ["http://example.org/g", "http://example.org/h"]
    assert (snapshot.manifest["quads"], snapshot.manifest["triples"], snapshot.manifest["graphs"]) == (9, 8, 2)
    queries = (
        "SELECT * { ?s ?p ?o }",
        "SELECT * { GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?p { <http://example.org/a> <http://example.org/p> ?x . ?x ?p ?y }",
    )
    with EmbeddedEngine(snapshot) as memory, EmbeddedEngine(snapshot, in_memory=1) as disk:
        assert memory.in_memory
        assert not disk.in_memory
        for query in queries:
            assert _rows(memory, query) == _rows(disk, query), query
        assert len(_rows(disk, queries[0])) == 8
        assert len(_rows(disk, queries[1])) == 4
        # The blank nodes that two files call x are two.
        assert len(_rows(disk, queries[2])) == 2


def test_the_dumps_are_what_was_read(files: list[Path], tmp_path: Path) -> None:
    snapshot = build_files(files, tmp_path / "snapshots")
    assert len(list(ox.parse(path=str(snapshot.nquads), format=ox.RdfFormat.N_QUADS))) == 9
    about = {str(t.predicate): t for t in ox.parse(path=str(snapshot.path / "void.ttl"), format=ox.RdfFormat.TURTLE)}
    assert about["<http://rdfs.org/ns/void#triples>"].object == ox.Literal(8)
    for name, entry in snapshot.manifest["files"].items():
        assert (snapshot.path / name).stat().st_size == entry["bytes"]


def test_the_same_files_are_built_once(files: list[Path], tmp_path: Path) -> None:
    first = build_files(files, tmp_path / "snapshots")
    before = first.nquads.stat().st_mtime_ns
    again = build_files(files, tmp_path / "snapshots")
    assert (again.version, again.nquads.stat().st_mtime_ns) == (first.version, before)
    files[0].write_text(files[0].read_text() + "\n")
    assert build_files(files, tmp_path / "snapshots").version != first.version


def test_a_wrong_file_leaves_nothing_behind(files: list[Path], tmp_path: Path) -> None:
    bad = tmp_path / "bad.ttl"
    bad.write_text("<http://example.org/a> <relative> 1 .")
    with pytest.raises(InputError) as caught:
        build_files([*files, bad], tmp_path / "snapshots")
    assert caught.value.path == bad
    assert list((tmp_path / "snapshots").iterdir()) == []
    assert build_files([bad], tmp_path / "snapshots", base_iri="http://example.org/").manifest["quads"] == 1
