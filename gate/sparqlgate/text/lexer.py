"""SPARQL text cut into tokens with their places, in linear time and before any parser sees it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sparqlgate.errors import MISTAKES, QuerySyntaxError

_LETTERS: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME: Final = _LETTERS + r"_0-9\u00b7\u0300-\u036f\u203f\u2040"
_ESCAPE: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
IRI: Final = re.compile(rf"<(?:[^<>\"{{}}|^`\\\x00-\x20]|{_ESCAPE})*+>")
_TOKEN: Final = re.compile(
    rf"""
      (?P<space>[ \t\r\n]++)
    | (?P<comment>\#[^\r\n]*+)
    | (?P<string>\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*+'''
        | \"(?!\"\")(?:[^\"\\\r\n]|\\.)*+\" | '(?!'')(?:[^'\\\r\n]|\\.)*+')
    | (?P<var>[?$][{_NAME}]++)
    | (?P<name>(?:_|[{_LETTERS}][{_NAME}.\-]*+)?+:(?:[{_NAME}.\-:]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%])*+)
    | (?P<word>[{_LETTERS}][{_NAME}.\-]*+)
    | (?P<lang>@[A-Za-z]++(?:-++[A-Za-z0-9]++)*+)
    | (?P<number>[0-9]++(?:\.[0-9]++)?+(?:\.?[eE][+\-]?[0-9]++)?+ | \.[0-9]++(?:[eE][+\-]?[0-9]++)?+)
    | (?P<escape>(?:{_ESCAPE}))
    | (?P<punct><<|>>|\^\^|&&|\|\||!=|<=|>=|\{{\||\|\}}|[{{}}()\[\],;.=<>!+\-*/|^?~])
    """,
    re.VERBOSE,
)
#: Quotation marks of other languages and of word processors.
_QUOTES: Final = "\u00ab\u00b4\u00bb\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a`"
#: Plain data of VALUES, which needs no look at each token: numbers, strings and IRIs without escapes, UNDEF, and rows
#: of them. Whatever else stands there ends the run, and is taken token by token.
_PLAIN: Final = (
    rf"""\"(?!\"\")[^\"\\\r\n]*+\"|'(?!'')[^'\\\r\n]*+'|<(?![bB][iI][fF]:|[sS][qQ][lL]:)[^<>\"{{}}|^`\\\x00-\x20]*+>"""
    rf"|@[A-Za-z]++(?:-++[A-Za-z0-9]++)*+|\^\^"
    rf"|[0-9]++(?:\.[0-9]++)?+(?:\.?[eE][+\-]?[0-9]++)?+|\.[0-9]++(?:[eE][+\-]?[0-9]++)?+"
    rf"|UNDEF(?![{_NAME}:.\-])|[+\-]"
)
_DATA: Final = re.compile(rf"(?:[ \t\r\n]*+(?:{_PLAIN}|\([ \t\r\n]*+(?:(?:{_PLAIN})[ \t\r\n]*+)*+\)))++")
_DATUM: Final = re.compile(rf"{_PLAIN}|[()]")
_RUN: Final = re.compile(rf"(?:[{_NAME}:.\-]|{_ESCAPE})++")
_CODEPOINT: Final = re.compile(_ESCAPE)


#: An IRI without escapes, and of no vendor's scheme; and a variable.
_OTHER_IRI: Final = r"<(?![bB][iI][fF]:|[sS][qQ][lL]:)[^<>\"{}|^`\\\x00-\x20]*+>"
_OTHER_VARIABLE: Final = rf"[?$][{_NAME}]++"
_IRIS: Final = re.compile(_OTHER_IRI)
_VARIABLES: Final = re.compile(_OTHER_VARIABLE)
_OTHERS: Final = re.compile(f"{_OTHER_IRI}|{_OTHER_VARIABLE}")
#: Where one of these stands outside of IRIs, what follows may be no token: strings, comments, escapes.
_UNSURE: Final = re.compile(r"[\"'#\\%]")


def shape_of(text: str) -> str | None:
    """Return the text with one IRI in place of each, and one variable; None where it is not sure what is one.

    Texts of one shape have the same tokens but for these.
    """
    shape = _IRIS.sub("<>", text)
    if _UNSURE.search(shape) is not None or shape.count("<") != shape.count("<>"):
        return None
    return _VARIABLES.sub("?v", shape)


def others_of(text: str) -> list[str]:
    """Return the IRIs and variables of a text that has a shape, as they are written, in their order."""
    return _OTHERS.findall(text)


@dataclass(slots=True)
class Token:
    """One token: ``kind`` is string, iri, var, name, word, lang, number, escaped or punct; ``start`` its offset.

    Or it is ``data``, a run of plain data of VALUES, where the caller let that be one: its tokens with spaces between.
    """

    kind: str
    text: str
    start: int


def place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, both from 1; CR LF, LF and CR end a line."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def wrong(text: str, offset: int, reason: str) -> QuerySyntaxError:
    """Make the error for a place in the text."""
    line, column = place(text, offset)
    return QuerySyntaxError(reason, line=line, column=column)


def mistaken(text: str, offset: int, mistake: str, **names: str) -> QuerySyntaxError:
    """Make the error for a common mistake, one of MISTAKES, at a place in the text; ``names`` are what its words name.

    Its ``extra`` has both, for who says it in another language.
    """
    error = wrong(text, offset, MISTAKES[mistake].format(**names))
    error.extra = {"mistake": mistake, "names": names}
    return error


def decode_escapes(text: str) -> str:
    r"""Replace the codepoint escapes ``\uXXXX`` and ``\UXXXXXXXX`` by their characters (SPARQL 1.1, 19.2)."""

    def character(match: re.Match[str]) -> str:
        number = int(match[0][2:], 16)
        return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else "\ufffd"

    return _CODEPOINT.sub(character, text)


def escapes(text: str) -> list[str]:
    """Return the codepoint escapes of a text as they are written."""
    return _CODEPOINT.findall(text)


class Lexer:
    """Walks the text once. Set ``less_than`` before each step: True where a comparison may follow.

    Set ``in_values`` as well where data of VALUES may come as one token.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.less_than = False
        self.in_values = False

    def __iter__(self) -> Iterator[Token]:
        """Yield the tokens without space and comments; raises QuerySyntaxError at what can be none."""
        text, position, size = self.text, 0, len(self.text)
        match = _TOKEN.match
        while position < size:
            if self.in_values and (run := _DATA.match(text, position)) is not None:
                start, position = position, run.end()
                yield Token("data", " ".join(_DATUM.findall(text, start, position)), start)
                continue
            character = text[position]
            if character == " ":
                position += 1
                continue
            if character == "<":
                token = self._angle(position)
                position += len(token.text)
                yield token
                continue
            found = match(text, position)
            if found is None:
                raise self._unreadable(position)
            kind = found.lastgroup or ""
            start, position = position, found.end()
            if kind in ("space", "comment"):
                continue
            if kind == "word" and not found[0].isalnum():
                yield from self._words(found[0], start)
            elif kind == "escape":
                yield self._escaped(start)
            elif kind == "name" and found[0].endswith(".") and not found[0].endswith("\\."):
                name = found[0].rstrip(".")
                yield Token("name", name, start)
                yield Token("punct", ".", start + len(name))
            else:
                yield Token(kind, found[0], start)

    def _angle(self, position: int) -> Token:
        text = self.text
        if self.less_than:
            if (found := IRI.match(text, position)) is not None:
                # The longest token counts (SPARQL 1.1, 19.8), and no IRI may stand after an operand.
                if found[0] == "<>":
                    raise mistaken(text, position, "use-instead", wrong="<>", right="!=")
                shown = found[0] if len(found[0]) <= 40 else f"{found[0][:40]}…"
                raise wrong(
                    text,
                    position,
                    f"'{shown}' is read as an IRI; write a space after '<' if a comparison is meant here",
                )
            return Token("punct", "<=" if text.startswith("<=", position) else "<", position)
        found = IRI.match(text, position)
        if found is not None:
            return Token("iri", found[0], position)
        if text.startswith("<<", position):
            return Token("punct", "<<", position)
        if text[position - 1 : position] == "=":
            raise mistaken(text, position - 1, "use-instead", wrong="=<", right="<=")
        reason = "the IRI that begins here is not closed, or holds a character that none may"
        if text[position + 1 : position + 2] in ("", " ", "=", "\t", "\n", "\r"):
            reason += "; a comparison stands in brackets, as in FILTER(?a < ?b)"
        raise wrong(text, position, reason)

    def _words(self, run: str, start: int) -> Iterator[Token]:
        """Split a run such as ``true.SELECT`` that turned out to be no prefixed name."""
        for part in re.finditer(r"[.\-]|[^.\-]+", run):
            yield Token("punct" if part[0] in ".-" else "word", part[0], start + part.start())

    def _escaped(self, start: int) -> Token:
        """Decode a run with codepoint escapes outside strings and IRIs, so that the rules can see its word."""
        text = self.text
        begin = start
        while begin and (text[begin - 1].isalnum() or text[begin - 1] in "_:.-"):
            begin -= 1
        found = _RUN.match(text, begin)
        run = decode_escapes(found[0] if found else text[begin : start + 6])
        return Token("escaped", run, begin)

    def _unreadable(self, position: int) -> QuerySyntaxError:
        character = self.text[position]
        if character in "\"'":
            return wrong(self.text, position, "a string that begins here is not closed")
        if character == "\\":
            return wrong(self.text, position, "a backslash has no meaning here")
        name = unicodedata.name(character, "a control character")
        if character in _QUOTES:
            return mistaken(self.text, position, "plain-quotes", sign=character)
        if unicodedata.category(character) == "Zs":
            return mistaken(self.text, position, "plain-space", sign=f"U+{ord(character):04X} {name}")
        if character == "&":
            return mistaken(self.text, position, "use-instead", wrong="&", right="&&")
        plain = character.isprintable() and character.isascii()
        shown = f"'{character}'" if plain else f"U+{ord(character):04X} {name}"
        return wrong(self.text, position, f"{shown} may not stand here, outside strings and comments")
