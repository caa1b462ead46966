"""One resource described: statements with their evidence, claims, incoming links; and the same as RDF. No HTML here."""
