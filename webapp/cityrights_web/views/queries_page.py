"""/queries and the page of one stored query: its form, its answer, its query, programs, citation."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final
from urllib.parse import urlencode

import flask

from cityrights.indexes.facets.lists import UNSETTLED, sort_key
from cityrights.library.pages import written_out
from cityrights.library.queries import TOGETHER, LibraryQuery, Parameter, nearest, with_prefixes
from cityrights.library.running import Answer, answer, beside
from cityrights.resources.dataset import Citation
from cityrights.terms import Iri, Literal, Term, best_label, fallback_chain, name_text
from cityrights_web import signposts
from cityrights_web.layout import Layout
from cityrights_web.responses import (
    current_layout,
    current_site,
    data,
    html,
    json_answer,
    licences,
    link_header,
    missing,
    once,
    page_number,
)
from cityrights_web.results import pictures, table
from cityrights_web.results.pictures import TooMuch
from cityrights_web.results.samples import answer_samples
from cityrights_web.signposts import Signposts
from cityrights_web.site import EarlierSnapshots, Site
from cityrights_web.structured import Listed, block
from cityrights_web.urls import LANGUAGES, Urls
from cityrights_web.views import queries_citing, queries_data
from cityrights_web.views.queries_data import (
    cells,
    measured_by,
    offers,
    respond,
    shown_columns,
    size,
    too_much_words,
    turns,
    view_of,
)
from cityrights_web.views.queries_request import (
    CITED,
    Asked,
    AskedVersion,
    SiteLibrary,
    Versions,
    faultless,
    only,
    read,
    version,
)
from cityrights_web.views.resource import CITATIONS, FORMATS
from sparqlgate.http import formats
from sparqlgate.http.formats import RESULTS, Format
from sparqlgate.http.problems import bad_request

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One question in the list: its address, texts, what shows its answer, and what it is about."""

    address: str
    title: str
    question: str
    view: str
    tags: tuple[str, ...]
    ran: str


def parts(layout: Layout) -> dict[str, object]:
    """Return what the template of the list needs. Raises a 400 for a tag that there is not."""
    text, tag = flask.request.args.get("q", "").strip(), flask.request.args.get("tag", "")
    tags = sorted(
        {each for query in layout.site.questions.values() for each in query.tags}, key=lambda each: word(layout, each)
    )
    if len(text) > _LONGEST:
        raise bad_request(f"The words to find are longer than {_LONGEST} characters.")
    if tag and tag not in tags:
        raise bad_request("There is no such tag; /queries lists those that there are.", available=tags)
    found = [
        query
        for query in layout.site.questions.values()
        if (not tag or tag in query.tags) and _has(layout, query, text)
    ]
    vain = [query for query in found if query.name not in layout.site.answered]
    first = [] if text or tag else [query for query in found if query.asked and query not in vain]
    groups = _groups(layout, [query for query in found if query not in (*first, *vain)])
    if vain:
        named = sorted((_line(layout, query) for query in vain), key=lambda line: sort_key(line.title))
        groups.append(Group(layout.words.queries.nothing_yet, named, expert=False))
    lines = [(query.titles[layout.language], layout.absolute(layout.urls.queries(query.name))) for query in first]
    lines += [(line.title, layout.absolute(line.address)) for group in groups for line in group.lines]
    return {
        "listed": Listed(len(lines), lines),
        "text": text,
        "tag": tag,
        "tags": [(each, word(layout, each)) for each in tags],
        "first": [replace(_line(layout, query), title=query.asked[layout.language]) for query in first],
        "groups": [group for group in groups if not group.expert],
        "expert": [group for group in groups if group.expert],
        "count": len(found),
        "ran": queries_citing.summary(layout),
    }


def records(layout: Layout) -> list[dict[str, object]]:
    """Return every question as data."""
    return [
        {
            "name": query.name,
            "title": query.titles[layout.language],
            "question": query.questions[layout.language],
            "asked": query.asked[layout.language] if query.asked else None,
            "tags": query.tags,
            "view": view.kind if (view := view_of(query)) else "table",
            "page": layout.absolute(layout.urls.queries(query.name)),
            "answer": layout.absolute(layout.urls.queries(query.name, extension="json")),
            "run": _run(layout, query),
            "parameters": [
                {
                    "name": parameter.name,
                    "type": parameter.type,
                    "class": parameter.of or None,
                    "default": parameter.default,
                    "meaning": parameter.told(layout.language),
                }
                for parameter in query.parameters
            ],
        }
        for query in layout.site.questions.values()
    ]


