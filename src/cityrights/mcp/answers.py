"""What the tools answer: models for programs, each the ``outputSchema`` of a tool, and the same in Markdown.

In Markdown, for people and models, what comes from the data never breaks out of its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from cityrights.vocabulary import short


class Model(BaseModel):
    """Names are written as JSON has them, ``firstLine``."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Answer(Model):
    """What every answer carries."""

    version: str = Field(default="", description="The version of the data, 64 hexadecimal digits: cite it.")
    licence: str = Field(default="", description="The licence of the data.")


class Named(Model):
    """A thing: its IRI, which is also where one can read about it, and its label."""

    iri: str
    label: str


class Claim(Model):
    """Our sentence of what a document says, with the lines that it stands for: as ``ClaimLine.record`` has it."""

    claim: str
    iri: str  # the same, as it was called up to 2026.2: for one release
    number: str
    text: str
    modality: Named = Field(description="How it is meant: asserted, underway, planned, quotation …")
    source: Named
    first_line: int | None = None
    last_line: int | None = None


class Evidence(Model):
    """Who says so: a claim, a decision of the editors, a data set, a rule."""

    origin: str = Field(description="claim, decision, editorial, labels, enrichment, derived, vocabulary …")
    iri: str = Field(description="The claim, in full under claims; else the decision or graph.")
    reason: str = Field(default="", description="Why the editors decided or prefer it.")


class Value(Model):
    """The value of a statement: a thing, or a text with its language or datatype."""

    iri: str | None = None
    text: str | None = None
    label: str | None = None
    language: str | None = None
    datatype: str | None = None


class Statement(Model):
    """One statement about the thing, and who says so."""

    property: Named
    value: Value
    evidence: list[Evidence]


class Why(Answer):
    """Why the graph says something."""

    statement: dict[str, Any]


class Pointing(Model):
    """What points to the thing with one property: how many things, and a page of them."""

    property: Named
    total: int
    things: list[Named]


class Described(Answer):
    """What the graph says of a thing."""

    iri: str
    label: str
    summary: str | None = None
    types: list[Named]
    statements: list[Statement]
    statements_total: int
    derived_left_out: int = Field(description="Statements that only rules derive, left out unless asked for.")
    claims: list[Claim]
    claims_total: int
    incoming: list[Pointing]
    page: int


class Hit(Model):
    """A thing that a search found."""

    iri: str
    key: str = Field(description="The short name that other tools take.")
    label: str
    kind: str
    snippet: str | None = None
    place: Named | None = None
    status: str | None = None


class SearchAnswer(Answer):
    """What a search found, best first."""

    query: str
    match: str = Field(description="all, near (words like these), some (of the words) or none.")
    suggestion: str | None = Field(default=None, description="What was probably meant.")
    total: int
    by_kind: dict[str, int]
    offset: int
    results: list[Hit]
    next_offset: int | None = None


class Hop(Model):
    """One step: a triple, and who says so. ``forward`` says whether it leads along the path."""

    subject: Named
    property: Named
    object: Named
    forward: bool
    evidence: list[Evidence]
    marks: str


class Path(Model):
    """A way from one of the two places (``of``: a or b) to what they share, or to the other one."""

    of: str
    hops: list[Hop]


class Reason(Model):
    """Why two places are close."""

    kind: str
    sentence: str
    counts: float = Field(description="Its part of the closeness.")
    direct: bool
    paths: list[Path]
    paths_left_out: int


class Route(Model):
    """A way from one place to the other by others, with the best reason for each step."""

    places: list[Named]
    strength: float
    reasons: list[str]


class Explained(Answer):
    """How two places are connected, hop by hop."""

    a: Named
    b: Named
    connected: bool
    strength: float = Field(description="0 to 1.")
    closeness: float
    reasons: list[Reason]
    routes: list[Route]
    claims: list[Claim]


class Neighbour(Model):
    """A place close to another."""

    iri: str
    label: str
    strength: float
    reasons: list[str]


class Neighbours(Answer):
    """The places closest to one, the closest first."""

    place: Named
    neighbours: list[Neighbour]


class Parameter(Model):
    """A parameter of a question of the library."""

    name: str
    type: str = Field(description="iri, string, integer, language or year.")
    default: str
    meaning: str
    of_class: str | None = Field(default=None, description="The class that an iri has to be of.")


class Question(Model):
    """A question of the library."""

    name: str
    title: str
    question: str
    tags: list[str]
    parameters: list[Parameter]


class Questions(Answer):
    """Questions of the library, in the order of their names."""

    total: int
    tags: dict[str, int]
    questions: list[Question]


class ShownQuery(Answer):
    """One question of the library with its query."""

    question: Question
    sparql: str
    text_hash: str = Field(description="The first twelve digits of the SHA-256 of the query's text.")
    gives: str = Field(description="table or graph.")


class Table(Answer):
    """A table of RDF terms, or the triples of a graph as one. What was left out is said in total and nextOffset."""

    columns: list[str]
    rows: list[dict[str, Value]] = Field(description="What is unbound is not in its row.")
    total: int = Field(description="How many rows there are; at least so many where totalIsExact is false.")
    total_is_exact: bool
    offset: int
    next_offset: int | None = Field(default=None, description="The offset of what comes next; not there at the end.")
    truncated: bool = Field(description="Whether there are rows before or after these.")
    sparql: str = Field(description="The query that was asked, with its prefixes.")


class QueryAnswer(Table):
    """The answer to a question of the library."""

    name: str
    parameters: dict[str, str]
    cite: str = Field(description="Names the question and its answer: hash of the query's text, hash of the data.")
    note: str | None = Field(default=None, description="What is said of several governments together beside it.")


