"""/search, /suggest and /by/…: practices to learn from, everything that has the words, a thing by its identifier."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from math import cos, hypot, radians
from typing import Final

import flask
import orjson
from babel import Locale
from markupsafe import Markup

from cityrights.indexes.facets import LISTS
from cityrights.indexes.proximity.telling import name_all
from cityrights.indexes.search import Hit, Hits, Match
from cityrights.indexes.search.index import DEEPEST
from cityrights.indexes.search.text import INDEXED_KINDS, distance, fold
from cityrights.indexes.search.text import whole as folded
from cityrights.library.names import nearest, told_near
from cityrights.library.pages import ask, shown
from cityrights.places import Place as Town
from cityrights.resources.cards import PracticeCard
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal, best_label, fallback_chain
from cityrights.vocabulary import SKOS, whole
from cityrights_web.layout import LESSER, NAVIGATION, Layout
from cityrights_web.responses import (
    current_layout,
    current_site,
    data,
    html,
    language,
    missing,
    number,
    page_number,
    refused,
    words,
)
from cityrights_web.results.cards import compact, middle_of, small_map
from cityrights_web.results.cards import shown as shown_cards
from cityrights_web.urls import LANGUAGES, kind_of
from cityrights_web.views.home import Place, places
from cityrights_web.views.homonyms import NONE, Homonyms, homonyms, is_at, largest, where, written_out
from sparqlgate.http.formats import Format
from sparqlgate.http.responses import CORS

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
    """Return the word for one thing of the hit's kind; of a thing of another site, its class where that has one."""
    named = layout.site.vocabulary.label(hit.types[0], layout.language) if hit.kind == "other" and hit.types else None
    if named is not None and named.language in ("", layout.language):
        return named.value
    return layout.words.search.one[hit.kind]


def kind_words(layout: Layout, kind: str) -> str:
    """Return the word for several things of a kind."""
    if kind == "claim":
        return layout.words.search.evidence
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


#: So many cards stand above everything that was found, of so many that are looked at.
_CARDS, _LOOKED_AT = 7, 16
#: Practices that one thing brings; of more, some.
_BROUGHT: Final = 200
#: Concepts that a word leads to, and places near one that is not in the graph.
_LEADS, _NEAREST = 3, 3
#: From so many inhabitants a place is meant by a text of which all words, some, like ones or none are found.
_INHABITANTS: Final = {Match.ALL: 50_000, Match.SOME: 20_000, Match.NEAR: 20_000, Match.NONE: 0}
#: Names of a concept that nothing bears, by which others near to it are looked for, and how many are.
_NAMED: Final = (SKOS + "prefLabel", SKOS + "altLabel")
_NAMES: Final = 12
_CONCEPTS: Final = ("theme", "target-group", "kind", "section", "pillar")
_PLACES: Final = ("city", "department", "island", "country", "region")
_TOWNS: Final = ("city", "department", "island")
#: What brings practices when it is asked for by its name.
_BRINGS: Final = (*_PLACES, *_CONCEPTS, "institution", "instrument", "organisation", "government", "event")
#: What a way of bearing something counts: itself, by what is below it, by what the practice set up.
_WAYS: Final = {"1": 3.0, "2": 2.0, "3": 2.5}
#: What counts beside: the words themselves, less for each that stands before; and that hard and advised are both told.
_SAID, _LATER, _WHOLE = 1.5, 0.1, 0.5


@dataclass(frozen=True, slots=True)
class Learning:
    """What can be learnt from for a text: cards, and by what they were found.

    ``about`` is what the text was taken for, with its country where another has the same name; ``near`` is what is
    nearest to it, where nothing bears it itself, or where it is a place, ``elsewhere``, that the graph does not have.
    ``more`` leads to all practices that bear it. ``places`` are those that the text may mean, where it is the name of
    several, or of another than the one that the documents tell of.
    """

    cards: tuple[tuple[PracticeCard, Markup], ...] = ()
    about: tuple[tuple[Link, str], ...] = ()
    near: tuple[Link, ...] = ()
    elsewhere: str = ""
    more: str | None = None
    places: Homonyms = NONE


