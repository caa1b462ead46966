"""/stories and the page of one story: prose in which numbers, maps and tables are asked of the graph as it is now."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import flask
from babel import Locale
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from cityrights.library.names import nearest
from cityrights.library.pages import ask
from cityrights.library.queries import LibraryQuery
from cityrights.library.running import Answer, answer, value_of
from cityrights.library.stories import CLAIM, Asking, Mark, Story, fence, link
from cityrights.resources.description import claim_lines
from cityrights.resources.labels import labels_of
from cityrights.resources.model import ClaimLine, Evidence, Origin, Provenance
from cityrights.terms import Iri, Literal, Term
from cityrights.vocabulary import iri_of
from cityrights_web.layout import Layout
from cityrights_web.responses import current_layout, html, licences, missing, once
from cityrights_web.results import pictures
from cityrights_web.results.pictures import TooMuch
from cityrights_web.site import Site
from cityrights_web.structured import Listed, block
from cityrights_web.views import queries_data
from cityrights_web.views.queries_data import Cell
from cityrights_web.views.queries_request import SiteLibrary
from sparqlgate.errors import QueryError

log = logging.getLogger("cityrights.web")

#: Rows of an answer that a story shows; the page of its question has them all.
ROWS: Final = 12
#: What one reads in place of a number that cannot be counted.
_UNKNOWN: Final = "–"
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False})
_ADDRESS_OF: Final = {"map": "geojson", "network": "network.json"}


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to a question as a story shows it: ``text`` what was counted, ``rows`` the first of ``total``.

    ``address`` is its page. Where it cannot be answered ``failed`` is true, and there are neither.
    """

    title: str
    question: str
    address: str
    text: str = ""
    total: int = 0
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a story: prose, a picture of an answer, a claim, or what stands behind the prose above.

    ``kind`` is ``prose``, ``behind``, ``claim`` or one of FIGURES; ``drawn`` the address of what a script draws,
    ``size`` what the circles of a map are as large as.
    """

    kind: str
    name: str = ""
    html: str = ""
    caption: str = ""
    told: Told | None = None
    drawn: str = ""
    size: str = ""
    pictured: Sequence[object] = ()
    numbers: Sequence[Told] = ()
    evidence: Sequence[Evidence] = ()


@dataclass
class Telling:
    """One story as it is told to one reader: what is live in it, asked once each."""

    layout: Layout
    shelf: SiteLibrary
    story: Story
    language: str
    claims: Mapping[str, ClaimLine] = field(default_factory=dict)
    labels: Mapping[str, tuple[Literal, ...]] = field(default_factory=dict)
    _answers: dict[Asking, Answer | None] = field(default_factory=dict)

    def blocks(self) -> Iterator[Block]:
        """Yield the parts of the story in their order."""
        prose: list[Token] = []
        numbers: list[Told] = []
        witnesses: list[Evidence] = []
        count = 0
        for token in self.story.bodies[self.language]:
            if token.type == "fence":
                yield from self._prose(prose, numbers, witnesses, count)
                prose, numbers, witnesses = [], [], []
                count += 1
                yield self._shown(token, f"shown-{count}")
                continue
            prose.append(self._live(token, numbers, witnesses) if token.children else token)
            if token.level == 0 and token.nesting <= 0 and (numbers or witnesses):
                count += 1
                yield from self._prose(prose, numbers, witnesses, count)
                prose, numbers, witnesses = [], [], []
        yield from self._prose(prose, numbers, witnesses, count + 1)

    def _prose(
        self, tokens: list[Token], numbers: list[Told], witnesses: list[Evidence], count: int
    ) -> Iterator[Block]:
        if tokens:
            yield Block("prose", html=Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})))
        if numbers or witnesses:
            yield Block("behind", f"behind-{count}", numbers=tuple(numbers), evidence=tuple(witnesses))

    def _live(self, token: Token, numbers: list[Told], witnesses: list[Evidence]) -> Token:
        """Return an inline token with what is live in it as links; what they count and cite is added to the lists."""
        made: list[Token] = []
        held: list[Token] = []
        mark: Mark | None = None
        for child in token.children or ():
            if mark is None and child.type == "link_open":
                mark = link(self.language, 1, str(child.attrs.get("href", "")), self.story.path)
                if mark is None:
                    made.append(child)
            elif mark is not None and child.type == "link_close":
                text = "".join(each.content for each in held)
                made.append(Token("html_inline", "", 0, content=self._linked(mark, text, numbers, witnesses)))
                mark, held = None, []
            else:
                (made if mark is None else held).append(child)
        return replace(token, children=made)

    def _linked(self, mark: Mark, text: str, numbers: list[Told], witnesses: list[Evidence]) -> Markup:
        urls = self.layout.urls
        if mark.asking is not None:
            told = self.told(mark.asking, text)
            if "{}" in text and told not in numbers:
                numbers.append(told)
            return Markup('<a class="live" href="{}">{}</a>').format(told.address, told.text or text)
        if mark.kind == CLAIM:
            line = self.claims.get(mark.named)
            if line is None:
                return escape(text)
            witness = Evidence(Provenance(line.iri, Origin.CLAIM), line)
            if witness not in witnesses:
                witnesses.append(witness)
            return escape(text)
        iri = iri_of(mark.named)
        label = self.layout.site.vocabulary.label(iri, self.layout.language, self.labels.get(iri, ()))
        address = urls.link(iri) if iri in self.labels else None
        return Markup('<a href="{}">{}</a>').format(address, text or label.value) if address else escape(text)

    def _shown(self, token: Token, name: str) -> Block:
        """Return what a fenced block shows; where that is not to be had, why."""
        mark = fence(self.language, 1, token.info, self.story.path)
        caption = " ".join(token.content.split())
        if mark.asking is None:
            line = self.claims.get(mark.named)
            held = () if line is None else (Evidence(Provenance(line.iri, Origin.CLAIM), line),)
            return Block(CLAIM, name, evidence=held)
        told = self.told(mark.asking, "{}")
        query, found = self.layout.site.questions.get(mark.asking.question), self._answer(mark.asking)
        view = queries_data.view_of(query) if query is not None else None
        if query is None or found is None or not found.rows or view is None or view.kind != mark.kind:
            return Block("table", name, caption=caption, told=told)
        try:
            if view.kind == "chart":
                return Block(
                    "chart", name, caption=caption, told=told, pictured=pictures.bars(self.layout, found, view)
                )
            if view.kind == "timeline":
                years = pictures.years(self.layout, found, view)
                return Block("timeline", name, caption=caption, told=told, pictured=years)
            queries_data.size(view, found)
        except TooMuch:
            return Block("table", name, caption=caption, told=told)
        drawn = self.layout.urls.queries(query.name, mark.asking.values, _ADDRESS_OF[view.kind])
        size = queries_data.measured_by(self.layout, found, view)
        return Block(view.kind, name, caption=caption, told=told, drawn=drawn, size=size)

    def told(self, asking: Asking, text: str) -> Told:
        """Return the answer to a question with what ``text`` says of its number."""
        layout = self.layout
        address = layout.urls.queries(asking.question, asking.values)
        query, found = layout.site.questions.get(asking.question), self._answer(asking)
        if query is None or found is None:
            title = asking.question if query is None else query.titles[layout.language]
            return Told(title, "", address, text.partition("|")[0].replace("{}", _UNKNOWN), failed=True)
        names = queries_data.shown_columns(query, found)
        rows = found.rows[:ROWS]
        return Told(
            query.titles[layout.language],
            query.questions[layout.language],
            address,
            _said(text, _count(found, asking.column), self.language, layout),
            len(found.rows),
            tuple(layout.words.queries.columns.get(name, name) for name in names),
            tuple(map(tuple, queries_data.cells(layout, self.shelf, names, rows))),
        )

    def _answer(self, asking: Asking) -> Answer | None:
        """Return the answer to a question, None where it cannot be had; it is asked once."""
        key = asking.same()
        if key not in self._answers:
            self._answers[key] = self._asked(key)
        return self._answers[key]

    def _asked(self, asking: Asking) -> Answer | None:
        site = self.layout.site
        query = site.questions.get(asking.question)
        if query is None:
            log.warning("%s: there is no question %s", self.story.path, asking.question)
            return None
        try:
            terms = _terms(query, asking.values)
            return answer(site.engine, query, terms, self.layout.language, site.limits[False])
        except (QueryError, ValueError) as error:
            log.warning("%s: %s is not answered: %s", self.story.path, asking.question, error)
            return None


def _terms(query: LibraryQuery, values: Sequence[tuple[str, str]]) -> dict[str, Term]:
    """Return the terms of the parameters of a question. Raises ValueError for a value that is none of its type."""
    given = dict(values)
    return {parameter.name: value_of(parameter, given.get(parameter.name)) for parameter in query.parameters}


def _count(found: Answer, column: str) -> int:
    """Return how many rows there are, or how many different values a column has."""
    return len({row[column] for row in found.rows if column in row}) if column else len(found.rows)


def _said(text: str, count: int, language: str, layout: Layout) -> str:
    """Return what is said of one or of several (Unicode CLDR, language plural rules), with the number in its place."""
    one, bar, several = text.partition("|")
    said = several if bar and Locale.parse(language).plural_form(count) != "one" else one
    return said.replace("{}", layout.number(count))


def telling(layout: Layout, shelf: SiteLibrary, story: Story) -> Telling:
    """Return a story as a reader of the layout's language is told it: claims and things are read, for all at once."""
    language = story.told_in(layout.language)
    marks = [mark for mark in story.marks() if mark.language == language]
    known = shelf.claims({mark.named for mark in marks if mark.kind == CLAIM})
    iris: list[Term] = list(known.values())
    said = ask(layout.site.engine, "claim_line", among=("thing", iris), language=layout.language) if iris else []
    own = {line.number: line for line in claim_lines(said, layout.site.vocabulary, layout.language).values()}
    named = {iri_of(mark.named) for mark in marks if mark.kind == "id"}
    return Telling(layout, shelf, story, language, own, labels_of(layout.site.engine, named) if named else {})


