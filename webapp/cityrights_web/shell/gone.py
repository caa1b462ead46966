"""The error of a request whose client has left; it stands alone, because most of the shell knows it."""

from __future__ import annotations


class ClientGone(Exception):
    """Whoever asked is not there any more; there is nobody to answer."""
