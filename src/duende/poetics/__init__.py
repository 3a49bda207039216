"""What a line is, in English and in Spanish, and what forms a poem may keep."""
