"""``explain_connection`` and ``neighbours``: how places are connected, and which are closest."""

from __future__ import annotations

from typing import Annotated, Any, Final

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult
from pydantic import Field

from cityrights.assistants import answers, words
from cityrights.assistants.desk import Desk, Held, Told
from cityrights.assistants.tools.common import Calling, Language, iri_of, reads
from cityrights.connections import Filter
from cityrights.describe.connected import Near, name_all, record, tell, tell_neighbours
from cityrights.namespaces import ID

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
            told = record(tell(held, desk.graph.vocabulary, found, language))
            page = "/connections/" + "/".join(_key(told[end]["iri"]) for end in ("a", "b"))
            answer = answers.Explained(**told, page=page)
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
            wanted = Filter(tuple(iri_of(name) for name in (*(themes or ()), *(kinds or ()))), unsettled)
            found = connections.neighbours(iri, limit, wanted)
            near = tell_neighbours(held, desk.graph.vocabulary, found, language)
            name = name_all(held, desk.graph.vocabulary, [iri], language)[iri]
            answer = answers.Neighbours(
                place=answers.Named(iri=iri, label=name.label.value), neighbours=[_neighbour(one) for one in near]
            )
            return Told(answer, _nearest(answer))

        return await desk.run(context, work)


def _key(iri: str) -> str:
    return iri.removeprefix(ID).removeprefix("city/")


def _neighbour(near: Near) -> answers.Neighbour:
    return answers.Neighbour(
        iri=near.place.iri.value,
        label=near.place.label.value,
        strength=round(near.strength, 4),
        reasons=[because.sentence for because in near.because[:_REASONS]],
    )


def _nearest(answer: answers.Neighbours) -> str:
    if not answer.neighbours:
        return f"No other place is connected with {words.named(answer.place)} by this, in the sources."
    shown = [f"Closest to {words.named(answer.place)}:"]
    for number, one in enumerate(answer.neighbours, 1):
        because = "; ".join(words.one_line(reason) for reason in one.reasons)
        shown.append(f"{number}. {words.one_line(one.label)} ({words.key(one.iri)}), {one.strength:.2f}: {because}")
    return "\n".join(shown)


def _story(answer: answers.Explained) -> str:
    names = f"{words.named(answer.a)} – {words.named(answer.b)}"
    if not answer.connected and not answer.routes:
        return f"{names}: no connection in the sources. That is no proof that there is none."
    shown = [f"# {names}", f"Strength {answer.strength:.2f} of 1."]
    for reason in answer.reasons:
        shown.append(f"\n## {words.one_line(reason['sentence'])}")
        shown += [_path(path) for path in reason["paths"]]
        if reason["pathsLeftOut"]:
            shown.append(f"- and {reason['pathsLeftOut']} more ways")
    for route in answer.routes:
        by = " → ".join(words.one_line(place["label"]) for place in route["places"])
        because = "; ".join(words.one_line(reason["sentence"]) for reason in route["reasons"])
        shown.append(f"\nBy way of others: {by} ({because})")
    return "\n".join(shown)


def _path(path: dict[str, Any]) -> str:
    return f"- ({path['of']}) " + "; ".join(_hop(hop) for hop in path["hops"])


def _hop(hop: dict[str, Any]) -> str:
    triple = " – ".join(words.one_line(hop[end]["label"]) for end in ("subject", "predicate", "object"))
    return f"{triple} [{', '.join(_proof(one) for one in hop['evidence']) or 'nobody is named'}]"


def _proof(one: dict[str, Any]) -> str:
    if "claim" not in one:
        return words.ORIGINS.get(one["origin"], str(one["origin"]))
    lines = f" lines {one['first']}–{one['last']}" if one["first"] is not None else ""
    return f"{words.quoted(one['text'])} {words.key(one['claim'])}{lines}"
