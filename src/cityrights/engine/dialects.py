"""How stores differ in what their default graph is, by name: all that the remote engine has to know of a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cityrights.namespaces import GRAPH, OWL

#: The merge of all graphs, each triple once, in stores that have no default graph of their own.
MERGED: Final = GRAPH + "merged"
#: Lists the named graphs that were pushed; it is in none of the answers.
CATALOGUE: Final = GRAPH + "pushed"
#: A triple ``<graph> MEMBER <graph>`` stands in the catalogue for each graph.
MEMBER: Final = OWL + "sameAs"
#: The graph that has nothing in it: the default graph of a query that names graphs with FROM NAMED alone.
NOTHING: Final = GRAPH + "nothing"


@dataclass(frozen=True)
class Dialect:
    """A kind of store.

    ``default_graph`` is the graph that holds the merge where the store's own default graph is a union that repeats
    triples; it is asked for with ``default-graph-uri``. ``catalogue`` then lists the graphs that ``GRAPH ?g`` ranges
    over, because the merge, and what a store keeps for itself, are none of them. ``cuts_graphs`` says that it may cut
    the graph of a CONSTRUCT at its cap of rows without a word, as it would not cut a table.
    """

    name: str
    default_graph: str | None = None
    catalogue: str | None = None
    cuts_graphs: bool = False


#: Stores with a default graph of their own: the merge is in it, and queries go out as they are.
OWN_DEFAULT: Final = Dialect("own-default")
#: Stores whose default graph is the union of the others, as Virtuoso has it.
UNION: Final = Dialect("union", MERGED, CATALOGUE, cuts_graphs=True)
DIALECTS: Final = {dialect.name: dialect for dialect in (OWN_DEFAULT, UNION)}
