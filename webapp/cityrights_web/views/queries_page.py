"""/queries and the page of one stored query: its form, its answer, its query, programs, citation."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final

import flask

from cityrights.library.pages import written_out
from cityrights.library.queries import LibraryQuery, Parameter, nearest, with_prefixes
from cityrights.library.running import Answer, answer
from cityrights.terms import Literal, Term, best_label, fallback_chain
from cityrights_web import whose_data
from cityrights_web.http.formats import RESULTS, Format
from cityrights_web.http.problems import bad_request
from cityrights_web.layout import Frame
from cityrights_web.responses import html, licences, missing, page_number
from cityrights_web.results import values
from cityrights_web.site import Site
from cityrights_web.structured import Listed, block
from cityrights_web.views import queries_citing, queries_data
from cityrights_web.views.queries_data import cells, offers, samples, shown_columns, too_much_words, turns, view_of
from cityrights_web.views.queries_request import CITED, Asked, AskedVersion, Shelf, only, questions, read, version
from cityrights_web.views.resource.cite import FORMATS, Citation

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


def parts(around: Frame) -> dict[str, object]:
    """Return what the template of the list needs. Raises a 400 for a tag that there is not."""
    text, tag = flask.request.args.get("q", "").strip(), flask.request.args.get("tag", "")
    tags = sorted({each for query in questions().values() for each in query.tags}, key=lambda each: word(around, each))
    if len(text) > _LONGEST:
        raise bad_request(f"The words to find are longer than {_LONGEST} characters.")
    if tag and tag not in tags:
        raise bad_request("There is no such tag; /queries lists those that there are.", available=tags)
    found = [query for query in questions().values() if (not tag or tag in query.tags) and _has(around, query, text)]
    groups = _groups(around, found)
    lines = [(line.title, around.absolute(line.address)) for _, group in groups for line in group]
    return {
        "listed": Listed(len(lines), lines),
        "text": text,
        "tag": tag,
        "tags": [(each, word(around, each)) for each in tags],
        "groups": groups,
        "count": len(found),
        "ran": queries_citing.summary(around),
    }


def records(around: Frame) -> list[dict[str, object]]:
    """Return every question as data."""
    return [
        {
            "name": query.name,
            "title": query.titles[around.language],
            "question": query.questions[around.language],
            "tags": query.tags,
            "view": view[0] if (view := view_of(query)) else "table",
            "page": around.absolute(around.urls.queries(query.name)),
            "answer": around.absolute(around.urls.queries(query.name, extension="json")),
            "run": _run(around, query),
            "parameters": [
                {
                    "name": parameter.name,
                    "type": parameter.type,
                    "class": parameter.of or None,
                    "default": parameter.default,
                    "meaning": parameter.told(around.language),
                }
                for parameter in query.parameters
            ],
        }
        for query in questions().values()
    ]


def _run(around: Frame, query: LibraryQuery) -> dict[str, object] | None:
    """Return how the question fared when the data were built; None where that is not known."""
    run = around.site.runs.get(query.name)
    if run is None or run.text != query.digest:
        return None
    return {
        "version": around.site.short,
        "when": run.when,
        "rows": run.rows,
        "milliseconds": run.milliseconds,
        "fault": run.fault or None,
    }


def word(around: Frame, tag: str) -> str:
    """Return what a tag is called in the page's language."""
    return around.words.queries.tags.get(tag, tag)


def _groups(around: Frame, found: list[LibraryQuery]) -> list[tuple[str, list[Line]]]:
    """Return the questions by their first tag under which others stand too, the largest groups first."""
    leading = Counter(query.tags[0] for query in questions().values())
    held: defaultdict[str, list[Line]] = defaultdict(list)
    for query in found:
        view = view_of(query)
        group = next((tag for tag in query.tags if leading[tag] > 1), query.tags[0])
        held[group].append(
            Line(
                around.urls.queries(query.name),
                query.titles[around.language],
                query.questions[around.language],
                around.words.queries.has_view[view[0]] if view else "",
                tuple(word(around, tag) for tag in query.tags if tag != group),
                queries_citing.brief(around, query),
            )
        )
    named = [(word(around, tag), sorted(lines, key=lambda line: line.title.casefold())) for tag, lines in held.items()]
    return sorted(named, key=lambda group: (-len(group[1]), group[0].casefold()))


