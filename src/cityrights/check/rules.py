"""The rules and what they find: queries of ``queries/checks``, invariants of every quad, and the stored queries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Final
from typing import Literal as OneOf

import pyoxigraph as ox

from cityrights.home import is_instance, is_shared, listed, text_of
from cityrights.instance import SHIPPED, instance
from cityrights.library.names import nearest
from cityrights.library.queries import LibraryQuery, library, read, with_prefixes
from cityrights.library.stories import FIGURES, Asking, faults, stories, untold
from cityrights.library.stories import read as story
from cityrights.patterns import Reader, Unreadable
from cityrights.reuse import NOTHING, Kept
from cityrights.translations import CATALOGUE, SOURCE
from cityrights.vocabulary import GRAPH_CLAIMS, ID, KINDS, PREFIXES, localized, path_of, short
from sparqlgate.errors import GateError, InputError
from sparqlgate.text.writing import walk

_SLUG: Final = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_PATH: Final = re.compile(
    rf"(?:claim/{_SLUG}/[1-9][0-9]*|passage/{_SLUG}/{_SLUG}|(?!claim/|passage/)[^/]+/{_SLUG}|[^/]+)"
)
_RULE: Final = "library-question"
_STORY: Final = "story"
#: The rule that a text is in the language of its tag.
LANGUAGE: Final = "language"
_WARNING: Final = ox.Literal("warning")
#: What is certain is an error; what a person must judge is a warning.
Severity = OneOf["error", "warning"]

#: The file that an import writes; and the column of a sheet that pays what a rule finds owed.
_IMPORTED: Final = "import.trig"
_COLUMNS: Final = {
    "Practice#pillar-debt": ("pillars",),
    "Practice#theme-debt": ("themes",),
    "Practice#who": ("carried out by", "partners"),
    "Practice#where": ("place",),
    "description-missing": ("what",),
    "label-missing": ("title",),
}


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that a check found.

    ``where`` is ``path:line`` or the IRI of the thing, ``rule`` the name of the check (a file or constraint name),
    ``message`` what is wrong, ``repair`` the command or edit that mends it. ``follows`` names the rules that found the
    same fault (see ``fold``), which is known by the thing, the property and the value that a finding is about.
    """

    where: str
    rule: str
    message: str
    repair: str = ""
    severity: Severity = "error"
    follows: tuple[str, ...] = ()
    thing: str = field(default="", compare=False, repr=False)
    of: str = field(default="", compare=False, repr=False)
    value: str = field(default="", compare=False, repr=False)

    def as_dict(self) -> dict[str, object]:
        """Return the finding for ``--json``."""
        told = {name: getattr(self, name) for name in ("where", "rule", "message", "repair", "severity")}
        return told | ({"follows": list(self.follows)} if self.follows else {})


#: Faults that are looked for first: of all findings of one fault, that of the first rule here is told.
_FIRST: Final = (
    "language-tag", "datatype", "literal-form", "undeclared-class", "undeclared-property", "dangling-reference",
    "Claim#subject", "label-missing", "description-missing",
)  # fmt: skip
#: Whose value, when it is nothing at all, is the fault wherever else that value stands.
_UNKNOWN: Final = frozenset({"undeclared-class", "undeclared-property", "dangling-reference"})
#: Rule → what else finds the same fault of the same thing: names of rules, or the ends of names of shapes.
_SAME: Final = {
    "language-tag": ("label-missing", "description-missing", "#label", "#description", "#text"),
    "undeclared-class": ("path-kind", "class-path", "orphan"),
    "label-missing": ("#label",),
    "label-twice": ("#label",),
    "description-missing": ("#description", "#text"),
    "untranslated-unsaid": ("#translated",),
    "claim-modality": ("#modality",),
    "claim-evidence": ("#evidence",),
    "claim-source": ("#source", "#passage-source"),
    "passage-lines": ("#first-line", "#last-line"),
    "anchor-length": ("#anchor",),
    "path-kind": ("class-path",),
    "disjoint-classes": ("class-path", "path-kind"),
    "group-claim-subjects": ("#subject", "#subjects"),
    "Claim#subject": ("solution-not-about", "claim-object-not-about"),
    "place-within": ("coordinates", "subdivision-country"),
    "passage-outside": ("passage-range", "claim-elsewhere"),
}
#: Rule → what else finds the same fault where it is about the same value.
_SAME_VALUE: Final = {"claim-object-not-about": "named-not-about"}
#: What the build makes of the names of a source: where those are missing, so are these.
_OF_SOURCE: Final = ("label-missing", "description-missing", "#label", "#description")


