"""Small graphs made on the spot, and engines over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sparqlgate import EmbeddedEngine
from tests.gate.pool.small import GRAPHS, Folder, make


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Return a snapshot of five quads in three graphs, two of which share a triple."""
    return make(tmp_path_factory.mktemp("tiny"), GRAPHS, on_disk=True)


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Return a snapshot of 3,000 triples: enough for a cross product that never ends."""
    lines = (f'<http://e/s{n // 3}> <http://e/p{n % 3}> "value {n}" <http://e/g> .' for n in range(3000))
    return make(tmp_path_factory.mktemp("many"), "\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def engine(tiny: Folder) -> Iterator[EmbeddedEngine]:
    """Yield an engine over the tiny graph."""
    with EmbeddedEngine(tiny) as opened:
        yield opened


@pytest.fixture
def opened(many: Folder) -> Iterator[Callable[..., EmbeddedEngine]]:
    """Yield a function that opens engines over the 3,000 triples; all are closed after the test."""
    engines: list[EmbeddedEngine] = []

    def start(**options: Any) -> EmbeddedEngine:
        engines.append(EmbeddedEngine(many, **options))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()
