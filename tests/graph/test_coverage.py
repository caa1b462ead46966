"""How whole records are and what is owed: the rule in Python and SPARQL, the debts, the command that tells them."""

from __future__ import annotations

import orjson
import pyoxigraph as ox
from click.testing import CliRunner

import cityrights
import cityrights.home
from cityrights.cli.check import coverage_
from cityrights.coverage import DEGREES, PAID, TOLD, Debt, debts, degree, owed
from cityrights.library.pages import page_query
from cityrights.snapshot import Snapshot
from cityrights.terms import from_store
from cityrights.vocabulary import CR, ID, PREFIXES, source_prefixes

DATA = """
practice:whole a cr:Practice ; cr:solution claim:1 ; cr:place city:here ; cr:theme theme:housing ;
  cr:targetGroup target:women ; cr:challenge claim:2 ; cr:takeaway claim:3 ; rdfs:label "Whole"@en , "Entière"@fr .
practice:part a cr:Practice ; cr:solution claim:1 ; cr:place city:there ; rdfs:label "Part"@en .
practice:stub a cr:Practice ; cr:place city:here ; cr:theme theme:housing ; rdfs:label "Stub"@en .
city:here wgs:lat 1.5 .
claim:1 a cr:Claim ; cr:text "It says so."@en , "Il le dit."@fr ; cr:source source:one .
claim:2 a cr:Claim ; cr:text "It says more."@en ; cr:source source:two .
source:one cr:md5 "0" .
"""


class Asked:
    """A small graph that answers a SELECT."""

    def __init__(self) -> None:
        self.store = ox.Store()
        known = PREFIXES | source_prefixes("one")
        prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in known.items())
        self.store.update(f"{prefixes}INSERT DATA {{ {DATA} }}")

    def select(self, text: str, **_: object) -> list[dict[str, object]]:
        found = self.store.query(text)
        assert isinstance(found, ox.QuerySolutions)
        names = [name.value for name in found.variables]
        return [{name: from_store(row[name]) for name in names if row[name] is not None} for row in found]


def test_the_rule_is_the_same_in_python_and_in_sparql(snapshot: Snapshot) -> None:
    assert degree(TOLD) == "complete"
    assert degree(("solution", "place")) == "partial"
    assert degree(tuple(TOLD[1:])) == "stub"
    with cityrights.open(snapshot.path) as graph:
        text = (cityrights.home.home() / "queries" / "index" / "completeness.rq").read_text("utf-8")
        told: dict[str, set[str]] = {}
        for row in graph.select("SELECT DISTINCT ?s ?p { ?s a cr:Practice ; ?p ?value }"):
            told.setdefault(str(row["s"]), set()).add(str(row["p"]).removeprefix(CR))
        found = {str(row["s"]): str(row["value"]).removeprefix(f"{ID}kind/") for row in graph.select(text)}
    assert {iri: degree(names) for iri, names in told.items()} == found
    assert {"complete", "partial"} <= set(found.values()) <= set(DEGREES)


def test_what_is_owed_is_counted_and_listed() -> None:
    graph = Asked()
    rows = graph.select(page_query("coverage_debts"))
    stubs = graph.select(page_query("coverage_completeness"))
    counted = {str(row["value"]).rpartition("/")[2]: int(str(row["n"])) for row in stubs}
    assert counted == {"complete": 1, "partial": 1, "stub": 1}
    found = debts(rows, counted["stub"], ("en", "fr"))
    assert found == [
        Debt("names", "fr", 2), Debt("sentences", "fr", 1), Debt("points", "", 1), Debt("documents", "", 1),
        Debt("stubs", "", 1),
    ]  # fmt: skip
    for debt in found:
        things = owed(graph, debt)
        assert len(things) == debt.count, debt
        assert "{" not in debt.command
    assert {debt.name for debt in found} == set(PAID)
    assert owed(graph, found[2]) == [f"{ID}city/there"]
    assert debts(rows, 0, ("en",)) == [Debt("points", "", 1), Debt("documents", "", 1)], "one language owes none"


def test_the_command_tells_both_and_lists_each_thing(snapshot: Snapshot) -> None:
    done = CliRunner().invoke(coverage_, ["--snapshot", str(snapshot.path)])
    assert done.exit_code == 0, done.output
    assert "complete, " in done.output.splitlines()[0]
    record = orjson.loads(CliRunner().invoke(coverage_, ["--snapshot", str(snapshot.path), "--json"]).stdout)
    assert set(record["completeness"]) == set(DEGREES)
    for debt in record["debts"]:
        assert len(debt["things"]) == debt["count"]
        assert debt["command"] in done.output
