"""Killable processes that evaluate queries: supervisor, zygote, worker, and the wire between them."""
