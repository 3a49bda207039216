"""How English words are said: by the dictionary, by their parts, by their letters."""

import pytest

from duende.poetics.english import lexicon
from duende.poetics.english.letters import spelt
from duende.poetics.english.numerals import cardinal, roman
from duende.poetics.english.spelling import perhaps
from duende.poetics.english.syncope import vowel
from duende.poetics.english.words import WORDS, pronunciations


def _counts(word: str) -> set[int]:
    return {sum(map(vowel, phones)) for phones in pronunciations(word)}


def _first(word: str) -> str:
    return " ".join(pronunciations(word)[0])


# A word and the numbers of syllables that poets give it.
SYLLABLES = {
    "poem": {2},
    "poet": {2},
    "silence": {2},
    "fire": {1, 2},
    "hour": {1, 2},
    "flower": {1, 2},
    "flowers": {1, 2},
    "power": {1, 2},
    "hourly": {2, 3},
    "heaven": {1, 2},
    "given": {1, 2},
    "every": {2, 3},
    "glorious": {2, 3},
    "warrior": {2, 3},
    "wandering": {2, 3},
    "murmuring": {2, 3},
    "memory": {2, 3},
    "family": {2, 3},
    "being": {1, 2},
    "chasm": {1, 2},
    "us": {1},
    "am": {1},
    # what apostrophes leave out
    "o'er": {1},
    "e'en": {1},
    "ne'er": {1},
    "'tis": {1},
    "’twas": {1},
    "heav'n": {1},
    "pow'r": {1},
    "ev'ry": {2},
    "stol'n": {1},
    "wand'ring": {2},
    "mem'ry": {2},
    "walk'd": {1},
    "'neath": {1},
    "'gainst": {1},
    "thou'rt": {1},
    "th'expanse": {2},
    "goin'": {2},
    # old endings
    "know'st": {1},
    "lovest": {2},
    "maketh": {2},
    "dropt": {1},
    "wingèd": {2},
    "belovéd": {3},
    "wretchèdly": {3},
    # old and British spellings
    "colour": {2},
    "grey": {1},
    "centre": {2},
    "sepulchre": {3},
    "realise": {2, 3},
    "selfe": {1},
    "haue": {1},
    "vpon": {2},
    "lookes": {1},
    "thro'": {1},
    # endings, prefixes, compounds
    "joylessness": {3},
    "unwept": {2},
    "outshone": {2},
    "lilies": {2},
    "griefs": {1},
    "moonlight": {2},
    "sea-scented": {3},
    "dancingplaces": {4},
    "flowerpetal": {3, 4},
    "childfaces": {3},
    # with accents and capitals
    "Élan": {2},
    "Zoë": {2},
    "SNOW": {1},
    # initials
    "USA": {3},
    "DNA": {3},
    "OK": {2},
    "TV": {2},
    "baa": {1},
    "ach": {1},
    "cit": {1},
    # figures
    "1914": {4},
    "3": {1},
    "1960s": {4},
    "6's": {2},
    "XIV": {2},
    "&": {1},
}


@pytest.mark.parametrize("word", SYLLABLES)
def test_syllables(word: str) -> None:
    assert _counts(word) == SYLLABLES[word]


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("moon", "M UW1 N"),
        ("doth", "D AH1 TH"),
        ("walk'd", "W AO1 K T"),
        ("griefs", "G R IY1 F S"),
        ("blisses", "B L IH1 S IH0 Z"),
        ("quenched", "K W EH1 N CH T"),
        ("unwept", "AH0 N W EH1 P T"),
        ("moonless", "M UW1 N L AH0 S"),
        ("snow-white", "S N OW1 W AY2 T"),
        ("to-day", "T AH0 D EY1"),
        ("childfaces", "CH AY1 L D F EY2 S AH0 Z"),
        ("languisht", "L AE1 NG G W IH0 SH T"),
        ("loueliest", "L AH1 V L IY0 IH0 S T"),
        ("3rd", "TH ER1 D"),
        ("0th", "Z EH1 R AH0 TH"),
        # -d without its e, with an apostrophe and without
        ("displayd", "D IH0 S P L EY1 D"),
        ("prepard", "P R IY0 P EH1 R D"),
        ("conceald", "K AH0 N S IY1 L D"),
        ("replyd", "R IH0 P L AY1 D"),
        ("stirrd", "S T ER1 D"),
        ("belovd", "B IH0 L AH1 V D"),
        ("touch'd", "T AH1 CH T"),
        ("plac'd", "P L EY1 S T"),
        ("chang'd", "CH EY1 N JH D"),
        ("breath'd", "B R IY1 DH D"),
        ("gelid", "JH EH1 L IH0 D"),
        # v and u, i and j, y and i
        ("ioy", "JH OY1"),
        ("enioy", "EH2 N JH OY1"),
        ("aduance", "AH0 D V AE1 N S"),
        ("euer", "EH1 V ER0"),
        ("vs", "AH1 S"),
        ("voyce", "V OY1 S"),
        ("retayne", "R IH0 T EY1 N"),
        ("iove", "JH OW1 V"),
        # mute e and doubled consonants
        ("starre", "S T AA1 R"),
        ("warre", "W AO1 R"),
        ("soone", "S UW1 N"),
        ("againe", "AH0 G EH1 N"),
        ("shee", "SH IY1"),
        ("farewel", "F EH2 R W EH1 L"),
        ("skilfull", "S K IH1 L F AH0 L"),
        ("beautie", "B Y UW1 T IY0"),
        ("musicke", "M Y UW1 Z IH0 K"),
        ("powr", "P AW1 ER0"),
        ("beleeue", "B IH0 L IY1 V"),
        ("soule", "S OW1 L"),
        ("tould", "T OW1 L D"),
        # endings and prefixes that are not there
        ("weal", "W IY1 L"),
        ("shoal", "SH OW1 L"),
        ("singeth", "S IH1 NG IH0 TH"),
        ("lieth", "L AY1 IH0 TH"),
        ("lasses", "L AE1 S IH0 Z"),
        ("wolves", "W UH1 L V Z"),
        ("mischance", "M IH0 S CH AE1 N S"),
        ("unsought", "AH0 N S AO1 T"),
        ("o'erhead", "AO2 R HH EH1 D"),
        ("thexpense", "DH IH0 K S P EH1 N S"),
        ("deathless", "D EH1 TH L AH0 S"),
        # two familiar words before an ending
        ("rosered", "R OW1 Z R EH2 D"),
        ("weddingday", "W EH1 D IH0 NG D EY2"),
        ("womankind", "W UH1 M AH0 N K AY2 N D"),
    ],
)
def test_the_best_pronunciation(word: str, sounds: str) -> None:
    assert _first(word) == sounds


