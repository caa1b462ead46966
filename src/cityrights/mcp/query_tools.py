"""Tools of the MCP server for queries: ``list_queries``, ``show_query``, ``run_query``, ``sparql`` and ``schema``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Final

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from cityrights.empty_answers import asking, diagnose
from cityrights.evidence import PASSED, refuse_unreadable, with_evidence
from cityrights.library.names import Names, meant, nearest, slug
from cityrights.library.pages import ask, written_out
from cityrights.library.queries import TOGETHER, LibraryQuery, with_prefixes
from cityrights.library.running import beside, terms_of
from cityrights.mcp import answers, markdown
from cityrights.mcp.toolkit import EndableStore, Refused, ToolAnswer, Toolkit, ask_page
from cityrights.mcp.tools import FEW, HERE, Calling, Language, Limit, Offset, reads
from cityrights.terms import Iri, Literal, Term, best_label, fallback_chain, rows
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import CR, DCTERMS, GRAPH_DERIVED, ID, PREFIXES, RDFS, SKOS, short
from sparqlgate import Store
from sparqlgate.pool import offload
from sparqlgate.text.guard import is_short

_Name = Annotated[
    str,
    Field(description="The name of a question, such as institutions-of-a-kind: list_queries has them.", max_length=200),
]


def _add_library(server: MCPServer[None], toolkit: Toolkit) -> None:
    """Add the tools."""

    @server.tool(name="list_queries", title="Questions of the library", annotations=reads("Questions of the library"))
    async def list_queries(
        context: Calling,
        containing: Annotated[
            str, Field(description="Only those whose name or words have all of these words.", max_length=200)
        ] = "",
        tag: Annotated[str, Field(description="Only those with this tag.", max_length=100)] = "",
        language: Language = HERE,
    ) -> Annotated[CallToolResult, answers.Questions]:
        """List the ready questions of the library with their typed parameters. Run one with run_query."""

        def work(_: EndableStore) -> ToolAnswer:
            told = [question_of(query, language) for query in toolkit.questions.values()]
            sought = containing.casefold().split()
            kept = [one for one in told if (not tag or tag in one.tags) and all(word in _about(one) for word in sought)]
            tags = Counter(each for one in told for each in one.tags)
            found = answers.Questions(total=len(kept), tags=dict(sorted(tags.items())), questions=kept)
            return ToolAnswer(found, _listed(found))

        return await toolkit.run(context, work)

    @server.tool(name="show_query", title="A question and its query", annotations=reads("A question and its query"))
    async def show_query(
        context: Calling, name: _Name, language: Language = HERE
    ) -> Annotated[CallToolResult, answers.ShownQuery]:
        """Show a question of the library with its parameters and its SPARQL, to learn from or to change."""

        def work(_: EndableStore) -> ToolAnswer:
            query = _query(toolkit, name)
            found = answers.ShownQuery(
                question=question_of(query, language),
                sparql=with_prefixes(query.spoken(language)),
                text_hash=query.digest,
                gives="graph" if query.is_graph else "table",
            )
            return ToolAnswer(found, f"{_question_line(found.question)}\n\n```sparql\n{found.sparql}```")

        return await toolkit.run(context, work)

    @server.tool(name="run_query", title="Run a question", annotations=reads("Run a question"))
    async def run_query(
        context: Calling,
        name: _Name,
        parameters: Annotated[
            dict[str, str | int] | None,
            Field(description='Values by name, such as {"kind": "kind:council"}; what is left out takes its default.'),
        ] = None,
        language: Language = HERE,
        limit: Limit = FEW,
        offset: Offset = 0,
    ) -> Annotated[CallToolResult, answers.QueryAnswer]:
        """Run a question of the library with values for its parameters. They are bound as terms, never as text.

        The answer says how many rows there are, and how to get the rest.
        """

        def work(held: EndableStore) -> ToolAnswer:
            query = _query(toolkit, name)
            given = {key: str(value) for key, value in (parameters or {}).items()}
            terms = terms_of(Names(held), lambda iri: toolkit.label(iri, language), query, given, language)
            text = with_prefixes(query.spoken(language))
            page = ask_page(held, text, toolkit.limits, limit, offset, terms)
            found = answers.QueryAnswer(
                name=query.name,
                parameters={key: _written(term) for key, term in terms.items()},
                cite=f"{query.name} {query.digest}-{toolkit.graph.version[:12]}",
                sparql=written_out(text, terms),
                note=_beside(toolkit, held, query, terms, language),
                **page.said(),
            )
            head = [query.questions[language], markdown.counted(found, "triples" if query.is_graph else "rows"), ""]
            cite = f"\nCite: {found.cite}"
            told = [f"\n{found.note}"] if found.note else []
            return ToolAnswer(found, "\n".join([*head, *markdown.table(found.columns, found.rows), *told, cite]))

        return await toolkit.run(context, work)


def _beside(toolkit: Toolkit, held: Store, query: LibraryQuery, terms: Mapping[str, Term], language: str) -> str | None:
    """Say how to read what is said of several governments together of the same; None where nothing is."""
    said = beside(held, toolkit.questions, query, terms, toolkit.limits)
    if said is None:
        return None
    return said.told(f"run_query {said.query.name}, {TOGETHER[1]} = {_written(said.value)}", language)


def question_of(query: LibraryQuery, language: str) -> answers.Question:
    """Return a question of the library in a language."""
    return answers.Question(
        name=query.name,
        title=query.titles[language],
        question=query.questions[language],
        tags=list(query.tags),
        parameters=[
            answers.Parameter(
                name=one.name,
                type=one.type,
                default=one.default,
                meaning=one.told(language),
                of_class=short(one.of) if one.of else None,
            )
            for one in query.parameters
        ],
    )


def _query(toolkit: Toolkit, name: str) -> LibraryQuery:
    query = toolkit.questions.get(name.strip())
    if query is None:
        near = nearest(name, toolkit.questions)
        hint = meant(near) or "; list_queries has them all."
        raise Refused("unknown-query", f"There is no question {name[:100]!r}{hint}", near=near)
    return query


def _written(term: Term) -> str:
    return short(term.value) if isinstance(term, Iri) else term.value


def _about(one: answers.Question) -> str:
    return " ".join((one.name, one.title, one.question, *one.tags)).casefold()


def _question_line(one: answers.Question) -> str:
    shown = [f"- **{one.name}**: {one.question} [{', '.join(one.tags)}]"]
    for each in one.parameters:
        of = f" of {each.of_class}" if each.of_class else ""
        shown.append(f"  - {each.name} ({each.type}{of}; default {each.default}): {each.meaning}")
    return "\n".join(shown)


def _listed(found: answers.Questions) -> str:
    tags = ", ".join(f"{tag} ({count})" for tag, count in found.tags.items())
    return "\n".join([f"{found.total} questions.", *map(_question_line, found.questions), "", f"Tags: {tags}"])


def _add_sparql(server: MCPServer[None], toolkit: Toolkit) -> None:
    """Add the tool."""

    @server.tool(name="sparql", title="Ask in SPARQL", annotations=reads("Ask in SPARQL"))
    async def sparql(
        context: Calling,
        query: Annotated[
            str,
            Field(
                description="SPARQL 1.1: SELECT, ASK, CONSTRUCT or DESCRIBE. The usual prefixes need no declaration."
            ),
        ],
        limit: Limit = FEW,
        offset: Offset = 0,
        who_says: Annotated[bool, Field(description="Each row once for each witness of it.")] = False,
        language: Language = HERE,
    ) -> Annotated[CallToolResult, answers.SparqlAnswer]:
        """Run a SPARQL query, read-only. Call schema first; prefer run_query where there is such a question.

        Updates and SERVICE are refused; a query that runs into a limit is an error that says so. The answer says how
        many rows there are.
        """

        added = 0

        def work(held: EndableStore) -> ToolAnswer:
            nonlocal added
            asked = offload.work(toolkit.aside, query, with_prefixes, query)
            without: list[str] = []
            if who_says:
                added = asked.count("\n") - query.count("\n")
                refuse_unreadable(held, asked)
                told = offload.work(toolkit.aside, query, with_evidence, asked)
                asked, without = told.query, [f"No witness is asked for: {PASSED[kind]}." for kind in told.passed]
            added = asked.count("\n") - query.count("\n")
            page = ask_page(held, asked, toolkit.limits, limit, offset)
            found = page.rows or page.boolean or page.total
            missing = without if found else [*Names(held).missing(query, language), *_why_empty(held, asked, language)]
            notes = " ".join(missing) or None
            answer = answers.SparqlAnswer(form=page.form, boolean=page.boolean, sparql=asked, note=notes, **page.said())
            return ToolAnswer(answer, "\n\n".join([_rows_text(answer), *missing]))

        return await toolkit.run(context, work, query=query, above=lambda: added)


def _why_empty(store: Store, query: str, language: str) -> list[str]:
    """Say why a query has no rows, and which near it have; nothing where that is not known."""
    found = diagnose(query, asking(store), language=language) if is_short(query) else None
    if found is None or found.reason == "unread":
        return []
    rows = CATALOGUE[language].empty["rows"]
    hints = (f"{hint.told(language)} {rows.format(rows=hint.rows)}: {hint.body}" for hint in found.hints)
    return [found.told(language), *hints]


def _rows_text(answer: answers.SparqlAnswer) -> str:
    if answer.boolean is not None:
        return "Yes (true)." if answer.boolean else "No (false)."
    unit = "rows" if answer.form == "select" else "triples"
    return "\n".join([markdown.counted(answer, unit), "", *markdown.table(answer.columns, answer.rows)])


NOTES: Final = (
    "Each thing that a document says is a claim (cr:Claim); what a claim supports as a fact stands in the named graph "
    "that has the claim's IRI: GRAPH ?claim { … } . ?claim a cr:Claim ; cr:text ?sentence ; cr:modality ?modality . "
    'A sentence stands in English and in translations of ours: FILTER(LANG(?sentence) = "en").',
    "What no sentence states stands likewise in the graph of a cr:Decision, which has its cr:reason.",
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
    ' ?passage cr:firstLine ?first ; cr:lastLine ?last FILTER(LANG(?sentence) = "en") }',
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
_OTHERS: Final = 8
_MANY: Final = 100
#: A term that is used so seldom is told by its name, domain and range.
_RARE: Final = 2
#: Characters of a definition that is told whole, and the least of one that is not.
_CLAUSE: Final = 44
_LEAST: Final = 12
_MEANINGS: Final = (SKOS + "definition", RDFS + "comment")


def _add_schema(server: MCPServer[None], toolkit: Toolkit) -> None:
    """Add the tool."""

    @server.tool(name="schema", title="What there is to ask for", annotations=reads("What there is to ask for"))
    async def schema(
        context: Calling,
        language: Language = HERE,
        containing: Annotated[
            str, Field(description="Only classes and properties whose name or meaning has this.", max_length=100)
        ] = "",
    ) -> Annotated[CallToolResult, answers.Schema]:
        """Summarise the schema before you write SPARQL: classes, properties, counts, graphs, examples.

        Prefixes need not be declared in queries. With containing, definitions are whole and rare terms are told, too.
        """

        def work(held: EndableStore) -> ToolAnswer:
            sought = containing.strip()
            answer = _schema(held, toolkit, language, sought.casefold())
            told = _schema_text(answer)
            if sought and not (answer.classes or answer.properties):
                near = meant(Names(held).near(CR + slug(sought)))
                told = f"No class or property has {markdown.quoted(sought)} in its name or meaning{near}\n\n{told}"
            return ToolAnswer(answer, told)

        return await toolkit.run(context, work)


def _schema(held: EndableStore, toolkit: Toolkit, language: str, containing: str) -> answers.Schema:
    graph = toolkit.graph
    said = _said(held)
    found: dict[str, list[answers.Term]] = {"class": [], "property": []}
    for row in _rows(held, _COUNTED) or _rows(held, _COUNTING):
        for kind, terms in found.items():
            if isinstance(term := row.get(kind), Iri):
                terms.append(_term(toolkit, term, int(str(row["n"])), said.get(term.value, {}), language))
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
            _graph(toolkit, iri, language)
            for iri, told in sorted(graph.vocabulary.graphs.items())
            if not iri.startswith((GRAPH_DERIVED, f"{ID}claim/"))
            and all(predicate != DCTERMS + "isReplacedBy" for predicate, _ in told)
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


def _rows(held: EndableStore, text: str) -> list[dict[str, Term]]:
    with held.query(with_prefixes(text)) as result:
        return rows(result.read())


def _said(held: EndableStore) -> dict[str, dict[str, list[Term]]]:
    """Return what the vocabulary says of its terms: term, property, values."""
    found: defaultdict[str, defaultdict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for row in ask(held, "ontology_statements"):
        found[str(row["term"])][str(row["p"])].append(row["o"])
    return {term: dict(pairs) for term, pairs in found.items()}


def _term(toolkit: Toolkit, iri: Iri, count: int, said: Mapping[str, Sequence[Term]], language: str) -> answers.Term:
    texts = [value for name in _MEANINGS for value in said.get(name, ()) if isinstance(value, Literal)]
    meaning = best_label(texts, fallback_chain(language))
    label = toolkit.graph.vocabulary.label(iri.value, language).value
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


def _graph(toolkit: Toolkit, iri: str, language: str) -> answers.Graph:
    known = toolkit.graph.vocabulary.provenance(Iri(iri), language)
    return answers.Graph(name=short(iri), title=known.title.value if known.title else None)


def _schema_text(answer: answers.Schema) -> str:
    shown = [f"{answer.triples:,} triples in {answer.graphs_total:,} named graphs.", "\n## Classes"]
    shown += _term_lines(answer.classes)
    shown += ["\n## Properties", *_term_lines(answer.properties)]
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


def _term_lines(terms: Sequence[answers.Term]) -> list[str]:
    """Return the terms of which something is told, a line each, and then the others together."""
    told = [_term_line(one) for one in terms if one.definition or one.range]
    rest = (one for one in terms if not (one.definition or one.range))
    others = ", ".join(f"{markdown.one_line(one.name)} ({one.count:,})" for one in rest)
    return [*told, f"- Others: {others}"] if others else told


def _term_line(one: answers.Term) -> str:
    ends = f" [{one.domain or 'any'} → {one.range or 'any'}]" if one.domain or one.range else ""
    meaning = f" — {markdown.one_line(one.definition)}" if one.definition else ""
    label = f" ({markdown.one_line(one.label)})" if one.label else ""
    return f"- {markdown.one_line(one.name)}{label}, {one.count:,}{ends}{meaning}"


def add_query_tools(server: MCPServer[None], toolkit: Toolkit) -> None:
    """Give a server the tools for queries, the library's first."""
    for add in (_add_library, _add_sparql, _add_schema):
        add(server, toolkit)
