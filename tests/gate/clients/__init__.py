"""Foreign programs as clients of the endpoint."""
