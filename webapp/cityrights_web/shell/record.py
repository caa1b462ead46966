"""What is noted of one request while it is answered: for its log line, the counters and the fair use of its client."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import getrandbits
from typing import Any

from cityrights.addresses import sender_of
from cityrights_web.settings import Settings

_SANE_ID = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")


@dataclass(slots=True)
class Record:
    """One request as it is logged; ``outcome`` is one word, ``query`` a hash, ``text`` the query itself if wanted.

    ``own`` marks what the site asks of itself.
    """

    id: str
    client: str
    local: bool
    method: str
    path: str
    began: float = field(default_factory=time.perf_counter)
    status: int = 0
    sent: int = 0
    outcome: str = ""
    query: str = ""
    text: str = ""
    metered: bool = False
    admitted: bool = False
    own: bool = False

    @classmethod
    def of(cls, scope: Mapping[str, Any], settings: Settings) -> Record:
        """Begin the record of a request."""
        sent = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
        client, local = sender_of(scope, settings.trusted_proxies)
        return cls(
            id=sent if _SANE_ID.fullmatch(sent) else f"{getrandbits(64):016x}",
            client=client,
            local=local,
            method=str(scope["method"])[:20],
            path=str(scope["path"])[:500],
        )
