"""What the numbers on pages of things and on those about the whole graph have to be: a query for each, written anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element

from cityrights.vocabulary import CR, ID
from cityrights_web.urls import split_language
from cityrights_web.words import CATALOGUE
from tests.web.counted_lists import AS_FACET, CLASSES, LATER, SETTLED, facet_pattern, linked, listed, narrowed
from tests.web.counting import Page, Shown, Told


def key_of(element: Element | None) -> str:
    """Return the key of the thing that the first link within an element leads to; empty where there is none."""
    link = next(element.iter("a"), None) if element is not None else None
    path = split_language(urlsplit(link.get("href") or "").path)[1] if link is not None else ""
    return path.removeprefix("/page/") if path.startswith("/page/") else ""


def thing_at(element: Element | None) -> str:
    return ID + key_of(element)


def lists_in(elements: Iterable[Element]) -> int:
    return sum(len(each) for one in elements for each in one.iter() if each.tag in ("ul", "ol", "tbody"))


def words_in(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


# --- pages of things


def described(shown: Shown, page: Page) -> list[int]:
    """Hold the sentence of a place: practices, institutions and instruments, with those not yet, or these alone."""
    found = []
    for name in ("practices", "institutions", "instruments"):
        here = f"{CLASSES[name]} ?s cr:{'country' if '/country/' in page.path else 'place'} <{page.thing}> . "
        ready, later = page.asking.count(here + SETTLED), page.asking.count(here + LATER)
        found += [n for n in (ready, later) if n]
    return found


def pointing(shown: Shown, page: Page) -> list[int]:
    """Hold "Practices 7" under what points to a thing to all of that kind that do."""
    block, heading = shown.around("div", "pointing"), shown.chain[-2]
    below = list(block)[list(block).index(heading) + 1]
    kind = key_of(below).partition("/")[0]
    by = (block.get("id") or "").removeprefix("by-")
    return [
        page.asking.count(
            f'?s ?by <{page.thing}> . FILTER (REGEX(STR(?by), "[#/]{by}$") && STRSTARTS(STR(?s), "{ID}{kind}/")) '
            "FILTER NOT EXISTS { ?s a cr:Claim }"
        )
    ]


def turned(shown: Shown, page: Page) -> list[int]:
    """Hold "1 to 30 of 196" to how many sentences there are in all."""
    every = f"?s a cr:Claim ; cr:source|cr:modality|cr:aspect <{page.thing}> ."
    return [*shown.numbers[:2], page.asking.count(every)]


def practices_of(shown: Shown, page: Page) -> list[int]:
    """Hold the practices of a concept, a country or a region to those that have it."""
    kind = page.path.removeprefix("/page/").partition("/")[0]
    if kind == "region":
        return [page.asking.count(f"{CLASSES['practices']} ?s cr:country/cr:within+ <{page.thing}> . {SETTLED}")]
    own = facet_pattern("practices", AS_FACET[kind]).replace("?v", f"<{page.thing}>")
    return [page.asking.count(CLASSES["practices"] + own + SETTLED)]


def beside_it(shown: Shown, page: Page) -> list[int]:
    """Hold "and 4 more" to all of that kind that point to the thing, less those that stand there."""
    held = shown.around("ul")
    kind = key_of(held).partition("/")[0]
    every = page.asking.count(
        f'?s ?by <{page.thing}> . FILTER (STRSTARTS(STR(?s), "{ID}{kind}/")) FILTER NOT EXISTS {{ ?s a cr:Claim }}'
    )
    return [every - (len(held) - 1)]


def chosen_here(shown: Shown, page: Page) -> list[int]:
    """Hold the number beside a choice to the sentences that stand on the page when it is chosen."""
    name, value = shown.around("select").get("name") or "", shown.chain[-1].get("value") or ""
    text = page.asking.server.get(f"{page.path}?{name}={quote(value)}", "text/html").text
    chosen = Page(page.path, text, page.asking)
    all_of_it = [one.numbers[-1] for one in chosen.shown() if one.fits("nav.pages span")]
    rows = {each.get("id") for each in chosen.main.iter() if each.tag in ("li", "tr") and each.get("id")}
    return all_of_it[:1] or [len(rows)]


def told_so(shown: Shown, page: Page) -> list[int]:
    """Hold how whole the records of practices are to the list, in the order of the page: complete, partial, stub."""
    at = list(shown.around("ul")).index(next(each for each in shown.chain if each.tag == "li"))
    return (
        listed(shown, page)
        if shown.chain[-1].tag == "a"
        else [
            page.asking.count(narrowed("practices", {"completeness": [("complete", "partial", "stub")[at]]}) + SETTLED)
        ]
    )


def together(shown: Shown, page: Page) -> list[int]:
    kind, _, slug = page.path.removeprefix("/page/").partition("/")
    key = slug if kind not in ("department", "island") else f"{kind}/{slug}"
    return [page.asking.count(narrowed("together", {AS_FACET[kind]: [key]}))]


def claims_of_document(shown: Shown, page: Page) -> list[int]:
    """Hold the claims of a document to those about the thing, or that back a statement, but for those told above."""
    document = shown.around("div", "document")
    heading = shown.chain[-2]
    rows = page.asking.rows(f"""SELECT DISTINCT ?claim {{ ?claim a cr:Claim ; cr:source <{thing_at(heading)}> .
      {{ GRAPH ?claim {{ <{page.thing}> ?p ?o }} }}
      UNION {{ ?claim ?how <{page.thing}> . VALUES ?how {{ cr:subject cr:mentions cr:theme cr:targetGroup }} }}
      UNION {{ <{page.thing}> ?has ?claim . VALUES ?has {{ cr:challenge cr:solution cr:takeaway }} }} }}""")
    here = {f"/page/{row[0].removeprefix(ID)}" for row in rows}
    mine = _links_in([document])
    listed_here = [each for each in page.main.iter() if "document" in _classes(each)]
    above = _links_in([page.main]) - _links_in(listed_here)
    assert mine <= here, mine - here
    return [len(here - (above - mine))]


def _classes(element: Element) -> list[str]:
    return (element.get("class") or "").split()


def _links_in(elements: Iterable[Element]) -> set[str]:
    """Return the claims that elements lead to."""
    links = [each.get("href") or "" for one in elements for each in one.iter("a")]
    paths = {split_language(urlsplit(link).path)[1] for link in links}
    return {path for path in paths if path.startswith("/page/claim/")}


def more_evidence(shown: Shown, page: Page) -> list[int]:
    proofs = [each for each in shown.around("details").iter() if "proof" in _classes(each)]
    return [len(proofs) - 1]


def having(shown: Shown, page: Page) -> list[int]:
    return [page.asking.count(f"?s a cr:Claim ; cr:modality|cr:aspect <{page.thing}> .")]


def nearby(shown: Shown, page: Page) -> list[int]:
    """Hold the places near one to those that stand folded under the heading; the first of them is the place itself."""
    return [lists_in([shown.around("details")]) - 1]


def lines_covered(shown: Shown, page: Page) -> list[int]:
    """Hold how much of a document stands behind claims: its lines with text (cr:textLines), and those in passages."""
    said = page.asking.rows(f"SELECT ?lines {{ <{page.thing}> cr:textLines ?lines }}")[0][0]
    text: set[int] = set()
    for each in said.split(","):
        ends, _, step = each.strip().partition("/")
        first, _, last = ends.partition("-")
        text |= set(range(int(first), int(last or first) + 1, int(step or 1)))
    passages = page.asking.rows(f"""SELECT ?first ?last {{
      ?claim a cr:Claim ; cr:source <{page.thing}> ; cr:passage ?p .
      ?p cr:firstLine ?first ; cr:lastLine ?last }}""")
    behind = {line for first, last in passages for line in range(int(first), int(last) + 1)}
    return [len(text & behind), len(text)]


def claims_by_modality(shown: Shown, page: Page) -> list[int]:
    by = page.asking.counts(f"?s a cr:Claim ; cr:source <{page.thing}> ; cr:modality ?v .")
    found = [sum(by.values()), *sorted(by.values(), reverse=True)]
    return found if sum(shown.numbers[1:]) == shown.numbers[0] else []


# --- pages about the whole graph


def cell(shown: Shown, page: Page) -> list[int]:
    """Hold a cell of the matrix: the practices of its place on its theme, or what is said of the place with others."""
    row = shown.around("tr")
    where = key_of(row)
    place = where.removeprefix("city/")
    at = list(row).index(next(each for each in shown.chain if each.tag == "td"))
    head = next(each for each in shown.around("table") if each.tag == "thead")
    theme = key_of(list(next(head.iter("tr")))[at]).removeprefix("theme/")
    with_others = any("also" in _classes(each) for each in shown.chain)
    name, left_out = ("together", "") if with_others else ("practices", SETTLED)
    pattern = narrowed(name, {"place": [place]}) + left_out
    return [by_theme(page, name, pattern).get(f"{ID}theme/{theme}", 0) if theme else page.asking.count(pattern)]


def by_theme(page: Page, name: str, pattern: str) -> dict[str, int]:
    return page.asking.counts(pattern + facet_pattern(name, "theme"))


def gaps(shown: Shown, page: Page) -> list[int]:
    """Hold how many practices have a kind of fact, and how many have none."""
    told = words_in(next(iter(shown.around("tr"))))
    facts = CATALOGUE[page.language].places.coverage_facts
    name = next(name for name, words in facts.items() if words == told)
    every = page.asking.count(CLASSES["practices"] + SETTLED)
    having_it = page.asking.count(f"{CLASSES['practices']} ?s cr:{name} ?any . {SETTLED}")
    cells = [each for each in shown.around("tr") if each.tag == "td"]
    return [having_it if shown.chain[-1] is cells[0] else every - having_it]


def told_in_all(shown: Shown, page: Page) -> list[int]:
    """Hold the first sentence: practices, and of how many is told what was done, what was hard, what is advised."""
    found = [page.asking.count(CLASSES["practices"] + SETTLED)]
    for by in ("solution", "challenge", "takeaway"):
        found.append(page.asking.count(f"{CLASSES['practices']} ?s cr:{by} ?any . {SETTLED}"))
    return found


def practices_later(shown: Shown, page: Page) -> list[int]:
    return [page.asking.count(CLASSES["practices"] + LATER)]


def untold(shown: Shown, page: Page) -> list[int]:
    """Hold the subjects that are not told of a place to the things that are named below, each a link."""
    held = [each for each in shown.around("details").iter("a") if "/page/claim/" not in (each.get("href") or "")]
    return [len(held)]


def gaps_of(shown: Shown, page: Page) -> list[int]:
    return [page.asking.count(CLASSES["practices"] + SETTLED)]


def area(shown: Shown, page: Page) -> list[int]:
    """Hold the practices and the places of a country or a region."""
    where = thing_at(shown.around("tr"))
    pattern = f"{CLASSES['practices']} ?s cr:place ?place ; cr:country/cr:within* <{where}> . {SETTLED}"
    if "/country/" in where:
        pattern = f"{CLASSES['practices']} ?s cr:place ?place ; cr:country <{where}> . {SETTLED}"
    cells = [each for each in shown.around("tr") if each.tag == "td"]
    return [page.asking.count(pattern, "?s" if shown.chain[-1] is cells[0] else "?place")]


def in_region(shown: Shown, page: Page) -> list[int]:
    """Hold the practices of a region in the list of them all."""
    where = thing_at(shown.around("li"))
    return [page.asking.count(f"{CLASSES['practices']} ?s cr:country/cr:within* <{where}> . {SETTLED}")]


def spread(shown: Shown, page: Page) -> list[int]:
    """Hold in how many places and countries there is anything: the rows of the tables that are folded below."""
    tables = [each for each in page.main.iter("section") if each.get("aria-labelledby") in ("matrix", "countries")]
    return [lists_in([each]) for each in tables]


def rows_folded(shown: Shown, page: Page) -> list[int]:
    """Hold the number beside what can be opened to the rows of the table in it."""
    return [sum(len(each) for each in shown.around("details").iter("tbody"))]


def documents(shown: Shown, page: Page) -> list[int]:
    source = thing_at(shown.around("tr"))
    by = page.asking.counts(f"?s a cr:Claim ; cr:source <{source}> ; cr:modality ?v .")
    return [sum(by.values())] if "number" in _classes(shown.chain[-1]) else sorted(by.values(), reverse=True)


def of_theme(shown: Shown, page: Page) -> list[int]:
    theme = thing_at(shown.around("tr"))
    return [by_theme(page, "practices", CLASSES["practices"] + SETTLED).get(theme, 0)]


def rows_below(shown: Shown, page: Page) -> list[int]:
    """Hold the number of a heading to the rows, or entries, of the section that it heads."""
    return [lists_in([shown.chain[-3]])]


def items_below(shown: Shown, page: Page) -> list[int]:
    """Hold the number of a heading to the articles that it heads."""
    return [sum(each.tag in ("article", "details") for each in shown.chain[-3]) or lists_in([shown.chain[-3]])]


def ranked(shown: Shown, page: Page) -> list[int]:
    """Hold the pairs that are connected to the edges of the network as data."""
    return [len(page.asking.json("/connections.json")["edges"])]


def ranked_pages(shown: Shown, page: Page) -> list[int]:
    return [int(page.chosen.get("page", ["1"])[0]), -(-ranked(shown, page)[0] // 50)]


def more_reasons(shown: Shown, page: Page) -> list[int]:
    """Hold "2 more reasons" to all that join the two, less those that stand there."""
    path, _ = linked(shown)
    item = next(each for each in reversed(shown.chain) if each.tag == "li")
    here = next(len(each) for each in item if "because" in _classes(each))
    return [len(page.asking.json(f"{path}.json")["reasons"]) - here]


def recorded_from(shown: Shown, page: Page) -> list[int]:
    """Hold how many things a document tells of a compared place."""
    row = shown.around("tr")
    at = [each for each in row if each.tag == "td"].index(shown.chain[-1])
    place, source = page.chosen["city"][at], thing_at(row)
    pattern = f"?s a ?sort ; cr:place <{ID}city/{place}> ; cr:describedIn <{source}> . {SETTLED}"
    return [page.asking.count(f"{pattern} FILTER (?sort IN (cr:Practice, cr:Institution, cr:Instrument))")]


def said_of_compared(shown: Shown, page: Page) -> list[int]:
    """Hold what is said of the compared places with others: of any of them, or of some and not of all."""
    any_of = narrowed("together", {"place": page.chosen["city"]})
    if shown.chain[-2].tag == "h2":
        return [page.asking.count(any_of)]
    all_of = " ".join(f"?s cr:subject/cr:governs <{ID}city/{city}> ." for city in page.chosen["city"])
    return [page.asking.count(any_of) - page.asking.count(CLASSES["together"] + all_of)]


def questions(shown: Shown, page: Page) -> list[int]:
    return [len(page.asking.json("/queries.json"))]


def ran(shown: Shown, page: Page) -> list[int]:
    """Hold the rows that a question had when it was last asked to those that it has; how long it took is no count."""
    item = next(each for each in reversed(shown.chain) if each.tag == "li")
    link = next(item.iter("a")).get("href") or ""
    return [page.asking.json(f"{link}.json")["total"], *shown.numbers[1:]]


def answer(shown: Shown, page: Page) -> list[int]:
    """Hold the rows of a question to those that its text finds at the endpoint, as anybody may ask it there."""
    written = next(each for each in page.main.iter("details") if _classes(each) == ["sparql"])
    return [len(page.asking.rows("".join(next(written.iter("code")).itertext())))]


def each_once(shown: Shown, page: Page) -> list[int]:
    """Hold the things that stand in several rows, each counted once, to the answer as data, column by column."""
    told = page.asking.json(f"{page.path}.json?{urlsplit(page.address).query}")
    found = []
    for name in told["columns"]:
        things = {row[name] for row in told["rows"] if str(row[name]).startswith(ID)}
        if 1 < len(things) < len(told["rows"]) and f"{name}Label" in told["columns"]:
            found.append(len(things))
    return found


def later_rows(shown: Shown, page: Page) -> list[int]:
    """Hold the rows of what is underway or planned to those that name such a thing."""
    later = {row[0] for row in page.asking.rows(f"SELECT DISTINCT ?s {{ ?s a ?class . {LATER} }}")}
    rows = page.asking.json(f"{page.path}.json?{urlsplit(page.address).query}")["rows"]
    return [sum(bool(later & {str(value) for value in row.values()}) for row in rows)]


def beside_answer(shown: Shown, page: Page) -> list[int]:
    """Hold the sentences beside an answer to those that the question behind the link has, each once."""
    parts = urlsplit(shown.chain[-1].get("href") or "")
    return [len({row["groupClaim"] for row in page.asking.json(f"{parts.path}.json?{parts.query}")["rows"]})]


def choice(shown: Shown, page: Page) -> list[int]:
    """Hold the number beside a value that may be chosen to what choosing it finds."""
    if shown.around("select").get("name") == "find":
        return _begun_with(page, shown.chain[-1].get("value") or "")
    assert shown.around("select").get("name") == "value1", "the values of the first condition alone are looked at"
    key = (shown.chain[-1].get("value") or "").partition(":")[2]
    found = page.chosen["find"][0] + "s"
    return [page.asking.count(narrowed(found, {page.chosen["where1"][0]: [key]}) + SETTLED)]


def bars(shown: Shown, page: Page) -> list[int]:
    """Hold a bar to a number that the answer has in the row of the thing that the bar is of."""
    thing = thing_at(next(each for each in reversed(shown.chain) if each.tag == "li"))
    rows = page.asking.json(f"{page.path}.json")["rows"]
    mine = [row for row in rows if thing in row.values()]
    numbers = {int(value) for row in mine for value in row.values() if str(value).isdigit()}
    return shown.numbers if set(shown.numbers) <= numbers else sorted(numbers)


def live(shown: Shown, page: Page) -> list[int]:
    """Hold a number in a story to the rows of the question that it leads to, or to the different values of a column."""
    link = shown.chain[-1] if shown.chain[-1].tag == "a" else None
    if link is None:
        around = shown.chain[-2]
        link = [each for each in around.iter("a") if "/queries/" in (each.get("href") or "")][-1]
    parts = urlsplit(link.get("href") or "")
    rows: list[dict[str, Any]] = page.asking.json(f"{parts.path}.json?{parts.query}")["rows"]
    sizes = {len(rows)} | {len({str(row[name]) for row in rows if row[name]}) for name in (rows[0] if rows else ())}
    return shown.numbers[:1] if shown.numbers[0] in sizes else sorted(sizes)


def story_rows(shown: Shown, page: Page) -> list[int]:
    parts = urlsplit(shown.chain[-1].get("href") or "")
    return [page.asking.json(f"{parts.path}.json?{parts.query}")["total"]]


def statements(shown: Shown, page: Page) -> list[int]:
    """Hold the numbers of the dump; the day after them is no count."""
    every = int(page.asking.rows("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")[0][0])
    graphs = page.asking.count("GRAPH ?g { ?s ?p ?o }", "?g")
    merged = int(
        page.asking.rows("SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } }")[0][0]
    )
    return [every, graphs, merged, *shown.numbers[3:]]


def size(shown: Shown, page: Page) -> list[int]:
    """Hold the sizes of files, in thousands of bytes, to what is sent."""
    links = list(shown.chain[-1].iter("a")) or [next(shown.around("tr").iter("a"))]
    sent = [page.asking.server.client.head(link.get("href") or "") for link in links]
    return [-(-int(each.headers["content-length"]) // 1000) for each in sent]


def of_class(shown: Shown, page: Page) -> list[int]:
    """Hold how many there are of what a question can be begun with to what it finds then: without what is not yet."""
    return _begun_with(page, linked(shown)[1]["find"][0])


def _begun_with(page: Page, name: str, when: str = SETTLED) -> list[int]:
    name = name.replace("-", "")
    if name in ("city", "department", "island"):
        places = CLASSES["cities"].replace("(cr:City, cr:Department, cr:Island)", f"(cr:{name.capitalize()})")
        return [page.asking.count(places)]
    return [
        page.asking.count(f'?s a ?class . {when} FILTER (LCASE(STRAFTER(STR(?class), "ontology#")) = "{name.lower()}")')
    ]


def later_of_class(shown: Shown, page: Page) -> list[int]:
    return _begun_with(page, linked(shown)[1]["find"][0], LATER)


def found_by_asking(shown: Shown, page: Page) -> list[int]:
    """Hold what a question finds to the list with the same choice; of many rows, twenty stand there."""
    n = page.asking.count(narrowed(page.chosen["find"][0] + "s", _where(page)) + SETTLED)
    return [20, n] if len(shown.numbers) == 2 else [n]


def later_by_asking(shown: Shown, page: Page) -> list[int]:
    return [page.asking.count(narrowed(page.chosen["find"][0] + "s", _where(page)) + LATER)]


def _where(page: Page) -> dict[str, list[str]]:
    """Return the one condition of a question as the choice of a list."""
    return {page.chosen["where1"][0]: [page.chosen["value1"][0].partition(":")[2]]}


def asked_beside(shown: Shown, page: Page) -> list[int]:
    return [page.asking.count(narrowed("together", _where(page)))]


def used(shown: Shown, page: Page) -> list[int]:
    """Hold how often a term of the ontology is used: things of the class, or statements with the property."""
    term = shown.around("article").get("id") or ""
    if term[:1].isupper():
        return [page.asking.counts("?s a ?v .").get(CR + term, 0)]
    by = {iri: int(n) for iri, n in page.asking.rows("SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p")}
    return [by.get(CR + term, 0)]


def links_below(shown: Shown, page: Page) -> list[int]:
    """Hold the number of a fold to the links, or the rules, in it."""
    held = shown.around("details")
    return [lists_in([held]) or len(list(held.iter("code")))]


def by_rule(shown: Shown, page: Page) -> list[int]:
    graph = f"https://w3id.org/cityrights/graph/derived/{page.path.rpartition('/')[2]}"
    return [int(page.asking.rows(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")[0][0])]


def found_in_search(shown: Shown, page: Page) -> list[int]:
    """Hold what was found to what a program gets that asks for the same: in all, or of one kind."""
    by_kind: dict[str, int] = page.asking.json(f"/search.json?q={page.chosen['q'][0]}")["kinds"]
    if shown.chain[-1].tag == "a":
        return [by_kind[linked(shown)[1]["kind"][0]]]
    if shown.chain[-2].tag == "h2":
        return [by_kind[(shown.chain[-2].get("id") or "").removeprefix("k-")]]
    _, chosen = linked(shown)
    return [by_kind[chosen["kind"][0]] if "kind" in chosen else sum(by_kind.values())]


COUNTS: Final[tuple[tuple[str, str, Told], ...]] = (
    ("/page/", "header.thing p.lead", described),
    ("/page/", "div.pointing h3 .by", pointing),
    ("/page/", "nav.pages span", turned),
    ("/page/", "h2#practices .count", practices_of),
    ("/page/", "section.belongs p a", practices_of),
    ("/page/", "section.beside-it li.note", beside_it),
    ("/page/", "article.one h2#together-title .count", together),
    ("/page/", "div.document h3 .count", claims_of_document),
    ("/", "details.evidence summary .more", more_evidence),
    ("/page/", "section.having h2 .count", having),
    ("/page/", "#data details.further summary .count", nearby),
    ("/page/source/", "section.covering p.note", claims_by_modality),
    ("/page/source/", "section.covering p", lines_covered),
    ("/page/source/", "select option", chosen_here),
    ("/coverage", "p.lead", told_in_all),
    ("/coverage", "p.count-line", gaps_of),
    ("/coverage", "p.count-line .later", practices_later),
    ("/coverage", "table.matrix td", cell),
    ("/coverage", "table.matrix td .also .hidden", cell),
    ("/coverage#about", "table.told-bars td.number", of_theme),
    ("/coverage#where", "p.spread", spread),
    ("/coverage#where", "ul.named li .n", in_region),
    ("/coverage#", "summary h3 .count", rows_folded),
    ("/coverage", "section p", gaps_of),
    ("/coverage#completeness", "ul.named li a", told_so),
    ("/coverage#completeness", "ul.named li", told_so),
    ("/coverage#gaps", "table.numbers-table td.number", gaps),
    ("/coverage#documents", "table.list td", documents),
    ("/coverage#themes", "table.list td", of_theme),
    ("/coverage#", "table.numbers-table td.number", area),
    ("/connections", "h2#s-told .count", rows_below),
    ("/connections", "h3#s-ranked .count", ranked),
    ("/connections", "nav.pages span", ranked_pages),
    ("/connections/", "ol.neighbours p.note a", more_reasons),
    ("/compare", "section.together h2 .count", said_of_compared),
    ("/compare", "section.together summary .count", said_of_compared),
    ("/compare", "table.compare td", recorded_from),
    ("/compare#s-untold", "details.further summary", untold),
    ("/queries", "p.count-line", questions),
    ("/queries", "p.row-facts span", ran),
    ("/queries/", "h2.tally", answer),
    ("/queries/", "h2.tally .later", later_rows),
    ("/queries/", "p.each-once", each_once),
    ("/queries/", "section.answer p.note a", beside_answer),
    ("/queries/", "figure.chart .n", bars),
    ("/stories/", "a.live", live),
    ("/stories/", "p.counted", live),
    ("/stories/", "p.cite a", story_rows),
    ("/download", "div.wrap p", statements),
    ("/download", "table.files td.number", size),
    ("/download", "table.files span.summary", size),
    ("/ask", "section.starting .n", of_class),
    ("/ask", "section.starting .later", later_of_class),
    ("/ask", "p.tally .later", later_by_asking),
    ("/ask", "h2.tally .later", later_by_asking),
    ("/ask", "p.tally a#count", found_by_asking),
    ("/ask", "h2.tally .count", found_by_asking),
    ("/ask", "section.answer p.note", found_by_asking),
    ("/ask", "select option", choice),
    ("/ask", "p.tally a", asked_beside),
    ("/ask", "section.together .count", asked_beside),
    ("/ontology", "article.term p.note", used),
    ("/ontology", "article.term summary .count", links_below),
    ("/ontology", "details.scheme summary .count", links_below),
    ("/ontology", "section h2 .count", items_below),
    ("/rules/", "h2#made .count", by_rule),
    ("/search", "h2 .count", found_in_search),
    ("/search", "nav.kinds .count", found_in_search),
    ("/search", "p.all-of a", found_in_search),
)
