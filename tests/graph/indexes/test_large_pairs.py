"""Two places that share very much: every reason is there, and only those that count most tell their steps."""

from __future__ import annotations

from cityrights.indexes.proximity.measure import MOST_TOLD, Measure, settled
from cityrights.indexes.proximity.network import build
from cityrights.indexes.proximity.reading import Connections
from cityrights.indexes.proximity.table import read
from cityrights.vocabulary import CR, ID, RDF

THEMES = 60
PLACES = [f"{ID}city/{name}" for name in "ab"]
PRACTICES = [f"{ID}practice/{name}-{number}" for name in "ab" for number in range(THEMES)]


def facts(predicate: str) -> list[tuple[str, str]]:
    """Return two places with one practice for each of many themes, the same themes in both."""
    if predicate == RDF + "type":
        return [(place, CR + "Territory") for place in PLACES] + [(held, CR + "Practice") for held in PRACTICES]
    if predicate == CR + "place":
        return [(held, PLACES[at // THEMES]) for at, held in enumerate(PRACTICES)]
    if predicate == CR + "theme":
        return [(held, f"{ID}theme/{at % THEMES:02}") for at, held in enumerate(PRACTICES)]
    return []


def test_all_reasons_are_given_and_the_steps_of_the_first_ones() -> None:
    table = read(facts)
    a, b = PLACES
    found = Connections(table, build(Measure(table, settled(table)))).explain(a, b)
    assert len(found.reasons) == THEMES
    told = [reason for reason in found.reasons if reason.ours]
    assert found.reasons[:MOST_TOLD] == tuple(told)
    assert all(reason.theirs and reason.more == 0 for reason in told)
    assert all(reason.more == 2 and not reason.theirs for reason in found.reasons[MOST_TOLD:])
    assert sum(reason.counts for reason in found.reasons) == found.closeness
