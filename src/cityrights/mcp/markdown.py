"""Answers in words: Markdown for people and models. What comes from the data never breaks out of its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from cityrights.mcp.answers import Claim, Evidence, Named, Table, Value
from cityrights.vocabulary import short

#: Controls, the ends of lines of Unicode, and what turns the direction of a line.
_BREAKING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_MARKUP: Final = re.compile(r"([\\`|<>\[\]])")
#: The longest text, in characters, that a cell shows; programs get the whole.
_CELL: Final = 400
#: Heads the claims: nobody should take our sentences for the document's.
CLAIMS: Final = "\n## Claims (sentences of ours that say what a document says, not its words)"
ORIGINS: Final = {
    "claims": "the list of claims",
    "labels": "an editor’s label",
    "translations": "our translation",
    "decision": "decided by the editors, with a reason",
    "editorial": "stated by an editor",
    "enrichment": "from another data set",
    "derived": "derived by a rule",
    "vocabulary": "the vocabulary",
    "dataset": "the description of the data",
    "other": "another graph",
}


def one_line(text: str) -> str:
    """Return text from the data as it can stand within a line: no break, no markup that works."""
    return _MARKUP.sub(r"\\\1", _BREAKING.sub(" ", text)).strip()


def quoted(text: str) -> str:
    """Return text from the data as a quotation."""
    return f"“{one_line(text)}”"


def named(thing: Named) -> str:
    """Return a thing by its label and the short name that the tools take."""
    return f"{one_line(thing.label)} ({key(thing.iri)})"


def key(iri: str) -> str:
    """Return an IRI in the shortest way that the tools take, in angle brackets where that is the whole."""
    name = short(iri)
    return one_line(name) if name != iri else f"<{_BREAKING.sub(' ', iri)}>"


def value(found: Value, *, tag: bool = True) -> str:
    """Return the value of a statement or of a cell; with ``tag`` a text says its language."""
    if found.iri is None:
        text = found.text or ""
        shown = text if len(text) <= _CELL else f"{text[:_CELL]}… ({len(text):,} characters)"
        return one_line(shown) + (f" @{found.language}" if found.language and tag else "")
    return f"{one_line(found.label)} ({key(found.iri)})" if found.label else key(found.iri)


def lines_of(claim: Claim) -> str:
    """Return the lines of a claim, or nothing where it cites none."""
    if claim.first_line is None:
        return ""
    one = claim.first_line == claim.last_line
    return f", line {claim.first_line}" if one else f", lines {claim.first_line}–{claim.last_line}"


def claim_line(claim: Claim) -> str:
    """Return a claim as one line of evidence: number, sentence, how it is meant, document and lines, IRI."""
    meant = f"{one_line(claim.modality.label)}; {one_line(claim.source.label)}{lines_of(claim)}"
    return f"- [{one_line(claim.number)}] {quoted(claim.text)} — {meant}; {key(claim.iri)}"


def who(evidence: Iterable[Evidence], claims: Mapping[str, Claim]) -> str:
    """Return who says so: the numbers of claims, and why the editors decided so; else the kinds of graphs."""
    found = list(evidence)
    numbers = [f"[{one_line(claims[one.iri].number)}]" for one in found if one.iri in claims]
    told = [" ".join(numbers)] if numbers else []
    told += [f"decided by the editors: {quoted(one.reason)}" for one in found if one.reason]
    others = [ORIGINS.get(one.origin, key(one.iri)) for one in found if one.iri not in claims]
    return ", ".join(told) or ", ".join(dict.fromkeys(others)) or "nobody is named"


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Value]]) -> list[str]:
    """Return a Markdown table."""
    head = [f"| {' | '.join(one_line(name) for name in columns)} |", f"|{' --- |' * len(columns)}"]
    body = (
        "| " + " | ".join(value(row[name], tag=False) if name in row else "" for name in columns) + " |" for row in rows
    )
    return [*head, *body] if columns else []


def counted(answer: Table, unit: str = "rows") -> str:
    """Return how many rows there are, which are shown, and how to get the others."""
    total = f"{answer.total:,}" if answer.total_is_exact else f"more than {answer.total:,}"
    if answer.total == 1 and answer.total_is_exact:
        unit = unit.removesuffix("s")
    if not answer.rows:
        return f"{total} {unit}; none at offset {answer.offset}." if answer.offset else f"No {unit}."
    if not answer.truncated:
        return f"{total} {unit}, all shown."
    last = answer.offset + len(answer.rows)
    shown = f"{total} {unit}; shown are {answer.offset + 1:,} to {last:,}."
    if answer.next_offset is None:
        return shown
    further = f" TRUNCATED: ask again with offset={answer.next_offset}"
    return f"{shown}{further}, or narrow the query."
