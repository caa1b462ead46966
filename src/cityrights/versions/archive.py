"""A release as a folder that archives take: dumps, ontology, shapes and questions, described for those who cite them.

Everything in it comes from the release's record and from the files of its commit, nothing from a clock or from the
machine: the same commit gives the same bytes, and each file has the release's day for its time. The descriptions are a
Citation File (CFF 1.2.0), DataCite's metadata (4.6, as JSON), CodeMeta (3.0) for the software, and an RO-Crate (1.2).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from importlib.metadata import metadata
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

import pyoxigraph as ox

from cityrights.home import INSTANCE, is_complete
from cityrights.instance import instance
from cityrights.pipeline.described import described
from cityrights.resources.dataset import AUTHOR, yaml_text
from cityrights.snapshot import SUMS, Snapshot, digest, with_packed
from cityrights.versions.patch import whole
from cityrights.versions.releases import Release
from cityrights.vocabulary import BASE, DATASET, DCTERMS, EDITORS, LANGUAGE, LICENSE, OWL, PREFIXES, VOCABULARY
from sparqlgate.errors import InputError

#: Whose the data are.
_WHOSE: Final = instance()
PUBLISHER: Final = _WHOSE.name
SPDX: Final = _WHOSE.licence.spdx or _WHOSE.licence.iri
_LICENCE: Final = "Creative Commons Attribution 4.0 International"
_CRATE: Final = "https://w3id.org/ro/crate/1.2"
#: The lines of README.md that say how to cite the newest release.
_CITED: Final = re.compile("(<!-- cite -->\n)[^<]*+(<!-- /cite -->)")
_TYPES: Final = {
    ".cff": "application/yaml", ".gz": "application/gzip", ".json": "application/json",
    ".jsonld": "application/ld+json", ".md": "text/markdown", ".nq": "application/n-quads",
    ".nt": "application/n-triples", ".rq": "application/sparql-query", ".trig": "application/trig",
    ".ttl": "text/turtle", ".txt": "text/plain", ".zst": "application/zstd",
}  # fmt: skip
_FOLDERS: Final = {
    "data": "The graph: dumps in several formats, each packed with gzip and Zstandard, too",
    "ontology": "The vocabulary, its concept schemes, SHACL shapes, alignments and JSON-LD context",
    "queries": "The questions of the library, the rules and what is derived, in SPARQL",
}
#: A requirement without its marker (PEP 508): the name, and which versions.
_NEEDED: Final = re.compile(r"([A-Za-z0-9._-]++)\s*+(.*+)")
_CREATED: Final = ox.NamedNode(DCTERMS + "created")
_SOURCE: Final = ox.NamedNode(DCTERMS + "source")
_KEYWORD: Final = ox.NamedNode(PREFIXES["dcat"] + "keyword")
_SPATIAL: Final = ox.NamedNode(DCTERMS + "spatial")


@dataclass(frozen=True, slots=True)
class Told:
    """What the data set says of itself in ``data/dataset.ttl``: texts by language, and the day it was begun."""

    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    rights: Mapping[str, str]
    keywords: Sequence[tuple[str, str]]
    sources: Sequence[str]
    places: Sequence[str]
    created: str


@dataclass(frozen=True, slots=True)
class Software:
    """What the software says of itself: in ``pyproject.toml`` of its checkout, else in what is installed."""

    name: str
    version: str
    description: str
    licences: Sequence[str]
    keywords: Sequence[str]
    python: str
    requires: Sequence[str]


def told_of(home: Path) -> Told:
    """Return what the data set of a home says of itself. Raises InputError where it does not say so."""
    path = home / "data" / "dataset.ttl"
    try:
        own = list(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)) if path.is_file() or is_complete(home) else []
        quads = [*own, *described(home, [])]
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(path, f"cannot be read: {error}") from error
    said = [(quad.predicate, quad.object) for quad in quads if quad.subject == ox.NamedNode(DATASET)]

    def texts(name: str) -> dict[str, str]:
        found = [one for one in values(ox.NamedNode(DCTERMS + name)) if isinstance(one, ox.Literal)]
        return {one.language or LANGUAGE: one.value for one in sorted(found, key=lambda one: one.language or LANGUAGE)}

    def values(wanted: ox.NamedNode) -> list[ox.NamedNode | ox.Literal]:
        found = (value for verb, value in said if verb == wanted)
        return sorted((one for one in found if isinstance(one, ox.NamedNode | ox.Literal)), key=str)

    titles, descriptions = texts("title"), texts("description")
    if LANGUAGE not in titles or LANGUAGE not in descriptions:
        if not is_complete(home):
            repair = f'write [description] and below it {LANGUAGE} = "What it is about, in a sentence."'
            raise InputError(home / INSTANCE, "it has no description, which a release needs", repair=repair)
        raise InputError(path, f"{DATASET} has no dcterms:title and dcterms:description in {LANGUAGE}")
    keywords = [(one.value, one.language or LANGUAGE) for one in values(_KEYWORD) if isinstance(one, ox.Literal)]
    return Told(
        titles, descriptions, texts("rights"), keywords, [one.value for one in values(_SOURCE)],
        [one.value.rpartition("/")[2].title() for one in values(_SPATIAL)],
        next((one.value for one in values(_CREATED)), ""),
    )  # fmt: skip


def software_of(home: Path) -> Software:
    """Return what the software says of itself. Raises InputError where its pyproject.toml cannot be read."""
    path = home / "pyproject.toml"
    if not path.is_file():
        about = metadata("cityrights")
        needed = [one for one in about.get_all("Requires-Dist") or () if "extra ==" not in one]
        return Software(
            "cityrights", about["Version"], about["Summary"], about["License-Expression"].split(" AND "),
            about["Keywords"].split(","), about["Requires-Python"], needed,
        )  # fmt: skip
    try:
        project = tomllib.loads(path.read_text("utf-8"))["project"]
        return Software(
            project["name"], project["version"], project["description"], project["license"].split(" AND "),
            project["keywords"], project["requires-python"], project["dependencies"],
        )  # fmt: skip
    except (OSError, ValueError, KeyError) as error:
        raise InputError(path, f"does not tell of the project: {error}") from error


def ontology_of(snapshot: Snapshot) -> str:
    """Return the number of the ontology's version in a snapshot. Raises InputError where it has none."""
    begins = f'<{VOCABULARY}ontology> <{OWL}versionInfo> "'
    with snapshot.nquads.open(encoding="utf-8") as lines:
        found = next((line.removeprefix(begins).partition('"')[0] for line in lines if line.startswith(begins)), "")
    if not found:
        raise InputError(snapshot.nquads, "the ontology does not tell its version", None, "give it owl:versionInfo")
    return found


