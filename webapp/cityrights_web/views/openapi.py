"""/openapi.json and /api: what programs can read here (OpenAPI 3.1), made from the lists and the stored queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import flask
import orjson

from cityrights.indexes.facets import LISTS, STATUSES, Listing
from cityrights.library.queries import LONGEST, LibraryQuery, Parameter
from cityrights.resources.model import CLAIM_SCHEMA
from cityrights.versions.stream import ADDRESS as STREAM
from cityrights_web.layout import Layout
from cityrights_web.responses import current_layout, data, html
from cityrights_web.results import GEOJSON
from cityrights_web.urls import thing_key, version_path
from cityrights_web.views.changes import FORMATS as FEEDS
from cityrights_web.views.compare import MOST as MOST_PLACES
from cityrights_web.views.lists_data import SEPARATOR, schema
from cityrights_web.views.lists_facets import MOST as MOST_VALUES
from cityrights_web.views.queries_data import offers
from cityrights_web.views.queries_request import MOST_ROWS
from cityrights_web.views.resource import FORMATS as CITED
from cityrights_web.views.search import LONGEST as LONGEST_SUGGESTED
from cityrights_web.views.search import SEARCH_LONGEST as LONGEST_SEARCH
from sparqlgate.http import formats
from sparqlgate.http.formats import Format
from sparqlgate.http.negotiation import write_date

_VERSION: Final = "^[0-9a-f]{12}-[0-9a-f]{12}$"
#: A version in an address: digits of its digest, or the name of a release.
_NAMED: Final = "^([0-9a-f]{12}|[0-9a-f]{64}|[0-9]{4}[.][0-9]{1,3})$"
_PAGE: Final = {"type": "integer", "minimum": 1, "maximum": 9_999_999}
_TYPES: Final[Mapping[str, dict[str, Any]]] = {
    "iri": {"type": "string", "minLength": 1, "maxLength": LONGEST},
    "string": {"type": "string", "minLength": 1, "maxLength": LONGEST},
    "integer": {"type": "integer", "minimum": -(10**18) + 1, "maximum": 10**18 - 1},
    "year": {"type": "integer", "minimum": 0, "maximum": 9999},
    "language": {"type": "string", "pattern": "^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$"},
}
_LIST_FORMATS: Final = (formats.JSON, formats.RESULTS_CSV, formats.TURTLE, formats.JSONLD)
_PROBLEM: Final = {
    "description": "What was wrong, and what was expected (RFC 9457); as a page for who asks for one",
    "content": {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
        "text/html": {},
        "text/plain": {},
    },
}
_TEXT: Final = {"type": "string"}
_ROWS: Final = {
    "type": "object",
    "required": ["query", "question", "version", "parameters", "total", "page", "size", "columns", "rows"],
    "properties": {
        "query": _TEXT,
        "question": _TEXT,
        "version": {"type": "string", "pattern": _VERSION},
        "parameters": {"type": "object", "additionalProperties": _TEXT},
        "total": {"type": "integer"},
        "page": {"type": "integer"},
        "size": {"type": "integer"},
        "columns": {"type": "array", "items": _TEXT},
        "rows": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": ["string", "integer", "null"]}},
        },
    },
}
_PROBLEM_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
}


@dataclass(frozen=True, slots=True)
class Value:
    """One parameter of an address: its name, its JSON schema, and what it means."""

    name: str
    schema: Mapping[str, Any]
    means: str
    example: str = ""
    place: str = "query"


@dataclass(frozen=True, slots=True)
class Operation:
    """One address that programs read; ``path`` may have places to fill, ``example`` has them filled.

    ``unknown``: what a parameter names may not be there, which is a 404. ``status`` is that of an answer.
    """

    id: str
    path: str
    summary: str
    example: str
    answers: Sequence[Format]
    description: str = ""
    values: Sequence[Value] = ()
    schema: str = ""
    group: str = field(default="others")
    unknown: bool = False
    status: str = "200"


def operations(layout: Layout) -> list[Operation]:
    """Return everything that the description lists: the questions, the lists, searching."""
    if not layout.has_subject:
        return list(_any(layout))
    return [*(_question(layout, query) for query in layout.site.questions.values()), *_lists(layout), *_rest(layout)]


def document(layout: Layout) -> dict[str, Any]:
    """Return the description, for the address that was asked."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": layout.name,
            **({"summary": layout.tagline} if layout.tagline else {}),
            "version": layout.site.short,
            **_licence(layout),
        },
        "servers": [{"url": layout.absolute(layout.urls.site("/")).rstrip("/")}],
        "paths": {
            one.path: {"get": _get(one, layout.words.queries.api_values["answer"])} for one in operations(layout)
        },
        "components": {
            "schemas": {"Problem": _PROBLEM_SCHEMA, "Claim": CLAIM_SCHEMA, **(_schemas() if layout.has_subject else {})}
        },
    }


