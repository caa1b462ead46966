"""Where queries are answered: a snapshot on this machine, a remote endpoint, or both in one query."""
