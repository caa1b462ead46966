"""RDF/XML of others: what XML 1.0 allows around it is understood, and what is written is read by everybody."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from cityrights.vocabulary import PREFIXES, RDF
from sparqlgate.errors import InputError
from sparqlgate.rdf.files import read
from sparqlgate.rdf.rdfxml import Unwritable, write
from tests.support import RAPPER, need

E = "http://ex.org/"


def document(triples: Iterable[ox.Triple], prefixes: Mapping[str, str]) -> bytes:
    """Return triples as an RDF/XML document."""
    buffer = BytesIO()
    write(triples, buffer, prefixes)
    return buffer.getvalue()


ROOT = f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:e="{E}"'
LITERAL = f"^^<{RDF}XMLLiteral>"

#: What stands in the root element, and the triples that it is, in N-Triples.
SAID = {
    "a comment in text": ("<e:c>a<!-- note -->b</e:c>", '"ab"'),
    "an instruction in text": ("<e:c>a<?note x?>b</e:c>", '"ab"'),
    "CDATA beside text": ("<e:c>a <![CDATA[b < c]]> d</e:c>", '"a b < c d"'),
    "CDATA alone": ("<e:c><![CDATA[<b>]]></e:c>", '"<b>"'),
    "a comment around a resource": (f'<e:c><!-- x --><rdf:Bag rdf:about="{E}b"/> <?y?></e:c>', f"<{E}b>"),
    "no language inside one": ('<e:c xml:lang="">none</e:c>', '"none"'),
    "the language of outside": ("<e:c>some</e:c>", '"some"@en'),
    "another language": ('<e:c xml:lang="fr">été</e:c>', '"été"@fr'),
    "no language for what has a datatype": ('<e:c rdf:datatype="http://ex.org/d">x</e:c>', f'"x"^^<{E}d>'),
    "ends of lines": ("<e:c>one\r\ntwo\rthree\nfour</e:c>", '"one\\ntwo\\nthree\\nfour"@en'),
    "ends of lines in CDATA": ("<e:c><![CDATA[one\r\ntwo]]></e:c>", '"one\\ntwo"@en'),
    "ends of lines that were written out": ("<e:c>one&#13;&#xA;two</e:c>", '"one\\r\\ntwo"@en'),
    "white space alone": ("<e:c> \n </e:c>", '" \\n "@en'),
    "nothing": ("<e:c/>", '""@en'),
    "a literal of XML": (
        '<e:c rdf:parseType="Literal">a\r\n<e:b q="1\n2"/><!--c--><![CDATA[<]]><i xmlns="http://i/">&amp;</i></e:c>',
        r'"a\n<e:b xmlns:e=\"http://ex.org/\" q=\"1 2\"></e:b><!--c-->&lt;<i xmlns=\"http://i/\">&amp;</i>"' + LITERAL,
    ),
    "an unknown kind of content": (
        '<e:c rdf:parseType="mine"><e:b/></e:c>',
        r'"<e:b xmlns:e=\"http://ex.org/\"></e:b>"' + LITERAL,
    ),
}  # fmt: skip


def _triples(path: Path) -> list[str]:
    return [str(quad.triple) for quad in read(path, base_iri="http://base/doc")]


def test_what_xml_allows_around_text_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "x.rdf"
    for name, (inside, value) in SAID.items():
        described = f'<rdf:Description rdf:about="{E}s">{inside}</rdf:Description>'
        path.write_bytes(f'{ROOT} xml:lang="en">{described}</rdf:RDF>'.encode())
        wanted = value if "@" in value or "^^" in value or value.startswith("<") else f"{value}@en"
        if name == "no language inside one":
            wanted = value
        about = [triple for triple in _triples(path) if triple.startswith(f"<{E}s> ")]
        assert about == [f"<{E}s> <{E}c> {wanted}"], name


def test_white_space_in_attributes_is_as_xml_says(tmp_path: Path) -> None:
    path = tmp_path / "x.rdf"
    attributes = 'e:a="one\r\ntwo\tthree" e:b="one&#10;two&#9;three" xml:lang="en" e:c="x"'
    path.write_bytes(
        f'{ROOT}><rdf:Description rdf:about="{E}s" {attributes}><e:d e:f="y"/></rdf:Description></rdf:RDF>'.encode()
    )
    told = " ".join(_triples(path))
    assert f'<{E}a> "one two three"@en' in told
    assert f'<{E}b> "one\\ntwo\\tthree"@en' in told
    assert f'<{E}f> "y"@en' in told


def test_a_file_saved_on_windows_is_the_same_graph(tmp_path: Path) -> None:
    text = f"""<?xml version="1.0"?>
