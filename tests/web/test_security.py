"""What every answer tells browsers, and what of it depends on where the site runs."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cityrights_web.settings import NETWORK_STYLE, Settings
from tests.servers import Server
from tests.support import ROOT

TILES = "https://tiles.example.org/{z}/{x}/{y}.png"


def sources(server: Server, directive: str, path: str = "/") -> list[str]:
    policy = server.get(path, "text/html").headers["content-security-policy"]
    parts = {name: values for name, *values in (part.split() for part in policy.split(";"))}
    return parts[directive]


def test_maps_and_pages_ask_nobody_else_by_default(server: Server) -> None:
    assert sources(server, "img-src") == ["'self'", "data:"]
    assert sources(server, "connect-src") == ["'self'"]
    assert sources(server, "script-src") == ["'self'"]
    assert "data-tiles" not in server.get("/", "text/html").text


def test_a_layer_of_tiles_lets_its_one_host_in_and_is_named_by_the_map(
    start: Callable[..., Server], fixture_snapshot: Path
) -> None:
    tiled = start(fixture_snapshot, map_tiles=TILES, map_credit="<Someone> & co")
    for path in ("/", "/nothing", "/sparql"):
        assert sources(tiled, "img-src", path) == ["'self'", "data:", "https://tiles.example.org"]
        assert sources(tiled, "script-src", path) == ["'self'"]
    page = tiled.get("/", "text/html").text
    assert f'data-tiles="{TILES}"' in page
    assert 'data-credit="&lt;Someone&gt; &amp; co"' in page


@pytest.mark.parametrize(
    "address",
    [
        "tiles.example.org/{z}/{x}/{y}", "https://tiles.example.org/{z}/{x}.png", "ftp://a.example/{z}/{x}/{y}",
        "https://a.example; script-src *//{z}/{x}/{y}", "https://{s}.example.org/{z}/{x}/{y}.png", "https:///{z}/{x}/{y}",
        "https://a.example/{z}/{x}/{y} https://b.example",
    ],
)  # fmt: skip
def test_an_address_of_tiles_that_could_let_more_in_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="map_tiles"):
        Settings(map_tiles=address)


def test_tls_is_kept_to_where_the_public_address_has_it(start: Callable[..., Server], fixture_snapshot: Path) -> None:
    secure = start(fixture_snapshot, public_url="https://rights.example.org/")
    for path in ("/", "/health", "/nothing"):
        kept = secure.get(path).headers["strict-transport-security"]
        assert int(re.findall(r"max-age=(\d+)", kept)[0]) >= 31_536_000


def test_without_tls_nothing_is_promised(server: Server) -> None:
    assert "strict-transport-security" not in server.get("/").headers


def test_the_one_inline_style_is_the_one_that_the_network_library_puts_in() -> None:
    text = (ROOT / "webapp/frontend/node_modules/cytoscape/dist/cytoscape.esm.mjs").read_text("utf-8")
    rule = re.findall(r"stylesheet\.textContent = '\.' \+ className \+ '(.*?)';", text)
    name = re.findall(r"var className = '(\w+)';", text)
    assert (len(rule), len(name)) == (1, 1), "Cytoscape.js puts in its style in another way: look at it anew"
    digest = base64.b64encode(hashlib.sha256(f".{name[0]}{rule[0]}".encode()).digest()).decode()
    assert f"sha256-{digest}" == NETWORK_STYLE
