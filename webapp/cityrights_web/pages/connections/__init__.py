"""/connections: the network of places, the neighbours of one, and what joins two, as pages and as data."""

from __future__ import annotations

import flask
from flask import Flask

from cityrights_web.pages.connections import network, pair, place
from cityrights_web.pages.connections.asked import keys_in
from cityrights_web.pages.request import frame, missing
from cityrights_web.shell.context import Site


def register(app: Flask, site: Site) -> None:
    """Add the routes."""

    @app.get("/connections")
    def connections() -> flask.Response:
        return network.page(frame(site))

    @app.get(f"/connections.<any({','.join(network.FORMATS)}):extension>")
    def connections_data(extension: str) -> flask.Response:
        return network.data_of(frame(site), extension)

    @app.get("/connections/<path:rest>")
    def some_connections(rest: str) -> flask.Response:
        name, _, extension = rest.rpartition(".")
        if extension not in pair.FORMATS or not name:
            name, extension = rest, ""
        around, keys = frame(site), keys_in(name)
        if len(keys) == 1:
            return place.data_of(around, keys[0], extension) if extension else place.page(around, keys[0])
        if len(keys) == 2:
            return pair.data_of(around, keys, extension) if extension else pair.page(around, keys)
        raise missing(around.words.faults.connection)
