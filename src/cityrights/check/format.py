"""The one way in which the files that people write are laid out, so that a diff shows what was changed and no more."""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.instance import SHIPPED, instance
from cityrights.pipeline.read import parse_file
from cityrights.vocabulary import (
    CR,
    DCTERMS,
    GRAPH_CLAIMS,
    GRAPH_DECISIONS,
    GRAPH_ENTITIES,
    GRAPH_LABELS,
    GRAPH_VOCABULARY,
    ID,
    PREFIXES,
    RDF,
    RDFS,
    SKOS,
    source_prefixes,
)
from sparqlgate.errors import InputError

_WORD: Final = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<iri><[^<>"\s]*>)
      | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
          | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
      | (?P<at>@[A-Za-z][A-Za-z0-9-]*)
      | (?P<blank>_:[^\s;,.\])}]+ | [\[\]])
      | (?P<name>(?:[^\s<>"'()\[\]{};,.\#@^\\]|\.(?=[^\s<>"'()\[\]{};,.\#@^])|\\.|\.(?=\\.))+)
      | (?P<mark>\^\^|[(){};,.^\\<>"'@])""",
    re.VERBOSE | re.DOTALL,
)
#: The ranks of the graphs of claims and decisions: after what is said of them elsewhere, before what an editor adds.
_OF_A_CLAIM: Final = 1
_OF_A_DECISION: Final = 2
_GRAPHS: Final = (GRAPH_ENTITIES, GRAPH_LABELS)
_LANGUAGES: Final = tuple(dict.fromkeys((*SHIPPED, *instance().languages)))
_PREDICATES: Final = (
    RDF + "type", SKOS + "inScheme", SKOS + "topConceptOf",
    RDFS + "label", SKOS + "prefLabel", SKOS + "altLabel", CR + "untranslated",
    DCTERMS + "title", DCTERMS + "description", RDFS + "comment", SKOS + "definition", SKOS + "example",
    RDFS + "isDefinedBy", RDFS + "subClassOf", RDFS + "subPropertyOf", RDFS + "domain", RDFS + "range",
    CR + "lines", CR + "row", CR + "quoted", DCTERMS + "identifier", CR + "source", CR + "passage", CR + "firstLine",
    CR + "lastLine", CR + "anchor", CR + "modality", CR + "aspect", CR + "heading", CR + "text", CR + "saidBy",
    CR + "subject", CR + "mentions", CR + "withoutGraph", CR + "reason", CR + "promptedBy", CR + "withoutPrompt",
    CR + "prefers", CR + "kind", CR + "status", CR + "section",
    CR + "place", CR + "challenge", CR + "solution", CR + "takeaway",
)  # fmt: skip
_RANK: Final = {iri: number for number, iri in enumerate(_PREDICATES)}
_CLAIM: Final = re.compile(re.escape(ID) + r"(?:claim|passage)/([^/]+)/")
_PREFIX_LINE: Final = re.compile(r"@prefix [^ ]*: <[^>]*> \.")
#: Strings and IRIs, which hold no name, or a word; the second group says that it is the prefix of a name.
_NAME: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|<[^>]*+>?|([A-Za-z][\w.-]*+)(:?)')
_TERM: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*+"?|<[^>]*+>?|[^\s"<])++')
_WIDTH: Final = 120


@dataclass(frozen=True)
class Word:
    """One word of the text: its kind, the text itself and the line (from 1) on which it begins."""

    kind: str
    text: str
    line: int


def words(text: str) -> Iterator[Word]:
    """Yield the words of a Turtle or TriG text in order; white space is left out, wrong text never raises."""
    line, end = 1, 0
    for match in _WORD.finditer(text):
        line += text.count("\n", end, match.start())
        end = match.start()
        yield Word(match.lastgroup or "mark", match.group(), line)


def prefixes(found: list[Word]) -> dict[str, str]:
    """Return the prefixes that the words declare, in Turtle's or in SPARQL's manner, without the colon."""
    declared: dict[str, str] = {}
    for keyword, name, iri in zip(found, found[1:], found[2:], strict=False):
        if keyword.text.lower() in ("@prefix", "prefix") and name.text.endswith(":") and iri.kind == "iri":
            declared[name.text[:-1]] = iri.text[1:-1]
    return declared


def expand(word: Word, declared: dict[str, str]) -> str | None:
    """Return the IRI that an IRI or a prefixed name stands for, None for any other word."""
    if word.kind == "iri":
        return word.text[1:-1]
    prefix, colon, local = word.text.partition(":")
    if word.kind == "name" and colon and prefix in declared:
        return declared[prefix] + re.sub(r"\\(.)", r"\1", local)
    return None


Natural = tuple[tuple[tuple[int, int, str], ...], str]


@lru_cache(maxsize=10_000)
def natural(text: str) -> Natural:
    """Return a sort key in which ``claim/10`` follows ``claim/9``."""
    parts = [part for part in re.split(r"([0-9]+)", text) if part]
    return tuple(_size(part) if part.isascii() and part.isdecimal() else (0, 0, part) for part in parts), text


def _size(digits: str) -> tuple[int, int, str]:
    """Return a key by which numbers are ordered, however many digits they have."""
    plain = digits.lstrip("0")
    return 1, len(plain), plain


def format_file(path: Path) -> str:
    """Return the canonical text of a ``.trig`` or ``.ttl`` file; the file itself is not touched.

    A leading block of comment lines is kept, other comments are lost. Raises InputError for whatever cannot be parsed
    and for blank nodes, which have no name and so no canonical place.
    """
    if path.suffix not in (".trig", ".ttl"):
        raise InputError(path, f"'{path.suffix}' files have no canonical form here", repair="name a .trig or .ttl file")
    quads = parse_file(path, GRAPH_VOCABULARY if path.suffix == ".ttl" else None)
    return formatted(path, path.read_bytes().decode("utf-8"), quads)


def replace(path: Path, text: str) -> None:
    """Write ``text`` beside ``path``, then rename it into place (atomic, POSIX.1-2017)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode())
        Path(name).chmod(path.stat().st_mode if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def rewrite(path: Path, edit: Callable[[list[ox.Quad]], Iterable[ox.Quad]]) -> None:
    """Write a TriG or Turtle file with what ``edit`` makes of its quads; one that is left with none is removed.

    Raises InputError for a file that is not in canonical form, whose comments would be lost, and for one that cannot
    be read; then nothing has changed.
    """
    there: list[ox.Quad] = []
    head = ""
    if path.exists():
        text = path.read_bytes().decode("utf-8")
        if text != format_file(path):
            reason = "is not in canonical form, so that writing to it could lose comments"
            raise InputError(path, reason, repair=f"cityrights format {path}")
        there, head = parse_file(path, GRAPH_VOCABULARY if path.suffix == ".ttl" else None), head_of(text)
    every = list(edit(there))
    if every:
        source = source_of(path, every)
        replace(path, canonical_text(every, trig=path.suffix != ".ttl", source=source, head=head))
    elif path.exists():
        path.unlink()


def formatted(path: Path, text: str, quads: list[ox.Quad]) -> str:
    """Return the canonical text of a file with this text and these quads, as ``format_file`` does."""
    for quad in quads:
        refuse_unnamed(path, text, quad)
    return canonical_text(quads, trig=path.suffix == ".trig", source=source_of(path, quads), head=head_of(text))


def canonical_text(quads: Iterable[ox.Quad], *, trig: bool, source: str | None = None, head: str = "") -> str:
    """Return quads as canonical TriG, or Turtle without their graph names.

    ``source`` is the slug to which ``claim:`` and ``passage:`` are bound, ``head`` comment lines for the top.
    https://www.w3.org/TR/trig/ https://www.w3.org/TR/turtle/
    """
    ordered = sorted(set(quads) if trig else {ox.Quad(*quad.triple) for quad in quads}, key=_quad_key)
    known = PREFIXES | (source_prefixes(source) if source else {})
    if trig:
        written = ox.serialize(ordered, format=ox.RdfFormat.TRIG, prefixes=known)
    else:
        written = ox.serialize([quad.triple for quad in ordered], format=ox.RdfFormat.TURTLE, prefixes=known)
    # Line ends inside literals are always escaped by the serializer, so a line is a unit of layout and no more.
    lines = [line for line in (written or b"").decode().split("\n") if not _PREFIX_LINE.fullmatch(line)]
    used = {name for line in lines for name in used_prefixes(line) if name in known}
    header = "".join(f"@prefix {name}: <{known[name]}> .\n" for name in sorted(used))
    body = "".join(_laid_out(line) for line in lines if line)
    return "\n".join(part for part in (head and head + "\n", header + body) if part)


def used_prefixes(text: str) -> set[str]:
    """Return what may be a prefix in a canonical text: each name before a colon that stands in no string and no IRI."""
    return {name for name, colon in _NAME.findall(text) if colon}


def source_of(path: Path, quads: Iterable[ox.Quad]) -> str | None:
    """Return the slug of the source whose claims a file holds, None for files that hold none.

    ``data/sources/<slug>/<topic>.trig`` says it in its path; ``data/sources/external/<x>.trig`` in its claims.
    """
    folder = path.resolve().parent
    if folder.parent.name != "sources":
        return None
    if folder.name != "external":
        return folder.name
    counted: Counter[str] = Counter()
    for quad in quads:
        for term in (quad.graph_name, quad.subject):
            match = _CLAIM.match(term.value) if isinstance(term, ox.NamedNode) else None
            counted.update([match.group(1)] if match else [])
    return min(counted, key=lambda slug: (-counted[slug], slug), default=path.stem)


def refuse_unnamed(path: Path, text: str, quad: ox.Quad) -> None:
    """Raise InputError, with the line where it can be found, when a quad has a blank node or a triple in it."""
    terms = (quad.subject, quad.predicate, quad.object, quad.graph_name)
    if any(isinstance(term, ox.Triple) for term in terms):
        raise InputError(path, "a triple stands as a term of another", repair="say who states it with a claim's graph")
    if any(isinstance(term, ox.BlankNode) for term in terms):
        line = next((word.line for word in words(text) if word.kind == "blank" or word.text == "("), None)
        raise InputError(path, "a blank node: nothing could refer to it", line, "give the thing an IRI under id/")


def _laid_out(line: str) -> str:
    """Lay out one line of the serializer: spaces for tabs, a blank line before blocks, long lists one to a line."""
    bare = line.lstrip("\t")
    depth = len(line) - len(bare)
    gap = "\n" if depth == 0 and bare != "}" else ""
    indent = "    " * depth
    if len(indent) + len(bare) <= _WIDTH:
        return f"{gap}{indent}{bare}\n"
    deeper = "\n" + indent + "    "
    pieces: list[str] = []
    for term in _TERM.findall(bare):
        if term == "," and pieces:
            pieces.append(" ,")
        else:
            separator = "" if not pieces else deeper if pieces[-1] == " ," else " "
            pieces.append(separator + term)
    return f"{gap}{indent}{''.join(pieces)}\n"


def head_of(text: str) -> str:
    """Return the comment lines with which a text begins."""
    kept: list[str] = []
    for line in text.removeprefix("\ufeff").lstrip("\r\n").split("\n"):
        if not line.startswith("#"):
            break
        kept.append(line.rstrip())
    return "\n".join(kept)


def _quad_key(quad: ox.Quad) -> tuple[object, ...]:
    graph = _graph_key(quad.graph_name)
    return (
        graph,
        graph[0] in (_OF_A_CLAIM, _OF_A_DECISION)
        and quad.subject != quad.graph_name,  # what a block says of itself comes first
        natural(_value(quad.subject)),
        (_RANK.get(quad.predicate.value, len(_RANK)), natural(quad.predicate.value)),
        _object_key(quad.object),
    )


def _graph_key(graph: object) -> tuple[int, Natural]:
    """Claims come first, with what they state; then what the editors decide, and what else they add."""
    value = _value(graph)
    if value in _GRAPHS:
        return _OF_A_DECISION + 1 + _GRAPHS.index(value), natural(value)
    if _CLAIM.match(value):
        return _OF_A_CLAIM, natural(value)
    if value.startswith(PREFIXES["decision"]):
        return _OF_A_DECISION, natural(value)
    return (0 if value in (GRAPH_CLAIMS, GRAPH_DECISIONS) else _OF_A_DECISION + 1 + len(_GRAPHS)), natural(value)


def _object_key(term: object) -> tuple[int, int, Natural, str]:
    if not isinstance(term, ox.Literal):
        return 0, 0, natural(_value(term)), ""
    language = term.language or ""
    rank = _LANGUAGES.index(language) if language in _LANGUAGES else len(_LANGUAGES)
    return 1, rank if language else -1, natural(term.value), str(term)


def _value(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


class Locator:
    """The lines of one file's terms. Best effort: a term that is not found is at no line, never at a wrong one."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._words = [word for word in words(text) if word.kind != "comment"]
        declared = prefixes(self._words)
        self._iris = [expand(word, declared) for word in self._words]
        self._opening: dict[str, list[int]] = {}
        for at, iri in enumerate(self._iris):
            if iri is not None and self._opens(at):
                self._opening.setdefault(iri, []).append(at)

    def where(self, *, subject: object = None, term: object = None) -> str:
        """Return ``path:line`` of ``term`` where it first follows ``subject``, else of the subject, else ``path``."""
        line = self.line(subject=subject, term=term)
        return f"{self.path}:{line}" if line is not None else str(self.path)

    def line(self, *, subject: object = None, term: object = None) -> int | None:
        """Return the line, from 1, of ``term`` in a statement about ``subject``; None when neither is found."""
        starts = self._opening.get(subject.value, []) if isinstance(subject, ox.NamedNode) else []
        if term is None:
            return self._words[starts[0]].line if starts else None
        for start in starts or [0]:
            for at in range(start, len(self._words)):
                if _is(self._words[at], self._iris[at], term) and self._in_language(at, term):
                    return self._words[at].line
                if starts and self._words[at].text == ".":
                    break
        return self._words[starts[0]].line if starts else None

    def prefix_line(self, name: str) -> int | None:
        """Return the line that declares the prefix ``name``."""
        for before, word in zip(self._words, self._words[1:], strict=False):
            if before.text.lower() in ("@prefix", "prefix") and word.text == name + ":":
                return word.line
        return None

    def declared(self) -> dict[str, str]:
        """Return the prefixes that the file declares."""
        return prefixes(self._words)

    def _in_language(self, at: int, term: object) -> bool:
        """Say whether the tag after the word is that of the literal ``term``; other terms have none."""
        if not isinstance(term, ox.Literal):
            return True
        after = self._words[at + 1] if at + 1 < len(self._words) else None
        tag = after.text[1:].lower() if after is not None and after.kind == "at" else None
        return tag == (term.language.lower() if term.language else None)

    def _opens(self, at: int) -> bool:
        """Say whether the word at this place begins a statement: it follows a full stop or a brace."""
        return at == 0 or self._words[at - 1].text in (".", "{", "}") or self._words[at - 1].kind == "at"


def _is(word: Word, iri: str | None, term: object) -> bool:
    if isinstance(term, ox.NamedNode):
        return iri == term.value or (word.text == "a" and term.value == RDF + "type")
    if isinstance(term, ox.Literal):
        if word.kind == "string":
            return _unquoted(word.text) == term.value
        return word.kind == "name" and word.text == term.value
    return False


def _unquoted(text: str) -> str:
    """Return what a quoted string says; escapes are read by the parser itself."""
    quoted = next(iter(ox.parse(f"<a:> <a:> {text} .", format=ox.RdfFormat.TURTLE)), None)
    return quoted.object.value if quoted is not None and isinstance(quoted.object, ox.Literal) else ""
