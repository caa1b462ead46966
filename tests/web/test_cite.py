"""Citations: every format reads back as what it is, with the version and the data set's date, whatever the label."""

from __future__ import annotations

import json
import re

import pytest

from cityrights.resources.dataset import Citation, citation
from cityrights_web.views.resource import FORMATS
from tests.servers import Server

HOSTILE = '100% "A" \\ {b} #1 & $x_y~^ \n‮ <script>\'é 🙂 : - @misc{x,\n}'


def entry(text: str) -> tuple[str, str, dict[str, str]]:
    """Read one BibTeX entry by its grammar: type, key, fields in balanced braces. Fails where it is none."""
    head = re.match(r"@(\w+)\{([^\s,{}]+),\n", text)
    assert head
    at, fields = head.end(), {}
    while text[at] != "}":
        name = re.compile(r"\s*(\w+) = \{").match(text, at)
        assert name, text[at:]
        depth, start = 1, name.end()
        at = start
        while depth:
            if text[at] == "\\":
                at += 1
            else:
                depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        fields[name[1]] = text[start : at - 1]
        between = re.compile(r",?\n?").match(text, at)
        assert between, text[at:]
        at = between.end()
    assert text[at:] == "}\n"
    return head[1], head[2], fields


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


def test_bibtex_keeps_its_grammar(hostile: Citation) -> None:
    kind, key, fields = entry(hostile.bibtex())
    assert kind == "misc"
    assert key == "cityrights-practice-x-y-"
    assert fields["year"] == "2026"
    assert fields["version"] == "a1b2c3"
    assert fields["url"] == hostile.iri
    assert "\\%" in fields["title"]
    assert "\\$x\\_y" in fields["title"]
    with pytest.raises(AssertionError):
        entry("@misc{x,\n  title = {a}} b}\n}\n")


def test_csl_has_what_its_schema_asks_for(hostile: Citation) -> None:
    (item,) = json.loads(hostile.csl())
    assert {"id", "type"} <= set(item)
    assert item["type"] == "dataset"
    assert item["title"] == HOSTILE
    assert item["author"] == [{"literal": "cityrights"}]
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
    assert "year" not in entry(one.bibtex())[2]
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
