"""Poems in from any source, a clean corpus out, and a reason for every poem left behind."""
