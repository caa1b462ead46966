"""Stories: prose with live answers. Each file in ``queries/stories`` is one, in Markdown, in all languages.

    <!--
    title: Who watches over rights in the city
    title@fr: …
    lead: One sentence for whoever has not decided to read on
    lead@fr: …
    order: 1
    -->

    <!-- en -->

    [{} city|{} cities](query:institutions-of-a-kind?kind=kind:ombudsperson#place) have an ombudsperson.[](claim:B028)

    ```map institutions-of-a-kind?kind=kind:ombudsperson
    What stands below the picture
    ```

    <!-- fr -->
    …

What is live are links and fenced blocks (CommonMark 0.31, sections 6.3 and 4.5), so a story reads well anywhere. A link
to ``query:`` names a question of the library with values for its parameters. ``{}`` in its text is how many rows the
answer has, or how many different values the column has that stands after ``#``; before the bar is what is said of one,
after it what is said of several. ``claim:B028`` is the evidence of what stands before it, ``id:city/utrecht`` a thing;
without a text it has its label. A fenced block is a view of an answer (``map``, ``network``, ``chart``, ``timeline``,
``table``) with its caption, or ``claim B028``, the sentence of a claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cityrights.home import text_of
from cityrights.instance import instance
from cityrights.library.queries import LANGUAGES, VIEWS, LibraryQuery, Localized, nearest
from sparqlgate.errors import InputError

#: What a fenced block can be, beside a claim.
FIGURES: Final = (*VIEWS, "table")
CLAIM: Final = "claim"
#: The longest file, in characters.
LONGEST: Final = 200_000
_FIELD: Final = re.compile(r"(title|lead|order)(?:@(\w{1,8}))?[ \t]*+:[ \t]*+(\S.*)")
_SECTION: Final = re.compile(r"<!--[ \t]*+(\w{2,8})[ \t]*+-->")
_NAME: Final = re.compile(r"[a-z0-9]++(?:-[a-z0-9]++)*+")
_NUMBER: Final = re.compile(r"[\w-]{1,100}")
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True, slots=True)
class Asking:
    """A question of the library as a story asks it: its name, values of parameters, and the column that is counted."""

    question: str
    values: tuple[tuple[str, str], ...] = ()
    column: str = ""

    def same(self) -> Asking:
        """Return the question without what is counted of its answer."""
        return Asking(self.question, self.values)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something live in a story: where it stands (language, line of the file), what ``kind`` it is, and what it names.

    ``kind`` is ``query``, one of FIGURES, ``claim`` or ``id``; of the last two ``named`` is the number of a claim, or
    what follows ``id/`` in the IRI of a thing.
    """

    language: str
    line: int
    kind: str
    asking: Asking | None = None
    named: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One story: title and lead by language, its place among the others, and its text as Markdown's tokens."""

    name: str
    titles: Mapping[str, str]
    leads: Mapping[str, str]
    order: int
    path: Path
    bodies: Mapping[str, tuple[Token, ...]] = field(repr=False)
    #: How many lines of the file stand before the text in a language.
    before: Mapping[str, int] = field(repr=False)

    def told_in(self, language: str) -> str:
        """Return the language in which a reader of ``language`` gets the story: that one, or the nearest it has."""
        return next(one for one in (language, nearest(language), *LANGUAGES, *self.bodies) if one in self.bodies)

    def marks(self) -> Iterator[Mark]:
        """Yield everything live in it, in all languages, in their order."""
        for language, tokens in self.bodies.items():
            for token in tokens:
                line = self.before[language] + (token.map[0] if token.map else 0) + 1
                if token.type == "fence":
                    yield fence(language, line, token.info, self.path)
                for child in token.children or ():
                    if child.type == "link_open":
                        found = link(language, line, str(child.attrs.get("href", "")), self.path)
                        if found is not None:
                            yield found


