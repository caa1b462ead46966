"""Versions at addresses of their own: each answers from its own data; for what is unknown or gone never today's do."""

from __future__ import annotations

import re
import shutil
import socket
import urllib.error
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote

import httpx
import psutil
import pytest
import rdflib
import SPARQLWrapper
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from cityrights.snapshot import Snapshot, record
from cityrights.versions import kept
from cityrights.versions.releases import File, Release, write
from cityrights.vocabulary import CR, GRAPH_CLAIMS, ID
from cityrights_web.routes import ANSWERS, PAGES
from cityrights_web.versions import BESIDE, OF_THE_SERVICE, is_of
from cityrights_web.views.home import _QUESTIONS
from tests.gate.clients.test_python import WAYS, wrapped
from tests.nodes import rows
from tests.servers import Server
from tests.support import HANG, until
from tests.web.house import House

TOWN = f"{ID}city/springfield"
PAGE, DATA = "/page/city/springfield", "/data/city/springfield"
ASK = quote(f"SELECT ?l {{ <{TOWN}> <http://www.w3.org/2000/01/rdf-schema#label> ?l }}")
RESULTS = "application/sparql-results+json"
UNKNOWN = "0123456789ab"
FOREVER = "public, max-age=31536000, immutable"


def data(label: str) -> str:
    """Return a city with this name, and a claim, so that each version can be told from the others."""
    return (
        f"@prefix cr: <{CR}> . @prefix dct: <http://purl.org/dc/terms/> . "
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        f"<{ID}claim/s/1> {{ <{TOWN}> a cr:City . }}\n"
        f'<{GRAPH_CLAIMS}> {{ <{ID}claim/s/1> a cr:Claim ; dct:identifier "S1" . }}\n'
        f'<https://w3id.org/cityrights/graph/entities> {{ <{TOWN}> rdfs:label "{label}"@en . }}\n'
    )


def released(version: Snapshot) -> Release:
    return Release(
        "2026.1", date(2026, 11, 30), version.version, "0.2.0", "1", "0" * 40, 3, 3,
        files={"cityrights.nq": File(3, "0" * 64)}, notes={"en": "One."},
    )  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """A server that opens one version at a time, and its versions.

    Alpha was deleted, Beta is a release, Gamma is kept, Delta is that of today; of the others a byte of the dump has
    changed, a file of the store is cut, there is no store, the manifest is none, and the indexes are of another layout.
    """

    server: Server
    gone: Snapshot
    release: Snapshot
    kept: Snapshot
    flipped: Snapshot
    cut: Snapshot
    empty: Snapshot
    no_manifest: Snapshot
    older: Snapshot
    today: Snapshot

    @property
    def damaged(self) -> tuple[Snapshot, ...]:
        return self.flipped, self.cut, self.empty, self.no_manifest

    def get(self, path: str, accept: str | None = None) -> httpx.Response:
        return self.server.get(path, accept)

    def label(self, address: str) -> str:
        """Return what the city is called by what answers a query at this address."""
        answer = self.get(address, RESULTS)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["results"]["bindings"][0]["l"]["value"])


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, launch: Callable[..., Server]) -> Iterator[Shelf]:
    with pytest.MonkeyPatch.context() as patch:
        house = House(tmp_path_factory.mktemp("shelf"), launch, patch)
        house.take("cooperation-between-governments", *_QUESTIONS)
        names = ("Alpha", "Beta", "Gamma", "Aa", "Bb", "Cc", "Dd", "Ee", "Delta")
        versions = [house.build(data(name)) for name in names]
        write(released(versions[1]), house.path)
        kept.prune(house.snapshots, [released(versions[1])], keep=len(names) - 2)
        shelf = Shelf(house.serve(open_versions=1, open_seconds=2.0), *versions)
        body = shelf.flipped.nquads.read_bytes()
        shelf.flipped.nquads.write_bytes(body.replace(b'"Aa"', b'"Ax"'))
        (table, *_) = shelf.cut.store.glob("*.sst")
        table.write_bytes(table.read_bytes()[:-10])
        shutil.rmtree(shelf.empty.store)
        (shelf.no_manifest.path / "manifest.json").write_text("{")
        (shelf.older.path / "indexes.json").write_text("{}")
        for path in (*(shelf.older.path / "catalogue").iterdir(), *(shelf.older.path / "search").iterdir()):
            if path.is_file():
                path.write_bytes(b"of another layout")
        record(shelf.older.path)
        yield shelf


