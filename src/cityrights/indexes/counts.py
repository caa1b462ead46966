"""Counted once for each snapshot: the queries of whole-site pages (overviews), and pointers to popular things."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

import orjson
import pyoxigraph as ox

from cityrights.library.pages import page_query
from cityrights.resources.places import reduced
from cityrights.reuse import NOTHING, Kept
from cityrights.terms import Iri, Literal, Row, Term, from_store, rows
from cityrights.vocabulary import CR, PREFIXES, RDF
from sparqlgate.errors import SnapshotError

#: The folder of the answers in a snapshot.
OVERVIEWS: Final = "overviews"
#: The one of which the middle of each geometry is kept, and not what the geometry is.
PLACES: Final = "territory_spots"
#: The queries (``queries/pages/<name>.rq``) that are answered: those without a parameter that whole-site pages ask.
NAMES: Final = (
    "counts", "places_with_practices", "practices_by_theme", "institutions_by_kind", "newest_source",
    "practices_by_city", "coverage_cells", "coverage_themes", "coverage_gaps", "coverage_documents",
    "coverage_completeness", "coverage_debts", "class_sizes",
    "coverage_countries", "place_choices", "practices_to_read", "theme_tree", "together", "concept_claims_counts",
    "dataset_title", PLACES,
)  # fmt: skip


def write_overviews(folder: Path, store: ox.Store, kept: Kept = NOTHING) -> None:
    """Answer the queries on the default graph of ``store`` and write that into ``folder``/overviews.

    Answers that are ``kept`` are not asked for again.
    """
    (folder / OVERVIEWS).mkdir()
    for name in NAMES:
        text = page_query(name)
        answer = kept.asking(("index", OVERVIEWS, name), text, store, partial(_overview, name=name, text=text))
        (folder / OVERVIEWS / f"{name}.json").write_bytes(answer)


_VARIABLE: Final = re.compile(r"\?(\w++)")


def _overview(store: ox.Store, name: str, text: str) -> bytes:
    found = store.query(text)
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    told: Sequence[Row]
    if name == PLACES:
        told = reduced({key: from_store(term) for key in names if (term := row[key]) is not None} for row in found)
    else:
        told = rows(found.serialize(format=ox.QueryResultsFormat.JSON) or b"")
    # In which order a store finds rows that a query takes for equal depends on how it was filled.
    ordered = _VARIABLE.findall(text[text.rindex("}") :].partition("ORDER BY")[2])
    alike = groupby(told, key=lambda row: [row.get(name) for name in ordered])
    told = [row for _, some in alike for row in sorted(some, key=lambda row: [repr(row.get(name)) for name in names])]
    return _packed(names, told)


def _packed(names: Sequence[str], told: Sequence[Row]) -> bytes:
    """Write each term once and rows as the numbers of their terms: forty thousand rows are read in a moment."""
    numbers: dict[Term | None, int] = {}
    packed = [[numbers.setdefault(row.get(name), len(numbers)) for name in names] for row in told]
    terms = [term.value if isinstance(term, Iri) else term and astuple(term) for term in numbers]
    return orjson.dumps({"names": names, "terms": terms, "rows": packed})


def read_overview(folder: Path, name: str) -> list[Row] | None:
    """Return the rows of one answer of the snapshot in ``folder``; None where it has none: then pages ask themselves.

    Raises SnapshotError when the file cannot be read.
    """
    path = folder / OVERVIEWS / f"{name}.json"
    try:
        held = orjson.loads(path.read_bytes())
        terms = [Iri(term) if isinstance(term, str) else term and Literal(*term) for term in held["terms"]]
        return [
            {name: term for name, number in zip(held["names"], row, strict=True) if (term := terms[number]) is not None}
            for row in held["rows"]
        ]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise SnapshotError(f"{path} cannot be read: {error}; run: cityrights build --force") from error


#: The folder of the counts in a snapshot.
POINTERS: Final = "pointers"
_FILE: Final = "counts.json"
#: A thing with fewer pointers is counted when its page is asked for, which reads so many at once (``description``).
MANY: Final = 120
_TYPE, _CLAIM = ox.NamedNode(RDF + "type"), ox.NamedNode(CR + "Claim")

#: How many things point to a thing (its IRI), by the IRI of the property.
Counts = Mapping[str, Mapping[str, int]]


def counted_properties() -> list[str]:
    """Return the IRIs of the properties whose pointers are counted: those of the query that counts for one thing."""
    names = page_query("thing_incoming_counts").partition("VALUES ?p {")[2].partition("}")[0]
    return [PREFIXES[prefix] + name for prefix, name in re.findall(r"\b(\w+):(\w+)", names, flags=re.ASCII)]


def count_pointers(store: ox.Store, many: int = MANY) -> dict[str, dict[str, int]]:
    """Count what points to each thing in the default graph of ``store``; claims do not count.

    Things to which fewer than ``many`` point are left out.
    """
    default = ox.DefaultGraph()
    claims = {quad.subject for quad in store.quads_for_pattern(None, _TYPE, _CLAIM, default)}
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for name in counted_properties():
        quads = store.quads_for_pattern(None, ox.NamedNode(name), None, default)
        pointed = Counter(quad.object for quad in quads if quad.subject not in claims)
        for thing, times in pointed.items():
            if isinstance(thing, ox.NamedNode):
                found[thing.value][name] = times
    return {thing: counts for thing, counts in sorted(found.items()) if sum(counts.values()) >= many}


def write_pointers(folder: Path, store: ox.Store) -> None:
    """Write the counts of the default graph of ``store`` into ``folder``/pointers."""
    (folder / POINTERS).mkdir()
    (folder / POINTERS / _FILE).write_bytes(orjson.dumps(count_pointers(store), option=orjson.OPT_INDENT_2))


def read_pointers(folder: Path) -> Counts:
    """Read the counts of the snapshot in ``folder``, none where it has no such file: then pages count for themselves.

    Raises SnapshotError when the file cannot be read.
    """
    path = folder / POINTERS / _FILE
    try:
        counts: dict[str, dict[str, int]] = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SnapshotError(f"{path} cannot be read: {error}; run: cityrights build --force") from error
    return counts
