"""The query library: each file in ``queries/explore`` is one question that the graph answers.

A file starts with front matter in comments, then the query:

    # title: Institutions of one kind
    # title@fr: Institutions d’un type
    # title@es: Instituciones de un tipo
    # question: Where is there an institution of this kind?
    # question@fr: …
    # question@es: …
    # asked: Who has an ombudsperson?
    # tags: institutions, places
    # view: map ?place ?institution
    # together: kind
    # notice: Kinds are trees …
    # param kind: iri cr:Kind = kind:ombudsperson | the kind of institution
    # param@fr kind: le type d’institution
    # param@es kind: …
    SELECT ?kind ?institution WHERE { … }

A parameter is bound as a term and never as text, so a query that is a SELECT projects it. What has to be of a class
says so after its type. ``asked``, in all languages where it is there, is the question as people ask it: those are
offered first. The view is what shows the answer best beside its table: see VIEWS. ``together`` names the
parameter of which something may be said of several governments together, too: TOGETHER asks for that. ``notice``, in
all languages where it is there, tells what an asker trips over: the twelve of ``queries/asking`` have it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

import pyoxigraph as ox

from cityrights.home import listed, text_of
from cityrights.instance import instance
from cityrights.vocabulary import LANGUAGE, PREFIXES, XSD, whole
from sparqlgate.errors import InputError
from sparqlgate.text.writing import prologue

#: The languages of the graph and of the library; pages may be in more, see :func:`nearest`.
LANGUAGES = ("en", "fr", "es")
_HEAD = "begin with '# title: …', '# question: …' and '# tags: …', then an empty line, then comments and the query"
TYPES = ("iri", "string", "integer", "language", "year")
#: How an answer can be seen: places on a map (the place, what is there), a network (from, to), bars
#: (what each is for, and the number, or what is counted), or a timeline (when, what).
VIEWS = ("map", "network", "chart", "timeline")
#: The question that asks what is said of several governments together, and its parameter.
TOGETHER = ("said-of-several-governments", "about")
#: The longest text, in characters, that a parameter may be.
LONGEST = 500
#: Lines of the front matter, without white space at their ends.
_FIELD = re.compile(r"#\s*+(title|question|asked|notice|tags|view|together)(?:@(\w+))?\s*+:\s*+(.+)")
_PARAM = re.compile(r"#\s*+param\s++(\w+)\s*+:\s*+(\w++)(?:\s++([\w-]+:\w+))?\s*+=\s*+([^|]+)\|\s*+(.+)")
_MEANING = re.compile(r"#\s*+param@(\w+)\s++(\w+)\s*+:\s*+(.+)")
#: A word, and the colon that makes it a prefix.
_WORD = re.compile(r"([\w-]+)(\s*+:)?")
_VIEW = re.compile(rf"({'|'.join(VIEWS)})\s+\?(\w+)\s+\?(\w+)")
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_YEAR = re.compile(r"\d{1,4}", re.ASCII)
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
#: A sentence of the data, which has its English, or the instance's first language, where nobody has translated it yet.
_SENTENCES_IN = re.compile(r'(\?\w+) cr:(text|role|recurrence) (\?\w+) FILTER\(LANG\((\?\w+)\) = "en"\)')
_LABELS_IN = re.compile(r'(\bLANG\(\?\w+\)\s*=\s*)"en"')
_LABEL_IN = re.compile(r'\bLANG\((\?\w+)\)\s*=\s*"en"')


@dataclass(frozen=True)
class Parameter:
    """One parameter: variable ``name``, ``type`` (one of TYPES), default as written, and what it means, by language.

    ``of`` is the IRI of the class that an ``iri`` has to be of, empty where any will do.
    """

    name: str
    type: str
    default: str
    meaning: str
    of: str = ""
    meanings: Mapping[str, str] = field(default_factory=dict)

    def term(self, value: str | None = None) -> ox.NamedNode | ox.Literal:
        """Return ``value`` (or the default) as the RDF term to bind. Raises ValueError when it is not of the type."""
        text = self.default if value is None else value
        if not text.strip() or len(text) > LONGEST:
            raise ValueError(f"a value has 1 to {LONGEST} characters")
        if _CONTROL.search(text):
            raise ValueError("a value has no control characters")
        match self.type:
            case "iri":
                return ox.NamedNode(whole(text))
            case "integer":
                return ox.Literal(str(int(_matched(_INTEGER, text))), datatype=ox.NamedNode(XSD + "integer"))
            case "year":
                return ox.Literal(f"{int(_matched(_YEAR, text)):04d}", datatype=ox.NamedNode(XSD + "gYear"))
            case "language":
                return ox.Literal(_matched(_TAG, text))
            case _:
                return ox.Literal(text)

    def told(self, language: str) -> str:
        """Say what the parameter means, in a language; in English where the file does not say it in that one."""
        return self.meanings.get(language, self.meaning)


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
    view: tuple[str, str, str] | None = None
    together: str = ""
    notices: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """What names the query’s text: the first twelve digits of its SHA-256, without the front matter."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    @cached_property
    def parted(self) -> tuple[str, str]:
        """The comment before the query, without its marks, and the query after it.

        Some programs take a word of such a comment for the form of the query.
        """
        lines = self.text.splitlines(keepends=True)
        count = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
        return " ".join(line.lstrip("#").strip() for line in lines[:count]), "".join(lines[count:])

    @cached_property
    def is_graph(self) -> bool:
        """Whether the answer is a graph (CONSTRUCT) and not a table."""
        return re.search(r"(?m)^[ \t]*CONSTRUCT\b", self.text) is not None

    def spoken(self, language: str) -> str:
        """Return the query with its labels and sentences in one of LANGUAGES; a sentence may be in English still.

        Raises ValueError for another language.
        """
        if language not in LANGUAGES:
            raise ValueError(f"the library speaks {', '.join(LANGUAGES)}")
        return spoken(self.text, language)

    def bindings(self, values: Mapping[str, str] | None = None) -> dict[str, ox.NamedNode | ox.Literal]:
        """Return the term for each parameter; raises KeyError for a parameter that the query does not have."""
        given = dict(values or {})
        found = {parameter.name: parameter.term(given.pop(parameter.name, None)) for parameter in self.parameters}
        if given:
            raise KeyError(f"{self.name} has no parameter {', '.join(sorted(given))}")
        return found


