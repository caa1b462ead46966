"""No regular expression goes back so far that a longer text takes more than its share of time.

``recheck`` decides: it reads an expression as an automaton, and finds a text that hurts. It reads JavaScript, which has
no possessive repeats and no atomic groups, and thinks of one match, not of all in a text: expressions with these, and
those that are looked for again and again, are *measured*, on the text that it found and on many others: four times the
text may take at most six times the steps. There is no other way past it, and no list of exemptions.
"""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.gate.clients.programs import node
from tests.support import EXPRESSIONS, ROOT, need
from tests.whole.expressions.collect import Pattern, patterns
from tests.whole.expressions.steps import TooManySteps, steps
from tests.whole.expressions.tree import gives_nothing_back, javascript, looks_far, parse, walk

#: Half a minute of computing, in which nothing waits for anything: a busy machine may take its time over it.
pytestmark = pytest.mark.timeout(1_800)

HERE = Path(__file__).resolve().parent
FRONTEND = ROOT / "webapp" / "frontend"
#: How often what is repeated in a text stands in it, and how many more steps four times that may take.
_ROUNDS, _TIMES, _MOST = 24, 4, 6.0
#: So many characters of a pattern are put together in every way, and stand before what is repeated.
_LETTERS, _BEGINS = 9, 3

Check = Callable[[Sequence[tuple[str, str]]], list["Diagnosis"]]


