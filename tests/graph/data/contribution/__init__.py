"""A contribution as CONTRIBUTING has it, of a town that is made up: what the graph looks like when it has grown.

A document (``report.txt``) with a practice, a city, a figure, a council, a number, an event, an instrument, a theme, a
target group, a claim about two governments, and a question with its expected rows.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import click
from click.testing import CliRunner

from cityrights.cli.authoring import claim, docs, format_, source
from cityrights.pipeline import build
from tests.support import ROOT

HERE = Path(__file__).parent
SLUG = "school-report"
QUESTION = "practices-counted"
#: What a contribution changes, or pytest looks for beside it; all else is linked to.
_COPIED = ("data", "docs", "ontology", "pyproject.toml", "queries", "tests")
_PRACTICE = ("--subject", "practice:aalmere-school", "--practice", "practice:aalmere-school")
#: Lines, anchor, our sentence, and what else the command is told.
CLAIMS = (
    ("2", "school of rights", "For six years Aalmere has taught carers what they may claim.",
     *_PRACTICE, "--mentions", "city:aalmere", "--mentions", "country:netherlands", "--mentions", "government:aalmere",
     "--theme", "care-at-home", "--theme", "participation", "--target-group", "carers", "--target-group", "children"),
    ("4", "ombudsperson", "Complaints of pupils will go to a post that is being set up.",
     "--subject", "institution:aalmere-ombudsperson", "--mentions", "city:aalmere", "--mentions", "government:aalmere",
     "--theme", "care-at-home", "--modality", "underway"),
    ("5", "council of carers", "Carers sit on a body that gives advice.",
     "--subject", "institution:aalmere-council", "--mentions", "practice:aalmere-school", "--mentions", "city:aalmere",
     "--mentions", "government:aalmere", "--theme", "participation", "--target-group", "carers"),
    ("6", "1,234 people", "It has had more than a thousand pupils.",
     "--subject", "observation:aalmere-pupils", "--mentions", "practice:aalmere-school", "--aspect", "indicator"),
    ("8", "mayors have walked", "Two mayors, those of Aalmere and Utrecht, went out with carers.",
     "--subject", "government:aalmere", "--subject", "government:utrecht", "--group",
     "--mentions", "city:aalmere", "--mentions", "city:utrecht",
     "--without-graph", "It says of two towns together what they did, so neither has a fact of its own."),
    ("8", "walked with carers", "The mayor of Aalmere went out with carers.",
     "--subject", "event:aalmere-walk", "--mentions", "government:aalmere", "--mentions", "city:aalmere",
     "--aspect", "event"),
    ("9", "charter of care", "A charter about care followed.",
     "--subject", "instrument:aalmere-charter", "--mentions", "practice:aalmere-school", "--mentions", "city:aalmere"),
)  # fmt: skip


def contribute(checkout: Path) -> None:
    """Add the contribution to a copy of the checkout, by the commands and edits that CONTRIBUTING names."""
    data, schemes = checkout / "data", checkout / "ontology" / "schemes"
    file = data / "sources" / SLUG / "school.trig"
    home, document = ("--home", str(checkout)), str(HERE / "report.txt")
    for place in (data / "places" / "places.trig", data / "actors" / "actors.trig"):
        _write(place)
    for scheme in ("themes.ttl", "target-groups.ttl"):
        _write(schemes / scheme)
    _call(source, "add", SLUG, "--file", document, *home, *_told())
    for lines, anchor, text, *more in CLAIMS:
        said = ("--lines", lines, "--anchor", anchor, "--text", text, *more)
        _call(claim, "new", SLUG, *said, "--file", str(file), "--document", document, *home)
    _write(file)
    shutil.copy(HERE / f"{QUESTION}.rq", checkout / "queries" / "explore")
    shutil.copy(HERE / f"{QUESTION}.json", checkout / "tests" / "graph" / "data" / "competency")


def _write(path: Path) -> None:
    """Write what is to be added at the end of a file, as in an editor, and have it laid out."""
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" + (HERE / path.name).read_text("utf-8"))
    _call(format_, str(path))


def _told() -> list[str]:
    names = ("Report on a school of rights", "Rapport sur une école des droits", "Informe sobre una escuela")
    texts = ("A report that is made up.", "Un rapport inventé.", "Un informe inventado.")
    options = [f"--{what}{tag}" for what in ("title", "description") for tag in ("", "-fr", "-es")]
    return [part for pair in zip(options, (*names, *texts), strict=True) for part in pair]


def _call(command: click.Command, *arguments: str) -> None:
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 0, f"{' '.join(arguments)}\n{done.output}{done.exception or ''}"


def grown(folder: Path) -> Path:
    """Copy the checkout into a folder, add the contribution, and return where ``pytest`` finds both."""
    checkout = folder / "checkout"
    checkout.mkdir()
    for path in ROOT.iterdir():
        if path.name in _COPIED:
            if path.is_dir():
                shutil.copytree(path, checkout / path.name, ignore=shutil.ignore_patterns("__pycache__", "screenshots"))
            else:
                shutil.copy(path, checkout / path.name)
        elif not path.name.startswith(".") or path.name == ".make":
            (checkout / path.name).symlink_to(path)
    if (ROOT.parent / "shared").is_dir():
        (folder / "shared").symlink_to(ROOT.parent / "shared")
    contribute(checkout)
    snapshot = build(checkout, folder / "snapshots").snapshot.path
    _call(docs, "--output", str(checkout / "docs"), "--snapshot", str(snapshot))
    return checkout
