"""The shipped site, walked once for all tests of this folder."""

from __future__ import annotations

import pytest

from tests.servers import Server
from tests.sources import telling, told
from tests.whole.walk import Walk

__all__ = ["telling", "told", "walked"]


@pytest.fixture(scope="session")
def walked(shipped: Server) -> Walk:
    """Every page of the site in English, and one of each kind in the other languages."""
    return Walk(shipped.url).go()
