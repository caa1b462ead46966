"""The claims as people write them: every file read once, the claims in it, found by name, number or identifier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from cityrights.errors import CityrightsError
from cityrights.library.names import nearest
from cityrights.pipeline.read import LINES, NUMBERING, Place, identifier, inputs, parse_file
from cityrights.vocabulary import CR, DCTERMS, GRAPH_CLAIMS, ID, RDF, short

_TYPE: Final = NamedNode(RDF + "type")
_GRAPH: Final = NamedNode(GRAPH_CLAIMS)
_CLASSES: Final = frozenset({CR + "Claim", CR + "GroupClaim"})
_CLAIM: Final = re.compile(re.escape(ID) + r"claim/([a-z0-9-]+)/([1-9][0-9]{0,8})")
_NUMBERED: Final = re.compile(r"([A-Za-z0-9-]*?)([0-9]{1,9})")
#: What a claim says once.
_ONE: Final = frozenset({"text", "modality", "aspect", "heading", "without-graph"})
#: What an author says of a claim → its property, and the sort of its values: text, thing, or the scheme of a concept.
PROPERTIES: Final = {
    "text": (CR + "text", "text"),
    "about": (CR + "subject", "thing"),
    "mentions": (CR + "mentions", "thing"),
    "said-by": (CR + "saidBy", "thing"),
    "modality": (CR + "modality", "modality"),
    "aspect": (CR + "aspect", "aspect"),
    "heading": (CR + "heading", "section"),
    "theme": (CR + "theme", "theme"),
    "target-group": (CR + "targetGroup", "target-group"),
    "without-graph": (CR + "withoutGraph", "text"),
}


@dataclass(frozen=True)
class Told:
    """A claim as it is written: where, what it is called, its places, and the values of each of ``PROPERTIES``.

    ``states`` is the number of statements that its block makes of other things.
    """

    claim: NamedNode
    source: str
    number: int
    identifier: str
    path: Path
    graph: NamedNode
    places: tuple[Place, ...]
    said: Mapping[str, tuple[str, ...]]
    states: int

    def as_dict(self) -> dict[str, object]:
        """Return the claim for ``--json``."""
        return {
            "claim": self.claim.value,
            "source": self.source,
            "number": self.number,
            "identifier": self.identifier,
            "lines": [
                {"range": each.range, "first": each.first, "last": each.last, "name": each.name, "anchor": each.anchor}
                for each in self.places
            ],
            **{
                name.replace("-", "_"): values[0] if name in _ONE else list(values)
                for name, values in self.said.items()
            },
            "statements": self.states,
            "file": str(self.path),
        }


class Files:
    """The TriG files of a project as they are written, read once."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.quads = {item.path: parse_file(item.path) for item in inputs(home) if item.graph is None}

    def __iter__(self) -> Iterator[tuple[Path, Quad]]:
        for path, quads in self.quads.items():
            for quad in quads:
                yield path, quad

    def sources(self) -> dict[str, str]:
        """Return the slug of every source with the MD5 of its document, empty for external records."""
        found: dict[str, str] = {}
        for _, quad in self:
            slug = _slug(quad)
            if slug and quad.predicate == _TYPE:
                found.setdefault(slug, "")
            elif slug and quad.predicate.value == CR + "md5" and isinstance(quad.object, Literal):
                found[slug] = quad.object.value
        return found

    def numbering(self) -> dict[str, tuple[str, int, int]]:
        """Return how sources number their claims: what stands before the number, its digits, and the least number."""
        found = {}
        for _, quad in self:
            if quad.predicate == NUMBERING and isinstance(quad.object, Literal):
                match = _NUMBERED.fullmatch(quad.object.value)
                if match:
                    found[_slug(quad)] = (match[1], len(match[2]), int(match[2]))
        return found

    def next_number(self, source: str) -> int:
        """Return the number after the highest of the source's claims and passages: none is ever used again."""
        path = re.compile(re.escape(ID) + rf"(?:claim|passage)/{re.escape(source)}/([0-9]{{1,9}})")
        terms = (term for _, quad in self for term in (quad.subject, quad.object, quad.graph_name))
        found = (path.match(term.value) for term in terms if isinstance(term, NamedNode))
        highest = max((int(match[1]) for match in found if match), default=0)
        return max(highest + 1, self.numbering().get(source, ("", 0, 1))[2])

    def typed(self) -> set[str]:
        """Return the IRI of each thing that some file says the class of."""
        return {
            quad.subject.value for _, quad in self if isinstance(quad.subject, NamedNode) and quad.predicate == _TYPE
        }

    def named(self) -> set[str]:
        """Return the IRI of each thing that some file says something of, or has for a value."""
        ends = (end for _, quad in self for end in (quad.subject, quad.object))
        return {end.value for end in ends if isinstance(end, NamedNode)}

    def claims(self) -> list[Told]:
        """Return every claim, by source and number."""
        said: dict[NamedNode, list[Quad]] = {}
        homes: dict[NamedNode, tuple[Path, NamedNode]] = {}
        states: dict[str, int] = {}
        for path, quad in self:
            claim, graph = quad.subject, quad.graph_name
            if not isinstance(graph, NamedNode):
                continue
            if isinstance(claim, NamedNode) and graph in (claim, _GRAPH):
                said.setdefault(claim, []).append(quad)
                if quad.predicate == _TYPE and isinstance(quad.object, NamedNode) and quad.object.value in _CLASSES:
                    homes[claim] = path, graph
            elif quad.object != graph:
                states[graph.value] = states.get(graph.value, 0) + 1
        ways = {slug: (prefix, width) for slug, (prefix, width, _) in self.numbering().items()}
        found = []
        for claim, (path, graph) in homes.items():
            match = _CLAIM.fullmatch(claim.value)
            if match is not None:
                found.append(_told(claim, (match[1], int(match[2])), path, graph, said[claim], ways, states))
        return sorted(found, key=lambda told: (told.source, told.number))

    def find(self, name: str) -> Told:
        """Return the claim of a name like twenty-practices/33, or with this identifier (A033).

        Raises CityrightsError, with the nearest ones, when there is none or there are several.
        """
        wanted = name.removeprefix(ID).removeprefix("claim/").removeprefix("claim:").strip()
        known = {f"{told.source}/{told.number}": told for told in self.claims()}
        if wanted in known:
            return known[wanted]
        found = [told for told in known.values() if told.identifier == wanted]
        if len(found) == 1:
            return found[0]
        near = nearest(wanted, [*known, *(told.identifier for told in known.values())])
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise CityrightsError(f"there is no claim “{name}”{hint}; cityrights claim list shows all")