def test_an_earlier_version_says_which_is_that_of_today_also_when_another_takes_its_place(
    tmp_path: Path, launch: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, launch, monkeypatch)
    first, second = (house.build(data(name)) for name in ("Alpha", "Beta"))
    server = house.serve(open_seconds=HANG)

    def current() -> str:
        told = server.get(f"/version/{first.short}/dataset.ttl", "text/turtle").text
        (found,) = re.findall(r"hasCurrentVersion>? <?[^ ]*version=([0-9a-f]+)", told)
        return str(found)

    assert current() == second.short
    assert second.short in server.get(f"/version/{first.short}{PAGE}", "text/html").text
    third = house.build(data("Gamma"))
    until(lambda: server.get("/health").json()["version"] == third.version)
    assert current() == third.short
    assert third.short in server.get(f"/version/{first.short}{PAGE}", "text/html").text
    assert server.get("/dataset.ttl").text.count(f"version={third.short}")


def test_who_reads_a_dump_slowly_keeps_nobody_from_another_version(
    tmp_path: Path, launch: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, launch, monkeypatch)
    much = "".join(f'<{ID}claim/s/1> {{ <{TOWN}> <http://e.example/p> "{n} {n:x>4000}" . }}\n' for n in range(3000))
    first, second, _ = (house.build(data(name) + more) for name, more in (("A", much), ("B", ""), ("C", "")))
    server = house.serve(open_versions=1, open_seconds=HANG, send_seconds=HANG)
    size = int(first.files["cityrights.nq"]["bytes"])
    with socket.create_connection(("127.0.0.1", server.port), timeout=HANG) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)  # less is a window that is waited for
        path = f"/version/{first.short}/download/cityrights.nq"
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        slow.sendall(head.encode())
        got = slow.recv(2048)
        assert b" 200 " in got[:20]
        other = server.get(f"/version/{second.short}{DATA}.nt")
        assert (other.status_code, re.findall(r'label> "(\w+)"', other.text)) == (200, ["B"])
        until(lambda: f"version {first.short} is closed" in server.log.read_text())
        while piece := slow.recv(1 << 20):
            got += piece
    assert len(got.partition(b"\r\n\r\n")[2]) == size, "what was begun is sent to its end"


def at(version: str, path: str) -> tuple[str, str]:
    """Return both addresses of a path in a version."""
    return f"/version/{version}{path}", f"{path}{'&' if '?' in path else '?'}version={version}"


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_sparqlwrapper_and_rdflib_read_each_version(shelf: Shelf, way: tuple[str, str]) -> None:
    question = f"SELECT ?l {{ <{TOWN}> <http://www.w3.org/2000/01/rdf-schema#label> ?l }}"
    for version, label in ((shelf.release, "Beta"), (shelf.kept, "Gamma"), (shelf.today, "Delta")):
        for address in at(version.short, "/sparql")[:1]:  # to the other one these clients add a second question mark
            endpoint = f"{shelf.server.url}{address}"
            found = wrapped(endpoint, question, way, SPARQLWrapper.JSON)["results"]["bindings"]
            assert [row["l"]["value"] for row in found] == [label], address
            method = {"GET": "GET", "POST": "POST" if way[1] == SPARQLWrapper.POSTDIRECTLY else "POST_FORM"}[way[0]]
            store = SPARQLStore(endpoint, method=method)
            assert [str(row[0]) for row in rows(store.query(question))] == [label], address
        if way == WAYS[0]:  # documents are read by GET alone
            for address in (*at(version.short, f"{DATA}.ttl"), *at(version.short, "/id/city/springfield")):
                graph = rdflib.Graph().parse(f"{shelf.server.url}{address}")
                assert [str(found) for found in graph.objects(rdflib.URIRef(TOWN), rdflib.RDFS.label)] == [label], (
                    address
                )
    for address in at(shelf.gone.short, "/sparql")[:1]:
        with pytest.raises(urllib.error.HTTPError, match="410"):
            wrapped(f"{shelf.server.url}{address}", question, way, SPARQLWrapper.JSON)