def identity(release: Release) -> str:
    """Return the address of the release's version."""
    return f"{DATASET}?version={release.short}"


def citation(title: str, release: Release | None) -> str:
    """Return how the data are cited, in the manner of APA; without a release there is no date, and no version."""
    if release is None:
        return f"{AUTHOR}. (n.d.). {title} [Data set]. {DATASET}"
    where = release.doi_address or identity(release)
    return f"{AUTHOR}. ({release.date.year}). {title} (Version {release.name}) [Data set]. {where}"


def citation_file(told: Told, release: Release | None) -> str:
    """Return the Citation File: of a release, or of the data as they are, before there is one.

    https://github.com/citation-file-format/citation-file-format/blob/1.2.0/schema-guide.md
    """
    lines = [
        "cff-version: 1.2.0",
        "message: " + yaml_text("To cite the data, use this, and say which version you used."),
        "type: dataset",
        "title: " + yaml_text(told.titles[LANGUAGE]),
        "abstract: " + yaml_text(told.descriptions[LANGUAGE]),
        "authors:",
        "  - name: " + yaml_text(AUTHOR),
        "    website: " + yaml_text(BASE),
    ]
    if release is not None:
        lines += [
            f"version: {yaml_text(release.name)}",
            f"date-released: {release.date.isoformat()}",
            f"commit: {release.revision}",
            *([f"doi: {release.doi}"] if release.doi else []),
        ]
    lines += [f"license: {SPDX}", "url: " + yaml_text(DATASET)]
    if release is not None:
        lines += [
            "identifiers:",
            "  - type: url",
            "    value: " + yaml_text(identity(release)),
            "    description: " + yaml_text("The address of this version."),
            "  - type: other",
            "    value: " + yaml_text(f"sha256:{release.version}"),
            "    description: " + yaml_text("The SHA-256 of the sorted N-Quads, which is what names a version."),
        ]
    lines += ["keywords:", *(f"  - {yaml_text(word)}" for word, language in told.keywords if language == LANGUAGE)]
    return "\n".join(lines) + "\n"


