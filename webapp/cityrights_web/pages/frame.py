"""What every page has around its content: language, addresses, words, version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from markupsafe import Markup

from cityrights_web import structured
from cityrights_web.assets import bundles
from cityrights_web.render import render
from cityrights_web.shell.context import Site
from cityrights_web.urls import DEFAULT_LANGUAGE, LANGUAGES, Parameters, Urls
from cityrights_web.words import CATALOGUE, language_name, locale

if TYPE_CHECKING:
    from cityrights_web._words import Words

NAVIGATION = ("practices", "cities", "connections", "institutions", "themes", "instruments", "sources")
LESSER = ("people", "events", "organisations")
#: A number that is written out; any other is shown as its text.
_SHORT_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,12})?")
#: Pages that stand at the foot of every page; Frame.footer knows a word for each.
FOOT = (
    "about",
    "queries",
    "build",
    "compare",
    "coverage",
    "ontology",
    "download",
    "api",
    "conformance",
    "accessibility",
    "privacy",
)


@dataclass(frozen=True)
class Frame:
    """The frame of one page: ``path`` is its site path without language, None where other languages have none.

    ``host`` is the scheme and host that was asked, for the absolute addresses of a site whose public one is not set.
    ``query`` are the parameters that belong to the page's own address. ``preferred`` is the path of the address that
    search engines are told where several lead to the page (empty: ``path`` is that).
    """

    site: Site
    language: str = "en"
    path: str | None = "/"
    host: str = ""
    query: Parameters = ()
    preferred: str = ""

    @cached_property
    def urls(self) -> Urls:
        """Builds addresses in the page's language."""
        return Urls(self.language, self.site.settings.public_url)

    @cached_property
    def words(self) -> Words:
        """The words in the page's language."""
        return CATALOGUE[self.language]

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
        """Render a template with the frame's own names: ``t`` words, ``u`` addresses, ``f`` the frame."""
        return render(template, t=self.words, u=self.urls, f=self, **context)

    @cached_property
    def address(self) -> str:
        """The absolute address of this page, which search engines and those who share it are told."""
        return self._address(self.language)

    def translations(self) -> list[tuple[str, str]]:
        """Language and absolute address of this page in each, and which one is for readers of any other language."""
        if self.path is None:
            return []
        return [*((code, self._address(code)) for code in LANGUAGES), ("x-default", self._address(DEFAULT_LANGUAGE))]

    def _address(self, language: str) -> str:
        return self.absolute(self.urls.site(self.preferred or self.path or "/", self.query, language=language))

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
            home, words.site_title, words.tagline, self.language, self.absolute(self.urls.site("/search"))
        )
        name, about = (Markup(text).unescape() for text in (title, description))
        shown = structured.page(self.path or "", address, name, about, self.language, str(site["@id"]), listed)
        blocks = [site if self.path == "/" else shown]
        if self.path in ("/", "/download"):
            told = f"{words.home_intro} {words.home_evidence}"
            blocks.append(structured.dataset(self.site, self.urls, self.host, words.site_title, told))
        return structured.block(*blocks)

    def absolute(self, address: str) -> str:
        """Return an address of this site with its scheme and host."""
        return address if "://" in address else self.host + address

    def number(self, value: float) -> str:
        """Write a number as readers of the page's language do."""
        return format_decimal(value, locale=self.language)

    def written(self, text: str) -> str:
        """Write the number that a text is as readers of the page's language do; nothing where it is none or long."""
        if not _SHORT_NUMBER.fullmatch(text):
            return ""
        return format_decimal(Decimal(text), locale=self.language, decimal_quantization=False)

    def tongue(self, tag: str) -> str:
        """Return what the language with a tag (BCP 47) is called in the page's language; the tag where nobody knows."""
        return str(Locale.parse(self.language).languages.get(tag.partition("-")[0].lower(), tag))

    def asset(self, name: str) -> str:
        """Address of a bundle, such as ``site.css``."""
        return self.urls.plain(f"/static/{bundles()[name]}")

    def navigation(self) -> list[tuple[str, str, str]]:
        """Name, word and address of each main list."""
        return [self.entry(name) for name in NAVIGATION]

    def footer(self) -> list[tuple[str, str, str]]:
        """Name, word and address of each page at the foot."""
        words = self.words
        named = {
            "about": words.nav_about,
            "ontology": words.ontology_title,
            "download": words.nav_download,
            "coverage": words.home.nav_coverage,
            "compare": words.home.nav_compare,
            "queries": words.queries.nav,
            "build": words.builder.nav,
            "api": words.queries.nav_api,
            "conformance": words.home.nav_conformance,
            "accessibility": words.home.nav_accessibility,
            "privacy": words.home.nav_privacy,
        }
        return [(name, named[name], self.urls.site(f"/{name}")) for name in FOOT]

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
