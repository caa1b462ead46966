"""The shipped site in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tools import frontend

from tests.browser.scripts import call, note_requests
from tests.support import CHROMIUM, HANG, need

__all__ = ["call"]

#: In milliseconds.
_HANG = HANG * 1000
#: Nothing in the background: what a page asks for is all that is asked for.
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it; for this folder only, since playwright keeps an event loop in the thread."""
    program = need(CHROMIUM)
    assert not frontend.due(), "the bundles are older than what they are made of: run make frontend"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(program), args=list(QUIET), timeout=_HANG)
        expect.set_options(timeout=_HANG)
        with pytest.MonkeyPatch.context() as patch:
            for name in ("new_context", "new_page"):
                patch.setattr(chromium, name, _patient(getattr(chromium, name)))
            yield chromium
        chromium.close()


def _patient(make: Callable[..., BrowserContext | Page]) -> Callable[..., BrowserContext | Page]:
    """Let what is made wait for events as long as it takes, where the library would give up, and note what it asks."""

    def made(**options: Any) -> BrowserContext | Page:
        found = make(**options)
        found.set_default_timeout(_HANG)
        note_requests(found if isinstance(found, BrowserContext) else found.context)
        return found

    return made
