"""Real servers, and the foreign programs that ask them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gate.clients.programs import node
from tests.servers import Server
from tests.sources import telling, told
from tests.support import COMUNICA, need

__all__ = ["comunica", "endpoint", "hasty", "telling", "told"]


@pytest.fixture(autouse=True, scope="session")
def _no_proxy() -> Iterator[None]:
    """Let no proxy of the environment stand between a client and the server."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1,localhost")
        yield


@pytest.fixture(scope="session")
def endpoint(server: Server) -> str:
    """The address of the endpoint over the fixture graph."""
    return f"{server.url}/sparql"


@pytest.fixture(scope="session")
def hasty(start: Callable[..., Server], fixture_snapshot: Path) -> Callable[[float], Server]:
    """Return a server that stops a query after so many seconds."""
    return lambda seconds: start(fixture_snapshot, query_seconds=seconds)


@pytest.fixture(scope="session")
def comunica() -> list[str]:
    """How ``comunica-sparql`` is started."""
    return [str(node()), str(need(COMUNICA))]
