"""The dumps: listed with size and hash, served as they are, and nothing else of the folder."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import rdflib

from tests.servers import Server


def test_every_file_is_listed_and_has_its_hash(server: Server) -> None:
    page = server.get("/download", "text/html").text
    manifest = server.get("/download", "application/json").json()
    assert set(manifest["files"]) >= {"cityrights.nq", "cityrights.trig", "cityrights.ttl", "cityrights.jsonld"}
    assert manifest["version"] in page
    assert "CC BY 4.0" in page
    for name, about in manifest["files"].items():
        assert f'href="/download/{name}"' in page
        assert about["sha256"] in page
        answer = server.get(f"/download/{name}")
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == about["sha256"]
        assert answer.headers["content-length"] == str(about["bytes"])
        assert answer.headers["etag"] == f'"{about["sha256"]}"'
        assert answer.headers["access-control-allow-origin"] == "*"
        assert server.get(f"/download/{name}", If_None_Match=answer.headers["etag"]).status_code == 304
        head = server.client.head(f"/download/{name}")
        assert head.headers["content-length"] == str(about["bytes"])
        assert not head.content


def test_the_dump_parses(server: Server) -> None:
    graph = rdflib.Graph().parse(data=server.get("/download/cityrights.ttl").text, format="turtle")
    assert len(graph) > 100


def test_only_what_the_manifest_lists_is_served(server: Server) -> None:
    for name in ("manifest.json", "store", "store/CURRENT", ""):
        assert server.get(f"/download/{name}", "application/problem+json").status_code in (404, 308)


def test_a_gzipped_copy_goes_to_those_who_can_read_it(start: Callable[..., Server], fixture_snapshot: Path) -> None:
    plain = (fixture_snapshot / "cityrights.nq").read_bytes()
    packed = fixture_snapshot / "cityrights.nq.gz"
    packed.write_bytes(gzip.compress(plain))
    try:
        server = start(fixture_snapshot)
        zipped = server.get("/download/cityrights.nq", Accept_Encoding="gzip")
        assert zipped.headers["content-encoding"] == "gzip"
        assert zipped.content == plain
        other = server.get("/download/cityrights.nq", Accept_Encoding="identity")
        assert "content-encoding" not in other.headers
        assert other.headers["etag"] != zipped.headers["etag"]
        assert other.headers["vary"] == zipped.headers["vary"] == "Accept-Encoding"
    finally:
        packed.unlink()


def test_health_tells_the_version(server: Server) -> None:
    answer = server.get("/health").json()
    assert answer["status"] == "ok"
    assert re.fullmatch(r"[0-9a-f]{64}", answer["version"])
