"""The build from outside: deterministic, atomic, and clear about what is wrong."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from cityrights.home import home
from cityrights.indexes.registry import Indexes
from cityrights.pipeline import build, dumps, lines, steps
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import CR, GRAPH, GRAPH_DERIVED, ID, PREFIXES, RDF
from sparqlgate.errors import InputError, SnapshotError
from tests.nodes import literal, rows

DUMPS = (
    "cityrights.nq", "cityrights.nt", "cityrights.trig", "cityrights.ttl", "cityrights.jsonld", "void.ttl",
    "cityrights-rdf12.ttl", "nanopubs.trig",
)  # fmt: skip
NANOPUB = "http://www.nanopub.org/nschema#"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of some of the files that people write, to break as a test likes: few are soon built."""
    target = tmp_path / "home"
    (target / "ontology").mkdir(parents=True)
    for part in ("data/places", "queries/construct"):
        shutil.copytree(home() / part, target / part)
    return target


def test_the_same_files_give_the_same_version_and_the_same_dumps(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where they do not fit in memory, so that they are sorted by pieces and merged on disk."""
    monkeypatch.setattr(lines, "PIECE", 7_000)
    monkeypatch.setattr(steps, "LARGE", 1_000)
    monkeypatch.setattr(dumps, "_LOADED", 5_000)
    copy = tmp_path / "home"
    for part in ("ontology", "data", "queries"):
        shutil.copytree(home() / part, copy / part)
    again = build(copy, tmp_path / "other").snapshot
    assert again.version == snapshot.version
    for name in (*DUMPS, "manifest.json"):
        assert (again.path / name).read_bytes() == (snapshot.path / name).read_bytes(), name
    stores = [ox.Store.read_only(str(made.path / "store")) for made in (again, snapshot)]
    assert len(set(map(len, stores))) == 1
    one, other = ({str(quad) for quad in store} for store in stores)
    assert one == other
    left = {path.name for path in (tmp_path / "other").iterdir()}
    assert left == {again.path.name, "draft", "inputs", "library"}  # and nothing of what was made on the way


def test_the_version_is_the_digest_of_the_sorted_quads_without_their_statistics(snapshot: Snapshot) -> None:
    lines = snapshot.nquads.read_text("utf-8").splitlines(keepends=True)
    assert lines == sorted(lines)
    assert len(lines) == len(set(lines)) == snapshot.manifest["quads"]
    void = {str(quad) + " .\n" for quad in _generated(snapshot)}
    assert void
    kept = "".join(line for line in lines if line not in void)
    assert hashlib.sha256(kept.encode()).hexdigest() == snapshot.version


def _generated(snapshot: Snapshot) -> list[ox.Quad]:
    """Return the quads that the build counted."""
    name = ox.NamedNode("https://w3id.org/cityrights/graph/derived/statistics")
    quads = ox.parse(snapshot.nquads.read_bytes(), format=ox.RdfFormat.N_QUADS)
    return [quad for quad in quads if quad.graph_name == name]


def test_words_are_indexed_alike_when_the_merge_has_made_room(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = build(copy, tmp_path / "once").snapshot
    monkeypatch.setattr(steps, "_ROOMY", 10)
    later = build(copy, tmp_path / "later").snapshot
    assert later.version == once.version
    first, second = (sorted(path.name for path in made.path.iterdir()) for made in (once, later))
    assert first == second
    one, other = (Indexes(made.path).search for made in (once, later))
    assert one.types()
    assert one.types() == other.types()
    assert one.suggest("utrecht") == other.suggest("utrecht")


def test_changing_one_word_changes_the_version_and_layout_and_comments_do_not(copy: Path, tmp_path: Path) -> None:
    version = build(copy, tmp_path / "s").snapshot.version
    file = copy / "data" / "places" / "places.trig"
    text = file.read_text("utf-8")
    assert '"Utrecht"@en' in text
    file.write_text("# a remark\n\n" + text.replace("\n", "\n\n"), "utf-8")
    assert build(copy, tmp_path / "s").snapshot.version == version
    file.write_text(text.replace('"Utrecht"@en', '"Utrecht!"@en', 1), "utf-8")
    assert build(copy, tmp_path / "s").snapshot.version != version


def test_a_second_build_of_the_same_files_is_used_again(copy: Path, tmp_path: Path) -> None:
    first = build(copy, tmp_path / "s")
    second = build(copy, tmp_path / "s")
    assert (first.reused, second.reused) == (False, True)
    assert second.snapshot.path == first.snapshot.path


def test_a_damaged_snapshot_is_built_again(copy: Path, tmp_path: Path) -> None:
    first = build(copy, tmp_path / "s", current=True).snapshot
    first.nquads.unlink()
    with pytest.raises(SnapshotError, match=r"lacks cityrights\.nq"):
        Snapshot.current(tmp_path / "s")
    again = build(copy, tmp_path / "s", current=True)
    assert not again.reused
    assert Snapshot.current(tmp_path / "s").version == first.version


def _unclosed(text: str) -> str:
    return text[: text.rindex("}")]


def _outside(text: str) -> str:
    return text + "\n<http://example.org/a> <http://example.org/b> <http://example.org/c> .\n"


def _prefix(text: str) -> str:
    return text + "\n<http://example.org/g> { nosuch:a nosuch:b nosuch:c }\n"


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [(_unclosed, ""), (_outside, "stands outside a graph"), (_prefix, "prefix nosuch: has not been declared")],
    ids=["unclosed", "outside", "prefix"],
)
def test_a_broken_file_leaves_the_last_good_snapshot(
    copy: Path, tmp_path: Path, break_it: Callable[[str], str], reason: str
) -> None:
    directory = tmp_path / "s"
    good = build(copy, directory, current=True).snapshot
    before = sorted(path.name for path in directory.iterdir())
    file = copy / "data" / "places" / "places.trig"
    file.write_text(break_it(file.read_text("utf-8")), "utf-8")
    with pytest.raises(InputError) as caught:
        build(copy, directory)
    assert caught.value.path == file
    assert reason in str(caught.value)
    assert sorted(path.name for path in directory.iterdir()) == before
    assert Snapshot.current(directory).path == good.path


def test_a_file_that_is_not_utf8_is_named_with_its_line(copy: Path, tmp_path: Path) -> None:
    file = copy / "data" / "places" / "places.trig"
    content = file.read_bytes()
    file.write_bytes(content.replace(b'"Utrecht"@en', b'"\xff"@en', 1))
    with pytest.raises(InputError, match="is not UTF-8") as caught:
        build(copy, tmp_path / "s")
    assert caught.value.line == content[: content.index(b'"Utrecht"@en')].count(b"\n") + 1


def test_a_rule_that_is_not_a_construct_is_named(copy: Path, tmp_path: Path) -> None:
    (copy / "queries" / "construct" / "zz.rq").write_text("# Nothing\n# order: 99\nSELECT * { ?s ?p ?o }\n", "utf-8")
    with pytest.raises(InputError, match=r"zz\.rq.*CONSTRUCT"):
        build(copy, tmp_path / "s")


def test_the_default_graph_is_the_merge_of_the_named_graphs(snapshot: Snapshot) -> None:
    store = ox.Store.read_only(str(snapshot.store))
    default = {str(quad.triple) for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())}
    named = [quad for quad in store if not isinstance(quad.graph_name, ox.DefaultGraph)]
    assert default == {str(quad.triple) for quad in named}
    assert len(named) == snapshot.manifest["quads"]
    assert len(default) == snapshot.manifest["triples"]


def test_every_dump_says_the_same(snapshot: Snapshot) -> None:
    named = {str(quad) for quad in ox.parse(snapshot.nquads.read_bytes(), format=ox.RdfFormat.N_QUADS)}
    merged = {str(quad.triple) for quad in ox.parse(snapshot.nquads.read_bytes(), format=ox.RdfFormat.N_QUADS)}
    for name, form in (("cityrights.trig", ox.RdfFormat.TRIG), ("cityrights.jsonld", ox.RdfFormat.JSON_LD)):
        assert {str(quad) for quad in ox.parse((snapshot.path / name).read_bytes(), format=form)} == named, name
    for name, form in (("cityrights.ttl", ox.RdfFormat.TURTLE), ("cityrights.nt", ox.RdfFormat.N_TRIPLES)):
        assert {str(quad.triple) for quad in ox.parse((snapshot.path / name).read_bytes(), format=form)} == merged, name


def test_each_statement_is_reified_by_its_witnesses(snapshot: Snapshot) -> None:
    """RDF 1.2: without named graphs, the same statements, and of each who says so: no more and no less."""
    text = (snapshot.path / "cityrights-rdf12.ttl").read_bytes()
    read = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]
    quads = list(ox.parse(snapshot.nquads.read_bytes(), format=ox.RdfFormat.N_QUADS))
    reified = {
        (str(triple.subject), str(triple.object)) for triple in read if triple.predicate.value == RDF + "reifies"
    }
    witnesses = (f"<{ID}claim/", f"<{ID}decision/", f"<{GRAPH}enrichment/", f"<{GRAPH_DERIVED}")
    said = {(str(q.graph_name), str(q.triple)) for q in quads if str(q.graph_name).startswith(witnesses)}
    assert reified == said
    plain = {str(triple) for triple in read if triple.predicate.value != RDF + "reifies"}
    assert plain == {str(quad.triple) for quad in quads}


def test_a_claim_reifies_what_it_states(snapshot: Snapshot) -> None:
    """SPARQL 1.2 asks for who says so without a word of graphs."""
    store = ox.Store()
    store.bulk_load(path=str(snapshot.path / "cityrights-rdf12.ttl"), format=ox.RdfFormat.TURTLE)
    found = store.query(
        """SELECT ?text {
            ?who rdf:reifies <<( practice:utrecht-plan-einstein cr:theme theme:housing )>> ; cr:text ?text
            FILTER(LANG(?text) = "en") }""",
        prefixes=PREFIXES,
    )
    assert isinstance(found, ox.QuerySolutions)
    (row,) = found
    assert "right to housing" in str(row["text"])


def test_each_claim_and_decision_is_a_nanopublication(snapshot: Snapshot) -> None:
    """Four graphs that belong together by the guidelines, and the assertion is the graph of the claim or decision."""
    quads = ox.Store()
    quads.bulk_load(path=str(snapshot.path / "nanopubs.trig"), format=ox.RdfFormat.TRIG)

    def asked(query: str) -> list[tuple[str, ...]]:
        found = quads.query(query, prefixes=PREFIXES | {"np": NANOPUB})
        assert isinstance(found, ox.QuerySolutions)
        return [tuple(str(row[variable]) for variable in found.variables) for row in found]

    whole = asked(
        """SELECT ?np ?head ?a ?p ?i { GRAPH ?head {
            ?np a np:Nanopublication ; np:hasAssertion ?a ; np:hasProvenance ?p ; np:hasPublicationInfo ?i } }"""
    )
    read = ox.parse(snapshot.nquads.read_bytes(), format=ox.RdfFormat.N_QUADS)
    classes = {f"<{CR}{name}>" for name in ("Claim", "GroupClaim", "Decision")}
    things = {str(q.subject) for q in read if q.predicate.value == RDF + "type" and str(q.object) in classes}
    assert {row[0].replace("#nanopub>", ">") for row in whole} == things
    assert len(whole) == len(things) > 400
    graphs = {str(graph) for graph in quads.named_graphs()}
    assert graphs == {graph for row in whole for graph in row[1:]}
    assert len(graphs) == 4 * len(whole), "no graph belongs to two"
    for lacking in (
        "GRAPH ?a { ?s ?q ?o }",
        "GRAPH ?p { ?a prov:wasAttributedTo ?who }",
        "GRAPH ?p { ?a prov:wasDerivedFrom ?source }",
        "GRAPH ?i { ?np dcterms:creator ?creator ; dcterms:license ?licence ; dcterms:created ?day }",
    ):
        names = "?np np:hasAssertion ?a ; np:hasProvenance ?p ; np:hasPublicationInfo ?i"
        found = asked(f"SELECT ?np {{ GRAPH ?head {{ {names} }} FILTER NOT EXISTS {{ {lacking} }} }}")
        if "DerivedFrom" in lacking:  # what no claim prompted is derived from nothing, and its provenance says why
            found = [
                row
                for row in found
                if not asked(f"SELECT ?o {{ GRAPH ?g {{ {row[0].replace('#nanopub', '')} cr:withoutPrompt ?o }} }}")
            ]
        assert found == [], lacking
    stated = {
        quad
        for quad in ox.parse(snapshot.nquads.read_bytes(), format=ox.RdfFormat.N_QUADS)
        if str(quad.graph_name) in things
    }
    published = {quad for quad in quads if str(quad.graph_name) in things}
    assert published == stated


def test_the_manifest_knows_its_files(snapshot: Snapshot) -> None:
    manifest = json.loads((snapshot.path / "manifest.json").read_text("utf-8"))
    assert set(manifest["files"]) == set(DUMPS)
    for name, facts in manifest["files"].items():
        content = (snapshot.path / name).read_bytes()
        assert facts["bytes"] == len(content)
        assert facts["sha256"] == hashlib.sha256(content).hexdigest()


def test_void_counts_what_is_there(snapshot: Snapshot) -> None:
    void = rdflib.Graph().parse(snapshot.path / "void.ttl")
    found = rows(
        void.query(
            """PREFIX void: <http://rdfs.org/ns/void#> SELECT ?n { [] void:classPartition ?p .
            ?p void:class <https://w3id.org/cityrights/ontology#Practice> ; void:entities ?n }"""
        )
    )
    practices = ox.Store.read_only(str(snapshot.store)).query(
        "SELECT DISTINCT ?p { ?p a <https://w3id.org/cityrights/ontology#Practice> }"
    )
    assert isinstance(practices, ox.QuerySolutions)
    assert [int(row[0]) for row in found] == [len(list(practices))]


