"""Spanish words: syllables, stress, what is read out."""

import pytest

from duende.poetics.spanish.numerals import cardinal, read_out
from duende.poetics.spanish.words import read_word

SYLLABLES = {
    # hiatus and diphthong
    "aéreo": "a·é·reo",
    "caoba": "ca·o·ba",
    "leía": "le·í·a",
    "país": "pa·ís",
    "baúl": "ba·úl",
    "pausa": "pau·sa",
    "cielo": "cie·lo",
    "ciudad": "ciu·dad",
    "cuidado": "cui·da·do",
    "creer": "cre·er",
    "oíais": "o·í·ais",
    "limpiáis": "lim·piáis",
    "buey": "buey",
    "Paraguay": "Pa·ra·guay",
    # what poets part against the spelling
    "cruel": "cru·el",
    "confianza": "con·fi·an·za",
    "huir": "hu·ir",
    # h, y, u after q and g, ü
    "ahora": "a·ho·ra",
    "prohíbe": "pro·hí·be",
    "hierba": "hier·ba",
    "hueso": "hue·so",
    "ahuecar": "a·hue·car",
    "yeso": "ye·so",
    "rayo": "ra·yo",
    "guitarra": "gui·ta·rra",
    "pingüino": "pin·güi·no",
    "vergüenza": "ver·güen·za",
    "águila": "á·gui·la",
    "querido": "que·ri·do",
    # consonants
    "instante": "ins·tan·te",
    "transcribe": "trans·cri·be",
    "perspectiva": "pers·pec·ti·va",
    "abstracto": "abs·trac·to",
    "acción": "ac·ción",
    "atleta": "a·tle·ta",
    "carrera": "ca·rre·ra",
    "muchacha": "mu·cha·cha",
    "calle": "ca·lle",
    "obra": "o·bra",
    # written to be parted
    "süave": "sü·a·ve",
    "glorïoso": "glo·rï·o·so",
    # not Spanish, no vowel, a single letter
    "Ángström": "Ángs·trom",
    "ordenador": "or·de·na·dor",
    "y": "y",
}


@pytest.mark.parametrize(("word", "cut"), SYLLABLES.items())
def test_syllables(word: str, cut: str) -> None:
    found = read_word(word)
    assert found is not None
    told = "·".join(found.syllables)
    assert told.replace("ö", "o") == cut


STRESS = {
    "camisa": "mi",
    "camión": "món",
    "reloj": "loj",
    "árbol": "ár",
    "examen": "xa",
    "lunes": "lu",
    "robots": "bots",
    "carey": "rey",
    "dándomelo": "dán",
    "zigzags": "zags",
    "esdrújula": "drú",
    "aquí": "quí",
    "virtud": "tud",
    "nadie": "na",
    "ruido": "i",
    "viuda": "u",
}


@pytest.mark.parametrize(("word", "stressed"), STRESS.items())
def test_stress(word: str, stressed: str) -> None:
    found = read_word(word)
    assert found is not None
    atom = found.atoms[found.stressed[-1]]
    assert atom.endswith(stressed) or stressed.endswith(atom[1:]), found


def test_adverbs_in_mente_are_stressed_twice() -> None:
    word = read_word("rápidamente")
    assert word is not None
    assert [word.atoms[at] for at in word.stressed] == ["rá", "men"]
    noun = read_word("simiente")
    assert noun is not None
    assert len(noun.stressed) == 1


@pytest.mark.parametrize("word", ["el", "de", "con", "que", "y", "su", "me", "nos", "aunque"])
def test_words_that_lean(word: str) -> None:
    found = read_word(word)
    assert found is not None
    assert found.weak


@pytest.mark.parametrize("word", ["él", "tú", "qué", "un", "una", "no", "ya", "muy", "más"])
def test_words_that_stand(word: str) -> None:
    found = read_word(word)
    assert found is not None
    assert not found.weak


@pytest.mark.parametrize("text", ["", "...", "42", "привет", "漢字", "¡!", "\u0301"])
def test_what_has_no_letter_is_no_word(text: str) -> None:
    assert read_word(text) is None


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "cero"),
        (16, "dieciséis"),
        (31, "treinta y uno"),
        (100, "cien"),
        (115, "ciento quince"),
        (1_000, "mil"),
        (2_026, "dos mil veintiséis"),
        (1_000_000, "un millón"),
        (21_000_001, "veintiún millones uno"),
        (1_001_000_000, "mil un millones"),
    ],
)
def test_numbers(number: int, said: str) -> None:
    assert " ".join(cardinal(number)) == said


@pytest.mark.parametrize(
    ("piece", "before", "said"),
    [
        ("VI", "Alfonso", "sexto"),
        ("XIII", "Alfonso", "trece"),
        ("XX", "siglo", "veinte"),
        ("Sra", "", "señora"),
        ("&", "", "y"),
        ("0" * 13, "", " ".join(["cero"] * 13)),
        ("❤", "", ""),
        ("IIII", "", ""),
    ],
)
def test_what_is_read_out(piece: str, before: str, said: str) -> None:
    assert " ".join(read_out(piece, before)) == said
