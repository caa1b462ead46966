"""The dumps: listed with size and hash, served as they are, and nothing else of the folder."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import rdflib
import zstandard

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


def test_the_dump_of_rdf_1_2_says_so(server: Server) -> None:
    """Claims are triples about triples there, which readers of RDF 1.1 do not know."""
    answer = server.get("/download/cityrights-rdf12.ttl")
    assert answer.headers["content-type"].startswith("text/turtle")
    assert "version=1.2" in answer.headers["content-type"]
    assert b"rdf:reifies <<( practice:museum " in answer.content
    published = server.get("/download/nanopubs.trig")
    assert published.headers["content-type"].startswith("application/trig")
    assert published.text.count("a np:Nanopublication") == 4


def test_only_what_the_manifest_lists_is_served(server: Server) -> None:
    for name in ("manifest.json", "store", "store/CURRENT", ""):
        assert server.get(f"/download/{name}", "application/problem+json").status_code in (404, 308)


def test_a_gzipped_copy_goes_to_those_who_can_read_it(server: Server, fixture_snapshot: Path) -> None:
    plain = (fixture_snapshot / "cityrights.nq").read_bytes()
    zipped = server.get("/download/cityrights.nq", Accept_Encoding="gzip")
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain
    other = server.get("/download/cityrights.nq", Accept_Encoding="identity")
    assert "content-encoding" not in other.headers
    assert other.headers["etag"] != zipped.headers["etag"]
    assert other.headers["vary"] == zipped.headers["vary"] == "Accept-Encoding"


def test_each_dump_may_be_had_packed(server: Server) -> None:
    """As a file of its own, whose digest is told; it is not packed once more on the way."""
    page = server.get("/download", "text/html").text
    sums = dict(line.split("  ")[::-1] for line in server.get("/download/SHA256SUMS").text.splitlines())
    files = server.get("/download", "application/json").json()["files"]
    unpack: dict[str, Callable[[bytes], bytes]] = {
        "gz": gzip.decompress,
        "zst": zstandard.ZstdDecompressor().decompress,
    }
    for name, about in files.items():
        for ending, packed in about.get("packed", {}).items():
            file = f"{name}.{ending}"
            for accepted in ("identity", "gzip"):
                answer = server.get(f"/download/{file}", Accept_Encoding=accepted)
                assert "content-encoding" not in answer.headers, file
                assert answer.headers["content-type"] == {"gz": "application/gzip", "zst": "application/zstd"}[ending]
                assert hashlib.sha256(answer.content).hexdigest() == packed["sha256"] == sums[file]
                assert hashlib.sha256(unpack[ending](answer.content)).hexdigest() == about["sha256"]
            assert f'href="/download/{file}"' in page
    assert sum(name.endswith((".gz", ".zst")) for name in sums) == 14
    assert server.get("/download/cityrights.nq.xz").status_code == 404
    assert server.get("/download/void.ttl.gz").status_code == 404, "it is small"


def test_health_tells_the_version(server: Server) -> None:
    answer = server.get("/health").json()
    assert answer["status"] == "ok"
    assert re.fullmatch(r"[0-9a-f]{64}", answer["version"])


def test_a_download_that_was_cut_off_goes_on_where_it_stopped(server: Server) -> None:
    """RFC 9110 §14: one range, of the file that the client began with; who asks for other parts gets the whole."""
    path = "/download/cityrights.nq"
    whole = server.get(path)
    size, etag = len(whole.content), whole.headers["etag"]
    assert whole.headers["accept-ranges"] == server.client.head(path).headers["accept-ranges"] == "bytes"
    for asked, part in {
        "bytes=0-9": (0, 10),
        "bytes=10-": (10, size),
        "Bytes=-7": (size - 7, size),
        f"bytes={size - 1}-{size + 99}": (size - 1, size),
        f"bytes=-{size + 5}": (0, size),
        "bytes=3-" + "9" * 40: (3, size),
    }.items():
        answer = server.get(path, Range=asked)
        assert (answer.status_code, answer.content) == (206, whole.content[slice(*part)]), asked
        assert answer.headers["content-range"] == f"bytes {part[0]}-{part[1] - 1}/{size}", asked
        assert answer.headers["content-length"] == str(part[1] - part[0]), asked
        assert answer.headers["repr-digest"] == whole.headers["repr-digest"]
        assert answer.headers["etag"] == etag
    for asked in ("bytes=0-1,5-6", "bytes=5-2", "bytes=x-2", "bytes=-", "lines=1-2", "bytes 1-2"):
        answer = server.get(path, Range=asked)
        assert (answer.status_code, answer.content) == (200, whole.content), asked
    for asked in (f"bytes={size}-", "bytes=-0", "bytes=" + "9" * 40 + "-"):
        answer = server.get(path, "application/problem+json", Range=asked)
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size}"), asked
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
        assert answer.json()["type"].endswith("#problem-range")
    assert server.get(path, Range="bytes=0-9", If_Range=etag).status_code == 206
    for other in ('"another"', f"W/{etag}", "Wed, 21 Oct 2015 07:28:00 GMT"):
        assert server.get(path, Range="bytes=0-9", If_Range=other).content == whole.content, other
    assert server.get(path, Range="bytes=0-9", If_None_Match=etag).status_code == 304
    head = server.client.head(path, headers={"Range": "bytes=0-9"})
    assert (head.status_code, head.headers["content-length"]) == (200, str(size))


def test_the_digests_of_all_stand_in_one_file_to_which_the_page_leads(server: Server) -> None:
    sums = server.get("/download/SHA256SUMS").text
    files = server.get("/download", "application/json").json()["files"]
    packed = {f"{name}.{end}": each for name, about in files.items() for end, each in about.get("packed", {}).items()}
    assert sums == "".join(f"{about['sha256']}  {name}\n" for name, about in sorted({**files, **packed}.items()))
    for language in ("", "/fr", "/es"):
        assert 'href="/download/SHA256SUMS"' in server.get(f"{language}/download", "text/html").text
