"""A question and its answer as something to cite: the text by its hash, the data by their version, the answer too."""

from __future__ import annotations

from cityrights.describe import Answer, answer
from cityrights.ledger import digest
from cityrights.library import LibraryQuery
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.queries.asked import Asked
from cityrights_web.pages.queries.shelf import version
from cityrights_web.pages.things.cite import Citation, cited


def of(around: Frame, query: LibraryQuery, asked: Asked, title: str, found: Answer) -> Citation:
    """Return the citation of what was asked: its address leads to this question with this version of both.

    It also says what the answer was (``found``, in English), so that a later one can be held against it anywhere.
    """
    now = version(around.site, query)
    had = f"{len(found.rows)}-{digest(found.lines())}"
    pairs = [*asked.pairs(query), ("version", now), ("answer", had)]
    address = around.absolute(around.urls.site(f"/queries/{query.name}", pairs, language="en"))
    return cited(around, f"query-{query.name}", title, address, now)


def cited_answer(around: Frame, query: LibraryQuery, asked: Asked, found: Answer | None = None) -> Answer:
    """Return the answer that a citation names: the one in English, which ``found`` is on an English page."""
    if found is not None and around.language == "en":
        return found
    return answer(around.site.engine, query, asked.terms, "en", around.site.limits[False])
