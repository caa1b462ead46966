"""An answer without rows says why: plausible first questions that are wrong, and the hint that each is to get."""

from __future__ import annotations

import orjson
import pytest
from click.testing import CliRunner

import cityrights
from cityrights.cli.read import query
from cityrights.empty_answers import asking, diagnose, diagnose_blank
from cityrights.errors import QuerySyntaxError
from cityrights.library.queries import with_prefixes
from cityrights.snapshot import Snapshot

#: A wrong question, the kind of the hint that mends it, and what the mended query says in place of what was wrong.
WRONG = (
    ("?c a cr:City ; cr:within region:europe", "steps", "cr:within+"),
    ("?i a cr:Institution ; cr:kind kind:office", "narrower", "cr:kind/skos:broader* kind:office"),
    ("?i a cr:Institution ; cr:partner ?p", "property", "cr:worksWith"),
    ("?p a cr:Practice ; cr:theme theme:public-procurement ; cr:place city:terrassa", "group", "cr:GroupClaim"),
    ("VALUES ?p { city:utrecht city:lyon } ?p a cr:Practice ; cr:theme ?t", "without", "cr:theme ?t"),
    ("VALUES (?p ?t) { (city:utrecht 1) (city:lyon 2) } ?p a cr:Practice ; cr:theme ?t", "without", "cr:theme ?t"),
    ("?p a cr:Practise", "spelling", "cr:Practice"),
    ("?p a cr:Practice ; cr:theem ?t", "spelling", "cr:theme"),
    ("?p a cr:Practice ; cr:theme theme:huosing", "spelling", "theme:housing"),
    ("?i cr:kind kind:counsil", "spelling", "kind:council"),
    ('?p cr:place "Utrecht"', "thing", "city:utrecht"),
    ('?p cr:status "in place"@en', "thing", "status:in-place"),
    ('?c rdfs:label "Utrecht"', "tag", '"Utrecht"@'),
    ('?c rdfs:label "utrecht"@en', "tag", '"Utrecht"@'),
    ("?p a cr:Practice ; cr:place country:spain", "property", "cr:country"),
    ("?c a cr:City ; cr:kind kind:ombudsperson", "way", "^cr:place/cr:kind"),
    ("?i a cr:Practice ; cr:kind kind:council", "way", "cr:establishes/cr:kind"),
    ("?a a cr:Award ; cr:awardedTo city:terrassa", "way", "cr:awardedTo/cr:place"),
    ("?p a cr:Practice ; cr:implementedBy city:utrecht", "way", "cr:implementedBy/cr:governs"),
    ("?d cr:prefers ?c . ?c cr:theme theme:participation", "way", "cr:about/cr:theme"),
    ("?g a cr:City ; cr:adopts ?i", "class", "cr:"),
    ("?p a cr:Institution ; cr:establishes ?i", "class", "cr:Practice"),
    ("?i cr:establishes ?p . ?i a cr:Institution", "property", "^cr:establishes"),
    ("?p a cr:Practice ; cr:status status:in-place FILTER(?p = city:utrecht)", "without", "status:in-place"),
    ("?p a cr:Practice ; cr:theme ?t MINUS { ?p a cr:Practice }", "without", "cr:theme ?t"),
    ('?p cr:start ?start FILTER(STRSTARTS(?start, "2025"))', "as-text", "STRSTARTS(STR(?start)"),
    ('?p a cr:Practice ; cr:place ?c FILTER(CONTAINS(LCASE(?c), "utrecht"))', "as-text", "LCASE(STR(?c))"),
    ('?p a cr:Practice ; cr:place ?c FILTER REGEX(?c, "/utrecht$")', "as-text", "REGEX(STR(?c)"),
    ('?p a cr:Practice ; cr:place ?c FILTER(STRENDS(?c, "/utrecht"))', "as-text", "STRENDS(STR(?c)"),
    ('?i a cr:Institution ; rdfs:label ?l FILTER(?l = "obser")', "part", 'CONTAINS(LCASE(STR(?l)), LCASE("obser"))'),
    (
        '?i a cr:Institution ; rdfs:label ?l FILTER("obser"@en = ?l)',
        "part",
        'CONTAINS(LCASE(STR(?l)), LCASE(STR("obser"@en)))',
    ),
    ('?c a cr:City ; rdfs:label ?l FILTER(?l = "utrecht")', "bare", 'LCASE(STR(?l)) = LCASE("utrecht")'),
    ('?c a cr:City ; rdfs:label ?l FILTER(?l IN ("Utrecht", "Lyon"))', "bare", 'STR(?l) IN ("Utrecht", "Lyon")'),
    (
        '?c a cr:City ; rdfs:label ?l FILTER(CONTAINS(?l, "utrech"))',
        "bare",
        'CONTAINS(LCASE(STR(?l)), LCASE("utrech"))',
    ),
    (
        '?c a cr:City ; rdfs:label ?l FILTER(STRSTARTS(STR(?l), "utr"))',
        "bare",
        'STRSTARTS(LCASE(STR(STR(?l))), LCASE("utr"))',
    ),
    ('?c a cr:City ; rdfs:label ?l FILTER(REGEX(?l, "^utr"))', "bare", 'REGEX(STR(?l), "^utr", "i")'),
    ("?c a cr:City ; cr:within+ region:region-europe", "spelling", "region:europe"),
    ("?r <https://schema.org/url> ?page", "namespace", "<http://schema.org/url>"),
    (
        "VALUES ?kind { kind:office } ?i a cr:Institution ; cr:kind ?kind",
        "narrower",
        "cr:kind/skos:broader* kind:office",
    ),
)