def _slug(quad: Quad) -> str:
    """Return the slug of the source that a statement is about, nothing when it is about something else."""
    start = ID + "source/"
    iri = quad.subject.value if isinstance(quad.subject, NamedNode) else ""
    return iri.removeprefix(start) if iri.startswith(start) else ""


def _told(
    claim: NamedNode,
    numbered: tuple[str, int],
    path: Path,
    graph: NamedNode,
    quads: list[Quad],
    ways: Mapping[str, tuple[str, int]],
    states: Mapping[str, int],
) -> Told:
    values: dict[str, list[str]] = {}
    for quad in quads:
        term = quad.object
        text = term.value if isinstance(term, Literal) else short(term.value) if isinstance(term, NamedNode) else ""
        values.setdefault(quad.predicate.value, []).append(text)
    places = []
    for text in values.get(LINES.value, []):
        try:
            places.append(Place.parse(text))
        except ValueError:
            continue  # which cityrights check tells
    return Told(
        claim,
        *numbered,
        next(iter(values.get(DCTERMS + "identifier", [])), identifier(*numbered, ways)),
        path,
        graph,
        tuple(sorted(places)),
        {name: tuple(sorted(values[iri])) for name, (iri, _) in PROPERTIES.items() if iri in values},
        states.get(claim.value, 0),
    )
