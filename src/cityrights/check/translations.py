"""Languages: catalogues of words (gettext) complete and true to their English; texts of the graph tagged as they are.

In which language a text is written is told by the other texts of the graph, each word of which is tagged thousands of
times: that tells more of three languages than a model of a hundred, and needs none.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.check.rules import LANGUAGE, Broken, Finding, answers, implied
from cityrights.home import INSTANCE
from cityrights.instance import Instance
from cityrights.translations import Words, faults, lacks, languages, load, template, tree, unsaid
from cityrights.vocabulary import DCTERMS, ID
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

    ``packages`` are folders with a ``locale`` in them, by name; left out, those that are installed. Files that are as
    they were when this process last looked are not read again: whoever checks again and again changes others.
    """
    folders = tuple((installed() if packages is None else packages).values())
    found, count = _checked(folders, _stamp(folders))
    return list(found), count


def _stamp(folders: tuple[Path, ...]) -> tuple[tuple[str, int, int], ...]:
    """Return name, time of change and size of each file that words are in, or are asked for from."""
    paths = (path for folder in folders for end in ("py", "html", "po", "pot") for path in folder.rglob(f"*.{end}"))
    return tuple(sorted((str(path), (told := path.stat()).st_mtime_ns, told.st_size) for path in paths))


@lru_cache(maxsize=4)
def _checked(folders: tuple[Path, ...], _stamped: object) -> tuple[tuple[Finding, ...], int]:
    found: list[Finding] = []
    count = 0
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
    return tuple(found), count


#: The file of an instance's own words for each package.
_OWN_FILES: Final = {"cityrights": "graph", "cityrights_web": "site"}


def debts(whose: Instance, store: ox.Store) -> Iterator[Finding]:
    """Yield what an instance owes to each of its languages: words of the site, and labels of its things."""
    where = str(whose.folder / INSTANCE)
    folders = installed()
    for code in whose.languages[1:]:
        lacking, files = 0, []
        for name, own in _OWN_FILES.items():
            if name in folders:
                missing = unsaid(folders[name] / "locale", whose, own).get(code, 0)
                lacking += missing
                files += [f"locale/{code}/{own}.po"] if missing else []
        if lacking:
            message = f"{lacking:,} words of the site are not translated into {code}, and are shown in English"
            yield Finding(where, RULE, message, f"write {' and '.join(files)}, as a catalogue of gettext", "warning")
    for code, count in Counter(row["language"].value for row in answers(store, _unlabelled(whose))).items():
        message = f"things without a label in {code}, which are shown by another: {count:,}"
        repair = f'add rdfs:label "…"@{code} in editorial:labels'
        yield Finding(where, "label-debt", message, repair, "warning")


def _unlabelled(whose: Instance) -> str:
    codes = " ".join(f'"{code}"' for code in whose.languages[1:])
    return f"""SELECT ?thing ?language WHERE {{
  {{ SELECT DISTINCT ?thing WHERE {{ ?thing rdfs:label ?any FILTER(STRSTARTS(STR(?thing), "{ID}")) }} }}
  VALUES ?language {{ {codes} }}
  MINUS {{ VALUES ?sort {{ cr:Claim cr:Decision cr:Passage cr:Connection }} ?thing a ?sort }}
  FILTER NOT EXISTS {{ ?thing rdfs:label ?label FILTER(LANG(?label) = ?language) }} }}"""


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


_SPOKEN: Final = {"en": "English", "fr": "French", "es": "Spanish"}
#: What people write whole in one language. An alternative label, and a name in a text, may be of any.
_TEXTS: Final = """SELECT DISTINCT ?thing ?property ?text WHERE {
  VALUES ?property {
    rdfs:label skos:prefLabel dcterms:description dcterms:title skos:definition cr:text cr:withoutGraph rdfs:comment
    skos:scopeNote skos:note skos:example cr:untranslated cr:reason cr:role
  }
  GRAPH ?graph { ?thing ?property ?text }
  FILTER(LANG(?text) IN ("en", "fr", "es") && !STRSTARTS(STR(?graph), STR(derived:))) }"""
#: Cities that the program described, with names of regions as the gazetteer has them.
_ENTERED: Final = "SELECT ?thing WHERE { GRAPH enrichment:gazetteer { ?thing a cr:City } }"
_DESCRIPTION: Final = DCTERMS + "description"
_LETTERS: Final = re.compile(r"[^\W\d_]+")
#: Words from which a text can be told alone, and how much more likely (e to this power) it must be in another language.
_LEAST_WORDS: Final = 3
_LIKELIER: Final = 5.0
#: The same for two labels of one thing that are each the other's: together they tell more.
_LIKELIER_SWAPPED: Final = 3.0
#: More than by what sums of the same numbers in another order differ.
_ROUNDING: Final = 1e-6
#: What a word counts in a language in which nobody used it.
_UNSEEN: Final = 0.3


