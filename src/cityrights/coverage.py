"""How much of each document the claims cover, how whole the records of practices are, and what is owed.

Which claim speaks of which lines, and which lines no claim speaks of, is drawn from the graph alone. A source says how
many lines its document has (``cr:lineCount``) and which of them hold text (``cr:textLines``, ranges such as
``11-29/2``: from line 11 to line 29, every second one).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from cityrights.instance import SHIPPED, instance
from cityrights.library.queries import nearest, spoken, with_prefixes
from cityrights.vocabulary import LANGUAGE


class Graph(Protocol):
    """What answers a SELECT, such as a KnowledgeGraph: who checks files has no need of that whole."""

    def select(self, text: str, **params: object) -> Iterable[Mapping[str, Any]]:
        """Return the rows of an answer."""


_SOURCES = """
SELECT ?source ?label ?lines ?text WHERE {
  ?source a cr:Source ; rdfs:label ?label ; cr:lineCount ?lines ; cr:textLines ?text FILTER(LANG(?label) = "en")
} ORDER BY DESC(?lines)"""
_CLAIMS = """
SELECT ?claim ?number ?modality ?aspect ?first ?last ?subjects ?facts ?reason WHERE {
  { SELECT ?claim (GROUP_CONCAT(DISTINCT ?name; SEPARATOR="; ") AS ?subjects) WHERE {
      ?claim a cr:Claim ; cr:source ?source ; cr:subject ?subject .
      ?subject rdfs:label ?name FILTER(LANG(?name) = "en") } GROUP BY ?claim }
  ?claim cr:source ?source ; dcterms:identifier ?number ; cr:modality ?m ; cr:aspect ?a ; cr:passage ?passage .
  ?passage cr:firstLine ?first ; cr:lastLine ?last .
  ?m rdfs:label ?modality FILTER(LANG(?modality) = "en")
  ?a rdfs:label ?aspect FILTER(LANG(?aspect) = "en")
  OPTIONAL { ?claim cr:withoutGraph ?reason FILTER(LANG(?reason) = "en") }
  OPTIONAL { SELECT ?claim (COUNT(*) AS ?facts) WHERE { GRAPH ?claim { ?s ?p ?o } } GROUP BY ?claim }
} ORDER BY ?claim ?first"""


#: What a complete record of a practice tells, by property; without the first of them it is a stub, else it is partial.
#: ``queries/index/completeness.rq`` says the same in SPARQL.
TOLD: Final = ("solution", "place", "theme", "targetGroup", "challenge", "takeaway")
#: How whole a record can be, the best first: the last part of a concept of ``kind:record-kind``.
DEGREES: Final = ("complete", "partial", "stub")
#: What may be owed → how it is paid, by a command where there is one.
PAID: Final = {
    "names": 'add rdfs:label "…"@{language} in editorial:labels, or the column title__{language} and cityrights import',
    "sentences": "cityrights translations --language {language}",
    "points": "cityrights city add NAME --country CODE --as SLUG",
    "documents": "cityrights source add SLUG --title … --file …",
    "stubs": "cityrights claim new SOURCE LINES --practice practice:… --aspect solution",
}
#: What is owed, thing by thing; ``LANGUAGE`` is that of a translation.
OWED: Final = {
    "names": """SELECT DISTINCT ?thing WHERE {
  VALUES ?class {
    cr:Practice cr:Territory cr:Institution cr:Instrument cr:Event cr:Organisation cr:LocalGovernment cr:Source
  }
  ?thing a ?class ; rdfs:label ?some FILTER NOT EXISTS { ?thing rdfs:label ?name FILTER(LANG(?name) = "LANGUAGE") }
} ORDER BY ?thing""",
    "sentences": """SELECT DISTINCT ?thing WHERE {
  ?thing a cr:Claim FILTER NOT EXISTS { ?thing cr:text ?text FILTER(LANG(?text) = "LANGUAGE") } } ORDER BY ?thing""",
    "points": """SELECT DISTINCT ?thing WHERE {
  ?some cr:place ?thing FILTER NOT EXISTS { ?thing wgs:lat ?latitude } } ORDER BY ?thing""",
    "documents": """SELECT DISTINCT ?thing WHERE {
  ?thing a cr:Claim FILTER NOT EXISTS { ?thing cr:source ?source . ?source cr:md5 ?digest } } ORDER BY ?thing""",
    "stubs": """SELECT DISTINCT ?thing WHERE {
  ?thing a cr:Practice FILTER NOT EXISTS { ?thing cr:solution ?did } } ORDER BY ?thing""",
}


@dataclass(frozen=True, slots=True)
class Debt:
    """What is owed: a key of ``PAID``, the language of what is to be translated or nothing, and of how many things."""

    name: str
    language: str
    count: int

    @property
    def command(self) -> str:
        """Return how it is paid."""
        return PAID[self.name].format(language=self.language)


def degree(told: Collection[str]) -> str:
    """Return how whole the record of a practice is that tells these of ``TOLD``: one of ``DEGREES``."""
    if TOLD[0] not in told:
        return "stub"
    return "complete" if set(TOLD) <= set(told) else "partial"


def debts(rows: Iterable[Mapping[str, object]], stubs: int, languages: Sequence[str]) -> list[Debt]:
    """Return what is owed, of the answer to ``queries/pages/coverage_debts.rq``, without what is nothing.

    ``languages`` are those that things are told in; the first is the one that is translated from.
    """
    counted = {(str(row["debt"]), str(row["language"])): int(str(row["n"])) for row in rows if "n" in row}
    found = [
        Debt(name, each, counted.get((name, languages[0]), 0) - counted.get((name, each), 0))
        for name in ("names", "sentences")
        for each in languages[1:]
    ]
    found += [Debt(name, "", counted.get((name, ""), 0)) for name in ("points", "documents")]
    return [each for each in (*found, Debt("stubs", "", stubs)) if each.count > 0]


def told_in() -> tuple[str, ...]:
    """Return the languages in which things are to be told: those of the instance; the first is translated from."""
    whose = instance()
    return SHIPPED if whose.is_shipped else whose.languages


def owed(graph: Graph, debt: Debt) -> list[str]:
    """Return the IRIs of the things for which something is owed."""
    text = with_prefixes(OWED[debt.name].replace("LANGUAGE", debt.language))
    return [str(row["thing"]) for row in graph.select(text)]


@dataclass(frozen=True)
class ClaimRow:
    """One claim as the table shows it; ``facts`` is the number of triples in its graph."""

    iri: str
    number: str
    lines: tuple[tuple[int, int], ...]
    subjects: str
    modality: str
    aspect: str
    facts: int
    reason: str


@dataclass(frozen=True)
class SourceCoverage:
    """One document: its claims in document order, its lines that hold text, and those of them in no passage."""

    iri: str
    label: str
    lines: int
    text_lines: tuple[int, ...]
    claims: tuple[ClaimRow, ...]

    @property
    def uncovered(self) -> tuple[int, ...]:
        """Return the lines with text that stand in no claim's passage."""
        covered = {line for claim in self.claims for first, last in claim.lines for line in range(first, last + 1)}
        return tuple(line for line in self.text_lines if line not in covered)


