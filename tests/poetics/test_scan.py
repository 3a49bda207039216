"""A poem scanned: its lines among each other, its scheme, its forms, and how it is given."""

import json

import pytest

import duende
from duende.errors import UnknownLanguage
from duende.poem import Poem
from duende.poetics.table import table

SONETO = """\
Se quedó la maleta en el pasillo
como un perro dormido que te espera;
yo sigo preguntando a la escalera
si suena entre sus pasos tu bolsillo.

La casa aprende a ser como un anillo
perdido en una tarde de la acera:
redonda, sin razón, sin primavera,
y con la luz delgada de un cuchillo.

No llames. He cambiado los cristales,
los platos, las cortinas, la almohada,
el nombre de las horas principales.

Y sin embargo, cada madrugada
se ponen a cantar en los portales
las llaves de tu puerta, que no es nada."""

ROMANCE = """\
Bajó la niña a la fuente
con un cántaro de plata;
la fuente no la conoce,
que viene muy despeinada.
Le pregunta por sus hijos,
le pregunta por el agua;
la niña no dice nada
porque tiene la voz larga."""

BALLAD = """\
The keeper lit his lamp at ten
and set it by the door;
the sea came up the path again
and did not say what for."""


def test_a_sonnet() -> None:
    scansion = duende.scan(SONETO)
    assert scansion.lang == "es"
    assert scansion.scheme == "abba abba cdc dcd"
    assert {line.syllables for line in scansion.lines if line.text} == {11}
    assert (scansion.forms[0].form, scansion.forms[0].score) == ("soneto", 1.0)
    assert {line.rhyme_kind for line in scansion.lines if line.text} == {"consonante"}


def test_a_romance_rhymes_by_its_vowels_in_the_even_lines() -> None:
    scansion = duende.scan(ROMANCE, lang="es")
    assert scansion.scheme == "-a-a-a-a"
    assert scansion.forms[0].form == "romance"


def test_a_ballad_stanza() -> None:
    scansion = duende.scan(BALLAD, lang="en")
    assert scansion.scheme == "abab"
    assert [line.syllables for line in scansion.lines] == [8, 6, 8, 6]
    assert scansion.forms[0].form in ("common-measure", "ballad-stanza")


def test_there_is_a_line_for_each_line() -> None:
    text = "\n\nuna línea\n\n\notra línea más\n"
    scansion = duende.scan(text, lang="es")
    assert [line.text for line in scansion.lines] == ["", "", "una línea", "", "", "otra línea más"]
    assert [line.unknown for line in scansion.lines] == [True, True, False, True, True, False]
    assert scansion.scheme == "- -"


def test_an_empty_text_is_one_line_that_cannot_be_read() -> None:
    scansion = duende.scan("", lang="en")
    assert [(line.syllables, line.unknown) for line in scansion.lines] == [(0, True)]
    assert [match.form for match in scansion.forms] == ["free"]


def test_a_poem_brings_its_language() -> None:
    assert duende.scan(Poem("no", lang="es")).lang == "es"
    assert duende.scan(Poem("no", lang="es"), lang="en").lang == "en"
    with pytest.raises(UnknownLanguage):
        duende.scan("oui", lang="fr")


def test_a_word_does_not_rhyme_with_itself_in_a_scheme() -> None:
    assert duende.scan("Give me the sea\nand then the sea", lang="en").scheme == "--"


def test_letters_begin_anew_where_a_rhyme_comes_back_late() -> None:
    couplets = [
        ("night", "light"),
        ("door", "floor"),
        ("rain", "train"),
        ("stone", "bone"),
        ("hand", "sand"),
        ("cup", "up"),
        ("bright", "white"),
    ]
    text = "\n".join(f"I walked beside the {word}" for pair in couplets for word in pair)
    assert duende.scan(text, lang="en").scheme == "aabbccddeeffgg"


def test_seseo() -> None:
    text = "Me fui sin decirte adiós\ny me quedé con tu voz"
    assert duende.scan(text, lang="es", seseo=True).lines[1].rhyme_kind == "consonante"
    assert duende.scan(text, lang="es").lines[1].rhyme_kind != "consonante"


def test_as_json_all_is_there() -> None:
    told = json.loads(duende.scan(SONETO).as_json())
    assert set(told) == {"lang", "scheme", "forms", "lines"}
    assert told["lines"][0] == {
        "text": "Se quedó la maleta en el pasillo",
        "syllables": 11,
        "least": told["lines"][0]["least"],
        "most": told["lines"][0]["most"],
        "stresses": "--+--+---+-",
        "metre": "endecasílabo melódico",
        "rhyme": "a",
        "rhyme_kind": "consonante",
        "licences": [],
        "division": "Se que·dó la ma·le·ta‿en el pa·si·llo",
        "unknown": False,
        "unread": [],
    }


def test_breaks_are_told_in_the_poems_language() -> None:
    broken = SONETO.replace("la almohada", "el sofá azul")
    forms = duende.scan(broken).as_dict()["forms"]
    assert forms[0]["form"] == "soneto"
    assert forms[0]["score"] < 1
    assert any("verso 10" in each["text"] for each in forms[0]["breaks"]), forms[0]["breaks"]


def test_the_table_shows_every_line() -> None:
    shown = table(duende.scan(SONETO))
    assert len(shown.splitlines()) == len(SONETO.splitlines()) + 3
    assert "soneto 100%" in shown
    assert "\x1b[1;36m" in shown


@pytest.mark.parametrize(
    ("text", "lang", "syllables"),
    [
        ("co\u00adra\u00adzón", "es", 4),
        ("\ufeffla luna", "es", 3),
        ("\ufeffthe moon", "en", 2),
        ("the sea\u00adshore", "en", 3),
        ("moon\u200blight", "en", 2),
    ],
)
def test_marks_that_nobody_sees_are_not_read(text: str, lang: str, syllables: int) -> None:
    line = duende.scan(text, lang=lang).lines[0]
    assert line.text == text
    assert (line.syllables, line.unread) == (syllables, ())


@pytest.mark.parametrize("lang", ["auto", "fr", ""])
def test_a_rhyme_is_asked_for_in_a_language(lang: str) -> None:
    with pytest.raises(UnknownLanguage, match="ask for 'en' or 'es'"):
        duende.rhyme_kind("sol", "col", lang=lang)
    with pytest.raises(UnknownLanguage, match="ask for 'en' or 'es'"):
        duende.rhymes("sol", lang=lang)
