"""What stands above a concept; graphs of others may have concepts above themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def ancestors(values: Iterable[str], parents: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return for each value itself and everything above it, each once, whatever circles there are."""
    found = {}
    for value in values:
        reached, waiting = {value: None}, [value]
        while waiting:
            for above in parents.get(waiting.pop(), ()):
                if above not in reached:
                    reached[above] = None
                    waiting.append(above)
        found[value] = tuple(reached)
    return found
