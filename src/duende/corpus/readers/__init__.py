"""One module a format: each reads a place and yields entries, as they are found there."""