def fold(findings: Iterable[Finding]) -> list[Finding]:
    """Return one finding of each fault, sorted; those of other rules that it explains are named in ``follows``.

    A fault is explained by an unknown name that stands there, by the same property and value of the same thing, by the
    rule that says so in ``_SAME``, and, for claims and passages, by the names that their source lacks. What is
    explained explains in its turn: else a fault would be told or not by whether another file has it, too.
    """
    kept: list[tuple[Finding, list[str]]] = []
    by_value: dict[str, list[str]] = {}
    by_thing: dict[str, list[tuple[Finding, list[str]]]] = {}
    for finding in sorted(findings, key=lambda found: (_rank(found), found)):
        also = by_value.get(finding.value) if finding.value else None
        if also is None and finding.thing:
            things = (finding.thing, _source_of(finding.thing))
            known = (pair for thing in things for pair in by_thing.get(thing, ()))
            also = next((rules for other, rules in known if _explains(other, finding)), None)
        if also is None:
            kept.append((finding, also := []))
            if finding.rule in _UNKNOWN and finding.value:
                by_value[finding.value] = also
        else:
            also.append(finding.rule)
        by_thing.setdefault(finding.thing, []).append((finding, also))
    return sorted(replace(finding, follows=tuple(sorted(set(also)))) for finding, also in kept)


def _rank(finding: Finding) -> tuple[int, bool, bool]:
    """Return how early a finding is looked at: faults that explain others, then rules, then shapes; sources first."""
    name = finding.rule.partition(" ")[0]
    early = _FIRST.index(name) if name in _FIRST else len(_FIRST)
    return early, "#" in name, not finding.thing.startswith(ID + "source/")


def _source_of(thing: str) -> str:
    """Return the source of a claim or passage, nothing for other things."""
    kind, _, path = thing.removeprefix(ID).partition("/")
    return f"{ID}source/{path.partition('/')[0]}" if kind in ("claim", "passage") else ""


def _explains(cause: Finding, finding: Finding) -> bool:
    name = finding.rule.partition(" ")[0]
    if cause.thing != finding.thing:
        return cause.rule in _OF_SOURCE and name.endswith(_OF_SOURCE)
    if name.endswith(_SAME.get(cause.rule.partition(" ")[0], ("\0",))):
        return True
    if cause.value == finding.value and name == _SAME_VALUE.get(cause.rule):
        return True
    same = bool(cause.of) and cause.of == finding.of
    return same and (not cause.value or not finding.value or cause.value == finding.value)


@dataclass(frozen=True, order=True)
class Rule:
    """One rule: the name of its file, its sentence, its query and its path."""

    name: str
    sentence: str
    text: str
    path: Path

    @property
    def of_concepts(self) -> bool:
        """Say whether the rule is about concepts alone, of which the files of a source have none."""
        return self.name.startswith(("concept-tree", "concept-without", "match-"))


@dataclass(frozen=True)
class Broken:
    """A row of a rule: the finding, and the terms by which its line can be found."""

    finding: Finding
    where: ox.NamedNode
    term: ox.NamedNode | ox.Literal | None = None


#: What a row of an answer has in a column.
Term = ox.NamedNode | ox.Literal


def answers(store: ox.Store, query: str) -> Iterator[dict[str, Term]]:
    """Yield the rows of a SELECT with our prefixes; what is not bound, or has no name, is not in a row."""
    solutions = store.query(query, prefixes=PREFIXES)
    assert isinstance(solutions, ox.QuerySolutions)
    names = [variable.value for variable in solutions.variables]
    for solution in solutions:
        pairs = zip(names, solution, strict=True)
        yield {name: term for name, term in pairs if isinstance(term, (ox.NamedNode, ox.Literal))}


