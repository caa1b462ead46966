"""A document of twelve lines becomes nine claims: few commands, few lines, all faults at the first run of ``check``.

It was measured before: ten commands, four runs of ``check`` with 106 errors, 38 lines for each claim. The document is
made up, and so is its practice. The commands are run as a person runs them, in a folder of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: What somebody may write wrongly → the rule that has to find it, at the first run.
SLIPS = {
    '"2: every office shut"': ('"2 every office shut"', "claim-lines"),
    '"3: often by chance"': ('"3: often by luck"', "anchor-missing"),
    "cr:theme theme:participation ;\n        cr:targetGroup": (
        "cr:theme theme:participations ;\n        cr:targetGroup", "dangling-reference",
    ),
    '"840"^^': ('"841"^^', "printed-number"),
    "cr:partner organisation": ("cr:partners organisation", "undeclared-property"),
    "What they may ask for reaches them too late.": (
        "They learn of their rights late, and often by chance.", "copied-text",
    ),
    "a cr:Body": ("a cr:Figure", "Figure#kind-branch SPARQLConstraintComponent"),
}  # fmt: skip


def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    told = {name: value for name, value in os.environ.items() if name != "CITYRIGHTS_HOME"}
    environment = told | {"XDG_CACHE_HOME": str(folder.parent / "cache")}
    command = [str(Path(sys.executable).with_name("cityrights")), *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def found(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode in (0, 1), done.stderr
    return [finding for finding in json.loads(done.stdout)["findings"] if finding["severity"] == "error"]


def test_six_commands_and_twelve_lines_a_claim_and_each_fault_at_the_first_run(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    document = documents / "night-desk.txt"
    document.write_bytes((HERE / "night-desk.txt").read_bytes())
    assert len(document.read_text("utf-8").splitlines()) == 12
    made = call(tmp_path, "new", "net", "--base", "https://data.example.org/", "--name", "River cities",
                "--languages", "en,fr,pt", "--licence", "CC-BY-4.0")  # fmt: skip
    assert made.returncode == 0, made.stderr
    home = tmp_path / "net"
    commands: list[subprocess.CompletedProcess[str]] = []

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        commands.append(call(home, *words))
        return commands[-1]

    told = run("source", "add", "night-desk", "--title", "A night desk", "--file", str(document), "--language", "en",
               "--date", "2025", "--licence", "CC-BY-4.0")  # fmt: skip
    assert told.returncode == 0, told.stderr
    told = run("city", "add", "Zutphen", "--country", "Nederland", "--government")
    assert told.returncode == 0, told.stderr

    good = (HERE / "night-desk.trig").read_text("utf-8")
    written = [line for line in good.splitlines() if line.strip() and not line.startswith("@prefix")]
    claims = good.count("a cr:Claim")
    assert claims == 9
    assert len(written) <= 12 * claims, "with its decision and all labels"
    wrong = good
    for right, (slip, _) in SLIPS.items():
        assert wrong.count(right) >= 1, right
        wrong = wrong.replace(right, slip, 1)
    claims_file = home / "data" / "sources" / "night-desk" / "desk.trig"
    claims_file.write_text(wrong, "utf-8")
    first = found(run("check", "--sources", str(documents), "--json"))
    assert {rule for _, rule in SLIPS.values()} <= {finding["rule"] for finding in first}
    every = "\n".join(f"{finding['where']} {finding['rule']}: {finding['message']}" for finding in first)
    assert len(first) <= len(SLIPS) + 1, f"one fault is one finding\n{every}"
    assert all(":" in finding["where"].rpartition("/")[2] and finding["repair"] for finding in first), every

    claims_file.write_text(good, "utf-8")
    second = run("check", "--sources", str(documents), "--json")
    assert found(second) == []
    assert second.returncode == 0
    published = run("publish", "--sources", str(documents))
    assert published.returncode == 0, published.stderr + published.stdout
    assert len(commands) <= 6
    asked = call(home, "query", "SELECT ?s ?text { ?c a cr:Claim ; cr:subject ?s ; cr:text ?text }", "--format", "csv")
    assert asked.stdout.count("https://data.example.org/id/practice/night-desk") >= 5, asked.stdout + asked.stderr
