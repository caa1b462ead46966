"""The site: an ASGI shell (SPARQL, dumps, cached answers) with Flask pages behind it. It reads, and never writes."""
