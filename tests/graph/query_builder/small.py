"""A small schema for the tests, and a graph of it: practices with a place, themes, a date, a number, a code."""

from __future__ import annotations

from types import MappingProxyType
from urllib.parse import parse_qsl

import pyoxigraph as ox

from cityrights.query_builder import Class, Kind, ParsedQuestion, Property, PropertyPath, Schema, read
from cityrights.vocabulary import CR, DCTERMS, PREFIXES, RDFS, whole

LABEL = RDFS + "label"
NAME = Property("name", (LABEL,), Kind.TEXT)


def _thing(name: str, of: str, **more: bool) -> Property:
    return Property(name, (CR + name,), Kind.THING, (CR + of,), **more)


PRACTICE = Class(
    "practice",
    CR + "Practice",
    3,
    (
        NAME,
        _thing("theme", "Theme", narrower=True, concept=True),
        _thing("place", "City"),
        _thing("status", "Status", concept=True),
        Property("description", (DCTERMS + "description",), Kind.TEXT),
        Property("start", (CR + "start",), Kind.DATE),
        Property("cost", (CR + "value",), Kind.NUMBER),
        Property("comparator", (CR + "comparator",), Kind.CODE),
        Property("url", (PREFIXES["schema"] + "url",), Kind.OTHER),
    ),
)
CITY = Class(
    "city",
    CR + "City",
    2,
    (
        NAME,
        _thing("country", "Country"),
        _thing("within", "Country", transitive=True),
        Property("place-of-practice", (CR + "place",), Kind.THING, (CR + "Practice",), inverse=True),
    ),
)
COUNTRY = Class("country", CR + "Country", 1, (NAME,))
THEME = Class("theme", CR + "Theme", 2, (NAME, Property("value", (CR + "text",), Kind.TEXT)))
SCHEMA = Schema(MappingProxyType({each.name: each for each in (PRACTICE, CITY, COUNTRY, THEME)}), (LABEL,))

GRAPH = """
PREFIX practice: <https://w3id.org/cityrights/id/practice/>
practice:a a cr:Practice ; rdfs:label "Alpha"@en, "Alphe"@fr ; cr:theme theme:memory ; cr:place city:utrecht ;
  cr:status status:in-place ; cr:start "2010"^^xsd:gYear ; cr:value 5 ; cr:comparator "gt" ;
  dcterms:description "In English"@en , "En français"@fr ; schema:url <https://example.org/> .
practice:b a cr:Practice ; rdfs:label "Beta"@en ; cr:theme theme:culture , theme:memory ;
  cr:place city:utrecht , city:lyon ;
  cr:status status:in-place ; cr:start "2015-03-01"^^xsd:date ; cr:value 40.5 ; dcterms:description "Only English"@en .
practice:c a cr:Practice ; rdfs:label "Gamma"@en ; cr:place city:lyon ; cr:status status:planned ; cr:value 100 .
<https://w3id.org/cityrights/id/institution/i> a cr:Institution ; cr:place city:utrecht ; cr:value 99 .
city:utrecht a cr:City ; rdfs:label "Utrecht"@en ; cr:country country:netherlands ; cr:within country:netherlands .
city:lyon a cr:City ; rdfs:label "Lyon"@en ; cr:country country:france ; cr:within country:france .
country:france a cr:Country ; rdfs:label "France"@en . country:netherlands a cr:Country ; rdfs:label "Netherlands"@en .
theme:memory a cr:Theme ; skos:broader theme:culture ; rdfs:label "Memory"@en , "Mémoire"@fr .
theme:culture a cr:Theme ; rdfs:label "Culture"@en .
"""


def store() -> ox.Store:
    """Return a store that holds the graph."""
    held = ox.Store()
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    held.load(f"{prefixes}{GRAPH}".encode(), format=ox.RdfFormat.TURTLE)
    return held


def select(held: ox.Store, text: str) -> list[dict[str, str]]:
    """Run a SELECT and return its rows as texts."""
    answer = held.query(text)
    assert isinstance(answer, ox.QuerySolutions)
    names = [variable.value for variable in answer.variables]
    return [{name: row[name].value for name in names if row[name] is not None} for row in answer]


class Everything:
    """Knows every address, and one name."""

    def value(self, of: Class, path: PropertyPath, text: str) -> str | None:
        if text == "The one":
            return f"{CR}one"
        try:
            return whole(text) if ":" in text and " " not in text else None
        except ValueError:
            return None


def asked(query: str) -> ParsedQuestion:
    """Read the parameters of an address over the small schema."""
    return read(SCHEMA, parse_qsl(query, keep_blank_values=True), Everything())
