"""How a first line becomes a poem."""
