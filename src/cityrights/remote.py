"""The graph in a store somewhere else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import sparqlgate
from cityrights.vocabulary import NAMES
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
