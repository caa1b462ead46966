"""A sheet on its way to the site: imported, checked without an error, published, shown and asked, licences included."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from cityrights.snapshot import Snapshot
from tests.graph.assistants.conftest import over_stdio
from tests.graph.importing.sheets import pdf, sheet
from tests.nursery import CITYRIGHTS, cityrights
from tests.servers import free_port
from tests.support import HANG, command
from tests.web.test_instance import run as begin

INSTANCE = """\
base = "https://data.example.org/"
name = "Towns of the valley"
languages = ["en", "fr"]
licence = "CC-BY-4.0"
"""
COLUMNS = (
    "title", "place", "country", "what", "themes", "partners", "source", "quote", "licence", "url", "pour qui",
    "what was hard", "what they advise", "what they advise__fr", "whom to ask",
)  # fmt: skip
#: What only the first row tells.
HARD, ADVICE, MAIL = "Few farms could deliver each day.", "Begin with one school.", "meals@valley.example"
NOTHING = ("",) * 5
ROWS = (
    ("Meals for all", "Lyon", "Frankrijk", "Schools cook what farms nearby grow.", "Food", "Farms union", "report.pdf",
     "every child has a meal", "", "https://www.barcelona.cat/patis", "Children", HARD, ADVICE,
     "Commencez par une école.", f"Kitchen office ({MAIL})"),
    ("Only a title", "", "", "", "", "", "", "", "", "", *NOTHING),
    ("Not ours to give", "Wien", "Österreich", "A lawyer answers.", "Housing", "Maison de l’égalité et des droits",
     "report.pdf", "In this valley", "CC-BY-NC-4.0", "https://secret.example.org/it", *NOTHING),
)  # fmt: skip
ASKED = """
PREFIX cr: <https://w3id.org/cityrights/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
SELECT ?practice ?where WHERE {
  GRAPH ?claim { ?practice a cr:Practice }
  ?claim cr:passage/oa:hasSelector ?selector . ?selector a oa:FragmentSelector ; rdf:value ?where
} ORDER BY ?practice ?where
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CITYRIGHTS_HOME": str(folder), "CITYRIGHTS_SNAPSHOTS": str(folder / "snapshots")}
    return cityrights(*arguments, folder=folder, environment=environment)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("network")
    (folder / "data").mkdir()
    (folder / "documents").mkdir()
    (folder / "instance.toml").write_text(INSTANCE, "utf-8")
    pdf(folder / "documents" / "report.pdf", [["A cover."], ["In this valley", "every child has a meal."]])
    sheet(folder / "practices.csv", ROWS, COLUMNS)
    done = run(folder, "import", "practices.csv", "--documents", "documents", "--by", "A clerk", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["added"], told["quotes"], told["bad"]) == (3, 2, [])
    return folder


def test_what_is_owed_names_the_column_as_the_sheet_has_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "instance.toml").write_text(INSTANCE.replace('["en", "fr"]', '["es", "en"]'), "utf-8")
    sheet(tmp_path / "practicas.csv", [("Mesa de mujeres", "Puebla", "México")], ("título", "lugar", "país"))
    assert run(tmp_path, "import", "practicas.csv").returncode == 0
    found = json.loads(run(tmp_path, "check", "--json").stdout)["findings"]
    owed = {one["rule"].partition(" ")[0]: one["repair"] for one in found}
    assert owed["Practice#theme-debt"] == "fill the column “temas” in its row, and import the sheet again"
    assert owed["Practice#who"].startswith("fill the column “realizado por” or “socios” in its row")


