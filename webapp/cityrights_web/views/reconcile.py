"""/reconcile: the Reconciliation Service API 0.2 (W3C Entity Reconciliation Community Group), as OpenRefine speaks it.

There is no JSONP: CORS lets any script read the answers. Data extension is left to SPARQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import sleep
from typing import Any, Final

import flask
import orjson

from cityrights.indexes.search import Hit
from cityrights.indexes.search.reconcile import Asked, Candidate, reconcile
from cityrights.vocabulary import CR, ID
from cityrights_web.layout import Layout
from cityrights_web.responses import add_links, current_layout, current_site, data
from cityrights_web.urls import thing_key
from cityrights_web.views.search import JSON, SEARCH_LONGEST, found, kind_word
from sparqlgate.http import formats
from sparqlgate.http.problems import bad_request, not_found

#: The most names in one request, the most candidates for one of them, and for all of them together.
_MOST_QUERIES, _MOST_CANDIDATES, _MOST_TOGETHER = 200, 50, 2_000
#: The most characters of all names in one request, and the most types or countries of one name.
_MOST_TEXT, _MOST_VALUES = 20_000, 50
#: How long, in seconds, a batch stands back between two names, so that whoever else waits for the interpreter has it.
_PAUSE: Final = 0.001
_STRICT: Final = ("any", "all", "should")
_COUNTRY: Final = ("country", CR + "country")
_SUGGESTED: Final = 10
_WIDTH, _HEIGHT = 420, 220
#: Other sites show the preview in a frame; it is text alone and does nothing.
_FRAMED: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"


def service() -> flask.Response:
    layout = current_layout()
    sent = flask.request.values  # of the address and of the form
    if "extend" in sent:
        raise bad_request("Data extension is not offered here; the manifest at /reconcile lists what is.")
    if "queries" not in sent:
        return _json(_manifest(layout))
    queries = _queries(sent["queries"])
    most = min(_MOST_CANDIDATES, _MOST_TOGETHER // max(1, len(queries)))
    return _json({name: {"result": _answer(layout, query, most)} for name, query in queries.items()})


def complete(what: str) -> flask.Response:
    site = current_site()
    layout = current_layout()
    prefix = flask.request.args.get("prefix", "")
    if len(prefix) > SEARCH_LONGEST:
        raise bad_request(f"The prefix is longer than {SEARCH_LONGEST:,} characters.")
    if what == "entity":
        return _json({"result": [_entity(layout, hit) for hit in site.indexes.search.suggest(prefix, layout.language)]})
    offers = _types(layout) if what == "type" else [{"id": "country", "name": layout.words.places.country}]
    wanted = prefix.casefold()
    fits = [offer for offer in offers if wanted in offer["name"].casefold() or wanted in offer["id"].casefold()]
    return _json({"result": fits[:_SUGGESTED]})


def view() -> flask.Response:
    layout = current_layout()
    hit = _thing(layout)
    target = layout.urls.thing(hit.iri)
    if target is None:
        raise not_found("The thing with this identifier has an address that no link may lead to.")
    response = flask.Response("", 303)
    response.headers["Location"] = target
    return response


def preview() -> flask.Response:
    layout = current_layout()
    response = flask.Response(layout.render("preview.html", line=found(layout, _thing(layout))))
    response.content_type = formats.HTML.content_type
    response.headers["Content-Language"] = layout.language
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = _FRAMED
    add_links(response, [])
    return response


def _json(content: object) -> flask.Response:
    return data(orjson.dumps(content), JSON)


def _manifest(layout: Layout) -> dict[str, object]:
    """Return the service manifest (section 4 of the specification)."""
    base = layout.absolute(layout.urls.site("/reconcile"))
    service = {"service_url": base}
    return {
        "versions": ["0.2"],
        "name": layout.name,
        "identifierSpace": ID,
        "schemaSpace": CR,
        "documentation": layout.absolute(layout.urls.site("/about")),
        "serviceVersion": layout.site.short,
        "defaultTypes": _types(layout),
        "view": {"url": f"{base}/view?id={{{{id}}}}"},
        "preview": {"url": f"{base}/preview?id={{{{id}}}}", "width": _WIDTH, "height": _HEIGHT},
        "suggest": {
            "entity": {**service, "service_path": "/suggest/entity"},
            "type": {**service, "service_path": "/suggest/type"},
            "property": {**service, "service_path": "/suggest/property"},
        },
    }


def _types(layout: Layout) -> list[dict[str, str]]:
    """Return the classes of the things here, those with the most things first."""
    counts = layout.site.indexes.search.types()
    own = {iri: count for iri, count in counts.items() if iri.startswith(CR)} or counts
    return [_type(layout, iri) for iri, _ in sorted(own.items(), key=lambda pair: (-pair[1], pair[0]))]


def _type(layout: Layout, iri: str) -> dict[str, str]:
    return {"id": iri.removeprefix(CR), "name": layout.site.vocabulary.label(iri, layout.language).value}


def _queries(text: str) -> Mapping[str, Mapping[str, Any]]:
    """Read a batch of queries. Raises a 400 that says what is wrong with it."""
    try:
        batch = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"‘queries’ is not JSON: {error}.") from None
    if not isinstance(batch, dict) or not all(isinstance(query, dict) for query in batch.values()):
        raise bad_request('‘queries’ must be an object of queries, such as {"q0": {"query": "Utrecht"}}.')
    if len(batch) > _MOST_QUERIES:
        raise bad_request(f"There are more than {_MOST_QUERIES} queries; send them in several requests.")
    lengths = [len(str(query.get("query", ""))) for query in batch.values()]
    if sum(length for length in lengths if length <= SEARCH_LONGEST) > _MOST_TEXT:  # longer ones are not looked for
        raise bad_request(f"The names are longer than {_MOST_TEXT:,} characters together; send several requests.")
    return batch


def _answer(layout: Layout, query: Mapping[str, Any], most: int) -> list[dict[str, object]]:
    name, limit, strict = query.get("query", ""), query.get("limit", _SUGGESTED), query.get("type_strict", "any")
    if not isinstance(name, str):
        raise bad_request("The ‘query’ of each query must be text.")
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit < 1:
        raise bad_request("The ‘limit’ of a query must be a number from 1.")
    if strict not in _STRICT:
        raise bad_request(f"‘type_strict’ must be one of: {', '.join(_STRICT)}.")
    types = tuple(kind if ":" in kind else CR + kind for kind in _texts(query.get("type", []), "type"))
    if len(name) > SEARCH_LONGEST:  # of no thing that there is; the other names of the table are answered
        return []
    sleep(_PAUSE)
    asked = Asked(name, types, strict, _countries(query), min(int(limit), most))
    return [_candidate(layout, one) for one in reconcile(layout.site.indexes.search, asked, layout.language)]


def _countries(query: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the values of the property ``country``; other properties narrow nothing."""
    given = query.get("properties") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) and "pid" in one and "v" in one for one in given):
        raise bad_request("‘properties’ must be a list of objects with ‘pid’ and ‘v’.")
    values = [value for one in given if one["pid"] in _COUNTRY for value in _texts(one["v"], "v")]
    if len(values) > _MOST_VALUES:
        raise bad_request(f"There must be at most {_MOST_VALUES} values of ‘country’.")
    return tuple(values)