#: The same inside of others: a SELECT, braces, alternatives, which are the reason where none of them has a match.
NESTED = (
    (
        "{ SELECT ?i { ?i a cr:Institution ; cr:kind kind:office } } ?i cr:place ?c",
        "narrower",
        "kind:office",
        "pattern",
    ),
    (
        "{ SELECT ?c (COUNT(?p) AS ?n) { ?p a cr:Practise ; cr:place ?c } GROUP BY ?c }",
        "spelling",
        "cr:Practice",
        "pattern",
    ),
    ("{ { ?p a cr:Practice ; cr:theme ?t FILTER(?t = kind:office) } }", "without", "cr:theme ?t", "condition"),
    ("{ ?x a cr:Practise } UNION { ?x a cr:Citty }", "spelling", "cr:City }", "alternatives"),
    (
        "?c a cr:City . { ?c cr:partner ?p } UNION { ?c cr:within region:europe }",
        "steps",
        "cr:within+",
        "alternatives",
    ),
    ("{ ?x a cr:City FILTER(?x = 1) } UNION { ?x a cr:Citty }", "without", "?x a cr:City", "condition"),
    ("?c a cr:City { SELECT * { ?c cr:within region:europe } }", "steps", "cr:within+", "pair"),
)


@pytest.mark.filterwarnings("ignore:The graph says nothing of:UserWarning")
def test_what_stands_in_a_select_or_in_alternatives_is_looked_into(graph: cityrights.KnowledgeGraph) -> None:
    missed = []
    for pattern, kind, written, reason in NESTED:
        text = f"SELECT * {{ {pattern} }}"
        assert not graph.select(text), f"{text} has rows: it is no wrong question any more"
        found = graph.why_empty(text, seconds=60)
        fits = [hint for hint in found.hints if hint.kind == kind and written in hint.query]
        if found.reason != reason or not fits:
            missed.append(f"{text}: {found.reason} {found.told()} {[(hint.kind, hint.body) for hint in found.hints]}")
        for hint in found.hints:
            assert len(graph.select(hint.query)) == hint.rows > 0, hint.query
    assert not missed, "\n".join(missed)


def test_sentences_on_several_governments_are_offered_where_they_say_all_that_was_asked(
    graph: cityrights.KnowledgeGraph,
) -> None:
    asked = "?p a cr:Practice ; cr:place city:terrassa ; cr:theme ?t . ?t skos:broader* theme:public-procurement"
    (hint,) = (each for each in graph.why_empty(f"SELECT * {{ {asked} }}", seconds=60).hints if each.kind == "group")
    claims = {row["claim"] for row in graph.select(hint.query)}
    wanted = graph.select(
        "SELECT ?c { ?c a cr:GroupClaim ; cr:theme/skos:broader* theme:public-procurement ; cr:mentions city:terrassa }"
    )
    assert claims == {row["c"] for row in wanted} > set()
    for other in (
        "?i a cr:Institution ; cr:place city:utrecht ; cr:kind ?k . ?k skos:broader* kind:office",
        "?p a cr:Practice ; cr:place city:utrecht ; cr:theme theme:sport-leisure",
        "?p a cr:Practice ; cr:place city:terrassa ; cr:implementedBy ?g . ?g cr:governs city:lyon",
        "?a a cr:Award ; cr:awardedTo city:terrassa",
        "?a a cr:Award ; cr:theme theme:public-procurement",
        "?p a cr:Practice ; cr:implementedBy city:utrecht",
        "?d cr:prefers ?c . ?c cr:theme theme:participation",
    ):
        found = graph.why_empty(f"SELECT * {{ {other} }}", seconds=60)
        assert not [hint.body for hint in found.hints if hint.kind == "group"], other


