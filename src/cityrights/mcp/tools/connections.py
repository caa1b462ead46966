"""``explain_connection`` and ``neighbours``: how places are connected, and which are closest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from cityrights.indexes.proximity import Filter
from cityrights.indexes.proximity.telling import Because, Near, Step, Story, name_all, tell, tell_neighbours
from cityrights.library.names import Names
from cityrights.mcp import answers, markdown
from cityrights.mcp.desk import Desk, Held, Told, claim_of, evidence_of, named
from cityrights.mcp.tools.common import Calling, Language, reads

_Place = Annotated[
    str,
    Field(description="A place: utrecht, city:utrecht, department/seine-saint-denis, or an IRI.", max_length=2000),
]
#: Reasons of each neighbour that are told.
_REASONS: Final = 5


def register(server: MCPServer[None], desk: Desk) -> None:
    """Add the tools."""

    @server.tool(
        name="explain_connection",
        title="Explain a connection",
        annotations=reads("Explain a connection"),
    )
    async def explain_connection(
        context: Calling, a: _Place, b: _Place, language: Language = "en"
    ) -> Annotated[CallToolResult, answers.Explained]:
        """Explain how two places are connected: what they share, and every step with the claims behind it.

        That nothing joins them in the sources is said as such, and is no proof that nothing does.
        """

        def work(held: Held) -> Told:
            near = desk.graph.connections
            found = near.explain(near.find(a.strip()), near.find(b.strip()))
            answer = _explained(tell(held, desk.graph.vocabulary, found, language))
            return Told(answer, _story(answer))

        return await desk.run(context, work)

    @server.tool(name="neighbours", title="Closest places", annotations=reads("Closest places"))
    async def neighbours(
        context: Calling,
        place: _Place,
        themes: Annotated[
            list[str] | None, Field(description="Only by what has these themes: theme:housing …", max_length=20)
        ] = None,
        kinds: Annotated[
            list[str] | None,
            Field(description="Only by institutions or instruments of these kinds: kind:council …", max_length=20),
        ] = None,
        unsettled: Annotated[bool, Field(description="Count what is underway or planned, too.")] = False,
        limit: Annotated[int, Field(ge=1, le=50, description="How many places at most.")] = 10,
        language: Language = "en",
    ) -> Annotated[CallToolResult, answers.Neighbours]:
        """List the places closest to one, the closest first, with the reasons in words.

        Places are close when they share rare things. explain_connection has the evidence of each reason.
        """

        def work(held: Held) -> Told:
            connections = desk.graph.connections
            iri = connections.find(place.strip())
            names = Names(held)
            wanted = Filter(tuple(names.find(name) for name in (*(themes or ()), *(kinds or ()))), unsettled)
            found = connections.neighbours(iri, limit, wanted)
            near = tell_neighbours(held, desk.graph.vocabulary, found, language)
            name = name_all(held, desk.graph.vocabulary, [iri], language)[iri]
            answer = answers.Neighbours(
                place=answers.Named(iri=iri, label=name.label.value), neighbours=[_neighbour(one) for one in near]
            )
            return Told(answer, _nearest(answer))

        return await desk.run(context, work)


def _explained(story: Story) -> answers.Explained:
    proofs = [
        proof
        for because in story.because
        for path in (*because.ours, *because.theirs)
        for step in path
        for proof in step.evidence
    ]
    claims = {proof.claim.iri.value: claim_of(proof.claim) for proof in proofs if proof.claim}
    return answers.Explained(
        a=named(story.a),
        b=named(story.b),
        connected=bool(story.because),
        strength=round(story.strength, 4),
        closeness=round(story.closeness, 4),
        reasons=[_reason(because) for because in story.because],
        routes=[
            answers.Route(
                places=[named(place) for place in route.places],
                strength=round(route.strength, 4),
                reasons=[because.sentence for because in route.because],
            )
            for route in story.routes
        ],
        claims=sorted(claims.values(), key=lambda claim: claim.iri),
    )


def _reason(because: Because) -> answers.Reason:
    sides = (("a", because.ours), ("b", because.theirs))
    return answers.Reason(
        kind=because.reason.kind,
        sentence=because.sentence,
        counts=round(because.reason.counts, 4),
        direct=because.reason.direct,
        paths=[answers.Path(of=of, hops=[_hop(step) for step in path]) for of, paths in sides for path in paths],
        paths_left_out=because.left_out,
    )


def _hop(step: Step) -> answers.Hop:
    return answers.Hop(
        subject=named(step.subject),
        property=named(step.predicate),
        object=named(step.object),
        forward=step.hop.forward,
        evidence=[evidence_of(proof) for proof in step.evidence],
    )


def _neighbour(near: Near) -> answers.Neighbour:
    return answers.Neighbour(
        iri=near.place.iri.value,
        label=near.place.label.value,
        strength=round(near.strength, 4),
        reasons=[because.sentence for because in near.because[:_REASONS]],
    )


def _nearest(answer: answers.Neighbours) -> str:
    if not answer.neighbours:
        return f"No other place is connected with {markdown.named(answer.place)} by this, in the sources."
    shown = [f"Closest to {markdown.named(answer.place)}:"]
    for number, one in enumerate(answer.neighbours, 1):
        because = "; ".join(markdown.one_line(reason) for reason in one.reasons)
        shown.append(
            f"{number}. {markdown.one_line(one.label)} ({markdown.key(one.iri)}), {one.strength:.2f}: {because}"
        )
    return "\n".join(shown)


def _story(answer: answers.Explained) -> str:
    names = f"{markdown.named(answer.a)} – {markdown.named(answer.b)}"
    if not answer.connected and not answer.routes:
        return f"{names}: no connection in the sources. That is no proof that there is none."
    claims = {claim.iri: claim for claim in answer.claims}
    shown = [f"# {names}", f"Strength {answer.strength:.2f} of 1."]
    for reason in answer.reasons:
        shown.append(f"\n## {markdown.one_line(reason.sentence)}")
        for path in reason.paths:
            place = answer.a if path.of == "a" else answer.b
            steps = "; ".join(_step(hop, claims) for hop in path.hops)
            shown.append(f"- {markdown.one_line(place.label)}: {steps}")
        if reason.paths_left_out:
            shown.append(f"- and {reason.paths_left_out} more ways")
    for route in answer.routes:
        by = " → ".join(markdown.one_line(place.label) for place in route.places)
        because = "; ".join(markdown.one_line(sentence) for sentence in route.reasons)
        shown.append(f"\nBy way of others: {by} ({because})")
    if answer.claims:
        shown += [markdown.CLAIMS, *map(markdown.claim_line, answer.claims)]
    return "\n".join(shown)


def _step(hop: answers.Hop, claims: Mapping[str, answers.Claim]) -> str:
    triple = " – ".join(markdown.one_line(one.label) for one in (hop.subject, hop.property, hop.object))
    return f"{triple} ({markdown.who(hop.evidence, claims)})"
