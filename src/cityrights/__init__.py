"""cityrights: local human rights practices as a knowledge graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cityrights.api import KnowledgeGraph, Rows, open  # noqa: A004
    from cityrights.publishing import build, publish

__all__ = ["KnowledgeGraph", "Rows", "__version__", "build", "open", "publish"]


def __getattr__(name: str) -> Any:
    """Import at the first use: processes that only need a part of the package, such as workers, start faster."""
    if name == "__version__":
        from importlib.metadata import version

        return version("cityrights")
    if name in ("build", "publish"):
        from cityrights import publishing

        return getattr(publishing, name)
    if name in __all__:
        from cityrights import api

        return getattr(api, name)
    raise AttributeError(f"module 'cityrights' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Return what is offered: completion shall not propose what this module imports for itself."""
    return sorted(__all__)
