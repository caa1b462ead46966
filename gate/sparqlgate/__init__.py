"""The engine: queries answered from a snapshot, each in a process that can be killed."""

from __future__ import annotations

from collections.abc import Collection

from sparqlgate.query import Limits, Query
from sparqlgate.stores.base import Control, Result, Store
from sparqlgate.stores.embedded import EmbeddedEngine

__all__ = ["Control", "EmbeddedEngine", "Limits", "Query", "Result", "Store", "connect", "federate"]


def connect(url: str, dialect: str, version: str, limits: Limits, connections: int = 8) -> Store:
    """Return an engine over the store at ``url``; ``dialect`` is a name in ``engine.dialects``.

    User and password come from the environment. Raises KeyError for an unknown dialect, ValueError for an address
    that is none.
    """
    from sparqlgate.stores.remote import RemoteEngine
    from sparqlgate.stores.remote_http import credentials
    from sparqlgate.text.rewriting import DIALECTS

    return RemoteEngine(
        url, DIALECTS[dialect], version=version, limits=limits, connections=connections, auth=credentials()
    )


def federate(engine: Store, allowed: Collection[str], limits: Limits) -> Store:
    """Return an engine that runs SERVICE for the endpoints at these addresses. Raises ValueError for what is none."""
    from sparqlgate.stores.federated import FederatedEngine

    return FederatedEngine(engine, allowed, limits=limits)
