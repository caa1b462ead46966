"""Front matter of the library’s queries: what is read, how parameters become terms, and where errors point."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pyoxigraph as ox
import pytest

from cityrights.instance import instance
from cityrights.library import queries
from cityrights.library.queries import Parameter, library, read, with_prefixes
from cityrights.vocabulary import CR, ID, XSD
from sparqlgate.errors import InputError

HEAD = """# title: Institutions
# title@fr: Les institutions
# title@es: Las instituciones
# question: Where is one?
# question@fr: Où y en a-t-il une ?
# question@es: ¿Dónde hay una?
# tags: institutions,  places ,
"""
PARAM = "# param kind: iri = kind:council | the kind of body\n"
QUERY = "\n# A comment of the query.\nSELECT ?kind ?i WHERE { ?i cr:kind ?kind }\n"


def written(folder: Path, text: str, name: str = "institutions.rq") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    query = read(written(tmp_path, HEAD + PARAM + QUERY))
    assert query.name == "institutions"
    assert query.titles == {"en": "Institutions", "fr": "Les institutions", "es": "Las instituciones"}
    assert query.questions["fr"] == "Où y en a-t-il une ?"
    assert query.tags == ("institutions", "places")
    assert query.parameters == (Parameter("kind", "iri", "kind:council", "the kind of body"),)
    assert query.text.startswith("# A comment of the query.\nSELECT")
    assert query.path == tmp_path / "institutions.rq"


def test_class_meanings_and_view_are_read(tmp_path: Path) -> None:
    told = "# param kind: iri cr:Kind = kind:council | the kind\n# param@fr kind: le type\n"
    query = read(written(tmp_path, HEAD + "# view: map ?i ?kind\n" + told + QUERY))
    (parameter,) = query.parameters
    assert parameter.of == CR + "Kind"
    assert [parameter.told(language) for language in ("en", "fr", "es")] == ["the kind", "le type", "the kind"]
    assert query.view == ("map", "i", "kind")
    assert not query.is_graph
    assert read(written(tmp_path, HEAD + "\nCONSTRUCT WHERE { ?s ?p ?o }\n")).is_graph


def test_labels_come_in_one_of_the_languages_and_nothing_else_changes(tmp_path: Path) -> None:
    text = '\nSELECT ?i WHERE { ?i rdfs:label ?l FILTER(LANG(?l) = "en") ?i cr:note "LANG(?l)", "en" }\n'
    query = read(written(tmp_path, HEAD + text))
    assert query.spoken("en") == query.text
    assert query.spoken("fr") == query.text.replace('= "en")', '= "fr")')
    with pytest.raises(ValueError, match="the library speaks en, fr, es"):
        query.spoken('fr" || "')


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.rq", "a.rq", "c.txt"):
        written(tmp_path, HEAD + PARAM + QUERY, name)
    assert [query.name for query in library(tmp_path)] == ["a", "b"]


def test_the_default_and_a_value_are_bound_as_terms(tmp_path: Path) -> None:
    query = read(written(tmp_path, HEAD + PARAM + QUERY))
    assert query.bindings() == {"kind": ox.NamedNode(ID + "kind/council")}
    assert query.bindings({"kind": "kind:office"}) == {"kind": ox.NamedNode(ID + "kind/office")}


def test_an_unknown_parameter_is_named(tmp_path: Path) -> None:
    query = read(written(tmp_path, HEAD + PARAM + QUERY))
    with pytest.raises(KeyError, match=r"institutions has no parameter a, b"):
        query.bindings({"b": "1", "a": "2"})


@pytest.mark.parametrize(
    ("kind", "text", "term"),
    [
        ("iri", "cr:kind", ox.NamedNode(CR + "kind")),
        ("iri", "target:migrants", ox.NamedNode(ID + "target-group/migrants")),
        ("iri", "https://example.org/a#b", ox.NamedNode("https://example.org/a#b")),
        ("integer", "007", ox.Literal("7", datatype=ox.NamedNode(XSD + "integer"))),
        ("year", "2025", ox.Literal("2025", datatype=ox.NamedNode(XSD + "gYear"))),
        ("year", "98", ox.Literal("0098", datatype=ox.NamedNode(XSD + "gYear"))),
        ("string", 'a "quoted" } text', ox.Literal('a "quoted" } text')),
        ("language", "fr", ox.Literal("fr")),
    ],
)
def test_a_value_becomes_a_term_of_its_type(kind: str, text: str, term: ox.NamedNode | ox.Literal) -> None:
    assert Parameter("x", kind, text, "").term() == term
    assert Parameter("x", kind, "kind:council", "").term(text) == term


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("iri", "nowhere:x"),
        ("iri", "not an iri"),
        ("iri", "kind:a> ?b"),
        ("integer", "many"),
        ("year", "1998-05"),
        ("integer", "1_0"),
        ("integer", "٣"),
        ("integer", "9" * 19),
        ("integer", ""),
        ("string", " "),
        ("string", "a" * 501),
        ("string", "a\x00b"),
        ("language", "en || 1"),
        ("year", "12345"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Parameter("x", kind, "kind:council", "").term(text)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (HEAD + "# why not\n" + QUERY, 8, "not front matter: '# why not'"),
        ("# titel: Institutions\n" + HEAD + QUERY, 1, "not front matter"),
        (HEAD + "# param kind: iri = kind:council\n" + QUERY, 8, "not front matter"),
        (HEAD.replace("# title: Institutions\n", "") + QUERY, 1, "lacks '# title: …'"),
        (HEAD.replace("# question@es: ¿Dónde hay una?\n", "") + QUERY, 1, "lacks '# question@es: …'"),
        (HEAD.replace("# tags: institutions,  places ,\n", "") + QUERY, 1, "lacks '# tags: …'"),
        (HEAD.replace("institutions,  places ,", ", ,") + QUERY, 1, "lacks '# tags: …'"),
        (HEAD + "# param kind: word = council | the kind\n" + QUERY, 8, "'word' is not a type of parameter"),
        (HEAD + "# param kind: integer = few | how many\n" + QUERY, 8, "the default of kind is not of type integer"),
        (HEAD + "# param kind: iri = nowhere:x | the kind\n" + QUERY, 8, "the prefix 'nowhere:' is not known"),
        (HEAD + PARAM.replace("kind:", "place:", 1) + QUERY, 1, "does not use its parameter ?place"),
        (HEAD + "# view: globe ?kind ?i\n" + PARAM + QUERY, 1, "'globe ?kind ?i' is no view"),
        (HEAD + "# view: map ?nowhere ?i\n" + PARAM + QUERY, 1, "does not have the ?nowhere of its view"),
        (HEAD + "# param@fr kind: le type\n" + PARAM + QUERY, 8, "there is no parameter kind above"),
        (HEAD + "# param kind: integer cr:Kind = 1 | how many\n" + QUERY, 8, "only an iri is of a class"),
        (HEAD + "# notice: Mind.\n" + QUERY, 1, "'# notice: …' is not said in fr, es"),
        (QUERY, 1, "lacks '# title: …'"),
        ("", 1, "lacks '# title: …'"),
    ],
)
def test_an_error_names_file_and_line(tmp_path: Path, text: str, line: int, reason: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert reason in str(caught.value)


def test_a_file_of_windows_is_read_and_one_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "institutions.rq"
    path.write_text((HEAD + PARAM + QUERY).replace("\n", "\r\n"), "utf-8-sig", newline="")
    assert read(path).text == read(written(tmp_path, HEAD + PARAM + QUERY, "other.rq")).text
    path.write_bytes((HEAD + PARAM + QUERY).encode("cp1252"))
    with pytest.raises(InputError, match=r"institutions\.rq:5: byte \d+ is not UTF-8 \(save the file as UTF-8\)"):
        read(path)


def test_prefixes_are_added_where_they_are_used_and_not_declared() -> None:
    text = "PREFIX kind: <https://example.org/>\nSELECT ?cr WHERE { ?cr cr:kind kind:a }\n"
    added = with_prefixes(text)
    assert added == f"PREFIX cr: <{CR}>\n" + text
    assert with_prefixes(added) == added


def test_a_variable_or_a_scheme_is_no_prefix() -> None:
    text = "SELECT ?city WHERE { ?city ?p <http://example.org/skos> }"
    assert with_prefixes(text) == text


def test_labels_come_in_the_first_language_of_an_instance_for_want_of_the_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A city has both names, a practice that of the first language alone, a theme those of the vocabulary."""
    (tmp_path / "data").mkdir()
    names = {"city": "Viena@pt Vienna@en Vienne@fr", "practice": "Praia@pt", "theme": "Housing@en Logement@fr"}
    store = ox.Store()
    for thing, texts in names.items():
        for text in texts.split():
            literal = ox.Literal(text.partition("@")[0], language=text.partition("@")[2])
            iri = ox.NamedNode(f"https://e.example/{thing}")
            store.add(ox.Quad(iri, ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label"), literal))
    asked = 'SELECT ?name WHERE { ?thing rdfs:label ?name FILTER(LANG(?name) = "en") }'
    for first, reader, expected in (
        ("pt", "en", {"Viena", "Praia", "Housing"}), ("pt", "fr", {"Vienne", "Praia", "Logement"}),
        ("fr", "fr", {"Vienne", "Logement"}), ("fr", "en", {"Vienna", "Housing"}), ("en", "fr", {"Vienne", "Logement"}),
    ):  # fmt: skip
        text = f'base = "https://e.example/"\nname = "E"\nlanguages = ["{first}"]\nlicence = "CC0-1.0"\n'
        (tmp_path / "instance.toml").write_text(text, "utf-8")
        monkeypatch.setattr(queries, "LANGUAGE", first)
        monkeypatch.setattr(queries, "instance", partial(instance, tmp_path))
        rows = store.query(queries.with_prefixes(queries.spoken(asked, reader)))
        assert isinstance(rows, ox.QuerySolutions)
        found = [row["name"].value for row in rows]
        assert (len(found), set(found)) == (len(expected), expected), (first, reader)
