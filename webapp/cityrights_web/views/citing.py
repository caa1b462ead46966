"""/cite/…: how to cite a thing, a claim, a version, a query, the software; /linkset/…: where its parts are.

One pattern: ``/cite/<what>.<extension>``, where what is ``city/utrecht`` (any thing), ``dataset``, ``software``,
``queries/<name>`` (a question of the library, with its parameters) or ``sparql`` (any query, as ``query``). Without an
extension the client says which format it takes; people are led to the page that has them all. ``accessed`` says on
which day the reader looked; an earlier version is asked for as anywhere.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib.metadata import version as version_of
from typing import Final

import flask

from cityrights.library.pages import title_of_dataset
from cityrights.resources.dataset import Citation, software_citation
from cityrights.versions.releases import software_day
from cityrights.vocabulary import VOCABULARY
from cityrights_web import signposts
from cityrights_web.layout import Layout
from cityrights_web.responses import (
    current_layout,
    data,
    refused,
    see_other,
    words,
)
from cityrights_web.signposts import Signposts
from cityrights_web.site import Site
from cityrights_web.structured import DESCRIPTION, released
from cityrights_web.urls import LANGUAGES, Parameters, Urls
from cityrights_web.views.queries_page import cited_question
from cityrights_web.views.resource import CITATIONS, FORMATS, cited, cited_thing
from cityrights_web.views.resource.page import read_view, thing_signposts
from cityrights_web.views.workbench import own_query
from sparqlgate.http import formats
from sparqlgate.http.negotiation import choose
from sparqlgate.http.problems import not_acceptable, not_found

#: A citation in one format on a page: its extension (after a name, where a page has several), name, text, address.
Shown = tuple[str, str, str, str]

_QUESTIONS: Final = "queries/"


def citation(name: str) -> flask.Response:
    key, _, extension = name.rpartition(".")
    if extension in FORMATS and key:
        form, write = FORMATS[extension]
        made, _, signs = _cited(key)
        links = [(made.iri, "describes", ""), *(signs.at_description if signs else ())]
        response = data(write(made).encode(), form, links)
        response.content_type = f"{form.media_type}; charset=utf-8"
        return response
    _, page, _ = _cited(name)
    offers = [form for form, _ in FORMATS.values()]
    chosen = choose(flask.request.headers.get("Accept"), [*offers, formats.HTML])
    there = [(_address(name, form.extension), form) for form in offers]
    if chosen is None:
        raise not_acceptable([f"{form.media_type} ({address})" for address, form in there])
    links = [(address, "alternate", form.media_type) for address, form in there]
    if chosen is formats.HTML:
        return see_other(f"{page}#cite", links)
    response = see_other(_address(name, chosen.extension), links)
    response.headers["Vary"] = "Accept"
    return response


def query_citation(name: str, extension: str) -> flask.Response:
    """Answer where the citations of questions stood before they stood with all others."""
    return citation(f"{_QUESTIONS}{name}.{extension}")


def _address(key: str, extension: str) -> str:
    """Return the address of the citation that is asked for in another format, with the parameters of this one."""
    return current_layout().urls.cite(key, extension, list(flask.request.args.items(multi=True)))


def _cited(key: str) -> tuple[Citation, str, Signposts | None]:
    """Return the citation of what a key names, the page that shows it, and its signposts where it has any.

    Raises a 404 for what there is not, a 400 for what cannot be read.
    """
    layout, accessed = current_layout(), _accessed()
    to, signs = layout.urls.public, None
    if key.startswith(_QUESTIONS):
        made, page, signs = cited_question(key.removeprefix(_QUESTIONS), to)
    elif key == "software":
        made, page = software(), layout.urls.site("/download")
    elif key == "sparql":
        query = _query()
        made, page = own_query(layout, query), layout.urls.workbench({"query": query, "run": "0"})
    elif key == "dataset":
        made, page, signs = whole(layout), layout.urls.site("/download"), dataset_signposts(layout.site, to)
    else:
        view = read_view(layout.site, key)
        made, page, signs = cited_thing(view), layout.urls.page(key), thing_signposts(view, to)
    return replace(made, accessed=accessed), page, signs


def _accessed() -> str:
    """Return the day on which the reader looked, as the address says it, or nothing. Raises a 400 for what is none."""
    given = flask.request.args.get("accessed", "")
    if not given:
        return ""
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise refused(words().citing.accessed) from None
    return day.isoformat()


def whole(layout: Layout) -> Citation:
    """Return the citation of the whole data set, in the version that ``layout`` serves."""
    iri = layout.site.dataset_description.iri or layout.site.dataset_iri
    title = title_of_dataset(layout.site.overview("dataset_title"), layout.first) if layout.is_shipped else ""
    return cited(layout, "dataset", title or layout.name, iri, layout.site.short)


def software() -> Citation:
    """Return the citation of the software that runs."""
    number = version_of("cityrights")
    return software_citation(number, software_day(number, released()))


def _query() -> str:
    """Return the query that is to be cited. Raises a 400 where there is none."""
    query = flask.request.args.get("query", "")
    if not query.strip():
        raise refused(words().proof.needs)
    return query.replace("\r\n", "\n")


def shown(layout: Layout, made: Citation, key: str, name: str = "", asked: Parameters = ()) -> list[Shown]:
    """Return a citation in every format, as a page shows it; ``name`` tells it from others of the page."""
    return [
        (f"{name}{extension}", form.name, write(made), layout.urls.cite(key, extension, asked))
        for extension, (form, write) in FORMATS.items()
    ]


def linkset(name: str) -> flask.Response:
    """Answer with the link set of what the key names: /linkset/city/utrecht.json."""
    key, _, extension = name.rpartition(".")
    form = signposts.FORMATS.get(extension)
    if form is None or not key:
        offers = [f".{known} ({one.media_type})" for known, one in signposts.FORMATS.items()]
        raise not_found("Addresses of link sets end in the extension of a format.", available=offers)
    layout = current_layout()
    to = layout.absolute(layout.urls.plain(""))
    if key == "dataset":
        found = dataset_signposts(layout.site, to)
    elif key == "ontology":
        found = ontology_signposts(layout.site, to)
    elif key.startswith(_QUESTIONS):
        found = cited_question(key.removeprefix(_QUESTIONS), to)[2]
    else:
        found = thing_signposts(read_view(layout.site, key), to)
    other = next(one for one in signposts.FORMATS.values() if one is not form)
    address = layout.urls.plain(f"/linkset/{key}.{other.extension}")
    return data(found.written(form), form, [(address, "alternate", other.media_type)])


def _holds_data(name: str) -> bool:
    return not name.startswith(DESCRIPTION)


def dataset_signposts(site: Site, to: str) -> Signposts:
    """Return the signposts of the data set; ``to`` stands before its addresses."""
    urls = Urls(public=to)
    files = [(name, str(about.get("type", ""))) for name, about in site.downloads.items() if _holds_data(name)]
    return Signposts(
        site.dataset_iri,
        [urls.site("/download", language=one) for one in LANGUAGES],
        ["Dataset"],
        signposts.authors(site, whole=True),
        signposts.licences(site),
        [
            *((urls.plain(f"/dataset.{form.extension}"), form.media_type) for form in formats.GRAPHS),
            *((urls.cite("dataset", form.extension), form.media_type) for form in CITATIONS),
        ],
        [(urls.plain(f"/download/{name}"), kind) for name, kind in files],
        urls.plain("/linkset/dataset"),
    )


def ontology_signposts(site: Site, to: str) -> Signposts:
    """Return the signposts of the ontology; ``to`` stands before its addresses."""
    urls = Urls(public=to)
    files = [(urls.plain(f"/ontology.{form.extension}"), form.media_type) for form in formats.GRAPHS]
    return Signposts(
        VOCABULARY + "ontology",
        [urls.site("/ontology", language=one) for one in LANGUAGES],
        ["DefinedTermSet"],
        signposts.authors(site, whole=True),
        signposts.licences(site),
        files[:1],
        files,
        urls.plain("/linkset/ontology"),
    )
