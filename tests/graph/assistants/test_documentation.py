"""What docs/assistants.md says is so: its settings start a server, and its table has every tool."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

from mcp import StdioServerParameters, stdio_client

from cityrights.snapshot import Snapshot
from tests.graph.assistants.conftest import Served, connected
from tests.graph.assistants.test_tools import TOOLS, told
from tests.support import ROOT

PAGE = (ROOT / "docs" / "assistants.md").read_text("utf-8")
SETTINGS = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]


def test_the_table_has_every_tool() -> None:
    table, _, _ = PAGE.partition("| tool | what it answers |\n")[2].partition("\n\n")
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == TOOLS


def test_the_settings_start_a_server(snapshot: Snapshot, tmp_path: Path) -> None:
    entry = SETTINGS[0]["mcpServers"]["cityrights"]
    command = str(Path(sys.executable).with_name(entry["command"]))
    kept = {name: value for name, value in os.environ.items() if name.startswith("CITYRIGHTS_")}
    environment = {**kept, "CITYRIGHTS_SNAPSHOTS": str(snapshot.path.parent)}
    parameters = StdioServerParameters(command=command, args=entry["args"], env=environment)
    with (
        (tmp_path / "errors").open("w") as errors,
        connected(stdio_client(parameters, errlog=errors), "auto") as assistant,
    ):
        assert told(assistant.call("describe", thing="city/utrecht"))["version"] == snapshot.version


def test_the_settings_for_an_address_name_the_default_port(served: Served) -> None:
    url = SETTINGS[1]["mcpServers"]["cityrights"]["url"]
    assert url == served.url.replace(str(served.port), "8001")
