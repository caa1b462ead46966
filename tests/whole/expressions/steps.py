"""How many steps a pattern takes on a text: a machine that goes back as that of the standard library does, and counts.

It is for patterns whose possessive repeats and atomic groups no checker reads: what they save is seen here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tests.whole.expressions.tree import FEW, MANY, parse


class TooManySteps(Exception):
    """The text takes more steps than the machine goes."""


@dataclass
class _Step:
    """One instruction: what it does, and the places in the program and the character that it needs."""

    does: str
    one: int = 0
    other: int = 0
    fits: Callable[[str], bool] | None = None
    program: list[_Step] | None = None
    wanted: bool = True


def steps(source: str | bytes, flags: int, use: str, text: str, most: int = 5_000_000) -> int:
    """Count the steps of ``use`` (fullmatch, match, search, or findall, which goes on after each find) on a text.

    Raises TooManySteps beyond ``most``, and ValueError for a pattern with what the machine does not know.
    """
    program = _program(source, flags, use == "fullmatch")
    machine = _Machine(text, most)
    if use in ("fullmatch", "match"):
        machine.run(program, 0)
        return machine.count
    place = 0
    while place <= len(text):
        end = machine.run(program, place)
        if end is not None and use == "search":
            break
        place = place + 1 if end is None else max(end, place + 1)
    return machine.count


@lru_cache(maxsize=64)
def _program(source: str | bytes, flags: int, whole: bool) -> list[_Step]:
    """Return what the machine runs of a pattern: once, for the hundreds of texts that it is measured on."""
    return _Compiler().program(parse(source, flags), flags, whole=whole)


class _Machine:
    def __init__(self, text: str, most: int) -> None:
        self.count, self._text, self._most = 0, text, most

    def run(self, program: list[_Step], start: int) -> int | None:
        """Return where the first match from a place ends, None where there is none."""
        text, length = self._text, len(self._text)
        # What is left to try: place in the program, place in the text, where loops began, heights of atomic groups.
        waiting: list[tuple[int, int, tuple[int, ...], tuple[int, ...]]] = [(0, start, (), ())]
        while waiting:
            at, place, began, held = waiting.pop()
            while True:
                self.count += 1
                if self.count > self._most:
                    raise TooManySteps(f"more than {self._most:,} steps for {length:,} characters")
                step = program[at]
                at += 1
                match step.does:
                    case "character":
                        if place >= length or step.fits is None or not step.fits(text[place]):
                            break
                        place += 1
                    case "split":
                        waiting.append((step.other, place, began, held))
                        at = step.one
                    case "jump":
                        at = step.one
                    case "begin":
                        began = (*began, place)
                    case "again":  # a round of a loop that took nothing is its last
                        moved = began[-1] != place
                        began = began[:-1]
                        if moved:
                            at = step.one
                    case "hold":
                        held = (*held, len(waiting))
                    case "let":
                        del waiting[held[-1] :]
                        held = held[:-1]
                    case "look":
                        assert step.program is not None
                        from_place = place - step.one
                        seen = from_place >= 0 and self.run(step.program, from_place) is not None
                        if seen is not step.wanted:
                            break
                    case "start":
                        if place and not (step.one and text[place - 1] == "\n"):
                            break
                    case "end":
                        if place < length and not (step.one and text[place] == "\n"):
                            break
                    case "boundary":
                        sides = [0 <= side < length and _is_word(text[side]) for side in (place - 1, place)]
                        if (sides[0] != sides[1]) is not step.wanted:
                            break
                    case _:
                        return place
        return None


class _Compiler:
    def program(self, tree: Any, flags: int, *, whole: bool = False) -> list[_Step]:
        made: list[_Step] = []
        self._all(tree, flags, made)
        return [*made, *([_Step("end")] if whole else []), _Step("found")]

    def _all(self, tree: Any, flags: int, made: list[_Step]) -> None:
        for operation, about in tree:
            self._one(str(operation), about, flags, made)

    def _one(self, operation: str, about: Any, flags: int, made: list[_Step]) -> None:
        match operation:
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                made.append(_Step("character", fits=_fits(operation, about, flags)))
            case "BRANCH":
                ends = []
                for branch in about[1][:-1]:
                    made.append(split := _Step("split", len(made) + 1))
                    self._all(branch, flags, made)
                    made.append(jump := _Step("jump"))
                    ends.append(jump)
                    split.other = len(made)
                self._all(about[1][-1], flags, made)
                for jump in ends:
                    jump.one = len(made)
            case "SUBPATTERN":
                self._all(about[3], (flags | about[1]) & ~about[2], made)
            case "ATOMIC_GROUP":
                made.append(_Step("hold"))
                self._all(about, flags, made)
                made.append(_Step("let"))
            case "POSSESSIVE_REPEAT":
                made.append(_Step("hold"))
                self._repeat(about, flags, made, greedy=True)
                made.append(_Step("let"))
            case "MAX_REPEAT" | "MIN_REPEAT":
                self._repeat(about, flags, made, greedy=operation == "MAX_REPEAT")
            case "ASSERT" | "ASSERT_NOT":
                back = about[1].getwidth()[1] if about[0] < 0 else 0
                inner = self.program(about[1], flags)
                made.append(_Step("look", back, program=inner, wanted=operation == "ASSERT"))
            case "AT":
                self._place(str(about), flags, made)
            case _:
                raise ValueError(f"the machine does not know {operation}")

    def _repeat(self, about: Any, flags: int, made: list[_Step], *, greedy: bool) -> None:
        least, most, inner = about
        if least > FEW or (most != MANY and most > 4 * FEW):
            raise ValueError(f"the machine does not repeat {least} to {most} times")
        for _ in range(least):
            self._all(inner, flags, made)
        splits = []
        if most == MANY:
            top = len(made)
            splits.append(_Step("split"))
            made += [splits[-1], _Step("begin")]
            body = len(made) - 1
            self._all(inner, flags, made)
            made.append(_Step("again", top))
            self._turn(splits, [body], len(made), greedy)
            return
        bodies = []
        for _ in range(most - least):
            splits.append(_Step("split"))
            made.append(splits[-1])
            bodies.append(len(made))
            self._all(inner, flags, made)
        self._turn(splits, bodies, len(made), greedy)

    def _turn(self, splits: list[_Step], bodies: list[int], end: int, greedy: bool) -> None:
        for split, body in zip(splits, bodies, strict=True):
            split.one, split.other = (body, end) if greedy else (end, body)

    def _place(self, name: str, flags: int, made: list[_Step]) -> None:
        lines = int(bool(flags & re.MULTILINE))
        match name:
            case "AT_BEGINNING" | "AT_BEGINNING_STRING":
                made.append(_Step("start", lines if name == "AT_BEGINNING" else 0))
            case "AT_END" | "AT_END_STRING":
                made.append(_Step("end", lines if name == "AT_END" else 0))
            case "AT_BOUNDARY" | "AT_NON_BOUNDARY":
                made.append(_Step("boundary", wanted=name == "AT_BOUNDARY"))
            case _:
                raise ValueError(f"the machine does not know {name}")


def _fits(operation: str, about: Any, flags: int) -> Callable[[str], bool]:
    if operation == "ANY":
        return (lambda _: True) if flags & re.DOTALL else (lambda one: one != "\n")
    if operation != "IN":
        wanted = operation == "LITERAL"
        return lambda one: (one == chr(about) or _alike(one, about, flags)) is wanted
    negated = str(about[0][0]) == "NEGATE"
    members = [(str(kind), value) for kind, value in about if str(kind) != "NEGATE"]
    known: dict[str, bool] = {}

    def fits(one: str) -> bool:
        if one not in known:
            known[one] = any(_is_member(one, kind, value, flags) for kind, value in members) is not negated
        return known[one]

    return fits


def _alike(one: str, code: int, flags: int) -> bool:
    return bool(flags & re.IGNORECASE) and one.lower() == chr(code).lower()


def _is_member(one: str, kind: str, value: Any, flags: int) -> bool:
    if kind == "LITERAL":
        return one == chr(value) or _alike(one, value, flags)
    if kind == "RANGE":
        cases = {one, one.lower(), one.upper()} if flags & re.IGNORECASE else {one}
        return any(len(each) == 1 and value[0] <= ord(each) <= value[1] for each in cases)
    name = str(value).removeprefix("CATEGORY_")
    wide = bool(flags & re.UNICODE) or one.isascii()
    held = {
        "WORD": wide and _is_word(one), "DIGIT": wide and one.isdecimal(), "SPACE": wide and one.isspace(),
    }[name.removeprefix("NOT_")]  # fmt: skip
    return held is not name.startswith("NOT_")


def _is_word(one: str) -> bool:
    return one.isalnum() or one == "_"
