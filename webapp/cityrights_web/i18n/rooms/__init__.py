"""The words of single rooms of the site: each module has its words in all three languages beside each other."""
