"""Stories as files: what is read, what `check` finds wrong with one, and where."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from cityrights.check.rules import check_stories
from cityrights.home import home
from cityrights.library.stories import parse, read, stories
from sparqlgate.errors import InputError

HEAD = """<!--
title: Claims
title@fr: Phrases
title@es: Frases
lead: All of them
lead@fr: Toutes
lead@es: Todas
-->
"""
BODY = "\n<!-- {} -->\n\n[{{}} claim|{{}} claims](query:claims#claim)[](claim:A1) of [](id:city/a).\n"
WHOLE = HEAD + "".join(BODY.format(language) for language in ("en", "fr", "es"))
QUERY = "# tags: claims\n# view: chart ?claim ?number\n\nSELECT ?claim ?number { ?claim dcterms:identifier ?number }\n"
GRAPH = """@prefix cr: <https://w3id.org/cityrights/ontology#> . @prefix id: <https://w3id.org/cityrights/id/> .
id:c a cr:Claim ; <http://purl.org/dc/terms/identifier> "A1" . <https://w3id.org/cityrights/id/city/a> a cr:City ."""


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    (tmp_path / "explore").mkdir()
    (tmp_path / "stories").mkdir()
    head = "".join(f"# {name}{at}: {name}\n" for name in ("title", "question") for at in ("", "@fr", "@es"))
    (tmp_path / "explore" / "claims.rq").write_text(head + QUERY, "utf-8")
    return tmp_path


def found(queries: Path, text: str) -> list[tuple[str, str, str]]:
    """Return severity, line and message of what `check` says of a story."""
    (queries / "stories" / "one.md").write_text(text, "utf-8")
    store = ox.Store()
    store.load(GRAPH.encode(), format=ox.RdfFormat.TURTLE)
    findings, count = check_stories(queries, store)
    assert count == 1
    return [(one.severity, one.where.rpartition(":")[2], one.message) for one in findings]


def test_the_shipped_stories_stand_in_their_order_and_name_what_there_is() -> None:
    told = stories(home() / "queries" / "stories")
    assert [story.order for story in told] == sorted(story.order for story in told)
    assert len(told) >= 3
    for story in told:
        kinds: dict[str, list[object]] = {language: [] for language in story.bodies}
        for mark in story.marks():
            kinds[mark.language].append((mark.kind, mark.asking, mark.named))
        assert set(kinds) >= {"en", "fr", "es"}
        one, *others = kinds.values()
        assert all(other == one for other in others), f"{story.name} rests on other lines in another language"


def test_a_whole_one_has_nothing_wrong(queries: Path) -> None:
    assert found(queries, WHOLE) == []


@pytest.mark.parametrize(
    ("old", "new", "severity", "line", "words"),
    [
        ("query:claims#", "query:claim#", "error", "12", "there is no question claim"),
        ("query:claims#claim", "query:claims?x=1", "error", "12", "has no parameter x"),
        ("#claim", "#other", "warning", "12", "no column other"),
        ("claim:A1", "claim:A2", "error", "12", "there is no claim A2"),
        ("id:city/a", "id:city/b", "error", "12", "there is no thing id/city/b"),
        (" of", "\n\n```map claims\n```\n of", "error", "14", "claims is no map"),
        (" of", "\n\n```pie claims\n```\n of", "error", "14", "nothing that a story can show"),
        ("query:claims#claim", "query:", "error", "12", "names no question"),
        ("query:claims#claim", "query:claims?a", "error", "12", "is no question"),
        ("claim:A1", "claim:", "error", "12", "names nothing"),
    ],
)
def test_what_names_nothing_is_told_with_its_line(
    queries: Path, old: str, new: str, severity: str, line: str, words: str
) -> None:
    findings = found(queries, HEAD + WHOLE.removeprefix(HEAD).replace(old, new, 1))
    assert any(one[:2] == (severity, line) and words in one[2] for one in findings), findings


def test_a_language_that_lacks_and_a_number_that_is_nothing_are_warnings(queries: Path) -> None:
    part = WHOLE.replace(BODY.format("es"), "")
    assert found(queries, part) == [("warning", "1", "it is not told in es")]
    (queries / "explore" / "claims.rq").write_text(
        (queries / "explore" / "claims.rq").read_text("utf-8").replace("identifier", "title"), "utf-8"
    )
    nothing = "claims finds nothing with these values"
    assert {(one[0], one[2]) for one in found(queries, WHOLE)} == {("warning", nothing)}
    drawn = HEAD + WHOLE.removeprefix(HEAD).replace(" of", "\n\n```chart claims\nAll\n```\n of", 1)
    assert ("error", "14", nothing) in found(queries, drawn)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "does not begin"),
        ("<!--\ntitle: A\n", 1, "does not begin"),
        (HEAD.replace("lead:", "leed:"), 5, "not a field"),
        (HEAD.replace("-->", "order: x\n-->"), 8, "'order' is a number"),
        (HEAD + "text\n" + BODY.format("en"), 10, "before the first language"),
        (HEAD + BODY.format("fr"), 1, "not told in English"),
        (HEAD, 8, "nothing is told in it"),
        (HEAD.replace("title@fr: Phrases\n", "") + BODY.format("en") + BODY.format("fr"), 1, "title@fr"),
        (HEAD + BODY.format("en") + "<!-- fr -->\n\n", 13, "nothing is told in fr"),
        (HEAD + BODY.format("en") + BODY.format("en"), 13, "told twice"),
        ("x" * 200_001, 1, "characters at most"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str, line: int, words: str) -> None:
    with pytest.raises(InputError) as raised:
        parse(Path("one.md"), text)
    assert words in str(raised.value)
    assert abs((raised.value.line or 0) - line) <= 1


def test_a_file_in_another_encoding_and_a_name_that_is_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_bytes(WHOLE.replace("All of them", "Élan").encode("latin-1"))
    (tmp_path / "One Two.md").write_text(WHOLE, "utf-8")
    (tmp_path / "marked.md").write_text(
        WHOLE.replace("\n", "\r\n"), "utf-8-sig", newline=""
    )  # as editors on Windows do
    assert read(tmp_path / "marked.md").titles["en"] == "Claims"
    for name, words in (("one.md", "one.md:5: .*not UTF-8"), ("One Two.md", "single hyphens")):
        with pytest.raises(InputError, match=words):
            read(tmp_path / name)
