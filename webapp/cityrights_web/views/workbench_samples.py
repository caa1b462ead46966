"""What somebody may begin with in the workbench, and how other programs ask a query."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from cityrights.library.pages import written_out
from cityrights.library.queries import nearest, with_prefixes
from cityrights.library.running import value_of
from cityrights_web.site import Site
from cityrights_web.views.queries_data import Sample
from cityrights_web.views.queries_request import questions
from cityrights_web.whose_data import is_shipped

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


@dataclass(frozen=True, slots=True)
class Example:
    """A query, and what it is called."""

    title: str
    query: str


#: Queries that any graph answers.
_ANY: Final[Mapping[str, str]] = {
    "classes": """\
SELECT ?class (COUNT(?thing) AS ?things) WHERE {
  ?thing a ?class .
}
GROUP BY ?class
ORDER BY DESC(?things)
""",
    "properties": """\
SELECT ?property (COUNT(*) AS ?uses) WHERE {
  ?thing ?property ?value .
}
GROUP BY ?property
ORDER BY DESC(?uses)
""",
}
#: Queries about practices and cities; labels are in the reader's language.
_OURS: Final[Mapping[str, str]] = {
    "practices": """\
SELECT ?practice ?name ?place WHERE {
  ?practice a cr:Practice ; rdfs:label ?name ; cr:place/rdfs:label ?place .
  FILTER (LANG(?name) = "en" && LANG(?place) = "en")
}
ORDER BY ?name
""",
    "map": """\
# view: map ?city ?practice
SELECT ?city ?cityLabel ?practice ?practiceLabel ?lat ?long WHERE {
  ?practice a cr:Practice ; cr:place ?city ; rdfs:label ?practiceLabel .
  ?city rdfs:label ?cityLabel ; wgs:lat ?lat ; wgs:long ?long .
  FILTER (LANG(?cityLabel) = "en" && LANG(?practiceLabel) = "en")
}
ORDER BY ?cityLabel
""",
    "evidence": """\
SELECT ?practice ?established ?sentence ?firstLine ?lastLine WHERE {
  GRAPH ?claim { ?practice cr:establishes ?established }
  ?claim a cr:Claim ; cr:text ?sentence ; cr:passage ?passage .
  ?passage cr:firstLine ?firstLine ; cr:lastLine ?lastLine .
}
ORDER BY ?practice ?firstLine
LIMIT 50
""",
    "network": """\
# view: network
CONSTRUCT { ?one cr:cooperatesWith ?other } WHERE {
  ?one cr:cooperatesWith ?other .
}
""",
}


def is_ours(site: Site) -> bool:
    """Say whether the site serves the graph that the questions of the library are about."""
    return is_shipped(site)


def starters(site: Site, language: str, titles: Mapping[str, str]) -> list[Example]:
    """Return the short queries that the graph of this site answers, by the titles of each."""
    held = {**_OURS, **_ANY} if is_ours(site) else _ANY
    return [Example(titles[name], with_prefixes(_spoken(text, nearest(language)))) for name, text in held.items()]


@lru_cache(maxsize=8)
def library_examples(language: str) -> tuple[Example, ...]:
    """Return the questions of the library in the order of their titles, each about what it is about by default."""
    found = []
    for question in questions().values():
        values = {each.name: value_of(each) for each in question.parameters}
        text = written_out(question.spoken(nearest(language)), values)
        found.append(Example(question.titles[language], with_prefixes(text)))
    return tuple(sorted(found, key=lambda example: example.title.casefold()))


def _spoken(text: str, language: str) -> str:
    return text.replace('= "en"', f'= "{language}"')