def implied(
    rule: str,
    where: str,
    message: str,
    repair: str,
    term: Term | None = None,
    severity: Severity = "error",
    *,
    value: str = "",
) -> Broken:
    """Return what a rule that is no query found out about the thing ``where``; ``term`` stands in the line at fault.

    ``value`` is what the finding is about, where that is not ``term`` itself.
    """
    known = value or (term.value if term is not None else "")
    return Broken(Finding(where, rule, message, repair, severity, thing=where, value=known), ox.NamedNode(where), term)


def rules(folder: Path) -> list[Rule]:
    """Read the rules of a folder, in the order of their names.

    Raises InputError for a folder without rules and for a rule without its sentence: neither may go unnoticed.
    """
    found = []
    for path in listed(folder, "*.rq"):
        text = _of_languages(localized(text_of(path)))
        first = text.split("\n", 1)[0]
        if not first.startswith("# ") or len(first.split()) < 4:
            raise InputError(path, "a rule begins with a comment that says it as a sentence", line=1)
        found.append(Rule(path.stem, first[2:].strip(), text, path))
    if not found:
        raise InputError(folder, "there is no rule (*.rq) here", repair="name the folder queries/checks of the project")
    return found


#: Rules that an instance breaks as long as it is not whole: what is missing is debt, and stops nothing.
_DEBTS: Final = frozenset({"description-missing", "label-missing", "orphan", "untranslated-unsaid"})


def _of_languages(text: str) -> str:
    """Return a rule on the languages in which things are told: in an instance its first, for the others are debt."""
    whose = instance()
    if whose.is_shipped:
        return text
    first = whose.languages[0]
    others = ", ".join(f'"{one}"' for one in dict.fromkeys((*SHIPPED, *whose.languages)) if one != SHIPPED[0])
    text = text.replace('{ "en" "fr" "es" }', f'{{ "{first}" }}').replace('("fr", "es")', f"({others})")
    if "cr:untranslated" in text:  # which speaks of the English of the vocabulary
        return text
    return text.replace(') = "en"', f') = "{first}"').replace('("", "en")', f'("", "{first}")')


def run_rule(store: ox.Store, rule: Rule) -> Iterator[Broken]:
    """Yield every row that breaks ``rule`` in ``store``, whose default graph is the merge of its named graphs.

    Raises InputError when the rule is not a SELECT with ?where and ?message.
    """
    try:
        rows = store.query(rule.text, prefixes=PREFIXES)
    except SyntaxError as error:
        raise InputError(rule.path, f"the rule does not parse: {error.msg}") from error
    names = {variable.value for variable in rows.variables} if isinstance(rows, ox.QuerySolutions) else set()
    if not isinstance(rows, ox.QuerySolutions) or not {"where", "message"} <= names:
        raise InputError(rule.path, "a rule is a SELECT with ?where and ?message")
    for row in rows:
        where, message = row["where"], row["message"]
        if not isinstance(where, ox.NamedNode) or not isinstance(message, ox.Literal):
            raise InputError(rule.path, f"the row {row} has no IRI as ?where or no text as ?message")
        repair = row["repair"] if "repair" in names else None
        term = row["term"] if "term" in names else None
        known = term if isinstance(term, ox.NamedNode | ox.Literal) else None
        mended = repair.value if isinstance(repair, ox.Literal) else ""
        value = known.value if known is not None else ""
        told = "severity" in names and row["severity"] == _WARNING
        severity: Severity = "warning" if told or (rule.name in _DEBTS and not instance().is_shipped) else "error"
        found = Finding(where.value, rule.name, message.value, mended, severity, thing=where.value, value=value)
        yield Broken(found, where, known)


#: Rules whose fault may be a name that is spelled wrong: how alike another must be, of 1, to be the one that was meant.
_MISSPELT: Final = {
    "dangling-reference": 0.7,
    "undeclared-class": 0.6,
    "undeclared-property": 0.6,
    "undeclared-borrowed": 0.6,
    "concept-of-another-scheme": 0.85,
    "label-missing": 0.85,
}


