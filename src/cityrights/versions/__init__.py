"""Versions of the graph compared: what came, what went, told by claims, and as a patch that makes one of the other."""
