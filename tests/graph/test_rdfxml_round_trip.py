"""Any graph written as RDF/XML is the same graph again, for us and for a foreign reader; and theirs is for us."""

from __future__ import annotations

from io import BytesIO

import pyoxigraph as ox
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from sparqlgate.rdf.rdfxml import Plain, Unwritable, split
from tests.graph.test_rdfxml import document

#: Characters that XML has, and those that its parsers may change among them often.
_CHARACTERS = st.one_of(
    st.sampled_from("\r\n\t <>&'\"]-? a\u0085\u2028é"),
    st.characters(exclude_categories=["Cs"], exclude_characters="".join(map(chr, range(32))) + "\ufffe\uffff"),
)
_TEXT = st.text(_CHARACTERS, max_size=12)
_IRI = st.builds(
    "http://ex.org/{}".format, st.text(st.sampled_from("abzA01.-_:/%25é·²\u037b\U00020000&'"), max_size=8)
).map(lambda iri: iri.replace("%", "%25"))
_NAMED = _IRI.map(lambda iri: iri.replace("\u037b", "").replace("\U00020000", ""))
_NODE = st.one_of(_IRI.map(ox.NamedNode), st.sampled_from(["a", "1", "x61", "b.c"]).map(ox.BlankNode))
_LITERAL = st.one_of(
    st.builds(ox.Literal, _TEXT),
    st.builds(lambda text, tag: ox.Literal(text, language=tag), _TEXT, st.sampled_from(["en", "fr-ca", "zh-hant"])),
    st.builds(lambda text, iri: ox.Literal(text, datatype=ox.NamedNode(iri)), _TEXT, _IRI),
)
_PREDICATE = _NAMED.filter(lambda iri: _named(iri)).map(ox.NamedNode)
_GRAPH = st.lists(st.builds(ox.Triple, _NODE, _PREDICATE, st.one_of(_NODE, _LITERAL)), max_size=6)


def _named(iri: str) -> bool:
    try:
        split(iri)
    except Unwritable:
        return False
    return True


def _graph(triples: list[ox.Triple]) -> rdflib.Graph:
    return rdflib.Graph().parse(data="".join(f"{triple} .\n" for triple in triples), format="nt")


def _read(document: bytes) -> rdflib.Graph:
    return _graph([quad.triple for quad in ox.parse(Plain(BytesIO(document)), format=ox.RdfFormat.RDF_XML)])  # type: ignore[arg-type]  # any reader does


@given(_GRAPH)
def test_a_graph_comes_back(triples: list[ox.Triple]) -> None:
    wanted = _graph(triples)
    text = document(triples, {"e": "http://ex.org/"})
    assert isomorphic(_read(text), wanted)
    assert isomorphic(rdflib.Graph().parse(data=text, format="xml"), wanted)


@given(_GRAPH)
def test_what_others_write_is_read(triples: list[ox.Triple]) -> None:
    # What the other one writes wrongly is left out: carriage returns, and & and % in predicates.
    wanted = _graph(
        [
            triple
            for triple in triples
            if "\r" not in str(triple.object) and not set("&%").intersection(triple.predicate.value)
        ]
    )
    assert isomorphic(_read(wanted.serialize(format="pretty-xml").encode()), wanted)
