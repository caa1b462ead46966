"""How to cite a thing: APA, BibTeX, CSL JSON and CFF, from the data set's own version and date."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import orjson

from cityrights_web.layout import Layout
from sparqlgate.http.formats import Format

#: Who made the data that this project publishes, and their licence by its SPDX name.
AUTHOR: Final = "cityrights"
_LICENCE: Final = "license: CC-BY-4.0"

_BIBTEX = {
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "%": "\\%", "#": "\\#", "&": "\\&", "_": "\\_", "$": "\\$",
    "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
}  # fmt: skip
#: What YAML lets stand in no text, and what would turn the direction of a line: written as escapes.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Citation:
    """What every format says. ``date`` is the data set's, ``YYYY-MM-DD`` or empty; it is never today's."""

    key: str
    title: str
    iri: str
    version: str
    date: str
    authors: tuple[str, ...] = (AUTHOR,)
    licence: str = _LICENCE

    @property
    def year(self) -> str:
        """The year, or nothing."""
        return self.date[:4]

    def apa(self) -> str:
        """Write one line in the APA manner (7th edition, §10.9)."""
        told = f"{self.title} (Version {self.version}) [Data set]. {self.iri}"
        return f"{' & '.join(self.authors)}. ({self.year or 'n.d.'}). {told}"

    def bibtex(self) -> str:
        """Write a BibTeX entry."""
        fields = {
            "author": " and ".join("{" + _tex(name) + "}" for name in self.authors),
            "title": "{" + _tex(self.title) + "}",
            "year": self.year,
            "version": self.version,
            "howpublished": "Data set",
            "note": f"Version {self.version}" + (f", {self.date}" if self.date else ""),
            "url": self.iri,
        }
        maker = re.sub(r"[^A-Za-z0-9]+", "", self.authors[0]) or "data"
        name = f"{maker}-" + re.sub(r"[^A-Za-z0-9-]+", "-", self.key)
        body = ",\n".join(f"  {field} = {{{value}}}" for field, value in fields.items() if value)
        return f"@misc{{{name},\n{body}\n}}\n"

    def csl(self) -> str:
        """Write CSL JSON (1.0.2): a list of one item."""
        item: dict[str, object] = {
            "id": self.iri,
            "type": "dataset",
            "title": self.title,
            "author": [{"literal": name} for name in self.authors],
            "version": self.version,
            "URL": self.iri,
        }
        if self.date:
            item["issued"] = {"date-parts": [[int(part) for part in self.date.split("-")]]}
        return orjson.dumps([item], option=orjson.OPT_INDENT_2).decode() + "\n"

    def cff(self) -> str:
        """Write a Citation File (CFF 1.2.0)."""
        lines = [
            "cff-version: 1.2.0",
            "message: " + _yaml("To cite this, please use the following."),
            "type: dataset",
            "title: " + _yaml(self.title),
            "authors:",
            *("  - name: " + _yaml(name) for name in self.authors),
            "version: " + _yaml(self.version),
            *([f"date-released: {self.date}"] if self.date else []),
            *([self.licence] if self.licence else []),
            "url: " + _yaml(self.iri),
            "identifiers:",
            "  - type: url",
            "    value: " + _yaml(self.iri),
        ]
        return "\n".join(lines) + "\n"


def _tex(text: str) -> str:
    return "".join(_BIBTEX.get(character, character) for character in " ".join(text.split()))


def _yaml(text: str) -> str:
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
    date = str(built or "")
    written = date if re.fullmatch(r"\d{4}-\d\d-\d\d", date) else ""
    return Citation(key, title, iri, version, written, authors, licence)


def cited(layout: Layout, key: str, title: str, iri: str, version: str) -> Citation:
    """Return the citation of what ``layout`` serves.

    Data of others name who made or publishes them, and their licence; those that name nobody go by their name.
    """
    built = layout.site.manifest.get("built")
    if layout.is_shipped:
        return citation(key, title, iri, version, built)
    told = layout.site.dataset_description
    authors = tuple(one.name(layout.language) for one in told.creators or told.publishers)
    licence = next((address for address, _ in layout.licences(short=True) if address), "")
    said = f"license-url: {_yaml(licence)}" if licence else ""
    return citation(key, title, iri, version, built, authors or (layout.name,), said)


#: By file extension, the format and what writes it.
FORMATS: Final[dict[str, tuple[Format, Callable[[Citation], str]]]] = {
    form.extension: (form, write)
    for form, write in (
        (Format("APA", "text/plain", "txt"), lambda one: one.apa() + "\n"),
        (Format("BibTeX", "application/x-bibtex; charset=utf-8", "bib"), Citation.bibtex),
        (Format("CSL JSON", "application/vnd.citationstyles.csl+json", "json"), Citation.csl),
        (Format("CFF", "text/yaml", "cff"), Citation.cff),
    )
}
