"""The hour of docs/your-own-graph.md, as a new user has it: from an installed wheel, away from the checkout."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import openpyxl
from playwright.sync_api import Browser, expect

from tests.graph.importing.sheets import pdf
from tests.servers import free_port
from tests.support import CORPORA, HANG, ROOT, answers, ended, need, until
from tests.whole.test_wheel import installed, wheel

__all__ = ["installed", "wheel"]

DOC = ROOT / "docs" / "your-own-graph.md"
BASE = "https://data.example.org/"
NAME = "Network of open cities"
#: A made-up sheet; the cities are real, the practices are not.
CITIES = (
    ("Wien", "Austria"), ("Porto", "Portugal"), ("Lyon", "France"), ("Recife", "Brasil"), ("Dakar", "Senegal"),
    ("Utrecht", "Nederland"), ("Busan", "South Korea"), ("Montevideo", "Uruguay"), ("Torino", "Italia"),
    ("Ghent", "Belgium"), ("Nantes", "France"), ("Coimbra", "Portugal"), ("Curitiba", "Brazil"), ("Graz", "Austria"),
    ("Bologna", "Italy"),
)  # fmt: skip
DEEDS = ("Legal advice", "Night school", "Open kitchen", "Repair workshop", "Neighbourhood mediation", "River walk")
LINES = {
    "report.txt": "The year of the river.\nEach week a lawyer answers questions in the library.\n",
    "courses.html": "<html><head><title>Courses</title></head><body><h1>Courses</h1>"
    "<p>In the port, evening courses are free for everybody who asks.</p></body></html>",
}
QUOTES = (
    ("report.txt", "2", "a lawyer answers questions"), ("courses.html", "", "evening courses are free"),
    ("kitchen.pdf", "1", "Cooks share what is left"),
)  # fmt: skip


def made_up() -> Iterator[dict[str, str]]:
    """Yield thirty practices, three of them with a quote of a document, one in other languages, too."""
    for number in range(30):
        (city, country), deed = CITIES[number % len(CITIES)], DEEDS[number % len(DEEDS)]
        row = {
            "title": f"{deed} {number + 1}", "place": city, "country": country, "themes": "Housing and neighbourhoods",
            "what": f"The city offers {deed.lower()} to whoever needs it, for the time being in {number + 2} places.",
            "status": "In place", "start": str(2001 + number % 20),
        }  # fmt: skip
        if number < len(QUOTES):
            row |= dict(zip(("source", "where", "quote"), QUOTES[number], strict=True))
        if not number:
            row |= {"title__fr": "Conseil juridique 1", "title__pt": "Aconselhamento jurídico 1"}
        yield row


def fill(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write rows into the template, as somebody does who types them in."""
    book = openpyxl.load_workbook(path)
    sheet = book["practices"]
    columns = {str(cell.value): cell.column for cell in sheet[1] if cell.value}
    sheet.delete_rows(2, sheet.max_row)
    for number, row in enumerate(rows, 2):
        for name, value in row.items():
            sheet.cell(number, columns[name], value)
    book.save(path)


