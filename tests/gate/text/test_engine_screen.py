"""The screen against the parser it guards: what the parser would send away the screen must have refused."""

from __future__ import annotations

import contextlib

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sparqlgate.errors import QueryRefused, QuerySyntaxError
from sparqlgate.text.guard import screen
from tests.support import RDF_TESTS, need

PROLOGUE = "PREFIX : <http://127.0.0.1:1/> PREFIX SERVICE: <http://127.0.0.1:1/> SELECT * { ?s ?p ?o "
PARTS = (
    "SERVICE", "service", "SILENT", ":x", "<http://127.0.0.1:1/>", "{", "}", "(", ")", "FILTER", "?a", "?s", "<", ">",
    "#", "\n", " ", "'", '"', "'''", '"""', "\\", "1", "1e5", "true", ".", ";", ",", "&&", "BIND", "AS", "OPTIONAL",
    "a", "VALUES", "UNDEF", "@en", "_:b", "^^", "regex", "EXISTS", "NOT", "IN", "ORDER BY", "SELECT", "*", "/", "|",
    "[", "]", "<<", ">>", ":f", "FILTER:f", "UNION", "MINUS", "GRAPH", "\\u0053", "%20", "-", "=",
)  # fmt: skip
STORE = ox.Store()
STORE.add(ox.Quad(ox.NamedNode("http://e/s"), ox.NamedNode("http://e/p"), ox.Literal("o")))


def calls_out(text: str) -> bool:
    """Say whether the parser takes the text for one that calls another service (port 1 is never called)."""
    try:
        answer = STORE.query(text)
        if isinstance(answer, ox.QuerySolutions):
            for _ in answer:
                pass
    except OSError:
        return True
    except RuntimeError as error:
        return "service" in str(error)
    except (SyntaxError, ValueError):
        return False
    return False


@given(st.lists(st.sampled_from(PARTS), max_size=14), st.booleans())
@example(["FILTER", "(", "?s", "<", "?a", ")", "SERVICE", "#", ">", "\n", "<http://127.0.0.1:1/>", "{", "}"], False)
@example(["SERVICE", ":x", "{", "}"], False)
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_service_call_passes_the_screen(parts: list[str], spaced: bool) -> None:
    text = PROLOGUE + (" " if spaced else "").join(parts) + " }"
    if calls_out(text):
        with pytest.raises((QueryRefused, QuerySyntaxError)):
            screen(text)


@given(
    st.lists(st.sampled_from(PARTS), max_size=4),
    st.sampled_from(["SERVICE", "SERVICE SILENT", "serviceSILENT"]),
    st.sampled_from([":x", "<http://127.0.0.1:1/>", "?u", "#>\n<http://127.0.0.1:1/>"]),
    st.lists(st.sampled_from(PARTS), max_size=6),
)
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_glued_service_call_passes_the_screen(before: list[str], word: str, target: str, after: list[str]) -> None:
    text = PROLOGUE + "".join(before) + word + target + "{ }" + "".join(after) + " }"
    if calls_out(text):
        with pytest.raises((QueryRefused, QuerySyntaxError)):
            screen(text)


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_screened_or_told_what_is_wrong(text: str) -> None:
    with contextlib.suppress(QueryRefused, QuerySyntaxError):
        assert screen(text).form in ("select", "ask", "construct", "describe")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=300, deadline=None)
def test_whatever_a_string_or_comment_holds_is_left_alone(content: str) -> None:
    literal = str(ox.Literal(content)).replace("\u0000", "")
    comment = content.replace("\n", " ").replace("\r", " ")
    text = f"SELECT * {{ ?s ?p {literal} # SERVICE <x> {{ {comment}\n }}"
    assert screen(text).form == "select"


def test_published_test_queries_pass_and_only_their_service_calls_do_not() -> None:
    folder = need(RDF_TESTS)
    seen = 0
    federated = set()
    for path in sorted(folder.rglob("*.rq")):
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        try:
            STORE.query(text, base_iri="http://e/")
        except SyntaxError:
            continue
        except (OSError, RuntimeError, ValueError):
            pass
        seen += 1
        if path.stem == "syn-bad-26":  # the parser reads it, and should not
            with pytest.raises(QuerySyntaxError):
                screen(text)
        elif _refused(text):
            federated.add(path.parent.name)
        else:
            assert path.parent.name != "service" or b"SERVICE" not in path.read_bytes(), path
    assert seen > 800
    assert federated == {"service", "syntax-fed"}


def _refused(text: str) -> bool:
    try:
        screen(text)
    except QueryRefused:
        return True
    return False
