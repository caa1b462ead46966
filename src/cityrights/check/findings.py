"""A finding: what is wrong, where, by which rule, and what repairs it; and where in a file a term stands."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import pyoxigraph as ox

from cityrights.check.format import Word, expand, prefixes, words
from cityrights.vocabulary import RDF


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that a check found.

    ``where`` is ``path:line`` or the IRI of the thing, ``rule`` the name of the check (a file or constraint name),
    ``message`` what is wrong, ``repair`` the command or edit that mends it.
    """

    where: str
    rule: str
    message: str
    repair: str = ""
    severity: Literal["error", "warning"] = "error"

    def as_dict(self) -> dict[str, str]:
        """Return the finding as plain strings, for ``--json``."""
        return asdict(self)


class Locator:
    """The lines of one file's terms. Best effort: a term that is not found is at no line, never at a wrong one."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._words = [word for word in words(text) if word.kind != "comment"]
        declared = prefixes(self._words)
        self._iris = [expand(word, declared) for word in self._words]
        self._opening: dict[str, list[int]] = {}
        for at, iri in enumerate(self._iris):
            if iri is not None and self._opens(at):
                self._opening.setdefault(iri, []).append(at)

    def where(self, *, subject: object = None, term: object = None) -> str:
        """Return ``path:line`` of ``term`` where it first follows ``subject``, else of the subject, else ``path``."""
        line = self.line(subject=subject, term=term)
        return f"{self.path}:{line}" if line is not None else str(self.path)

    def line(self, *, subject: object = None, term: object = None) -> int | None:
        """Return the line, from 1, of ``term`` in a statement about ``subject``; None when neither is found."""
        starts = self._opening.get(subject.value, []) if isinstance(subject, ox.NamedNode) else []
        if term is None:
            return self._words[starts[0]].line if starts else None
        for start in starts or [0]:
            for at in range(start, len(self._words)):
                if _is(self._words[at], self._iris[at], term) and self._in_language(at, term):
                    return self._words[at].line
                if starts and self._words[at].text == ".":
                    break
        return self._words[starts[0]].line if starts else None

    def prefix_line(self, name: str) -> int | None:
        """Return the line that declares the prefix ``name``."""
        for before, word in zip(self._words, self._words[1:], strict=False):
            if before.text.lower() in ("@prefix", "prefix") and word.text == name + ":":
                return word.line
        return None

    def declared(self) -> dict[str, str]:
        """Return the prefixes that the file declares."""
        return prefixes(self._words)

    def _in_language(self, at: int, term: object) -> bool:
        """Say whether the tag after the word is that of the literal ``term``; other terms have none."""
        if not isinstance(term, ox.Literal):
            return True
        after = self._words[at + 1] if at + 1 < len(self._words) else None
        tag = after.text[1:].lower() if after is not None and after.kind == "at" else None
        return tag == (term.language.lower() if term.language else None)

    def _opens(self, at: int) -> bool:
        """Say whether the word at this place begins a statement: it follows a full stop or a brace."""
        return at == 0 or self._words[at - 1].text in (".", "{", "}") or self._words[at - 1].kind == "at"


def _is(word: Word, iri: str | None, term: object) -> bool:
    if isinstance(term, ox.NamedNode):
        return iri == term.value or (word.text == "a" and term.value == RDF + "type")
    if isinstance(term, ox.Literal):
        if word.kind == "string":
            return _unquoted(word.text) == term.value
        return word.kind == "name" and word.text == term.value
    return False


def _unquoted(text: str) -> str:
    """Return what a quoted string says; escapes are read by the parser itself."""
    quoted = next(iter(ox.parse(f"<a:> <a:> {text} .", format=ox.RdfFormat.TURTLE)), None)
    return quoted.object.value if quoted is not None and isinstance(quoted.object, ox.Literal) else ""
