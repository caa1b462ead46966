"""Everything that goes out with the site goes out with the full text of its licence."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.servers import Server

#: What takes part in bundling and is not sent itself.
_TOOLS = {"topojson-simplify", "commander"}


def test_the_full_licence_of_every_bundled_package_is_served_and_linked(server: Server, root: Path) -> None:
    addresses = {
        address
        for path in ("/about", "/fr/about", "/es/about", "/")
        for address in re.findall(r'href="(/static/dist/licences-[^"]+)"', server.get(path, "text/html").text)
    }
    assert len(addresses) == 1
    answer = server.get(addresses.pop())
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert (root / "LICENSE").read_text("utf-8").strip() in answer.text
    assert "Natural Earth" in answer.text
    frontend = root / "webapp" / "frontend"
    packages = json.loads((frontend / "package-lock.json").read_text("utf-8"))["packages"]
    sent = [path for path, about in packages.items() if path and not about.get("dev")]
    sent = [path for path in sent if path.removeprefix("node_modules/") not in _TOOLS]
    assert len(sent) > 20
    for path in sent:
        texts = [file for file in (frontend / path).iterdir() if re.search("licen[cs]e", file.name, re.IGNORECASE)]
        assert texts, f"{path} has no text of its licence"
        for file in texts:
            if file.suffix in ("", ".txt", ".md"):
                assert file.read_text("utf-8").strip() in answer.text, f"{path} is sent without {file.name}"


def test_the_about_page_itself_links_it_where_it_speaks_of_licences(server: Server) -> None:
    use = server.get("/about", "text/html").text.partition('<section aria-labelledby="use">')[2].partition("</section>")
    assert "/static/dist/licences-" in use[0]