def _licence(layout: Layout) -> dict[str, Any]:
    """Return the licence of the data, of which the description has room for one; nothing where they name none."""
    for address, name in layout.licences(short=True):
        return {"license": {"name": name, **({"url": address} if address else {})}}
    return {}


def _get(one: Operation, told: str) -> dict[str, Any]:
    answers = {"400": _PROBLEM, "503": _PROBLEM} | ({"404": _PROBLEM} if "{" in one.path or one.unknown else {})
    if any(value.name == "version" for value in one.values) or one.id.startswith("time"):
        answers["410"] = _PROBLEM
    content: dict[str, Any] = {form.media_type: {} for form in one.answers}
    if one.schema:
        content["application/json"] = {"schema": {"$ref": f"#/components/schemas/{one.schema}"}}
    return {
        "operationId": one.id,
        "summary": one.summary,
        **({"description": one.description} if one.description else {}),
        "parameters": [
            {
                "name": value.name,
                "in": value.place,
                "required": value.place == "path",
                "description": value.means,
                "schema": dict(value.schema),
                **({"example": _example(value)} if value.example else {}),
            }
            for value in one.values
        ],
        "responses": {one.status: {"description": told, **({"content": content} if content else {})}, **answers},
    }


def _example(value: Value) -> str | int:
    return int(value.example) if value.schema["type"] == "integer" else value.example


def _question(layout: Layout, query: LibraryQuery) -> Operation:
    rows = [form for form in offers(query) if form.extension in ("json", "csv", "xlsx", "geojson")]
    values = [*(_parameter(layout, parameter) for parameter in query.parameters), *_paging(layout)]
    return Operation(
        f"query-{query.name}",
        f"/queries/{query.name}.{{format}}",
        query.titles[layout.language],
        layout.urls.queries(query.name, [(each.name, each.default) for each in query.parameters], "json"),
        rows,
        query.questions[layout.language],
        [_format(layout, rows), *values],
        schema="Rows",
        group="questions",
    )


def _parameter(layout: Layout, parameter: Parameter) -> Value:
    means = parameter.told(layout.language)
    if parameter.of:
        means += f" ({layout.site.vocabulary.label(parameter.of, layout.language).value})"
    return Value(parameter.name, _TYPES[parameter.type], means, parameter.default)


def _paging(layout: Layout) -> Iterator[Value]:
    means = layout.words.queries.api_values
    yield Value("page", _PAGE, means["page"], "1")
    yield Value("size", {"type": "integer", "minimum": 1, "maximum": MOST_ROWS}, means["size"], "50")
    yield Value("version", {"type": "string", "pattern": _VERSION}, means["version"])


def _format(layout: Layout, forms: Sequence[Format]) -> Value:
    names = [form.extension for form in forms]
    means = layout.words.queries.api_values["format"]
    return Value("format", {"type": "string", "enum": names}, means, names[0], "path")


def _lists(layout: Layout) -> Iterator[Operation]:
    for name, listing in LISTS.items():
        forms = [*_LIST_FORMATS, *([GEOJSON] if listing.place else [])]
        yield Operation(
            f"list-{name}",
            f"/{name}.{{format}}",
            layout.entry(name)[1],
            layout.urls.site(f"/{name}.json"),
            forms,
            layout.words.lists.data_told.format(separator=SEPARATOR),
            values=[_format(layout, forms), *_narrowing(layout, listing)],
            schema=_schema_name(listing),
        )


def _schemas() -> dict[str, Any]:
    return {"Rows": _ROWS} | {_schema_name(listing): schema(listing) for listing in LISTS.values()}


def _schema_name(listing: Listing) -> str:
    return f"List-{listing.name}"


