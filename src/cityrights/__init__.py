"""cityrights: local human rights practices as a knowledge graph."""

from __future__ import annotations

from importlib.metadata import version as _version

from cityrights.api import KnowledgeGraph, Rows, open  # noqa: A004

__all__ = ["KnowledgeGraph", "Rows", "__version__", "open"]


def __getattr__(name: str) -> str:
    if name == "__version__":
        return _version("cityrights")
    raise AttributeError(f"module 'cityrights' has no attribute '{name}'")
