"""The layout: what every page has around its content: language, addresses, words, version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_scientific
from markupsafe import Markup

from cityrights.indexes.facets import LISTS
from cityrights.instance import Instance, instance
from cityrights.licences import allows, by_iri
from cityrights.resources.dataset import Named, said_in
from cityrights.resources.model import ClaimLine
from cityrights.translations import SOURCE, own_catalogue
from cityrights.vocabulary import DATASET, LICENSE
from cityrights_web import files, structured
from cityrights_web.files import bundles
from cityrights_web.rendering import render
from cityrights_web.site import Edition, Site
from cityrights_web.urls import DEFAULT_LANGUAGE, LANGUAGES, Parameters, Urls, at_words, is_linkable
from cityrights_web.words import CATALOGUE, SHIPPED, language_name, locale
from sparqlgate.errors import SnapshotError
from sparqlgate.http.problems import Problem

if TYPE_CHECKING:
    from cityrights_web._words import Words

NAVIGATION = ("practices", "cities", "connections", "institutions", "themes", "instruments", "sources")
LESSER = ("people", "events", "organisations", "together")
#: What the menu shows at once, and what stands under "More": so few that one sees them all.
FIRST = ("practices", "cities", "themes", "connections", "stories", "coverage")
MORE = ("institutions", "instruments", "sources", "queries", "compare", "about")
#: Where an address or a name may be broken: after what joins its parts.
_JOINT: Final = re.compile(r"(?<=[/:#?&=_.])(?=[^/:#?&=_.])")
#: A number that is written out; any other is shown as its text.
_SHORT_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,12})?")
#: From here on a double is not exact; what is larger has more digits than the library writes out.
_EXACT = 1e15
#: Pages that stand at the foot of every page; Layout.footer knows a word for each.
FOOT = (
    "about",
    "stories",
    "queries",
    "ask",
    "asking",
    "compare",
    "coverage",
    "changes",
    "ontology",
    "download",
    "api",
    "conformance",
    "accessibility",
    "privacy",
)
#: Those of them that tell of what this project's graph is about, and are not offered beside other data.
ABOUT_ITS_SUBJECT = ("stories", "queries", "asking", "compare", "coverage", "ontology")
#: Kind → the list that holds it (a name of the navigation).
LIST_OF: Final = {
    "practice": "practices", "city": "cities", "institution": "institutions", "theme": "themes",
    "instrument": "instruments", "source": "sources", "claim": "sources", "decision": "sources",
    "passage": "sources", "person": "people",
    "holding": "people", "event": "events", "organisation": "organisations",
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """What is around one page: ``path`` is its site path without language, None where other languages have none.

    ``host`` is the scheme and host that was asked, for the absolute addresses of a site whose public one is not set.
    ``query`` are the parameters that belong to the page's own address. ``preferred`` is the path of the address that
    search engines are told where several lead to the page (empty: ``path`` is that).
    """

    site: Site
    language: str = DEFAULT_LANGUAGE
    path: str | None = "/"
    host: str = ""
    query: Parameters = ()
    preferred: str = ""

    @property
    def first(self) -> str:
        """The first language of the site, in which sentences are written that are translated from it."""
        return DEFAULT_LANGUAGE

    @cached_property
    def urls(self) -> Urls:
        """Builds addresses in the page's language."""
        return Urls(self.language, self.site.settings.public_url)

    @cached_property
    def words(self) -> Words:
        """The words in the page's language."""
        return CATALOGUE[self.language]

    def told(self, problem: Problem) -> Problem:
        """Return a problem with its detail in the page's language, where it tells a common mistake in a query."""
        return problem.spoken(self.language, self.words.mistakes, self.words.mistake_place)

    @property
    def is_shipped(self) -> bool:
        """Whether the site serves the graph of this project; of any other data it says what they say, or nothing."""
        return self.site.is_shipped

    @cached_property
    def whose(self) -> Instance:
        """Whose site it is."""
        return instance()

    @property
    def is_cityrights(self) -> bool:
        """Whether it is cityrights itself that is served, and not the graph of an instance, or data of others."""
        return self.is_shipped and self.whose.is_shipped

    @property
    def tongue_told(self) -> str:
        """What the reader is told where the words of the site are in English for want of those in the language."""
        if self.language in SHIPPED or own_catalogue(self.whose, self.language, "site").is_file():
            return ""
        return self.words.foreign.not_translated.format(language=language_name(self.language))

    @property
    def written_in(self) -> str:
        """The language of the words of the site on this page."""
        return SOURCE if self.tongue_told else self.language

    @cached_property
    def has_subject(self) -> bool:
        """Whether the data are about what the lists and the questions of the site are about."""
        if self.is_shipped:
            return True
        try:
            return any(len(self.site.indexes.facets.list(name)) for name in LISTS)
        except SnapshotError:
            return False

    @cached_property
    def name(self) -> str:
        """What the site is called: as the data are."""
        if self.is_shipped:
            return self.words.site_title if self.is_cityrights else self.whose.name_in(self.language)
        return said_in(self.site.dataset_description.titles, self.language) or self.words.foreign.data_set

    @cached_property
    def tagline(self) -> str:
        """What the data are about, in a sentence; nothing where they do not say so."""
        if self.is_cityrights:
            return self.words.tagline
        if self.is_shipped:
            return said_in(self.whose.descriptions, self.language)
        return said_in(self.site.dataset_description.descriptions, self.language)

    @property
    def countries(self) -> str:
        """Number (ISO 3166-1) and name of each country in the page's language (CLDR), for maps: ``250 France;…``."""
        return _countries(self.language)

    @property
    def search_label(self) -> str:
        """What the field for searching asks for."""
        return self.words.home.search_label if self.has_subject else self.words.foreign.search_label

    def licences(self, *, short: bool = False) -> list[tuple[str, str]]:
        """Address and name of each licence of the data; one that is no web address has none. ``short``: names alone."""
        said = "{licence}" if short else self.words.foreign.licence
        own = Named(LICENSE, {"": self.whose.licence.name})
        named = [own] if self.is_shipped else self.site.dataset_description.licences
        return [(address, said.replace("{licence}", name)) for address, name in self.who(named)]

    def restricted(self, lines: Iterable[ClaimLine]) -> list[tuple[str, str, str]]:
        """Address and name of each licence of claims that ours does not allow, and the sentence that tells of it."""
        told = self.site.manifest.get("restricted", {})
        words = self.words.things.restricted_in if told.get("in_dumps") else self.words.things.restricted
        theirs = sorted({line.licence for line in lines if line.licence and not allows(line.licence, LICENSE)})
        return [(iri, by_iri(iri).name, words) for iri in theirs]

    def who(self, named: Sequence[Named]) -> list[tuple[str, str]]:
        """Address, where there is one to follow, and name of each of those that other people's data name."""
        return [(one.address, one.name(self.language)) for one in named]

    def alternatives(self) -> list[tuple[str, str, str]]:
        """Language, its own name and the address of this page in it."""
        if self.path is None:
            return []
        return [(code, language_name(code), self.urls.site(self.path, self.query, language=code)) for code in LANGUAGES]

    def offers(self) -> list[tuple[str, str, str]]:
        """Each other language of this page, what a reader of it is told, in it, and the address."""
        return [
            (code, CATALOGUE[code].this_page, address)
            for code, _, address in self.alternatives()
            if code != self.language
        ]

    def render(self, template: str, **context: object) -> str:
        """Render a template with its own names: ``t`` words, ``u`` addresses, ``f`` the layout."""
        return render(template, t=self.words, u=self.urls, f=self, **context)

    @cached_property
    def address(self) -> str:
        """The absolute address of this page, which search engines and those who share it are told."""
        return self._address(self.language)

    def translations(self) -> list[tuple[str, str]]:
        """Language and absolute address of this page in each, and which one is for readers of any other language."""
        if self.path is None or self.site.edition is not None:  # those of today are what is offered
            return []
        return [*((code, self._address(code)) for code in LANGUAGES), ("x-default", self._address(DEFAULT_LANGUAGE))]

    def _address(self, language: str) -> str:
        return self.absolute(self.today.site(self.preferred or self.path or "/", self.query, language=language))

    @cached_property
    def today(self) -> Urls:
        """Builds the addresses of the same pages of today, which those of a version are kept apart from."""
        return Urls(self.language, self.site.home)

    @property
    def edition(self) -> Edition | None:
        """The version at whose own address the page stands; None for a page of today."""
        return self.site.edition

    @property
    def edition_told(self) -> str:
        """What the reader of a page of a version is told of that; nothing on a page of today."""
        words, edition = self.words.editions, self.edition
        if edition is None:
            return ""
        if edition.today:
            return words.read_today.format(version=self.site.short)
        if edition.day is None:
            return words.read_undated.format(version=self.site.short)
        return words.read_old.format(version=self.site.short, day=self.day(edition.day))

    @property
    def own_address(self) -> str:
        """The absolute address of this page: in a version that of the version, while :attr:`address` is of today."""
        return self.absolute(self.urls.site(self.preferred or self.path or "/", self.query))

    @property
    def is_shared(self) -> bool:
        """Whether the page can be told by an absolute address, as those who show shared pages want it."""
        return "://" in self.absolute("/")

    @property
    def locale(self) -> str:
        """The locale of the page's language."""
        return locale(self.language)

    def other_locales(self) -> list[str]:
        """The locales in which the page is, too."""
        return [locale(code) for code, _, _ in self.alternatives() if code != self.language]

    def described(self, address: str, title: str, description: str, listed: structured.Listed | None = None) -> Markup:
        """Describe the page to search engines; ``title`` and ``description`` are as markup, ``listed`` what it shows.

        ``address`` is empty for a page that has none of its own, such as that of an error.
        """
        home, words = self.absolute(self.urls.site("/")), self.words
        site = structured.website(
            self.site, home, self.name, self.tagline, self.language, self.absolute(self.urls.site("/search"))
        )
        name, about = (Markup(text).unescape() for text in (title, description))
        shown = structured.page(self.path or "", address, name, about, self.language, str(site["@id"]), listed)
        blocks = [site if self.path == "/" else shown]
        if self.path in ("/", "/download"):
            told = f"{words.home_intro} {words.home_evidence}" if self.is_cityrights else self.tagline
            blocks.append(structured.dataset(self.site, self.urls, self.host, self.name, told, self.language))
        return structured.block(*blocks)

    def absolute(self, address: str) -> str:
        """Return an address of this site with its scheme and host."""
        return address if "://" in address else self.host + address

    def breakable(self, name: str) -> Markup:
        """Return an address or a name that may be broken after what joins its parts, so that no word need be."""
        return Markup("<wbr>").join(_JOINT.split(name))

    def number(self, value: float) -> str:
        """Write a number as readers of the page's language do; a very large one by its power of ten."""
        if abs(value) < _EXACT:
            return _number(value, self.language)
        return format_scientific(value, "0.######E0", locale=self.language)

    def written(self, text: str) -> str:
        """Write the number that a text is as readers of the page's language do; nothing where it is none or long."""
        if not _SHORT_NUMBER.fullmatch(text):
            return ""
        return format_decimal(Decimal(text), locale=self.language, decimal_quantization=False)

    def in_document(self, claim: ClaimLine) -> str:
        """Address of the place of a claim in its document, where that is published on the web; else nothing.

        Raises QueryError as the engine does.
        """
        source = claim.source.iri.value
        address = self.site.published.address(source)
        if not is_linkable(address):
            return ""
        return at_words(address, self.site.published.anchor(source, claim.iri.value))

    def tongue(self, tag: str) -> str:
        """Return what the language with a tag (BCP 47) is called in the page's language; the tag where nobody knows."""
        return str(Locale.parse(self.language).languages.get(tag.partition("-")[0].lower(), tag))

    def asset(self, name: str) -> str:
        """Address of a bundle, such as ``site.css``.

        Raises CityrightsError with the command that makes it, where the bundles are older than the pages.
        """
        return self.static(bundles()[name])

    @property
    def own_style(self) -> str:
        """Address of the style with an instance's colours and logo; nothing where it is cityrights."""
        return "" if self.whose.is_shipped else self.static(files.OWN_STYLE)

    @property
    def licence_told(self) -> str:
        """What the page about the site says of the licence."""
        return self.words.about.licence if self.is_cityrights else self.words.foreign.own_licence

    @property
    def cite_told(self) -> str:
        """How the data of the site are cited, in a line."""
        if self.is_cityrights:
            return self.words.about.cite.format(version=self.site.short)
        told = self.words.foreign.cite.replace("{name}", self.name).replace("{version}", self.site.short)
        return f"{told}, {DATASET}"

    def file_name(self, name: str) -> str:
        """The name under which a file of the snapshot is offered."""
        return files.shown_name(name)

    def static(self, name: str) -> str:
        """Address of a file of the site; no version has files of its own."""
        return self.today.plain(f"/static/{name}")

    def navigation(self) -> list[tuple[str, str, str]]:
        """Name, word and address of each main list."""
        if not self.has_subject:
            return [("things", self.words.foreign.things, self.urls.site("/things"))]
        return [self.entry(name) for name in NAVIGATION]

    def menu(self) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
        """Name, word and address of what the menu shows at once, and of what stands under "More" there."""
        known = {entry[0]: entry for entry in (*self.navigation(), *self.footer())}
        if not self.has_subject:
            workbench = ("sparql", self.words.nav_sparql, self.urls.workbench())
            return [known["things"], workbench, known["about"]], []
        return [known[name] for name in FIRST if name in known], [known[name] for name in MORE]

    def footer(self) -> list[tuple[str, str, str]]:
        """Name, word and address of each page at the foot."""
        words = self.words
        named = {
            "about": words.nav_about,
            "ontology": words.ontology_title,
            "download": words.nav_download,
            "coverage": words.home.nav_coverage,
            "changes": words.changes.nav,
            "compare": words.home.nav_compare,
            "stories": words.stories.nav,
            "queries": words.queries.nav,
            "ask": words.builder.nav,
            "asking": words.asking.nav,
            "api": words.queries.nav_api,
            "conformance": words.home.nav_conformance,
            "accessibility": words.home.nav_accessibility,
            "privacy": words.home.nav_privacy,
        }
        there = [name for name in FOOT if self.has_subject or name not in ABOUT_ITS_SUBJECT]
        if not self.site.stories:
            there = [name for name in there if name != "stories"]
        return [(name, named[name], self.urls.site(f"/{name}")) for name in there]

    def day(self, value: date) -> str:
        """Write a date as readers of the page's language do."""
        return format_date(value, "long", locale=self.language)

    def moment(self, year: int, month: int, day: int = 0) -> str:
        """Write a day, or a month where ``day`` is 0, as readers of the page's language do; what is none as numbers."""
        try:
            value = date(year, month, day or 1)
        except ValueError:
            written = f"{'-' * (year < 0)}{abs(year):04d}-{month:02d}"  # as ISO 8601 has it, years before 1, too
            return written + (f"-{day:02d}" if day else "")
        return self.day(value) if day else format_skeleton("yMMMM", value, locale=self.language)

    def entry(self, name: str) -> tuple[str, str, str]:
        """Name, word and address of one list, or of the connections."""
        word = self.words.connections.nav if name == "connections" else str(getattr(self.words, f"nav_{name}"))
        return name, word, self.urls.site(f"/{name}")


@lru_cache(maxsize=4_096)
def _number(value: float, language: str) -> str:
    return format_decimal(value, locale=language)


@lru_cache(maxsize=8)
def _countries(language: str) -> str:
    names = Locale.parse(language).territories
    numbers = get_global("territory_aliases")
    told = (
        (number, names.get(codes[0])) for number, codes in numbers.items() if number.isdecimal() and len(number) == 3
    )
    return ";".join(f"{number} {name}" for number, name in sorted(told) if name)
