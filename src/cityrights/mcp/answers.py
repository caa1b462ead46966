"""What the tools answer, for programs: each model is the ``outputSchema`` of a tool."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


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
