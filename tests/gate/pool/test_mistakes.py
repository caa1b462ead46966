"""Common mistakes in queries: named, pointed at, with the remedy; and what is right is never refused."""

from __future__ import annotations

import json
import random
import re
from itertools import pairwise

import pyoxigraph as ox
import pytest

from sparqlgate import EmbeddedEngine
from sparqlgate.errors import MISTAKES, QueryError, QueryRefused, QuerySyntaxError
from sparqlgate.text import mistakes
from sparqlgate.text.guard import screen

#: What people write, with a sign where the error points; the mistake that it is, and what its words must have.
CASES = """
SELECT ▸?c (COUNT(?p) AS ?n) {?p <urn:place> ?c} | not-grouped | ?c is neither in GROUP BY nor inside an aggregate
SELECT ?a (STR(▸?b) AS ?c) {?a <urn:p> ?b} GROUP BY ?a | not-grouped | ?b is neither
SELECT * {?x <urn:n> ?n BIND(1 AS ▸?n)} | taken-before-bind | ?n has a value before BIND; choose another name
SELECT (?x AS ▸?n) {?x <urn:n> ?n} | taken-in-select | ?n has a value already; choose another name
SELECT (1 AS ?n) (2 AS ▸?n) {} | taken-in-select | ?n has a value already
SELECT ?x {?x <urn:p> _:b . {?x <urn:q> ▸_:b}} | blank-label | the blank node label _:b is used in two patterns; use a
SELECT ▸COUNT(?x) {?x <urn:p> ?y} | aggregate-brackets | an aggregate needs brackets and a name: (COUNT(?x) AS ?n)
SELECT ▸COUNT(?x) AS ?m {?x <urn:p> ?y} | as-brackets | needs brackets: (COUNT(?x) AS ?m)
SELECT ▸?x AS ?y {?x <urn:p> ?z} | as-brackets | needs brackets: (?x AS ?y)
SELECT ▸STR(?x) {?x <urn:p> ?y} | call-brackets | needs brackets and a name: (STR(?x) AS ?n)
SELECT ▸(COUNT(?x)) {?x <urn:p> ?y} | expression-without-name | needs a name: (COUNT(?x) AS ?n)
SELECT (COUNT(?x) AS ▸n) {?x <urn:p> ?y} | variable-mark | 'n' is no variable; write ?n
SELECT ▸a, b {?a <urn:p> ?b} | variable-mark | write ?a
SELECT ?a▸, ?b {?a <urn:p> ?b} | comma-in-select | no comma between the variables of SELECT
SELECT DISTINCT ?a▸, ?b, ?c {?a ?b ?c} | comma-in-select | no comma between the variables of SELECT
SELECT ▸{?a <urn:p> ?b} | select-nothing | SELECT needs variables, or *
SELECT ▸TOP 10 ?a {?a <urn:p> ?b} | top | write LIMIT 10 at the end
SELECT (COUNT(DISTINCT ?x ▸?y) AS ?c) {?x <urn:p> ?y} | one-expression | COUNT takes one expression
SELECT (COUNT(?x▸, ?y) AS ?c) {?x <urn:p> ?y} | one-expression | COUNT takes one expression
SELECT (GROUP_CONCAT(?x▸, ", ") AS ?y) {?x <urn:p> ?z} | use-instead | use GROUP_CONCAT(?x; SEPARATOR=", ") in place of
SELECT * {?a <urn:p> ?b ▸FILTER ?b > 3} | constraint-brackets | FILTER needs brackets: FILTER(?b > 3)
SELECT * {?a <urn:p> ?b ▸FILTER lang(?b) = "en"} | constraint-brackets | FILTER(lang(?b) = "en")
SELECT * {?a <urn:p> ?b ▸FILTER !bound(?b)} | constraint-brackets | FILTER(!bound(?b))
SELECT ?x {?x <urn:p> ?y} GROUP BY ?x ▸HAVING ?x > 1 | constraint-brackets | HAVING needs brackets: HAVING(?x > 1)
SELECT * {?a <urn:p> ?b . ?b ▸> 3} | filter-missing | a comparison needs FILTER: FILTER(?b > 3)
SELECT * {?a <urn:p> ?b FILTER(?b = 3 ▸AND ?a = 4)} | use-instead | use && in place of AND
SELECT * {?a <urn:p> ?b FILTER(?b = 3 ▸OR ?a = 4 OR ?a = 5)} | use-instead | use || in place of OR
SELECT * {?a <urn:p> ?b FILTER(▸NOT ?b)} | use-instead | use ! in place of NOT
SELECT * {?a <urn:p> ?b FILTER(?b ▸== 3)} | use-instead | use = in place of ==
SELECT * {?a <urn:p> ?b FILTER(?b ▸<> 3)} | use-instead | use != in place of <>
SELECT * {?a <urn:p> ?b FILTER(?b ▸=> 3)} | use-instead | use >= in place of =>
SELECT * {?a <urn:p> ?b FILTER(?b ▸=< 3)} | use-instead | use <= in place of =<
SELECT * {?a <urn:p> ?b FILTER(?a ▸& ?b)} | use-instead | use && in place of &
SELECT * {?a <urn:p> ?b FILTER(?b ▸IS NULL)} | use-instead | use !BOUND(?b) in place of IS NULL
SELECT * {?a <urn:p> ?b FILTER(?b ▸BETWEEN 1 AND 3)} | use-instead | use ?b >= 1 && ?b <= 3 in place of BETWEEN
SELECT * {?a <urn:p> ?b FILTER(▸SUBSTRING(?b, 1) = "a")} | use-instead | use SUBSTR(…) in place of SUBSTRING
SELECT * {?a <urn:p> ?b FILTER(?b ▸LIKE "%a%")} | like | there is no LIKE; use CONTAINS(?b, …)
SELECT * {?a <urn:p> ?b FILTER(?b ▸NOT LIKE "%a%")} | like | there is no LIKE
SELECT * {?a <urn:p> ?b FILTER(▸STRSTART(?b, "a"))} | near-word | there is no STRSTART; did you mean STRSTARTS?
SELECT * {?a <urn:p> ?b ▸FLITER(?b > 3)} | near-word | did you mean FILTER?
SELECT ?a ▸WERE {?a <urn:p> ?b} | near-word | did you mean WHERE?
SELECT * {?a <urn:p> ?b} ▸LIMT 10 | near-word | did you mean LIMIT?
SELECT * {?a <urn:p> ?b FILTER(▸soundex(?b) = 1)} | no-function | there is no function soundex in SPARQL 1.1
SELECT * {?a <urn:p> ?b FILTER(?b IN (1 ▸2))} | comma-missing | a ',' is missing between 1 and 2
SELECT * {?a <urn:p> ?b FILTER(?b ▸IN {1, 2})} | in-brackets | IN needs a list in brackets
SELECT * {?a <urn:p> ?b} LIMIT 10 ▸ORDER BY ?a | clause-order | ORDER BY stands before LIMIT
SELECT * {?a <urn:p> ?b ▸ORDER BY ?a} | clause-outside | ORDER BY stands after the closing '}'
SELECT ?a {?a <urn:p> ?b} ORDER BY ▸?a DESC | use-instead | use DESC(?a) in place of ?a DESC
SELECT ?a {?a <urn:p> ?b} ORDER BY ▸DESC ?a | use-instead | use DESC(?a)
SELECT ?a {?a <urn:p> ?b} ORDER BY ?a▸, ?b | comma-in-clause | no comma between the expressions of ORDER BY
SELECT ?a {?a <urn:p> ?b} ▸ORDER ?a | by-missing | BY is missing: ORDER BY
SELECT ?x WHERE {?x <urn:p> ?y} GROUP BY ▸COUNT(?y) | group-by-aggregate | COUNT is an aggregate
SELECT ▸* {?a <urn:p> ?b} GROUP BY ?a | star-grouped | SELECT * does not go with groups
SELECT * {?a <urn:p> ?b} LIMIT ▸ten | whole-number | LIMIT takes a whole number
SELECT * {?a <urn:p> ?b} OFFSET ▸?n | whole-number | OFFSET takes a whole number
SELECT * {?a <urn:p> ?b} ▸LIMIT 10, 20 | use-instead | use LIMIT 20 OFFSET 10 in place of
SELECT * {{?a <urn:p> ?b} ▸UNION ?a <urn:q> ?c} | union-braces | UNION needs { … } on both sides
SELECT * {?a <urn:p> ?b ▸UNION {?a <urn:q> ?c}} | union-braces | UNION needs { … } on both sides
SELECT * {?a <urn:p> ?b ▸OPTIONAL ?a <urn:q> ?c} | group-braces | OPTIONAL needs braces: OPTIONAL { … }
SELECT * {?a <urn:p> ?b FILTER NOT ▸EXISTS(?a <urn:q> ?c)} | exists-braces | EXISTS needs braces: EXISTS { … }
SELECT * {▸GRAPH {?a <urn:p> ?b}} | graph-name | GRAPH ?g { … }
SELECT * {?a <urn:p> ?b ▸SELECT ?c {?c <urn:q> ?a}} | select-braces | needs braces of its own
SELECT * ▸FROM {?s ?p ?o} | from-graph | FROM needs the IRI of a graph
SELECT ?a ▸FROM people WHERE {?a <urn:p> ?b} | from-graph | FROM needs the IRI of a graph
SELECT * ▸WHERE ?a <urn:p> ?b LIMIT 5 | where-braces | the pattern needs braces: WHERE { … }
▸SELECT ?a | no-pattern | the pattern is missing: WHERE { … }
SELECT * {?a <urn:p> ?b}▸; | end-sign | no ';' at the end of a query
SELECT * {?a <urn:p> ?b ▸?c <urn:q> ?d} | dot-missing | a '.' is missing between ?b and ?c
SELECT * {?a <urn:p> ?b ▸<urn:q> ?d} | semicolon-missing | a ';' is missing between ?b and <urn:q>
SELECT * {?a <urn:p> 1 ▸2 . ?c <urn:q> ?d} | comma-missing | a ',' is missing between 1 and 2
SELECT * {?a <urn:p> ?b . ▸. ?c <urn:q> ?d} | two-dots | one '.' is enough here
SELECT * {?a <urn:p> ▸} | value-missing | a value is missing after <urn:p>
SELECT * {?a a ▸Person} | bare-word | 'Person' is no term: write a name with its prefix (prefix:Person)
SELECT * {?a <urn:p> ?b FILTER(lang(?b) = ▸en)} | bare-word | a text in quotes ("en")
SELECT * {?a a ▸http://example.org/Person . ?a <urn:q> ?b} | iri-brackets | an IRI needs angle brackets: <http://example.org/Person>
SELECT * {?a <urn:p> ?b▸@en} | language-of-variable | use FILTER(LANG(?b) = "en")
SELECT * {?a <urn:p> ?b BIND▸(STR(?b))} | bind-name | BIND(STR(?b) AS ?n)
SELECT * {?a <urn:p> ?b ▸BIND ?b AS ?c} | bind-brackets | BIND needs brackets: BIND(?b AS ?c)
SELECT * {VALUES ?a {1▸, 2}} | comma-in-values | no comma between the values of VALUES
SELECT * {VALUES ?a ▸(1 2)} | values-braces | the values need braces: VALUES ?a { … }
SELECT * {?a <urn:p> ?b ▸JOIN ?b <urn:q> ?c} | sql-join | there is no JOIN; patterns in one group are joined
SELECT * {?a <urn:p> ?b ▸LEFT JOIN ?b <urn:q> ?c} | sql-outer | OPTIONAL { … } keeps what has no match
SELECT * {?a <urn:p> ?b ▸EXCEPT {?a <urn:q> ?c}} | sql-except | MINUS { … } leaves out what matches
SELECT * {?a <urn:p> ?b FILTER(?b = ▸NULL)} | sql-null | BOUND(?x) tells
SELECT * {?a <urn:p> ?b FILTER(▸CASE = 1)} | sql-case | IF(condition, then, else)
▸@prefix f: <http://x/> .⏎SELECT * {?a f:p ?b} | turtle-prefix | this is Turtle; write PREFIX f: <…>
PREFIX f: <http://x/> ▸.⏎SELECT * {?a f:p ?b} | prefix-end | no '.' after a PREFIX line
PREFIX ▸f <http://x/>⏎SELECT * {?a f:p ?b} | prefix-colon | a ':' is missing: PREFIX f: <…>
PREFIX f: ▸http://x.y/z/⏎SELECT * {?a f:p ?b} | prefix-iri | needs angle brackets
SELECT * {?a <urn:p> ▸“b”} | plain-quotes | “ is a typographic quotation mark
SELECT *▸\xa0{?a <urn:p> ?b} | plain-space | a space of another kind (U+00A0 NO-BREAK SPACE)
SELECT ?a (COUNT(?b) AS ?n) {?a <urn:p> ?b} GROUP BY ?a HAVING(▸?n > 1) | having-name | write HAVING(COUNT(?b) > 1)
SELECT (SUM(?b) + 1 AS ?n) {?a <urn:p> ?b} GROUP BY ?a HAVING(1 < ▸?n * 2) | having-name | HAVING(1 < (SUM(?b) + 1) * 2)
SELECT * {?a <urn:p> ?b} ▸nothing | unexpected | 'nothing' is not expected here
SELECT * {?a <urn:p> ?b FILTER(1 +▸ )} | unexpected |
DESCRIBE▸ | too-short | the query ends before it is complete
"""