def datacite(told: Told, release: Release, previous: Release | None) -> dict[str, object]:
    """Return the metadata that DataCite takes with a DOI, in the JSON form of its schema 4.6.

    https://datacite-metadata-schema.readthedocs.io/en/4.6/
    """
    related = [(DATASET, "w3id", "IsVersionOf")]
    if previous is not None:
        known = (previous.doi, "DOI") if previous.doi else (identity(previous), "w3id")
        related.append((*known, "IsNewVersionOf"))
    related += [(source, "w3id", "IsDerivedFrom") for source in told.sources]
    titles = [{"title": told.titles[LANGUAGE], "lang": LANGUAGE}]
    titles += [
        {"title": text, "titleType": "TranslatedTitle", "lang": language}
        for language, text in told.titles.items()
        if language != LANGUAGE
    ]
    rights = [
        {
            "rights": _LICENCE,
            "rightsUri": LICENSE,
            "rightsIdentifier": SPDX,
            "rightsIdentifierScheme": "SPDX",
            "schemeUri": "https://spdx.org/licenses/",
        },
        *({"rights": text, "lang": language} for language, text in told.rights.items()),
    ]
    about = {language: text.strip() for language, text in release.notes.items()}
    return {
        **({"doi": release.doi} if release.doi else {}),
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Knowledge graph in RDF"},
        "creators": [{"name": AUTHOR, "nameType": "Organizational"}],
        "titles": titles,
        "publisher": {"name": PUBLISHER},
        "publicationYear": str(release.date.year),
        "subjects": [{"subject": word, "lang": language} for word, language in told.keywords],
        "dates": [
            *([{"date": told.created, "dateType": "Created"}] if told.created else []),
            {"date": release.date.isoformat(), "dateType": "Issued"},
        ],
        "language": LANGUAGE,
        "alternateIdentifiers": [
            {"alternateIdentifier": identity(release), "alternateIdentifierType": "URL"},
            {"alternateIdentifier": release.version, "alternateIdentifierType": "SHA-256 of the sorted N-Quads"},
        ],
        "relatedIdentifiers": [
            {"relatedIdentifier": which, "relatedIdentifierType": kind, "relationType": how}
            for which, kind, how in related
        ],
        "sizes": [f"{release.quads} quads", f"{release.triples} triples"],
        "formats": sorted({_TYPES[Path(name).suffix] for name in release.files}),
        "version": release.name,
        "rightsList": rights,
        "descriptions": [
            {"description": text, "descriptionType": kind, "lang": language}
            for kind, texts in (("Abstract", told.descriptions), ("Other", about))
            for language, text in texts.items()
        ],
        "geoLocations": [{"geoLocationPlace": place} for place in told.places],
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    }


def codemeta(software: Software, release: Release) -> dict[str, object]:
    """Return the description of the software that made a release. https://codemeta.github.io/terms/ (3.0)

    The context has no default vocabulary: classes of schema.org that it does not name are written with its prefix.
    """
    return {
        "@context": "https://w3id.org/codemeta/3.0",
        "@type": "SoftwareSourceCode",
        "name": software.name,
        "description": software.description,
        "version": software.version,
        "identifier": f"swh:1:rev:{release.revision}",  # what Software Heritage calls a commit of git, there or not
        "license": [f"https://spdx.org/licenses/{one}" for one in software.licences],
        "author": {"@type": "Organization", "@id": EDITORS, "name": AUTHOR},
        "url": BASE,
        "keywords": list(software.keywords),
        "programmingLanguage": {"@type": "schema:ComputerLanguage", "name": "Python", "version": software.python},
        "softwareRequirements": [
            {"@type": "SoftwareApplication", "name": name, "version": which}
            for name, which in (_NEEDED.findall(one.partition(";")[0])[0] for one in software.requires)
        ],
        "dateModified": release.date.isoformat(),
        "targetProduct": {"@type": "schema:WebApplication", "name": PUBLISHER, "url": BASE},
    }


