"""An engine over a store that may be slow at first: until that has told what all pages need, none waits for it long."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cityrights.engine import Control, Engine, Limits, Result
from cityrights.engine.base import JSON, Term
from cityrights.errors import EngineStarting, QueryError


class Patient:
    """The engine ``inner``, whose queries wait a moment for ``first``; those with a ``control`` go to it at once."""

    def __init__(self, inner: Engine) -> None:
        self.inner = inner
        self.first: Callable[[], object] | None = None

    @property
    def version(self) -> str:
        """The version of the data."""
        return self.inner.version

    def query(
        self,
        text: str,
        *,
        accept: str = JSON,
        limits: Limits | None = None,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        substitutions: Mapping[str, Term] | None = None,
        control: Control | None = None,
    ) -> Result:
        """Answer one query; see ``cityrights.engine.base.Engine``. Raises EngineStarting while the store is silent."""
        if control is None and self.first is not None:
            try:
                self.first()
            except EngineStarting:
                raise
            except QueryError:  # which does not say that this one fails
                pass
        return self.inner.query(
            text,
            accept=accept,
            limits=limits,
            default_graphs=default_graphs,
            named_graphs=named_graphs,
            substitutions=substitutions,
            control=control,
        )

    @property
    def status(self) -> Callable[[], dict[str, int]]:
        """What the engine tells of its workers."""
        found: Callable[[], dict[str, int]] = getattr(self.inner, "status", dict)
        return found

    def close(self) -> None:
        """End the engine."""
        self.inner.close()
