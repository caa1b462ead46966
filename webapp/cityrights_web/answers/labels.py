"""What the things of an answer are called: asked for in few queries, however many things there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from cityrights.describe import Iri, Link, Literal, Term, ask, gather_labels
from cityrights.engine import Engine
from cityrights_web.pages.frame import Frame

#: So many names are asked for at once.
_AT_ONCE: Final = 500
#: Beyond so many things the others are shown by their address alone.
MOST_NAMED: Final = 3_000


def names(engine: Engine, iris: Iterable[str]) -> dict[str, tuple[Literal, ...]]:
    """Return what the graph calls these things, in every language."""
    wanted = sorted(iri for iri in iris if ":" in iri)  # what has none is a node without a name
    found: dict[str, tuple[Literal, ...]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some: list[Term] = [Iri(iri) for iri in wanted[start : start + _AT_ONCE]]
        found |= gather_labels(ask(engine, "names", among=("x", some)))
    return found


def linked(around: Frame, some: Iterable[Mapping[str, Term]], columns: Iterable[str]) -> dict[str, Link]:
    """Return the link for each thing in these columns, with what the row calls it or else what the graph does.

    What a row calls the thing of a column ``x`` stands in its column ``xLabel``.
    """
    own: dict[str, list[Literal]] = {}
    for row in some:
        for name in columns:
            if isinstance(term := row.get(name), Iri):
                label = row.get(f"{name}Label")
                own.setdefault(term.value, []).extend([label] if isinstance(label, Literal) else [])
    vocabulary, language = around.site.vocabulary, around.language
    unnamed = [iri for iri, labels in own.items() if not labels and iri not in vocabulary.labels]
    named = names(around.site.engine, unnamed[:MOST_NAMED])
    return {iri: vocabulary.link(Iri(iri), language, labels or named.get(iri, ())) for iri, labels in own.items()}