def test_the_numbers_are_those_of_the_dump_in_which_they_stand(snapshot: Snapshot) -> None:
    triples = {quad.triple for quad in ox.parse(snapshot.nquads.read_bytes(), format=ox.RdfFormat.N_QUADS)}
    void, dataset = "http://rdfs.org/ns/void#", ox.NamedNode("https://w3id.org/cityrights/dataset")
    told: dict[tuple[object, str], str] = {
        (t.subject, t.predicate.value.removeprefix(void)): t.object.value
        for t in triples
        if isinstance(t.object, ox.Literal) and t.predicate.value.startswith(void)
    }
    types = [t.object for t in triples if t.predicate.value == "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"]
    properties = Counter(t.predicate for t in triples)
    assert int(told[dataset, "triples"]) == len(triples) == snapshot.manifest["triples"]
    assert int(told[dataset, "distinctSubjects"]) == len({t.subject for t in triples})
    assert int(told[dataset, "distinctObjects"]) == len({t.object for t in triples})
    assert int(told[dataset, "properties"]) == len(properties)
    assert int(told[dataset, "classes"]) == len(set(types))
    parts = {t.subject: t.object for t in triples if t.predicate.value == void + "property" and t.subject != dataset}
    assert {name: int(told[part, "triples"]) for part, name in parts.items()} == properties


def test_linksets_say_how_many_links_they_have(snapshot: Snapshot) -> None:
    void = rdflib.Graph().parse(snapshot.path / "void.ttl")
    told = {
        str(part).rpartition("-")[2]: literal(number).toPython()
        for part in void.subjects(rdflib.RDF.type, rdflib.VOID.Linkset)
        for number in void.objects(part, rdflib.VOID.triples)
    }
    lines = (snapshot.path / "cityrights.nt").read_text("utf-8").splitlines()
    expected = {
        name: sum(f"core#{predicate}Match> <{space}" in line for line in lines)
        for name, predicate, space in (
            ("wikidata", "exact", "http://www.wikidata.org/entity/"),
            ("geonames", "exact", "https://sws.geonames.org/"),
            ("sdg", "related", "http://metadata.un.org/sdg/"),
        )
    }
    assert told.items() >= expected.items()
    assert all(told.values())
