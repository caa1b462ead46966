"""What the person who runs the server decides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """The server's settings; sizes in bytes, times in seconds.

    ``public_url`` (no slash at its end) fixes the address that links use; without it they are relative.
    ``trusted_hosts`` says which Host headers are answered (421 for others); empty means any.
    """

    public_url: str = ""
    trusted_hosts: frozenset[str] = frozenset()
    query_seconds: float = 30.0
    max_url: int = 60_000
    max_header: int = 16_384
    max_path: int = 4_096
    max_body: int = 1_000_000
    receive_seconds: float = 20.0
    send_seconds: float = 30.0
    whole_answer: int = 1_048_576
    cached_pages: int = 64 * 1_048_576