@dataclass(frozen=True)
class Diagnosis:
    """What the checker says of one expression; ``pumps`` are a prefix and what is repeated after it, each."""

    status: str
    degree: str
    pumps: list[tuple[str, str]]
    suffix: str

    def attack(self, times: int) -> str:
        """Return the text that hurts, with what is repeated in it so many times."""
        return "".join(prefix + pump * times for prefix, pump in self.pumps) + self.suffix


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder of the checker and what it needs."""
    return next(folder for folder in need(EXPRESSIONS).parents if folder.name == "node_modules").parent


def _run(script: str, *given: Path, said: object = None) -> list[dict[str, object]]:
    done = subprocess.run(
        [str(node()), str(HERE / script), *map(str, given)],
        input=json.dumps(said), capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def check(packages: Path) -> Check:
    """Ask the checker about expressions in JavaScript, each with its flags."""

    def asked(expressions: Sequence[tuple[str, str]]) -> list[Diagnosis]:
        each = list(dict.fromkeys(expressions))
        told = _run("check.mjs", packages, said=[{"source": source, "flags": flags} for source, flags in each])
        known = {}
        for one, found in zip(each, told, strict=True):
            pumps = [(str(prefix), str(pump)) for prefix, pump in _pairs(found["pumps"])]
            known[one] = Diagnosis(str(found["status"]), str(found["degree"]), pumps, str(found["suffix"]))
        return [known[one] for one in expressions]

    return asked


def _pairs(found: object) -> list[list[str]]:
    assert isinstance(found, list)
    return found


def faults(found: Sequence[Pattern], check: Check) -> list[str]:
    """Say what is wrong with each pattern that is not linear, and with each of which it cannot be told."""
    trees = [parse(pattern.source, pattern.flags) for pattern in found]
    told = check([javascript(tree, pattern.flags, pattern.use) for tree, pattern in zip(trees, found, strict=True)])
    said = []
    for pattern, tree, diagnosis in zip(found, trees, told, strict=True):
        if looks_far(tree):
            said.append(f"{pattern}\n    looks ahead or back without bound, from each place anew; read on instead")
        elif gives_nothing_back(tree) or (diagnosis.status == "safe" and pattern.use == "findall"):
            said += [f"{pattern}\n    {fault}" for fault in measured(pattern, diagnosis)]
        elif diagnosis.status != "safe":
            text = diagnosis.attack(20)
            said.append(
                f"{pattern}\n    is {diagnosis.status}: {diagnosis.degree}, as with {text[:120]!r}; make the repeat "
                "that may be read in two ways possessive (*+), bound it, or let it begin where nothing else does"
            )
    return said


def measured(pattern: Pattern, diagnosis: Diagnosis) -> Iterator[str]:
    """Say with which text a pattern takes more steps than its length may cost, if there is one."""
    source, flags, use = pattern.source, pattern.flags, pattern.use

    def worse(text: Callable[[int], str]) -> str | None:
        try:
            least = steps(source, flags, use, text(_ROUNDS))
            most = steps(source, flags, use, text(_ROUNDS * _TIMES))
        except TooManySteps as error:
            return str(error)
        return (
            None if most <= least * _MOST else f"{least:,} steps become {most:,} where the text is four times as long"
        )

    texts: list[Callable[[int], str]] = [diagnosis.attack] if diagnosis.pumps else []
    letters = _letters(pattern)
    pumps = ["".join(pair) for pair in itertools.product(letters, repeat=2)]
    texts += [partial(_repeated, begin, pump) for begin in ["", *letters[:_BEGINS]] for pump in pumps]
    for text in texts:
        fault = worse(text)
        if fault is not None:
            yield f"goes back too far: {fault}, as with {text(5)!r}"
            return


def _repeated(begin: str, pump: str, times: int) -> str:
    return begin + pump * times + "\0"


def _letters(pattern: Pattern) -> list[str]:
    """Return some characters that a pattern tells apart: those that it names, and one of each class."""
    named: dict[str, None] = {}
    for operation, about in walk(parse(pattern.source, pattern.flags)):
        if operation in ("LITERAL", "NOT_LITERAL"):
            named[chr(about)] = None
        elif operation == "IN":
            for kind, value in about:
                if str(kind) == "LITERAL":
                    named[chr(value)] = None
                elif str(kind) == "RANGE":
                    named[chr(value[0])] = None
    signs = [one for one in named if not one.isalnum()]
    words = [one for one in named if one.isalnum()]
    return list(dict.fromkeys([*signs[: _LETTERS - 3], *words[:1], " ", "a"]))


#: Expressions that go back too far, each in another way; the last ones in spite of what they give back nothing of.
_DECOYS = (
    ("fullmatch", r"(?:a+)+b"),
    ("search", r"\s+$"),
    ("search", r"<[^>]*>"),
    ("search", r""",(?=(?:[^"]*"[^"]*")*[^"]*$)"""),
    ("search", r", (?![^\[]*\])"),
    ("fullmatch", r"\s*(?:<([^<>\s]*)>)?\s*POINT\s*\(\s*(\d+\.?\d*)\s+(\d+\.?\d*)(?:\s+\d+\.?\d*){0,2}\s*\)\s*"),
    ("match", r"#\s*(\w+)\s*:\s*(.+?)\s*$"),
    ("match", r"(?:(?>a+)b|a)*c"),
    ("search", r"<[^>]*+>"),
    ("findall", r"«[^»]*»|\S+"),
    ("match", r"(?:x|(?>a*)b?|a)*c"),
)


def test_decoys_are_found(check: Check) -> None:
    decoys = [Pattern(f"decoy:{line}", source, 0, use) for line, (use, source) in enumerate(_DECOYS, 1)]
    found = faults(decoys, check)
    assert [fault.partition(": ")[0] for fault in found] == [decoy.where for decoy in decoys], found


def test_what_gives_nothing_back_passes(check: Check) -> None:
    """The cure of each kind passes, so that nobody has to go round this test."""
    cures = (
        ("fullmatch", r"a++b"),
        ("findall", r'"(?:[^"\\\n]|\\.)*+"?'),
        ("findall", r"<[^<>]*>"),
        ("match", r"#\s*+(\w++)\s*+:\s*+(.+)"),
        ("fullmatch", r"\s*+(?:<([^<>\s]*+)>\s*+)?+POINT\s*+\("),
    )
    assert faults([Pattern("cure", source, 0, use) for use, source in cures], check) == []


def test_patterns_of_the_service_and_the_site_are_linear(check: Check) -> None:
    found = patterns()
    assert len({pattern.where for pattern in found}) > 100, "the patterns of the code are not all seen"
    wrong = faults(found, check)
    assert not wrong, "\n\n".join(["", *wrong])


def test_patterns_of_the_scripts_are_linear(packages: Path, check: Check) -> None:
    """What is in the graph, and what readers write, meets the scripts of the site as well."""
    found = _run("scripts.mjs", packages, FRONTEND)
    assert len(found) > 15, "the patterns of the scripts are not all seen"
    told = check([(str(one["source"]), str(one["flags"])) for one in found])
    wrong = [
        f"{one['where']}: /{one['source']}/{one['flags']}\n    is {diagnosis.status}: {diagnosis.degree}, "
        f"as with {diagnosis.attack(20)[:120]!r}"
        for one, diagnosis in zip(found, told, strict=True)
        if diagnosis.status != "safe"
    ]
    assert not wrong, "\n\n".join(["", *wrong])