<!DOCTYPE rdf:RDF [
  <!ENTITY e "{E}">
]>
{ROOT} xml:base="&e;doc" xmlns="&e;" xml:lang="en">
  <!-- as editors of ontologies write -->
  <Thing rdf:ID="a" e:note="one
two" xml:lang="">
    <c rdf:parseType="Collection"><!-- x --><Thing rdf:about="&e;b"/> <rdf:Description rdf:nodeID="n"/></c>
    <d rdf:parseType="Resource"><rdf:li>1</rdf:li><rdf:li xml:lang="es">2</rdf:li></d>
    <f rdf:ID="stated" rdf:resource="#b"/>
    <g>three
four</g>
  </Thing>
</rdf:RDF>
"""
    expected = rdflib.Graph().parse(data=text, format="xml")
    for name, content in {
        "unix": text.encode(),
        "windows": text.replace("\n", "\r\n").encode(),
        "with a mark": b"\xef\xbb\xbf" + text.encode(),
        "UTF-16": text.replace("1.0\"?", "1.0\" encoding=\"UTF-16\"?").encode("utf-16"),
        "Latin-1": text.replace("1.0\"?", "1.0\" encoding=\"ISO-8859-1\"?").encode("latin-1"),
        "Windows-1252": text.replace("1.0\"?", "1.0\" encoding=\"windows-1252\"?").encode("cp1252"),
    }.items():  # fmt: skip
        path = tmp_path / "x.owl"
        path.write_bytes(content)
        found = rdflib.Graph().parse(data=" .\n".join([*_triples(path), ""]), format="nt")
        assert len(found) == 17, name
        assert isomorphic(found, expected), name


def test_errors_say_where_and_what_to_do(tmp_path: Path) -> None:
    inside = f'{ROOT}>\n<rdf:Description rdf:about="{E}s">\n<e:c>%s</e:c>\n</rdf:Description></rdf:RDF>'
    for content, line, reason, repair in (
        (inside % "<open>", 3, "mismatched tag", "mend the XML"),
        (inside % "\n&nbsp;", 4, "undefined entity", "DOCTYPE"),
        (inside % "a & b", 3, "not well-formed", "&amp;"),
        (inside % "<x:y/>", 3, "unbound prefix", "xmlns"),
        (inside % '<e:T><e:c\n rdf:resource="/ /"/></e:T>', 3, "IRI", ""),
        (inside % '<e:T><e:c xml:lang="en_US">x</e:c></e:T>', 3, "en_us", "BCP 47"),
        ("@prefix : <http://ex.org/> .", 1, "not XML", ".ttl"),
        (
            f'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>{inside % "&x;"}',
            3,
            "another file",
            "write it out",
        ),
        (f'<!DOCTYPE r SYSTEM "x.dtd">{inside % "&x;"}', 3, "not declared", "write it out"),
        ('<?xml version="1.0" encoding="x-none"?><a/>', 1, "encoding", "UTF-8"),
        (
            f"{ROOT}>\n{'<e:T><e:c>' * 3000}{'</e:c></e:T>' * 3000}</rdf:RDF>",
            2,
            "nested more than 4,000 deep",
            "nodeID",
        ),
    ):
        path = tmp_path / "x.rdf"
        path.write_text(content)
        with pytest.raises(InputError) as caught:
            _triples(path)
        assert caught.value.line == line, (content, str(caught.value))
        assert reason in caught.value.reason, (content, str(caught.value))
        assert repair in caught.value.repair, (content, str(caught.value))
    path.write_bytes((inside % "caf\xe9").encode("latin-1"))
    with pytest.raises(InputError, match=r"x\.rdf:3:.*save the file as UTF-8"):
        _triples(path)
    path.write_text(f'{ROOT}>\n<rdf:Description/>\n<e:T rdf:about="y"/></rdf:RDF>')
    with pytest.raises(InputError, match=r"x.rdf:3: <y> is a relative IRI.*--base-iri"):
        list(read(path))


def test_entities_do_not_fill_the_memory(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ten bytes."}">' for n in range(10))
    path = tmp_path / "x.rdf"
    path.write_text(f"<!DOCTYPE r [{entities}]>{ROOT}><e:T><e:c>&a9;</e:c></e:T></rdf:RDF>")
    with pytest.raises(InputError, match="expand"):
        _triples(path)


NASTY = ["", " ", "a\rb", "c\r\nd", "\t e\n", "]]>", "<&\"'>", "\u0085\u2028", "\ud7ff\U0010fffd", "&#13;"]


def test_what_is_written_is_read_by_everybody(tmp_path: Path) -> None:
    s, p = ox.NamedNode(E + "s?a&b='c'"), ox.NamedNode(E + "p")
    terms: list[ox.NamedNode | ox.BlankNode | ox.Literal] = [
        *(ox.Literal(text) for text in NASTY),
        ox.Literal("été\r", language="fr"),
        ox.Literal("<b xmlns=\"\">\r</b>", datatype=ox.NamedNode(RDF + "XMLLiteral")),
        ox.BlankNode("1"),
        ox.BlankNode("x31"),
    ]  # fmt: skip
    triples = [ox.Triple(s, p, term) for term in terms]
    names = ("12ab", "a.b-c", "é", "a/1/x", "όνομα", "名", "\U00020000a", "%20b", "xml", "1:2_3")
    triples += [ox.Triple(ox.BlankNode("1"), ox.NamedNode(E + name), s) for name in names]
    triples += [ox.Triple(s, ox.NamedNode(RDF + "type"), ox.NamedNode(E + "123"))]
    triples += [ox.Triple(s, ox.NamedNode("http://www.w3.org/2000/xmlns/pq"), s)]
    text = document(triples, PREFIXES)
    lines = "".join(f"{triple} .\n" for triple in triples)
    wanted = rdflib.Graph().parse(data=lines, format="nt")
    assert isomorphic(rdflib.Graph().parse(data=text, format="xml"), wanted)
    path = tmp_path / "x.rdf"
    path.write_bytes(text)
    again = "".join(f"{triple} .\n" for triple in _triples(path))
    assert isomorphic(rdflib.Graph().parse(data=again, format="nt"), wanted)


def test_what_is_written_is_read_by_raptor(tmp_path: Path) -> None:
    rapper = need(RAPPER)
    triples = [ox.Triple(ox.NamedNode(E + "s"), ox.NamedNode(E + "p"), ox.Literal(text)) for text in NASTY]
    path = tmp_path / "x.rdf"
    path.write_bytes(document(triples, {}))
    done = subprocess.run([rapper, "-q", "-i", "rdfxml", path, "http://base/"], capture_output=True, check=True)
    found = {quad.triple for quad in ox.parse(BytesIO(done.stdout), format=ox.RdfFormat.N_TRIPLES)}
    assert found == set(triples)


def test_what_rdf_xml_cannot_say_is_named() -> None:
    s, p = ox.NamedNode(E + "s"), ox.NamedNode(E + "p")
    for triple, named in (
        (ox.Triple(s, ox.NamedNode(E + "123"), s), E + "123"),
        (ox.Triple(s, ox.NamedNode(RDF + "li"), s), RDF + "li"),
        (ox.Triple(s, ox.NamedNode(RDF + "bagID"), s), RDF + "bagID"),
        (ox.Triple(s, ox.NamedNode("http://www.w3.org/2000/xmlns/p"), s), "xmlns/p"),
        (ox.Triple(s, p, ox.Literal("\x07")), "U+0007"),
        (ox.Triple(s, p, ox.Literal("\uffff")), "U+FFFF"),
    ):
        with pytest.raises(Unwritable) as caught:
            document([triple], PREFIXES)
        assert named in str(caught.value)


def test_triple_terms_and_directions_come_back(tmp_path: Path) -> None:
    s, p = ox.NamedNode(E + "s"), ox.NamedNode(E + "p")
    inner = ox.Triple(s, p, ox.Literal("x\r"))
    turned = ox.Literal("אב", language="he", direction=ox.BaseDirection.RTL)
    triples = [ox.Triple(s, p, inner), ox.Triple(s, p, ox.Triple(s, p, inner)), ox.Triple(s, p, turned)]
    path = tmp_path / "x.rdf"
    path.write_bytes(document(triples, {}))
    assert {quad.triple for quad in read(path)} == set(triples)
