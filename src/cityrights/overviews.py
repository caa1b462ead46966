"""What pages say of the whole graph: each of their queries answered once for each snapshot, when it is built.

Such a query goes through every practice, however few rows it gives. Its answer depends on the snapshot alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.describe.ask import page_query
from cityrights.describe.terms import Row, rows
from cityrights.errors import SnapshotError

#: The folder of the answers in a snapshot.
FOLDER: Final = "overviews"
#: The queries (``queries/pages/<name>.rq``) that are answered: those without a parameter that whole-site pages ask.
NAMES: Final = (
    "counts", "places_with_practices", "practices_by_theme", "institutions_by_kind", "newest_source",
    "practices_by_city", "coverage_cells", "coverage_themes", "coverage_gaps", "coverage_documents",
    "coverage_countries", "place_choices", "theme_tree",
)  # fmt: skip


def write(folder: Path, store: ox.Store) -> None:
    """Answer the queries on the default graph of ``store`` and write that into ``folder``/overviews (SPARQL JSON)."""
    (folder / FOLDER).mkdir()
    for name in NAMES:
        found = store.query(page_query(name))
        assert isinstance(found, ox.QuerySolutions)
        found.serialize(str(folder / FOLDER / f"{name}.json"), format=ox.QueryResultsFormat.JSON)


def read(folder: Path, name: str) -> list[Row] | None:
    """Return the rows of one answer of the snapshot in ``folder``; None where it has none: then pages ask themselves.

    Raises SnapshotError when the file cannot be read.
    """
    path = folder / FOLDER / f"{name}.json"
    try:
        return list(rows(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SnapshotError(f"{path} cannot be read: {error}; run: cityrights build") from error