def test_what_was_imported_is_checked_without_an_error_and_what_it_lacks_is_owed(network: Path) -> None:
    done = run(network, "check", "--json")
    found = json.loads(done.stdout)
    wrong = [f"{one['rule']}: {one['message']}" for one in found["findings"] if one["severity"] == "error"]
    assert not wrong, "\n".join(wrong)
    assert done.returncode == 0
    owed = {one["rule"].partition(" ")[0] for one in found["findings"]}
    names = [one for one in found["findings"] if one["rule"] == "language"]
    assert [(one["severity"], "nothing, if it is a name" in one["repair"]) for one in names] == [("warning", True)]
    themes = next(one for one in found["findings"] if one["rule"].startswith("Practice#theme"))
    assert "(row 3 of “practices”)" in themes["message"]
    assert themes["repair"] == "fill the column “themes” in its row, and import the sheet again"
    told = run(network, "check").stdout
    assert "language (1 warning)" in told, "errors and warnings are told apart in words, too"
    assert {"Practice#theme-debt", "Practice#pillar-debt", "Practice#who", "Practice#where"} <= owed


def test_what_is_not_ours_is_in_nothing_that_is_given_to_everybody(network: Path, tmp_path: Path) -> None:
    place = tmp_path / "network"
    shutil.copytree(network, place)
    found = []
    for sentence in ("A lawyer answers.", "A lawyer helps."):
        sheet(place / "practices.csv", [*ROWS[:2], (*ROWS[2][:3], sentence, *ROWS[2][4:])], COLUMNS)
        run(place, "import", "practices.csv", "--documents", "documents")
        done = run(place, "publish")
        assert done.returncode == 0, done.stderr
        found.append(Snapshot.current(place / "snapshots"))
    before, after = (snapshot.short for snapshot in found)
    assert before != after
    history = place / "snapshots" / "history"
    given = {str(path.relative_to(history)): gzip.decompress(path.read_bytes()) for path in history.rglob("*.nq.gz")}
    given |= {
        path.name: json.dumps(json.loads(path.read_text())["changes"]).encode() for path in history.glob("*.json")
    }
    for name, options in (("patch", ["--patch", str(tmp_path / "patch")]), ("told", ["--json"])):
        done = run(place, "diff", before, after, *options)
        assert done.returncode == 0, done.stderr
        given[name] = (tmp_path / "patch").read_bytes() if name == "patch" else done.stdout.encode()
    assert any(b"meals-for-all" in content for content in given.values())
    assert not [name for name, content in given.items() if re.search(rb"A lawyer|[Nn]ot.ours|secret.example", content)]
    record = json.loads(max(history.glob("*.json")).read_text())
    assert "practice/not-ours-to-give-vienna" in record["touched"], "its page tells since when it is as it is"
    done = run(place, "push", "http://127.0.0.1:1/update", "--snapshot", str(place / "snapshots"))
    assert (done.returncode, "2 claims are under licences" in done.stderr) == (1, True), done.stderr
    written = place / "data" / "sources" / "practices" / "import.trig"
    text = written.read_text("utf-8")
    last = text[: text.index("practice:not-ours-to-give-vienna a cr:Practice")].rindex("\nclaim:")
    head = f"{text[last:].splitlines()[1]}\n"
    beside = f"{head}    practice:only-a-title cr:place city:lyon .\n"  # of a practice that others tell of, too
    written.write_text(text.replace(f"\n{head}", f"\n{beside}", 1), "utf-8")
    done = run(place, "build")
    assert done.returncode == 0, done.stderr
    draft = Snapshot.open(place / "snapshots" / "draft")
    followed = [
        {line for line in path.read_text("utf-8").splitlines() if "/derived/" in line and "lyon" in line}
        for path in (draft.nquads, draft.dump)
    ]
    assert [any("only-a-title" in line for line in each) for each in followed] == [True, False]


def test_what_stops_a_publication_is_told_last_and_in_words(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "instance.toml").write_text(INSTANCE, "utf-8")
    rows = [("Maison des femmes de la ville", "Nantes", "France", "Un lieu d’écoute pour les femmes de la ville.")]
    sheet(tmp_path / "cases.csv", rows, ("title", "place", "country", "what"))
    run(tmp_path, "import", "cases.csv")
    told = run(tmp_path, "check").stdout
    last = told.rstrip().split("\n\n")[-2]
    assert last.startswith("language (3 errors)"), told
    assert last.endswith("or name that of the whole sheet: --language fr")
    again = run(tmp_path, "import", "cases.csv", "--language", "fr")
    assert "1 changed" in again.stdout
    assert run(tmp_path, "check").returncode == 0


