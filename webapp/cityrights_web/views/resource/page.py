"""/page/…, /sources/…: one thing; /neighbourhood/…: drawn; /why, /rules/…: who says so, and how."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import flask
import orjson
from markupsafe import Markup

from cityrights.errors import UnknownThing
from cityrights.library.names import Names
from cityrights.library.pages import ask, shown
from cityrights.library.queries import with_prefixes
from cityrights.pipeline.derive import Rule, Triple
from cityrights.resources.description import describe
from cityrights.resources.model import Description, Link
from cityrights.terms import Iri
from cityrights.translations import CATALOGUE as ENGINE_WORDS
from cityrights.vocabulary import CR, GRAPH_DERIVED, OWL, PREFIXES, SKOS
from cityrights.why import NotStated, Told, Unfolding, record, statement_of, ties, written
from cityrights_web import structured
from cityrights_web.layout import LIST_OF, Layout
from cityrights_web.responses import (
    current_layout,
    current_site,
    data,
    dated,
    html,
    json_answer,
    licences,
    missing,
    once,
    once_in_each_language,
    page_number,
    refused,
)
from cityrights_web.results import GEOJSON
from cityrights_web.results.pictures import network_json
from cityrights_web.signposts import Signposts
from cityrights_web.site import Site
from cityrights_web.urls import is_linkable, kind_of, local_path, thing_iri
from cityrights_web.views.difference import last_change, modified, standing_now
from cityrights_web.views.identity import alternates, identify, prefers_data, signposts_of, unknown, way_from
from cityrights_web.views.resource import FORMATS, View, cited_thing, exact_first, rank, repeats, territory
from cityrights_web.views.resource.kinds import page_of
from cityrights_web.views.resource.practice import Contact, contacts, when
from cityrights_web.views.stories import telling_of
from sparqlgate.http import formats
from sparqlgate.http.problems import Problem, not_found

_SAME = (SKOS + "exactMatch", OWL + "sameAs")
_SITES = {
    "www.wikidata.org": "Wikidata", "sws.geonames.org": "GeoNames", "www.geonames.org": "GeoNames",
    "publications.europa.eu": "EU Publications Office", "metadata.un.org": "United Nations", "unstats.un.org": "UN M49",
}  # fmt: skip
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Outside:
    """The same thing elsewhere: the name of the site, the identifier there, its address."""

    site: str
    identifier: str
    address: str


def named_links(found: Description) -> list[Outside]:
    """Return where else the thing is described, by the names of the sites."""
    links = []
    for address in sorted({item.value.value for name in _SAME for item in found.values(name)}):
        if is_linkable(address) and local_path(address) is None:
            parts = urlsplit(address)
            identifier = parts.fragment or parts.path.rstrip("/").rpartition("/")[2]
            links.append(Outside(_SITES.get(parts.netloc, parts.netloc), identifier, address))
    return links


def crumbs(view: View) -> list[tuple[str, str]]:
    """Return name and address of each step to the page; the last is the list that the thing stands in."""
    layout = view.layout
    steps = [(layout.name, layout.urls.site("/"))]
    if view.kind in LIST_OF:
        _, word, address = layout.entry(LIST_OF[view.kind])
        steps.append((word, address))
    return steps


def meta_description(found: Description) -> str:
    """Return the summary in at most 160 characters, cut between words; without one, the name and what it is."""
    kinds = ", ".join(link.label.value for link in found.types[:1])
    text = found.summary.value if found.summary else f"{found.label.value} – {kinds}" if kinds else found.label.value
    text = " ".join(text.split())
    if len(text) <= _LONGEST:
        return text
    return text[: _LONGEST - 1].rpartition(" ")[0].rstrip(" ,;:–") + "…"


def json_ld(view: View, more: dict[str, object]) -> Markup:
    """Return the page's data block: the thing, and the way to it."""
    layout, found = view.layout, view.d
    page = layout.absolute(layout.urls.page(view.key))
    same = [link.address for link in named_links(found)]
    same += [item.value.value for item in found.values(PREFIXES["schema"] + "url") if is_linkable(item.value.value)]
    steps = [(name, layout.absolute(address)) for name, address in crumbs(view)]
    return structured.block(
        structured.thing(
            found.iri.value,
            page,
            found.label.value,
            description=found.summary.value if found.summary else "",
            same_as=same,
            more=more,
        ),
        structured.breadcrumbs([*steps, (found.label.value, page)]),
    )


#: Most neighbours that are drawn; more would tell less.
MOST = 40