def hinted(rows: Iterable[Broken], homes: Mapping[str, str]) -> Iterator[Broken]:
    """Yield rows; those about a name that may be misspelt ask whether another was meant, and say where it stands.

    ``homes`` is the file of each IRI that some file gives a class.
    """
    for row in rows:
        least = _MISSPELT.get(row.finding.rule)
        if least is None:
            yield row
            continue
        iri = row.term.value if isinstance(row.term, ox.NamedNode) else row.where.value
        at = max(iri.rfind("/"), iri.rfind("#")) + 1
        beside = {known[at:]: home for known, home in homes.items() if known.startswith(iri[:at]) and known != iri}
        near = [iri[:at] + name for name in nearest(iri[at:], beside, 1, least)]
        near = near or [known for known in homes if known.endswith(iri[at - 1 :]) and known != iri][:1]
        repair = row.finding.repair
        if near:
            repair = f"did you mean {short(near[0])} ({homes[near[0]]})? If not: {repair}"
        elif row.finding.rule == "dangling-reference" and len(set(beside.values())) == 1:
            repair = f"{repair}; those that there are stand in {next(iter(beside.values()))}"
        yield replace(row, finding=replace(row.finding, repair=repair))


def check_merge(store: ox.Store) -> Iterator[Broken]:
    """Yield each subject one of whose triples stands in the default graph alone, or in a named graph alone.

    The default graph is the merge of the named graphs: a triple that nobody states is in neither.
    """
    for query, message in _ALONE.items():
        # The engine looks each up: sets of all triples would be ten gigabytes of a large graph.
        found = store.query(query)
        assert isinstance(found, ox.QuerySolutions)
        for subject, predicate, _ in sorted(((row["s"], row["p"], row["o"]) for row in found), key=_words):
            if isinstance(subject, ox.NamedNode) and isinstance(predicate, ox.NamedNode):
                said = f"a triple with {predicate} {message}"
                finding = Finding(subject.value, "merge", said, "build again: cityrights build")
                yield Broken(finding, subject, predicate)


def _words(terms: Iterable[object]) -> str:
    return " ".join(map(str, terms))


_ALONE: Final = {
    "SELECT ?s ?p ?o { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }": (
        "stands in the default graph and in no named graph"
    ),
    "SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p ?o } }": (
        "stands in a named graph and not in the default graph"
    ),
}


def check_iris(quads: Iterable[ox.Quad]) -> Iterator[Broken]:
    """Yield each IRI under ``id/`` whose kind is unknown or whose slug is not a-z, 0-9 and hyphens."""
    seen: set[str] = set()
    for quad in quads:
        for term in (quad.graph_name, quad.subject, quad.object):
            if not isinstance(term, ox.NamedNode) or not term.value.startswith(ID) or term.value in seen:
                continue
            seen.add(term.value)
            path = term.value.removeprefix(ID)
            wrong = wrong_path(path)
            if wrong:
                about = quad.subject if isinstance(quad.subject, ox.NamedNode) else ox.NamedNode(GRAPH_CLAIMS)
                finding = Finding(about.value, "slug", f"id/{path}: {wrong}", "mend the IRI; slugs are a-z, 0-9 and -")
                yield Broken(finding, about, term)


def wrong_path(path: str) -> str:
    """Say what is wrong with the path of an IRI under ``id/``, nothing when it is right."""
    kind = path.partition("/")[0]
    if kind not in KINDS:
        return f"“{kind}” is no kind of path"
    return "" if _PATH.fullmatch(path) else "the slug is not made of a-z, 0-9 and single hyphens"


