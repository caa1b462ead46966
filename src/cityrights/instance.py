"""Whose graph this is: ``instance.toml``, read and checked. The shipped cityrights is an instance of its own.

An instance is a folder with ``instance.toml`` and ``data``. Ontology, schemes, questions, rules, shapes and words come
from the package, and what its own ``ontology``, ``queries`` and ``locale`` hold comes beside them. The vocabulary
keeps its IRIs everywhere; things, claims, decisions, documents and graphs begin with the instance's base.

One process has one instance: ``cityrights.vocabulary`` takes its IRIs from the one that is found first.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from cityrights import home as homes
from cityrights.errors import InputError
from cityrights.home import INSTANCE
from cityrights.licences import Licence, licence

#: Where the vocabulary lives: its IRIs are the same in every instance.
VOCABULARY: Final = "https://w3id.org/cityrights/"
#: Kinds of concepts that the vocabulary brings; those of an instance's own are of the kind ``concept``.
SCHEMES: Final = frozenset(
    ("aspect", "kind", "measure", "modality", "pillar", "section", "status", "target-group", "theme", "udhr")
)
#: Languages in which the site and the sentences of the vocabulary are shipped.
SHIPPED: Final = ("en", "fr", "es")
#: What an accent stands on at worst (``--panel`` in tokens.css), in the light and in the dark form of the site.
GROUNDS: Final = {"accent": "#f3f1ea", "accent-dark": "#1c2322"}
#: The least contrast of words with what is behind them (WCAG 2.2, 1.4.3).
CONTRAST: Final = 4.5
_KEYS: Final = (
    "base",
    "name",
    "description",
    "languages",
    "licence",
    "publisher",
    "contact",
    "colours",
    "logo",
    "begun",
)
_AGENT: Final = ("name", "iri")
_BASE: Final = re.compile(r"https?://[^\s<>\"{}|\\^`/?#]+/(?:[^\s<>\"{}|\\^`?#/]+/)*+")
_IRI: Final = re.compile(r"https?://[^\s\x00-\x20\x7f-\x9f<>\"{}|\\^`]+")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_ADDRESS: Final = re.compile(r"[^\s@<>:/?#&%\"]+@[^\s@<>:/?#&%\".]+(?:\.[^\s@<>:/?#&%\".]+)++|https://[^\s<>\"]+")
#: What no name has in it: signs that are not seen, and steer what comes after them.
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_LOGOS: Final = (".svg", ".png", ".webp", ".jpg", ".jpeg")
_LARGEST_LOGO: Final = 200_000
_LARGEST: Final = 1 << 20
#: The most characters of a name or a description, and of the base.
_LONGEST: Final = 2_000
_LONGEST_BASE: Final = 200


@dataclass(frozen=True)
class Publisher:
    """Who publishes the graph: names by language, and an IRI, by default one under the instance's base."""

    names: Mapping[str, str]
    iri: str


@dataclass(frozen=True)
class Instance:
    """What ``instance.toml`` says, checked. Texts are by language; the first language is that of the site at ``/``.

    ``folder`` holds it and ``data``. ``contact`` is an address of e-mail or the web, or empty. ``colours`` are
    ``#rrggbb`` by name (``accent``, ``accent-dark``), ``logo`` is a picture in the folder, or None. ``begun`` is the
    day on which it was begun (ISO 8601), or empty.
    """

    folder: Path
    base: str
    names: Mapping[str, str]
    languages: tuple[str, ...]
    licence: Licence
    publisher: Publisher
    descriptions: Mapping[str, str] = field(default_factory=dict)
    contact: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    logo: Path | None = None
    begun: str = ""

    @property
    def name(self) -> str:
        """What it is called, in its first language."""
        return self.name_in(self.languages[0])

    @property
    def is_shipped(self) -> bool:
        """Say whether it is cityrights itself, whose things live beside the vocabulary."""
        return self.base == VOCABULARY

    def name_in(self, language: str) -> str:
        """Return what it is called in a language, else in its first, else in any."""
        return self.names.get(language) or self.names.get(self.languages[0]) or next(iter(self.names.values()))

    def thing(self, path: str) -> str:
        """Return the IRI of ``city/vienna``: under the base, and for concepts of the vocabulary under its own."""
        kind = path.partition("/")[0]
        return f"{VOCABULARY if kind in SCHEMES else self.base}id/{path}"

    def graph(self, path: str) -> str:
        """Return the IRI of the graph ``editorial/labels``."""
        return f"{self.base}graph/{path}"


