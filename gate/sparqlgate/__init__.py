"""The engine: queries answered from a snapshot, each in a process that can be killed."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from sparqlgate.namespaces import Names

if TYPE_CHECKING:
    from sparqlgate.query import Control, Limits, Query
    from sparqlgate.stores.base import Result, Store
    from sparqlgate.stores.embedded import EmbeddedEngine
    from sparqlgate.stores.remote_http import Credentials

__all__ = ["Control", "EmbeddedEngine", "Limits", "Query", "Result", "Store", "connect", "federate"]

#: Where each class is. Who reads files or raises errors, such as a check, is spared the stores and the pool.
_HOMES: Final = {
    "Control": "query",
    "EmbeddedEngine": "stores.embedded",
    "Limits": "query",
    "Query": "query",
    "Result": "stores.base",
    "Store": "stores.base",
}


def __getattr__(name: str) -> Any:
    """Import a class at its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sparqlgate' has no attribute '{name}'")
    found = globals()[name] = getattr(import_module(f"sparqlgate.{_HOMES[name]}"), name)
    return found


def __dir__() -> list[str]:
    """Return what is offered."""
    return sorted(__all__)


def connect(
    url: str,
    dialect: str,
    version: str,
    names: Names,
    limits: Limits,
    connections: int = 8,
    auth: Credentials | None = None,
    *,
    whole: bool = False,
) -> Store:
    """Return a store at ``url``; ``dialect`` is a name in ``text.rewriting.DIALECTS``; ``whole`` as ``RemoteEngine``'s.

    Raises KeyError for an unknown dialect, ValueError for an address
    that is none.
    """
    from sparqlgate.stores.remote import RemoteEngine
    from sparqlgate.text.rewriting import DIALECTS

    return RemoteEngine(
        url,
        DIALECTS[dialect],
        version=version,
        names=names,
        limits=limits,
        connections=connections,
        auth=auth,
        whole=whole,
    )


def federate(engine: Store, allowed: Collection[str], names: Names, limits: Limits) -> Store:
    """Return an engine that runs SERVICE for the endpoints at these addresses. Raises ValueError for what is none."""
    from sparqlgate.stores.federated import FederatedEngine

    return FederatedEngine(engine, allowed, names=names, limits=limits)
