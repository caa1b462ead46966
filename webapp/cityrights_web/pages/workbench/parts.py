"""What stands around the query on its page: what the editor is told, examples, and how to share what was asked."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property

from cityrights.engine.reading import is_short
from cityrights.engine.screen import screen
from cityrights.errors import QueryError
from cityrights_web.answers.shown import LONGEST_ADDRESS
from cityrights_web.pages.frame import Frame
from cityrights_web.pages.queries.samples import Sample
from cityrights_web.pages.workbench.examples import Example, is_ours, library_examples, starters
from cityrights_web.pages.workbench.samples import query_samples
from cityrights_web.urls import LANGUAGES
from cityrights_web.words import language_name

#: The longest query, in characters, that stands in programs beside its editor.
_LONGEST_SAMPLE = 30_000


@dataclass(frozen=True)
class Workbench:
    """The parts of one page, each made when the template asks for it; ``query`` is what its editor begins with."""

    around: Frame
    query: str
    view: str = ""
    chosen: str = ""

    @property
    def told(self) -> dict[str, object]:
        """What the editor's script is told: addresses and words."""
        urls, words = self.around.urls, self.around.words
        return {
            "sparql": urls.plain("/sparql"),
            "vocabulary": urls.site("/sparql/vocabulary.json"),
            "suggest": urls.site("/suggest"),
            "evidence": urls.plain("/sparql/evidence", {"lang": self.around.language}),
            "language": self.around.language,
            "chosen": self.chosen,
            "words": words.workbench.script,
            "phrases": words.workbench.phrases,
        }

    @property
    def starters(self) -> list[Example]:
        """Short queries to begin with."""
        return starters(self.around.site, self.around.language, self.around.words.workbench.starters)

    @property
    def examples(self) -> tuple[Example, ...]:
        """The questions of the library, where the site has the graph that they are about."""
        return library_examples(self.around.language) if is_ours(self.around.site) else ()

    @property
    def is_long(self) -> bool:
        """Whether the query is too long for an address that everybody passes on."""
        return len(self.query) > LONGEST_ADDRESS or len(self.link) > LONGEST_ADDRESS

    @cached_property
    def link(self) -> str:
        """The address of the query with its answer."""
        asked = {"query": self.query, **({"view": self.view} if self.view else {})}
        return self.around.absolute(self.around.urls.plain("/sparql", asked))

    @property
    def embed(self) -> str:
        """What another page takes in to show the answer."""
        asked = {"query": self.query, **({"view": self.view} if self.view else {})}
        address = html.escape(self.around.absolute(self.around.urls.plain("/sparql/embed", asked)))
        title = html.escape(self.around.name)
        return f'<iframe src="{address}" title="{title}" width="100%" height="480" loading="lazy"></iframe>'

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Programs that ask the query; none for one that is too long to be read in them."""
        if len(self.query) > _LONGEST_SAMPLE:
            return ()
        endpoint = self.around.absolute(self.around.urls.plain("/sparql"))
        query = self.query.replace("\r\n", "\n")  # which forms without scripts make of every end of a line
        return query_samples(endpoint, query, _form(query))


@dataclass(frozen=True)
class WorkbenchFrame(Frame):
    """The frame of the page at /sparql: templates know ``workbench``, what stands around their ``query``.

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
        around = Workbench(self, str(context.get("query", "")), self.view, self.chosen)
        return super().render(template, **{"workbench": around, **context})


def _form(query: str) -> str:
    """Return the form of a query; that of most where it cannot be told, or it is too long to be read here."""
    if not is_short(query):
        return "select"
    try:
        return screen(query, federated=True).form
    except QueryError:
        return "select"
