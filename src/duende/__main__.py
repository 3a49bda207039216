"""`python -m duende` is the same as `duende`."""

from duende.cli import main

main()
