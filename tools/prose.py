"""Wrap the prose of README and docs: ``python -m tools.prose``, when the test of their lines says that it is due.

Only paragraphs and items with a line of more than 140 characters are touched; tables, code, headings and HTML are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
LONGEST: Final = 140
#: Where lines are broken: what is added to one later need not move the whole paragraph.
_WIDTH: Final = 130
_ITEM: Final = re.compile(r"(\s*)([-*]\s+|\d+\.\s+|>\s+)")
_CODE: Final = re.compile(r"`[^`]*`|[^\s`]+|`")
#: What Markdown would take for something else at the beginning of a line.
_NOT_FIRST: Final = re.compile(r"[-*+#>|=]|\d+[.)]$")


def pages() -> list[Path]:
    """Return the files whose lines are bounded; those that a tool writes are not."""
    named = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return [*named, *sorted(path for path in (ROOT / "docs").rglob("*.md") if path.name != "claims.md")]


def too_long(text: str) -> list[int]:
    """Return the numbers of lines of prose that are too long."""
    return [number for number, line, prose in _lines(text) if prose and len(line) > LONGEST]


def wrapped(text: str) -> str:
    """Return the text with its long paragraphs broken anew; no word is changed."""
    out: list[str] = []
    paragraph: list[str] = []

    def end() -> None:
        long = any(len(line) > LONGEST for line in paragraph)
        out.extend(_broken(paragraph) if long else paragraph)
        paragraph.clear()

    for _, line, prose in _lines(text):
        if not prose or _ITEM.match(line):
            end()
        if prose:
            paragraph.append(line)
        else:
            out.append(line)
    end()
    return "\n".join(out) + "\n"


def _lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield each line with its number, and whether it is prose."""
    code = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = line.lstrip().startswith("```")
        code ^= fence
        yield number, line, bool(line.strip()) and not (code or fence) and not line.lstrip().startswith(tuple("|#<"))


def _broken(paragraph: list[str]) -> list[str]:
    item = _ITEM.match(paragraph[0])
    first = item[0] if item else paragraph[0][: -len(paragraph[0].lstrip())]
    rest = (item[1] + ("> " if item[2].startswith(">") else " " * len(item[2]))) if item else first
    body = " ".join([paragraph[0][len(first) :], *(line.strip().removeprefix("> ") for line in paragraph[1:])])
    lines, line = [], first
    for word in _words(body):
        if line not in (first, rest) and len(line) + 1 + len(word) > _WIDTH and not _NOT_FIRST.match(word):
            lines.append(line)
            line = rest
        line += word if line in (first, rest) else f" {word}"
    return [*lines, line]


def _words(body: str) -> list[str]:
    """Return the words of a text; code between backquotes is not broken."""
    words: list[str] = []
    end = 0
    for found in _CODE.finditer(body):
        if words and found.start() == end:
            words[-1] += found[0]
        else:
            words.append(found[0])
        end = found.end()
    return words


if __name__ == "__main__":
    for path in pages():
        text = path.read_text("utf-8")
        if too_long(text):
            path.write_text(wrapped(text), "utf-8")
            print(path.relative_to(ROOT))