def test_a_version_answers_from_its_own_data_at_its_own_address(shelf: Shelf) -> None:
    assert shelf.label(f"/sparql?query={ASK}") == "Delta"
    for version, label in ((shelf.release, "Beta"), (shelf.kept, "Gamma"), (shelf.today, "Delta")):
        for name in (version.short, version.version):
            for address in at(name, f"/sparql?query={ASK}"):
                assert shelf.label(address) == label, address
        for address in at(version.short, f"{DATA}.nt"):
            found = shelf.get(address)
            assert (found.status_code, found.headers["cache-control"]) == (200, FOREVER), address
            assert found.headers["x-robots-tag"] == "noindex, nofollow"
            assert f'<{DATA}.nt>; rel="latest-version"' in found.headers["link"]
            assert re.findall(r'label> "(\w+)"', found.text) == [label], address
            assert shelf.server.get(address, if_none_match=found.headers["etag"]).status_code == 304
        for address in at(version.short, "/download/cityrights.nq"):
            assert shelf.get(address).content == version.nquads.read_bytes(), address
    assert shelf.get(f"{DATA}.nt").headers["cache-control"] == "no-cache"


def test_sparql_by_post_takes_the_version_in_the_form_and_in_the_address(shelf: Shelf) -> None:
    query = f"SELECT ?l {{ <{TOWN}> <http://www.w3.org/2000/01/rdf-schema#label> ?l }}"
    client, accept = shelf.server.client, {"Accept": RESULTS}

    def told(answer: httpx.Response) -> str:
        assert answer.status_code == 200, answer.text
        return str(answer.json()["results"]["bindings"][0]["l"]["value"])

    old = shelf.kept.short
    assert told(client.post("/sparql", data={"query": query, "version": old}, headers=accept)) == "Gamma"
    for address in at(old, "/sparql"):
        assert told(client.post(address, data={"query": query}, headers=accept)) == "Gamma"
        direct = {**accept, "Content-Type": "application/sparql-query"}
        assert told(client.post(address, content=query, headers=direct)) == "Gamma"
    for name, status in ((UNKNOWN, 404), (shelf.gone.short, 410), ("", 400)):
        answer = client.post("/sparql", data={"query": query, "version": name}, headers=accept)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), name
    twice = client.post("/sparql", content=f"query={ASK}&version={old}&version={UNKNOWN}", headers=FORM)
    assert twice.status_code == 400
    for path in ("/sparql/evidence", "/reconcile"):  # which have it in the address alone
        answer = client.post(path, content=f"query={ASK}&%76ersion={old}", headers=FORM)
        assert (answer.status_code, "in the address" in answer.text) == (400, True), path


FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": RESULTS}
#: What stands for the parts of a rule: something that there is, where there is something.
_PARTS = {
    "key": "city/springfield", "name": "city/springfield", "slug": "s", "rest": "springfield", "version": "0.2.0",
    "value": "Q1", "number": "1",
}  # fmt: skip
_OWN = {
    "/data/<path:name>": f"{DATA}.ttl",
    "/cite/<path:name>": "/cite/city/springfield.bib",
    "/neighbourhood/<path:name>": "/neighbourhood/city/springfield.json",
    "/queries/<key>": "/queries/cooperation-between-governments.json",
    "/void/<path:name>": "/void/class/City",
    "/graph/<path:name>": "/graph/entities",
}


