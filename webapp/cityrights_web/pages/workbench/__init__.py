"""/sparql beyond its answers: what the editor completes with, and what stands around the query."""

from __future__ import annotations

import threading

import flask
import orjson
from flask import Flask

from cityrights.describe.usage import Usage, read_usage
from cityrights_web.pages.request import data, frame
from cityrights_web.pages.search import JSON
from cityrights_web.pages.workbench.vocabulary import vocabulary
from cityrights_web.shell.context import Site


def register(app: Flask, site: Site) -> None:
    """Add the route of the vocabulary; /sparql itself is the shell’s."""
    held: list[Usage] = []
    lock = threading.Lock()

    def usage() -> Usage:
        """How the graph uses its terms; a snapshot does not change, so it is counted once."""
        with lock:
            if not held:
                held.append(read_usage(site.engine, site.limits[False]))
            return held[0]

    @app.get("/sparql/vocabulary.json")
    def terms() -> flask.Response:
        around = frame(site)
        return data(orjson.dumps(vocabulary(around, usage()), option=orjson.OPT_APPEND_NEWLINE), JSON)
