"""The workbench around /sparql: what the editor completes with, and what stands around the query."""

from __future__ import annotations

import html as markup
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

import flask
import orjson

from cityrights.empty_answers import Diagnosis, asking, diagnose, diagnose_blank
from cityrights.library.pages import written_out
from cityrights.library.queries import nearest, with_prefixes
from cityrights.library.running import value_of
from cityrights.resources.dataset import Citation
from cityrights.resources.schema import Usage, read_usage
from cityrights.terms import Literal, best_label, fallback_chain
from cityrights_web.layout import Layout
from cityrights_web.responses import (
    current_layout,
    current_site,
    data,
    html,
    json_answer,
    once,
    only,
    refused,
    words,
)
from cityrights_web.results.samples import Sample, query_samples
from cityrights_web.results.shown import LONGEST_ADDRESS
from cityrights_web.site import Site
from cityrights_web.urls import LANGUAGES
from cityrights_web.views.resource import FORMATS, cited
from cityrights_web.views.search import JSON
from cityrights_web.words import language_name
from sparqlgate.errors import QueryError
from sparqlgate.http.problems import Problem
from sparqlgate.query import holding
from sparqlgate.text.guard import is_short, screen


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
  FILTER(LANG(?sentence) = "en")
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
    return site.is_shipped


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
    for question in site.answered.values():
        values = {each.name: value_of(each) for each in question.parameters}
        text = written_out(question.spoken(nearest(language)), values)
        found.append(Example(question.titles[language], with_prefixes(text)))
    return tuple(sorted(found, key=lambda example: example.title.casefold()))


def _spoken(text: str, language: str) -> str:
    return text.replace('= "en"', f'= "{language}"')


def vocabulary(layout: Layout, usage: Usage) -> dict[str, object]:
    """Return what an editor completes and explains with, in the page's language, the most frequent first.

    ``properties`` of a class are pairs: the place of a property in the list of all, and how many triples the things of
    that class have of it. ``paired`` is false where the graph was too large for these to be counted.
    """
    places = {iri: place for place, iri in enumerate(usage.properties)}
    return {
        "version": layout.site.version,
        "language": layout.language,
        "prefixes": layout.site.prefixes,
        "paired": bool(usage.together) or not usage.classes,
        "classes": [
            {
                **_term(layout, usage, iri, count),
                "properties": [[places[name], n] for name, n in usage.together.get(iri, {}).items() if name in places],
            }
            for iri, count in usage.classes.items()
        ],
        "properties": [_term(layout, usage, iri, count) for iri, count in usage.properties.items()],
    }


def _term(layout: Layout, usage: Usage, iri: str, count: int) -> dict[str, object]:
    label = _best(layout, usage.labels.get(iri, ()))
    if label is None:
        known = layout.words.properties.get(iri)
        label = Literal(known, layout.language) if known else layout.site.vocabulary.label(iri, layout.language)
    meaning = _best(layout, usage.meanings.get(iri, ())) or Literal("")
    return {
        "iri": iri,
        "label": label.value,
        "labelLanguage": label.language or None,
        "definition": meaning.value or None,
        "definitionLanguage": meaning.language or None,
        "count": count,
    }


def _best(layout: Layout, texts: Iterable[Literal]) -> Literal | None:
    return best_label(texts, fallback_chain(layout.language))


#: The longest query, in characters, that stands in programs beside its editor.
_LONGEST_SAMPLE = 30_000


