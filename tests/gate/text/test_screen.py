"""What the screen refuses, and what it must leave alone."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable

import pytest

from sparqlgate.errors import GateError, QueryRefused, QuerySyntaxError
from sparqlgate.text.guard import Bounds, Screened, screen, screen_short
from sparqlgate.text.lexer import shape_of
from tests.support import ROOT

P = "PREFIX ex: <http://e/> PREFIX : <http://e/> "


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://x/> {} }",
        "SELECT * { SERVICE SILENT <http://x/> {} }",
        "SELECT * { SeRvIcE#c\n<http://x/> {} }",
        "SELECT*{SERVICE<http://x/>{}}",
        "SELECT*{SERVICESILENT<http://x/>{}}",
        "SELECT * { SERVICE ?x {} }",
        "SELECT * { FILTER EXISTS { SERVICE <http://x/> {} } }",
        P + "SELECT * { SERVICE:x {} }",
        P + "SELECT * { SERVICEex:x {} }",
        P + "SELECT * { ?s ?p trueSERVICE:x {} }",
        P + "SELECT * { ?s ?p 1SERVICE :x {} }",
        "SELECT * { ?s ?p true.SERVICE <http://x/> {} }",
        "SELECT * { \\u0053ERVICE <http://x/> {} }",
        "SELECT * { SER\\u0056ICE <http://x/> {} }",
    ],
)
def test_federation_is_refused_however_it_is_written(text: str) -> None:
    with pytest.raises(QueryRefused, match="federation is off"):
        screen(text)


def test_a_comparison_that_reads_as_an_iri_leaves_no_second_reading() -> None:
    for text in (
        "SELECT * { ?a ?b ?c FILTER(?a<?b)SERVICE#>\n<http://x/>{} }",
        'SELECT * { ?a ?b ?c FILTER(?a<?b)#>"""\nSERVICE <http://x/> {} #"""\n }',
        "SELECT * { ?a ?b ?c FILTER(1e5<?b)SERVICE#>\n<http://x/>{} }",
        "SELECT * { ?a ?b ?c FILTER regex(?a<?b)SERVICE#>\n<http://x/>{} }",
        "SELECT * { ?a ?b ?c FILTER<http://f>(?a<?b)SERVICE#>\n<http://x/>{} }",
        P + "SELECT * { ?a ?b ?c FILTER ex:f(?a<?b)SERVICE#>\n<http://x/>{} }",
        "SELECT * { { SELECT * { } ORDER BY (?a<?b)#>'''\n} SERVICE <http://x/> {} #'''\n }",
        P + "PREFIX FILTERex: <http://e/> SELECT * { ?a ?b ?c FILTERex:f(?a<?b)SERVICE#>\n<http://x/>{} }",
        "ASK { FILTER(?a<?b&&?c>?d) }",
        "ASK { FILTER((?a<=?b)&&(?c>=?d)) }",
    ):
        with pytest.raises(QuerySyntaxError, match="write a space after '<'"):
            screen(text)


@pytest.mark.parametrize(
    "text",
    [
        'ASK { ?s ?p "SERVICE <http://x/> {}" }',
        "ASK { ?s ?p '''\nSERVICE <http://x/> {}\n''' }",
        'ASK { ?s ?p """a"b""SERVICE \\""" { """ }',
        "ASK { ?s ?p 'it\\'s a SERVICE {' }",
        "ASK {} # SERVICE <http://x/> {}",
        "ASK { ?service ?SERVICE $service }",
        "ASK { <http://x/SERVICE> <http://x/#service> <http://x/it's#> }",
        "PREFIX service: <http://x/> ASK { service:a service:b service:service . GRAPH service:g { } }",
        P + "ASK { ex:SERVICE ex:a.SERVICE ex:o\\'SERVICE\\# }",
        "ASK { ?s ?p 'x'@en-service }",
        "ASK { (<http://x/#a> <http://x/#b>) <http://x/#p> ?x }",
        "SELECT * { VALUES (?a ?b) { (<http://x/#a> <http://x/#b>) (UNDEF 'SERVICE') } }",
        "ASK { FILTER(?a < ?b && ?c > ?d) FILTER(?a< ?b&&?c>?d) FILTER(?a<?b) FILTER(?a<=3) FILTER(?a<<http://x/#y>) }",
        "ASK { ?s (<http://x/#a>|^<http://x/#b>)/<http://x/#c>* ?o }",
        "ASK { ?s ?p <<( <http://x/#a> <http://x/#b> 1 )>> FILTER(?s != <http://x/#y>) }",
        "\ufeffASK { ?s ?p 'a\\u0022 SERVICE <x> {' }",
        "# a comment only on top\nBASE <http://x/>\nPREFIX:<http://x/>\nSELECT?x{?x a:b}",
    ],
)
def test_the_same_letters_elsewhere_are_left_alone(text: str) -> None:
    assert screen(text).form in ("ask", "select")


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { }",
        "PREFIX x: <http://x/> delete where { }",
        "LOAD <http://x/>",
        "CLEAR ALL",
        "#c\nDROP ALL",
        "WITHx:g {}",
    ],
)
def test_updates_are_told_that_the_endpoint_is_read_only(text: str) -> None:
    with pytest.raises(QueryRefused, match="read-only"):
        screen(text)


