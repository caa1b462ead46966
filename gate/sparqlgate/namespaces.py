"""The standard namespaces, and the names that go with the data of one store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

STANDARD: Final[Mapping[str, str]] = {"owl": OWL, "rdf": RDF, "rdfs": RDFS, "xsd": XSD}


@dataclass(frozen=True)
class Names:
    """What the data of a store call things; given when the store is opened.

    ``base`` is the IRI that relative IRIs of queries are read against (empty: a relative IRI is an error).
    ``prefixes`` shorten the IRIs of answers. ``graphs`` begins the names of the graphs that ``push`` makes for itself.
    """

    base: str = ""
    prefixes: Mapping[str, str] = field(default_factory=lambda: STANDARD)
    graphs: str = "urn:sparqlgate:graph:"

    @property
    def prologue(self) -> str:
        """The line that gives a query its base IRI; a BASE of the text itself comes later and wins."""
        return f"BASE <{self.base}>\n" if self.base else ""

    @property
    def merged(self) -> str:
        """The merge of all graphs, each triple once, in stores that have no default graph of their own."""
        return f"{self.graphs}merged"

    @property
    def pushed(self) -> str:
        """The graph that lists the named graphs that were pushed; it is in none of the answers."""
        return f"{self.graphs}pushed"
