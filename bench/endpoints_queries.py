"""The queries that every endpoint is asked, and how a text that was never sent before is made of each."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from cityrights.vocabulary import CR, ID, RDFS

#: Stands for a number that no other request has; it goes into the name of a variable, so that no cache knows the text.
UNIQUE = "ZZNZZ"
#: Stands for the number of a thing in the graph.
THING = "ZZMZZ"

JSON = "application/sparql-results+json"
TRIPLES = "application/n-triples, text/plain;q=0.5, text/turtle;q=0.3"


@dataclass(frozen=True)
class Query:
    """A kind of query: its text with UNIQUE and THING in it, and from which range THING is taken."""

    name: str
    text: str
    first: int = 0
    things: int = 1
    fixed: bool = True
    accept: str = JSON

    def path(self, base: str) -> str:
        """Return the request target with UNIQUE and THING still in it."""
        return f"{base}{'&' if '?' in base else '?'}query={quote(self.text, safe='')}"

    def filled(self, base: str, number: int) -> str:
        """Return the request target of one request."""
        return fill(self.path(base), number, self.first, self.things)


def fill(path: str, number: int, first: int, things: int) -> str:
    """Put a number into a request target."""
    return path.replace(UNIQUE, str(number)).replace(THING, str(first + number % things))


def small(practices: int) -> list[Query]:
    """Return the queries that are asked again and again."""
    cities = max(10, practices // 20)
    theme = f"<{CR}theme>"
    return [
        Query("lookup", f"SELECT ?p ?o{UNIQUE} {{ <{ID}practice/synthetic-{THING}> ?p ?o{UNIQUE} }}", 0, practices),
        Query(
            "join",
            f"SELECT ?practice ?name{UNIQUE} {{ ?practice <{CR}place> <{ID}city/synthetic-{THING}> ; "
            f"{theme} ?theme ; <{CR}status> <{ID}status/in-place> ; <{RDFS}label> ?name{UNIQUE} }}",
            cities // 2,
            cities // 2,
        ),
        Query(
            "aggregate",
            f"SELECT ?theme (COUNT(?practice) AS ?n{UNIQUE}) {{ ?practice {theme} ?theme ; "
            f"<{CR}status> <{ID}status/in-place> }} GROUP BY ?theme",
        ),
        Query(
            "label search",
            f"SELECT ?thing ?name{UNIQUE} {{ ?thing <{RDFS}label> ?name{UNIQUE} "
            f'FILTER(CONTAINS(LCASE(STR(?name{UNIQUE})), "practice {THING}")) }}',
            10,
            90,
        ),
        Query(
            "1,000 rows",
            f"SELECT ?practice ?name{UNIQUE} {{ ?practice a <{CR}Practice> ; <{RDFS}label> ?name{UNIQUE} }} LIMIT 1000",
            fixed=False,
        ),
    ]


def large(triples: int, wanted: int = 1_000_000, *, table: bool = False) -> Query:
    """Return a CONSTRUCT of about ``wanted`` triples out of a graph of ``triples``, or a SELECT of as many rows."""
    values = " ".join(f"<urn:copy:{number}>" for number in range(max(1, round(wanted / triples))))
    pattern = f"{{ ?s ?p ?o VALUES ?q {{ {values} }} }}"
    if table:
        return Query("table", f"SELECT ?s ?q ?o {pattern}", accept="text/tab-separated-values")
    return Query("stream", f"CONSTRUCT {{ ?s ?q ?o }} {pattern}", accept=TRIPLES)


#: Never ends within any limit: what keeps a worker busy.
ENDLESS = f"SELECT (COUNT(*) AS ?n{UNIQUE}) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }}"
