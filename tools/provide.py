"""Install the programs that tests use and that no Python package brings, through apt when this runs as root.

What stays missing is named with the command that provides it; the tests that need it are then listed as NOT RUN.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

#: Program → Debian package.
PROGRAMS = {"chromium": "chromium"}


def main() -> int:
    """Install what is missing; always return 0, because the test run itself reports what it could not run."""
    missing = {program: package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    if not missing:
        return 0
    apt = shutil.which("apt-get")
    command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *sorted(missing.values())]
    if apt is None or os.geteuid() != 0:
        print(f"not installed: {', '.join(missing)}. As root: {' '.join(command)}", file=sys.stderr)
        return 0
    print(f"installing {', '.join(sorted(missing.values()))} through apt …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update", "--quiet"], command):
        done = subprocess.run(step, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            sys.stderr.write(done.stdout.decode(errors="replace")[-2000:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
