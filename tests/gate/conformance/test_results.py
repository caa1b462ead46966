"""The comparison that the suites rest on: it must see every difference that counts, and no other."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from tests.gate.conformance.results import Answer, from_csv, from_graph, from_json, from_tsv, from_xml, same

_JSON = (
    b'{"head":{"vars":["a","b"]},"results":{"bindings":[{"a":{"type":"uri","value":"http://e/1"},'
    b'"b":{"type":"literal","value":"x","xml:lang":"EN"}},{"a":{"type":"bnode","value":"n"}}]}}'
)
_XML = (
    b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="a"/><variable name="b"/></head>'
    b'<results><result><binding name="b"><literal xml:lang="en">x</literal></binding><binding name="a">'
    b'<uri>http://e/1</uri></binding></result><result><binding name="a"><bnode>other</bnode></binding></result>'
    b"</results></sparql>"
)
_TSV = b'?a\t?b\n<http://e/1>\t"x"@en\n_:z\t\n'


def _graph(text: str) -> Answer:
    return from_graph(text.encode(), ox.RdfFormat.TURTLE)


def _table(*values: str, ordered: bool = False) -> Answer:
    rows = tuple((("x", ("bnode" if value.startswith("_") else "uri", value)),) for value in values)
    return Answer(variables=("x",), rows=rows, ordered=ordered)


def test_the_formats_are_read_alike() -> None:
    assert same(from_json(_JSON), from_xml(_XML))
    assert same(from_json(_JSON), from_tsv(_TSV))
    assert same(from_csv(b"a,b\r\n_:n,x\r\n"), from_csv(b"a,b\r\n_:m,x\r\n"))
    assert not same(from_csv(b"a,b\r\n_:n,x\r\n"), from_csv(b"a,b\r\n_:n,y\r\n"))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("<a:> <p:> _:x . _:x <p:> _:y .", "<a:> <p:> _:m . _:m <p:> _:n .", True),
        ("<a:> <p:> _:x . _:x <p:> _:y .", "<a:> <p:> _:m . _:n <p:> _:m .", False),
        ("_:a <p:> _:b . _:b <p:> _:a .", "_:a <p:> _:a . _:b <p:> _:b .", False),
        ("_:a <p:> _:b . _:b <p:> _:c . _:c <p:> _:a .", "_:x <p:> _:z . _:z <p:> _:y . _:y <p:> _:x .", True),
        ("<a:> <p:> 1.0 .", "<a:> <p:> 1.00 .", True),
        ("<a:> <p:> 1.0 .", "<a:> <p:> 1 .", False),
        ("<a:> <p:> 'x'@en .", "<a:> <p:> 'x' .", False),
        ("<a:> <p:> '1' .", "<a:> <p:> '1.0' .", False),
    ],
)
def test_graphs_are_compared_by_isomorphism(one: str, other: str, alike: bool) -> None:
    assert same(_graph(one), _graph(other)) is alike
    assert same(_graph(other), _graph(one)) is alike


def test_tables_are_multisets_and_sequences_where_an_order_is_given() -> None:
    assert same(_table("u:1", "u:2"), _table("u:2", "u:1"))
    assert not same(_table("u:1", "u:2", ordered=True), _table("u:2", "u:1"))
    assert not same(_table("u:1", "u:1"), _table("u:1"))
    assert not same(_table("u:1"), _table("u:1", "u:1"))
    assert same(_table("u:1", "u:1"), _table("u:1"), lax=True)
    assert not same(_table("u:1"), _table("u:1", "u:1"), lax=True)
    assert not same(_table("_:a", "_:a"), _table("_:a", "_:b"))
    assert same(_table("_:a", "_:b", ordered=True), _table("_:x", "_:y"))
    assert not same(_table("_:a", "_:a", ordered=True), _table("_:x", "_:y"))
    assert not same(Answer(truth=True), Answer(truth=False))
    assert not same(Answer(truth=True), _table())
    assert not same(Answer(variables=("x",)), Answer(variables=("y",)))
