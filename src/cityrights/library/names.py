"""Names that people write for things: which thing is meant, which of some was probably meant (did you mean).

A name is an IRI, ``city:utrecht``, ``city/utrecht``, or ``utrecht`` alone: the same for every door to the graph.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
from rapidfuzz import fuzz, process

from cityrights.errors import UnknownThing
from cityrights.library.pages import ask
from cityrights.terms import Iri, Literal
from cityrights.translations import CATALOGUE
from cityrights.vocabulary import CONCEPTS, CR, ID, KINDS, PREFIXES, expand, iri_of, is_ours, path_of, short
from sparqlgate.errors import QueryError
from sparqlgate.text.writing import walk

if TYPE_CHECKING:  # the stores take a while, and who only looks for what is near needs none
    from sparqlgate import Store

#: So many characters of a text are looked at: no name here is longer, and what anybody sends may be.
_LOOKED_AT: Final = 200
#: Kinds that one name alone may mean, those first that are meant when several have it.
_PLACES: Final = ("city", "department", "island", "region", "country")
_UNNAMED: Final = ("claim", "decision", "passage", "observation", "connection", "population", "section", "reference")
_ALONE: Final = (*_PLACES, *(kind for kind in KINDS if kind not in (*_PLACES, *_UNNAMED)))
#: How the path of a claim begins, and what one is called: letters and hyphens, and a number.
_CLAIM: Final = "claim/"
_IDENTIFIER: Final = re.compile(r"[A-Za-z][A-Za-z-]{0,60}[0-9]{1,6}")
#: Things of one kind, or class, that are looked through; beyond that it would take longer than it helps.
_MOST: Final = 3_000
_SHOWN: Final = 3
#: Names that are less alike than the nearest by so much are not meant.
_AS_ALIKE: Final = 0.1
#: Queries up to so many characters are looked through for names, of which so many are looked up.
_LONGEST: Final = 4_096
_LOOKED_UP: Final = 8


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are, from 0 to 1: the share of characters that both have in the same order."""
    return fuzz.ratio(one[:_LOOKED_AT], other[:_LOOKED_AT]) / 100


def nearest(text: str, known: Iterable[str], most: int = 3, least: float = 0.6) -> list[str]:
    """Return the known texts that are most like ``text``, the nearest first: at most so many, and no less alike."""
    found = process.extract(
        text[:_LOOKED_AT], list(known), scorer=fuzz.ratio, processor=None, limit=most, score_cutoff=100 * least
    )
    return [name for name, _, _ in found]


def meant(near: Sequence[str]) -> str:
    """Return the question whether one of these was meant, after what was said before; nothing where there are none."""
    return f"; did you mean {', '.join(near)}?" if near else ""


def told_near(near: Sequence[str], language: str) -> str:
    """Return the same question as a sentence of its own, after a space, in a language; nothing where there are none."""
    return f" {CATALOGUE[language].parameters.near.format(near=', '.join(near))}" if near else ""


def of_kind(kind: str, name: str) -> str:
    """Return the IRI of a thing of a kind: of ``housing`` among themes, or of ``theme:housing``, or the IRI itself.

    Raises UnknownThing for what can be no name.
    """
    text = name.strip()
    word = text.removeprefix(f"{kind}:").removeprefix(f"{kind}/")
    iri = text if not word or "/" in word or ":" in word else iri_of(f"{kind}/{slug(word)}")
    try:
        return expand(iri)
    except ValueError as error:
        raise UnknownThing(text[:_LOOKED_AT], f"it is no {kind}; write a name such as {kind}:housing") from error


