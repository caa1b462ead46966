"""``describe``: what the graph says of one thing, who says so, and what points to it."""

from __future__ import annotations

from typing import Annotated, Final

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from cityrights.errors import UnknownThing
from cityrights.library.names import Names
from cityrights.mcp import answers, markdown
from cityrights.mcp.desk import Desk, Held, Told, claim_of, evidence_of, named, value_of
from cityrights.mcp.tools.common import Calling, Language, Thing, reads
from cityrights.resources.description import describe
from cityrights.resources.model import ClaimLine, Description

#: The most that one answer tells of each; totals say how much there is.
_STATEMENTS: Final = 200
_CLAIMS: Final = 60


def register(server: MCPServer[None], desk: Desk) -> None:
    """Add the tool."""

    @server.tool(name="describe", title="Describe a thing", annotations=reads("Describe a thing"))
    async def describe_thing(
        context: Calling,
        thing: Thing,
        language: Language = "en",
        derived: Annotated[
            bool, Field(description="Tell what only rules derive, too, such as broader classes.")
        ] = False,
        page: Annotated[int, Field(ge=1, le=10_000, description="The page of what points to the thing.")] = 1,
    ) -> Annotated[CallToolResult, answers.Described]:
        """Tell everything that the graph says of one thing, each statement with who says so.

        Evidence is a claim (a sentence, the document, the lines, and how it is meant: asserted, underway, planned,
        quoted …) or the work of an editor or of another data set. Cite the claim's IRI and the version.
        """

        def work(held: Held) -> Told:
            iri = Names(held).find(thing)
            found = describe(held, desk.graph.vocabulary, iri, language, page=page)
            if found is None:
                raise UnknownThing(iri, "the graph says nothing of it; find things with search")
            answer = _answer(found, page, derived=derived)
            return Told(answer, _text(answer))

        return await desk.run(context, work)


def _answer(found: Description, page: int, *, derived: bool) -> answers.Described:
    told = [one for one in found.statements if derived or not (one.evidence and one.derived_only)]
    kept = told[:_STATEMENTS]
    lines: dict[str, ClaimLine] = {line.claim.iri.value: line.claim for line in found.claims}
    about = len(lines)
    first = {proof.claim.iri.value: proof.claim for one in kept for proof in one.evidence if proof.claim}
    chosen = {**first, **dict(list(lines.items())[: max(0, _CLAIMS - len(first))])}
    return answers.Described(
        iri=found.iri.value,
        label=found.label.value,
        summary=found.summary.value if found.summary else None,
        types=[named(link) for link in found.types],
        statements=[
            answers.Statement(
                property=named(one.predicate),
                value=value_of(one.value, one.label),
                evidence=[evidence_of(proof) for proof in one.evidence],
            )
            for one in kept
        ],
        statements_total=len(told),
        derived_left_out=len(found.statements) - len(told),
        claims=[claim_of(line) for line in chosen.values()],
        claims_total=max(about, len({**lines, **first})),
        incoming=[
            answers.Pointing(
                property=named(one.predicate), total=one.total, things=[named(card.thing) for card in one.cards]
            )
            for one in found.incoming
        ],
        page=page,
    )


def _text(answer: answers.Described) -> str:
    claims = {claim.iri: claim for claim in answer.claims}
    shown = [f"# {markdown.one_line(answer.label)}", f"<{markdown.one_line(answer.iri)}>"]
    if answer.types:
        shown.append("Is a: " + ", ".join(markdown.one_line(one.label) for one in answer.types))
    if answer.summary:
        shown.append(markdown.quoted(answer.summary))
    shown.append("\n## Statements (who says so in parentheses; numbers are claims, below)")
    shown += [
        f"- {markdown.one_line(one.property.label)}: {markdown.value(one.value)} ({markdown.who(one.evidence, claims)})"
        for one in answer.statements
    ]
    if len(answer.statements) < answer.statements_total:
        rest = answer.statements_total - len(answer.statements)
        shown.append(f"TRUNCATED: {rest} more statements; ask for them with sparql.")
    if answer.derived_left_out:
        shown.append(f"({answer.derived_left_out} derived by rules are left out: derived=true tells them.)")
    if answer.claims:
        shown += [markdown.CLAIMS, *map(markdown.claim_line, answer.claims)]
    if len(answer.claims) < answer.claims_total:
        rest = answer.claims_total - len(answer.claims)
        shown.append(f"TRUNCATED: {rest} more claims; run_query what-is-said-of-a-thing lists all.")
    for one in answer.incoming:
        shown.append(f"\n## {one.total:,} things have this as: {markdown.one_line(one.property.label)}")
        shown += [f"- {markdown.named(thing)}" for thing in one.things]
        if len(one.things) < one.total:
            shown.append(f"TRUNCATED: this is page {answer.page}; others with page=.")
    return "\n".join(shown)
