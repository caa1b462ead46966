"""Licences by their SPDX identifier or their IRI: what people write, what the graph says, what a page shows.

The identifiers are those of https://spdx.org/licenses/ that are made for texts and data. Creative Commons names its
licences by addresses of its own, which everybody uses; the others are named by their page at SPDX.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

_SPDX: Final = "https://spdx.org/licenses/"
_COMMONS: Final = "https://creativecommons.org/"
_CODES: Final = ("BY", "BY-SA", "BY-NC", "BY-ND", "BY-NC-SA", "BY-NC-ND")
_VERSIONS: Final = ("4.0", "3.0", "2.5", "2.0", "1.0")
#: SPDX identifier → IRI and name, of licences that are none of Creative Commons'.
_OTHERS: Final = {
    "DL-DE-BY-2.0": "Data licence Germany, attribution, 2.0",
    "DL-DE-ZERO-2.0": "Data licence Germany, Zero, 2.0",
    "GFDL-1.3-or-later": "GNU Free Documentation License 1.3 or later",
    "NLOD-2.0": "Norwegian Licence for Open Government Data 2.0",
    "ODC-By-1.0": "Open Data Commons Attribution License 1.0",
    "ODbL-1.0": "Open Database License 1.0",
    "OGL-Canada-2.0": "Open Government Licence, Canada, 2.0",
    "OGL-UK-3.0": "Open Government Licence 3.0",
    "PDDL-1.0": "Open Data Commons Public Domain Dedication and License 1.0",
    "etalab-2.0": "Licence Ouverte 2.0",
    "CDLA-Permissive-2.0": "Community Data License Agreement, Permissive, 2.0",
    "MIT": "MIT",
}
_IRI: Final = re.compile(r"https?://[^\s<>\"{}|\\^`/]+/[^\s<>\"{}|\\^`]*+")


@dataclass(frozen=True)
class Licence:
    """A licence: its IRI, how people call it, and its SPDX identifier, which is empty where it has none here."""

    iri: str
    name: str
    spdx: str = ""


def _known() -> dict[str, Licence]:
    found = {"CC0-1.0": Licence(f"{_COMMONS}publicdomain/zero/1.0/", "CC0 1.0", "CC0-1.0")}
    for code in _CODES:
        for version in _VERSIONS:
            spdx = f"CC-{code}-{version}"
            found[spdx] = Licence(f"{_COMMONS}licenses/{code.lower()}/{version}/", f"CC {code} {version}", spdx)
    return found | {spdx: Licence(_SPDX + spdx, name, spdx) for spdx, name in _OTHERS.items()}


#: SPDX identifier → licence.
LICENCES: Final = _known()
_WRITTEN: Final = {spdx.lower(): found for spdx, found in LICENCES.items()}
_NAMED: Final = {found.iri: found for found in LICENCES.values()}


def licence(text: str) -> Licence:
    """Return the licence that is meant by an SPDX identifier, in whatever case, or by an IRI (http or https).

    Raises ValueError, with identifiers that are alike, for what is neither.
    """
    written = text.strip()
    found = _WRITTEN.get(re.sub(r"[\s_]+", "-", written).lower())
    if found is not None:
        return found
    if _IRI.fullmatch(written):
        return by_iri(written)
    near = get_close_matches(written.lower()[:40], _WRITTEN, 3, 0.6)
    meant = f"did you mean {', '.join(_WRITTEN[one].spdx for one in near)}?" if near else "write CC-BY-4.0, CC0-1.0 …"
    raise ValueError(f"“{written[:60]}” is no licence: none that is known; {meant} Another one is named by its IRI")


def by_iri(iri: str) -> Licence:
    """Return the licence with an IRI as data have it, whatever it is; of one that is not known the name is its IRI."""
    secure = iri.replace("http://", "https://", 1)
    return _NAMED.get(secure) or _NAMED.get(f"{secure}/") or Licence(iri, iri.rpartition("://")[2].rstrip("/"))


#: What a licence asks for, by its address: attribution, the same licence, no commerce, no change; nothing: all is free.
_ASKS: Final = re.compile(r"https://creativecommons\.org/licenses/([a-z-]{2,8})/")
_FREE: Final = frozenset(LICENCES[spdx].iri for spdx in ("CC0-1.0", "PDDL-1.0", "DL-DE-ZERO-2.0"))
_BY: Final = ("DL-DE-BY-2.0", "NLOD-2.0", "ODC-By-1.0", "OGL-Canada-2.0", "OGL-UK-3.0", "etalab-2.0")
_NAMING: Final = frozenset(LICENCES[spdx].iri for spdx in (*_BY, "CDLA-Permissive-2.0", "MIT"))


def allows(theirs: str, ours: str) -> bool:
    """Say whether what is under the licence ``theirs`` may be published under ``ours``; both are addresses.

    What is free may be under any, what asks for attribution under any that does, what asks for more only under one that
    asks for the same. Of a licence that is not known nothing may.
    """
    if theirs == ours or theirs in _FREE:
        return True
    asked, given = (_asks(each) for each in (theirs, ours))
    if asked is None or given is None or "nd" in asked:
        return False
    return asked <= given and ("sa" not in asked or asked == given)


def _asks(iri: str) -> frozenset[str] | None:
    """Return what a licence asks for, as Creative Commons abbreviates it; None where that is not known."""
    match = _ASKS.match(iri)
    if match is not None:
        return frozenset(match[1].split("-"))
    return frozenset({"by"}) if iri in _NAMING else frozenset() if iri in _FREE else None
