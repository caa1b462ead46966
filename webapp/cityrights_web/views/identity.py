"""/id/… and /data/…: 303 to the page or the data of a resource (Cool URIs, §4.2), to what is meant, and near names."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

import flask

from cityrights.errors import CityrightsError, QueryUnwritable
from cityrights.library.names import Names, nearest, renamed
from cityrights.library.pages import ask
from cityrights.resources.document import About, document
from cityrights.resources.labels import gather_labels
from cityrights.terms import Iri
from cityrights.vocabulary import BASE, GRAPH, KINDS, expand, iri_of, path_of
from cityrights_web import signposts
from cityrights_web.layout import FOOT, LESSER, LIST_OF, NAVIGATION, Layout
from cityrights_web.responses import (
    current_site,
    data,
    dated,
    language,
    once,
    page_number,
    see_other,
    spoken,
    spoken_urls,
)
from cityrights_web.signposts import Signposts
from cityrights_web.site import Site
from cityrights_web.urls import DEFAULT_LANGUAGE, LANGUAGES, Urls, thing_iri, thing_key
from cityrights_web.views.difference import lost, modified
from cityrights_web.views.resource import CITATIONS
from cityrights_web.words import CATALOGUE
from sparqlgate.http import formats
from sparqlgate.http.answers import unwritable
from sparqlgate.http.formats import Format
from sparqlgate.http.negotiation import choose, profiles, ranked
from sparqlgate.http.problems import NOWHERE, Problem, bad_request, not_acceptable, not_found
from sparqlgate.http.requests import encode_path
from sparqlgate.http.responses import CORS

#: Kind that no list holds → the list that it is a facet of; and what else a page is called.
_OTHERS: Final = {
    "target-group": "practices", "pillar": "practices", "section": "practices", "status": "practices",
    "measure": "cities",
    "modality": "sources", "country": "cities", "region": "cities", "department": "cities", "island": "cities",
    "government": "cities", "population": "cities", "kind": "institutions", "network": "organisations",
    "association": "organisations", "partnership": "organisations", "connection": "connections",
    "query": "queries", "question": "queries",
}  # fmt: skip
#: What may stand before the name of a list or kind.
_BEFORE: Final = frozenset({"id", "page", "data", DEFAULT_LANGUAGE})
_LONGEST: Final = 40
_NEAR_LISTS_SHOWN: Final = 3
#: How alike two names must be.
_ALIKE: Final = 0.7


def near_lists(site: Site, path: str, language: str) -> list[tuple[str, str]]:
    """Return word and address of the lists and pages that the site path ``path`` may mean; nothing for a thing's."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == [DEFAULT_LANGUAGE]:
        language = DEFAULT_LANGUAGE  # English has no prefix; who writes one wants English
    asked = [part for place, part in enumerate(parts) if part not in _BEFORE or place > 1]
    if len(asked) != 1:
        return []
    word = _plain(asked[0].partition(".")[0])[:_LONGEST]
    layout = Layout(site, language, None)
    known = _known()
    names = dict.fromkeys(known[one] for one in nearest(word, known, _NEAR_LISTS_SHOWN, _ALIKE))
    if word in known:
        names = {known[word]: None}
    entries = [*layout.navigation(), *(layout.entry(name) for name in LESSER), *layout.footer()]
    told = {name: (label, address) for name, label, address in entries}
    return [told[name] for name in names]


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    """Return what lists and pages are called, in addresses and in words → their names in addresses."""
    known: dict[str, str] = {**_OTHERS, **LIST_OF}
    known |= {f"{kind}s": name for kind, name in known.items()}
    for words in CATALOGUE.values():
        layout = {name: str(getattr(words, f"nav_{name}")) for name in (*NAVIGATION, *LESSER) if name != "connections"}
        known |= {_plain(word): name for name, word in layout.items()}
    return known | {name: name for name in (*NAVIGATION, *LESSER, *FOOT)}


def _plain(word: str) -> str:
    """Return a word in small letters without accents, its parts joined as in an address."""
    spelt = unicodedata.normalize("NFKD", word.casefold())
    return "-".join("".join(letter for letter in spelt if not unicodedata.combining(letter)).replace("_", " ").split())


_SHOWN: Final = 5
#: Kinds whose names are numbers or as good as that: the nearest says nothing.
_NUMBERED: Final = frozenset({"claim", "decision", "passage"})


