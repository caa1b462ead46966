"""Bring the catalogues of words up to their template: ``make words``, after a word in English came, changed or went.

Each language gets every message of ``locale/messages.pot``, in its order; a translation whose English changed becomes
fuzzy, a new message stands empty, one that is gone is left out. ``_words.pyi`` tells mypy and editors the names.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import escape

from cityrights.translations import (
    BEFORE,
    SOURCE,
    Plural,
    Words,
    catalogue,
    languages,
    load,
    template,
    tree,
    write_catalogue,
)

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGES: Final = (ROOT / "src" / "cityrights", ROOT / "webapp" / "cityrights_web")
_HEAD: Final = '''"""The names of the words in locale/messages.pot, for mypy and editors. Written by `make words`."""

from collections.abc import Mapping

'''


def update(folder: Path, codes: Iterable[str]) -> None:
    """Bring each of these languages of a folder of catalogues up to the template; write those that it lacks."""
    for code in codes:
        if code == SOURCE:
            continue
        english = load(template(folder))  # anew: what one language says of a message is written into it
        path = catalogue(folder, code)
        held = load(path) if path.is_file() else Catalog(locale=code)
        held.update(english, no_fuzzy_matching=True)
        _carry(english, held)
        held.obsolete.clear()
        path.parent.mkdir(parents=True, exist_ok=True)
        write_catalogue(path, held)


def _carry(english: Catalog, held: Catalog) -> None:
    """Keep the translations of messages whose English changed, as fuzzy: gettext knows a message by its English too."""
    before = {message.context: message for message in held.obsolete.values()}
    for message in held:
        old = before.get(message.context) if message.id and not any(message.string or ()) else None
        if old is not None and old.pluralizable == message.pluralizable:
            message.string = old.string
            message.user_comments = [f"{BEFORE}{escape(old.id if isinstance(old.id, str) else old.id[0])}"]
            message.flags.add("fuzzy")


def stub(folder: Path) -> str:
    """Return the types of the words of a folder of catalogues."""
    texts = {
        message.context or "": message.id if isinstance(message.id, str) else Plural(tuple(message.id), int)
        for message in load(template(folder))
        if message.id
    }
    classes: list[str] = []
    _declare("Words", tree(texts), classes)
    counts = any(isinstance(text, Plural) for text in texts.values())
    return _HEAD + ("from cityrights.translations import Plural\n\n" if counts else "") + "\n\n".join(classes) + "\n"


def _declare(name: str, words: Words, classes: list[str]) -> str:
    lines = [f"    {word}: {_type(name, word, value, classes)}" for word, value in vars(words).items()]
    classes.append("\n".join([f"class {name}:", *lines]))
    return name


def _type(within: str, name: str, value: object, classes: list[str]) -> str:
    if isinstance(value, Words):
        room = "".join(part.capitalize() for part in name.split("_"))
        return _declare(f"{within.removesuffix('Words')}{room}Words", value, classes)
    if isinstance(value, dict):
        return f"Mapping[str, {_type(within, name, next(iter(value.values())), classes)}]"
    if isinstance(value, tuple):
        return f"tuple[{_type(within, name, value[0], classes)}, ...]"
    return "Plural" if isinstance(value, Plural) else "str"


def main() -> int:
    """Update every catalogue and every list of names."""
    codes = sorted({code for package in PACKAGES for code in languages(package / "locale")})
    for package in PACKAGES:
        update(package / "locale", codes)
        (package / "_words.pyi").write_text(stub(package / "locale"), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
