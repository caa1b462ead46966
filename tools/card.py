"""Draw the picture that stands for the site where a page of it is shared: its mark and its name, 1200 by 630 pixels.

Both stand in the middle, so that they are whole where only a square of it is shown. Writes
webapp/cityrights_web/static/card.png, which is committed. Needs Chromium (tools/provide.py).
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from tools.provide import BROWSERS

STATIC = Path(__file__).resolve().parent.parent / "webapp" / "cityrights_web" / "static"
WIDTH, HEIGHT = 1200, 630
#: The colour of the mark's ground.
GROUND = "#0b5f5a"
#: What the picture may take, in bytes.
MOST = 60_000


def page(mark: str) -> str:
    """Return the page that is photographed; ``mark`` is the mark as SVG."""
    return f"""<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; width: {WIDTH}px; height: {HEIGHT}px; background: {GROUND}; color: #fff;
  display: flex; flex-direction: column; align-items: center; justify-content: center;
  font: 600 96px/1 "DejaVu Sans", system-ui, sans-serif; }}
svg {{ width: 330px; height: 330px; }}
span {{ padding-bottom: 40px; }}
</style>{mark}<span>cityrights</span>"""


def main() -> int:
    """Draw it; return the exit code."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        print("Chromium is missing; run: python tools/provide.py", file=sys.stderr)
        return 1
    mark = (STATIC / "icon.svg").read_text("utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        view = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        view.set_content(page(mark))
        body = view.screenshot()
        browser.close()
    if len(body) > MOST:
        print(f"the picture takes {len(body)} bytes, more than {MOST}", file=sys.stderr)
        return 1
    (STATIC / "card.png").write_bytes(body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
