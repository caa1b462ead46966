"""What it costs to begin, in seconds of processor time: imports, commands, a check, a build, the rounds of a watch, and
the wheel installed.

The second run of three is told, so that what the system reads from its disk for the first time is left out. The wheel
is installed into a new environment from files that pip has downloaded before; where no index can be reached, that is
said.
"""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.cost import run, target
from cityrights.home import home
from cityrights.watching import Watch

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
        _rounds(Path(folder))
        _wheel(Path(folder))


_PRACTICE: Final = "data/sources/twenty-practices/utrecht-plan-einstein.trig"
_CLAIM: Final = re.compile(r"^claim:\d+ \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
#: What is saved: the file, and what becomes of its text; nothing: it is taken away. Each is undone: a save, too.
_SAVED: Final[dict[str, tuple[str, Callable[[str], str] | None]]] = {
    "a sentence": (_PRACTICE, lambda text: text.replace('cr:text "', 'cr:text "In Gwangju, ', 1)),
    "a claim": (_PRACTICE, lambda text: _CLAIM.sub("", text, count=1)),
    "the label of a place": (
        "data/places/places.trig",
        lambda text: text.replace('"Utrecht"@en', '"Utrecht City"@en', 1),
    ),
    "the label of a concept": (
        "ontology/schemes/themes.ttl",
        lambda text: re.sub(r'(skos:prefLabel ")([^"]+)"@en', r'\1\2, too"@en', text, count=1),
    ),
    "the label of a class": ("ontology/cityrights.ttl", lambda text: text.replace('"Practice"@en', '"Deed"@en')),
    "the file of a practice": (_PRACTICE, None),
    "a translation": (
        "data/translations/fr.po",
        lambda text: re.sub(r'(?m)(^msgctxt "claim.*\nmsgid .*\nmsgstr ")', r"\1Ah, ", text, count=1),
    ),
    "a story": ("queries/stories/newcomers.md", lambda text: f"{text}\nOne more sentence.\n"),
    "a question": ("queries/explore/awards.rq", lambda text: text.replace("SELECT", "SELECT DISTINCT", 1)),
}


def _rounds(folder: Path) -> None:
    """Print what each kind of save costs a watch, and its undoing; the draft before it stands in no folder any more."""
    house = folder / "house"
    for part in ("data", "ontology", "queries"):
        shutil.copytree(home() / part, house / part)
    watch = Watch(house, folder / "watched")

    def round_of(what: str) -> None:
        before = _spent()
        watch.round()
        target(f"watch: {what}", _spent() - before, 3.0, _SECONDS)
        watch.close()  # or what is undone would find the draft that there was
        watch.rest()

    watch.round()
    for what, (name, edit) in _SAVED.items():
        path = house / name
        text = path.read_text("utf-8")
        if edit is None:
            path.unlink()
        else:
            path.write_text(edit(text), "utf-8")
        round_of(f"{what} changed" if edit is not None else f"{what} taken away")
        path.write_text(text, "utf-8")
        round_of(f"{what} as it was")


def _spent() -> float:
    """Return the seconds of processor time of this process and of those that it began."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


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
