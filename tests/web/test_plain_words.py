"""What somebody from a city hall types, in three languages: each finds what the graph has, or says what is nearest.

The list was written before the code. What a card has to do with a word is asked of the graph, so that it holds when
practices are added.
"""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from cityrights.pipeline.steps import build_files
from cityrights.vocabulary import CR, DCTERMS, ID, RDFS, SKOS
from tests.servers import Server

#: Language, word, and what is wanted: a key says that the cards bear that thing (or what is below it, or stand there);
#: "nearest" before it, that nothing bears what was asked for, which the page says; "elsewhere", that the place is not
#: in the documents, and some that are stand near; "unsure", that what is like it is shown as that, and not taken for
#: what was meant; "nothing", that there is nothing.
WORDS = (
    ("en", "racism", "theme/anti-racism"),
    ("en", "homelessness", "nearest theme/housing"),
    ("en", "elderly", "nearest theme/care"),
    ("en", "old people", "nearest theme/care"),
    ("en", "climate", "nearest theme/urban-life"),
    ("en", "The Hague", "elsewhere"),
    ("en", "ombudsman", "kind/ombudsperson"),
    ("en", "ombudsmen", "kind/ombudsperson"),
    ("en", "woman", "target-group/women"),
    ("en", "child", "target-group/children"),
    ("en", "humanrights", "theme/human-rights-culture"),
    ("en", "L.G.B.T.", "target-group/lgbti"),
    ("en", "school meals", "theme/food"),
    ("en", "domestic violence", "theme/violence-against-women"),
    ("en", "disability", "theme/disability-rights"),
    ("en", "refugee", "nearest target-group/migrants"),
    ("en", "undocumented", "target-group/people-without-residence-permit"),
    ("en", "procurement", "theme/public-procurement"),
    ("en", "hatespeech", "theme/hate-speech"),
    ("en", "jobs", "theme/work"),
    ("en", "Torino", "city/torino"),
    ("en", "Senegal", "country/senegal"),
    ("en", "Bombay", "elsewhere"),
    ("en", "Germany", "elsewhere"),
    ("en", "Seoul", "elsewhere"),
    ("en", "서울", "elsewhere"),
    ("en", "광주", "city/gwangju"),
    ("en", "Quezon City", "elsewhere"),
    ("en", "Seodaemun-gu, Seoul", "elsewhere"),
    ("en", "qxzvwk", "nothing"),
    ("fr", "sans-abri", "nearest theme/housing"),
    ("fr", "logement", "theme/housing"),
    ("fr", "médiateur", "kind/ombudsperson"),
    ("fr", "violences conjugales", "theme/violence-against-women"),
    ("fr", "personnes âgées", "nearest theme/care"),
    ("fr", "cantine", "theme/food"),
    ("fr", "La Haye", "elsewhere"),
    ("fr", "Nice", "elsewhere"),
    ("fr", "Pau", "elsewhere"),
    ("fr", "Bobigny", "elsewhere"),
    ("fr", "Grand-Synthe, France", "country/france"),
    ("fr", "égalité", "theme/equality"),
    ("fr", "jeunes", "target-group/youth"),
    ("fr", "eau", "theme/water"),
    ("fr", "Turin", "city/torino"),
    ("es", "mujeres", "target-group/women"),
    ("es", "vivienda", "theme/housing"),
    ("es", "defensor del pueblo", "kind/ombudsperson"),
    ("es", "personas sin hogar", "nearest theme/housing"),
    ("es", "mayores", "nearest theme/care"),
    ("es", "comida", "theme/food"),
    ("es", "La Haya", "elsewhere"),
    ("es", "Puebla", "elsewhere"),
    ("es", "Lima", "elsewhere"),
    ("es", "gitanos", "nearest target-group/minorities"),
    ("es", "niños", "target-group/children"),
    ("es", "racismo", "theme/anti-racism"),
    ("es", "memoria", "theme/memory"),
    ("es", "sindicatos", "unsure"),
)
NEAREST = {"en": "tell of no practice", "fr": "ne décrivent aucune pratique", "es": "no recogen ninguna práctica"}
ELSEWHERE = {"en": "is not in the documents", "fr": "ne parlent pas de ce lieu", "es": "no hablan de este lugar"}
UNSURE = {"en": "words like them", "fr": "des mots proches", "es": "contienen otras parecidas"}
ABOUT = {"en": "Found here as", "fr": "Connu ici comme", "es": "Conocido aquí como"}
NOTHING = {"en": "Nothing was found", "fr": "Rien n’a été trouvé", "es": "No se encontró nada"}


