"""Files that are made from lines are, to the byte, those that the library makes of the same statements."""

from __future__ import annotations

from collections.abc import Sequence
from unittest.mock import patch

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from cityrights.pipeline import formats
from cityrights.pipeline import lines as lines_module
from cityrights.pipeline.lines import Lines, Merge, nowhere
from cityrights.vocabulary import PREFIXES, RDF, XSD

_SPACES = (
    "https://x.org/",
    "https://x.org/a#b/",
    *list(PREFIXES.values())[:6],
    PREFIXES["city"],
    f"{PREFIXES['city']}a/",
    XSD,
    RDF,
)
_LOCAL = st.text(st.sampled_from("ab1_-.:/%~!$&'()*+,;=?@é·\u203f\u0300€Z"), max_size=6)
IRIS = st.builds(lambda space, local: f"{space}{local}".replace("%", "%41"), st.sampled_from(_SPACES), _LOCAL)
_TEXT = st.text(
    st.one_of(st.sampled_from('"\\\n\t\r\f\b\x00\x1f\x7f <>@^u_'), st.characters(codec="utf-8")), max_size=6
)
_NUMBERS = st.sampled_from(["1", "01", "+1", "-1", "", "1.5", ".5", "1.", "1e0", "1.5E-3", "true", "1", "x", "\u0661"])
_KINDS = st.sampled_from(
    [XSD + n for n in ("integer", "decimal", "double", "boolean", "string", "date")] + [RDF + "JSON"]
)
LITERALS = st.one_of(
    st.builds(ox.Literal, _TEXT),
    st.builds(lambda text, tag: ox.Literal(text, language=tag), _TEXT, st.sampled_from(["en", "fr-CA", "zh-hans"])),
    st.builds(lambda text, kind: ox.Literal(text, datatype=ox.NamedNode(kind)), _TEXT | _NUMBERS, _KINDS | IRIS),
    st.just(ox.Literal("a", language="ar", direction=ox.BaseDirection.RTL)),
)
NODES = st.builds(ox.NamedNode, IRIS)
SUBJECTS = st.one_of(NODES, st.just(ox.BlankNode("b1")))
PREDICATES = st.one_of(NODES, st.just(ox.NamedNode(RDF + "type")))
TERMS = st.one_of(SUBJECTS, LITERALS)
TRIPLES = st.builds(
    ox.Triple, SUBJECTS, PREDICATES, st.one_of(TERMS, st.builds(ox.Triple, SUBJECTS, PREDICATES, TERMS))
)
#: Few things, so that they come together again.
FEW = st.lists(TRIPLES, min_size=1, max_size=3).flatmap(
    lambda some: st.lists(
        st.builds(
            lambda one, two, three: ox.Triple(one.subject, two.predicate, three.object),
            st.sampled_from(some), st.sampled_from(some), st.sampled_from(some) | TRIPLES,
        ),
        max_size=8,
    )
)  # fmt: skip


def _sorted(statements: Sequence[ox.Quad] | Sequence[ox.Triple]) -> list[bytes]:
    return sorted(set((ox.serialize(statements, format=ox.RdfFormat.N_QUADS) or b"").split(b"\n")) - {b""})


def _as_library(lines: Sequence[bytes], form: ox.RdfFormat) -> bytes:
    """Return what the library writes, its prefixes in order."""
    said = list(ox.parse(b"\n".join(lines), format=ox.RdfFormat.N_QUADS))
    if form == ox.RdfFormat.JSON_LD:
        return ox.serialize(said, format=form) or b""
    written = (ox.serialize(said, format=form, prefixes=PREFIXES) or b"").splitlines(keepends=True)
    return b"".join([*sorted(written[: len(PREFIXES)]), *written[len(PREFIXES) :]])


