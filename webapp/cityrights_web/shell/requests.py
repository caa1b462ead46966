"""From an ASGI scope to a request that can be trusted: host, sizes, one spelling of the path."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from cityrights_web.problems import Problem, bad_request
from cityrights_web.settings import Settings
from cityrights_web.shell.messages import Receive, Request, Scope
from cityrights_web.urls import BadPath, decode_path, encode_path

#: Host and port (RFC 9110, section 7.2), in the characters that names of hosts have: links and programs repeat it.
_HOST = re.compile(r"(?:[A-Za-z0-9._~%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_OUTSIDE = re.compile(r"[^\x21-\x7e]")
_MANNERS = ("accept", "accept-language", "accept-encoding", "if-none-match")


def read_request(scope: Scope, receive: Receive, settings: Settings) -> Request:
    """Check a request and return it. Raises Problem: 400, 414, 421 or 431, and 308 to the one spelling of the path."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    if any(len(value) > settings.max_header for value in headers.values()):
        raise Problem(431, "headers-too-large", f"A header is longer than {settings.max_header:,} bytes.")
    raw = (scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")).decode("latin-1")
    raw = raw.partition("?")[0]
    if not names_host(scope):
        raise bad_request("The request must name the host that it is for, once: send one Host field.")
    authority = headers.get("host", "")
    if not raw.startswith("/"):
        target = urlsplit(raw)
        authority, raw = target.netloc or authority, target.path or "/"
    for named in {headers.get("host", ""), authority}:
        if _HOST.fullmatch(named) is None:
            raise bad_request("What the request names as its host is not the name or the address of one.")
    if settings.trusted_hosts and not _trusted(authority, settings.trusted_hosts):
        raise Problem(421, "wrong-host", "This server does not answer for the host that the request names.")
    query = scope["query_string"].decode("latin-1")
    if len(raw) > settings.max_path:
        raise Problem(414, "too-long", f"The path is longer than {settings.max_path:,} bytes.")
    if len(query) > settings.max_url:
        raise Problem(
            414, "too-long", f"The address is longer than {settings.max_url:,} bytes; send the query by POST."
        )
    query = _OUTSIDE.sub(lambda match: f"%{ord(match[0]):02X}", query)
    try:
        path = decode_path(raw if raw.isascii() else "".join(c if c.isascii() else f"%{ord(c):02X}" for c in raw))
    except BadPath as error:
        raise bad_request(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    return Request(scope["method"], path, raw, query, headers, scope["http_version"], receive, scope)


def names_host(scope: Scope) -> bool:
    """Say whether a request names its host, and once; in HTTP/1.0 it need not (RFC 9112 §3.2, RFC 9113 §8.3.1).

    An empty name is none: the server gives one to requests without the field, and http: has no empty host.
    """
    named = [value for name, value in scope["headers"] if name == b"host"]
    return len(named) == 1 and (named[0] != b"" or scope["http_version"] in ("1", "1.0"))


def unread_request(scope: Scope, receive: Receive) -> Request:
    """Return what can be said of a request that was refused before it was read: enough to answer it in its manners."""
    known = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    headers = {name: known[name][:1000] for name in _MANNERS if name in known}
    path = str(scope["path"])[:1000]
    return Request(scope["method"], path, path, "", headers, scope["http_version"], receive, scope)


def spelling(request: Request) -> str | None:
    """Return the canonical spelling of the request's path when it came in another one."""
    canonical = encode_path(request.path)
    return canonical if canonical != request.raw_path else None


def _trusted(authority: str, hosts: frozenset[str]) -> bool:
    name = authority.lower()
    return name in hosts or re.sub(r":\d+$", "", name) in hosts