def _narrowing(layout: Layout, listing: Listing) -> Iterator[Value]:
    means = layout.words.queries.api_values
    for facet in listing.facets:
        if facet.name != "status":
            yield Value(facet.name, {"type": "array", "items": _TEXT, "maxItems": MOST_VALUES}, means["facet"])
    known = ["all", *STATUSES, "unknown"] if listing.facet("status") else ["all"]
    yield Value("status", {"type": "string", "enum": known}, means["status"])
    sorts = [f"{sign}{name}" for name in listing.sorts for sign in ("", "-")]
    yield Value("sort", {"type": "string", "enum": sorts}, means["sort"])


def _any(layout: Layout) -> Iterator[Operation]:
    """Yield what there is whatever the data are about."""
    words, urls, means = layout.words, layout.urls, layout.words.queries.api_values
    text = Value("q", {"type": "string", "maxLength": LONGEST_SEARCH}, layout.search_label, "housing")
    yield Operation(
        "search", "/search.json", words.search.title, urls.site("/search.json", {"q": "housing"}), [formats.JSON],
        values=[text, Value("kind", _TEXT, means["kind"]), Value("page", _PAGE, means["turn"])],
    )  # fmt: skip
    short = Value("q", {"type": "string", "maxLength": LONGEST_SUGGESTED}, layout.search_label, "ams")
    yield Operation(
        "suggest", "/suggest", words.search.suggestions, urls.site("/suggest", {"q": "ams"}), [formats.JSON],
        values=[short],
    )  # fmt: skip
    cited = [form for form, _ in CITED.values()]
    yield Operation(
        "cite", "/cite/dataset.{format}", words.things.cite, urls.cite("dataset", "json"), cited,
        words.citing.lead, [_format(layout, cited)],
    )  # fmt: skip
    yield Operation(
        "vocabulary", "/sparql/vocabulary.json", words.workbench.vocabulary, urls.site("/sparql/vocabulary.json"),
        [formats.JSON],
    )  # fmt: skip
    yield from _versions(layout)


def _versions(layout: Layout) -> Iterator[Operation]:
    """Yield what leads to versions: each at its address, what changed, and, where something is recorded, by time."""
    site, urls, words = layout.site, layout.urls, layout.words.editions.api
    short = site.short
    version = Value("version", {"type": "string", "pattern": _NAMED}, words["version"], short, "path")
    forms = [formats.TURTLE, formats.JSONLD, formats.NTRIPLES, formats.RDFXML]
    yield Operation(
        "version", "/version/{version}/dataset.{format}", words["at"], urls.plain(f"{version_path(short)}/dataset.ttl"),
        forms, words["at_note"], [version, _format(layout, forms)],
    )  # fmt: skip
    feeds = list(FEEDS.values())
    yield Operation(
        "changes", "/changes.{format}", layout.words.changes.title, urls.site("/changes.json"), feeds,
        values=[_format(layout, feeds)],
    )  # fmt: skip
    if not site.history.until(site.version) or not layout.has_subject:
        return
    thing = [
        Value("kind", _TEXT, words["kind"], "city", "path"),
        Value("name", _TEXT, words["name"], "utrecht", "path"),
    ]
    yield Operation(
        "timemap", "/timemap/json/id/{kind}/{name}", words["timemap"], urls.plain("/timemap/json/id/city/utrecht"),
        [formats.JSON], values=thing,
    )  # fmt: skip
    moment = Value("Accept-Datetime", _TEXT, words["moment"], write_date(datetime.now(UTC)), "header")
    yield Operation(
        "timegate", "/timegate/id/{kind}/{name}", words["timegate"], urls.plain("/timegate/id/city/utrecht"),
        [], values=[*thing, moment], status="302",
    )  # fmt: skip
    yield Operation("stream", f"/{STREAM}", words["stream"], urls.plain(f"/{STREAM}"), [formats.NQUADS])