def learn(layout: Layout, text: str, answer: Hits) -> Learning:
    """Return what can be learnt from for a text of which ``answer`` is the overview."""
    index = layout.site.indexes.search
    called = [iri for iri in index.called(text) if kind_of(iri) in _BRINGS]
    meant = None if called else written_out(text)
    if meant is not None:
        called = _there(layout, meant)
        if not called:
            return _near_to(layout, f"{meant.name} ({where(meant, layout.language)})", meant.latitude, meant.longitude)
    elif not called and all(hit.kind in _TOWNS for hit in answer.hits) and (place := largest(text, 0)):
        called = _there(layout, place)
    towns = [iri for iri in called if kind_of(iri) in _TOWNS]
    held = homonyms(layout, text, towns) if meant is None and (towns or not called) else NONE
    outside = None if called else _outside(layout, text, answer)
    if outside is None and not called and "," in text and answer.match is not Match.ALL:  # a part of a place, and that
        around = text.rpartition(",")[2].strip()
        called = [iri for iri in index.called(around) if kind_of(iri) in _PLACES]
        outside = None if called else _outside(layout, around, index.overview(around, layout.language, _EACH))
    if outside is not None:
        return replace(_near_to(layout, *outside), places=held if len(held.others) > 1 else NONE)
    taken = answer.match is Match.ALL or (answer.match is Match.NEAR and is_slip(text, answer.suggestion))
    hits = [hit for hit in answer.hits if hit.kind in _CONCEPTS] if taken else []
    named = [hit.iri for hit in hits if hit.label.marks or hit.other_name is not None]
    leads = called or named[:_LEADS]
    found = _bearing(layout, leads)
    if called and not found and (others := _named_too(text, called, hits)) and (borne := _bearing(layout, others)):
        leads, found = others, borne
    others = [hit.iri for hit in hits if hit.iri not in leads]
    said = {hit.iri: _SAID - _LATER * place for place, hit in enumerate(_practices(answer))}
    near: list[str] = []
    if called and not found:
        said = {}  # what is called so is meant, and not each word of it
    if leads and not found and not said:
        near = next((some for some in _nearest(layout, leads, () if called else others) if _bearing(layout, some)), [])
        found = _bearing(layout, near)
    elif not leads:
        found = _bearing(layout, others[:1] if not said else ())
    names = name_all(layout.site.engine, layout.site.vocabulary, [*leads, *near], layout.language)
    listed = _all_of(layout, near or leads, found)
    return Learning(
        _chosen(layout, found, said),
        _told_apart([names[iri] for iri in leads], answer),
        tuple(names[iri] for iri in near),
        more=listed,
        places=held if towns and (len(towns) > 1 or held.others) else NONE,
    )


def _outside(layout: Layout, text: str, answer: Hits) -> tuple[str, float, float] | None:
    """Return name, latitude and longitude of a place that a text is the name of, and that the graph does not have.

    The less of the text is found, the smaller is the place that is thought of; what stands in the documents just so is
    what they say. ``answer`` is the overview of the text.
    """
    known = known_elsewhere(text, layout.language)
    if known is not None:
        return known
    place = largest(text, _INHABITANTS[answer.match])
    if place is None:
        return None
    if answer.match is Match.ALL:
        written = layout.site.indexes.search.search(f'"{text.replace(chr(34), " ")}"', layout.language, (), 1)
        if written.match is Match.ALL:
            return None
    return place.name, place.latitude, place.longitude


def is_slip(text: str, meant: str) -> bool:
    """Say whether a text is likely to be a slip for another: few people err in the first letter and in one more."""
    pairs = [*zip(fold(text), fold(meant), strict=False)]
    return all(one[0] == other[0] or distance(one, other, 1) is not None for one, other in pairs)


def _named_too(text: str, called: Sequence[str], hits: Sequence[Hit]) -> list[str]:
    """Return what has the words of a text in its name, beside what is called just so.

    So *memoria*, another word for a report in Spanish, leads to memory and heritage where no report is told of.
    """
    words = {*fold(text)}
    return [hit.iri for hit in hits if hit.iri not in called and words <= {*fold(hit.label.value)}][:_LEADS]


def _there(layout: Layout, place: Town) -> list[str]:
    """Return the places of the graph that have the name of one of the gazetteer and lie where it is."""
    points = layout.site.places.points
    named = [iri for iri in layout.site.indexes.search.called(place.name) if kind_of(iri) in _TOWNS]
    return [iri for iri in named if iri in points and is_at(points[iri], place)]


def _told_apart(links: Sequence[Link], answer: Hits) -> tuple[tuple[Link, str], ...]:
    """Return links, each with where it is, where another of them is called the same."""
    where = {hit.iri: hit.place.label for hit in answer.hits if hit.place is not None}
    called = Counter(link.label.value for link in links)
    return tuple((link, where.get(link.iri.value, "") if called[link.label.value] > 1 else "") for link in links)


def _practices(answer: Hits) -> list[Hit]:
    return [hit for hit in answer.hits if hit.kind == "practice"]


def _bearing(layout: Layout, things: Sequence[str]) -> dict[str, float]:
    """Return the practices that bear some things, each with what that counts: more for more of them."""
    best: defaultdict[str, dict[str, float]] = defaultdict(dict)
    wanted = [Iri(iri) for iri in things]
    rows = ask(layout.site.engine, "practices_bearing", among=("x", wanted), limit=_BROUGHT) if wanted else ()
    for row in rows:
        held, way = best[str(row["practice"])], _WAYS[str(row["way"])]
        held[str(row["x"])] = max(held.get(str(row["x"]), 0.0), way)
    return {iri: sum(held.values()) for iri, held in best.items()}


