"""/reconcile: the Reconciliation Service API 0.2 (W3C Entity Reconciliation Community Group), as OpenRefine speaks it.

There is no JSONP: CORS lets any script read the answers. Each query of a batch is answered for itself: a cell that can
be the name of nothing has no candidates, and the others have theirs. Data extension adds columns to a table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from time import sleep
from typing import Any, Final, TypeGuard

import flask
import orjson

from cityrights.indexes.search import Hit
from cityrights.indexes.search.reconcile import Asked, Candidate, reconcile
from cityrights.library.names import is_iri
from cityrights.library.pages import ask
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal, Term, fallback_chain
from cityrights.vocabulary import CR, ID, RDF, XSD, iri_of, short, whole
from cityrights_web.layout import Layout
from cityrights_web.responses import add_links, current_layout, current_site, data
from cityrights_web.results.table import WHOLE, linked, number
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
#: The most properties and cells of a data extension, and how many properties are proposed unless more are asked for.
_MOST_PROPERTIES, _MOST_CELLS, _PROPOSED = 50, 20_000, 20
_DIGITS: Final = 6
#: From here on numbers are not exact in JSON as most read it (RFC 8259, section 6).
_EXACT: Final = 2.0**53
_DATES: Final = frozenset((XSD + "date", XSD + "dateTime", XSD + "dateTimeStamp"))
_STRICT: Final = ("any", "all", "should")
_COUNTRY: Final = ("country", CR + "country")
_SUGGESTED: Final = 10
_WIDTH, _HEIGHT = 420, 220
#: Other sites show the preview in a frame; it is text alone and does nothing.
_FRAMED: Final = (
    "default-src 'none'; style-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)


def service() -> flask.Response:
    layout = current_layout()
    sent = flask.request.values  # of the address and of the form
    if "extend" in sent:
        return _json(_extended(layout, sent["extend"]))
    if "queries" not in sent:
        return _json(_manifest(layout))
    queries = _queries(sent["queries"])
    most = min(_MOST_CANDIDATES, _MOST_TOGETHER // max(1, len(queries)))
    return _json({name: {"result": _answer(layout, query, most)} for name, query in queries.items()})


def propose() -> flask.Response:
    """Propose properties of the things of a type, those that most have first (section 7.1 of the specification)."""
    layout = current_layout()
    kind, limit = flask.request.args.get("type", ""), flask.request.args.get("limit", str(_PROPOSED))
    if not limit.isascii() or not limit.isdigit() or not 0 < int(limit[:6]) <= _MOST_PROPERTIES:
        raise bad_request(f"‘limit’ must be a number from 1 to {_MOST_PROPERTIES}.")
    found = _properties(layout, _class(kind)) if kind else []
    offered = [{"id": _property_id(iri), "name": _called(layout, iri)} for iri in found[: int(limit)]]
    return _json({"type": kind, "limit": int(limit), "properties": offered})


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
    setting = {"name": "limit", "type": "number", "default": 0, "label": layout.words.reconcile.limit}
    setting["help_text"] = layout.words.reconcile.limit_help
    extension: dict[str, object] = {"propose_properties": {**service, "service_path": "/extend/propose"}}
    extension["property_settings"] = [setting]
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
        "extend": extension,
    }


def _types(layout: Layout) -> list[dict[str, str]]:
    """Return the classes of the things here, those with the most things first."""
    counts = layout.site.indexes.search.types()
    own = {iri: count for iri, count in counts.items() if iri.startswith(CR)} or counts
    return [_type(layout, iri) for iri, _ in sorted(own.items(), key=lambda pair: (-pair[1], pair[0]))]


def _type(layout: Layout, iri: str) -> dict[str, str]:
    return {"id": iri.removeprefix(CR), "name": layout.site.vocabulary.label(iri, layout.language).value}


def _queries(text: str) -> Mapping[str, object]:
    """Read a batch of queries. Raises a 400 that says what is wrong with it."""
    batch = _loaded("queries", text)
    if not isinstance(batch, dict):
        raise bad_request('‘queries’ must be an object of queries, such as {"q0": {"query": "Utrecht"}}.')
    if len(batch) > _MOST_QUERIES:
        raise bad_request(f"There are more than {_MOST_QUERIES} queries; send them in several requests.")
    lengths = [len(str(query.get("query", ""))) for query in batch.values() if isinstance(query, dict)]
    if sum(length for length in lengths if length <= SEARCH_LONGEST) > _MOST_TEXT:  # longer ones are not looked for
        raise bad_request(f"The names are longer than {_MOST_TEXT:,} characters together; send several requests.")
    return batch


def _loaded(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"‘{name}’ is not JSON: {error}.") from None


class _NoName(ValueError):
    """A query of a batch can be that of nothing: the others are answered."""


def _answer(layout: Layout, query: object, most: int) -> list[dict[str, object]]:
    """Return the candidates for one name; none for what can be no name, or is asked for in no known way."""
    try:
        asked = _asked(query, most)
    except _NoName:
        return []
    sleep(_PAUSE)
    return [_candidate(layout, one) for one in reconcile(layout.site.indexes.search, asked, layout.language)]


def _asked(query: object, most: int) -> Asked:
    if not isinstance(query, dict):
        raise _NoName
    name, limit, strict = query.get("query"), query.get("limit", _SUGGESTED), query.get("type_strict", "any")
    if _is_number(name):
        name = str(name)
    name = "" if name is None else name
    if not isinstance(name, str) or len(name) > SEARCH_LONGEST or not _is_number(limit) or limit < 1:
        raise _NoName
    if strict not in _STRICT:
        raise _NoName
    types = tuple(map(_class, _texts(query.get("type", []))))
    return Asked(name, types, strict, _countries(query), min(int(limit), most))


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _class(kind: str) -> str:
    return kind if ":" in kind else CR + kind


def _countries(query: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the values of the property ``country``; an empty cell and other properties narrow nothing."""
    given = query.get("properties") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) and "pid" in one for one in given):
        raise _NoName
    values = [value for one in given if one["pid"] in _COUNTRY for value in _texts(one.get("v"))]
    if len(values) > _MOST_VALUES:
        raise _NoName
    return tuple(values)


