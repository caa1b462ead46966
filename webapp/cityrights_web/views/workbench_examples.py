"""What somebody may begin with in the workbench."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cityrights.library.pages import written_out
from cityrights.library.queries import nearest, with_prefixes
from cityrights.library.running import value_of
from cityrights_web.site import Site
from cityrights_web.whose_data import is_shipped


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


def library_examples(site: Site, language: str) -> tuple[Example, ...]:
    """Return the questions of the library in the order of their titles, each about what it is about by default."""
    if language not in site.examples:
        site.examples[language] = _written(site, language)
    found: tuple[Example, ...] = site.examples[language]
    return found


def _written(site: Site, language: str) -> tuple[Example, ...]:
    found = []
    for question in site.questions.values():
        values = {each.name: value_of(each) for each in question.parameters}
        text = written_out(question.spoken(nearest(language)), values)
        found.append(Example(question.titles[language], with_prefixes(text)))
    return tuple(sorted(found, key=lambda example: example.title.casefold()))


def _spoken(text: str, language: str) -> str:
    return text.replace('= "en"', f'= "{language}"')
