"""Sheets, documents and instances for tests of the import: made here, so that nobody else's words are in them."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from cityrights.importing.batches import Order, run
from cityrights.importing.columns import Mapped
from cityrights.importing.ledger import Imported
from tests.support import ROOT

COLUMNS: Final = ("title", "place", "country", "what", "themes", "status", "start")
ROWS: Final = (
    ("Legal advice at the library", "Wien", "Österreich", "A lawyer answers questions.", "Housing", "In place", "2021"),
    ("Meals for all", "Lyon", "Frankrijk", "Schools cook what farms nearby grow.", "Food; poverty", "", "2020-05"),
    ("Bridges", "Ciudad de México", "MX", "Neighbours meet on a bridge.", "Public space", "planned", "2019-03-01"),
)


def home(folder: Path) -> Path:
    """Make a home with the vocabulary and no data. A process has one instance, and here that is cityrights."""
    made = folder / "home"
    (made / "data").mkdir(parents=True)
    for part in ("ontology", "queries"):
        (made / part).symlink_to(ROOT / part)
    return made


def sheet(path: Path, rows: Sequence[Sequence[str]] = ROWS, columns: Sequence[str] = COLUMNS) -> Path:
    """Write a CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def taken(
    folder: Path,
    path: Path,
    *,
    documents: Path | None = None,
    by: Mapped | None = None,
    remove: bool = False,
    who: str = "",
    licence: str = "",
    encoding: str = "",
) -> Imported:
    """Import a file into the home of a folder."""
    order = Order(path, documents, by or Mapped(), remove=remove, who=who, licence=licence, encoding=encoding)
    return run(folder / "home", order)


def quads(folder: Path, name: str = "practices") -> set[ox.Quad]:
    """Return what an imported file says, as it is written."""
    path = folder / "home" / "data" / "sources" / name / "import.trig"
    return set(ox.parse(path=str(path), format=ox.RdfFormat.TRIG)) if path.exists() else set()


def files(folder: Path) -> Mapping[str, bytes]:
    """Return every file of the instance's data."""
    data = folder / "home" / "data"
    return {str(path.relative_to(data)): path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file()}


def pdf(path: Path, pages: Sequence[Sequence[str]], *, locked: bool = False) -> Path:
    """Write a PDF of pages of lines; a page without lines has a picture's place only. ``locked``: with a password."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for lines in pages:
        moves = " ".join(f"1 0 0 1 72 {720 - 20 * at} Tm ({line}) Tj" for at, line in enumerate(lines))
        stream = f"BT /F1 12 Tf {moves} ET" if lines else "0 0 100 100 re f"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    if locked:
        objects.append(f"<< /Filter /Standard /V 1 /R 2 /O <{'41' * 32}> /U <{'42' * 32}> /P -4 >>")
    text, places_ = "%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places_.append(len(text))
        text += f"{number} 0 obj\n{one}\nendobj\n"
    start = len(text)
    text += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{at:010} 00000 n \n" for at in places_)
    lock = f" /Encrypt {len(objects)} 0 R /ID [<01> <01>]" if locked else ""
    text += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R{lock} >>\nstartxref\n{start}\n%%EOF\n"
    path.write_bytes(text.encode("latin-1"))
    return path


def docx(path: Path, paragraphs: Sequence[str]) -> Path:
    """Write a DOCX of paragraphs."""
    body = "".join(f"<w:p><w:r><w:t>{one}</w:t></w:r></w:p>" for one in paragraphs)
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{office}" Target="word/document.xml"/></Relationships>',
        )
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>')
    return path
