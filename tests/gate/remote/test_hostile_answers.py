"""Endpoints that answer what brings a parser down, or headers out of all measure: an error that names them, no end."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from sparqlgate import Limits
from sparqlgate.errors import EngineUnavailable, QueryRefused
from sparqlgate.stores.push import Store
from sparqlgate.stores.remote import RemoteEngine
from sparqlgate.text.rewriting import OWN_DEFAULT
from tests.gate.remote.stores import Answer, Handler, serving, small
from tests.servers import Server
from tests.support import HANG

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
NTRIPLES = "application/n-triples"
#: Deep enough to leave the stack of any thread.
_DEEP = 30_000


def _said(kind: str, body: bytes, status: int = 200, **headers: str) -> Answer:
    return lambda handler, _: handler.whole(status, kind, body, **headers)


def _nested_json() -> bytes:
    iri = '{"type":"uri","value":"a:"}'
    opened = f'{{"type":"triple","value":{{"subject":{iri},"predicate":{iri},"object":'
    return f'{{"head":{{"vars":["s"]}},"results":{{"bindings":[{{"s":{opened * _DEEP}'.encode()


def _nested_row(depth: int) -> bytes:
    iri, end = '{"type":"uri","value":"a:"}', '{"type":"uri","value":"a:b"}'
    for _ in range(depth):
        end = f'{{"type":"triple","value":{{"subject":{iri},"predicate":{iri},"object":{end}}}}}'
    return f'{{"head":{{"vars":["s"]}},"results":{{"bindings":[{{"s":{end}}}]}}}}'.encode()


def _nested_xml() -> bytes:
    head = (
        '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="s"/></head>'
    )
    opened = "<triple><subject><uri>a:</uri></subject><predicate><uri>a:</uri></predicate><object>"
    return f'{head}<results><result><binding name="s">{opened * _DEEP}'.encode()


#: What is answered, by the form of the query that gets it.
TABLES = {
    "terms within terms in JSON": _said(JSON, _nested_json()),
    "terms within terms in XML": _said(XML, _nested_xml()),
    "lists within lists": _said(JSON, b'{"head":{"vars":["s"],"x":' + b"[" * 500_000),
    "no end of one string": _said(JSON, b'{"head":{"vars":["s' + b"s" * 3_000_000),
    "elements within elements": _said(XML, b"<sparql>" + b"<a>" * 500_000),
}
GRAPHS = {"terms within terms in a graph": _said(NTRIPLES, b"<a:> <a:> " + b"<<( <a:> <a:> " * _DEEP)}


@pytest.fixture(scope="module")
def opened() -> Iterator[Callable[[Answer], str]]:
    """Return a function that serves an answering function, and returns its address."""
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(serving(answer))


def _post(server: Server, query: str, accept: str = "*/*") -> httpx.Response:
    return httpx.post(
        f"{server.url}/sparql",
        data={"query": query},
        headers={"accept": accept},
        timeout=HANG,
        trust_env=False,
        verify=False,
    )


def test_an_answer_that_ends_its_parser_is_a_502_that_names_the_endpoint(
    start: Callable[..., Server], fixture_snapshot: Path, opened: Callable[[Answer], str]
) -> None:
    answers = {name: (opened(answer), "SELECT * { SERVICE <%s> { ?s ?p ?o } }") for name, answer in TABLES.items()}
    server = start(fixture_snapshot, allow_service=tuple(url for url, _ in answers.values()))
    for name, (url, query) in answers.items():
        answer = _post(server, query % url)
        assert answer.status_code == 502, f"{name}: {answer.status_code} {answer.text}"
        assert url in answer.json()["detail"], name
        assert server.get("/health").status_code == 200, name
    kept = _post(server, f"SELECT * {{ SERVICE SILENT <{next(iter(answers.values()))[0]}> {{ ?s ?p ?o }} }}")
    assert len(kept.json()["results"]["bindings"]) == 1


def test_a_store_whose_answers_end_their_parser_leaves_the_site_and_the_api_alive(
    start: Callable[..., Server], fixture_snapshot: Path, opened: Callable[[Answer], str]
) -> None:
    table, graph = next(iter(TABLES.values())), next(iter(GRAPHS.values()))

    def answer(handler: Handler, body: bytes) -> None:
        (graph if b"CONSTRUCT" in body else table)(handler, body)

    url = opened(answer)
    with RemoteEngine(url, OWN_DEFAULT, version="1", limits=Limits(seconds=30)) as engine:
        for query in ("SELECT ?s { ?s ?p ?o }", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"):
            with pytest.raises(EngineUnavailable, match="cannot be read"):
                engine.query(query).read()
    server = start(fixture_snapshot, endpoint=url)
    for query in ("SELECT ?s { ?s ?p ?o }", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"):
        found = _post(server, query)
        assert found.status_code == 502, found.text
        assert found.json()["type"].endswith("store-unavailable")
    assert server.get("/health").status_code == 200


#: What a busy store says of when to come again, and what becomes of it, in seconds: from, to.
LATER = {
    "100000000000000": (3600, 3600), "9" * 5000: (3600, 3600), "0": (1, 1), "-5": (5, 5), "NaN": (5, 5),
    "inf": (5, 5), "٣": (5, 5), "soon": (5, 5), "Fri, 31 Dec 9999 23:59:59 GMT": (3600, 3600),
    "Thu, 01 Jan 1970 00:00:00 GMT": (1, 1), "Fri, 99 Xyz 2020 99:99:99 GMT": (5, 5), "": (5, 5), "120": (120, 120),
}  # fmt: skip


def test_when_to_come_again_is_a_second_to_an_hour(
    start: Callable[..., Server], fixture_snapshot: Path, opened: Callable[[Answer], str]
) -> None:
    told = [""]

    def answer(handler: Handler, _: bytes) -> None:
        handler.whole(503, "text/plain", b"", Retry_After=told[0])

    server = start(fixture_snapshot, endpoint=opened(answer))
    for said, (least, most) in LATER.items():
        told[0] = said.encode().decode("latin-1")
        found = _post(server, "SELECT ?s { ?s ?p ?o }")
        assert found.status_code == 503, (said, found.text)
        assert re.fullmatch(r"\d{1,4}", found.headers["retry-after"]), said
        assert least <= int(found.headers["retry-after"]) <= most, (said[:40], found.headers["retry-after"])
        assert not re.search(r"\d{5}", found.json()["detail"]), found.text


def test_numbers_of_a_store_that_are_none_do_no_harm(opened: Callable[[Answer], str]) -> None:
    body = json.dumps({"head": {"vars": ["s"]}, "results": {"bindings": []}}).encode()
    for most in ("9" * 5000, "²", "-1", "1e9"):
        url = opened(_said(JSON, body, X_SPARQL_MaxRows=most.encode().decode("latin-1")))
        engine = RemoteEngine(url, OWN_DEFAULT, version="1", limits=Limits(seconds=30))
        with engine, pytest.raises(QueryRefused, match="so many rows at most"):
            engine.query("SELECT ?s { ?s ?p ?o }").read()


def test_what_push_asks_a_store_survives_as_well(opened: Callable[[Answer], str]) -> None:
    url = opened(next(iter(TABLES.values())))
    store = Store(url, url, None, None)
    try:
        with pytest.raises(EngineUnavailable):
            store.ask("SELECT ?s { ?s ?p ?o }")
    finally:
        store.close()


def test_what_a_parser_survives_is_no_failure_of_a_page(
    start: Callable[..., Server], fixture_snapshot: Path, opened: Callable[[Answer], str]
) -> None:
    store = ox.Store()
    store.load(path=next(fixture_snapshot.glob("*.nq")), format=ox.RdfFormat.N_QUADS)
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    others = small(store)

    def answer(handler: Handler, body: bytes) -> None:
        depth = re.search(rb"urn%3Adepth%3A(\d+)", body)
        if depth is None:
            others(handler, body)
        else:
            handler.whole(200, JSON, _nested_row(int(depth[1])))

    server = start(fixture_snapshot, endpoint=opened(answer))
    for depth in (3, 60, 100, 300, 900, 2000, 8000):
        page = _post(server, f"SELECT ?s {{ ?s ?p <urn:depth:{depth}> }}", "text/html")
        assert page.status_code in ((200,) if depth <= 60 else (400, 502)), (depth, page.status_code, page.text[-3000:])
    assert server.get("/health").status_code == 200
