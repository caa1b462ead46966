"""``python -m bench importing``: a workbook of 10 000 practices taken in, and taken in again; time and memory.

Each import is a process of its own. Promised are 60 s and 500 MB for 10 000 rows of 15 columns.
"""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import xlsxwriter

from cityrights.places import find

ROWS = 10_000
_ROOT = Path(__file__).resolve().parent.parent
_INSTANCE = 'base = "https://data.example.org/"\nname = "Bench"\nlanguages = ["en"]\nlicence = "CC-BY-4.0"\n'
_COLUMNS = (
    "title", "place", "country", "what", "for whom", "themes", "pillars", "status", "start", "end", "carried out by",
    "partners", "institution", "institution kind", "url",
)  # fmt: skip
_THEMES = ("housing", "food", "poverty", "anti-racism", "gender-equality", "public-space", "access-to-justice", "care")
_GROUPS = ("migrants", "women", "children", "older-people", "refugees", "lgbti-people", "roma", "students")
_WORDS = ("meals", "rights", "advice", "school", "library", "council", "market", "river", "garden", "bridge", "clinic")
#: Runs one command of the command line and says what it took: seconds of processor time, and mebibytes at most.
_MEASURED = """\
import resource, sys
from cityrights.cli import main
sys.argv = ["cityrights", *sys.argv[1:]]
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
used = resource.getrusage(resource.RUSAGE_SELF)
print(f"{used.ru_utime + used.ru_stime:.1f} {used.ru_maxrss / 1024:.0f}", file=sys.stderr)
"""


def write(path: Path, rows: int = ROWS, changed: int = 0) -> None:
    """Write a workbook of made-up practices in places that there are, ``changed`` of them with another text."""
    with (_ROOT / "tests" / "graph" / "places" / "pairs.csv").open(encoding="utf-8") as file:
        pairs = [(row["name"], row["country"]) for row in csv.DictReader(file)]
    places = [pair for pair in pairs if len(find(*pair)) == 1]
    chance = random.Random(18)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("practices")
    sheet.write_row(0, 0, _COLUMNS)
    for number in range(rows):
        place, country = places[number % len(places)]
        words = chance.sample(_WORDS, 6)
        text = f"Practice {number}: {' '.join(words)} for the people of {place}. " * 3 + "Anew." * (number < changed)
        title, group, themes = f"{words[0].title()} and {words[1]} number {number}", chance.choice(_GROUPS), _THEMES
        status, start = chance.choice(("in-place", "planned", "ended")), f"20{chance.randrange(10, 24)}-05"
        partners = f"Association {number % 500}; Foundation {number % 37}"
        cells = [
            title,
            place,
            country,
            text,
            group,
            "; ".join(chance.sample(themes, 2)),
            "tools",
            status,
            start,
            "2025",
        ]
        cells += ["local government", partners, f"Council {number % 900}", "council", f"https://example.org/{number}"]
        sheet.write_row(number + 1, 0, cells)
    book.close()


def measured(folder: Path, *arguments: str) -> tuple[float, int, str]:
    """Run a command in an instance; return its processor time in seconds, its most memory in MiB, and what it said."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *arguments], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "CITYRIGHTS_HOME": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    seconds, memory = done.stderr.split("\n")[-2].split()
    return float(seconds), int(memory), done.stdout.strip()


def main() -> None:
    """Print what the first import took, the same file again, and one with ten rows changed."""
    print(f"a workbook of {ROWS:,} rows and {len(_COLUMNS)} columns taken in (promised: 60 s, 500 MB)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "instance.toml").write_text(_INSTANCE, "utf-8")
        for title, changed in (("first", 0), ("again", 0), ("ten rows changed", 10)):
            write(folder / "practices.xlsx", ROWS, changed)
            seconds, memory, said = measured(folder, "import", "practices.xlsx")
            print(f"  {title:<18} {seconds:6.1f} s of processor time  {memory:5} MB at most   {said}")
        file = folder / "data" / "sources" / "practices" / "import.trig"
        print(f"  {file.name}: {file.stat().st_size / 1e6:.1f} MB")
        seconds, memory, _ = measured(folder, "import", "--undo", "practices/2")
        print(f"  {'undo':<18} {seconds:6.1f} s of processor time  {memory:5} MB at most")


if __name__ == "__main__":
    main()
