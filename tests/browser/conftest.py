"""The shipped site in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support import CHROMIUM, need
from tests.web.conftest import many, shipped, start

__all__ = ["many", "shipped", "start"]

#: Nothing in the background: what a page asks for is all that is asked for.
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it; for this folder only, since playwright keeps an event loop in the thread."""
    program = need(CHROMIUM)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(program), args=list(QUIET))
        yield chromium
        chromium.close()
