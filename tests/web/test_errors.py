"""Broken and hostile requests: each gets a whole, helpful answer (and none reaches a file)."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from cityrights.errors import CityrightsError
from cityrights_web import files
from tests.counters import path
from tests.servers import Server
from tests.support import HANG


def raw(server: Server, head: str, *, read: bool = True) -> str:
    """Send bytes as they are and return the answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=HANG) as sock:
        sock.sendall(head.encode("latin-1") + b"\r\nConnection: close\r\n\r\n")
        answer = b""
        while read and (piece := sock.recv(65536)):
            answer += piece
    return answer.decode("utf-8", "replace")


def status(answer: str) -> int:
    return int(answer.split(" ", 2)[1])


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/page/..%2f..%2fetc/passwd", 308),
        ("/page/..%2F..%2Fetc/passwd", 404),
        ("/download/..%2F..%2Fetc%2Fpasswd", 404),
        ("/download/../manifest.json", 404),
        ("/static/..%2Fserver.py", 404),
        ("/static/../server.py", 404),
        ("/static/%2e%2e/server.py", 308),
        ("/page/practice%2Fmuseum", 404),
        ("/page/practice/museum", 200),
        ("/page/p%72actice/museum", 308),
        ("/page/practice/museum/", 308),
        ("/id/city/", 308),
        ("//evil.example/%2e%2e/", 308),
        ("/page/%00", 400),
        ("/page/%FF", 400),
        ("/page/a%0d%0aSet-Cookie:x", 400),
        ("/page/%EF%BF%BF", 400),
        ("/page/%zz", 400),
        ("/" + "a" * 5000, 414),
        ("/page/city/" + "a/" * 500 + "b", 404),
        ("/page/practice/museum?page=0", 400),
        ("/page/practice/museum?page=x", 400),
    ],
)
def test_odd_paths_are_looked_up_and_nothing_else(server: Server, target: str, expected: int) -> None:
    answer = raw(server, f"GET {target} HTTP/1.1\r\nHost: localhost")
    assert status(answer) == expected
    assert "root:" not in answer
    head = answer.partition("\r\n\r\n")[0].lower()
    assert "set-cookie" not in head
    if expected == 308:
        assert "access-control-allow-origin: *" in head.splitlines(), "scripts of any site may follow it"
        location = next(line for line in head.splitlines() if line.startswith("location:"))
        assert location.split(": ")[1].startswith("/")
        assert not location.split(": ")[1].startswith("//")


@pytest.mark.parametrize("accept", ["text/html", "application/problem+json", "application/json", "text/plain"])
@pytest.mark.parametrize("path", ["/nothing", "/page/nothing/x", "/static/nothing", "/download/nothing"])
def test_errors_come_as_asked(server: Server, path: str, accept: str) -> None:
    answer = server.get(path, accept)
    assert answer.status_code == 404
    expected = "application/problem+json" if "json" in accept else accept
    assert answer.headers["content-type"].startswith(expected)
    assert len(answer.text) > 30


def test_errors_speak_the_readers_language(server: Server) -> None:
    assert "Il n’y a rien à cette adresse" in server.get("/fr/nothing", "text/html").text
    assert "No hay nada en esta dirección" in server.get("/nothing", "text/html", Accept_Language="es").text


@pytest.mark.parametrize(
    ("method", "expected"), [("POST", 405), ("PUT", 405), ("DELETE", 405), ("QUERY", 405), ("FOO", 501)]
)
@pytest.mark.parametrize("path", ["/", "/page/practice/museum", "/id/practice/museum", "/practices", "/health"])
def test_only_reading_is_possible(server: Server, path: str, method: str, expected: int) -> None:
    answer = server.client.request(method, path)
    assert answer.status_code == expected
    if expected == 405:
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/practices",
        "/practices.csv",
        "/page/practice/museum",
        "/data/practice/museum.ttl",
        "/health",
        "/static/icon.svg",
        "/about",
    ],
)
def test_head_and_options_everywhere(server: Server, path: str) -> None:
    got, head = server.get(path), server.client.head(path)
    assert head.status_code == got.status_code == 200
    assert not head.content
    for name in ("content-type", "content-length", "etag"):
        assert head.headers.get(name) == got.headers.get(name)
    assert server.client.options(path).status_code == 204


def test_long_headers_are_refused(server: Server) -> None:
    assert server.get("/", "text/html," * 4000).status_code == 431


def test_an_absolute_target_is_read(server: Server) -> None:
    assert status(raw(server, "GET http://localhost/health HTTP/1.1\r\nHost: localhost")) == 200


def test_http_1_0_gets_a_length(server: Server) -> None:
    answer = raw(server, "GET /sparql?query=ASK%7B%7D HTTP/1.0\r\nHost: localhost")
    assert status(answer) == 200
    assert "content-length:" in answer.lower()
    assert "transfer-encoding" not in answer.lower()


