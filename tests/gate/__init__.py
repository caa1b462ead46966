"""The gate alone: what holds of it wherever it is used."""
