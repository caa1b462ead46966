"""What the numbers on the start page and on lists have to be: a query for each, written anew from docs/lists.md."""

from __future__ import annotations

import math
import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from cityrights.vocabulary import CR, ID
from cityrights_web.urls import split_language
from tests.web.counting import Page, Shown, Told

SETTLED: Final = "FILTER NOT EXISTS { ?s cr:status ?not VALUES ?not { status:underway status:planned } }"
LATER: Final = "FILTER EXISTS { ?s cr:status ?not VALUES ?not { status:underway status:planned } }"
CLASSES: Final = {
    "practices": "?s a cr:Practice .",
    "institutions": "?s a cr:Institution .",
    "instruments": "?s a cr:Instrument .",
    "themes": "?s a cr:Theme .",
    "sources": "?s a cr:Source .",
    "people": "?s a cr:Person .",
    "events": "?s a cr:Event .",
    "organisations": "?s a cr:Organisation .",
    "together": "?s a cr:GroupClaim ; cr:aspect ?side . FILTER (?side != aspect:takeaway)",
    "cities": """?s a ?sort . FILTER (?sort IN (cr:City, cr:Department, cr:Island))
  FILTER (EXISTS { ?held cr:place ?s FILTER NOT EXISTS { ?held a cr:Event } }
    || EXISTS { ?who cr:governs ?s . ?deed ?by ?who FILTER (?by NOT IN (cr:governedBy, cr:mentions, cr:about)) })""",
}
#: What has the value of a facet, ``?v``; of a list that is named, that one's own.
FACETS: Final = {
    "theme": "?s cr:theme/skos:broader* ?v .",
    "target": "?s cr:targetGroup/skos:broader* ?v .",
    "kind": "?s cr:kind/skos:broader* ?v .",
    "country": "?s cr:country ?v .",
    "place": "?s cr:place ?v .",
    "pillar": "?s cr:pillar ?v .",
    "section": "?s cr:section ?v .",
    "status": "?s cr:status ?v .",
    "source": "?s cr:describedIn ?v . ?v a cr:Source .",
    "year": "?s cr:start|cr:year|dcterms:created|dcterms:issued ?on . BIND (SUBSTR(STR(?on), 1, 4) AS ?v)",
    "completeness": f"""BIND (EXISTS {{ ?s cr:solution ?did }} AS ?told)
  BIND (?told && EXISTS {{ ?s cr:place ?at ; cr:theme ?on ; cr:targetGroup ?whom }}
    && EXISTS {{ ?s cr:challenge ?hard ; cr:takeaway ?so }} AS ?whole)
  BIND (IRI(CONCAT("{ID}kind/", IF(?whole, "complete", IF(?told, "partial", "stub")))) AS ?v)""",
    "type": "?s a ?v . FILTER (?v IN (cr:City, cr:Department, cr:Island))",
}
_DONE: Final = "?p cr:place ?s ; a cr:Practice . " + SETTLED.replace("?s", "?p")
_HAD: Final = "?i cr:place ?s ; a cr:Institution . " + SETTLED.replace("?s", "?i")
OWN: Final = {
    "cities": {
        "theme": f"{_DONE} ?p cr:theme/skos:broader* ?v .",
        "target": f"{_DONE} ?p cr:targetGroup/skos:broader* ?v .",
        "kind": f"{_HAD} ?i cr:kind/skos:broader* ?v .",
        "source": f"{_DONE} ?p cr:describedIn ?v . ?v a cr:Source .",
    },
    "together": {
        "theme": "?s cr:theme/skos:broader* ?v .",
        "target": "?s cr:targetGroup|cr:mentions ?g . ?g a cr:TargetGroup ; skos:broader* ?v .",
        "kind": "?s cr:mentions ?k . ?k a cr:Kind ; skos:broader* ?v .",
        "country": "?s cr:subject/cr:governs/cr:within+ ?v . ?v a cr:Country .",
        "region": "?s cr:subject/cr:governs/cr:within+ ?v . ?v a cr:Region .",
        "place": "?s cr:subject/cr:governs ?v .",
        "section": "?s cr:heading ?v .",
        "source": "?s cr:source ?v .",
    },
}
FOLDERS: Final = {"target": "target-group", "place": "city", "completeness": "kind"}
#: Segment of an address of a thing → the facet that it is a value of.
AS_FACET: Final = {
    "theme": "theme", "target-group": "target", "kind": "kind", "country": "country", "region": "region",
    "city": "place", "department": "place", "island": "place",
}  # fmt: skip


def value(facet: str, key: str) -> str:
    """Return the IRI, or the year, that a key stands for in an address."""
    if facet == "year" or key.startswith("http"):
        return key
    return CR + key if facet == "type" else ID + (key if "/" in key else f"{FOLDERS.get(facet, facet)}/{key}")


