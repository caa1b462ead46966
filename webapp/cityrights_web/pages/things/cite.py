"""How to cite a thing: APA, BibTeX, CSL JSON and CFF, from the data set's own version and date."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import orjson

from cityrights_web.formats import Format

AUTHOR = "cityrights"

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

    @property
    def year(self) -> str:
        """The year, or nothing."""
        return self.date[:4]

    def apa(self) -> str:
        """Write one line in the APA manner (7th edition, §10.9)."""
        return f"{AUTHOR}. ({self.year or 'n.d.'}). {self.title} (Version {self.version}) [Data set]. {self.iri}"

    def bibtex(self) -> str:
        """Write a BibTeX entry."""
        fields = {
            "author": "{" + AUTHOR + "}",
            "title": "{" + _tex(self.title) + "}",
            "year": self.year,
            "version": self.version,
            "howpublished": "Data set",
            "note": f"Version {self.version}" + (f", {self.date}" if self.date else ""),
            "url": self.iri,
        }
        name = f"{AUTHOR}-" + re.sub(r"[^A-Za-z0-9-]+", "-", self.key)
        body = ",\n".join(f"  {field} = {{{value}}}" for field, value in fields.items() if value)
        return f"@misc{{{name},\n{body}\n}}\n"

    def csl(self) -> str:
        """Write CSL JSON (1.0.2): a list of one item."""
        item: dict[str, object] = {
            "id": self.iri,
            "type": "dataset",
            "title": self.title,
            "author": [{"literal": AUTHOR}],
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
            "  - name: " + _yaml(AUTHOR),
            "version: " + _yaml(self.version),
            *([f"date-released: {self.date}"] if self.date else []),
            "license: CC-BY-4.0",
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


def citation(key: str, title: str, iri: str, version: str, built: object) -> Citation:
    """Return the citation; ``built`` is the manifest's date, used where it is one."""
    date = str(built or "")
    return Citation(key, title, iri, version, date if re.fullmatch(r"\d{4}-\d\d-\d\d", date) else "")


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
