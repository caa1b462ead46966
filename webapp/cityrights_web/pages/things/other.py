"""Everything else: references, passages, and what foreign graphs hold."""

from cityrights_web.pages.things.simple import Simple

REFERENCE = Simple(("http://schema.org/url",), ("reference",), "WebPage")
OTHER = Simple(())
