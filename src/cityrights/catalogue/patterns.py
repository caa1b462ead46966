"""The queries in ``queries/index``: what they ask is what is counted, and what a reader is shown."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from cityrights import resources
from cityrights.errors import InputError

_VARIABLE: Final = re.compile(r"\?(\w+)")


@lru_cache(maxsize=64)
def index_query(name: str) -> str:
    """Return the text of ``queries/index/<name>.rq``."""
    return (resources.home() / "queries" / "index" / f"{name}.rq").read_text("utf-8")


def pattern(name: str, value: str) -> str:
    """Return what stands between the braces of a query that binds ``?s`` and ``?value``.

    ``?value`` becomes ``?<value>``, and the other variables get names that no other pattern has. Raises InputError
    for a query that is not written on lines of their own as the others are.
    """
    _, opened, rest = index_query(name).partition("WHERE {\n")
    body, closed, _ = rest.rpartition("\n}")
    if not opened or not closed:
        path = resources.home() / "queries" / "index" / f"{name}.rq"
        raise InputError(path, "a query of the index has 'WHERE {' at the end of a line and '}' on one of its own")
    names = {"s": "s", "value": value}
    return _VARIABLE.sub(lambda match: "?" + names.get(match[1], f"{value}_{match[1]}"), body)