def instance(folder: Path | None = None) -> Instance:
    """Return the instance of ``folder``, by default of the home in use (``cityrights.home``).

    A home that is complete and has no ``instance.toml`` is cityrights itself. Raises InputError, with the line and the
    repair, where the file is wrong, ResourceNotFound where there is no home.
    """
    place = folder or homes.home()
    path = place / INSTANCE
    if not path.is_file():
        path = homes.shipped() / INSTANCE
    found = path.stat()
    return _read(path, place, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=64)
def _read(path: Path, folder: Path, _changed: int, size: int) -> Instance:
    if size > _LARGEST:
        raise InputError(path, f"it has {size:,} bytes, and is no description of an instance")
    return read(path, folder)


def read(path: Path, folder: Path | None = None) -> Instance:
    """Read and check one ``instance.toml`` for ``folder``, by default the one in which it stands.

    Raises InputError, with the line and the repair, for the first thing that is wrong.
    """
    place = folder or path.parent
    reading = _Reading.of(path)
    complete = homes.is_complete(place)
    if not complete:
        _alone(path)
    return reading.instance(place, own=complete)


def _alone(path: Path) -> None:
    outer = next((each / INSTANCE for each in path.resolve().parent.parents if (each / INSTANCE).is_file()), None)
    if outer is not None:
        raise InputError(
            path, f"this instance lies inside another, that of {outer}", repair="move one of the two folders out"
        )