def test_sentences_that_are_offered_are_in_the_language_of_the_reader(graph: cityrights.KnowledgeGraph) -> None:
    text = with_prefixes("SELECT * { ?p a cr:Practice ; cr:theme theme:public-procurement ; cr:place city:terrassa }")
    said, rows = set(), set()
    for language in ("en", "fr-CA", "es", "pt"):
        found = graph.why_empty(text, language, seconds=60)
        (hint,) = (each for each in found.hints if each.kind == "group")
        answer = graph.select(hint.query)
        assert len(answer) == hint.rows > 0, language
        rows.add(frozenset(str(row["claim"]) for row in answer))
        said.add(frozenset(str(row["text"]) for row in answer))
    assert len(rows) == 1
    assert len(said) == 3, "the fourth language is none of the graph's: English"


@pytest.mark.filterwarnings("ignore:The graph says nothing of:UserWarning")
def test_names_that_are_two_things_are_not_taken_for_one(graph: cityrights.KnowledgeGraph) -> None:
    """?x of the SELECT within is none of the query's: the two have no thing in common, and need none."""
    text = "SELECT * { { SELECT ?c { ?x a cr:Practice ; cr:place ?c } } ?x a cr:Theme . ?c a cr:Citty }"
    found = graph.why_empty(text, seconds=60)
    assert found.reason == "pattern"
    assert "cr:Citty" in found.told()


@pytest.mark.filterwarnings("ignore:The graph says nothing of:UserWarning")
def test_a_plausible_wrong_question_is_told_what_would_have_rows(graph: cityrights.KnowledgeGraph) -> None:
    missed = []
    for pattern, kind, written in WRONG:
        text = f"SELECT * {{ {pattern} }}"
        assert not graph.select(text), f"{text} has rows: it is no wrong question any more"
        found = graph.why_empty(text, seconds=60)
        fits = [hint for hint in found.hints if hint.kind == kind and written in hint.query]
        if not fits:
            missed.append(f"{text}: {found.told()} {[(hint.kind, hint.query) for hint in found.hints]}")
        for hint in found.hints:
            rows = graph.select(hint.query)
            assert len(rows) == hint.rows > 0, f"{hint.query} is promised {hint.rows} rows and has {len(rows)}"
    assert not missed, "\n".join(missed)


def test_a_right_question_without_rows_says_so_and_offers_nothing(graph: cityrights.KnowledgeGraph) -> None:
    text = "SELECT * { ?p a cr:Practice ; cr:place city:grigny ; cr:theme theme:sport-leisure }"
    found = graph.why_empty(text, seconds=60)
    assert not found.hints
    assert found.reason == "pair"
    for part in ("cr:place city:grigny", "theme:sport-leisure"):
        assert part in found.told()


def test_a_count_of_nothing_is_told_what_would_count_something(graph: cityrights.KnowledgeGraph) -> None:
    found = graph.why_empty("SELECT (COUNT(?x) AS ?n) { ?x a cr:Practice ; cr:place city:paris }", seconds=60)
    assert found.reason == "pattern"
    assert not found.hints, "each of them counts 0, too"
    found = graph.why_empty("SELECT (COUNT(?i) AS ?n) { ?i a cr:Institution ; cr:kind kind:office }", seconds=60)
    (row,) = graph.select(found.hints[0].query)
    assert int(str(row["n"])) > found.hints[0].rows == 1


