"""XML inside a literal, in the form that RDF gives it: Exclusive XML Canonicalization 1.0 with comments."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from cityrights.rdfxml.names import XML, quoted, text


class Name(NamedTuple):
    """A name as it was written and as it is meant; ``space`` and ``prefix`` are empty where there is none."""

    space: str
    local: str
    prefix: str

    def __str__(self) -> str:
        return f"{self.prefix}:{self.local}" if self.prefix else self.local


class Content:
    """The canonical text of the content of one element, put together from what the XML parser tells."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._open: list[str] = []
        self._rendered: list[dict[str, str]] = [{}]

    @property
    def closed(self) -> bool:
        """Whether every element that began here has ended."""
        return not self._open

    def start(self, name: Name, attributes: list[tuple[Name, str]]) -> None:
        """Begin an element. Namespaces are declared where a name of it uses them, and nowhere else."""
        outside = self._rendered[-1]
        used = {name.prefix: name.space}
        used.update((one.prefix, one.space) for one, _ in attributes if one.prefix and one.space != XML)
        fresh = {prefix: space for prefix, space in used.items() if outside.get(prefix, "") != space}
        declared = [f" xmlns{':' if prefix else ''}{prefix}={quoted(space)}" for prefix, space in sorted(fresh.items())]
        rest = [f" {one}={quoted(value)}" for one, value in sorted(attributes)]
        self._pieces.append(f"<{name}{''.join(declared)}{''.join(rest)}>")
        self._open.append(str(name))
        self._rendered.append({**outside, **fresh} if fresh else outside)

    def end(self) -> None:
        """End the element that began last."""
        self._pieces.append(f"</{self._open.pop()}>")
        self._rendered.pop()

    def characters(self, value: str) -> None:
        """Add text."""
        self._pieces.append(text(value))

    def comment(self, value: str) -> None:
        """Add a comment."""
        self._pieces.append(f"<!--{value}-->")

    def instruction(self, target: str, data: str) -> None:
        """Add a processing instruction."""
        self._pieces.append(f"<?{target} {data}?>" if data else f"<?{target}?>")

    def __str__(self) -> str:
        return "".join(self._pieces)


#: What stands between the parts of a name that the XML parser gives; no XML document can hold it.
SEPARATOR: Final = "\x01"


@lru_cache(4096)
def name_of(told: str) -> Name:
    """Return the name that the XML parser told as namespace, local part and prefix."""
    parts = told.split(SEPARATOR)
    if len(parts) == 1:
        return Name("", parts[0], "")
    return Name(parts[0], parts[1], parts[2] if len(parts) == 3 else "")
