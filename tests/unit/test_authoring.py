"""What the authoring commands write: passages, claims, sources."""

from __future__ import annotations

import pytest

from cityrights.authoring.passages import fragment, passage_quads
from cityrights.canonical import canonical_text
from cityrights.namespaces import PREFIXES

MD5 = "88aa53e0dad205426b29c4e08328a8ed"


def test_a_passage_has_lines_and_both_selectors() -> None:
    quads = passage_quads("twenty-practices", "10", 51, 53, "a few words", MD5)
    text = canonical_text(quads, trig=True, source="twenty-practices")
    assert f'rdf:value "line=50,53;md5={MD5}"' in text
    assert "oa:hasSelector passage:10-lines , passage:10-quote" in text
    assert 'oa:exact "a few words"' in text
    assert "cr:firstLine 51" in text
    assert len(set(quads)) == 13
    assert {q.graph_name.value for q in quads if hasattr(q.graph_name, "value")} == {PREFIXES["graph"] + "claims"}


def test_rfc_5147_counts_gaps_from_zero() -> None:
    assert fragment(51, 51, MD5) == f"line=50,51;md5={MD5}"
    assert fragment(1, 2, MD5.upper()) == f"line=0,2;md5={MD5}"


@pytest.mark.parametrize(("first", "last", "md5"), [(0, 1, MD5), (3, 2, MD5), (1, 1, "abc")])
def test_impossible_fragments_are_refused(first: int, last: int, md5: str) -> None:
    with pytest.raises(ValueError, match=r"line|MD5"):
        fragment(first, last, md5)


def test_an_empty_anchor_is_refused() -> None:
    with pytest.raises(ValueError, match="anchor is empty"):
        passage_quads("twenty-practices", "10", 51, 53, "  ", MD5)
