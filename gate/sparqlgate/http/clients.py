"""Whom a request is from, by the address of its sender and what proxies say of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

_UNKNOWN = "unknown"
#: So many of the last addresses in X-Forwarded-For are looked at: the proxies of ours that stand behind each other.
_HOPS: Final = 16
#: No address is longer, in characters: an IPv6 one with its zone.
_LONGEST: Final = 100


def sender_of(scope: Mapping[str, Any], proxies: tuple[str, ...]) -> tuple[str, bool]:
    """Return the address that a request comes from (an ASGI scope), and whether that is this machine itself."""
    forwarded: list[str] = []
    proxied = False
    for name, value in scope["headers"]:
        if name == b"x-forwarded-for" and proxies:
            last = value.decode("latin-1").rsplit(",", _HOPS)[-_HOPS:]
            forwarded = [*forwarded, *(part.strip()[:_LONGEST] for part in last)][-_HOPS:]
        proxied = proxied or name in (b"x-forwarded-for", b"forwarded")
    peer = str((scope.get("client") or (_UNKNOWN,))[0])
    client = client_of(peer, tuple(forwarded), proxies)
    # A proxy on this machine passes strangers on, so its requests only count as local without its mark.
    return client, is_loopback(client) and (not proxied or client != peer)


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