@dataclass(frozen=True)
class Workbench:
    """The parts of one page, each made when the template asks for it; ``query`` is what its editor begins with."""

    layout: Layout
    query: str
    view: str = ""
    chosen: str = ""

    @property
    def told(self) -> dict[str, object]:
        """What the editor's script is told: addresses and words."""
        urls, words = self.layout.urls, self.layout.words
        return {
            "sparql": urls.plain("/sparql"),
            "vocabulary": urls.site("/sparql/vocabulary.json"),
            "suggest": urls.site("/suggest"),
            "evidence": urls.plain("/sparql/evidence", {"lang": self.layout.language}),
            "language": self.layout.language,
            "chosen": self.chosen,
            "words": words.workbench.script,
            "phrases": words.workbench.phrases,
        }

    @property
    def starters(self) -> list[Example]:
        """Short queries to begin with."""
        return starters(self.layout.site, self.layout.language, self.layout.words.workbench.starters)

    @property
    def examples(self) -> tuple[Example, ...]:
        """The questions of the library, where the site has the graph that they are about."""
        return library_examples(self.layout.site, self.layout.language) if is_ours(self.layout.site) else ()

    @property
    def is_long(self) -> bool:
        """Whether the query is too long for an address that everybody passes on."""
        return len(self.query) > LONGEST_ADDRESS or len(self.link) > LONGEST_ADDRESS

    @cached_property
    def link(self) -> str:
        """The address of the query with its answer."""
        asked = {"query": self.query, **({"view": self.view} if self.view else {})}
        return self.layout.absolute(self.layout.urls.plain("/sparql", asked))

    @property
    def embed(self) -> str:
        """What another page takes in to show the answer."""
        asked = {"query": self.query, **({"view": self.view} if self.view else {})}
        address = markup.escape(self.layout.absolute(self.layout.urls.plain("/sparql/embed", asked)))
        title = markup.escape(self.layout.name)
        return f'<iframe src="{address}" title="{title}" width="100%" height="480" loading="lazy"></iframe>'

    @property
    def citations(self) -> list[tuple[str, str, str, str]]:
        """The citation of the query in each format: name of the format, text, and address to save it."""
        made, urls = own_query(self.layout, self.query), self.layout.urls
        asked = {} if self.is_long else {"query": self.query}
        return [
            (extension, form.name, write(made), urls.cite("sparql", extension, asked) if asked else "")
            for extension, (form, write) in FORMATS.items()
        ]

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Programs that ask the query; none for one that is too long to be read in them."""
        if len(self.query) > _LONGEST_SAMPLE:
            return ()
        endpoint = self.layout.absolute(self.layout.urls.plain("/sparql"))
        query = self.query.replace("\r\n", "\n")  # which forms without scripts make of every end of a line
        return query_samples(endpoint, query, _form(query))


def own_query(layout: Layout, query: str) -> Citation:
    """Return the citation of the answer to a query: its address has the query and the version of the data.

    Its version is told as that of a question of the library is: twelve digits of the SHA-256 of the text, and of the
    data. One that is too long for an address is named by those alone.
    """
    text = query.replace("\r\n", "\n").strip()
    digest = sha256(text.encode()).hexdigest()[:12]
    asked = {"query": text, "version": layout.site.short}
    address = layout.absolute(layout.urls.plain("/sparql", asked if len(text) <= LONGEST_ADDRESS else {}))
    title = layout.words.citing.own_query.format(digest=digest)
    return cited(layout, f"sparql-{digest}", title, address, f"{digest}-{layout.site.short}")


@dataclass(frozen=True)
class WorkbenchLayout(Layout):
    """The layout of the page at /sparql: templates know ``workbench``, what stands around their ``query``.

    ``view`` is how the answer is asked to be seen, ``chosen`` the language that the address asks for, each empty where
    nothing is said of it; ``asked`` is the query that stands in the address.
    """

    view: str = ""
    chosen: str = ""
    asked: str = ""

    def alternatives(self) -> list[tuple[str, str, str]]:
        """Language, its own name and the address of this page in it, with the query where that has room for it."""
        kept = {"query": self.asked, "run": "0"} if 0 < len(self.asked) <= LONGEST_ADDRESS else {}
        return [(code, language_name(code), self.urls.workbench(kept, language=code)) for code in LANGUAGES]

    def translations(self) -> list[tuple[str, str]]:
        """Language and absolute address of the page in each, without a query, and that which asks the browser."""
        pages = [(code, self.absolute(self.urls.workbench(language=code))) for code in LANGUAGES]
        return [*pages, ("x-default", self.absolute(self.urls.plain("/sparql")))]

    @property
    def first(self) -> str:
        """The query that the editor begins with where none was asked."""
        return starters(self.site, self.language, self.words.workbench.starters)[0].query

    def render(self, template: str, **context: object) -> str:
        """Render a template; the context of one that shows what stands around a query has the ``query``."""
        layout = Workbench(self, str(context.get("query", "")), self.view, self.chosen)
        return super().render(template, **{"workbench": layout, **context})


def _form(query: str) -> str:
    """Return the form of a query; that of most where it cannot be told, or it is too long to be read here."""
    if not is_short(query):
        return "select"
    try:
        return screen(query, federated=True).form
    except QueryError:
        return "select"


#: How long, in seconds, a thread waits for a count that another has begun: the pages need their threads.
_WAIT: Final = 1.0
_COUNTING: Final = "The classes and properties of this graph are being counted. Try again in 3 s."


class Counted:
    """How the graph of a site uses its terms; a snapshot does not change, so it is counted once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._usage: Usage | None = None
        self._lock = threading.Lock()

    def usage(self) -> Usage:
        """Return it. Raises a 503 to whoever would have to wait long for a count that somebody else has begun."""
        if self._usage is None:
            with holding(self._lock, _WAIT) as had:
                if not had:
                    raise Problem(503, "busy", _COUNTING, headers=(("retry-after", "3"),))
                if self._usage is None:
                    self._usage = read_usage(self._site.engine, self._site.limits[False])
        return self._usage


def terms() -> flask.Response:
    layout = current_layout()
    return data(orjson.dumps(vocabulary(layout, once(Counted).usage()), option=orjson.OPT_APPEND_NEWLINE), JSON)


#: The seconds that looking for the reason may take, and that one question of it may.
_LOOKING: Final = 2.0
_QUESTION: Final = 1.0


def why() -> flask.Response:
    """Answer at /sparql/why: why a query has no rows, or no value in a column, and what near it would have."""
    layout = current_layout()
    query, found = _looked_into()
    part = only("part", "1")
    return html(layout.render("sparql/why_part.html" if part else "sparql/why.html", query=query, found=found))


def why_data() -> flask.Response:
    """Answer the same as data."""
    layout = current_layout()
    query, found = _looked_into()
    hints = [{"say": hint.told(layout.language), "query": hint.query, "rows": hint.rows} for hint in found.hints]
    page = layout.urls.site("/sparql/why", {"query": query})
    return json_answer({"query": query, "reason": found.told(layout.language), "hints": hints}, page)


def _looked_into() -> tuple[str, Diagnosis]:
    """Return the query of the address and what there is to say of it. Raises a 400, and what the guard raises."""
    query, column = (flask.request.args.get(name, "") for name in ("query", "column"))
    if not query.strip():
        raise refused(words().proof.needs)
    if not is_short(query):  # reading a long one would hold others up
        return query, Diagnosis("unread")
    query = with_prefixes(query)
    ask = asking(current_site().engine, _QUESTION)
    if column:
        return query, diagnose_blank(query, column.removeprefix("?"), ask, seconds=_LOOKING)
    return query, diagnose(query, ask, seconds=_LOOKING, language=current_layout().language)
