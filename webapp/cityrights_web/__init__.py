"""The site: SPARQL, dumps and cached answers as an ASGI application, with Flask pages behind it. It never writes."""