@pytest.mark.parametrize(
    "text",
    [
        'DEFINE get:soft "x" SELECT * {}',
        "SELECT (bif:f(1) AS ?x) {}",
        "SELECT (<bif:f>(1) AS ?x) {}",
        "PREFIX b: <BIF:> SELECT * {}",
        "PREFIX b: <\\u0062if:> SELECT * {}",
        "SELECT (sql:f(1) AS ?x) {}",
    ],
)
def test_vendor_extensions_are_refused(text: str) -> None:
    with pytest.raises(QueryRefused, match=r"not SPARQL 1\.1"):
        screen(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ASK { " + "{ " * 64 + "} " * 65, "nested deeper than 64"),
        ("SELECT * { " + " . ".join(f"?s ?p{n} ?o{n}" for n in range(101)) + " }", "100 triple patterns"),
        ("SELECT * { ?s ?p " + ",".join(f"?o{n}" for n in range(101)) + " }", "100 triple patterns"),
        ("SELECT * { ?s <http://p> (" + " ".join(f"?o{n}" for n in range(101)) + ") }", "100 triple patterns"),
        ("ASK { " + "OPTIONAL { ?a ?b ?c } " * 51 + "}", "50 'OPTIONAL'"),
        ("ASK { ?s " + "/".join(["<http://p>"] * 66) + " ?o }", "64 path steps"),
        ("ASK { FILTER(" + "||".join(["?a"] * 202) + ") }", "200 '||'"),
        ("ASK { FILTER(" + "!" * 201 + "?a) }", "200 '!'"),
        ("ASK { {}" + " UNION {}" * 201 + "}", "200 'UNION'"),
        ("ASK { " + "BIND(1 AS ?x) " * 201 + "}", "200 'BIND'"),
        ("ASK { ?s ?p '" + "x" * 100_000 + "' }", "100,000 characters"),
        ("ASK { ?s ?p '" + "x" * 1_000_000 + "' }", "1,000,000 characters"),
    ],
)
def test_bounds_are_counted_and_named(text: str, words: str) -> None:
    with pytest.raises(QueryRefused) as caught:
        screen(text)
    assert words in str(caught.value)


def test_bounds_leave_room_for_data_and_templates() -> None:
    data = " ".join(f"(<http://e/{n}> -{n}.5)" for n in range(9000))
    assert screen(f"SELECT * {{ VALUES (?a ?b) {{ {data} }} }}").form == "select"
    template = " . ".join(f"?s <http://p{n}> ?o" for n in range(150))
    assert screen(f"CONSTRUCT {{ {template} }} WHERE {{ ?s ?p ?o }}").form == "construct"
    assert screen("ASK { ?s ?p ?o }", Bounds(triples=1)).form == "ask"


def test_what_a_query_is_and_uses_is_told() -> None:
    dataset = "FROM ex:g FROM <http://e/h> FROM NAMED ex:n"
    text = f"PREFIX ex: <http://e/>\nSELECT * {dataset} {{ GRAPH ?g {{ ?s ?p ?o }} BIND(NOW() AS ?t) }}"
    found = screen(text)
    assert found.form == "select"
    assert found.head == "PREFIX ex: <http://e/>\n"
    assert found.from_default == ("ex:g", "<http://e/h>")
    assert found.from_named == ("ex:n",)
    assert found.graphs
    assert found.volatile
    plain = screen("DESCRIBE <http://e/a>")
    assert (plain.form, plain.graphs, plain.volatile, plain.from_default) == ("describe", False, False, ())


def test_escape_that_stands_for_a_delimiter_is_reported() -> None:
    assert screen("ASK { ?s ?p 'a\\u0022b' }").delimiter_escape
    assert not screen("ASK { ?s ?p 'a\\u00e9b' }").delimiter_escape


def test_undeclared_prefix_is_remembered_with_its_place() -> None:
    found = screen("ASK {\n  ex:a ?p ?o }").undeclared
    assert found is not None
    assert (found.line, found.column) == (2, 3)
    assert screen("PREFIX ex: <http://e/> ASK { ex:a ?p _:b }").undeclared is None


#: What stands in a text again and again, and how often in the longest one.
_REPEATED = {
    "a.": 400_000, "a-": 400_000, "'": 900_000, "<": 900_000, '"\\': 400_000, "?a": 400_000, "\\u0041": 150_000,
}  # fmt: skip


