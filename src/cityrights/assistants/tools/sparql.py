"""``sparql``: any query, read-only, under the limits of the service."""

from __future__ import annotations

from typing import Annotated, Final

import orjson
from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from cityrights.assistants import answers, words
from cityrights.assistants.desk import Desk, Held, Told
from cityrights.assistants.terms import COUNTED, Page, page_of
from cityrights.assistants.tools.common import FEW, Calling, Limit, Offset, reads
from cityrights.describe.questions import triples_of
from cityrights.describe.terms import rows
from cityrights.engine import Limits
from cityrights.engine.base import JSON
from cityrights.library import with_prefixes

#: The most bytes of an answer that is read to be counted.
_BYTES: Final = 32 << 20
_TABLES: Final = Limits(rows=COUNTED, truncate=True, result_bytes=_BYTES)


def register(server: MCPServer[None], desk: Desk) -> None:
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
    ) -> Annotated[CallToolResult, answers.Asked]:
        """Run a SPARQL query, read-only. Call schema first; prefer run_query where the library has the question.

        Updates and SERVICE are refused. A query that runs into the limit of time or memory is an error that says so.
        The answer says how many rows there are, and how to get those that it does not show.
        """

        asked = with_prefixes(query)

        def work(held: Held) -> Told:
            answer = _answer(held, asked, limit, offset)
            return Told(answer, _text(answer))

        return await desk.run(context, work, query=query, above=asked.count("\n") - query.count("\n"))


def _answer(held: Held, query: str, limit: int, offset: int) -> answers.Asked:
    with held.query(query, accept=f"{JSON}, application/n-triples;q=0.9", limits=_TABLES) as result:
        content, form, cut = result.read(), result.form, result.truncated
    if form == "ask":
        found = bool(orjson.loads(content)["boolean"])
        return _asked(query, form, [], Page([], 0, True, 0)).model_copy(update={"boolean": found})
    if form == "select":
        columns = orjson.loads(content)["head"]["vars"]
        return _asked(query, form, columns, page_of(rows(content), limit, offset, exact=not cut))
    graph = triples_of(content)
    return _asked(query, form, list(graph.columns), page_of(graph.rows, limit, offset))


def _asked(query: str, form: str, columns: list[str], page: Page) -> answers.Asked:
    return answers.Asked(
        form=form,
        columns=columns,
        rows=page.rows,
        total=page.total,
        total_is_exact=page.exact,
        offset=page.offset,
        next_offset=page.next_offset,
        truncated=page.truncated,
        sparql=query,
    )


def _text(answer: answers.Asked) -> str:
    if answer.boolean is not None:
        return "Yes (true)." if answer.boolean else "No (false)."
    unit = "rows" if answer.form == "select" else "triples"
    return "\n".join([words.counted(answer, unit), "", *words.table(answer.columns, answer.rows)])