def _nearest(layout: Layout, leads: Sequence[str], others: Sequence[str]) -> Iterator[list[str]]:
    """Yield concepts near to some that nothing bears, the nearest first.

    They are those above them; ``others``, that were found, too; those whose texts have a name of theirs. What a name
    leads to does not hang on the reader's language, so that the same is nearest in each.
    """
    yield _above(layout, leads)
    yield from ([iri] for iri in others)
    index, engine = layout.site.indexes.search, layout.site.engine
    names = [
        row["o"]
        for name in _NAMED
        for iri in leads
        for row in ask(engine, "values_of", {"thing": Iri(iri), "p": Iri(name)})
    ]
    words = [name for name in names if isinstance(name, Literal)]
    words.sort(key=lambda name: LANGUAGES.index(name.language) if name.language in LANGUAGES else len(LANGUAGES))
    for word in words[:_NAMES]:
        hits = index.search(word.value, word.language or layout.language, _CONCEPTS, _LEADS)
        yield from ([hit.iri] for hit in hits if hits.match is Match.ALL and hit.iri not in leads)


def _above(layout: Layout, things: Sequence[str]) -> list[str]:
    """Return what lies directly above some concepts."""
    engine, broader = layout.site.engine, Iri(SKOS + "broader")
    rows = (row for iri in things for row in ask(engine, "values_of", {"thing": Iri(iri), "p": broader}))
    return list(dict.fromkeys(str(row["o"]) for row in rows if isinstance(row["o"], Iri)))


def _chosen(
    layout: Layout, found: Mapping[str, float], said: Mapping[str, float]
) -> tuple[tuple[PracticeCard, Markup], ...]:
    """Return the best cards: those that bear what was asked for, say it, and tell what was hard and is advised."""
    score = {iri: found.get(iri, 0.0) + said.get(iri, 0.0) for iri in {*found, *said}}
    first = sorted(score, key=lambda iri: (-score[iri], iri))[:_LOOKED_AT]
    held = shown_cards(layout, first)

    def order(card: PracticeCard) -> tuple[bool, float, str]:
        whole = _WHOLE if card.is_whole else 0.0
        return (not card.is_settled, -score[card.thing.iri.value] - whole, card.thing.iri.value)

    best = compact(layout, sorted(held, key=order)[:_CARDS])
    return tuple((card, small_map(layout, card.places[0]) if card.places else Markup("")) for card in best)


def _all_of(layout: Layout, leads: Sequence[str], found: Mapping[str, float]) -> str | None:
    """Return the list of all practices that bear the one thing that was asked for, where there are more than cards."""
    if len(leads) != 1 or len(found) <= _CARDS:
        return None
    facet = LISTS["practices"].facet({"theme": "theme", "target-group": "target"}.get(kind_of(leads[0]), ""))
    if facet is None:
        return layout.urls.link(leads[0])
    return layout.urls.site("/practices", [(facet.name, facet.key(leads[0]))])


def _near_to(layout: Layout, name: str, latitude: float, longitude: float) -> Learning:
    """Return what is done in the places nearest to one that the graph does not have."""

    def distance(place: Place) -> float:
        north, east = place.position or (0.0, 0.0)
        apart = abs(east - longitude)
        return hypot(north - latitude, min(apart, 360 - apart) * cos(radians((north + latitude) / 2)))

    around = sorted((place for place in places(layout) if place.position and place.practices), key=distance)[:_NEAREST]
    near = tuple(place.link for place in around)
    found = _bearing(layout, [link.iri.value for link in near])
    return Learning(_chosen(layout, found, {}), near=near, elsewhere=name)


@lru_cache(maxsize=1)
def _gazetteer() -> dict[str, tuple[tuple[str, str, str], float, float]]:
    """Return the places that people ask for and the graph may not have: by each name, folded, names and position."""
    known: dict[str, tuple[tuple[str, str, str], float, float]] = {}
    for line in resources.files("cityrights.indexes.search").joinpath("elsewhere.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        english, french, spanish, others, latitude, longitude = line.split("|")
        names = (english, french or english, spanish or english)
        for name in (*names, *others.split(";")):
            known.setdefault(folded(name), (names, float(latitude), float(longitude)))
    return known


def known_elsewhere(text: str, language: str) -> tuple[str, float, float] | None:
    """Return name, latitude and longitude of a city or country that is called so; None for what is none."""
    asked = folded(text)
    found = _gazetteer().get(asked)
    if found is not None:
        return (found[0][("en", "fr", "es").index(language)], *found[1:]) if language in ("en", "fr", "es") else None
    for tongue in LANGUAGES:
        for code, name in Locale.parse(tongue).territories.items():
            middle = middle_of(code) if len(code) == 2 and folded(str(name)) == asked else None
            if middle is not None:
                return str(Locale.parse(language).territories.get(code, name)), middle[1], middle[0]
    return None


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
        learning=learn(layout, text, answer) if not kind else None,
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


def learn_from() -> flask.Response:
    """Answer at /learn, which leads to the search: what is to be learnt stands first there."""
    text = flask.request.args.get("q", "")
    response = flask.Response("", 308)
    response.headers["Location"] = current_layout().urls.site("/search", {"q": text} if text else None)
    return response


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
    if kind:
        _require_known(kind)
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
    for kind in kinds:
        _require_known(kind)
    return kinds


def _require_known(kind: str) -> None:
    """Raise a 400, with the kinds that may be meant, for a kind of thing that there is not."""
    if kind not in INDEXED_KINDS:
        raise refused(words().faults.kind + told_near(nearest(kind, INDEXED_KINDS), language()))


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
