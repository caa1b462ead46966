"""The engine: queries answered from a snapshot, each in a process that can be killed."""

from __future__ import annotations

from cityrights.engine.base import Engine, Limits, Result
from cityrights.engine.control import Control
from cityrights.engine.embedded import EmbeddedEngine

__all__ = ["Control", "EmbeddedEngine", "Engine", "Limits", "Result"]
