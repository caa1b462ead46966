"""What a data set says of itself: title, licence, publisher, of somebody else's nothing else; and how to cite it.

It is read when the snapshot is built, from a ``void:Dataset``, ``dcat:Dataset``, ``schema:Dataset``, ``owl:Ontology``,
``dcat:Catalog`` or ``skos:ConceptScheme`` in the data, and kept in the manifest. Where several stand side by side, none
of them is the whole, and nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Final

import orjson
import pyoxigraph as ox
from babel.dates import format_date

from cityrights.instance import instance
from cityrights.terms import fallback_chain
from cityrights.versions.releases import release_of
from cityrights.vocabulary import BASE, DATASET, DCTERMS, LICENSE, OWL, PREFIXES, RDF, RDFS, SKOS, VOCABULARY

_DC: Final = "http://purl.org/dc/elements/1.1/"
_FOAF: Final = "http://xmlns.com/foaf/0.1/"
_VOID: Final = "http://rdfs.org/ns/void#"
_VCARD: Final = "http://www.w3.org/2006/vcard/ns#"
_DCAT: Final = PREFIXES["dcat"]
_SCHEMA: Final = ("http://schema.org/", "https://schema.org/")

#: Classes of data sets, one group after the other: only where nothing is of one, the next is looked at.
_CLASSES: Final = (
    (_DCAT + "Dataset", _VOID + "Dataset", *(space + "Dataset" for space in _SCHEMA)),
    (OWL + "Ontology",),
    (_DCAT + "Catalog",),
    (SKOS + "ConceptScheme",),
)
#: What joins a whole to a part of it, which is no whole.
_PARTS: Final = (DCTERMS + "hasPart", _VOID + "subset", _VOID + "classPartition", _VOID + "propertyPartition")
_WHOLES: Final = (DCTERMS + "isPartOf",)
_TITLES: Final = (DCTERMS + "title", _DC + "title", *(s + "name" for s in _SCHEMA), RDFS + "label", SKOS + "prefLabel")
_DESCRIPTIONS: Final = (
    DCTERMS + "description", _DC + "description", DCTERMS + "abstract", *(s + "description" for s in _SCHEMA),
    RDFS + "comment",
)  # fmt: skip
_LICENCES: Final = (
    DCTERMS + "license", "http://creativecommons.org/ns#license", *(s + "license" for s in _SCHEMA),
    "http://www.w3.org/1999/xhtml/vocab#license",
)  # fmt: skip
_PUBLISHERS: Final = (DCTERMS + "publisher", _DC + "publisher", *(s + "publisher" for s in _SCHEMA))
_CREATORS: Final = (
    DCTERMS + "creator", _DC + "creator", *(s + "creator" for s in _SCHEMA), *(s + "author" for s in _SCHEMA),
    _FOAF + "maker",
)  # fmt: skip
_NAMES: Final = (_FOAF + "name", _VCARD + "fn", *_TITLES)
#: What the software is called.
_PROGRAM: Final = "cityrights"
_WHOSE: Final = instance()
#: Who made the data of the instance in use, in citations.
AUTHOR: Final = next(iter(_WHOSE.publisher.names.values()))
#: Their licence, as a Citation File has it.
_LICENCE: Final = f"license: {_WHOSE.licence.spdx}" if _WHOSE.licence.spdx else f'license-url: "{_WHOSE.licence.iri}"'
#: Whose the software is, as LICENSE has it.
CONTRIBUTORS: Final = "The cityrights contributors"

#: BibTeX counts braces whatever stands before them, so those of a text are written by name.
_BIBTEX = {
    "\\": "\\textbackslash{}", "{": "\\lbrace{}", "}": "\\rbrace{}", "%": "\\%", "#": "\\#", "&": "\\&",
    "_": "\\_", "$": "\\$", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
}  # fmt: skip
#: Pairs that fonts of TeX show as one other character: two hyphens as a dash, and so on.
_LIGATURES: Final = frozenset({"--", "''", "``", ",,", "<<", ">>", "?`", "!`"})
#: What stands in brackets after the title (APA 7, §10.9 and §10.10), and the type of a record of RIS, by type of CSL.
_BRACKETS: Final = {"dataset": "Data set", "software": "Computer software"}
_RIS: Final = {"dataset": "DATA", "software": "COMP"}
#: What YAML lets stand in no text, and what would turn the direction of a line: written as escapes.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
#: What ends a line or is one space; the spaces of French typography, which break no line, stay what they are.
_SPACES: Final = re.compile("[\t-\r \x1c-\x1f\x85\u2028\u2029]+")
_CC: Final = re.compile(r"https?://creativecommons\.org/(licenses/([a-z-]{2,12})|publicdomain/(zero))/([0-9]\.[0-9])\b")
#: Characters of a name that are shown.
_SHOWN: Final = 60
#: The most values of one property that are kept, and the longest text, in characters.
_MOST: Final = 20
_LONGEST: Final = 2_000


@dataclass(frozen=True)
class Named:
    """A licence or somebody: the IRI, empty where there is none, and names by language, empty where it is not told."""

    iri: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The IRI where a page may link to it, nothing where it may not."""
        return self.iri if re.fullmatch(r"https?://[^\s<>\"]+", self.iri) else ""

    def name(self, language: str) -> str:
        """Return what it is called: as the data have it, else a name that all know, else the IRI."""
        said = said_in(self.names, language)
        if said:
            return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"
        known = _CC.match(self.iri)
        if known is None:
            return re.sub(r"^https?://(www\.)?", "", self.iri).rstrip("/")
        return f"CC0 {known[4]}" if known[3] else f"CC {known[2].upper()} {known[4]}"