def test_a_question_that_has_rows_is_told_so(graph: cityrights.KnowledgeGraph) -> None:
    for text in (
        "SELECT ?i { ?i a cr:Institution FILTER(?i != city:utrecht) }",
        "SELECT ?i { { ?i a cr:Institution } UNION { ?i a cr:Citty } }",
        "SELECT ?i { ?i a cr:Institution } LIMIT 3",
        "SELECT (COUNT(?i) AS ?n) { ?i a cr:Institution }",
    ):
        found, rows = graph.why_empty(text, seconds=60), len(graph.select(text))
        assert (found.reason, dict(found.values)) == ("filled", {"rows": str(rows)}), text
        assert not found.hints, text
        assert len({found.told(language) for language in ("en", "fr", "es")}) == 3
    text = with_prefixes("SELECT ?i ?place { ?i a cr:Institution OPTIONAL { ?i cr:place ?place } }")
    assert diagnose_blank(text, "place", asking(graph.engine, 30), seconds=60).reason == "filled"


def test_a_property_that_nothing_is_said_with_is_no_misspelling(graph: cityrights.KnowledgeGraph) -> None:
    for verb in ("cr:inspiredBy", "cr:replicates", "cr:funder"):
        found = graph.why_empty(f"SELECT * {{ ?p a cr:Practice ; {verb} ?other }}", seconds=60)
        assert (found.reason, found.hints) == ("unused", ()), verb
        assert len({found.told(language) for language in ("en", "fr", "es")}) == 3
        assert verb in found.told()


def test_a_namespace_with_the_wrong_scheme_is_told_the_one_of_the_graph(graph: cityrights.KnowledgeGraph) -> None:
    for wrong, pattern in (
        ("schema: <https://schema.org/>", "?r schema:url ?page"),
        ("geo84: <https://www.w3.org/2003/01/geo/wgs84_pos#>", "?c geo84:lat ?lat"),
        ("cr: <http://w3id.org/cityrights/ontology#>", "?c a cr:City"),
    ):
        found = graph.why_empty(f"PREFIX {wrong} SELECT * {{ {pattern} }}", seconds=60)
        (hint,) = found.hints
        assert hint.kind == "namespace"
        assert hint.values["wrong"] in wrong
        assert hint.values["right"] in hint.body, "the prologue is what was mended"
        assert len(graph.select(hint.query)) == hint.rows > 0


@pytest.mark.filterwarnings("ignore:The graph says nothing of:UserWarning")
def test_what_is_no_select_is_looked_into_as_well(graph: cityrights.KnowledgeGraph) -> None:
    pattern = "{ ?p a cr:Practise ; cr:place ?c }"
    for head in ("ASK", "ASK WHERE", "CONSTRUCT WHERE", "CONSTRUCT { ?p cr:place ?c } WHERE", "CONSTRUCT { ?c a ?p }"):
        found = graph.why_empty(f"{head} {pattern}", seconds=60)
        assert [hint.kind for hint in found.hints] == ["spelling"], f"{head}: {found}"


def test_what_lets_too_few_groups_or_rows_through_is_named(graph: cityrights.KnowledgeGraph) -> None:
    counted = "SELECT ?c (COUNT(?p) AS ?n) { ?p a cr:Practice ; cr:place ?c } GROUP BY ?c"
    for text in (
        f"{counted} HAVING(COUNT(?p) > 99)",
        f"{counted} HAVING(COUNT(?p) > 1) (COUNT(?p) > 99)",
        f"{counted} OFFSET 999",
    ):
        found = graph.why_empty(text, seconds=60)
        assert found.reason == "condition", text
        assert found.hints[0].query.rstrip().endswith("GROUP BY ?c"), text


