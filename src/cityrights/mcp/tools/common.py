"""What the tools have in common: their annotations, and the words of parameters that several take."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from mcp.server.mcpserver import Context
from mcp_types import ToolAnnotations
from pydantic import Field

Calling: TypeAlias = Context[Any, Any]
Language: TypeAlias = Annotated[Literal["en", "fr", "es"], Field(description="The language of labels and sentences.")]
Thing: TypeAlias = Annotated[
    str,
    Field(
        description="grenoble, city:grenoble, city/grenoble, or an IRI; search gives it.",
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
