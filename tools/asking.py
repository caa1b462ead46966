"""docs/asking.md, the guide for askers: made of queries/asking, the site's English and the ontology (``make docs``).

The page /asking has the drawing, the questions and the traps; the file has the terms and concepts as well, so that
whoever has it alone can write every query.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.library.queries import library, with_prefixes
from cityrights.vocabulary import CR, ID, PREFIXES, RDF, RDFS, SKOS
from cityrights_web.views.about import JOINS, LISTED, TRAPS
from cityrights_web.words import CATALOGUE

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "asking.md"
_SCHEMA: Final = PREFIXES["schema"]
_WIDTH: Final = 132
#: Classes by what an asker comes with; those of the check, of connections and of concepts have pages of their own.
CLASSES: Final = {
    "what is done": ("Practice", "Institution", "Body", "Figure", "Instrument", "Event", "Award"),
    "where": ("Territory", "City", "Department", "Island", "Country", "Region"),
    "by whom": (
        "Actor", "LocalGovernment", "Association", "GovernmentGroup", "Organisation", "Network", "Person", "Holding",
        "Partnership",
    ),
    "how much": ("Observation", "Population"),
    "who says so": ("Claim", "GroupClaim", "Passage", "Source", "Reference", "Decision"),
}  # fmt: skip
#: Of files and of the computing, and not of the graph that is asked.
_APART: Final = frozenset(
    f"{CR}{name}" for name in ("branch", "lines", "numbering", "untranslated", "textLines", "md5", "lineCount")
)
_SCHEMES: Final = (
    "themes", "target-groups", "kinds", "statuses", "pillars", "measures", "modalities", "aspects", "sections",
)  # fmt: skip
_FINDING: Final = """\
Things are written as a prefix and an English name in small letters: `city:utrecht`, `government:utrecht`,
`country:spain`. The two documents are `source:twenty-practices` and `source:ohchr-consultation-2025`, and their claims
have numbers. Names that you do not know are found by a label, at `/search`, or with `cityrights search`:

```sparql
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?thing ?label WHERE { ?thing rdfs:label ?label FILTER(CONTAINS(LCASE(?label), "grigny")) }
```