def test_what_is_called_otherwise_is_named_with_what_comes_nearest(graph: cityrights.KnowledgeGraph) -> None:
    """By any of its names, where its address is written quite otherwise; a part of a label, by the whole."""
    missed = []
    for pattern, near in (
        ("?p cr:country country:usa", "country:united-states"),
        ("?p cr:place/cr:within+ country:usa", "country:united-states"),
        ("?p cr:targetGroup target:disabled", "target:people-with-disabilities"),
        ("?i cr:kind kind:obser", "kind:observatory"),
        ('?i cr:kind/skos:prefLabel "obser"@en', '"Observatory"@en'),
        ('?i cr:kind ?k . ?k skos:prefLabel "observ"', '"Observatory"@en'),
    ):
        found = graph.why_empty(f"SELECT * {{ {pattern} }}", seconds=60)
        if not any(near in hint.query and hint.rows for hint in found.hints):
            missed.append(f"{pattern}: {found.told()} {[hint.told() for hint in found.hints]}")
    assert not missed, "\n".join(missed)
    # Of a concept that stands on nothing no query has rows: it is named all the same, with its IRI.
    unused = graph.select(
        "SELECT ?g { ?g a cr:TargetGroup FILTER(STRSTARTS(STR(?g), STR(target:)))"
        " FILTER NOT EXISTS { ?p cr:targetGroup|cr:about|cr:mentions ?g } FILTER(CONTAINS(STR(?g), '-and-')) }"
    )
    for iri in (row["g"] for row in unused):
        start = str(iri).rpartition("/")[2].partition("-")[0]
        found = graph.why_empty(f"SELECT * {{ ?p cr:targetGroup target:{start} }}", seconds=60)
        assert (found.reason, f"<{iri}>" in found.told()) == ("unknown", True), found.told()


def test_what_is_found_is_told_in_three_languages(graph: cityrights.KnowledgeGraph) -> None:
    found = graph.why_empty("SELECT * { ?i a cr:Institution ; cr:kind kind:office }", seconds=60)
    for told in (found.told, found.hints[0].told):
        assert len({told(language) for language in ("en", "fr", "es")}) == 3
        assert told("xx") == told("en")


def test_a_column_without_values_is_told_what_would_have_some(graph: cityrights.KnowledgeGraph) -> None:
    for text, kind, written in (
        (
            "SELECT ?c (GROUP_CONCAT(DISTINCT ?t) AS ?all) { ?p cr:place ?c ; cr:theme ?t } GROUP BY ?c",
            "as-text",
            "STR(?t)",
        ),
        ("SELECT ?i ?all { ?i a cr:Institution OPTIONAL { ?i cr:partner ?all } }", "property", "cr:worksWith"),
    ):
        found = diagnose_blank(with_prefixes(text), "all", asking(graph.engine, 30), seconds=60)
        fits = [hint for hint in found.hints if hint.kind == kind and written in hint.query]
        assert fits, f"{text}: {found}"
        assert any(row["all"] for row in graph.select(fits[0].query))


def test_a_text_that_cannot_be_taken_apart_says_so_and_one_that_is_no_query_is_refused(
    graph: cityrights.KnowledgeGraph,
) -> None:
    for text in (
        "DESCRIBE <urn:nothing>",
        "SELECT * { { SELECT (COUNT(?x) AS ?n) { ?x a cr:Practise } } { SELECT * { ?y a cr:City } LIMIT 0 } }",
    ):
        assert graph.why_empty(text, seconds=60).reason == "unread", text
    with pytest.raises(QuerySyntaxError):
        graph.why_empty("SELECT * {")


def test_looking_ends_with_its_time_and_keeps_what_was_found() -> None:
    asked = 0

    def never(text: str) -> bytes:
        nonlocal asked
        asked += 1
        return orjson.dumps({"results": {"bindings": []}})

    text = with_prefixes("SELECT * { ?p a cr:Practice ; cr:place ?x ; cr:theme ?t . ?x cr:within ?c }")
    assert diagnose(text, never, seconds=0).reason == "late", "nothing is said of what was not asked"
    assert asked == 0
    diagnose(text, never, seconds=60)
    assert 0 < asked <= 60


def test_the_command_says_it_beside_the_answer(snapshot: Snapshot) -> None:
    def run(*words: str) -> tuple[str, str]:
        result = CliRunner().invoke(query, ["--snapshot", str(snapshot.path), *words])
        assert result.exit_code == 0, result.output
        return result.stdout, result.stderr

    out, told = run("SELECT ?i { ?i a cr:Institution ; cr:kind kind:office }")
    assert out.splitlines() == ["i"]
    assert "cr:kind/skos:broader* kind:office" in told
    for form in ("json", "xml", "tsv"):
        assert "narrower" in run("--format", form, "SELECT ?i { ?i a cr:Institution ; cr:kind kind:office }")[1], form
    assert "STR(?t)" in run("SELECT (GROUP_CONCAT(?t) AS ?all) { ?p cr:theme ?t } GROUP BY ?p")[1]
    assert run("SELECT ?i { ?i a cr:Institution }")[1] == ""
