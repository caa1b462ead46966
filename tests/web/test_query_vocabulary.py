"""/sparql/vocabulary.json: the terms of a graph with their numbers, for editors, in the reader's language."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cityrights.pipeline.steps import build_files
from cityrights_web.site import Site
from cityrights_web.views.workbench import Counted
from sparqlgate import Limits
from sparqlgate.errors import EngineBusy
from sparqlgate.http.problems import Problem
from tests.counters import path
from tests.servers import Server
from tests.support import HANG

CR = "https://w3id.org/cityrights/ontology#"
FOREIGN = """
@prefix e: <http://example.org/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
e:a a e:Thing ; e:size 3 ; e:part e:b .
e:b a e:Part ; e:size 4 .
e:c a e:Part , [] .
e:Thing rdfs:label "<img src=x onerror=alert(1)>"@en , "chose"@fr ; rdfs:comment "<b>bold</b>" .
"""


def terms(server: Server, language: str = "") -> dict[str, Any]:
    answer = server.get(f"{language}/sparql/vocabulary.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def by_iri(found: dict[str, Any], kind: str) -> dict[str, Any]:
    return {term["iri"]: term for term in found[kind]}


def counted(server: Server, query: str) -> int:
    return int(server.get(path(query)).json()["results"]["bindings"][0]["n"]["value"])


def test_a_class_has_its_name_its_meaning_and_what_its_things_have(shipped: Server) -> None:
    found = terms(shipped)
    practice = by_iri(found, "classes")[f"{CR}Practice"]
    assert practice["label"] == "Practice"
    assert practice["definition"].startswith("A policy, programme or measure")
    assert practice["count"] == counted(shipped, f"SELECT (COUNT(*) AS ?n) {{ ?s a <{CR}Practice> }}")
    own = {found["properties"][place]["iri"]: n for place, n in practice["properties"]}
    wanted = f"SELECT (COUNT(*) AS ?n) {{ ?s a <{CR}Practice> ; <{CR}implementedBy> ?o }}"
    assert own[f"{CR}implementedBy"] == counted(shipped, wanted)
    assert f"{CR}governs" not in own
    assert f"{CR}governs" in by_iri(found, "properties")
    assert found["paired"] is True
    assert found["prefixes"]["cr"] == CR


@pytest.mark.parametrize(
    ("prefix", "language", "label", "kind"), [("/fr", "fr", "Pratique", "type"), ("/es", "es", "Práctica", "tipo")]
)
def test_terms_are_named_in_the_language_of_the_path(
    shipped: Server, prefix: str, language: str, label: str, kind: str
) -> None:
    found = terms(shipped, prefix)
    assert found["language"] == language
    practice = by_iri(found, "classes")[f"{CR}Practice"]
    assert (practice["label"], practice["labelLanguage"], practice["definitionLanguage"]) == (label, language, language)
    # A term of another vocabulary, which does not name it in this language: the site does.
    assert by_iri(found, "properties")["http://www.w3.org/1999/02/22-rdf-syntax-ns#type"]["labelLanguage"] == language


def test_it_is_kept_by_the_version_of_the_data(shipped: Server) -> None:
    answer = shipped.get("/sparql/vocabulary.json")
    etag = answer.headers["etag"]
    assert answer.json()["version"].startswith(etag.strip('"').partition("-")[0])
    assert shipped.get("/sparql/vocabulary.json", If_None_Match=etag).status_code == 304
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "etag" in shipped.get("/fr/sparql/vocabulary.json").headers
    assert shipped.get("/fr/sparql/vocabulary.json").headers["etag"] != etag


def test_the_graphs_of_others_have_a_vocabulary_too(
    start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("terms")
    (folder / "data.ttl").write_text(FOREIGN)
    foreign = start(build_files([folder / "data.ttl"], folder / "snapshots").path)
    found = terms(foreign)
    classes = by_iri(found, "classes")
    assert {iri: term["count"] for iri, term in classes.items()} == {
        "http://example.org/ns#Part": 2, "http://example.org/ns#Thing": 1,
    }  # fmt: skip
    thing = classes["http://example.org/ns#Thing"]
    assert (thing["label"], thing["definition"]) == ("<img src=x onerror=alert(1)>", "<b>bold</b>")
    own = {found["properties"][place]["iri"].rpartition("#")[2] for place, _ in thing["properties"]}
    assert own == {"type", "size", "part"}
    assert by_iri(terms(foreign, "/fr"), "classes")["http://example.org/ns#Thing"]["label"] == "chose"
    page = foreign.get("/sparql", "text/html").text
    assert "cr:Practice" not in page, "a graph of others has no practices to begin with"
    assert "GROUP BY ?class" in page


def test_a_graph_without_classes_has_an_empty_one(
    start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("plain")
    (folder / "data.nt").write_text("<http://e.example/a> <http://e.example/p> <http://e.example/b> .\n")
    found = terms(start(build_files([folder / "data.nt"], folder / "snapshots").path))
    assert found["classes"] == []
    assert [(term["iri"], term["label"]) for term in found["properties"]] == [("http://e.example/p", "p")]


def test_suggestions_name_the_thing_itself(shipped: Server) -> None:
    found = shipped.get("/suggest?q=sao+paulo").json()["suggestions"]
    assert found[0]["iri"] == "https://w3id.org/cityrights/id/city/sao-paulo"


@pytest.mark.parametrize("asked", ["/sparql/vocabulary.json", "/fr/sparql/vocabulary.json"])
def test_it_is_small_enough_for_the_page(shipped: Server, asked: str) -> None:
    sent = shipped.get(asked, Accept_Encoding="br")
    assert int(sent.headers["content-length"]) < 40_000


def test_whoever_comes_while_it_is_counted_is_asked_to_come_again() -> None:
    """A large graph takes seconds, and the threads of the pages are few."""
    counting, done = threading.Event(), threading.Event()

    def query(*_: object, **__: object) -> None:
        counting.set()
        assert done.wait(HANG)
        raise EngineBusy(5)

    site = SimpleNamespace(engine=SimpleNamespace(query=query), limits={False: Limits()})
    ask = Counted(cast(Site, site)).usage
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(ask)
        assert counting.wait(HANG)
        with pytest.raises(Problem) as met:
            ask()
        done.set()
        with pytest.raises(EngineBusy):
            first.result(HANG)
    assert met.value.status == 503
    assert ("retry-after", "3") in met.value.headers
    with pytest.raises(EngineBusy):  # what failed is tried again, and nobody waits for ever
        ask()