class SparqlAnswer(Table):
    """The answer to a query: rows, or yes or no, or triples."""

    form: str = Field(description="select, ask, construct or describe.")
    boolean: bool | None = None
    note: str | None = Field(default=None, description="Names in the query that the graph does not know.")


class Term(Model):
    """A class or a property: how often it is used, and what it means."""

    name: str = Field(description="With its prefix.")
    label: str | None = Field(default=None, description="Where the name does not say it.")
    count: int
    definition: str | None = None
    domain: str | None = None
    range: str | None = None


class Graph(Model):
    """A named graph."""

    name: str = Field(description="With its prefix.")
    title: str | None = None


class Schema(Answer):
    """What there is to ask for."""

    built: str | None = None
    triples: int
    graphs_total: int
    classes: list[Term]
    properties: list[Term]
    left_out: int = Field(default=0, description="Rare terms of other vocabularies: containing tells them.")
    prefixes: dict[str, str] = Field(description="Those of vocabularies; each kind of thing is one, too.")
    graphs: list[Graph] = Field(description="Beside one for each claim and each rule.")
    notes: list[str]
    examples: list[str]


#: Controls, the ends of lines of Unicode, and what turns the direction of a line.
_BREAKING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_MARKUP: Final = re.compile(r"([\\`|<>\[\]])")
#: The longest text, in characters, that a cell shows; programs get the whole.
_CELL: Final = 400
#: Heads the claims: nobody should take our sentences for the document's.
CLAIMS: Final = "\n## Claims (sentences of ours that say what a document says, not its words)"
ORIGINS: Final = {
    "claims": "the list of claims",
    "labels": "an editor’s label",
    "translations": "our translation",
    "decision": "decided by the editors, with a reason",
    "editorial": "stated by an editor",
    "enrichment": "from another data set",
    "derived": "derived by a rule",
    "vocabulary": "the vocabulary",
    "dataset": "the description of the data",
    "other": "another graph",
}


def one_line(text: str) -> str:
    """Return text from the data as it can stand within a line: no break, no markup that works."""
    return _MARKUP.sub(r"\\\1", _BREAKING.sub(" ", text)).strip()


def quoted(text: str) -> str:
    """Return text from the data as a quotation."""
    return f"“{one_line(text)}”"


def named(thing: Named) -> str:
    """Return a thing by its label and the short name that the tools take."""
    return f"{one_line(thing.label)} ({key(thing.iri)})"


def key(iri: str) -> str:
    """Return an IRI in the shortest way that the tools take, in angle brackets where that is the whole."""
    name = short(iri)
    return one_line(name) if name != iri else f"<{_BREAKING.sub(' ', iri)}>"


def value(found: Value, *, tag: bool = True) -> str:
    """Return the value of a statement or of a cell; with ``tag`` a text says its language."""
    if found.iri is None:
        text = found.text or ""
        shown = text if len(text) <= _CELL else f"{text[:_CELL]}… ({len(text):,} characters)"
        return one_line(shown) + (f" @{found.language}" if found.language and tag else "")
    return f"{one_line(found.label)} ({key(found.iri)})" if found.label else key(found.iri)


def lines_of(claim: Claim) -> str:
    """Return the lines of a claim, or nothing where it cites none."""
    if claim.first_line is None:
        return ""
    one = claim.first_line == claim.last_line
    return f", line {claim.first_line}" if one else f", lines {claim.first_line}–{claim.last_line}"


def claim_line(claim: Claim) -> str:
    """Return a claim as one line of evidence: number, sentence, how it is meant, document and lines, IRI."""
    meant = f"{one_line(claim.modality.label)}; {one_line(claim.source.label)}{lines_of(claim)}"
    return f"- [{one_line(claim.number)}] {quoted(claim.text)} — {meant}; {key(claim.iri)}"


def who(evidence: Iterable[Evidence], claims: Mapping[str, Claim]) -> str:
    """Return who says so: the numbers of claims, and why the editors decided so; else the kinds of graphs."""
    found = list(evidence)
    numbers = [f"[{one_line(claims[one.iri].number)}]" for one in found if one.iri in claims]
    told = [" ".join(numbers)] if numbers else []
    told += [f"decided by the editors: {quoted(one.reason)}" for one in found if one.reason]
    others = [ORIGINS.get(one.origin, key(one.iri)) for one in found if one.iri not in claims]
    return ", ".join(told) or ", ".join(dict.fromkeys(others)) or "nobody is named"


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Value]]) -> list[str]:
    """Return a Markdown table."""
    head = [f"| {' | '.join(one_line(name) for name in columns)} |", f"|{' --- |' * len(columns)}"]
    body = (
        "| " + " | ".join(value(row[name], tag=False) if name in row else "" for name in columns) + " |" for row in rows
    )
    return [*head, *body] if columns else []


def counted(answer: Table, unit: str = "rows") -> str:
    """Return how many rows there are, which are shown, and how to get the others."""
    total = f"{answer.total:,}" if answer.total_is_exact else f"more than {answer.total:,}"
    if answer.total == 1 and answer.total_is_exact:
        unit = unit.removesuffix("s")
    if not answer.rows:
        return f"{total} {unit}; none at offset {answer.offset}." if answer.offset else f"No {unit}."
    if not answer.truncated:
        return f"{total} {unit}, all shown."
    last = answer.offset + len(answer.rows)
    shown = f"{total} {unit}; shown are {answer.offset + 1:,} to {last:,}."
    if answer.next_offset is None:
        return shown
    further = f" TRUNCATED: ask again with offset={answer.next_offset}"
    return f"{shown}{further}, or narrow the query."