def coverage(graph: Graph) -> list[SourceCoverage]:
    """Return each document that has claims with passages, the longest first."""
    found = []
    for source in graph.select(with_prefixes(spoken(_SOURCES, nearest(LANGUAGE)))):
        rows: dict[str, ClaimRow] = {}
        asked = with_prefixes(spoken(_CLAIMS, nearest(LANGUAGE)))
        for row in graph.select(asked.replace("?source", f"<{source['source']}>")):
            lines = (*(rows[row["claim"]].lines if row["claim"] in rows else ()), (row["first"], row["last"]))
            rows[row["claim"]] = ClaimRow(
                row["claim"], row["number"], lines, row["subjects"], row["modality"], row["aspect"],
                row["facts"] or 0, row["reason"] or "",
            )  # fmt: skip
        claims = sorted(rows.values(), key=lambda claim: int(claim.iri.rsplit("/", 1)[1]))
        found.append(
            SourceCoverage(source["source"], source["label"], source["lines"], expand(source["text"]), tuple(claims))
        )
    return found


def as_markdown(sources: list[SourceCoverage]) -> str:
    """Return the table of claims and lines as the page ``docs/claims.md``."""
    parts = [
        "# Which claim covers which lines",
        "",
        "Written by `make docs` from the graph; do not edit by hand. Lines count from 1. The documents themselves are "
        "not part of this repository: with them at hand, `cityrights check --sources DIR` checks every range and "
        "anchor.",
    ]
    for source in sources:
        gaps = source.uncovered
        with_facts = sum(1 for claim in source.claims if claim.facts)
        parts += [
            "",
            f"## {source.label}",
            "",
            f"{source.lines:,} lines, {len(source.text_lines):,} of them with text. {len(source.claims)} claims, "
            f"{with_facts} of them with facts in a graph of their own. "
            + (
                f"{len(gaps)} lines with text carry no claim: {compact(gaps)}."
                if gaps
                else "Every line with text carries a claim."
            ),
            "",
            "| claim | lines | about | aspect | modality | facts |",
            "|---|---|---|---|---|---|",
        ]
        parts += [_row(claim) for claim in source.claims]
    return "\n".join(parts) + "\n"


def _row(claim: ClaimRow) -> str:
    lines = ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in claim.lines)
    facts = str(claim.facts) if claim.facts else (f"none: {claim.reason}" if claim.reason else "none")
    subjects = claim.subjects.replace("|", "\\|")
    return f"| {claim.number} | {lines} | {subjects} | {claim.aspect} | {claim.modality} | {facts} |"


def ranges(numbers: Sequence[int]) -> str:
    """Write ascending line numbers briefly: ``1,4-6,11-19/2`` has 1, then 4 to 6, then every second from 11 to 19."""
    parts: list[str] = []
    at = 0
    while at < len(numbers):
        step = numbers[at + 1] - numbers[at] if at + 1 < len(numbers) else 0
        end = at
        while step in (1, 2) and end + 1 < len(numbers) and numbers[end + 1] - numbers[end] == step:
            end += 1
        parts.append(str(numbers[at]) if end == at else f"{numbers[at]}-{numbers[end]}" + ("/2" if step == 2 else ""))
        at = end + 1
    return ",".join(parts)


def expand(text: str) -> tuple[int, ...]:
    """Return the numbers that :func:`ranges` wrote; none for an empty text. Raises ValueError for anything else."""
    found: list[int] = []
    for part in text.split(",") if text else ():
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        found.extend(range(int(first), int(last or first) + 1, int(step or 1)))
    return tuple(found)


def compact(numbers: Sequence[int]) -> str:
    """Return ascending numbers as runs that read well, for example ``3–5, 9``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)
