"""Releases as a site tells them: a page in three languages, and versions and a series in the dataset's description."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import DCAT, DCTERMS, RDF

from cityrights.home import home
from cityrights.snapshot import Snapshot
from cityrights.versions import archive
from cityrights.versions.releases import File, Release, with_doi, write
from cityrights.vocabulary import BASE
from sparqlgate.errors import InputError
from tests.servers import Server
from tests.support import DCAT_AP, need
from tests.web.test_dataset import DATASET, NOT_SAID, _against

DCAT3 = rdflib.Namespace(str(DCAT))  # rdflib knows the terms of DCAT 2
ADMS = rdflib.Namespace("http://www.w3.org/ns/adms#")
STATUS = rdflib.Namespace("http://publications.europa.eu/resource/authority/dataset-status/")
SERIES = rdflib.URIRef(f"{BASE}dataset/releases")
OLD = "0" * 64


def _with_releases(place: Path, *found: Release) -> Path:
    """Return a home that has what the home in use has, and these releases."""
    (place / "data").mkdir(parents=True)
    for path in (*(home() / "data").iterdir(), home() / "ontology", home() / "queries"):
        if path.name != "releases":
            (place / path.relative_to(home())).symlink_to(path)
    for release in found:
        write(release, place)
    return place


def _release(snapshot: Snapshot, name: str, version: str) -> Release:
    files = {"cityrights.nq": File(1234, "b" * 64)}
    notes = {
        "en": "## What is new\n\nMuch, & all <of> it:\n\n- cities\n  and islands\n- practices\n",
        "fr": "Beaucoup.\n",
    }
    return Release(
        name, date(2026, 11, 30), version, "0.2.0", "0.1.0", "a" * 40, 40_000, 30_000, files=files, notes=notes
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, snapshot: Snapshot) -> Path:
    """Return a home whose newest release is the version that is served."""
    newest = replace(_release(snapshot, "2026.2", snapshot.version), date=date(2026, 12, 24))
    return _with_releases(tmp_path_factory.mktemp("house") / "home", _release(snapshot, "2026.1", OLD), newest)


@pytest.fixture(scope="module")
def released(house: Path, snapshot: Snapshot, launch: Callable[..., Server]) -> Server:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITYRIGHTS_HOME", str(house))
        return launch(snapshot.path)


def _described(server: Server) -> rdflib.Graph:
    return rdflib.Graph().parse(data=server.get("/dataset.ttl").text, format="turtle")


def test_the_page_tells_each_release(released: Server, snapshot: Snapshot) -> None:
    page = released.get("/releases", "text/html").text
    assert re.findall(r'<section id="r-([0-9.]+)"', page) == ["2026.2", "2026.1"]
    first = page[page.index('id="r-2026.1"') :]
    assert "<h3>What is new</h3>\n<p>Much, &amp; all &lt;of&gt; it:</p>\n<ul>\n<li>cities\nand islands</li>" in first
    assert f"/version/{OLD[:12]}/download" not in first, "its files are not kept here, and no link leads to them"
    assert "cityrights release again 2026.1" in first
    assert f"(Version 2026.1) [Data set]. {BASE}dataset?version={OLD[:12]}" in first
    assert "b" * 64 in first
    newest = page[: page.index('id="r-2026.1"')]
    assert snapshot.version in newest
    assert "December 24, 2026" in newest
    assert "the version that you are looking at" in newest
    assert 'href="/download/cityrights.nq"' in newest
    french = released.get("/fr/releases", "text/html").text
    assert "<div><p>Beaucoup.</p>\n</div>" in french
    assert "24 décembre 2026" in french
    spanish = released.get("/es/releases", "text/html").text
    assert '<div lang="en"><h3>What is new</h3>' in spanish, "what nobody translated is marked as English"
    for address in ("/changes", "/about", "/download"):
        assert 'href="/es/releases"' in released.get(f"/es{address}", "text/html").text, address


def test_the_description_tells_versions_and_their_series(released: Server, snapshot: Snapshot) -> None:
    graph = _described(released)
    old, new = (rdflib.URIRef(f"{DATASET}?version={version[:12]}") for version in (OLD, snapshot.version))
    assert graph.value(DATASET, DCAT3.hasCurrentVersion) == new
    assert set(graph.objects(DATASET, DCAT3.hasVersion)) == {old, new}
    assert graph.value(new, DCAT3.previousVersion) == old
    assert set(graph.subjects(DCAT3.inSeries, SERIES)) == {DATASET, old, new}
    assert (SERIES, RDF.type, DCAT3.DatasetSeries) in graph
    assert (graph.value(SERIES, DCAT3.first), graph.value(SERIES, DCAT3.last)) == (old, new)
    assert graph.value(DATASET, ADMS.status) == graph.value(new, ADMS.status) == STATUS.COMPLETED
    assert str(graph.value(DATASET, DCTERMS.issued)) == str(graph.value(old, DCTERMS.issued)) == "2026-11-30"
    assert str(graph.value(new, DCAT3.version)) == "2026.2"
    assert len(list(graph.objects(new, DCAT.distribution))) == 21
    for accept, address in (("text/turtle", "/dataset.ttl"), ("text/html", "/releases")):
        answer = released.get(str(SERIES).removeprefix(BASE.rstrip("/")), accept)
        assert (answer.status_code, answer.headers["location"]) == (303, address)


def test_the_description_of_releases_keeps_to_dcat_ap(released: Server) -> None:
    folder, graph = need(DCAT_AP), _described(released)
    broken, text = _against(graph, folder / "shapes.ttl")
    assert broken == set(), text[-3000:]
    lacking, _ = _against(graph, folder / "shapes_recommended.ttl")
    alike = {(re.sub(r"/releases$|\?version=\w+$", "", thing), path) for thing, path in lacking}
    assert alike <= NOT_SAID.keys(), alike - NOT_SAID.keys()


def test_a_doi_that_comes_later_is_shown_at_once(released: Server, house: Path, snapshot: Snapshot) -> None:
    address = "https://doi.org/10.5281/zenodo.1234567"
    shown = ("/releases", "/download", "/dataset.ttl", "/cite/dataset.bib", "/fr/releases")

    def telling() -> list[str]:
        return [path for path in shown if "zenodo" in released.get(path, None if "." in path else "text/html").text]

    assert telling() == []
    with_doi("2026.2", "10.5281/zenodo.1234567", house)
    page = released.get("/releases", "text/html").text
    assert f'<a href="{address}">10.5281/zenodo.1234567</a>' in page
    assert f"[Data set]. {address}" in page
    assert f'"sameAs":"{address}"' in released.get("/download", "text/html").text
    new = rdflib.URIRef(f"{DATASET}?version={snapshot.short}")
    assert str(_described(released).value(new, DCTERMS.identifier)) == address
    assert telling() == list(shown)


def test_with_a_record_that_is_spoilt_the_site_is_as_before_there_was_a_release(
    tmp_path: Path, snapshot: Snapshot, launch: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _with_releases(tmp_path / "home", _release(snapshot, "2026.1", OLD))
    (place / "data" / "releases" / "2026.1.toml").write_text("name = ", "utf-8")
    (place / "data" / "dataset.ttl").unlink()
    (place / "data" / "dataset.ttl").write_text("which somebody is <writing", "utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        archive.told_of(place)
    monkeypatch.setenv("CITYRIGHTS_HOME", str(place))
    server = launch(snapshot.path)
    assert "Nothing has been released yet" in server.get("/releases", "text/html").text
    told = [line for line in server.lines() if line["level"] == "error"]
    assert any("2026.1.toml:1: is no TOML" in str(line) for line in told), told
    graph = _described(server)
    assert graph.value(DATASET, ADMS.status) == STATUS.DEVELOP
    assert graph.value(DATASET, DCAT3.hasCurrentVersion) == rdflib.URIRef(f"{DATASET}?version={snapshot.short}")
    assert graph.value(DATASET, DCAT3.inSeries) is None, "a series has members"
    for path in ("/download", "/cite/software.ris", "/cite/software", "/cite/dataset.bib"):
        answer = server.get(path, "text/html" if path == "/download" else None)
        assert answer.status_code in (200, 303), path
    for number in range(5):
        assert server.get(f"/changes/2026.{number}..{snapshot.short}").status_code == 404
    told = [line for line in server.lines() if "releases cannot be read" in str(line)]
    assert len(told) <= 1, "they are read once, and not for each who names a version that there is not"