def test_only_trusted_hosts_are_answered(start: Callable[..., Server], fixture_snapshot: Path) -> None:
    server = start(
        fixture_snapshot, trusted_hosts=["rights.example", "localhost"], public_url="https://rights.example/"
    )
    for host in ("rights.example", "localhost", "localhost:80", "RIGHTS.example"):
        assert server.client.get("/health", headers={"Host": host}).status_code == 200
    for host in ("evil.example", "rights.example.evil"):
        assert server.client.get("/health", headers={"Host": host}).status_code == 421
    assert server.client.get("/health", headers={"Host": ""}).status_code == 400
    moved = server.client.get("/id/practice/museum", headers={"Host": "localhost", "X-Forwarded-Host": "evil.example"})
    assert moved.headers["location"] == "https://rights.example/page/practice/museum"
    assert "evil" not in server.client.get("/", headers={"Host": "localhost", "X-Forwarded-Host": "evil.example"}).text


def test_a_program_that_accepts_neither_page_nor_problem_gets_a_problem(server: Server) -> None:
    answer = raw(server, "GET /id/city/atlantis HTTP/1.1\r\nHost: localhost\r\nAccept: text/turtle")
    assert status(answer) == 404
    assert "content-type: application/problem+json" in answer.lower()


def test_errors_say_what_and_where_and_never_what_is_inside(server: Server) -> None:
    wrong = server.get(path("SELECT *\nWHERE { ?s ?p }")).json()
    assert (wrong["line"], wrong["type"]) == (2, "/api#problem-query-syntax")
    assert wrong["excerpt"].splitlines()[1].strip() == "^"
    known = server.get(path("SELECT * { ?s skos:prefLabel ?o }")).json()
    assert known["add"] == "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
    assert known["line"] == 1
    assert "PREFIX skos:" in server.get(path("SELECT * { ?s skos:prefLabel ?o }"), "text/plain").text
    strange = server.get(path("SELECT * { ?s ex:p ?o }")).json()
    assert strange["prefix"] == "ex"
    assert "add" not in strange
    function = server.get(path("SELECT (<http://e.example/f>(1) AS ?x) {}"))
    assert function.status_code == 400
    assert function.json()["function"] == "http://e.example/f"
    off = server.get(path("SELECT * { SERVICE SILENT <http://e.example/> { ?s ?p ?o } }"))
    assert (off.status_code, off.json()["type"]) == (403, "/api#problem-federation-off")
    update = server.get(path("INSERT DATA { <a:a> <a:b> <a:c> }"))
    assert (update.status_code, update.json()["type"]) == (400, "/api#problem-read-only")
    page = server.get(path("SELECT * { ?s skos:prefLabel ?o }"), "text/html")
    assert page.status_code == 400
    assert "PREFIX skos:" in page.text
    for answer in (function, off, update, page):
        assert not re.search(r"oxigraph|Traceback|site-packages|/src/", answer.text, re.IGNORECASE)


@pytest.mark.parametrize(
    "path",
    [
        "/practices.json?theme=a%20b", "/practices.geojson?page=x", "/fr/practices.csv?sort=x", "/compare.json",
        "/search.json?page=0", "/cite/city/nowhere.bib", "/neighbourhood/city/nowhere.json",
    ],
)  # fmt: skip
def test_who_asks_for_data_is_told_what_is_wrong_as_data_and_a_browser_as_a_page(server: Server, path: str) -> None:
    told = server.get(path, "*/*")
    assert told.status_code in (400, 404), path
    assert told.headers["content-type"] == "application/problem+json"
    assert len(told.json()["detail"]) > 20
    assert server.get(path, "text/html,*/*;q=0.5").headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/search", "/practices", "/fr/compare", "/suggest", "/reconcile", "/corrections"])
def test_a_query_that_is_not_utf_8_is_refused_in_words(server: Server, path: str) -> None:
    answer = server.get(f"{path}?q=ok%20%C3%A9&theme=%FF%FE")
    assert answer.status_code == 400
    assert "UTF-8" in answer.text


def test_where_nothing_is_one_can_still_change_the_language(server: Server) -> None:
    def languages(address: str) -> list[str]:
        page = server.get(address, "text/html")
        assert page.status_code == 404, address
        nav = page.text.split('<nav class="languages"')[1].split("</nav>")[0]
        return re.findall(r'href="([^"]*)"', nav)

    assert languages("/fr/no/such-page") == ["/no/such-page", "/fr/no/such-page", "/es/no/such-page"]
    assert languages("/page/city/nowhere") == [f"{one}/page/city/nowhere" for one in ("", "/fr", "/es")]
    for odd in ('/no"><script>', "/no%2F%2Fevil.example"):
        assert languages(odd) == ["/", "/fr", "/es"], odd


def test_bundles_that_are_older_than_the_pages_stop_the_site_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "manifest.json").write_text('{"site.css": "site-OLD.css"}', "utf-8")
    monkeypatch.setattr(files, "_static", lambda: tmp_path)
    with pytest.raises(CityrightsError, match=r"ask for .*serif\.woff2, site\.js.*; run: make frontend"):
        files.bundles.__wrapped__()
