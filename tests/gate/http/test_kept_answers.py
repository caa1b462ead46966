"""Answers that are kept, and the ETags and codings under which they go out."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import brotli
import pytest

from cityrights_web.files import bundles
from tests.counters import LABELS, metric, path
from tests.servers import Server


def test_a_repeated_query_is_answered_from_memory(logged: Server) -> None:
    before = metric(logged, "queries_total", how="run")
    answers = [logged.get(path(LABELS, kept="1")) for _ in range(3)]
    answers.append(logged.client.post("/sparql", data={"query": LABELS}))
    answers.append(logged.client.post("/sparql", content=LABELS, headers={"Content-Type": "application/sparql-query"}))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert {answer.headers["etag"] for answer in answers} == {answers[0].headers["etag"]}
    assert metric(logged, "queries_total", how="run") == before + 1
    head = logged.client.head(path(LABELS, kept="1"))
    assert head.headers["content-length"] == answers[0].headers["content-length"]
    assert not head.content


def test_layout_and_comments_do_not_make_another_query(logged: Server) -> None:
    one = "SELECT ?s { ?s a ?kind FILTER(STR(?s) != '# no  comment') } LIMIT 3"
    same = [
        "SELECT  ?s\n{ ?s a ?kind # a comment\r\n FILTER ( STR( ?s )!='# no  comment' ) }\tLIMIT 3 # end",
        "SELECT?s{?s a ?kind FILTER(STR(?s)!='# no  comment')}LIMIT 3",
    ]
    other = ["SELECT ?s { ?s a ?kind FILTER(STR(?s) != '# no comment') } LIMIT 3", one.replace("LIMIT 3", "LIMIT 4")]
    tag = logged.get(path(one)).headers["etag"]
    before = metric(logged, "queries_total", how="run")
    assert {logged.get(path(text)).headers["etag"] for text in same} == {tag}
    assert metric(logged, "queries_total", how="run") == before
    assert tag not in {logged.get(path(text)).headers["etag"] for text in other}


@pytest.mark.parametrize("call", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()", "now()"])
def test_what_may_differ_is_run_each_time_and_has_no_etag(logged: Server, call: str) -> None:
    before = metric(logged, "queries_total", how="run")
    for _ in range(2):
        answer = logged.get(path(f"SELECT ({call} AS ?x) {{}}"))
        assert answer.status_code == 200
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
    assert metric(logged, "queries_total", how="run") == before + 2


def test_each_format_and_dataset_has_an_answer_of_its_own(logged: Server) -> None:
    asked = [
        path(LABELS, format="json"),
        path(LABELS, format="csv"),
        path(LABELS, **{"default-graph-uri": "http://nowhere.example/"}),
        path(LABELS, **{"named-graph-uri": "http://nowhere.example/"}),
    ]
    tags = [logged.get(one).headers["etag"] for one in asked]
    assert len(set(tags)) == 4
    assert tags == [logged.get(one).headers["etag"] for one in asked]
    assert logged.get(asked[0]).content != logged.get(asked[1]).content
    assert logged.get(asked[2]).json()["results"]["bindings"] == []
    by_accept = [logged.get(path(LABELS), accept) for accept in ("text/csv", "application/json", "text/csv")]
    assert [answer.headers["content-type"].split(";")[0] for answer in by_accept] == [
        "text/csv", "application/sparql-results+json", "text/csv",
    ]  # fmt: skip


def test_what_the_client_has_is_not_sent_again(logged: Server) -> None:
    query = LABELS + " OFFSET 1"
    tag = logged.get(path(query)).headers["etag"]
    for _ in range(2):
        again = logged.get(path(query), If_None_Match=tag)
        assert again.status_code == 304
        assert again.headers["etag"] == tag
        assert not again.content
    assert logged.get(path(query), If_None_Match='"other"').status_code == 200
    assert logged.get(path(query), If_None_Match=f'"other", W/{tag}').status_code == 304


def test_errors_are_never_kept(logged: Server) -> None:
    for _ in range(2):
        wrong = logged.get(path("SELECT * { ?s ?p }"))
        assert wrong.status_code == 400
        assert wrong.headers["cache-control"] == "no-store"
        assert "etag" not in wrong.headers


@pytest.mark.parametrize("target", [path(LABELS), path(LABELS, format="csv"), "/page/practice/museum", "site.css"])
@pytest.mark.parametrize(
    ("coding", "header", "unpack"),
    [("gzip", "br;q=0.5, gzip;q=0.8", gzip.decompress), ("br", "gzip, deflate, br, zstd", brotli.decompress)],
)
def test_a_coding_is_sent_to_those_who_take_it_and_has_an_etag_of_its_own(
    logged: Server, target: str, coding: str, header: str, unpack: Callable[[bytes], bytes]
) -> None:
    target = f"/static/{bundles()[target]}" if target == "site.css" else target  # collecting needs no bundles
    plain = logged.get(target)
    with logged.client.stream("GET", target, headers={"Accept-Encoding": header}) as answer:
        packed = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == coding
        assert answer.headers["content-length"] == str(len(packed))
        assert "Accept-Encoding" in answer.headers["vary"]
        assert answer.headers["etag"] != plain.headers["etag"]
        tag = answer.headers["etag"]
    assert unpack(packed) == plain.content
    assert len(packed) < len(plain.content)
    assert "Accept-Encoding" in plain.headers["vary"]
    known = logged.get(target, Accept_Encoding=coding, If_None_Match=tag)
    assert (known.status_code, known.headers["etag"]) == (304, tag)
    assert logged.get(target, If_None_Match=tag).status_code == 200  # these bytes are not those of that ETag
    other = {"gzip": "br", "br": "gzip"}[coding]
    assert logged.get(target, Accept_Encoding=other, If_None_Match=tag).status_code == 200


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip;q=0", None), ("identity", None), ("*;q=0", None), ("gzip;q=x", None), ("", None), ("deflate", None),
        ("identity;q=1, br;q=0.5", None), ("br", "br"), ("gzip", "gzip"), ("x-gzip", "gzip"), ("*", "br"),
        ("gzip, br", "br"), ("br;q=0.1, gzip;q=0.2", "gzip"), ("br;q=0, *", "gzip"), ("BR", "br"),
        ("gzip ; q=1", "gzip"),
    ],
)  # fmt: skip
def test_the_coding_is_the_one_that_weighs_most(logged: Server, header: str, coding: str | None) -> None:
    answer = logged.client.send(logged.client.build_request("GET", path(LABELS), headers={"Accept-Encoding": header}))
    assert answer.headers.get("content-encoding") == coding


def test_short_answers_and_errors_are_not_packed(logged: Server) -> None:
    assert "content-encoding" not in logged.get(path("ASK {}"), Accept_Encoding="gzip").headers
    assert "content-encoding" not in logged.get("/nothing", "text/html", Accept_Encoding="gzip").headers
