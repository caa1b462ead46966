"""The columns of a sheet of practices, the concepts that cells may name, and how other sheets are mapped to them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from cityrights.errors import CityrightsError, InputError
from cityrights.home import listed
from cityrights.instance import SHIPPED, instance
from cityrights.library.names import nearest
from cityrights.pipeline.read import parse_file
from cityrights.places import LETTERS
from cityrights.translations import CATALOGUE, SOURCE
from cityrights.vocabulary import CR, GRAPH_VOCABULARY, SKOS

#: Parts a column's name from the language of its texts: ``title__fr``.
_OF: Final = "__"
#: The id of the row that shows how a template is filled: such a row is no practice.
EXAMPLE: Final = "example"
#: The largest mapping, in bytes, and the longest text that it gives every row.
_LARGEST: Final = 4 << 20
_LONGEST: Final = 2_000
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_PREF, _ALT, _BROADER, _SCHEME = (NamedNode(SKOS + name) for name in ("prefLabel", "altLabel", "broader", "inScheme"))

#: Small words by which a language is known, as far as no other of these languages has them; so many have to be there,
#: and so many characters of a cell are looked at.
_SMALL: Final = {
    "en": "the and of to for with from who their are is",
    "fr": "le les des du une et pour dans aux avec qui est",
    "es": "el los las del una y con en las por sus su",
    "pt": "o os das dos uma e com em na no nas nos ao são",
    "de": "der die das und den dem mit für von im ein eine ist",
    "it": "il gli della delle dei di che per una nel sono con",
}
_FEW: Final = 3
_READ: Final = 2_000


@dataclass(frozen=True)
class Column:
    """One column: its heading, what its cells are, the scheme and the branch of its concepts, whether it may hold many.

    ``sort`` is text, id, place, country, concept, date, actor, contact, name, number, url, source, where, quote or
    licence. ``name`` is its English heading, by which the program knows it; ``longest`` the most characters of a text.
    """

    name: str
    sort: str
    scheme: str = ""
    branch: tuple[str, ...] = ()
    many: bool = False
    translated: bool = False
    needed: bool = False
    width: int = 18
    longest: int = 50_000

    def called(self, language: str) -> str:
        """Return its heading in a language, in English where the program does not speak that."""
        return CATALOGUE[language if language in SHIPPED else SOURCE].importing.columns[self.name]


#: What was hard and what is advised are read as they are, each as the sentence of its claim.
_TELLING: Final = 2_000
_TITLE: Final = Column("title", "text", translated=True, needed=True, width=40, longest=300)
_BODY: Final = ("institution-kind", "figure-kind")
#: The columns of the first sheet, in order.
COLUMNS: Final = (
    Column("id", "id"),
    _TITLE,
    Column("place", "place", many=True),
    Column("region", "region"),
    Column("country", "country"),
    Column("what", "text", translated=True, width=60),
    Column("what was hard", "text", translated=True, width=50, longest=_TELLING),
    Column("what they advise", "text", translated=True, width=50, longest=_TELLING),
    Column("for whom", "concept", "target-group", many=True, width=28),
    Column("themes", "concept", "theme", many=True, width=28),
    Column("pillars", "concept", "pillar", many=True),
    Column("status", "concept", "status"),
    Column("start", "date"),
    Column("end", "date"),
    Column("carried out by", "actor", many=True, width=28),
    Column("partners", "actor", many=True, width=28),
    Column("whom to ask", "contact", many=True, width=32),
    Column("institution", "name", width=28),
    Column("institution kind", "concept", "kind", _BODY),
    Column("instrument", "name", width=28),
    Column("instrument kind", "concept", "kind", ("instrument-kind",)),
    Column("number", "number"),
    Column("measure", "concept", "measure"),
    Column("url", "url", width=28),
    Column("source", "source", width=28),
    Column("where", "where"),
    Column("quote", "quote", width=40),
    Column("licence", "licence"),
)
_PRACTICE: Final = Column("practice", "practice", needed=True, width=40)
#: Further sheets, for what one practice has several of: their columns, each row tied to a practice by title or id.
SHEETS: Final = {
    "practices": COLUMNS,
    "institutions": (_PRACTICE, *(one for one in COLUMNS if one.name in ("institution", "institution kind"))),
    "instruments": (_PRACTICE, *(one for one in COLUMNS if one.name in ("instrument", "instrument kind"))),
    "numbers": (_PRACTICE, *(one for one in COLUMNS if one.name in ("number", "measure"))),
}
#: So many names that are near are told.
_NEAR: Final = 3
#: How alike a value and the name of a concept are, at least, to be proposed.
_ALIKE: Final = 0.86
#: What other sheets call these columns, in several languages: for ``cityrights map``.
_CALLED: Final = {
    "id": "identifier;number of case;case id;identifiant;identificador;ref;code",
    "title": "name;practice;case;case title;project;initiative;titre;nom;título;nombre;pratique;práctica;titel",
    "place": "city;town;municipality;location;ville;commune;lieu;ciudad;municipio;lugar;stadt;gemeente;city name",
    "region": "province;state;department;county;région;département;provincia;departamento;estado;bundesland",
    "country": "nation;pays;país;land;country name",
    "what": "description;summary;body;text;htmlbody;about;abstract;description courte;descripción;résumé;resumen",
    "what was hard": "challenge;challenges;difficulties;obstacles;barriers;défis;difficultés;retos;"
    "dificultades;desafíos",
    "what they advise": "advice;lessons;lessons learned;lessons learnt;takeaways;recommendations;leçons;enseignements;"
    "conseils;recommandations;lecciones;aprendizajes;consejos;recomendaciones",
    "whom to ask": "contact;contact person;contact email;email;e mail;contacto;correo;correo electrónico;courriel",
    "for whom": "target group;beneficiaries;targeted participants;public;groupe cible;destinatarios;population;"
    "bénéficiaires;beneficiarios;public cible;población objetivo;público objetivo",
    "themes": "theme;topic;topics;issues;general issues;subject;rights;thème;thèmes;tema;temas;specific topics",
    "pillars": "pillar;pilier;pilar",
    "status": "state of play;statut;estado;phase;stage",
    "start": "start date;from;begin;since;year;année;début;inicio;date;año;date début;fecha inicio;fecha;"
    "año inicio;année début",
    "end": "end date;until;fin;final;date fin;fecha fin;fecha final",
    "carried out by": "organisation;organization;organizer;implemented by;lead;responsable;porteur;organizador",
    "partners": "partner;with;partenaires;socios;supporters",
    "number": "number of participants;participants;figure;nombre;número;total",
    "url": "website;link;web;links;site;enlace;lien;homepage",
    "source": "document;file;report;fuente;documento;fichier",
    "where": "page;lines;line;pages;página;ligne",
    "quote": "quotation;citation;cita;extract",
    "licence": "license;rights;licencia",
}


#: Words that stand in the headings of any column.
_TELLS_NOTHING: Final = frozenset(
    ("the", "of", "a", "an", "de", "la", "le", "les", "du", "des", "l", "d", "el", "los", "las", "del", "practice",
     "practices", "pratique", "pratiques", "practica", "practicas", "project", "projet", "proyecto", "case", "cas",
     "caso", "experience", "experiencia", "initiative", "iniciativa")
)  # fmt: skip


def fold(text: str) -> str:
    """Return a text as headings and labels are compared: small letters without accents, one space between words."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


