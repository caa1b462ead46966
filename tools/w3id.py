"""Write what is submitted to w3id.org: the rules with the address of a service, and whom to ask for a change.

Called by the Makefile: ``make w3id ADDRESS=https://… CONTACT=https://… or mailto:…``. Nobody is named who is not given.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "docs" / "w3id" / ".htaccess"
#: The address that stands in the rules until a service has one.
PLACE = "https://rights.example"
_README = """\
# cityrights

Permanent addresses of cityrights: local human rights practices as linked data. Everything below
https://w3id.org/cityrights/ leads to the same path of {address},
which answers with a page or with data as the client asks.

Contact, for changes of this file: {contact}
"""


def write(address: str, contact: str, to: Path) -> Path:
    """Write the folder ``cityrights`` into ``to`` and return it. Raises ValueError for no address and no contact."""
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*", address):
        raise ValueError(
            f"ADDRESS is {address!r}; that of the service was expected, such as https://rights.example.org"
        )
    if not re.fullmatch(r"(https://|mailto:)\S+", contact):
        raise ValueError(
            f"CONTACT is {contact!r}; an address was expected to which people may write: https:// or mailto:"
        )
    folder = to / "cityrights"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".htaccess").write_text(RULES.read_text("utf-8").replace(PLACE, address), "utf-8")
    (folder / "README.md").write_text(_README.format(address=address, contact=contact), "utf-8")
    return folder


if __name__ == "__main__":
    try:
        print(write(sys.argv[1], sys.argv[2], ROOT / "dist" / "w3id"))
    except ValueError as error:
        sys.exit(f"cityrights: {error}")
