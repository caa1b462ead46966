"""SPARQL as text: tokens, the guard before the parser, rewriting, what is wrong with it."""
