"""Addresses: one spelling for each IRI, and nothing dangerous in a link."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityrights_web.urls import Urls, is_linkable, split_language, thing_iri, thing_key
from sparqlgate.http.requests import BadPath, decode_path, encode_path


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/id/city/utrecht", "/id/city/utrecht"),
        ("/id/city/m%C3%BCnchen", "/id/city/münchen"),
        ("/id/p%72actice", "/id/practice"),
        ("/r/a%2fb", "/r/a%2Fb"),
        ("/r/%2e%2e%2fetc", "/r/..%2Fetc"),
        ("/a%3Fb%23c", "/a%3Fb%23c"),
    ],
)
def test_a_path_is_decoded_as_far_as_it_may_be(raw: str, path: str) -> None:
    assert decode_path(raw) == path


@pytest.mark.parametrize("raw", ["/%00", "/a%0Ab", "/%FF", "/%C3", "/%zz", "/100%", "/%7F", "/%C2%85"])
def test_a_path_that_names_nothing_is_refused(raw: str) -> None:
    with pytest.raises(BadPath):
        decode_path(raw)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=30))
def test_the_canonical_spelling_is_stable(text: str) -> None:
    once = encode_path(decode_path("/" + encode_path(text.replace("%", ""))))
    assert encode_path(decode_path(once)) == once
    assert once.isascii()


def test_things_have_keys_and_back() -> None:
    iri = "https://w3id.org/cityrights/id/claim/twenty-practices/10"
    assert thing_key(iri) == "claim/twenty-practices/10"
    assert thing_iri("claim/twenty-practices/10") == iri
    assert thing_key("https://example.org/id/city/x") is None
    assert thing_key("https://w3id.org/cityrights/id/") is None


def test_languages_are_prefixes_and_english_has_none() -> None:
    assert split_language("/fr/cities") == ("fr", "/cities", True)
    assert split_language("/es") == ("es", "/", True)
    assert split_language("/en/cities") == ("en", "/en/cities", False)
    assert split_language("/france") == ("en", "/france", False)
    urls = Urls("fr")
    assert urls.page("city/münchen") == "/fr/page/city/m%C3%BCnchen"
    assert urls.site("/") == "/fr"
    assert urls.site("/cities", language="en") == "/cities"
    assert Urls("es", "https://site.example").site("/") == "https://site.example/es"


def test_queries_are_encoded() -> None:
    assert Urls().sparql("SELECT * {?s ?p '&+'}") == "/sparql?query=SELECT+%2A+%7B%3Fs+%3Fp+%27%26%2B%27%7D&run=0"


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://example.org/", True),
        ("http://example.org/", True),
        ("mailto:a@example.org", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org/", False),
        ("https:", False),
        ("urn:isbn:1", False),
        ("http://[", False),
    ],
)
def test_only_harmless_addresses_become_links(address: str, safe: bool) -> None:
    assert is_linkable(address) is safe


def test_links_lead_to_our_pages_and_nowhere_dangerous() -> None:
    urls = Urls("fr")
    assert urls.link("https://w3id.org/cityrights/id/city/utrecht") == "/fr/page/city/utrecht"
    assert urls.link("https://example.org/") == "https://example.org/"
    assert urls.link("javascript:alert(1)") is None
