"""The redirects for the permanent addresses, on a real Apache as w3id.org is one, before a real server of ours.

Nothing is mocked: names of every kind are taken from the dump, asked for by curl with the headers that people and
programs send, and followed to the page or the data at the end.
"""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path

import pytest
import rdflib

from cityrights.snapshot import Snapshot
from cityrights.vocabulary import BASE
from tests.servers import Server, free_port
from tests.support import APACHE, CURL, need, until
from tests.whole.test_deploy import running

#: The path of w3id.org below which all of our names are.
PLACE = "/cityrights"
RULES = Path("docs", "w3id", ".htaccess")
SERVICE = "https://rights.example"
#: What people, programs and those that take anything ask for, and the beginnings of the types that they may get.
ACCEPTS = {
    "text/html,application/xhtml+xml,*/*;q=0.8": ("text/html",),
    "text/turtle": ("text/turtle",),
    "application/ld+json": ("application/ld+json",),
}
EACH = 3
