"""SERVICE for endpoints that are allowed: the rows are those of one graph that had it all, and failures say whose.

The far endpoint is a second server of ours; what it serves also stands in a graph of the near one, so that each query
has the answer of ``GRAPH`` to be compared with.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cityrights.pipeline.steps import build_files
from tests.counters import path
from tests.gate.remote.stores import Handler, serving
from tests.gate.robustness.asking import Outcome, ask, outcome
from tests.servers import Server, free_port
from tests.support import HANG, until

JSON = "application/sparql-results+json"
HEAD = "PREFIX e: <http://e.example/>\n"
NEAR = "@prefix e: <http://e.example/> .\n" + "".join(
    f"e:p{n} e:place e:c{n % 5} ; e:age {n} .\n" for n in range(12)
) + "e:p1 e:mayor e:m1 . e:p2 e:mayor e:m2 ."  # fmt: skip
FAR = """
@prefix e: <http://e.example/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
e:c0 e:name "Zero" ; e:value 1, 2.50, 1.0e3, true, "x"@en-GB, "2020-01-01"^^xsd:date ;
  e:value "tab\\there", "two\\nlines", "a \\"b\\" \\\\ }" .
e:c1 e:name "Uno"@es , "One"@en ; e:mayor e:m1 ; e:geo [ e:lat 1.5 ] .
e:c2 e:name "Two {" ; e:mayor e:m3 ; e:geo [ e:lat 2.5 ] .
e:c9 e:name "Nine" ; e:value "", <http://e.example/x,y?a=b#c>, "odd"^^e:type .
"""


@dataclass
class Fake:
    """An endpoint that answers as it is told to, and notes what it was asked."""

    url: str = ""
    asked: list[bytes] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    def __call__(self, handler: Handler, body: bytes) -> None:
        self.asked.append(body)
        if b"html" in body:
            handler.whole(200, "text/html", b"<html>Virtuoso</html>")
        elif b"away" in body:
            handler.whole(307, "text/plain", b"", Location=self.url + "/elsewhere")
        elif b"broken" in body:
            handler.whole(500, "text/plain", b"Virtuoso 37000 Error SP031")
        elif b"busy" in body:
            handler.whole(503, "text/plain", b"", Retry_After="7")
        elif b"other" in body:
            handler.whole(200, JSON, b'{"head":{"vars":["y"]},"results":{"bindings":[]}}')
        elif b"inject" in body:
            handler.whole(200, JSON, b'{"head":{"vars":["x) {} } #"]},"results":{"bindings":[{}]}}')
        elif b"partial" in body:
            handler.whole(200, JSON, b'{"head":{"vars":["x"]},"results":{"bindings":[]}}', X_SQL_State="S1TAT")
        elif b"many" in body:
            row = b'{"x":{"type":"literal","value":"1"}}'
            handler.whole(200, JSON, b'{"head":{"vars":["x"]},"results":{"bindings":[%s]}}' % b",".join([row] * 10_001))
        elif b"long" in body:
            row = b'{"x":{"type":"literal","value":"%s"}}' % (b"l" * 600_000)
            handler.whole(200, JSON, b'{"head":{"vars":["x"]},"results":{"bindings":[%s]}}' % row)
        elif b"mute" in body:
            handler.connection.settimeout(HANG)
            if handler.connection.recv(1) == b"":
                self.left.set()
            handler.close_connection = True
        else:
            handler.whole(200, JSON, b'{"head":{"vars":["x"]},"results":{"bindings":[]}}')


@dataclass(frozen=True)
class Two:
    """The near server, the address of the far one, one that answers oddly and one that is down."""

    near: Server
    far: str
    fake: Fake
    down: str

    def rows(self, query: str, **parameters: str) -> list[str]:
        """Return the rows of the answer, sorted, after the names."""
        found = self.ask(query, format="tsv", **parameters)
        assert found.status == 200, found.text
        head, *rows = found.text.removesuffix("\n").split("\n")
        return [head, *sorted(rows)]

    def ask(self, query: str, **parameters: str) -> Outcome:
        return ask(self.near, HEAD + query, **parameters)


@pytest.fixture(scope="module")
def two(start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    (folder / "far.ttl").write_text(FAR)
    far = start(build_files([folder / "far.ttl"], folder / "far").path, access_log=False)
    inside = FAR.split("\n", 2)
    (folder / "near.trig").write_text(f"{inside[1]}\n{NEAR}\n<http://far.example/> {{ {inside[2]} }}")
    fake, down = Fake(), f"http://127.0.0.1:{free_port()}/sparql"
    with ExitStack() as stack:
        fake.url = stack.enter_context(serving(fake))
        allowed = (f"{far.url}/sparql", fake.url, down)
        snapshot: Path = build_files([folder / "near.trig"], folder / "near").path
        near = start(snapshot, allow_service=allowed, query_seconds=20.0, access_log=False)
        yield Two(near, f"{far.url}/sparql", fake, down)


QUERIES = (
    "SELECT ?p ?name { ?p e:place ?c . SERVICE <F> { ?c e:name ?name } }",
    "SELECT * { SERVICE <F> { ?c e:name ?name } ?p e:place ?c FILTER(?name != 'Zero') }",
    "SELECT ?p ?name { ?p e:place ?c OPTIONAL { SERVICE <F> { ?c e:name ?name } } }",
    "SELECT * { { ?c e:place ?p } UNION { SERVICE <F> { ?c e:mayor ?p } } }",
    "SELECT ?p { ?p e:place ?c MINUS { SERVICE <F> { ?c e:name ?name } } }",
    "SELECT ?p { ?p e:place ?c FILTER EXISTS { SERVICE <F> { ?c e:mayor ?m } } }",
    "SELECT ?p { ?p e:place ?c FILTER NOT EXISTS { SERVICE <F> { ?c e:mayor ?m } } }",
    "SELECT ?c ?n { SERVICE <F> { SELECT ?c (COUNT(*) AS ?n) { ?c ?q ?v ; e:name ?x } GROUP BY ?c } }",
    "SELECT ?p ?n { ?p e:place ?c { SELECT ?c (COUNT(?v) AS ?n) { SERVICE <F> { ?c e:value ?v } } GROUP BY ?c } }",
    "SELECT (COUNT(*) AS ?n) { SERVICE <F> { ?c e:name ?name } }",
    "SELECT (COUNT(*) AS ?n) { ?p e:place ?c SERVICE <F> { e:c1 e:name ?x } }",
    "SELECT (COUNT(*) AS ?n) { SERVICE <F> { e:c0 e:name 'Zero' } }",
    "SELECT (COUNT(*) AS ?n) { SERVICE <F> { e:c0 e:name 'Nought' } }",
    "SELECT (COUNT(*) AS ?n) { SERVICE <F> {} }",
    "SELECT * { SERVICE <F> { ?c e:value ?v } }",
    "SELECT ?p ?m { ?p e:place ?c ; e:mayor ?m SERVICE <F> { ?c e:name ?name OPTIONAL { ?c e:mayor ?m } } }",
    "SELECT ?c ?lat { SERVICE <F> { ?c e:geo ?b . ?b e:lat ?lat FILTER(?lat < 2 && ?lat>1) } }",
    "SELECT ?a ?b { SERVICE <F> { ?a e:mayor e:m1 } SERVICE <F> { ?b e:mayor e:m3 } }",
    "SELECT ?c ?x { SERVICE # } {\n <F> { ?c e:name ?n # }\n BIND(CONCAT(?n, '}{') AS ?x) } }",
    "SELECT * { VALUES ?c { e:c1 e:c2 } . SERVICE <F> { ?c e:name ?name } . }",
    "SELECT ?p { ?p e:place ?c } ORDER BY ?p LIMIT 3",
)


@pytest.mark.parametrize("query", QUERIES)
def test_the_rows_are_those_of_one_graph_with_it_all(query: str, two: Two) -> None:
    wanted = two.rows(query.replace("SERVICE", "GRAPH").replace("<F>", "<http://far.example/>"))
    assert len(wanted) > 1
    for written in ("SERVICE", "service silent"):
        assert two.rows(query.replace("SERVICE", written).replace("<F>", f"<{two.far}>")) == wanted


def test_yes_or_no_and_graphs_are_answered_too(two: Two) -> None:
    assert '"boolean":true' in two.ask(f"ASK {{ SERVICE <{two.far}> {{ ?s e:mayor e:m1 }} }}").text
    assert '"boolean":false' in two.ask(f"ASK {{ SERVICE <{two.far}> {{ ?s e:mayor e:none }} }}").text
    made = two.ask(
        f"CONSTRUCT {{ ?p e:in ?n }} WHERE {{ ?p e:place ?c SERVICE <{two.far}> {{ ?c e:name ?n }} }}", format="nt"
    )
    assert '<http://e.example/p0> <http://e.example/in> "Zero" .' in made.text


def test_an_endpoint_may_be_written_with_a_prefix_and_asked_over_named_graphs(two: Two) -> None:
    prefix = f"PREFIX f: <{two.far.removesuffix('sparql')}>\n"
    found = ask(two.near, f"{prefix}{HEAD}SELECT ?m {{ SERVICE f:sparql {{ e:c1 e:mayor ?m }} }}", format="csv")
    assert found.text.split() == ["m", "http://e.example/m1"]
    query = f"SELECT ?c ?m {{ ?c e:name ?n SERVICE <{two.far}> {{ ?c e:mayor ?m }} }}"
    assert len(two.rows(query)) == len(two.rows(query, **{"default-graph-uri": "http://e.example/none"})) + 3
    assert len(two.rows(query, **{"default-graph-uri": "http://far.example/"})) == 4


def test_what_depends_on_the_outside_is_never_kept(two: Two) -> None:
    query = HEAD + f"SELECT ?x {{ SERVICE <{two.fake.url}> {{ ?x e:kept ?y }} }}"
    before = len(two.fake.asked)
    for _ in range(2):
        found = two.near.client.get("/sparql", params={"query": query}, headers={"If-None-Match": "*"})
        assert (found.status_code, found.headers["cache-control"]) == (200, "no-store")
        assert "etag" not in found.headers
    assert len(two.fake.asked) == before + 2
    kept = two.near.client.get("/sparql", params={"query": HEAD + "SELECT ?x { ?x e:place ?y }"})
    assert kept.headers["etag"]


@pytest.mark.parametrize(
    ("what", "status", "words"),
    [
        ("html", 502, "answered with something that is no SPARQL result"),
        ("away", 502, "is not a query service at its address"),
        ("broken", 502, "does not accept what SERVICE asks"),
        ("busy", 502, "is busy; try again in 7 s"),
        ("other", 502, "answered another question"),
        ("inject", 502, "cannot be read"),
        ("partial", 504, "did not finish in time"),
        ("down", 502, "cannot be reached"),
    ],
)
def test_a_failure_says_whose_it_is(what: str, status: int, words: str, two: Two) -> None:
    url = two.down if what == "down" else two.fake.url
    pattern = f"<{url}> {{ ?x e:{what} 1 }}"
    found = two.ask(f"SELECT ?x {{ SERVICE {pattern} }}")
    assert (found.status, found.kind) == (status, "store-unavailable")
    assert words in found.text
    assert f"<{url}>" in found.text
    assert "Virtuoso" not in found.text
    assert two.rows(f"SELECT ?x {{ SERVICE SILENT {pattern} }}") == ["?x", ""]
    assert len(two.rows(f"SELECT ?p {{ ?p e:place ?x SERVICE SILENT {pattern} }}")) == 13


@pytest.mark.parametrize(
    ("pattern", "words"), [("?x e:many 1", "more than 10,000 rows"), ("?x e:long 1", "longer than 500,000 bytes")]
)
def test_an_answer_over_its_limit_is_an_error_and_not_a_part(pattern: str, words: str, two: Two) -> None:
    for silent in ("", "SILENT"):
        found = two.ask(f"SELECT ?x {{ SERVICE {silent} <{two.fake.url}> {{ {pattern} }} }}")
        assert (found.status, found.kind) == (400, "answer-too-large")
        assert words in found.text
        assert two.fake.url in found.text
        assert '"line": 2' in found.text


def test_a_blank_node_of_another_endpoint_is_an_error(two: Two) -> None:
    found = two.ask(f"SELECT ?b {{ SERVICE <{two.far}> {{ ?c e:geo ?b }} }}")
    assert (found.status, found.kind) == (400, "query-refused")
    assert "?b is a blank node there" in found.text


def test_a_slow_endpoint_is_given_up_and_one_that_nobody_waits_for_is_left(two: Two) -> None:
    query = HEAD + f"SELECT ?x {{ SERVICE <{two.fake.url}> {{ ?x e:mute 1 }} }}"
    before = len(two.fake.asked)
    with socket.create_connection(("127.0.0.1", two.near.port), timeout=HANG) as client:
        client.sendall(f"GET {path(query)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        until(lambda: len(two.fake.asked) > before, "the endpoint is asked")
    assert two.fake.left.wait(HANG)
    late = two.ask(f"SELECT ?x {{ SERVICE <{two.fake.url}> {{ ?x e:mute 1 }} }}")
    assert (late.status, late.kind) == (504, "store-unavailable")
    assert "did not answer in time" in late.text
    assert two.fake.url in late.text


REFUSED = (
    ("SELECT * { SERVICE <http://127.0.0.1:1/> {} }", 403, "federation-refused", "is not allowed, only with"),
    ("SELECT * { SERVICE SILENT <http://127.0.0.1:1/> {} }", 403, "federation-refused", "--allow-service"),
    ("SELECT * { VALUES ?e { <F> } SERVICE ?e {} }", 403, "federation-refused", "a variable could be any"),
    ("SELECT * { SERVICE <F> { SERVICE <F> {} } }", 403, "federation-refused", "SERVICE inside SERVICE"),
    ("SELECT * { SERVICE <F?> {} }", 403, "federation-refused", "is not allowed"),
    ("SELECT * { SERVICE <F/> {} }", 403, "federation-refused", "is not allowed"),
    ("BASE <F> SELECT * { SERVICE <> {} }", 403, "federation-refused", "is not allowed"),
    ("SELECT * { SERVICESILENT<F>{} }", 403, "federation-refused", "a word of its own"),
    ("PREFIX SERVICEe: <F> SELECT * { SERVICEe: {} }", 403, "federation-refused", "a word of its own"),
    ("ASK SERVICE <F> {}", 403, "federation-refused", "at its place in a pattern"),
    ("SELECT * {" + "SERVICE <F> {}" * 5 + "}", 400, "query-too-complex", "more than 4 SERVICE"),
    ("SELECT * { SERVICE { ?s ?p ?o } }", 400, "query-syntax", "xpected the endpoint's IRI"),
    ("SELECT * { SERVICE <F> ?s ?p ?o }", 400, "query-syntax", "xpected '{'"),
    ("SELECT * {\n SERVICE <F> { ?s ?p } }", 400, "query-syntax", '"line": 3'),
    ("SELECT * {\n SERVICE <F> {} ?s ?p }", 400, "query-syntax", '"line": 3'),
    ("SELECT * { OPTIONAL SERVICE <F> {} }", 400, "query-syntax", '"column": 12'),
    ("SELECT * { SERVICE <F> { ?s none:p ?o } }", 400, "unknown-prefix", "none:"),
    ("CONSTRUCT WHERE { SERVICE <F> { ?s ?p ?o } }", 400, "query-syntax", "line"),
    ("INSERT { ?s ?p ?o } WHERE { SERVICE <F> { ?s ?p ?o } }", 400, "read-only", "update"),
    ("SELECT * { SERVICE <F> { ?s <bif:x> ?o } }", 400, "vendor-extension", "vendor"),
)


@pytest.mark.parametrize(("query", "status", "kind", "words"), REFUSED)
def test_what_is_refused_is_not_sent(query: str, status: int, kind: str, words: str, two: Two) -> None:
    before = len(two.fake.asked)
    found = two.ask(query.replace("<F", f"<{two.fake.url}"))
    assert (found.status, found.kind) == (status, kind), found.text
    assert words in found.text
    assert len(two.fake.asked) == before


def test_the_description_says_what_may_be_asked(two: Two, server: Server) -> None:
    described = outcome(two.near.get("/sparql", "text/turtle")).text
    assert "BasicFederatedQuery" in described
    assert two.far in described
    assert "BasicFederatedQuery" not in server.get("/sparql", "text/turtle").text
