"""What the person who runs a gate decides."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

#: Scheme, host and port, and maybe a path whose every octet stands for itself (RFC 3986 §3).
_PUBLIC: Final = re.compile(
    r"https?://(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*"
)


#: A path alone, of a service that stands below another one.
_BELOW: Final = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+")


def _check_base(address: str) -> str:
    """Return what links begin with: as check_public does, or a path alone."""
    if _BELOW.fullmatch(address) and not {".", ".."} & {*address.split("/")}:
        return address
    return check_public(address)


def check_public(address: str) -> str:
    """Return a public address without a slash at its end; nothing for none.

    Raises ValueError, with what to write, for what is no address that links can begin with.
    """
    address = address.rstrip("/")
    if not address or (_PUBLIC.fullmatch(address) and not {".", ".."} & {*address.split("/")}):
        return address
    if "://" not in address and _PUBLIC.fullmatch(f"https://{address}"):
        raise ValueError(f"'{address}' has no scheme; write https://{address}, or http:// where there is no TLS")
    raise ValueError(
        f"'{address[:200]}' is no address that links can begin with; write one like https://graph.city.example or "
        "https://city.example/rights: scheme, host, and at most a path, with nothing after it"
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a gate; sizes in bytes, times in seconds.

    ``public_url`` (no slash at its end) fixes the address that links use; without it they are relative. It may be a
    path alone, where the service stands below another one. Its path, if it has one, is the ``prefix`` that a proxy
    leaves before the paths of requests, or takes off.
    ``trusted_hosts`` says which Host headers are answered (421 for others); empty means any.

    Short queries have a process at once; of long ones ``workers`` compute and ``queue`` more wait. Each may take
    ``query_seconds``, ``query_memory`` and an answer of ``result_bytes``, all together ``total_memory`` (0: as much as
    ``workers`` of them). ``max_rows`` caps the rows of a table (0: no cap).

    Fair use: each client has ``fair_seconds`` of query time in ``fair_window`` seconds. ``fair_use`` is ``auto`` (for
    all but clients on this machine), ``on`` or ``off``. ``trusted_proxies`` are the addresses or networks whose
    X-Forwarded-For is believed.

    ``metrics`` says who may read /metrics: ``loopback``, ``all`` or ``off``. ``access_log`` writes one line for each
    request, ``log_queries`` puts the text of queries in it.

    ``connections`` is how many may be open (fewer where the system allows fewer descriptors); one without a request for
    ``idle_seconds`` is closed. When the server is told to end, what is being answered has ``stop_seconds`` more.

    ``allow_service`` are the exact addresses of the endpoints that SERVICE may name (empty: SERVICE is refused).
    """

    public_url: str = ""
    trusted_hosts: frozenset[str] = frozenset()
    workers: int = 2
    queue: int = 32
    query_seconds: float = 30.0
    query_memory: int = 1 << 30
    total_memory: int = 0
    result_bytes: int = 1 << 30
    max_rows: int = 0
    fair_use: Literal["auto", "on", "off"] = "auto"
    fair_seconds: float = 60.0
    fair_window: float = 60.0
    trusted_proxies: tuple[str, ...] = ()
    metrics: Literal["loopback", "all", "off"] = "loopback"
    access_log: bool = True
    log_queries: bool = False
    connections: int = 1024
    idle_seconds: float = 25.0
    stop_seconds: float = 6.0
    max_url: int = 60_000
    max_header: int = 16_384
    max_path: int = 4_096
    max_body: int = 1_000_000
    header_seconds: float = 20.0
    receive_seconds: float = 20.0
    send_seconds: float = 30.0
    whole_answer: int = 1_048_576
    cached_answers: int = 64 * 1_048_576
    allow_service: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if _check_base(self.public_url) != self.public_url:
            raise ValueError("public_url has no slash at its end")
        for network in self.trusted_proxies:
            ip_network(network, strict=False)
        if self.fair_seconds <= 0 or self.fair_window <= 0:
            raise ValueError("fair_seconds and fair_window must be more than 0")

    @property
    def prefix(self) -> str:
        """The path of the public address, such as ``/rights``; nothing where the service has a host of its own."""
        return urlsplit(self.public_url).path

    def changed(self, **options: Any) -> Self:
        """Return these settings with some changed; TypeError for what is none, ValueError for a bad value."""
        if "public_url" in options:
            options["public_url"] = _check_base(options["public_url"] or "")
        if "trusted_hosts" in options:
            options["trusted_hosts"] = frozenset(name.lower() for name in options["trusted_hosts"])
        for name in ("trusted_proxies", "allow_service"):
            if name in options:
                options[name] = tuple(options[name])
        return replace(self, **options)
