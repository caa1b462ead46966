"""Take the pictures of docs/screenshots: a handful of pages at desk and telephone width, in light and dark.

Builds the snapshot when it is due, serves it on a free port and ends the server. Needs Chromium (tools/provide.py).
"""

from __future__ import annotations

import base64
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from playwright.sync_api import Browser, sync_playwright
from tools.provide import BROWSERS
from tools.serving import serving

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
DESK, TELEPHONE = (1280, 800), (390, 844)


@dataclass(frozen=True)
class Picture:
    """One picture: what the top of the window is moved to (``at``), what is opened, and what must be there before."""

    name: str
    path: str
    size: tuple[int, int] = DESK
    scheme: Literal["light", "dark"] = "light"
    at: str = ""
    open: str = ""
    wait: str = ""


#: What the picture of the workbench asks, and what is chosen in that of the builder.
QUERY = """# view: map ?place ?practices
PREFIX cr: <https://w3id.org/cityrights/ontology#>
SELECT ?place (COUNT(?practice) AS ?practices) WHERE {
  ?practice a cr:Practice ; cr:place ?place .
}
GROUP BY ?place
"""
CHOSEN = "find=practice&where1=targetGroup&value1=target:migrants&where2=place.within&value2=region:europe&show=place"

#: The pictures; a new one is a line here.
PICTURES = (
    Picture("home", "/"),
    Picture("home-dark", "/", scheme="dark"),
    Picture("home-phone", "/", TELEPHONE),
    Picture("map", "/", at="#where", wait=".leaflet-marker-icon"),
    Picture("map-dark-phone", "/", TELEPHONE, "dark", at="#where", wait=".leaflet-marker-icon"),
    Picture("practices", "/practices?theme=equality"),
    Picture("practices-phone", "/fr/practices?theme=equality", TELEPHONE),
    Picture("practice", "/page/practice/torino-antiracism-common-good"),
    Picture("practice-dark-phone", "/page/practice/utrecht-plan-einstein", TELEPHONE, "dark"),
    Picture("practice-phone", "/page/practice/torino-antiracism-common-good", TELEPHONE),
    Picture("evidence", "/page/practice/torino-antiracism-common-good", at=".card-told", open=".card-did .card-mark"),
    Picture("city", "/page/city/utrecht"),
    Picture("city-phone", "/page/city/utrecht", TELEPHONE),
    Picture("connections", "/connections", at="#s-told", wait=".tie-dot"),
    Picture("connection-dark", "/connections/sao-paulo/grenoble", scheme="dark"),
    Picture("compare", "/es/compare?city=utrecht&city=lyon", at="#s-practices"),
    Picture("coverage-phone", "/coverage", TELEPHONE),
    Picture("search", "/search?q=racism"),
    Picture("search-phone", "/search?q=racism", TELEPHONE),
    Picture("workbench", "/sparql?" + urlencode({"query": QUERY}), wait=".cm-content"),
    Picture("builder-phone", f"/es/ask?{CHOSEN}", TELEPHONE),
)
#: What all pictures may take together, in bytes, and how fine each is (WebP, of 100).
MOST, QUALITY = 1_500_000, 82


def main() -> int:
    """Take every picture anew; return the exit code."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        return fail("Chromium is missing; run: python tools/provide.py")
    TARGET.mkdir(parents=True, exist_ok=True)
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        size = sum(take(browser, address, picture) for picture in PICTURES)
        browser.close()
    print(f"{len(PICTURES)} pictures, {size:,} bytes, in {TARGET.relative_to(ROOT)}")
    return 0 if size < MOST else fail(f"the pictures take more than {MOST:,} bytes together")


def take(browser: Browser, address: str, picture: Picture) -> int:
    """Take one picture as WebP, which playwright itself does not write; return its size in bytes."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=picture.scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(address + picture.path)
    if picture.open:
        page.locator(picture.open).first.evaluate("element => { element.open = true }")
    if picture.at:
        page.locator(picture.at).first.evaluate("element => element.scrollIntoView()")
    if picture.wait:
        page.locator(picture.wait).first.wait_for()
    page.wait_for_load_state("networkidle")
    taken = context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    file = TARGET / f"{picture.name}.webp"
    file.write_bytes(base64.b64decode(taken["data"]))
    context.close()
    return file.stat().st_size


def fail(reason: str) -> int:
    """Print ``reason`` to standard error and return exit code 1."""
    print(f"cityrights: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
