"""The stored queries: front matter, running them, the ledger of how they fared, the queries behind pages."""
