"""The page of one question: its form, its answer as a picture and as a table, its query, programs, citation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final

import flask

from cityrights.describe import Answer, Literal, Term, answer, written_out
from cityrights.describe.terms import best_label, fallback_chain
from cityrights.library import LibraryQuery, Parameter, nearest, with_prefixes
from cityrights_web import own
from cityrights_web.answers import values
from cityrights_web.formats import RESULTS, Format
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.queries import citing, listing, pictures, runs, standing
from cityrights_web.pages.queries.asked import Asked, only, read
from cityrights_web.pages.queries.data import offers, too_much_words, turns
from cityrights_web.pages.queries.samples import samples
from cityrights_web.pages.queries.shelf import Shelf, version
from cityrights_web.pages.queries.table import cells, shown_columns
from cityrights_web.pages.queries.versions import CITED, View
from cityrights_web.pages.request import html, licences, missing, page_number
from cityrights_web.pages.things.cite import FORMATS, Citation
from cityrights_web.shell.context import Site
from cityrights_web.structured import block

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


def respond_page(view: View, served: Site) -> flask.Response:
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
    english = citing.cited_answer(around, query, asked, found) if found is not None else None
    pairs = [*asked.pairs(query), *view.pairs]
    context: dict[str, object] = {
        "query": query,
        "title": query.titles[around.language],
        "question": query.questions[around.language],
        "tags": [(tag, listing.word(around, tag)) for tag in query.tags],
        "fields": _fields(around, shelf, query, asked),
        "standing": standing.tell(view, served, asked, english),
        "current": around.urls.queries(query.name, asked.pairs(query)),
        "ran": runs.last(around, query),
        "found": found,
        "page": number,
        "last": last,
    }
    links: list[tuple[str, str, str]] = []
    if found is not None and english is not None:
        citation = citing.of(around, query, asked, heading(around, query, asked), english)
        data = [(form, around.urls.queries(query.name, pairs, form.extension)) for form in offers(query)]
        beside = {
            name: around.urls.queries(query.name, [*pairs, ("page", str(to))])
            for name, to in (turns(number, last) if last > 1 else {}).items()
        }
        links = [(address, "alternate", form.media_type) for form, address in data]
        links += [(address, name, "") for name, address in beside.items()]
        links += [(citation.iri, "cite-as", ""), *licences()]
        context |= {"formats": [(_name(form), address) for form, address in data], "turns": beside}
        context |= {"took": runs.now(around, milliseconds), "citation": citation}
        context |= _shown(view, around, asked, found, number, citation)
    response = html(around.render("queries/one.html", **context), links)
    response.status_code = 400 if asked.faults else 200
    return response


def heading(around: Frame, query: LibraryQuery, asked: Asked) -> str:
    """Return the title of a question with the values that it is asked about."""
    values = ", ".join(f"{name} = {value}" for name, value in asked.pairs(query))
    return query.titles[around.language] + (f" ({values})" if values else "")


def _shown(
    view: View, around: Frame, asked: Asked, found: Answer, number: int, citation: Citation
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
    view = pictures.view_of(query)
    none: dict[str, object] = {"view": None, "drawn": None, "bars": None, "years": None, "fault": None}
    if view is None or not found.rows:
        return none
    extension = {"map": "geojson", "network": "network.json"}.get(view[0])
    try:
        if view[0] == "timeline":
            return {**none, "view": "timeline", "years": pictures.years(around, query, found)}
        if extension is None:
            bars = pictures.bars(around, query, found)
            return {**none, "view": view[0], "bars": bars} if len(bars) > 1 else none
        if pictures.size(query, found) < _FEWEST:
            return none
    except pictures.TooMuch as error:
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
        **({"license": kept[0] if len(kept) == 1 else kept} if (kept := list(own.licences(around.site))) else {}),
        "version": version(around.site, query),
        "keywords": [listing.word(around, tag) for tag in query.tags],
        "isAccessibleForFree": True,
        "isPartOf": around.absolute(around.urls.site("/")),
    }
