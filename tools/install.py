"""Create or refresh ``.venv`` from a hash-pinned lock; called by the Makefile with ``base`` or ``all``.

Runs on the system's Python before anything is installed, so it uses the standard library only. It says what it does
and, when something is missing, what provides it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)


def main(kind: str) -> int:
    """Install the lock of ``kind`` and the project itself, editable; return the exit code."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        return fail(f"Python {found} is too old: 3.11 or newer is needed. Name one with: make PYTHON=python3.12 …")
    python = VENV / "bin" / "python"
    if not python.exists():
        print("creating .venv …", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        try:
            venv.create(VENV, with_pip=True)
        except (subprocess.CalledProcessError, ImportError) as error:
            return fail(f"the virtual environment could not be made ({error}); on Debian: apt-get install python3-venv")
    lock = ROOT / "requirements" / f"{kind}.lock"
    print(f"installing {count(lock)} packages of requirements/{kind}.lock, checked by hash …", flush=True)
    if not any(install(installer, lock) for installer in installers(python)):
        return fail("pip could not install (see above); with no network, a wheelhouse works: PIP_FIND_LINKS=DIR")
    for name in ("base", "all")[: 1 + (kind == "all")]:
        (VENV / f".{name}").touch()
    return 0


def installers(python: Path) -> list[list[str]]:
    """Return the commands that can install, the quickest first: uv where there is one, and pip.

    Neither compiles what it installs: most of it is never imported, and Python compiles the rest when it is.
    """
    found = [[str(python), "-m", "pip", "install", "--quiet", "--no-input", "--no-compile"]]
    uv = shutil.which("uv")
    if uv is not None:
        found.insert(0, [uv, "pip", "install", "--quiet", "--python", str(python)])
    return found


def install(installer: list[str], lock: Path) -> bool:
    """Install what a lock pins and the project itself, editable; say whether it went well.

    uv may know of other indexes than pip does, so what it cannot do is left to pip.
    """
    steps = (
        ["--require-hashes", "--requirement", str(lock)],
        ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    )
    return all(subprocess.run([*installer, *step], check=False).returncode == 0 for step in steps)


def count(lock: Path) -> int:
    """Return how many packages a lock file pins."""
    return sum("==" in line for line in lock.read_text("utf-8").splitlines())


def fail(reason: str) -> int:
    """Print ``reason`` to standard error and return exit code 1."""
    print(f"cityrights: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