def found(server: Server, language: str, word: str) -> tuple[list[str], str]:
    """Return the practices on the cards, by their keys, and the words of the page."""
    prefix = "" if language == "en" else f"/{language}"
    answer = server.get(f"{prefix}/search?q={quote(word)}", "text/html")
    assert answer.status_code == 200, word
    cards = answer.text.partition('<section class="learn"')[2].partition("</section>")[0]
    keys = re.findall(r'<h3 class="card-name"><a href="(?:/..)?/page/(practice/[^"]+)"', cards)
    return keys, " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def bearing(server: Server, key: str) -> set[str]:
    """Return the practices that have to do with a thing, by their keys."""
    query = f"""SELECT DISTINCT ?p {{ ?p a cr:Practice ; (cr:theme|cr:targetGroup|cr:offers|cr:kind|cr:approach|
        cr:section|cr:establishes|cr:adopts|cr:organises|cr:place|cr:within|cr:country|skos:broader)* <{ID}{key}> }}"""
    head = "PREFIX cr: <https://w3id.org/cityrights/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
    rows = server.get(f"/sparql?query={quote(head + query)}", "text/csv").text.split()[1:]
    return {row.removeprefix(ID) for row in rows}


def test_each_plain_word_finds_what_there_is_or_says_what_is_nearest(shipped: Server) -> None:
    assert len(WORDS) >= 40
    wrong = []
    for language, word, wanted in WORDS:
        keys, page = found(shipped, language, word)
        how, _, key = wanted.rpartition(" ")
        if wanted == "unsure":
            right = UNSURE[language] in page and ABOUT[language] not in page
        elif wanted == "nothing":
            right = not keys and NOTHING[language] in page
        elif wanted == "elsewhere":
            right = bool(keys) and ELSEWHERE[language] in page and UNSURE[language] not in page
        else:
            right = bool(keys) and set(keys[:2]) <= bearing(shipped, key) and (NEAREST[language] in page) == bool(how)
        if not right or len(keys) > 7:
            wrong.append((language, word, wanted, keys))
    assert not wrong, "\n".join(map(str, wrong))


def test_the_same_is_nearest_in_each_language(shipped: Server) -> None:
    """What nothing bears has one nearest thing, whatever language it is asked in and whatever words that one has."""
    nearest = re.compile(r'class="notice">[^<]*<a href="(?:/..)?/page/([^"]+)"')
    wrong = []
    for key in ("homeless-people", "older-people", "roma", "refugees-and-asylum-seekers", "private-sector"):
        asked = f"SELECT (LANG(?l) AS ?in) ?l {{ <{ID}target-group/{key}> <{SKOS}prefLabel> ?l }}"
        names = csv.reader(shipped.get(f"/sparql?query={quote(asked)}", "text/csv").text.splitlines()[1:])
        pages = [
            shipped.get(f"{'' if tag == 'en' else '/' + tag}/search?q={quote(name)}", "text/html").text
            for tag, name in names
        ]
        near = [nearest.findall(page) for page in pages]
        if len(near) != len(NEAREST) or near[0] != near[1] or near[0] != near[2] or not near[0]:
            wrong.append((key, near))
    assert not wrong


@pytest.mark.parametrize("text", ["", "   ", "%00", "a" * 1_000, "Utrecht Utrecht", "L.G.", ".....", "the"])
def test_any_text_has_an_answer(shipped: Server, text: str) -> None:
    assert shipped.get(f"/search?q={quote(text)}", "text/html").status_code == 200


def test_a_text_that_is_too_long_is_told_so(shipped: Server) -> None:
    answer = shipped.get("/search?q=" + "housing+" * 1_250, "text/html")
    assert answer.status_code == 400
    assert "1,000" in answer.text


def test_two_cities_of_one_name_are_told_apart_and_a_sentence_without_translation_is_marked(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    file = tmp_path / "two.ttl"
    lines = [f"@prefix cr: <{CR}> . @prefix rdfs: <{RDFS}> . @prefix dcterms: <{DCTERMS}> . @base <{ID}> ."]
    for name, country in (("one", "Spain"), ("two", "Chile")):
        lines.append(f"""
            <country/{name}> a cr:Country ; rdfs:label "{country}"@en .
            <city/{name}> a cr:City ; rdfs:label "Merida"@en ; cr:within <country/{name}> .
            <practice/{name}> a cr:Practice ; rdfs:label "Practice {name}"@en ; cr:place <city/{name}> ;
                dcterms:description "What is done in {country}."@en .""")
    file.write_text("\n".join(lines), "utf-8")
    server = start(build_files([file], tmp_path / "snapshots").path)
    keys, page = found(server, "fr", "Mérida")
    assert sorted(keys) == ["practice/one", "practice/two"]
    assert "(Spain" in page
    assert "(Chile" in page
    assert "What is done in Spain. en" in page
