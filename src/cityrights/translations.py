"""The words that people read, in gettext catalogues (``.po``), which Poedit, Weblate and ``pybabel`` open as they are.

A package keeps them in its folder ``locale``: ``messages.pot`` has every message in English, and each language its own
translations in ``<language>/LC_MESSAGES/messages.po``. A message's context (``msgctxt``) is the name by which code and
templates ask for it, spelled as they spell it::

    msgctxt "exports.about_rows"            words.exports.about_rows
    msgctxt "things.statuses[in-place]"     words.things.statuses["in-place"]
    msgctxt "about.method[1]"               words.about.method, a tuple, numbered from 1

The catalogues are read without a compile step, and nothing falls back to English: a gap is an error that says where.
"""

from __future__ import annotations

import gettext
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from babel import UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from cityrights.instance import Instance, instance
from sparqlgate.errors import InputError

if TYPE_CHECKING:
    from cityrights._words import Words as GraphWords

#: The language of the template, in which messages are written first.
SOURCE: Final = "en"
#: A translator's comment at a message whose translation is the same as its English, and is meant to be.
SAME: Final = "same as in English"
#: Begins the English of which a fuzzy text was the translation; gettext writes it as a comment of its own kind.
BEFORE: Final = "| msgid "
#: No line of a catalogue is as long. Without a width, Babel breaks comments, and what a text was before with them.
_UNBROKEN: Final = 1_000_000
#: So many faults are told beside the first when words are read.
_TOLD: Final = 20
_UPDATE: Final = "run `make words`, then translate it"
_NAME: Final = "cityrights"
#: What the files of a snapshot are called where others than cityrights publish them, in the names of words.
_FILES: Final = ("download_kinds[cityrights", "download_kinds[graph")
_HERE: Final = "https://w3id.org/cityrights/"
#: What speaks of the program and its commands, which have one name everywhere.
_OF_THE_PROGRAM: Final = ("foreign.", "validate.", "changes.", "releases.made", "linked.download_kinds")
_CODE: Final = re.compile("[a-z]{2,3}")
_CONTEXT: Final = re.compile(r"[a-z]\w*(?:\.[a-z]\w*)*(?:\[[^\[\]]+\])*")
_PART: Final = re.compile(r"\[([^\[\]]+)\]|(\w+)")
_PLACE: Final = re.compile(r"\{(\w*)\}")
_TAG: Final = re.compile(r"</?(\w+)")
_LETTER: Final = re.compile(r"[^\W\d_]")
_LINE: Final = re.compile(r'(?:#.*|(?:msg(?:ctxt|id|id_plural|str(?:\[\d+\])?)\s+)?"(?:[^"\\]|\\.)*"\s*|\s*)')


@dataclass(frozen=True, slots=True)
class Plural:
    """A message that counts: one form for each kind of number that the language tells apart."""

    forms: tuple[str, ...]
    rule: Callable[[int], int]

    def of(self, number: int) -> str:
        """Return the form for a number, its places not yet filled."""
        return self.forms[self.rule(number)]


Text: TypeAlias = str | Plural


class Words(SimpleNamespace):
    """The words of one language, or of one room of it, as attributes. One that is not there is an AttributeError."""

    def __getattr__(self, name: str) -> object:
        raise AttributeError(f"there is no word {name!r}: locale/messages.pot has every word, by its msgctxt")


class Catalogues(Mapping[str, Words]):
    """Language → its words. They are read when first asked for; a gap in any of them raises InputError."""

    def __init__(self, folder: Path, order: tuple[str, ...] = (), own: str = "") -> None:
        """``own`` is the file, in each language of the ``locale`` of an instance, that brings words of its own."""
        self.folder = folder
        self.order = order or languages(folder)
        self.own = own

    @cached_property
    def _read(self) -> Mapping[str, Words]:
        whose = instance()
        return read(self.folder, self.order) if whose.is_shipped else spoken(self.folder, whose, self.own)

    def __getitem__(self, language: str) -> Words:
        return self._read[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self.order)

    def __len__(self) -> int:
        return len(self.order)

    def check(self, spoken: Iterable[str] = ()) -> None:
        """Read them now. Raises InputError when anything is wrong, or they lack a language ``spoken`` elsewhere."""
        lacking = sorted(set(spoken) - set(self._read))
        if lacking:
            raise lacks(self.folder, lacking[0])


def lacks(folder: Path, language: str) -> InputError:
    """Return the error that a folder of catalogues has none for a language that is spoken elsewhere."""
    reason = f"there are words in {language} elsewhere, and none here"
    return InputError(catalogue(folder, language), reason, None, "run `make words`, then translate them")


def template(folder: Path) -> Path:
    """Return the file with all messages in English."""
    return folder / "messages.pot"


