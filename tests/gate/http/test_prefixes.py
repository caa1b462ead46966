"""Graphs as answers and documents declare the prefixes that they use, and no other, however long they are."""

from __future__ import annotations

import re
from urllib.parse import quote

import pyoxigraph as ox

from tests.servers import Server

#: What stands between quotes or angle brackets, where a colon is no sign of a prefix.
_OPAQUE = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*+"""|"(?:[^"\\\n]|\\.)*+"|<[^<>]*+>')
KINDS = {"text/turtle": ox.RdfFormat.TURTLE, "application/trig": ox.RdfFormat.TRIG}
LONG = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
#: A word of a text looks like a prefix, and a type is written as one letter.
SHORT = "CONSTRUCT { <http://e/a> a <http://e/B> ; <http://e/p> 'skos: org: rdf:type' , 1 } WHERE {}"


def unused(text: str) -> list[str]:
    """Return the prefixes that a document in Turtle or TriG declares and does not use."""
    declared = re.findall(r"^@prefix (\w+): ", text, re.MULTILINE)
    assert declared == sorted(declared)
    body = _OPAQUE.sub(" ", re.sub(r"^@prefix .*$", "", text, flags=re.MULTILINE))
    return [name for name in declared if not re.search(rf"(?<![\w:]){name}:", body)]


def unused_in_xml(text: str) -> list[str]:
    """Return the same of a document in RDF/XML."""
    head, _, body = text.partition("<rdf:RDF")[2].partition(">")
    return [name for name in re.findall(r"xmlns:(\w+)=", head) if name != "rdf" and f"<{name}:" not in body]


def test_answers_declare_what_they_use_and_nothing_else(shipped: Server) -> None:
    graph = quote("https://w3id.org/cityrights/graph/editorial/labels", safe="")
    addresses = [f"/sparql?query={quote(query)}" for query in (SHORT, f"{LONG} LIMIT 7", f"{LONG} LIMIT 9000")]
    addresses += ["/graph?default", f"/graph?graph={graph}", "/data/city/utrecht.ttl"]
    for address in addresses:
        for kind, form in KINDS.items():
            text = shipped.get(address, kind).text
            assert unused(text) == [], (address, kind)
            assert "@prefix" in text or address == addresses[0], (address, kind)
            assert len(list(ox.parse(text, form))) > 1, (address, kind)
        text = shipped.get(address.replace(".ttl", ".rdf"), "application/rdf+xml").text
        assert unused_in_xml(text) == [], address
        assert len(list(ox.parse(text, ox.RdfFormat.RDF_XML))) > 1, address
    assert shipped.get(addresses[0], "text/turtle").text.startswith("<http://e/a> ")


def test_the_decoys_break_the_rule() -> None:
    assert unused('@prefix a: <http://a/> .\n@prefix b: <http://b/> .\n<http://c/> a:x "b:" , <b:c> .') == ["b"]
    assert unused_in_xml("<rdf:RDF xmlns:a='a' xmlns:b='b'><a:x/></rdf:RDF>") == ["b"]
