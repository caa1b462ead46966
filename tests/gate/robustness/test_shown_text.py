"""Text that would do something in a browser is shown as text: rows 47 to 49 of the list of hostile requests."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tests.counters import path
from tests.servers import Server

BROWSER = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"
MARKUP = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"onmouseover=\"x' onfocus='x "
    "&lt;b&gt; **bold** [a](javascript:x)"
)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        ours = tag == "script" and (held.get("src") or "").startswith("/static/dist/")
        ours |= tag == "svg" and held.get("class") == "locator"  # the small map of a card; its words are looked at, too
        ours |= tag == "script" and held == {"type": "application/ld+json"}  # data for search engines: it never runs
        if tag in ("script", "img", "svg", "iframe", "object", "embed", "b", "base", "math") and not ours:
            self.wrong.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.wrong.append(f"{tag} {name}")
            scheme = (value or "").strip().lower()
            if name in ("href", "src", "action", "formaction") and ":" in scheme.partition("/")[0]:
                self.wrong += [] if scheme.startswith(("http:", "https:", "mailto:", "urn:")) else [f"{name}={value}"]


def wrong(page: str) -> list[str]:
    """Return what in a page would run, load, or be taken for markup of ours."""
    parser = _Page()
    parser.feed(page)
    return parser.wrong


def literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


SHOWN = {
    "literal": f"SELECT ({literal(MARKUP)} AS ?x) {{}}",
    "language": f"SELECT (STRLANG({literal(MARKUP)}, 'en') AS ?x) {{}}",
    "IRI with an apostrophe": "SELECT (IRI(\"http://e.example/'onmouseover='x\") AS ?x) {}",
    "script IRI": "SELECT (<javascript:alert(1)> AS ?x) (<JaVaScRiPt:alert(1)> AS ?y) {}",
    "data IRI": "SELECT (<data:text/html,%3Cscript%3E> AS ?x) (<vbscript:x> AS ?y) (<file:///etc/passwd> AS ?z) {}",
    "HTML": f"SELECT (STRDT({literal(MARKUP)}, <http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML>) AS ?x) {{}}",
    "SVG": "SELECT (STRDT('<svg onload=\"x\"><script>x</script></svg>', <http://e.example/svg>) AS ?x) {}",
    "graph": f"CONSTRUCT {{ <javascript:a> <http://e.example/'x'> {literal(MARKUP)} }} WHERE {{}}",
    "syntax error": f"SELECT {MARKUP}",
    "prefix": 'SELECT * { ?s <x:p> "><script>alert(1)</script>:x }',
    "unknown function": "SELECT (<http://e.example/'onclick='x>(1) AS ?x) {}",
}


@pytest.mark.parametrize("query", SHOWN.values(), ids=SHOWN.keys())
def test_47_to_49_text_stays_text(hasty: Server, query: str) -> None:
    answer = hasty.get(path(query), BROWSER)
    assert answer.status_code in (200, 400)
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert wrong(answer.text) == []


@pytest.mark.parametrize(
    "target",
    ["/%3Cscript%3Ealert(1)%3C/script%3E", "/id/%22onclick=%22x", "/sparql?format=%3Cscript%3E&query=%3Cscript%3E"],
)
def test_47_addresses_are_not_echoed_as_markup(hasty: Server, target: str) -> None:
    answer = hasty.get(target, BROWSER)
    assert answer.status_code in (400, 404)
    assert wrong(answer.text) == []


def test_the_check_sees_what_it_is_for() -> None:
    assert wrong("<p onclick=x><a href='javascript:x'><script>") == ["p onclick", "href=javascript:x", "script"]
    assert wrong("<a href='/page/x:y'>&lt;script&gt;<a href='https://e.example/'>") == []