def crate(told: Told, release: Release, files: Sequence[tuple[str, int, str]]) -> dict[str, object]:
    """Return the RO-Crate of a folder with these files: path, bytes and SHA-256, which is empty where it cannot be.

    https://www.researchobject.org/ro-crate/specification/1.2/
    """
    agent, licence, software = {"@id": EDITORS}, {"@id": LICENSE}, f"#cityrights-{release.software}"
    parts = [_file(path, size, sha) for path, size, sha in files]
    above = {folder: f"{folder}/" for folder in _FOLDERS}
    within = {folder: [one for one in parts if str(one["@id"]).startswith(f"{folder}/")] for folder in above}
    single = [one for one in parts if not str(one["@id"]).startswith(tuple(above.values()))]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{told.titles[LANGUAGE]}, {release.name}",
        "description": told.descriptions[LANGUAGE],
        "datePublished": release.date.isoformat(),
        "version": release.name,
        "identifier": release.doi_address or identity(release),
        "url": DATASET,
        "license": licence,
        "author": agent,
        "publisher": agent,
        "keywords": [word for word, language in told.keywords if language == LANGUAGE],
        "inLanguage": sorted(told.titles),
        "creditText": citation(told.titles[LANGUAGE], release),
        "hasPart": [{"@id": str(one["@id"])} for one in single] + [{"@id": path} for path in above.values()],
    }
    about = {"@type": "CreativeWork", "conformsTo": {"@id": _CRATE}, "about": {"@id": "./"}, "license": licence}
    graph: list[dict[str, Any]] = [
        {"@id": "ro-crate-metadata.json", **about},
        root,
        *(
            {"@id": path, "@type": "Dataset", "name": folder, "description": _FOLDERS[folder],
             "hasPart": [{"@id": str(one["@id"])} for one in within[folder]]}
            for folder, path in above.items()
        ),
        *single,
        *(one for found in within.values() for one in found),
        {"@id": EDITORS, "@type": "Organization", "name": AUTHOR, "url": BASE},
        {"@id": LICENSE, "@type": "CreativeWork", "name": _LICENCE, "identifier": f"https://spdx.org/licenses/{SPDX}"},
        {
            "@id": software,
            "@type": "SoftwareApplication",
            "name": "cityrights",
            "version": release.software,
            "softwareVersion": release.software,
            "url": BASE,
        },
        {
            "@id": "#build",
            "@type": "CreateAction",
            "name": f"Build of version {release.version} from commit {release.revision}",
            "endTime": release.date.isoformat(),
            "agent": agent,
            "instrument": {"@id": software},
            "result": [{"@id": str(one["@id"])} for one in within["data"]],
        },
    ]  # fmt: skip
    return {"@context": f"{_CRATE}/context", "@graph": graph}


def _file(path: str, size: int, sha: str) -> dict[str, object]:
    return {
        "@id": quote(path),
        "@type": "File",
        "name": PurePosixPath(path).name,
        "encodingFormat": _TYPES.get(PurePosixPath(path).suffix, "text/plain"),
        **({"contentSize": str(size), "sha256": sha} if sha else {}),
    }


def readme(told: Told, release: Release, folders: Collection[str] = tuple(_FOLDERS), *, apart: bool = False) -> str:
    """Return what whoever opens the folder reads first; ``folders`` are those that it has.

    ``apart``: the dumps lack what is under another licence.
    """
    counted = "every quad, also of those that another licence keeps out of `data/`" if apart else "`data/cityrights.nq`"
    return (
        f"# {told.titles[LANGUAGE]}, {release.name}\n\n{told.descriptions[LANGUAGE]}\n\n"
        f"{release.notes[LANGUAGE].strip()}\n\n"
        f"Cite it as: {citation(told.titles[LANGUAGE], release)}\n\n"
        f"Version {release.version}: the SHA-256 of {counted}, without the lines of the graph "
        f"`derived/statistics`. {release.quads:,} quads; ontology {release.ontology}; made by cityrights "
        f"{release.software} from commit {release.revision}.\n\n"
        + "".join(f"- `{folder}/`: {about}\n" for folder, about in _FOLDERS.items() if folder in folders)
        + f"- `CITATION.cff`, `datacite.json`, `codemeta.json`, `ro-crate-metadata.json`: the release, described\n"
        f"- `{SUMS}`: verify all files with `sha256sum --check {SUMS}`\n"
        + (f"\n{told.rights[LANGUAGE]}\n" if LANGUAGE in told.rights else "")
    )


