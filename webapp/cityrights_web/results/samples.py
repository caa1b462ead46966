"""Programs that ask a query, or fetch the answer to a stored one, and print what comes back."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Sample:
    """A program: its language for people, a name for the page, and its text."""

    language: str
    name: str
    text: str


_ANSWER_PYTHON = """\
import json
from urllib.request import urlopen

with urlopen({address}) as answer:
    found = json.load(answer)
print(found["question"], found["total"])
for row in found["rows"]:
    print(row)
"""

_ANSWER_JAVASCRIPT = """\
const answer = await fetch({address});
if (!answer.ok) throw new Error(await answer.text());
const found = await answer.json();
console.log(found.question, found.total);
console.table(found.rows);
"""


def answer_samples(json_address: str, csv_address: str) -> tuple[Sample, ...]:
    """Return a program in each language for the absolute addresses of an answer as JSON and as CSV."""
    rows, table = json.dumps(json_address), json.dumps(csv_address)
    return (
        Sample("curl", "curl", f"curl -sS --fail-with-body {shlex.quote(csv_address)}\n"),
        Sample("Python", "python", _ANSWER_PYTHON.format(address=rows)),
        Sample("R", "r", f'rows <- read.csv({table}, encoding = "UTF-8")\nprint(rows)\n'),
        Sample("JavaScript", "javascript", _ANSWER_JAVASCRIPT.format(address=rows)),
    )


_CURL: Final = """\
curl -sS --fail-with-body {endpoint} \\
  -H 'Accept: {accept}' \\
  {option} {query}
"""
_RDFLIB: Final = """\
# pip install rdflib
from rdflib import Graph
from rdflib.plugins.stores.sparqlstore import SPARQLStore

query = {query}

endpoint = Graph(SPARQLStore({endpoint}, method="POST_FORM"), bind_namespaces="none")
for row in endpoint.query(query):
    print(row)
"""
_WRAPPER: Final = """\
# pip install sparqlwrapper
from SPARQLWrapper import {form}, POST, SPARQLWrapper

query = {query}

endpoint = SPARQLWrapper({endpoint})
endpoint.setMethod(POST)
endpoint.setReturnFormat({form})
endpoint.setQuery(query)
{read}"""
_READ: Final = {
    "select": """\
for row in endpoint.queryAndConvert()["results"]["bindings"]:
    print({name: term["value"] for name, term in row.items()})
""",
    "ask": 'print(endpoint.queryAndConvert()["boolean"])\n',
    "graph": "print(endpoint.queryAndConvert().decode())\n",
}
_PANDAS: Final = """\
# pip install pandas
from urllib.parse import urlencode

import pandas as pd

query = {query}

table = pd.read_csv({endpoint} + "?" + urlencode({{"query": query, "format": "csv"}}))
print(table)
"""
_R: Final = """\
query <- {query}

address <- paste0({endpoint}, "?format=csv&query=", URLencode(query, reserved = TRUE, repeated = TRUE))
rows <- read.csv(address, encoding = "UTF-8", check.names = FALSE)
print(rows)
"""
_JAVASCRIPT: Final = """\
// in a browser, or in Node.js as a module (.mjs)
const query = {query};

const answer = await fetch({endpoint}, {{
  method: "POST",
  headers: {{ Accept: "{accept}" }},
  body: new URLSearchParams({{ query }}),
}});
if (!answer.ok) throw new Error(await answer.text());
{read}"""
_READ_JAVASCRIPT: Final = {
    "select": """\
const { results } = await answer.json();
for (const row of results.bindings) {
  console.log(Object.fromEntries(Object.entries(row).map(([name, term]) => [name, term.value])));
}
""",
    "ask": "console.log((await answer.json()).boolean);\n",
    "graph": "console.log(await answer.text());\n",
}
#: Characters that nobody sees and that mean something to terminals, or that languages read as the end of a line.
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_RESULTS: Final = "application/sparql-results+json"


def query_samples(endpoint: str, query: str, form: str = "select") -> tuple[Sample, ...]:
    """Return programs that send ``query`` to the endpoint at this absolute address and print the answer.

    ``form`` is ``select``, ``ask``, ``construct`` or ``describe``; tables are only read where the answer is one. A
    query with a NUL, which no string of R can hold, has no sample for R.
    """
    kind = form if form in ("select", "ask") else "graph"
    accept = {"select": "text/csv", "ask": _RESULTS, "graph": "text/turtle"}[kind]
    python, quoted = python_text(query), json.dumps(endpoint)
    made = [
        Sample("Python: rdflib", "rdflib", _RDFLIB.format(query=python, endpoint=quoted)),
        Sample(
            "Python: SPARQLWrapper",
            "sparqlwrapper",
            _WRAPPER.format(
                form="TURTLE" if kind == "graph" else "JSON", query=python, endpoint=quoted, read=_READ[kind]
            ),
        ),
        Sample(
            "JavaScript",
            "javascript",
            _JAVASCRIPT.format(
                query=javascript_text(query),
                endpoint=quoted,
                accept="text/turtle" if kind == "graph" else _RESULTS,
                read=_READ_JAVASCRIPT[kind],
            ),
        ),
    ]
    if kind == "select":
        made.insert(2, Sample("Python: pandas", "pandas", _PANDAS.format(query=python, endpoint=quoted)))
    if kind == "select" and "\0" not in query:
        made.insert(3, Sample("R", "r", _R.format(query=r_text(query), endpoint=quoted)))
    return (Sample("curl", "curl", _command(endpoint, query, accept)), *made)


def _command(endpoint: str, query: str, accept: str) -> str:
    """Write the call of curl. What a terminal would obey when it is pasted, as Ctrl-C, is sent encoded already."""
    option, sent = "--data-urlencode", f"query={query}"
    if _UNSEEN.search(query):
        option, sent = "--data-raw", f"query={quote(query, safe='')}"
    return _CURL.format(endpoint=shlex.quote(endpoint), accept=accept, option=option, query=shlex.quote(sent))


def python_text(text: str) -> str:
    """Write a text as a literal of Python, on as many lines as it has."""
    escaped = re.sub(r'\\|"""|"$', lambda found: "".join("\\" + each for each in found[0]), text)
    return '"""' + _controls(escaped) + '"""'


def javascript_text(text: str) -> str:
    """Write a text as a template literal of JavaScript (ECMAScript 2015), on as many lines as it has."""
    return "`" + _controls(re.sub(r"\\|`|\$(?=\{)", lambda found: "\\" + found[0], text)) + "`"


def r_text(text: str) -> str:
    """Write a text as a string of R, in ASCII: how R reads other characters depends on where it runs."""

    def escape(found: re.Match[str]) -> str:
        code = ord(found[0])
        return "\\" + found[0] if found[0] in '"\\' else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    return '"' + re.sub(r'["\\]|[^\t\n -~]', escape, text) + '"'


def _controls(text: str) -> str:
    """Escape the characters that nobody sees, and the carriage returns that Python and JavaScript would change."""
    return _UNSEEN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
