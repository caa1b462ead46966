"""How other programs ask a question: whole, as they stand, for four languages."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A program: its language for people, a name for the page, and its text."""

    language: str
    name: str
    text: str


def samples(json_address: str, csv_address: str) -> tuple[Sample, ...]:
    """Return a program in each language for the absolute addresses of an answer as JSON and as CSV."""
    rows, table = json.dumps(json_address), json.dumps(csv_address)
    return (
        Sample("curl", "curl", f"curl -sS --fail-with-body {shlex.quote(csv_address)}\n"),
        Sample("Python", "python", _PYTHON.format(address=rows)),
        Sample("R", "r", f'rows <- read.csv({table}, encoding = "UTF-8")\nprint(rows)\n'),
        Sample("JavaScript", "javascript", _JAVASCRIPT.format(address=rows)),
    )


_PYTHON = """\
import json
from urllib.request import urlopen

with urlopen({address}) as answer:
    found = json.load(answer)
print(found["question"], found["total"])
for row in found["rows"]:
    print(row)
"""

_JAVASCRIPT = """\
const answer = await fetch({address});
if (!answer.ok) throw new Error(await answer.text());
const found = await answer.json();
console.log(found.question, found.total);
console.table(found.rows);
"""
