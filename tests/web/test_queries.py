"""The questions of the library on the site: their list, page, answers, and what is said of an odd request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape, unescape
from urllib.parse import quote

import pytest
import rdflib

from cityrights.home import home
from cityrights.library.queries import TYPES, Parameter, library
from cityrights.library.running import value_of
from cityrights_web.views.queries_data import CODED
from cityrights_web.views.queries_request import PAGING
from cityrights_web.words import CATALOGUE
from tests.graph.data.test_competency import CASES, SHORT
from tests.servers import Server
from tests.sources import SHIPPED, Telling

LIBRARY = {query.name: query for query in library(home() / "queries" / "explore")}
OMBUDSPERSONS = "/queries/institutions-of-a-kind"
#: What could leave the place of a value in a query, an address, a page or a program.
ATTACKS = (
    "kind:council> } UNION { ?s ?p ?o } #", '"} SERVICE <http://example.org/> {?a ?b ?c} #', "kind:council' -- ",
    "https://example.org/a> . ?x ?y ?z . <b", "javascript:alert(1)", "<script>alert(1)</script>", "${jndi:x}", "\x00",
    "kind:council\r\nX-Injected: 1", "../../etc/passwd", "{{7*7}}", "?kind", "_:b0", "1 OR 1=1", "' ; rm -rf / ; '",
)  # fmt: skip


def expand(value: str) -> str:
    prefix, _, local = value.partition(":")
    return SHORT[prefix] + local if prefix in SHORT else value


@pytest.mark.parametrize("name", CASES)
def test_each_entry_answers_over_rest_with_its_expected_rows(
    start: Callable[..., Server], telling: Telling, name: str
) -> None:
    case = CASES[name]
    answer = (
        start(telling(case.get("sources", SHIPPED)).path)
        .client.get(f"/queries/{case['query']}.json", params=case.get("with", {}))
        .json()
    )
    found = {tuple(None if row[key] is None else str(row[key]) for key in case["keys"]) for row in answer["rows"]}
    if LIBRARY[case["query"]].is_graph:  # its names stand beside what joins things
        found = {row for row in found if not str(row[1]).endswith("#label")}
    expected = {tuple(None if row[key] is None else expand(row[key]) for key in case["keys"]) for row in case["rows"]}
    assert found == expected
    assert answer["total"] == len(answer["rows"])


def test_a_graph_comes_as_one_and_as_a_network(shipped: Server) -> None:
    name = "ties-as-a-graph"
    turtle = shipped.get(f"/queries/{name}.ttl")
    assert turtle.headers["content-type"] == "text/turtle; charset=utf-8"
    graph = rdflib.Graph().parse(data=turtle.text, format="turtle")
    assert len(graph) == shipped.get(f"/queries/{name}.json").json()["total"]
    assert shipped.get(f"/queries/{name}.nt").text.count(" .\n") == len(graph)
    assert shipped.get(f"/queries/{name}.jsonld").json()
    assert shipped.get(f"/queries/{name}.srj").status_code == 404
    labels = {edge["label"] for edge in shipped.get(f"/fr/queries/{name}.network.json").json()["edges"]}
    assert "créée grâce à" in labels
    assert f'data-network="/queries/{name}.network.json"' in shipped.get(f"/queries/{name}", "text/html").text


@pytest.mark.parametrize("name", LIBRARY)
def test_each_entry_has_a_page_in_three_languages_that_shows_its_rows(shipped: Server, name: str) -> None:
    total = shipped.get(f"/queries/{name}.json").json()["total"]
    for language, prefix in (("en", ""), ("fr", "/fr"), ("es", "/es")):
        response = shipped.get(f"{prefix}/queries/{name}", "text/html")
        page = unescape(response.text)
        assert response.status_code == 200
        assert LIBRARY[name].titles[language] in page
        assert LIBRARY[name].questions[language] in page
        body = page[page.index('<table class="list" id="answer">') : page.index("</table>")]
        assert body.count("<tr>") == 1 + min(total, 50)
        assert all(f"?{word}" not in body for word in ("firstLine", "number"))
        assert "</dd>undefined" not in page


@pytest.mark.parametrize("name", [name for name, query in LIBRARY.items() if not query.is_graph])
def test_the_query_that_is_shown_runs_as_it_stands(shipped: Server, name: str) -> None:
    page = shipped.get(f"/queries/{name}", "text/html").text
    text = unescape(re.findall(r"<code>(.*?)</code></pre>", page, re.DOTALL)[0])
    rows = shipped.client.get("/sparql", params={"query": text, "format": "json"}).json()["results"]["bindings"]
    assert len(rows) == shipped.get(f"/queries/{name}.json").json()["total"]
    assert f'href="/sparql?query={quote(text[:6])}' in page


@pytest.mark.parametrize("name", [name for name, query in LIBRARY.items() if query.view])
def test_each_view_has_what_it_shows(shipped: Server, name: str) -> None:
    kind, first, _ = LIBRARY[name].view or ("", "", "")
    rows = shipped.get(f"/queries/{name}.json").json()["rows"]
    held = {row[first] for row in rows if row[first] is not None}
    page = shipped.get(f"/queries/{name}", "text/html").text
    if kind == "map":
        points = shipped.get(f"/queries/{name}.geojson").json()["features"]
        assert points
        assert {point["id"] for point in points} <= held
        assert all(point["properties"]["count"] >= 0 and point["properties"]["label"] for point in points)
        assert (f'data-map="/queries/{name}.geojson' in page) == (len(held) > 1)
    elif kind == "network":
        drawn = shipped.get(f"/queries/{name}.network.json").json()
        known = {node["id"] for node in drawn["nodes"]}
        assert drawn["edges"]
        assert drawn["centre"] in known
        assert {edge[end] for edge in drawn["edges"] for end in ("source", "target")} == known
    elif kind == "timeline":
        years = sorted({value[:4] for value in held if re.match(r"\d{4}", value)})
        assert re.findall(r'<span class="year">(\d+)</span>', page) == years
    else:
        assert page.count('class="bar"') == (len(held) if len(held) > 1 else 0)


def test_bars_are_as_long_as_their_numbers(shipped: Server) -> None:
    page = shipped.get("/queries/practices-by-section", "text/html").text
    lengths = [float(width) for width in re.findall(r'class="bar" width="([\d.]+)"', page)]
    numbers = [int(n) for n in re.findall(r'</svg><span class="n">(\d+)</span>', page)]
    assert lengths[0] == 100
    assert lengths == [pytest.approx(100 * n / numbers[0], abs=0.01) for n in numbers]
    assert numbers == sorted(numbers, reverse=True)
    assert " style=" not in page


def test_the_list_is_found_by_words_without_their_accents_and_by_tag(shipped: Server) -> None:
    def found(path: str) -> set[str]:
        return set(re.findall(r'<h[34]><a href="(?:/\w\w)?/queries/([^"]+)">', shipped.get(path, "text/html").text))

    assert found("/queries") == set(LIBRARY)
    assert "conflicting-records" in found("/fr/queries?q=contredisent")
    assert "practices-for-a-target-group" in found("/es/queries?q=practicas+grupo")
    assert found("/queries?tag=awards") == {name for name, query in LIBRARY.items() if "awards" in query.tags}
    assert not found("/queries?q=zzzz")
    assert shipped.get("/queries?tag=nothing", "text/html").status_code == 400
    assert shipped.get("/queries?q=" + "a" * 300, "text/html").status_code == 400


def test_first_stand_eight_that_people_ask_and_the_rest_is_folded(shipped: Server) -> None:
    asked = {name for name, query in LIBRARY.items() if query.asked}
    assert len(asked) == 8
    for prefix, language in (("", "en"), ("/fr", "fr"), ("/es", "es")):
        page = shipped.get(f"{prefix}/queries", "text/html").text
        first, *folded = page.split('<details class="questions-rest">')
        assert set(re.findall(r'<h3><a href="(?:/\w\w)?/queries/([^"]+)">', first)) == asked
        assert all(escape(LIBRARY[name].asked[language]) in first for name in asked)
        assert len(folded) == 2
        assert "/queries/observations" in folded[1], "numbers are for researchers"
    assert "institutions-of-a-kind" in shipped.get("/queries?q=who+has+an+office", "text/html").text


def test_what_can_be_chosen_has_an_answer_and_the_reader_s_language(shipped: Server) -> None:
    page = shipped.get(f"/fr{OMBUDSPERSONS}", "text/html").text
    choices = re.findall(r'<option value="([^"]+)"( selected)?>', page)
    assert ("kind:ombudsperson", " selected") in choices
    assert len(choices) > 10
    for value, _ in choices[::6]:
        assert shipped.client.get(f"{OMBUDSPERSONS}.json", params={"kind": value}).json()["total"] > 0, value
    assert ">Organe de médiation<" in page or "édia" in page


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("kind=", "A value is missing here."),
        ("kind=theme:food", "‘theme:food’ is not known here as: Kind."),
        ("kind=kind:nothing-of-the-sort", "is not known here as"),
        ("kind=nowhere:x", "‘nowhere:x’ is not known here as: Kind."),
        ("kind=kind:council&kind=kind:pact", "Give one value only."),
        ("nothing=1", "This question has no ‘nothing’. It has: kind"),
        ("version=abc", "A version looks like"),
        ("page=0", "'page' must be a number from 1."),
        ("page=x", "'page' must be a number from 1."),
    ],
)
def test_a_request_that_is_wrong_says_what_to_change(shipped: Server, asked: str, words: str) -> None:
    response = shipped.get(f"{OMBUDSPERSONS}?{asked}", "text/html")
    assert response.status_code == 400
    assert words in unescape(response.text)
    data = shipped.get(f"{OMBUDSPERSONS}.json?{asked}")
    assert data.status_code == 400
    assert data.headers["content-type"] == "application/problem+json"


def test_a_number_that_is_none_is_refused(shipped: Server) -> None:
    for value in ("many", "1.5", "1e3", "٣", "1_0", "9" * 40, " "):
        response = shipped.client.get("/queries/practices-by-number-of-references.json", params={"references": value})
        assert response.status_code == 400, value
    assert shipped.get("/queries/practices-by-number-of-references.json?references=+2").status_code == 200


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_value_leaves_its_place(shipped: Server, kind: str, attack: str) -> None:
    """Every type of parameter: what comes of an attack is one term, or a refusal."""
    name, parameter = next(
        ((q.name, p) for q in LIBRARY.values() for p in q.parameters if p.type == kind), (None, None)
    )
    if parameter is not None:
        for form in ("", ".json", ".csv", "/cite.bib"):
            response = shipped.client.get(f"/queries/{name}{form}", params={parameter.name: attack})
            assert response.status_code == 400, (form, attack)
            assert "<script>alert" not in response.text
            assert "X-Injected" not in response.headers
    else:
        try:
            term = value_of(Parameter("x", kind, attack, ""))
        except ValueError:
            return
        assert term.value.strip().lstrip("0") in attack


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_free_thing_is_a_term_and_nothing_more(shipped: Server, attack: str) -> None:
    response = shipped.client.get("/queries/what-is-said-of-a-thing.json", params={"thing": attack})
    assert response.status_code == 400 or response.json()["rows"] == []


def test_pages_of_an_answer_are_the_whole_and_link_to_each_other(shipped: Server) -> None:
    path = "/queries/practices-in-a-country.json?country=country:spain"
    whole = shipped.get(path).json()
    rows: list[object] = []
    address, turned = f"{path}&size=5", 0
    while address:
        response = shipped.get(address)
        assert response.json()["total"] == whole["total"] > 10
        rows += response.json()["rows"]
        links = dict(reversed(pair) for pair in re.findall(r'<([^>]+)>; rel="(\w+)"', response.headers["link"]))
        assert links["first"].endswith("page=1&size=5")
        assert ("prev" in links) == (turned > 0)
        address, turned = links.get("next", ""), turned + 1
    assert rows == whole["rows"]
    assert links["last"].endswith(f"page={turned}&size=5")
    assert "next" not in shipped.get(path).headers["link"]
    assert shipped.get(f"{path}&page=99").status_code == 404
    assert shipped.get(f"{path}&size=100000").status_code == 400


def test_each_format_has_its_type_and_the_rest_says_what_there_is(shipped: Server) -> None:
    types = {
        "json": "application/json", "csv": "text/csv; charset=utf-8", "geojson": "application/geo+json",
        "srj": "application/sparql-results+json", "srx": "application/sparql-results+xml",
        "tsv": "text/tab-separated-values; charset=utf-8",
    }  # fmt: skip
    for extension, media_type in types.items():
        response = shipped.get(f"{OMBUDSPERSONS}.{extension}")
        assert (response.status_code, response.headers["content-type"]) == (200, media_type)
        assert response.headers["access-control-allow-origin"] == "*"
    for extension in ("ttl", "network.json", "exe"):
        missing = shipped.get(f"{OMBUDSPERSONS}.{extension}", "application/json")
        assert missing.status_code == 404
        assert "geojson" in missing.json()["available"]
    assert shipped.get("/queries/no-such-question").status_code == 404
    lines = shipped.get(f"{OMBUDSPERSONS}.csv").text.splitlines()
    assert len(lines) == 1 + shipped.get(f"{OMBUDSPERSONS}.json").json()["total"]


def test_a_graph_without_the_classes_still_has_the_questions(server: Server) -> None:
    for name in LIBRARY:
        assert server.get(f"/queries/{name}", "text/html").status_code == 200, name
        assert server.get(f"/queries/{name}.json").status_code == 200, name


def test_every_column_and_tag_has_a_word_and_no_parameter_takes_a_name_of_paging(shipped: Server) -> None:
    for query in LIBRARY.values():
        assert not {parameter.name for parameter in query.parameters} & {*PAGING, "version"}
        for words in CATALOGUE.values():
            assert set(query.tags) <= set(words.queries.tags)
        page = shipped.get(f"/queries/{query.name}", "text/html").text
        headings = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', page)
        assert headings
        assert set(map(unescape, headings)) <= set(CATALOGUE["en"].queries.columns.values())


def test_every_coded_value_has_a_word_and_a_page_shows_it(shipped: Server) -> None:
    seen: set[str] = set()
    for name in LIBRARY:
        rows = shipped.get(f"/queries/{name}.json").json()["rows"]
        codes = {row[column] for row in rows for column in CODED & set(row) if row[column] is not None}
        for language, prefix in (("en", ""), ("fr", "/fr"), ("es", "/es")):
            words = CATALOGUE[language].queries.coded
            assert codes <= set(words), name
            if codes:
                page = unescape(shipped.get(f"{prefix}/queries/{name}", "text/html").text)
                assert all(re.search(rf'<td data-label="[^"]*"><bdi>{words[code]}</bdi>', page) for code in codes), (
                    name,
                    codes,
                )
        seen |= codes
    assert seen >= {"gt", "no", "theme"}


def test_roles_are_told_in_the_language_of_the_page_each_once(shipped: Server) -> None:
    """A role, a grade and how often an event recurs are words of ours: translated, and no row or value more for it."""
    rows = shipped.get("/queries/who-holds-which-role.json").json()["rows"]
    assert len({(row["person"], row["organisation"], row["number"]) for row in rows}) == len(rows) > 5
    told = {
        "/queries/who-holds-which-role": ("head of the observatory", "responsable de l’observatoire"),
        "/queries/events-and-their-dates": ("yearly", "tous les ans"),
        "/page/holding/maira-topall-head": ("head of the observatory", "responsable de l’observatoire"),
        "/page/award/terrassa-gold-award-2023": ("gold", "or"),
        "/page/event/festival-ham": ("yearly", "tous les ans"),
    }
    for path, (english, french) in told.items():
        pages = {code: unescape(shipped.get(f"{code}{path}", "text/html").text) for code in ("", "/fr")}
        cell = r"<(?:bdi|span)[^>]*>(?:<bdi[^>]*>)?%s</"
        found = {
            (code, word): len(re.findall(cell % word, pages[code])) for code in pages for word in (english, french)
        }
        assert found["", english] == found["/fr", french] > 0, (path, found)
        assert found["", french] == found["/fr", english] == 0, (path, found)
    page = unescape(shipped.get("/fr/page/holding/maira-topall-head", "text/html").text)
    assert re.search(r"responsable de l’observatoire<.{0,900}/claim/ohchr-consultation-2025/57", page, re.DOTALL)


def test_every_default_is_of_its_class(shipped: Server) -> None:
    for query in LIBRARY.values():
        answer = shipped.client.get(f"/queries/{query.name}.json", params={p.name: p.default for p in query.parameters})
        assert answer.status_code == 200, answer.text
        for parameter in query.parameters:
            assert set(parameter.meanings) == {"fr", "es"}, (query.name, parameter.name)


def test_every_question_says_when_it_last_ran_how_long_it_took_and_on_which_version(shipped: Server) -> None:
    version = shipped.get("/health").json()["version"][:12]
    listed = {each["name"]: each["run"] for each in shipped.get("/queries.json").json()}
    page = shipped.get("/queries", "text/html").text
    assert re.search(rf"last asked on \w+ \d+, \d{{4}}, \d\d:\d\d UTC, on version {version}", page)
    assert len(re.findall(r"<span>(?:1 row|[\d,]+ rows), [\d.]+ ms</span>", page)) == len(LIBRARY)
    for name, run in listed.items():
        assert (run["version"], run["fault"]) == (version, None), name
        assert run["rows"] == shipped.get(f"/queries/{name}.json").json()["total"] > 0, name
        assert run["milliseconds"] > 0
        assert re.search(r"in [\d.]+ ms, (on|from) version", shipped.get(f"/queries/{name}", "text/html").text)
    assert "vérifiée le" in shipped.get("/fr/queries/awards", "text/html").text
    assert "comprobó por última vez" in shipped.get("/es/queries/awards", "text/html").text


def test_of_other_data_nothing_is_said_that_is_not_known(server: Server) -> None:
    assert {each["run"] for each in server.get("/queries.json").json()} == {None}
    assert "last asked" not in server.get("/queries", "text/html").text
    page = server.get("/queries/awards", "text/html").text
    assert "last checked" not in page
    assert "Made on" in page


def test_the_list_as_data_leads_to_every_answer(shipped: Server) -> None:
    listed = shipped.get("/queries.json").json()
    assert [each["name"] for each in listed] == list(LIBRARY)
    assert all(each["answer"].startswith(shipped.url) for each in listed)
    json.dumps(listed)


def test_a_question_is_had_as_the_text_of_its_query(shipped: Server) -> None:
    """With its prefixes and what was chosen, so that it gives the same rows wherever it is asked."""
    for extension in ("rq", "sparql"):
        answer = shipped.get(f"/queries/institutions-of-a-kind.{extension}?kind=kind:council")
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "application/sparql-query")
    assert "PREFIX cr:" in answer.text
    rows = shipped.client.post("/sparql", content=answer.text, headers={"Content-Type": "application/sparql-query"})
    own = shipped.get("/queries/institutions-of-a-kind.json?kind=kind:council").json()
    assert len(rows.json()["results"]["bindings"]) == own["total"] > 1
    assert shipped.get("/queries/awards.rq").status_code == 200
    assert "/queries/awards.rq" in shipped.get("/queries/awards", "text/html").text
    assert '"fr"' in shipped.get("/fr/queries/awards.rq").text


def test_a_question_that_is_nearly_named_is_offered(shipped: Server) -> None:
    for path in ("/queries/award", "/queries/award.json", "/queries/award.rq"):
        told = shipped.get(path, "application/problem+json")
        assert told.status_code == 404
        assert "/queries/awards" in [item["page"] for item in told.json()["near"]]
    assert 'href="/fr/queries/awards"' in shipped.get("/fr/queries/award", "text/html").text
    assert "near" not in shipped.get("/queries/xyzzy", "application/problem+json").json()


def test_how_firmly_it_is_said_has_the_words_of_every_other_page(shipped: Server) -> None:
    """The data keep the name that the vocabulary has for it; whoever reads the page is told in words."""
    asked = "/queries/institutions-of-a-kind?kind=kind%3Aombudsperson"
    for language, said, named in (
        ("", "Said as a fact", "Asserted"), ("/fr", "Dit comme un fait", "Affirmé"),
        ("/es", "Dicho como un hecho", "Afirmado"),
    ):  # fmt: skip
        page = shipped.get(language + asked, "text/html").text
        assert (said in page, f">{named}<" in page) == (True, False), language
        page = shipped.get(f"{language}/coverage", "text/html").text
        assert (said.lower() in page.lower(), f">{named}<" in page) == (True, False), language
    rows = shipped.get(asked.replace("?", ".csv?")).text
    assert "Asserted" in rows