def catalogue(folder: Path, language: str) -> Path:
    """Return the file with the translations into a language."""
    return folder / language / "LC_MESSAGES" / "messages.po"


def languages(folder: Path, first: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the languages of a folder of catalogues: those of ``first`` in their order, then others by their codes."""
    found = {SOURCE, *(path.name for path in folder.iterdir() if path.is_dir() and path.name[0].isalpha())}
    return (*(code for code in first if code in found), *sorted(found.difference(first)))


def read(folder: Path, order: tuple[str, ...] = ()) -> dict[str, Words]:
    """Return the words of each language of a folder.

    Raises InputError at the first thing that is wrong; its text says what else is, up to a page of it.
    """
    catalogues = {code: load(_file(folder, code)) for code in order or languages(folder)}
    wrong = [fault for code in catalogues for fault in _faults(folder, code, catalogues)]
    if wrong:
        first, *others = wrong
        told = "".join(f"\n{fault}" for fault in others[:_TOLD])
        if len(others) > _TOLD:
            told += f"\nand {len(others) - _TOLD} more, which `cityrights check` lists"
        reason = f"{first.reason} ({first.repair}){told}" if told else first.reason
        raise InputError(first.path, reason, first.line, "" if told else first.repair)
    return {code: tree(_texts(code, held, catalogues[SOURCE])) for code, held in catalogues.items()}


def _texts(code: str, held: Catalog, english: Catalog) -> dict[str, Text]:
    rule = _rule(held)
    return {
        message.context or "": _text(message if code == SOURCE else _of(held, message), rule, code)
        for message in _messages(english)
    }


def spoken(folder: Path, whose: Instance, own: str) -> dict[str, Words]:
    """Return the words of an instance by language: those that are shipped, and over them what its own files say.

    A language that is not shipped has the English where its own file has no word. Where the shipped words name
    cityrights, they name the instance. Raises InputError as :func:`read` does, and for a word of the instance's own
    that is none.
    """
    catalogues = {code: load(_file(folder, code)) for code in languages(folder)}
    english = catalogues[SOURCE]
    found = {}
    for code in dict.fromkeys((*whose.languages, *catalogues)):
        shipped = code if code in catalogues else SOURCE
        texts = _texts(shipped, catalogues[shipped], english)
        texts = {name.replace(*_FILES): _named(name, text, whose.name_in(code)) for name, text in texts.items()}
        found[code] = tree(texts | _own_words(whose, code, own, english))
    return found


def own_catalogue(whose: Instance, code: str, own: str) -> Path:
    """Return the file in which an instance says words of its own in a language, there or not."""
    return whose.folder / "locale" / code / f"{own}.po"


def unsaid(folder: Path, whose: Instance, own: str) -> dict[str, int]:
    """Return how many words each language of an instance lacks: what is neither shipped nor said by the instance."""
    english = load(template(folder))
    lacking = {}
    for code in whose.languages:
        if code not in languages(folder):
            lacking[code] = sum(1 for _ in _messages(english)) - len(_own_words(whose, code, own, english))
    return lacking


def _own_words(whose: Instance, code: str, own: str, english: Catalog) -> dict[str, Text]:
    path = own_catalogue(whose, code, own)
    if not path.is_file():
        return {}
    held, known = load(path), {message.context: message for message in _messages(english)}
    found: dict[str, Text] = {}
    for message in _messages(held):
        there = known.get(message.context)
        if there is None:
            reason = f"{message.context!r} is no word of the site"
            raise InputError(path, reason, message.lineno, "take its msgctxt from the messages.pot of the package")
        wanted, said = places(_forms(there, SOURCE)[-1]), _forms(message, code)
        if any(form and places(form) - wanted for form in said) or there.pluralizable != message.pluralizable:
            reason = f"{message.context} fills other places than its English, {_listed(wanted)}"
            raise InputError(path, reason, message.lineno, "use the same places in braces, and the same plural")
        if all(said) and not message.fuzzy:
            found[message.context or ""] = _text(message, _rule(held), code)
    return found


def _named(name: str, text: Text, called: str) -> Text:
    """Return a shipped word with the name of an instance in place of cityrights, where it is not the program."""
    if name.startswith(_OF_THE_PROGRAM):
        return text
    if isinstance(text, Plural):
        return Plural(tuple(named(form, called) for form in text.forms), text.rule)
    return named(text, called)


def named(text: str, called: str) -> str:
    """Return a shipped text with the base of the instance in use in place of ours, and with its name."""
    return instance().base.join(part.replace(_NAME, called) for part in text.split(_HERE))


def faults(folder: Path) -> list[InputError]:
    """Return what is wrong with the catalogues of a folder: what is missing, stale, or breaks the rules of messages."""
    catalogues, wrong = {}, []
    for code in languages(folder):
        try:
            catalogues[code] = load(_file(folder, code))
        except InputError as error:
            wrong.append(error)
    if SOURCE in catalogues:
        wrong += [fault for code in catalogues for fault in _faults(folder, code, catalogues)]
    return wrong


def load(path: Path) -> Catalog:
    """Read a catalogue or a template. Raises InputError when it is not there or not in the form of gettext's files."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        at = content.count(b"\n", 0, error.start) + 1
        raise InputError(path, f"byte {error.start} is not UTF-8", at, "save it as UTF-8") from error
    except FileNotFoundError:
        reason = f"the language has no catalogue: the folder {path.parts[-3]} stands for it"
        raise InputError(path, reason, None, "run `make words`, which writes one with every message") from None
    try:
        held = read_po(BytesIO(content), abort_invalid=True, charset="utf-8")
    except PoFileError as error:
        reason = str(error).removesuffix(f" on {error.lineno}")  # which it counts from 0
        raise InputError(path, reason, error.lineno + 1, "mend the line, or let msgfmt -c say more") from error
    except (UnknownLocaleError, ValueError) as error:
        raise InputError(path, f"this is no catalogue: {error}", None, "write it in UTF-8, with a header") from error
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not _LINE.fullmatch(line):
            raise InputError(
                path, f"this line is none of a catalogue: {line[:60]!r}", number, "mend its quotation marks"
            )
    for number, (line, after, last) in enumerate(zip(lines, lines[1:], [*lines[2:], ""], strict=False), 1):
        untold = not after.startswith(("msgid", '"', "#")) or (after == 'msgid ""' and not last.startswith('"'))
        if line.startswith("msgctxt") and untold:
            reason = f"the message {line.removeprefix('msgctxt ')} has no msgid"
            raise InputError(path, reason, number, "write the English below its msgctxt")
    opens, closes = 'msgctxt "', '"'
    contexts = (line[len(opens) : -1] for line in text.split("\n") if line.startswith(opens) and line.endswith(closes))
    twice = [context for context, times in Counter(contexts).items() if times > 1]
    if twice:
        at = text[: text.rindex(f'\nmsgctxt "{twice[0]}"') + 1].count("\n") + 1
        raise InputError(path, f"two messages have the name {twice[0]!r}", at, "leave one of them out")
    return held


def header_line(path: Path, field: str) -> int:
    """Return the line of a catalogue on which its header says a field, such as Language; 1 where it does not."""
    lines = path.read_text("utf-8").partition("\n\n")[0].split("\n")
    return next((number for number, line in enumerate(lines, 1) if line.startswith(f'"{field}:')), 1)


def write_catalogue(path: Path, held: Catalog) -> None:
    """Write a catalogue or template. Its header stays as it is; a new one has what reading it needs, and no date."""
    for message in held:
        message.flags.discard("python-format")  # a percent sign is one: our places are in braces
        if not message.fuzzy:
            message.user_comments = [each for each in message.user_comments if not each.startswith(BEFORE)]
    body = BytesIO()
    write_po(body, held, width=_UNBROKEN, omit_header=True, no_location=True)
    header = path.read_text("utf-8").partition("\n\n")[0] if path.is_file() else _header(held)
    text = f"\n{body.getvalue().decode('utf-8')}".replace(f"\n# {BEFORE}", f"\n#{BEFORE}")
    path.write_text(f"{header}\n\n{text.strip()}\n", "utf-8")


def _header(held: Catalog) -> str:
    fields = (
        "Project-Id-Version: cityrights",
        f"Language: {held.locale_identifier}",
        f"Plural-Forms: {held.plural_forms}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    )
    return "\n".join(['msgid ""', 'msgstr ""', *(f'"{field}\\n"' for field in fields)])


def tree(texts: Mapping[str, Text]) -> Words:
    """Return messages by the parts of their names: rooms with attributes, mappings and, where numbered, tuples."""
    root = Words()
    for name, text in texts.items():
        *parts, (key, word) = _PART.findall(name)
        place: Words | dict[str, object] = root
        for at, (mapped, attribute) in enumerate(parts):
            held = place if isinstance(place, dict) else vars(place)
            following = parts[at + 1] if at + 1 < len(parts) else (key, word)
            found = held.setdefault(mapped or attribute, {} if following[0] else Words())
            assert isinstance(found, dict | Words), f"{name} is within another message"
            place = found
        (place if isinstance(place, dict) else vars(place))[key or word] = text
    _number(vars(root))
    return root


def places(text: str) -> set[str]:
    """Return the names of what is filled into a text."""
    return set(_PLACE.findall(text))


def _number(held: dict[str, object]) -> None:
    """Turn the mappings in it whose keys are the numbers from 1 into tuples."""
    for name, value in held.items():
        if isinstance(value, Words):
            _number(vars(value))
        elif isinstance(value, dict):
            _number(value)
            if list(value) == [str(number + 1) for number in range(len(value))]:
                held[name] = tuple(value.values())


def _file(folder: Path, code: str) -> Path:
    return template(folder) if code == SOURCE else catalogue(folder, code)


def _messages(held: Catalog) -> Iterator[Message]:
    """Yield the messages of a catalogue, without its header."""
    return (message for message in held if message.id)


def _of(held: Catalog, message: Message) -> Message:
    found = held.get(message.id, message.context)
    assert found is not None
    return found


def _rule(held: Catalog) -> Callable[[int], int]:
    rule: Callable[[int], int] = gettext.c2py(held.plural_expr)
    return rule


def _forms(message: Message, code: str) -> tuple[str, ...]:
    """Return the texts of a message in its language: one, or the forms of its plural."""
    told = (message.id if code == SOURCE else message.string) or ""
    return (told,) if isinstance(told, str) else tuple(told)


def _text(message: Message, rule: Callable[[int], int], code: str) -> Text:
    forms = _forms(message, code)
    return Plural(forms, rule) if message.pluralizable else forms[0]


def _faults(folder: Path, code: str, catalogues: Mapping[str, Catalog]) -> Iterator[InputError]:
    english, held, path = catalogues[SOURCE], catalogues[code], _file(folder, code)
    if not _CODE.fullmatch(code):
        reason = f"{code} is no code of a language that addresses can begin with"
        yield InputError(path, reason, None, "name the folder by two or three small letters (ISO 639)")
    if held.locale_identifier != code:
        told = f"the header's Language is {held.locale_identifier}, the folder says {code}"
        yield InputError(path, told, header_line(path, "Language"), f'write "Language: {code}\\n" in the header')
    if code == SOURCE:
        for message in _messages(held):
            if not _CONTEXT.fullmatch(message.context or ""):
                reason = f"{message.context!r} is no name of a message"
                yield InputError(path, reason, message.lineno, "write a msgctxt such as room.word or room.words[key]")
        return
    translated = {message.context: message for message in _messages(held)}
    for message in _messages(english):
        other = translated.pop(message.context, None)
        if other is None:
            line = message.lineno
            yield InputError(path, f"{message.context} is missing ({template(folder)}:{line})", None, _UPDATE)
        else:
            fault = _fault(message, other, held, code)
            if fault is not None:
                yield InputError(path, f"{message.context} {fault[0]}", other.lineno, fault[1])
    for other in translated.values():
        reason = f"{other.context} is in this language only"
        yield InputError(path, reason, other.lineno, "run `make words`, which leaves it out, or add it to the template")


def _fault(english: Message, other: Message, held: Catalog, code: str) -> tuple[str, str] | None:
    """Return what is wrong with a translation and what to do, or None."""
    if other.id != english.id:
        return f"is the translation of {other.id!r}, and English says {english.id!r} now", _UPDATE
    forms = _forms(other, code)
    if other.fuzzy:
        return "is fuzzy: its English has changed, or it was guessed", "make it right and take `#, fuzzy` away"
    if not all(form.strip() for form in forms) or len(forms) != (held.num_plurals if english.pluralizable else 1):
        return "is not translated, or not in each of its plural forms", "write its msgstr"
    source = _forms(english, SOURCE)
    wanted = places(source[-1])
    for number, form in enumerate(forms):
        found = places(form)
        if found != wanted and not (english.pluralizable and found < wanted and _is_for_one(held, number)):
            reason = f"fills {_listed(found)} where English fills {_listed(wanted)}"
            return reason, "use the same places in braces"
    if sorted(_TAG.findall(source[-1])) != sorted(_TAG.findall(forms[-1])):
        return "has other tags than its English", "use the same tags, each as often"
    if forms == source and SAME not in other.user_comments and _LETTER.search(source[0]):
        return "is the same as in English", f"translate it, or write `# {SAME}` above it where it is meant to be"
    return None


def _is_for_one(held: Catalog, form: int) -> bool:
    """Say whether a form of the plural is that of one number only, so that it need not name it."""
    rule = _rule(held)
    return sum(rule(number) == form for number in range(200)) == 1


def _listed(names: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "nothing"


#: The words that the graph's programs say: French is ``locale/fr/LC_MESSAGES/messages.po``.
CATALOGUES: Final = Catalogues(Path(__file__).parent / "locale", own="graph")
#: Language → its words, read when first asked for.
CATALOGUE: Final = cast("Mapping[str, GraphWords]", CATALOGUES)