def telling_of(layout: Layout, iri: str) -> list[Story]:
    """Return the stories that use a thing, in their order: they name it, ask about it, or rest on what tells of it."""
    held = layout.site.stories
    return [held[name] for name in once(_used).get(iri, ()) if name in held]


def _used(site: Site) -> Mapping[str, Sequence[str]]:
    """Return, by IRI, the stories that use a thing. Raises QueryError as the engine does."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, story in site.stories.items():
        for iri in dict.fromkeys(_things(site, story)):
            found[iri].append(name)
    return found


def _things(site: Site, story: Story) -> Iterator[str]:
    marks = list(story.marks())
    for mark in marks:
        if mark.kind == "id":
            yield iri_of(mark.named)
        query = site.questions.get(mark.asking.question) if mark.asking is not None else None
        if query is None or mark.asking is None:
            continue
        try:
            yield from (term.value for term in _terms(query, mark.asking.values).values() if isinstance(term, Iri))
        except ValueError:  # the story says that this cannot be answered
            continue
    claims: list[Term] = list(SiteLibrary(site).claims({mark.named for mark in marks if mark.kind == CLAIM}).values())
    if claims:
        yield from (str(row["thing"]) for row in ask(site.engine, "claims_tell_of", among=("claim", claims)))


def stories() -> flask.Response:
    """Answer at /stories: what is told, in its order."""
    layout = current_layout()
    told = list(layout.site.stories.values())
    listed = [
        (story.titles[layout.language], layout.absolute(layout.urls.site(f"/stories/{story.name}"))) for story in told
    ]
    return html(layout.render("stories/list.html", stories=told, listed=Listed(len(listed), listed)), licences())


def story(name: str) -> flask.Response:
    """Answer at /stories/NAME. Raises a 404 that names stories of a like name."""
    layout = current_layout()
    held = layout.site.stories
    if name not in held:
        near = [
            {"label": held[one].titles[layout.language], "page": layout.urls.site(f"/stories/{one}")}
            for one in nearest(name, held)
        ]
        raise missing(layout.words.stories.no_such, **({"near": near} if near else {}))
    found = held[name]
    made = telling(layout, once(_shelf), found)
    body = layout.render(
        "stories/one.html",
        story=found,
        told_in=made.language,
        blocks=list(made.blocks()),
        others=[one for one in held.values() if one is not found],
        json_ld=block(_described(layout, found, made.language)),
    )
    return html(body, licences())


def _shelf(site: Site) -> SiteLibrary:
    return SiteLibrary(site)


def _described(layout: Layout, story: Story, language: str) -> dict[str, object]:
    """Describe the story as schema.org has it: an article made from the data set."""
    return {
        "@type": "Article",
        "@id": layout.address,
        "url": layout.address,
        "headline": story.titles[language],
        "description": story.leads[language],
        "inLanguage": language,
        "isAccessibleForFree": True,
        "isBasedOn": layout.site.dataset_iri,
        "version": layout.site.short,
    }
