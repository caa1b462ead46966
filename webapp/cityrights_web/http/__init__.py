"""HTTP as it is specified: requests, Accept, SPARQL protocol, graph store, answers, streaming, fair use, problems."""