def facet_pattern(name: str, facet: str) -> str:
    return OWN.get(name, {}).get(facet) or FACETS[facet]


def narrowed(name: str, chosen: dict[str, list[str]], but: str = "") -> str:
    """Return the pattern of the things of a list that fit what is chosen, a facet left out."""
    parts = [CLASSES[name]]
    for number, (facet, keys) in enumerate(sorted(chosen.items())):
        if facet == but or (facet not in FACETS and facet not in OWN.get(name, {})) or keys == ["all"]:
            continue
        if keys == ["unknown"]:
            parts.append(f"FILTER NOT EXISTS {{ {facet_pattern(name, facet)} }}")
            continue
        values = ", ".join(f'"{key}"' if facet == "year" else f"<{value(facet, key)}>" for key in keys)
        own = re.sub(r"\?(?!s\b)(\w+)", rf"?\1_{number}", facet_pattern(name, facet))
        parts.append(f"{own} FILTER (?v_{number} IN ({values}))")
    return "\n".join(parts)


def settled(name: str, chosen: dict[str, list[str]], but: str = "") -> str:
    """Return what leaves out of a list what is not yet, where the choice does not ask for it."""
    return "" if but == "status" or chosen.get("status") or name == "together" else SETTLED


def total(page: Page, name: str) -> int:
    chosen = page.chosen
    return page.asking.count(narrowed(name, chosen) + settled(name, chosen))


def beside(page: Page, name: str, chosen: dict[str, list[str]], but: str = "") -> str:
    """Return the pattern of what is said of several governments together, beside a list."""
    own = {facet: keys for facet, keys in chosen.items() if facet in OWN["together"]}
    found = narrowed("together", own, but)
    if name in ("institutions", "instruments", "events") and "kind" not in own and but != "kind":
        found += f"""?s cr:mentions ?named . ?named a cr:Kind ; skos:broader* ?root .
  FILTER NOT EXISTS {{ ?root skos:broader ?above }}
  FILTER EXISTS {{ {CLASSES[name].replace("?s", "?own")} ?own cr:kind/skos:broader* ?root }}"""
    return found


def total_told(shown: Shown, page: Page) -> list[int]:
    return [total(page, page.path[1:])]


def hidden_told(shown: Shown, page: Page) -> list[int]:
    name = page.path[1:]
    return [page.asking.count(narrowed(name, page.chosen) + LATER)]


def beside_told(shown: Shown, page: Page) -> list[int]:
    return [page.asking.count(beside(page, page.path[1:], page.chosen))]


def facet_told(shown: Shown, page: Page) -> list[int]:
    box = next(each for each in shown.around("label") if each.tag == "input")
    name, facet, key = page.path[1:], box.get("name") or "", box.get("value") or ""
    pattern = narrowed(name, page.chosen, facet) + settled(name, page.chosen, facet)
    if key == "unknown":
        return [page.asking.count(pattern) - page.asking.count(pattern + facet_pattern(name, facet))]
    return [page.asking.counts(pattern + facet_pattern(name, facet)).get(value(facet, key), 0)]


def facet_beside_told(shown: Shown, page: Page) -> list[int]:
    box = next(each for each in shown.around("label") if each.tag == "input")
    name, facet, key = page.path[1:], box.get("name") or "", box.get("value") or ""
    pattern, own = beside(page, name, page.chosen, facet), OWN["together"][facet]
    if key == "unknown":
        return [page.asking.count(pattern) - page.asking.count(pattern + own)]
    return [page.asking.counts(pattern + own).get(value(facet, key), 0)]


def range_told(shown: Shown, page: Page) -> list[int]:
    n = int(page.chosen.get("page", ["1"])[0])
    return [50 * (n - 1) + 1, min(50 * n, total(page, page.path[1:]))]


def pages_told(shown: Shown, page: Page) -> list[int]:
    n = total(page, page.path[1:])
    return [int(page.chosen.get("page", ["1"])[0]), math.ceil(n / 50)]


def linked(shown: Shown) -> tuple[str, dict[str, list[str]]]:
    """Return the path and the parameters that a link beside a number, or around it, leads to."""
    for element in reversed(shown.chain):
        link = element if element.tag == "a" else next((each for each in element.iter("a")), None)
        if link is not None:
            parts = urlsplit(link.get("href") or "")
            return split_language(parts.path)[1], parse_qs(parts.query)
    raise AssertionError(f"nothing leads from {shown.text!r} to what it counts")


def listed(shown: Shown, page: Page) -> list[int]:
    """Hold a number to the list that the link beside it leads to."""
    path, chosen = linked(shown)
    return [page.asking.count(narrowed(path[1:], chosen) + settled(path[1:], chosen))]