def link(language: str, line: int, address: str, path: Path) -> Mark | None:
    """Return what a link of a story names, None for one that leads elsewhere. Raises InputError."""
    scheme, _, rest = address.partition(":")
    match scheme:
        case "query":
            return Mark(language, line, scheme, asking(rest, path, line))
        case "claim" | "id" if named := unquote(rest):
            return Mark(language, line, scheme, named=named)
        case "claim" | "id":
            raise InputError(
                path, f"'{scheme}:' names nothing", line=line, repair="write what it names after the colon"
            )
        case _:
            return None


def fence(language: str, line: int, info: str, path: Path) -> Mark:
    """Return what a fenced block of a story shows. Raises InputError for one that is none of FIGURES and no claim."""
    kind, _, rest = info.strip().partition(" ")
    rest = rest.strip()
    if kind == CLAIM and _NUMBER.fullmatch(rest):
        return Mark(language, line, kind, named=rest)
    if kind not in FIGURES or not rest:
        repair = f"write ```{FIGURES[0]} question?parameter=value, or one of {', '.join(FIGURES[1:])}, or ```claim B028"
        raise InputError(path, f"'{info.strip()[:100]}' is nothing that a story can show", line=line, repair=repair)
    return Mark(language, line, kind, asking(rest, path, line))


