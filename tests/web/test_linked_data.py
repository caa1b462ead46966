"""The HTTP contract of names, documents and pages: one test for each rule, with the clients that people use."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import RDFS

from cityrights.home import home
from cityrights.resources.schema import shapes_document
from cityrights.snapshot import Snapshot
from cityrights.vocabulary import BASE
from tests.servers import Server
from tests.support import CURL, HANG, RAPPER, need

KEY = "practice/museum"
THING = rdflib.URIRef(f"https://w3id.org/cityrights/id/{KEY}")
CR = rdflib.Namespace("https://w3id.org/cityrights/ontology#")


def leads_to(server: Server, accept: str, **headers: str) -> str:
    answer = server.get(f"/id/{KEY}", accept, **headers)
    assert answer.status_code == 303
    return str(answer.headers["location"])


@pytest.mark.parametrize(
    ("accept", "extension"),
    [
        ("text/turtle;q=0.3, application/n-quads;q=0.4", "nq"),
        ("text/html;q=0, application/rdf+xml;q=0.1", "rdf"),
        ("application/*;q=0.5, application/trig", "trig"),
        ("text/*;q=0.1, application/ld+json;q=0.2, text/html;q=0", "jsonld"),
        ('text/turtle;charset="UTF-8", text/html;q=0.9', "ttl"),
    ],
)
def test_weights_wildcards_and_parameters_choose_the_document(server: Server, accept: str, extension: str) -> None:
    assert leads_to(server, accept) == f"/data/{KEY}.{extension}"


def test_a_profile_of_a_format_gets_that_format(server: Server) -> None:
    """A client that names a profile or version that we do not know is given the format, not refused."""
    asked = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"'
    assert leads_to(server, asked) == f"/data/{KEY}.jsonld"
    assert leads_to(server, "application/n-triples;version=1.2") == f"/data/{KEY}.nt"


def test_a_thing_has_one_address_for_each_language_and_the_start_page_does_not_redirect(server: Server) -> None:
    assert leads_to(server, "text/html", Accept_Language="es, fr;q=0.5") == f"/es/page/{KEY}"
    home = server.get("/", "text/html", Accept_Language="fr")
    assert home.status_code == 200
    assert home.headers["content-language"] == "en"
    assert f'hreflang="fr" href="{server.url}/fr"' in home.text
    assert "Accept-Language" not in home.headers.get("vary", "")


def test_a_page_says_what_else_there_is(server: Server) -> None:
    link = server.get(f"/page/{KEY}").headers["link"]
    assert f'<{server.url}/page/{KEY}>; rel="canonical"' in link
    assert f'<{THING}>; rel="describes"' in link
    assert f'<{THING}>; rel="cite-as"' in link
    assert f'</data/{KEY}.ttl>; rel="describedby"; type="text/turtle"' in link
    assert f'</data/{KEY}.jsonld>; rel="alternate"; type="application/ld+json"' in link
    assert 'rel="license"' in link


def test_data_say_what_else_there_is(server: Server) -> None:
    link = server.get(f"/data/{KEY}.ttl").headers["link"]
    assert f'<{THING}>; rel="describes"' in link
    assert f'</data/{KEY}.nq>; rel="alternate"; type="application/n-quads"' in link
    assert f'</data/{KEY}.ttl>; rel="alternate"' not in link


NEW = (
    "/compare", "/coverage", "/coverage.csv", "/coverage.json", "/dataset.ttl", "/sitemap.xml", "/sitemap-1.xml",
    "/robots.txt", "/about", "/accessibility", "/privacy", "/corrections", "/conformance", "/conformance.json",
    "/ontology/diagram.svg", "/ontology/context.jsonld", "/shapes/Practice", "/download", f"/page/{KEY}",
    f"/data/{KEY}.ttl", "/ontology",
)  # fmt: skip


@pytest.mark.parametrize("path", NEW)
def test_every_document_knows_head_etag_304_and_options(server: Server, path: str) -> None:
    answer = server.get(path)
    assert answer.status_code == 200
    tag = answer.headers["etag"]
    assert tag.startswith('"')
    head = server.client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == tag
    assert head.headers["content-length"] == str(len(answer.content))
    again = server.get(path, If_None_Match=f'"other", {tag}')
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    asked = server.client.options(path)
    assert asked.status_code == 204
    assert asked.headers["allow"] == "GET, HEAD, OPTIONS"
    assert server.client.post(path).status_code == 405


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/id/city/montevido", "/page/city/montevideo"),
        ("/page/practice/muzeum", "/page/practice/museum"),
        ("/fr/page/city/munchen", "/fr/page/city/m%C3%BCnchen"),
        ("/data/institution/observatori.ttl", "/page/institution/observatory"),
        ("/page/institution/mumi-montevideo", "/page/institution/mumi"),
    ],
)
def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(server: Server, path: str, near: str) -> None:
    page = server.get(path, "text/html")
    assert page.status_code == 404
    assert f'href="{near}"' in page.text
    told = server.get(path, "application/problem+json").json()
    assert near in [item["page"] for item in told["near"]]


#: Addresses whose kind, case, graph, shapes or term is misspelt, and the page that is meant.
MISSPELT = {
    "/id/citty/montevideo": "/page/city/montevideo",
    "/id/City/Montevideo": "/page/city/montevideo",
    "/fr/page/cityes/montevideo": "/fr/page/city/montevideo",
    "/graph/clams": "/graph/claims",
    "/shapes/Practise": "/shapes/Practice",
    "/ontology/Practise": "/ontology#Practice",
}


def test_what_is_misspelt_before_the_name_is_answered_with_what_is_meant(server: Server, shipped: Server) -> None:
    for path, near in MISSPELT.items():
        asked = shipped if path.startswith("/graph/") else server  # which has those of claims alone
        page, told = asked.get(path, "text/html"), asked.get(path, "application/problem+json")
        assert (page.status_code, told.status_code) == (404, 404), path
        assert f'href="{near}"' in page.text, path
        assert near in [item["page"] for item in told.json().get("near", ())], path


def test_a_term_asked_for_by_a_path_leads_to_the_ontology(server: Server) -> None:
    answer = server.get("/ontology/Practice", "text/html")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ontology#Practice")


def test_a_name_with_a_format_leads_to_the_document(server: Server) -> None:
    for form, target in (("ttl", f"/data/{KEY}.ttl"), ("json", f"/data/{KEY}.jsonld"), ("html", f"/page/{KEY}")):
        answer = server.get(f"/id/{KEY}?format={form}", "text/html")
        assert (answer.status_code, answer.headers["location"]) == (303, target), form
    refused = server.get(f"/id/{KEY}?format=exel", "application/problem+json")
    assert refused.status_code == 400
    assert "ttl, nt, jsonld" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/practise", "/practices"),
        ("/practises.json", "/practices"),
        ("/fr/practice", "/fr/practices"),
        ("/city", "/cities"),
        ("/id/country", "/cities"),
        ("/es/page/target-group", "/es/practices"),
        ("/claims", "/sources"),
        ("/target-groups", "/practices"),
        ("/en/practices", "/practices"),
        ("/fr/villes", "/fr/cities"),
        ("/fr/théme", "/fr/themes"),
        ("/es/prácticas", "/es/practices"),
        ("/downloads", "/download"),
        ("/query", "/queries"),
    ],
)
def test_an_address_that_is_nearly_that_of_a_list_is_answered_with_it(server: Server, path: str, near: str) -> None:
    page = server.get(path, "text/html", Accept_Language="en")
    assert page.status_code == 404
    offered = page.text.partition("<main")[2].partition('<ul class="cards">')[0]
    assert f'<li><a href="{near}">' in offered
    told = server.get(path, "application/problem+json", Accept_Language="en").json()
    assert near in [item["page"] for item in told["near"]]
    assert server.get(near, "text/html").status_code == 200


#: What clients and people ask for → where it is, by what they accept.
MEANT = (
    ("/id/city", "text/html", "/cities"),
    ("/id/city", "text/turtle", "/cities.ttl"),
    ("/id/theme", "application/ld+json", "/themes.jsonld"),
    ("/fr/page/city", "text/html", "/fr/cities"),
    ("/page/institution", "*/*", "/institutions"),
    ("/data/city", "*/*", "/cities.ttl"),
    ("/data/practice.jsonld", "*/*", "/practices.jsonld"),
    ("/data/practice.csv", "*/*", "/practices.csv"),
    (f"/id/{KEY}.ttl", "text/html", f"/data/{KEY}.ttl"),
    (f"/id/{KEY}.json", "*/*", f"/data/{KEY}.jsonld"),
    (f"/id/{KEY}.html", "text/turtle", f"/page/{KEY}"),
    (f"/page/{KEY}.rdf", "*/*", f"/data/{KEY}.rdf"),
    (f"/fr/page/{KEY}.html", "*/*", f"/fr/page/{KEY}"),
    (f"/data/{KEY}.json", "*/*", f"/data/{KEY}.jsonld"),
    (f"/data/{KEY}.xml", "*/*", f"/data/{KEY}.rdf"),
    (f"/data/{KEY}.html", "*/*", f"/page/{KEY}"),
    (f"/data/{KEY}", "application/n-triples", f"/data/{KEY}.nt"),
    (f"/data/{KEY}", "text/html", f"/data/{KEY}.ttl"),
    ("/dataset.json", "*/*", "/dataset.jsonld"),
    ("/ontology.owl", "*/*", "/ontology.rdf"),
    ("/ontology.json", "*/*", "/ontology.jsonld"),
    ("/void", "application/rdf+xml", "/dataset.rdf"),
    ("/void.ttl", "*/*", "/dataset.ttl"),
)


def test_an_address_that_means_another_leads_there(server: Server) -> None:
    wrong = {}
    for path, accept, wanted in MEANT:
        answer = server.get(path, accept)
        found = (answer.status_code, answer.headers.get("location"))
        if found != (303, wanted) or server.get(wanted).status_code != 200:
            wrong[path, accept] = found
    assert wrong == {}
    for path in ("/id/nokind", "/id/city/nowhere.ttl", "/data/city/nowhere.json", "/data/nokind.ttl", "/void.docx",
                 f"/id/{KEY}.docx", "/id/claim", "/data/.ttl", "/id/city.docx"):  # fmt: skip
        assert server.get(path, "text/turtle").status_code == 404, path
    told = server.get("/data/city/montevido.json", "application/problem+json").json()
    assert [item["page"] for item in told["near"]] == ["/page/city/montevideo"]


def test_a_program_that_is_given_the_address_of_a_page_is_led_to_the_data(server: Server) -> None:
    """People copy what stands above the page; browsers, and who takes anything, get the page as ever."""
    rdflib_asks = "application/rdf+xml,text/rdf+n3;q=0.9,application/xhtml+xml;q=0.5,*/*;q=0.1"
    for accept, extension in ((rdflib_asks, "rdf"), ("text/turtle", "ttl"), ("application/n-quads,*/*;q=0.1", "nq")):
        for language in ("", "/fr"):
            answer = server.get(f"{language}/page/{KEY}", accept)
            assert (answer.status_code, answer.headers["location"]) == (303, f"/data/{KEY}.{extension}")
            assert "Accept" in answer.headers["vary"]
    for accept in ("*/*", "text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "image/png"):
        assert server.get(f"/page/{KEY}", accept).headers["content-type"].startswith("text/html"), accept
    assert server.get("/page/city/nowhere", "text/turtle").status_code == 404
    assert len(rdflib.Graph().parse(f"{server.url}/page/{KEY}")) > 20


def test_browsers_find_the_picture_that_they_ask_for(server: Server) -> None:
    icon = server.get("/favicon.ico")
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/vnd.microsoft.icon")
    assert icon.content[:4] == b"\0\0\1\0"
    for name in ("apple-touch-icon", "apple-touch-icon-precomposed"):
        picture = server.get(f"/{name}.png")
        assert (picture.status_code, picture.content[:4]) == (200, b"\x89PNG")


def test_who_writes_the_prefix_that_english_has_not_is_led_to_english(server: Server) -> None:
    told = server.get("/en/practices", "application/problem+json", Accept_Language="fr").json()
    assert told["near"] == [{"label": "Practices", "page": "/practices"}]


@pytest.mark.parametrize("path", ["/nope", "/rien", "/xyzzy", "/practices/of/nobody", "/" + "practice" * 40])
def test_an_address_like_no_other_is_plainly_unknown(server: Server, path: str) -> None:
    told = server.get(path, "application/problem+json")
    assert told.status_code == 404
    assert "near" not in told.json()


def test_the_right_name_is_told_as_people_read_it(shipped: Server) -> None:
    near = shipped.get("/fr/page/city/barcelon", "text/html")
    assert '<a href="/fr/page/city/barcelona"><bdi>Barcelone</bdi></a>' in near.text


def test_an_address_of_nothing_is_told_in_the_reader_s_language(server: Server) -> None:
    page = server.get("/fr/rien", "text/html")
    assert page.status_code == 404
    assert "Le lien est peut-être ancien" in page.text
    assert 'lang="en"' not in page.text.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize(
    "path",
    ["/id/city/%F0%9F%98%80/x/y/z", "/id/nokind/nothing-at-all", "/id/claim/first-report/99", "/id/city/q", "/id/x"],
)
def test_a_name_like_no_other_is_plainly_unknown(server: Server, path: str) -> None:
    told = server.get(path, "application/problem+json")
    assert told.status_code == 404
    assert "near" not in told.json()


def test_rdflib_follows_the_name(server: Server) -> None:
    graph = rdflib.Graph().parse(f"{server.url}/id/{KEY}", format="turtle")
    assert (THING, CR.place, None) in graph


def test_curl_follows_the_name(server: Server) -> None:
    curl = need(CURL)
    accept = ["-H", "Accept: application/n-triples"]
    command: list[str | Path] = [curl, "-sL", "--noproxy", "*", *accept, f"{server.url}/id/{KEY}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG, check=True)
    assert f"<{THING}> <{CR.place}>" in done.stdout


def test_rapper_follows_the_name(server: Server) -> None:
    rapper = need(RAPPER)
    command: list[str | Path] = [rapper, "-q", "-i", "guess", "-o", "ntriples", f"{server.url}/id/{KEY}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG, check=True)
    assert f"<{THING}> <{CR.place}>" in done.stdout


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.parametrize(("extension", "form"), [("trig", "trig"), ("nq", "nquads")])
def test_quads_bring_what_their_claims_say(server: Server, extension: str, form: str) -> None:
    quads = rdflib.Dataset(default_union=True)
    quads.parse(data=server.get(f"/data/{KEY}.{extension}").text, format=form)
    claims = {graph for *_, graph in quads.quads((THING, None, None, None)) if "/id/claim/" in str(graph)}
    assert claims
    for claim in claims:
        name = rdflib.URIRef(str(claim))
        passage, modality = quads.value(name, CR.passage), quads.value(name, CR.modality)
        assert quads.value(name, CR.text)
        assert quads.value(name, CR.source)
        assert quads.value(passage, CR.firstLine) is not None
        assert quads.value(passage, CR.lastLine) is not None
        assert quads.value(modality, RDFS.label)


def test_without_evidence_quads_are_the_merge(server: Server) -> None:
    plain = server.get(f"/data/{KEY}.nt").text
    quads = server.get(f"/data/{KEY}.nq?evidence=0").text
    assert sorted(quads.replace(f"/{KEY}.nq>", f"/{KEY}.nt>").splitlines()) == sorted(plain.splitlines())
    trig = server.get(f"/data/{KEY}.trig?evidence=0").text
    graph = rdflib.Graph().parse(data=trig, format="turtle")
    assert len(graph) == plain.count("\n")
    assert server.get(f"/data/{KEY}.nq?evidence=maybe").status_code == 400


def test_json_ld_is_short_and_needs_no_network(server: Server) -> None:
    document = server.get(f"/data/{KEY}.jsonld").json()
    first = document["@graph"][0]
    assert first["id"] == str(THING)
    assert "Practice" in first["type"]
    assert first["label"]["fr"] == "Musée de la migration"
    assert first["place"] == "https://w3id.org/cityrights/id/city/montevideo"
    published = httpx.get(f"{server.url}/ontology/context.jsonld", trust_env=False, verify=False, timeout=HANG)
    assert published.headers["content-type"] == "application/ld+json"
    assert published.headers["access-control-allow-origin"] == "*"
    for term, said in document["@context"].items():
        assert published.json()["@context"][term] == said


#: So many IRIs of a sort of things are asked for, and all others; the first and the last are followed to their end.
_ASKED = 6


def test_every_iri_of_the_graph_answers_people_and_programs(shipped: Server, snapshot: Snapshot) -> None:
    """None of the IRIs under our base that the snapshot and the shapes have is unknown, refused or breaks a page."""
    store = ox.Store.read_only(str(snapshot.store))
    shapes = (term for triple in shapes_document(home() / "ontology") for term in triple)
    sorts: defaultdict[str, set[str]] = defaultdict(set)
    for term in (*(term for quad in store for term in quad), *shapes):
        if isinstance(term, ox.NamedNode) and term.value.startswith(BASE):
            iri = term.value.partition("#")[0]
            first, _, rest = iri.removeprefix(BASE).partition("/")
            sorts[f"id/{rest.partition('/')[0]}" if first == "id" else first].add(iri)
    assert {"id/city", "id/claim", "id/passage", "graph", "ontology", "shapes", "void", "dataset"} <= set(sorts)
    wrong = []
    for sort, iris in sorted(sorts.items()):
        # Those at the ends of the order have the odd names: the collection itself, and what has most words.
        every = sorted(iris, key=lambda iri: (iri.count("/"), len(iri), iri))
        step = len(every) // _ASKED if sort.startswith("id/") or sort == "void" else 1
        some = dict.fromkeys([*every[:: max(1, step)], every[-1]])
        for iri in some:
            to_the_end = iri in (every[0], every[-1]) and sort != "download"
            for accept in ("text/html", "text/turtle", "application/ld+json"):
                path = "/" + iri.removeprefix(BASE)
                answer = shipped.client.get(path, headers={"Accept": accept}, follow_redirects=to_the_end)
                if answer.status_code in (404, 406) or answer.status_code >= 500:
                    wrong.append((iri, accept, answer.status_code))
    assert wrong == []


# rdflib 7.6 reads JSON-LD through a class of its own that it has deprecated.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_json_ld_as_a_tree_has_the_thing_at_its_root_and_its_evidence_inside(server: Server) -> None:
    framed = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#framed"'
    address = leads_to(server, f"{framed}, text/html;q=0.5")
    assert address == f"/data/{KEY}.jsonld?profile=framed"
    assert leads_to(server, "application/ld+json") == f"/data/{KEY}.jsonld"
    assert leads_to(server, f"{framed};q=0.2, text/turtle") == f"/data/{KEY}.ttl"
    answer = server.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, framed)

    tree = answer.json()
    assert tree["id"] == str(THING)
    assert tree["label"]["en"]
    assert tree["place"]["label"]["en"] == "Montevideo"
    (claim,) = [one for one in tree["evidence"] if one["id"].endswith("claim/first-report/1")]
    assert claim["text"]["en"]
    assert claim["passage"]["firstLine"]
    assert any(one["id"] == str(THING) for one in claim["states"])

    def read(path: str) -> rdflib.Dataset:
        found = rdflib.Dataset()
        found.parse(data=server.get(path).text, format="json-ld")
        return found

    def merged(dataset: rdflib.Dataset) -> set[tuple[object, ...]]:
        about = rdflib.URIRef("https://w3id.org/cityrights/data")  # what the document says of itself
        return {q[:3] for q in dataset.quads() if not str(q[0]).startswith(about) and "claim/" not in str(q[3])}

    flat, plain, whole = (read(path) for path in (f"/data/{KEY}.jsonld", address, f"{address}&copies=1"))
    assert merged(flat) <= merged(whole), "nothing is lost"
    copied = merged(flat) - merged(plain)
    assert {predicate for _, predicate, _ in copied} == {rdflib.DCTERMS.spatial}, "which cr:place implies"
    claims = {str(graph) for *_, graph in plain.quads((THING, None, None, None)) if "claim/" in str(graph)}
    quads = rdflib.Dataset()
    quads.parse(data=server.get(f"/data/{KEY}.nq").text, format="nquads")
    assert claims == {str(graph) for *_, graph in quads.quads((THING, None, None, None)) if "/id/claim/" in str(graph)}
    assert "evidence" not in server.get(f"{address}&evidence=0").json()
    for wrong in (f"/data/{KEY}.jsonld?profile=round", f"/data/{KEY}.ttl?profile=framed", f"{address}&copies=yes"):
        assert server.get(wrong).status_code == 400, wrong
