"""What one page says of itself and where it leads, read as a browser reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

#: Attributes that hold an address of the site: those of HTML, and those that our scripts read.
_ADDRESSES = {"href", "src", "action", "data-map", "data-network", "data-style", "data-suggest"}
_MANY = {"srcset"}


@dataclass
class Page:
    """A page: its address, and what stands in it. ``title`` and ``canonical`` have each one that there is."""

    address: str
    text: str = ""
    language: str = ""
    title: list[str] = field(default_factory=list)
    description: list[str] = field(default_factory=list)
    canonical: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def faults(self, language: str) -> list[str]:
        """Return what is missing in its head; ``language`` is what its address says."""
        found = []
        if self.language != language:
            found.append(f"its html element has lang={self.language!r}, not {language!r}")
        for name in ("title", "description", "canonical"):
            held = getattr(self, name)
            if len(held) != 1 or not held[0].strip():
                found.append(f"it has no {name}" if not held or not held[0].strip() else f"it has several of {name}")
        return found


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        page, held = self.page, {name: value or "" for name, value in attrs}
        page.links += [held[name] for name in held if name in _ADDRESSES]
        assert not _MANY & set(held), "teach the reader to read this attribute"
        if held.get("id"):
            page.ids.add(held["id"])
        if tag == "html":
            page.language = held.get("lang", "")
        elif tag == "title":
            self.in_title = True
            page.title.append("")
        elif tag == "meta" and held.get("name") == "description":
            page.description.append(held.get("content", ""))
        elif tag == "link" and held.get("rel") == "canonical":
            page.canonical.append(held.get("href", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self.in_title = False

    def handle_data(self, data: str) -> None:
        if self.in_title:
            self.page.title[-1] += data


def read(address: str, text: str) -> Page:
    """Read a page."""
    page = Page(address, text)
    _Reader(page).feed(text)
    return page
