"""Conditions of a query (FILTER, HAVING, OFFSET, MINUS): where they stand, and what else they could say of a text.

Texts carry a language and are compared with it, whole and by their capitals (SPARQL 1.1 §17.4.1.7, RDF 1.1 §3.3): so
``?name = "utrecht"`` finds nothing where the graph has ``"Utrecht"@en``. What could be written in place of such a
condition is told as edits of the query; whether it has rows is for others to ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from cityrights.patterns import Group, Pattern, Reader
from sparqlgate.text.writing import Edit

#: The kind of a hint (``empty.*`` in the catalogue), what stands in its sentence, and the edits.
Instead: TypeAlias = tuple[str, dict[str, str], list[Edit]]
#: Functions that take texts alone, and those of them that look for one text in another.
_OF_TEXT: Final = frozenset(("STRSTARTS", "STRENDS", "CONTAINS", "REGEX", "LCASE", "UCASE", "STRBEFORE", "STRAFTER"))
_LOOKING: Final = frozenset(("STRSTARTS", "STRENDS", "CONTAINS"))


def conditions(group: Group) -> Iterator[tuple[int, int]]:
    """Yield the first and last token of each condition of a group, and of what stands in it but what is optional."""
    for one in group.elements:
        if isinstance(one, Pattern):
            continue
        if one.kind in ("filter", "absent", "exists", "minus", "values"):
            yield one.start, one.end - 1
        elif one.kind in ("group", "graph", "union"):
            for inner in one.groups:
                yield from conditions(inner)
        elif one.select is not None:
            yield from conditions(one.select.where)


def all_conditions(reader: Reader, where: int) -> Iterator[tuple[int, int]]:
    """Yield those of the group whose brace is the token ``where``, and of HAVING and OFFSET that follow it."""
    yield from conditions(reader.group(where))
    for at in range(reader.match[where] + 1, len(reader.steps)):
        if reader.steps[at].kind == "top" and reader.word(at) == "OFFSET":
            yield at, at + 1
        elif reader.steps[at].kind == "top" and reader.word(at) == "HAVING":
            last = at
            while last + 1 < len(reader.steps) and reader.is_sign(last + 1, "("):
                last = reader.match[last + 1]
            if last > at:
                yield at, last


def instead(reader: Reader, first: int, last: int) -> Iterator[Instead]:
    """Yield what could stand in place of the condition whose tokens these are, the likeliest first."""
    places = range(first, last + 1)
    yield from _as_texts(reader, places)
    for at in places[1:-1]:
        if reader.is_sign(at, "="):
            yield from _equal(reader, at)
        elif reader.word(at) == "IN" and reader.steps[at - 1].token.kind == "var":
            yield _bare(reader, at - 1)
        elif reader.word(at) in _LOOKING or reader.word(at) == "REGEX":
            yield from _letters(reader, at)


def _as_texts(reader: Reader, places: range) -> Iterator[Instead]:
    """Yield STR() where the characters of a variable are asked for that has no text (SPARQL 1.1 §17.4.3)."""
    steps = reader.steps
    found = [
        steps[at + 2].token for at in places[:-2] if reader.word(at) in _OF_TEXT and steps[at + 2].token.kind == "var"
    ]
    if found:
        edits = [(token.start, token.start + len(token.text), f"STR({token.text})") for token in found]
        yield "as-text", {"wrong": found[0].text, "right": edits[0][2]}, edits


def _bare(reader: Reader, at: int) -> Instead:
    token = reader.steps[at].token
    right = f"STR({token.text})"
    return "bare", {"wrong": token.text, "right": right}, [(token.start, token.start + len(token.text), right)]


def _equal(reader: Reader, at: int) -> Iterator[Instead]:
    """Yield a comparison without language and capitals, and one with a part of the text, for ``?name = "text"``."""
    first = at - 2 if reader.steps[at - 1].token.kind == "lang" else at - 1
    sides = reader.steps[first].token, reader.steps[at + 1].token
    if sorted(side.kind for side in sides) != ["string", "var"]:
        return
    variable = sides[0] if sides[0].kind == "var" else sides[1]
    text, end = reader.term(at + 1 if variable is sides[0] else first)
    stop = reader.steps[end - 1].token if variable is sides[0] else variable
    begin, close = sides[0].start, stop.start + len(stop.text)
    wrong, name = reader.text[begin:close], f"LCASE(STR({variable.text}))"
    plain = f"LCASE({text})" if text.endswith(("'", '"')) else f"LCASE(STR({text}))"
    for kind, right in (("bare", f"{name} = {plain}"), ("part", f"CONTAINS({name}, {plain})")):
        yield kind, {"wrong": wrong, "right": right}, [(begin, close, right)]


def _letters(reader: Reader, at: int) -> Iterator[Instead]:
    """Yield a search that passes over capitals, for CONTAINS and its like."""
    steps, first = reader.steps, at + 2
    comma = first + 1 if steps[first].token.kind == "var" else reader.match.get(first + 1, first) + 1
    if comma + 1 >= len(steps) or not reader.is_sign(comma, ",") or steps[comma + 1].token.kind != "string":
        return
    text, end = reader.term(comma + 1)
    begin, middle, close = (steps[place].token.start for place in (first, comma, end))
    asked = reader.text[begin:middle].rstrip()
    wrong = reader.text[steps[at].token.start : close + 1]
    if reader.word(at) != "REGEX":
        edits = [
            (begin, begin + len(asked), f"LCASE(STR({asked}))"),
            (steps[comma + 1].token.start, close, f"LCASE({text})"),
        ]
        yield "bare", {"wrong": wrong, "right": f"{steps[at].token.text}(LCASE(STR({asked})), LCASE({text}))"}, edits
    elif reader.is_sign(end, ")"):
        edits = [(begin, begin + len(asked), f"STR({asked})"), (close, close, ', "i"')]
        yield "bare", {"wrong": wrong, "right": f'{steps[at].token.text}(STR({asked}), {text}, "i")'}, edits
