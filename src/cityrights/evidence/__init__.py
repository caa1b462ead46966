"""Who says so: a SELECT written anew so that each of its rows names the claims that back it up."""

from cityrights.evidence.rewrite import NoEvidence, WithEvidence, with_evidence

__all__ = ["NoEvidence", "WithEvidence", "with_evidence"]
