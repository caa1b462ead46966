"""The ASGI shell: what must be exact or fast. Everything else it hands to the pages behind it."""
