"""The next form that a client takes, where the one that it likes best cannot carry an answer (RFC 9110, §12.5.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from sparqlgate.errors import QueryUnwritable, sentence
from sparqlgate.http import formats
from sparqlgate.http.formats import Format
from sparqlgate.http.problems import Problem

#: Formats that carry every table, and every graph: what is offered when another one could not.
SURE_TABLES: Final = (formats.RESULTS_JSON, formats.RESULTS_CSV, formats.RESULTS_TSV)
SURE_GRAPHS: Final = (formats.TURTLE, formats.NTRIPLES, formats.TRIG, formats.NQUADS)
#: Kinds of problems that another format may not have.
_OTHERWISE: Final = ("no-coordinates", "answer-too-large")


async def first_that_can(
    choices: Sequence[Format], make: Callable[[Format], Awaitable[None]], sure: Sequence[Format]
) -> None:
    """Answer by ``make`` in the first of ``choices`` that can carry the answer.

    Raises what stood in the way of the first one where none can: a 406 that lists ``sure``, which can.
    """
    wrong: Problem | None = None
    for chosen in choices:
        try:
            return await make(chosen)
        except QueryUnwritable as error:
            wrong = wrong or unwritable(error, [form.media_type for form in sure])
        except Problem as problem:
            if problem.kind not in _OTHERWISE or not chosen.made:
                raise
            wrong = wrong or problem
    assert wrong is not None, "there is nothing to choose from"
    raise wrong


def unwritable(error: QueryUnwritable, available: Sequence[str]) -> Problem:
    """Return the 406 for what a format cannot carry; it lists what is available in its place."""
    return Problem(406, "not-acceptable", sentence(str(error)), {"available": list(available)})