class Concepts:
    """The concepts of the schemes: found by a label in any language, an alternative one, or the end of their IRI."""

    def __init__(self, home: Path) -> None:
        self._names: dict[str, dict[str, set[str]]] = {}
        self._labels: dict[str, dict[str, str]] = {}
        self._broader: dict[str, set[str]] = {}
        self._scheme: dict[str, str] = {}
        for path in listed(home / "ontology" / "schemes", "*.ttl"):
            self._read(path)

    def _read(self, path: Path) -> None:
        quads = parse_file(path, GRAPH_VOCABULARY)
        for subject, predicate, value, _ in quads:
            if predicate == _SCHEME and isinstance(value, NamedNode) and isinstance(subject, NamedNode):
                self._scheme[subject.value] = value.value.rpartition("/")[2]
        for subject, predicate, value, _ in quads:
            scheme = self._scheme.get(subject.value, "") if isinstance(subject, NamedNode) else ""
            if not scheme or not isinstance(subject, NamedNode):
                continue
            names = self._names.setdefault(scheme, {})
            names.setdefault(fold(subject.value.rpartition("/")[2]), set()).add(subject.value)
            if predicate in (_PREF, _ALT) and isinstance(value, Literal):
                names.setdefault(fold(value.value), set()).add(subject.value)
                if predicate == _PREF:
                    self._labels.setdefault(subject.value, {})[value.language or ""] = value.value
            elif predicate == _BROADER and isinstance(value, NamedNode):
                self._broader.setdefault(subject.value, set()).add(value.value)

    def of(self, column: Column) -> list[str]:
        """Return the IRIs of the concepts that a column may have, in the order of their English labels."""
        found = [iri for iri, scheme in self._scheme.items() if scheme == column.scheme and self.fits(iri, column)]
        return sorted(found, key=lambda iri: self.label(iri, "en").casefold())

    def fits(self, iri: str, column: Column) -> bool:
        """Say whether a concept stands in the branch of a column; what is worked out by the build fits none."""
        name = iri.rpartition("/")[2]
        if name in ("unstated", *column.branch):
            return False
        return not column.branch or any(up.rpartition("/")[2] in column.branch for up in self._above(iri))

    def _above(self, iri: str) -> Iterator[str]:
        seen, todo = {iri}, [iri]
        while todo:
            for up in self._broader.get(todo.pop(), ()):
                if up not in seen:
                    seen.add(up)
                    todo.append(up)
                    yield up

    def is_figure(self, iri: str) -> bool:
        """Say whether a kind is that of whoever holds a post: an ombudsperson, a monitor."""
        return any(up.endswith("/figure-kind") for up in self._above(iri))

    def label(self, iri: str, language: str) -> str:
        """Return the preferred label of a concept in a language, in English where it has none."""
        labels = self._labels.get(iri, {})
        return labels.get(language) or labels.get("en") or iri.rpartition("/")[2]

    def find(self, text: str, column: Column) -> list[str]:
        """Return the concepts of a column that a text names: one where it is clear."""
        found = self._names.get(column.scheme, {}).get(fold(text), set())
        return sorted(iri for iri in found if self.fits(iri, column))

    def near(self, text: str, column: Column, least: float = 0.6) -> list[str]:
        """Return the labels of the concepts of a column that are most like a text, the nearest first.

        What has all its words comes before what is spelt like it. They are in the first language of the instance.
        """
        names = {
            name for name, iris in self._names.get(column.scheme, {}).items() if any(self.fits(i, column) for i in iris)
        }
        words = set(fold(text).split())
        whole = sorted(
            (name for name in names if words and words <= set(name.split())), key=lambda name: (len(name), name)
        )
        found = (self.find(name, column)[0] for name in (*whole, *nearest(fold(text), names, _NEAR, least)))
        return list(dict.fromkeys(self.label(iri, instance().languages[0]) for iri in found))[:_NEAR]