@dataclass(frozen=True)
class _Reading:
    path: Path
    text: str
    said: Mapping[str, Any]

    @classmethod
    def of(cls, path: Path) -> _Reading:
        try:
            text = path.read_text("utf-8-sig")
            return cls(path, text, tomllib.loads(text))
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            raise InputError(path, "a character is not UTF-8", line, "save the file as UTF-8") from error
        except RecursionError as error:
            raise InputError(path, "it is nested too deep", repair='write name = "value", one in a line') from error
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"at line (\d+), column (\d+)", str(error))
            reason = f"it is no TOML: {str(error).partition(' (at ')[0]}"
            at = [int(number) for number in place.groups()] if place else [None, None]
            raise InputError(path, reason, at[0], 'write name = "value", one in a line', at[1]) from error
        except ValueError as error:
            raise InputError(path, "a number has thousands of digits", repair="leave it out, or shorten it") from error

    def wrong(self, key: str, reason: str, repair: str) -> InputError:
        """Return the error with the line of ``key``, ``table.key`` within its table."""
        table, _, name = key.rpartition(".")
        inside, lines = not table, list(enumerate(self.text.split("\n"), 1))
        for number, line in lines:
            bare = line.strip()
            if bare.startswith("["):
                inside = bare.strip("[] ") == table
                if bare.strip("[] ") == key:
                    return InputError(self.path, reason, number, repair)
            elif inside and bare.partition("=")[0].strip().strip("\"'") == name:
                return InputError(self.path, reason, number, repair)
        return self.wrong(table, reason, repair) if table else InputError(self.path, reason, None, repair)

    def instance(self, folder: Path, *, own: bool) -> Instance:
        """Return what the file says. ``own``: the folder brings the vocabulary, and may mint beside it."""
        self._only(self.said, _KEYS, "")
        base, languages = self._base(own=own), self._languages()
        names = self._texts("name", languages)
        if not names:
            raise self.wrong("name", "it says no name", 'write name = "Cities of …", or a table [name] by language')
        try:
            under = licence(self._text("licence"))
        except ValueError as error:
            raise self.wrong("licence", str(error), "https://spdx.org/licenses/ lists them") from error
        contact = self._text("contact")
        if contact and not _ADDRESS.fullmatch(contact):
            reason = f"contact “{contact[:60]}” is neither an address of e-mail nor of the web (https)"
            raise self.wrong("contact", reason, "write data@example.org or https://example.org/contact")
        return Instance(
            folder, base, names, languages, under, self._publisher(base, names, languages),
            self._texts("description", languages), contact, self._colours(), self._logo(), self._begun(),
        )  # fmt: skip

    def _only(self, said: Mapping[str, Any], known: tuple[str, ...], table: str) -> None:
        for key in said:
            if key not in known:
                near = get_close_matches(key[:40], known, 1)
                repair = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                raise self.wrong(f"{table}.{key}" if table else key, f"“{key[:60]}” is no setting", repair)

    def _text(self, key: str) -> str:
        value = self.said.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(key, f"{key} is no text", f'write {key} = "…"')
        return value.strip()

    def _base(self, *, own: bool) -> str:
        base, repair = self._text("base"), 'write base = "https://data.example.org/"'
        fault = fault_of_base(base, own=own)
        if fault:
            raise self.wrong("base", fault, repair)
        return base

    def _languages(self) -> tuple[str, ...]:
        value, repair = self.said.get("languages"), 'write languages = ["en", "fr"], the first is that of the site at /'
        if not (isinstance(value, list) and value and all(isinstance(each, str) for each in value)):
            raise self.wrong("languages", "languages is no list of codes", repair)
        fault = fault_of_languages(value)
        if fault:
            raise self.wrong("languages", fault, repair)
        return tuple(value)

    def _texts(self, key: str, languages: tuple[str, ...]) -> dict[str, str]:
        value = self.said.get(key, {})
        if isinstance(value, str):
            self._seen(key, value.strip())
            return {languages[0]: value.strip()} if value.strip() else {}
        if not isinstance(value, dict):
            raise self.wrong(key, f"{key} is neither a text nor a table of texts", f'write {key} = "…"')
        for language, text in value.items():
            if language not in languages:
                reason = f"{key} is in “{language[:20]}”, which is none of the languages ({', '.join(languages)})"
                raise self.wrong(f"{key}.{language}", reason, "add it to languages, or take it out")
            if not isinstance(text, str) or not text.strip():
                raise self.wrong(f"{key}.{language}", f"{key} in {language} is no text", f'write {language} = "…"')
            self._seen(f"{key}.{language}", text.strip())
        return {language: value[language].strip() for language in languages if language in value}

    def _seen(self, key: str, text: str) -> None:
        if len(text) > _LONGEST:
            raise self.wrong(key, f"{key} has {len(text):,} characters; {_LONGEST:,} are the most", "shorten it")
        unseen = _UNSEEN.search(text)
        if unseen is not None:
            reason = f"{key} has a sign in it that is not seen (U+{ord(unseen[0]):04X})"
            raise self.wrong(key, reason, "take it out, and write it in one line")

    def _publisher(self, base: str, names: Mapping[str, str], languages: tuple[str, ...]) -> Publisher:
        value, minted = self.said.get("publisher", {}), f"{base}id/organisation/editors"
        if isinstance(value, str):
            self._seen("publisher", value.strip())
            return Publisher({languages[0]: value.strip()} if value.strip() else names, minted)
        if not isinstance(value, dict):
            raise self.wrong("publisher", "publisher is neither a text nor a table", 'write publisher = "…"')
        self._only(value, _AGENT, "publisher")
        name, iri = value.get("name"), value.get("iri", minted)
        if not isinstance(iri, str) or not _IRI.fullmatch(iri):
            raise self.wrong("publisher.iri", "the publisher’s IRI is none", 'write iri = "https://example.org/"')
        if name is not None and (not isinstance(name, str) or not name.strip()):
            raise self.wrong("publisher.name", "the publisher’s name is no text", 'write name = "…"')
        self._seen("publisher.name", name or "")
        return Publisher({languages[0]: name.strip()} if name else names, iri)

    def _colours(self) -> dict[str, str]:
        value = self.said.get("colours", {})
        if not isinstance(value, dict):
            raise self.wrong("colours", "colours is no table", 'write [colours] and below it accent = "#1f5f8b"')
        self._only(value, tuple(GROUNDS), "colours")
        for name, colour in value.items():
            key = f"colours.{name}"
            if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
                said = colour[:30] if isinstance(colour, str) else colour
                raise self.wrong(key, f"“{said}” is no colour", f'write {name} = "#1f5f8b", six digits after the #')
            ratio, way = contrast(colour, GROUNDS[name]), "lighter" if name.endswith("dark") else "darker"
            if ratio < CONTRAST:
                reason = f"{colour} has a contrast of {ratio:.1f} with the page behind it; words need {CONTRAST}"
                raise self.wrong(key, reason, f"choose a {way} one")
        return dict(value)

    def _begun(self) -> str:
        value = self.said.get("begun", "")
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if value != "":
            raise self.wrong("begun", "begun is no day", "write begun = 2026-11-30")
        return ""

    def _logo(self) -> Path | None:
        name = self._text("logo")
        if not name:
            return None
        if "\0" in name:
            raise self.wrong("logo", "the name of the picture has a sign in it that is not seen", "write it anew")
        path = (self.path.parent / name).resolve()
        if not path.is_relative_to(self.path.parent.resolve()):
            raise self.wrong("logo", f"“{name[:60]}” lies outside the instance", "copy the picture into its folder")
        if path.suffix.lower() not in _LOGOS:
            raise self.wrong("logo", f"“{name[:60]}” is no picture that sites show", f"known are {', '.join(_LOGOS)}")
        if not path.is_file():
            raise self.wrong("logo", f"there is no file “{name[:60]}”", f"copy it to {self.path.parent}")
        if path.stat().st_size > _LARGEST_LOGO:
            raise self.wrong("logo", f"“{name[:60]}” has {path.stat().st_size:,} bytes", "200 kB are enough for a logo")
        return path


