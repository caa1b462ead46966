"""The builder over graphs of other people, and when the graph cannot say in time what it has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from cityrights.pipeline.steps import build_files
from cityrights.snapshot import Snapshot
from cityrights_web.site import Site
from cityrights_web.words import CATALOGUE
from sparqlgate import EmbeddedEngine, Query
from sparqlgate.errors import EngineBusy, QueryMemory, QueryTimeout
from sparqlgate.stores.base import Store
from tests.servers import Server
from tests.web.house import client
from tests.web.test_builder import count, options, page, query

FOREIGN = """
PREFIX e: <http://example.org/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
e:one a e:Book ; dcterms:title "Eins"@de , "One"@en ; e:by e:anna , e:bert ; e:pages 120 ; e:year "1999" .
e:two a e:Book ; dcterms:title "Zwei"@de ; e:by e:anna ; e:pages 80 .
e:three a e:Book ; e:by [ a e:Person ] ; e:odd "x" .
[] a e:Book .
e:anna a e:Person ; rdfs:label "Anna" . e:bert a e:Person ; rdfs:label "Bert <b>" .
e:Straße a <http://example.org/Geh-weg#Größe> ; e:länge 3 .
"""


@pytest.fixture(scope="module")
def foreign(start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server over a small graph of other people: classes of their own, labels in German or none, blank nodes."""
    folder = tmp_path_factory.mktemp("books")
    (folder / "data.ttl").write_text(FOREIGN, "utf-8")
    return start(build_files([folder / "data.ttl"], folder / "snapshots").path)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("find=book", ["http://example.org/three", "One", "Zwei"]),
        ("find=book&where1=by&value1=http%3A%2F%2Fexample.org%2Fanna", ["One", "Zwei"]),
        ("find=book&where1=by.name&value1=bert", ["One"]),
        ("find=book&where1=by&how1=not&value1=http%3A%2F%2Fexample.org%2Fbert", ["http://example.org/three", "Zwei"]),
        ("find=book&where1=pages&from1=100", ["One"]),
        ("find=book&where1=name&value1=eins", ["One"]),
        ("find=book&where1=year&how1=any", ["One"]),
        ("find=person&where1=by-of-book.pages&to1=90", ["Anna"]),
    ],
)  # fmt: skip
def test_a_graph_without_shapes_is_asked_by_what_it_has(foreign: Server, asked: str, found: list[str]) -> None:
    text = page(foreign, f"/ask?{asked}")
    assert count(text) == len(found)
    rows = foreign.client.get("/sparql", params={"query": query(text), "format": "json"}).json()["results"]["bindings"]
    assert sorted(row["name"]["value"] for row in rows) == sorted(found)


def test_a_graph_of_other_people_is_offered_whole_in_each_language(foreign: Server) -> None:
    for prefix in ("", "/fr", "/es"):
        start = page(foreign, f"{prefix}/ask")
        names = re.findall(rf'href="{prefix}/ask\?find=([^"]+)"', start)
        assert sorted(names) == ["book", "gr-e", "person"]
        for name in names:
            text = page(foreign, f"{prefix}/ask?find={name}")
            for field in options(text, "b-add"):
                if field not in ("", "name"):
                    page(foreign, f"{prefix}/ask?find={name}&where1={field}&how1=any&show={field}")
    assert "Bert <b>" in page(foreign, "/ask?find=book&show=by")


def test_a_graph_without_classes_says_that_there_is_nothing_to_choose(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "data.nt").write_text("<http://e/a> <http://e/p> <http://e/b> .")
    server = start(build_files([tmp_path / "data.nt"], tmp_path / "snapshots").path)
    assert CATALOGUE["en"].builder.nothing in page(server, "/ask")
    assert page(server, "/ask?find=practice", 400)


class _Tired(Store):
    """An engine that gives up on what is asked in earnest."""

    def __init__(self, engine: EmbeddedEngine, error: Exception, word: str = "AS ?count) WHERE {") -> None:
        self._engine, self._error, self._word = engine, error, word
        self.refused = 0

    def query(self, query: Query | str, **options: Any) -> Any:
        text = Query.of(query).text
        if self._word in text and "GROUP BY ?value" not in text:
            self.refused += 1
            raise self._error
        return self._engine.query(query, **options)

    def close(self) -> None:
        """Leave the engine to its fixture."""


@pytest.fixture(scope="module")
def engine(fixture_snapshot: Path) -> Iterator[EmbeddedEngine]:
    with EmbeddedEngine(Snapshot.open(fixture_snapshot)) as engine:
        yield engine


@pytest.mark.parametrize(
    ("error", "word", "status"),
    [
        (QueryTimeout(3.0), "too_much", 503),
        (QueryMemory(1 << 20), "too_much", 503),
        (EngineBusy(2.0), "busy", 503),
    ],
)
def test_a_question_that_takes_too_long_is_answered_in_plain_words(
    engine: EmbeddedEngine, fixture_snapshot: Path, error: Exception, word: str, status: int
) -> None:
    site = Site(_Tired(engine, error), "0" * 64, fixture_snapshot, {})
    response = client(site).get("/ask?find=practice")
    assert response.status_code == status
    text = unescape(response.text)
    assert getattr(CATALOGUE["en"].builder, word) in text
    assert '<form class="builder"' in text


def test_a_graph_that_cannot_say_what_it_has_is_not_asked_at_every_visit(
    engine: EmbeddedEngine, fixture_snapshot: Path
) -> None:
    tired = _Tired(engine, QueryTimeout(3.0), "GROUP BY ?class")
    pages = client(Site(tired, "0" * 64, fixture_snapshot, {}))
    for _ in range(3):
        response = pages.get("/ask", headers={"Accept": "text/html"})
        assert response.status_code == 503
        assert CATALOGUE["en"].builder.too_large in unescape(response.text)
        assert tired.refused == 2  # the whole, and then some of it
