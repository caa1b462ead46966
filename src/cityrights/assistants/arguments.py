"""A server whose tools take no arguments but their own: what is wrong with others is said in words, like any error."""

from __future__ import annotations

from typing import Any, Final

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, InputRequiredResult, Tool
from pydantic import ValidationError

from cityrights.assistants.desk import Desk
from cityrights.faults import Fault

#: So many faults of one request are told.
_MOST: Final = 10


class StrictServer(MCPServer[None]):
    """A server that refuses arguments which a tool has not: passed over, a misspelt filter would widen the answer."""

    def __init__(self, desk: Desk, name: str, **settings: Any) -> None:
        super().__init__(name, **settings)
        self._desk = desk

    async def list_tools(self) -> list[Tool]:
        """Return the tools; their input schemas say that there are no other arguments."""
        return [
            tool.model_copy(update={"input_schema": {**tool.input_schema, "additionalProperties": False}})
            for tool in await super().list_tools()
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[None, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; arguments that are not by its input schema are an error that names each. Raises ToolError."""
        tool = next((each for each in await self.list_tools() if each.name == name), None)
        own = list(tool.input_schema.get("properties", {})) if tool is not None else []
        if tool is not None and (others := [each for each in arguments if each not in own]):
            return self._wrong(name, [f"there is no '{each[:100]}'" for each in others], own)
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            wrong = error.__cause__.errors(include_url=False, include_input=False)
            return self._wrong(name, [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong], own)

    def _wrong(self, name: str, faults: list[str], own: list[str]) -> CallToolResult:
        told = "; ".join(faults[:_MOST])
        detail = f"The arguments of {name} are not as its input schema has them: {told}. It takes {', '.join(own)}."
        return self._desk.failed(Fault("malformed-arguments", detail, {"arguments": own}))