def spoken(text: str, language: str) -> str:
    """Return a query in English with its labels and sentences in one of LANGUAGES, the latter in English for want of
    a translation.

    In an instance both are in its first language where they are not in this one; where the library does not speak
    that, the first language takes the place of English.
    """
    first = _first(language)
    text = _SENTENCES_IN.sub(partial(_sentence, *first), text)
    if instance().is_shipped or first[0] == LANGUAGE == language:
        return _LABELS_IN.sub(rf'\1"{language}"', text)
    return _LABEL_IN.sub(partial(_label, *first), text)


def _first(language: str) -> tuple[str, str]:
    """Return the languages in which texts are looked for by who reads the library in one of LANGUAGES."""
    if LANGUAGE not in LANGUAGES and language == LANGUAGES[0]:
        return LANGUAGE, language
    return (language, LANGUAGE) if language != LANGUAGE else (language, LANGUAGES[0])


def _label(own: str, other: str, match: re.Match[str]) -> str:
    """Return the condition of a label: that it is in a language, or in another where its thing has none in that."""
    name = match[1]
    there = f'{name}_of rdfs:label|skos:prefLabel {name} , {name}_own FILTER(LANG({name}_own) = "{own}")'
    return f'(LANG({name}) = "{own}" || LANG({name}) = "{other}" && NOT EXISTS {{ {there} }})'


def _sentence(language: str, second: str, match: re.Match[str]) -> str:
    """Return the pattern of a sentence for a reader of ``language``: in a second one where it is not translated."""
    thing, said, text = match[1], match[2], match[3]
    if language == second or match[4] != text:
        return match[0]
    own = f'{thing} cr:{said} {text}_own FILTER(LANG({text}_own) = "{language}")'
    other = f'LANGMATCHES(LANG({text}), "{second}") && NOT EXISTS {{ {own} }}'
    return f'{thing} cr:{said} {text} FILTER(LANG({text}) = "{language}" || {other})'


class Localized(dict[str, str]):
    """A text by language; for a language that the library does not speak, it is the English one."""

    def __missing__(self, language: str) -> str:
        return self[nearest(language)]


def nearest(language: str) -> str:
    """Return in which of LANGUAGES the graph and the library are shown to a reader of ``language``.

    For want of it that is the first language of the instance, or English. A language of a region (``fr-CA``, BCP 47)
    is that language.
    """
    known = (each for each in (language.partition("-")[0].lower(), LANGUAGE) if each in LANGUAGES)
    return next(known, LANGUAGES[0])


#: The languages in which lists have names: those of the library, and of the instance in use.
TOLD_IN = tuple(dict.fromkeys((*LANGUAGES, *instance().languages)))


def told_in(language: str) -> str:
    """Return in which of TOLD_IN a list is shown to a reader of ``language``, else the instance's first language."""
    language = language.partition("-")[0].lower()
    return language if language in TOLD_IN else LANGUAGE