def _has(around: Frame, query: LibraryQuery, text: str) -> bool:
    """Say whether every word of ``text`` begins a word of the question, whatever its accents and capitals."""
    language = around.language
    held = [query.name, query.titles[language], query.questions[language], *(word(around, tag) for tag in query.tags)]
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
    around, shelf, query = view.around, view.shelf, view.query
    words = around.words.queries
    only(query, ("page", *CITED), words)
    asked = read(around, shelf, query)
    own = [(name, value) for name, value in flask.request.args.items() if name not in CITED]
    around = replace(around, query=own)
    site = around.site
    limits = site.limits[False]
    began = perf_counter()
    found = None if asked.faults else answer(site.engine, query, asked.terms, around.language, limits)
    milliseconds = 1000 * (perf_counter() - began)
    number, last = page_number(), max(1, -(-len(found.rows) // _SIZE)) if found else 1
    if number > last:
        raise missing(words.past.format(n=around.number(last)))
    english = queries_citing.cited_answer(around, query, asked, found) if found is not None else None
    pairs = [*asked.pairs(query), *view.pairs]
    context: dict[str, object] = {
        "query": query,
        "title": query.titles[around.language],
        "question": query.questions[around.language],
        "tags": [(tag, word(around, tag)) for tag in query.tags],
        "fields": _fields(around, shelf, query, asked),
        "standing": queries_citing.tell(view, served, asked, english),
        "current": around.urls.queries(query.name, asked.pairs(query)),
        "ran": queries_citing.last(around, query),
        "found": found,
        "page": number,
        "last": last,
    }
    links: list[tuple[str, str, str]] = []
    if found is not None and english is not None:
        citation = queries_citing.of(around, query, asked, heading(around, query, asked), english)
        data = [(form, around.urls.queries(query.name, pairs, form.extension)) for form in offers(query)]
        beside = {
            name: around.urls.queries(query.name, [*pairs, ("page", str(to))])
            for name, to in (turns(number, last) if last > 1 else {}).items()
        }
        links = [(address, "alternate", form.media_type) for form, address in data]
        links += [(address, name, "") for name, address in beside.items()]
        links += [(citation.iri, "cite-as", ""), *licences()]
        context |= {"formats": [(_name(form), address) for form, address in data], "turns": beside}
        context |= {"took": queries_citing.now(around, milliseconds), "citation": citation}
        context |= _shown(view, around, asked, found, number, citation)
    response = html(around.render("queries/one.html", **context), links)
    response.status_code = 400 if asked.faults else 200
    return response


def heading(around: Frame, query: LibraryQuery, asked: Asked) -> str:
    """Return the title of a question with the values that it is asked about."""
    values = ", ".join(f"{name} = {value}" for name, value in asked.pairs(query))
    return query.titles[around.language] + (f" ({values})" if values else "")


def _shown(
    view: AskedVersion, around: Frame, asked: Asked, found: Answer, number: int, citation: Citation
) -> dict[str, object]:
    """Return what the template shows of an answer."""
    shelf, query = view.shelf, view.query
    columns = shown_columns(query, found)
    some = found.rows[(number - 1) * _SIZE : number * _SIZE]
    pairs = [*asked.pairs(query), *view.pairs]

    def absolute(extension: str) -> str:
        return around.absolute(around.urls.queries(query.name, pairs, extension))

    return {
        "columns": [
            (name, around.words.queries.columns.get(name, name), any(_is_number(row.get(name)) for row in some))
            for name in columns
        ],
        "rows": cells(around, shelf, columns, some),
        **_picture(around, query, pairs, found),
        "text": with_prefixes(written_out(query.spoken(nearest(around.language)), asked.terms)),
        "rest": absolute("json"),
        "samples": samples(absolute("json"), absolute("csv")),
        "citations": [
            (extension, form.name, write(citation), around.urls.cite_query(query.name, extension, pairs))
            for extension, (form, write) in FORMATS.items()
        ],
        "version": version(around.site, query),
        "json_ld": block(_described(around, query, citation.iri)),
    }


def _picture(around: Frame, query: LibraryQuery, pairs: list[tuple[str, str]], found: Answer) -> dict[str, object]:
    """Return the view of an answer: its kind, the address of its data or its bars, or why it is not shown."""
    view = queries_data.view_of(query)
    none: dict[str, object] = {"view": None, "drawn": None, "bars": None, "years": None, "fault": None}
    if view is None or not found.rows:
        return none
    extension = {"map": "geojson", "network": "network.json"}.get(view[0])
    try:
        if view[0] == "timeline":
            return {**none, "view": "timeline", "years": queries_data.years(around, query, found)}
        if extension is None:
            bars = queries_data.bars(around, query, found)
            return {**none, "view": view[0], "bars": bars} if len(bars) > 1 else none
        if queries_data.size(query, found) < _FEWEST:
            return none
    except queries_data.TooMuch as error:
        return {**none, "fault": too_much_words(around, query, error)}
    return {**none, "view": view[0], "drawn": around.urls.queries(query.name, pairs, extension)}


def _fields(around: Frame, shelf: Shelf, query: LibraryQuery, asked: Asked) -> list[Field]:
    chain = fallback_chain(around.language)
    made = []
    for parameter in query.parameters:
        label = around.site.vocabulary.label
        choices = [
            (choice.value, best_label(choice.labels, chain) or label(choice.iri, around.language))
            for choice in shelf.choices(query, parameter)
        ]
        value, fault = asked.values[parameter.name], asked.faults.get(parameter.name, "")
        if choices and all(value != choice for choice, _ in choices):
            if fault:
                value = parameter.default  # the fault says what was given; a list cannot show what it does not have
            else:
                choices.append((value, label(str(asked.terms[parameter.name]), around.language)))
        ordered = tuple(sorted(choices, key=lambda pair: pair[1].value.casefold()))
        made.append(Field(parameter, parameter.told(around.language), value, fault, ordered))
    return made


def _name(form: Format) -> str:
    """Name a format so that rows in JSON and results in SPARQL’s JSON are told apart."""
    return f"SPARQL {form.name}" if form in RESULTS and form.extension in ("srj", "srx") else form.name


def _is_number(term: Term | None) -> bool:
    return values.number(term) is not None


def _described(around: Frame, query: LibraryQuery, address: str) -> dict[str, object]:
    """Describe the answer as schema.org has it: a data set that is part of the whole."""
    return {
        "@type": "Dataset",
        "@id": address,
        "url": around.address,
        "name": query.titles[around.language],
        "description": query.questions[around.language],
        **(
            {"license": kept[0] if len(kept) == 1 else kept} if (kept := list(whose_data.licences(around.site))) else {}
        ),
        "version": version(around.site, query),
        "keywords": [word(around, tag) for tag in query.tags],
        "isAccessibleForFree": True,
        "isPartOf": around.absolute(around.urls.site("/")),
    }
