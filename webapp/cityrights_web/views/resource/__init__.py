"""The pages of things: one module for each kind, and what they share."""
