"""SPARQL 1.1 Protocol: the W3C tests of its query side, and those of updates that must be refused."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.gate.conformance import manifests, results
from tests.gate.conformance.manifests import Manifest, Node

_HT = "http://www.w3.org/2011/http#"
_MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_CNT = "http://www.w3.org/2011/content#"
_STATUS = "http://www.w3.org/2011/http-statusCodes#StatusCode"
_NAME = "sparql/sparql11/protocol/manifest.ttl"
_RDF_TYPES = ("text/turtle", "application/n-triples", "application/rdf+xml")
#: The tests of the read side: 13 queries and 14 requests that must be refused.
TESTS = (
    "query_post_form",
    "query_dataset_default_graphs_get",
    "query_dataset_default_graphs_post",
    "query_dataset_named_graphs_post",
    "query_dataset_named_graphs_get",
    "query_dataset_full",
    "query_multiple_dataset",
    "query_get",
    "query_content_type_select",
    "query_content_type_ask",
    "query_content_type_describe",
    "query_content_type_construct",
    "query_post_direct",
    "bad_query_method",
    "bad_multiple_queries",
    "bad_query_wrong_media_type",
    "bad_query_missing_form_type",
    "bad_query_missing_direct_type",
    "bad_query_non_utf8",
    "bad_query_syntax",
    "bad_update_get",
    "bad_multiple_updates",
    "bad_update_wrong_media_type",
    "bad_update_missing_form_type",
    "bad_update_non_utf8",
    "bad_update_syntax",
    "bad_update_dataset_conflict",
)


@pytest.mark.suite("protocol, read side")
@pytest.mark.parametrize("name", TESTS)
def test_protocol(w3c: Path, endpoint: httpx.Client, name: str) -> None:
    hold_to(w3c, endpoint, name)


@pytest.mark.suite("protocol, read side, on Virtuoso")
@pytest.mark.parametrize("name", TESTS)
def test_protocol_on_virtuoso(w3c: Path, virtuoso_endpoint: httpx.Client, name: str) -> None:
    hold_to(w3c, virtuoso_endpoint, name)


def hold_to(w3c: Path, endpoint: httpx.Client, name: str) -> None:
    """Send the requests of a test, and compare the answers with what it expects."""
    manifest = Manifest(w3c, _NAME)
    (entry,) = (item for item in manifest.entries() if str(item).rstrip(">").endswith(f"#{name}"))
    action = manifest.value(entry, _MF + "action")
    assert action is not None
    requests = list(manifest.items(manifest.value(action, _HT + "requests")))
    assert requests
    for request in requests:
        expected = manifest.value(request, _HT + "resp")
        assert expected is not None
        _check(manifest, expected, _send(manifest, endpoint, request))


def _send(manifest: Manifest, endpoint: httpx.Client, request: Node) -> httpx.Response:
    headers = {
        manifest.text(item, _HT + "fieldName"): manifest.text(item, _HT + "fieldValue")
        for item in manifest.items(manifest.value(request, _HT + "headers"))
    }
    body = manifest.value(request, _HT + "body")
    content = b""
    if body is not None:
        content = manifest.text(body, _CNT + "chars").encode(manifest.text(body, _CNT + "characterEncoding"))
    path = manifest.text(request, _HT + "absolutePath")
    assert path.startswith("/sparql/")
    built = endpoint.build_request(manifest.text(request, _HT + "methodName"), path, content=content, headers=headers)
    if "accept" not in {name.lower() for name in headers}:
        built.headers["accept"] = "*/*"
    return endpoint.send(built)


def _check(manifest: Manifest, expected: Node, answer: httpx.Response) -> None:
    classes = [
        str(status).strip("<>").removeprefix(_STATUS) for status in manifest.values(expected, _MF + "expectedStatus")
    ]
    assert any(str(answer.status_code)[0] == one[0] for one in classes), (answer.status_code, answer.text)
    kind = answer.headers["content-type"].split(";")[0]
    form = manifest.text(expected, _MF + "expectedFormat")
    if form == "RDF":
        assert kind in _RDF_TYPES
    elif form:
        assert kind in ("application/sparql-results+json", "application/sparql-results+xml")
    truth = manifest.text(expected, _MF + "expectedBoolean")
    if truth:
        assert results.from_json(answer.content).truth == (truth == "true")


def test_the_suite_has_these_tests(w3c: Path) -> None:
    listed = {str(item).rstrip(">").rpartition("#")[2] for item in Manifest(w3c, _NAME).entries()}
    assert set(TESTS) == {name for name in listed if not name.startswith("update_")}
    assert len(TESTS) == 27
    assert manifests.root() == w3c
