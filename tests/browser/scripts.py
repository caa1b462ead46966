"""The site's scripts, called as they are, without a browser: bundled once and run by the Node.js of the lock."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.gate.clients.programs import node
from tests.support import HANG, ROOT

FRONTEND = ROOT / "webapp" / "frontend"
_DRIVER = """
import * as scripts from "./scripts.mjs";
let text = "";
for await (const piece of process.stdin) text += piece;
const plain = (_, value) =>
  value instanceof Map ? Object.fromEntries(value) : value instanceof Set ? [...value] : (value ?? null);
console.log(JSON.stringify(JSON.parse(text).map(([name, ...given]) => scripts[name](...given)), plain));
"""
#: Calls functions of the scripts, ``call([name, *arguments], …)``, and returns what each returns.
Call = Callable[..., list[Any]]


@pytest.fixture(scope="session")
def call(tmp_path_factory: pytest.TempPathFactory) -> Call:
    """Call functions of the query page's scripts."""
    folder = tmp_path_factory.mktemp("scripts")
    entry = folder / "entry.ts"
    scripts = FRONTEND / "src" / "workbench"
    entry.write_text(
        f'import {{ read }} from "{scripts}/context";\n'
        f'import {{ shorten }} from "{scripts}/prefixes";\n'
        f'import {{ spoken }} from "{scripts}/tokens";\n'
        f'export {{ format }} from "{scripts}/format";\n'
        f'export {{ declaration }} from "{scripts}/prefixes";\n'
        f'export {{ tokens }} from "{scripts}/tokens";\n'
        "type Names = Record<string, string>;\n"
        "export const context = (text: string, known: Names) => read(spoken(text), known);\n"
        "export const shortened = (iri: string, own: Names, known: Names) =>\n"
        "  shorten(iri, new Map(Object.entries(own)), known);\n"
    )
    esbuild = FRONTEND / "node_modules" / "esbuild" / "bin" / "esbuild"
    bundle: list[str | Path] = [node(), esbuild, entry, "--bundle", "--format=esm"]
    subprocess.run([*bundle, f"--outfile={folder / 'scripts.mjs'}", "--log-level=error"], check=True, timeout=HANG)
    (folder / "driver.mjs").write_text(_DRIVER)

    def run(*calls: list[Any]) -> list[Any]:
        done = subprocess.run(
            [node(), Path(folder / "driver.mjs")], input=json.dumps(calls).encode(), capture_output=True, timeout=HANG
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        answers: list[Any] = json.loads(done.stdout)
        return answers

    return run


def back(page: Page) -> None:
    """Go back as a reader does, and wait for the page before.

    The page is asked, not the browser: while the browser puts one page in another's place, its list of pages
    answers that there is no active one, now and then.
    """
    with page.expect_navigation():
        page.evaluate("history.back()")
