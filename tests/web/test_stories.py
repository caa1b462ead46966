"""Stories as people read them: live numbers, what is behind them, in three languages, whatever is wrong with one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers import Server
from tests.web.house import House
from tests.web.test_queries_versions import NAME, data

SHIPPED = ("who-watches-over-rights", "newcomers", "care-and-procurement")
STORY = f"""<!--
title: Two towns <b>
title@fr: Deux villes
lead: What they do together
lead@fr: Ce qu’elles font ensemble
-->

<!-- en -->

There is [{{}} line|there are {{}} lines](query:{NAME}#number) of it.[](claim:ab)
By [](id:government/a) and [nobody](id:city/none).

```table {NAME}
All of them
```

```claim ab
```

```network {NAME}
In a picture
```

[What](query:never-asked) and <script>alert(1)</script> and [out](javascript:alert(1)) and [a page](https://example.org/).

<!-- fr -->

[Une|{{}} paires](query:{NAME}#number).
"""


def live(page: str) -> list[tuple[str, str]]:
    """Return what is live in a page: address and words."""
    return re.findall(r'<a class="live" href="([^"]+)">([^<]+)</a>', page)


def test_each_is_told_in_each_language_and_each_number_is_that_of_its_question(shipped: Server) -> None:
    for prefix in ("", "/fr", "/es"):
        listed = shipped.get(f"{prefix}/stories", "text/html").text
        for name in SHIPPED:
            assert f'href="{prefix}/stories/{name}"' in listed
            page = shipped.get(f"{prefix}/stories/{name}", "text/html")
            assert page.status_code == 200
            told = page.text
            assert 'class="notice"' not in told, f"{prefix}/stories/{name}: something could not be told"
            assert told.count('<details class="behind"') > 3
            assert re.search(r"\bid/(claim|passage)/", told) is None
            for address, words in live(told):
                path, _, query = address.replace("&amp;", "&").partition("?")
                rows = shipped.get(f"{path}.json?{query}").json()["rows"]
                said = re.search(r"\d+", words)
                counts = {len(rows)} | {len({row[column] for row in rows if row[column]}) for column in rows[0]}
                assert rows, address
                assert said is None or int(said[0]) in counts, (address, words)


def test_what_is_behind_a_number_are_its_rows_with_their_lines(shipped: Server) -> None:
    page = shipped.get("/stories/who-watches-over-rights", "text/html").text
    behind = page.split('<details class="behind"')[2].split("</details>")[0]
    assert "/page/claim/twenty-practices/151" in behind
    assert re.search(r"B028</a>, line \d+", behind)
    assert "/queries/institutions-of-a-kind?kind=kind" in behind
    assert page.count("data-map=") == 1


@pytest.fixture
def told(tmp_path: Path, launch: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    def serve(stories: dict[str, str], pairs: str = "ab cd") -> Server:
        house = House(tmp_path, launch, monkeypatch)
        house.take(NAME)
        folder = house.path / "queries" / "stories"
        folder.mkdir()
        for name, text in stories.items():
            (folder / f"{name}.md").write_text(text, "utf-8")
        house.build(data(pairs, "2026-01-02"))
        return house.serve()

    return serve


def test_one_file_is_a_story_and_nothing_in_it_leaves_its_place(told: Callable[..., Server]) -> None:
    server = told({"two-towns": STORY, "broken": "no head", "Bad Name": STORY})
    listed = server.get("/stories", "text/html").text
    assert "/stories/two-towns" in listed
    assert not {"broken", "Bad"} & set(re.findall(r"\w+", listed))
    page = server.get("/stories/two-towns", "text/html").text
    assert "Two towns &lt;b&gt;" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert (f"/queries/{NAME}", "there are 2 lines") in live(page)
    assert ">nobody<" not in page
    assert "nobody" in page
    assert 'href="/page/government/a"' in page
    assert f'data-network="/queries/{NAME}.network.json"' in page
    assert "/queries/never-asked" in page
    # What a language lacks is told in another, which is said; that of one thing is said as of one.
    for prefix, words, language in (("/fr", "2 paires", "fr"), ("/es", "there are 2 lines", "en")):
        page = server.get(f"{prefix}/stories/two-towns", "text/html").text
        assert (f"{prefix}/queries/{NAME}", words) in live(page)
        assert (f'<article class="story" lang="{language}">' in page) == (language == "en")
    near = server.get("/stories/two-town", "application/json")
    assert near.status_code == 404
    assert "two-towns" in near.text
    assert server.get("/stories/" + "x" * 5_000, "text/html").status_code in (404, 414)


def test_what_has_no_answer_or_none_in_time_is_said_in_its_place(told: Callable[..., Server]) -> None:
    asked = STORY.replace("[What](query:never-asked)", "[{} of it](query:never-asked) [{} bad](query:" + NAME + "?x=1)")
    server = told({"empty": asked}, pairs="")
    page = server.get("/stories/empty", "text/html")
    assert page.status_code == 200
    assert (f"/queries/{NAME}", "there are 0 lines") in live(page.text)
    assert "The documents say nothing of it in this version." in page.text
    assert ("/queries/never-asked", "– of it") in live(page.text)
    assert "This could not be counted just now." in page.text


def test_stories_are_reached_from_the_menu_the_doors_and_what_they_use(shipped: Server) -> None:
    """From every page; from each of the three doors; from practices, themes and places that a story uses, alone."""
    for prefix in ("", "/fr", "/es"):
        home = shipped.get(prefix or "/", "text/html").text
        assert f'<a href="{prefix}/stories"' in home[home.index('id="menu"') : home.index("</header>")]
        doors = home[home.index('class="doors"') :].split('<div class="door">')[1:4]
        for door in doors:
            assert f'href="{prefix}/stories"' in door.partition("</div>")[0], (prefix, door[:60])
        for key, story in (
            ("practice/utrecht-plan-einstein", "newcomers"),  # it tells what that practice did
            ("city/nador", "newcomers"),  # by its name
            ("kind/ombudsperson", "who-watches-over-rights"),  # it asks about it
            ("target-group/migrants", "newcomers"),
            ("theme/housing", "newcomers"),  # a sentence of it is on that theme
        ):
            page = shipped.get(f"{prefix}/page/{key}", "text/html").text
            assert f'href="{prefix}/stories/{story}"' in page, (prefix, key)
    for key in ("practice/torino-antiracism-common-good", "theme/taxation"):
        answer = shipped.get(f"/page/{key}", "text/html")
        assert 'class="in-stories"' not in answer.text, key
