"""Spanish lines: synalepha, what undoes it, the verse-end law, halves, names."""

import pytest

from duende.poetics.scan import scan
from duende.poetics.spanish.line import SpanishVerse


@pytest.mark.parametrize(
    ("line", "syllables", "stresses"),
    [
        ("en el andén la noche se desnuda", 11, "---+-+---+-"),
        ("abro el ordenador y no hay mensajes", 11, "+----+-+-+-"),
        ("Me enseñaste a callar como los árboles", 11, "--+--+---+-"),  # proparoxytone: one less
        ("que no sabe a quién cantar", 8, "-++-+-+-"),  # oxytone: one more
        ("blanca y alta la luna", 7, "+-+--+-"),  # y between vowels joins but one of them
        ("lentamente la tarde se deshace", 11, "+-+--+---+-"),
        ("hoy es", 3, "++-"),
        ("sol", 2, "+-"),
        ("dándomelo", 2, "+-"),
        ("¿Por qué? ¿Por qué?", 5, "-+-+-"),
        ("Leí 3 libros", 5, "-+++-"),
        ("Alfonso X reza", 8, "-+-+--+-"),
    ],
)
def test_a_line_alone(line: str, syllables: int, stresses: str) -> None:
    scanned = scan(line, lang="es").lines[0]
    assert (scanned.syllables, scanned.stresses) == (syllables, stresses)
    assert not scanned.unknown


def test_a_final_word_is_stressed_even_if_it_leans() -> None:
    assert scan("no sé por dónde ni con", lang="es").lines[0].stresses.endswith("+-")


@pytest.mark.parametrize(
    ("line", "length", "licence", "division"),
    [
        ("la hora de mi hija", 7, "dialefa", "la ho·ra de mi hi·ja"),
        ("glorioso sin fin", 7, "diéresis", "glo·ri·o·so sin fin"),
        ("poeta de la nada", 6, "sinéresis", "poe·ta de la na·da"),
    ],
)
def test_licences_are_told(line: str, length: int, licence: str, division: str) -> None:
    verse = SpanishVerse(line)
    assert length in verse.strains, verse.strains
    reading = verse.read(length)
    assert licence in reading.licences
    assert len(reading.stresses) == length
    assert reading.division == division


@pytest.mark.parametrize(
    ("line", "division", "stresses"),
    [
        ("1.000 barcos", "mil bar·cos", "++-"),
        ("un millón (1.000.000)", "un mi·llón un mi·llón", "+-++-+-"),
        ("3,5 metros", "tres co·ma cin·co me·tros", "++-+-+-"),
        ("el 1º de mayo", "el pri·me·ro de ma·yo", "--+--+-"),
        ("la 2.ª noche", "la se·gun·da no·che", "--+-+-"),
        ("el siglo 21º", "el si·glo vein·tiu·no", "-+--+-"),
        ("sala 3b", "sa·la tres bé", "+-++-"),
        ("40 km", "cua·ren·ta ki·ló·me·tros", "-+--+-"),
        ("mi DVD", "mi deu·ve·dé", "---+-"),
        ("la UGT", "la‿u·ge·té", "--+-"),
        ("la ONU", "la‿O·NU", "+-"),
    ],
)
def test_figures_and_initials_are_said(line: str, division: str, stresses: str) -> None:
    scanned = scan(line, lang="es").lines[0]
    assert (scanned.division, scanned.stresses, scanned.unread) == (division, stresses, ())


def test_nothing_is_forced_where_nothing_asks() -> None:
    line = scan("la noche en que se abrió la puerta", lang="es").lines[0]
    assert (line.syllables, line.licences) == (9, ())


def test_neighbours_decide_what_a_line_counts() -> None:
    """Read alone it has ten syllables; among hendecasyllables a dialefa makes them eleven."""
    line = "la noche se detiene en la puerta"
    alone = scan(line, lang="es").lines[0]
    assert alone.syllables == 10
    assert alone.most >= 11
    others = [
        "Me enseñaste a callar como los árboles",
        "ni por qué la ciudad, desde tan lejos,",
        "parece un animal que se arrodilla",
        "sube al avión, olvídame deprisa",
    ]
    among = scan("\n".join([*others[:2], line, *others[2:]]), lang="es").lines[2]
    assert among.syllables == 11
    assert among.licences == ("dialefa",)


def test_neighbours_do_not_stretch_a_line_too_far() -> None:
    lines = scan("parece un animal que se arrodilla\nsolo\nni por qué la ciudad", lang="es").lines
    assert [line.syllables for line in lines] == [11, 2, 7]


@pytest.mark.parametrize(
    ("line", "metre"),
    [
        ("Me olvidé de tu nombre en el andén", "endecasílabo melódico"),
        ("parece un animal que se arrodilla", "endecasílabo heroico"),
        ("y la memoria se quedó sin llaves", "endecasílabo sáfico"),
        ("bajo los viejos robles que el otoño desnuda", "alejandrino"),
        ("Nadie me dijo la verdad", "eneasílabo"),
        ("Caminante no hay camino", "octosílabo trocaico"),
        ("Vino la luna a mi puerta", "octosílabo dactílico"),
        ("ni por qué la ciudad", "heptasílabo"),
    ],
)
def test_names(line: str, metre: str) -> None:
    assert scan(line, lang="es").lines[0].metre == metre


def test_each_half_of_an_alejandrino_counts_by_itself() -> None:
    """The first half ends in a stress and counts one more; no vowel crosses the caesura."""
    line = scan("y no supe decir adónde iba la luz", lang="es").lines[0]
    assert line.syllables == 14
    assert line.division == "y no su·pe de·cir | a·dón·de‿i·ba la luz"


@pytest.mark.parametrize(
    ("line", "unread"),
    [("te quiero ❤", ("❤",)), ("привет, amor", ("привет",)), ("", ()), ("…", ())],
)
def test_what_is_not_read_is_told(line: str, unread: tuple[str, ...]) -> None:
    scanned = scan(line, lang="es").lines[0]
    assert scanned.unknown
    assert scanned.unread == unread
