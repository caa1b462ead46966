"""/sparql beyond its answers: what the editor completes with, and what stands around the query."""

from __future__ import annotations

import threading
from typing import Final

import flask
import orjson
from flask import Flask

from cityrights.describe.usage import Usage, read_usage
from cityrights_web.pages.request import data, frame
from cityrights_web.pages.search import JSON
from cityrights_web.pages.workbench.vocabulary import vocabulary
from cityrights_web.problems import Problem
from cityrights_web.shell.context import Site

#: How long, in seconds, a thread waits for a count that another has begun: the pages need their threads.
_WAIT: Final = 1.0
_COUNTING: Final = "The classes and properties of this graph are being counted. Try again in 3 s."


def register(app: Flask, site: Site) -> None:
    """Add the route of the vocabulary; /sparql itself is the shell’s."""
    held: list[Usage] = []
    lock = threading.Lock()

    def usage() -> Usage:
        """How the graph uses its terms; a snapshot does not change, so it is counted once.

        Raises a 503 to whoever would have to wait long for a count that somebody else has begun.
        """
        if not held:
            if not lock.acquire(timeout=_WAIT):
                raise Problem(503, "busy", _COUNTING, headers=(("retry-after", "3"),))
            try:
                if not held:
                    held.append(read_usage(site.engine, site.limits[False]))
            finally:
                lock.release()
        return held[0]

    @app.get("/sparql/vocabulary.json")
    def terms() -> flask.Response:
        around = frame(site)
        return data(orjson.dumps(vocabulary(around, usage()), option=orjson.OPT_APPEND_NEWLINE), JSON)
