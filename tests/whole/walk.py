"""A walk over a site from its start page: every link is followed, or, where thousands are alike, asked for.

Each page without parameters is read in English; of what differs in parameters, format or language only, the first of
each kind. Claims, passages and connections are hundreds of pages of one kind: the first of them are read. Of things
whose pages are not read it is asked whether the graph knows them, which takes a fraction of the time.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import Final
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import httpx

from tests.support import HANG
from tests.whole.reading import Page, read

#: Kinds of things of which the first are read.
MANY, FIRST = ("claim", "passage", "connection"), 10
LANGUAGES = ("fr", "es")
#: Documents that are read at once.
_AT_ONCE = 4
_LOCATION = re.compile("<loc>([^<]+)</loc>")


#: What can be cited and is no thing of the graph.
_NO_THINGS: Final = ("dataset", "queries", "software", "sparql")


@dataclass(frozen=True)
class Target:
    """An address of the site without its fragment, and what it has in common with others of its kind."""

    path: str
    query: str

    @property
    def address(self) -> str:
        return self.path + (f"?{self.query}" if self.query else "")

    @property
    def language(self) -> str:
        head = self.path.split("/")[1]
        return head if head in LANGUAGES else dict(parse_qsl(self.query)).get("lang", "en")

    @property
    def parts(self) -> list[str]:
        parts = self.path.strip("/").split("/")
        return (parts[1:] or [""]) if parts[0] in LANGUAGES else parts

    @property
    def extension(self) -> str:
        """What follows the last dot: the format of data, or nothing. Dots in names of things are no formats."""
        last = self.parts[-1]
        return last.rpartition(".")[2] if "." in last and self.parts[0] != "page" else ""

    @property
    def kind(self) -> tuple[str, ...]:
        """Pages that differ in nothing else than in what they are about have the same kind."""
        names = sorted({name for name, _ in parse_qsl(self.query)})
        if self.language != "en" and names:
            names = ["some"]
        if self.extension:  # the language of data is a matter of labels, and what it is about none of its form
            return ("data", self.parts[0], self.extension, *names)
        shape = self.parts[:2] if self.parts[0] == "page" else [self.parts[0], str(len(self.parts))]
        return (self.language, *shape, *names)

    @property
    def most(self) -> int | None:
        """How many of its kind are read; None for all."""
        if self.extension or self.query or self.language != "en":
            return 1
        first, *rest = self.parts
        many = rest[0] in MANY if first == "page" else first == "connections" and len(rest) > 1
        return FIRST if many else None

    @property
    def key(self) -> str | None:
        """The key of the thing that it is about, where only the graph decides whether it is there."""
        if self.parts[0] not in ("page", "data", "cite", "neighbourhood") or len(self.parts) < 2:
            return None
        if self.parts[0] == "cite" and self.parts[1].partition(".")[0] in _NO_THINGS:
            return None
        key = "/".join(self.parts[1:])
        return key.rpartition(".")[0] if self.extension else key


@cache
def _target(base: str, place: str, link: str) -> tuple[Target | None, str]:
    """Return where a link leads that stands at an address, and to which fragment; None where it leaves the site."""
    whole = urlsplit(urljoin(place, link))
    if whole.scheme not in ("http", "https") or whole.netloc != urlsplit(base).netloc:
        return None, ""
    return Target(whole.path or "/", whole.query), unquote(whole.fragment)


@dataclass
class Walk:
    """What a walk over the site at ``base`` found."""

    base: str
    pages: dict[str, Page] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    asked: int = 0
    data: int = 0
    _from: dict[Target, str] = field(default_factory=dict)
    _read: Counter[tuple[str, ...]] = field(default_factory=Counter)
    _keys: dict[str, bool] = field(default_factory=dict)
    _fragments: list[tuple[str, str, str]] = field(default_factory=list)

    def go(self) -> Walk:
        """Walk from the start page and the sitemap; each fault names the page on which the link stands."""
        todo = deque(self._links("the start", ["/", "/sitemap.xml"]))
        client = httpx.Client(
            base_url=self.base,
            headers={"Accept": "text/html,*/*;q=0.1", "Accept-Encoding": "identity"},  # to pack and unpack takes long
            timeout=HANG,
            trust_env=False,
            verify=False,
        )
        with client, ThreadPoolExecutor(_AT_ONCE) as threads:
            while todo:
                batch = [todo.popleft() for _ in range(min(len(todo), 4 * _AT_ONCE))]
                wanted: list[Target] = []
                others: list[Target] = []
                for target in batch:
                    self._read[target.kind] += 1
                    full = target.most is not None and self._read[target.kind] > target.most
                    (others if full else wanted).append(target)
                for target, answer in zip(
                    wanted, threads.map(lambda one: client.get(one.address), wanted), strict=True
                ):
                    todo += self._take(target, answer)
                fresh = sorted({one.key for one in others if one.key and one.key not in self._keys})
                for key, held in zip(fresh, threads.map(lambda one: client.get(f"/id/{one}"), fresh), strict=True):
                    self._keys[key] = held.status_code == 303
                    self.asked += 1
                for target in others:
                    if target.key and not self._keys[target.key]:
                        self._fault(target, "leads nowhere: the graph does not know it")
        self._check_fragments()
        return self

    def _take(self, target: Target, answer: httpx.Response) -> Iterable[Target]:
        if answer.status_code == 303:
            return self._links(self._from[target], [answer.headers["location"]])
        if answer.status_code == 302 and target.parts[0] == "timegate":  # to a version: the same pages once more
            self.data += 1
            return []
        if answer.status_code != 200:
            self._fault(target, f"answers {answer.status_code}")
            return []
        if not answer.headers["content-type"].startswith("text/html"):
            self.data += 1
            told = _LOCATION.findall(answer.text) if target.path.startswith("/sitemap") else []
            return self._links(target.address, map(unescape, told))
        if target.extension:
            self._fault(target, "is a page, where its name says data")
        page = read(target.address, answer.text)
        self.pages[target.address] = page
        self.faults += [f"{target.address}: {fault}" for fault in page.faults(target.language)]
        return self._links(target.address, page.links)

    def _links(self, page: str, links: Iterable[str]) -> Iterable[Target]:
        found = []
        for link in dict.fromkeys(links):
            # What begins with one slash leads to the same from all pages, and most links stand on hundreds.
            place = f"{self.base}{page}" if page.startswith("/") and link[:1] != "/" else self.base
            target, fragment = _target(self.base, place, link)
            if target is None:
                continue
            if fragment:
                self._fragments.append((page, target.address, fragment))
            if target not in self._from:
                self._from[target] = page
                found.append(target)
        return found

    def _check_fragments(self) -> None:
        for page, address, fragment in self._fragments:
            held = self.pages.get(address)
            if held is not None and fragment not in held.ids:
                self.faults.append(f"{address}#{fragment} leads to no part of that page; a link on {page}")

    def _fault(self, target: Target, what: str) -> None:
        self.faults.append(f"{target.address} {what}; a link on {self._from[target]}")

    def titles(self) -> dict[str, list[str]]:
        """Return the pages of each title that several pages without parameters have in one language."""
        found: dict[str, list[str]] = {}
        for address, page in self.pages.items():
            if "?" not in address:
                found.setdefault(f"{page.language}: {''.join(page.title)}", []).append(address)
        return {title: held for title, held in found.items() if len(held) > 1}
