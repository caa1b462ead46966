"""``sparql``: any query, read-only, under the limits of the service."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from cityrights.library.names import Names
from cityrights.library.queries import with_prefixes
from cityrights.mcp import answers, markdown
from cityrights.mcp.desk import Desk, Held, Told, ask_page
from cityrights.mcp.tools.common import FEW, Calling, Limit, Offset, reads
from sparqlgate.pool import offload


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

        added = 0

        def work(held: Held) -> Told:
            nonlocal added
            asked = offload.work(desk.aside, query, with_prefixes, query)
            added = asked.count("\n") - query.count("\n")
            page = ask_page(held, asked, desk.limits, limit, offset)
            found = page.rows or page.boolean or page.total
            missing = [] if found else Names(held).missing(query)
            notes = " ".join(missing) or None
            answer = answers.Asked(form=page.form, boolean=page.boolean, sparql=asked, note=notes, **page.said())
            return Told(answer, "\n\n".join([_text(answer), *missing]))

        return await desk.run(context, work, query=query, above=lambda: added)


def _text(answer: answers.Asked) -> str:
    if answer.boolean is not None:
        return "Yes (true)." if answer.boolean else "No (false)."
    unit = "rows" if answer.form == "select" else "triples"
    return "\n".join([markdown.counted(answer, unit), "", *markdown.table(answer.columns, answer.rows)])
