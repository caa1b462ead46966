"""The builder over HTTP: its form without scripts, what it finds, where it leads, and what it says of odd requests."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from cityrights_web.views.ask import EXAMPLES
from cityrights_web.words import CATALOGUE
from tests.gate.robustness.test_shown_text import wrong
from tests.servers import Server

SPAIN = (
    "/ask?find=practice&where1=theme&value1=theme%3Aequality&where2=country&value2=country%3Aspain"
    "&show=place&show=theme"
)
ATTACKS = (
    "theme:housing> } UNION { ?s ?p ?o } #", '"} SERVICE <http://example.org/> {?a ?b ?c} #', "theme:housing' -- ",
    "https://example.org/a> . ?x ?y ?z . <b", "javascript:alert(1)", "<script>alert(1)</script>", "${jndi:x}", "\x00",
    "theme:housing\r\nX-Injected: 1", "../../etc/passwd", "{{7*7}}", "{value}", "%s", "?practice", "_:b0",
    "\"onmouseover=\"x' onfocus='x", "\u202e", "a" * 3000,
)  # fmt: skip


def page(server: Server, path: str, status: int = 200) -> str:
    response = server.get(path, "text/html")
    assert response.status_code == status, (path, response.status_code, response.headers.get("location"))
    assert wrong(response.text) == []
    return unescape(response.text)


def options(text: str, field: str) -> dict[str, str]:
    """Return what a list of the form offers: value and label."""
    body = re.search(rf'<select id="{field}"[^>]*>(.*?)</select>', text, re.DOTALL)
    assert body is not None, field
    return dict(re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>', body[1]))


def count(text: str) -> int:
    found = re.search(r'id="count">([^<]*)<', text)
    assert found is not None
    digits = re.sub(r"\D", "", found[1])
    return int(digits) if digits else 0


def query(text: str) -> str:
    found = re.search(r'<details class="sparql">.*?<code>(.*?)</code>', text, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_start_offers_what_there_is_and_examples_that_have_an_answer(shipped: Server) -> None:
    for language, prefix in (("en", ""), ("fr", "/fr"), ("es", "/es")):
        text = page(shipped, f"{prefix}/ask")
        words = CATALOGUE[language].builder
        assert words.title in text
        for name in ("practice", "city", "institution", "person"):
            assert f'href="{prefix}/ask?find={name}"' in text
        for name in EXAMPLES:
            example = re.search(rf'<a href="([^"]+)">{re.escape(words.examples[name])}</a>', text)
            assert example is not None, name
            answer = page(shipped, example[1])
            assert count(answer) > 0
            assert '<table class="list" id="rows">' in answer


def test_a_question_is_told_counted_and_answered(shipped: Server) -> None:
    text = page(shipped, SPAIN)
    assert "Practices about <strong>" in text
    assert re.sub(r"<[^>]+>", "", text[text.index('<h2 id="sentence">') :].partition("</h2>")[0]) == (
        "Practices about equality and non-discrimination, in Spain; shown with their place and their theme."
    )
    asked = query(text)
    rows = shipped.client.get("/sparql", params={"query": asked, "format": "json"}).json()["results"]["bindings"]
    assert count(text) == len(rows) > 0
    body = text[text.index("<tbody>") : text.index("</tbody>")]
    assert body.count("<tr>") == len(rows)
    for row in rows:
        key = row["practice"]["value"].partition("/id/")[2]
        assert f'href="/page/{key}"' in body
        assert row["name"]["value"] in body
    assert 'href="/page/city/barcelona"' in body
    assert f'href="/sparql?{urlencode({"query": asked, "run": "0"})}"' in text
    assert 'content="noindex"' in text


def test_the_cells_of_the_page_are_those_of_its_query(shipped: Server) -> None:
    for language, prefix in (("en", ""), ("fr", "/fr")):
        for path in (
            "/ask?find=claim&where1=theme&value1=theme%3Afood&show=text&show=aspect&show=modality&limit=10",
            "/ask?find=observation&show=value&show=comparator&show=unit&sort=-value&limit=10",
            "/ask?find=city&show=lat&show=description&show=wikidataId&show=place-of-practice.pillar&sort=-lat&limit=9",
        ):
            text = page(shipped, prefix + path)
            asked = query(text)
            found = shipped.client.get("/sparql", params={"query": asked, "format": "json"}).json()
            names = found["head"]["vars"][2:]
            body = text[text.index("<tbody>") : text.index("</tbody>")]
            shown = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in body.split("<tr>")[1:]]
            assert len(shown) == len(found["results"]["bindings"]) > 0
            for cells, row in zip(shown, found["results"]["bindings"], strict=True):
                for name, cell in zip(names, cells, strict=True):
                    plain = re.sub(r'<span class="lang".*?</span>|<[^>]+>|\s', "", cell)
                    expected = re.sub(r"\s", "", row[name]["value"]) if name in row else ""
                    if name == "comparator":
                        expected = CATALOGUE[language].comparators.get(expected, expected).replace(" ", "")
                    assert sorted(plain.split(";")) == sorted(expected.split(";")), (path, name)


def test_the_answer_goes_along_in_each_format(shipped: Server) -> None:
    response = shipped.get(SPAIN, "text/html")
    found = re.findall(r'<a href="(/sparql\?query=[^"]+&amp;format=(\w+))">', response.text)
    assert {name for _, name in found} == {"csv", "tsv", "json", "xml"}
    for address, name in found:
        data = shipped.get(unescape(address))
        assert data.status_code == 200
        if name == "csv":
            rows = list(csv.DictReader(io.StringIO(data.text)))
            assert len(rows) == count(unescape(response.text))
            assert list(rows[0]) == ["practice", "name", "place", "theme"]
    # The page has them all; the head, which proxies want short, has those for which there is room.
    assert any(f"<{unescape(address)}>" in response.headers["link"] for address, _ in found)


def test_the_same_question_is_asked_in_each_language(shipped: Server) -> None:
    text = page(shipped, SPAIN)
    for language in ("fr", "es"):
        address = re.search(rf'<a href="([^"]+)" lang="{language}"', text)
        assert address is not None
        other = page(shipped, address[1])
        assert count(other) == count(text)
        assert f'LANG(?label) = "{language}"' in query(other)
    assert "Pratiques sur le thème" in page(shipped, "/fr" + SPAIN)
    assert options(page(shipped, "/fr" + SPAIN), "b-value2-1")["country:spain"].startswith("Espagne (")


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ("find=practice&was=practice&add=theme&sort=name&limit=", "find=practice&where1=theme#c1"),
        ("find=practice&where1=theme&how1=is&value1=&add=place", "find=practice&where1=theme&where2=place#c2"),
        ("find=practice&where1=theme&where2=place&remove=1", "find=practice&where1=place#conditions"),
        ("find=practice&where1=place&how1=whose&then1=country", "find=practice&where1=place.country#c1"),
        ("find=theme&where1=broader&value1=social+rights", "find=theme&where1=broader&value1=theme%3Asocial-rights"),
        ("find=practice&where1=theme&value1=ALIMENTACION", "find=practice&where1=theme&value1=theme%3Afood"),
        (
            "find=practice&where1=theme&value1=https%3A%2F%2Fw3id.org%2Fcityrights%2Fid%2Ftheme%2Fhousing",
            "find=practice&where1=theme&value1=theme%3Ahousing",
        ),
        ("find=city&was=practice&where1=theme&value1=theme:housing&where2=country&value2=country:spain",
         "find=city&where1=country&value1=country%3Aspain"),
        ("find=practice&utm_source=somewhere", "find=practice"),
    ],
)  # fmt: skip
def test_what_a_form_sends_leads_to_the_one_address_of_its_question(shipped: Server, sent: str, address: str) -> None:
    response = shipped.get(f"/ask?{sent}", "text/html")
    assert response.status_code == 303
    assert response.headers["location"] == f"/ask?{address}"
    assert response.headers["access-control-allow-origin"] == "*"
    text = page(shipped, response.headers["location"])
    fragment = urlsplit(address).fragment
    assert not fragment or f'id="{fragment}"' in text


def test_every_field_of_the_form_says_what_the_address_says(shipped: Server) -> None:
    text = page(shipped, SPAIN)
    form = text[text.index('<form class="builder"') : text.index("</form>", text.index('<form class="builder"'))]
    sent = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    for name, body in re.findall(r'<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)" selected', body)
        sent.append((name, chosen[0] if chosen else ""))
    sent += re.findall(r'<input type="checkbox" id="[^"]+" name="([^"]+)" value="([^"]*)" checked', form)
    response = shipped.client.get("/ask", params=sent)
    assert response.status_code == 303
    assert response.headers["location"] == SPAIN


def test_every_property_can_be_added_and_followed(shipped: Server) -> None:
    offered = options(page(shipped, "/ask?find=practice"), "b-add")
    assert offered["theme"] == "Theme"
    assert len(offered) > 20
    for name in offered:
        if name:
            text = page(shipped, f"/ask?find=practice&where1={name}") if name != "url" else ""
            hows = options(text, "b-how1")
            assert {"any", "none"} <= set(hows)
            if "whose" in hows:
                assert len(options(page(shipped, f"/ask?find=practice&where1={name}&how1=whose"), "b-then1")) > 1


def test_what_is_underway_is_left_out_unless_asked_for(shipped: Server) -> None:
    settled = page(shipped, "/ask?find=institution")
    everything = page(shipped, "/ask?find=institution&all=1")
    words = CATALOGUE["en"].builder
    assert words.settled_note in settled
    assert words.unsettled_note in everything
    assert count(everything) > count(settled)
    listed = page(shipped, "/institutions")
    assert f"{count(settled)} " in re.findall(r'id="count">([^<]*)', listed)[0]
    asked_for = page(shipped, "/ask?find=institution&where1=status&value1=status%3Aunderway")
    assert count(asked_for) > 0
    assert words.settled_note not in asked_for


def test_a_limit_and_the_first_rows_are_said(shipped: Server) -> None:
    text = page(shipped, "/ask?find=practice&limit=50")
    assert text.count('<th scope="row">') == 20
    assert "The first 20 of" in text
    limited = page(shipped, "/ask?find=practice&limit=10")
    assert limited.count('<th scope="row">') == 10
    assert count(limited) == count(text)
    assert "asks for the first 10" in limited
    assert query(limited).endswith("LIMIT 10\n")


@pytest.mark.parametrize(
    ("asked", "words", "field"),
    [
        ("find=dragon", "There is no kind of thing called ‘dragon’ here.", ""),
        ("find=practise", "Did you mean practice?", ""),
        ("find=practice&where1=scales", "Nothing is recorded under ‘scales’", ""),
        ("find=practice&where1=theme&value1=zzz", "‘zzz’ is not known here", "b-value1-1"),
        ("find=practice&where1=theme&value1=city:utrecht", "‘city:utrecht’ is not known here", "b-value1-1"),
        ("find=practice&where1=theme&value1=nowhere:x", "‘nowhere:x’ is not known here", "b-value1-1"),
        ("find=practice&where1=start&from1=soon", "‘soon’ is no year.", "b-from1"),
        ("find=practice&where1=start&from1=2020&to1=1990", "The upper end, 1990, lies below", "b-to1"),
        ("find=observation&where1=value&from1=many", "‘many’ is no number.", "b-from1"),
        ("find=observation&where1=comparator&value1=ne", "‘ne’ is not known here", "b-value1-1"),
        ("find=practice&where1=theme&how1=maybe", "cannot hold by ‘maybe’", ""),
        ("find=practice&show=scales", "Nothing is recorded under ‘scales’", ""),
        ("find=practice&sort=scales", "in the order of ‘scales’", ""),
        ("find=practice&limit=many", "‘many’ is no number of rows", ""),
        ("find=practice" + "".join(f"&where{n}=theme" for n in range(1, 15)), "A question has 12 conditions", ""),
        ("find=claim&where1=subject&value1=zzz", "‘zzz’ is not known here", "b-value1-1"),
        ("find=claim&where1=subject&value1=theme:food-nonsense", "is not known here", "b-value1-1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(shipped: Server, asked: str, words: str, field: str) -> None:
    text = page(shipped, f"/ask?{asked}", 400)
    assert words in text
    assert "<table" not in text
    for target in re.findall(r'<li><a href="#([\w-]+)">', text[text.index('id="faults"') :].partition("</div>")[0]):
        assert f'id="{target}"' in text
    if field:
        tag = re.search(rf'<(?:select|input) id="{field}"[^>]*>', text)
        assert tag is not None
        assert 'aria-invalid="true"' in tag[0]


@pytest.mark.parametrize("prefix", ["", "/fr", "/es"])
def test_an_address_that_is_too_long_is_refused_in_plain_words(shipped: Server, prefix: str) -> None:
    language = prefix.strip("/") or "en"
    for text in ("find=practice&" + "x=1&" * 3000, "find=practice&where1=name&value1=" + "x" * 10_000):
        response = shipped.get(f"{prefix}/ask?{text}", "text/html")
        assert response.status_code == 400
        assert CATALOGUE[language].builder.too_long in unescape(response.text)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_parameter_leaves_its_place(shipped: Server, attack: str) -> None:
    whole = page(shipped, "/ask?find=practice&where1=name&value1=zzzzzz")
    for name in (
        "find",
        "where1",
        "how1",
        "value1",
        "from1",
        "then1",
        "add",
        "remove",
        "show",
        "sort",
        "limit",
        "all",
        "was",
    ):
        given = {"find": "practice", "where1": "theme", "how1": "whose" if name == "then1" else "is", name: attack}
        response = shipped.client.get("/ask", params=given, headers={"Accept": "text/html"})
        assert response.status_code in (200, 303, 400), (name, response.status_code)
        assert wrong(response.text) == []
        assert "X-Injected" not in response.headers
    response = shipped.client.get("/ask", params={"find": "practice", "where1": "name", "value1": attack})
    if response.status_code == 303:
        response = shipped.get(response.headers["location"], "text/html")
    if response.status_code == 200:
        assert count(unescape(response.text)) == count(whole) == 0
    else:
        assert response.status_code == 400


def test_a_field_of_many_values_takes_a_name_and_asks_for_suggestions_of_its_class(shipped: Server) -> None:
    text = page(shipped, "/ask?find=passage&where1=passage-of-claim")
    field = re.search(r'<input id="b-value1-1"[^>]*data-suggest="([^"]+)" data-pick', text)
    assert field is not None
    of = dict(parse_qsl(urlsplit(field[1]).query))["class"]
    assert of.endswith("#Claim")
    found = shipped.client.get(
        "/suggest", params={"q": "ut", "class": "https://w3id.org/cityrights/ontology#City"}
    ).json()
    assert found["suggestions"]
    assert {each["kind"] for each in found["suggestions"]} == {"city"}
    assert all(each["iri"].startswith("https://w3id.org/cityrights/id/city/") for each in found["suggestions"])
    assert shipped.client.get("/suggest", params={"q": "ut", "class": ["x"] * 20}).status_code == 400
    title = "Plan Einstein: shared housing for newcomers and residents"
    named = shipped.client.get("/ask", params={"find": "claim", "where1": "subject", "value1": title})
    assert named.headers["location"] == "/ask?find=claim&where1=subject&value1=practice%3Autrecht-plan-einstein"
    chosen = page(shipped, "/ask?find=claim&where1=subject&value1=practice%3Autrecht-plan-einstein")
    assert "Plan Einstein" in options(chosen, "b-value1-1")["practice:utrecht-plan-einstein"]
    assert count(chosen) > 0


def test_the_ways_lead_here(shipped: Server) -> None:
    for path in ("/", "/queries", "/fr/queries"):
        prefix = "/fr" if path.startswith("/fr") else ""
        assert f'href="{prefix}/ask"' in page(shipped, path)
    assert "/ask</loc>" in shipped.get("/sitemap-1.xml").text


def test_hostile_labels_are_shown_as_text(server: Server) -> None:
    text = page(server, "/ask?find=practice&show=place&show=status")
    assert "<script>alert(1)</script>" in text  # unescaped by the test: it was escaped on the page, see wrong()
    for prefix in ("", "/fr", "/es"):
        page(server, f"{prefix}/ask?find=practice&where1=name&value1=%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        page(
            server,
            f"{prefix}/ask?find=city&where1=place-of-practice&value1=practice%3Ahostile&show=place-of-practice",
        )


def test_the_page_names_the_parameters_as_they_are_documented(shipped: Server, root: Path) -> None:
    told = (root / "docs" / "builder.md").read_text("utf-8")
    addresses = re.findall(r"`/ask\?([^`\s]+)`", told)
    assert len(addresses) > 3
    for address in addresses:
        text = page(shipped, f"/ask?{urlencode(parse_qsl(address))}")
        assert count(text) >= 0
        assert parse_qs(address)["find"]
