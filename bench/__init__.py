"""Measurements, never tests: how fast duende is, and how much memory it takes.

`python -m bench` measures and prints a table; see `bench/__main__.py` for what stands where.
"""
