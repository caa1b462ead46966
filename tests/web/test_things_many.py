"""What a page of one thing reads and counts: as much as it shows, however much of a graph there is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyoxigraph as ox
import pytest
from numpy.typing import NDArray

from cityrights.indexes.counts import MANY
from cityrights.indexes.facets.arrays import Mask, Members
from cityrights.indexes.proximity import Connections
from cityrights.indexes.proximity.telling import tell
from cityrights.library import pages
from cityrights.library.pages import page_query, with_options
from cityrights.pipeline.steps import build_files
from cityrights.resources import description
from cityrights.resources.labels import Vocabulary
from cityrights.snapshot import Snapshot
from cityrights.terms import Term
from cityrights.terms import rows as read_rows
from cityrights.vocabulary import ID
from cityrights_web.flask_app import create_pages
from cityrights_web.site import Site
from cityrights_web.views.resource import territory
from sparqlgate import EmbeddedEngine
from sparqlgate.text.guard import Screened

GRAPH = """
PREFIX cr: <https://w3id.org/cityrights/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
<https://w3id.org/cityrights/id/city/here> a cr:City, cr:Territory ; rdfs:label "Here"@en ;
  cr:governedBy <https://w3id.org/cityrights/id/government/here> .
<https://w3id.org/cityrights/id/government/here> a cr:LocalGovernment ; rdfs:label "Council of Here"@en ;
  cr:governs <https://w3id.org/cityrights/id/city/here> .
<https://w3id.org/cityrights/id/award/one> a cr:Award ; rdfs:label "Award"@en ;
  cr:awardedTo <https://w3id.org/cityrights/id/government/here> .
<https://w3id.org/cityrights/id/theme/housing> a cr:Theme ; rdfs:label "Housing"@en .
<https://w3id.org/cityrights/id/target-group/women> a cr:TargetGroup ; rdfs:label "Women"@en .
<https://w3id.org/cityrights/id/status/in-place> a cr:Status ; rdfs:label "In place"@en .
"""
PRACTICE = """
<https://w3id.org/cityrights/id/practice/p{n:04}> a cr:Practice ; rdfs:label "Practice {n:04}"@en ;
  cr:place <https://w3id.org/cityrights/id/city/here> ;
  cr:implementedBy <https://w3id.org/cityrights/id/government/here> ;
  cr:theme <https://w3id.org/cityrights/id/theme/housing> ;
  cr:targetGroup <https://w3id.org/cityrights/id/target-group/women> ;
  cr:status <https://w3id.org/cityrights/id/status/in-place> .
"""
KEYS = (
    "city/here", "government/here", "theme/housing", "target-group/women", "status/in-place", "practice/p0007",
)  # fmt: skip


@dataclass
class Read:
    """What was asked for a page: rows by the name of the query, and how often a facet was counted."""

    names: list[str] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    counted: int = 0


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Note what is asked and counted."""
    noted, prepare, count = Read(), pages._prepared, Members.counts

    def prepared(
        name: str, options: tuple[str, ...], among: str, page: tuple[int, int] | None, language: str
    ) -> Screened:
        noted.names.append(name)
        return prepare(name, options, among, page, language)

    def rows(told: bytes) -> list[dict[str, Term]]:
        found = read_rows(told)
        noted.rows[noted.names[-1]] += len(found)
        return found

    def counts(self: Members, mask: Mask) -> NDArray[np.int64]:
        noted.counted += 1
        return count(self, mask)

    monkeypatch.setattr(pages, "_prepared", prepared)
    monkeypatch.setattr(pages, "rows", rows)
    monkeypatch.setattr(Members, "counts", counts)
    return noted


def graph(folder: Path, practices: int) -> Snapshot:
    """Return a snapshot with so many practices that are alike in everything."""
    file = folder / f"{practices}.ttl"
    file.write_text(GRAPH + "".join(PRACTICE.format(n=n) for n in range(practices)), "utf-8")
    return build_files([file], folder / "snapshots")


