"""Everything that ``cityrights check`` looks at, in stages: files, rules, invariants, shapes, documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.check.documents import Document, check_sources
from cityrights.check.rules import Broken, Finding, check_iris, check_merge, check_questions, rules, run_rule
from cityrights.check.syntax import Parsed, check_files, files_of
from cityrights.check.translations import check_translations
from cityrights.indexes.registry import silent
from cityrights.pipeline.read import unfold, written
from cityrights.snapshot import Progress
from cityrights.vocabulary import ID, PREFIXES, RDF

_TYPE: Final = ox.NamedNode(RDF + "type")

#: Makes the dataset of the snapshot from the quads of the files: every graph, what is derived, and their merge.
Dataset = Callable[[list[ox.Quad]], ox.Store]
#: Validates a dataset against the SHACL shapes; its findings name the focus node by its IRI.
Shapes = Callable[[ox.Store], list[Finding]]


@dataclass
class Report:
    """What a check found, what each stage looked at, and what could not be run and why."""

    findings: list[Finding] = field(default_factory=list)
    looked_at: dict[str, int] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Say whether nothing but warnings was found and nothing was left out for an error."""
        return not self.not_run and not any(finding.severity == "error" for finding in self.findings)

    def as_dict(self) -> dict[str, object]:
        """Return the report for ``--json``."""
        return {
            "clean": self.clean,
            "findings": [finding.as_dict() for finding in self.findings],
            "looked_at": self.looked_at,
            "not_run": self.not_run,
            "documents": [document.as_dict() for document in self.documents],
        }


def run(
    home: Path,
    dataset: Dataset,
    *,
    shapes: Shapes | None = None,
    sources: Path | None = None,
    progress: Progress = silent,
) -> Report:
    """Check the ontology and the data of ``home``, the words of the program, and the documents in ``sources``.

    When a file or a claim's place cannot be read the other stages do not run: half a graph has findings that the whole
    has not. Raises InputError when a rule itself is wrong or the documents are not there.
    """
    report = Report()
    files, stray = files_of(home)
    found, parsed = check_files(files, progress)
    report.looked_at["files"] = len(files)
    wrong_words, report.looked_at["words"] = check_translations()
    report.findings = [*stray, *found, *wrong_words]
    later = ("rules", "invariants", "questions", *(["shapes"] if shapes else []), *(["documents"] if sources else []))
    if len(parsed) < len(files):
        report.not_run = dict.fromkeys(later, "a file cannot be read")
        return report
    graph = [item for item in parsed if "shapes" not in item.path.parts]
    quads, faults = unfold((item.path, item.quads) for item in graph)
    if faults:
        homes = {item.path: item.locator for item in graph}
        for fault in faults:
            where = homes[fault.path].where(subject=fault.quad.subject, term=fault.quad.object)
            report.findings.append(Finding(where, "claim-lines", fault.reason, fault.repair))
        report.not_run = dict.fromkeys(later, "a claim does not say where it stands")
        return report
    progress("merging and deriving", 0, 1)
    store = dataset(quads)
    broken = _broken(home, store, quads, report, progress)
    if sources is not None:
        progress("reading documents", 0, 1)
        wrong, report.documents = check_sources(store, sources)
        broken.extend(wrong)
        report.looked_at["documents"] = len(report.documents)
    report.findings.extend(located(broken, graph))
    progress("asking the questions", 0, 1)
    wrong_questions, report.looked_at["questions"] = check_questions(home / "queries" / "explore", store)
    report.findings.extend(wrong_questions)
    if shapes is not None:
        progress("validating shapes", 0, 1)
        found = shapes(store)
        report.findings.extend(located([Broken(each, ox.NamedNode(each.where)) for each in found], graph))
        report.looked_at["shapes"] = len(list((home / "ontology" / "shapes").glob("*.ttl")))
    report.findings.sort()
    return report


def located(broken: Iterable[Broken], parsed: list[Parsed]) -> list[Finding]:
    """Return findings with path and line in place of the IRI, as far as the files' words can tell.

    What is wrong with a passage is told of the claim that it was unfolded from, at the line that says where it stands.
    """
    rows = [_as_written(row, parsed) for row in broken]
    wanted = {row.where.value for row in rows}
    homes: dict[str, list[Parsed]] = {iri: [] for iri in wanted}
    for item in parsed:
        subjects = {quad.subject.value for quad in item.quads if isinstance(quad.subject, ox.NamedNode)}
        others = {quad.graph_name.value for quad in item.quads if isinstance(quad.graph_name, ox.NamedNode)}
        for iri in wanted & subjects:
            homes[iri].insert(0, item)
        for iri in wanted & (others - subjects):
            homes[iri].append(item)
    return [_located(row, homes[row.where.value]) for row in rows]


def _as_written(row: Broken, parsed: list[Parsed]) -> Broken:
    if "/passage/" in row.where.value:
        for item in parsed:
            found = written(row.where.value, item.quads)
            if found is not None:
                return Broken(row.finding, *found)
    return row


def _located(row: Broken, homes: list[Parsed]) -> Finding:
    """Prefer the file in which both the thing and the term stand."""
    short = shortened(row.where.value)
    message = row.finding.message if short in row.finding.message else f"{short}: {row.finding.message}"
    choices = [item for item in homes if _speaks(item, row)] or homes
    where = short
    if choices:
        locator = choices[0].locator
        line = locator.line(subject=row.where, term=row.term or _TYPE) or locator.line(term=row.where)
        where = f"{choices[0].path}:{line}" if line else str(choices[0].path)
    return Finding(where, row.finding.rule, message, row.finding.repair, row.finding.severity)


def _speaks(item: Parsed, row: Broken) -> bool:
    if row.term is None:
        return any(quad.subject == row.where and quad.predicate == _TYPE for quad in item.quads)
    return any(quad.subject == row.where and row.term in (quad.predicate, quad.object) for quad in item.quads)


def shortened(iri: str) -> str:
    """Return an IRI as people write it: under ``id/`` by its path, else with its prefix, else whole."""
    if iri.startswith(ID):
        return iri.removeprefix(ID)
    for name, start in sorted(PREFIXES.items(), key=lambda item: -len(item[1])):
        if iri.startswith(start):
            return f"{name}:{iri.removeprefix(start)}"
    return iri


def _broken(home: Path, store: ox.Store, quads: list[ox.Quad], report: Report, progress: Progress) -> list[Broken]:
    todo = rules(home / "queries" / "checks")
    broken: list[Broken] = []
    for number, rule in enumerate(todo, 1):
        broken.extend(run_rule(store, rule))
        progress("running rules", number, len(todo))
    report.looked_at["rules"] = len(todo)
    progress("looking at every quad", 0, 1)
    broken.extend(check_merge(store))
    broken.extend(check_iris(quads))
    report.looked_at["quads"] = len(quads)
    return broken
