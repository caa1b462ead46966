"""Answers read row by row from a file, so that the memory that they take does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pyoxigraph as ox

from cityrights.describe.questions import TRIPLE, from_store
from cityrights.describe.terms import Row


def table_rows(content: BinaryIO) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Return the columns and the rows of a SELECT answer in SPARQL 1.1 TSV; what is unbound is not in its row.

    Raises SyntaxError, while the rows are read, for what is no such table.
    """
    solutions = ox.parse_query_results(content, format=ox.QueryResultsFormat.TSV)
    assert isinstance(solutions, ox.QuerySolutions)
    names = tuple(variable.value for variable in solutions.variables)
    return names, (
        {name: from_store(term) for name in names if (term := solution[name]) is not None} for solution in solutions
    )


def graph_rows(content: BinaryIO) -> Iterator[Row]:
    """Yield the triples of a graph in N-Triples, in the order of the file. Raises SyntaxError for what is none."""
    for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES):
        yield dict(zip(TRIPLE, map(from_store, quad.triple), strict=True))
