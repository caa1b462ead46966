"""The questions of the library: each has front matter that can be read, runs, and finds something by its defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.errors import InputError
from cityrights.library import LibraryQuery, read, with_prefixes
from cityrights.validate.findings import Finding

_RULE: Final = "library-question"


def check_questions(folder: Path, store: ox.Store) -> tuple[list[Finding], int]:
    """Return what is wrong with the questions of ``folder`` (``queries/explore``), and how many there are.

    ``store`` is the dataset that they are asked of, with the merge of its graphs as default graph.
    """
    findings = []
    paths = sorted(folder.glob("*.rq"))
    for path in paths:
        try:
            query = read(path)
            wrong = _asked(store, query)
        except InputError as error:
            findings.append(Finding(f"{path}:{error.line or 1}", _RULE, error.reason, error.repair))
            continue
        if wrong:
            repair = "mend the query, or give it default values that have an answer"
            findings.append(Finding(f"{path}:1", _RULE, wrong, repair))
    return findings, len(paths)


def _asked(store: ox.Store, query: LibraryQuery) -> str:
    """Say what is wrong with a question, nothing where it has an answer."""
    bound: dict[ox.Variable, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple] = {
        ox.Variable(name): term for name, term in query.bindings().items()
    }
    try:
        found = store.query(with_prefixes(query.text), substitutions=bound)
    except (SyntaxError, ValueError) as error:
        return f"the query does not run: {error}"
    if not isinstance(found, ox.QuerySolutions | ox.QueryTriples):
        return "the query is no SELECT and no CONSTRUCT"
    return "" if next(iter(found), None) is not None else "the query finds nothing with its default values"