def _rest(layout: Layout) -> Iterator[Operation]:
    words, urls = layout.words, layout.urls
    yield from _any(layout)
    yield Operation(
        "queries", "/queries.json", words.queries.title, urls.site("/queries.json"), [formats.JSON], group="questions"
    )
    yield Operation(
        "queries-rdf", "/queries.ttl", words.queries.api_expert, urls.site("/queries.ttl"), [formats.TURTLE],
        group="questions",
    )  # fmt: skip
    yield Operation(
        "map", "/map.geojson", words.home.map_title, urls.site("/map.geojson"), [GEOJSON],
    )  # fmt: skip
    name = {"type": "string", "maxLength": LONGEST_SUGGESTED}
    places = {"type": "array", "items": name, "maxItems": MOST_PLACES}
    here, there = _shown_places(layout)
    place = Value("city", places, words.places.compare_form, here)
    yield Operation(
        "compare", "/compare.{format}", words.places.compare_title,
        urls.compare([one for one in (here, there) if one], "json"), [formats.JSON, formats.RESULTS_CSV],
        values=[_format(layout, [formats.JSON, formats.RESULTS_CSV]), place],
    )  # fmt: skip
    yield Operation(
        "coverage", "/coverage.{format}", words.places.coverage_title, urls.site("/coverage.json"),
        [formats.JSON, formats.RESULTS_CSV], values=[_format(layout, [formats.JSON, formats.RESULTS_CSV])],
    )  # fmt: skip
    said = {"s": "practice:utrecht-plan-einstein", "p": "cr:place", "o": "city:utrecht"}
    if not layout.is_cityrights:
        said = {"s": "kind:ombudsperson", "p": "rdf:type", "o": "cr:Kind"}
    means = {"s": words.why.subject, "p": words.why.predicate, "o": words.why.value}
    yield Operation(
        "why", "/why.json", words.why.title, urls.site("/why.json", said), [formats.JSON], words.why.lead,
        [Value(part, {"type": "string", "maxLength": 2_000}, means[part], said[part]) for part in said],
        unknown=True,
    )  # fmt: skip
    yield from _connections(layout)


def _shown_places(layout: Layout) -> tuple[str, str]:
    """Return two places by which addresses are shown, each by its key; of an instance the first, or nothing."""
    if layout.is_cityrights:
        return "utrecht", "gwangju"
    keys = dict.fromkeys(thing_key(str(row["place"])) or "" for row in layout.site.overview("places_with_practices"))
    first = [key.removeprefix("city/") for key in keys if key][:2]
    return first[0] if first else "", first[1] if len(first) > 1 else ""


def _connections(layout: Layout) -> Iterator[Operation]:
    """Yield the network, the neighbours of one place and what joins two."""
    title, rows = layout.words.connections.title, [formats.JSON, formats.RESULTS_CSV, formats.TURTLE]
    means = layout.words.queries.api_values
    here, there = _shown_places(layout)
    one = Value("place", _TEXT, means["place"], here, "path")
    other = Value("other", _TEXT, means["other"], there, "path")
    narrowed = [
        Value("theme", _TEXT, means["theme"]),
        Value("kind", _TEXT, means["kind_held"]),
        Value("source", _TEXT, means["source"]),
        Value("status", {"type": "string", "enum": ["all"]}, means["status"]),
    ]
    for name, places, values in (
        ("connections", [], narrowed), ("neighbours", [one], narrowed), ("connection", [one, other], [])
    ):  # fmt: skip
        path = "/connections" + "".join(f"/{{{value.name}}}" for value in places) + ".{format}"
        shown = [value.example for value in places]
        example = layout.urls.connections(shown, "json") if all(shown) else ""
        yield Operation(name, path, title, example, rows, values=[_format(layout, rows), *places, *values])


_OPENAPI = Format("OpenAPI", "application/json", "json")


def openapi() -> flask.Response:
    layout = current_layout()
    body = orjson.dumps(document(layout), option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2)
    return data(body, _OPENAPI, [(layout.urls.site("/api"), "alternate", formats.HTML.media_type)])


def api() -> flask.Response:
    layout = current_layout()
    words = layout.words.queries
    held = [_shown(one) for one in operations(layout)]
    groups = [(words.api_questions, "questions"), (words.api_others, "others")]
    body = layout.render(
        "api.html", groups=[(title, [one for one in held if one["group"] == name]) for title, name in groups]
    )
    return html(body, [(layout.urls.plain("/openapi.json"), "service-desc", "application/json")])


def _shown(one: Operation) -> dict[str, object]:
    return {
        "id": one.id,
        "path": one.path,
        "summary": one.summary,
        "description": one.description,
        "example": one.example,
        "group": one.group,
        "parameters": [{"name": value.name, "type": _type(value), "means": value.means} for value in one.values],
    }


def _type(value: Value) -> str:
    choices = value.schema.get("enum")
    return " | ".join(choices) if choices else str(value.schema["type"])
