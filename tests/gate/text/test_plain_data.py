"""Plain data of VALUES is taken in runs: the screen says the same of a text as where each token is looked at."""

from __future__ import annotations

import random
import re

import pytest

from sparqlgate.errors import QueryError
from sparqlgate.text import lexer
from sparqlgate.text.guard import screen

#: What may stand in VALUES, and what may not, or only as something else.
_WRITTEN = r"""
1 -1 +2.5 1e5 .5 1. 1a 1.5e - '' 'b' <http://e/a> <bif:x> <SQL:y> UNDEF undef UNDEFx UNDEF:x UNDEF. UNDEF-
true ex:a SERVICE:x SERVICE NOW ( ) () { } ^^ ^^<http://d> << @ [ ] , . <http://e/\u0041> | && _:b ?x $x é
"a" "a"@en "a"@en-GB "" ""x"" \u0041 "\n" "a "x"^^<http://d> @en@en
"""
ITEMS = [*_WRITTEN.split(), "( 1 2 )", "# c\n", "\n", "\r\n", "<a b>", '"""x"""', '""""']
HEADS = (
    "PREFIX ex: <http://e/> SELECT * { VALUES ?x { ",
    "SELECT * { VALUES (?x ?y) { ",
    "PREFIX ex: <http://e/> SELECT * { ?x ex:p ?y } VALUES ?x { ",
)
TAILS = (" } }", " } ?x ex:p ?y }", " } } ORDER BY ?x", " }", "")


def said(text: str) -> object:
    try:
        return screen(text)
    except QueryError as error:
        return type(error), str(error), vars(error)


def shown(found: object) -> str:
    return re.sub(r"0x[0-9a-f]+", "", repr(found))


def test_runs_of_data_are_read_as_their_tokens_are(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(12)
    texts = []
    for _ in range(4000):
        body = chance.choice(["", " "]).join(chance.choice(ITEMS) for _ in range(chance.randint(0, 8)))
        texts.append(chance.choice(HEADS) + body + chance.choice(TAILS))
    quick = [shown(said(text)) for text in texts]
    monkeypatch.setattr(lexer, "_DATA", re.compile("(?!)"))
    slow = [shown(said(text)) for text in texts]
    different = [text for text, one, other in zip(texts, quick, slow, strict=True) if one != other]
    assert different == []
    assert sum("Screened" in one for one in quick) > 200
