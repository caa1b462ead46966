"""Broken and hostile requests, each against the real server: what it answers, and that nobody else notices.

The numbers are those of a list of sixty such requests; these are the ones about HTTP, addresses and fairness.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import socket
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import Server
from tests.support import HANG

FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
ASK = "/sparql?query=ASK%7B%7D"
BROWSER = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"
TRIPLE_TERM = "CONSTRUCT { <http://e/s> <http://e/p> ?t } WHERE { BIND(TRIPLE(<http://e/a>, <http://e/b>, 1) AS ?t) }"


@dataclass(frozen=True)
class Answer:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


def exchange(server: Server, sent: bytes, *, patience: float = 15.0, half_close: bool = False) -> Answer | None:
    """Send bytes as they are; None when the connection is closed without an answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=patience) as sock:
        got = b""
        with contextlib.suppress(ConnectionError):
            sock.sendall(sent)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while piece := sock.recv(1 << 16):
                got += piece
    if not got:
        return None
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split(" ")[1]), headers, body)


def request(method: str, target: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body and "Content_Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def query(text: str, **parameters: str) -> str:
    return "/sparql?" + urllib.parse.urlencode({"query": text, **parameters})


def post(body: str | bytes, kind: str | None = DIRECT, target: str = "/sparql", **headers: str) -> bytes:
    sent = body.encode() if isinstance(body, str) else body
    typed = {"Content_Type": kind} if kind else {}
    return request("POST", target, sent, **typed, **headers)


#: Number, request, status, and what the answer's body says (a regular expression).
BROKEN: list[tuple[str, bytes, int, str]] = [
    ("1 empty query", request("GET", "/sparql?query="), 400, "empty"),
    ("1 blank query", request("GET", "/sparql?query=%20%0A"), 400, "empty"),
    ("3 two queries", request("GET", "/sparql?query=ASK%7B%7D&query=ASK%7B%7D"), 400, "more than one query"),
    ("4 in address and form", post("query=ASK%7B%7D", FORM, ASK), 400, "more than one query"),
    ("4 in address and body", post("ASK{}", DIRECT, ASK), 400, "address and another"),
    ("5 update by GET", request("GET", "/sparql?update=CLEAR%20ALL"), 405, "read-only"),
    ("6 update by form", post("update=CLEAR+ALL", FORM), 403, "read-only"),
    ("6 update, broken", post("update=CLEAR+NOTHING+%7B", FORM), 403, "read-only"),
    ("6 update direct", post("CLEAR ALL", "application/sparql-update"), 403, "read-only"),
    *[
        (f"7 {word} as query", request("GET", query(text)), 400, "read-only")
        for word, text in (
            ("INSERT", "INSERT DATA { <a:a> <a:b> 1 }"),
            ("LOAD", "LOAD <http://e.example/>"),
            ("DROP", "PREFIX a: <a:> DROP ALL"),
        )
    ],
    *[(f"8 {method}", request(method, "/sparql", b"x"), 405, "GET or POST") for method in ("PUT", "DELETE", "PATCH")],
    ("12 text/plain", post("ASK {}", "text/plain"), 415, "application/sparql-query"),
    ("12 no type", post("ASK {}", None), 415, "application/sparql-query"),
    ("13 form as direct", post("query=ASK%7B%7D"), 400, "form-encoded"),
    ("14 UTF-16", post("ASK {}".encode("utf-16"), DIRECT + "; charset=UTF-16"), 415, "UTF-8"),
    ("15 body not UTF-8", post(b"ASK { ?s ?p '\xff' }"), 400, "not UTF-8 at byte 14"),
    ("15 form not UTF-8", post("query=ASK%7B%3Fs%3Fp'%FF'%7D", FORM), 400, "not UTF-8 at byte"),
    ("15 address not UTF-8", request("GET", "/sparql?query=ASK%20%FF"), 400, "not UTF-8 at byte 5"),
    ("16 half a character", post("ASK { ?s ?p '\\ud800' }"), 400, "."),
    ("16 in UTF-8 form", post(b"ASK { ?s ?p '\xed\xa0\x80' }"), 400, "not UTF-8 at byte 14"),
    ("18 no-break space", post("ASK {\n \u00a0?s ?p ?o }"), 400, r"U\+00A0 NO-BREAK SPACE[^\"]*line 2, column 2"),
    ("18 zero width", post("ASK { ?s\u200b ?p ?o }"), 400, r"U\+200B ZERO WIDTH SPACE"),
    ("18 quotes", post("ASK { ?s ?p \u201ca\u201d }"), 400, "typographic quotation mark.*column 13"),
    ("19 NUL", post("ASK { \0?s ?p ?o }"), 400, r"U\+0000"),
    ("21 image", request("GET", ASK, Accept="image/png"), 406, "sparql-results\\+json.*text/csv"),
    ("22 q=0 for all", request("GET", ASK, Accept="*/*;q=0"), 406, "text/csv"),
    ("22 64 kB of Accept", request("GET", ASK, Accept="text/csv," * 7300), 431, "header"),
    ("25 triple term", request("GET", query(TRIPLE_TERM), Accept="application/ld+json"), 406, "Turtle or N-Triples"),
    ("26 U+0001", request("GET", query('SELECT ("\\u0001" AS ?x) {}', format="xml")), 406, "sparql-results\\+json"),
    (
        "27 predicate",
        request("GET", query("CONSTRUCT { <http://e/s> <http://e/1> 1 } WHERE {}"), Accept="application/rdf+xml"),
        406,
        "predicate",
    ),
    ("28 over the limit", post(b"", Content_Length="1000001"), 413, "1,000,000"),
    ("29 62 kB by GET", request("GET", "/sparql?query=" + "a" * 62_000), 414, "POST"),
    ("30 gzip", post(gzip.compress(b"ASK {}"), Content_Encoding="gzip"), 415, "content encoding"),
    ("30 bomb", post(gzip.compress(b" " * 10_000_000), Content_Encoding="gzip"), 415, "content encoding"),
    ("51 line break", request("GET", "/id/practice/a%0d%0aSet-Cookie:%20x"), 400, "."),
    ("52 up and away", request("GET", "/id/..%2f..%2fetc/passwd"), 308, ""),
    ("52 up, canonical", request("GET", "/id/..%2F..%2Fetc/passwd"), 404, "."),
    ("52 up, decoded", request("GET", "/id/../../etc/passwd"), 404, "."),
    ("52 up, encoded dots", request("GET", "/download/%2e%2e/manifest.json"), 308, ""),
    ("53 encoded slash", request("GET", "/id/practice%2Fmuseum"), 404, "."),
    ("53 other spelling", request("GET", "/id/practice/m%75seum"), 308, ""),
    ("54 NUL", request("GET", "/id/%00"), 400, "."),
    ("54 not UTF-8", request("GET", "/id/%FF"), 400, "."),
    ("54 10 kB", request("GET", "/id/" + "a" * 10_000), 414, "path"),
]


@pytest.mark.parametrize(("sent", "status", "says"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_is_broken_is_refused_in_words(server: Server, sent: bytes, status: int, says: str) -> None:
    answer = exchange(server, sent)
    assert answer is not None
    assert answer.status == status, answer.body
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]
    assert re.search(says, answer.body.decode(), re.DOTALL), answer.body
    assert not re.search(rb"oxigraph|Traceback|root:|site-packages", answer.body, re.IGNORECASE)
    if status >= 400 and sent.split(b" ")[1].startswith(b"/sparql"):
        assert answer.headers["content-type"] == "application/problem+json"
        assert json.loads(answer.body)["status"] == status
    assert "set-cookie" not in answer.headers
    if status == 308:
        assert answer.headers["location"].startswith("/")
        assert not answer.headers["location"].startswith("//")


def test_2_without_a_query_there_is_the_description_or_the_page(server: Server) -> None:
    described = server.get("/sparql", "text/turtle")
    assert (described.status_code, described.headers["content-type"]) == (200, "text/turtle; charset=utf-8")
    assert "sparql-service-description#" in described.text
    assert "<form" in server.get("/sparql", BROWSER).text


@pytest.mark.parametrize(("method", "statuses"), [("TRACE", {405}), ("FOO", {405, 501}), ("CONNECT", {400, 405})])
def test_9_other_methods(server: Server, method: str, statuses: set[int]) -> None:
    for target in ("/sparql", "/"):
        answer = exchange(server, request(method, target))
        assert answer is not None
        assert answer.status in {*statuses, 501}
        if answer.status == 405:
            assert "GET" in answer.headers["allow"]


def test_10_head_has_what_get_has_and_no_body(server: Server) -> None:
    for accept in ("application/sparql-results+json", "text/csv"):
        got = exchange(server, request("GET", ASK, Accept=accept))
        head = exchange(server, request("HEAD", ASK, Accept=accept))
        assert got is not None
        assert head is not None
        assert (head.status, head.body) == (200, b"")
        for name in ("content-type", "content-length", "etag", "vary"):
            assert head.headers[name] == got.headers[name]


def test_11_a_preflight_is_answered(server: Server) -> None:
    answer = exchange(server, request("OPTIONS", "/sparql", Origin="https://e.example"))
    assert answer is not None
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert int(answer.headers["access-control-max-age"]) > 0


def test_17_a_byte_order_mark_is_passed_over(server: Server) -> None:
    for sent in (post(b"\xef\xbb\xbfASK {}"), request("GET", query("\ufeffASK {}"))):
        answer = exchange(server, sent)
        assert answer is not None
        assert json.loads(answer.body)["boolean"] is True


def test_19_nul_inside_a_string_is_data(server: Server) -> None:
    answer = exchange(server, post('SELECT ("a\\u0000b" AS ?x) {}'))
    assert answer is not None
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert b"\\u0000" in answer.body
        assert json.loads(answer.body)["results"]["bindings"][0]["x"]["value"] == "a\0b"


def test_20_turned_text_stays_in_its_place(server: Server) -> None:
    text = "SELECT ('abc\u202edef' AS ?x) {}"
    answer = server.get(query(text))
    assert answer.json()["results"]["bindings"][0]["x"]["value"] == "abc\u202edef"
    page = server.get(query(text), BROWSER).text
    assert re.search(r"<bdi[^>]*>[^<]*abc\u202edef", page)


@pytest.mark.parametrize("accept", [";;q=abc", "", ",,,", "text/csv;q=abc;;", "a/b/c;q=1"])
def test_22_an_accept_that_cannot_be_read_counts_for_nothing(server: Server, accept: str) -> None:
    answer = exchange(server, request("GET", ASK, Accept=accept))
    assert answer is not None
    assert answer.status in ((200, 406) if "/" in accept else (200,))


def test_23_a_known_format_wins_and_an_unknown_one_is_nothing(server: Server) -> None:
    known = server.get(query("ASK {}", format="json"), "text/csv")
    assert known.headers["content-type"] == "application/sparql-results+json"
    assert server.get(query("ASK {}", format="exe"), "text/csv").headers["content-type"] == "text/csv; charset=utf-8"
    assert "Accept" in known.headers["vary"]


def test_24_a_graph_asked_for_as_a_table_comes_as_turtle(server: Server) -> None:
    answer = server.get(query("CONSTRUCT WHERE { ?s ?p ?o }"), "application/sparql-results+xml")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/turtle; charset=utf-8")


def test_26_xml_that_goes_out_can_be_read(server: Server) -> None:
    ET.fromstring(server.get(query("SELECT * { ?s ?p ?o }", format="xml")).content)
    graph = server.get(query("CONSTRUCT WHERE { ?s a ?o }"), "application/rdf+xml")
    assert graph.status_code == 200
    ET.fromstring(graph.content)


def test_28_a_length_that_is_not_true(server: Server) -> None:
    short = post(b"ASK {}", Content_Length="60")
    answer = exchange(server, short, half_close=True)
    assert answer is None or answer.status == 400
    for length in ("-1", "6x", "+6", "0x6", "9" * 30):
        answer = exchange(server, post(b"ASK {}", Content_Length=length))
        assert answer is None or answer.status == 400
    long = exchange(server, request("POST", "/sparql", b"ASK {}EXTRA", Content_Type=DIRECT, Content_Length="6"))
    assert long is not None
    assert long.status == 200
    assert long.body.count(b"boolean") == 1


def test_29_sixty_thousand_bytes_fit_in_an_address(server: Server) -> None:
    target = "/sparql?query=ASK%7B%7D" + "%20" * 19_900
    assert 59_000 < len(target) < 60_000
    answer = exchange(server, request("GET", target))
    assert answer is not None
    assert answer.status == 200
    for size in (70_000, 300_000):  # refused by the HTTP server itself, without words
        beyond = exchange(server, request("GET", "/sparql?query=" + "a" * size))
        assert beyond is None or beyond.status in (414, 431)


def test_55_another_host_changes_no_link(start: Callable[..., Server], fixture_snapshot: Path) -> None:
    chosen = start(fixture_snapshot, trusted_hosts=["localhost"], public_url="https://rights.example")
    for sent in (
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    ):
        answer = exchange(chosen, sent)
        assert answer is not None
        assert answer.status == 421
    absolute = exchange(chosen, b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert absolute is not None
    assert b"evil.example" not in absolute.body
    moved = exchange(chosen, request("GET", "/id/practice/museum", X_Forwarded_Host="evil.example"))
    assert moved is not None
    assert moved.headers["location"].startswith("https://rights.example/")
    for target in ("/sparql", "/page/practice/museum"):
        shown = exchange(
            chosen, request("GET", target, X_Forwarded_Host="evil.example", Accept="text/turtle, text/html")
        )
        assert shown is not None
        assert b"evil.example" not in shown.body


#: Framing that two readers could take for different messages: refused, or read in the one way that RFC 9112 allows.
FRAMING = {
    "length and chunks": b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
    b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n",
    "two lengths": b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
    b"Content-Length: 6\r\nContent-Length: 7\r\n\r\nASK {}X",
    "length with a sign": b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
    b"Content-Length: +6\r\n\r\nASK {}",
    "folded header": b"GET /health HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain,\r\n text/html\r\n\r\n",
    "space before colon": b"GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "unknown coding": b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
    b"Transfer-Encoding: gzip\r\n\r\nASK {}",
    "bad chunk": b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\nASK {}\r\n0\r\n\r\n",
    "NUL in a header": b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
    "no version": b"GET /health\r\n\r\n",
    "nothing like HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,
}


@pytest.mark.parametrize("sent", FRAMING.values(), ids=FRAMING.keys())
def test_56_no_message_is_read_in_two_ways(server: Server, sent: bytes) -> None:
    """Behind each comes a request that must not be answered as a part of the first; it is answered once, or never."""
    behind = b"GET /static/nothing-of-this-name HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=HANG) as sock:
        got = b""
        with contextlib.suppress(ConnectionError, TimeoutError):
            sock.sendall(sent + behind)
            while piece := sock.recv(1 << 16):
                got += piece
    statuses = [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", got)]
    assert len(statuses) <= 2
    assert 500 not in statuses
    if 400 in statuses:
        assert statuses == [400]  # and the connection is closed
    else:
        assert statuses in ([], [200], [200, 404])
    assert server.get("/health").status_code == 200


@pytest.fixture
def held(server: Server) -> Iterator[list[socket.socket]]:
    """Connections that are closed after the test."""
    opened: list[socket.socket] = []
    yield opened
    for sock in opened:
        sock.close()


def test_57_slow_clients_harm_nobody_and_are_let_go(
    start: Callable[..., Server], fixture_snapshot: Path, held: list[socket.socket]
) -> None:
    server = start(fixture_snapshot, header_seconds=2.0, receive_seconds=2.0)
    parts = (
        b"",
        b"GET /sparql?query=ASK",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: 600\r\n\r\nASK",
    )
    for number in range(240):
        sock = socket.create_connection(("127.0.0.1", server.port), timeout=HANG)
        sock.sendall(parts[number % 4])
        held.append(sock)
    for _ in range(20):
        assert server.get("/health").status_code == 200
        assert server.get(ASK).status_code == 200
        posted = server.client.post("/sparql", content="ASK {}", headers={"Content-Type": DIRECT})
        assert posted.status_code == 200
    for number in (1, 2, 3, 5, 6, 7):  # those who sent a part: told so, or closed
        got = b""
        with contextlib.suppress(ConnectionError):
            while piece := held[number].recv(1 << 16):
                got += piece
        assert got == b"" or b" 408 " in got.split(b"\r\n")[0] or b" 400 " in got.split(b"\r\n")[0]
        if number % 4 == 3:
            assert b" 408 " in got.split(b"\r\n")[0]
    assert server.get("/health").status_code == 200