class Nearest:
    """Finds names like others in one snapshot; the names of a kind are read once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._names = Names(site.engine)

    def __call__(self, problem: Problem, path: str, language: str) -> Problem:
        """Return the problem, and with it the things, or lists, that ``path`` may have meant where it is unknown."""
        key = thing_key(str(problem.extra.get("iri", ""))) if problem.status == 404 else None
        kind, _, slug = (key or "").partition("/")
        if problem.status == 404 and (problem.detail == NOWHERE or (key and not slug)):
            return self._lists(problem, path, language)
        urls = Urls(language, self._site.settings.public_url)
        if problem.status == 404 and str(problem.extra.get("iri", "")).startswith(GRAPH):
            return self._graphs(problem, urls)
        if kind in _NUMBERED or not slug:
            return problem
        try:
            near = self._things(kind, slug)
        except CityrightsError:
            return problem  # the 404 is the answer; a hint is not worth another error
        if not near:
            return problem
        things = [Iri(iri_of(one)) for one in near]
        labels = self._labels(things, language)
        extra: Mapping[str, object] = {
            **problem.extra,
            "near": [
                {"iri": iri.value, "label": labels.get(iri.value, ""), "page": urls.page(one)}
                for one, iri in zip(near, things, strict=True)
            ],
        }
        return replace(problem, extra=extra)

    def _things(self, kind: str, slug: str) -> list[str]:
        """Return the keys of things of a kind with names like one, of any kind where that is none."""
        if kind.casefold() not in KINDS:
            return [path_of(expand(one)) for one in self._names.near(slug)]
        kind = kind.casefold()
        slugs = self._names.slugs(kind)
        near = nearest(slug, slugs, _SHOWN) or nearest(slug.casefold(), slugs, _SHOWN)
        if not near:
            parts = set(slug.split("-"))
            near = [one for one in slugs if slug in one.split("-") or one in parts][:_SHOWN]
        return [f"{kind}/{one}" for one in near]

    def _graphs(self, problem: Problem, urls: Urls) -> Problem:
        """Return the problem with the named graphs that may be meant; those of claims are found by their things."""
        known = {iri.removeprefix(GRAPH): iri for iri in self._site.vocabulary.graphs if iri.startswith(GRAPH)}
        near = [
            {"iri": known[name], "label": name, "page": urls.site(f"/graph/{name}")}
            for name in nearest(str(problem.extra["iri"]).removeprefix(GRAPH), known, _SHOWN)
        ]
        return replace(problem, extra={**problem.extra, "near": near}) if near else problem

    def _lists(self, problem: Problem, path: str, language: str) -> Problem:
        found = near_lists(self._site, path, language)
        if not found:
            return problem
        near = [{"label": label, "page": address} for label, address in found]
        return replace(problem, extra={**problem.extra, "near": near})

    def _labels(self, things: Sequence[Iri], language: str) -> dict[str, str]:
        """Return the name of each thing that has one."""
        try:
            named = gather_labels(ask(self._site.engine, "thing_name", among=("thing", things)), "thing", "label")
        except CityrightsError:
            return {}  # their addresses tell as much
        vocabulary = self._site.vocabulary
        return {iri: vocabulary.label(iri, language, labels).value for iri, labels in named.items()}


#: What is written for the extensions of our formats.
MEANT: Final = {"json": "jsonld", "xml": "rdf", "owl": "rdf", "n3": "ttl", "turtle": "ttl"}
_PAGE: Final = ("html", "htm")
#: Kind → the list that has the things of this kind and no others.
_OWN_LISTS: Final = {
    kind: name for kind, name in LIST_OF.items() if kind not in ("claim", "decision", "passage", "holding")
}
_LIST_DATA: Final = (formats.TURTLE, formats.JSONLD, formats.JSON, formats.RESULTS_CSV)


def meant_by(extension: str) -> Format | None:
    """Return the format of RDF that an extension means: ours, or another that is written for it."""
    return formats.BY_EXTENSION.get(MEANT.get(extension, extension))


def way_from(site: Site, key: str, *, to_data: bool = False) -> flask.Response | None:
    """Return the way to what is meant by an address of a thing that is none; None where that cannot be told.

    The name of a kind means the list of its things, and one with an extension the page or the data of the thing.
    ``to_data``: who asks wants data and no page.
    """
    asked = flask.request
    named = asked.path.startswith("/id/")  # which has no language; that of a page is in its path
    urls = Urls(spoken() if named else language(), site.settings.public_url)
    stem, _, extension = key.rpartition(".")
    name = _OWN_LISTS.get(key if key in _OWN_LISTS else stem)
    if name is not None and Layout(site).has_subject:
        offers = _LIST_DATA if to_data else (formats.HTML, *_LIST_DATA)
        wanted = meant_by(extension) or next((form for form in _LIST_DATA if form.extension == extension), None)
        chosen = wanted if stem else choose(asked.headers.get("Accept"), offers) or offers[0]
        if extension in _PAGE or chosen is formats.HTML:
            return see_other(urls.site(f"/{name}"))
        return see_other(urls.site(f"/{name}.{chosen.extension}")) if chosen in _LIST_DATA else None
    if to_data and _is_known(site, key):
        chosen = choose(asked.headers.get("Accept"), formats.GRAPHS) or formats.TURTLE
        return see_other(_data_address(urls, key, chosen), alternates(urls, key))
    form = meant_by(extension)
    if not stem or (form is None and extension not in _PAGE) or not _is_known(site, stem):
        return None
    if form is None:
        return see_other(urls.page(stem))
    return see_other(urls.data(stem, form.extension), alternates(urls, stem), vary="")


def now_named() -> flask.Response | None:
    """Return the way to the same address of a thing under the name that it has now; None where it kept its name.

    It is a 308 (RFC 9110 §15.4.9): links and bookmarks are to be changed.
    """
    asked, site = flask.request, current_site()
    for name in (asked.view_args or {}).values():
        stem, dot, extension = str(name).rpartition(".")
        for key, rest in ((str(name), ""), (stem, dot + extension)):
            now = thing_key(once(_renamed).get(thing_iri(key), "")) if "/" in key else None
            if now is not None:
                way = asked.path.removesuffix(str(name)) + now + rest
                language = asked.script_root.strip("/") or DEFAULT_LANGUAGE
                query = f"?{asked.query_string.decode()}" if asked.query_string else ""
                address = Urls(language, site.settings.public_url).site(way) + query
                return flask.Response("", 308, [("Location", address), *CORS])
    return None


def _renamed(site: Site) -> dict[str, str]:
    return renamed(site.engine)


def prefers_data(path: str, accept: str | None) -> bool:
    """Say whether a client that asks for the page of a thing would rather have its data: it reads RDF, and no HTML."""
    return path.startswith("/page/") and choose(accept, _OFFERS) not in (None, formats.HTML)


#: A name also leads to how it is cited, for who asks for that alone (https://citation.doi.org/docs.html).
_OFFERS: Final = (formats.HTML, *formats.GRAPHS, *CITATIONS)


def _is_known(site: Site, key: str) -> bool:
    return bool(ask(site.engine, "exists", {"thing": Iri(thing_iri(key))}))


def dereferenced(key: str) -> flask.Response | None:
    """Return the way to a thing of other people's data by its own address, below the base that is answered for."""
    site = current_site()
    return identify(key) if site.settings.base and key and _is_known(site, key) else None


