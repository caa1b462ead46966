"""What tests need beyond the lock, and how a test says that it cannot run without it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Need:
    """Something that a test cannot do without; ``optional`` when its absence is no error even with CI set."""

    name: str
    provide: str
    optional: bool = False


CHROMIUM = Need("Chromium", "apt-get install chromium")
SOURCES = Need("the two source documents", "put them into ../shared/sources, or set CITYRIGHTS_SOURCES", optional=True)
FACTS = Need("the facts files", "put them into ../shared/facts", optional=True)
RDF_TESTS = Need("the W3C test data", "put rdf-tests into ../shared/w3c, or set RDF_TESTS", optional=True)
NEEDS = {need.name: need for need in (CHROMIUM, SOURCES, FACTS, RDF_TESTS)}
MARK = "NOT RUN without "


def need(what: Need) -> Path:
    """Return the path of ``what``, or skip the calling test so that the summary lists it as NOT RUN."""
    found = _find(what)
    if found is None:
        pytest.skip(f"{MARK}{what.name}: {what.provide}")
    return found


def _find(what: Need) -> Path | None:
    if what is CHROMIUM:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        return Path(program) if program else None
    shared = ROOT.parent / "shared"
    candidates: dict[Need, list[str | Path | None]] = {
        SOURCES: [os.environ.get("CITYRIGHTS_SOURCES"), shared / "sources"],
        FACTS: [shared / "facts"],
        RDF_TESTS: [os.environ.get("RDF_TESTS"), shared / "w3c" / "rdf-tests"],
    }
    places = candidates[what]
    return next((Path(place) for place in places if place and Path(place).is_dir()), None)