def test_it_is_published_shown_with_its_rows_and_asked_and_what_is_not_ours_stays_out_of_the_dumps(
    network: Path,
) -> None:
    done = run(network, "publish")
    assert done.returncode == 0, done.stderr
    url = f"http://127.0.0.1:{free_port()}"
    where = {"CITYRIGHTS_HOME": str(network), "CITYRIGHTS_SNAPSHOTS": str(network / "snapshots")}
    with (
        command(["serve", "--port", url.rpartition(":")[2]], url, network / "log", **where),
        httpx.Client(base_url=url, timeout=HANG, follow_redirects=True) as client,
    ):
        page = client.get("/page/practice/meals-for-all-lyon").text
        assert "row 2" in page
        assert "page 2" in page
        assert "Part of what this page says" not in page
        assert page.count(f"mailto:{MAIL}") == 1
        card = re.sub("<[^>]*>", " ", page)
        assert re.search(rf"{re.escape(HARD)}.*{re.escape(ADVICE)}", card, re.DOTALL)
        assert "complete" in page.partition("record-degree")[2][:400]
        assert "Commencez par une école." in client.get("/fr/page/practice/meals-for-all-lyon").text
        found = client.get("/search", params={"q": "meals"}).text
        assert HARD in found, "the card of a search tells it, too"
        assert ADVICE in found
        assert "1" in client.get("/coverage").text.partition('id="completeness"')[2][:1500]
        assert "ligne 2 du tableau" in client.get("/fr/page/practice/meals-for-all-lyon").text
        restricted = client.get("/page/practice/not-ours-to-give-vienna").text
        assert MAIL not in restricted, "who answers for one practice is asked about that one"
        assert 'href="https://creativecommons.org/licenses/by-nc/4.0/" rel="license"' in restricted
        assert "It is not in the files to download" in restricted
        rows = client.get("/sparql", params={"query": ASKED}, headers={"Accept": "text/csv"}).text.split()
        start = "https://data.example.org/id/practice/"
        assert rows[1:] == [
            f"{start}meals-for-all-lyon,page=2",
            f"{start}meals-for-all-lyon,row=2",
            f"{start}not-ours-to-give-vienna,page=2",
            f"{start}not-ours-to-give-vienna,row=4",
            f"{start}only-a-title,row=3",
        ]
        city = client.get("/page/city/vienna").text
        assert "Stories that use this" not in city, "the stories of the package tell of its own graph"
        assert "who-watches-over-rights" not in client.get("/stories").text + client.get("/").text
        for name in ("nquads", "turtle", "nanopubs", "rdf12", "jsonld"):
            dump = client.get(f"/dataset/{name}").text
            assert "meals-for-all" in dump, name
            assert not [word for word in ("not-ours", "Not ours", "secret.example", "A lawyer") if word in dump], name
    assert run(network, "verify").returncode == 0
    assert run(network, "publish", "--include-restricted").returncode == 0
    dump = (network / "snapshots" / "current" / "cityrights.nq").read_text("utf-8")
    assert "not-ours-to-give" in dump


#: Words that no French sentence has, and the parts of a page that are no sentences.
ENGLISH = re.compile(r"(?:^|\s)(?:the|of|and|with|which|that|from|are|was|what|by|in|to)(?:$|\s)")
UNREAD = frozenset({"script", "style", "code", "pre", "template"})
WALKED = (
    "/", "/practices", "/cities", "/institutions", "/themes", "/organisations", "/sources", "/coverage", "/queries",
    "/ask", "/sparql", "/connections", "/about", "/download", "/changes", "/asking", "/compare", "/stories",
    "/search?q=repas", "/page/practice/conseil-juridique-vienna", "/page/practice/repas-pour-tous-lyon",
    "/page/city/vienna", "/page/country/austria", "/page/theme/housing", "/page/source/fiches", "/page/claim/fiches/2",
)  # fmt: skip
FICHES = (
    ("titre", "title__en", "lieu", "pays", "ce qui est fait", "ce qui a été difficile", "thèmes", "statut",
     "mis en œuvre par"),
    ("Conseil juridique", "Legal advice", "Vienne", "Autriche", "Une avocate répond aux questions.",
     "Peu de gens le savaient.", "Logement et quartiers", "En place", "gouvernement local"),
    ("Repas pour tous", "", "Lyon", "France", "Les écoles cuisinent pour les enfants.", "", "Alimentation", "", ""),
)  # fmt: skip