class Tongues:
    """How likely texts are in each language, by the words of the other texts (naive Bayes, each word once)."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        """Count the words of texts, each with its language."""
        self._counts: dict[str, Counter[str]] = {language: Counter() for language in _SPOKEN}
        for language, text in texts:
            self._counts[language].update(_words(text))
        unseen = _UNSEEN * len(set().union(*self._counts.values()))
        most = max((count for counts in self._counts.values() for count in counts.values()), default=0)
        self._logs = [math.log(count + _UNSEEN) for count in range(most + 1)]
        self._whole = {language: math.log(counts.total() + unseen) for language, counts in self._counts.items()}

    def likely(self, words: Collection[str], language: str, less: Collection[str]) -> float:
        """Return the logarithm of how likely words are in a language; ``less`` are those of which a use is left out."""
        counts, logs = self._counts[language], self._logs
        return sum([logs[counts[word] - (word in less)] for word in words]) - len(words) * self._whole[language]

    def doubtful(self, texts: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Return those of texts, each with its tag, of which ``better`` or ``swapped`` may say something.

        All at once: few are left, which these two then look at word by word.
        """
        import numpy as np  # takes a while to import, and the words of the program need none

        known: dict[str, int] = {}
        held = [(tag, text, [known.setdefault(word, len(known)) for word in _words(text)]) for tag, text in texts]
        held = [one for one in held if one[2]]
        if not held:
            return frozenset()
        numbers = np.fromiter((number for *_, words in held for number in words), np.int64)
        lengths = np.fromiter((len(words) for *_, words in held), np.int64)
        starts = np.cumsum(lengths) - lengths
        logs = np.array(self._logs)
        others = np.full(len(held), -np.inf)
        less = np.empty(len(held))
        for language in _SPOKEN:
            counts = np.fromiter((self._counts[language][word] for word in known), np.int64, len(known))[numbers]
            whole = lengths * self._whole[language]
            scores = np.add.reduceat(logs[counts], starts) - whole
            mine = np.fromiter((tag == language for tag, *_ in held), bool, len(held))
            less[mine] = (np.add.reduceat(logs[np.maximum(counts - 1, 0)], starts) - whole)[mine]
            others = np.where(mine, others, np.maximum(others, scores))
        found = np.flatnonzero(others >= less - _ROUNDING)  # both compare with a tag without the text's own uses
        return frozenset((held[at][0], held[at][1]) for at in found.tolist())

    def better(self, text: str, tag: str) -> str:
        """Return the language in which a text is written, by all that is known, in place of its tag; else nothing."""
        words = _words(text)
        if len(words) < _LEAST_WORDS:
            return ""
        scores = {language: self.likely(words, language, words if language == tag else ()) for language in _SPOKEN}
        best = max(scores, key=lambda language: scores[language])
        return best if scores[best] - scores[tag] > _LIKELIER else ""

    def swapped(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        """Say whether two texts of one thing, each with its tag, would rather have each other's."""
        (tag, words), (tag2, words2) = ((given, _words(text)) for given, text in (one, other))
        gains = (
            self.likely(words, tag2, words2) - self.likely(words, tag, words),
            self.likely(words2, tag, words) - self.likely(words2, tag2, words2),
        )
        return min(gains) >= 0 and sum(gains) > _LIKELIER_SWAPPED


@lru_cache(maxsize=50_000)
def _words(text: str) -> frozenset[str]:
    """Return the words of a text, of which figures, signs and what looks like the address of a site are none."""
    words = (word for word in text.casefold().split() if "." not in word.strip(".…") and "_" not in word)
    return frozenset(_LETTERS.findall(" ".join(words)))


def check_languages(store: ox.Store, only: Collection[str] | None = None) -> Iterator[Broken]:
    """Yield each text of ``store`` that is not in the language of its tag, and labels of two languages swapped.

    ``only`` are the things whose texts are looked at; those of all others tell what the languages are.
    """
    texts: dict[tuple[str, str, str], str] = {}
    entered = {row["thing"].value for row in answers(store, _ENTERED)}
    for row in answers(store, _TEXTS):
        given = row["text"]
        if row.get("thing") and row["thing"].value in entered and row["property"].value == _DESCRIPTION:
            continue
        if isinstance(given, ox.Literal) and "thing" in row:
            texts[row["thing"].value, row["property"].value, given.language or ""] = given.value
    tongues = Tongues((language, text) for (_, _, language), text in texts.items())
    if only is not None:
        texts = {key: text for key, text in texts.items() if key[0] in only}
    doubtful = tongues.doubtful((language, text) for (_, _, language), text in texts.items())
    texts = {key: text for key, text in texts.items() if (key[2], text) in doubtful}
    told = set()
    for (thing, name, tag), text in texts.items():
        for tag2 in (other for other in _SPOKEN if other > tag and (thing, name, other) in texts):
            text2 = texts[thing, name, tag2]
            if text != text2 and tongues.swapped((tag, text), (tag2, text2)):
                told |= {(thing, name, tag), (thing, name, tag2)}
                message = f"“{_begin(text)}” has @{tag} and “{_begin(text2)}” @{tag2}, which look swapped"
                term = ox.Literal(text, language=tag)
                yield implied(LANGUAGE, thing, message, f"swap the tags @{tag} and @{tag2}", term)
    for (thing, name, tag), text in texts.items():
        written = "" if (thing, name, tag) in told else tongues.better(text, tag)
        if written:
            message = f"“{_begin(text)}” has @{tag}, and looks like {_SPOKEN[written]}"
            repair = f"write it in {_SPOKEN[tag]}, or tag it @{written}"
            yield implied(LANGUAGE, thing, message, repair, ox.Literal(text, language=tag))


def _begin(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
