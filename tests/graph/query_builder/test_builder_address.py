"""Whatever an address says, reading it ends in a question, its faults, and one address that reads as the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cityrights.query_builder import Question, count_query, read, rows_query
from cityrights.query_builder.question import Fault
from tests.graph.query_builder.small import SCHEMA, Everything, select, store

KNOWN = sorted({step.name for of in SCHEMA.classes.values() for step in of.properties})
NAMES = ("find", "was", "show", "sort", "limit", "all", "add", "remove", "where0", "where100", "x", "")
NUMBERED = ("where", "how", "value", "from", "to", "then")
STORE = store()

_paths = st.lists(st.sampled_from(KNOWN), min_size=1, max_size=5).map(".".join)
_values = st.one_of(
    st.sampled_from(["practice", "city", "is", "not", "any", "none", "whose", "1", "-1", "2015", "0.5", "theme:a", ""]),
    _paths,
    st.text(max_size=12),
)  # fmt: skip
_numbered = st.tuples(st.sampled_from(NUMBERED), st.integers(1, 14)).map(lambda pair: f"{pair[0]}{pair[1]}")
_names = st.one_of(st.sampled_from(NAMES), _numbered)


@settings(deadline=None, max_examples=400)
@given(found=st.lists(st.tuples(_names, _values), max_size=25), of=st.sampled_from(list(SCHEMA.classes)))
def test_any_parameters_are_read(found: list[tuple[str, str]], of: str) -> None:
    asked = read(SCHEMA, [("find", of), *found], Everything())
    assert isinstance(asked.question, Question)
    assert all(isinstance(fault, Fault) and fault.kind for fault in asked.faults)
    assert len(asked.written) == len(asked.question.conditions)
    if not asked.faults:
        again = read(SCHEMA, asked.pairs, Everything())
        assert (again.faults, again.pairs, again.question) == ((), asked.pairs, asked.question)
    (count,) = select(STORE, count_query(SCHEMA, asked.question))
    rows = select(STORE, rows_query(SCHEMA, asked.question))
    assert len(rows) == min(int(count["count"]), asked.question.limit or len(rows))
