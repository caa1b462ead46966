"""What must be exact or fast: requests, negotiation, answers, streaming, fair use."""
