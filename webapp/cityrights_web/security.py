"""What browsers are told to refuse (CSP, permissions, TLS), and the limits of the parameters of a request."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from cityrights_web.settings import Settings
from cityrights_web.urls import language_of, split_language
from cityrights_web.words import CATALOGUE
from sparqlgate.http.fields import MOST
from sparqlgate.http.messages import Request, always
from sparqlgate.http.problems import Problem, bad_request

#: The one inline style that is let through, by its hash: the rule that Cytoscape.js puts into a page with a network.
NETWORK_STYLE: Final = "sha256-pgvDUBa4IjFA2yuSJ2cqcyxmNYJMborsd0ORcRv9vw8="

#: What browsers can do and no page here needs. Only names that browsers know: others are warned of in the console.
_REFUSED: Final = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "display-capture", "encrypted-media",
    "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone",
    "midi", "payment", "picture-in-picture", "publickey-credentials-create", "publickey-credentials-get",
    "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
#: Two years, as lists of sites that are asked by TLS only want it.
_TLS_SECONDS: Final = 63_072_000


def policy(*, images: str = "", framed: bool = False) -> str:
    """Return the content security policy (CSP 3): our own files only, and pictures from the origin ``images``.

    No page of others may frame ours, unless it is ``framed``.
    """
    ancestors = "*" if framed else "'none'"
    pictures = " ".join(["'self'", "data:", *([images] if images else [])])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' '{NETWORK_STYLE}'; img-src {pictures}; "
        f"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )


#: The policy of a page that anybody may frame.
FRAMED: Final = ("content-security-policy", policy(framed=True))


#: Sent with everything, wherever the site runs.
SECURITY: Final[tuple[tuple[str, str], ...]] = (
    ("content-security-policy", policy()),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("permissions-policy", ", ".join(f"{name}=()" for name in _REFUSED)),
    ("cross-origin-opener-policy", "same-origin"),
)


def set_default_headers() -> None:
    """Have every answer of this process refuse these, and every problem name the page that explains it."""
    always(SECURITY)
    Problem.types = "/about#problem-"


class SiteHeaders:
    """The headers that depend on where the site runs.

    Behind TLS (the public address is https) browsers are told to stay with it (RFC 6797); a layer of tiles for maps
    lets pictures in from the one host that gives them.
    """

    def __init__(self, settings: Settings) -> None:
        self._own: list[tuple[bytes, bytes]] = []
        self._policies: dict[bytes, bytes] = {}
        if settings.public_url.startswith("https://"):
            self._own.append((b"strict-transport-security", f"max-age={_TLS_SECONDS}".encode()))
        if settings.map_tiles:
            parts = urlsplit(settings.map_tiles)
            host = f"{parts.scheme}://{parts.netloc}"
            for framed in (False, True):
                self._policies[policy(framed=framed).encode()] = policy(images=host, framed=framed).encode()

    def headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return the headers of an answer with these; the list that is given stays as it is."""
        if not self._policies:
            return [*given, *self._own]
        return [*((name, self._policies.get(value, value)) for name, value in given), *self._own]


#: The longest parameter of a page, in bytes as it is sent, where a character may be twelve: name and value together.
LONGEST: Final = 16_000
#: The longest form that a page is sent, in bytes: names of a table that are to be found.
LONGEST_FORM: Final = 300_000
#: Parameters that hold as much as an address or a form may, and are bounded by whoever reads them.
_WHOLE: Final = ("queries=",)


def check_page(request: Request, form: str = "") -> None:
    """Refuse a page's address, with the form that was sent to it, that has too many parameters, or too long ones.

    Raises a 400 that says the bound, in the language of the path or the one that the client accepts.
    """
    parts = "&".join(filter(None, (request.query, form))).split("&")
    if len(parts) > MOST:
        raise _refused(request, "many_parameters", MOST)
    for part in parts:
        if len(part) > LONGEST and not part.startswith(_WHOLE):
            raise _refused(request, "long_parameter", LONGEST)


def _refused(request: Request, fault: str, most: int) -> Exception:
    path = split_language(request.path)[1]
    language = language_of(request.path, request.query, request.headers.get("accept-language"))
    words = CATALOGUE[language]
    # Who puts a question together never sees its address: they are told what to do.
    detail = words.builder.too_long if path == "/ask" else getattr(words.faults, fault).format(n=most)
    return bad_request(detail, language=language, maximum=most)
