"""The graph in a store somewhere else."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Final

import sparqlgate
from cityrights.terms import rows
from cityrights.vocabulary import DATASET, NAMES, OWL
from sparqlgate import Limits, Store

if TYPE_CHECKING:  # what speaks HTTP takes a while, and few need it
    from sparqlgate.stores.remote_http import Credentials

#: Environment variables for stores that ask who is there.
USER: Final = "CITYRIGHTS_STORE_USER"
PASSWORD: Final = "CITYRIGHTS_STORE_PASSWORD"  # noqa: S105 - its name


def credentials(user: str | None = None) -> Credentials | None:
    """Return user and password, from the environment where they are not given; None where there is no user."""
    user = user or os.environ.get(USER)
    if not user:
        return None
    from sparqlgate.stores.remote_http import Credentials

    return Credentials(user, os.environ.get(PASSWORD, ""))


def connect(url: str, dialect: str, version: str, limits: Limits, connections: int = 8) -> Store:
    """Return an engine over the graph in the store at ``url``. Raises as ``sparqlgate.connect`` does."""
    return sparqlgate.connect(url, dialect, version, NAMES, limits, connections, credentials())


def answering(url: str, dialect: str, version: str, limits: Limits) -> Store:
    """Return an engine over what an endpoint holds, of the version that it tells; warn where that is not ``version``.

    Raises as :func:`connect` does, and the errors under QueryError where nobody answers there.
    """
    engine = connect(url, dialect, version, limits)
    try:
        with engine.query(f"SELECT ?v {{ <{DATASET}> <{OWL}versionInfo> ?v }} LIMIT 1") as result:
            told = rows(result.read())
    except BaseException:
        engine.close()
        raise
    held = str(told[0]["v"]) if told else ""
    if held == version:
        return engine
    engine.close()
    said = f"version {held[:12]}" if held else "data that tell no version"
    warnings.warn(
        f"{url} answers with {said}; search, connections and "
        f"graph() come from the snapshot here, version {version[:12]}",
        stacklevel=3,
    )
    return connect(url, dialect, held, limits)
