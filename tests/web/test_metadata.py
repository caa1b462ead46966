"""What pages say of themselves to machines that read no text: schema.org, one address, languages, a picture."""

from __future__ import annotations

import json
import re
import struct
from html.parser import HTMLParser
from typing import Any

import pytest
import rdflib
from rdflib.namespace import DCAT

from cityrights.vocabulary import DATASET, ID, LICENSE
from tests.nodes import literals
from tests.servers import Server

LISTS = (
    "/practices", "/cities", "/institutions", "/themes", "/instruments", "/sources", "/people", "/events",
    "/organisations", "/queries",
)  # fmt: skip
OTHERS = (
    "/about", "/accessibility", "/privacy", "/corrections", "/conformance", "/ontology", "/coverage", "/compare",
    "/search", "/search?q=rights", "/api", "/ask", "/asking", "/connections", "/connections/utrecht",
    "/connections/utrecht/lyon", "/sparql", "/nope",
)  # fmt: skip
THINGS = (
    "/page/practice/utrecht-plan-einstein", "/page/city/utrecht", "/page/theme/equality", "/sources/twenty-practices",
    "/queries/conflicting-records",
)  # fmt: skip


class Head(HTMLParser):
    """The data blocks, links and meta elements of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[dict[str, str]] = []
        self.meta: dict[str, list[str]] = {}
        self.feed(page)
        self.blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "link":
            self.links.append(held)
        elif tag == "meta" and "content" in held:
            self.meta.setdefault(held.get("property") or held.get("name", ""), []).append(held["content"])

    @property
    def described(self) -> list[dict[str, Any]]:
        """What the one data block says."""
        assert len(self.blocks) == 1
        found = json.loads(self.blocks[0])
        return found if isinstance(found, list) else [found]

    def linked(self, relation: str) -> list[str]:
        return [link["href"] for link in self.links if link.get("rel") == relation]


def head(server: Server, path: str) -> Head:
    return Head(server.get(path, "text/html").text)


@pytest.mark.parametrize("prefix", ["", "/fr"])
@pytest.mark.parametrize("path", ["/", "/download", *LISTS, *OTHERS, *THINGS])
def test_every_page_has_one_block_for_search_engines(shipped: Server, path: str, prefix: str) -> None:
    address = (prefix or "/") if path == "/" else path if path == "/sparql" else prefix + path
    for one in head(shipped, address).described:
        assert one["@context"] == "https://schema.org"
        assert one["@type"]
        assert one.get("name") or one["@type"] == "BreadcrumbList"


def test_the_start_page_describes_the_site_and_how_it_is_searched(shipped: Server) -> None:
    site = head(shipped, "/fr").described[0]
    assert site["@type"] == "WebSite"
    assert site["inLanguage"] == "fr"
    action = site["potentialAction"]
    assert action["@type"] == "SearchAction"
    target = action["target"]["urlTemplate"]
    assert target == f"{shipped.url}/fr/search?q={{search_term_string}}"
    assert shipped.get(target.replace("{search_term_string}", "utrecht")).status_code == 200


@pytest.mark.parametrize("path", ["/", "/download"])
def test_the_dataset_is_described_with_its_files(shipped: Server, path: str) -> None:
    (one,) = [block for block in head(shipped, path).described if block["@type"] == "Dataset"]
    assert one["@id"] == DATASET
    assert one["name"]
    assert 50 <= len(one["description"]) <= 5000  # what search engines for datasets take
    assert one["license"] == LICENSE
    assert one["isAccessibleForFree"] is True
    assert one["creator"] == one["publisher"]
    assert one["inLanguage"] == ["en", "fr", "es"]
    manifest = shipped.get("/download", "application/json").json()
    assert one["version"] == manifest["version"]
    assert len(one["distribution"]) == 7, "void.ttl describes the data and does not hold them"
    for file in one["distribution"]:
        about = manifest["files"][file["contentUrl"].rpartition("/")[2]]
        assert file["sha256"] == about["sha256"]
        assert file["contentSize"] == f"{about['bytes']} B"
        assert "/" in file["encodingFormat"]
    got = shipped.client.head(one["distribution"][0]["contentUrl"])
    assert got.status_code == 200


#: What search engines for data sets require, and recommend (https://developers.google.com/search/docs/appearance/
#: structured-data/dataset); below what of it is not said, and why.
REQUIRED = ("name", "description")
RECOMMENDED = (
    "creator", "distribution", "identifier", "includedInDataCatalog", "isAccessibleForFree", "keywords", "license",
    "spatialCoverage", "url", "variableMeasured", "version", "datePublished", "dateModified", "publisher", "inLanguage",
)  # fmt: skip
UNSAID = {
    "temporalCoverage": "the documents date few of the practices",
    "citation": "no article describes the data set",
    "funder": "nobody is known to fund it",
    "alternateName": "it has one name",
    "measurementTechnique": "nothing is measured: numbers are those of documents",
    "sameAs": "comes with the DOI of a release",
}


@pytest.mark.parametrize("prefix", ["", "/fr", "/es"])
def test_the_dataset_is_described_as_search_engines_ask(shipped: Server, prefix: str) -> None:
    language = prefix[1:] or "en"
    (one,) = [block for block in head(shipped, f"{prefix}/download").described if block["@type"] == "Dataset"]
    for name in (*REQUIRED, *RECOMMENDED):
        assert one.get(name), name
    assert not UNSAID.keys() & one.keys()
    for file in one["distribution"]:
        assert {"contentUrl", "encodingFormat"} <= file.keys()
    described = rdflib.Graph().parse(data=shipped.get("/dataset.ttl").text, format="turtle")
    told = [
        str(word)
        for word in literals(described.objects(rdflib.URIRef(DATASET), DCAT.keyword))
        if word.language == language
    ]
    assert sorted(one["keywords"]) == sorted(told)
    assert [place["name"] for place in one["spatialCoverage"]][2] == {"en": "Asia", "fr": "Asie", "es": "Asia"}[
        language
    ]
    assert len(one["variableMeasured"]) > 5
    for measured in one["variableMeasured"]:
        assert measured["propertyID"].startswith(f"{ID}measure/")
        assert measured["name"]
    assert one["includedInDataCatalog"]["@id"] == f"{DATASET}#catalogue"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", one["datePublished"])


@pytest.mark.parametrize("path", LISTS)
def test_lists_say_what_they_show(shipped: Server, path: str) -> None:
    (page,) = head(shipped, path).described
    assert page["@type"] == "CollectionPage"
    assert page["url"] == shipped.url + path
    listed = page["mainEntity"]
    items = listed["itemListElement"]
    assert 0 < len(items) <= 100
    assert listed["numberOfItems"] >= len(items)
    assert [item["position"] for item in items] == list(range(1, len(items) + 1))
    assert shipped.get(items[-1]["url"], "text/html").status_code == 200


def test_the_second_page_of_a_list_counts_on(many: Server) -> None:
    (page,) = head(many, "/cities?page=2").described
    assert page["mainEntity"]["itemListElement"][0]["position"] == 51


def test_pages_are_of_the_kind_that_they_are(shipped: Server) -> None:
    for path, kind in (("/about", "AboutPage"), ("/search?q=rights", "SearchResultsPage"), ("/privacy", "WebPage")):
        (page,) = head(shipped, path).described
        assert page["@type"] == kind
        assert page["isPartOf"]["@id"] == f"{shipped.url}/#site"
    (lost,) = head(shipped, "/nope").described
    assert "url" not in lost


def test_what_is_asked_for_stays_a_value_in_the_block(shipped: Server) -> None:
    page = shipped.get("/search?q=%3C/script%3E%3Cscript%3Ealert(1)%26amp;", "text/html").text
    (one,) = Head(page).described
    assert one["name"].startswith("</script><script>alert(1)&amp;")
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("path", "own", "iri"),
    [
        ("/page/city/utrecht", "/page/city/utrecht", "city/utrecht"),
        ("/es/page/city/utrecht", "/es/page/city/utrecht", "city/utrecht"),
        ("/fr/sources/twenty-practices", "/fr/page/source/twenty-practices", "source/twenty-practices"),
    ],
)
def test_a_page_has_one_address_and_names_its_thing_by_other_relations(
    shipped: Server, path: str, own: str, iri: str
) -> None:
    answer = shipped.get(path)
    link = answer.headers["link"]
    assert re.findall(r'<([^>]*)>; rel="canonical"', link) == [shipped.url + own]
    assert Head(answer.text).linked("canonical") == [shipped.url + own]
    for relation in ("describes", "cite-as"):
        assert f'<https://w3id.org/cityrights/id/{iri}>; rel="{relation}"' in link


@pytest.mark.parametrize(
    "path", ["/", "/about", "/practices", "/practices?theme=equality", *THINGS, "/connections/lyon/utrecht"]
)
def test_each_language_of_a_page_is_told_by_its_absolute_address(shipped: Server, path: str) -> None:
    found = {link["hreflang"]: link["href"] for link in head(shipped, path).links if "hreflang" in link}
    assert set(found) == {"en", "fr", "es", "x-default"}
    assert found["x-default"] == found["en"]
    for code, address in found.items():
        assert address.startswith(shipped.url)
        other = head(shipped, address)
        assert other.linked("canonical") == [address], "an alternate must be what that page says of itself"
        assert {link["hreflang"]: link["href"] for link in other.links if "hreflang" in link} == found, code


def test_the_query_form_is_told_in_each_language(shipped: Server) -> None:
    found = {link["hreflang"]: link["href"] for link in head(shipped, "/sparql").links if "hreflang" in link}
    assert found["x-default"] == f"{shipped.url}/sparql"
    assert found["fr"] == f"{shipped.url}/sparql?lang=fr"


@pytest.mark.parametrize("path", ["/", "/fr/about", "/practices", "/sparql", *THINGS])
def test_a_shared_page_has_a_picture_and_a_language(shipped: Server, path: str) -> None:
    meta = head(shipped, path).meta
    assert meta["og:site_name"] == ["cityrights"]
    assert meta["og:locale"] == ["fr_FR" if path.startswith("/fr") else "en_GB"]
    assert len(meta["og:locale:alternate"]) == 2
    assert meta["twitter:card"] == ["summary"]
    assert meta["og:image:alt"][0]
    (address,) = meta["og:image"]
    assert address.startswith(shipped.url)
    got = shipped.get(address)
    assert got.headers["content-type"] == "image/png"
    assert len(got.content) < 60_000
    size = struct.unpack(">II", got.content[16:24])
    assert list(size) == [int(meta[f"og:image:{side}"][0]) for side in ("width", "height")] == [1200, 630]
