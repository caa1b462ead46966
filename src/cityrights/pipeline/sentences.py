"""What the data say in prose, told in other languages: gettext catalogues beside the data, ``translations/<code>.po``.

The sentence of a claim and the reason of a decision are written once, in English, where they belong. Translators get
them in the files that their tools open (Poedit, Weblate, ``pybabel``); the name of a message (``msgctxt``) says whose
sentence it is, and its ``msgid`` is the English that was translated::

    msgctxt "claim/twenty-practices/10 cr:text"
    msgid "The museum looks at migration both as a worldwide matter and as part of the city."
    msgstr "Le musée aborde la migration …"

The build adds what is translated, with its language, to the graph ``translations/<code>``, which says that it is our
translation. A translation of other English than the data say now is left out, and ``check`` tells it: a sentence that
was mended must not go on being said as it was. ``docs/decisions/0046-sentences-have-catalogues.md`` says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import escape
from pyoxigraph import Literal, NamedNode, Quad

from cityrights.snapshot import digest
from cityrights.translations import BEFORE, SOURCE, header_line, load, write_catalogue
from cityrights.vocabulary import CR, GRAPH_TRANSLATIONS, ID
from sparqlgate.errors import InputError

#: Properties whose texts are our words, each one message; what is given as it is printed is not among them.
PROSE: Final = tuple(
    NamedNode(CR + name)
    for name in ("text", "reason", "withoutGraph", "withoutPrompt", "role", "precedence", "grade", "recurrence")
)
_RIGHT: Final = "make it right and take `#, fuzzy` away"
_UPDATE: Final = "run `cityrights translations`, then translate what it marks"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One English sentence of the data: whose, which property, in which words."""

    thing: NamedNode
    verb: NamedNode
    text: str

    @property
    def name(self) -> str:
        """The ``msgctxt``: the thing below ``id/``, and the property with its prefix."""
        thing, said = self.thing.value, self.verb.value
        return f"{thing.removeprefix(ID)} cr:{said.removeprefix(CR)}"


def folder(home: Path) -> Path:
    """Return where the catalogues of the data of ``home`` are."""
    return home / "data" / "translations"


def catalogues(home: Path) -> dict[str, Path]:
    """Return the catalogue of each language that the data of ``home`` are translated into, by its code."""
    return {path.stem: path for path in sorted(folder(home).glob("*.po"))}


def sentences(quads: Iterable[Quad]) -> list[Sentence]:
    """Return the English sentences among ``quads``, in the order of their things and properties."""
    wanted = frozenset(PROSE)
    found = {
        (subject.value, predicate.value): Sentence(subject, predicate, value.value)
        for subject, predicate, value, _ in quads
        if predicate in wanted
        and isinstance(subject, NamedNode)
        and isinstance(value, Literal)
        and value.language == SOURCE
    }
    return [found[key] for key in sorted(found, key=_order)]


def translated(home: Path, quads: Iterable[Quad]) -> list[Quad]:
    """Return the translations of the sentences among ``quads``, each in the graph of its language.

    Raises InputError for a catalogue that cannot be read.
    """
    files = catalogues(home)
    said = sentences(quads) if files else []
    return [quad for code, path in files.items() for quad in _told(code, _messages(path, code), said)]


def faults(home: Path, quads: Iterable[Quad]) -> Iterator[InputError]:
    """Yield what the catalogues lack or have too much, each with its file, its line and what repairs it.

    What is not translated yet is one fault of its language, however much it is. Raises InputError as ``translated``.
    """
    said = sentences(quads)
    for code, path in catalogues(home).items():
        held = _messages(path, code)
        wanted = {sentence.name: sentence for sentence in said}
        lacking = [sentence.name for sentence in said if sentence.name not in held or not held[sentence.name].string]
        if lacking:
            reason = f"{len(lacking)} of {len(said)} sentences are not translated, the first: {lacking[0]}"
            first = held.get(lacking[0])
            yield InputError(path, reason, first.lineno if first is not None else None, _UPDATE)
        for name, message in held.items():
            if message.pluralizable:
                yield InputError(path, f"“{name}” has a msgid_plural", message.lineno, "a sentence has one msgstr")
            elif name not in wanted:
                yield InputError(path, f"“{name}” is no sentence of the data", message.lineno, _UPDATE)
            elif message.string and (message.fuzzy or message.id != wanted[name].text):
                reason = f"“{name}” was translated from other English than the data say now"
                yield InputError(path, reason, message.lineno, _RIGHT if message.fuzzy else f"{_UPDATE}: {_RIGHT}")
            elif message.string == message.id:
                yield InputError(path, f"“{name}” is the same as in English", message.lineno, "translate it")