def commands() -> list[str]:
    """Return the commands of the document, in their order."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", DOC.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


class User:
    """Somebody at a terminal: a folder, and commands of the installed program."""

    def __init__(self, installed: Path, folder: Path) -> None:
        self.folder = folder
        self.said: dict[str, str] = {}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("CITYRIGHTS", "PYTHONPATH"))}
        self.environment = {**kept, "PYTHONPATH": str(installed), "XDG_CACHE_HOME": str(folder / "cache")}
        self._program = [sys.executable, str(installed / "bin" / "cityrights")]

    def arguments(self, line: str) -> list[str]:
        """Return a command as it is run."""
        first, *rest = shlex.split(line)
        assert first == "cityrights", line
        return [*self._program, *rest]

    def type(self, line: str) -> None:
        """Run a line that ends, and keep what it said."""
        if line.startswith("cd "):
            self.folder /= line.removeprefix("cd ")
            return
        done = subprocess.run(
            self.arguments(line), cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=HANG
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        self.said[line] = done.stdout + done.stderr


def served(user: User, port: int) -> subprocess.Popen[bytes]:
    """Serve what was published, and return the process once it answers."""
    with (user.folder.parent / "log").open("wb") as log:
        process = subprocess.Popen(
            [*user.arguments("cityrights serve"), "--port", str(port)],
            cwd=user.folder, env=user.environment, stdout=log, stderr=log,
        )  # fmt: skip
    until(lambda: answers(f"http://127.0.0.1:{port}/health"), "an answer of the site", process)
    return process


def test_a_network_has_its_own_site_within_the_hour(installed: Path, browser: Browser, tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    for name, text in LINES.items():
        (documents / name).write_text(text, "utf-8")
    pdf(documents / "kitchen.pdf", [["Kitchens of the city", "Cooks share what is left of the day."]])
    user = User(installed, tmp_path)
    typed = commands()
    for line in typed:
        if line == "cityrights serve":
            continue
        user.type(line)
        if line.startswith("cityrights template"):
            fill(user.folder / "practices.xlsx", list(made_up()))
    assert "30 added" in user.said["cityrights import practices.xlsx --documents ../documents"]
    assert "practices/1" in user.said["cityrights import --list"]
    assert "Night school" in user.said['cityrights search "night school"']
    assert NAME in user.said["cityrights cite"]
    assert f"{BASE}id/city/" in next(said for line, said in user.said.items() if line.startswith("cityrights query"))
    port = free_port()
    process = served(user, port)
    try:
        _look(browser, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        ended(process, user.folder.parent / "log")


def _look(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(url)
    expect(page.locator("a.brand")).to_have_text(NAME)
    assert page.locator("nav.languages a").all_text_contents() != []
    assert [one.get_attribute("lang") for one in page.locator("nav.languages a").all()] == ["en", "fr", "pt"]
    expect(page.locator("figure.map .place-label").first).to_be_visible()
    expect(page.locator("footer")).to_contain_text("CC BY 4.0")
    expect(page.locator("footer")).to_contain_text("Made with cityrights")
    page.goto(f"{url}/pt/practices")
    expect(page.locator("body")).to_contain_text("not translated into Português yet")
    expect(page.locator("main")).to_contain_text("Aconselhamento jurídico 1")
    page.goto(f"{url}/fr/practices")
    expect(page.locator("main")).to_contain_text("Conseil juridique 1")
    page.goto(f"{url}/search?q=lawyer+advice")
    expect(page.locator("main")).to_contain_text("Legal advice 1")
    page.goto(f"{url}/practices")
    page.get_by_role("link", name="Legal advice 1", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Legal advice 1")
    assert f"{BASE}id/practice/" in page.content()
    expect(page.locator("main")).to_contain_text(re.compile(r"\bline 2\b"))
    cited = page.locator("main").text_content() or ""
    assert re.search(
        rf"{NAME}\. \([^)]+\)\. Legal advice 1 \(Version [0-9a-f]{{12}}\) \[Data set\]\. {BASE}id/practice/", cited
    )
    said = page.locator("body").inner_text().replace("Made with cityrights", "")
    said = re.sub(r"https://w3id\.org/cityrights/\S*", "", said)
    assert "cityrights" not in said.lower()
    found = httpx.get(
        f"{url}/sparql",
        params={
            "query": """PREFIX cr: <https://w3id.org/cityrights/ontology#> SELECT ?practice ?text ?line WHERE {
              GRAPH ?claim { ?practice a cr:Practice } ?claim cr:text ?text ; cr:passage ?passage .
              ?passage cr:firstLine ?line FILTER(CONTAINS(STR(?practice), "legal-advice-1-")) }""",
            "format": "csv",
        },
        trust_env=False,
        timeout=HANG,
    )
    assert found.status_code == 200, found.text
    rows = list(csv.DictReader(io.StringIO(found.text)))
    assert rows
    assert all(row["practice"].startswith(f"{BASE}id/practice/") for row in rows)
    iri = rows[0]["practice"]
    answer = httpx.get(
        f"{url}/id/{iri.removeprefix(f'{BASE}id/')}", headers={"accept": "text/turtle"}, trust_env=False, timeout=HANG
    )
    assert answer.status_code == 303
    page.close()


def test_cases_that_others_wrote_are_taken_in_by_the_template(installed: Path, tmp_path: Path) -> None:
    cases = json.loads((need(CORPORA) / "participedia-cases.json").read_text("utf-8"))
    user = User(installed, tmp_path)
    for line in commands()[:3]:
        user.type(line)
    rows = [
        {
            "title": f"Case {case['id']}", "place": str(case.get("city") or ""),
            "country": str(case.get("country") or ""),
            "what": f"A case on {', '.join(case.get('issues') or ['rights']).replace('_', ' ')}.",
            "start": str(case.get("start_date") or "")[:10],
        }
        for case in cases
    ]  # fmt: skip
    fill(user.folder / "practices.xlsx", rows)
    done = subprocess.run(
        user.arguments("cityrights import practices.xlsx --json"),
        cwd=user.folder, env=user.environment, capture_output=True, text=True, timeout=HANG,
    )  # fmt: skip
    told = json.loads(done.stdout)
    bad = {fault["address"] for fault in told["bad"]}
    assert told["rows"] == len(cases) == 15
    assert told["added"] == 15 - len({re.sub(r"\D", "", address) for address in bad})
    assert told["added"] >= 10, told["bad"]
    user.type("cityrights check")
    user.type("cityrights publish")