@dataclass(frozen=True)
class DatasetDescription:
    """What a data set says of itself; texts are by language, and all of it may be empty."""

    iri: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    licences: Sequence[Named] = ()
    publishers: Sequence[Named] = ()
    creators: Sequence[Named] = ()

    def record(self) -> dict[str, Any]:
        """Return it as the manifest keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> DatasetDescription:
        """Return what a manifest kept."""
        named = {
            name: [Named(str(one.get("iri", "")), one.get("names", {})) for one in record.get(name, ())]
            for name in ("licences", "publishers", "creators")
        }
        return cls(str(record.get("iri", "")), record.get("titles", {}), record.get("descriptions", {}), **named)


def said_in(texts: Mapping[str, str], language: str) -> str:
    """Return a text in ``language``, the instance's first, English, without a language, or in any; else nothing."""
    for tag in (*fallback_chain(language), ""):
        for own, text in sorted(texts.items()):
            if own == tag or own.startswith(f"{tag}-" if tag else "\0"):
                return text
    return next(iter(texts.values()), "")


def is_shipped(manifest: Mapping[str, Any]) -> bool:
    """Say whether a snapshot is the graph of this project, built from its own sources."""
    return dataset_iri(manifest) == DATASET


def dataset_iri(manifest: Mapping[str, Any]) -> str:
    """Return the IRI of the data set of a snapshot."""
    return str(manifest.get("dataset", DATASET))


def description_of(manifest: Mapping[str, Any]) -> DatasetDescription:
    """Return what the data of others say of themselves; of the shipped graph nothing, which we know ourselves."""
    return DatasetDescription() if is_shipped(manifest) else DatasetDescription.of(manifest.get("told", {}))


def licences_of(manifest: Mapping[str, Any]) -> list[str]:
    """Return the addresses of the licences of the data; of others' data those that they name."""
    return [LICENSE] if is_shipped(manifest) else [one.iri for one in description_of(manifest).licences if one.iri]


def read_description(store: ox.Store) -> DatasetDescription:
    """Return what the default graph says of the data set that it is."""
    subject = next((found for group in _CLASSES if (found := _only(store, group)) is not None), None)
    if subject is None:
        return DatasetDescription()
    return DatasetDescription(
        subject.value if isinstance(subject, ox.NamedNode) else "",
        _texts(store, subject, _TITLES),
        _texts(store, subject, _DESCRIPTIONS),
        _named(store, subject, _LICENCES),
        _named(store, subject, _PUBLISHERS),
        _named(store, subject, _CREATORS),
    )


def _only(store: ox.Store, classes: Sequence[str]) -> ox.NamedNode | ox.BlankNode | None:
    """Return the one thing of these classes that is no part of another; None where there is none, or more than one."""
    found: dict[ox.NamedNode | ox.BlankNode, None] = {}
    for name in classes:
        for quad in store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(name), ox.DefaultGraph()):
            if isinstance(quad.subject, ox.NamedNode | ox.BlankNode) and not _is_part(store, quad.subject):
                found[quad.subject] = None
            if len(found) > 1:
                return None
    return next(iter(found), None)


def _is_part(store: ox.Store, thing: ox.NamedNode | ox.BlankNode) -> bool:
    whole = (store.quads_for_pattern(None, ox.NamedNode(name), thing, ox.DefaultGraph()) for name in _PARTS)
    part = (store.quads_for_pattern(thing, ox.NamedNode(name), None, ox.DefaultGraph()) for name in _WHOLES)
    return any(next(quads, None) is not None for quads in (*whole, *part))


def _values(
    store: ox.Store, subject: ox.NamedNode | ox.BlankNode, properties: Sequence[str]
) -> Iterator[ox.NamedNode | ox.BlankNode | ox.Literal]:
    """Yield the values of the first of these properties that has any."""
    for name in properties:
        count = 0
        for quad in store.quads_for_pattern(subject, ox.NamedNode(name), None, ox.DefaultGraph()):
            if count < _MOST and isinstance(quad.object, ox.NamedNode | ox.BlankNode | ox.Literal):
                count += 1
                yield quad.object
        if count:
            return


