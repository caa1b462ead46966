"""The connections of a snapshot on disk: the table and the network, as arrays in ``<snapshot>/connections``."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyoxigraph as ox
from scipy import sparse

from cityrights.connections.measure import Measure, settled
from cityrights.connections.network import Network, build
from cityrights.connections.table import Table, read
from cityrights.errors import SnapshotError

FOLDER: Final = "connections"
_NAMES: Final = "names.txt"
_ARRAYS: Final = "connections.npz"
_LINK = ("place", "feature", "kind", "item", "through", "unsettled")
_TIE = ("a", "b", "kind", "from", "to", "back", "unsettled")
_NETWORK = ("community", "centrality", "x", "y")


def pairs_of(store: ox.Store) -> Callable[[str], Iterable[tuple[str, str]]]:
    """Return what reads the things that a predicate joins in the default graph of a store."""

    def pairs(predicate: str) -> list[tuple[str, str]]:
        default = ox.DefaultGraph()
        found = store.quads_for_pattern(None, ox.NamedNode(predicate), None, default)
        return [
            (quad.subject.value, quad.object.value)
            for quad in found
            if isinstance(quad.object, ox.NamedNode) and isinstance(quad.subject, ox.NamedNode)
        ]

    return pairs


def prepare(store: ox.Store) -> tuple[Table, Network]:
    """Read the connections of a store's default graph, and join its places."""
    table = read(pairs_of(store))
    return table, build(Measure(table, settled(table)))


def write(folder: Path, table: Table, network: Network) -> None:
    """Write both into ``folder``/connections."""
    target = folder / FOLDER
    target.mkdir()
    (target / _NAMES).write_text("\n".join(table.names), "utf-8")
    arrays: dict[str, Any] = {f"link_{name}": table.link[name] for name in _LINK}
    arrays |= {f"tie_{name}": table.tie[name] for name in _TIE}
    arrays |= {name: getattr(network, name) for name in _NETWORK}
    arrays |= {name: getattr(network.joined, name) for name in ("data", "indices", "indptr")}
    arrays |= {name: getattr(table, name) for name in ("places", "item", "item_place", "item_unsettled")}
    arrays |= {name: getattr(table, name) for name in ("narrow", "broad")}
    np.savez(target / _ARRAYS, allow_pickle=False, **arrays)


def load(folder: Path) -> tuple[Table, Network]:
    """Read what :func:`write` wrote. Raises SnapshotError when it is not there or not whole."""
    source = folder / FOLDER
    try:
        names = (source / _NAMES).read_text("utf-8").split("\n")
        with np.load(source / _ARRAYS, allow_pickle=False) as held:
            table = Table(
                names if names != [""] else [],
                held["places"],
                {name: held[f"link_{name}"] for name in _LINK},
                {name: held[f"tie_{name}"] for name in _TIE},
                held["item_place"],
                held["item"],
                held["item_unsettled"],
                held["narrow"],
                held["broad"],
            )
            shape = (len(table.places), len(table.places))
            joined = sparse.csr_array((held["data"], held["indices"], held["indptr"]), shape=shape)
            return table, Network(joined, *(held[name] for name in _NETWORK))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SnapshotError(
            f"the connections in {source} cannot be read: {error}; run: cityrights build --force"
        ) from error