def origins(home: Path) -> dict[tuple[str, str, str], tuple[Path, int, str]]:
    """Return where each translation is written: file, line of the ``msgstr`` and name, by thing, language and text.

    Raises InputError as ``translated``.
    """
    found = {}
    for code, path in catalogues(home).items():
        lines = path.read_text("utf-8").split("\n")
        for name, message in _messages(path, code).items():
            begin = message.lineno or 1
            line = next((at for at in range(begin, len(lines)) if lines[at - 1].startswith("msgstr")), begin)
            found[ID + name.partition(" ")[0], code, str(message.string)] = path, line, name
    return found


def update(home: Path, quads: Iterable[Quad], codes: Iterable[str]) -> dict[str, int]:
    """Bring the catalogues of ``codes`` up to the data, and return how many sentences each lacks.

    A translation whose English changed stays, marked as fuzzy; what is gone from the data is left out.
    """
    said = sentences(quads)
    lacking: dict[str, int] = {}
    for code in codes:
        path = folder(home) / f"{code}.po"
        held = _messages(path, code) if path.is_file() else {}
        fresh = Catalog(locale=code)
        for sentence in said:
            before = held.get(sentence.name)
            message = fresh.add(sentence.text, before.string if before else "", context=sentence.name)
            if before is not None and before.string and (before.fuzzy or before.id != sentence.text):
                message.flags.add("fuzzy")
                was = f"{BEFORE}{escape(str(before.id))}"
                message.user_comments = before.user_comments if before.id == sentence.text else [was]
        path.parent.mkdir(parents=True, exist_ok=True)
        write_catalogue(path, fresh)
        lacking[code] = sum(not message.string or message.fuzzy for message in fresh if message.id)
    return lacking


def _order(key: tuple[str, str]) -> tuple[str, int, str]:
    """Order things by their name, and those that are numbered by their number."""
    start, _, end = key[0].rpartition("/")
    return (start, int(end), key[1]) if end.isdecimal() and len(end) < 10 else (key[0], -1, key[1])


def _messages(path: Path, code: str) -> Mapping[str, Message]:
    """Return the messages of a catalogue by their names, which nobody changes. Raises InputError for a wrong one."""
    return _read(path, code, digest(path) if path.is_file() else "")


@lru_cache(maxsize=16)
def _read(path: Path, code: str, _content: str) -> Mapping[str, Message]:
    held = load(path)
    if held.locale_identifier != code:
        reason = f"the header's Language is {held.locale_identifier}, the file's name says {code}"
        raise InputError(path, reason, header_line(path, "Language"), f'write "Language: {code}\\n" in the header')
    for message in held:
        if message.id and not message.context:
            said = message.id if isinstance(message.id, str) else message.id[0]
            reason = f"the message “{said[:60]}” has no msgctxt, which says whose sentence it is"
            raise InputError(path, reason, message.lineno, "take it out, then run `cityrights translations`")
    return {message.context: message for message in held if message.id and message.context}


def _told(code: str, held: Mapping[str, Message], said: Iterable[Sentence]) -> Iterator[Quad]:
    graph = NamedNode(GRAPH_TRANSLATIONS + code)
    for sentence in said:
        message = held.get(sentence.name)
        if message is not None and message.id == sentence.text and message.string and not message.fuzzy:
            yield Quad(sentence.thing, sentence.verb, Literal(str(message.string), language=code), graph)