def fault_of_base(base: str, *, own: bool = False) -> str:
    """Return what is wrong with a base IRI, nothing where it is one. ``own``: that of the vocabulary may be taken."""
    if any(sign.isspace() for sign in base):
        return f"the base IRI “{base[:80]}” has a space"
    if not base.isprintable():
        return f"the base IRI “{base[:80]}” has a sign in it that is not seen"
    if len(base) > _LONGEST_BASE:
        return f"the base IRI has {len(base):,} characters; {_LONGEST_BASE} are the most"
    if not base.startswith(("http://", "https://")):
        return f"the base IRI “{base[:80]}” begins neither with https:// nor with http://"
    if not base.endswith("/"):
        return f"the base IRI “{base[:80]}” does not end with /"
    if not _BASE.fullmatch(base):
        return f"“{base[:80]}” is no base IRI: a host and a path, without ? # and characters that no IRI has"
    if "/id/" in base or "/graph/" in base:
        return f"the base IRI “{base[:80]}” has /id/ or /graph/ in it, which begin what comes after it"
    if base.startswith(VOCABULARY) and not own:
        return f"{VOCABULARY} is the home of the vocabulary, and things of others have no place there"
    return ""


def fault_of_languages(codes: Sequence[str]) -> str:
    """Return what is wrong with a list of languages (ISO 639): one that CLDR does not know, one that is there twice."""
    for number, code in enumerate(codes):
        if code in codes[:number]:
            return f"the language “{code}” stands there twice"
        if code in SHIPPED:
            continue
        from babel import localedata  # CLDR is large, and asked only about what is not shipped

        if not _LANGUAGE.fullmatch(code) or not localedata.exists(code):
            return f"“{code[:20]}” is no language that is known (ISO 639: en, fr, pt …)"
    return ""


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def make(folder: Path, *, base: str, name: str, languages: Sequence[str], under: str, begun: str) -> Instance:
    """Write a new instance into ``folder``, which may be there and is empty, and return it.

    ``under`` is the licence, ``begun`` a day (ISO 8601). Raises InputError, and writes nothing, where one of them is
    wrong, the folder has something in it, or lies inside another instance.
    """
    path = folder / INSTANCE
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(folder, "there is something here already", repair="name a folder that is not there yet")
    outer = homes.around(folder.absolute().parent)
    if outer is not None:
        reason = f"it would lie inside another instance, that of {outer}"
        raise InputError(folder, reason, repair="name a folder outside of it")
    faults = {
        "--base": fault_of_base(base),
        "--languages": fault_of_languages(languages) if languages else "there is none",
    }
    for option, fault in faults.items():
        if fault:
            raise InputError(folder, f"{option}: {fault}", repair="nothing was written")
    if not name.strip() or _UNSEEN.search(name) or len(name) > _LONGEST:
        fault = "signs that are not seen, or too many" if name.strip() else "none"
        raise InputError(folder, f"--name: it has {fault}", repair="nothing was written")
    try:
        found = licence(under)
    except ValueError as error:
        raise InputError(folder, f"--licence: {error}", repair="nothing was written") from error
    text = _NEW.format(
        base=_toml(base), name=_toml(name.strip()), languages=", ".join(map(_toml, languages)),
        licence=_toml(found.spdx or found.iri), begun=begun, first=languages[0],
    )  # fmt: skip
    (folder / "data").mkdir(parents=True)
    path.write_text(text, "utf-8")
    return read(path)


def _toml(text: str) -> str:
    """Write a text as TOML 1.0 does, in one line: its escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


_NEW: Final = """\
# Whose graph this is. What stands behind a # is not set; take the # away and fill it in.

# Things, claims, decisions, documents and graphs have IRIs that begin with it. It never changes later.
base = {base}

# The site is in each of them, the first at /, the others at /fr, /es …
languages = [{languages}]

# Of the data, by its SPDX identifier (https://spdx.org/licenses/) or its IRI.
licence = {licence}

# The day on which it was begun.
begun = {begun}

# Where people write who find a mistake: an address of e-mail or of the web.
# contact = "data@example.org"

# A picture in this folder, for the head of each page.
# logo = "logo.svg"

[name]
{first} = {name}

[description]
# {first} = "What it is about, in a sentence."

[publisher]
# name = "Who publishes it"
# iri = "https://example.org/"

[colours]
# accent = "#1f5f8b"
# accent-dark = "#9cc9ee"
"""
