"""The shipped site, walked once for all tests of this folder."""

from __future__ import annotations

import pytest

from tests.web.conftest import Server, shipped, start
from tests.whole.walk import Walk

__all__ = ["shipped", "start"]


@pytest.fixture(scope="session")
def walked(shipped: Server) -> Walk:
    """Every page of the site in English, and one of each kind in the other languages."""
    return Walk(shipped.url).go()