def addresses() -> list[str]:
    """Return an address of each family, from the table of routes."""
    found = []
    for page in PAGES:
        path = _OWN.get(page.rule, page.rule)
        path = re.sub(r"<any\(([^,)]+)[^>]*>", r"\1", path)
        path = re.sub(r"<(?:[a-z]+(?:\([^)]*\))?:)?([a-z]+)>", lambda part: _PARTS.get(part[1], "ttl"), path)
        found += [path, f"/fr{path}".rstrip("/")]
    found += [
        route.path + {"/download/": "cityrights.nq", "/static/": "icon.svg"}.get(route.path, "") for route in ANSWERS
    ]
    return [f"{path}?query={ASK}" if path.startswith("/sparql") else path for path in found]


def test_no_family_of_addresses_answers_a_version_with_another(shelf: Shelf) -> None:
    every = addresses()
    assert len(every) > 150
    wrong: list[str] = []

    def expect(address: str, status: int, *said: str) -> None:
        answer = shelf.get(address)
        text = answer.text if answer.status_code != 200 else ""
        if answer.status_code != status or not all(word in text for word in said):
            wrong.append(f"{answer.status_code} for {status}: {address}: {text[:80]!r}")

    other = shelf.kept.version[:12] + "0" * 52  # the beginning of one that there is, and the rest of none
    for path in every:
        for name in (UNKNOWN, other):
            for address in at(name, path):
                expect(address, 404, name)
        for address in at(shelf.gone.short, path):
            expect(address, 410, shelf.gone.short, shelf.release.short)
        expect(at(shelf.kept.short, at(shelf.release.short, path)[1])[0], 400)
        expect(at(shelf.kept.short, at(shelf.release.short, path)[1])[1], 400)
    assert not wrong, "\n".join(wrong)


def test_no_family_of_addresses_shows_today_in_a_version(shelf: Shelf) -> None:
    wrong: list[str] = []
    for path in addresses():
        for address in at(shelf.kept.short, path):
            answer, plain = shelf.get(address), path.partition("?")[0]
            leads = answer.headers.get("location", "")
            if is_of(plain, OF_THE_SERVICE):
                right = answer.status_code == 303 and leads == path
            elif is_of(plain, BESIDE):
                right = answer.status_code == 404
            elif leads:
                right = leads.startswith(f"/version/{shelf.kept.short}/") or not leads.startswith("/")
            else:
                right = "Delta" not in answer.text and answer.status_code < 500
            if not right or "Delta" in answer.text:
                wrong.append(f"{answer.status_code} {leads}: {address}")
    assert not wrong, "\n".join(wrong)


def test_the_description_of_a_version_tells_which_one_is_current(shelf: Shelf) -> None:
    dataset = "https://w3id.org/cityrights/dataset"
    for address in ("/dataset.nt", *at(shelf.kept.short, "/dataset.nt"), *at(shelf.release.short, "/dataset.nt")):
        told = shelf.get(address).text
        now = re.findall(r"<http://www\.w3\.org/ns/dcat#hasCurrentVersion> <(.*)>", told)
        assert now == [f"{dataset}?version={shelf.today.short}"], address


def test_a_page_of_a_version_stays_in_it_and_says_so_in_each_language(shelf: Shelf) -> None:
    own = f"/version/{shelf.kept.short}"
    said = {"": "not that of today", "/fr": "non celle d’aujourd’hui", "/es": "no la de hoy"}
    for language, words in said.items():
        answer = shelf.get(f"{own}{language}{PAGE}", "text/html")
        page = answer.text
        assert "Gamma" in page
        banner = re.search(r'<p class="edition">(.*?)</p>', page)
        assert banner is not None
        assert f"{shelf.kept.short}" in banner[1]
        assert words in banner[1]
        assert f'href="{shelf.server.url}{language}{PAGE}"' in banner[1]
        assert f'<link rel="canonical" href="{shelf.server.url}{language}{PAGE}">' in page
        assert '<meta name="robots" content="noindex, nofollow">' in page
        assert "hreflang" in page  # to the other languages of this version, not of today's
        assert 'rel="alternate" hreflang' not in page
        inside = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', page))
        outside = ("/static/", f"{language}/changes/")  # what changed is told by the site of today
        assert {link for link in inside if not link.startswith((f"{own}/", *outside)) and link != own} == set()
        assert answer.headers["cache-control"] == "no-cache"  # it says what is today's, which changes
    today = shelf.get(f"/version/{shelf.today.short}{PAGE}", "text/html").text
    assert "It is that of today" in today
    assert 'class="edition"' not in shelf.get(PAGE, "text/html").text


