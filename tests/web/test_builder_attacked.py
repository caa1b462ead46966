"""The builder when its parameters are numbered as no form numbers them, and when many ask at once."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.servers import Server

#: Numbers that Python reads, or nearly: digits of other scripts, raised ones, more than it turns into a number.
NUMBERS = ("\u00b2", "\u0663", "9" * 4_500, "0", "-1", "1_0", "", "100")


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", ["where", "how", "value", "from", "to", "then", "remove"])
def test_a_parameter_with_an_odd_number_is_passed_over(shipped: Server, name: str, number: str) -> None:
    given = {"find": "practice", "where1": "place", f"{name}{number}": "x", "remove": number[:9]}
    answer = shipped.get(f"/ask?{urlencode(given)}", "text/html")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/ask?find=practice&where1=place")
