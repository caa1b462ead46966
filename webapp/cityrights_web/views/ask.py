"""/ask: a question put together by choosing, told in words, counted, answered, and handed on as SPARQL."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl

import flask

from cityrights.indexes.facets.lists import LISTS, TOGETHER, sort_key
from cityrights.query_builder import (
    Kind,
    ParsedQuestion,
    Phrase,
    Question,
    Schema,
    Verbalizer,
    cells_query,
    count_query,
    path_name,
    read,
    readable,
    rows_query,
    subject,
)
from cityrights.query_builder.sparql import SEPARATOR
from cityrights.resources.model import Link
from cityrights.terms import Iri, Literal, Row, Term, rows
from cityrights.vocabulary import CR
from cityrights_web.layout import Layout
from cityrights_web.responses import add_links, current_layout, html, once, see_other
from cityrights_web.views.ask_form import Form, Maker, QueryBuilder
from cityrights_web.views.together import Together, together
from sparqlgate.errors import EngineBusy, QueryError, SnapshotError
from sparqlgate.http import formats
from sparqlgate.http.formats import Format
from sparqlgate.http.problems import LATER, Problem, bad_request, from_error
from sparqlgate.query import Query

#: Rows that the page shows; the whole answer is a click away.
SHOWN: Final = 20
#: Values of one cell that the page shows.
_IN_A_CELL: Final = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows: links to things or a text, and how many more there are."""

    links: tuple[Link, ...] = ()
    text: str = ""
    more: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a question; ``count`` is of all that it finds, ``total`` of the rows that its limit leaves.

    ``later`` is how many fit that are underway or planned, and so are left out.
    """

    count: int
    later: int
    total: int
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Link, tuple[Cell, ...]], ...]
    query: str


def find(layout: Layout, builder: QueryBuilder, verbalizer: Verbalizer, question: Question) -> Found:
    """Ask the graph. Raises QueryError as the engine does."""
    schema = builder.schema
    count = int(str(_ask(layout, count_query(schema, question))[0]["count"]))
    leaves_out = question.settled_only and question.of.status is not None
    later = int(str(_ask(layout, count_query(schema, question, later=True))[0]["count"])) if leaves_out else 0
    total = count if question.limit is None else min(count, question.limit)
    heads = tuple((path_name(path), verbalizer.path(path)) for path in question.columns)
    shown = _table(layout, builder, question, _things(layout, schema, question)) if count else ()
    return Found(count, later, total, heads, shown, rows_query(schema, question, layout.language))


def _ask(layout: Layout, text: str) -> list[Row]:
    with layout.site.engine.query(Query(text, limits=layout.site.limits[False])) as result:
        return list(rows(result.read()))


def _things(layout: Layout, schema: Schema, question: Question) -> list[Iri]:
    """Return the first things: no column is needed for that but the one that they are in the order of."""
    asked = replace(question, columns=() if question.sort is None else (question.sort,))
    name = subject(question.of)[1:]
    found = [row[name] for row in _ask(layout, rows_query(schema, asked, layout.language, SHOWN))]
    return [thing for thing in found if isinstance(thing, Iri)]


def _table(
    layout: Layout, builder: QueryBuilder, question: Question, things: list[Iri]
) -> tuple[tuple[Link, tuple[Cell, ...]], ...]:
    held: defaultdict[tuple[str, int], list[Term]] = defaultdict(list)
    named = [thing for thing in things if ":" in thing.value]  # what has no colon is a node without a name
    if question.columns and named:
        for row in _ask(layout, cells_query(builder.schema, question, named)):
            held[str(row["thing"]), int(str(row["column"]))].append(row["value"])
    wanted = {term.value for terms in held.values() for term in terms if isinstance(term, Iri)}
    names = builder.names(wanted | {thing.value for thing in things})

    def link(iri: Iri) -> Link:
        return layout.site.vocabulary.link(iri, layout.language, names.get(iri.value, ()))

    def cell(terms: list[Term], kind: Kind) -> Cell:
        if kind is Kind.THING:
            links = [link(term) for term in terms if isinstance(term, Iri)]
            links.sort(key=lambda each: (sort_key(each.label.value), each.iri.value))
            return Cell(tuple(links[:_IN_A_CELL]), more=max(0, len(links) - _IN_A_CELL))
        texts = [term for term in terms if isinstance(term, Literal)]
        if kind is Kind.TEXT:
            texts = readable(texts, layout.language)
        words = layout.words.comparators if kind is Kind.CODE else {}
        written = dict.fromkeys(words.get(text.value, text.value) for text in sorted(texts))
        return Cell(text=SEPARATOR.join(written))

    return tuple(
        (
            link(thing),
            tuple(cell(held[thing.value, place], path[-1].kind) for place, path in enumerate(question.columns)),
        )
        for thing in things
    )


#: What the answer can be had as, and the word for it in the address of the endpoint.
_FORMATS: Final = (
    (formats.RESULTS_CSV, "csv"),
    (formats.RESULTS_TSV, "tsv"),
    (formats.RESULTS_JSON, "json"),
    (formats.RESULTS_XML, "xml"),
)
#: Questions to begin with: the name of their words, and their parameters.
EXAMPLES: Final = {
    "places": "find=practice&where1=theme&value1=theme:housing&show=place&show=country",
    "gaps": "find=city&where1=place-of-institution&how1=none&show=country",
    "kinds": "find=institution&where1=kind&value1=kind:ombudsperson&show=place&show=status&all=1",
    "groups": "find=practice&where1=targetGroup&value1=target:migrants"
    "&where2=place.within&value2=region:europe&show=place",
}


@dataclass(frozen=True)
class Parts:
    """What the page is made of: ``trouble`` says in words why there is no answer although the question is whole."""

    asked: ParsedQuestion
    form: Form
    sentence: tuple[Phrase, ...]
    things: str
    found: Found | None
    trouble: str
    status: int
    formats: tuple[tuple[Format, str], ...]
    beside: Together | None = None

    @classmethod
    def of(cls, layout: Layout, builder: QueryBuilder, asked: ParsedQuestion) -> Parts:
        """Make the parts, and ask the graph where nothing is wrong with the question."""
        question = asked.question
        verbalizer = _verbalizer(layout, builder, asked)
        form = Maker(layout, builder, verbalizer).form(asked)
        if question is None:
            return cls(asked, form, (), "", None, "", 400 if asked.faults else 200, ())
        sentence, things = verbalizer.sentence(question), verbalizer.things(question.of)
        if asked.faults:
            return cls(asked, form, sentence, things, None, "", 400, ())
        try:
            found = find(layout, builder, verbalizer, question)
        except QueryError as error:
            status = from_error(error).status
            words = layout.words.builder
            trouble = words.busy if isinstance(error, EngineBusy) else words.too_much
            return cls(asked, form, sentence, things, None, trouble, status if status >= 500 else 503, ())
        data = tuple((form_, layout.urls.run(found.query, name)) for form_, name in _FORMATS)
        return cls(asked, form, sentence, things, found, "", 200, data, said_together(layout, question, verbalizer))


def respond(layout: Layout, builder: QueryBuilder, parts: Parts) -> str:
    """Return the page."""
    first = parts.asked.question is None
    examples = [(name, read(builder.schema, parse_qsl(text), builder)) for name, text in EXAMPLES.items() if first]
    return layout.render(
        "builder/page.html",
        parts=parts,
        asked=parts.asked,
        form=parts.form,
        found=parts.found,
        examples=[
            (layout.words.builder.examples[name], layout.urls.ask(asked.pairs))
            for name, asked in examples
            if asked.question is not None and not asked.faults
        ],
    )


#: By what sentences on several governments are asked: the property at the end of a condition, and the facet of theirs.
_FACETS: Final = {
    CR + "theme": "theme",
    CR + "targetGroup": "target",
    CR + "kind": "kind",
    CR + "place": "place",
    CR + "country": "country",
    CR + "within": "region",
    CR + "source": "source",
    CR + "describedIn": "source",
}
#: What such sentences can be about: what governments do, and where; and the list that has the kinds of some of these.
_BESIDE: Final = {
    CR + name: beside
    for names, beside in (
        (("Institution", "Body", "Figure"), "institutions"),
        (("Instrument",), "instruments"),
        (("Practice", "City", "Department", "Island", "Territory", "LocalGovernment"), ""),
    )
    for name in names
}


def said_together(layout: Layout, question: Question, verbalizer: Verbalizer) -> Together | None:
    """Return what is said of several governments together of what a question asks; None where nothing could be.

    It is told apart: no row of the answer comes of it. Where a question asks for what has *not* something, this is said
    of those that have it. Conditions that such sentences say nothing of are passed over, and named.
    """
    if question.of.iri not in _BESIDE or not question.asked:
        return None
    beside = {_BESIDE[question.of.iri]}
    chosen: dict[str, list[str]] = {}
    passed = []
    for condition in question.asked:
        beside |= {_BESIDE.get(iri, "") for step in condition.path for iri in step.classes[:1]}
        end = condition.end
        facet = None if end.inverse or end.kind is not Kind.THING else _FACETS.get(end.iris[0])
        if facet == "region" and all("/id/country/" in value for value in condition.values):
            facet = "country"
        if facet is None or (condition.values and facet in chosen):
            if not end.inverse or condition.asks_values:
                passed.append(verbalizer.path(condition.path))
        elif condition.values:
            of = LISTS[TOGETHER].facet(facet)
            chosen[facet] = [of.key(value) for value in condition.values] if of is not None else []
    kinds = sorted(beside - {""})
    try:
        found = together(layout, chosen, kinds[0] if len(kinds) == 1 else "", passed)
    except SnapshotError:  # a snapshot without its lists
        return None
    return found if found.said else None


def _verbalizer(layout: Layout, builder: QueryBuilder, asked: ParsedQuestion) -> Verbalizer:
    """Return what tells the question: with the names of the things in it."""
    things = {
        value for each in asked.written if each.condition.end.kind is Kind.THING for value in each.condition.values
    }
    names = builder.names(things) if things else {}

    def named(iri: str) -> Literal:
        return layout.site.vocabulary.label(iri, layout.language, names.get(iri, ()))

    return Verbalizer(builder.schema, layout.language, named)


#: The longest address, in characters after the question mark, and the most parameters that a question may have.
LONGEST = 8_000
MOST = 400
_ONWARD = re.compile(r"then([1-9][0-9]?)")


def ask_page() -> flask.Response:
    layout, builder = current_layout(), once(QueryBuilder)
    words = layout.words.builder
    given = list(flask.request.args.items(multi=True))
    if len(flask.request.query_string) > LONGEST or len(given) > MOST:
        raise bad_request(words.too_long, language=layout.language)
    try:
        asked = read(builder.schema, given, builder)
    except QueryError as error:
        detail = words.busy if isinstance(error, EngineBusy) else words.too_large
        raise Problem(503, "query-timeout", detail, {"language": layout.language}, LATER) from error
    layout = replace(layout, query=asked.pairs)
    if not asked.faults and asked.question is not None and given != asked.pairs:
        return see_other(layout.urls.ask(asked.pairs) + _place(given, len(asked.written)), vary="")
    parts = Parts.of(layout, builder, asked)
    response = html(respond(layout, builder, parts))
    response.status_code = parts.status
    if parts.found is not None:
        add_links(response, [(address, "alternate", form.media_type) for form, address in parts.formats])
    return response


def _place(given: list[tuple[str, str]], conditions: int) -> str:
    """Return where on the page somebody goes on: at the condition they began, or where they took one away."""
    names = {name for name, value in given if value}
    if "add" in names:
        return f"#c{conditions}"
    if "remove" in names:
        return "#conditions"
    onward = [int(found[1]) for found in map(_ONWARD.fullmatch, names) if found is not None]
    return f"#c{min(onward)}" if onward else ""
