"""Every number that a page shows: read out of its HTML, and held to what it has to be."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from html.parser import HTMLParser
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit
from xml.etree.ElementTree import Element, TreeBuilder

from cityrights.vocabulary import ID
from cityrights_web.urls import split_language
from cityrights_web.words import CATALOGUE
from tests.counters import path as query_path
from tests.servers import Server

#: What is no text of the page's own: programs, names and sentences of the data (``say`` puts them in ``bdi``), times.
_DATA: Final = frozenset({"script", "style", "code", "pre", "time", "bdi", "svg", "textarea"})
#: A whole number as the three languages write it.
_NUMBER: Final = re.compile(r"\d{1,3}(?:[,.\u202f\u00a0]\d{3})+(?!\d)|\d+")
_DIGIT: Final = re.compile(r"\d")

#: Names with digits, and addresses: of standards, licences, files, claims and versions.
_NAMES: Final = (
    r"\bhttps?://\S+", r"\bSPARQL 1\.1\b", r"\bRDF 1\.[12]\b", r"\bCC BY 4\.0\b", r"\bOpenAPI 3\.1\b",
    r"\bRFC \d+\b", r"\bWCAG\)? 2\.2\b", r"\bSHA-?256", r"\brdf12\b", r"\b\d+\.\d+\.\d+\b", r"\b[0-9a-f]{12}\b",
)  # fmt: skip

_PREFIXES: Final = """PREFIX cr: <https://w3id.org/cityrights/ontology#>
PREFIX status: <https://w3id.org/cityrights/id/status/>
PREFIX aspect: <https://w3id.org/cityrights/id/aspect/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


class Asking:
    """The public endpoint, asked for counts; what was asked is remembered."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._known: dict[str, list[list[str]]] = {}

    def rows(self, query: str) -> list[list[str]]:
        """Return the rows of an answer as text."""
        if query not in self._known:
            answer = self.server.get(query_path(_PREFIXES + query), "text/csv")
            assert answer.status_code == 200, f"{answer.text}\n{query}"
            self._known[query] = list(csv.reader(io.StringIO(answer.text)))[1:]
        return self._known[query]

    def count(self, pattern: str, what: str = "?s") -> int:
        """Return how many different things a pattern finds."""
        return int(self.rows(f"SELECT (COUNT(DISTINCT {what}) AS ?n) {{ {pattern} }}")[0][0])

    def counts(self, pattern: str, what: str = "?s", by: str = "?v") -> dict[str, int]:
        """Return how many different things a pattern finds for each value."""
        query = f"SELECT {by} (COUNT(DISTINCT {what}) AS ?n) {{ {pattern} }} GROUP BY {by}"
        return {value: int(n) for value, n in self.rows(query) if value}

    def json(self, address: str) -> Any:
        """Return what an address of the site has as JSON."""
        if address not in self._known:
            answer = self.server.get(address, "application/json")
            assert answer.status_code == 200, address
            self._known[address] = answer.json()
        return self._known[address]


@dataclass(frozen=True)
class Shown:
    """The numbers in the own words of one element, and the elements that it stands in, from the outermost."""

    chain: tuple[Element, ...]
    text: str

    @property
    def numbers(self) -> list[int]:
        """The numbers, without what marks thousands."""
        return [int(re.sub(r"\D", "", each)) for each in _NUMBER.findall(self.text)]

    def around(self, tag: str, named: str = "") -> Element:
        """Return the nearest element around the words that fits."""
        return next(each for each in reversed(self.chain) if _fits(each, tag + ("." + named if named else "")))

    @property
    def where(self) -> str:
        """The way to it, for whoever has to find it."""
        return " > ".join(_name(each) for each in self.chain[-4:])

    def within(self, selector: str) -> bool:
        """Tell whether it stands anywhere within what a selector names."""
        return any(Shown(self.chain[:depth], "").fits(selector) for depth in range(1, len(self.chain) + 1))

    def fits(self, selector: str) -> bool:
        """Tell whether it stands where a selector says: parts as in CSS; the last is its own."""
        *outer, last = selector.split()
        if not _fits(self.chain[-1], last):
            return False
        left = list(self.chain[:-1])
        for part in reversed(outer):
            while left and not _fits(left[-1], part):
                left.pop()
            if not left:
                return False
            left.pop()
        return True


@dataclass
class Page:
    """A page as it was answered."""

    address: str
    text: str
    asking: Asking = field(repr=False)

    @cached_property
    def language(self) -> str:
        """The language of the address."""
        return split_language(urlsplit(self.address).path)[0]

    @cached_property
    def path(self) -> str:
        """The path without its language."""
        return split_language(urlsplit(self.address).path)[1]

    @property
    def chosen(self) -> dict[str, list[str]]:
        """The parameters of the address."""
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(urlsplit(self.address).query):
            found.setdefault(name, []).append(value)
        return found

    @property
    def thing(self) -> str:
        """The IRI of what a page of one thing is about."""
        return ID + self.path.removeprefix("/page/")

    @cached_property
    def main(self) -> Element:
        """Its main part."""
        reading = _Reading()
        reading.feed(self.text)
        found = reading.build.close().find(".//main")
        assert found is not None, self.address
        return found

    def shown(self, beside: Callable[[Shown], bool] = lambda shown: False) -> list[Shown]:
        """Return what has digits in the page's own words, without what ``beside`` says is none."""
        words = CATALOGUE[self.language]
        lines = [re.escape(each).replace(r"\{first\}", r"\d+").replace(r"\{last\}", r"\d+") for each in
                 (words.line_many, words.line_one)]  # fmt: skip
        nothing = re.compile("|".join([*lines, *_NAMES]))
        found = []
        for chain, text in _walk(self.main, ()):
            if not _DIGIT.search(text):  # most have none, and to look for names of many kinds takes long
                continue
            one = Shown(chain, nothing.sub(" ", text))
            if _DIGIT.search(one.text) and not beside(one):
                found.append(one)
        return found


