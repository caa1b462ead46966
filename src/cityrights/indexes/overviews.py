"""What pages say of the whole graph: each of their queries answered once for each snapshot, when it is built.

Such a query goes through every practice, however few rows it gives. Its answer depends on the snapshot alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Final

import orjson
import pyoxigraph as ox

from cityrights.library.pages import page_query
from cityrights.library.running import from_store
from cityrights.resources.places import reduced
from cityrights.terms import Iri, Literal, Row, Term, rows
from sparqlgate.errors import SnapshotError

#: The folder of the answers in a snapshot.
FOLDER: Final = "overviews"
#: The one of which the middle of each geometry is kept, and not what the geometry is.
PLACES: Final = "territory_spots"
#: The queries (``queries/pages/<name>.rq``) that are answered: those without a parameter that whole-site pages ask.
NAMES: Final = (
    "counts", "places_with_practices", "practices_by_theme", "institutions_by_kind", "newest_source",
    "practices_by_city", "coverage_cells", "coverage_themes", "coverage_gaps", "coverage_documents",
    "coverage_countries", "place_choices", "theme_tree", PLACES,
)  # fmt: skip


def write(folder: Path, store: ox.Store) -> None:
    """Answer the queries on the default graph of ``store`` and write that into ``folder``/overviews."""
    (folder / FOLDER).mkdir()
    for name in NAMES:
        found = store.query(page_query(name))
        assert isinstance(found, ox.QuerySolutions)
        names = [variable.value for variable in found.variables]
        told: Sequence[Row]
        if name == PLACES:
            told = reduced({key: from_store(term) for key in names if (term := row[key]) is not None} for row in found)
        else:
            told = rows(found.serialize(format=ox.QueryResultsFormat.JSON) or b"")
        (folder / FOLDER / f"{name}.json").write_bytes(_packed(names, told))


def _packed(names: Sequence[str], told: Sequence[Row]) -> bytes:
    """Write each term once and rows as the numbers of their terms: forty thousand rows are read in a moment."""
    numbers: dict[Term | None, int] = {}
    packed = [[numbers.setdefault(row.get(name), len(numbers)) for name in names] for row in told]
    terms = [term.value if isinstance(term, Iri) else term and astuple(term) for term in numbers]
    return orjson.dumps({"names": names, "terms": terms, "rows": packed})


def read(folder: Path, name: str) -> list[Row] | None:
    """Return the rows of one answer of the snapshot in ``folder``; None where it has none: then pages ask themselves.

    Raises SnapshotError when the file cannot be read.
    """
    path = folder / FOLDER / f"{name}.json"
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
