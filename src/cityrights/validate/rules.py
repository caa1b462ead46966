"""The rules of ``queries/checks``: each file is one SELECT, and every row is an error.

The first line of a rule is a comment that says it as a sentence. ``?where`` is the thing, ``?message`` what is wrong,
``?repair`` what mends it and ``?term`` the term to look for in the file; the last two may be left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from cityrights.errors import InputError
from cityrights.namespaces import PREFIXES
from cityrights.validate.findings import Finding


@dataclass(frozen=True, order=True)
class Rule:
    """One rule: the name of its file, its sentence, its query and its path."""

    name: str
    sentence: str
    text: str
    path: Path


@dataclass(frozen=True)
class Broken:
    """A row of a rule: the finding, and the terms by which its line can be found."""

    finding: Finding
    where: ox.NamedNode
    term: ox.NamedNode | ox.Literal | None = None


def rules(folder: Path) -> list[Rule]:
    """Read the rules of a folder, in the order of their names.

    Raises InputError for a folder without rules and for a rule without its sentence: neither may go unnoticed.
    """
    found = []
    for path in sorted(folder.glob("*.rq")):
        text = path.read_text(encoding="utf-8")
        first = text.split("\n", 1)[0]
        if not first.startswith("# ") or len(first.split()) < 4:
            raise InputError(path, "a rule begins with a comment that says it as a sentence", line=1)
        found.append(Rule(path.stem, first[2:].strip(), text, path))
    if not found:
        raise InputError(folder, "there is no rule (*.rq) here", repair="name the folder queries/checks of the project")
    return found


def run_rule(store: ox.Store, rule: Rule) -> Iterator[Broken]:
    """Yield every row that breaks ``rule`` in ``store``, whose default graph is the merge of its named graphs.

    Raises InputError when the rule is not a SELECT with ?where and ?message.
    """
    try:
        rows = store.query(rule.text, prefixes=PREFIXES)
    except SyntaxError as error:
        raise InputError(rule.path, f"the rule does not parse: {error.msg}") from error
    names = {variable.value for variable in rows.variables} if isinstance(rows, ox.QuerySolutions) else set()
    if not isinstance(rows, ox.QuerySolutions) or not {"where", "message"} <= names:
        raise InputError(rule.path, "a rule is a SELECT with ?where and ?message")
    for row in rows:
        where, message = row["where"], row["message"]
        if not isinstance(where, ox.NamedNode) or not isinstance(message, ox.Literal):
            raise InputError(rule.path, f"the row {row} has no IRI as ?where or no text as ?message")
        repair = row["repair"] if "repair" in names else None
        term = row["term"] if "term" in names else None
        yield Broken(
            Finding(where.value, rule.name, message.value, repair.value if isinstance(repair, ox.Literal) else ""),
            where,
            term if isinstance(term, ox.NamedNode | ox.Literal) else None,
        )
