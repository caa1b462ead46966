"""Signposts: the name, page, data, citations and authors of something citable, as typed links and link sets (RFC 9264).

https://signposting.org/FAIR/ says which links machines look for: at its page (``cite-as``, ``type``, ``author``,
``license``, ``describedby``, ``item``), at its files (``collection``) and at what describes it (``describes``). A
header has at most ``MOST`` of each; the link set, to which all of them lead (``linkset``), has every one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from cityrights.resources.dataset import Named
from cityrights.vocabulary import EDITORS, PUBLISHER
from cityrights_web.site import Site
from sparqlgate.http import formats
from sparqlgate.http.formats import Format
from sparqlgate.http.requests import encode_path

#: Address, relation, and media type or nothing: a member of a Link header.
Link: TypeAlias = tuple[str, str, str]

JSON: Final = Format("linkset", "application/linkset+json", "json", (formats.JSON.media_type,))
TEXT: Final = Format("linkset", "application/linkset", "txt", (formats.PLAIN.media_type,))
#: The formats of a link set by file extension.
FORMATS: Final = {form.extension: form for form in (JSON, TEXT)}
#: Links of one relation that a header has: proxies refuse headers of more than some kilobytes.
MOST: Final = 12
_PAGE: Final = "https://schema.org/AboutPage"
_FILE: Final = "https://schema.org/DataDownload"
_SCHEMA: Final = "https://schema.org/"


@dataclass(frozen=True, slots=True)
class Signposts:
    """The links of one citable thing; addresses are of this site, relative to its host or absolute.

    ``name`` is what to cite, ``pages`` its page in each language, the first for who asks for none, ``types`` what it is
    (names in schema.org), ``described`` and ``items`` the addresses and media types of what describes it and of what it
    consists of, ``sets`` the address of its link set without the extension, and ``asked`` what follows that.
    """

    name: str
    pages: Sequence[str]
    types: Sequence[str]
    authors: Sequence[str]
    licences: Sequence[str]
    described: Sequence[tuple[str, str]]
    items: Sequence[tuple[str, str]]
    sets: str
    asked: str = ""

    @property
    def of_all(self) -> list[Link]:
        """What the page, the files and what describes them say alike; also what a name says that leads to them."""
        return [
            (self.name, "cite-as", ""),
            *((author, "author", "") for author in self.authors),
            *((licence, "license", "") for licence in self.licences),
            *((f"{self.sets}.{one.extension}{self.asked}", "linkset", one.media_type) for one in (JSON, TEXT)),
        ]

    @property
    def at_page(self) -> list[Link]:
        """The links at its page."""
        return [
            *self.of_all,
            *((kind, "type", "") for kind in (_PAGE, *(_SCHEMA + name for name in self.types))),
            *((address, "describedby", kind) for address, kind in self.described[:MOST]),
            *((address, "item", kind) for address, kind in self.items[:MOST]),
        ]

    @property
    def at_file(self) -> list[Link]:
        """The links at one of its files."""
        return [*self.of_all, (_FILE, "type", ""), (self.pages[0], "collection", formats.HTML.media_type)]

    @property
    def at_description(self) -> list[Link]:
        """The links at what describes it."""
        return [*self.of_all, (_FILE, "type", ""), (self.pages[0], "describes", formats.HTML.media_type)]

    def contexts(self) -> Iterator[tuple[str, list[Link]]]:
        """Yield each address with all the links that begin there."""
        kinds = [(kind, "type", "") for kind in (_PAGE, *(_SCHEMA + name for name in self.types))]
        whole = [(address, "describedby", kind) for address, kind in self.described]
        whole += [(address, "item", kind) for address, kind in self.items]
        for page in self.pages:
            yield page, [*self.of_all, *kinds, *whole]
        files, about = dict(self.items), dict(self.described)
        for address in dict.fromkeys([*files, *about]):
            links = [*(self.at_file if address in files else ()), *(self.at_description if address in about else ())]
            yield address, list(dict.fromkeys(links))

    def written(self, form: Format) -> bytes:
        """Write the link set; of what has relative addresses none may be written (RFC 9264, §4)."""
        if form is JSON:
            return orjson.dumps(
                {"linkset": [_context(anchor, links) for anchor, links in self.contexts()]},
                option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2,
            )
        lines = [
            f'<{_ascii(address)}>; rel="{relation}"; anchor="{_ascii(anchor)}"' + (f'; type="{kind}"' if kind else "")
            for anchor, links in self.contexts()
            for address, relation, kind in links
        ]
        return (",\n".join(lines) + "\n").encode()


def _context(anchor: str, links: Sequence[Link]) -> dict[str, object]:
    held: dict[str, object] = {"anchor": _ascii(anchor)}
    for relation in dict.fromkeys(relation for _, relation, _ in links):
        held[relation] = [
            {"href": _ascii(address), **({"type": kind} if kind else {})}
            for address, other, kind in links
            if other == relation
        ]
    return held


def _ascii(address: str) -> str:
    return address if address.isascii() else encode_path(address)


def authors(site: Site, *, whole: bool = False) -> list[str]:
    """Return who answers for the data: the editors for a thing, the project for the ``whole``, else who is named."""
    if site.is_shipped:
        return [EDITORS if not whole and site.has_editors else PUBLISHER]
    told = site.dataset_description
    return [one.address for one in told.creators or told.publishers if one.address]


def licences(site: Site) -> list[str]:
    """Return the licence of the data; where several are named none of them, for machines would take any for all."""
    named = [one.address for one in map(Named, site.licences) if one.address]
    return named if len(named) == 1 else []
