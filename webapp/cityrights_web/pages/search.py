"""/search: everything that has the words, kind by kind or one kind page by page; /by/…: a thing by its identifier."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

import flask
import orjson
from flask import Flask

from cityrights.describe import Literal, shown
from cityrights.search import Hits
from cityrights.search.index import DEEPEST
from cityrights.search.schema import KINDS
from cityrights_web.formats import Format
from cityrights_web.pages.found import Found, found, kind_words, with_places
from cityrights_web.pages.frame import LESSER, NAVIGATION, Frame
from cityrights_web.pages.request import data, frame, html, missing, number, page_number, refused, words
from cityrights_web.shell.context import Site
from cityrights_web.shell.messages import CORS

JSON: Final = Format("JSON", "application/json", "json")
#: The longest text, in characters, that is searched for.
LONGEST: Final = 1_000
#: Results of each kind in the overview, and on a page of one kind.
_EACH, _PAGE = 5, 20
#: What no page can hold, and nobody types.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_AUTHORITIES: Final = {"wikidata": "Wikidata", "geonames": "GeoNames"}


@dataclass(frozen=True, slots=True)
class Group:
    """The results of one kind: how many there are, and the first of them."""

    kind: str
    word: str
    count: int
    results: tuple[Found, ...]


def register(app: Flask, site: Site) -> None:
    """Add the routes."""

    @app.get("/search")
    def search() -> flask.Response:
        text, kind, page = asked()
        told = {"q": text, "kind": kind, "page": str(page) if page > 1 else ""}
        own = {name: value for name, value in told.items() if value}
        around = replace(frame(site), query=own)
        if not text:
            return html(around.render("search.html", text="", answer=None, ways=(*NAVIGATION, *LESSER)))
        if kind:
            answer = site.search.search(text, around.language, (kind,), _PAGE, (page - 1) * _PAGE)
        else:
            answer = site.search.overview(text, around.language, _EACH)
        body = around.render(
            "search.html",
            text=text,
            answer=answer,
            ways=(*NAVIGATION, *LESSER),
            groups=_groups(around, answer),
            tabs=_tabs(around, answer, site.search.overview(text, around.language, 1) if kind else answer),
            kind=kind,
            page=page,
            more=bool(kind) and page * _PAGE < min(answer.total, DEEPEST),
            query=shown("search", {"words": Literal(text)}),
        )
        alternate = around.urls.site("/search.json", own)
        return html(body, [(alternate, "alternate", JSON.media_type)])

    @app.get("/search.json")
    def search_data() -> flask.Response:
        around = frame(site)
        text, kind, page = asked()
        kinds = (kind,) if kind else ()
        answer = site.search.search(text, around.language, kinds, _PAGE, (page - 1) * _PAGE)
        return data(orjson.dumps(_record(around, answer, page), option=orjson.OPT_APPEND_NEWLINE), JSON)

    @app.get(f"/by/<any({','.join(_AUTHORITIES)}):authority>/<value>")
    def by_identifier(authority: str, value: str) -> flask.Response:
        iri = next(iter(site.search.identified(f"{authority}/{value}")), "")
        target = frame(site).urls.thing(iri)
        if target is None:
            name = _AUTHORITIES[authority]
            raise missing(words().faults.identifier.format(name=name, value=value[:100]))
        response = flask.Response("", 303)
        response.headers["Location"] = target
        for header, content in CORS:
            response.headers[header] = content
        return response


def asked() -> tuple[str, str, int]:
    """Read text, kind and page of the request. Raises a 400 for what cannot be searched for."""
    text = _CONTROL.sub(" ", flask.request.args.get("q", "")).strip()
    if len(text) > LONGEST:
        raise refused(words().faults.long_text.format(n=number(LONGEST)))
    kind = flask.request.args.get("kind", "")
    if kind and kind not in KINDS:
        raise refused(words().faults.kind)
    page = page_number()
    if page > DEEPEST // _PAGE:
        raise refused(words().faults.deep.format(n=number(DEEPEST)))
    return text, kind, page


def _groups(around: Frame, answer: Hits) -> list[Group]:
    held: dict[str, list[Found]] = {}
    for line in with_places(around, [found(around, hit) for hit in answer.hits]):
        held.setdefault(line.hit.kind, []).append(line)
    return [
        Group(kind, kind_words(around, kind), answer.by_kind[kind], tuple(results)) for kind, results in held.items()
    ]


def _tabs(around: Frame, answer: Hits, overview: Hits) -> list[tuple[str, str, int]]:
    """Return kind, word and count of every kind that was found, in the order of the sections of the overview."""
    order = list(dict.fromkeys(hit.kind for hit in overview.hits))
    kinds = sorted(answer.by_kind, key=lambda kind: (order.index(kind) if kind in order else len(order), kind))
    return [(kind, kind_words(around, kind), answer.by_kind[kind]) for kind in kinds]


def _record(around: Frame, answer: Hits, page: int) -> dict[str, object]:
    results = []
    for hit in answer.hits:
        line = found(around, hit)
        results.append({**hit.record(), "kindLabel": line.kind, "url": line.address and around.absolute(line.address)})
    return {
        "query": answer.text,
        "match": answer.match,
        "suggestion": answer.suggestion or None,
        "total": answer.total,
        "kinds": answer.by_kind,
        "page": page,
        "pages": -(-min(answer.total, DEEPEST) // _PAGE),
        "results": results,
    }
