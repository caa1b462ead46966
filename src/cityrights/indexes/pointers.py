"""What very many things point to, counted once for each snapshot: its page need not count a hundred thousand."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson
import pyoxigraph as ox

from cityrights.library.pages import page_query
from cityrights.vocabulary import CR, PREFIXES, RDF
from sparqlgate.errors import SnapshotError

#: The folder of the counts in a snapshot.
FOLDER: Final = "pointers"
_FILE: Final = "counts.json"
#: A thing with fewer pointers is counted when its page is asked for.
MANY: Final = 1000
_TYPE, _CLAIM = ox.NamedNode(RDF + "type"), ox.NamedNode(CR + "Claim")

#: How many things point to a thing (its IRI), by the IRI of the property.
Counts = Mapping[str, Mapping[str, int]]


def properties() -> list[str]:
    """Return the IRIs of the properties whose pointers are counted: those of the query that counts for one thing."""
    names = page_query("thing_incoming_counts").partition("VALUES ?p {")[2].partition("}")[0]
    return [PREFIXES[prefix] + name for prefix, name in re.findall(r"\b(\w+):(\w+)", names, flags=re.ASCII)]


def count(store: ox.Store, many: int = MANY) -> dict[str, dict[str, int]]:
    """Count what points to each thing in the default graph of ``store``; claims do not count.

    Things to which fewer than ``many`` point are left out.
    """
    default = ox.DefaultGraph()
    claims = {quad.subject for quad in store.quads_for_pattern(None, _TYPE, _CLAIM, default)}
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for name in properties():
        quads = store.quads_for_pattern(None, ox.NamedNode(name), None, default)
        pointed = Counter(quad.object for quad in quads if quad.subject not in claims)
        for thing, times in pointed.items():
            if isinstance(thing, ox.NamedNode):
                found[thing.value][name] = times
    return {thing: counts for thing, counts in sorted(found.items()) if sum(counts.values()) >= many}


def write(folder: Path, store: ox.Store) -> None:
    """Write the counts of the default graph of ``store`` into ``folder``/pointers."""
    (folder / FOLDER).mkdir()
    (folder / FOLDER / _FILE).write_bytes(orjson.dumps(count(store), option=orjson.OPT_INDENT_2))


def read(folder: Path) -> Counts:
    """Read the counts of the snapshot in ``folder``, none where it has no such file: then pages count for themselves.

    Raises SnapshotError when the file cannot be read.
    """
    path = folder / FOLDER / _FILE
    try:
        counts: dict[str, dict[str, int]] = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SnapshotError(f"{path} cannot be read: {error}; run: cityrights build --force") from error
    return counts
