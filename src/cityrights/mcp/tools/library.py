"""``list_queries``, ``show_query`` and ``run_query``: the questions of the library."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from cityrights.library.names import Names, meant, nearest
from cityrights.library.pages import written_out
from cityrights.library.queries import LibraryQuery, with_prefixes
from cityrights.library.running import terms_of
from cityrights.mcp import answers, markdown
from cityrights.mcp.desk import Desk, Held, Refused, Told, ask_page
from cityrights.mcp.tools.common import FEW, Calling, Language, Limit, Offset, reads
from cityrights.terms import Iri, Term
from cityrights.vocabulary import short

_Name = Annotated[
    str,
    Field(description="The name of a question, such as institutions-of-a-kind: list_queries has them.", max_length=200),
]


def register(server: MCPServer[None], desk: Desk) -> None:
    """Add the tools."""

    @server.tool(name="list_queries", title="Questions of the library", annotations=reads("Questions of the library"))
    async def list_queries(
        context: Calling,
        containing: Annotated[
            str, Field(description="Only those whose name, words or tags have all of these words.", max_length=200)
        ] = "",
        tag: Annotated[str, Field(description="Only those with this tag.", max_length=100)] = "",
        language: Language = "en",
    ) -> Annotated[CallToolResult, answers.Questions]:
        """List the ready questions of the library, each tested, with their typed parameters. Run one with run_query."""

        def work(_: Held) -> Told:
            told = [question_of(query, language) for query in desk.questions.values()]
            sought = containing.casefold().split()
            kept = [one for one in told if (not tag or tag in one.tags) and all(word in _about(one) for word in sought)]
            tags = Counter(each for one in told for each in one.tags)
            found = answers.Questions(total=len(kept), tags=dict(sorted(tags.items())), questions=kept)
            return Told(found, _listed(found))

        return await desk.run(context, work)

    @server.tool(name="show_query", title="A question and its query", annotations=reads("A question and its query"))
    async def show_query(
        context: Calling, name: _Name, language: Language = "en"
    ) -> Annotated[CallToolResult, answers.Shown]:
        """Show a question of the library with its parameters and its SPARQL, to learn from or to change."""

        def work(_: Held) -> Told:
            query = _query(desk, name)
            found = answers.Shown(
                question=question_of(query, language),
                sparql=with_prefixes(query.spoken(language)),
                text_hash=query.digest,
                gives="graph" if query.is_graph else "table",
            )
            return Told(found, f"{_line(found.question)}\n\n```sparql\n{found.sparql}```")

        return await desk.run(context, work)

    @server.tool(name="run_query", title="Run a question", annotations=reads("Run a question"))
    async def run_query(
        context: Calling,
        name: _Name,
        parameters: Annotated[
            dict[str, str | int] | None,
            Field(description='Values by name, such as {"kind": "kind:council"}; what is left out takes its default.'),
        ] = None,
        language: Language = "en",
        limit: Limit = FEW,
        offset: Offset = 0,
    ) -> Annotated[CallToolResult, answers.Ran]:
        """Run a question of the library with values for its parameters. They are bound as terms, never as text.

        The answer says how many rows there are, and how to get those that it does not show.
        """

        def work(held: Held) -> Told:
            query = _query(desk, name)
            given = {key: str(value) for key, value in (parameters or {}).items()}
            terms = terms_of(Names(held), lambda iri: desk.label(iri, language), query, given, language)
            text = with_prefixes(query.spoken(language))
            page = ask_page(held, text, desk.limits, limit, offset, terms)
            found = answers.Ran(
                name=query.name,
                parameters={key: _written(term) for key, term in terms.items()},
                cite=f"{query.name} {query.digest}-{desk.graph.version[:12]}",
                sparql=written_out(text, terms),
                **page.said(),
            )
            head = [query.questions[language], markdown.counted(found, "triples" if query.is_graph else "rows"), ""]
            cite = f"\nCite: {found.cite}"
            return Told(found, "\n".join([*head, *markdown.table(found.columns, found.rows), cite]))

        return await desk.run(context, work)


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


def _query(desk: Desk, name: str) -> LibraryQuery:
    query = desk.questions.get(name.strip())
    if query is None:
        near = nearest(name, desk.questions)
        hint = meant(near) or "; list_queries has them all."
        raise Refused("unknown-query", f"There is no question {name[:100]!r}{hint}", near=near)
    return query


def _written(term: Term) -> str:
    return short(term.value) if isinstance(term, Iri) else term.value


def _about(one: answers.Question) -> str:
    return " ".join((one.name, one.title, one.question, *one.tags)).casefold()


def _line(one: answers.Question) -> str:
    shown = [f"- **{one.name}**: {one.question} [{', '.join(one.tags)}]"]
    for each in one.parameters:
        of = f" of {each.of_class}" if each.of_class else ""
        shown.append(f"  - {each.name} ({each.type}{of}; default {each.default}): {each.meaning}")
    return "\n".join(shown)


def _listed(found: answers.Questions) -> str:
    tags = ", ".join(f"{tag} ({count})" for tag, count in found.tags.items())
    return "\n".join([f"{found.total} questions.", *map(_line, found.questions), "", f"Tags: {tags}"])
