"""RDF files read and written: any serialisation, packed or not, with places in errors, in a process that may break."""
