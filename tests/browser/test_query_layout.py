"""Laying out a query changes the space between its tokens and nothing else, whatever the text."""

from __future__ import annotations

import random
import re

import pytest

from sparqlgate.errors import QuerySyntaxError
from sparqlgate.text.lexer import Lexer
from tests.browser.scripts import Call
from tests.support import RDF_TESTS, ROOT, find

ONE_LINE = (
    "PREFIX cr: <http://x/> SELECT ?x (COUNT(?y) AS ?n) WHERE { ?x a cr:P ; cr:l ?l . ?x cr:q ?p "
    'OPTIONAL { ?x cr:y ?y } FILTER(LANG(?l)="en" && ?y > 3) { ?a ?b ?c } UNION { ?d ?e ?f . ?g ?h ?i } '
    "VALUES ?x { cr:a cr:b } FILTER NOT EXISTS { ?x cr:q ?r } } GROUP BY ?x ORDER BY ?l LIMIT 10"
)
LAID_OUT = """\
PREFIX cr: <http://x/>
SELECT ?x (COUNT(?y) AS ?n) WHERE {
  ?x a cr:P ; cr:l ?l .
  ?x cr:q ?p
  OPTIONAL { ?x cr:y ?y }
  FILTER(LANG(?l)="en" && ?y > 3)
  { ?a ?b ?c } UNION {
    ?d ?e ?f .
    ?g ?h ?i
  }
  VALUES ?x { cr:a cr:b }
  FILTER NOT EXISTS { ?x cr:q ?r }
}
GROUP BY ?x
ORDER BY ?l
LIMIT 10
"""
#: What only looks as if a line could be broken there, and what is not whole.
ODD = [
    "", "  \n", "#", "# only a comment", "SELECT", "SELECT * {", "}}}", ")]}", "{ [ ( }",
    "# spaces at its end  \nSELECT * { ?s ?p ?o } # \u00a0", "SELECT * { ?s ?p 'open }\n }",
    'SELECT * { ?s ?p """a\n  b ; c . {""" . ?s ?q "\\"}" }', "SELECT * { <http://e/a;b.c{> ?p ?o }",
    "SELECT * { e:a\\;b\\. e:c.d.e ?o.?s ?p 1.5e3;?q .5 }", "SELECT*{?s?p?o.?s?p?o}", "ASK{?s e:a·b.c ?o;e:d ?x}",
    "SELECT * { ?s ?p ?o # . ; {\n ; ?q ?r }", "SELECT * { ?s ?p ?o }# end", "SELECT ?a<?b {}",
    "SELECT * { << ?s ?p ?o >> ?q ?r {| ?x ?y |} }",
    "ASK { ?s ?p _:b.  _:b ?q [] . [] ?r (1 2 3) ; ?t [ ?u ?v ; ?w ?x ] }",
    "SELECT * { ?s ?p ?o }\r\nORDER BY ?s\rLIMIT 3", "\ufeffSELECT * { ?s ?p ?o }", "INSERT DATA { <a> <b> <c> }",
    "😀{.;}",
]  # fmt: skip


def queries() -> list[str]:
    folders = [ROOT / "queries", *([tests / "sparql"] if (tests := find(RDF_TESTS)) else [])]
    return [path.read_text("utf-8") for folder in folders for path in sorted(folder.rglob("*.rq"))]


def spoken(text: str) -> list[str]:
    """The tokens and the comments of a query, as the server reads it."""
    comments = re.findall(r"(?m)^\s*(#.*?)\s*$", text)
    try:
        return [token.text for token in Lexer(text)] + comments
    except QuerySyntaxError as error:
        return [str(error.reason)]


def test_each_clause_and_statement_has_its_line(call: Call) -> None:
    assert call(["format", ONE_LINE])[0] == LAID_OUT


def test_every_query_says_the_same_and_is_laid_out_once(call: Call) -> None:
    texts = [*queries(), ONE_LINE, *ODD]
    assert len(texts) > 150
    laid = call(*(["format", text] for text in texts))
    assert call(*(["format", text] for text in laid)) == laid
    assert sum(one != other for one, other in zip(texts, laid, strict=True)) > 50
    for before, after in zip(texts, laid, strict=True):
        assert spoken(after) == spoken(before), before
        assert "".join(after.split()) == "".join(before.split()) or '"' in before or "'" in before


def test_no_character_is_lost_in_tokens(call: Call) -> None:
    texts = [*queries(), *ODD]
    for text, tokens in zip(texts, call(*(["tokens", text] for text in texts)), strict=True):
        assert "".join(token["text"] for token in tokens) == text


def test_however_a_query_was_laid_out_it_says_the_same(call: Call) -> None:
    """Every space of a query is made another, at random: the seed is fixed."""
    chance = random.Random(7)
    texts = []
    for text in chance.sample(queries(), 60):
        plain = re.sub(r"(?m)^\s*#.*$", "", text)
        if "'''" not in plain and '"""' not in plain and "#" not in re.sub(r"<[^>]*>", "", plain):
            texts.append(
                re.sub(
                    r"(?<=[.;{}?\w])[ \n]+(?=[.;{}?\w])", lambda _: chance.choice(" \n\t") * chance.randint(1, 3), plain
                )
            )
    assert len(texts) > 30
    for before, after in zip(texts, call(*(["format", text] for text in texts)), strict=True):
        assert spoken(after) == spoken(before)


@pytest.mark.parametrize("text", ["SELECT * { ?s ?p 'open }\n }", 'ASK { ?s ?p "a\n" }'])
def test_a_string_that_is_not_closed_is_left_alone(call: Call, text: str) -> None:
    assert call(["format", text])[0] == text