def cases() -> list[tuple[str, int, int, str, str]]:
    """Return query, line, column, mistake and words of each case."""
    found = []
    for written in CASES.strip().splitlines():
        text, mistake, words = (part.strip(" ") for part in f"{written} ".split(" | "))
        before, _, after = text.replace("⏎", "\n").replace("\\xa0", "\xa0").partition("▸")
        found.append((before + after, before.count("\n") + 1, len(before) - before.rfind("\n"), mistake, words))
    return found


def test_each_mistake_is_named_pointed_at_and_has_its_remedy(engine: EmbeddedEngine) -> None:
    wrong = []
    for text, line, column, mistake, words in cases():
        with pytest.raises((QuerySyntaxError, QueryRefused)) as caught:
            engine.query(text)
        error = caught.value
        if mistake == "unexpected" and not words:
            column = error.column or 0  # anywhere: only that nothing is promised
        told = (error.extra.get("mistake"), error.line, error.column)
        if told != (mistake, line, column) or words not in error.reason:
            wrong.append(f"{text}\n  {told} {error.reason}, expected {(mistake, line, column)} {words}")
    assert not wrong, "\n".join(wrong)
    assert {mistake for *_, mistake, _ in cases()} == set(MISTAKES)  # each is tried


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?a (COUNT(?b) AS ?n) {?a <urn:p> ?b} GROUP BY ?a HAVING(COUNT(?b) > 1)",
        "SELECT ?a (COUNT(?b) AS ?n) {?a <urn:p> ?b} GROUP BY ?a HAVING(?n > 1 || COUNT(?b) > 1)",
        "SELECT ?a (COUNT(?b) AS ?n) {?a <urn:p> ?b} GROUP BY ?a HAVING(!BOUND(?n))",
        "SELECT ?a (COUNT(?b) AS ?n) {?a <urn:p> ?b} GROUP BY ?a HAVING(COUNT(?n) = 0)",
        "SELECT ?k (COUNT(?b) AS ?n) {?a <urn:p> ?b} GROUP BY (STR(?a) AS ?k) HAVING(?k > 'a')",
        "SELECT * {?a <urn:p> ?b FILTER(?a =! ?b)}",
        "SELECT * {?a <urn:p> ?b FILTER EXISTS{?a <urn:p> ?b} FILTER NOT EXISTS\n# (\n{?a <urn:q> ?b}}",
        "PREFIX exists: <urn:x> SELECT * {?a exists:p ?b}",
    ],
)
def test_what_is_right_is_answered(engine: EmbeddedEngine, text: str) -> None:
    assert "results" in json.loads(engine.query(text).read())


