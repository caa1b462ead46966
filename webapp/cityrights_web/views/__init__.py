"""The pages; ``routes.py`` says which address each function answers."""
