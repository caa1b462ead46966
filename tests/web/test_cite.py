"""Citations: every format reads back as what it is, with the version and the data set's date, whatever the label."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from html import unescape
from typing import Any
from unicodedata import category
from urllib.parse import urlencode

import bibtexparser
import pytest
import rispy
import yaml
from bibtexparser.middlewares import LatexDecodingMiddleware
from citeproc import Citation as CslCitation
from citeproc import CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from hypothesis import given, settings
from hypothesis import strategies as st

from cityrights.resources.dataset import Citation, citation
from cityrights.vocabulary import DATASET, ID
from cityrights_web.views.resource import FORMATS
from tests.servers import Server

HOSTILE = '100% "A" \\ {b} #1 & $x_y~^ \n‮ <script>\'é 🙂 : - @misc{x,\n}'


def entry(text: str) -> dict[str, str]:
    """Read one entry of BibTeX, with its commands as characters. Fails where it is none, or more than one.

    BibTeX itself counts braces whatever stands before them (btxdoc, §4), and readers of it differ in that: so they are
    counted here.
    """
    depth = 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0, text
    assert depth == 0, text
    found = bibtexparser.parse_string(text)
    assert not found.failed_blocks, text
    (one,) = found.entries
    read: Any = LatexDecodingMiddleware().transform_entry(deepcopy(one), found)
    # The library reads the circumflex as the letter that looks like it; and addresses are taken as they stand
    # (biblatex, §2.2.1: uri and verbatim fields), which it does not know.
    fields = {name: str(field.value).replace("\u02c6", "^") for name, field in read.fields_dict.items()}
    plain = {name: str(one.fields_dict[name].value) for name in ("url", "doi") if name in one.fields_dict}
    return {"type": one.entry_type, "key": one.key, **fields, **plain}


def record(text: str) -> dict[str, Any]:
    """Read one record of RIS. Fails where there are more."""
    (one,) = rispy.loads(text)
    return dict(one)


def styled(text: str) -> str:
    """Return how a style of CSL writes an item of CSL JSON."""
    (item,) = json.loads(text)
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    written = CitationStylesBibliography(style, CiteProcJSON([item]), formatter.plain)
    written.register(CslCitation([CitationItem(item["id"])]))
    (line,) = written.bibliography()
    return str(line)


def scalars(text: str) -> dict[str, str]:
    """Read the top-level scalars of our CFF: plain, or double-quoted as YAML writes them."""
    found = {}
    for line in text.splitlines():
        assert re.fullmatch(r'( *(- )?)?[a-z-]+:( ("([^"\\]|\\.)*"|[\w.-]+))?', line), line
        name, _, value = line.partition(": ")
        if value and not line.startswith(" "):
            found[name] = str(json.loads(value)) if value.startswith('"') else value
    return found


@pytest.fixture
def hostile() -> Citation:
    """A citation of a thing whose label would break out of every format."""
    return citation("practice/x y{", HOSTILE, "https://w3id.org/cityrights/id/practice/x", "a1b2c3", "2026-11-22")


def shown(text: str) -> str:
    """Return a title as it may stand in a line: characters that nobody sees, and that turn or end it, are left out."""
    kept = "".join(one if category(one) not in ("Cc", "Cf", "Zl", "Zp") else " " * one.isspace() for one in text)
    return re.sub(" +", " ", kept).strip()


def test_bibtex_keeps_its_grammar(hostile: Citation) -> None:
    fields = entry(hostile.bibtex())
    assert (fields["type"], fields["key"]) == ("misc", "cityrights-practice-x-y-")
    assert fields["title"] == shown(HOSTILE)
    assert (fields["year"], fields["version"]) == ("2026", "a1b2c3")
    assert fields["url"] == f"{hostile.iri}?version=a1b2c3"
    for spoilt in ("@misc{x,\n  title = {a}} b}\n}\n", "@misc{x,\n  title = {a \\{ b}\n}\n"):
        with pytest.raises(AssertionError):
            entry(spoilt)


@settings(max_examples=200, deadline=None)
@given(
    title=st.text(
        st.one_of(
            st.sampled_from("{}\\\"%#&_$~^@,=-`!?<>'\n\r\t \u2028\u202e\u0085\u05d0\u0627é日🙂"),
            st.characters(exclude_categories=["Cs", "Co", "Cn", "Cf", "Mn"], exclude_characters="\u02c6"),
        )
    ),
    name=st.text(st.sampled_from("ab {}\\%&and,é\u05d0"), min_size=1),
)
def test_any_label_reads_back_from_every_format(title: str, name: str) -> None:
    """Braces, backslashes, quotes, line ends, what turns the writing: a parser gets the title back, nothing else."""
    iri = "https://w3id.org/cityrights/id/practice/x"
    made = citation("practice/x", title, iri, "a1b2c3", "2026-11-22", (name, "B and C"))
    fields, told = entry(made.bibtex()), record(made.ris())
    assert fields["title"] == told.get("title", "") == shown(title)
    assert told["authors"] == [one for one in (shown(name), "B and C") if one]
    assert fields["url"] == told["urls"][0] == f"{iri}?version=a1b2c3"
    assert (told["year"], told["edition"], told["accession_number"]) == ("2026", "a1b2c3", iri)
    (item,) = json.loads(made.csl())
    assert (item["title"], item["author"][0]["literal"]) == (title, name)
    assert made.apa().count("\n") == 0
    assert made.apa().endswith(f"{shown(title)} (Version a1b2c3) [Data set]. {made.url}".lstrip())
    assert yaml.safe_load(made.cff())["title"] == title


def test_a_release_is_cited_by_its_name_and_its_doi() -> None:
    """The DOI is that of the whole; a thing in it keeps its own name, and tells the release."""
    whole = citation("dataset", "cityrights", DATASET, "a1b2c3", "2026-11-22").released(
        "2026.1", "2026-11-30", "10.5/x_1"
    )
    fields, told, (item,) = entry(whole.bibtex()), record(whole.ris()), json.loads(whole.csl())
    assert fields["doi"] == told["doi"] == item["DOI"] == "10.5/x_1"
    assert fields["url"] == told["urls"][0] == item["URL"] == "https://doi.org/10.5/x_1"
    assert fields["version"] == told["edition"] == item["version"] == "2026.1, a1b2c3"
    assert item["issued"] == {"date-parts": [[2026, 11, 30]]}
    assert yaml.safe_load(whole.cff())["doi"] == "10.5/x_1"
    part = citation("city/x", "X", f"{ID}city/x", "a1b2c3", "2026-11-22").released("2026.1", "2026-11-30", "10.5/x_1")
    assert "doi" not in entry(part.bibtex())
    address = f"{ID}city/x?version=a1b2c3"
    assert part.apa() == f"The editors of cityrights. (2026). X (Version 2026.1, a1b2c3) [Data set]. {address}"


def test_the_day_on_which_the_reader_looked_is_told_where_they_say_it() -> None:
    made = replace(citation("city/x", "X", "https://example.org/x", "v", "2026-11-22"), accessed="2026-11-05")
    assert made.apa().endswith("Retrieved November 5, 2026, from https://example.org/x")
    assert entry(made.bibtex())["urldate"] == "2026-11-05"
    assert record(made.ris())["access_date"] == "2026/11/05"
    assert json.loads(made.csl())[0]["accessed"] == {"date-parts": [[2026, 11, 5]]}


def test_csl_has_what_its_schema_asks_for(hostile: Citation) -> None:
    (item,) = json.loads(hostile.csl())
    assert {"id", "type"} <= set(item)
    assert item["type"] == "dataset"
    assert item["title"] == HOSTILE
    assert item["author"] == [{"literal": "The editors of cityrights"}]
    assert item["issued"] == {"date-parts": [[2026, 11, 22]]}


def test_cff_has_the_keys_that_1_2_0_requires(hostile: Citation) -> None:
    text = hostile.cff()
    found = scalars(text)
    assert found["cff-version"] == "1.2.0"
    assert found["title"] == HOSTILE
    assert found["message"]
    assert "authors:\n  - name: " in text
    assert found["date-released"] == "2026-11-22"
    assert "‮" not in text


@pytest.mark.parametrize("built", [None, "", "yesterday"])
def test_without_a_date_none_is_made_up(built: str | None) -> None:
    one = citation("city/x", "X", "https://example.org/x", "v", built)
    assert "(n.d.)" in one.apa()
    assert "year" not in entry(one.bibtex())
    assert not {"year", "date"} & record(one.ris()).keys()
    assert "issued" not in json.loads(one.csl())[0]
    assert "date-released" not in scalars(one.cff())


def test_what_is_saved_is_what_the_page_shows(shipped: Server) -> None:
    page = shipped.get("/page/city/grenoble").text
    version = shipped.get("/health").json()["version"][:12]
    for extension in FORMATS:
        answer = shipped.get(f"/cite/city/grenoble.{extension}")
        assert answer.status_code == 200
        assert "Grenoble" in answer.text
        assert version in answer.text
        assert "2026" in answer.text
        assert f'data-copy="cite-{extension}" hidden' in page
        assert f'id="cite-{extension}"' in page
        assert answer.text == shipped.get(f"/cite/city/grenoble.{extension}").text
    assert shipped.get("/cite/city/grenoble.bib").headers["content-type"].startswith("application/x-bibtex")


#: What is cited: the key in its address, its parameters, and the page that shows it.
CITED = {
    "practice/utrecht-plan-einstein": ({}, "/page/practice/utrecht-plan-einstein"),
    "claim/twenty-practices/27": ({}, "/page/claim/twenty-practices/27"),
    "dataset": ({}, "/download"),
    "software": ({}, "/download"),
    "queries/institutions-of-a-kind": ({"kind": "kind:council"}, "/queries/institutions-of-a-kind?kind=kind:council"),
    "sparql": ({"query": 'SELECT ("} @misc{x, 100%" AS ?x) {}\n# \u202e\u05d0'}, "/sparql"),
}


@pytest.mark.parametrize("language", ["", "/fr", "/es"])
def test_everything_that_is_cited_reads_back_and_stands_on_its_page(shipped: Server, language: str) -> None:
    number = shipped.get("/health").json()["version"][:12]
    for key, (asked, page) in CITED.items():
        ask = f"?{urlencode(asked)}" if asked else ""
        path = (
            f"/sparql?{urlencode({**asked, 'run': '0', 'lang': language[1:] or 'en'})}"
            if key == "sparql"
            else language + page
        )
        shows = unescape(shipped.get(path, "text/html").text)
        texts = {}
        for extension, (form, _) in FORMATS.items():
            answer = shipped.get(f"{language}/cite/{key}.{extension}{ask}")
            assert answer.status_code == 200, (key, extension)
            assert answer.headers["content-type"] == f"{form.media_type}; charset=utf-8"
            assert answer.text.strip().replace("\r\n", "\n") in shows.replace("\r\n", "\n"), (key, extension)
            texts[extension] = answer.text
        fields, told, (item,) = entry(texts["bib"]), record(texts["ris"]), json.loads(texts["json"])
        assert fields["title"] == told["title"] == item["title"], key
        assert fields["version"] == told["edition"] == item["version"], key
        assert fields["url"] == told["urls"][0] == item["URL"], key
        assert (number in item["version"]) == (key != "software"), key
        assert item["type"] == ("software" if key == "software" else "dataset")
        assert told["type_of_reference"] == ("COMP" if key == "software" else "DATA")
        assert fields.get("year", "n.d.") in texts["txt"], key
        for told_title in (item["title"], item["URL"]):
            assert told_title in texts["txt"], key
            assert told_title in styled(texts["json"]), key
        assert yaml.safe_load(texts["cff"])["title"] == item["title"]
        if key.startswith("claim/"):
            said = item["abstract"]
            assert said == fields["abstract"] == told["abstract"]
            assert said in shows
        if key == "sparql":  # the address leads to the query, word for word
            assert item["URL"].startswith(f"{shipped.url}/sparql?")
            assert asked["query"].splitlines()[0] in shipped.get(item["URL"], "text/html").text.replace("&#34;", '"')


def test_who_asks_for_a_citation_gets_the_format_that_they_read(shipped: Server) -> None:
    for accept, form in (
        ("application/x-bibtex", "bib"), ("application/x-research-info-systems", "ris"), ("*/*", "txt"),
        ("application/vnd.citationstyles.csl+json", "json"), ("text/x-bibliography", "txt"), ("text/yaml", "cff"),
    ):  # fmt: skip
        answer = shipped.get("/cite/city/utrecht?accessed=2026-11-30", accept)
        assert (answer.status_code, answer.headers["vary"]) == (303, "Accept")
        assert answer.headers["location"] == f"/cite/city/utrecht.{form}?accessed=2026-11-30", accept
        assert "2026" in shipped.get(answer.headers["location"]).text
    people = shipped.get("/fr/cite/claim/twenty-practices/27", "text/html,*/*;q=0.8")
    assert people.headers["location"] == "/fr/page/claim/twenty-practices/27#cite"
    assert shipped.get("/cite/city/utrecht", "image/png").status_code == 406
    # A name leads to its citation, too, for who takes nothing else; data are liked as before.
    for name, key in (("/id/city/utrecht", "city/utrecht"), ("/dataset", "dataset")):
        assert shipped.get(name, "application/x-bibtex").headers["location"] == f"/cite/{key}.bib"
        assert shipped.get(name, "application/json").headers["location"].endswith(".jsonld")
        assert "/cite/" not in shipped.get(name, "application/*;q=0.5").headers["location"]


def test_what_cannot_be_cited_says_why(shipped: Server) -> None:
    number = shipped.get("/health").json()["version"]
    for path, status, said in (
        ("/cite/city/nowhere.bib", 404, "nothing about this thing"),
        ("/cite/city/utrecht.docx", 404, "nothing about this thing"),
        ("/cite/queries/nothing.bib", 404, "no such question"),
        ("/cite/sparql.bib", 400, "query"),
        ("/cite/dataset.bib?version=x", 404, "no version"),
        ("/cite/dataset.bib?version=000000000000", 404, "no version"),
        ("/cite/city/utrecht.bib?version=000000000000", 404, "no version"),
        (f"/cite/city/utrecht.bib?version={number[:12]}0", 404, "no version"),
        ("/cite/city/utrecht.bib?accessed=2026-02-30", 400, "2026-11-30"),
        ("/cite/city/utrecht.bib?accessed=yesterday", 400, "2026-11-30"),
    ):
        answer = shipped.get(path, "application/problem+json")
        assert answer.status_code == status, path
        assert said in answer.json()["detail"], path
    assert shipped.get(f"/cite/city/utrecht.bib?version={number}").text == shipped.get("/cite/city/utrecht.bib").text
