"""The query library: each file in ``queries/explore`` is one question that the graph answers.

A file starts with front matter in comments, then the query:

    # title: Institutions of one kind
    # title@fr: Institutions d’un type
    # title@es: Instituciones de un tipo
    # question: Where is there an institution of this kind?
    # question@fr: …
    # question@es: …
    # tags: institutions, places
    # param kind: iri = kind:ombudsperson | the kind of institution
    SELECT ?kind ?institution WHERE { … }

A parameter is bound as a term and never as text, so a query that is a SELECT projects it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from cityrights.errors import InputError
from cityrights.namespaces import PREFIXES, XSD

LANGUAGES = ("en", "fr", "es")
TYPES = ("iri", "string", "integer", "language", "year")
_FIELD = re.compile(r"#\s*(title|question|tags)(?:@(\w+))?\s*:\s*(.+?)\s*$")
_PARAM = re.compile(r"#\s*param\s+(\w+)\s*:\s*(\w+)\s*=\s*(.+?)\s*\|\s*(.+?)\s*$")


@dataclass(frozen=True)
class Parameter:
    """One parameter: variable ``name``, ``type`` (one of TYPES), default as written, and what it means."""

    name: str
    type: str
    default: str
    meaning: str

    def term(self, value: str | None = None) -> ox.NamedNode | ox.Literal:
        """Return ``value`` (or the default) as the RDF term to bind. Raises ValueError when it is not of the type."""
        text = self.default if value is None else value
        if self.type == "iri":
            return ox.NamedNode(_expand(text))
        if self.type == "integer":
            return ox.Literal(str(int(text)), datatype=ox.NamedNode(XSD + "integer"))
        if self.type == "year":
            return ox.Literal(f"{int(text):04d}", datatype=ox.NamedNode(XSD + "gYear"))
        return ox.Literal(text)


@dataclass(frozen=True)
class LibraryQuery:
    """One question of the library: texts by language, tags, parameters, and the SPARQL after the front matter."""

    name: str
    titles: Mapping[str, str]
    questions: Mapping[str, str]
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str
    path: Path

    def bindings(self, values: Mapping[str, str] | None = None) -> dict[str, ox.NamedNode | ox.Literal]:
        """Return the term for each parameter; raises KeyError for a parameter that the query does not have."""
        given = dict(values or {})
        found = {parameter.name: parameter.term(given.pop(parameter.name, None)) for parameter in self.parameters}
        if given:
            raise KeyError(f"{self.name} has no parameter {', '.join(sorted(given))}")
        return found


def read(path: Path) -> LibraryQuery:
    """Read one file of the library. Raises InputError with the line for front matter that is wrong or missing."""
    return parse(path, path.read_text("utf-8"))


def has_front_matter(text: str) -> bool:
    """Say whether a query's text begins as the library's do."""
    return text.startswith("# title:")


def parse(path: Path, content: str) -> LibraryQuery:
    """Parse the ``content`` of the file ``path`` of the library, as :func:`read` does."""
    fields: dict[tuple[str, str], str] = {}
    parameters: list[Parameter] = []
    lines = content.splitlines()
    count = 0
    for count, line in enumerate(lines):
        if not line.startswith("#"):
            break
        field, param = _FIELD.match(line), _PARAM.match(line)
        if field:
            fields[field[1], field[2] or "en"] = field[3]
        elif param:
            parameters.append(_parameter(path, count + 1, param))
        else:
            raise InputError(path, f"not front matter: {line!r}", line=count + 1, repair="see queries/README.md")
    text = "\n".join(lines[count:]).strip() + "\n"
    for name in ("title", "question"):
        for language in LANGUAGES:
            if (name, language) not in fields:
                key = name if language == "en" else f"{name}@{language}"
                raise InputError(path, f"the front matter lacks '# {key}: …'", line=1)
    tags = tuple(tag.strip() for tag in fields.get(("tags", "en"), "").split(",") if tag.strip())
    if not tags:
        raise InputError(path, "the front matter lacks '# tags: …'", line=1)
    for parameter in parameters:
        if f"?{parameter.name}" not in text:
            raise InputError(path, f"the query does not use its parameter ?{parameter.name}", line=1)
    return LibraryQuery(
        path.stem,
        {language: fields["title", language] for language in LANGUAGES},
        {language: fields["question", language] for language in LANGUAGES},
        tags,
        tuple(parameters),
        text,
        path,
    )


def library(folder: Path) -> list[LibraryQuery]:
    """Read every query of ``folder`` (``queries/explore``), in the order of their names."""
    return [read(path) for path in sorted(folder.glob("*.rq"))]


def with_prefixes(text: str) -> str:
    """Return ``text`` with a PREFIX line for each usual prefix that it uses and does not declare."""
    declared = set(re.findall(r"(?i)\bPREFIX\s+([\w-]*):", text))
    used = [name for name in sorted(PREFIXES) if re.search(rf"(?<![\w:?$-]){re.escape(name)}:", text)]
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in used if name not in declared) + text


def _parameter(path: Path, line: int, match: re.Match[str]) -> Parameter:
    name, kind, default, meaning = match.groups()
    if kind not in TYPES:
        raise InputError(path, f"'{kind}' is not a type of parameter", line=line, repair=f"one of {', '.join(TYPES)}")
    parameter = Parameter(name, kind, default, meaning)
    try:
        parameter.term()
    except ValueError as error:
        raise InputError(path, f"the default of {name} is not of type {kind}: {error}", line=line) from error
    return parameter


def _expand(text: str) -> str:
    prefix, colon, local = text.partition(":")
    if colon and not local.startswith("//"):
        if prefix not in PREFIXES:
            raise ValueError(f"the prefix '{prefix}:' is not known")
        return PREFIXES[prefix] + local
    return text
