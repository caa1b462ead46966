"""Content negotiation, one test for each rule of RFC 9110 §12.5."""

from __future__ import annotations

import pytest

from sparqlgate.http.formats import GRAPHS, HTML, JSONLD, NTRIPLES, RDFXML, RESULTS, RESULTS_JSON, TURTLE, named
from sparqlgate.http.negotiation import choose, choose_language, parse_accept

OFFERS = (HTML, *GRAPHS)


def test_no_header_gives_the_first_offer() -> None:
    assert choose(None, OFFERS) is HTML


def test_an_empty_header_gives_the_first_offer() -> None:
    assert choose("", OFFERS) is HTML


def test_a_malformed_header_reads_as_absent() -> None:
    assert choose(";;q=abc", OFFERS) is HTML


def test_a_malformed_member_does_not_spoil_the_others() -> None:
    assert choose("text, text/turtle", OFFERS) is TURTLE


def test_an_exact_type_is_chosen() -> None:
    assert choose("application/rdf+xml", OFFERS) is RDFXML


def test_types_and_parameters_ignore_case() -> None:
    assert choose("TEXT/Turtle;Q=0.5", OFFERS) is TURTLE


def test_the_higher_weight_wins() -> None:
    assert choose("text/html;q=0.4, text/turtle;q=0.8", OFFERS) is TURTLE


def test_a_missing_weight_is_one() -> None:
    assert choose("text/html;q=0.9, application/ld+json", OFFERS) is JSONLD


def test_at_equal_weight_the_order_of_offers_decides() -> None:
    assert choose("application/n-triples, text/turtle", OFFERS) is TURTLE


def test_weight_zero_refuses() -> None:
    assert choose("text/html;q=0, */*", OFFERS) is TURTLE


def test_weight_zero_for_everything_is_not_acceptable() -> None:
    assert choose("*/*;q=0", OFFERS) is None


def test_nothing_that_fits_is_not_acceptable() -> None:
    assert choose("image/png", OFFERS) is None


def test_the_wildcard_gives_the_first_offer() -> None:
    assert choose("*/*", OFFERS) is HTML


def test_a_subtype_wildcard_gives_the_first_of_its_type() -> None:
    assert choose("application/*", (HTML, TURTLE, NTRIPLES, JSONLD)) is NTRIPLES


def test_the_more_specific_range_gives_the_weight() -> None:
    assert choose("text/*;q=0.9, text/html;q=0.1, application/ld+json;q=0.5", OFFERS) is TURTLE


def test_a_name_goes_before_a_wildcard_of_the_same_weight() -> None:
    assert choose("text/turtle, */*", OFFERS) is TURTLE


def test_the_charset_we_send_fits_and_others_do_not() -> None:
    assert choose("text/turtle;charset=utf-8", OFFERS) is TURTLE
    assert choose("text/turtle;charset=latin1", OFFERS) is None


def test_a_parameter_that_we_do_not_have_does_not_fit() -> None:
    assert choose("text/html;level=1", OFFERS) is None


def test_a_profile_or_version_is_a_wish_and_no_condition() -> None:
    assert choose('application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded"', OFFERS) is JSONLD
    assert choose("text/turtle;version=1.2", OFFERS) is TURTLE
    assert choose("application/ld+json;profile=x;q=0.1, text/turtle;q=0.2", OFFERS) is TURTLE


def test_quoted_commas_and_semicolons_do_not_split() -> None:
    ranges = parse_accept('text/html;a="x,y;q=0", text/turtle')
    assert [(one.subtype, one.weight) for one in ranges] == [("html", 1.0), ("turtle", 1.0)]


@pytest.mark.parametrize("weight", ["2", "-1", "0.1234", "1.001", "x", ""])
def test_a_weight_outside_the_grammar_drops_its_member(weight: str) -> None:
    assert choose(f"text/html;q={weight}, text/turtle;q=0.1", OFFERS) is TURTLE


def test_an_alias_asks_for_its_format() -> None:
    assert choose("application/json", RESULTS) is RESULTS_JSON
    assert choose("application/x-turtle", OFFERS) is TURTLE


def test_a_wildcard_does_not_bring_an_alias_back_after_a_refusal() -> None:
    assert choose("text/html;q=0, application/*", (HTML, TURTLE, NTRIPLES)) is NTRIPLES


def test_a_browser_gets_the_page() -> None:
    assert choose("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", OFFERS) is HTML


def test_the_format_parameter_knows_names_and_media_types() -> None:
    assert named("turtle", GRAPHS) is TURTLE
    assert named("rdf+xml", GRAPHS) is RDFXML
    assert named("application/rdf+xml", GRAPHS) is RDFXML
    assert named("exe", GRAPHS) is None


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("fr", "fr"),
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("de, es;q=0.5", "es"),
        ("de", "en"),
        ("*", "en"),
        ("en;q=0, *", "fr"),
        ("es;q=0.3, fr;q=0.7", "fr"),
        ("es;q=0", "en"),
        ("ES-419", "es"),
        ("zz;q=abc, fr", "fr"),
    ],
)
def test_languages_follow_rfc_4647_lookup(header: str | None, language: str) -> None:
    assert choose_language(header, ("en", "fr", "es")) == language
