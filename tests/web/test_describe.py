"""Descriptions: labels by the fallback chain, parameters as terms, queries that readers can run as they stand."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from math import cos, radians
from pathlib import Path

import pyoxigraph as ox
import pytest

from cityrights.home import home
from cityrights.indexes import counts
from cityrights.library.pages import ask_of_each, page_query, shown, with_options
from cityrights.pipeline import build
from cityrights.resources import description, places
from cityrights.resources import document as documents
from cityrights.resources.description import describe
from cityrights.resources.document import document
from cityrights.resources.labels import Vocabulary, origin_of, spoken
from cityrights.resources.model import Origin
from cityrights.resources.places import Places, Spot
from cityrights.snapshot import Snapshot
from cityrights.terms import Iri, Literal, best_label, fallback_chain, term_text
from cityrights.vocabulary import CR, GRAPH, ID, RDF
from sparqlgate import EmbeddedEngine
from sparqlgate.errors import SnapshotError

NAMES = sorted(path.stem for path in (home() / "queries" / "pages").glob("*.rq"))


@pytest.fixture(scope="module")
def engine(fixture_snapshot: Path) -> Iterator[EmbeddedEngine]:
    """An engine over the fixture graph."""
    engine = EmbeddedEngine(Snapshot.open(fixture_snapshot), workers=1)
    yield engine
    engine.close()


@pytest.mark.parametrize(
    ("languages", "chosen"),
    [("fr", "ville"), ("es", "city"), ("en", "city"), ("de", "city")],
)
def test_labels_fall_back_to_english(languages: str, chosen: str) -> None:
    labels = [Literal("ville", "fr"), Literal("city", "en"), Literal("kaupunki", "fi")]
    best = best_label(labels, fallback_chain(languages))
    assert best is not None
    assert best.value == chosen


def test_labels_fall_back_to_any_and_do_not_depend_on_order() -> None:
    labels = [Literal("kaupunki", "fi"), Literal("Stadt", "de")]
    assert best_label(labels, ("fr", "en")) == best_label(labels[::-1], ("fr", "en")) == Literal("Stadt", "de")
    assert best_label([*labels, Literal("x")], ("fr", "en")) == Literal("x")
    assert best_label([], ("en",)) is None
    assert best_label([Literal("colour", "en-gb")], ("en",)) == Literal("colour", "en-gb")


@pytest.mark.parametrize(
    ("graph", "origin"),
    [
        (ID + "claim/x/1", Origin.CLAIM),
        (GRAPH + "claims", Origin.CLAIMS),
        (GRAPH + "editorial/labels", Origin.LABELS),
        (ID + "decision/7", Origin.DECISION),
        (GRAPH + "decisions", Origin.CLAIMS),
        (GRAPH + "editorial/entities", Origin.EDITORIAL),
        (GRAPH + "enrichment/geonames", Origin.ENRICHMENT),
        (GRAPH + "derived/countries", Origin.DERIVED),
        (GRAPH + "vocabulary", Origin.VOCABULARY),
        (GRAPH + "dataset", Origin.DATASET),
        ("https://example.org/", Origin.OTHER),
    ],
)
def test_every_graph_says_who_answers_for_it(graph: str, origin: Origin) -> None:
    assert origin_of(graph) is origin


def test_names_are_spoken_when_nothing_names_them() -> None:
    assert spoken(CR + "implementedBy") == "implemented by"
    assert spoken(ID + "city/san-antonio") == "san antonio"
    assert spoken(ID + "claim/x/10") == "10"


@pytest.mark.parametrize(
    "term",
    [
        Iri("https://example.org/a'b"),
        Literal('a "quoted" \\ text\nin two lines'),
        Literal("été", "fr"),
        Literal("1", datatype="http://www.w3.org/2001/XMLSchema#integer"),
    ],
)
def test_terms_are_written_so_that_they_read_back(term: Iri | Literal) -> None:
    text = f"<http://s> <http://p> {term_text(term)} ."
    (quad,) = ox.parse(text.encode(), format=ox.RdfFormat.N_TRIPLES)
    assert isinstance(quad.object, ox.NamedNode | ox.Literal)
    assert quad.object.value == term.value


def test_an_iri_cannot_leave_its_brackets() -> None:
    assert ">" not in term_text(Iri("https://example.org/> . ?s ?p ?o . <x"))[1:-1]


#: Sentences of three claims: with translations, without English, and in a tongue as it is spoken somewhere.
TOLD = {
    "one": {"en": "Hello", "fr": "Bonjour", "es": "Hola"},
    "two": {"es": "Solo", "de": "Nur"},
    "three": {"fr-ca": "Allô", "en": "Hi"},
}


def test_a_sentence_is_read_in_the_language_of_its_reader_alone(tmp_path: Path) -> None:
    """What stands in it comes without its translations, and what does not by the fallback chain."""
    for name in ("ontology", "data", "queries/construct"):
        (tmp_path / "house" / name).mkdir(parents=True)
    told = ""
    for name, texts in TOLD.items():
        said = ", ".join(f'"{text}"@{tag}' for tag, text in texts.items())
        told += f"<{ID}claim/x/{name}> a <{CR}Claim> ; <{CR}text> {said} ; <{CR}modality> <{ID}modality/asserted> ; "
        told += f"<{CR}source> <{ID}source/x> .\n"
    (tmp_path / "house" / "data" / "told.trig").write_text(f"GRAPH <{GRAPH}claims> {{\n{told}}}\n", "utf-8")
    built = build(tmp_path / "house", tmp_path / "snapshots").snapshot
    engine = EmbeddedEngine(built, workers=1)
    try:
        claims = {name: f"{ID}claim/x/{name}" for name in TOLD}
        for language in ("en", "fr", "es", "de", "it", 'en" || true'):
            rows = list(ask_of_each(engine, "claims_told", "claim", claims.values(), language))
            every = list(ask_of_each(engine, "claims_told", "claim", claims.values()))
            for name, claim in claims.items():
                seen, whole = (
                    [text for row in held if str(row["claim"]) == claim and isinstance(text := row["text"], Literal)]
                    for held in (rows, every)
                )
                assert len(whole) == len(TOLD[name])
                assert len(seen) == (1 if language in TOLD[name] else len(whole)), (language, name, seen)
                assert best_label(seen, fallback_chain(language)) == best_label(whole, fallback_chain(language))
    finally:
        engine.close()


@pytest.mark.parametrize("name", NAMES)
def test_every_page_query_says_what_it_is_and_runs_as_shown(engine: EmbeddedEngine, name: str) -> None:
    text = page_query(name)
    assert text.startswith("# ")
    assert text.splitlines()[0].endswith(".")
    parameters = {
        key: Iri(ID + "city/montevideo") for key in ("thing", "claim", "source", "class") if f"?{key}" in text
    }
    options = ("country", "theme", "settled")
    with engine.query(shown(name, parameters, options)) as result:
        assert result.form == "select"
        result.read()


def test_optional_lines_are_off_unless_asked_for() -> None:
    text = "SELECT * WHERE {\n  #?theme ?s cr:theme ?theme .\n  ?s ?p ?o\n}"
    assert "?s cr:theme ?theme" not in with_options(text, [])
    assert "\n  ?s cr:theme ?theme ." in with_options(text, ["theme"])


def test_a_description_has_statements_evidence_claims_and_pointers(engine: EmbeddedEngine) -> None:
    vocabulary = Vocabulary.load(engine)
    found = describe(engine, vocabulary, ID + "practice/museum", "fr")
    assert found is not None
    assert found.label == Literal("Musée de la migration", "fr", found.label.datatype)
    (place,) = found.values(CR + "place")
    assert place.predicate.label.value == "lieu"
    claim = place.evidence[0].claim
    assert claim is not None
    assert (claim.number, claim.first, claim.last) == ("A001", 10, 12)
    assert not place.derived_only
    (country,) = found.values(CR + "country")
    assert country.derived_only
    assert [line.claim.number for line in found.claims] == ["A002", "A001"]
    city = describe(engine, vocabulary, ID + "city/montevideo")
    assert city is not None
    assert {item.predicate.iri.local_name: item.total for item in city.incoming} == {"place": 4, "governs": 1}
    assert describe(engine, vocabulary, ID + "city/nowhere") is None


def test_a_document_of_nothing_is_none(engine: EmbeddedEngine) -> None:
    assert document(engine, ID + "city/nowhere", "text/turtle") is None
    first = document(engine, ID + "practice/museum", "text/turtle")
    assert first is not None
    assert first == document(engine, ID + "practice/museum", "text/turtle")
    with pytest.raises(KeyError):
        document(engine, ID + "practice/museum", "image/png")


def test_every_property_of_the_ontology_points_or_is_the_record_of_a_claim() -> None:
    record = {"about", "aspect", "conflictsWith", "heading", "mentions", "modality", "passage", "saidBy",
              "source", "subject"}  # fmt: skip
    record |= {"because", "closeTo", "from", "to"}  # of connections, which have pages of their own
    record |= {"describedIn"}  # computed from claims, which the page of a document lists
    text = (home() / "ontology" / "cityrights.ttl").read_text("utf-8")
    known = set(re.findall(r"^cr:(\w+) a owl:ObjectProperty", text, re.MULTILINE))
    assert len(known) > 50
    for name in ("thing_neighbours", "thing_incoming_counts"):
        listed = re.findall(r"cr:(\w+)", page_query(name).partition("VALUES ?p {")[2].partition("}")[0])
        assert set(listed) == known - record, name


def test_things_with_very_many_pointers_are_counted_as_the_others_are(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    vocabulary = Vocabulary.load(engine)
    keys = ("city/montevideo", "theme/culture", "country/uruguay")
    whole = [describe(engine, vocabulary, ID + key) for key in keys]
    monkeypatch.setattr(description, "AT_ONCE", 1)
    counted = [describe(engine, vocabulary, ID + key) for key in keys]
    assert [found.incoming for found in whole if found] == [found.incoming for found in counted if found]


def test_what_a_snapshot_has_counted_is_what_its_pages_would_count(
    engine: EmbeddedEngine, fixture_snapshot: Path
) -> None:
    vocabulary = Vocabulary.load(engine)
    found = counts.count_pointers(ox.Store.read_only(str(fixture_snapshot / "store")), many=1)
    assert len(found) > 10
    for iri, held in found.items():
        whole = describe(engine, vocabulary, iri)
        known = describe(engine, vocabulary, iri, counts={iri: held})
        assert whole is not None
        assert known is not None
        assert whole.incoming == known.incoming
        assert {item.predicate.iri.value: item.total for item in whole.incoming} == held


@pytest.mark.parametrize("key", ["city/montevideo", "country/uruguay"])
def test_the_pages_of_a_document_have_each_pointer_once_with_all_its_graphs(
    key: str, engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages(*, evidence: bool) -> list[set[ox.Quad]]:
        found: list[set[ox.Quad]] = []
        more = True
        while more:
            page = document(engine, ID + key, "application/n-quads", page=len(found) + 1, evidence=evidence)
            assert page is not None
            body, more = page
            found.append(set(ox.parse(body, ox.RdfFormat.N_QUADS)))
        return found

    (plain,), (proved,) = pages(evidence=False), pages(evidence=True)
    monkeypatch.setattr(documents, "PAGE", 2)
    assert set().union(*pages(evidence=True)) == proved
    several = pages(evidence=False)
    pointing = [sum(quad.object == ox.NamedNode(ID + key) for quad in page) for page in several]
    assert len(several) > 1
    assert set(pointing[:-1]) == {2}
    assert sum(pointing) == sum(quad.object == ox.NamedNode(ID + key) for quad in plain)
    assert set().union(*several) == plain


@pytest.mark.parametrize("name", ["example", "kind_members", "thing_document_incoming"])
def test_what_takes_the_first_of_very_many_does_not_sort_them(name: str) -> None:
    assert "#page" in page_query(name) or "LIMIT 1" in page_query(name)
    assert "ORDER BY" not in page_query(name)


def test_claims_and_what_few_things_point_to_are_not_counted() -> None:
    store, status = ox.Store(), ox.NamedNode(CR + "status")
    for number in range(5):
        store.add(ox.Quad(ox.NamedNode(f"urn:{number}"), status, ox.NamedNode("urn:many")))
        store.add(ox.Quad(ox.NamedNode(f"urn:{number}"), ox.NamedNode(CR + "text"), ox.NamedNode("urn:text")))
        store.add(ox.Quad(ox.NamedNode(f"urn:{number}"), status, ox.Literal("many")))
        store.add(ox.Quad(ox.NamedNode(f"urn:{number}"), status, ox.NamedNode("urn:else"), ox.NamedNode("urn:graph")))
    for number in range(3):
        store.add(ox.Quad(ox.NamedNode(f"urn:{number}"), ox.NamedNode(RDF + "type"), ox.NamedNode(CR + "Claim")))
        store.add(ox.Quad(ox.NamedNode(f"urn:{number}"), status, ox.NamedNode("urn:claims")))
    assert counts.count_pointers(store, many=2) == {"urn:many": {CR + "status": 2}}
    assert counts.count_pointers(store, many=3) == {}


def test_a_snapshot_without_counts_has_none_and_a_spoilt_file_says_what_to_do(tmp_path: Path) -> None:
    assert counts.read_pointers(tmp_path) == {}
    (tmp_path / "pointers").mkdir()
    (tmp_path / "pointers" / "counts.json").write_text("{")
    with pytest.raises(SnapshotError, match="cityrights build"):
        counts.read_pointers(tmp_path)


def test_what_is_near_comes_in_order() -> None:
    spots = {name: Spot(Iri(ID + f"{kind}/{name}"), lat, long, ()) for name, kind, lat, long in (
        ("fiji", "city", -18.0, 178.0), ("samoa", "city", -14.0, -172.0), ("rome", "city", 42.0, 12.0),
        ("new-zealand", "country", -41.0, 174.0),
    )}  # fmt: skip
    held = Places({spot.iri.value: spot for spot in spots.values()})
    near = [spot.iri.local_name for spot in held.nearest(ID + "city/fiji", 5)]
    assert near == ["fiji", "samoa", "rome"]
    assert held.nearest(ID + "city/nowhere", 5) == []


def test_of_very_many_places_the_nearest_are_those_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(5)
    spots = [
        Spot(
            Iri(f"{ID}{chance.choice(('city', 'country'))}/{n}"), chance.randint(-80, 80), chance.randint(-180, 180), ()
        )
        for n in range(600)
    ]
    every = Places({spot.iri.value: spot for spot in spots})
    looked_at: list[str] = []

    def is_wide(iri: str) -> bool:
        looked_at.append(iri)
        return "/country/" in iri

    monkeypatch.setattr(places, "_is_wide", is_wide)
    for here in spots[::40]:
        found = every.nearest(here.iri.value, 12)
        near = sorted(
            (spot for spot in spots if spot is not here and "/city/" in spot.iri.value),
            key=lambda spot: (_squared(here, spot), spot.iri.value),
        )
        assert found == [here, *near[:12]]
    assert len(looked_at) == len(spots), "for each page all places were looked at"


def _squared(here: Spot, spot: Spot) -> float:
    """Return the square of a distance in degrees of latitude."""
    east = abs(spot.longitude - here.longitude)
    return (min(east, 360 - east) * cos(radians(here.latitude))) ** 2 + (spot.latitude - here.latitude) ** 2
