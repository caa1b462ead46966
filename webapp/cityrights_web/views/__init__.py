"""The pages, one file each, named as its address."""
