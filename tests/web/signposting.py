"""A validator of FAIR Signposting (https://signposting.org/FAIR/), levels 1 and 2: it walks a page and its links.

It knows the site by HTTP alone. Link headers are read by requests (``parse_header_links``), link sets in JSON by their
members and as text by a reader of the grammar of RFC 8288, §3, so that one tells what the other does.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import TypeAlias
from urllib.parse import urljoin

from requests.utils import parse_header_links

#: Address and media type of each target, by relation.
Links: TypeAlias = Mapping[str, Sequence[tuple[str, str]]]

#: The relations of the profile: how many links of each a page has at least and at most.
PROFILE: Mapping[str, tuple[int, int]] = {
    "cite-as": (1, 1),
    "type": (2, 4),
    "describedby": (1, 50),
    "item": (1, 50),
    "license": (0, 1),
    "author": (0, 20),
    "linkset": (1, 4),
}
#: A header that is longer, in bytes, is refused by proxies as they are set up by default (nginx: 4 or 8 kB for all).
LONGEST = 4_000
_ABOUT = "https://schema.org/AboutPage"
_TYPES = {"application/linkset+json", "application/linkset"}
#: A member of application/linkset: its target and its parameters, each quoted.
_MEMBER = re.compile(r'<([^<>\s]*)>((?:; ?[a-z-]+="[^"]*")*)(?:,\s*|\s*\Z)')
_PARAMETER = re.compile(r'; ?([a-z-]+)="([^"]*)"')


@dataclass(frozen=True)
class Got:
    """An answer: where it came from after redirects, its status, headers (names in small letters) and body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: str = ""


#: Asks for an address, with an Accept header, and follows redirects.
Fetch: TypeAlias = Callable[[str, str], Got]


