"""The tools, a module for each thing that can be asked for."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer

from cityrights.mcp.desk import Desk
from cityrights.mcp.tools import connections, describe, library, schema, search, sparql


def register(server: MCPServer[None], desk: Desk) -> None:
    """Give a server all tools, in the order in which they are mostly needed."""
    for room in (search, describe, connections, library, sparql, schema):
        room.register(server, desk)
