"""A house of its own for a test: other data and other questions than those that are shipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cityrights.home import home
from cityrights.pipeline.steps import build
from cityrights.snapshot import Snapshot
from cityrights_web.app import SiteApplication
from cityrights_web.site import Site
from sparqlgate.http.fair_use import Record
from sparqlgate.http.requests import Receive, Scope, Send
from tests.servers import Server


class House:
    """A house with questions of its own, its snapshots, and servers of them."""

    def __init__(self, folder: Path, launch: Callable[..., Server], patch: pytest.MonkeyPatch) -> None:
        self.path, self.snapshots = folder / "house", folder / "snapshots"
        self._shipped, self._launch = home(), launch
        for name in ("ontology", "data", "queries/construct", "queries/explore"):
            (self.path / name).mkdir(parents=True)
        for name in ("pages", "index"):
            shutil.copytree(self._shipped / "queries" / name, self.path / "queries" / name)
        (self.path / "pyproject.toml").touch()
        patch.setenv("CITYRIGHTS_HOME", str(self.path))

    def take(self, *names: str) -> None:
        """Take over questions of the library."""
        for name in names:
            shutil.copy(self._shipped / "queries" / "explore" / f"{name}.rq", self.question(name))

    def question(self, name: str) -> Path:
        """Return the file of a question."""
        return self.path / "queries" / "explore" / f"{name}.rq"

    def build(self, trig: str) -> Snapshot:
        """Build a snapshot of these data alone."""
        (self.path / "data" / "a.trig").write_text(trig, "utf-8")
        return build(self.path, self.snapshots, current=True).snapshot

    def serve(self, **options: object) -> Server:
        """Serve the newest snapshot."""
        return self._launch(self.snapshots, watch_seconds=0.2, **options)


def client(site: Site) -> TestClient:
    """Return a client of the application of a site, without a server: errors are answered, too."""
    application = SiteApplication(site)

    async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
        scope["sparqlgate.record"] = Record.of(scope, site.settings)
        await application(scope, receive, send)

    return TestClient(recorded)