def _calls(work: Callable[[str], object], text: str) -> int:
    """Return how many functions are called while a text is refused; what expressions do is counted elsewhere."""
    count = 0

    def seen(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(seen)
    try:
        with pytest.raises((QueryRefused, QuerySyntaxError)):
            work(text)
    finally:
        sys.setprofile(None)
    return count


def _grows(work: Callable[[str], object]) -> list[str]:
    """Return what makes a text of it take more than its length explains: four times as long, four times as much."""
    found = []
    for part, times in _REPEATED.items():
        few, many = (_calls(work, "ASK { " + part * (times // by)) for by in (32, 8))
        if many > 4.4 * few + 2_000:
            found.append(f"{part!r}: {few:,} calls become {many:,}")
    return found


def test_the_work_is_linear_in_the_text() -> None:
    assert _grows(screen) == []
    for part, times in _REPEATED.items():
        with pytest.raises((QueryRefused, QuerySyntaxError)):
            screen("ASK { " + part * times)


def test_work_that_is_not_linear_is_found() -> None:
    def slow(text: str) -> None:
        for number in range(len(text) // 100):
            for _ in range(number // 10):
                len(text)
        raise QueryRefused("slow")

    assert [line.partition(": ")[0] for line in _grows(slow)] == [repr(part) for part in _REPEATED]


#: What texts are put together of: what is alike in texts of one shape, what ends a shape, and what looks like either.
_PIECES = (
    *("<http://e/a>", "<http://e/b#c>", "<a'b>", "<a'", "'>", "<>", "<bif:x>", "<BIF:x>", "<sql:", "<x?y>", "<%41>"),
    *("<\\u0041>", "<a\ud800>", "<urn:a%20b>", "?x", "$y", "?", "$", "?v", "?é", "?x\ud800", "_:b", "ex:a", "ex:", ":"),
    *("FILTERx:y", "SERVICE", "SERVICEx:y", "GRAPH", "FROM", "FROM NAMED", "FILTER", "BIND", "AS", "VALUES", "UNDEF"),
    *("SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "WHERE", "LIMIT 1", "a", "true", "NOW()", "IN", "EXISTS", "OPTIONAL"),
    *("PREFIX ex:", "BASE", "{", "}", "{", "}", "(", ")", "[", "]", "<<", ">>", "<", ">", "<=", ">=", "=", "!=", "&&"),
    *(".", ";", ",", "*", "/", "|", "^", "!", "+", "-", "1", "2.5", '"s"', "'t'", '"<a>"', "#c\n", "#", "\\u0041", "%"),
    *("\ufeff", "\n", " ", "@en", "^^", "INSERT", "define", "~"),
)
_BEGINNINGS = (
    "SELECT * {",
    "PREFIX ex: <http://e/> SELECT ?x { ?x ex:p",
    "ASK {",
    "SELECT ?x { VALUES ?x {",
    "SELECT ?x { FILTER(",
    "SELECT ?x { ?x a <http://e/T> FILTERx:y(?x",
    "",
)


def _said(read: Callable[..., Screened], text: str, federated: bool) -> object:
    try:
        found = read(text, federated=federated)
    except GateError as error:
        return type(error), error.fields()
    return {**vars(found), "undeclared": found.undeclared and found.undeclared.fields()}


def test_what_is_said_of_texts_of_one_shape_is_what_is_said_of_each_alone() -> None:
    chance, alike = random.Random(79), 0
    for number in range(6000):
        pieces = chance.choices(_PIECES, k=chance.randrange(1, 9))
        space = chance.choice(("", " ", " "))
        text = chance.choice(_BEGINNINGS) + space + space.join(pieces) + chance.choice(("", "}", " } ", ")}"))
        said = _said(screen, text, number % 2 == 0)
        assert _said(screen_short, text, number % 2 == 0) == said, text
        alike += isinstance(said, dict) and shape_of(text) is not None
    assert alike > 200  # else nothing was tried
    for marks in range(4):
        text = "\ufeff" * marks + "SELECT ?a { ?a ?b ?c }"
        assert _said(screen_short, text, False) == _said(screen, text, False), marks


def test_the_queries_of_the_library_are_said_the_same_of() -> None:
    texts = [file.read_text("utf-8") for file in sorted((ROOT / "queries").rglob("*.rq"))]
    assert texts
    for text in texts:
        bare = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        for one in (text, bare):
            assert _said(screen_short, one, False) == _said(screen, one, False)


def test_a_second_look_up_is_not_read_token_by_token(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = "PREFIX p: <http://e/{0}> SELECT ?a{0} {{ <http://e/s#{0}> p:q ?a{0} }}".format
    screen_short(ask(1))
    monkeypatch.setattr("sparqlgate.text.guard.Lexer", None)
    found = screen_short("\ufeff" + ask(22))
    assert (found.text, found.head) == (ask(22), "PREFIX p: <http://e/22> ")
    assert found.canonical == "PREFIX p: <http://e/22> SELECT ?a22 { <http://e/s#22> p:q ?a22 }"