@pytest.mark.parametrize("lists", [True, False], ids=["from the lists", "of others’ data"])
def test_a_page_reads_what_it_shows_and_nothing_twice_however_much_there_is(
    tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch, lists: bool
) -> None:
    if lists:  # whose names are those that the lists have
        monkeypatch.setattr(Site, "_read_vocabulary", lambda self: Vocabulary.load(self.engine.direct))
    found: list[dict[str, Counter[str]]] = []
    for practices in (MANY + 30, 4 * MANY):
        held = graph(tmp_path, practices)
        with EmbeddedEngine(held, workers=1) as engine:
            client = create_pages(Site(engine, held.version, held.path, held.manifest)).test_client()
            client.get("/page/award/one")  # with what is read once for all pages
            each = {}
            for key in KEYS:
                read.names.clear()
                read.rows.clear()
                page = client.get(f"/page/{key}")
                assert page.status_code == 200, key
                assert not read.counted, f"/page/{key} counted {read.counted} facets, and shows none"
                assert "thing_incoming_counts" not in read.names, f"/page/{key} counted what the snapshot has counted"
                each[key] = Counter(read.rows)
            found.append(each)
    for key in KEYS:
        few, many = (each[key] for each in found)
        assert few == many, f"/page/{key} reads {few} of {MANY + 30} practices, {many} of {4 * MANY}"
        if lists:
            assert not few["practice_cards"], f"/page/{key} reads practices that the lists have"
            assert few["listed"] <= 2, f"/page/{key} reads {few['listed']} rows of what the lists have"
        else:
            assert few["practice_cards"] <= 8 * territory._SHOWN, f"/page/{key} reads more practices than it shows"
    assert found[0]["theme/housing"]["thing_neighbours"] == 0, "what is counted is read page by page, and at once not"


def test_so_many_pointers_are_counted_as_are_read_at_once() -> None:
    assert MANY == description.AT_ONCE, "between the two a page would read them, count them, and read them again"


def test_what_belongs_to_a_government_is_found_without_a_look_at_what_it_does(tmp_path: Path) -> None:
    looked_at: list[str] = []

    def belongs(thing: ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple) -> ox.Literal:
        looked_at.append(str(thing))
        return ox.Literal("/award/" in str(thing))

    text = with_options(page_query("thing_neighbours"), ("government",))
    text, times = re.subn(r"REGEX\(STR\(\?s\), [^)]*\)/\"\)", "<urn:belongs>(?s)", text)
    assert times == 1
    store = ox.Store()
    store.load((GRAPH + "".join(PRACTICE.format(n=n) for n in range(40))).encode(), ox.RdfFormat.TURTLE)
    thing = ox.NamedNode(f"{ID}government/here")
    found = store.query(
        text,
        substitutions={ox.Variable("thing"): thing},
        custom_functions={ox.NamedNode("urn:belongs"): belongs},
    )
    assert isinstance(found, ox.QuerySolutions)
    assert {row["s"] for row in found} == {ox.NamedNode(f"{ID}award/one")}
    assert set(looked_at) == {f"<{ID}award/one>"}, f"{len(looked_at)} things were looked at"


def test_of_two_places_no_statement_is_read_that_is_no_step(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Connections.open(snapshot.path).explain(f"{ID}city/utrecht", f"{ID}city/lyon")
    hops = {
        hop
        for reason in (*held.reasons, *(each for chain in held.chains for each in chain.reasons))
        for way in (*reason.ours, *reason.theirs)
        for hop in way.hops
    }
    steps = {(hop.subject, hop.predicate, hop.object) for hop in hops}
    steps |= {(hop.object, hop.predicate, hop.subject) for hop in hops}
    read: list[tuple[str, str, str]] = []

    def rows(told: bytes) -> list[dict[str, Term]]:
        found = read_rows(told)
        read.extend((str(row["s"]), str(row["p"]), str(row["o"])) for row in found if "graph" in row)
        return found

    with EmbeddedEngine(snapshot, workers=1) as engine:
        vocabulary = Vocabulary.load(engine)
        monkeypatch.setattr(pages, "rows", rows)
        tell(engine, vocabulary, held)
    assert len(read) > 20
    others = set(read) - steps
    assert not others, f"{len(others)} of {len(set(read))} statements that were read are no steps"