def read(path: Path) -> LibraryQuery:
    """Read one file of the library. Raises InputError with the line for front matter that is wrong or missing."""
    return parse(path, text_of(path))


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
        found, param, meaning = (form.fullmatch(line.rstrip()) for form in (_FIELD, _PARAM, _MEANING))
        if found:
            fields[found[1], found[2] or "en"] = found[3]
        elif param:
            parameters.append(_parameter(path, count + 1, param))
        elif meaning:
            _tell(path, count + 1, parameters, meaning)
        else:
            raise InputError(path, f"not front matter: {line!r}", line=count + 1, repair=_HEAD)
    text = "\n".join(lines[count:]).strip() + "\n"
    for name in ("title", "question"):
        for language in LANGUAGES:
            if (name, language) not in fields:
                if language != "en" and not instance().is_shipped:  # an instance may speak none of them but English
                    fields[name, language] = fields[name, "en"]
                    continue
                key = name if language == "en" else f"{name}@{language}"
                raise InputError(path, f"the front matter lacks '# {key}: …'", line=1, repair=_HEAD)
    tags = tuple(tag.strip() for tag in fields.get(("tags", "en"), "").split(",") if tag.strip())
    if not tags:
        raise InputError(path, "the front matter lacks '# tags: …'", line=1, repair=_HEAD)
    for parameter in parameters:
        if f"?{parameter.name}" not in text:
            raise InputError(path, f"the query does not use its parameter ?{parameter.name}", line=1)
    return LibraryQuery(
        path.stem,
        Localized({language: fields["title", language] for language in LANGUAGES}),
        Localized({language: fields["question", language] for language in LANGUAGES}),
        tags,
        tuple(parameters),
        text,
        path,
        _view(path, fields.get(("view", "en")), text),
        _together(path, fields.get(("together", "en"), ""), parameters),
        _in_all("notice", path, fields),
        _in_all("asked", path, fields),
    )


def library(folder: Path) -> list[LibraryQuery]:
    """Read every query of ``folder`` (``queries/explore`` or ``queries/asking``), in the order of their names."""
    return [read(path) for path in listed(folder, "*.rq")]


def with_prefixes(text: str) -> str:
    """Return ``text`` with a PREFIX line for each usual prefix that it uses and does not declare."""
    return prologue(PREFIXES, undeclared(text)) + text


def undeclared(text: str) -> list[str]:
    """Return the usual prefixes that a query uses and does not declare, in their order.

    What stands in strings and comments counts, too: a prefix too many does no harm.
    """
    used, declared = set[str](), set[str]()
    before = ""
    for found in _WORD.finditer(text):
        word, colon = found.groups()
        if before == "prefix":
            declared.update([word] if colon else [])
        elif colon == ":":
            used.add(word)
        before = word.lower()
    return sorted((used & PREFIXES.keys()) - declared)


def _parameter(path: Path, line: int, match: re.Match[str]) -> Parameter:
    name, kind, of, default, meaning = match.groups()
    default = default.rstrip()
    if kind not in TYPES:
        raise InputError(path, f"'{kind}' is not a type of parameter", line=line, repair=f"one of {', '.join(TYPES)}")
    if of and kind != "iri":
        raise InputError(path, f"{name} is of type {kind}, and only an iri is of a class", line=line)
    try:
        parameter = Parameter(name, kind, default, meaning, whole(of) if of else "")
        parameter.term()
    except ValueError as error:
        raise InputError(path, f"the default of {name} is not of type {kind}: {error}", line=line) from error
    return parameter


def _tell(path: Path, line: int, parameters: list[Parameter], match: re.Match[str]) -> None:
    """Add what a parameter means in one more language."""
    language, name, meaning = match.groups()
    for place, parameter in enumerate(parameters):
        if parameter.name == name:
            parameters[place] = replace(parameter, meanings={**parameter.meanings, language: meaning})
            return
    raise InputError(path, f"there is no parameter {name} above", line=line)


def _view(path: Path, written: str | None, text: str) -> tuple[str, str, str] | None:
    if written is None:
        return None
    match = _VIEW.fullmatch(written)
    if match is None:
        raise InputError(path, f"'{written}' is no view", line=1, repair=f"one of {', '.join(VIEWS)}, and two ?columns")
    for name in match.groups()[1:]:
        if not re.search(rf"\?{name}\b", text):
            raise InputError(path, f"the query does not have the ?{name} of its view", line=1)
    return match[1], match[2], match[3]


def _in_all(name: str, path: Path, fields: Mapping[tuple[str, str], str]) -> Mapping[str, str]:
    """Return what a field says by language: in all of them or in none."""
    found = {language: fields[name, language] for language in LANGUAGES if (name, language) in fields}
    if found and len(found) < len(LANGUAGES):
        lacking = ", ".join(language for language in LANGUAGES if language not in found)
        raise InputError(path, f"'# {name}: …' is not said in {lacking}", line=1)
    return Localized(found)


def _together(path: Path, written: str, parameters: Sequence[Parameter]) -> str:
    known = [parameter.name for parameter in parameters]
    if written and written not in known:
        told = f"name a parameter of the question: {', '.join(known)}" if known else "leave the line out"
        raise InputError(path, f"'# together: {written}' names no parameter", line=1, repair=told)
    return written


def _matched(pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text.strip()) is None:
        raise ValueError(f"{text!r} is not written as its type is")
    return text.strip()
