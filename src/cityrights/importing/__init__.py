"""Sheets of practices: a template to fill, tables of any shape read, rows made into claims, batches taken back."""
