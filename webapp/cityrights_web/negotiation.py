"""Content negotiation by the rules of RFC 9110 §12.5: the only module that reads Accept and Accept-Language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cityrights_web.formats import Format

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE = re.compile(rf"^({_WORD})/({_WORD})$")
_LANGUAGE = re.compile(r"^(\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)$")
_WEIGHT = re.compile(r"^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$")
_SPLIT = re.compile(r""",(?=(?:[^"]*"[^"]*")*[^"]*$)""")
_PARTS = re.compile(r""";(?=(?:[^"]*"[^"]*")*[^"]*$)""")

#: Parameters that say which form of a format is liked best, and not that another cannot be read (JSON-LD 1.1 §C,
#: RDF 1.2): they do not refuse it.
_PREFERENCES = ("profile", "version")


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One member of an Accept header: type and subtype in lower case, parameters, weight from 0 to 1."""

    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...]
    weight: float

    def specificity(self, media_type: str) -> int | None:
        """Say how closely the range fits: 3 with parameters, 2 exact, 1 ``type/*``, 0 ``*/*``, None not at all."""
        kind, _, sub = media_type.partition("/")
        if self.type == "*":
            return 0 if self.subtype == "*" else None
        if self.type != kind:
            return None
        if self.subtype == "*":
            return 1
        if self.subtype != sub:
            return None
        others = [pair for pair in self.parameters if pair != ("charset", "utf-8") and pair[0] not in _PREFERENCES]
        if others:
            return None
        return 3 if self.parameters else 2


def parse_accept(header: str) -> tuple[MediaRange, ...]:
    """Read an Accept header. Members that break the grammar are left out, so a wholly broken one reads as empty."""
    ranges = []
    for member in _SPLIT.split(header):
        pieces = [piece.strip() for piece in _PARTS.split(member)]
        match = _RANGE.match(pieces[0])
        if match is None or (match[1] == "*" and match[2] != "*"):
            continue
        weight: float | None = 1.0
        parameters: list[tuple[str, str]] = []
        for piece in pieces[1:]:
            name, _, value = piece.partition("=")
            name, value = name.strip().lower(), value.strip().strip('"').lower()
            if name == "q":
                weight = float(value) if _WEIGHT.match(value) else None
                break
            if name:
                parameters.append((name, value))
        if weight is not None:
            ranges.append(MediaRange(match[1].lower(), match[2].lower(), tuple(parameters), weight))
    return tuple(ranges)


def quality(ranges: Sequence[MediaRange], media_type: str) -> float:
    """Return the weight of ``media_type``: that of the most specific range that fits; 0 when none does."""
    best, weight = -1, 0.0
    for accepted in ranges:
        fit = accepted.specificity(media_type)
        if fit is not None and (fit > best or (fit == best and accepted.weight > weight)):
            best, weight = fit, accepted.weight
    return weight


def choose(header: str | None, offers: Sequence[Format]) -> Format | None:
    """Return the offer that an Accept header likes best, or None when it likes none (406)."""
    return next(iter(ranked(header, offers)), None)


def ranked(header: str | None, offers: Sequence[Format]) -> tuple[Format, ...]:
    """Return the offers that an Accept header lets in, the one that it likes best first.

    Without a header, or with one that holds nothing readable, all of them. At equal weight an offer asked for by name
    goes before one that only a wildcard lets in; then the order of ``offers`` decides.
    """
    ranges = parse_accept(header or "")
    if not ranges:
        return tuple(offers)
    liked: list[tuple[tuple[float, int], Format]] = []
    for offer in offers:
        own = (quality(ranges, offer.media_type), _fit(ranges, offer.media_type))
        if own[1] < 2:  # an alias counts only where it is named: a wildcard must not undo a refusal by name
            named = [(quality(ranges, alias), 2) for alias in offer.aliases if _fit(ranges, alias) == 2]
            own = max([own, *named])
        if own[0] > 0:
            liked.append((own, offer))
    return tuple(offer for _, offer in sorted(liked, key=lambda one: one[0], reverse=True))


def _fit(ranges: Sequence[MediaRange], media_type: str) -> int:
    fits = [fit for accepted in ranges if (fit := accepted.specificity(media_type)) is not None]
    return min(max(fits, default=-1), 2)


def choose_language(header: str | None, offers: Sequence[str]) -> str:
    """Return the offered language that Accept-Language likes best (lookup of RFC 4647 §3.4); else the first offer."""
    wanted: list[tuple[float, int, str]] = []
    for place, member in enumerate((header or "").split(",")):
        tag, _, rest = member.strip().partition(";")
        name, _, value = rest.partition("=")
        weight = 1.0
        if rest:
            if name.strip().lower() != "q" or not _WEIGHT.match(value.strip()):
                continue
            weight = float(value)
        if _LANGUAGE.match(tag.strip()):
            wanted.append((-weight, place, tag.strip().lower()))
    refused = {tag for weight, _, tag in wanted if weight == 0}
    for weight, _, tag in sorted(wanted):
        if weight == 0:
            break
        if tag == "*":
            return next((offer for offer in offers if offer not in refused), offers[0])
        while tag:
            if tag in offers and tag not in refused:
                return tag
            tag = tag.rpartition("-")[0]
    return offers[0]
