"""Two homes of one user are two: what is built from one changes nothing that the other serves."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx
import pytest

from cityrights.errors import ResourceNotFound
from cityrights.home import home
from cityrights.snapshot import default_directory
from tests.homes import checked_home, note
from tests.nursery import cityrights
from tests.servers import free_port
from tests.support import command, until


def _publish(environment: dict[str, str]) -> str:
    done = cityrights("publish", environment={**os.environ, **environment})
    done.check_returncode()
    return done.stderr


def test_what_is_published_in_one_home_leaves_what_the_other_serves_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CITYRIGHTS_SNAPSHOTS", raising=False)
    homes = {name: checked_home(tmp_path / name / "cityrights") for name in ("one", "two")}
    asked: dict[str, Callable[[], str]] = {}
    with ExitStack() as stack:
        for name, folder in homes.items():
            note(folder, f"{name} before")
            port = free_port()
            environment = {"CITYRIGHTS_HOME": str(folder), "XDG_CACHE_HOME": str(tmp_path / "cache")}
            url = f"http://127.0.0.1:{port}"
            arguments = ["serve", "--port", str(port), "--workers", "1"]
            stack.enter_context(command(arguments, f"{url}/health", tmp_path / f"{name}.log", **environment))
            asked[name] = _asking(url)
        assert {name: ask() for name, ask in asked.items()} == {"one": "one before", "two": "two before"}
        environments = []
        for name, folder in homes.items():
            note(folder, f"{name} after")
            environments.append({"CITYRIGHTS_HOME": str(folder), "XDG_CACHE_HOME": str(tmp_path / "cache")})
        with ThreadPoolExecutor(len(homes)) as both:  # at once
            list(both.map(_publish, environments))
        for name in homes:  # each takes up its own, so each has looked after the other has published
            until(partial(_says, asked[name], f"{name} after"), f"{name} serves what was published for it")
        assert {name: ask() for name, ask in asked.items()} == {"one": "one after", "two": "two after"}
    folders = sorted((tmp_path / "cache" / "cityrights" / "snapshots").iterdir())
    assert len(folders) == 2
    assert all(folder.name.startswith("cityrights-") and (folder / "current").is_symlink() for folder in folders)


def _says(ask: Callable[[], str], expected: str) -> bool:
    return ask() == expected


def _asking(url: str) -> Callable[[], str]:
    query = "SELECT ?o { <http://e.example/x> rdfs:comment ?o }"

    def ask() -> str:
        answer = httpx.get(
            f"{url}/sparql",
            params={"query": f"PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> {query}", "format": "csv"},
            trust_env=False,
            verify=False,
            timeout=None,
        )
        return answer.text.split("\r\n")[1]

    return ask


def test_the_folder_of_a_home_is_the_same_each_time_and_can_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CITYRIGHTS_SNAPSHOTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    one, two = tmp_path / "a b" / "cité", tmp_path / "other" / "cité"
    for folder in (one, two):
        folder.mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(one)
    assert default_directory(one) == default_directory(one) == default_directory(link) != default_directory(two)
    assert default_directory(one).name.startswith("cit-")
    assert default_directory(tmp_path / "lib" / "_resources").name.startswith("installed-")
    assert default_directory() == default_directory(home())
    monkeypatch.setenv("CITYRIGHTS_SNAPSHOTS", str(tmp_path / "mine"))
    assert default_directory(one) == tmp_path / "mine"
    monkeypatch.delenv("CITYRIGHTS_SNAPSHOTS")
    monkeypatch.setenv("CITYRIGHTS_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(ResourceNotFound):
        default_directory()


def test_what_earlier_releases_kept_for_all_homes_together_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CITYRIGHTS_SNAPSHOTS", raising=False)
    shared = tmp_path / "cache" / "cityrights" / "snapshots"
    (shared / "0123456789ab").mkdir(parents=True)
    (shared / "current").symlink_to("0123456789ab")
    environment = {"CITYRIGHTS_HOME": str(checked_home(tmp_path / "home")), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert f"CITYRIGHTS_SNAPSHOTS={shared}" in _publish(environment)
    assert "CITYRIGHTS_SNAPSHOTS" not in _publish(environment)
    assert (shared / "0123456789ab").is_dir()
