"""The graph for assistants: a server for the Model Context Protocol (MCP), read-only, on the same engine as all else.

It needs the package ``mcp``: ``pip install 'cityrights[assistants]'``.
"""
