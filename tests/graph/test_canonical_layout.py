"""The canonical layout loses nothing and has one text for each set of quads, whatever the literals hold."""

from __future__ import annotations

import random

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from cityrights import vocabulary as ns
from cityrights.check.format import canonical_text

SOURCE = "twenty-practices"
_XSD = [ox.NamedNode(ns.XSD + name) for name in ("integer", "decimal", "date", "boolean", "gYear", "string", "anyURI")]
_BASES = [ns.BASE, ns.ID + "city/", ns.GRAPH, ns.GRAPH + "editorial/", *ns.source_prefixes(SOURCE).values(), ns.CR]
_LOCAL = st.lists(st.sampled_from([*"abz019-._~/:!$&'()*+,;=@é日", "%2F"]), max_size=8).map("".join)
_IRIS = st.builds(lambda base, local: ox.NamedNode(base + local), st.sampled_from([*_BASES, "urn:x:"]), _LOCAL)
_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=150) | st.sampled_from(
    ["\n\t", '" , <x> ; a:b .\n}', "\\", "'''", '"""', "\r\n", "\u2028\u0085", "@prefix a: <b> .", "x " * 90]
)
_LITERALS = st.one_of(
    st.builds(ox.Literal, _TEXT),
    st.builds(lambda text, tag: ox.Literal(text, language=tag), _TEXT, st.sampled_from(["en", "fr", "es", "pt-br"])),
    st.builds(lambda text, kind: ox.Literal(text, datatype=kind), _TEXT, st.sampled_from(_XSD)),
    st.builds(ox.Literal, st.integers() | st.booleans()),
)
_QUADS = st.lists(st.builds(ox.Quad, _IRIS, _IRIS, _IRIS | _LITERALS, _IRIS), max_size=14)


def _parse(text: str, form: ox.RdfFormat) -> list[ox.Quad]:
    return list(ox.parse(text.encode(), format=form))


@settings(max_examples=150, deadline=None)
@given(_QUADS, st.randoms(use_true_random=False))
def test_trig_keeps_every_quad_and_is_a_fixed_point(quads: list[ox.Quad], rng: random.Random) -> None:
    once = canonical_text(quads, trig=True, source=SOURCE)
    read = _parse(once, ox.RdfFormat.TRIG)
    assert set(read) == set(quads)
    rng.shuffle(read)
    assert canonical_text(read, trig=True, source=SOURCE) == once


@settings(max_examples=80, deadline=None)
@given(_QUADS)
def test_turtle_keeps_every_triple_and_is_a_fixed_point(quads: list[ox.Quad]) -> None:
    once = canonical_text(quads, trig=False)
    read = _parse(once, ox.RdfFormat.TURTLE)
    assert {quad.triple for quad in read} == {quad.triple for quad in quads}
    assert canonical_text(read, trig=False) == once