Over HTTP a query declares its prefixes; the command line and the workbench add those that are missing."""
_WITNESSES: Final = """\
`GRAPH ?witness { … }` around a fact finds who says it, as question 11 does; [who says so](witnesses.md) has the four
sorts, and the [guide](guide.md#evidence) what stands in which graph. Outside of `GRAPH` each fact stands once."""


def _read() -> ox.Store:
    store = ox.Store()
    for path in (ROOT / "ontology" / "cityrights.ttl", *sorted((ROOT / "ontology" / "schemes").glob("*.ttl"))):
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    store.load(path=str(ROOT / "data" / "places" / "places.trig"), format=ox.RdfFormat.TRIG)
    return store


def _objects(store: ox.Store, subject: ox.NamedNode, *predicates: str) -> Iterator[ox.NamedNode]:
    for predicate in predicates:
        for quad in store.quads_for_pattern(subject, ox.NamedNode(predicate), None):
            if isinstance(quad.object, ox.NamedNode):
                yield quad.object


def _subjects(store: ox.Store, predicate: str, value: str) -> list[ox.NamedNode]:
    found = store.quads_for_pattern(None, ox.NamedNode(predicate), ox.NamedNode(value))
    subjects = {quad.subject for quad in found if isinstance(quad.subject, ox.NamedNode)}
    return sorted(subjects, key=lambda one: one.value.casefold())


def _short(iri: str) -> str:
    fitting = [(prefix, base) for prefix, base in PREFIXES.items() if iri.startswith(base)]
    prefix, base = max(fitting, key=lambda one: len(one[1]))
    return f"{prefix}:{iri[len(base) :]}"


def _definition(store: ox.Store, term: ox.NamedNode) -> str:
    found = (quad.object for quad in store.quads_for_pattern(term, ox.NamedNode(SKOS + "definition"), None))
    return next((one.value for one in found if isinstance(one, ox.Literal) and one.language == "en"), "")


def _codes(terms: Iterable[str]) -> str:
    return ", ".join(f"`{term}`" for term in terms)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def drawing() -> str:
    """Return the drawing for Mermaid, from what the page's is made of."""
    lines = ["flowchart BT"]
    lines += [f'  {one} -- "cr:{name}" --> {other}' for one, name, other, _ in JOINS if other]
    lines += [
        '  subgraph any["any of them, or a practice, a place, an actor"]',
        *(f"    {name}" for name in ("Institution", "Instrument", "Event")),
        "  end",
    ]
    lines += [f'  {one} -- "cr:{name}" --> any' for one, name, other, _ in JOINS if not other]
    lines += ['  Territory -- "cr:within" --> Territory']
    concepts = "<br>".join(" ".join(f"cr:{name}" for name in line) for line in LISTED)
    lines += [f'  any -- "{concepts}" --> Concepts(["lists of concepts: skos:broader"])']
    lines += [
        '  subgraph witnesses["who says so: GRAPH ?witness"]',
        "    Claim",
        "    Decision",
        "    DataSet[Data set]",
    ]
    lines += ["    Rule", "  end", '  Claim -- "cr:passage" --> Passage', '  Passage -- "cr:source" --> Source']
    return "\n".join(["```mermaid", *lines, "```"])


def classes(store: ox.Store) -> str:
    """Return the table of the classes by what an asker comes with."""
    lines = ["| ask for | class | what it is |", "|---|---|---|"]
    for group, names in CLASSES.items():
        for number, name in enumerate(names):
            told = _definition(store, ox.NamedNode(CR + name))
            lines.append(f"| {group if number == 0 else ''} | `cr:{name}` | {told} |")
    return "\n".join(lines)


def properties(store: ox.Store) -> str:
    """Return the table of the properties: of what, to what, and what each says."""
    known = {CR + name for names in CLASSES.values() for name in names}
    lines = ["| property | of | leads to | what it says |", "|---|---|---|---|"]
    for kind in ("ObjectProperty", "DatatypeProperty"):
        for term in _subjects(store, RDF + "type", PREFIXES["owl"] + kind):
            whose = {one.value for one in _objects(store, term, RDFS + "domain", _SCHEMA + "domainIncludes")}
            of = sorted(whose & known)
            if not term.value.startswith(CR) or term.value in _APART or (whose and not of):
                continue
            to = sorted({_short(one.value) for one in _objects(store, term, RDFS + "range", _SCHEMA + "rangeIncludes")})
            written = f"`{_short(term.value)}`"
            lines.append(
                f"| {written} | {_codes(map(_short, of)) or 'anything'} | {_codes(to)} | {_definition(store, term)} |"
            )
    return "\n".join(lines)


def concepts(store: ox.Store) -> str:
    """Return every concept by its list, narrower ones in brackets behind the broader one."""
    below: defaultdict[str, list[str]] = defaultdict(list)
    for quad in store.quads_for_pattern(None, ox.NamedNode(SKOS + "broader"), None):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
            below[quad.object.value].append(quad.subject.value)

    def told(iri: str) -> str:
        narrower = ", ".join(told(one) for one in sorted(below[iri]))
        return iri.rpartition("/")[2] + (f" ({narrower})" if narrower else "")

    lines = []
    for name in _SCHEMES:
        file = ox.parse(path=str(ROOT / "ontology" / "schemes" / f"{name}.ttl"), format=ox.RdfFormat.TURTLE)
        concept = ox.NamedNode(SKOS + "Concept")
        held = sorted({q.subject.value for q in file if q.object == concept and isinstance(q.subject, ox.NamedNode)})
        narrow = {one for broader in held for one in below[broader]}
        prefix = _short(held[0]).partition(":")[0]
        shown = ", ".join(told(one) for one in held if one not in narrow)
        lines.append(_wrapped(f"**`{prefix}:`** {shown}"))
    regions = (one.value for one in _subjects(store, RDF + "type", CR + "Region") if one.value.startswith(ID))
    lines.append(_wrapped("**`region:`** " + ", ".join(iri.rpartition("/")[2] for iri in regions)))
    return "\n\n".join(lines)


def page() -> str:
    """Return the guide as it has to be."""
    words, store = CATALOGUE["en"].asking, _read()
    asked = []
    for number, query in enumerate(library(ROOT / "queries" / "asking"), 1):
        asked.append(
            f"### {number}. {query.questions['en']}\n\n{_wrapped(query.notices['en'])}\n\n"
            f"```sparql\n{with_prefixes(query.text).strip()}\n```\n"
        )
    traps = [f"| {words.trap} | {words.trap_why} | {words.trap_write} |", "|---|---|---|"]
    for slug, name in words.trap_names.items():
        written = TRAPS[slug].replace("|", "\\|")
        traps.append(f"| {name} | {words.traps[slug]} | `{written}` |")
    parts = [
        f"<!-- Written by `make docs` from queries/asking, the site's words and the ontology. -->\n\n# {words.title}",
        _wrapped(f"{words.lead} The site has it in three languages at `/asking`."),
        f"## {words.model_title}",
        _wrapped(words.model_lead),
        drawing(),
        _wrapped(words.drawing_told),
        f"## {words.questions_title}",
        "\n".join(asked).rstrip(),
        f"## {words.traps_title}",
        "\n".join(traps),
        "## Names",
        _FINDING,
        "## Who says so",
        _WITNESSES,
        "## Classes",
        "Each thing has the classes above its own, too: whatever is a `cr:Body` is a `cr:Institution`.",
        classes(store),
        "## Properties",
        _wrapped(
            "Labels are `rdfs:label`, descriptions `dcterms:description`; the web page of a `cr:Reference` is "
            "`schema:url` (`schema:` is `http://schema.org/`, not https), "
            "the number of a claim (A010) `dcterms:identifier`; a theme leads to targets of the 2030 "
            "Agenda and articles of the Universal Declaration by `skos:relatedMatch`. The place of a government is "
            "what it governs, that of an award where that is which it honours: both are computed (`cr:place`)."
        ),
        properties(store),
        "## Concepts",
        "Narrower ones stand in brackets behind the broader one (`skos:broader`); some stand under two.",
        concepts(store),
    ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
