"""Writing a query: terms with everything special in them escaped, the prefixes that they need, lines that stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cityrights.describe.ask import name_text, term_text
from cityrights.describe.terms import Literal
from cityrights.namespaces import PREFIXES, XSD


class Writing:
    """Writes the terms of one query, and remembers which prefixes they need."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def iri(self, value: str) -> str:
        """Write an IRI, by a prefix where one fits."""
        text = name_text(value)
        if not text.startswith("<"):
            self._used.add(text.partition(":")[0])
        return text

    def name(self, prefix: str, local: str) -> str:
        """Write the name of a function."""
        self._used.add(prefix)
        return f"{prefix}:{local}"

    def text(self, value: str) -> str:
        """Write a plain text."""
        return term_text(Literal(value)).removesuffix(f"^^<{XSD}string>")

    def query(self, lines: Iterable[str]) -> str:
        """Return a query of these lines with the prefixes that were used before it."""
        declared = [f"PREFIX {prefix}: <{PREFIXES[prefix]}>" for prefix in sorted(self._used)]
        return "\n".join([*declared, *lines]) + "\n"


def variable(name: str) -> str:
    """Return a name as a variable may have it."""
    plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return plain if plain[:1].isalpha() else f"v{plain}"


def indented(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines one level further in."""
    for line in lines:
        yield f"  {line}"
