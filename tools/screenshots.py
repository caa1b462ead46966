"""Take the pictures of docs/screenshots: a handful of pages at desk and telephone width, in light and dark.

Builds the snapshot when it is due, serves it on a free port and ends the server. Needs Chromium (tools/provide.py).
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
DESK, TELEPHONE = (1280, 800), (390, 844)
#: Name of the picture, path, size of the window, colour scheme, what the top of the window is moved to.
PICTURES = (
    ("home", "/", DESK, "light", ""),
    ("home-dark", "/", DESK, "dark", ""),
    ("home-phone", "/", TELEPHONE, "light", ""),
    ("map", "/", DESK, "light", "#where"),
    ("map-dark-phone", "/", TELEPHONE, "dark", "#where"),
    ("practices", "/practices", DESK, "light", ""),
    ("practice", "/page/practice/utrecht-plan-einstein", DESK, "light", ""),
    ("practice-dark-phone", "/page/practice/utrecht-plan-einstein", TELEPHONE, "dark", ""),
    ("city", "/page/city/utrecht", DESK, "light", ""),
)  # fmt: skip
#: What all pictures may take together, in bytes.
MOST = 1_500_000


def main() -> int:
    """Take every picture anew; return the exit code."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        return fail("Chromium is missing; run: python tools/provide.py")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("cityrights")), "serve", "--port", str(port), "--no-access-log"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        if not up(server, f"{address}/health"):
            return fail("the site does not start (see above)")
        TARGET.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            size = sum(take(browser, address, *picture) for picture in PICTURES)
            browser.close()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    print(f"{len(PICTURES)} pictures, {size:,} bytes, in {TARGET.relative_to(ROOT)}")
    return 0 if size < MOST else fail(f"the pictures take more than {MOST:,} bytes together")


def up(server: subprocess.Popen[bytes], address: str, seconds: float = 120) -> bool:
    """Wait until the server answers; False when it ends or takes too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def take(browser: Browser, address: str, name: str, path: str, size: tuple[int, int], scheme: str, at: str) -> int:
    """Take one picture; return its size in bytes."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address + path)
    if at:
        page.locator(at).evaluate("element => element.scrollIntoView()")
        page.locator(".leaflet-marker-icon").first.wait_for()
    page.wait_for_load_state("networkidle")
    file = TARGET / f"{name}.png"
    page.screenshot(path=file, animations="disabled")
    context.close()
    return file.stat().st_size


def fail(reason: str) -> int:
    """Print ``reason`` to standard error and return exit code 1."""
    print(f"cityrights: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