#: Addresses of what is called by a number.
_NUMBERED: Final = re.compile(r"/page/(?:claim|decision)/")


class _Reading(HTMLParser):
    """Makes a tree of a page of ours, which closes what it opens (tests/whole/test_html.py): five times as quickly."""

    _EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta", "path", "rect", "use", "wbr", "circle", "line"})

    def __init__(self) -> None:
        super().__init__()
        self.build = TreeBuilder()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.build.start(tag, {name: value or "" for name, value in attrs})
        if tag in self._EMPTY:
            self.build.end(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.build.start(tag, {name: value or "" for name, value in attrs})
        self.build.end(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._EMPTY:
            self.build.end(tag)

    def handle_data(self, data: str) -> None:
        self.build.data(data)


def _walk(element: Element, above: tuple[Element, ...]) -> Iterator[tuple[tuple[Element, ...], str]]:
    if element.tag in _DATA or _NUMBERED.search(element.get("href") or ""):
        return
    chain = (*above, element)
    own = [element.text or "", *(child.tail or "" for child in element)]
    text = " ".join(own)
    if element.tag == "option":  # a label of the data, and perhaps how many there are
        text = text[text.rfind("(") :] if text.endswith(")") else ""
    yield chain, text
    for child in element:
        yield from _walk(child, chain)


@cache
def _part(part: str) -> tuple[str, frozenset[str], re.Pattern[str] | None]:
    """Return the tag, the classes and the id that a part of a selector names; an id that ends in - is a beginning."""
    wanted = re.fullmatch(r"(?P<tag>[\w-]*)(?P<named>(?:[.#][\w-]+)*)", part)
    assert wanted is not None, part
    named = re.findall(r"[.#][\w-]+", wanted["named"])
    own = [each[1:] + (".*" if each[-1] == "-" else "") for each in named if each[0] == "#"]
    assert len(own) < 2, part
    return wanted["tag"], frozenset(each[1:] for each in named if each[0] == "."), re.compile(own[0]) if own else None


def _fits(element: Element, part: str) -> bool:
    tag, classes, own = _part(part)
    return (
        (not tag or element.tag == tag)
        and (not classes or classes.issubset((element.get("class") or "").split()))
        and (own is None or own.fullmatch(element.get("id") or "") is not None)
    )


def _name(element: Element) -> str:
    classes = ".".join(["", *(element.get("class") or "").split()])
    return element.tag + classes + (f"#{element.get('id')}" if element.get("id") else "")


#: Says what the numbers of some words have to be.
Told: TypeAlias = Callable[[Shown, Page], list[int]]


@dataclass
class Ledger:
    """Where counts stand and what each has to be (``counts``), and where digits are none (``others``: what they are).

    Both begin with how the path of the pages begins, or with all of it before a ``$``; ``#id`` names a section there.
    """

    counts: tuple[tuple[str, str, Told], ...]
    others: tuple[tuple[str, str, str], ...]
    used: set[tuple[str, str]] = field(default_factory=set)

    def faults(self, page: Page) -> list[str]:
        """Return each number that is not what it has to be, and each that nobody knows."""
        return [fault for one in page.shown() for fault in self._of(one, page)]

    @property
    def unused(self) -> set[tuple[str, str]]:
        """What stands on no page that was looked at."""
        return {(path, selector) for path, selector, _ in (*self.counts, *self.others)} - self.used

    def _of(self, one: Shown, page: Page) -> Iterator[str]:
        for path, selector, _ in self.others:
            if _on(page, one, path) and one.within(selector):
                self.used.add((path, selector))
                return
        for path, selector, told in self.counts:
            if _on(page, one, path) and one.fits(selector):
                self.used.add((path, selector))
                wanted = told(one, page)
                if one.numbers != wanted:
                    yield f"{page.address}: {one.text.strip()!r} should be {wanted} [{one.where}]"
                return
        yield f"{page.address}: {one.text.strip()!r} is a number that nobody has counted [{one.where}]"


def _on(page: Page, one: Shown, path: str) -> bool:
    start, marked, section = path.partition("#")
    here = page.path == start[:-1] if start.endswith("$") else page.path.startswith(start)
    return here and (not marked or any(_heads(each, section) for each in one.chain))


def _heads(element: Element, section: str) -> bool:
    return element.tag == "section" and section in ("", element.get("aria-labelledby"))