def slug(name: str) -> str:
    """Return the last part of a name as addresses have it: without accents and capitals, words joined by hyphens."""
    last = name.strip().rstrip("/#").replace("#", "/").rpartition("/")[2].rpartition(":")[2]
    plain = unicodedata.normalize("NFKD", last[:_LOOKED_AT].casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return "-".join(letters.replace("_", " ").split())


def called(word: str, names: Iterable[tuple[str, str]]) -> list[str]:
    """Return what of things and their names is called by a word, or else has a name that begins with its words.

    Capitals, accents, and the s of a plural do not count; of names that only begin so the shortest come first.
    """
    wanted = _plainly(word)
    same: dict[str, None] = {}
    alike: dict[str, int] = {}
    for thing, name in names:
        said = _plainly(name)
        if said == wanted:
            same[thing] = None
        elif wanted and all(any(one.startswith(each.rstrip("s")) for one in said) for each in wanted):
            alike[thing] = min(len(said), alike.get(thing, len(said)))
    return list(same or sorted(alike, key=lambda thing: (alike[thing], thing)))[:_SHOWN]


def _plainly(name: str) -> list[str]:
    return [part for part in slug(name.replace(":", " ").replace("/", " ")).split("-") if part]


def renamed(engine: Store) -> dict[str, str]:
    """Return the IRIs of things that have another name now, each with that name (``dcterms:isReplacedBy``)."""
    return {str(row["thing"]): str(row["now"]) for row in ask(engine, "renamed")}


class Names:
    """Finds what is meant by a name in one graph; what it has of a kind is read once. Threads may share it."""

    def __init__(self, engine: Store) -> None:
        self._engine = engine
        self._slugs: dict[str, tuple[str, ...]] = {}
        self._members: dict[str, tuple[str, ...]] = {}
        self._called: dict[str, list[tuple[str, str]]] = {}

    def find(self, name: str) -> str:
        """Return the IRI of the thing that is meant.

        Raises UnknownThing, naming those that may have been meant, for what the graph does not know. Of several things
        with one name a place is meant, else it says which there are.
        """
        text = name.strip()
        try:
            iri = ox.NamedNode(expand(text)).value
        except ValueError:
            found = self._alone(text) or list(self._numbered([text, text.upper()]).values())
            places = [one for one in found if path_of(one).split("/")[0] in _PLACES]
            if len(found) == 1 or places:
                return (places or found)[0]
            near = [short(one) for one in found] or self._numbers_near(text) or self.near(text)
        else:
            path = iri.removeprefix(ID)
            if path != iri and path.partition("/")[0] not in KINDS:  # as people write a claim: twenty-practices/33
                text, iri = _CLAIM + path, f"{ID}{_CLAIM}{path}"
            if self.has(iri):
                return self._renamed.get(iri, iri)
            near = self.near(text)
        told = meant(near) or "; write an IRI, or a name such as city:utrecht"
        raise UnknownThing(text[:_LOOKED_AT], f"the graph says nothing of it{told}")

    @cached_property
    def _renamed(self) -> dict[str, str]:
        return renamed(self._engine)

    def has(self, iri: str) -> bool:
        """Say whether the graph says anything of a thing, points to it, or has it for a property."""
        return bool(ask(self._engine, "exists", {"thing": Iri(iri)}))

    def is_of(self, iri: str, class_iri: str) -> bool:
        """Say whether the graph has a thing in a class."""
        return bool(ask(self._engine, "of_class", {"thing": Iri(iri), "class": Iri(class_iri)}))

    def near(self, name: str, class_iri: str = "") -> list[str]:
        """Return the short names of things like one that there is not, the nearest first: of the class, if any."""
        word, kind = slug(name), self._kind(name)
        if not word:
            return []
        if (path := name.strip().removeprefix(ID)).startswith(_CLAIM):
            return [_CLAIM + one for one in nearest(path.removeprefix(_CLAIM), self.slugs("claim"))]
        if class_iri:
            known = {slug(iri): short(iri) for iri in reversed(self._of_class(class_iri))}
        elif name.startswith(CR):
            known = {slug(iri): short(iri) for iri in self._terms}
        elif kind:
            known = {one: short(iri_of(f"{kind}/{one}")) for one in self.slugs(kind)}
        else:
            known = {one: short(iri_of(f"{each}/{one}")) for each in reversed(_ALONE) for one in self.slugs(each)}
        if kind and not class_iri and (named := called(word, self._names(kind))):
            return [short(iri) for iri in named]
        alike = nearest(word, known, _SHOWN)
        found = [one for one in alike if likeness(word, one) > likeness(word, alike[0]) - _AS_ALIKE]
        return [known[one] for one in found or [one for one in known if word in one.split("-")][:_SHOWN]]

    def missing(self, query: str, language: str = "en") -> list[str]:
        """Say which things and terms of ours a query names that the graph knows nothing of, and what may be meant.

        For a query that has found nothing; a long one, or one that cannot be read, names none.
        """
        words, told = CATALOGUE[language].parameters, list[str]()
        for written, iri in islice(_named(query), _LOOKED_UP):
            if not self.has(iri):
                near = self.near(iri)
                told.append(words.nothing.format(value=written))
                told[-1] += f" {words.near.format(near=', '.join(near))}" if near else ""
        return told

    def slugs(self, kind: str) -> tuple[str, ...]:
        """Return the last parts of the things of a kind, sorted: of many only some."""
        if kind not in self._slugs:
            base = iri_of(f"{kind}/")
            rows = ask(self._engine, "kind_members", {"base": Literal(base)}, limit=_MOST)
            self._slugs[kind] = tuple(sorted(str(row["thing"]).removeprefix(base) for row in rows))
        return self._slugs[kind]

    def _numbered(self, identifiers: Sequence[str]) -> dict[str, str]:
        """Return those of some identifiers of claims (A033) that there are, with their claims."""
        asked = [Literal(one) for one in identifiers if _IDENTIFIER.fullmatch(one)]
        rows = ask(self._engine, "claims_by_number", among=("number", asked)) if asked else ()
        return {str(row["number"]): str(row["claim"]) for row in rows}

    def _numbers_near(self, text: str) -> list[str]:
        """Return the identifiers of claims that differ from one in a digit, more or less or another."""
        if not _IDENTIFIER.fullmatch(text):
            return []
        start, ends = text.upper().rstrip("0123456789"), []
        digits = text[len(start) :]
        for at in range(len(digits) + 1):
            for new in ("", *"0123456789"):
                ends += [digits[:at] + new + digits[at + 1 :], digits[:at] + new + digits[at:]]
        return nearest(text.upper(), self._numbered([start + end for end in dict.fromkeys(ends) if end]))

    def _names(self, kind: str) -> list[tuple[str, str]]:
        """Return the things of a kind with their names: of many only some."""
        if kind not in self._called:
            base = {"base": Literal(iri_of(f"{kind}/"))}
            found = ask(self._engine, "called", base, limit=_MOST)
            self._called[kind] = [(str(row["thing"]), str(row["name"])) for row in found]
        return self._called[kind]

    @cached_property
    def _terms(self) -> tuple[str, ...]:
        rows = ask(self._engine, "kind_members", {"base": Literal(CR)}, limit=_MOST)
        return tuple(sorted(str(row["thing"]) for row in rows))

    def _of_class(self, class_iri: str) -> tuple[str, ...]:
        if class_iri not in self._members:
            rows = ask(self._engine, "of_class", {"class": Iri(class_iri)}, limit=_MOST)
            self._members[class_iri] = tuple(sorted(str(row["thing"]) for row in rows))
        return self._members[class_iri]

    def _alone(self, name: str) -> list[str]:
        """Return the things of any kind that have a name, those first that are rather meant."""
        word = slug(name)
        if not word or "/" in name or ":" in name:
            return []
        asked = [Iri(iri) for kind in _ALONE if (iri := iri_of(f"{kind}/{word}")) and is_iri(iri)]
        known = {str(row["thing"]) for row in ask(self._engine, "known", among=("thing", asked))} if asked else set()
        return [one.value for one in asked if one.value in known]

    @staticmethod
    def _kind(name: str) -> str:
        """Return the kind of things that a name says, nothing where it says none."""
        try:
            iri = expand(name.strip().replace(" ", "-"))
        except ValueError:
            return ""
        kind, _, rest = path_of(iri).partition("/")
        return kind if is_ours(iri) and kind in KINDS and kind not in _UNNAMED and rest else ""


def _named(query: str) -> Iterator[tuple[str, str]]:
    """Yield what a query names of ours, each once: as it is written, and its IRI."""
    if len(query) > _LONGEST:
        return
    declared, seen, before = dict(PREFIXES), set[str](), ""
    with suppress(QueryError):
        for step in walk(query, federated=True):
            kind, text = step.token.kind, step.token.text
            prefix, _, local = text.partition(":")
            if not step.form and kind == "iri" and before:
                declared[before] = text[1:-1]
            before = prefix if not step.form and kind == "name" else ""
            iri = text[1:-1] if kind == "iri" else declared.get(prefix, "") + local if kind == "name" else ""
            if (
                step.form
                and iri.startswith((CR, ID, CONCEPTS))
                and iri not in (CR, ID, CONCEPTS)
                and iri not in seen
                and is_iri(iri)
            ):
                seen.add(iri)
                yield text, iri


def is_iri(text: str) -> bool:
    """Say whether a text is an absolute IRI (RFC 3987)."""
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True