def check_questions(folder: Path, store: ox.Store, kept: Kept = NOTHING) -> tuple[list[Finding], int]:
    """Return what is wrong with the questions of ``folder`` (``queries/explore``, ``asking``), and how many there are.

    ``store`` is the dataset that they are asked of, with the merge of its graphs as default graph. One of which it is
    ``kept`` how it fared is not asked again.
    """
    findings = []
    paths = listed(folder, "*.rq")
    for path in paths:
        try:
            query = read(path)
            wrong = kept.asking(("question", path), (query.text, query.parameters), store, partial(_asked, query=query))
        except InputError as error:
            findings.append(Finding(f"{path}:{error.line or 1}", _RULE, error.reason, error.repair))
            continue
        empty = wrong == _NOTHING[True]
        if wrong and not (empty and is_shared(path, folder)):  # what the package asks is hidden until it has an answer
            repair = "mend the query, or give it default values that have an answer"
            severity: Severity = "warning" if empty and is_instance(folder) else "error"
            findings.append(Finding(f"{path}:1", _RULE, wrong, repair, severity))
    return findings, len(paths)


_NOTHING: Final = {
    True: "the query finds nothing with its default values",
    False: "{name} finds nothing with these values",
}


def check_stories(queries: Path, store: ox.Store, kept: Kept = NOTHING) -> tuple[list[Finding], int]:
    """Return what is wrong with the stories of ``queries/stories``, and how many there are.

    A name that is none, and a picture of an answer without rows, are errors; a story that is not told in a language,
    and a number that is 0, are warnings. ``store`` is as for :func:`check_questions`, which tells what is wrong with
    the questions themselves: while one cannot be read, stories are not looked at.
    """
    paths = sorted((queries / "stories").glob("*.md"))
    findings = []
    try:
        asked = {query.name: query for query in library(queries / "explore")}
    except InputError:
        return [], len(paths)
    try:
        told = stories(queries / "stories", lambda path: kept.of(("story", path), _bytes(path), partial(story, path)))
    except InputError as error:
        return [_of_story(error)], len(paths)
    claims = kept.asking("claims", _CLAIMS, store, lambda asked: frozenset(_column(asked, _CLAIMS)))
    things = kept.asking("things", _THINGS, store, lambda asked: frozenset(map(path_of, _column(asked, _THINGS))))
    for one in told:
        wrong = list(faults(one, asked, claims, things))
        findings += [_of_story(fault) for fault in wrong]
        findings += [_of_story(fault, "warning") for fault in untold(one)]
        if wrong:
            continue
        for mark in one.marks():
            if mark.asking and (problem := _fares(store, asked[mark.asking.question], mark.asking, kept)):
                fault = InputError(one.path, problem, line=mark.line, repair="mend the values, or leave it out")
                findings.append(_of_story(fault, "error" if mark.kind in FIGURES else "warning"))
    return findings, len(paths)


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


_CLAIMS: Final = "SELECT DISTINCT ?x { ?claim a cr:Claim ; dcterms:identifier ?x }"
_THINGS: Final = 'SELECT DISTINCT ?x { ?x a ?c FILTER(CONTAINS(STR(?x), "/id/")) }'


def _fares(store: ox.Store, query: LibraryQuery, asking: Asking, kept: Kept) -> str:
    """Say what is wrong with a question as a story asks it, as :func:`_asked` does."""
    how = (query.text, query.parameters, asking)
    return kept.asking(("asking", query.name, asking), how, store, partial(_asked, query=query, asking=asking))


def _of_story(error: InputError, severity: Severity = "error") -> Finding:
    return Finding(f"{error.path}:{error.line or 1}", _STORY, error.reason, error.repair, severity)


def _column(store: ox.Store, text: str) -> set[str]:
    found = store.query(with_prefixes(text))
    return {row["x"].value for row in found} if isinstance(found, ox.QuerySolutions) else set()


def _asked(store: ox.Store, query: LibraryQuery, asking: Asking | None = None) -> str:
    """Say what is wrong with a question, nothing where it has an answer; it is asked as a story does, or by default."""
    bound: dict[ox.Variable, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple] = {
        ox.Variable(name): term for name, term in query.bindings(dict(asking.values) if asking else {}).items()
    }
    text = with_prefixes(query.text)
    try:
        columns = _columns(text)
        exists = as_ask(text)
        found = store.query(exists or text, substitutions=bound)
    except (SyntaxError, ValueError) as error:
        return f"the query does not run: {error}"
    if columns is None:
        return "the query is no SELECT and no CONSTRUCT"
    if asking and asking.column and columns and asking.column not in columns:
        return f"{query.name} has no column {asking.column}; it has {', '.join(columns)}"
    there = bool(found) if isinstance(found, ox.QueryBoolean) else next(iter(found), None) is not None
    return "" if there else _NOTHING[asking is None].format(name=query.name)


