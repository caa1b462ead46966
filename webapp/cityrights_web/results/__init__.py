"""Answers to queries as people look at them: tables, bars, maps, networks, timelines, workbooks.

Both rooms that show answers draw on it: /sparql, and the questions of the library.
"""
