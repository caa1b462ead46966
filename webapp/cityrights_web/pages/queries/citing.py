"""A question and its answer as something to cite: the text by its hash, the data by their version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cityrights.library import LibraryQuery
from cityrights_web.i18n.rooms.queries import QueriesWords
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.queries.asked import Asked
from cityrights_web.pages.queries.shelf import version
from cityrights_web.pages.things.cite import Citation, citation
from cityrights_web.problems import bad_request

_VERSION: Final = re.compile(r"([0-9a-f]{12})-([0-9a-f]{12})")


@dataclass(frozen=True, slots=True)
class Standing:
    """What has become of a version that somebody cites: ``current``, or what is said in its place."""

    current: bool
    words: tuple[str, ...]


def of(around: Frame, query: LibraryQuery, asked: Asked, title: str) -> Citation:
    """Return the citation of what was asked: its address leads to this question with this version of both."""
    now = version(around.site, query)
    address = around.absolute(
        around.urls.site(f"/queries/{query.name}", [*asked.pairs(query), ("version", now)], language="en")
    )
    return citation(f"query-{query.name}", title, address, now, around.site.manifest.get("built"))


def standing(around: Frame, query: LibraryQuery, cited: str) -> Standing:
    """Say whether a cited version is the one shown, and else what has changed. Raises a 400 for what is no version."""
    words: QueriesWords = around.words.queries
    now = version(around.site, query)
    match = _VERSION.fullmatch(cited)
    if match is None:
        raise bad_request(words.version_malformed.format(current=now))
    text, data = now.split("-")
    said = []
    if match[1] != text:
        said.append(words.version_text.format(cited=match[1], current=text))
    if match[2] != data:
        said.append(words.version_data.format(cited=match[2], current=data))
    return Standing(not said, tuple(said) or (words.version_same,))
