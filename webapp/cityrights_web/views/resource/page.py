"""/page/…, /sources/…: the page of one thing; /neighbourhood/… and /cite/…: what its drawings and citations are."""

from __future__ import annotations

import functools
from dataclasses import replace

import flask
import orjson

from cityrights.library.pages import shown
from cityrights.resources.description import describe
from cityrights.resources.model import Description
from cityrights.vocabulary import CR
from cityrights_web.responses import (
    current_layout,
    current_site,
    data,
    html,
    licences,
    once_in_each_language,
    page_number,
    refused,
)
from cityrights_web.results.formats import GEOJSON
from cityrights_web.site import Site
from cityrights_web.urls import thing_iri
from cityrights_web.views.identity import alternates, identify, prefers_data, unknown, way_from
from cityrights_web.views.resource import cite, territory
from cityrights_web.views.resource.heading import crumbs, json_ld, meta_description, named_links
from cityrights_web.views.resource.kinds import kind_of
from cityrights_web.views.resource.neighbourhood import drawing, neighbours
from cityrights_web.views.resource.practice import Contact, contacts, when
from cityrights_web.views.resource.view import View
from sparqlgate.http import formats
from sparqlgate.http.problems import Problem, not_found


def page(key: str) -> flask.Response:
    try:
        if prefers_data("/page/", flask.request.headers.get("Accept")):
            return identify(key)
        return _page(current_site(), key)
    except Problem as problem:
        way = way_from(current_site(), key) if problem.status == 404 else None
        if way is None:
            raise
        return way


def source(slug: str) -> flask.Response:
    return _page(current_site(), f"source/{slug}", wanted=CR + "Source")


def neighbourhood(name: str) -> flask.Response:
    site = current_site()
    key, _, extension = name.rpartition(".")
    if extension not in ("json", "geojson") or not key:
        raise not_found("Addresses of neighbourhoods end in .json or .geojson.")
    view = _view(site, key)
    if extension == "geojson":
        return data(orjson.dumps(territory.geojson(view)), GEOJSON)
    return data(orjson.dumps(drawing(view.layout, view.d, key)), formats.JSON)


def citation(name: str) -> flask.Response:
    site = current_site()
    key, _, extension = name.rpartition(".")
    if extension not in cite.FORMATS or not key:
        offers = [f".{known} ({form.name})" for known, (form, _) in cite.FORMATS.items()]
        raise not_found("Addresses of citations end in the extension of a format.", available=offers)
    view = _view(site, key)
    form, write = cite.FORMATS[extension]
    return data(write(_citation(view)).encode(), form)


def _view(site: Site, key: str) -> View:
    """Read the thing. Raises the 404 for what the graph does not know, a 400 for what cannot be turned."""
    number, only = page_number(), flask.request.args.get("by")
    layout = replace(current_layout(), preferred=f"/page/{key}")
    predicate = CR + only if only else None
    found = describe(
        site.engine,
        site.vocabulary,
        thing_iri(key),
        layout.language,
        page=number,
        only=predicate,
        counts=site.indexes.pointers,
    )
    if found is None:
        raise unknown(thing_iri(key))
    names = {item.predicate.iri.local_name for item in found.incoming}
    if only is not None and only not in names:
        raise refused(layout.words.faults.pointing.format(known=", ".join(sorted(names))))
    return View(layout, found, key, number, only)


def _page(site: Site, key: str, wanted: str | None = None) -> flask.Response:
    view = _view(site, key)
    layout, found = view.layout, view.d
    if wanted is not None and not found.is_a(wanted):
        raise unknown(found.iri.value)
    kind = kind_of(found)
    first = kind.prepare(view)
    context = {
        "v": view,
        "d": found,
        "key": key,
        "kind": view.kind,
        "unsettled": view.unsettled,
        "when": functools.partial(when, language=layout.language),
        "beside": neighbours(found),
        "outside": named_links(found),
        "crumbs": crumbs(view),
        "structured": json_ld(view, kind.schema(view)),
        "summary": meta_description(found),
        "citations": [
            (extension, form.name, write(_citation(view))) for extension, (form, write) in cite.FORMATS.items()
        ],
        "contacts": _contacts(found, once_in_each_language(contacts)),
        "query": shown("thing_statements", {"thing": found.iri}),
        **first,
    }
    links = [
        (layout.address, "canonical", ""),
        (found.iri.value, "describes", ""),
        (found.iri.value, "cite-as", ""),
        (layout.urls.data(key, "ttl"), "describedby", "text/turtle"),
        *alternates(layout.urls, key),
        *licences(),
    ]
    return html(layout.render(kind.TEMPLATE, **context), links)


def _contacts(found: Description, known: tuple[Contact, ...]) -> list[Contact]:
    """Return the contacts of the documents that speak of the thing, each once."""
    documents = {line.claim.source.iri for line in found.claims} | {found.iri}
    chosen: dict[tuple[str, str], Contact] = {}
    for one in known:
        if one.source in documents:
            chosen.setdefault((one.who.iri.value, one.email), one)
    return list(chosen.values())


def _citation(view: View) -> cite.Citation:
    return cite.cited(view.layout, view.key, view.d.label.value, view.d.iri.value, view.layout.site.short)
