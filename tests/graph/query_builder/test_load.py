"""The schema of a graph: the shapes as far as the graph has what they ask for, or the graph alone."""

from __future__ import annotations

from collections import UserDict
from collections.abc import ItemsView, Mapping
from pathlib import Path

import pytest

from cityrights.home import home
from cityrights.query_builder import Kind
from cityrights.query_builder.schema import THING, Profile, combine
from cityrights.resources.schema import Shapes, read_fields
from cityrights.vocabulary import CR, DCTERMS, RDF, RDFS, SKOS, XSD

EX = "http://example.org/"
LANG = RDF + "langString"


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return read_fields(home() / "ontology")


def test_every_file_of_shapes_is_read(shapes: Shapes) -> None:
    files = {path.stem for path in (home() / "ontology" / "shapes").glob("*.ttl")} - {"common", "Concept"}
    assert {CR + name for name in files} <= set(shapes.fields)
    assert CR + "Theme" in shapes.fields


def test_a_field_says_what_its_values_are(shapes: Shapes) -> None:
    event = {field.path: field for field in shapes.of(CR + "Event")}
    assert event[CR + "place"].classes == (CR + "Territory",)
    assert set(event[CR + "start"].datatypes) == {XSD + name for name in ("date", "gYear", "gYearMonth", "gMonthDay")}
    award = {field.path: field for field in shapes.of(CR + "Award")}
    assert set(award[CR + "awardedTo"].classes) == {
        CR + name for name in ("Practice", "Institution", "Actor", "Person")
    }
    assert {field.path: field for field in shapes.of(CR + "Observation")}[CR + "comparator"].coded


def test_a_narrower_class_has_what_a_wider_one_has_and_nothing_that_is_forbidden(shapes: Shapes) -> None:
    city = {field.path: field for field in shapes.of(CR + "City")}
    assert city[CR + "within"].classes == (CR + "Territory",)
    assert CR + "country" in city
    assert CR + "governs" not in {field.path for field in shapes.of(CR + "Network")}
    assert CR + "within" in shapes.transitive
    assert {CR + "governs", CR + "governedBy", CR + "similarTo"} <= shapes.both_ways


def test_only_what_the_graph_has_is_offered(shapes: Shapes) -> None:
    practice, theme, city, status = (CR + name for name in ("Practice", "Theme", "City", "Status"))
    profile = Profile(
        {practice: 3, theme: 2, city: 1, status: 1},
        {
            (practice, RDFS + "label"): {LANG: 9},
            (practice, CR + "theme"): {THING: 4},
            (practice, CR + "status"): {THING: 3},
            (practice, CR + "place"): {THING: 3},
            (practice, CR + "start"): {XSD + "gYear": 1},
            (practice, EX + "other"): {THING: 3},
            (theme, SKOS + "broader"): {THING: 1},
        },
        {
            (practice, CR + "theme"): {theme: 4},
            (practice, CR + "place"): {city: 3},
            (practice, CR + "status"): {status: 3},
            (theme, SKOS + "broader"): {theme: 1},
        },
    )
    schema = combine(shapes, profile)
    assert schema.shaped
    assert list(schema.classes) == ["practice", "city", "theme", "status"]
    found = {each.name: each for each in schema.classes["practice"].properties}
    assert set(found) == {"name", "theme", "status", "place", "start"}
    assert (found["theme"].narrower, found["theme"].concept, found["start"].kind) == (True, True, Kind.DATE)
    assert found["place"].classes == (city,)
    assert schema.classes["practice"].status == found["status"]
    back = schema.classes["city"].get("place-of-practice")
    assert back is not None
    assert (back.inverse, back.classes) == (True, (practice,))
    broader = schema.classes["theme"].get("broader")
    assert broader is not None
    assert broader.classes == (theme,)
    assert not broader.narrower
    assert schema.path(schema.classes["city"], "place-of-practice.theme")[1] == found["theme"]


def test_a_graph_of_other_people_is_as_it_is(shapes: Shapes) -> None:
    person, work = EX + "Person", EX + "Work"
    profile = Profile(
        {person: 2, work: 5},
        {
            (work, RDF + "type"): {THING: 5},
            (work, DCTERMS + "title"): {LANG: 5},
            (work, EX + "by"): {THING: 5, XSD + "string": 1},
            (work, EX + "pages"): {XSD + "integer": 5},
            (work, EX + "a/title"): {XSD + "string": 2},
            (work, EX + "b/title"): {XSD + "date": 2},
            (work, EX + "blob"): {EX + "datatype": 1},
        },
        {(work, EX + "by"): {person: 5}},
    )
    schema = combine(shapes, profile)
    assert not schema.shaped
    assert DCTERMS + "title" in schema.naming
    found = {each.name: each for each in schema.classes["work"].properties}
    assert set(found) == {"name", "by", "pages", "title", "title-2", "blob"}
    kinds = [found[name].kind for name in ("by", "pages", "title", "title-2", "blob")]
    assert kinds == [Kind.THING, Kind.NUMBER, Kind.TEXT, Kind.DATE, Kind.OTHER]
    back = schema.classes["person"].get("by-of-work")
    assert back is not None
    assert back.classes == (work,)


def test_numbers_of_a_sample_are_not_told(shapes: Shapes) -> None:
    schema = combine(shapes, Profile({EX + "Work": 7}, {}, {}, whole=False))
    assert schema.classes["work"].count == 0


def test_an_empty_graph_has_nothing_to_choose(shapes: Shapes) -> None:
    assert combine(shapes, Profile({}, {}, {})).classes == {}


def test_lists_in_circles_end(tmp_path: Path) -> None:
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "a.ttl").write_text(
        f"""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix rdf: <{RDF}> . @prefix : <{EX}> .
        :shape sh:targetClass :A ; sh:property :p . :p sh:path :q ; sh:or :l . :l rdf:first :c ; rdf:rest :l .
        :c sh:class :B . @prefix rdfs: <{RDFS}> . :A rdfs:subClassOf :B . :B rdfs:subClassOf :A ."""
    )
    found = read_fields(tmp_path)
    assert found.of(EX + "A")[0].classes == (EX + "B",)
    assert found.lineage(EX + "A") == (EX + "A", EX + "B")


class _Told(UserDict[tuple[str, str], Mapping[str, int]]):
    """What a graph has, which counts how often all of it is gone through."""

    times = 0

    def items(self) -> ItemsView[tuple[str, str], Mapping[str, int]]:
        self.times += 1
        return super().items()


def test_of_thousands_of_classes_each_is_looked_at_once(shapes: Shapes) -> None:
    classes = [f"{EX}{at}/Thing" for at in range(1_500)]
    sorts = _Told({(iri, f"{EX}knows"): {THING: 1} for iri in classes})
    joins = _Told({(iri, f"{EX}knows"): {classes[0]: 1} for iri in classes})
    schema = combine(shapes, Profile(dict.fromkeys(classes, 1), sorts, joins))
    assert list(schema.classes)[:2] == ["thing", "thing-2"]
    assert len(schema.classes) == 1_500
    assert sum(one.inverse for one in schema.classes["thing"].properties) == 1_500
    assert sum(one.inverse for one in schema.classes["thing-2"].properties) == 0
    assert (sorts.times, joins.times) == (1, 1), "the cost of a page grows with the square of the classes"
