"""How English sounds: its words, its lines, its rhymes."""