def _texts(store: ox.Store, subject: ox.NamedNode | ox.BlankNode, properties: Sequence[str]) -> dict[str, str]:
    told: dict[str, str] = {}
    for value in sorted(_values(store, subject, properties), key=str):
        if isinstance(value, ox.Literal) and value.value.strip():
            text = " ".join(value.value.split())
            told.setdefault(value.language or "", text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
    return told


def _named(store: ox.Store, subject: ox.NamedNode | ox.BlankNode, properties: Sequence[str]) -> list[Named]:
    found = []
    for value in sorted(_values(store, subject, properties), key=str):
        if not isinstance(value, ox.Literal):
            iri = value.value if isinstance(value, ox.NamedNode) else ""
            found.append(Named(iri, _texts(store, value, _NAMES)))
        elif value.value.startswith(("http://", "https://")) and len(value.value.split()) == 1:
            found.append(Named(value.value))
        elif value.value.strip():
            found.append(Named("", {value.language or "": " ".join(value.value.split())[:_LONGEST]}))
    return [one for one in found if one.iri or one.names]


@dataclass(frozen=True, slots=True)
class Citation:
    """What every format says. ``date`` is the data set's, ``YYYY-MM-DD`` or empty; it is never today's.

    ``iri`` names what is cited, ``address`` leads to it at this version (empty: the name does). ``release`` is what
    the editors call the version, ``doi`` where an archive has it, ``accessed`` the day on which the reader looked, and
    ``abstract`` what a claim says; each is empty where there is none. ``kind`` is a type of CSL: dataset or software.
    """

    key: str
    title: str
    iri: str
    version: str
    date: str
    authors: tuple[str, ...] = (AUTHOR,)
    licence: str = _LICENCE
    address: str = ""
    kind: str = "dataset"
    release: str = ""
    doi: str = ""
    accessed: str = ""
    abstract: str = ""

    @property
    def year(self) -> str:
        """The year, or nothing."""
        return self.date[:4]

    @property
    def url(self) -> str:
        """Where a reader is sent: to the archive where it is in one, else to this version of it."""
        return f"https://doi.org/{self.doi}" if self.doi else self.address or self.iri

    @property
    def version_told(self) -> str:
        """The version with its name where it has one: ``2026.1, 3a8a9b4b0303``."""
        return f"{self.release}, {self.version}" if self.release else self.version

    def released(self, name: str, day: str, doi: str) -> Citation:
        """Return the citation of a version that is a release, of this name, day (ISO 8601) and DOI, or none.

        The DOI names the whole: what is a part of it keeps its own name.
        """
        return replace(self, release=name, date=day, doi=doi if self.iri == DATASET else "")

    def apa(self) -> str:
        """Write one line in the APA manner (7th edition, §10.9 and §10.10)."""
        bracket = _BRACKETS[self.kind]
        told = f"{_line(self.title)} (Version {_line(self.version_told)}) [{bracket}]. "
        retrieved = ""
        if self.accessed:
            day = format_date(date.fromisoformat(self.accessed), "MMMM d, y", locale="en")
            retrieved = f"Retrieved {day}, from "
        return f"{' & '.join(map(_line, self.authors))}. ({self.year or 'n.d.'}). {told}{retrieved}{self.url}"

    def bibtex(self) -> str:
        """Write a BibTeX entry."""
        fields = {
            "author": " and ".join("{" + _tex(name) + "}" for name in self.authors),
            "title": "{" + _tex(self.title) + "}",
            "year": self.year,
            "version": _tex(self.version_told),
            "howpublished": _BRACKETS[self.kind],
            "note": f"Version {_tex(self.version_told)}" + (f", {self.date}" if self.date else ""),
            "doi": self.doi,
            "url": self.url,
            "urldate": self.accessed,
            "abstract": _tex(self.abstract),
        }
        ours = CONTRIBUTORS in self.authors or (_WHOSE.is_shipped and AUTHOR in self.authors)
        maker = _PROGRAM if ours else re.sub(r"[^A-Za-z0-9]+", "", self.authors[0]) or "data"
        name = f"{maker}-" + re.sub(r"[^A-Za-z0-9-]+", "-", self.key)
        body = ",\n".join(f"  {field} = {{{value}}}" for field, value in fields.items() if value)
        return f"@misc{{{name},\n{body}\n}}\n"

    def ris(self) -> str:
        """Write a record of RIS, as reference managers read it: one tag to a line, lines ended by CR and LF."""
        lines = [
            ("TY", _RIS[self.kind]),
            ("ID", self.key),
            *(("AU", name) for name in self.authors),
            ("TI", self.title),
            ("PY", self.year),
            ("DA", self.date.replace("-", "/")),
            ("ET", self.version_told),
            ("AB", self.abstract),
            ("AN", self.iri),
            ("DO", self.doi),
            ("UR", self.url),
            ("Y2", self.accessed.replace("-", "/")),
        ]
        told = [(tag, text) for tag, value in lines if (text := _line(value))]
        return "".join(f"{tag}  - {text}\r\n" for tag, text in [*told, ("ER", "")])

    def csl(self) -> str:
        """Write CSL JSON (1.0.2): a list of one item."""
        item: dict[str, object] = {
            "id": self.iri,
            "type": self.kind,
            "title": self.title,
            "author": [{"literal": name} for name in self.authors],
            "version": self.version_told,
            "URL": self.url,
            **({"DOI": self.doi} if self.doi else {}),
            **({"abstract": self.abstract} if self.abstract else {}),
        }
        for name, day in (("issued", self.date), ("accessed", self.accessed)):
            if day:
                item[name] = {"date-parts": [[int(part) for part in day.split("-")]]}
        return orjson.dumps([item], option=orjson.OPT_INDENT_2).decode() + "\n"

    def cff(self) -> str:
        """Write a Citation File (CFF 1.2.0)."""
        lines = [
            "cff-version: 1.2.0",
            "message: " + yaml_text("To cite this, please use the following."),
            f"type: {self.kind}",
            "title: " + yaml_text(self.title),
            "authors:",
            *("  - name: " + yaml_text(name) for name in self.authors),
            "version: " + yaml_text(self.version_told),
            *([f"date-released: {self.date}"] if self.date else []),
            *([self.licence] if self.licence else []),
            *([f"doi: {yaml_text(self.doi)}"] if self.doi else []),
            *([f"abstract: {yaml_text(self.abstract)}"] if self.abstract else []),
            "url: " + yaml_text(self.address or self.iri),
            "identifiers:",
            "  - type: url",
            "    value: " + yaml_text(self.iri),
        ]
        return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    """Return a text as one line, without characters that nobody sees and that would turn or break what follows."""
    return _SPACES.sub(" ", _UNPRINTABLE.sub("", _SPACES.sub(" ", text))).strip()


def _tex(text: str) -> str:
    written, before = [], ""
    for character in _line(text):
        if before + character in _LIGATURES:
            written.append("{}")
        written.append(_BIBTEX.get(character, character))
        before = character
    return "".join(written)


def yaml_text(text: str) -> str:
    """Write a double-quoted scalar (YAML 1.2, §7.3.1)."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04X}", quoted) + '"'


def citation(
    key: str,
    title: str,
    iri: str,
    version: str,
    built: object,
    authors: tuple[str, ...] = (AUTHOR,),
    licence: str = _LICENCE,
) -> Citation:
    """Return the citation; ``built`` is the manifest's date, used where it is one, ``licence`` a line of CFF."""
    day = str(built or "")
    written = day if re.fullmatch(r"\d{4}-\d\d-\d\d", day) else ""
    address = f"{iri}?version={version}" if iri.startswith(BASE) and "?" not in iri else ""
    return Citation(key, title, iri, version, written, authors, licence, address)


def cited(manifest: Mapping[str, Any], key: str, title: str, iri: str, version: str) -> Citation:
    """Return the citation of something in a snapshot; data of others name who made or publishes them, and a licence.

    ``key`` is what the entry is called, ``version`` that of the data. Raises InputError for a record of a release that
    is none.
    """
    release, version = release_of(version) if is_shipped(manifest) else None, version[:12]
    if is_shipped(manifest):
        made = citation(key, title, iri, version, manifest.get("built"))
        return made.released(release.name, release.date.isoformat(), release.doi) if release else made
    told = description_of(manifest)
    authors = tuple(said_in(one.names, "en") or one.iri for one in told.creators or told.publishers)
    licence = next((f"license-url: {yaml_text(one.iri)}" for one in told.licences if one.iri), "")
    own = said_in(told.titles, "en") or dataset_iri(manifest)
    return citation(key, title, iri, version, manifest.get("built"), authors or (own,), licence)


def software_citation(version: str, day: str = "") -> Citation:
    """Return the citation of the software of this number; ``day`` is that of the release that it came with, if any."""
    return Citation(
        f"software-{version}", _PROGRAM, VOCABULARY, version, day, (CONTRIBUTORS,), "license: MIT", kind="software"
    )  # fmt: skip


#: The formats of a citation, and what writes each.
CITED_AS: Final[Mapping[str, Callable[[Citation], str]]] = {
    "apa": lambda one: one.apa() + "\n",
    "bibtex": Citation.bibtex,
    "ris": Citation.ris,
    "csl": Citation.csl,
    "cff": Citation.cff,
}
