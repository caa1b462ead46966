"""What is written into a query is read back as it was, whatever stands in it."""

from __future__ import annotations

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st

from sparqlgate.text.writing import iri, literal, name, prologue, values

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def _read(term: str, prefixes: dict[str, str] | None = None) -> object:
    head = prologue(prefixes or {}, prefixes or {})
    found = ox.Store().query(f"{head}SELECT * {{ {values('?x', [term])} }}")
    assert isinstance(found, ox.QuerySolutions)
    return next(found)["x"]


@given(TEXTS)
def test_a_literal_is_read_back(text: str) -> None:
    assert _read(literal(text)) == ox.Literal(text)
    assert _read(literal(text, "en")) == ox.Literal(text, language="en")
    kind = "http://example.org/kind"
    assert _read(literal(text, datatype=kind)) == ox.Literal(text, datatype=ox.NamedNode(kind))


def test_an_iri_never_leaves_its_brackets() -> None:
    for text in ("http://e.example/a b", "http://e.example/> <x", 'a:"}', "a:\\u003E", "a:\n#"):
        written = iri(text)
        assert written[0] + written[-1] == "<>", written
        assert not set(written[1:-1]) & set(' <>"{}\n'), written


def test_a_name_is_written_by_the_first_prefix_that_fits() -> None:
    prefixes = {"b": "http://e.example/a/", "a": "http://e.example/"}
    for value, written in (
        ("http://e.example/a/c", "b:c"),
        ("http://e.example/c", "a:c"),
        ("http://e.example/c/d", "<http://e.example/c/d>"),
    ):
        assert name(value, prefixes) == written
        assert _read(written, prefixes) == ox.NamedNode(value)
