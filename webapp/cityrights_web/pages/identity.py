"""/id/…: 303 to the page or the data about a thing; /data/…: the data (Cool URIs for the Semantic Web, §4.2)."""

from __future__ import annotations

import flask
from flask import Flask

from cityrights.describe import Iri, ask, document
from cityrights.describe.documents import About
from cityrights.errors import QueryUnwritable
from cityrights.namespaces import BASE
from cityrights_web import formats
from cityrights_web.formats import Format
from cityrights_web.negotiation import choose_language, ranked
from cityrights_web.own import dataset_iri
from cityrights_web.own import licences as own_licences
from cityrights_web.pages.request import data, page_number, see_other
from cityrights_web.problems import bad_request, not_acceptable, not_found
from cityrights_web.shell.context import Site
from cityrights_web.shell.fallback import unwritable
from cityrights_web.urls import LANGUAGES, Urls, thing_iri


def register(app: Flask, site: Site) -> None:
    """Add the routes."""

    @app.get("/id/<path:key>")
    def identify(key: str) -> flask.Response:
        iri = thing_iri(key)
        if not ask(site.engine, "exists", {"thing": Iri(iri)}):
            raise unknown(iri)
        headers = flask.request.headers
        offers = (formats.HTML, *formats.GRAPHS)
        liked = ranked(headers.get("Accept"), offers)
        chosen = next((form for form in liked if _carries(site, iri, form)), None)
        urls = Urls(choose_language(headers.get("Accept-Language"), LANGUAGES), site.settings.public_url)
        if chosen is None:
            raise not_acceptable([f"{formats.HTML.media_type} ({urls.page(key)})", *_data_at(site, urls, key)])
        target = urls.page(key) if chosen is formats.HTML else urls.data(key, chosen.extension)
        return see_other(target, alternates(urls, key))

    @app.get("/data/<path:name>")
    def describe_data(name: str) -> flask.Response:
        key, _, extension = name.rpartition(".")
        form = formats.BY_EXTENSION.get(extension)
        if form is None or not key:
            raise not_found(
                "Data addresses end in the extension of a format.",
                available=[f".{extension} ({form.name})" for extension, form in formats.BY_EXTENSION.items()],
            )
        return _document(site, key, form)


def _document(site: Site, key: str, form: Format) -> flask.Response:
    iri = thing_iri(key)
    page, evidence = page_number(), flask.request.args.get("evidence", "1")
    if evidence not in ("0", "1"):
        raise bad_request("'evidence' must be 0 (leave out who says so) or 1.")
    urls = Urls(public=site.settings.public_url)
    try:
        found = document(
            site.engine,
            iri,
            form.media_type,
            page=page,
            evidence=evidence == "1",
            about=About(f"{BASE}data/{key}.{form.extension}", site.version, dataset_iri(site), own_licences(site)),
        )
    except QueryUnwritable as error:
        raise unwritable(error, _data_at(site, urls, key)) from error
    if found is None:
        raise unknown(iri)
    body, more = found
    links = [(iri, "describes", ""), (urls.page(key), "alternate", "text/html")]
    links += [link for link in alternates(urls, key) if link[2] != form.media_type]
    kept = {} if evidence == "1" else {"evidence": "0"}
    if more:
        links.append((urls.data(key, form.extension, {**kept, "page": str(page + 1)}), "next", form.media_type))
    if page > 1:
        links.append((urls.data(key, form.extension, {**kept, "page": str(page - 1)}), "prev", form.media_type))
    return data(body, form, links)


def _carries(site: Site, iri: str, form: Format) -> bool:
    """Say whether a format can carry the data about a thing: of the six, two may not."""
    if form not in (formats.RDFXML, formats.JSONLD):
        return True
    try:
        document(site.engine, iri, form.media_type)
    except QueryUnwritable:
        return False
    return True


def _data_at(site: Site, urls: Urls, key: str) -> list[str]:
    """Return the formats that the data about a thing can be had in, each with its address."""
    iri = thing_iri(key)
    there = (form for form in formats.GRAPHS if _carries(site, iri, form))
    return [f"{form.media_type} ({urls.data(key, form.extension)})" for form in there]


def unknown(iri: str) -> Exception:
    """Return the 404 for an IRI that the graph does not know."""
    return not_found(
        "The graph says nothing about this thing. It may be misspelt; addresses are never reused.", iri=iri
    )


def alternates(urls: Urls, key: str) -> list[tuple[str, str, str]]:
    """Return the data addresses of a thing as members of a Link header."""
    return [(urls.data(key, form.extension), "alternate", form.media_type) for form in formats.GRAPHS]
