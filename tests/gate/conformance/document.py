"""docs/conformance.md, from the manifests and the list of deviations: ``python -m tests.gate.conformance.document``.

The run of the suites holds the list to what is so, and a test holds the document to the list.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from tools.prose import wrapped

from tests.gate.conformance.manifests import query_tests

_HERE = Path(__file__).parent
TARGET = _HERE.parents[2] / "docs" / "conformance.md"
_HEAD = """# Conformance

What the endpoint answers to the W3C test suites, over HTTP. `tests/gate/conformance/` starts `cityrights serve
--dataset` on one N-Quads file in which every data file of the suites is a named graph under its address, and sends
each test with the dataset that it names. It runs with `make test` when the suites are at hand (`RDF_TESTS=`, or
`../shared/w3c/rdf-tests`), and fails when a test fails that is not listed below, and when one passes that is.

Result sets and graphs are compared as the suites ask: tables as multisets (as sequences where an order is given),
graphs by isomorphism, blank nodes by mapping; each in the format of the expected result: JSON, XML, CSV, TSV or
RDF. Numbers, dates and truth values count by datatype and value, not by how they are written, because computed ones
may be written in more than one way.

| suite | passed | of |
|---|---|---|
| SPARQL 1.1 Protocol, query side and refused updates | 27 | 27 |
| the same, served from Virtuoso (`serve --endpoint`) | 27 | 27 |
| SPARQL 1.1 Service Description | 3 | 3 |
| SPARQL 1.1 Graph Store HTTP Protocol, reads | 17 | 17 |
"""
_TAIL = """
Left out: updates (the service is read-only), entailment regimes (there are none), evaluation of SERVICE (off until
endpoints are listed). The manifests of SPARQL 1.0 leave six approved tests out of their lists; they are run all the
same. Eight tests of updates with bad syntax are typed as queries by their manifest; sent as queries, they are refused.

A query that calls a function which there is not gets status 400 and a problem that names the function. For tests of
good syntax this counts as read: the answer says that the query was understood, and what is missing.

## Mended in front of the engine

Some of what the engine answers otherwise is put right in the query's text, or with a function beside the engine,
before it runs; errors are still those of the text that was sent, at their places.

- A duration is added to a date, a moment or a time of day in either order, whatever the variables are called.
- A path of length zero begins at any constant, in the data or not. Inside `GRAPH` it begins at terms of the data only.
- `BNODE(?key)` in `SELECT` gives one node for each key and row. In `BIND`, rows with one key share a node.
- `GROUP_CONCAT` gives a plain string; `TRUE` and `FALSE` are read in any case.
- `REPLACE` puts in what XPath says: `$1c` is the first group and a `c`; `$12` the twelfth group, or the first and
  a `2` where there are fewer; a backslash makes a dollar sign or another backslash of the sign after it. Patterns
  that stand in the query have the differences of XPath, `[a-z-[aeiou]]`, and its names, `\\i` and `\\c`; with the
  flag `x` white space outside of classes goes, and nothing else.
- `?x<?a&&?b>?y` is an error, for the longest token makes an IRI of `<?a&&?b>`; the answer says to write a space.
- `IN` and `NOT IN` with many IRIs, strings or integers look into a set, once for each row, and say what the comparisons
  one by one would; alone in a `FILTER`, a list of IRIs is joined as `VALUES` is, and is as quick. Decimals, dates and
  other types in a list are still compared one by one.

Not in the suites: where two branches of a path, as in `(a|b)`, lead to the same term, it is found once, not twice.

## Known deviations

"""


def groups() -> list[tuple[str, list[str]]]:
    """Return each reason with its tests."""
    loaded = tomllib.loads((_HERE / "deviations.toml").read_text("utf-8"))
    return [(group["reason"], group["tests"]) for group in loaded["deviation"]]


def text() -> str:
    """Return the document. It needs the W3C data."""
    failing = {test for _, tests in groups() for test in tests}
    total: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for test in query_tests():
        name = f"{test.edition} Query, {test.kind.replace('bad syntax', 'syntax').replace('good syntax', 'syntax')}"
        for key in (name.replace(", evaluation", ", evaluation and result formats"), "**SPARQL queries, all**"):
            total[key] += 1
            passed[key] += test.short not in failing
    order = sorted(total, key=lambda key: (key.startswith("**"), key))
    rows = "".join(f"| {key} | {passed[key]} | {total[key]} |\n" for key in order)
    listed = "".join(f"- {reason}\n  {', '.join(f'`{test}`' for test in tests)}\n" for reason, tests in groups())
    return wrapped(_HEAD + rows + _TAIL + listed)


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