@pytest.mark.parametrize(
    ("word", "stresses"),
    [
        ("grimbling", "10"),
        ("vellimar", "100"),
        ("tarundic", "010"),
        ("morvation", "010"),
        ("outgrabe", "01"),
        ("quonk", "1"),
        ("compaire", "01"),
        ("brunteen", "01"),
        ("harvation", "010"),
    ],
)
def test_the_stress_of_invented_words(word: str, stresses: str) -> None:
    assert "".join(phone[-1] for phone in spelt(word) if vowel(phone)) == stresses


# Words and names that are younger than the dictionary, with their syllables and stress.
TODAY = {
    "smartphone": "12",
    "hashtag": "12",
    "Instagram": "102",
    "Beyoncé": "021",
    "covid": "10",
    "selfie": "12",
    "emoji": "010",
    "podcast": "12",
    "wifi": "12",
    "website": "12",
    "TikTok": "12",
    "vlog": "1",
    "Zendaya": "010",
    "staycation": "210",
    "photobomb": "122",
    "unfriend": "01",
    "retweet": "01",
    "livestream": "12",
}


@pytest.mark.parametrize("word", TODAY)
def test_words_of_today(word: str) -> None:
    assert "".join(each[-1] for each in pronunciations(word)[0] if vowel(each)) == TODAY[word]


def test_spellings_are_bounded() -> None:
    """However a word is spelled, few spellings are tried, and none of what is as long as a line."""
    assert len(perhaps("youeaouioyeauieouaioyeaaiouyeauvovviuioy")) < 4_000
    assert pronunciations("aiou" * 2_500)


@pytest.mark.parametrize("word", ["", "…", "🙂", "中文", "слово", "'", "-", "--", "   "])
def test_what_has_no_sound_has_no_pronunciation(word: str) -> None:
    assert pronunciations(word) == ()


@pytest.mark.parametrize(
    "word",
    ["x", "Zz", "brrr", "q", "ñandú", "x" * 10_000, "9" * 10_000, "a'" * 500, "a-" * 500, "hm'm'd"],
)
def test_whatever_has_a_latin_letter_or_a_figure_is_said(word: str) -> None:
    assert pronunciations(word)
    assert all(pronunciations(word))


def test_without_the_dictionary_words_are_read_by_their_letters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lexicon, "_dictionary", lambda: b"\n")
    assert lexicon.entries("moon") == ()
    assert " ".join(spelt("moon")) == "M UW1 N"


def test_every_line_of_the_dictionary_is_found() -> None:
    """The bisection relies on the file's order, which is not perfect."""
    text = lexicon._dictionary().decode()
    names = [line.split(" ", 1)[0] for line in text.splitlines() if line]
    words = [name for name in names if not name.endswith(")")]
    sample = [*words[::97], words[0], words[-1], "sepulveda", "sepultura", "stilton", "stilted"]
    assert [word for word in sample if not lexicon.entries(word)] == []
    assert lexicon.entries("zzzzz") == lexicon.entries("'") == ()


def test_memory_is_bounded() -> None:
    assert pronunciations.cache_info().maxsize == WORDS


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ("0", "zero"),
        ("21", "twenty one"),
        ("100", "one hundred"),
        ("1066", "one thousand sixty six"),
        ("1798", "seventeen ninety eight"),
        ("2001", "two thousand one"),
        ("1000000", "one million"),
        ("007", "zero zero seven"),
        ("20th", "twentieth"),
        ("22nd", "twenty second"),
    ],
)
def test_numbers_are_read_out(figures: str, words: str) -> None:
    assert cardinal(figures) == words


@pytest.mark.parametrize(
    ("numeral", "words"),
    [("II", "two"), ("IX", "nine"), ("XLII", "forty two"), ("I", ""), ("MIX", ""), ("IIII", "")],
)
def test_roman_numerals(numeral: str, words: str) -> None:
    assert roman(numeral) == words
