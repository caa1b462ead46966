"""What pages tell people first: things in sentences and cards, words in the document they stand in, plain words."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from cityrights.pipeline.steps import build_files
from cityrights.vocabulary import CR, ID, RDFS
from tests.servers import Server
from tests.web.test_pages import text_of

#: The words of a place in a document → what browsers are told to scroll to (WICG, text fragments: syntax).
FRAGMENTS = {
    "few words": "few%20words",
    "co-mayor, 50 % & more": "co%2Dmayor%2C%2050%20%25%20%26%20more",
    "«à la»  ville": "%C2%AB%C3%A0%20la%C2%BB%20ville",
    "#:~:text=x": "%23%3A~%3Atext%3Dx",
}


def test_a_sentence_leads_to_its_words_in_a_document_that_is_on_the_web(
    launch: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("published")
    addresses = {
        "page": "https://example.org/report", "part": "https://example.org/report#two", "paper": "https://example.org/a.pdf",
        "script": "javascript:alert(1)",
    }  # fmt: skip
    text = f"@prefix cr: <{CR}> . @prefix schema: <http://schema.org/> . @prefix rdfs: <{RDFS}> .\n"
    for name, address in addresses.items():
        text += f'<{ID}source/{name}> a cr:Source ; rdfs:label "{name}"@en ; schema:url "{address}" .\n'
        for number, words in enumerate(FRAGMENTS):
            claim, passage = f"<{ID}claim/{name}/{number}>", f"<{ID}passage/{name}/{number}>"
            text += f"{claim} a cr:Claim ; cr:source <{ID}source/{name}> ; cr:modality <{ID}modality/asserted> ;\n"
            text += f'  cr:passage {passage} ; cr:text "It says {number}."@en .\n'
            text += f'{passage} cr:firstLine {number + 1} ; cr:lastLine {number + 1} ; cr:anchor "{words}" .\n'
    (folder / "published.ttl").write_text(text, "utf-8")
    server = launch(build_files([folder / "published.ttl"], folder / "snapshots").path)
    for number, fragment in enumerate(FRAGMENTS.values()):
        wanted = {
            "page": f"https://example.org/report#:~:text={fragment}",
            "part": f"https://example.org/report#two:~:text={fragment}",
            "paper": "https://example.org/a.pdf",
        }
        for name in addresses:
            page = server.get(f"/page/claim/{name}/{number}", "text/html").text
            found = [
                html.unescape(one) for one in re.findall(r'class="outside" href="([^"]+)" rel="nofollow">open', page)
            ]
            assert found == [wanted[name]] if name in wanted else not found, (name, number)
            assert 'href="javascript' not in page
    assert "Read the document where it is published" in server.get("/page/source/page", "text/html").text


def test_no_document_that_is_shipped_has_an_address_that_nobody_knows(shipped: Server) -> None:
    for name in ("twenty-practices", "ohchr-consultation-2025"):
        assert "where it is published" not in shipped.get(f"/page/source/{name}", "text/html").text
    case = shipped.get("/page/source/uclg-barcelona-office-for-non-discrimination", "text/html").text
    assert re.search(r'class="outside" href="https://uclg-cisdp.org/[^"]+" rel="nofollow">Read the document', case)


#: Thing → its practices, what is like it elsewhere, whom to ask first, and words of its first sentences.
TOLD = {
    "institution/jenin-ovf": (("jenin-ovf",), ("seine-saint-denis-ovf", "ngazidja-ovf"), "", "protect women"),
    "institution/utrecht-human-rights-monitor": (
        ("utrecht-human-rights-monitor",), ("vienna-human-rights-commissioner",), "government/utrecht", "monitor",
    ),
    "instrument/montreal-charter-of-rights-and-responsibilities": (
        (), ("quilmes-cultural-rights-charter",), "", "Charter",
    ),
    "event/festival-ham": ((), (), "group/indonesian-cities", "once a year"),
    "person/maysoun-dawood": (("jenin-ovf",), (), "institution/jenin-ovf", "headed by"),
    "government/utrecht": (("utrecht-plan-einstein", "utrecht-human-rights-monitor"), (), "", ""),
    "organisation/uclg-csipdhr": ((), (), "", ""),
}  # fmt: skip


@pytest.mark.parametrize("language", ["", "/fr", "/es"])
def test_a_thing_is_told_before_it_is_recorded(shipped: Server, language: str) -> None:
    wrong: list[tuple[str, object]] = []
    for key, (practices, alike, ask, words) in TOLD.items():
        page = shipped.get(f"{language}/page/{key}", "text/html").text
        people, _, researchers = page.partition('<details class="for-researchers"')
        links = set(re.findall(r'href="(?:/\w\w)?/page/([^"#?]+)"', people))
        wanted = {f"practice/{one}" for one in practices} | {f"institution/{one}" for one in alike if "ovf" in one}
        wanted |= {ask} if ask else set()
        if not wanted <= links:
            wrong.append((key, wanted - links))
        if "practice-card" not in people.partition('<section class="does')[2] and practices:
            wrong.append((key, "no card"))
        if alike and 'aria-labelledby="alike"' not in people:
            wrong.append((key, "nothing alike"))
        if not language and words not in text_of(people):
            wrong.append((key, words))
        if 'class="everything"' in people or 'id="cite"' in people or 'class="everything"' not in researchers:
            wrong.append((key, "the record stands among what is for people"))
    assert not wrong, wrong


def test_concepts_countries_and_regions_begin_with_practices(shipped: Server) -> None:
    for key in ("theme/anti-racism", "target-group/migrants", "pillar/tools", "region/europe", "country/spain"):
        page = shipped.get(f"/page/{key}", "text/html").text
        people = page.partition('<details class="for-researchers"')[0]
        assert people.count("practice-card") > 2, key
        assert "/page/practice/" in people, key
        assert 'id="formats"' not in people, key
        assert 'id="formats"' in page, key


#: Words of the machinery that pages for people do without; what follows them stands in other names.
MACHINERY = re.compile(r"\b(?:Claim [AB]\d|claims?|modality|asserted|pillars?|aspects?|passages?|the editors)\b")


def test_pages_for_people_have_plain_words(shipped: Server) -> None:
    wrong = []
    for path in (
        "/", "/search?q=racism", "/together", "/practices", "/page/practice/utrecht-plan-einstein",
        "/page/city/utrecht", "/page/institution/jenin-ovf", "/page/theme/anti-racism", "/sources",
        "/page/claim/twenty-practices/10",
        "/sources/twenty-practices", "/connections", "/connections/utrecht/lyon", "/compare?city=utrecht&city=lyon",
        "/page/pillar/tools", "/page/government/utrecht", "/stories", "/page/event/festival-ham",
    ):  # fmt: skip
        page = shipped.get(path, "text/html").text
        people = page.partition('<details class="for-researchers"')[0].partition("<main")[2]
        shown = text_of("<main" + re.sub(r"<pre.*?</pre>", "", people, flags=re.DOTALL).partition("</main>")[0])
        wrong += [
            (path, found[0], shown[max(found.start() - 40, 0) : found.end() + 20])
            for found in MACHINERY.finditer(shown)
        ]
    assert not wrong, "\n".join(map(str, wrong))