def identify(key: str) -> flask.Response:
    site = current_site()
    iri = thing_iri(key)
    if not _is_known(site, key):
        way = way_from(site, key)
        if way is None:
            raise unknown(iri)
        return way
    headers, named = flask.request.headers, flask.request.args.get("format", "")
    if named:  # as at the endpoint, for who cannot send Accept
        return _by_format(spoken_urls(), key, named)
    liked = ranked(headers.get("Accept"), _OFFERS)
    chosen = next((form for form in liked if _carries(site, iri, form)), None)
    urls = spoken_urls()
    if chosen is None:
        raise not_acceptable([f"{formats.HTML.media_type} ({urls.page(key)})", *_data_at(site, urls, key)])
    there = signposts_of(site, key, urls.public)
    if chosen in CITATIONS:
        target = urls.cite(key, chosen.extension)
    else:
        target = urls.page(key) if chosen is formats.HTML else _data_address(urls, key, chosen)
    about = [(address, "describedby", kind) for address, kind in there.described]
    return dated(see_other(target, [*alternates(urls, key), *there.of_all, *about]), modified(site, key))


def _by_format(urls: Urls, key: str, named: str) -> flask.Response:
    """Return the way to the document of a thing in a format that the address names, or to its page."""
    form = meant_by(named)
    if form is None and named not in _PAGE:
        raise bad_request(f"'format' may be {', '.join((*formats.BY_EXTENSION, *_PAGE[:1]))}.")
    return see_other(urls.page(key) if form is None else urls.data(key, form.extension), alternates(urls, key))


def signposts_of(site: Site, key: str, to: str, types: Sequence[str] = ()) -> Signposts:
    """Return the signposts of a thing that is of these types (schema.org); ``to`` stands before its addresses."""
    urls = Urls(public=to)
    files = [(urls.data(key, form.extension), form.media_type) for form in formats.GRAPHS]
    return Signposts(
        thing_iri(key),
        [urls.page(key, language=one) for one in LANGUAGES],
        types,
        signposts.authors(site),
        signposts.licences(site),
        [*files[:1], *((urls.cite(key, form.extension), form.media_type) for form in CITATIONS)],
        files,
        urls.plain(encode_path(f"/linkset/{key}")),
    )


