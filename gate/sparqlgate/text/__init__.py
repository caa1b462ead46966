"""SPARQL as text: tokens, the guard before the parser, rewriting, SERVICE clauses."""