@given(FEW)
@settings(deadline=None, max_examples=300)
def test_turtle_is_what_the_library_writes(triples: list[ox.Triple]) -> None:
    lines = _sorted(triples)
    turtle = formats.Turtle(PREFIXES)
    pieces = [piece for line in lines for some in formats.merged([line]) for piece in turtle.write(some)]
    assert b"".join([*pieces, turtle.end]) == _as_library(lines, ox.RdfFormat.TURTLE)


@given(FEW, st.lists(NODES, min_size=1, max_size=3))
@settings(deadline=None, max_examples=300)
def test_trig_and_json_ld_are_what_the_library_writes(triples: list[ox.Triple], graphs: list[ox.NamedNode]) -> None:
    quads = [
        ox.Quad(triple.subject, triple.predicate, triple.object, graphs[number % len(graphs)])
        for number, triple in enumerate(triples)
    ]
    lines = sorted(_sorted(quads), key=lambda line: (line.rsplit(b" ", 2)[1], line))
    trig, json_ld = formats.Turtle(PREFIXES), formats.JsonLd()
    pieces = [piece for line in lines for some in formats.rows([line]) for piece in trig.write(some)]
    assert b"".join([*pieces, trig.end]) == _as_library(lines, ox.RdfFormat.TRIG)
    lines = [line for line in lines if b"<<(" not in line]  # JSON-LD 1.1 has no triples as terms
    pieces = [piece for some in formats.rows(lines) for piece in json_ld.write(some)]
    assert b"".join([*pieces, json_ld.end]) == _as_library(lines, ox.RdfFormat.JSON_LD)


@given(FEW, st.lists(NODES, min_size=1, max_size=3), st.booleans())
@settings(deadline=None, max_examples=300)
def test_witnesses_are_what_the_library_writes(
    triples: list[ox.Triple], graphs: list[ox.NamedNode], after_rows: bool
) -> None:
    """After the rows of a file or alone, a few at a time, beside a file in progress that remembers the same terms."""
    held = [triple for triple in triples if not isinstance(triple.object, ox.Triple)]
    quads = [
        ox.Quad(triple.subject, triple.predicate, triple.object, graphs[number % len(graphs)])
        for number, triple in enumerate(held)
    ]
    lines = sorted(_sorted(quads), key=lambda line: (line.rsplit(b" ", 2)[1], line))
    plain = _sorted(held) if after_rows else []
    turtle = formats.Turtle(PREFIXES)
    beside = turtle.another()
    pieces = [piece for some in formats.merged(plain) for piece in turtle.write(some)]
    for line in lines:
        for some in formats.rows([line]):
            assert b"".join(beside.write(some))
            pieces += turtle.reify(some)
    reified = [b"%b <%b> <<( %b )>> ." % (g, f"{RDF}reifies".encode(), b" ".join(row)) for *row, g in _rows(lines)]
    assert b"".join([*pieces, turtle.end]) == _as_library([*plain, *reified], ox.RdfFormat.TURTLE)


def _rows(lines: Sequence[bytes]) -> list[formats.Row]:
    return [row for some in formats.rows(lines) for row in some]


@given(FEW, st.lists(NODES, min_size=1, max_size=3), st.data())
@settings(deadline=None, max_examples=300)
def test_the_merge_is_the_distinct_triples_in_their_order(
    triples: list[ox.Triple], graphs: list[ox.NamedNode], data: st.DataObject
) -> None:
    """Also where one triple stands in several graphs, and a list of lines ends between them."""
    quads = Lines(nowhere, "quads")
    merge = Merge(quads)
    said = [
        ox.Quad(triple.subject, triple.predicate, triple.object, graph)
        for triple in triples
        for graph in data.draw(st.sets(st.sampled_from(graphs)))
    ]
    quads.add(_sorted(said))
    with patch.object(lines_module, "_SOME", data.draw(st.integers(1, 4))):
        assert list(merge) == _sorted([quad.triple for quad in said])
        assert len(merge) == len({quad.triple for quad in said})