def links(got: Got) -> Links:
    """Return the links of an answer's header, with absolute addresses."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in parse_header_links(got.headers.get("link", "")):
        for relation in one.get("rel", "").split():
            found[relation].append((urljoin(got.url, one["url"]), one.get("type", "")))
    return found


def read_json(text: str) -> dict[str, Links]:
    """Return a link set in JSON (RFC 9264, §4.2), by anchor. Raises ValueError and KeyError for what is none."""
    found: dict[str, Links] = {}
    for context in json.loads(text)["linkset"]:
        anchor = context.pop("anchor")
        if anchor in found:
            raise ValueError(f"two contexts have the anchor {anchor}")
        found[anchor] = {
            name: [(one["href"], one.get("type", "")) for one in several] for name, several in context.items()
        }
    return found


def read_text(text: str) -> dict[str, Links]:
    """Return a link set as text (RFC 9264, §4.1), by anchor. Raises ValueError for what is none."""
    found: defaultdict[str, defaultdict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    at = 0
    while at < len(text):
        member = _MEMBER.match(text, at)
        if member is None:
            raise ValueError(f"no link at {at}: {text[at : at + 80]!r}")
        told = dict(_PARAMETER.findall(member[2]))
        found[told["anchor"]][told["rel"]].append((member[1], told.get("type", "")))
        at = member.end()
    return {anchor: dict(held) for anchor, held in found.items()}


@dataclass
class Signposting:
    """What is wrong with the signposts of one page and of what it points to. ``fetch`` asks for addresses."""

    fetch: Fetch
    #: Whether what belongs to a page has to say what to cite, as well.
    cited_everywhere: bool = True
    wrong: list[str] = field(default_factory=list)
    looked_at: int = 0

    def check(self, address: str) -> list[str]:
        """Walk a page; return what is wrong, in sentences."""
        page = self.fetch(address, "text/html")
        held = links(page)
        self.wrong += self._page(page, held)
        sets = self._sets(page, held)
        for name, back in (("item", "collection"), ("describedby", "describes")):
            # What a header has no room for stands in the link set alone.
            for target, kind in dict.fromkeys([*held.get(name, ()), *sets.get(page.url, {}).get(name, ())]):
                self.wrong += self._part(page.url, held, back, target, kind, sets)
        for target, _ in held.get("cite-as", ())[:1]:
            self.wrong += self._name(page.url, target)
        for target, _ in held.get("author", ()):
            if self.fetch(target, "*/*").status != 200:
                self.wrong.append(f"{page.url}: its author is not there: {target}")
        return self.wrong

    def _page(self, page: Got, held: Links) -> Iterator[str]:
        if page.status != 200:
            yield f"{page.url}: status {page.status}"
        if not page.headers.get("content-type", "").startswith("text/html"):
            yield f"{page.url}: it is no page"
        if len(page.headers.get("link", "")) > LONGEST:
            yield f"{page.url}: the header has {len(page.headers['link'])} bytes"
        for name, (least, most) in PROFILE.items():
            if not least <= len(held.get(name, ())) <= most:
                yield f"{page.url}: {len(held.get(name, ()))} links {name}, {least} to {most} were expected"
        kinds = [target for target, _ in held.get("type", ())]
        if kinds[:1] != [_ABOUT] or not all(kind.startswith("https://schema.org/") for kind in kinds):
            yield f"{page.url}: types {kinds}, AboutPage and one of schema.org were expected"
        for name in ("item", "describedby", "linkset"):
            yield from (f"{page.url}: {name} {target} has no type" for target, kind in held.get(name, ()) if not kind)

    def _sets(self, page: Got, held: Links) -> dict[str, Links]:
        """Check the link sets: both say the same, and all that the header does and whatever it leaves out."""
        read: list[dict[str, Links]] = []
        if {kind for _, kind in held.get("linkset", ())} != _TYPES:
            self.wrong.append(f"{page.url}: link sets of both types were expected")
        for target, kind in held.get("linkset", ()):
            got = self.fetch(target, kind)
            self.looked_at += 1
            if got.status != 200 or got.headers.get("content-type", "").partition(";")[0] != kind:
                self.wrong.append(f"{target}: {got.status}, {got.headers.get('content-type')}, not {kind}")
                continue
            try:
                read.append(read_json(got.body) if kind.endswith("json") else read_text(got.body))
            except (ValueError, KeyError) as error:
                self.wrong.append(f"{target}: no link set: {error!r}")
        if len(read) == 2 and read[0] != read[1]:
            self.wrong.append(f"{page.url}: its two link sets are not the same")
        told = read[0] if read else {}
        for name in PROFILE:
            missing = set(held.get(name, ())) - set(told.get(page.url, {}).get(name, ()))
            self.wrong += [f"{page.url}: the link set lacks {name} {target}" for target, _ in sorted(missing)]
        for anchor, own in told.items():
            targets = [target for several in own.values() for target, _ in several]
            self.wrong += [f"{anchor}: a relative address, {one}" for one in (anchor, *targets) if "://" not in one]
        return told

    def _part(
        self, page: str, whole: Links, back: str, target: str, kind: str, sets: Mapping[str, Links]
    ) -> Iterator[str]:
        got = self.fetch(target, kind)
        self.looked_at += 1
        own = got.headers.get("content-type", "").partition(";")[0]
        if got.status != 200 or own != kind:
            yield f"{target}: {got.status}, {own}: {kind} was told by {page}"
        held = links(got)
        if (page, "text/html") not in held.get(back, ()):
            yield f"{target}: it does not lead back by {back} to {page}"
        if not held.get("linkset"):
            yield f"{target}: no link set"
        cited = held.get("cite-as")
        if (cited or self.cited_everywhere) and cited != whole.get("cite-as"):
            yield f"{target}: cite-as {cited} is not that of {page}"
        if (page, "text/html") not in sets.get(target, {}).get(back, ()):
            yield f"{target}: the link set of {page} does not say {back}"

    def _name(self, page: str, name: str) -> Iterator[str]:
        """Check that what is to be cited leads people here."""
        got = self.fetch(name, "text/html")
        known = re.search(r'<link rel="canonical" href="([^"]*)"', got.body)
        if got.status != 200 or page not in (got.url.partition("#")[0], unescape(known[1]) if known else ""):
            yield f"{page}: its name {name} leads to {got.url}, {got.status}"