def _run(layout: Layout, query: LibraryQuery) -> dict[str, object] | None:
    """Return how the question fared when the data were built; None where that is not known."""
    run = layout.site.runs.get(query.name)
    if run is None or run.text != query.digest:
        return None
    return {
        "version": layout.site.short,
        "when": run.when,
        "rows": run.rows,
        "milliseconds": run.milliseconds,
        "fault": run.fault or None,
    }


def word(layout: Layout, tag: str) -> str:
    """Return what a tag is called in the page's language."""
    return layout.words.queries.tags.get(tag, tag)


#: What questions are about that are asked of the model and its evidence, and not of what cities do.
_EXPERT: Final = frozenset({"claims", "conflicts", "evidence", "numbers", "quotations", "references"})


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that are about one thing; ``expert`` are those about the model and its evidence."""

    name: str
    lines: list[Line]
    expert: bool


def _groups(layout: Layout, found: list[LibraryQuery]) -> list[Group]:
    """Return the questions by their first tag under which others stand too, the largest groups first."""
    leading = Counter(query.tags[0] for query in layout.site.questions.values())
    held: defaultdict[str, list[Line]] = defaultdict(list)
    for query in found:
        group = next((tag for tag in query.tags if leading[tag] > 1), query.tags[0])
        held[group].append(_line(layout, query, group))
    named = [
        Group(word(layout, tag), sorted(lines, key=lambda line: sort_key(line.title)), tag in _EXPERT)
        for tag, lines in held.items()
    ]
    return sorted(named, key=lambda group: (-len(group.lines), group.name.casefold()))


def _line(layout: Layout, query: LibraryQuery, group: str = "") -> Line:
    view = view_of(query)
    return Line(
        layout.urls.queries(query.name),
        query.titles[layout.language],
        query.questions[layout.language],
        layout.words.queries.has_view[view.kind] if view else "",
        tuple(word(layout, tag) for tag in query.tags if tag != group),
        queries_citing.brief(layout, query),
    )


def _has(layout: Layout, query: LibraryQuery, text: str) -> bool:
    """Say whether every word of ``text`` begins a word of the question, whatever its accents and capitals."""
    language = layout.language
    held = [
        query.name,
        query.titles[language],
        query.questions[language],
        query.asked.get(language, ""),
        *(word(layout, tag) for tag in query.tags),
    ]
    words = _folded(" ".join(held))
    return all(any(known.startswith(wanted) for known in words) for wanted in _folded(text))


def _folded(text: str) -> list[str]:
    plain = "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))
    return "".join(each if each.isalnum() else " " for each in plain).split()


_SIZE: Final = 50
#: A map of one place, or a network of one thing, says no more than the table does.
_FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form: its parameter, its value, what is wrong with it, and what can be chosen in its place."""

    parameter: Parameter
    label: str
    value: str
    fault: str
    choices: tuple[tuple[str, Literal], ...]