def pointed(shown: Shown, page: Page) -> list[int]:
    """Hold the number of practices beside a thing to those of the thing: a link leads to it, or to the list."""
    path, chosen = linked(shown)
    if path.startswith("/page/"):
        kind, _, slug = path.removeprefix("/page/").partition("/")
        chosen = {AS_FACET[kind]: [slug if kind in ("city", AS_FACET[kind], "target-group") else f"{kind}/{slug}"]}
    return [page.asking.count(narrowed("practices", chosen) + SETTLED)]


def not_yet(shown: Shown, page: Page) -> list[int]:
    path, _ = linked(shown)
    return [page.asking.count(CLASSES[path[1:]] + LATER)]


def sentences(shown: Shown, page: Page) -> list[int]:
    assert linked(shown)[0] == "/sources"
    return [page.asking.count("?s a cr:Claim .")]


def tallied(shown: Shown, page: Page) -> list[int]:
    return (pointed if linked(shown)[0].startswith("/page/") else listed)(shown, page)


def numbered(shown: Shown, page: Page) -> list[int]:
    is_last = shown.chain[-3] is list(shown.around("ul"))[-1]
    return (sentences if is_last else listed)(shown, page)


def of_source(shown: Shown, page: Page) -> list[int]:
    source = "source/" + linked(shown)[0].rpartition("/")[2]
    return [page.asking.count(f"?s a cr:Claim ; cr:source <{ID}{source}> .")]


def of_theme(shown: Shown, page: Page) -> list[int]:
    """Hold the number at a branch of the themes to the practices of its theme, narrower ones with it."""
    branch = shown.around("div", "branch")
    theme = value("theme", next(each.get("href") or "" for each in branch.iter("a")).rpartition("/")[2])
    return [page.asking.counts(CLASSES["practices"] + SETTLED + FACETS["theme"]).get(theme, 0)]


def of_theme_beside(shown: Shown, page: Page) -> list[int]:
    branch = shown.around("div", "branch")
    theme = value("theme", next(each.get("href") or "" for each in branch.iter("a")).rpartition("/")[2])
    return [page.asking.counts(CLASSES["together"] + OWN["together"]["theme"]).get(theme, 0)]


def picked(shown: Shown, page: Page) -> list[int]:
    boxes = [each for each in shown.around("details").iter("input") if each.get("checked") is not None]
    return [sum(each.get("value") != "all" for each in boxes)]


def folded(shown: Shown, page: Page) -> list[int]:
    """Hold "Show 5 more" to what is folded: the entries of its lists, not those below them."""
    held = [each for each in shown.around("details") if each.tag == "ul"]
    return [sum(len([item for item in each if item.tag == "li"]) for each in held)]


def others(shown: Shown, page: Page) -> list[int]:
    """Hold "and 2 more" in a cell to the values that are stated of its thing, less those that stand there."""
    cell, row = shown.around("td"), shown.around("tr")
    column = next(name.removeprefix("of-") for name in (cell.get("class") or "").split() if name.startswith("of-"))
    thing = ID + linked(Shown((row,), ""))[0].removeprefix("/page/")
    pattern = facet_pattern(page.path[1:], column).replace("/skos:broader*", "").replace("?s", f"<{thing}>")
    return [page.asking.count(pattern, "?v") - sum(each.tag == "a" for each in cell)]


COUNTS: Final[tuple[tuple[str, str, Told], ...]] = (
    # The start page.
    ("/", "ul.places li .n", pointed),
    ("/", "ol.tally li .n", tallied),
    ("/", "ul.numbers a .n", numbered),
    ("/", "ul.numbers .later", not_yet),
    # Lists.
    ("/", "h2#count", total_told),
    ("/", "h2#count .later", hidden_told),
    ("/", "h2#count .count", range_told),
    ("/", "p.count-line a", beside_told),
    ("/", "form.facets .also span", facet_beside_told),
    ("/", "form.facets label .n", facet_told),
    ("/", "form.facets .picked", picked),
    ("/", "details.below summary .hidden", folded),
    ("/", "details.more summary", folded),
    ("/", "details.further summary", folded),
    ("/", "form.facets details.drawer summary", picked),
    ("/", "section.results section.together h2 .count", beside_told),
    ("/", "table.list .others", others),
    ("/", "section.results nav.pages span", pages_told),
    ("/", "div.branch .held.also span", of_theme_beside),
    ("/", "div.branch .held", of_theme),
    ("/", "div.branch .held a", of_theme),
    ("/", "ol.found .held.also a", listed),
    ("/", "ol.found .held a", listed),
    ("/", "ol.found .held", of_source),
    ("/", "table.list td.number a", listed),
)
