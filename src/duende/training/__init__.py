"""A voice is taught: a recipe and poems go in, a run and then a voice come out."""
