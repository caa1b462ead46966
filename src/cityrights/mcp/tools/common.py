"""What the tools have in common: their annotations, and the words of parameters that several take."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

import pyoxigraph as ox
from mcp.server.mcpserver import Context
from mcp_types import ToolAnnotations
from pydantic import Field

from cityrights.mcp.desk import Refused
from cityrights.vocabulary import expand

Calling: TypeAlias = Context[Any, Any]
Language: TypeAlias = Annotated[Literal["en", "fr", "es"], Field(description="The language of labels and sentences.")]
Thing: TypeAlias = Annotated[
    str,
    Field(
        description="An IRI, a prefixed name such as city:grenoble, or a key such as city/grenoble; search gives it.",
        min_length=1,
        max_length=2000,
    ),
]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=500, description="How many rows at most.")]
Offset: TypeAlias = Annotated[int, Field(ge=0, le=10_000, description="How many rows to pass over: nextOffset says.")]
#: Rows of an answer, unless more or fewer are asked for.
FEW: Final = 50


def reads(title: str) -> ToolAnnotations:
    """Return the annotations of a tool that changes nothing, and asks nobody outside."""
    return ToolAnnotations(
        title=title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )


def iri_of(name: str) -> str:
    """Return the IRI that a request means. Raises Refused for what is written in no known way."""
    try:
        return ox.NamedNode(expand(name.strip())).value
    except ValueError as error:
        detail = f"{error}. Write a whole IRI, city:utrecht or city/utrecht, or find the thing with search."
        raise Refused("malformed-name", detail, thing=name[:200]) from error