@dataclass(frozen=True)
class Taken:
    """What a heading of a sheet is taken for: a column, and the language of its texts, empty for that of the import."""

    column: Column
    language: str = ""


@dataclass
class Mapped:
    """How a sheet of another shape is read: its file, headings → columns, constants, marks that split, values → values.

    A heading that is mapped to nothing is left out on purpose.
    """

    path: Path | None = None
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    split: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)


def read_mapping(path: Path) -> Mapped:
    """Read the file that ``cityrights map`` proposes; raises InputError for what it cannot say."""
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(path, f"has more than {_LARGEST >> 20} MB, and is no mapping")
        loaded = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, too
        raise InputError(path, f"is no TOML: {error}", repair="cityrights map writes one to begin with") from error
    parts = {"columns", "constants", "split", "values"}
    for name, part in loaded.items():
        if name not in parts or not isinstance(part, dict):
            raise InputError(path, f"“{name}” is none of its parts: {', '.join(sorted(parts))}")
    found = Mapped(path)
    for name in ("columns", "constants", "split"):
        for key, value in loaded.get(name, {}).items():
            if not isinstance(value, str):
                raise InputError(path, f"[{name}] “{key}” is not a text", repair=f'write "{key}" = "…"')
            if len(value) > _LONGEST:
                raise InputError(path, f"[{name}] “{key}” has {len(value):,} characters; {_LONGEST:,} are the most")
            one = taken(key, COLUMNS) if name == "constants" else None
            getattr(found, name)[one.column.name if one is not None and not one.language else key] = value
    for key, part in loaded.get("values", {}).items():
        if not isinstance(part, dict) or not all(isinstance(value, str) for value in part.values()):
            raise InputError(path, f'[values."{key}"] is not a table of texts', repair='write "value" = "concept"')
        found.values[key] = {fold(name): value for name, value in part.items()}
    for heading, name in [*found.columns.items(), *((name, name) for name in found.constants)]:
        if name and taken(name, COLUMNS) is None and name not in ("language", "practice"):
            raise InputError(path, f"“{heading}” is mapped to “{name}”, which is no column{_meant(name, COLUMNS)}")
    return found


