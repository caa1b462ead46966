"""``search``: things by any text."""

from __future__ import annotations

from typing import Annotated, Literal

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from cityrights.indexes.search import Hit, Hits, Match
from cityrights.indexes.search.text import INDEXED_KINDS
from cityrights.mcp import answers, markdown
from cityrights.mcp.desk import Desk, Held, Refused, Told
from cityrights.mcp.tools.common import Calling, Language, reads
from cityrights.vocabulary import short

_HOW = {
    Match.NEAR: "Nothing has exactly these words; these have words like them.",
    Match.SOME: "Nothing has all of these words; these have some of them.",
}


def register(server: MCPServer[None], desk: Desk) -> None:
    """Add the tool."""

    @server.tool(name="search", title="Find things", annotations=reads("Find things"))
    async def search(
        context: Calling,
        text: Annotated[
            str,
            Field(
                description='Words in English, French or Spanish, "exact words", -without, or a Wikidata number.',
                min_length=1,
                max_length=500,
            ),
        ],
        kinds: Annotated[
            list[Literal[INDEXED_KINDS]] | None,  # type: ignore[valid-type]
            Field(description="Only things of these kinds: city, practice, institution, theme, claim …"),
        ] = None,
        language: Language = "en",
        limit: Annotated[int, Field(ge=1, le=50, description="How many things at most.")] = 10,
        offset: Annotated[int, Field(ge=0, le=9_000, description="How many to pass over: nextOffset says.")] = 0,
    ) -> Annotated[CallToolResult, answers.Found]:
        """Find cities, practices, institutions, instruments, themes, people, documents or claims by any text.

        Accents and capitals do not matter, typing errors are forgiven. Use the key of a result with the other tools.
        """

        def work(_: Held) -> Told:
            if not text.strip():
                raise Refused("empty-text", "There is nothing to look for: give some words.")
            found = desk.graph.search(text, language, kinds or (), limit, offset)
            answer = _answer(found, offset)
            return Told(answer, _text(answer, found))

        return await desk.run(context, work)


def _answer(found: Hits, offset: int) -> answers.Found:
    last = offset + len(found.hits)
    return answers.Found(
        query=found.text,
        match=found.match.value,
        suggestion=found.suggestion or None,
        total=found.total,
        by_kind=dict(found.by_kind),
        offset=offset,
        results=[_hit(hit) for hit in found.hits],
        next_offset=last if found.hits and last < found.total else None,
    )


def _hit(hit: Hit) -> answers.Hit:
    return answers.Hit(
        iri=hit.iri,
        key=short(hit.iri),
        label=hit.label.value,
        kind=hit.kind,
        snippet=hit.snippet.value if hit.snippet else None,
        place=answers.Named(iri=hit.place.iri, label=hit.place.label) if hit.place else None,
        status=hit.status or None,
    )


def _text(answer: answers.Found, found: Hits) -> str:
    shown = [f"{answer.total:,} found for {markdown.quoted(answer.query)}."]
    if found.match in _HOW and answer.total:
        shown.append(_HOW[found.match])
    if answer.suggestion:
        shown.append(f"Probably meant: {markdown.quoted(answer.suggestion)}.")
    for hit in answer.results:
        place = f", {markdown.one_line(hit.place.label)}" if hit.place else ""
        said = f" — {markdown.quoted(hit.snippet)}" if hit.snippet else ""
        shown.append(
            f"- {markdown.one_line(hit.label)} ({markdown.key(hit.iri)}; {markdown.one_line(hit.kind)}{place}){said}"
        )
    if answer.next_offset is not None:
        shown.append(f"TRUNCATED: ask again with offset={answer.next_offset} for more, or narrow by kinds.")
    return "\n".join(shown)
