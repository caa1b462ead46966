"""The site as a whole: where its links lead, and whether its pages are what HTML asks for."""
