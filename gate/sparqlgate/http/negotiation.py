"""Content negotiation by the rules of RFC 9110 §12.5, and dates: the only module that reads Accept and Accept-Language.

Whoever asks writes these headers, and no two need be alike: each is read once, in time that grows with its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from sparqlgate.http.formats import Format

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE = re.compile(rf"^({_WORD})/({_WORD})$")
_LANGUAGE = re.compile(r"^(\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)$")
_WEIGHT = re.compile(r"^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$")
#: A quoted string (RFC 9110 §5.6.4), which the end of the header ends, too; plain text; or a sign between the two.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*+"?|[^",;]+|[,;]', re.DOTALL)

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

    @property
    def name(self) -> str:
        """The range without its parameters, such as ``text/*``."""
        return f"{self.type}/{self.subtype}"

    @property
    def fit(self) -> int | None:
        """How closely it fits what its name does: 3 with parameters, 2 exact, 1 ``type/*``, 0 ``*/*``, None not at all.

        Not at all is for parameters that ask for another form than the one there is.
        """
        if self.subtype == "*":
            return 0 if self.type == "*" else 1
        others = [pair for pair in self.parameters if pair != ("charset", "utf-8") and pair[0] not in _PREFERENCES]
        if others:
            return None
        return 3 if self.parameters else 2


def parse_accept(header: str) -> tuple[MediaRange, ...]:
    """Read an Accept header. Members that break the grammar are left out, so a wholly broken one reads as empty."""
    ranges = []
    for pieces in _members(header):
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


def _members(header: str) -> Iterator[list[str]]:
    """Yield the members of a list between commas, each as what stands between its semicolons."""
    member, part = list[str](), list[str]()
    for piece in _PIECE.findall(header):
        if piece in (",", ";"):
            member.append("".join(part).strip())
            part = []
            if piece == ",":
                yield member
                member = []
        else:
            part.append(piece)
    yield [*member, "".join(part).strip()]


def quality(ranges: Sequence[MediaRange], media_type: str) -> float:
    """Return the weight of ``media_type``: that of the most specific range that fits; 0 when none does."""
    return Liking(ranges).of(media_type)[1]


class Liking:
    """How well each media type is liked by the ranges of an Accept header, which are gone through once for all."""

    def __init__(self, ranges: Sequence[MediaRange]) -> None:
        self._best: dict[str, tuple[int, float]] = {}
        for one in ranges:
            if one.fit is not None:
                self._best[one.name] = max(self._best.get(one.name, (-1, 0.0)), (one.fit, one.weight))

    def of(self, media_type: str) -> tuple[int, float]:
        """Return how closely the ranges fit (-1: none does; see :attr:`MediaRange.fit`), and the weight."""
        for name in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
            if name in self._best:
                return self._best[name]
        return -1, 0.0


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
    liking = Liking(ranges)
    liked: list[tuple[tuple[float, int], Format]] = []
    for offer in offers:
        own = _score(liking, offer.media_type)
        if own[1] < 2:  # an alias counts only where it is named: a wildcard must not undo a refusal by name
            named = [one for alias in offer.aliases if (one := _score(liking, alias))[1] == 2]
            own = max([own, *named])
        if own[0] > 0:
            liked.append((own, offer))
    return tuple(offer for _, offer in sorted(liked, key=lambda one: one[0], reverse=True))


def profiles(header: str | None, offer: Format) -> frozenset[str]:
    """Return the profiles (RFC 6906) in which an Accept header likes a format best, in small letters.

    They are the members of the ``profile`` parameter, as JSON-LD 1.1 §C has it, of the ranges that name the format.
    """
    named = [one for one in parse_accept(header or "") if one.name in offer.media_types and one.weight > 0]
    most = max((one.weight for one in named), default=0.0)
    told = (value for one in named if one.weight == most for name, value in one.parameters if name == "profile")
    return frozenset(profile for value in told for profile in value.split())


def _score(liking: Liking, media_type: str) -> tuple[float, int]:
    fit, weight = liking.of(media_type)
    return weight, min(fit, 2)


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
        # What is left of the tag when its last parts are taken off one after the other, as far as it is offered.
        left = [offer for offer in offers if f"{tag}-".startswith(f"{offer}-") and offer not in refused]
        if left:
            return max(left, key=len)
    return offers[0]


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME: Final = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})"
#: The one that is written today, which is that of Accept-Datetime (RFC 7089 §2.1.1) as well.
_FIXED: Final = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_TIME} GMT", re.ASCII
)
#: Two that were, and are to be understood still.
_OBSOLETE: Final = (
    re.compile(
        rf"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_TIME} GMT", re.ASCII
    ),
    re.compile(rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_MONTH} (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})", re.ASCII),
)
#: A year of two digits that would be further ahead belongs to the century before.
_AHEAD: Final = 50


def read_date(text: str, *, obsolete: bool = True) -> datetime | None:
    """Return the moment that an HTTP-date tells (RFC 9110 §5.6.7); None for what is none.

    Without ``obsolete`` it has to be as today's programs write it.
    """
    for form in (_FIXED, *(_OBSOLETE if obsolete else ())):
        found = form.fullmatch(text.strip(" \t"))
        if found is not None:
            year = int(found["year"])
            if len(found["year"]) == 2:
                now = datetime.now(UTC).year
                year += now // 100 * 100
                year -= 100 * (year > now + _AHEAD)
            second = 59 if found["second"] == "60" else int(found["second"])  # a leap second
            clock = (int(found["hour"]), int(found["minute"]), second)
            try:
                return datetime(year, _MONTHS.index(found["month"]) + 1, int(found["day"]), *clock, tzinfo=UTC)
            except ValueError:
                return None
    return None


def write_date(moment: datetime) -> str:
    """Return a moment as an HTTP-date (RFC 9110 §5.6.7), to the second."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
