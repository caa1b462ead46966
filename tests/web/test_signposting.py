"""Signposts, by a validator of our own: every kind of address of the site, and decoys that it has to find wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import pytest
import requests

from cityrights.vocabulary import BASE
from cityrights_web.routes import ANSWERS, PAGES
from cityrights_web.signposts import FORMATS, MOST, Signposts
from tests.servers import Server
from tests.web.signposting import LONGEST, Got, Signposting, links, read_json, read_text

#: By the rule of the route table, the pages of things that can be cited; whether their parts say so, too.
CITABLE: dict[str, tuple[bool, tuple[str, ...]]] = {
    "/page/<path:key>": (
        True,
        tuple(
            f"/page/{key}"
            for key in (
                "practice/utrecht-plan-einstein", "city/utrecht", "island/ngazidja", "claim/twenty-practices/27",
                "decision/107", "passage/twenty-practices/27", "source/twenty-practices", "theme/housing",
                "kind/council", "organisation/cityrights-editors", "connection/city/amsterdam/city/lyon",
            )
        ),
    ),
    "/download": (True, ("/download",)),
    "/ontology": (True, ("/ontology",)),
    "/queries/<key>": (False, ("/queries/awards", "/queries/institutions-of-a-kind?kind=kind%3Acouncil")),
}  # fmt: skip
#: Rules that are reached from those: names, data, dumps, descriptions, citations, link sets.
REACHED = {
    "/id/<path:key>", "/data/<path:name>", "/cite/<path:name>", "/linkset/<path:name>", "/dataset",
    "/dataset.<extension>", "/download/", "/ontology.<extension>", "/queries/<key>",
}  # fmt: skip
#: Beginnings of rules that show or serve what is no thing to cite, and why.
OTHERS = {
    ("/sources/", "/queries/<name>/cite."): "the same as others at another address",
    (
        "/<any(",
        "/connections",
        "/compare",
        "/coverage",
        "/queries",
        "/learn",
        "/things",
        "/search",
        "/suggest",
        "/by/",
        "/map",
        "/changes",
        "/releases",
        "/stories",
        "/timegate",
        "/timemap",
        "/version",
    ): ("lists and comparisons: what they show has names of its own"),
    ("/ask", "/build", "/sparql", "/reconcile", "/why", "/rules", "/neighbourhood", "/graph"): "made for a moment",
    ("/dataset/<", "/void", "/.well-known", "/ontology/", "/shapes"): "parts, which lead to the whole, or its terms",
    ("/about", "/asking", "/accessibility", "/privacy", "/corrections", "/api", "/openapi", "/conformance"): "help",
    ("/static/", "/robots", "/sitemap", "/health", "/metrics", "/favicon", "/apple", "/icon", "/manifest"): "service",
}


@dataclass
class Site:
    """Asks a server as one that is reached by its permanent addresses; each answer once, some of them spoilt."""

    server: Server
    spoil: Callable[[Got], Got] = lambda got: got
    seen: dict[tuple[str, str], Got] = field(default_factory=dict)

    def __call__(self, address: str, accept: str) -> Got:
        if (address, accept) not in self.seen:
            where = address.replace(BASE, f"{self.server.url}/")
            # Of files the headers are enough.
            ask = requests.get if accept == "text/html" or "/linkset/" in where else requests.head
            got = ask(where, headers={"Accept": accept}, timeout=600, allow_redirects=True)
            # What is asked by a permanent name is at the server's address in the end.
            told = Got(got.url, got.status_code, {k.lower(): v for k, v in got.headers.items()}, got.text)
            self.seen[address, accept] = self.spoil(told)
        return self.seen[address, accept]


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask servers on this machine without a proxy."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")


def test_every_kind_of_address_is_known_here() -> None:
    rules = [page.rule for page in PAGES] + [route.path for route in ANSWERS]
    known = {*CITABLE, *REACHED, "/"}
    others = tuple(name for names in OTHERS for name in names)
    assert [
        rule for rule in rules if rule not in known and not re.sub("^/(fr|es)/", "/", rule).startswith(others)
    ] == []
    assert {*CITABLE, *REACHED} <= set(rules)


def test_everything_citable_has_its_signposts(shipped: Server) -> None:
    fetch, looked = Site(shipped), 0
    for cited, paths in CITABLE.values():
        for path in paths:
            walk = Signposting(fetch, cited)
            assert walk.check(shipped.url + path) == [], path
            looked += walk.looked_at
            # A page in another language has the same links.
            own, other = (links(fetch(f"{shipped.url}{prefix}{path}", "text/html")) for prefix in ("", "/fr"))
            for name in ("cite-as", "type", "author", "license", "linkset"):
                assert own.get(name) == other.get(name), (path, name)
    assert looked > 100


def test_names_that_lead_on_say_what_they_name(shipped: Server) -> None:
    for path, iri in (("/id/city/utrecht", "id/city/utrecht"), ("/dataset", "dataset")):
        for accept in ("text/html", "text/turtle"):
            got = requests.get(shipped.url + path, headers={"Accept": accept}, timeout=600, allow_redirects=False)
            told = links(Got(got.url, got.status_code, {k.lower(): v for k, v in got.headers.items()}))
            assert told["cite-as"] == [(BASE + iri, "")]
            assert {"author", "license", "linkset", "describedby"} <= told.keys(), path


def test_each_dump_leads_back_and_to_its_description(shipped: Server) -> None:
    files = shipped.get("/download", "application/json").json()["files"]
    for name in files:
        for ask in (shipped.client.head, shipped.client.get):
            got = ask(f"/download/{name}", headers={"Range": "bytes=0-9"})
            told = links(Got(f"{shipped.url}/download/{name}", got.status_code, got.headers))
            assert told["cite-as"] == [(f"{BASE}dataset", "")], name
            assert {"author", "license", "linkset", "type"} <= told.keys(), name
            back = "describes" if name == "void.ttl" else "collection"
            assert told[back] == [(f"{shipped.url}/download", "text/html")], name


def test_addresses_of_others_data_are_signposted_as_far_as_the_data_say(server: Server) -> None:
    """The fixture names nobody, and has names beyond ASCII: the links are the same as anywhere."""
    assert Signposting(Site(server)).check(f"{server.url}/page/city/m%C3%BCnchen") == []


def test_a_list_that_is_too_long_for_a_header_is_whole_in_the_link_set() -> None:
    items = [(f"https://example.org/{number}.nq", "application/n-quads") for number in range(5_000)]
    about = [(f"https://example.org/{number}.ttl", "text/turtle") for number in range(500)]
    pages = ["https://example.org/page", "https://example.org/fr/page"]
    long = Signposts("https://example.org/", pages, ["Dataset"], [], [], about, items, "https://example.org/linkset/x")
    assert len([link for link in long.at_page if link[1] == "item"]) == MOST
    assert sum(map(len, [part for link in long.at_page for part in link])) < LONGEST
    for form, read in (("json", read_json), ("txt", read_text)):
        told = read(long.written(FORMATS[form]).decode())
        assert told[pages[0]]["item"] == items
        assert told[pages[1]]["describedby"] == about
        assert told[items[-1][0]]["collection"] == [(pages[0], "text/html")]


def _without(name: str) -> Callable[[Got], Got]:
    """Return what takes the links of a relation out of each header."""

    def spoil(got: Got) -> Got:
        kept = [part for part in got.headers.get("link", "").split(", ") if f'rel="{name}"' not in part]
        return replace(got, headers={**got.headers, "link": ", ".join(kept)})

    return spoil


def _changed(at: str, old: str, new: str) -> Callable[[Got], Got]:
    """Return what changes the link header and the body of answers whose path ends so."""

    def spoil(got: Got) -> Got:
        if not urlsplit(got.url).path.endswith(at):
            return got
        assert old in got.headers.get("link", "") + got.body, "the decoy changes nothing"
        told = {**got.headers, "link": got.headers.get("link", "").replace(old, new)}
        return replace(got, headers=told, body=got.body.replace(old, new))

    return spoil


def _two_names(got: Got) -> Got:
    return replace(got, headers={**got.headers, "link": f'{got.headers["link"]}, <urn:x>; rel="cite-as"'})


_PAGE, _SET = "/page/city/utrecht", "/linkset/city/utrecht"
_LONG = "x" * 1_000
#: What is made wrong, and a part of the sentence that has to tell it.
DECOYS: dict[str, tuple[Callable[[Got], Got], str]] = {
    "no name": (_without("cite-as"), "0 links cite-as, 1 to 1"),
    "two names": (_two_names, "2 links cite-as"),
    "no items": (_without("item"), "0 links item"),
    "no description": (_without("describedby"), "0 links describedby"),
    "no type": (_without("type"), "0 links type"),
    "no link set": (_without("linkset"), "link sets of both types"),
    "a part that leads nowhere": (_without("collection"), "does not lead back by collection"),
    "a description of nothing": (_without("describes"), "does not lead back by describes"),
    "an item of another type": (_changed(_PAGE, "text/turtle", "text/html"), "was told by"),
    "an item that is not there": (_changed(_PAGE, "utrecht.nt", "nowhere.nt"), "404"),
    "a name of something else": (_changed(_PAGE, "id/city/utrecht>", "id/city/lyon>"), "leads to"),
    "a type that nobody knows": (_changed(_PAGE, "schema.org/City", "example.org/City"), "types"),
    "a link set that is cut": (
        _changed(f"{_SET}.txt", '; type="text/turtle"', '; type="text/turtle'),
        "no link set",
    ),
    "a link set that is no JSON": (
        _changed(f"{_SET}.json", '"linkset": [', '"linkset": '),
        "no link set",
    ),
    "a link set that lacks something": (_changed(f"{_SET}.json", '"item"', '"items"'), "lacks item"),
    "two link sets": (_changed(f"{_SET}.txt", "text/turtle", "text/n3"), "are not the same"),
    "a relative address": (_changed(f"{_SET}.json", '"http://', '"/'), "relative address"),
    "an author who is not there": (
        _changed(_PAGE, "cityrights-editors", "nobody"),
        "author is not there",
    ),
    "a long header": (
        _changed(_PAGE, 'rel="canonical"', 'rel="canonical"; title="' + "x" * 4_000 + '"'),
        "the header has",
    ),
    "an error": (lambda got: replace(got, status=500), "status 500"),
}


def test_the_validator_finds_each_decoy(shipped: Server) -> None:
    clean = Site(shipped)
    Signposting(clean).check(f"{shipped.url}/page/city/utrecht")
    for name, (spoil, said) in DECOYS.items():
        seen = {asked: spoil(got) for asked, got in clean.seen.items()}
        told = Signposting(Site(shipped, spoil, seen)).check(f"{shipped.url}/page/city/utrecht")
        assert any(said in one for one in told), (name, told[:5])
