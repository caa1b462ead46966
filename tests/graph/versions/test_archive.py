"""The folder of a release: the same bytes each time, and each description of it read back by who takes such ones."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import rdflib
import zstandard

from cityrights.home import home
from cityrights.resources.dataset import AUTHOR
from cityrights.snapshot import PACKED_TYPES, SUMS, Snapshot
from cityrights.versions import archive, releases
from cityrights.versions.releases import File, Release
from cityrights.vocabulary import BASE, EDITORS, GRAPH_DERIVED
from sparqlgate.errors import InputError
from tests.support import ARCHIVES, CFF, need

DOI = "10.5281/zenodo.1234567"
SCHEMA = rdflib.Namespace("http://schema.org/")
#: The terms of CodeMeta 3.0 that are ours to use, as its context defines them: a name, and whether its value is an IRI.
CODEMETA = {
    "author": True, "dateModified": False, "description": False, "identifier": True, "keywords": False,
    "license": True, "name": False, "programmingLanguage": True, "softwareRequirements": True, "targetProduct": True,
    "url": True, "version": False, "Organization": False, "SoftwareApplication": False, "SoftwareSourceCode": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def release(snapshot: Snapshot) -> Release:
    """Return a release of the shipped graph, as its record would be."""
    return Release(
        "2026.1", date(2026, 11, 30), snapshot.version, archive.ontology_of(snapshot), "0.1.0", "a" * 40,
        int(snapshot.manifest["quads"]), int(snapshot.manifest["triples"]), DOI,
        {name: File(about["bytes"], about["sha256"]) for name, about in snapshot.files.items()},
        {"en": "The first release.\n", "fr": "La première.\n"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(release: Release, snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of that release."""
    target = tmp_path_factory.mktemp("archive") / "cityrights-2026.1"
    archive.write(target, release, None, home(), snapshot, _paths())
    return target


def _paths() -> list[str]:
    """Return the files of the home as git lists them."""
    place = home()
    return [path.relative_to(place).as_posix() for part in ("ontology", "queries") for path in _files(place / part)]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)


def _digests(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        path.relative_to(folder).as_posix(): (hashlib.sha256(path.read_bytes()).hexdigest(), int(path.stat().st_mtime))
        for path in _files(folder)
    }