def test_a_mistake_before_a_prefix_that_is_not_declared_is_told_first(engine: EmbeddedEngine) -> None:
    with pytest.raises(QuerySyntaxError, match="no comma"):
        engine.query("SELECT ?a, ?b {?a nope:p ?b}")
    with pytest.raises(QuerySyntaxError, match="'nope:' is not declared"):
        engine.query("SELECT ?a {?a nope:p ?b FILTER ?b > 3}")


def _stopped(text: str) -> int | None:
    try:
        ox.Store().query(text, substitutions={ox.Variable("unread"): ox.Literal("")})
    except RuntimeError:
        return None
    except SyntaxError as error:
        found = re.search(r"error at (\d+):(\d+)", str(error))
        assert found is not None
        lines = text.split("\n")[: int(found[1]) - 1]
        return sum(len(line) + 1 for line in lines) + int(found[2]) - 1
    return None


def test_spoilt_queries_are_told_of_whatever_they_are() -> None:
    chance = random.Random(14)
    texts = [text for text, *_ in cases()]
    pieces = [piece for text in texts for piece in re.findall(r"\s+|\w+|.", text)]
    told = 0
    for _ in range(1_500):
        parts = re.findall(r"\s+|[A-Za-z?]+|.", chance.choice(texts), re.DOTALL)
        for _ in range(chance.randint(1, 3)):
            parts[chance.randrange(len(parts))] = chance.choice(["", chance.choice(pieces)])
        text = "".join(parts)
        try:
            screened = screen(text)
        except QueryError:
            continue
        if _stopped(screened.text) is not None:
            error = mistakes.find(screened.text, _stopped)
            assert error is not None, text
            assert error.line is not None, text
            assert error.reason, text
            told += 1
    assert told > 300


def test_few_remedies_are_tried_however_long_the_query_is() -> None:
    asked = []

    def stopped(text: str) -> int:
        asked.append(len(text))
        return 10

    counts = []
    for many in (50, 100, 200):
        text = f"SELECT * {{ {'?a OPTINAL ?b AND, ' * many} }}"
        mistakes.find(text, stopped)
        counts.append(len(asked))
    assert max(later - before for before, later in pairwise([0, *counts])) <= 26
    assert mistakes.find(f"SELECT * {{ {'?a ' * 10_000} }}", stopped) is None  # nobody writes that by hand