def _texts(given: Any, name: str) -> list[str]:
    """Return one value or several as texts; of a thing, its identifier."""
    values = given if isinstance(given, list) else [given]
    texts = [value.get("id") if isinstance(value, dict) else value for value in values]
    if not all(isinstance(text, str | int | float) for text in texts):
        raise bad_request(f"‘{name}’ must be text or a list of texts.")
    if len(texts) > _MOST_VALUES:
        raise bad_request(f"‘{name}’ must be at most {_MOST_VALUES} texts.")
    return [str(text) for text in texts if text != ""]


def _candidate(layout: Layout, candidate: Candidate) -> dict[str, object]:
    hit = candidate.hit
    return {
        **_entity(layout, hit, "type"),
        "score": candidate.score,
        "match": candidate.match,
        "features": [{"id": "name", "value": candidate.score}],
    }


def _entity(layout: Layout, hit: Hit, types: str = "notable") -> dict[str, object]:
    known = {iri for iri in hit.types if iri.startswith(CR)} or set(hit.types)
    parts = [kind_word(layout, hit), hit.place.label if hit.place else "", hit.snippet.value if hit.snippet else ""]
    return {
        "id": thing_key(hit.iri) or hit.iri,
        "name": hit.label.value,
        "description": " · ".join(part for part in parts if part),
        types: [_type(layout, iri) for iri in sorted(known)],
    }


def _thing(layout: Layout) -> Hit:
    given = flask.request.args.get("id", "")
    for iri in (ID + given, given):
        hit = layout.site.indexes.search.get(iri, layout.language)
        if hit is not None:
            return hit
    raise not_found(
        "The graph has nothing with this identifier; those that /reconcile gives are known.", id=given[:200]
    )
