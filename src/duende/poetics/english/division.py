"""Syllables as they are written: words and what is said of them in, the line divided, out."""


def divided(words: list[str], starts: list[int], marks: str) -> str:
    """The line with its syllables apart."""
    return " ".join(words)
