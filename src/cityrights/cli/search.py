"""``search``: finding things by name, by what is said of them, or by identifier."""

from __future__ import annotations

from pathlib import Path

import click
import orjson
from rich.text import Text

from cityrights.cli.console import console, notes
from cityrights.cli.read import opened, snapshot_option
from cityrights.search import Hits, Marked, Match, SearchIndex
from cityrights.search.schema import KINDS


@click.command()
@click.argument("text")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(KINDS),
    metavar="KIND",
    help="Only things of this kind: city, practice, claim … (repeatable).",
)
@click.option("--language", type=click.Choice(["en", "fr", "es"]), default="en", show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@snapshot_option
def search(
    text: str, kinds: tuple[str, ...], language: str, limit: int, snapshot: Path | None, *, as_json: bool
) -> None:
    """Find things by TEXT: words in English, French or Spanish, "exact words", -without, or an identifier."""
    found = SearchIndex.open(opened(snapshot)).search(text, language, kinds, limit)
    if as_json:
        shown = {
            "query": found.text,
            "match": found.match,
            "suggestion": found.suggestion or None,
            "total": found.total,
            "kinds": found.by_kind,
            "results": [hit.record() for hit in found.hits],
        }
        console.out(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())
        return
    _show(found)


def _show(found: Hits) -> None:
    for hit in found.hits:
        place = f", {hit.place.label}" if hit.place else ""
        console.print(_marked(hit.label), Text(f" {hit.kind}{place}", style="dim"))
        console.print(Text(f"  {hit.iri}", style="dim"))
        if hit.snippet:
            console.print(Text("  ") + _marked(hit.snippet))
    if found.match is Match.NEAR and found.suggestion:
        notes.print(f"nothing has exactly these words; did you mean: {found.suggestion}", markup=False)
    elif found.match is Match.SOME:
        notes.print("nothing has all of these words; this has some of them")
    of_kinds = ", ".join(f"{kind} {number:,}" for kind, number in found.by_kind.items())
    notes.print(f"{found.total:,} found ({of_kinds})" if found.by_kind else "nothing found", markup=False)


def _marked(text: Marked) -> Text:
    shown = Text()
    for piece, matched in text.pieces():
        shown.append(piece, style="bold" if matched else "")
    return shown
