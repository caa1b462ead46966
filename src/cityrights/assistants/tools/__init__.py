"""The tools, a module for each thing that can be asked for."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer

from cityrights.assistants.desk import Desk
from cityrights.assistants.tools import closeness, finding, questions, schema, sparql, things


def register(server: MCPServer[None], desk: Desk) -> None:
    """Give a server all tools, in the order in which they are mostly needed."""
    for room in (finding, things, closeness, questions, sparql, schema):
        room.register(server, desk)
