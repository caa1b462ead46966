"""Tools of the MCP server for things: ``search``, ``describe``, ``why``, ``explain_connection`` and ``neighbours``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from cityrights.errors import UnknownThing
from cityrights.indexes.proximity import Filter
from cityrights.indexes.proximity.telling import (
    ExplanationInWords,
    NeighbourInWords,
    ReasonInWords,
    Step,
    name_all,
    tell,
    tell_neighbours,
)
from cityrights.indexes.search import Hit, Hits, Match
from cityrights.indexes.search.text import INDEXED_KINDS
from cityrights.library.names import Names, of_kind
from cityrights.library.queries import nearest
from cityrights.mcp import answers, markdown
from cityrights.mcp.toolkit import EndableStore, Refused, ToolAnswer, Toolkit, claim_of, evidence_of, named, value_of
from cityrights.resources.description import describe
from cityrights.resources.model import ClaimLine, Description
from cityrights.vocabulary import LANGUAGE, short
from cityrights.why import Unfolding, lines, record, statement_of, ties

Calling: TypeAlias = Context[Any, Any]
#: The language of who names none: the first of the instance, where the library speaks it.
_CODES: Final[Mapping[str, Literal["en", "fr", "es"]]] = {"fr": "fr", "es": "es"}
HERE: Final = _CODES.get(nearest(LANGUAGE), "en")
Language: TypeAlias = Annotated[Literal["en", "fr", "es"], Field(description="Language of labels and sentences.")]
Thing: TypeAlias = Annotated[
    str,
    Field(
        description="grenoble, city:grenoble, city/grenoble, or an IRI; search gives it.",
        min_length=1,
        max_length=2000,
    ),
]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=500, description="Rows at most.")]
Offset: TypeAlias = Annotated[int, Field(ge=0, le=10_000, description="Rows to pass over: nextOffset says.")]
#: Rows of an answer, unless more or fewer are asked for.
FEW: Final = 50


def reads(title: str) -> ToolAnnotations:
    """Return the annotations of a tool that changes nothing, and asks nobody outside."""
    return ToolAnnotations(
        title=title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )


_HOW = {
    Match.NEAR: "Nothing has exactly these words; these have words like them.",
    Match.SOME: "Nothing has all of these words; these have some of them.",
}


def _add_search(server: MCPServer[None], toolkit: Toolkit) -> None:
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
        language: Language = HERE,
        limit: Annotated[int, Field(ge=1, le=50, description="How many things at most.")] = 10,
        offset: Annotated[int, Field(ge=0, le=9_000, description="How many to pass over: nextOffset.")] = 0,
    ) -> Annotated[CallToolResult, answers.SearchAnswer]:
        """Find cities, practices, institutions, instruments, themes, people, documents or claims by any text.

        Accents and capitals do not matter, typing errors are forgiven. Use the key of a result with the other tools.
        """

        def work(_: EndableStore) -> ToolAnswer:
            if not text.strip():
                raise Refused("empty-text", "There is nothing to look for: give some words.")
            found = toolkit.graph.search(text, language, kinds or (), limit, offset)
            answer = _found(found, offset)
            return ToolAnswer(answer, _found_text(answer, found))

        return await toolkit.run(context, work)


def _found(found: Hits, offset: int) -> answers.SearchAnswer:
    last = offset + len(found.hits)
    return answers.SearchAnswer(
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


def _found_text(answer: answers.SearchAnswer, found: Hits) -> str:
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


#: The most that one answer tells of each; totals say how much there is.
_STATEMENTS: Final = 200
_CLAIMS: Final = 60


def _add_describe(server: MCPServer[None], toolkit: Toolkit) -> None:
    """Add the tool."""

    @server.tool(name="describe", title="Describe a thing", annotations=reads("Describe a thing"))
    async def describe_thing(
        context: Calling,
        thing: Thing,
        language: Language = HERE,
        derived: Annotated[
            bool, Field(description="Tell what only rules derive, too, such as broader classes.")
        ] = False,
        page: Annotated[int, Field(ge=1, le=10_000, description="The page of what points to the thing.")] = 1,
    ) -> Annotated[CallToolResult, answers.Described]:
        """Tell everything that the graph says of one thing, each statement with who says so.

        Evidence is a claim (a sentence, the document, the lines, and how it is meant: asserted, underway, planned,
        quoted …) or the work of an editor or of another data set. Cite the claim's IRI and the version.
        """

        def work(held: EndableStore) -> ToolAnswer:
            iri = Names(held).find(thing)
            found = describe(held, toolkit.graph.vocabulary, iri, language, page=page)
            if found is None:
                raise UnknownThing(iri, "the graph says nothing of it; find things with search")
            answer = _described(found, page, derived=derived)
            return ToolAnswer(answer, _description_text(answer))

        return await toolkit.run(context, work)


def _add_why(server: MCPServer[None], toolkit: Toolkit) -> None:
    """Add the tool."""

    @server.tool(name="why", title="Who says so", annotations=reads("Who says so"))
    async def why(
        context: Calling,
        thing: Thing,
        predicate: Annotated[str, Field(description="cr:place, or place.", max_length=500)],
        value: Annotated[str, Field(description="A thing, or a text.", max_length=2000)],
        language: Language = HERE,
    ) -> Annotated[CallToolResult, answers.Why]:
        """Tell who says one statement, and what a rule made it from, down to lines of documents."""

        def work(held: EndableStore) -> ToolAnswer:
            vocabulary = toolkit.graph.vocabulary
            triple = statement_of(held, vocabulary, thing, predicate, value)
            unfolding = Unfolding(held, vocabulary, ties(lambda: toolkit.graph.connections))
            found = unfolding(triple, language, seconds=toolkit.limits.seconds)
            answer = answers.Why(statement=record(found))
            told = (f"{line[: -len(line.lstrip())]}- {markdown.one_line(line)}" for line in lines(found))
            return ToolAnswer(answer, "\n".join(told))

        return await toolkit.run(context, work)


def _described(found: Description, page: int, *, derived: bool) -> answers.Described:
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


def _description_text(answer: answers.Described) -> str:
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


_Place = Annotated[
    str,
    Field(description="utrecht, city:utrecht, department/seine-saint-denis, or an IRI.", max_length=2000),
]
#: Reasons of each neighbour that are told.
_REASONS: Final = 5


def _add_connections(server: MCPServer[None], toolkit: Toolkit) -> None:
    """Add the tools."""

    @server.tool(
        name="explain_connection",
        title="Explain a connection",
        annotations=reads("Explain a connection"),
    )
    async def explain_connection(
        context: Calling, a: _Place, b: _Place, language: Language = HERE
    ) -> Annotated[CallToolResult, answers.Explained]:
        """Explain how two places are connected: what they share, and every step with the claims behind it.

        That nothing joins them in the sources is said as such, and is no proof that nothing does.
        """

        def work(held: EndableStore) -> ToolAnswer:
            near = toolkit.graph.connections
            found = near.explain(near.find(a.strip()), near.find(b.strip()))
            answer = _explained(tell(held, toolkit.graph.vocabulary, found, language))
            return ToolAnswer(answer, _story(answer))

        return await toolkit.run(context, work)

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
        language: Language = HERE,
    ) -> Annotated[CallToolResult, answers.Neighbours]:
        """List the places closest to one, the closest first, with the reasons in words.

        Places are close when they share rare things. explain_connection has the evidence of each reason.
        """

        def work(held: EndableStore) -> ToolAnswer:
            connections = toolkit.graph.connections
            iri = connections.find(place.strip())
            chosen = {"theme": themes or (), "kind": kinds or ()}
            wanted = Filter(tuple(of_kind(kind, name) for kind, names in chosen.items() for name in names), unsettled)
            found = connections.neighbours(iri, limit, wanted)
            near = tell_neighbours(held, toolkit.graph.vocabulary, found, language)
            name = name_all(held, toolkit.graph.vocabulary, [iri], language)[iri]
            answer = answers.Neighbours(
                place=answers.Named(iri=iri, label=name.label.value), neighbours=[_neighbour(one) for one in near]
            )
            return ToolAnswer(answer, _nearest(answer))

        return await toolkit.run(context, work)


def _explained(story: ExplanationInWords) -> answers.Explained:
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


def _reason(because: ReasonInWords) -> answers.Reason:
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
        marks="; ".join(step.marks),
    )


def _neighbour(near: NeighbourInWords) -> answers.Neighbour:
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
    marks = f"; {markdown.one_line(hop.marks)}" if hop.marks else ""
    return f"{triple} ({markdown.who(hop.evidence, claims)}{marks})"


def add_thing_tools(server: MCPServer[None], toolkit: Toolkit) -> None:
    """Give a server the tools for things, in the order in which they are mostly needed."""
    for add in (_add_search, _add_describe, _add_why, _add_connections):
        add(server, toolkit)
