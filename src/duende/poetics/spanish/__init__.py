"""How Spanish sounds: words, lines, rhyme."""
