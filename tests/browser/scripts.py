"""The site's scripts: called as they are, by the Node.js of the lock, and waited for in pages that they work on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Request

from tests.gate.clients.programs import node
from tests.support import HANG, ROOT, until

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
        try:
            page.evaluate("history.back()")
        except Error as error:  # the page can be gone before it has answered
            if "Execution context was destroyed" not in error.message:
                raise


def after(page: Page, milliseconds: int) -> None:
    """Wait until a timer of the page has run: shorter ones that were begun before have run by then, on any machine."""
    page.evaluate("time => new Promise(done => setTimeout(done, time))", milliseconds)


#: Context → the requests of its pages that are under way.
_UNDER_WAY: Final[WeakKeyDictionary[BrowserContext, set[Request]]] = WeakKeyDictionary()
#: Two frames: the first is drawn with what a script has just done, and what comes near the window is asked for by then.
_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


def note_requests(context: BrowserContext) -> None:
    """Keep count of what the pages of a context ask for, from now on."""
    asked: set[Request] = _UNDER_WAY.setdefault(context, set())
    context.on("request", lambda request: asked.add(request))
    context.on("requestfinished", lambda request: asked.discard(request))
    context.on("requestfailed", lambda request: asked.discard(request))


def idle(page: Page) -> None:
    """Wait until a page has all that it asks for by itself, and has drawn it: nothing is under way twice in a row.

    A browser calls a page idle when it has been silent for half a second, which on a machine that is busy may be too
    early, and on any other is half a second too late.
    """
    page.wait_for_load_state()
    asked = _UNDER_WAY[page.context]

    def rests() -> bool:
        for _ in range(2):
            page.evaluate(_FRAMES)
            if asked:
                return False
        return True

    until(rests, "the page asks for nothing more")