@lru_cache(maxsize=500)
def _columns(text: str) -> tuple[str, ...] | None:
    """Return the columns of a SELECT, none of a CONSTRUCT; None for another query. Raises what the engine raises."""
    found = ox.Store().query(text)  # what can be read, and which columns it has, does not depend on what there is
    if isinstance(found, ox.QuerySolutions):
        return tuple(variable.value for variable in found.variables)
    return () if isinstance(found, ox.QueryTriples) else None


@lru_cache(maxsize=500)
def as_ask(text: str) -> str:
    """Return the query that asks whether a SELECT has a row: it need not find all of them, nor put them in order.

    Nothing for a query whose rows are not those of its pattern: one that counts without groups, or leaves rows out.
    """
    try:
        steps = list(walk(text))
        begin = next(at for at, step in enumerate(steps) if step.form)
        reader = Reader(text, steps)
        if reader.word(begin) != "SELECT":
            return ""
        whole = reader.select(begin, len(steps))
    except (Unreadable, GateError, StopIteration, IndexError, KeyError):
        return ""
    none = any(reader.word(at) == "LIMIT" and steps[at + 1].token.text.strip("0") == "" for at in range(len(steps)))
    if none or whole.words & _LEAVING_OUT or (whole.grouped and not whole.keys):
        return ""
    if any(reader.word(at) == "EXISTS" for at in range(begin, whole.where.start)):
        return ""  # a column that looks further: what it reads is not what the pattern does
    head, where = text[: steps[begin].token.start], whole.where
    return f"{head}ASK {text[steps[where.start].token.start : steps[where.end].token.start]}}}"


#: Words of a SELECT, outside of its pattern, by which rows are left out, or have another source.
_LEAVING_OUT: Final = frozenset(("HAVING", "OFFSET", "VALUES", "FROM"))


def by_rows(findings: Iterable[Finding]) -> list[Finding]:
    """Tell what is found in files that imports wrote by the rows of their sheets: nobody mends such a file by hand.

    A name that looks like one of another language is a warning there: a sheet says of no name in which language it is.
    """
    files: dict[Path, list[str]] = {}
    told = []
    for finding in findings:
        name, _, line = finding.where.rpartition(":")
        path = Path(name)
        if path.name != _IMPORTED or not line.isdecimal() or not path.is_file():
            told.append(finding)
            continue
        lines = files.get(path) or files.setdefault(path, path.read_text("utf-8").splitlines())
        row, rule = _row_of(lines, int(line)), finding.rule.partition(" ")[0]
        if row:
            finding = replace(finding, message=f"{finding.message} (row {row} of “{path.parent.name}”)")
        if rule in _COLUMNS:
            columns = " or ".join(f"“{_heading(name)}”" for name in _COLUMNS[rule])
            finding = replace(finding, repair=f"fill the column {columns} in its row, and import the sheet again")
        elif rule == LANGUAGE and row:
            repair = (
                "move it to the column of its language (title__fr …), or name that of the whole sheet: --language fr"
            )
            finding = replace(finding, repair=repair)
        elif rule == LANGUAGE:
            repair = "nothing, if it is a name; else write it in the language of its column, and import the sheet again"
            finding = replace(finding, repair=repair, severity="warning")
        told.append(finding)
    return told


def _heading(name: str) -> str:
    """Return what the template of the instance calls a column."""
    language = instance().languages[0]
    return CATALOGUE[language if language in SHIPPED else SOURCE].importing.columns[name]


def _row_of(lines: list[str], line: int) -> str:
    """Return the row of the claim in whose block a line of a file stands, counted from 1; nothing of another line."""
    start = min(line, len(lines)) - 1
    while start > 0 and lines[start].startswith((" ", "}")):
        start -= 1
    for text in lines[start:]:
        if text.startswith("}"):
            break
        _, found, rest = text.partition(' cr:row "')
        if found:
            return rest.partition(" ")[0]
    return ""
