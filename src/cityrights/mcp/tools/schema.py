"""``schema``: what there is to ask for: classes, properties, prefixes, graphs, and what to keep in mind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Final

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from cityrights.library.pages import ask
from cityrights.library.queries import with_prefixes
from cityrights.mcp import answers, markdown
from cityrights.mcp.desk import Desk, Held, Told
from cityrights.mcp.tools.common import Calling, Language, reads
from cityrights.terms import Iri, Literal, Term, best_label, fallback_chain, rows
from cityrights.vocabulary import GRAPH_DERIVED, ID, PREFIXES, RDFS, SKOS, short

NOTES: Final = (
    "Each thing that a document says is a claim (cr:Claim); what a claim supports as a fact stands in the named graph "
    "that has the claim's IRI: GRAPH ?claim { … } . ?claim a cr:Claim ; cr:text ?sentence ; cr:modality ?modality .",
    "The default graph is the merge of all named graphs, each triple once.",
    "Underway or planned is not in place: look at cr:status, and at the modality of the claim.",
    "A cr:GroupClaim names several subjects and pairs nothing.",
    "Sources disagree at times: both values stay, in the graphs of claims that cr:conflictsWith joins.",
    "World regions overlap: rows by region add up to too much; count by cr:country.",
    "No record does not mean no practice: the documents are a selection.",
)
EXAMPLES: Final = (
    "SELECT ?name ?city { ?i a cr:Institution ; cr:kind kind:ombudsperson ; rdfs:label ?name ;"
    ' cr:place/rdfs:label ?city FILTER(LANG(?name) = "en" && LANG(?city) = "en") }',
    "SELECT ?sentence ?first ?last ?modality { GRAPH ?claim { ?institution cr:kind kind:ombudsperson }"
    " ?claim a cr:Claim ; cr:text ?sentence ; cr:modality ?modality ; cr:passage ?passage ."
    " ?passage cr:firstLine ?first ; cr:lastLine ?last }",
    "SELECT ?theme (COUNT(DISTINCT ?practice) AS ?n) { ?practice a cr:Practice ; cr:theme/skos:prefLabel ?theme"
    ' FILTER(LANG(?theme) = "en") } GROUP BY ?theme ORDER BY DESC(?n)',
)
#: How often each class and property is used, as the build counted; and counted now, where it did not.
_COUNTED: Final = (
    "SELECT ?class ?property ?n { { ?part void:class ?class ; void:entities ?n }"
    " UNION { ?part void:property ?property ; void:triples ?n } }"
)
_COUNTING: Final = (
    "SELECT ?class ?property ?n { { SELECT ?class (COUNT(?s) AS ?n) { ?s a ?class } GROUP BY ?class }"
    " UNION { SELECT ?property (COUNT(*) AS ?n) { ?s ?property ?o } GROUP BY ?property } }"
)
#: Terms that the vocabulary does not explain: so many are told beside those that it does, or where it explains few.
_OTHERS: Final = 12
_MANY: Final = 100
#: A term that is used so seldom is told by its name, domain and range.
_RARE: Final = 2
#: Characters of a definition that is told whole, and the least of one that is not.
_CLAUSE: Final = 44
_LEAST: Final = 12
_MEANINGS: Final = (SKOS + "definition", RDFS + "comment")


def register(server: MCPServer[None], desk: Desk) -> None:
    """Add the tool."""

    @server.tool(name="schema", title="What there is to ask for", annotations=reads("What there is to ask for"))
    async def schema(
        context: Calling,
        language: Language = "en",
        containing: Annotated[
            str, Field(description="Only classes and properties whose name or meaning has this.", max_length=100)
        ] = "",
    ) -> Annotated[CallToolResult, answers.Schema]:
        """Summarise the schema before you write SPARQL: classes, properties, counts, graphs, examples.

        Prefixes need not be declared in queries. With containing, definitions are whole and rare terms are told, too.
        """

        def work(held: Held) -> Told:
            answer = _answer(held, desk, language, containing.strip().casefold())
            return Told(answer, _text(answer))

        return await desk.run(context, work)


def _answer(held: Held, desk: Desk, language: str, containing: str) -> answers.Schema:
    graph = desk.graph
    said = _said(held)
    found: dict[str, list[answers.Term]] = {"class": [], "property": []}
    for row in _rows(held, _COUNTED) or _rows(held, _COUNTING):
        for kind, terms in found.items():
            if isinstance(term := row.get(kind), Iri):
                terms.append(_term(desk, term, int(str(row["n"])), said.get(term.value, {}), language))
    left_out = 0
    for kind, terms in found.items():
        ordered = sorted((one for one in terms if _has(one, containing)), key=lambda one: (-one.count, one.name))
        found[kind] = ordered if containing else list(_brief(ordered))
        left_out += len(ordered) - len(found[kind])
    manifest = graph.snapshot.manifest
    return answers.Schema(
        built=manifest.get("built"),
        triples=int(manifest.get("triples", 0)),
        graphs_total=int(manifest.get("graphs", 0)),
        classes=found["class"],
        properties=found["property"],
        left_out=left_out,
        prefixes=_prefixes(one.name for terms in found.values() for one in terms),
        graphs=[
            _graph(desk, iri, language)
            for iri in sorted(graph.vocabulary.graphs)
            if not iri.startswith((GRAPH_DERIVED, f"{ID}claim/"))
        ],
        notes=list(NOTES),
        examples=list(EXAMPLES),
    )


def _prefixes(names: Iterable[str]) -> dict[str, str]:
    """Return the prefixes that these names have."""
    used = {name.partition(":")[0] for name in names}
    return {name: base for name, base in PREFIXES.items() if name in used}


def _brief(terms: Sequence[answers.Term]) -> Iterator[answers.Term]:
    """Yield the terms that the vocabulary explains, each in a clause if it is not rare, and of others the most used."""
    told = sum(one.definition is not None for one in terms)
    most = _OTHERS if told >= _OTHERS else _MANY
    for one in terms:
        if one.definition is not None:
            yield one.model_copy(update={"definition": _clause(one.definition) if one.count > _RARE else None})
        elif most:
            most -= 1
            yield one


def _clause(text: str) -> str:
    """Return the beginning of a definition: what stands before a colon, a semicolon or an example, where it is long."""
    if len(text) <= _CLAUSE:
        return text.rstrip(".")
    ends = [at for sign in (": ", "; ", ", ", ". ") if (at := text.find(sign, _LEAST)) >= 0]
    return text[: min(ends)] if ends else text.rstrip(".")


def _rows(held: Held, text: str) -> list[dict[str, Term]]:
    with held.query(with_prefixes(text)) as result:
        return rows(result.read())


def _said(held: Held) -> dict[str, dict[str, list[Term]]]:
    """Return what the vocabulary says of its terms: term, property, values."""
    found: defaultdict[str, defaultdict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for row in ask(held, "ontology_statements"):
        found[str(row["term"])][str(row["p"])].append(row["o"])
    return {term: dict(pairs) for term, pairs in found.items()}


def _term(desk: Desk, iri: Iri, count: int, said: Mapping[str, Sequence[Term]], language: str) -> answers.Term:
    texts = [value for name in _MEANINGS for value in said.get(name, ()) if isinstance(value, Literal)]
    meaning = best_label(texts, fallback_chain(language))
    label = desk.graph.vocabulary.label(iri.value, language).value
    ends = {
        name: short(str(values[0].value))
        for name in ("domain", "range")
        if (values := said.get(RDFS + name)) is not None
    }
    return answers.Term(
        name=short(iri.value),
        label=None if "".join(label.split()).casefold() == iri.local_name.casefold() else label,
        count=count,
        definition=meaning.value if meaning else None,
        **ends,
    )


def _has(term: answers.Term, text: str) -> bool:
    return not text or any(text in said.casefold() for said in (term.name, term.label or "", term.definition or ""))


def _graph(desk: Desk, iri: str, language: str) -> answers.Graph:
    known = desk.graph.vocabulary.provenance(Iri(iri), language)
    return answers.Graph(name=short(iri), title=known.title.value if known.title else None)


def _text(answer: answers.Schema) -> str:
    shown = [f"{answer.triples:,} triples in {answer.graphs_total:,} named graphs.", "\n## Classes"]
    shown += _lines(answer.classes)
    shown += ["\n## Properties", *_lines(answer.properties)]
    shown.append("\n## Named graphs, beside one for each claim and each rule")
    shown += [
        f"- {markdown.one_line(one.name)}" + (f": {markdown.one_line(one.title)}" if one.title else "")
        for one in answer.graphs
    ]
    shown += ["\n## Keep in mind", *(f"- {note}" for note in answer.notes)]
    shown += ["\n## Examples (prefixes need no declaration)", *(f"```sparql\n{one}\n```" for one in answer.examples)]
    if answer.left_out:
        shown.append(
            f"\n{answer.left_out} more terms of other vocabularies: containing=… tells them, and whole definitions."
        )
    shown.append(f"\nPrefixes: {', '.join(PREFIXES)}. Each kind of thing is one: city:utrecht is <{ID}city/utrecht>.")
    return "\n".join(shown)


def _lines(terms: Sequence[answers.Term]) -> list[str]:
    """Return the terms of which something is told, a line each, and then the others together."""
    told = [_line(one) for one in terms if one.definition or one.range]
    rest = (one for one in terms if not (one.definition or one.range))
    others = ", ".join(f"{markdown.one_line(one.name)} ({one.count:,})" for one in rest)
    return [*told, f"- Others: {others}"] if others else told


def _line(one: answers.Term) -> str:
    ends = f" [{one.domain or 'any'} → {one.range or 'any'}]" if one.domain or one.range else ""
    meaning = f" — {markdown.one_line(one.definition)}" if one.definition else ""
    label = f" ({markdown.one_line(one.label)})" if one.label else ""
    return f"- {markdown.one_line(one.name)}{label}, {one.count:,}{ends}{meaning}"