def taken(heading: str, columns: Iterable[Column]) -> Taken | None:
    """Return what a heading is taken for, None for none: case, accents and underlines make no difference."""
    base, mark, language = heading.strip().partition(_OF)
    column = next((one for one in columns if fold(base) in _names(one)), None)
    if column is None or (mark and not (column.translated and _LANGUAGE.fullmatch(language))):
        return None
    return Taken(column, language)


@lru_cache(maxsize=100)
def _names(column: Column) -> frozenset[str]:
    """Return the headings that a column may have, folded: its name in each language of the program."""
    return frozenset(fold(name) for name in (column.name, *map(column.called, SHIPPED)))


def _meant(heading: str, columns: Iterable[Column]) -> str:
    """Return the question for the columns that a heading may mean, as they are called in the instance's language."""
    base = fold(heading.partition(_OF)[0])
    names = {fold(name): one for one in columns for name in (one.name, one.called(instance().languages[0]))}
    known = {one.name: one for one in names.values()}
    aliases = {fold(alias): known[name] for name, text in _CALLED.items() if name in known for alias in text.split(";")}
    near = [names.get(name) or aliases[name] for name in nearest(base, [*names, *aliases], _NEAR, 0.7)]
    near = [known[name] for name in (_alias(heading, set(), _kernel),) if name in known] + near
    found = list(dict.fromkeys(one.called(instance().languages[0]) for one in near))[:_NEAR]
    return f" (did you mean “{'” or “'.join(found)}”?)" if found else ""


def headings(path: Path, name: str, found: Iterable[str], columns: tuple[Column, ...], by: Mapped) -> dict[str, Taken]:
    """Return what each heading of a sheet is taken for; those left out on purpose are not among them.

    Raises InputError for headings that are no column, each with those that are near, and for a column that is missing.
    """
    wrong, kept = list[str](), dict[str, Taken]()
    for heading in found:
        name_ = by.columns.get(heading, heading)
        if heading.startswith("_") or (heading in by.columns and not name_):
            continue
        one = taken(name_, columns)
        if one is None:
            wrong.append(f"“{heading}”{_meant(name_, columns)}")
        elif one in kept.values():
            raise InputError(path, f"“{name}”: “{heading}” is a second column of “{one.column.name}”")
        else:
            kept[heading] = one
    if wrong:
        those = "is no column" if len(wrong) == 1 else "are no columns"
        repair = (
            "begin its name with _ to leave it out, name it as in the template, "
            f"or let cityrights map {path.name} propose what it is"
        )
        raise InputError(path, f"“{name}”: {', '.join(wrong)} {those} of a sheet of practices", repair=repair)
    there = {one.column.name for one in kept.values()} | set(by.constants)
    lacking = [one.name for one in columns if one.needed and one.name not in there]
    if lacking:
        raise InputError(path, f"“{name}” has no column “{lacking[0]}”", repair="add it, or map another column to it")
    for gone in by.columns:
        if gone not in found and by.path is not None:
            near = nearest(gone, found, 1)
            hint = f"did you mean “{near[0]}”?" if near else f"the sheet has: {', '.join(found)}"
            raise InputError(by.path, f"maps the column “{gone}”, which {path.name} does not have", repair=hint)
    return kept


