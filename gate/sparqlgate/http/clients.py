"""Whom a request is from, by the address of its sender and what proxies say of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

_UNKNOWN = "unknown"
#: So many of the last addresses in X-Forwarded-For are looked at: the proxies of ours that stand behind each other.
_HOPS: Final = 16
#: What proxies add to the requests that they pass on (RFC 7239, RFC 9110 §7.6.3, and by custom).
_PROXIES_ADD: Final = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)
#: No address is longer, in characters: an IPv6 one with its zone.
_LONGEST: Final = 100


def sender_of(scope: Mapping[str, Any], proxies: tuple[str, ...], *, public: bool = False) -> tuple[str, bool]:
    """Return the address that a request comes from (an ASGI scope), and whether that is this machine itself.

    A proxy on this machine passes strangers on, and one that is set up in haste does not say so. So a request is local
    only where nothing hints at a proxy: no field that proxies add, a Host that is this machine's own, and HTTP/1.1 or
    newer (nginx asks in HTTP/1.0 unless it is told otherwise); or where a trusted proxy says that it is. A service with
    an address of its own (``public``) of which no proxy is trusted cannot know: there, nobody is local.
    """
    forwarded: list[str] = []
    proxied = scope.get("http_version") in ("1", "1.0") or (public and not proxies)
    for name, value in scope["headers"]:
        if name == b"x-forwarded-for" and proxies:
            last = value.decode("latin-1").rsplit(",", _HOPS)[-_HOPS:]
            forwarded = [*forwarded, *(part.strip()[:_LONGEST] for part in last)][-_HOPS:]
        proxied = proxied or name in _PROXIES_ADD or (name == b"host" and not names_this_machine(value))
    peer = str((scope.get("client") or (_UNKNOWN,))[0])
    client = client_of(peer, tuple(forwarded), proxies)
    return client, is_loopback(client) and (not proxied or client != peer)


def names_this_machine(host: bytes) -> bool:
    """Say whether a Host field names the machine that it is sent to by an address or a name that only it has."""
    name, colon, port = host.rpartition(b":")
    if not colon or port.strip(b"0123456789"):
        name = host
    if name.lower() in (b"localhost", b"[::1]"):
        return True
    return name.startswith(b"127.") and name.replace(b".", b"").isdigit()


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