def respond_page(view: AskedVersion, served: Site) -> flask.Response:
    """Answer with the page of a question; one that cannot be asked says why beside its fields, with a 400.

    ``served`` is the site as it is now, which is not that of a view of an earlier version.
    """
    layout, shelf, query = view.layout, view.shelf, view.query
    words = layout.words.queries
    only(query, ("page", *CITED), layout.language)
    asked = read(layout, shelf, query)
    own = [(name, value) for name, value in flask.request.args.items() if name not in CITED]
    layout = replace(layout, query=own)
    site = layout.site
    limits = site.limits[False]
    began = perf_counter()
    found = None if asked.faults else answer(site.engine, query, asked.terms, layout.language, limits)
    milliseconds = 1000 * (perf_counter() - began)
    number, last = page_number(), max(1, -(-len(found.rows) // _SIZE)) if found else 1
    if number > last:
        raise missing(words.past.format(n=layout.number(last)))
    english = queries_citing.cited_answer(layout, query, asked, found) if found is not None else None
    pairs = [*asked.pairs(query), *view.pairs]
    context: dict[str, object] = {
        "query": query,
        "title": query.titles[layout.language],
        "question": query.questions[layout.language],
        "tags": [(tag, word(layout, tag)) for tag in query.tags],
        "fields": _fields(layout, shelf, query, asked),
        "standing": queries_citing.tell(view, served, asked, english),
        "current": layout.urls.queries(query.name, asked.pairs(query)),
        "ran": queries_citing.last(layout, query),
        "found": found,
        "page": number,
        "last": last,
    }
    links: list[tuple[str, str, str]] = []
    if found is not None and english is not None:
        citation = queries_citing.of(layout, query, asked, heading(layout, query, asked), english)
        data = [(form, layout.urls.queries(query.name, pairs, form.extension)) for form in offers(query)]
        turned = {
            name: layout.urls.queries(query.name, [*pairs, ("page", str(to))])
            for name, to in (turns(number, last) if last > 1 else {}).items()
        }
        said = beside(site.engine, site.questions, query, asked.terms, limits)
        at = layout.urls.queries(said.query.name, [(TOGETHER[1], _value(said.value))]) if said is not None else ""
        context |= {"beside": said, "beside_at": at}
        links = [(address, "alternate", form.media_type) for form, address in data]
        links += [(at, "related", "")] if at else []
        links += [(address, name, "") for name, address in turned.items()]
        links += [*_signposts(view, asked, citation.iri, layout.urls.public).at_page, *licences()]
        context |= {"formats": [(_name(form), address) for form, address in data], "turns": turned}
        context |= {"took": queries_citing.now(layout, milliseconds), "citation": citation}
        context |= _shown(view, layout, asked, found, number, citation)
    response = html(layout.render("queries/one.html", **context), links)
    response.status_code = 400 if asked.faults else 200
    return response


def _value(term: Term) -> str:
    return name_text(term.value) if isinstance(term, Iri) else term.value


def heading(layout: Layout, query: LibraryQuery, asked: Asked) -> str:
    """Return the title of a question with the values that it is asked about."""
    values = ", ".join(f"{name} = {value}" for name, value in asked.pairs(query))
    return query.titles[layout.language] + (f" ({values})" if values else "")


def _each_once(found: Answer, columns: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield each column whose things stand in several rows, with how many things these are: a story counts them."""
    for name in columns:
        things = {row[name] for row in found.rows if isinstance(row.get(name), Iri)}
        if 1 < len(things) < len(found.rows):
            yield name, len(things)


def _not_yet(layout: Layout, found: Answer) -> int:
    """Return how many rows are about what is underway or planned, where the answer says so."""
    label = layout.site.vocabulary.label
    known = {*UNSETTLED, *(label(status, layout.language).value for status in UNSETTLED)}
    return sum(str(row.get("status", row.get("statusLabel"))) in known for row in found.rows)


def _shown(
    view: AskedVersion, layout: Layout, asked: Asked, found: Answer, number: int, citation: Citation
) -> dict[str, object]:
    """Return what the template shows of an answer."""
    shelf, query = view.shelf, view.query
    columns = shown_columns(query, found)
    some = found.rows[(number - 1) * _SIZE : number * _SIZE]
    pairs = [*asked.pairs(query), *view.pairs]

    def absolute(extension: str) -> str:
        return layout.absolute(layout.urls.queries(query.name, pairs, extension))

    return {
        "not_yet": _not_yet(layout, found),
        "each_once": [(layout.words.queries.columns.get(name, name), n) for name, n in _each_once(found, columns)],
        "columns": [
            (name, layout.words.queries.columns.get(name, name), any(_is_number(row.get(name)) for row in some))
            for name in columns
        ],
        "rows": cells(layout, shelf, columns, some),
        **_picture(layout, query, pairs, found),
        "text": with_prefixes(written_out(query.spoken(nearest(layout.language)), asked.terms)),
        "rest": absolute("json"),
        "samples": answer_samples(absolute("json"), absolute("csv")),
        "citations": [
            (extension, form.name, write(citation), layout.urls.cite(f"queries/{query.name}", extension, pairs))
            for extension, (form, write) in FORMATS.items()
        ],
        "version": version(layout.site, query),
        "json_ld": block(_described(layout, query, citation.iri)),
    }


def _picture(layout: Layout, query: LibraryQuery, pairs: list[tuple[str, str]], found: Answer) -> dict[str, object]:
    """Return the view of an answer: its kind, the address of its data or its bars, or why it is not shown."""
    view = view_of(query)
    none: dict[str, object] = {"view": None, "drawn": None, "bars": None, "years": None, "fault": None, "size": ""}
    if view is None or not found.rows:
        return none
    extension = {"map": "geojson", "network": "network.json"}.get(view.kind)
    try:
        if view.kind == "timeline":
            return {**none, "view": "timeline", "years": pictures.years(layout, found, view)}
        if extension is None:
            bars = pictures.bars(layout, found, view)
            return {**none, "view": view.kind, "bars": bars} if len(bars) > 1 else none
        if size(view, found) < _FEWEST:
            return none
    except TooMuch as error:
        return {**none, "fault": too_much_words(layout, query, error)}
    drawn = layout.urls.queries(query.name, pairs, extension)
    return {**none, "view": view.kind, "drawn": drawn, "size": measured_by(layout, found, view)}


def _fields(layout: Layout, shelf: SiteLibrary, query: LibraryQuery, asked: Asked) -> list[Field]:
    chain = fallback_chain(layout.language)
    made = []
    for parameter in query.parameters:
        label = layout.site.vocabulary.label
        choices = [
            (choice.value, best_label(choice.labels, chain) or label(choice.iri, layout.language))
            for choice in shelf.choices(query, parameter)
        ]
        value, fault = asked.values[parameter.name], asked.faults.get(parameter.name, "")
        if choices and all(value != choice for choice, _ in choices):
            if fault:
                value = parameter.default  # the fault says what was given; a list cannot show what it does not have
            else:
                choices.append((value, label(str(asked.terms[parameter.name]), layout.language)))
        ordered = tuple(sorted(choices, key=lambda pair: sort_key(pair[1].value)))
        made.append(Field(parameter, parameter.told(layout.language), value, fault, ordered))
    return made


def _name(form: Format) -> str:
    """Name a format so that rows in JSON and results in SPARQL’s JSON are told apart."""
    return f"SPARQL {form.name}" if form in RESULTS and form.extension in ("srj", "srx") else form.name


def _is_number(term: Term | None) -> bool:
    return table.number(term) is not None


def _described(layout: Layout, query: LibraryQuery, address: str) -> dict[str, object]:
    """Describe the answer as schema.org has it: a data set that is part of the whole."""
    return {
        "@type": "Dataset",
        "@id": address,
        "url": layout.address,
        "name": query.titles[layout.language],
        "description": query.questions[layout.language],
        **({"license": kept[0] if len(kept) == 1 else kept} if (kept := list(layout.site.licences)) else {}),
        "version": version(layout.site, query),
        "keywords": [word(layout, tag) for tag in query.tags],
        "isAccessibleForFree": True,
        "isPartOf": layout.absolute(layout.urls.site("/")),
    }


def _versions(site: Site) -> Versions:
    return Versions(site, SiteLibrary(site), once(EarlierSnapshots))


def queries() -> flask.Response:
    layout = replace(current_layout(), query=flask.request.args.to_dict())
    body = layout.render("queries/list.html", **parts(layout))
    return html(body, [(layout.urls.plain("/queries.ttl"), "alternate", formats.TURTLE.media_type)])


def queries_records() -> flask.Response:
    layout = current_layout()
    return json_answer(records(layout), layout.urls.site("/queries"))


def queries_rdf() -> flask.Response:
    layout = current_layout()
    page = layout.urls.site("/queries")
    return data(
        queries_data.turtle(layout, layout.site.questions.values()), formats.TURTLE, [(page, "alternate", "text/html")]
    )


def one(key: str) -> flask.Response:
    site = current_site()
    name, dot, extension = key.partition(".")
    layout = current_layout()
    if not dot:
        return respond_page(once(_versions).view(layout, name), site)
    view = once(_versions).served(layout, name)
    response = respond(view, extension)
    asked = read(layout, view.shelf, view.query)
    # What to cite names the answer by its digest, which the page knows and a file would have to ask for again.
    links = [link for link in _signposts(view, asked, "", layout.urls.public).at_file if link[1] != "cite-as"]
    response.headers["Link"] = ", ".join([response.headers["Link"], *link_header(links)])
    return response


def cited_question(name: str, to: str) -> tuple[Citation, str, Signposts]:
    """Return the citation of a question as the address asks it, the page that shows it, and its signposts.

    ``to`` stands before the addresses of these. Raises Problem as the question itself does.
    """
    view = once(_versions).served(current_layout(), name)
    layout, query = view.layout, view.query
    only(query, (*CITED, "accessed"), layout.language)
    asked = faultless(read(layout, view.shelf, query))
    found = queries_citing.cited_answer(layout, query, asked)
    made = queries_citing.of(layout, query, asked, heading(layout, query, asked), found)
    page = layout.urls.queries(query.name, [*asked.pairs(query), *view.pairs])
    return made, page, _signposts(view, asked, made.iri, to)


def _signposts(view: AskedVersion, asked: Asked, name: str, to: str) -> Signposts:
    """Return the signposts of an answer, cited by ``name``: a data set of its own, whose files are its formats."""
    query, urls, site = view.query, Urls(public=to), view.layout.site
    pairs = [*asked.pairs(query), *view.pairs]
    ask = f"?{urlencode(pairs)}" if pairs else ""
    return Signposts(
        name,
        [urls.site(f"/queries/{query.name}", pairs, language=one) for one in LANGUAGES],
        ["Dataset"],
        signposts.authors(site, whole=True),
        signposts.licences(site),
        [(urls.cite(f"queries/{query.name}", form.extension, pairs), form.media_type) for form in CITATIONS],
        [(urls.queries(query.name, pairs, form.extension), form.media_type) for form in offers(query)],
        urls.plain(f"/linkset/queries/{query.name}"),
        ask,
    )