def asking(written: str, path: Path, line: int) -> Asking:
    """Read ``question?parameter=value#column``. Raises InputError."""
    try:
        parts = urlsplit(written)
        values = tuple(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        repair = "write question?parameter=value&other=value"
        raise InputError(path, f"'{written[:100]}' is no question: {error}", line=line, repair=repair) from error
    if _NAME.fullmatch(parts.path) is None or parts.scheme or parts.netloc:
        repair = "name a file of queries/explore without its .rq"
        raise InputError(path, f"'{written[:100]}' names no question", line=line, repair=repair)
    return Asking(parts.path, values, unquote(parts.fragment))


def read(path: Path) -> Story:
    """Read one story. Raises InputError with the line, what was expected, and how to repair it."""
    return parse(path, text_of(path))


def parse(path: Path, text: str) -> Story:
    """Parse the text of the story ``path``, as :func:`read` does."""
    if len(text) > LONGEST:
        raise InputError(path, f"a story has {LONGEST:,} characters at most", line=1, repair="make two of it")
    if _NAME.fullmatch(path.stem) is None:
        raise InputError(path, "the name of a story is made of a-z, 0-9 and single hyphens", line=1)
    lines = text.split("\n")
    end = next((n for n, line in enumerate(lines) if line.strip() == "-->"), None)
    if lines[0].strip() != "<!--" or end is None:
        raise InputError(
            path, "it does not begin with '<!--', fields, and '-->'", line=1, repair="write title: … and lead: … there"
        )
    fields = _fields(path, lines[1:end])
    starts = [(n, found[1]) for n, line in enumerate(lines) if n > end and (found := _SECTION.fullmatch(line.strip()))]
    if any(line.strip() for line in lines[end + 1 : starts[0][0] if starts else len(lines)]):
        raise InputError(
            path, "text stands before the first language", line=end + 2, repair="write <!-- en --> above it"
        )
    if not starts:
        raise InputError(path, "nothing is told in it", line=end + 1, repair="write <!-- en --> and then the story")
    ends = [n for n, _ in starts[1:]] + [len(lines)]
    parts = {language: (n + 1, lines[n + 1 : until]) for (n, language), until in zip(starts, ends, strict=True)}
    if len(parts) < len(starts):
        raise InputError(path, "a language is told twice", line=starts[-1][0] + 1, repair="put the two together")
    for language, (start, part) in parts.items():
        if ("title", language) not in fields or ("lead", language) not in fields:
            suffix = "" if language == LANGUAGES[0] else f"@{language}"
            raise InputError(path, f"'title{suffix}: …' and 'lead{suffix}: …' are both needed", line=1)
        if not any(line.strip() for line in part):
            raise InputError(
                path, f"nothing is told in {language}", line=start, repair="tell it, or leave the mark out"
            )
    if LANGUAGES[0] not in parts:
        raise InputError(path, "it is not told in English", line=1, repair="write a part that begins with <!-- en -->")
    story = Story(
        path.stem,
        _in_each("title", fields, parts),
        _in_each("lead", fields, parts),
        int(fields.get(("order", LANGUAGES[0]), "1000")),
        path,
        {language: tuple(_MARKDOWN.parse("\n".join(part))) for language, (_, part) in parts.items()},
        {language: start for language, (start, _) in parts.items()},
    )
    for _ in story.marks():  # all are read once, so that a fault is told with its place
        pass
    return story


def stories(folder: Path, reading: Callable[[Path], Story] = read) -> list[Story]:
    """Read every story of a folder, in their order. Raises InputError as :func:`read` does."""
    return sorted(map(reading, folder.glob("*.md")), key=lambda story: (story.order, story.name))


def faults(
    story: Story, library: Mapping[str, LibraryQuery], claims: frozenset[str], things: frozenset[str]
) -> Iterator[InputError]:
    """Yield what is wrong with what a story names: questions, values, views, claims, and things.

    ``claims`` are the numbers of all claims, ``things`` what follows ``id/`` in the IRIs of all things.
    """
    for mark in story.marks():
        wrong, repair = "", ""
        if mark.asking is not None:
            wrong, repair = _wrong(mark.kind, mark.asking, library)
        elif mark.kind == CLAIM and mark.named not in claims:
            wrong, repair = f"there is no claim {mark.named}", "see `cityrights claim list`"
        elif mark.kind == "id" and mark.named not in things:
            wrong, repair = f"there is no thing id/{mark.named}", "see `cityrights search`"
        if wrong:
            yield InputError(story.path, wrong, line=mark.line, repair=repair)


def untold(story: Story) -> Iterator[InputError]:
    """Yield the languages of the graph in which a story is not told; in an instance those are its own."""
    for language in instance().languages:
        if language not in story.bodies:
            repair = f"add a part that begins with <!-- {language} -->, title@{language} and lead@{language}"
            yield InputError(story.path, f"it is not told in {language}", line=1, repair=repair)


def _wrong(kind: str, asked: Asking, library: Mapping[str, LibraryQuery]) -> tuple[str, str]:
    """Say what is wrong with a question that a story asks, and the repair; nothing where it can be asked."""
    query = library.get(asked.question)
    if query is None:
        return f"there is no question {asked.question}", "see `cityrights questions`"
    known = {parameter.name: parameter for parameter in query.parameters}
    for name, value in asked.values:
        if name not in known:
            return f"{query.name} has no parameter {name}", f"it has {', '.join(known) or 'none'}"
        try:
            known[name].term(value)
        except ValueError as error:
            return f"{value!r} is no {known[name].type} for {name}: {error}", "see queries/README.md"
    drawn = query.view[0] if query.view else "network" if query.is_graph else "table"
    if kind in VIEWS and kind != drawn:
        return f"{query.name} is no {kind}", f"write ```{drawn}, or give the question a '# view: {kind} …'"
    return "", ""


def _in_each(name: str, fields: Mapping[tuple[str, str], str], told: Collection[str]) -> Mapping[str, str]:
    """Return a field by language; where the story is not told in one of LANGUAGES, it is the English one."""
    return Localized({one: fields[name, one if one in told else LANGUAGES[0]] for one in {*LANGUAGES, *told}})


def _fields(path: Path, lines: list[str]) -> dict[tuple[str, str], str]:
    """Return the fields of the head by name and language."""
    fields: dict[tuple[str, str], str] = {}
    for number, line in enumerate(lines, 2):
        found = _FIELD.fullmatch(line.strip())
        if found is None:
            raise InputError(path, f"not a field of a story: {line!r}", line=number, repair="see queries/README.md")
        if found[1] == "order" and not (found[3].isdecimal() and len(found[3]) < 6):
            raise InputError(path, f"'order' is a number, not {found[3][:40]!r}", line=number)
        fields[found[1], found[2] or LANGUAGES[0]] = found[3].strip()
    return fields