def propose(path: Path, found: Mapping[str, list[str]], concepts: Concepts) -> str:
    """Return a proposal of how a sheet is mapped, as TOML to edit; ``found`` has values of each heading."""
    known: dict[str, str] = {}
    for heading in found:
        one = taken(heading, COLUMNS)
        if one is not None:
            known[heading] = one.column.name + (_OF + one.language if one.language else "")
    for read in (fold, _kernel):  # what is called just so first, whatever stands before it
        for heading in found:
            known[heading] = known.get(heading) or _alias(heading, set(known.values()), read)
    lines = [
        f"# How {' '.join(path.name.split())} is read by cityrights import --map. Proposed by cityrights map; mend it.",
        '# Each heading of the sheet, and the column that it is; "" leaves it out.',
        "[columns]",
        *(f"{_quoted(heading)} = {_quoted(column)}" for heading, column in known.items()),
        "",
        "# What is the same for every row.",
        "[constants]",
        *(() if "title" in known.values() else _untitled(found)),
        _spoken(value for heading, column in known.items() if column in ("title", "what") for value in found[heading]),
        '# licence = "CC-BY-4.0"',
        "",
    ]
    many = {heading: taken(column, COLUMNS) for heading, column in known.items() if column}
    split = {heading: _mark(found[heading]) for heading, one in many.items() if one is not None and one.column.many}
    if split:
        lines += ["# What parts the values of one cell.", "[split]"]
        lines += [f"{_quoted(heading)} = {_quoted(mark)}" for heading, mark in split.items()] + [""]
    for heading, one in many.items():
        if one is None or one.column.sort != "concept":
            continue
        values = values_of(found[heading], split.get(heading, ""))
        unknown = {value: concepts.find(value, one.column) for value in values}
        if unknown:
            lines += [f'# Values of “{heading}” → concepts of {one.column.scheme}; "" leaves one out.']
            lines += [f"[values.{_quoted(heading)}]"]
            for value, there in unknown.items():
                near = there or [
                    iri
                    for label in concepts.near(value, one.column, _ALIKE)
                    for iri in concepts.find(label, one.column)
                ]
                told = near[0].rpartition("/")[2] if near else ""
                lines.append(f"{_quoted(value)} = {_quoted(told)}" + ("" if there else "  # to be looked at"))
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _spoken(texts: Iterable[str]) -> str:
    """Propose the language of texts that name none, by their small words; that of the instance where these do not."""
    own = instance().languages[0]
    words = Counter(word for text in texts for word in text[:_READ].casefold().replace("’", " ").split())
    counts = {code: sum(words[word] for word in small.split()) for code, small in _SMALL.items()}
    best = max(counts, key=lambda code: counts[code])
    if best == own or counts[best] < _FEW or counts[best] < 2 * counts.get(own, 0):
        return f'# language = "{own}"'
    return f'language = "{best}"  # to be looked at'


def _untitled(found: Iterable[str]) -> tuple[str, ...]:
    """Propose how practices are called in a sheet that has no titles."""
    first = next((heading for heading in found), "id")
    return (
        "# No column has the titles of practices: they are put together from others, in braces.",
        f"title = {_quoted(f'Practice {{{first}}}')}",
    )


def values_of(values: Iterable[str], mark: str) -> list[str]:
    """Return the values of cells, each once, in the order of their letters."""
    parts = (part for value in values for part in (value.strip("{}[]").split(mark) if mark else [value]))
    return sorted({part.strip().strip('"') for part in parts} - {""})


def _alias(heading: str, used: set[str], read: Callable[[str], str] = fold) -> str:
    """Return the column that other sheets call so, of those not ``used``; empty for none. ``read`` takes both alike."""
    wanted = read(heading)
    for name, text in _CALLED.items():
        if wanted and name not in used and wanted in {read(alias) for alias in text.split(";")}:
            return name
    return ""


def _kernel(text: str) -> str:
    """Return what tells one heading from others: “Nombre de la práctica” is “nombre”; empty where nothing does."""
    return " ".join(word for word in fold(text).split() if word not in _TELLS_NOTHING)


def _mark(values: Iterable[str]) -> str:
    joined = "\n".join(values)
    return max(";|,", key=joined.count) if any(mark in joined for mark in ";|,") else ";"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda c: f"\\u{ord(c[0]):04x}", escaped) + '"'


def checked_language(language: str) -> str:
    """Return a language's code, or nothing. Raises CityrightsError for what is none."""
    if language and not _LANGUAGE.fullmatch(language):
        raise CityrightsError(f"“{language[:60]}” is no language; write en, fr, es … (ISO 639-1)")
    return language


def constants_of(by: Mapped) -> Mapping[str, str]:
    """Return the constants of a mapping but its language. Raises CityrightsError for a language that is none."""
    checked_language(by.constants.get("language", ""))
    return {name: value for name, value in by.constants.items() if name != "language"}


@lru_cache(maxsize=500)
def own(name: str) -> NamedNode:
    """Return a term of our vocabulary."""
    return NamedNode(CR + name)