def test_redirects_stay_in_the_version(shelf: Shelf) -> None:
    short = shelf.kept.short
    for address in at(short, "/id/city/springfield"):
        assert shelf.get(address, "text/turtle").headers["location"] == f"/version/{short}{DATA}.ttl"
        assert shelf.get(address, "text/html").headers["location"] == f"/version/{short}{PAGE}"
    assert shelf.get(f"/version/{short}").headers["location"] == f"/version/{short}/"
    assert shelf.get(f"/version/{short}/cities/").headers["location"] == f"/version/{short}/cities"
    assert shelf.get(f"/fr/version/{short}/cities?page=1").headers["location"] == f"/version/{short}/fr/cities?page=1"
    assert shelf.get("/version").status_code == 303
    for path in ("//elsewhere.example/x", f"/{PAGE}", "///releases"):
        for host in ("", f"/version/{short}"):  # what begins with two slashes would name another host
            led = shelf.get(f"{shelf.server.url}{host}{path}", "text/html")
            assert (led.status_code, led.headers["location"]) == (308, f"{host}/{path.lstrip('/')}")
            assert "<//" not in led.headers.get("link", ""), path
        unknown = shelf.get(f"{shelf.server.url}/version/{UNKNOWN}{path}", "text/html")
        assert '"//' not in unknown.text
    for path in (DATA + ".nt", "/fr/cities?page=1", "/sparql?query=ASK%7B%7D"):
        led = shelf.get(f"/version/2026.1{path}")
        assert (led.status_code, led.headers["location"]) == (307, f"/version/{shelf.release.short}{path}")
    assert '"Beta"' in shelf.get(f"{DATA}.nt?version=2026.1").text


def test_a_name_that_is_none_says_what_was_expected(shelf: Shelf) -> None:
    for name in ("2026.2", "abc", shelf.kept.short[:11], shelf.kept.version[:40], "current", "..%2f..", "%00", "é"):
        for address in at(quote(name, safe="%"), f"{DATA}.ttl"):
            answer = shelf.get(address)
            assert answer.status_code in (400, 404), address
            assert "Alpha" not in answer.text + answer.text
            if answer.status_code == 404:
                assert "twelve" in answer.json()["detail"], address
    assert "names no version" in shelf.get(f"{DATA}.ttl?version=").json()["detail"]
    assert "several times" in shelf.get(f"{DATA}.ttl?version=a&version=b").json()["detail"]


def test_a_version_that_is_gone_leaves_its_tombstone_as_a_page_and_as_data(shelf: Shelf) -> None:
    for address in at(shelf.gone.version, f"{DATA}.ttl"):
        told = shelf.get(address, "application/problem+json")
        assert (told.status_code, told.headers["cache-control"]) == (410, "no-store")
        stone = told.json()["tombstone"]
        assert (stone["version"], stone["replacedBy"]) == (shelf.gone.version, shelf.release.version)
        assert stone["takenUp"]
        assert stone["gone"]
    for language, words in {"": "no longer kept", "/fr": "plus conservée", "/es": "ya no se conserva"}.items():
        page = shelf.get(f"/version/{shelf.gone.short}{language}{PAGE}", "text/html")
        assert (page.status_code, words in page.text) == (410, True), language
        assert f'href="/version/{shelf.release.short}{language}{PAGE}"' in page.text  # the same page of what came then


