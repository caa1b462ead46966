"""A pattern as Python's own parser reads it, and the same in the words of JavaScript, which the checker reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

#: The parser of the standard library; it has no public name and no types.
_PARSER: Any = import_module("re._parser")
MANY: int = import_module("re._constants").MAXREPEAT
#: More repetitions than this are as good as any number of them.
FEW = 256
REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
#: Characters of a class beyond ASCII: close enough to what Unicode says for classes to overlap where they do.
_BEYOND = {"WORD": r"\u00aa\u00b5\u00c0-\u167f\u1681-\u1fff\u2c00-\u2fff\u3001-\ufffd", "DIGIT": r"\u0660-\u0669",
           "SPACE": r"\u001c-\u001f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"}  # fmt: skip
_WITHIN = {"WORD": "A-Za-z0-9_", "DIGIT": "0-9", "SPACE": r"\t\n\u000b\f\r "}
_NONE_OF = {"WORD": r"\u0000-/:-@\[-\^`\{-\u007f", "DIGIT": r"\u0000-/:-\u065f\u066a-\uffff",
            "SPACE": r"\u0000-\b\u000e-\u001b!-\u0084\u0086-\u009f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027"
                     r"\u202a-\uffff"}  # fmt: skip
_PLACES = {"AT_BEGINNING": "^", "AT_BEGINNING_STRING": "^", "AT_END": "$", "AT_END_STRING": "$", "AT_BOUNDARY": r"\b",
           "AT_NON_BOUNDARY": r"\B"}  # fmt: skip
_AROUND = {("ASSERT", 1): "(?=", ("ASSERT_NOT", 1): "(?!", ("ASSERT", -1): "(?<=", ("ASSERT_NOT", -1): "(?<!"}


def parse(source: str | bytes, flags: int) -> Any:
    """Return the tree of a pattern: a sequence of operations, each with what it is about."""
    return _PARSER.parse(source, flags & ~re.UNICODE if isinstance(source, bytes) else flags)


def walk(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield every operation of a tree, that of each branch and group as well."""
    for operation, about in tree:
        yield str(operation), about
        for part in parts(str(operation), about):
            yield from walk(part)


def parts(operation: str, about: Any) -> list[Any]:
    """Return the trees within one operation."""
    if operation == "BRANCH":
        return list(about[1])
    if operation == "SUBPATTERN":
        return [about[3]]
    if operation in REPEATS:
        return [about[2]]
    if operation in ("ASSERT", "ASSERT_NOT"):
        return [about[1]]
    return [about] if operation == "ATOMIC_GROUP" else []


def gives_nothing_back(tree: Any) -> bool:
    """Say whether a tree has possessive repeats or atomic groups, for which JavaScript has no words."""
    return any(operation in ("POSSESSIVE_REPEAT", "ATOMIC_GROUP") for operation, _ in walk(tree))


def looks_far(tree: Any) -> bool:
    """Say whether a tree has a look around of any length: it is read anew from each place of a text."""
    return any(
        operation in ("ASSERT", "ASSERT_NOT")
        and any(inner in REPEATS and told[1] > FEW for inner, told in walk(about[1]))
        for operation, about in walk(tree)
    )


def javascript(tree: Any, flags: int, use: str) -> tuple[str, str]:
    """Return source and flags in JavaScript; what is possessive becomes greedy. Raises ValueError for what has none."""
    body = _sequence(tree, flags)
    source = {"fullmatch": f"^(?:{body})$", "match": f"^(?:{body})"}.get(use, body)
    # Only a search meets ^ and $ at the ends of lines: a match begins at one place, whatever the lines are.
    lines = "m" if flags & re.MULTILINE and use in ("search", "findall") else ""
    return source, ("i" if flags & re.IGNORECASE else "") + lines


def _sequence(tree: Any, flags: int) -> str:
    return "".join(_one(str(operation), about, flags) for operation, about in tree)


def _one(operation: str, about: Any, flags: int) -> str:
    match operation:
        case "LITERAL":
            return _character(about)
        case "NOT_LITERAL":
            return f"[^{_character(about)}]"
        case "ANY":
            return "[^]" if flags & re.DOTALL else r"[^\n]"
        case "IN":
            return f"[{''.join(_member(str(kind), value, flags) for kind, value in about)}]"
        case "BRANCH":
            return f"(?:{'|'.join(_sequence(branch, flags) for branch in about[1])})"
        case "SUBPATTERN":
            group, added, removed, inner = about
            return f"{'(' if group else '(?:'}{_sequence(inner, (flags | added) & ~removed)})"
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = about
            lazy = "?" if operation == "MIN_REPEAT" else ""
            return f"(?:{_sequence(inner, flags)}){{{least},{'' if most == MANY else most}}}{lazy}"
        case "ATOMIC_GROUP":
            return f"(?:{_sequence(about, flags)})"
        case "ASSERT" | "ASSERT_NOT":
            return f"{_AROUND[operation, about[0]]}{_sequence(about[1], flags)})"
        case "AT":
            return _PLACES[str(about)]
        case "GROUPREF":
            return rf"\{about}"
    raise ValueError(f"{operation} has no counterpart in JavaScript")


def _character(code: int) -> str:
    return chr(code) if code < 128 and chr(code).isalnum() else rf"\u{min(code, 0xFFFF):04x}"


def _member(kind: str, value: Any, flags: int) -> str:
    match kind:
        case "NEGATE":
            return "^"
        case "LITERAL":
            return _character(value)
        case "RANGE":
            return f"{_character(value[0])}-{_character(value[1])}"
        case "CATEGORY":
            name = str(value).removeprefix("CATEGORY_")
            if name.startswith("NOT_"):
                return _NONE_OF[name.removeprefix("NOT_")]
            return _WITHIN[name] + (_BEYOND[name] if flags & re.UNICODE else "")
    raise ValueError(f"{kind} has no counterpart in JavaScript")
