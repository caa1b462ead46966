"""What it costs to begin, in seconds of processor time: imports, commands, a check, a build, and the wheel installed.

The second run of three is told, so that what the system reads from its disk for the first time is left out. The wheel
is installed into a new environment from files that pip has downloaded before; where no index can be reached, that is
said.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from bench.cost import run, target
from cityrights.home import home

_COMMAND = (sys.executable, "-c", "from cityrights.cli import main; main()")
_SECONDS = "s of processor time"
_AGAIN = 3


def main() -> None:
    """Print each, with whether its target is reached."""
    print("to begin")
    with tempfile.TemporaryDirectory(prefix="cityrights-bench-") as folder:
        for what, command, wanted in (
            ("import cityrights", (sys.executable, "-c", "import cityrights"), 0.3),
            ("cityrights --help", (*_COMMAND, "--help"), 0.4),
            ("cityrights check --source twenty-practices", (*_COMMAND, "check", "--source", "twenty-practices"), 3.0),
            ("cityrights check", (*_COMMAND, "check"), 10.0),
            ("cityrights build", (*_COMMAND, "build", "--force", "--snapshot", f"{folder}/snapshots"), 4.0),
        ):
            target(what, sorted(run(command) for _ in range(_AGAIN))[_AGAIN // 2], wanted, _SECONDS)
        _wheel(Path(folder))


def _wheel(folder: Path) -> None:
    pip = (sys.executable, "-m", "pip")
    wheels = folder / "wheels"
    try:
        run((*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(home())))
        run((*pip, "download", "--dest", str(wheels), "-r", str(home() / "requirements" / "base.lock")))
    except subprocess.CalledProcessError as error:
        print(f"  NOT MEASURED pip install of the wheel: {error.stderr.decode(errors='replace').strip()[-200:]}")
        return
    wheel = next(wheels.glob("cityrights-*.whl"))
    venv.create(folder / "fresh", with_pip=True)
    install = (str(folder / "fresh" / "bin" / "python"), "-m", "pip", "install", "--no-index", "--find-links")
    target("pip install of the wheel", run((*install, str(wheels), str(wheel))), 20.0, _SECONDS)
