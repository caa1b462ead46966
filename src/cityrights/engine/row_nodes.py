"""``BNODE(?key)`` in SELECT: one node for each key in each row (SPARQL 1.1, 17.4.2.9), and not one for all rows.

The rows get a key of their own at the end of the pattern, and a function of the worker makes the node of both.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import pyoxigraph as ox

from cityrights.engine.base import Term
from cityrights.engine.steps import Edit, Steps, fresh
from cityrights.namespaces import XSD

FUNCTION: Final = ox.NamedNode("urn:cityrights:node-of-row")
_STRING: Final = XSD + "string"


def may_have_nodes(text: str) -> bool:
    """Whether a text is worth reading for BNODE."""
    return "BNODE" in text.upper()


def node_of_row(row: Term, key: Term) -> Term | None:
    """Return the node of a key in a row; None, an error, for a key that is not a plain string, as BNODE has it."""
    if not isinstance(key, ox.Literal) or key.datatype.value != _STRING:
        return None
    return ox.BlankNode(blake2b(f"{row} {key.value}".encode(), digest_size=16).hexdigest())


def replace_nodes(steps: Steps) -> list[Edit]:
    """Return the edits for a query that names what it selects; one that groups its rows is not valid with them."""
    opened = next((at for at, step in enumerate(steps.all) if step.kind == "top" and step.opened == "pattern"), 0)
    calls = [at for at in range(opened) if steps.word(at) == "BNODE" and steps.sign(at + 1) == "("]
    calls = [at for at in calls if steps.partner[at + 1] > at + 2]  # BNODE() is another node each time
    if not calls or steps.all[opened].form != "select":
        return []
    row = fresh(steps.text, "row")
    edits = [(steps.start(call), steps.end(call + 1), f"{FUNCTION}({row}, ") for call in calls]
    inside, end = steps.end(opened), steps.start(steps.partner[opened])
    return [*edits, (inside, inside, "{"), (end, end, f"}} BIND (STRUUID() AS {row}) ")]
