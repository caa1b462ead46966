"""Descriptions: what the graph says of a thing, who says so, and what points to it. No HTML here."""
