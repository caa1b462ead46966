"""What the editor knows of a place in a query: where in a statement it is, about what, of which classes."""

from __future__ import annotations

from tests.browser.scripts import Call

KNOWN = {
    "cr": "https://w3id.org/cityrights/ontology#", "city": "https://w3id.org/cityrights/id/city/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}  # fmt: skip
CR = KNOWN["cr"]


PLACES: tuple[tuple[str, str, str | None], ...] = (
    ("", "head", None),
    ("PREFIX", "prefix", None),
    ("PREFIX cr: <http://e/>", "head", None),
    ("SELECT ?x", "head", None),
    ("SELECT * WHERE {", "subject", None),
    ("SELECT * { ?x", "predicate", "?x"),
    ("SELECT * { $x", "predicate", "?x"),
    ("SELECT * { ?x a", "object", "?x"),
    ("SELECT * { ?x a cr:Practice", "after", "?x"),
    ("SELECT * { ?x a cr:Practice ;", "predicate", "?x"),
    ("SELECT * { ?x a cr:Practice ; cr:place ?y , ", "object", "?x"),
    ("SELECT * { ?x a cr:Practice .", "subject", None),
    ("SELECT * { ?x cr:place/", "predicate", None),
    ("SELECT * { ?x cr:place/rdfs:label ?l ;", "predicate", "?x"),
    ("SELECT * { ?x cr:place|", "predicate", "?x"),
    ("SELECT * { ?x (cr:place|", "predicate", "?x"),
    ("SELECT * { ?x (cr:a|cr:b)", "object", "?x"),
    ("SELECT * { ?x ^", "predicate", None),
    ("SELECT * { ?x cr:within*", "object", "?x"),
    ("SELECT * { ?x cr:place [", "predicate", "_:1"),
    ("SELECT * { ?x cr:place [ a cr:City ] ;", "predicate", "?x"),
    ("SELECT * { [ a cr:City ]", "predicate", None),
    ("SELECT * { ?x a cr:Practice FILTER(", "expression", None),
    ("SELECT * { FILTER(LANG(?x) = 'en') ?x", "predicate", "?x"),
    ("SELECT * { FILTER NOT EXISTS { ?y", "predicate", "?y"),
    ("SELECT * { FILTER NOT EXISTS { ?y ?z ?w } ?x", "predicate", "?x"),
    ("SELECT * { OPTIONAL { ?x", "predicate", "?x"),
    ("SELECT * { BIND(1 AS ?n) ?x", "predicate", "?x"),
    ("SELECT * { GRAPH", "graph", None),
    ("SELECT * { GRAPH ?g { ?x", "predicate", "?x"),
    ("SELECT * { VALUES ?x {", "values", None),
    ("SELECT * { VALUES (?x ?y) { (", "values", None),
    ("SELECT * { VALUES ?x { cr:a } ?x", "predicate", "?x"),
    ("SELECT * { { SELECT ?y WHERE { ?y", "predicate", "?y"),
    ("SELECT * { ?x ?y ?z } ORDER BY", "head", None),
    ("SELECT * { ?x rdfs:label 'a'@en ;", "predicate", "?x"),
    ("SELECT * { ?x cr:value 3 ;", "predicate", "?x"),
    ("SELECT * { ?x cr:value '3'^^cr:int ;", "predicate", "?x"),
    ("} ) ] { ?x", "predicate", "?x"),
    ("SELECT (COUNT(?x) AS ?n) { ?x", "predicate", "?x"),
)


def test_the_place_in_the_statement(call: Call) -> None:
    found = call(*(["context", text, KNOWN] for text, *_ in PLACES))
    for (text, place, subject), each in zip(PLACES, found, strict=True):
        assert each["place"] == place, text
        if place in ("predicate", "object"):
            assert each["subject"] == subject, text


SAID: tuple[tuple[str, dict[str, list[str]]], ...] = (
    ("SELECT * { ?x a cr:Practice }", {"?x": [CR + "Practice"]}),
    ("PREFIX p: <http://e/> ASK { ?x a p:A , p:B }", {"?x": ["http://e/A", "http://e/B"]}),
    ("ASK { ?x a ?c }", {}),
    ("ASK { ?x cr:place/a cr:City }", {}),
    ("ASK { ?x <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e/A> }", {"?x": ["http://e/A"]}),
    ("ASK { ?x a cr:A { ?y a cr:B } OPTIONAL { ?x a cr:C } }", {"?x": [CR + "A", CR + "C"], "?y": [CR + "B"]}),
    ("ASK { ?x a cr:A # ?x a cr:Z\n}", {"?x": [CR + "A"]}),
    ("ASK { city:utrecht a cr:City }", {KNOWN["city"] + "utrecht": [CR + "City"]}),
    ("ASK { ?x cr:place [ a cr:City ] }", {"_:1": [CR + "City"]}),
    ('ASK { ?x rdfs:label "?y a cr:A" }', {}),
)


def test_which_classes_things_are_said_to_be_of(call: Call) -> None:
    found = call(*(["context", text, KNOWN] for text, _ in SAID))
    assert [(text, each["classes"]) for (text, _), each in zip(SAID, found, strict=True)] == list(SAID)


NAMES: tuple[tuple[str, dict[str, str], str, str | None], ...] = (
    (CR + "Practice", {"cr": CR}, "cr:Practice", None),
    (CR + "Practice", {"my": CR}, "my:Practice", None),
    (CR + "Practice", {}, "cr:Practice", "cr"),
    (CR + "Practice", {"cr": "http://other/"}, f"<{CR}Practice>", None),
    (KNOWN["city"] + "sao-paulo", {}, "city:sao-paulo", "city"),
    (KNOWN["city"] + "a/b", {}, f"<{KNOWN['city']}a/b>", None),
    (KNOWN["city"] + "a.", {}, f"<{KNOWN['city']}a.>", None),
    (KNOWN["city"] + "münchen", {}, f"<{KNOWN['city']}münchen>", None),
    (KNOWN["city"], {}, f"<{KNOWN['city']}>", None),
    ("http://e/> } DROP ALL #", {}, "<http://e/\\u003E\\u0020\\u007D\\u0020DROP\\u0020ALL\\u0020#>", None),
)


def test_a_name_is_as_short_as_may_be(call: Call) -> None:
    found = call(*(["shortened", iri, own, KNOWN] for iri, own, *_ in NAMES))
    told = [(iri, own, each["text"], each.get("prefix")) for (iri, own, *_), each in zip(NAMES, found, strict=True)]
    assert told == list(NAMES)


DECLARED: tuple[tuple[str, str], ...] = (
    ("SELECT * {}", "PREFIX x: <y>\nSELECT * {}"),
    ("PREFIX a: <b>\nSELECT * {}", "PREFIX a: <b>\nPREFIX x: <y>\nSELECT * {}"),
    ("# view: map\nSELECT * {}", "# view: map\nPREFIX x: <y>\nSELECT * {}"),
    ("BASE <b> SELECT * {}", "BASE <b>\nPREFIX x: <y> SELECT * {}"),
    ("SELECT * { ?x ?y 'PREFIX a: <b>' }", "PREFIX x: <y>\nSELECT * { ?x ?y 'PREFIX a: <b>' }"),
    ("", "PREFIX x: <y>\n"),
)


def test_a_declaration_stands_where_declarations_do(call: Call) -> None:
    changes = call(*(["declaration", text, "PREFIX x: <y>"] for text, _ in DECLARED))
    for (text, after), change in zip(DECLARED, changes, strict=True):
        assert text[: change["from"]] + change["insert"] + text[change["from"] :] == after, text
