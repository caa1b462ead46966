"""Requests made from the description itself (schemathesis): no 500, and every answer is one that it describes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup, ServerError
from schemathesis.generation import GenerationMode
from schemathesis.openapi.checks import JsonSchemaError, UndefinedContentType, UndefinedStatusCode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.servers import Server
from tests.support import HANG
from tests.web.test_openapi import PATHS

CHECKS: Final = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
)  # fmt: skip
#: Requests for each operation and each way of making them: what is allowed, and what is not.
EXAMPLES: Final = 6


@pytest.fixture(scope="module")
def described(shipped: Server) -> Any:
    """The description as schemathesis reads it."""
    return schemathesis.openapi.from_url(f"{shipped.url}/openapi.json")


def probe(tried: APIOperation[Any, Any, Any, Any], mode: GenerationMode, examples: int = EXAMPLES) -> int:
    """Make requests, the same each time, and check every answer; return how many. Raises FailureGroup."""
    made = 0
    with requests.Session() as session:
        session.trust_env = False

        @settings(
            max_examples=examples, deadline=None, derandomize=True, database=None,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=tried.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case[Any]) -> None:
            nonlocal made
            response = case.call(session=session, timeout=HANG)
            case.validate_response(response, checks=list(CHECKS))
            made += 1

        ask()
    return made


@pytest.mark.parametrize("path", PATHS)
def test_every_operation_holds(described: Any, path: str) -> None:
    tried = described[path]["GET"]
    assert probe(tried, GenerationMode.POSITIVE) > 0
    if any(_bounded(one["schema"]) for one in described.raw_schema["paths"][path]["get"].get("parameters", ())):
        assert probe(tried, GenerationMode.NEGATIVE) > 0


def _bounded(schema: dict[str, Any]) -> bool:
    """Say whether some text that can stand in an address is against a schema: of any text none is."""
    return schema.get("type") != "string" or bool(schema.keys() & {"enum", "pattern", "maxLength", "format"})


def test_no_operation_is_left_out(described: Any) -> None:
    assert [one.ok().path for one in described.get_all_operations()] == PATHS


class Decoy(BaseHTTPRequestHandler):
    """One operation that keeps its description, and four that break it each in its way."""

    def do_GET(self) -> None:
        path, number = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query).get("n", [""])[0]
        if path == "/openapi.json":
            return self._send(200, "application/json", _decoys())
        if not (number.lstrip("-").isdecimal() and 0 <= int(number) <= 1000):
            return self._send(400, "application/json", {"detail": "n"})
        return {
            "/good": lambda: self._send(200, "application/json", {"n": 1}),
            "/fails": lambda: self._send(500, "application/json", {"detail": "oh"}),
            "/status": lambda: self._send(418, "application/json", {"n": 1}),
            "/type": lambda: self._send(200, "text/plain", {"n": 1}),
            "/shape": lambda: self._send(200, "application/json", {"n": "one"}),
        }[path]()

    def _send(self, status: int, kind: str, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _decoys() -> dict[str, object]:
    shape = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    value = {"name": "n", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 0, "maximum": 1000}}
    content = {"application/json": {"schema": shape}}
    answers = {
        "200": {"description": "ok", "content": content},
        "400": {"description": "n", "content": {"application/json": {}}},
    }
    names = ("good", "fails", "status", "type", "shape")
    return {
        "openapi": "3.1.0",
        "info": {"title": "decoys", "version": "1"},
        "paths": {f"/{name}": {"get": {"parameters": [value], "responses": answers}} for name in names},
    }


@pytest.fixture(scope="module")
def decoy() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Decoy)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield schemathesis.openapi.from_url(f"http://127.0.0.1:{server.server_port}/openapi.json")
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/fails", ServerError), ("/status", UndefinedStatusCode), ("/type", UndefinedContentType),
        ("/shape", JsonSchemaError),
    ],
)  # fmt: skip
def test_what_breaks_its_description_is_caught(decoy: Any, path: str, fault: type[Exception]) -> None:
    with pytest.raises(FailureGroup) as caught:
        probe(decoy[path]["GET"], GenerationMode.POSITIVE)
    assert any(isinstance(each, fault) for each in caught.value.exceptions), caught.value.exceptions


def test_what_keeps_its_description_is_not_blamed(decoy: Any) -> None:
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        assert probe(decoy["/good"]["GET"], mode) > 0
