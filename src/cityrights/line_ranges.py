"""Line numbers, written briefly: for the graph (``11-29/2``) and for people (``3–5, 9``)."""

from __future__ import annotations

from collections.abc import Sequence


def ranges(numbers: Sequence[int]) -> str:
    """Write ascending line numbers briefly: ``1,4-6,11-19/2`` has 1, then 4 to 6, then every second from 11 to 19."""
    parts: list[str] = []
    at = 0
    while at < len(numbers):
        step = numbers[at + 1] - numbers[at] if at + 1 < len(numbers) else 0
        end = at
        while step in (1, 2) and end + 1 < len(numbers) and numbers[end + 1] - numbers[end] == step:
            end += 1
        parts.append(str(numbers[at]) if end == at else f"{numbers[at]}-{numbers[end]}" + ("/2" if step == 2 else ""))
        at = end + 1
    return ",".join(parts)


def expand(text: str) -> tuple[int, ...]:
    """Return the numbers that :func:`ranges` wrote; none for an empty text. Raises ValueError for anything else."""
    found: list[int] = []
    for part in text.split(",") if text else ():
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        found.extend(range(int(first), int(last or first) + 1, int(step or 1)))
    return tuple(found)


def compact(numbers: Sequence[int]) -> str:
    """Return ascending numbers as runs that read well, for example ``3–5, 9``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)