def test_the_same_release_gives_the_same_bytes_in_another_place_at_another_time(
    folder: Path, release: Release, snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    copy = tmp_path / "snapshot"  # with the times of another day
    shutil.copytree(snapshot.path, copy, ignore=shutil.ignore_patterns("store"), copy_function=shutil.copyfile)
    (copy / "store").mkdir()
    before = os.umask(0o077)
    try:
        archive.write(tmp_path / "other", release, None, home(), Snapshot.open(copy), reversed(_paths()))
    finally:
        os.umask(before)
    assert _digests(tmp_path / "other") == _digests(folder)
    packed = [tmp_path / f"{number}.zip" for number in (1, 2)]
    for source, target in zip((folder, tmp_path / "other"), packed, strict=True):
        archive.pack(source, target, release)
    assert packed[0].read_bytes() == packed[1].read_bytes()
    shutil.unpack_archive(packed[0], tmp_path / "unpacked")
    found = {path: sha for path, (sha, _) in _digests(tmp_path / "unpacked" / "cityrights-2026.1").items()}
    assert found == {path: sha for path, (sha, _) in _digests(folder).items()}


def test_the_folder_has_all_and_each_file_is_verified(folder: Path, release: Release) -> None:
    sums = dict(line.split("  ")[::-1] for line in (folder / SUMS).read_text("utf-8").splitlines())
    assert sums == {path: sha for path, (sha, _) in _digests(folder).items() if path != SUMS}
    for name, about in release.files.items():
        assert sums[f"data/{name}"] == about.sha256
    for path in ("ontology/cityrights.ttl", "ontology/context.jsonld", "NOTES.md", "NOTES.fr.md", "README.md"):
        assert path in sums
    assert any(path.startswith("ontology/shapes/") for path in sums)
    assert any(path.startswith("queries/explore/") for path in sums)
    dump = (folder / "data" / "cityrights.nq").read_bytes()
    counted = f" <{GRAPH_DERIVED}statistics> .\n".encode()
    version = hashlib.sha256(b"".join(line for line in dump.splitlines(True) if not line.endswith(counted)))
    assert version.hexdigest() == release.version, "the dump is that of the version"


def test_each_dump_stands_there_packed_without_a_time(folder: Path, snapshot: Snapshot) -> None:
    for name, about in snapshot.files.items():
        if name == "void.ttl":
            continue
        plain = (folder / "data" / name).read_bytes()
        packed = {ending: (folder / "data" / f"{name}.{ending}").read_bytes() for ending in PACKED_TYPES}
        assert gzip.decompress(packed["gz"]) == plain
        assert packed["gz"][4:8] == b"\0\0\0\0", "RFC 1952, 2.3.1: no time"
        assert zstandard.ZstdDecompressor().decompress(packed["zst"]) == plain
        for ending, content in packed.items():
            told = about["packed"][ending]
            assert (told["bytes"], told["sha256"]) == (len(content), hashlib.sha256(content).hexdigest()), name


def test_a_folder_that_is_there_is_left_alone(folder: Path, release: Release, snapshot: Snapshot) -> None:
    with pytest.raises(InputError, match="is there already"):
        archive.write(folder, release, None, home(), snapshot, _paths())


def test_the_citation_file_is_taken_by_cffconvert(folder: Path, release: Release, tmp_path: Path) -> None:
    program = need(CFF).with_name("cffconvert")
    plain = tmp_path / "none.cff"
    plain.write_text(archive.citation_file(archive.told_of(home()), None), "utf-8")
    without = tmp_path / "without.cff"
    without.write_text(archive.citation_file(archive.told_of(home()), replace(release, doi="")), "utf-8")
    for file in (folder / "CITATION.cff", without, plain):
        _run(str(program), "--validate", "-i", str(file))
    told = _run(str(program), "-f", "bibtex", "-i", str(folder / "CITATION.cff"))
    for said in (AUTHOR, DOI, "2026"):
        assert said in told, told
    broken = tmp_path / "broken.cff"
    broken.write_text(plain.read_text("utf-8").replace("type: dataset", "type: graph"), "utf-8")
    done = subprocess.run([str(program), "--validate", "-i", str(broken)], capture_output=True, check=False)
    assert done.returncode, "the validator looks at nothing"


def test_the_metadata_are_taken_by_datacite(folder: Path, release: Release, tmp_path: Path) -> None:
    """The library has the schema to 4.5; what 4.6 adds are relations and types of other things than this."""
    python = need(ARCHIVES)
    later = replace(release, name="2027.1", doi="")
    described = archive.datacite(archive.told_of(home()), later, release)
    (tmp_path / "later.json").write_text(json.dumps(described), "utf-8")
    code = """
import json, sys
from datacite import schema45
for path in sys.argv[1:]:
    told = json.load(open(path))
    for error in schema45.validator.iter_errors(told):
        sys.exit(f"{path}: {error.message} at {list(error.path)}")
    print(schema45.tostring({"doi": "10.1/none", **told}))
print(schema45.validate({**told, "publicationYear": "soon", "types": {}}))
"""
    said = _run(str(python), "-c", code, str(folder / "datacite.json"), str(tmp_path / "later.json"))
    assert f'<identifier identifierType="DOI">{DOI}</identifier>' in said
    assert 'relationType="IsNewVersionOf"' in said
    assert f">{DOI}</relatedIdentifier>" in said
    assert said.strip().endswith("False"), "the validator looks at nothing"


def test_the_crate_is_read_back_by_rocrate(folder: Path, release: Release) -> None:
    python = need(ARCHIVES)
    code = """
import json, sys
from rocrate.rocrate import ROCrate
crate = ROCrate(sys.argv[1])
root = crate.root_dataset
print(json.dumps({
    "version": root["version"], "published": str(root["datePublished"])[:10], "identifier": root["identifier"],
    "author": root["author"]["name"], "license": root["license"].id, "spec": crate.version,
    "files": {one.id: one.get("sha256") for one in crate.get_entities() if "File" in one.type},
    "software": [one["version"] for one in crate.get_entities() if one.type == "SoftwareApplication"],
}))
"""
    told: dict[str, Any] = json.loads(_run(str(python), "-c", code, str(folder)))
    files = told.pop("files")
    assert told == {
        "version": "2026.1", "published": "2026-11-30", "identifier": f"https://doi.org/{DOI}", "spec": "1.2",
        "author": AUTHOR, "license": "https://creativecommons.org/licenses/by/4.0/", "software": ["0.1.0"],
    }  # fmt: skip
    digests = {path: sha for path, (sha, _) in _digests(folder).items() if path != "ro-crate-metadata.json"}
    assert files == {**digests, SUMS: None}


def test_codemeta_is_json_ld_of_terms_that_there_are(folder: Path) -> None:
    told = json.loads((folder / "codemeta.json").read_text("utf-8"))
    assert told["@context"] == "https://w3id.org/codemeta/3.0"
    used = {name for name in _names(told) if not name.startswith("schema:")} - {"@context", "@type", "@id"}
    assert used <= CODEMETA.keys(), used - CODEMETA.keys()
    terms: dict[str, object] = {
        "schema": str(SCHEMA)
    }  # its one prefix for classes and properties that it does not name
    terms |= {name: {"@id": SCHEMA + name, **({"@type": "@id"} if iri else {})} for name, iri in CODEMETA.items()}
    graph = rdflib.Graph()
    with warnings.catch_warnings():  # its own, of a class that it deprecates and uses
        warnings.simplefilter("ignore", DeprecationWarning)
        graph.parse(data=json.dumps({**told, "@context": terms}), format="json-ld")
    (software,) = graph.subjects(rdflib.RDF.type, SCHEMA.SoftwareSourceCode)
    assert graph.value(software, SCHEMA.author) == rdflib.URIRef(EDITORS)
    assert graph.value(software, SCHEMA.url) == rdflib.URIRef(BASE)
    assert graph.value(graph.value(software, SCHEMA.targetProduct), rdflib.RDF.type) == SCHEMA.WebApplication
    assert graph.value(software, SCHEMA.identifier) == rdflib.URIRef("swh:1:rev:" + "a" * 40)
    needed = {str(graph.value(one, SCHEMA.name)) for one in graph.objects(software, SCHEMA.softwareRequirements)}
    assert {"pyoxigraph", "uvloop", "flask"} <= needed


def _names(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        yield from (str(kind) for kind in [value.get("@type")] if kind)
        for one in value.values():
            yield from _names(one)
    elif isinstance(value, list):
        for one in value:
            yield from _names(one)


def test_who_made_it_is_called_as_in_the_graph(snapshot: Snapshot) -> None:
    label = f'<{EDITORS}> <http://www.w3.org/2000/01/rdf-schema#label> "{AUTHOR}"@en '
    with snapshot.nquads.open(encoding="utf-8") as lines:
        assert any(line.startswith(label) for line in lines)


def test_the_checkout_says_how_to_cite_its_newest_release(root: Path) -> None:
    """Before there is one, and after: ``cityrights release`` and ``release doi`` write both places."""
    told, newest = archive.told_of(root), next(iter(releases.releases(root)), None)
    assert (root / "CITATION.cff").read_text("utf-8") == archive.citation_file(told, newest)
    assert archive.cited_in_readme(told, newest) in (root / "README.md").read_text("utf-8")


def test_a_citation_names_the_version_and_leads_to_it(release: Release) -> None:
    title = archive.told_of(home()).titles["en"]
    assert title == "cityrights: local human rights practices as linked data"
    assert archive.citation(title, release) == (
        f"{AUTHOR}. (2026). {title} (Version 2026.1) [Data set]. https://doi.org/{DOI}"
    )
    assert archive.citation(title, replace(release, doi="")).endswith(f"{BASE}dataset?version={release.short}")
    assert "(n.d.)" in archive.citation(title, None)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout
