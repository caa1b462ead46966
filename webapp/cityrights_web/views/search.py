"""/search, /suggest and /by/…: everything that has the words, and a thing by its identifier."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import flask
import orjson

from cityrights.indexes.search import Hit, Hits
from cityrights.indexes.search.index import DEEPEST
from cityrights.indexes.search.text import INDEXED_KINDS
from cityrights.library.pages import ask, shown
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal, best_label, fallback_chain
from cityrights.vocabulary import whole
from cityrights_web.layout import LESSER, NAVIGATION, Layout
from cityrights_web.responses import (
    current_layout,
    current_site,
    data,
    html,
    missing,
    number,
    page_number,
    refused,
    words,
)
from sparqlgate.http.formats import Format
from sparqlgate.http.messages import CORS

#: Places of one thing that are named; of more it is said how many.
PLACES: Final = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A hit in the reader's language; ``address`` is None for a thing that no link may lead to.

    ``also`` are further places beside that of the hit, ``more`` is how many there are beside these.
    """

    hit: Hit
    address: str | None
    kind: str
    place: str | None
    status: Link | None
    also: tuple[Link, ...] = ()
    more: int = 0


def found(layout: Layout, hit: Hit) -> Found:
    """Return a hit with what the page adds to it."""
    status = layout.site.vocabulary.link(Iri(hit.status), layout.language) if hit.status else None
    place = layout.urls.link(hit.place.iri) if hit.place else None
    return Found(hit, layout.urls.link(hit.iri), kind_word(layout, hit), place, status)


def kind_word(layout: Layout, hit: Hit) -> str:
    """Return the word for one thing of the hit's kind; of a thing of another site, its class."""
    if hit.kind == "other" and hit.types:
        return layout.site.vocabulary.label(hit.types[0], layout.language).value
    return layout.words.search.one[hit.kind]


def kind_words(layout: Layout, kind: str) -> str:
    """Return the word for several things of a kind."""
    return layout.words.search.many.get(kind) or layout.words.kinds[kind]


def with_places(layout: Layout, lines: Sequence[Found]) -> list[Found]:
    """Return the hits with the further places of those that are in several, asked for all at once."""
    placed = [Iri(line.hit.iri) for line in lines if line.hit.place is not None]
    names: defaultdict[str, defaultdict[str, list[Literal]]] = defaultdict(lambda: defaultdict(list))
    for row in ask(layout.site.engine, "places_of", among=("s", placed)) if placed else ():
        named, label = names[str(row["s"])][str(row["place"])], row.get("label")
        named += [label] if isinstance(label, Literal) else []
    return [_with_places(layout, line, names[line.hit.iri]) if line.hit.iri in names else line for line in lines]


def _with_places(layout: Layout, line: Found, names: dict[str, list[Literal]]) -> Found:
    chain = fallback_chain(layout.language)
    others = [
        Link(Iri(place), best_label(labels, chain) or Literal(Iri(place).local_name))
        for place, labels in names.items()
        if line.hit.place is None or place != line.hit.place.iri
    ]
    return replace(line, also=tuple(others[: PLACES - 1]), more=len(others[PLACES - 1 :]))


JSON: Final = Format("JSON", "application/json", "json")
#: The longest text, in characters, that is searched for.
SEARCH_LONGEST: Final = 1_000
#: Results of each kind in the overview, and on a page of one kind.
_EACH, _PAGE = 5, 20
#: What no page can hold, and nobody types.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
AUTHORITIES: Final = {"wikidata": "Wikidata", "geonames": "GeoNames"}


@dataclass(frozen=True, slots=True)
class Group:
    """The results of one kind: how many there are, and the first of them."""

    kind: str
    word: str
    count: int
    results: tuple[Found, ...]


def search() -> flask.Response:
    site = current_site()
    text, kind, page = asked()
    told = {"q": text, "kind": kind, "page": str(page) if page > 1 else ""}
    own = {name: value for name, value in told.items() if value}
    layout = replace(current_layout(), query=own)
    if not text:
        return html(layout.render("search.html", text="", answer=None, ways=(*NAVIGATION, *LESSER)))
    if kind:
        answer = site.indexes.search.search(text, layout.language, (kind,), _PAGE, (page - 1) * _PAGE)
    else:
        answer = site.indexes.search.overview(text, layout.language, _EACH)
    body = layout.render(
        "search.html",
        text=text,
        answer=answer,
        ways=(*NAVIGATION, *LESSER),
        groups=_groups(layout, answer),
        tabs=_tabs(layout, answer, site.indexes.search.overview(text, layout.language, 1) if kind else answer),
        kind=kind,
        page=page,
        more=bool(kind) and page * _PAGE < min(answer.total, DEEPEST),
        query=shown("search", {"words": Literal(text)}),
    )
    alternate = layout.urls.site("/search.json", own)
    return html(body, [(alternate, "alternate", JSON.media_type)])


def search_data() -> flask.Response:
    site = current_site()
    layout = current_layout()
    text, kind, page = asked()
    kinds = (kind,) if kind else ()
    answer = site.indexes.search.search(text, layout.language, kinds, _PAGE, (page - 1) * _PAGE)
    return data(orjson.dumps(_record(layout, answer, page), option=orjson.OPT_APPEND_NEWLINE), JSON)


def by_identifier(authority: str, value: str) -> flask.Response:
    site = current_site()
    iri = next(iter(site.indexes.search.identified(f"{authority}/{value}")), "")
    target = current_layout().urls.thing(iri)
    if target is None:
        name = AUTHORITIES[authority]
        raise missing(words().faults.identifier.format(name=name, value=value[:100]))
    response = flask.Response("", 303)
    response.headers["Location"] = target
    for header, content in CORS:
        response.headers[header] = content
    return response


def asked() -> tuple[str, str, int]:
    """Read text, kind and page of the request. Raises a 400 for what cannot be searched for."""
    text = _CONTROL.sub(" ", flask.request.args.get("q", "")).strip()
    if len(text) > SEARCH_LONGEST:
        raise refused(words().faults.long_text.format(n=number(SEARCH_LONGEST)))
    kind = flask.request.args.get("kind", "")
    if kind and kind not in INDEXED_KINDS:
        raise refused(words().faults.kind)
    page = page_number()
    if page > DEEPEST // _PAGE:
        raise refused(words().faults.deep.format(n=number(DEEPEST)))
    return text, kind, page


def _groups(layout: Layout, answer: Hits) -> list[Group]:
    held: dict[str, list[Found]] = {}
    for line in with_places(layout, [found(layout, hit) for hit in answer.hits]):
        held.setdefault(line.hit.kind, []).append(line)
    return [
        Group(kind, kind_words(layout, kind), answer.by_kind[kind], tuple(results)) for kind, results in held.items()
    ]


def _tabs(layout: Layout, answer: Hits, overview: Hits) -> list[tuple[str, str, int]]:
    """Return kind, word and count of every kind that was found, in the order of the sections of the overview."""
    order = list(dict.fromkeys(hit.kind for hit in overview.hits))
    kinds = sorted(answer.by_kind, key=lambda kind: (order.index(kind) if kind in order else len(order), kind))
    return [(kind, kind_words(layout, kind), answer.by_kind[kind]) for kind in kinds]


def _record(layout: Layout, answer: Hits, page: int) -> dict[str, object]:
    results = []
    for hit in answer.hits:
        line = found(layout, hit)
        results.append({**hit.record(), "kindLabel": line.kind, "url": line.address and layout.absolute(line.address)})
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


_MOST = 8
#: The longest text, in characters: that of the field.
LONGEST = 200
#: How long, in seconds, a browser may keep the answer without asking again.
_KEPT = 300


def suggest() -> flask.Response:
    site = current_site()
    layout = current_layout()
    text = flask.request.args.get("q", "")
    if len(text) > LONGEST:
        raise refused(words().faults.long_text.format(n=number(LONGEST)))
    narrowed = [(field, values) for field, values in (("kind", _kinds()), ("type", _classes())) if values]
    lines = (found(layout, hit) for hit in site.indexes.search.suggest(text, layout.language, _MOST, narrowed))
    suggestions = [
        {
            "iri": line.hit.iri,
            "label": line.hit.label.value,
            "kind": line.hit.kind,
            "kindLabel": line.kind,
            "url": line.address,
            "place": line.hit.place.label if line.hit.place else None,
            "otherName": line.hit.other_name.value if line.hit.other_name else None,
        }
        for line in lines
        if line.address
    ]
    response = data(orjson.dumps({"query": text, "suggestions": suggestions}), JSON)
    response.headers["Cache-Control"] = f"public, max-age={_KEPT}"
    return response


def _kinds() -> list[str]:
    kinds = flask.request.args.getlist("kind")
    if not set(kinds) <= set(INDEXED_KINDS):
        raise refused(words().faults.kind)
    return kinds


def _classes() -> list[str]:
    classes = [text for text in flask.request.args.getlist("class") if text]
    if len(classes) > _MOST or any(len(text) > LONGEST or ":" not in text for text in classes):
        raise refused(words().faults.classes.format(n=_MOST))
    return [_iri(text) for text in classes]


def _iri(name: str) -> str:
    """Return the IRI of a class that is named by it, or in short; a prefix of no vocabulary is taken for a scheme."""
    try:
        return whole(name)
    except ValueError:
        return name