def children(server: Server) -> set[int]:
    """Return the processes of a server: what serves, what has loaded a graph, and workers."""
    return {one.pid for one in psutil.Process(server.process.pid).children(recursive=True)}


def test_who_asks_for_one_version_after_another_takes_no_more_than_may_be_open(shelf: Shelf) -> None:
    server = shelf.server
    until(lambda: "is closed" in server.log.read_text(), "a version that nobody asks for is closed", server.process)
    at_rest, most, statuses = len(children(server)), 0, set[int]()
    asked = [version.short for _ in range(4) for version in (shelf.release, shelf.kept, *shelf.damaged)]
    with ThreadPoolExecutor(6) as threads:
        asking = [threads.submit(shelf.get, f"/version/{short}{DATA}.nt") for short in asked]
        while not all(one.done() for one in asking):
            most = max(most, len(children(server)))
            assert '"Delta"' in shelf.get(f"{DATA}.nt").text
    for answer in (one.result() for one in asking):
        statuses.add(answer.status_code)
        assert answer.status_code == 200 or int(answer.headers["retry-after"]) > 0
    assert statuses == {200, 503}
    # A process that has loaded it, and its workers: one at rest, one that answers, one begun.
    assert most <= at_rest + 4
    until(lambda: len(children(server)) <= at_rest, "versions that nobody asks for are closed", server.process)
    for version, label in ((shelf.release, "Beta"), (shelf.kept, "Gamma")):
        assert shelf.label(f"/version/{version.short}/sparql?query={ASK}") == label


def test_a_damaged_version_is_told_and_not_served(shelf: Shelf) -> None:
    for version in shelf.damaged:
        for address in (*at(version.short, f"{DATA}.nt"), *at(version.short, f"/sparql?query={ASK}")):
            answer = shelf.get(address)
            assert answer.status_code == 503, address
            assert answer.json()["reason"]
            assert "retry-after" in answer.headers
        page = shelf.get(f"/version/{version.short}/fr{PAGE}", "text/html")
        assert (page.status_code, "est conservée ici" in page.text) == (503, True)


def test_a_version_of_an_earlier_layout_answers_what_it_can_and_says_so_of_the_rest(shelf: Shelf) -> None:
    own = f"/version/{shelf.older.short}"
    assert shelf.label(f"{own}/sparql?query={ASK}") == "Ee"
    assert '"Ee"' in shelf.get(f"{own}{DATA}.nt").text
    assert "Ee" in shelf.get(f"{own}{PAGE}", "text/html").text
    for path in ("/cities", "/cities.json", "/search?q=springfield", "/search.json?q=springfield"):
        answer = shelf.get(own + path)
        assert (answer.status_code, "earlier release" in answer.text) == (503, True), path


def test_a_version_stays_where_it_is_when_another_is_taken_up(
    tmp_path: Path, launch: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, launch, monkeypatch)
    first = house.build(data("First"))
    server = house.serve()
    address = f"/version/{first.short}{PAGE}"
    before = server.get(address, "text/html")
    assert "It is that of today" in before.text
    second = house.build(data("Second"))
    until(lambda: server.get("/health").json()["version"] == second.version, "the newer snapshot is taken up")
    after = server.get(address, "text/html", if_none_match=before.headers["etag"])
    assert after.status_code == 200  # whoever kept the page is told that it is of today no more
    assert "not that of today" in after.text
    assert '"First"' in server.get(f"/version/{first.short}{DATA}.nt").text
    assert '"Second"' in server.get(f"{DATA}.nt").text
    monkeypatch.setenv(kept.KEEP, "1")
    third = house.build(data("Third"))
    until(lambda: server.get("/health").json()["version"] == third.version, "the newest snapshot is taken up")
    assert server.get(f"/version/{first.short}{DATA}.nt").status_code == 410
    assert server.get(f"{DATA}.nt?version={second.short}").status_code == 410
