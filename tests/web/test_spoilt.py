"""A full disk and a spoilt snapshot: one sentence with the file and the repair, and nothing false is served."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cityrights.home import home
from cityrights.snapshot import SUMS, Snapshot
from cityrights.vocabulary import GRAPH_ENTITIES
from tests.counters import path
from tests.nursery import CITYRIGHTS, cityrights
from tests.servers import Server, free_port

_MOUNTS = "NOT RUN without the right to mount: run as root, outside of a container that forbids it"
_WORD = b"Utrecht"


def _run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return cityrights(*map(str, arguments), environment={**os.environ, **environment})


def _one_sentence(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """See that a command failed with one line that says this, and no traceback."""
    assert done.returncode == 1, done.stdout + done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in errors[0]


@pytest.fixture
def copy(snapshot: Snapshot, tmp_path: Path) -> Path:
    """A copy of the shipped snapshot, to be spoilt; by itself, in a folder of snapshots without a current one."""
    folder = tmp_path / "snapshots" / snapshot.short
    shutil.copytree(snapshot.path, folder)
    return folder


def _flip(file: Path, word: bytes = _WORD) -> None:
    """Change one byte of a literal: the file stays as long and as well-formed as it was."""
    content = file.read_bytes()
    assert word in content
    file.write_bytes(content.replace(word, word[:-1] + b"z", 1))


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2].rpartition(b"\n")[0] + b"\n")


def test_each_way_to_spoil_a_snapshot_is_told_in_one_sentence_before_anything_is_served(copy: Path) -> None:
    manifest, dump = copy / "manifest.json", copy / "cityrights.nq"
    ways: dict[str, tuple[Callable[[], object], str]] = {
        "cut": (lambda: _cut(dump), "cityrights.nq has"),
        "a byte of a literal": (lambda: _flip(dump), "cityrights.nq has changed since it was built"),
        "no manifest": (manifest.unlink, "lacks manifest.json"),
        "no dump": (dump.unlink, "lacks cityrights.nq"),
        "bad JSON": (lambda: manifest.write_text("{", "utf-8"), "manifest.json cannot be read"),
        "deep JSON": (lambda: manifest.write_text("[" * 100_000, "utf-8"), "manifest.json"),
        "another JSON": (lambda: manifest.write_text('{"version": 1}', "utf-8"), "is not a manifest"),
        "files that are none": (
            lambda: manifest.write_text(json.dumps({"version": "0" * 64, "files": {"cityrights.nq": 1}}), "utf-8"),
            "is not a manifest",
        ),
    }
    whole = {file: file.read_bytes() for file in (manifest, dump)}
    for way, (spoil, said) in ways.items():
        spoil()
        for arguments in (("serve", "--port", str(free_port())), ("query", "ASK { ?s ?p ?o }")):
            done = _run(*arguments, "--snapshot", copy)
            assert said in done.stderr, way
            _one_sentence(done, said, str(copy), "cityrights build --force")
        for file, content in whole.items():
            file.write_bytes(content)
    assert sorted(file.name for file in copy.parent.iterdir()) == [copy.name], "something was built into its folder"


def test_verify_names_every_file_that_is_not_as_it_was_built(copy: Path) -> None:
    done = _run("verify", copy)
    assert done.returncode == 0, done.stderr
    assert Snapshot.open(copy).version in done.stdout
    assert subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=copy, check=False).returncode == 0
    table = next((copy / "store").glob("*.sst"))
    for file in (copy / "cityrights.ttl", copy / "search" / "meta.json", table):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    (copy / "cityrights.trig").unlink()
    done = _run("verify", copy)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for said in ("cityrights.ttl has changed", "meta.json has changed", f"{table.name} has changed", "trig is missing"):
        assert said in done.stderr
    assert "cityrights build --force" in done.stderr


def test_a_version_that_is_not_that_of_the_content_is_told_although_every_digest_is_right(copy: Path) -> None:
    dump, manifest = copy / "cityrights.nq", json.loads((copy / "manifest.json").read_text("utf-8"))
    _flip(dump)
    manifest["files"]["cityrights.nq"]["sha256"] = hashlib.sha256(dump.read_bytes()).hexdigest()
    (copy / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (copy / SUMS).unlink()
    _one_sentence(_run("verify", copy), f"says that it is version {manifest['version']}")


def test_a_build_by_force_mends_what_is_spoilt(tmp_path: Path) -> None:
    house, snapshots = tmp_path / "house", tmp_path / "snapshots"
    for name in ("ontology", "data", "queries/construct"):
        (house / name).mkdir(parents=True)
    text = f"<{GRAPH_ENTITIES}> {{ <http://e.example/a> <http://e.example/b> 'Utrecht' }}"
    (house / "data" / "a.trig").write_text(text, "utf-8")
    build = ("build", "--home", house, "--snapshot", snapshots)
    assert _run(*build).returncode == 0
    _flip(snapshots / "draft" / "cityrights.nq")
    assert "has changed" in _run("verify", snapshots / "draft").stderr
    assert _run(*build, "--force").returncode == 0
    assert _run("verify", snapshots / "draft").returncode == 0


def test_a_dump_that_is_spoilt_or_removed_is_never_sent(copy: Path, launch: Callable[..., Server]) -> None:
    server = launch(copy)
    whole = server.get("/download/cityrights.ttl")
    digest = base64.b64encode(hashlib.sha256(whole.content).digest()).decode()
    assert whole.headers["repr-digest"] == f"sha-256=:{digest}:"  # RFC 9530
    sums = dict(line.split("  ")[::-1] for line in server.get(f"/download/{SUMS}").text.splitlines())
    assert sums["cityrights.ttl"] == hashlib.sha256(whole.content).hexdigest()
    _flip(copy / "cityrights.ttl")
    (copy / "cityrights.trig").unlink()
    (copy / "cityrights.nt").write_bytes(b"")
    problems = "application/problem+json"
    for name, status, kind in (("ttl", 503, "no-snapshot"), ("trig", 410, "gone"), ("nt", 503, "no-snapshot")):
        for answer in (
            server.get(f"/download/cityrights.{name}", problems),
            server.client.head(f"/download/cityrights.{name}"),
        ):
            assert answer.status_code == status, name
        assert server.get(f"/download/cityrights.{name}", problems).json()["type"].endswith(kind)
    told = [line for line in server.lines() if line["level"] == "error"]
    assert any("cityrights.ttl has changed since it was built" in json.dumps(line) for line in told)
    assert all("cityrights build --force" in json.dumps(line) for line in told), told
    shutil.rmtree(copy)  # what is left of it answers or says so, and nothing is a bare 500
    for address in ("/download/cityrights.nq", "/download", "/practices", "/search?q=a", "/queries", "/health"):
        assert server.get(address).status_code in (200, 410, 503), address
    assert "Traceback" not in server.log.read_text(), server.log.read_text()[-6000:]


def test_a_gzipped_copy_that_is_spoilt_is_left_alone(copy: Path, launch: Callable[..., Server]) -> None:
    plain = (copy / "cityrights.nq").read_bytes()
    server = launch(copy)
    packed = gzip.compress(plain, 1)
    for content in (packed[: len(packed) // 2], gzip.compress(b"another"), b"no gzip", packed):
        (copy / "cityrights.nq.gz").write_bytes(content)
        answer = server.get("/download/cityrights.nq", Accept_Encoding="gzip")
        assert answer.content == plain
        assert ("content-encoding" in answer.headers) == (content is packed)


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A function that gives a file system of a size, such as ``20m``."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = 0

    def make(size: str) -> Path:
        nonlocal mounted
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]).returncode:
            pytest.skip(_MOUNTS)
        mounted += 1
        return place

    yield make
    for _ in range(mounted):
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_disk_that_is_full_at_any_step_of_a_build_is_told_and_nothing_is_left(
    full: Callable[[str], Path], tmp_path: Path
) -> None:
    """The build is of few data, which make the same steps as all."""
    few = tmp_path / "home"
    (few / "ontology").mkdir(parents=True)
    for part in ("data/places", "queries/construct"):
        shutil.copytree(home() / part, few / part)
    ended_at = set()
    for size in ("40k", "220k", "300k", "700k", "1200k"):
        folder = full(size) / "snapshots"
        done = _run("build", "--home", few, "--snapshot", folder)
        _one_sentence(done, f"no snapshot can be written to {folder}: the disk is full; free some space")
        assert not folder.exists() or list(folder.iterdir()) == [], size
        ended_at.add(re.findall(r"build: (.*) …", done.stderr)[-1])
    assert ended_at == {"indexing lists", "indexing words", "writing dumps", "indexing"}


def test_a_disk_that_fills_up_leaves_the_last_good_snapshot_served(
    full: Callable[[str], Path], snapshot: Snapshot, tmp_path: Path
) -> None:
    taken = sum(path.stat().st_size for path in snapshot.path.parent.rglob("*") if path.is_file())
    folder = full(f"{taken * 3 // 2 >> 20}m") / "snapshots"  # one version has room there, and two have none
    shutil.copytree(snapshot.path.parent, folder, symlinks=True)
    extra = tmp_path / "more.nq"
    extra.write_text(f"<http://e.example/a> <http://e.example/b> <http://e.example/c> <{GRAPH_ENTITIES}> .\n", "utf-8")
    _one_sentence(_run("build", "--snapshot", folder, "--add", extra), "the disk is full")
    assert Snapshot.current(folder).version == snapshot.version
    assert _run("verify", folder).returncode == 0


def test_a_full_disk_for_temporary_files_is_a_503_that_says_so(
    full: Callable[[str], Path], snapshot: Snapshot, launch: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = full("64k")
    monkeypatch.setenv("TMPDIR", str(place))
    server = launch(snapshot.path)
    (place / "filler").write_bytes(b"x" * (60 << 10))
    answer = server.get(path("SELECT * { ?s ?p ?o } LIMIT 9000", format="xlsx"), "application/problem+json")
    assert answer.status_code == 503, answer.text
    assert "no room on its disk" in answer.json()["detail"]
    assert "Traceback" not in server.log.read_text()
    assert server.get(path("ASK { ?s ?p ?o }")).status_code == 200


def test_a_result_that_cannot_be_written_is_told_in_one_sentence(snapshot: Snapshot) -> None:
    with Path("/dev/full").open("w") as out:
        query = ("query", "--snapshot", str(snapshot.path), "SELECT * { ?s ?p ?o } LIMIT 9000")
        done = subprocess.run([sys.executable, "-c", CITYRIGHTS, *query], stdout=out, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["error: No space left on device; free some space and try again"]