class Sentences(HTMLParser):
    """What a page says in the language that it is in; what is marked as of another stands in ``others``."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.others: list[str] = []
        self._open: list[tuple[str, str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the language of an element, its own or that of what it stands in."""
        if tag not in {"br", "hr", "img", "input", "meta", "link", "wbr", "col", "source", "base"}:
            _, language, unread = self._open[-1] if self._open else ("", "", False)
            self._open.append((tag, dict(attrs).get("lang") or language, unread or tag in UNREAD))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        if data.strip() and self._open and not self._open[-1][2]:
            (self.said if self._open[-1][1] == "fr" else self.others).append(data.strip())


@pytest.fixture(scope="module")
def french(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an instance that begins in French, published, with two rows taken in."""
    above = tmp_path_factory.mktemp("french")
    begun = begin(
        above, "new", "fleuve", "--base", "https://data.example.org/", "--name", "Villes du fleuve", "--languages",
        "fr,en,pt", "--licence", "CC-BY-4.0",
    )  # fmt: skip
    assert begun.returncode == 0, begun.stderr
    place = above / "fleuve"
    done = run(place, "template", "fiches.csv")
    assert (place / "fiches.csv").read_text("utf-8").startswith("id,titre,titre__en,titre__pt,lieu,"), done.stderr
    sheet(place / "fiches.csv", FICHES[1:], FICHES[0])
    done = run(place, "import", "fiches.csv", "--json")
    assert (json.loads(done.stdout)["added"], json.loads(done.stdout)["bad"]) == (2, []), done.stderr
    done = run(place, "publish")
    assert done.returncode == 0, done.stderr
    return place


def test_an_instance_whose_first_language_is_french_speaks_it_everywhere(french: Path, tmp_path: Path) -> None:
    place = french
    rows = run(place, "query", "--name", "challenges-and-solutions-on-a-theme", "-p", "theme=theme:housing").stdout
    assert "Peu de gens le savaient" in rows.replace("\n", " "), "the library reads the first language"
    assert run(place, "cite", "practice:repas-pour-tous-lyon").stdout.startswith("Villes du fleuve. (")
    url = f"http://127.0.0.1:{free_port()}"
    where = {"CITYRIGHTS_HOME": str(place), "CITYRIGHTS_SNAPSHOTS": str(place / "snapshots")}
    with (
        command(["serve", "--port", url.rpartition(":")[2]], url, place / "log", **where),
        httpx.Client(base_url=url, timeout=HANG, follow_redirects=True) as client,
    ):
        wrong = []
        for path in WALKED:
            answer = client.get(path)
            page = Sentences()
            page.feed(answer.text)
            told = [
                one for one in page.said if ENGLISH.search(one) or one in ("Legal advice", "Housing and neighbourhoods")
            ]
            if answer.status_code != 200 or '<html lang="fr"' not in answer.text or told:
                wrong.append(f"{path}: {answer.status_code} {told[:3]}")
        assert not wrong, "\n".join(wrong)
        assert "Conseil juridique" in client.get("/practices").text
        assert "Logement et quartiers" in client.get("/themes").text
        assert "LANG(?name) = &#34;fr&#34;" in client.get("/sparql").text, "what is offered to be asked is French, too"
        english = client.get("/en/practices").text
        assert "Legal advice" in english
        assert "Repas pour tous" in english, "for want of a translation"
        assert client.get("/pt/practices").text.count("Conseil juridique") >= 1, "and not its English name"
        asked = {each["name"]: each for each in client.get("/queries.json").json()}
        country = asked["practices-in-a-country"]
        assert country["run"]["rows"] == 1, "its default is no country of this graph, and another takes its place"
        assert country["parameters"][0]["default"].startswith("https://data.example.org/id/country/")
        one = client.get("/queries/practices-in-a-country").text
        assert ("Repas pour tous" in one) != ("Conseil juridique" in one)
        rest = client.get("/queries").text.partition("Rien pour l’instant")[2]
        assert "who-is-quoted" in rest
        assert "practices-in-a-country" not in rest


def test_an_assistant_asks_an_instance_in_its_first_language(
    french: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYRIGHTS_HOME", str(french))
    monkeypatch.setenv("CITYRIGHTS_SNAPSHOTS", str(french / "snapshots"))
    with over_stdio([sys.executable, "-c", CITYRIGHTS, "mcp"], tmp_path / "errors", "auto") as assistant:
        found = json.dumps(assistant.call("search", text="repas").structured_content, ensure_ascii=False)
        told = json.dumps(
            assistant.call("describe", thing="practice:conseil-juridique-vienna").structured_content, ensure_ascii=False
        )
    assert "https://data.example.org/id/practice/repas-pour-tous-lyon" in found
    assert '"Conseil juridique"' in told
    assert "Peu de gens le savaient." in told
    assert "Logement et quartiers" in told


def test_an_instance_has_releases_of_its_own(french: Path, tmp_path: Path) -> None:
    place = tmp_path / "fleuve"
    shutil.copytree(french, place)
    (tmp_path / "notes.md").write_text("Deux pratiques.\n", "utf-8")
    (place / ".gitignore").write_text("/snapshots\n/dist\n", "utf-8")

    def git(*words: str) -> None:
        who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org")
        subprocess.run(["git", *who, *words], cwd=place, check=True, capture_output=True)

    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "Begin")
    release = ("release", "new", "2026.1", "--notes", str(tmp_path / "notes.md"))
    refused = run(place, *release)
    assert (refused.returncode, "instance.toml: it has no description" in refused.stderr) == (1, True), refused.stderr
    text = (place / "instance.toml").read_text("utf-8")
    (place / "instance.toml").write_text(re.sub("# fr = .*", 'fr = "Ce que font les villes du fleuve"', text), "utf-8")
    git("commit", "--quiet", "--all", "--message", "Describe")
    done = run(place, *release)
    assert done.returncode == 0, done.stderr
    folder = place / "dist" / "cityrights-2026.1"
    told = (folder / "README.md").read_text("utf-8")
    assert told.startswith("# Villes du fleuve, 2026.1\n")
    assert "Deux pratiques." in told
    assert "`ontology/`" not in told, "which this folder has not"
    assert 'title: "Villes du fleuve"' in (place / "CITATION.cff").read_text("utf-8")
    assert "conseil-juridique" in (folder / "data" / "cityrights.nq").read_text("utf-8")


def test_a_graph_of_others_is_served_from_within_an_instance_as_theirs(french: Path, tmp_path: Path) -> None:
    text = '<https://port.example.org/tides> <http://www.w3.org/2000/01/rdf-schema#label> "Tides"@en .\n'
    (tmp_path / "port.ttl").write_text(text, "utf-8")
    url = f"http://127.0.0.1:{free_port()}"
    where = {"CITYRIGHTS_HOME": str(french), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    asked = ["serve", "--port", url.rpartition(":")[2], "--dataset", str(tmp_path / "port.ttl")]
    with (
        command([*asked, "--base", "https://port.example.org/"], url, tmp_path / "log", **where),
        httpx.Client(base_url=url, timeout=HANG) as client,
    ):
        there = client.get("/tides", headers={"Accept": "text/html"})
        assert (there.status_code, there.headers["location"]) == (303, "/page/tides")
        page = client.get("/page/tides").text
        assert "Tides" in page
        assert "Conseil juridique" not in client.get("/").text
        assert client.get("/practices").status_code != 500