def _texts(given: object) -> list[str]:
    """Return one value or several as texts, without empty ones; of a thing, its identifier. Raises _NoName."""
    values = given if isinstance(given, list) else [given]
    texts = [value.get("id") if isinstance(value, dict) else value for value in values if value not in (None, "")]
    if len(texts) > _MOST_VALUES or not all(isinstance(text, str) or _is_number(text) for text in texts):
        raise _NoName
    return [str(text)[:SEARCH_LONGEST] for text in texts]


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
    for iri in (iri_of(given), given):
        hit = layout.site.indexes.search.get(iri, layout.language)
        if hit is not None:
            return hit
    raise not_found(
        "The graph has nothing with this identifier; those that /reconcile gives are known.", id=given[:200]
    )


def _extended(layout: Layout, text: str) -> dict[str, object]:
    """Return values of properties of things (section 7.2). Raises a 400 that says what is wrong with the request.

    A thing or a property that is not known has no values, and the others have theirs.
    """
    asked = _loaded("extend", text)
    ids, properties = (asked.get(name) if isinstance(asked, dict) else None for name in ("ids", "properties"))
    if not isinstance(ids, list) or not isinstance(properties, list):
        raise bad_request('‘extend’ must be like {"ids": ["city/utrecht"], "properties": [{"id": "country"}]}.')
    if not all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in properties):
        raise bad_request("Each of the ‘properties’ must be an object with an ‘id’.")
    if len(ids) > _MOST_QUERIES or len(properties) > _MOST_PROPERTIES:
        raise bad_request(f"At most {_MOST_QUERIES} ids and {_MOST_PROPERTIES} properties can be asked for at once.")
    things = {one: _thing_of(one) for one in ids if isinstance(one, str)}
    rows: dict[str, dict[str, list[dict[str, object]]]] = {one: {} for one in things}
    meta = []
    for one in properties:
        name, iri = one["id"], _property(one["id"])
        meta.append({"id": name, "name": _called(layout, iri) if iri else name})
        found = _values(layout, iri, [thing for thing in things.values() if thing]) if iri else {}
        for key, thing in things.items():
            rows[key][name] = found.get(thing, [])[: _limit(one)]
    return {"meta": meta, "rows": rows}


def _limit(asked: Mapping[str, Any]) -> int:
    """Return how many values of a property are wanted; the setting comes as a number or as text, and 0 is all."""
    settings = asked.get("settings")
    given = str(settings.get("limit", "")) if isinstance(settings, dict) else ""
    wanted = int(given) if given.isascii() and given.isdigit() and len(given) < _DIGITS else 0
    return min(wanted or _MOST_CANDIDATES, _MOST_CANDIDATES)


def _values(layout: Layout, iri: str, things: Sequence[str]) -> dict[str, list[dict[str, object]]]:
    """Return the values of a property by thing: texts in the reader's language where there are some in that."""
    among: list[Term] = [Iri(thing) for thing in things]
    if not among:
        return {}
    rows = ask(layout.site.engine, "extend_values", {"p": Iri(iri)}, among=("thing", among), limit=_MOST_CELLS)
    held: defaultdict[str, list[Term]] = defaultdict(list)
    for row in rows:
        held[str(row["thing"])].append(row["value"])
    links = linked(layout, rows, ("value",))
    return {thing: [_value(value, links) for value in _spoken(values, layout)] for thing, values in held.items()}


def _spoken(values: Sequence[Term], layout: Layout) -> list[Term]:
    """Leave out texts in other languages than the first of the reader's that there are some in."""
    texts = [value for value in values if isinstance(value, Literal) and value.language]
    shown = next((code for code in fallback_chain(layout.language) if any(t.language == code for t in texts)), None)
    return [value for value in values if value not in texts or shown is None or getattr(value, "language", "") == shown]


def _value(value: Term, links: Mapping[str, Link]) -> dict[str, object]:
    if isinstance(value, Iri):
        key = thing_key(value.value)
        return {"id": key, "name": links[value.value].label.value} if key else {"str": value.value}
    size = number(value)
    if size is not None and abs(size) < _EXACT:
        return {"int": int(value.value)} if value.datatype in WHOLE else {"float": size}
    if value.datatype == XSD + "boolean":
        return {"bool": value.value in ("true", "1")}
    return {"date" if value.datatype in _DATES else "str": value.value}


def _properties(layout: Layout, class_iri: str) -> list[str]:
    rows = ask(layout.site.engine, "extend_properties", {"class": Iri(class_iri)}, limit=_MOST_PROPERTIES)
    return [str(row["p"]) for row in rows if str(row["p"]) != RDF + "type"]


def _property(name: str) -> str:
    """Return the IRI of a property by its identifier here; nothing for what can be none."""
    try:
        iri = whole(name) if ":" in name else CR + name
    except ValueError:
        return ""
    return iri if is_iri(iri) else ""


def _property_id(iri: str) -> str:
    return iri.removeprefix(CR) if iri.startswith(CR) else short(iri)


def _called(layout: Layout, iri: str) -> str:
    return layout.words.properties.get(iri) or layout.site.vocabulary.label(iri, layout.language).value


def _thing_of(identifier: str) -> str:
    """Return the IRI of a thing by its identifier here; nothing for what can be none."""
    iri = identifier if "://" in identifier else iri_of(identifier)
    return iri if is_iri(iri) else ""
