"""The map of the site: every address, who answers it, and the methods by which it may be asked.

An address stands in one of two tables. PAGES are answered by Flask, in threads: plain functions, whose rules are
werkzeug's, each at every language's prefix, too. ANSWERS are asynchronous, for what streams or must not wait for a
thread; each names its one path, or with ``below`` all paths below it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from cityrights.indexes.facets import LISTS
from cityrights_web import memento
from cityrights_web.site import Site
from cityrights_web.urls import DEFAULT_LANGUAGE, LANGUAGES, split_language
from cityrights_web.views import (
    about,
    ask,
    changes,
    citing,
    compare,
    conformance,
    connections,
    coverage,
    dataset,
    difference,
    home,
    identity,
    lists,
    ontology,
    openapi,
    queries_page,
    reconcile,
    search,
    service,
    stories,
    workbench,
)
from cityrights_web.views import sparql as sparql_page
from cityrights_web.views.dataset import download
from cityrights_web.views.resource import FORMATS as CITED
from cityrights_web.views.resource import page as resource
from sparqlgate.app import Answer as GateAnswer
from sparqlgate.app import counted_graph, sparql
from sparqlgate.http import formats
from sparqlgate.http.requests import Request, Send

Answer: TypeAlias = Callable[[Site, Request, Send], Coroutine[Any, Any, None]]

READ: Final = "GET, HEAD, OPTIONS"
READ_OR_SEND: Final = "GET, HEAD, POST, OPTIONS"


@dataclass(frozen=True, slots=True)
class Route:
    """An address that is answered asynchronously.

    ``own_words``: it refuses other methods itself. ``gate`` is how the gate answers, where that does and not the site.
    """

    path: str
    answer: Answer | None
    methods: str = READ
    below: bool = False
    own_words: bool = False
    gate: GateAnswer | None = None


class Page(NamedTuple):
    """An address that Flask answers."""

    rule: str
    view: Callable[..., Any]
    methods: str = READ


_PREFIXES: Final = ("", *(f"/{language}" for language in LANGUAGES if language != DEFAULT_LANGUAGE))


ANSWERS: Final = (
    Route("/sparql", None, READ_OR_SEND, own_words=True, gate=sparql),
    Route("/sparql/", None, READ_OR_SEND, own_words=True, gate=sparql),
    *(Route(f"{prefix}/sparql", service.to_sparql) for prefix in _PREFIXES if prefix),
    *(Route(f"{prefix}/build", service.to_ask) for prefix in _PREFIXES),
    Route("/sparql/evidence", sparql_page.evidence, READ_OR_SEND, own_words=True),
    Route("/sparql/embed", sparql_page.embed, own_words=True),
    Route("/graph", None, own_words=True, gate=counted_graph),
    Route("/download/", download, below=True),
    Route(memento.TIMEGATE, memento.timegate, below=True),
    Route(memento.TIMEMAP, memento.timemap, below=True),
    Route("/static/", service.static_file, below=True),
    *(Route(f"/{name}", service.icon) for name in service.ICONS),
    Route("/health", service.health),
    Route("/metrics", service.show_metrics),
    Route("/changes/ldes", changes.event_stream),
    Route("/changes/ldes/", changes.event_stream, below=True),
    *(Route(f"{prefix}/changes/", difference.answer, below=True) for prefix in _PREFIXES),
    *(Route(f"{prefix}/conformance", conformance.answer) for prefix in _PREFIXES),
    *(Route(f"{prefix}/conformance.json", conformance.answer) for prefix in _PREFIXES),
)


def _any(names: Iterable[str], name: str) -> str:
    """Return the part of a rule that is one of ``names``."""
    return f"<any({','.join(names)}):{name}>"


PAGES: Final = (
    Page("/", home.home),
    Page("/things", home.things),
    Page("/map.geojson", home.points),
    Page(f"/{_any(LISTS, 'name')}", lists.show_list),
    Page(f"/{_any(LISTS, 'name')}.{_any(lists.EXTENSIONS, 'extension')}", lists.list_data),
    Page("/id/<path:key>", identity.identify),
    Page("/page/<path:key>", resource.page),
    Page("/sources/<slug>", resource.source),
    Page("/why", resource.why),
    Page("/why.json", resource.why_data),
    Page("/rules/<name>", resource.rule),
    Page("/data/<path:name>", identity.describe_data),
    Page("/cite/<path:name>", citing.citation),
    Page("/linkset/<path:name>", citing.linkset),
    Page("/neighbourhood/<path:name>", resource.neighbourhood),
    Page(f"/by/{_any(search.AUTHORITIES, 'authority')}/<value>", search.by_identifier),
    Page("/search", search.search),
    Page("/learn", search.learn_from),
    Page("/search.json", search.search_data),
    Page("/suggest", search.suggest),
    Page("/reconcile", reconcile.service, READ_OR_SEND),
    Page("/reconcile/suggest/<any(entity,type,property):what>", reconcile.complete),
    Page("/reconcile/extend/propose", reconcile.propose),
    Page("/reconcile/view", reconcile.view),
    Page("/reconcile/preview", reconcile.preview),
    Page("/ask", ask.ask_page),
    Page("/connections", connections.connections),
    Page(f"/connections.{_any(connections.FORMATS, 'extension')}", connections.connections_data),
    Page("/connections/<path:rest>", connections.some_connections),
    Page("/compare", compare.compare_page),
    Page("/compare.<any(json,csv):extension>", compare.compare_data),
    Page("/coverage", coverage.coverage_page),
    Page("/coverage.<any(json,csv):extension>", coverage.coverage_data),
    Page("/changes", changes.changes_page),
    Page(f"/changes.{_any(changes.FORMATS, 'extension')}", changes.changes_feed),
    Page("/version", changes.versions_page),
    Page("/queries", queries_page.queries),
    Page("/queries.json", queries_page.queries_records),
    Page("/queries.ttl", queries_page.queries_rdf),
    Page("/queries/<key>", queries_page.one),
    Page(f"/queries/<name>/cite.{_any(CITED, 'extension')}", citing.query_citation),
    Page("/stories", stories.stories),
    Page("/stories/<name>", stories.story),
    Page("/sparql/vocabulary.json", workbench.terms),
    Page("/sparql/why", workbench.why),
    Page("/sparql/why.json", workbench.why_data),
    Page("/ontology", ontology.ontology),
    Page("/ontology.<extension>", ontology.ontology_data),
    Page("/ontology/diagram.svg", ontology.diagram),
    Page("/ontology/context.jsonld", dataset.context),
    Page("/ontology/shapes", dataset.all_shapes),
    Page(f"/ontology/shapes.{_any(formats.BY_EXTENSION, 'extension')}", dataset.all_shapes_data),
    Page("/ontology/alignments/<name>", ontology.alignment),
    Page(f"/ontology/alignments/<name>.{_any(formats.BY_EXTENSION, 'extension')}", ontology.alignment_data),
    Page("/ontology/<version>", ontology.versioned),
    Page("/shapes", dataset.shapes),
    Page("/shapes/<name>", dataset.shape),
    Page(f"/shapes/<name>.{_any(formats.BY_EXTENSION, 'extension')}", dataset.shape_data),
    Page("/shapes/examples/<name>.ttl", dataset.shapes_example),
    Page("/dataset", dataset.dataset),
    Page("/dataset.<extension>", dataset.dataset_data),
    Page("/dataset/<name>", dataset.dataset_part),
    Page("/.well-known/void", dataset.well_known),
    Page("/void", dataset.well_known),
    Page("/void.<extension>", dataset.void),
    Page("/void/<path:name>", dataset.partition),
    Page("/graph/<path:name>", dataset.named_graph),
    Page("/download", dataset.downloads),
    Page("/releases", about.releases),
    Page("/about", about.about),
    Page("/asking", about.asking),
    Page("/accessibility", about.accessibility),
    Page("/privacy", about.privacy),
    Page("/corrections", about.corrections),
    Page("/api", openapi.api),
    Page("/openapi.json", openapi.openapi),
    Page("/robots.txt", service.robots),
    Page("/sitemap.xml", service.sitemap),
    Page("/sitemap-<int(max=100000):number>.xml", service.sitemap_part),
)

#: The asynchronous routes of one path each.
BY_PATH: Final[Mapping[str, Route]] = {route.path: route for route in ANSWERS if not route.below}
_BELOW: Final = tuple(route for route in ANSWERS if route.below)
_SENT_TO: Final = {page.rule: page.methods for page in PAGES if page.methods != READ}


def route_of(path: str) -> Route | None:
    """Return the asynchronous route of a path; None where Flask answers it."""
    return BY_PATH.get(path) or next((route for route in _BELOW if path.startswith(route.path)), None)


def methods_of(path: str) -> str:
    """Return the methods by which a page may be asked."""
    return _SENT_TO.get(split_language(path)[1], READ)