#: JSON-LD as a tree (JSON-LD 1.1 Framing §4.2), and what that is called in an address.
FRAMED: Final = "http://www.w3.org/ns/json-ld#framed"
_FRAMED_NAME: Final = "framed"


def _data_address(urls: Urls, key: str, chosen: Format) -> str:
    """Return where the data are in the format and, of JSON-LD, in the form that the client likes best."""
    framed = chosen is formats.JSONLD and FRAMED in profiles(flask.request.headers.get("Accept"), chosen)
    return urls.data(key, chosen.extension, {"profile": _FRAMED_NAME} if framed else {})


def describe_data(name: str) -> flask.Response:
    site = current_site()
    key, _, extension = name.rpartition(".")
    form = formats.BY_EXTENSION.get(extension)
    try:
        if form is not None and key:
            return _document(site, key, form)
        if key and (meant_by(extension) or extension in _PAGE):
            raise unknown(thing_iri(key))
        raise not_found(
            "Data addresses end in the extension of a format.",
            available=[f".{extension} ({form.name})" for extension, form in formats.BY_EXTENSION.items()],
        )
    except Problem as problem:
        way = way_from(site, name, to_data=True) if problem.status == 404 else None
        if way is None:
            raise
        return way


def _document(site: Site, key: str, form: Format) -> flask.Response:
    iri = thing_iri(key)
    page, evidence = page_number(), flask.request.args.get("evidence", "1")
    if evidence not in ("0", "1"):
        raise bad_request("'evidence' must be 0 (leave out who says so) or 1.")
    asked, copies = flask.request.args.get("profile"), flask.request.args.get("copies", "0")
    framed = asked in (_FRAMED_NAME, FRAMED)
    if asked and not framed:
        raise bad_request(f"'profile' may be {_FRAMED_NAME} ({FRAMED}); without it the document is flat.")
    if asked and form is not formats.JSONLD:
        raise bad_request("'profile' is for JSON-LD: ask for the address that ends in .jsonld.")
    if copies not in ("0", "1"):
        raise bad_request("'copies' must be 0 (leave out what wider properties and classes say again) or 1.")
    urls, changed = Urls(public=site.settings.public_url), modified(site, key)
    try:
        found = document(
            site.engine,
            iri,
            form.media_type,
            page=page,
            evidence=evidence == "1",
            framed=framed,
            copies=copies == "1",
            about=About(f"{BASE}data/{key}.{form.extension}", site.version, site.dataset_iri, site.licences, changed),
        )
    except QueryUnwritable as error:
        raise unwritable(error, _data_at(site, urls, key)) from error
    if found is None:
        raise unknown(iri)
    body, more = found
    signs = signposts_of(site, key, urls.public)
    links = [(iri, "describes", ""), (urls.page(key), "alternate", "text/html"), *signs.at_file]
    links += signs.at_description if form is formats.TURTLE else []
    links += [link for link in alternates(urls, key) if link[2] != form.media_type]
    kept = {} if evidence == "1" else {"evidence": "0"}
    kept |= ({"profile": _FRAMED_NAME} | ({"copies": "1"} if copies == "1" else {})) if framed else {}
    if more:
        links.append((urls.data(key, form.extension, {**kept, "page": str(page + 1)}), "next", form.media_type))
    if page > 1:
        links.append((urls.data(key, form.extension, {**kept, "page": str(page - 1)}), "prev", form.media_type))
    response = dated(data(body, form, [*links, (FRAMED, "profile", "")] if framed else links), changed)
    if framed:
        response.headers["Content-Type"] = f'{form.media_type};profile="{FRAMED}"'
    return response


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


def unknown(iri: str) -> Problem:
    """Return the 404 for an IRI that the graph does not know, or the 410 for one that an earlier version knew."""
    key = thing_key(iri)
    said = language() if flask.request.script_root else spoken()
    gone = lost(Layout(current_site(), said, None), key) if key is not None else None
    return gone or not_found(
        "The graph says nothing about this thing. It may be misspelt; addresses are never reused.", iri=iri
    )


def alternates(urls: Urls, key: str) -> list[tuple[str, str, str]]:
    """Return the data addresses of a thing as members of a Link header."""
    return [(urls.data(key, form.extension), "alternate", form.media_type) for form in formats.GRAPHS]
