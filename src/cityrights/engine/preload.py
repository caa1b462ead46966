"""Where a worker gets its graph from: memory inherited from the process it is forked from, or the store on disk."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

#: Up to this size of the N-Quads file the graph is held in memory, where it answers several times faster.
IN_MEMORY = 64 << 20


@dataclass(frozen=True)
class Source:
    """The parts of a snapshot that an engine reads; ``in_memory`` is the largest N-Quads file, in bytes, to hold."""

    nquads: str
    store: str
    in_memory: int = IN_MEMORY


def preload(source: Source) -> ox.Store | None:
    """Load the graph and its merged default graph, or return None when it is too large and workers open the store.

    The work runs in a thread of its own: what the library keeps per thread, such as the state of its random numbers,
    must not be inherited by the workers, or all of them would draw the same UUIDs.
    """
    path = Path(source.nquads)
    if path.stat().st_size > source.in_memory:
        return None
    store = ox.Store()
    failures: list[Exception] = []

    def load() -> None:
        try:
            store.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)
            store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
        except (OSError, SyntaxError, RuntimeError) as error:
            failures.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return store
