"""/build: a question put together by choosing, told in words, counted, answered, and handed on as SPARQL."""

from __future__ import annotations

import re
from dataclasses import replace

import flask
from flask import Flask

from cityrights.builder import read
from cityrights.errors import EngineBusy, QueryError
from cityrights_web.pages.builder.desk import Desk
from cityrights_web.pages.builder.page import Parts, respond
from cityrights_web.pages.request import add_links, frame, html
from cityrights_web.problems import LATER, Problem, bad_request
from cityrights_web.shell.context import Site
from cityrights_web.shell.messages import CORS

#: The longest address, in characters after the question mark, and the most parameters that a question may have.
LONGEST = 8_000
MOST = 400
_ONWARD = re.compile(r"then([1-9][0-9]?)")


def register(app: Flask, site: Site) -> None:
    """Add the route."""
    desk = Desk(site)

    @app.get("/build")
    def build() -> flask.Response:
        around = frame(site)
        words = around.words.builder
        given = list(flask.request.args.items(multi=True))
        if len(flask.request.query_string) > LONGEST or len(given) > MOST:
            raise bad_request(words.too_long, language=around.language)
        try:
            asked = read(desk.schema, given, desk)
        except QueryError as error:
            detail = words.busy if isinstance(error, EngineBusy) else words.too_large
            raise Problem(503, "query-timeout", detail, {"language": around.language}, LATER) from error
        around = replace(around, query=asked.pairs)
        if not asked.faults and asked.question is not None and given != asked.pairs:
            return _moved(around.urls.build(asked.pairs) + _place(given, len(asked.written)))
        parts = Parts.of(around, desk, asked)
        response = html(respond(around, desk, parts))
        response.status_code = parts.status
        if parts.found is not None:
            add_links(response, [(address, "alternate", form.media_type) for form, address in parts.formats])
        return response


def _moved(target: str) -> flask.Response:
    """Return the way to the one address of a question: what a form sends has more in it than the question."""
    response = flask.Response("", 303)
    response.headers["Location"] = target
    response.headers["Cache-Control"] = "no-cache"
    for name, value in CORS:
        response.headers[name] = value
    return response


def _place(given: list[tuple[str, str]], conditions: int) -> str:
    """Return where on the page somebody goes on: at the condition they began, or where they took one away."""
    names = {name for name, value in given if value}
    if "add" in names:
        return f"#c{conditions}"
    if "remove" in names:
        return "#conditions"
    onward = [int(found[1]) for found in map(_ONWARD.fullmatch, names) if found is not None]
    return f"#c{min(onward)}" if onward else ""
