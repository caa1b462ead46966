"""The catalogues of words (gettext): complete, true to their English, and with no word that nobody says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from cityrights.check.rules import Finding
from cityrights.translations import Words, faults, lacks, languages, load, template, tree
from sparqlgate.errors import InputError

RULE: Final = "translations"
#: The packages that say something to people. The site is looked for, never imported: the engine may stand alone.
PACKAGES: Final = ("cityrights", "cityrights_web")
#: What templates call the words of the page's language, and how they give a room of them a short name.
_ROOT: Final = "t"
_ALIAS: Final = re.compile(r"\{%-?\s*set (\w+) = t\.(\w+)\s*-?%\}")
_CHAIN: Final = r"(?<![\w.\"'])({names})((?:\.\w+)+)"
#: A name whose end is known at run time only: ``t | attr("nav_" ~ name)``, ``getattr(words, f"nav_{name}")``.
_BEGUN: Final = re.compile(r"attr\(\"(\w{1,40}_)\" ~|getattr\([^()]{0,80}f\"(\w{1,40}_)\{")


def _code(template: str) -> Iterator[tuple[int, str]]:
    """Yield where an expression or a statement of a template begins, and what stands in it."""
    for opens, closes in (("{{", "}}"), ("{%", "%}")):
        begins = template.find(opens)
        while begins >= 0:
            ends = template.find(closes, begins)
            if ends < 0:
                break
            yield begins, template[begins:ends]
            begins = template.find(opens, ends)


@dataclass(frozen=True, slots=True)
class _Said:
    """What sources say: the full names in templates, and in any source names after a dot, in quotes, and begun ones."""

    whole: set[str]
    dotted: set[str]
    quoted: set[str]
    begun: set[str]

    def says(self, name: str) -> bool:
        """Say whether a word is asked for somewhere."""
        last = name.rpartition(".")[2]
        parts = (last[len(start) :] for start in self.begun if last.startswith(start))
        return (
            name in self.whole
            or last in self.dotted
            or last in self.quoted
            or any(map(self.quoted.__contains__, parts))
        )


def check_translations(packages: Mapping[str, Path] | None = None) -> tuple[list[Finding], int]:
    """Return what is wrong with the words of packages, and how many messages they have.

    ``packages`` are folders with a ``locale`` in them, by name; left out, those that are installed.
    """
    found: list[Finding] = []
    count = 0
    folders = (installed() if packages is None else packages).values()
    spoken = {code for folder in folders for code in languages(folder / "locale")}
    for folder in folders:
        wrong = faults(folder / "locale")
        wrong += [lacks(folder / "locale", code) for code in sorted(spoken.difference(languages(folder / "locale")))]
        try:
            english = [message for message in load(template(folder / "locale")) if message.id]
        except InputError:  # it is among the faults already
            english = []
        count += len(english)
        words = tree({message.context or "": str(message.id) for message in english})
        said, unknown = _read(folder, words)
        lines = {re.split(r"\[", message.context or "")[0]: message.lineno for message in reversed(english)}
        unsaid = [
            InputError(template(folder / "locale"), f"nobody says {name}", line, "take it out, then `make words`")
            for name, line in lines.items()
            if not said.says(name)
        ]
        found += [
            Finding(f"{each.path}:{each.line}" if each.line else str(each.path), RULE, each.reason, each.repair)
            for each in (*wrong, *unknown, *unsaid)
        ]
    return found, count


def installed() -> dict[str, Path]:
    """Return the folders of those PACKAGES that are installed."""
    found = {}
    for name in PACKAGES:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations:
            found[name] = Path(next(iter(spec.submodule_search_locations)))
    return found


def _read(folder: Path, words: Words) -> tuple[_Said, list[InputError]]:
    """Return what the sources in a folder say, and what templates ask for that there is not."""
    said, unknown = _Said(set(), set(), set(), set()), []
    for path in sorted([*folder.rglob("*.py"), *(folder / "templates").rglob("*.html")]):
        text = path.read_text("utf-8")
        said.dotted.update(re.findall(r"\.(\w+)", text) if path.suffix == ".py" else ())
        said.quoted.update(re.findall(r"[\"'](\w+)[\"']", text))
        said.begun.update(start for pair in _BEGUN.findall(text) for start in pair if start)
        if path.suffix == ".html":
            for line, name, known in _chains(text, words):
                said.whole.add(name)
                if not known:
                    reason = f"there is no word {name}"
                    repair = f"add it to {template(folder / 'locale')}, then `make words`"
                    unknown.append(InputError(path, reason, line, repair))
    return said, unknown


def _chains(text: str, words: Words) -> Iterator[tuple[int, str, bool]]:
    """Yield line and name of each word that a template asks for, and whether there is such a word."""
    rooms = {_ROOT: "", **{alias: f"{room}." for alias, room in _ALIAS.findall(text)}}
    chain = re.compile(_CHAIN.format(names="|".join(rooms)))
    for begins, code in _code(text):
        for found in chain.finditer(code):
            path: list[str] = []
            held: object = words
            for part in (rooms[found[1]] + found[2][1:]).split("."):
                if not isinstance(held, Words):
                    break
                path.append(part)
                held = vars(held).get(part)
            yield text.count("\n", 0, begins + found.start()) + 1, ".".join(path), held is not None