#: Properties that say how a thing is recorded, or that only repeat what another says.
_NOT_DRAWN = frozenset(
    {"about", "aspect", "modality", "passage", "heading", "status", "country", "untranslated", "closeTo", "describedIn"}
)
_NOT_KINDS = frozenset(
    {"claim", "decision", "passage", "modality", "aspect", "status", "population", "reference", "section"}
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A thing beside the one described, and the property that joins the two; ``outgoing`` says in which direction."""

    thing: Link
    kind: str
    by: Link
    outgoing: bool


def neighbours(found: Description) -> list[Neighbour]:
    """Return up to MOST neighbours, each once, the most telling kind first."""
    held: dict[str, Neighbour] = {}
    for one in _every(found):
        held.setdefault(one.thing.iri.value, one)
    ordered = sorted(held.values(), key=lambda one: (rank(one.kind), one.thing.label.value.casefold()))
    return ordered[:MOST]


def _every(found: Description) -> Iterator[Neighbour]:
    for statement in found.statements:
        predicate = statement.predicate.iri
        if isinstance(statement.value, Iri) and statement.label is not None and _drawn(predicate):
            kind = _kind(statement.value)
            if kind and statement.value != found.iri and not repeats(statement):
                yield Neighbour(Link(statement.value, statement.label), kind, statement.predicate, outgoing=True)
    for item in exact_first(found.incoming):
        if _drawn(item.predicate.iri):
            for card in item.cards:
                kind = _kind(card.thing.iri)
                if kind and card.settled:
                    yield Neighbour(card.thing, kind, item.predicate, outgoing=False)


def _drawn(predicate: Iri) -> bool:
    ours = predicate.value.startswith(CR) and predicate.local_name not in _NOT_DRAWN
    return ours or predicate.value in (SKOS + "broader", SKOS + "related")


def _kind(thing: Iri) -> str:
    kind = kind_of(thing.value)
    return "" if kind in _NOT_KINDS else kind


def drawing(layout: Layout, found: Description) -> dict[str, object]:
    """Return the network as JSON: the centre, its neighbours, and what joins them."""
    beside, here = neighbours(found), found.iri.value

    def ends(one: Neighbour) -> tuple[str, str]:
        return (here, one.thing.iri.value) if one.outgoing else (one.thing.iri.value, here)

    things = [Link(found.iri, found.label), *(one.thing for one in beside)]
    return network_json(layout, here, things, [(ends(one), one.by.label.value) for one in beside])


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
    view = read_view(site, key)
    if extension == "geojson":
        return data(orjson.dumps(territory.geojson(view)), GEOJSON)
    return data(orjson.dumps(drawing(view.layout, view.d)), formats.JSON)


def read_view(site: Site, key: str) -> View:
    """Read the thing. Raises the 404 for what the graph does not know, a 400 for what cannot be turned."""
    number, only = page_number(), flask.request.args.get("by")
    layout = replace(current_layout(), site=site, preferred=f"/page/{key}")
    predicate = CR + only if only else None
    found = describe(
        site.engine,
        site.vocabulary,
        thing_iri(key),
        layout.language,
        page=number,
        only=predicate,
        counts=site.indexes.pointers,
        known=site.held,
    )
    if found is None:
        raise unknown(thing_iri(key))
    names = {item.predicate.iri.local_name for item in found.incoming}
    if only is not None and only not in names:
        raise refused(layout.words.faults.pointing.format(known=", ".join(sorted(names))))
    return View(layout, found, key, number, only)


def _page(site: Site, key: str, wanted: str | None = None) -> flask.Response:
    view = read_view(site, key)
    layout, found = view.layout, view.d
    if wanted is not None and not found.is_a(wanted):
        raise unknown(found.iri.value)
    kind = page_of(found)
    first, made = kind.prepare(view), cited_thing(view)
    context = {
        "v": view,
        "d": found,
        "key": key,
        "kind": view.kind,
        "standing": view.standing,
        "when": functools.partial(when, language=layout.language),
        "beside": neighbours(found),
        "outside": named_links(found),
        "crumbs": crumbs(view),
        "structured": json_ld(view, kind.schema(view)),
        "summary": meta_description(found),
        "citations": [
            (extension, form.name, write(made), layout.urls.cite(key, extension))
            for extension, (form, write) in FORMATS.items()
        ],
        "contacts": _contacts(found, once_in_each_language(contacts)),
        "query": shown("thing_statements", {"thing": found.iri}),
        "changed": last_change(layout, key),
        "restricted": layout.restricted(line.claim for line in found.claims),
        "now": standing_now(layout, key),
        "stories": telling_of(layout, found.iri.value),
        **first,
    }
    links = [
        (layout.address, "canonical", ""),
        (found.iri.value, "describes", ""),
        *alternates(layout.urls, key),
        *thing_signposts(view, layout.urls.public).at_page,
        *licences(),
    ]
    return dated(html(layout.render(kind.TEMPLATE, **context), links), modified(site, key))


def _contacts(found: Description, known: Mapping[str, tuple[Contact, ...]]) -> list[Contact]:
    """Return the contacts of the thing itself and of the documents that speak of it, each once."""
    documents = sorted({line.claim.source.iri.value for line in found.claims})
    chosen: dict[tuple[str, str], Contact] = {}
    for one in (one for of in dict.fromkeys((found.iri.value, *documents)) for one in known.get(of, ())):
        chosen.setdefault((one.who.iri.value, one.email), one)
    return list(chosen.values())


def thing_signposts(view: View, to: str) -> Signposts:
    """Return the signposts of a thing; ``to`` stands before its addresses."""
    types = page_of(view.d).schema(view).get("@type", "Thing")
    return signposts_of(view.layout.site, view.key, to, types if isinstance(types, list) else [str(types)])


#: The names of a statement's parts in an address.
_PARTS = ("s", "p", "o")
#: So many characters of each are read.
_LONGEST_NAME = 2_000
#: The media type of a query (SPARQL 1.1 Query Language, section 21).
SPARQL_QUERY = "application/sparql-query"
#: Statements of a rule that its page shows.
_SHOWN = 12


class Reasons:
    """Says why the graph of a site says something."""

    def __init__(self, site: Site) -> None:
        self._site, self._names = site, Names(site.engine)
        self._unfolding = Unfolding(site.engine, site.vocabulary, ties(lambda: site.indexes.proximity))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules by which something was derived, in their order."""
        return self._unfolding.rules

    def statement(self, asked: Mapping[str, str]) -> Triple:
        """Return the statement that is meant. Raises UnknownThing."""
        subject, predicate, value = (asked[name] for name in _PARTS)
        return statement_of(self._site.engine, self._site.vocabulary, subject, predicate, value, self._names)

    def told(self, triple: Triple, language: str) -> Told:
        """Tell why. Raises NotStated, and QueryError as the engine does."""
        return self._unfolding(triple, language)

    def unknown(self, name: str, language: str) -> str:
        """Say in a language of the site that the graph does not know a name, and what may have been meant."""
        words, near = ENGINE_WORDS[language].parameters, self._names.near(name)
        told = words.nothing.format(value=name)
        return f"{told} {words.near.format(near=', '.join(near))}" if near else told


@dataclass(frozen=True, slots=True)
class Said:
    """A statement, and the words for it."""

    triple: Triple
    words: str


def why() -> flask.Response:
    """Answer at /why: who answers for a statement, and what a rule made it from; without one, the form."""
    layout, reasons, asked = _asked_why()
    context: dict[str, object] = {"asked": asked, "found": None, "problem": "", "near": (), "rules": ()}
    status = 200
    if not any(asked.values()):
        context["rules"] = reasons.rules
    elif not all(asked.values()):
        status, context["problem"] = 400, layout.words.why.needs
    else:
        try:
            context["found"] = reasons.told(reasons.statement(asked), layout.language)
        except UnknownThing as error:
            status, context["problem"] = 404, reasons.unknown(error.iri, layout.language)
        except NotStated as error:
            status, context["problem"] = 404, layout.words.why.not_stated
            context["near"] = [Said(triple, written(triple)) for triple in error.near]
    context["when"] = functools.partial(when, language=layout.language)
    response = html(layout.render("things/why.html", **context), licences())
    response.status_code = status
    return response


def why_data() -> flask.Response:
    """Answer the same as data."""
    layout, reasons, asked = _asked_why()
    if not all(asked.values()):
        raise refused(layout.words.why.needs)
    try:
        found = reasons.told(reasons.statement(asked), layout.language)
    except UnknownThing as error:
        raise missing(reasons.unknown(error.iri, layout.language)) from error
    except NotStated as error:
        raise missing(layout.words.why.not_stated, said=[written(triple) for triple in error.near]) from error
    return json_answer(record(found), layout.urls.why(found.triple))


def _asked_why() -> tuple[Layout, Reasons, dict[str, str]]:
    asked = {name: flask.request.args.get(name, "").strip()[:_LONGEST_NAME] for name in _PARTS}
    layout = replace(current_layout(), query={name: text for name, text in asked.items() if text})
    return layout, once(Reasons), asked


def rule(name: str) -> flask.Response:
    """Answer at /rules/…: what a rule does, its query, and some of what it derived."""
    layout, rules = current_layout(), {each.name: each for each in once(Reasons).rules}
    if name not in rules:
        raise unknown(f"{GRAPH_DERIVED}{name}")
    found = rules[name]
    graph = {"g": Iri(found.graph)}
    some = [(row["s"], row["p"], row["o"]) for row in ask(layout.site.engine, "rule_made", graph, limit=_SHOWN)]
    made = [Said((s, p, o), written((s, p, o))) for s, p, o in some if isinstance(s, Iri) and isinstance(p, Iri)]
    count = ask(layout.site.engine, "graph_count", graph)
    body = layout.render(
        "things/rule.html",
        rule=found,
        query=with_prefixes(found.text),
        made=made,
        count=int(str(count[0]["n"])),
    )
    return html(body, [(found.graph, "describes", ""), (found.source, "alternate", SPARQL_QUERY), *licences()])