def require_absent(folder: Path) -> None:
    """Raise InputError where there is something at ``folder``, unless it is an empty folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(folder, "is there already", None, "name another folder with -o, or remove this one")


def write(
    folder: Path, release: Release, previous: Release | None, home: Path, snapshot: Snapshot, paths: Iterable[str]
) -> None:
    """Write the folder of a release, which must not be there: the whole of it, or nothing.

    ``snapshot`` is that of the release's version; ``paths`` are those of the files of ``home`` that git knows, of which
    the ontology, the questions and the licences are taken. Raises InputError where the folder is there, or the data set
    says nothing of itself.
    """
    require_absent(folder)
    told, software = told_of(home), software_of(home)
    fresh = folder.with_name(f".{folder.name}-{os.getpid()}")
    try:
        (fresh / "data").mkdir(parents=True)
        for name in with_packed(snapshot.files):
            shutil.copyfile(snapshot.path / name, fresh / "data" / name)
        for path in sorted(paths):
            if path.startswith(("ontology/", "queries/", "LICENSE")):
                (fresh / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(home / path, fresh / path)
        for language, text in release.notes.items():
            _text(fresh / f"NOTES{'' if language == LANGUAGE else '.' + language}.md", text)
        there = [path.name for path in fresh.iterdir() if path.is_dir()]  # an instance’s vocabulary is the package’s
        _text(fresh / "README.md", readme(told, release, there, apart=snapshot.is_apart))
        _text(fresh / "CITATION.cff", citation_file(told, release))
        _text(fresh / "datacite.json", _json(datacite(told, release, previous)))
        _text(fresh / "codemeta.json", _json(codemeta(software, release)))
        files = [(path, (fresh / path).stat().st_size, digest(fresh / path)) for path in _all(fresh)]
        _text(fresh / "ro-crate-metadata.json", _json(crate(told, release, sorted([*files, (SUMS, 0, "")]))))
        _text(fresh / SUMS, "".join(f"{digest(fresh / path)}  {path}\n" for path in _all(fresh)))
        moment = datetime.combine(release.date, time(), UTC).timestamp()
        for each in [*fresh.rglob("*"), fresh]:
            each.chmod(0o755 if each.is_dir() else 0o644)
            os.utime(each, (moment, moment))
        if folder.exists():
            folder.rmdir()
        fresh.replace(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def pack(folder: Path, target: Path, release: Release) -> None:
    """Pack the folder of a release into a ZIP file, the same bytes each time: many archives take no folders."""
    moment = (release.date.year, release.date.month, release.date.day, 0, 0, 0)
    with whole(target) as out, zipfile.ZipFile(out, "w") as packed:
        for path in _all(folder):
            entry = zipfile.ZipInfo(f"cityrights-{release.name}/{path}", moment)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            stored = path.endswith((".gz", ".zst"))
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            packed.writestr(entry, (folder / path).read_bytes(), compresslevel=None if stored else 6)


def say_how_to_cite(home: Path, release: Release | None) -> list[Path]:
    """Write ``CITATION.cff`` of a checkout and the lines of its README that say how to cite the newest release."""
    told = told_of(home)
    target, readme_file = home / "CITATION.cff", home / "README.md"
    _text(target, citation_file(told, release))
    written = [target]
    if readme_file.is_file():
        before = readme_file.read_text("utf-8")
        after = _CITED.sub(lambda found: f"{found[1]}{cited_in_readme(told, release)}{found[2]}", before)
        if after != before:
            _text(readme_file, after)
            written.append(readme_file)
    return written


def cited_in_readme(told: Told, release: Release | None) -> str:
    """Return the lines of the README that say how to cite the newest release."""
    return "".join(f"> {line}\n" for line in _folded(citation(told.titles[LANGUAGE], release)))


def _folded(text: str, width: int = 130) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + len(word) >= width:
            yield line
            line = ""
        line = f"{line} {word}".strip()
    yield line


def _all(folder: Path) -> list[str]:
    """Return the paths of all files in a folder, in the order of their names."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _json(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _text(path: Path, text: str) -> None:
    with whole(path) as out:
        out.write(text.encode())
