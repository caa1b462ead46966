"""What is noted of one request while it is answered: for its log line, the counters and the fair use of its client."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from random import getrandbits
from typing import Any

from cityrights_web.settings import Settings

_SANE_ID = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")
_UNKNOWN = "unknown"


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
        forwarded: list[str] = []
        sent = ""
        proxied = False
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                forwarded += [part.strip() for part in value.decode("latin-1").split(",")]
            elif name == b"x-request-id":
                sent = value.decode("latin-1")
            proxied = proxied or name in (b"x-forwarded-for", b"forwarded")
        peer = str((scope.get("client") or (_UNKNOWN,))[0])
        client = client_of(peer, tuple(forwarded), settings.trusted_proxies)
        return cls(
            id=sent if _SANE_ID.fullmatch(sent) else f"{getrandbits(64):016x}",
            client=client,
            # A proxy on this machine passes strangers on, so its requests only count as local without its mark.
            local=is_loopback(client) and (not proxied or client != peer),
            method=str(scope["method"])[:20],
            path=str(scope["path"])[:500],
        )


@lru_cache(4096)
def client_of(peer: str, forwarded: tuple[str, ...], proxies: tuple[str, ...]) -> str:
    """Return the address that a request comes from: the last one in X-Forwarded-For that is no proxy of ours.

    Only what trusted proxies wrote is believed, so nobody can pass for somebody else. An IPv6 client is its /64
    network, because one host has all of it.
    """
    networks = [ip_network(network, strict=False) for network in proxies]
    address = peer
    remaining = list(forwarded)
    while remaining and _within(address, networks):
        address = remaining.pop()
    try:
        parsed = ip_address(address)
    except ValueError:
        return _UNKNOWN
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(parsed) if parsed.is_loopback else str(ip_network((parsed, 64), strict=False))
    return str(parsed)


def _within(address: str, networks: list[Any]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed.version == network.version and parsed in network for network in networks)


def is_loopback(client: str) -> bool:
    """Say whether an address is that of this machine itself."""
    return client == "::1" or client.startswith("127.")
