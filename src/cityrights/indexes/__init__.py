"""What is made beside the store for each snapshot, to answer quickly: facets, search, proximity, overviews."""
