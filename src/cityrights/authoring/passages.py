"""A passage: lines of a source, written for us (lines from 1) and as a Web Annotation (RFC 5147, text quote)."""

from __future__ import annotations

import re
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from cityrights.namespaces import CR, DCTERMS, GRAPH_CLAIMS, ID, PREFIXES, RDF, source_prefixes

_OA: Final = PREFIXES["oa"]
_RFC5147: Final = NamedNode("http://tools.ietf.org/rfc/rfc5147")
_MD5: Final = re.compile(r"[0-9a-f]{32}")


def passage_iri(source: str, slug: str) -> NamedNode:
    """Return the IRI of the passage ``slug`` (its number, usually that of its claim) of the source ``source``."""
    return NamedNode(source_prefixes(source)["passage"] + slug)


def fragment(first: int, last: int, md5: str) -> str:
    """Return the fragment for the lines ``first`` to ``last`` (from 1, both included) of a file with this MD5.

    RFC 5147, section 2.2.2, counts the gaps between lines from 0: line 51 lies between the positions 50 and 51. The
    integrity check of section 2.4 is ``md5=`` and 32 hexadecimal digits; readers that check it know the file changed.
    Raises ValueError for an empty range or something that is not an MD5 digest.
    """
    if not 1 <= first <= last:
        raise ValueError(f"lines {first}-{last}: the first line is at least 1 and not after the last")
    if not _MD5.fullmatch(md5.lower()):
        raise ValueError(f"{md5!r} is not an MD5 digest: 32 hexadecimal digits were expected")
    return f"line={first - 1},{last};md5={md5.lower()}"


def passage_quads(source: str, slug: str, first: int, last: int, anchor: str, md5: str) -> list[Quad]:
    """Return the quads, in ``graph:claims``, of one passage and its two Web Annotation selectors.

    ``source`` is the source's slug, ``slug`` the passage's, ``first`` and ``last`` lines counted from 1 as printed,
    ``anchor`` a few words that stand in them and ``md5`` the digest of the source's file. Raises ValueError for an
    impossible range, digest or anchor. https://www.w3.org/TR/annotation-model/#selectors
    """
    if not anchor.strip():
        raise ValueError(f"passage {slug} of {source}: the anchor is empty; take a few words from the lines")
    passage = passage_iri(source, slug)
    lines, quote = NamedNode(passage.value + "-lines"), NamedNode(passage.value + "-quote")
    document = NamedNode(f"{ID}source/{source}")
    a, selector = NamedNode(RDF + "type"), NamedNode(_OA + "hasSelector")
    graph = NamedNode(GRAPH_CLAIMS)
    return [
        Quad(passage, a, NamedNode(CR + "Passage"), graph),
        Quad(passage, NamedNode(CR + "source"), document, graph),
        Quad(passage, NamedNode(CR + "firstLine"), Literal(first), graph),
        Quad(passage, NamedNode(CR + "lastLine"), Literal(last), graph),
        Quad(passage, NamedNode(CR + "anchor"), Literal(anchor), graph),
        Quad(passage, NamedNode(_OA + "hasSource"), document, graph),
        Quad(passage, selector, lines, graph),
        Quad(passage, selector, quote, graph),
        Quad(lines, a, NamedNode(_OA + "FragmentSelector"), graph),
        Quad(lines, NamedNode(DCTERMS + "conformsTo"), _RFC5147, graph),
        Quad(lines, NamedNode(RDF + "value"), Literal(fragment(first, last, md5)), graph),
        Quad(quote, a, NamedNode(_OA + "TextQuoteSelector"), graph),
        Quad(quote, NamedNode(_OA + "exact"), Literal(anchor), graph),
    ]
